"""The lines of the coverage proof as Markdown and CSV, with what lies outside the band and why.

Standard library only, and the record Cell; makes no estimate.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from math import isnan
from statistics import mean

from benchmarks.overlap import ESTIMANDS, METHODS, Cell
from benchmarks.population import ITEMS, PEOPLE, PLANS

BAND = {plan.name: (0.94, 0.97) if plan.name == "pairs" else (0.935, 0.965) for plan in PLANS}
ABOUT = {
    "many": "12 strata, 5-12 PSUs a stratum and wave, unequal", "few": "12 strata, 3-5 PSUs",
    "pairs": "30 strata, 2 PSUs in each wave", "moved": "as many; 15 % of PSUs lie in the next stratum in the later wave",
}  # fmt: skip
FULL = 0.99


def outside(cell: Cell) -> float:
    """How far coverage lies beyond the band: negative below, positive above, 0 inside; in shares."""
    low, high = BAND[cell.plan]
    return min(cell.coverage - low, 0.0) or max(cell.coverage - high, 0.0)


def clearly(cell: Cell) -> bool:
    """Outside by more than two Monte Carlo standard errors."""
    return abs(outside(cell)) > 2 * cell.mcse


def causes(cell: Cell) -> str:
    """What in the figures of a cell goes with its coverage."""
    found = []
    if abs(cell.v_ratio - 1) > 0.08:
        found.append(f"variance {'over' if cell.v_ratio > 1 else 'under'}stated ({cell.v_ratio:.2f} of the true one)")
    if cell.df_true < cell.df / 2:
        found.append(f"variance as uncertain as {cell.df_true:.0f} df, {cell.df:.0f} counted")
    if abs(cell.below - cell.above) > 2 * ((cell.below + cell.above) / max(cell.surveys * cell.given, 1)) ** 0.5:
        found.append("misses one-sided (skewed estimate)")
    if cell.given < FULL:
        found.append(f"given in {100 * cell.given:.0f} % of surveys")
    return "; ".join(found) or "Monte Carlo"


def as_csv(lines: Sequence[Cell]) -> str:
    """Every line, every field."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(f.name for f in fields(Cell))
    writer.writerows([round(v, 5) if isinstance(v, float) else v for v in astuple(one)] for one in lines)
    return out.getvalue()


def as_markdown(lines: Sequence[Cell], surveys: int, seed: int, seconds: float) -> str:
    """The whole page."""
    ours = [c for c in lines if c.method in ("level", "wave_centred")]
    told = (
        f"{surveys} surveys a design and overlap, seed {seed}, {seconds / 60:.1f} minutes.  Coverage (%) of 95 % intervals:"
        " baseline (t; logit for shares), absolute change (t), relative change (Fieller).  Monte Carlo standard error about"
        f" {100 * (0.05 * 0.95 / surveys) ** 0.5:.1f}.  Band 93.5-96.5, pairs 94-97; outside it **bold**, `?` when within two"
        " Monte Carlo standard errors of the band; in brackets the percentage of surveys in which the relative change is given,"
        " where below 99."
    )
    parts = [
        told, "\n".join(f"- {name}: {text}" for name, text in ABOUT.items()),
        "### wave_centred", table_of(ours),
        "### Methods: absolute change", methods_of(lines, "absolute"),
        "### Methods: relative change (Fieller)", methods_of(lines, "relative"),
        "### Outside the band", outliers(ours),
        "### Tally", tally(lines),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def table_of(ours: Sequence[Cell]) -> str:
    """Coverage of levels and wave_centred changes: a row a design, overlap and group."""
    at = {(c.plan, c.overlap, c.people, c.item, c.estimand): c for c in ours}
    columns = [(item.name, estimand) for item in ITEMS for estimand in ESTIMANDS]
    rows = [["design", "overlap", "group", *(f"{i} {e}" for i, e in columns)]]
    for plan, overlap in _cases(ours):
        some = [[at[plan, overlap, people, *c] for c in columns] for people in PEOPLE]
        rows += [[plan, f"{100 * overlap:.0f}", one[0].people, *map(_shown, one)] for one in some]
    return _markdown(rows)


def methods_of(lines: Sequence[Cell], estimand: str) -> str:
    """By method: mean coverage over items and groups, its range, mean SE over true sd, and width beside wave_centred's."""
    rows = [["design", "overlap", *METHODS]]
    for plan, overlap in _cases(lines):
        row = [plan, f"{100 * overlap:.0f}"]
        for method in METHODS:
            key = (plan, overlap, estimand, method)
            some = [c for c in lines if (c.plan, c.overlap, c.estimand, c.method) == key and c.given >= FULL]
            row.append(_summary(some) if some else "refused")
        rows.append(row)
    note = (
        "Mean over items and groups (lowest-highest); SE/sd; width against wave_centred.  Cells given in 99 % of surveys or more."
    )
    return _markdown(rows) + "\n\n" + note


def _summary(some: Sequence[Cell]) -> str:
    cover = [100 * c.coverage for c in some]
    se, width = mean(c.se_ratio for c in some), mean(c.width for c in some)
    return f"{mean(cover):.1f} ({min(cover):.1f}-{max(cover):.1f}); {se:.2f}; {width:.2f}"


def outliers(ours: Sequence[Cell]) -> str:
    """Each level or wave_centred change outside the band, with what goes with it."""
    rows = [
        ["design", "overlap", "item", "group", "estimand", "coverage", "below", "above", "V/true", "df", "df of V", "goes with"]
    ]
    return _markdown(rows + [_outlier(c) for c in ours if outside(c)])


def _outlier(c: Cell) -> list[str]:
    free = "" if isnan(c.df_true) else f"{c.df_true:.0f}"
    return [
        c.plan, f"{100 * c.overlap:.0f}", c.item, c.people, c.estimand, _shown(c), f"{100 * c.below:.1f}", f"{100 * c.above:.1f}",
        f"{c.v_ratio:.2f}", f"{c.df:.0f}", free, causes(c),
    ]  # fmt: skip


def tally(lines: Sequence[Cell]) -> str:
    """How many cells lie in the band, by estimand and method."""
    rows = [["estimand", "method", "cells", "in band", "below", "above", "clearly below", "clearly above", "mean coverage"]]
    for estimand, method in dict.fromkeys((c.estimand, c.method) for c in lines):
        some = [c for c in lines if (c.estimand, c.method) == (estimand, method)]
        low, high = [c for c in some if outside(c) < 0], [c for c in some if outside(c) > 0]
        sure = (sum(map(clearly, low)), sum(map(clearly, high)))
        counts = (len(some), len(some) - len(low) - len(high), len(low), len(high), *sure)
        rows.append([estimand, method, *map(str, counts), f"{100 * mean(c.coverage for c in some):.2f}"])
    return _markdown(rows)


def _cases(lines: Iterable[Cell]) -> list[tuple[str, float]]:
    return list(dict.fromkeys((c.plan, c.overlap) for c in lines))


def _shown(cell: Cell) -> str:
    text = f"{100 * cell.coverage:.1f}"
    if outside(cell):
        text = f"**{text}**" if clearly(cell) else f"**{text}**?"
    return text if cell.given >= FULL else f"{text} ({100 * cell.given:.0f})"


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
