"""Levels: the mean, proportion, total, ratio, variance or quantile of each wave, by domain, with intervals and reasons.

The door to one wave's numbers.  Imports the waist, asked, levels and limits; hands data to a source, sees no person.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np

from . import effects, limits
from .asked import By, EstimateStat, Missing, ask, check_choice, check_confidence, levels_of
from .backends import Data, source
from .design import Design, Replicates
from .estimates import Estimates
from .joined import joint_levels
from .joint import scale_of
from .levels import Levels, union_degrees
from .results import Unit
from .totals import MISSING_KINDS, Category, Variable, label
from .units import FloatArray

IntervalRule = Literal["auto", "t", "logit", "wilson", "korn_graubard", "jeffreys", "likelihood", "arcsine", "calibrated", "beta"]

PARTS = ("deff_weighting", "deff_clustering", "deff_stratification")


def estimate(
    data: Data,
    design: Design,
    y: Variable | Sequence[Variable],
    *,
    by: By = (),
    where: Mapping[str, str] | None = None,
    stat: EstimateStat = "mean",
    interval: str = "auto",
    unit: Unit | None = None,
    indicator: str | None = None,
    waves: Sequence[int] = (),
    confidence: float = 0.95,
    missing: Missing = "variable",
    df: float | None = None,
    deff: effects.DeffKind = "wr",
    p: Sequence[float] = (0.5,),
    qrule: str = "math",
) -> Estimates:
    """Estimates by variable, grouping, domain and wave.

    data: a frame with a row a person, or a TotalsSource.  y: a column, (numerator, denominator) for ratio, or a list.
    by: columns to cross, or a list of such groupings (() is everybody); levels are those found in any wave.
    where: column -> code, part of the domain.  stat proportion: a column of 0/1 or 0/100 gives its share, a text column
    the share of every code (Row.category).  unit: default point, percent, count, ratio by stat; percent is 0-100.
    interval: auto = logit for shares (Korn-Graubard at 0 and 1), t otherwise; limits.rule says when which; beta is R's
    Korn-Graubard (every row counted, no cap); for quantiles the type (mean, beta, xlogit, asin, score, quantile).
    missing: a person without an answer leaves that variable's estimate (variable) or all of the request's (listwise),
    never the design.  df: of every interval, None by the design's rule.  p, qrule: for quantiles (Row.category is p).
    deff: against simple random sampling with replacement (wr), without (wor), or wr and its three factors beside it (parts).
    One pass over the data (two for codes and quantiles).
    Raises BdgError STAT-001 to STAT-013.  R: `svymean`, `svytotal`, `svyratio`, `svyvar`, `svyby(covmat=TRUE)`,
    `svyciprop`, `svyquantile`, with `na.rm=TRUE`.
    """
    check_choice("stat", stat, get_args(EstimateStat))
    check_choice("missing", missing, get_args(Missing))
    check_confidence(confidence)
    where_from = source(data, design)
    asked = ask(where_from, y, by=by, where=where, stat=stat, waves=waves, missing=missing)
    if stat == "quantile":
        from .quantile.quantile_rows import quantile_rows

        return quantile_rows(where_from, design, asked, p, qrule, interval, unit, indicator, confidence, df)
    found = levels_of(where_from, design, asked, stat, unit, design.lonely.level)
    if df is None:
        return level_table(found, design, interval, indicator, confidence, deff)
    free = float(df)
    found = tuple(replace(one, df=np.full(len(one.df), free)) for one in found)
    return replace(level_table(found, design, interval, indicator, confidence, deff), degrees=lambda _: free)


def level_table(
    found: Sequence[Levels], design: Design, interval: str = "auto", indicator: str | None = None, confidence: float = 0.95,
    kind: effects.DeffKind = "wr",
) -> Estimates:  # fmt: skip
    """The levels of several waves as one table, by column then wave."""
    made = [_wave_columns(one, design, interval, indicator, confidence, kind) for one in found]
    names = tuple(made[0]) if made else ("estimate",)
    k = len(found[0].columns) if found else 0
    columns = {name: [one[name][j] for j in range(k) for one in made] for name in names}
    return Estimates(columns, lambda: joint_levels(found, design), lambda used: union_degrees(found, design, used))


def _wave_columns(
    one: Levels, design: Design, rule: str, indicator: str | None, confidence: float, kind: effects.DeffKind
) -> dict[str, list[Any]]:
    """The fields of Row for one wave's levels, a list each."""
    stopped, effect = one.flags.stopped, effects.deff(one, kind)
    k = len(one.columns)
    out: dict[str, list[Any]] = {
        "kind": ["level"] * k, "estimand": [one.stat] * k, "wave": [one.wave] * k, "unit": [one.unit] * k,
        "level": [confidence] * k, "design": [design.label] * k, "domain": [c.domain for c in one.columns], "n": one.n.tolist(),
        "psus": one.psus.tolist(), "strata": one.strata.tolist(), "df": one.df.tolist(),
        "n_missing": [one.missing(j) for j in range(k)],
        "deff": [None if s or not np.isfinite(d) else float(d) for s, d in zip(stopped, effect, strict=True)],
        "estimate": [None if s else float(v) for s, v in zip(stopped, one.value, strict=True)],
        "se": [None if s or e else float(v) for s, e, v in zip(stopped, one.extreme, one.se, strict=True)],
    }  # fmt: skip
    if kind == "parts":
        for name, values in zip(PARTS, effects.parts(one), strict=True):
            out[name] = [None if s or not np.isfinite(v) else float(v) for s, v in zip(stopped, values, strict=True)]
    told = [one.status(j) for j in range(k)]
    out["status"], out["reason"] = [t[0] for t in told], [t[1] for t in told]
    lower, upper, names = _limits(one, rule, confidence, design.replicates)
    out["lower"] = [None if s or math.isnan(v) else v for s, v in zip(stopped, lower.tolist(), strict=True)]
    out["upper"] = [None if s or math.isnan(v) else v for s, v in zip(stopped, upper.tolist(), strict=True)]
    out["interval"] = ["" if s else name for s, name in zip(stopped, names, strict=True)]
    out["indicator"] = [indicator or (v.column if isinstance(v, Category) else label(v)) for v in one.variables]
    out["category"] = [v.code if isinstance(v, Category) else "" for v in one.variables]
    return out


def _logit_size(one: Levels, values: FloatArray, share: FloatArray, reps: Replicates) -> FloatArray:
    """The effective size that gives the logit its own replicate variance (R: `svyciprop` on replicates)."""
    each = np.log(values / (one.whole - values))
    centre = np.log(share / (1 - share)) if reps.mse else each[scale_of(reps) > 0].mean(axis=0)
    variance = ((scale_of(reps)[:, None] * (each - centre)) ** 2).sum(axis=0)
    return np.asarray(1 / (variance * share * (1 - share)), dtype=np.float64)


def _limits(one: Levels, rule: str, confidence: float, reps: Replicates | None) -> tuple[FloatArray, FloatArray, list[str]]:
    """Lower and upper limits (k,) and the method each got; shares where nobody or everybody agrees use Kish's size."""
    check_choice("interval", rule, get_args(IntervalRule))
    k = len(one.value)
    if one.stat != "proportion" or rule == "t":
        lower, upper = limits.t_limits(one.value, one.se, one.df, confidence)
        return np.asarray(lower), np.asarray(upper), ["t"] * k
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(one.extreme, np.round(one.value / one.whole), one.value / one.whole)
        n_eff = np.where(one.extreme, one.n_kish, share * (1 - share) * (one.whole / one.se) ** 2)
        if one.replicates is not None and reps is not None and rule in ("auto", "logit"):
            n_eff = np.where(one.extreme, n_eff, _logit_size(one, one.replicates, share, reps))
        if rule == "beta":
            rows = one.sums["n"] + sum((one.sums[kind] for kind in MISSING_KINDS if kind in one.sums), np.zeros(k))
            lower, upper = limits.korn_graubard(share, n_eff, rows, one.df, confidence, cap=False)
            names = ["beta"] * k
        else:
            method, n = "auto" if rule == "logit" else rule, one.n.astype(np.float64)
            lower, upper, told = limits.proportion(method, share, n_eff, n, one.df, confidence)
            names = [str(name) for name in told]
    return lower * one.whole, upper * one.whole, names
