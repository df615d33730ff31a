"""Change between two waves: absolute, relative, and their joint variance whatever PSUs the waves share.

Imports estimate (levels), variance and intervals.  Never sees a person; `change` only hands data to a source.
Source of wave_centred: docs/methods.md section 4.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from forms.errors import refuse

from . import intervals
from .backends import Data, source
from .design import Design, LonelyRule
from .estimate import CAUTION_DF, NEGLIGIBLE, Level, Stat, check_choice, few_df, level
from .results import Row, Status, Unit
from .totals import Domain, FloatArray, Request, Totals, Variable
from .variance import centred, crossproduct

Reading = Literal["relative", "points"]
Method = Literal["wave_centred", "stacked", "independent"]

MIN_N = 25
DIFF_UNITS: Mapping[Unit, Unit] = {"percent": "percentage_point"}
NO_RELATIVE = "không xác định được thay đổi tương đối"
IMPRECISE = f"{NO_RELATIVE}: số liệu gốc kém chính xác | relative change undetermined: the baseline is too imprecise"


@dataclass(frozen=True, eq=False)
class Change:
    """Two levels and their joint variance.

    base, now: the levels as `estimate` gives them under the rule for changes.  v_base, v_now, cov: in unit
    squared; with method stacked v_base and v_now are those of the stacked design, else each level's own.
    """

    base: Level
    now: Level
    method: Method
    v_base: float
    v_now: float
    cov: float
    df: float
    psus: int
    strata: int

    @property
    def difference(self) -> float:
        """Now minus base, in the level's unit."""
        return self.now.estimate - self.base.estimate

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
        return self.base.estimate, self.now.estimate, self.v_base, self.v_now, self.cov, self.df


def change(
    data: Data,
    design: Design,
    y: Variable,
    *,
    wave: int,
    base: int,
    by: Sequence[str] = (),
    where: Mapping[str, str] | None = None,
    stat: Stat = "mean",
    reading: Reading = "relative",
    method: Method = "wave_centred",
    unit: Unit | None = None,
    indicator: str | None = None,
    confidence: float = 0.95,
) -> tuple[Row, ...]:
    """Rows diff and, for reading relative, rel (Fieller: the one that decides), log_ratio and rel by delta, per domain.

    wave, base: the later and the earlier wave.  PSU ids must already be the common ones (psu_links applied).
    The other arguments as in `estimate`.  Raises BdgError STAT-001 to STAT-011.
    R: `svycontrast(svyby(~y, ~wave, svymean, covmat=TRUE), ...)` for method stacked; see docs/methods.md.
    """
    check_choice("reading", reading, get_args(Reading))
    pairs = tuple(sorted((where or {}).items()))
    totals = source(data, design).totals(Request((y,), (tuple(by),), pairs, (base, wave)))
    found = changes(totals, design, y, wave=wave, base=base, by=by, where=pairs, stat=stat, method=method, unit=unit)
    return tuple(row for one in found for row in change_rows(one, design, reading, indicator, confidence))


def changes(
    totals: Totals,
    design: Design,
    y: Variable,
    *,
    wave: int,
    base: int,
    by: Sequence[str] = (),
    where: Domain = (),
    stat: Stat = "mean",
    method: Method = "wave_centred",
    unit: Unit | None = None,
) -> tuple[Change, ...]:
    """The changes of one variable and grouping out of totals that may hold many; sorted by domain."""
    check_choice("method", method, get_args(Method))
    for t in (base, wave):
        if t not in totals.waves:
            raise refuse("STAT-008", expected=", ".join(map(str, totals.waves)), got=t, wave=t)
    rule = design.lonely.change
    found: list[Change] = []
    for domain in totals.domains(y, (*by, *(name for name, _ in where))):
        # In the stacked design a stratum is lonely only in the union, which joint() looks at itself.
        own: LonelyRule = "certainty" if method == "stacked" else rule
        pair = [level(totals, design, y, domain, t, own, stat=stat, unit=unit) for t in (base, wave)]
        found.append(joint(pair[0], pair[1], design, method))
    return tuple(found)


def joint(base: Level, now: Level, design: Design, method: Method = "wave_centred") -> Change:
    """The joint variance of two levels and its degrees of freedom.

    wave_centred: V = sum of e_i e_i' over PSU ids, each e centred in that wave's own stratum.
    stacked: one design over the union of both waves' PSUs, strata in common (R with stacked rows).
    independent: no covariance, as if no PSU were shared; printed beside, never instead.
    """
    held = {p: h for one in (base, now) for p, h, yes in zip(one.psu_ids, one.stratum_ids, one.holds, strict=True) if yes}
    size = len(held), len(set(held.values()))
    if method == "stacked":
        return _stacked(base, now, design, size)
    cov, shared = 0.0, 0
    if method == "wave_centred":
        cov = crossproduct(base.influence, base.psu_ids, now.influence, now.psu_ids)
        shared = _shared_df(base, now, design)
    return Change(base, now, method, base.variance, now.variance, cov, base.df + now.df - shared, *size)


def change_rows(
    one: Change, design: Design, reading: Reading = "relative", indicator: str | None = None, confidence: float = 0.95
) -> tuple[Row, ...]:
    """The change as result rows.  n is the smaller of the two waves' n; n_missing adds both waves."""
    missing = {kind: one.base.n_missing[kind] + one.now.n_missing[kind] for kind in one.base.n_missing}
    status, reason = _status(one)
    blank = Row(
        "change", indicator or one.now.variable, "diff", one.now.wave, DIFF_UNITS.get(one.now.unit, one.now.unit),
        base_wave=one.base.wave, domain=one.now.domain, n=min(one.base.n, one.now.n), n_missing=missing,
        psus=one.psus, strata=one.strata, df=one.df, design=design.label, method=one.method, level=confidence,
        status=status, reason=reason,
    )  # fmt: skip
    diff = blank
    if status != "not_estimable":
        limits = intervals.t_interval(one.difference, one.se, one.df, confidence)
        p = intervals.two_sided_p(one.difference, one.se, one.df)
        diff = replace(_filled(blank, limits), estimate=one.difference, se=one.se, p_value=p)
    if reading == "points":
        return (diff,)
    return diff, *_relative_rows(one, blank, confidence)


def _relative_rows(one: Change, blank: Row, confidence: float) -> tuple[Row, ...]:
    names = (("rel", one.method), ("log_ratio", f"{one.method}, log"), ("rel", f"{one.method}, delta"))
    rows = tuple(replace(blank, estimand=estimand, method=method, unit="percent") for estimand, method in names)
    if blank.status == "not_estimable":
        return rows
    fieller = intervals.fieller(*one.moments, confidence)
    reason = _no_relative(one)
    if reason or isinstance(fieller, intervals.Unbounded):
        return tuple(replace(row, status="not_estimable", reason=reason or IMPRECISE) for row in rows)
    found = (fieller, intervals.log_ratio(*one.moments, confidence), intervals.delta(*one.moments, confidence))
    value = 100 * (one.now.estimate / one.base.estimate - 1)
    se = 100 * intervals.relative_se(*one.moments[:5])
    return tuple(replace(_filled(row, ends), estimate=value, se=se) for row, ends in zip(rows, found, strict=True))


def _filled(row: Row, limits: intervals.Interval) -> Row:
    return replace(row, lower=limits.lower, upper=limits.upper, interval=limits.method)


def _status(one: Change) -> tuple[Status, str]:
    """A change needs both levels; a share at 0 or 1 has no usable variance, so its change has none."""
    for side in (one.base, one.now):
        if side.status == "not_estimable":
            return "not_estimable", f"{side.wave}: {side.reason}"
        if side.se <= NEGLIGIBLE * abs(side.whole if side.stat == "proportion" else side.estimate):
            return "not_estimable", f"{side.wave}: phương sai bằng 0 | {side.wave}: no variance in the sample"
    # v_base + v_now - 2 cov cancels when every place moved alike: what is left is the rounding of the sum
    if one.se**2 <= NEGLIGIBLE * (one.v_base + one.v_now):
        return "not_estimable", "phương sai của thay đổi bằng 0 | the change has no variance"
    if one.df < 1:
        return "not_estimable", "không đủ địa bàn (bậc tự do dưới 1) | too few PSUs (df below 1)"
    return ("caution", few_df(one.df)) if one.df < CAUTION_DF else ("ok", "")


def _no_relative(one: Change) -> str:
    """Why the relative change cannot be given whatever its interval, '' when it can."""
    p1, p2 = one.base.estimate, one.now.estimate
    if p1 <= 0 or p2 <= 0:
        return f"{NO_RELATIVE}: số liệu gốc hoặc kỳ sau không dương | relative change undefined: a level is not positive"
    for side in (one.base, one.now):
        if side.n < MIN_N:
            return f"{NO_RELATIVE}: năm {side.wave} dưới {MIN_N} người trả lời | fewer than {MIN_N} answered in {side.wave}"
        if side.df < CAUTION_DF:
            return f"{NO_RELATIVE}: năm {side.wave} dưới {CAUTION_DF} bậc tự do | fewer than {CAUTION_DF} df in {side.wave}"
    return ""


def _stacked(base: Level, now: Level, design: Design, size: tuple[int, int]) -> Change:
    home: dict[str, str] = {}
    for one in (base, now):
        for psu, stratum in zip(one.psu_ids, one.stratum_ids, strict=True):
            if home.setdefault(psu, stratum) != stratum:
                raise refuse("STAT-007", psu=psu, got=f"{home[psu]}, {stratum}")
    ids = sorted(home)
    strata = [home[psu] for psu in ids]
    e1, e2 = (centred(_spread(one, ids), strata, design.lonely.change) for one in (base, now))
    df = size[0] - size[1] if design.df_rule == "domain" else len(ids) - len(set(strata))
    return Change(base, now, "stacked", float(e1 @ e1), float(e2 @ e2), float(e1 @ e2), float(df), *size)


def _spread(one: Level, ids: Sequence[str]) -> FloatArray:
    """The level's scores over the union of PSUs, zero for those of the other wave only."""
    own = dict(zip(one.psu_ids, one.scores.tolist(), strict=True))
    return np.array([own.get(psu, 0.0) for psu in ids])


def _shared_df(base: Level, now: Level, design: Design) -> int:
    """Dimension of the centred vectors that both waves have in common.

    Common PSUs minus what the two centrings take: with strata h in one wave and k in the other it is
    common - (h + k - parts), parts being the connected groups of strata.  With strata unchanged that is
    sum over h of max(n_12h - 1, 0).  Under the domain rule only PSUs that hold the domain in both waves count.
    """
    everybody = design.df_rule == "design"
    first = {p: h for p, h, yes in zip(base.psu_ids, base.stratum_ids, base.holds, strict=True) if yes or everybody}
    second = {p: h for p, h, yes in zip(now.psu_ids, now.stratum_ids, now.holds, strict=True) if yes or everybody}
    common = sorted(first.keys() & second.keys())
    parent: dict[tuple[int, str], tuple[int, str]] = {}

    def root(node: tuple[int, str]) -> tuple[int, str]:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    joins = 0
    for psu in common:
        a, b = root((1, first[psu])), root((2, second[psu]))
        if a != b:
            parent[a] = b
            joins += 1
    return len(common) - joins
