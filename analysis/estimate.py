"""Levels: the mean, proportion, total, ratio, variance or quantile of each wave, by domain, with intervals and reasons.

The door to one wave's numbers.  Imports the waist, levels, rowwise and intervals; hands data to a source, sees no person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from forms.errors import refuse

from . import effects, limits, rowwise
from .backends import Data, source
from .design import Design, LonelyRule
from .estimates import Estimates, name_of
from .joint import Joint
from .levels import Columns, Levels, Stat, columns_of, from_totals
from .persons import persons
from .results import Unit
from .totals import MISSING_KINDS, SUMS, Category, Domain, Request, TotalsSource, Variable, label
from .units import FloatArray
from .variance import Spread, united

EstimateStat = Literal["mean", "proportion", "total", "ratio", "variance", "quantile"]
IntervalRule = Literal["auto", "t", "logit", "wilson", "korn_graubard", "jeffreys", "likelihood", "arcsine", "calibrated", "beta"]
Missing = Literal["variable", "listwise"]
By = Sequence[str] | Sequence[Sequence[str]]


@dataclass(frozen=True)
class Asked:
    """A request made plain: variables (categories spelled out), groupings, fixed domain, waves, listwise columns."""

    variables: tuple[Variable, ...]
    groupings: tuple[tuple[str, ...], ...]
    where: Domain
    waves: tuple[int, ...]
    complete: tuple[str, ...]


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
    never the design.  df: of every interval, None by the design's rule.  p, qrule: for quantiles (Row.category is p).  One pass over the data (two for codes and quantiles).
    Raises BdgError STAT-001 to STAT-013.  R: `svymean`, `svytotal`, `svyratio`, `svyvar`, `svyby(covmat=TRUE)`,
    `svyciprop`, `svyquantile`, with `na.rm=TRUE`.
    """
    check_choice("stat", stat, get_args(EstimateStat))
    check_choice("missing", missing, get_args(Missing))
    where_from = source(data, design)
    asked = ask(where_from, y, by=by, where=where, stat=stat, waves=waves, missing=missing)
    if stat == "quantile":
        from .quantile_rows import quantile_rows

        return quantile_rows(where_from, design, asked, p, qrule, interval, unit, indicator, confidence, df)
    found = levels_of(where_from, design, asked, stat, unit, design.lonely.level)
    if df is not None:
        found = tuple(replace(one, df=np.full(len(one.df), float(df))) for one in found)
    return level_table(found, design, interval, indicator, confidence, deff)


def ask(
    data: TotalsSource, y: Variable | Sequence[Variable], *, by: By, where: Mapping[str, str] | None, stat: str,
    waves: Sequence[int], missing: Missing,
) -> Asked:  # fmt: skip
    """The request spelled out; a column of codes under stat proportion becomes one variable a code."""
    listed: list[Variable] = list(y) if isinstance(y, list) else [y]  # type: ignore[list-item]  # a pair is a variable, a list is several
    named = tuple(n for v in listed for n in ((v,) if isinstance(v, str) else (v.column,) if isinstance(v, Category) else v))
    if stat == "proportion":
        listed = [one for v in listed for one in (_codes(data, v) if isinstance(v, str) else (v,))]
    groupings = (tuple(str(b) for b in by),) if all(isinstance(b, str) for b in by) else tuple(tuple(b) for b in by)
    pairs = tuple(sorted((k, str(v)) for k, v in (where or {}).items()))
    return Asked(tuple(listed), groupings, pairs, tuple(waves), named if missing == "listwise" else ())


def _codes(data: TotalsSource, column: str) -> tuple[Variable, ...]:
    values = data.arrays((column,))[column]
    if values.dtype == np.float64:
        return (column,)
    found = sorted({str(v) for v in values.tolist() if v is not None})
    return tuple(Category(column, code) for code in found) or (column,)


def levels_of(
    data: TotalsSource, design: Design, asked: Asked, stat: Stat, unit: Unit | None, rule: LonelyRule,
    sums: tuple[str, ...] = SUMS,
) -> tuple[Levels, ...]:  # fmt: skip
    """Levels of every wave asked for, all with the same columns; from sums, or from persons where the design needs it."""
    if design.controls or design.replicates:
        return _from_people(data, design, asked, stat, unit, rule)
    totals = data.totals(Request(asked.variables, asked.groupings, asked.where, asked.waves, asked.complete, sums))
    made = {label(v): v for v in asked.variables}
    columns = Columns(tuple(made[c.variable] for c in totals.columns), totals.columns)
    if () in asked.groupings and all(c.domain != asked.where for c in totals.columns):
        blank = columns_of([(v, asked.where) for v in asked.variables])
        columns = Columns((*blank.variables, *columns.variables), (*blank.named, *columns.named))
    return tuple(from_totals(totals, design, columns, wave, rule, stat, unit) for wave in totals.waves)


def _from_people(
    data: TotalsSource, design: Design, asked: Asked, stat: Stat, unit: Unit | None, rule: LonelyRule
) -> tuple[Levels, ...]:
    named = [n for g in asked.groupings for n in g]
    blank = tuple((v, asked.where) for v in asked.variables)
    wanted = rowwise.needed(blank, asked.complete)
    wanted = tuple(n for n in wanted if not n.endswith("__why") or n in data.names)
    people = persons(data, design, (*wanted, *named), asked.waves)
    columns = tuple((v, d) for v in asked.variables for g in asked.groupings for d in rowwise.domains(people, g, asked.where))
    waves = sorted(set(people.wave.tolist()))
    return tuple(rowwise.from_persons(people.of_wave(t), columns, rule, stat, unit, asked.complete) for t in waves)


def level_table(
    found: Sequence[Levels], design: Design, interval: str = "auto", indicator: str | None = None, confidence: float = 0.95,
    kind: effects.DeffKind = "wr",
) -> Estimates:  # fmt: skip
    """The levels of several waves as one table, by column then wave."""
    made = [_wave_columns(one, design, interval, indicator, confidence, kind) for one in found]
    names = tuple(made[0]) if made else ("estimate",)
    k = len(found[0].columns) if found else 0
    columns = {name: [one[name][j] for j in range(k) for one in made] for name in names}
    return Estimates(columns, lambda: joint_levels(found, design))


def _wave_columns(
    one: Levels, design: Design, rule: str, indicator: str | None, confidence: float, kind: effects.DeffKind
) -> dict[str, list[Any]]:
    """The fields of Row for one wave's levels, a list each."""
    stopped, effect = one.flags.stopped, effects.deff(one, kind)
    k = len(one.columns)
    out: dict[str, list[Any]] = {
        "kind": ["level"] * k, "estimand": [one.stat] * k, "wave": [one.wave] * k, "unit": [one.unit] * k, "level": [confidence] * k,
        "design": [design.label] * k, "domain": [c.domain for c in one.columns], "n": one.n.tolist(),
        "psus": one.psus.tolist(), "strata": one.strata.tolist(), "df": one.df.tolist(),
        "n_missing": [one.missing(j) for j in range(k)],
        "deff": [None if s or not np.isfinite(d) else float(d) for s, d in zip(stopped, effect, strict=True)],
        "estimate": [None if s else float(v) for s, v in zip(stopped, one.value, strict=True)],
        "se": [None if s or e else float(v) for s, e, v in zip(stopped, one.extreme, one.se, strict=True)],
    }  # fmt: skip
    told = [one.status(j) for j in range(k)]
    out["status"], out["reason"] = [t[0] for t in told], [t[1] for t in told]
    lower, upper, names = _limits(one, rule, confidence)
    out["lower"] = [None if s or v != v else v for s, v in zip(stopped, lower.tolist(), strict=True)]
    out["upper"] = [None if s or v != v else v for s, v in zip(stopped, upper.tolist(), strict=True)]
    out["interval"] = ["" if s else name for s, name in zip(stopped, names, strict=True)]
    out["indicator"] = [indicator or (v.column if isinstance(v, Category) else label(v)) for v in one.variables]
    out["category"] = [v.code if isinstance(v, Category) else "" for v in one.variables]
    return out


def _limits(one: Levels, rule: str, confidence: float) -> tuple[FloatArray, FloatArray, list[str]]:
    """Lower and upper limits (k,) and the method each got; shares where nobody or everybody agrees use Kish's size."""
    check_choice("interval", rule, get_args(IntervalRule))
    k = len(one.value)
    if one.stat != "proportion" or rule == "t":
        lower, upper = limits.t_limits(one.value, one.se, one.df, confidence)
        return np.asarray(lower), np.asarray(upper), ["t"] * k
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(one.extreme, np.round(one.value / one.whole), one.value / one.whole)
        n_eff = np.where(one.extreme, one.n_kish, share * (1 - share) * (one.whole / one.se) ** 2)
        if rule == "beta":
            rows = one.sums["n"] + sum((one.sums[kind] for kind in MISSING_KINDS if kind in one.sums), np.zeros(k))
            lower, upper = limits.korn_graubard(share, n_eff, rows, one.df, confidence, cap=False)
            names = ["beta"] * k
        else:
            lower, upper, told = limits.proportion("auto" if rule == "logit" else rule, share, n_eff, one.n.astype(np.float64), one.df, confidence)
            names = [str(name) for name in told]
    return lower * one.whole, upper * one.whole, names


def joint_levels(found: Sequence[Levels], design: Design) -> Joint:
    """All levels of all waves with their covariance (wave_centred); order: column, then wave."""
    t, k = len(found), len(found[0].columns)
    parts: dict[int, Spread] = {}
    for i, one in enumerate(found):
        wide = np.zeros((len(one.spread.ids), k * t))
        wide[:, i::t] = one.spread.values
        parts[one.wave] = Spread(one.spread.ids, wide, one.spread.sign)
    both = united(parts)
    value = np.array([[one.value[j] for one in found] for j in range(k)]).ravel()
    names = tuple(name_of(c.variable, c.domain, one.wave) for j, c in enumerate(found[0].columns) for one in found)
    df = found[0].df_design if t == 1 else float(sum(one.df_design for one in found))
    return Joint(names, value, both.values, df, None if (both.sign == 1).all() else both.sign)


def check_choice(argument: str, got: str, choices: Sequence[str]) -> None:
    """BdgError STAT-011 when a name is not one of the choices."""
    if got not in choices:
        raise refuse("STAT-011", got_name=got, argument=argument, choices=", ".join(choices))

