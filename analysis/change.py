"""Change between two waves: absolute, relative, log odds, and their joint variance whatever PSUs the waves share.

The door to change.  Imports levels, moments and intervals; hands data to a source, sees no person.
Source of wave_centred: docs/methods.md section 4.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from . import intervals, status
from .asked import By, Missing, ask, check_choice, check_confidence, levels_of
from .backends import Data, source
from .design import Design, LonelyRule
from .estimates import Estimates, plain
from .joint import Joint, name_of
from .levels import NEEDED, Level, Levels, Stat, union_degrees
from .moments import Method, Moments, moments, shared
from .results import Status, Unit
from .status import CAUTION_DF, NEGLIGIBLE, few_df
from .totals import LEAN, MISSING_KINDS, Category, Domain, Variable
from .units import FloatArray

Reading = Literal["relative", "points", "odds"]

MIN_N = 25
DIFF_UNITS: Mapping[Unit, Unit] = {"percent": "percentage_point"}
NO_RELATIVE = "không xác định được thay đổi tương đối"
IMPRECISE = f"{NO_RELATIVE}: số liệu gốc kém chính xác | relative change undetermined: the baseline is too imprecise"
NOTHING: Mapping[str, Any] = {
    "estimate": None, "se": None, "lower": None, "upper": None, "interval": "", "p_value": None, "se_independent": None,
}  # fmt: skip
NOT_PSD = "hiệp phương sai ước lượng vượt quá phương sai hai kỳ | the estimated covariance exceeds what the variances allow"
NARROW = "có hiệu chỉnh tổng thể hữu hạn, mẫu trùng một phần: sai số có thể quá nhỏ | fpc with partial overlap: may be too narrow"
NO_ODDS = "tỷ lệ bằng 0 hoặc 100%, không có tỷ số chênh | a share of 0 or 100%: no odds"


@dataclass(frozen=True, eq=False)
class Change:
    """One change: two levels and their joint moments in unit squared."""

    base: Level
    now: Level
    v_base: float
    v_now: float
    cov: float
    df: float

    @property
    def domain(self) -> Domain:
        """The group."""
        return self.now.column.domain

    @property
    def values(self) -> tuple[float, float]:
        """The earlier and the later level."""
        return self.base.estimate, self.now.estimate

    @property
    def difference(self) -> float:
        """Now minus base, in the level's unit."""
        return self.values[1] - self.values[0]

    @property
    def se(self) -> float:
        """Standard error of the difference."""
        return math.sqrt(max(self.v_base + self.v_now - 2 * self.cov, 0.0))

    @property
    def correlation(self) -> float:
        """Correlation of the two estimates; NaN when one has no variance."""
        both = math.sqrt(self.v_base * self.v_now)
        return self.cov / both if both else math.nan

    @property
    def moments(self) -> tuple[float, float, float, float, float, float]:
        """Base, now, their variances, covariance and df: what the relative intervals take."""
        return *self.values, self.v_base, self.v_now, self.cov, self.df


@dataclass(frozen=True, eq=False)
class Changes(Sequence[Change]):
    """k changes between two waves with the same columns."""

    base: Levels
    now: Levels
    method: Method
    joint: Moments

    def __len__(self) -> int:
        return len(self.base.value)

    def __getitem__(self, j: Any) -> Any:
        return self.at(range(len(self))[j])

    def at(self, j: int) -> Change:
        """One of them."""
        m = self.joint
        return Change(self.base.at(j), self.now.at(j), float(m.v_base[j]), float(m.v_now[j]), float(m.cov[j]), float(m.df[j]))

    def __iter__(self) -> Iterator[Change]:
        return (self.at(j) for j in range(len(self)))

    @cached_property
    def difference(self) -> FloatArray:
        """(k,) now minus base."""
        return self.now.value - self.base.value

    @cached_property
    def variance(self) -> FloatArray:
        """(k,) of the difference; never below 0."""
        return np.maximum(self.joint.v_base + self.joint.v_now - 2 * self.joint.cov, 0.0)

    @cached_property
    def stops(self) -> dict[str, NDArray[np.bool_]]:
        """Reason -> (k,), in the order in which they are named; a change needs both levels."""
        found: dict[str, NDArray[np.bool_]] = {}
        both = self.joint.v_base + self.joint.v_now
        found[NOT_PSD] = self.joint.cov**2 > self.joint.v_base * self.joint.v_now * (1 + 1e-9)
        # v_base + v_now - 2 cov cancels when every place moved alike: what is left is the rounding of the sum
        found[status.FLAT_CHANGE] = ~(self.variance > NEGLIGIBLE * both)
        found[status.CHANGE_DF] = self.joint.df < 1
        return found

    def status(self, j: int) -> tuple[Status, str]:
        """Status and reason of one change."""
        for side in (self.base, self.now):
            told, reason = side.status(j)
            if told == "not_estimable":
                return "not_estimable", f"{side.wave}: {reason}"
            if side.se[j] <= NEGLIGIBLE * abs(side.whole if side.stat == "proportion" else side.value[j]):
                return "not_estimable", f"{side.wave}: phương sai bằng 0 | {side.wave}: no variance in the sample"
        for reason, stop in self.stops.items():
            if stop[j]:
                return "not_estimable", reason
        df = float(self.joint.df[j])
        notes = ([NARROW] if self.narrow else []) + ([few_df(df)] if df < CAUTION_DF else [])
        return ("caution" if notes else "ok"), "; ".join(notes)

    @cached_property
    def narrow(self) -> bool:
        """A finite population correction with PSUs that only one wave has: the covariance is overstated (methods 4.2)."""
        if self.method not in ("wave_centred", "independent"):
            return False
        first, second = self.base.sampled, self.now.sampled
        corrected = bool((first.fraction > 0).any() or (second.fraction > 0).any())
        return corrected and set(first.psu) != set(second.psu)


def change(
    data: Data,
    design: Design,
    y: Variable | Sequence[Variable],
    *,
    wave: int,
    base: int,
    by: By = (),
    where: Mapping[str, str] | None = None,
    stat: Stat = "mean",
    reading: Reading = "relative",
    method: Method = "wave_centred",
    unit: Unit | None = None,
    indicator: str | None = None,
    confidence: float = 0.95,
    missing: Missing = "variable",
) -> Estimates:
    """Changes between two waves, by variable, grouping and domain.

    wave, base: the later and the earlier wave.  PSU ids must already be the common ones (psu_links applied).
    reading relative: rows diff, rel (Fieller: the one that decides), log_ratio and rel by delta; points: diff alone;
    odds: diff and log_odds of a share.  se_independent stands beside: as if no PSU were shared.
    method: see `moments`; with fpc and partial overlap take `unbiased` or leave the fpc out (docs/methods.md 4.2).
    The joint covariance of all differences is in `.joint`, `.contrast` makes differences in differences.
    The other arguments as in `estimate`; one pass over the data.  Raises BdgError STAT-001 to STAT-015.
    R: `svycontrast(svyby(~y, ~wave, svymean, covmat=TRUE), ...)` for method stacked; see docs/methods.md.
    """
    check_choice("reading", reading, get_args(Reading))
    check_choice("stat", stat, get_args(Stat))
    check_confidence(confidence)
    where_from = source(data, design)
    asked = ask(where_from, y, by=by, where=where, stat=stat, waves=(base, wave), missing=missing)
    wanted = tuple(dict.fromkeys((*LEAN, *NEEDED[stat], *MISSING_KINDS)))
    own: LonelyRule = "certainty" if method == "stacked" else design.lonely.change
    found = {one.wave: one for one in levels_of(where_from, design, asked, stat, unit, own, wanted)}
    return change_table(changes(found, design, wave=wave, base=base, method=method), design, reading, indicator, confidence)


def changes(found: Mapping[int, Levels], design: Design, *, wave: int, base: int, method: Method = "wave_centred") -> Changes:
    """The changes between two of the waves whose levels are given."""
    check_choice("method", method, get_args(Method))
    for t in (base, wave):
        if t not in found:
            raise refuse("STAT-008", expected=", ".join(map(str, found)), got=t, wave=t)
    return Changes(found[base], found[wave], method, moments(found[base], found[wave], design, method))


def change_table(
    made: Changes, design: Design, reading: Reading = "relative", indicator: str | None = None, confidence: float = 0.95
) -> Estimates:
    """The changes as one table: the rows of each change stand together, the difference first."""
    columns = _difference_columns(made, design, indicator, confidence)
    if reading == "points":
        return Estimates(columns, lambda: joint_of(made), lambda used: _degrees(made, design, used))
    rows: dict[str, list[Any]] = {name: [] for name in columns}
    listed = {name: plain(values) for name, values in columns.items()}
    for j in range(len(made)):
        first = {name: values[j] for name, values in listed.items()}
        more = _relative(made, j, first, confidence) if reading == "relative" else (_odds(made, j, first, confidence),)
        for row in (first, *more):
            for name, value in row.items():
                rows[name].append(value)
    return Estimates(rows, lambda: joint_of(made), lambda used: _degrees(made, design, used))


def _degrees(made: Changes, design: Design, used: Sequence[int]) -> float:
    """Degrees of freedom of what is made of some of the differences, as of levels of both waves (`union_degrees`)."""
    both = (made.base, made.now)
    if made.method == "stacked":
        return float(max((made.joint.df[j] for j in used), default=0.0))
    if made.method == "independent":
        return sum(union_degrees((one,), design, used) for one in both)
    return union_degrees(both, design, [2 * j + t for j in used for t in (0, 1)])


def _difference_columns(made: Changes, design: Design, indicator: str | None, confidence: float) -> dict[str, Any]:
    base, now, k = made.base, made.now, len(made)
    wrong = base.flags.stopped | now.flags.stopped | (made.joint.df < CAUTION_DF) | np.any(list(made.stops.values()), axis=0)
    wrong |= made.narrow
    for side in (base, now):
        size = np.abs(np.full(k, side.whole) if side.stat == "proportion" else side.value)
        wrong |= ~(side.se > NEGLIGIBLE * size)
    told: list[tuple[Status, str]] = [("ok", "")] * k
    for j in np.flatnonzero(wrong).tolist():
        told[j] = made.status(j)
    given = np.array([t[0] != "not_estimable" for t in told], dtype=np.bool_)
    se = np.where(given, np.sqrt(made.variance), np.nan)
    estimate = np.where(given, made.difference, np.nan)
    df = made.joint.df
    t = {d: intervals.t_quantile(confidence, d) for d in set(df[given].tolist())}
    half = np.array([t.get(d, math.nan) for d in df.tolist()]) * se
    psus, strata = shared(base, now)
    unit = DIFF_UNITS.get(now.unit, now.unit)
    named = zip(now.variables, now.columns, strict=True)
    label = [indicator or (v.column if isinstance(v, Category) else c.variable) for v, c in named]
    return {
        "kind": ["change"] * k, "indicator": label, "estimand": ["diff"] * k, "wave": [now.wave] * k, "unit": [unit] * k,
        "base_wave": [base.wave] * k, "domain": [c.domain for c in now.columns],
        "category": [v.code if isinstance(v, Category) else "" for v in now.variables],
        "estimate": estimate, "se": se, "df": df, "lower": estimate - half, "upper": estimate + half, "level": [confidence] * k,
        "interval": ["t" if g else "" for g in given.tolist()], "p_value": _p_values(estimate, se, df),
        "n": np.minimum(base.n, now.n), "n_missing": _missing(base, now), "psus": psus, "strata": strata,
        "design": [design.label] * k, "method": [made.method] * k, "status": [t[0] for t in told], "reason": [t[1] for t in told],
        "se_independent": np.sqrt(np.where(given, made.joint.v_base + made.joint.v_now, np.nan)),
    }  # fmt: skip


def _p_values(estimate: FloatArray, se: FloatArray, df: FloatArray) -> FloatArray:
    """Two-sided p of the t test that the difference is zero; NaN where there is none."""
    from scipy.special import stdtr

    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * stdtr(np.maximum(df, 1.0), -np.abs(estimate / se)), dtype=np.float64)


def _missing(base: Levels, now: Levels) -> list[dict[str, int]]:
    k = len(base.value)
    if not any(kind in base.sums and (base.sums[kind] + now.sums[kind]).any() for kind in MISSING_KINDS):
        return [dict.fromkeys(MISSING_KINDS, 0) for _ in range(k)]
    return [{kind: base.missing(j)[kind] + now.missing(j)[kind] for kind in MISSING_KINDS} for j in range(k)]


def _relative(made: Changes, j: int, diff: Mapping[str, Any], confidence: float) -> tuple[dict[str, Any], ...]:
    """The rows rel (Fieller), log_ratio and rel by delta of one change."""
    blank = {**diff, **NOTHING, "unit": "percent"}
    names = (("rel", made.method), ("log_ratio", f"{made.method}, log"), ("rel", f"{made.method}, delta"))
    rows = tuple({**blank, "estimand": estimand, "method": method} for estimand, method in names)
    if diff["status"] == "not_estimable":
        return rows
    one = made.at(j)
    reason = _no_relative(made, j)
    fieller = intervals.fieller(*one.moments, confidence) if not reason else None
    if reason or fieller is None or isinstance(fieller, intervals.Unbounded):
        return tuple({**row, "status": "not_estimable", "reason": reason or IMPRECISE} for row in rows)
    ends = (fieller, intervals.log_ratio(*one.moments, confidence), intervals.delta(*one.moments, confidence))
    value, se = 100 * (one.values[1] / one.values[0] - 1), 100 * intervals.relative_se(*one.moments[:5])
    return tuple(
        {**row, "estimate": value, "se": se, "lower": end.lower, "upper": end.upper, "interval": end.method}
        for row, end in zip(rows, ends, strict=True)
    )


def _no_relative(made: Changes, j: int) -> str:
    """Why the relative change cannot be given whatever its interval, '' when it can."""
    if min(made.at(j).values) <= 0:
        return f"{NO_RELATIVE}: số liệu gốc hoặc kỳ sau không dương | relative change undefined: a level is not positive"
    for side in (made.base, made.now):
        if side.n[j] < MIN_N:
            return f"{NO_RELATIVE}: năm {side.wave} dưới {MIN_N} người trả lời | fewer than {MIN_N} answered in {side.wave}"
        if side.df[j] < CAUTION_DF:
            return f"{NO_RELATIVE}: năm {side.wave} dưới {CAUTION_DF} bậc tự do | fewer than {CAUTION_DF} df in {side.wave}"
    return ""


def _odds(made: Changes, j: int, diff: Mapping[str, Any], confidence: float) -> dict[str, Any]:
    """The change of the log odds by the delta method, t limits; for shares strictly between 0 and 1."""
    row = {**diff, "estimand": "log_odds", "unit": "ratio", "method": f"{made.method}, delta", "se_independent": None}
    blank = {**row, **NOTHING}
    if diff["status"] == "not_estimable":
        return blank
    one = made.at(j)
    p1, p2 = (v / made.now.whole for v in one.values)
    if made.now.stat != "proportion" or not (0 < p1 < 1 and 0 < p2 < 1):
        return {**blank, "status": "not_estimable", "reason": NO_ODDS}
    value = math.log(p2 / (1 - p2)) - math.log(p1 / (1 - p1))
    s1, s2 = 1 / (p1 * (1 - p1) * made.now.whole), 1 / (p2 * (1 - p2) * made.now.whole)
    se = math.sqrt(max(s1 * s1 * one.v_base + s2 * s2 * one.v_now - 2 * s1 * s2 * one.cov, 0.0))
    limits = intervals.t_interval(value, se, one.df, confidence)
    p = intervals.two_sided_p(value, se, one.df)
    return {**row, "estimate": value, "se": se, "lower": limits.lower, "upper": limits.upper, "p_value": p}


def joint_of(made: Changes) -> Joint:
    """The differences with their covariance over domains and indicators; BdgError STAT-014 for method unbiased."""
    if made.joint.spread is None:
        raise refuse("STAT-014", got=made.method, what=made.method)
    names = tuple(name_of(c.variable, c.domain, "") for c in made.now.columns)
    s = made.joint.spread
    return Joint(names, made.difference, s.values, float(made.joint.df.max(initial=0.0)), None if (s.sign == 1).all() else s.sign)
