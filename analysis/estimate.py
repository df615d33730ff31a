"""Levels: the mean, proportion, total or ratio of one wave, by domain, with its interval and its reasons.

Imports the waist (totals), variance and intervals.  Never sees a person; `estimate` only hands data to a source.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from . import intervals
from .backends import Data, source
from .design import Design, LonelyRule
from .results import Row, Status, Unit
from .totals import MISSING_KINDS, Domain, FloatArray, Request, Totals, Variable, label
from .variance import centred, ratio_scores, total_scores

Stat = Literal["mean", "proportion", "total", "ratio"]
IntervalRule = Literal["auto", "t", "logit", "wilson", "korn_graubard"]

CAUTION_DF = 8
NEGLIGIBLE = 1e-12
UNITS: Mapping[str, Unit] = {"mean": "point", "proportion": "percent", "total": "count", "ratio": "ratio"}

NOBODY = "không có người nào thuộc nhóm trong mẫu | nobody of this group in the sample"
NO_ANSWER = "không ai trả lời câu hỏi này | nobody answered this question"
ONE_PSU = "nhóm chỉ có người trả lời ở một địa bàn điều tra | the group answered in a single PSU"
NO_DF = "không đủ địa bàn để ước lượng sai số (bậc tự do dưới 1) | too few PSUs for a standard error (df below 1)"
NO_VARIANCE = "mọi địa bàn cho cùng một giá trị, không ước lượng được sai số | no variation between PSUs: no standard error"
NO_DENOMINATOR = "mẫu số bằng 0 | the denominator is zero"
EXTREME = "mọi người trả lời giống nhau, khoảng tin cậy theo cỡ mẫu hiệu quả | all answers alike: interval from effective size"


@dataclass(frozen=True, eq=False)
class Level:
    """One estimate of one wave, with what its interval and a covariance with another wave need.

    estimate, se, scores, influence: in `unit`.  One entry per sampled PSU of the wave in psu_ids, stratum_ids,
    scores (z), influence (e, centred and scaled: se^2 = e'e) and holds (True where somebody answered).
    n: answered, unweighted; psus, strata, df: those that hold an answer, by decision; df_design: all drawn.
    whole: what a share of 1 is in `unit` (100 or 1).  n_kish: (sum w)^2 / sum w^2.
    """

    variable: str
    stat: Stat
    unit: Unit
    wave: int
    domain: Domain
    estimate: float
    se: float
    df: float
    df_design: int
    n: int
    n_missing: Mapping[str, int]
    psus: int
    strata: int
    deff: float | None
    n_kish: float
    whole: float
    psu_ids: tuple[str, ...]
    stratum_ids: tuple[str, ...]
    scores: FloatArray
    influence: FloatArray
    holds: NDArray[np.bool_]
    status: Status
    reason: str

    @property
    def variance(self) -> float:
        """The standard error squared."""
        return self.se * self.se


def estimate(
    data: Data,
    design: Design,
    y: Variable,
    *,
    by: Sequence[str] = (),
    where: Mapping[str, str] | None = None,
    stat: Stat = "mean",
    interval: IntervalRule = "auto",
    unit: Unit | None = None,
    indicator: str | None = None,
    waves: Sequence[int] = (),
    confidence: float = 0.95,
) -> tuple[Row, ...]:
    """One level row per wave and domain.

    data: a frame with a row a person, or a TotalsSource.  y: a column, or (numerator, denominator) for ratio.
    by: columns to cross; their levels are those found in any wave.  where: column -> code, part of the domain.
    unit: default point, percent, count, ratio for mean, proportion, total, ratio.  A proportion's column holds 0/1
    or 0/100; with unit percent the estimate is 0-100.  Missing answers leave the estimate, not the design.
    Raises BdgError STAT-001 to STAT-006, STAT-009 to STAT-011.  R: `svymean`, `svytotal`, `svyratio`, `svyby`,
    `svyciprop`, with `na.rm=TRUE`.
    """
    pairs = tuple(sorted((where or {}).items()))
    request = Request((y,), (tuple(by),), pairs, tuple(waves))
    totals = source(data, design).totals(request)
    found = levels(totals, design, y, by=by, where=pairs, stat=stat, unit=unit)
    return tuple(level_row(one, design, interval, indicator, confidence) for one in found)


def levels(
    totals: Totals,
    design: Design,
    y: Variable,
    *,
    by: Sequence[str] = (),
    where: Domain = (),
    stat: Stat = "mean",
    unit: Unit | None = None,
) -> tuple[Level, ...]:
    """The levels of one variable and grouping out of totals that may hold many; sorted by domain, then wave."""
    domains = totals.domains(y, (*by, *(name for name, _ in where)))
    return tuple(
        level(totals, design, y, domain, wave, design.lonely.level, stat=stat, unit=unit)
        for domain in domains
        for wave in totals.waves
    )


def level(
    totals: Totals,
    design: Design,
    y: Variable,
    domain: Domain,
    wave: int,
    lonely: LonelyRule,
    *,
    stat: Stat = "mean",
    unit: Unit | None = None,
) -> Level:
    """One level.  Every sampled PSU of the wave takes part in the variance, with zero where nobody answered."""
    check_choice("stat", stat, get_args(Stat))
    unit = unit or UNITS[stat]
    cell = totals.cell(y, domain, wave)
    strata, psus = totals.places(wave)
    holds = cell["n"] > 0
    factor, whole = _scale(cell, stat, unit, label(y))
    wy = cell["wy"] * factor
    value, scores, broken = math.nan, np.zeros(len(psus)), ""
    if holds.any():
        try:
            value, scores = total_scores(wy) if stat == "total" else ratio_scores(wy, cell["wx"])
        except ZeroDivisionError:
            broken = NO_DENOMINATOR
    if _extreme(value, whole, stat):
        value = whole * round(value / whole)  # sums of weights may differ in the last digit, a share of all may not
    influence = centred(scores, strata, lonely)
    se = math.sqrt(float(influence @ influence))
    held = len({h for h, yes in zip(strata, holds, strict=True) if yes})
    df_design = len(psus) - len(set(strata))
    df = int(holds.sum()) - held if design.df_rule == "domain" else df_design
    missing = {kind: int(cell[kind].sum()) for kind in MISSING_KINDS}
    size = _size(wy, cell["wx"], value, stat)
    status, reason = _status(cell, int(holds.sum()), df, se <= NEGLIGIBLE * size, _extreme(value, whole, stat), broken)
    n, w, ww = int(cell["n"].sum()), float(cell["w"].sum()), float(cell["ww"].sum())
    return Level(
        label(y), stat, unit, wave, domain, value, se, float(df), df_design, n, missing, int(holds.sum()), held,
        _deff(cell, factor, value, se, stat), w * w / ww if ww else 0.0, whole, psus, strata, scores, influence,
        holds, status, reason,
    )  # fmt: skip


def level_row(
    one: Level, design: Design, rule: IntervalRule = "auto", indicator: str | None = None, confidence: float = 0.95
) -> Row:
    """The level as a result row, with its interval; numbers are None when it is not estimable."""
    row = Row(
        "level", indicator or one.variable, one.stat, one.wave, one.unit, domain=one.domain, n=one.n,
        n_missing=one.n_missing, psus=one.psus, strata=one.strata, df=one.df, design=design.label, level=confidence,
        status=one.status, reason=one.reason,
    )  # fmt: skip
    if one.status == "not_estimable":
        return row
    limits = level_interval(one, rule, confidence)
    se = None if _extreme(one.estimate, one.whole, one.stat) else one.se
    return replace(
        row, estimate=one.estimate, se=se, lower=limits.lower, upper=limits.upper, interval=limits.method, deff=one.deff
    )


def level_interval(one: Level, rule: IntervalRule = "auto", confidence: float = 0.95) -> intervals.Interval:
    """By rule auto: logit for a proportion (Korn-Graubard at 0 or 1, where the variance says nothing), t otherwise."""
    check_choice("interval", rule, get_args(IntervalRule))
    if one.stat != "proportion" or rule == "t":
        return intervals.t_interval(one.estimate, one.se, one.df, confidence)
    share, se = one.estimate / one.whole, one.se / one.whole
    if _extreme(one.estimate, one.whole, one.stat):
        share = float(round(share))
        found = intervals.korn_graubard(share, one.n_kish, one.n, one.df, confidence)
    elif rule == "wilson":
        found = intervals.wilson(share, min(one.n, share * (1 - share) / se**2), one.df, confidence)
    elif rule == "korn_graubard":
        found = intervals.korn_graubard(share, share * (1 - share) / se**2, one.n, one.df, confidence)
    else:
        found = intervals.logit(share, se, one.df, confidence)
    return intervals.Interval(found.lower * one.whole, found.upper * one.whole, found.method)


def check_choice(argument: str, got: str, choices: Sequence[str]) -> None:
    """BdgError STAT-011 when a name is not one of the choices."""
    if got not in choices:
        raise refuse("STAT-011", got_name=got, argument=argument, choices=", ".join(choices))


def _scale(cell: Mapping[str, FloatArray], stat: Stat, unit: Unit, name: str) -> tuple[float, float]:
    """What to multiply y with to be in `unit`, and what a full share is there; 1, 1 unless a proportion."""
    if stat != "proportion":
        return 1.0, 1.0
    whole = 100.0 if unit == "percent" else 1.0
    once, twice = cell["wy"], cell["wyy"]
    for full in (1.0, 100.0):
        if np.allclose(twice, full * once, rtol=1e-9, atol=0.0):
            return whole / full, whole
    raise refuse("STAT-006", column=name)


def _extreme(value: float, whole: float, stat: Stat) -> bool:
    near = min(abs(value), abs(value - whole))
    return stat == "proportion" and near <= NEGLIGIBLE * whole


def _size(wy: FloatArray, wx: FloatArray, value: float, stat: Stat) -> float:
    """The magnitude against which a standard error counts as zero."""
    if stat == "total":
        return float(np.abs(wy).sum())
    return float((np.abs(wy) + abs(value) * np.abs(wx)).sum() / abs(wx.sum())) if wx.sum() else 0.0


def _status(cell: Mapping[str, FloatArray], psus: int, df: float, flat: bool, extreme: bool, broken: str) -> tuple[Status, str]:
    if psus == 0:
        silent = sum(float(cell[kind].sum()) for kind in MISSING_KINDS)
        return "not_estimable", NO_ANSWER if silent else NOBODY
    stops = ((broken, bool(broken)), (ONE_PSU, psus == 1), (NO_DF, df < 1), (NO_VARIANCE, flat and not extreme))
    for reason, stop in stops:
        if stop:
            return "not_estimable", reason
    notes = [EXTREME] if extreme else []
    if df < CAUTION_DF:
        notes.append(few_df(df))
    return ("caution" if notes else "ok"), "; ".join(notes)


def few_df(df: float) -> str:
    """The caution for few degrees of freedom."""
    return f"ít địa bàn (bậc tự do {df:.0f}), khoảng tin cậy kém chắc chắn | few PSUs (df {df:.0f}): a rough interval"


def _deff(cell: Mapping[str, FloatArray], factor: float, value: float, se: float, stat: Stat) -> float | None:
    """Variance over that of a simple random sample with replacement of the same n.  R: `deff="replace"`."""
    s = {name: float(cell[name].sum()) for name in ("n", "w", "wy", "wyy", "wx", "wxy", "wxx")}
    if s["n"] < 2 or s["w"] == 0 or not math.isfinite(value):
        return None
    r = value if stat != "total" else factor * s["wy"] / s["w"]
    x = (s["wx"], s["wxy"], s["wxx"]) if stat != "total" else (s["w"], s["wy"], s["w"])
    spread = (factor**2 * s["wyy"] - 2 * r * factor * x[1] + r * r * x[2]) / s["w"] * s["n"] / (s["n"] - 1)
    simple = spread / s["n"] * ((s["w"] / x[0]) ** 2 if stat != "total" else s["w"] ** 2)
    return se * se / simple if spread > NEGLIGIBLE * r * r else None
