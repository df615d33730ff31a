"""Levels from persons, where sums by unit are not enough: calibrated weights and replicate weights.

Imports persons, levels and the waist's records.  One pass over named arrays; memory is persons x columns in blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .design import LonelyRule, Replicates
from .joint import scale_of
from .levels import UNITS, Levels, Mask, Stat, in_unit, rounded, scored
from .persons import Persons
from .results import Unit
from .totals import MISSING_KINDS, Category, Column, Domain, Variable, label
from .units import FloatArray
from .variance import Spread

BLOCK = 64


@dataclass(frozen=True, eq=False)
class Measured:
    """One column for every person: inside the domain and answered, y and x there (0 elsewhere), counts by kind of no-answer."""

    here: Mask
    y: FloatArray
    x: FloatArray
    missing: Mapping[str, int]


def needed(columns: Sequence[tuple[Variable, Domain]], complete: Sequence[str] = ()) -> tuple[str, ...]:
    """The data's columns that these variables and domains need."""
    names = [n for v, _ in columns for n in _names(v)]
    return tuple(dict.fromkeys([*names, *(n for _, d in columns for n, _ in d), *complete]))


def from_persons(
    people: Persons, columns: Sequence[tuple[Variable, Domain]], rule: LonelyRule, stat: Stat, unit: Unit | None,
    complete: Sequence[str] = (),
) -> Levels:  # fmt: skip
    """Levels of one wave's people."""
    (wave,) = people.units
    unit = unit or UNITS[stat]
    named = tuple(Column(label(v), d) for v, d in columns)
    made = measured(people, columns, complete)
    sums = _sums(people.weight, made)
    factor, whole = in_unit(sums, stat, unit, [v for v, _ in columns])
    made = [Measured(m.here, m.y * f, m.x, m.missing) for m, f in zip(made, factor.tolist(), strict=True)]
    sums["wy"] = sums["wy"] * factor
    units = people.units[wave].collapsed() if rule == "collapse" else people.units[wave]
    whole_df = people.degrees(None, rule)
    df = np.array([people.degrees(m.here, rule) if people.design.df_rule == "domain" else whole_df for m in made])
    n = sums["n"]
    reps = people.design.replicates
    if reps is not None and people.repweights is not None:
        value, spread, each = _replicated(reps, people.repweights, made, stat, sums)
        none = np.zeros(len(columns), dtype=np.intp)
        return Levels(
            wave, tuple(v for v, _ in columns), named, stat, unit, np.where(n > 0, rounded(value, whole, stat), np.nan),
            spread, df, whole_df, sums, none, none, None, None, None, factor, whole, each,
        )  # fmt: skip
    value, spread = _linear(people, made, stat, rule)
    psu = people.unit if units.parent is None else units.parent[people.unit]
    held = np.column_stack([np.bincount(psu[m.here], minlength=len(units.psu)) > 0 for m in made])
    strata = (units.by_stratum(held.astype(float)) > 0).sum(axis=0)
    return Levels(
        wave, tuple(v for v, _ in columns), named, stat, unit, np.where(n > 0, rounded(value, whole, stat), np.nan),
        spread, df, whole_df, sums, held.sum(axis=0), strata, units, held, None, factor, whole,
    )  # fmt: skip


def measured(people: Persons, columns: Sequence[tuple[Variable, Domain]], complete: Sequence[str] = ()) -> list[Measured]:
    """Every column for every person."""
    return [_measured(people, v, d, complete) for v, d in columns]


def _names(variable: Variable) -> tuple[str, ...]:
    if isinstance(variable, Category):
        return (variable.column, f"{variable.column}__why")
    names = (variable,) if isinstance(variable, str) else variable
    return tuple(n for name in names for n in (name, f"{name}__why"))


def _measured(people: Persons, variable: Variable, domain: Domain, complete: Sequence[str]) -> Measured:
    names = (variable.column,) if isinstance(variable, Category) else (variable,) if isinstance(variable, str) else variable
    inside = np.ones(len(people.weight), dtype=np.bool_)
    for name, code in domain:
        inside &= people.text(name) == code
    if isinstance(variable, Category):
        text = people.text(variable.column)
        absent = np.array([v is None for v in text], dtype=np.bool_)
        series = [np.where(absent, np.nan, (text == variable.code).astype(np.float64))]
    else:
        series = [people.number(name) for name in names]
    answered = ~np.any([np.isnan(s) for s in series], axis=0)
    for name in complete:
        values = people.columns[name]
        answered &= ~np.isnan(values) if values.dtype == np.float64 else np.array([v is not None for v in values], dtype=np.bool_)
    here = inside & answered
    y = np.where(here, series[0], 0.0)
    x = np.where(here, series[1], 0.0) if len(series) == 2 else here.astype(np.float64)
    return Measured(here, y, x, _missing(people, names, inside & ~answered))


def _missing(people: Persons, names: Sequence[str], silent: Mask) -> dict[str, int]:
    kind = np.full(len(silent), "missing", dtype=object)
    for name in reversed(names):
        if f"{name}__why" in people.columns:
            why = people.text(f"{name}__why")
            values = people.columns[name]
            gone = np.isnan(values) if values.dtype == np.float64 else np.array([v is None for v in values], dtype=np.bool_)
            told = np.isin(why.astype(str), MISSING_KINDS) & gone
            kind[told] = why[told]
    return {k: int((silent & (kind == k)).sum()) for k in MISSING_KINDS}


def _sums(weight: FloatArray, made: Sequence[Measured]) -> dict[str, FloatArray]:
    parts: dict[str, list[float]] = {}
    for m in made:
        w = np.where(m.here, weight, 0.0)
        each = {
            "n": m.here.sum(), "w": w.sum(), "wy": w @ m.y, "wyy": w @ m.y**2, "ww": w @ w, "wx": w @ m.x, "wxy": w @ (m.x * m.y),
            "wxx": w @ m.x**2, **m.missing,
        }  # fmt: skip
        for name, total in each.items():
            parts.setdefault(name, []).append(float(total))
    return {name: np.array(values) for name, values in parts.items()}


def _linear(people: Persons, made: Sequence[Measured], stat: Stat, rule: LonelyRule) -> tuple[FloatArray, Spread]:
    values: list[FloatArray] = []
    parts: list[Spread] = []
    for start in range(0, len(made), BLOCK):
        some = made[start : start + BLOCK]
        block = _blocks(people.weight, some)
        value, u = scored(stat, block["wy"], block["wx"] if stat == "ratio" else block["w"], block)
        values.append(value)
        parts.append(people.spread(u, rule=rule))
    joined = Spread(parts[0].ids, np.hstack([p.values for p in parts]), parts[0].sign)
    return np.concatenate(values), joined


def _blocks(weight: FloatArray, made: Sequence[Measured]) -> dict[str, FloatArray]:
    w = np.column_stack([np.where(m.here, weight, 0.0) for m in made])
    y, x = np.column_stack([m.y for m in made]), np.column_stack([m.x for m in made])
    return {"n": (w > 0).astype(np.float64), "w": w, "wy": w * y, "wx": w * x, "wyy": w * y * y}


def _replicated(
    reps: Replicates, weights: FloatArray, made: Sequence[Measured], stat: Stat, sums: Mapping[str, FloatArray]
) -> tuple[FloatArray, Spread, FloatArray]:
    """Values at the full weights, and each replicate's distance from the centre, scaled."""
    value = _value(stat, {name: total[None, :] for name, total in sums.items()})
    each = np.column_stack([_under_replicates(stat, weights, m) for m in made])
    scale = scale_of(reps)
    centre = value if reps.mse else each[scale > 0].mean(axis=0)
    rows = scale[:, None] * (each - centre)
    ids = tuple(f"replicate {r + 1}" for r in range(len(each)))
    return value, Spread(ids, rows, np.ones(len(each))), each


def _under_replicates(stat: Stat, weights: FloatArray, m: Measured) -> FloatArray:
    """(r,) the statistic of one column under each replicate weight."""
    here = m.here.astype(np.float64)
    block = {name: (v @ weights)[None, :] for name, v in (("w", here), ("wy", m.y), ("wx", m.x), ("wyy", m.y**2))}
    block["n"] = np.full_like(block["w"], m.here.sum())
    return _value(stat, block)


def _value(stat: Stat, block: Mapping[str, FloatArray]) -> FloatArray:
    return scored(stat, block["wy"], block["wx"] if stat == "ratio" else block["w"], block)[0]


def domains(people: Persons, grouping: Sequence[str], where: Domain) -> tuple[Domain, ...]:
    """The domains that a grouping makes among these people (all waves), in sorted order."""
    inside = np.ones(len(people.weight), dtype=np.bool_)
    for name, code in where:
        inside &= people.text(name) == code
    if not grouping:
        return (tuple(sorted(where)),)
    texts = [people.text(name)[inside].tolist() for name in grouping]
    found = sorted({row for row in zip(*texts, strict=True) if None not in row})
    return tuple(tuple(sorted({**dict(where), **dict(zip(grouping, row, strict=True))}.items())) for row in found)
