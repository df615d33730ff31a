"""Quantiles as rows: every wave, domain and probability of a request.

Imports persons, quantiles and the records of estimates.  Asks the source for arrays once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from forms.errors import refuse

from .. import rowwise
from ..asked import Asked
from ..design import Design
from ..estimates import Estimates
from ..persons import Mask, Persons, persons
from ..results import Unit
from ..totals import MISSING_KINDS, Domain, TotalsSource
from .quantiles import quantiles


def quantile_rows(
    data: TotalsSource, design: Design, asked: Asked, probs: Sequence[float], rule: str, interval: str, unit: Unit | None,
    indicator: str | None, confidence: float, df: float | None,
) -> Estimates:  # fmt: skip
    """One row a probability, domain and wave; Row.category is the probability, interval the type of Woodruff's limits."""
    columns = [v for v in asked.variables if isinstance(v, str)]
    if len(columns) < len(asked.variables):
        raise refuse("STAT-011", got_name="ratio", argument="y", choices="a numeric column")
    named = [n for g in asked.groupings for n in g] + [n for n, _ in asked.where]
    told = [f"{v}__why" for v in columns if f"{v}__why" in data.names]
    people = persons(data, design, (*columns, *told, *named, *asked.complete), asked.waves)
    rows: list[dict[str, Any]] = []
    for y in columns:
        for grouping in asked.groupings:
            for domain in rowwise.domains(people, grouping, asked.where):
                for wave in sorted(set(people.wave.tolist())):
                    rows += _rows(people.of_wave(wave), y, domain, probs, rule, interval, confidence, df, asked.complete)
    base = {"kind": "level", "estimand": "quantile", "unit": unit or "point", "level": confidence, "design": design.label}
    rows = [{**base, **row, "indicator": indicator or row["indicator"]} for row in rows]
    return Estimates({name: [row[name] for row in rows] for name in rows[0]} if rows else {"estimate": []})


def _rows(
    people: Persons, y: str, domain: Domain, probs: Sequence[float], rule: str, interval: str, confidence: float,
    df: float | None, complete: Sequence[str],
) -> list[dict[str, Any]]:  # fmt: skip
    kind = "mean" if interval in ("auto", "t") else interval
    inside = _inside(people, domain)
    mask = inside & _complete(people, complete)
    free = df if df is not None else None if people.design.df_rule == "domain" else people.degrees()
    found = quantiles(people, y, mask, probs, rule=rule, interval=kind, confidence=confidence, df=free)
    here = mask & ~np.isnan(people.number(y))
    psus, strata = _places(people, here)
    (wave,) = people.units
    return [
        {
            "indicator": y, "wave": wave, "domain": domain, "category": f"{p:g}", "estimate": _number(found.value[i]),
            "se": _number(found.se[i]), "df": found.df, "lower": _number(found.lower[i]), "upper": _number(found.upper[i]),
            "interval": kind, "n": found.n, "n_missing": _missing(people, y, inside & ~here), "psus": psus, "strata": strata,
            "method": rule, "status": found.status[i], "reason": found.reason[i],
        }
        for i, p in enumerate(found.probs.tolist())
    ]  # fmt: skip


def _inside(people: Persons, domain: Domain) -> Mask:
    inside = np.ones(len(people.weight), dtype=np.bool_)
    for name, code in domain:
        inside &= people.text(name) == code
    return inside


def _complete(people: Persons, columns: Sequence[str]) -> Mask:
    answered = np.ones(len(people.weight), dtype=np.bool_)
    for name in columns:
        answered &= np.array([v is not None for v in people.text(name)], dtype=np.bool_)
    return answered


def _places(people: Persons, here: Mask) -> tuple[int, int]:
    (wave,) = people.units
    units = people.units[wave]
    at = np.unique(people.unit[here])
    psu = np.unique(at if units.parent is None else units.parent[at])
    return len(psu), len(np.unique(units.h[psu]))


def _missing(people: Persons, y: str, silent: Mask) -> dict[str, int]:
    kind = np.full(int(silent.sum()), "missing", dtype=object)
    if f"{y}__why" in people.columns:
        why = people.text(f"{y}__why")[silent]
        known = np.isin(why.astype(str), MISSING_KINDS)
        kind[known] = why[known]
    return {k: int((kind == k).sum()) for k in MISSING_KINDS}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
