"""The change standardised to the base wave's composition: what would have changed had the population kept its mix.

Imports levelled, moments and the records of change; one pass over the data, people only where weights are calibrated.
theta = sum_c P_c m_c - m: P_c the base wave's weighted share of cell c, m_c the later wave's mean in the cell, m the base
wave's mean, all among people who answered and whose cell is known.  P_c is itself an estimate, and its variance counts: the
level sum_c P_c m_c has the score sum_c (w_c - P_c w) m_c / W in a base PSU and sum_c P_c (wy_c - m_c w_c)/W_c in a later one.
A cell that nobody answered in the later wave takes the mean of the cells that agree with it on all but the last column, then
on all but the last two, and so on.  Source: direct standardisation, Fleiss, Levin and Paik (2003) Statistical Methods for
Rates and Proportions ch. 19; linearised as Deville (1999) Surv. Methodol. 25:193.  R: `svystandardize` takes P_c as known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from forms.errors import refuse

from .asked import ask, check_choice, check_confidence
from .backends import Data, source
from .change import Changes, Reading, change_table
from .design import Design
from .estimates import Estimates, plain
from .level_source import levelled
from .levelled import Blocks, Levelled
from .levels import NEEDED, Levels, Stat, columns_of
from .moments import moments
from .results import Unit
from .totals import LEAN, MISSING_KINDS, Domain, Variable
from .units import FloatArray
from .variance import united

STATS = ("mean", "proportion")
Cell = tuple[str, ...]


def standardised(
    data: Data, design: Design, y: Variable, *, wave: int, base: int, over: Sequence[str], by: Sequence[str] = (),
    where: Mapping[str, str] | None = None, stat: Stat = "mean", unit: Unit | None = None, indicator: str | None = None,
    confidence: float = 0.95, reading: Reading = "points",
) -> Estimates:  # fmt: skip
    """The change of a mean or a share with the later wave standardised to the base wave's cells of `over`.

    Row.method ends in «standardised».  Units, errors and the other arguments as in `change`.  BdgError STAT-015 with
    replicate weights.
    """
    check_choice("stat", stat, STATS)
    check_confidence(confidence)
    if design.replicates:
        raise refuse("STAT-015", got="standardised", method="standardised")
    where_from = source(data, design)
    asked = ask(where_from, [y], by=by, where=where, stat="mean", waves=(base, wave), missing="variable")
    sums = tuple(dict.fromkeys((*LEAN, *NEEDED[stat], *MISSING_KINDS)))
    given = levelled(
        where_from, design, (y,), ((*by, *over, *(name for name, _ in asked.where)),), (base, wave), asked.where, sums
    )
    return table(given, design, y, wave=wave, base=base, over=over, by=by, where=asked.where, stat=stat, unit=unit,
                 indicator=indicator, confidence=confidence, reading=reading)  # fmt: skip


def table(
    given: Levelled, design: Design, y: Variable, *, wave: int, base: int, over: Sequence[str], by: Sequence[str] = (),
    where: Domain = (), stat: Stat = "mean", unit: Unit | None = None, indicator: str | None = None, confidence: float = 0.95,
    reading: Reading = "points",
) -> Estimates:  # fmt: skip
    """The same out of levels that know the grouping (*by, *over); reading as in `change`."""
    for t in (base, wave):
        if t not in given.waves:
            raise refuse("STAT-008", expected=", ".join(map(str, given.waves)), got=t, wave=t)
    cells = given.domains(y, (*by, *over, *(name for name, _ in where)))
    groups: dict[Domain, list[Domain]] = {}
    for cell in (c for c in cells if set(where) <= set(c)):
        groups.setdefault(tuple(pair for pair in cell if pair[0] not in over), []).append(cell)
    columns: dict[str, list[object]] = {}
    for group, inside in groups.items():
        one = changes(given, design, y, group, inside, over, (base, wave), stat, unit)
        made = change_table(one, design, reading, indicator, confidence)
        for name, values in made.columns.items():
            columns.setdefault(name, []).extend(plain(values))
    if columns:
        columns["method"] = [f"{method}, standardised" for method in columns["method"]]
        columns["kind"] = ["contrast"] * len(columns["method"])  # no difference of two levels that are printed
    return Estimates(columns or {"estimate": []})


def changes(
    given: Levelled, design: Design, y: Variable, group: Domain, inside: Sequence[Domain], over: Sequence[str],
    waves: tuple[int, int], stat: Stat, unit: Unit | None,
) -> Changes:  # fmt: skip
    """One group's change: the base level as it is, the later level standardised, whose contributions come from both waves."""
    rule = design.lonely.change
    each = [given.levels([(y, c) for c in inside], t, rule, stat, unit) for t in waves]
    base, now = (given.blocks(one, rule) for one in each)
    before, after = (_pooled(one, design, b, group) for one, b in zip(each, (base, now), strict=True))
    place = [tuple(dict(c)[name] for name in over) for c in inside]
    mean, flows, pull = _cells(each[0], each[1], place)
    whole = float(each[0].sums["w"].sum()) or 1.0  # nobody: the pooled level says so, and no number is given
    share = each[0].sums["w"] / whole
    w = base.w.sum(axis=1)
    z_mix = ((base.w - share * w[:, None]) * mean).sum(axis=1) / whole
    z_now = now.wy @ flows - now.w @ pull
    both = united({waves[0]: base.spread(z_mix), waves[1]: now.spread(z_now)})
    later = replace(after, value=np.array([float(share @ mean)]), spread=both)
    return Changes(before, later, "wave_centred", moments(before, later, design, "wave_centred"))


def _pooled(cells: Levels, design: Design, blocks: Blocks, group: Domain) -> Levels:
    """The cells of a group as one level: people whose cell is known."""
    sums = {name: np.array([values.sum()]) for name, values in cells.sums.items()}
    held = np.asarray(cells.holds.any(axis=1), dtype=np.bool_).reshape(-1, 1)
    strata = (cells.sampled.by_stratum(held.astype(float)) > 0).sum(axis=0)
    psus = held.sum(axis=0)
    df = (psus - strata).astype(float) if design.df_rule == "domain" else cells.df[:1]
    wy, w = blocks.wy.sum(axis=1), blocks.w.sum(axis=1)
    value = wy.sum() / w.sum() if w.sum() else np.nan
    z = (wy - value * w) / w.sum() if w.sum() else np.zeros(len(w))
    named = columns_of([(cells.variables[0], group)])
    return replace(
        cells, variables=named.variables, columns=named.named, value=np.array([value]), df=df, sums=sums, psus=psus,
        strata=strata, held=held, scores=blocks.scores(z) if blocks.scores else None, factor=cells.factor[:1],
        spread=blocks.spread(z),
    )  # fmt: skip


def _cells(base: Levels, now: Levels, place: Sequence[Cell]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean of every cell in the later wave, and what its members' w y and w are multiplied with in the score.

    A cell with nobody later flows, with its base share, into the cells of the smallest family that has somebody: there it
    adds P_c (w y - m_c w)/W of the family, m_c being the family's mean.
    """
    share = base.sums["w"] / base.sums["w"].sum() if base.sums["w"].sum() else np.zeros(len(place))
    w, wy = now.sums["w"], now.sums["wy"]
    mean, flows, pull = np.zeros(len(place)), np.zeros(len(place)), np.zeros(len(place))
    for c, cell in enumerate(place):
        if share[c] == 0:
            continue
        family = np.array([c])
        for depth in range(len(cell), -1, -1):
            family = np.array([i for i, other in enumerate(place) if other[:depth] == cell[:depth]])
            if w[family].sum() > 0:
                break
        total = w[family].sum()
        mean[c] = wy[family].sum() / total if total > 0 else 0.0
        flows[family] += share[c] / total if total > 0 else 0.0
        pull[family] += share[c] / total * mean[c] if total > 0 else 0.0
    return mean, flows, pull
