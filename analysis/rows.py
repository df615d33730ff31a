"""The rows of results: levels of every wave, changes against the first one, and the verdict on the plan's target.

Imports the forms door (plan), indicators and this room's statistics (change, estimate, verdict); writes no file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from forms.plan import Plan, TargetValue

from . import standardised
from .backends import source
from .change import change_table, changes
from .design import Design, LonelyRule
from .estimate import level_table
from .families import family_rows
from .indicators import Indicator
from .kept import kept_rows
from .level_source import levelled
from .levelled import Levelled
from .levels import Levels, picked
from .results import Row
from .tidied import OVERLAP
from .totals import TotalsSource
from .verdict import Reading, Verdict, all_groups, verdict

EACH = 4
NOT_DUE = ("chưa đến hạn đánh giá", "not due yet")


def rows_of(
    people: pd.DataFrame, design: Design, measured: Sequence[Indicator], plan: Plan, domains: Sequence[str]
) -> tuple[Row, ...]:
    """Levels of every wave, changes against the first wave, and the target rows; unpublished (publish.py follows)."""
    data = source(people, design)
    waves = tuple(sorted({int(w) for w in people["wave"]}))
    over = tuple(c for c in plan.standardise if c in people.columns)
    found: list[Row] = []
    for by_domain in (True, False):
        some = [i for i in measured if i.by_domain is by_domain]
        if not some:
            continue
        groupings: tuple[tuple[str, ...], ...] = ((), *((d,) for d in domains)) if by_domain else ((),)
        given = levelled(data, design, [i.id for i in some], groupings, waves)
        for i in some:
            each = _all_levels(given, i, groupings, waves, design)
            for by in groupings:
                found += _rows(each, design, i, by, waves, _target(plan))
            if _is_judged(i) and len(waves) > 1:
                found += _beside(each[design.lonely.change], design, i, waves)
        judged_ones = [i for i in some if _is_judged(i)] if len(waves) > 1 else []
        if judged_ones:
            found += _all_beside(data, design, judged_ones, waves, over)
    return tuple(found)


def _all_beside(
    data: TotalsSource, design: Design, judged_ones: Sequence[Indicator], waves: Sequence[int], over: Sequence[str]
) -> list[Row]:
    """The changes at the base wave's composition, and kept against fresh hamlets."""
    names = [i.id for i in judged_ones]
    cells = levelled(data, design, names, (over,), waves) if over else None
    hamlets = levelled(data, design, names, ((OVERLAP,),), waves) if OVERLAP in data.names else None
    found: list[Row] = []
    for i in judged_ones:
        for wave in waves[1:]:
            if cells is not None:
                table = standardised.table(cells, design, i.id, wave=wave, base=waves[0], over=over, stat=i.stat, unit=i.unit,
                                           indicator=i.id, reading="relative")  # fmt: skip
                found += table.rows[:2]
            if hamlets is not None:
                found += kept_rows(hamlets, design, i.id, wave=wave, stat=i.stat, unit=i.unit)
    return found


def _rows(
    each: Mapping[LonelyRule, Mapping[int, Levels]], design: Design, i: Indicator, by: tuple[str, ...], waves: Sequence[int],
    target: Mapping[int, TargetValue],
) -> list[Row]:  # fmt: skip
    rows = list(level_table([_of(one, by) for one in each[design.lonely.level].values()], design, indicator=i.id))
    later = {wave: _of(one, by) for wave, one in each[design.lonely.change].items()} if len(waves) > 1 else {}
    for wave in waves[1:]:
        made = change_table(changes(later, design, wave=wave, base=waves[0]), design, "relative", i.id).rows
        rows += made
        if _is_judged(i):
            for at in range(0, len(made), EACH):
                rows += [target_row(made[at : at + EACH], reading, target.get(wave)) for reading in ("relative", "points")]
    return rows


def _is_judged(i: Indicator) -> bool:
    """What the target may be read from: the score, and the shares that reach a threshold."""
    return i.id.removesuffix("_cmp") == "score" or i.id.startswith("reach")


def _beside(levels: Mapping[int, Levels], design: Design, i: Indicator, waves: Sequence[int]) -> list[Row]:
    """What is printed beside a change and decides nothing: as if no PSU were shared, and all groups' simultaneous limits."""
    everybody = {wave: _of(one, ()) for wave, one in levels.items()}
    groups = {wave: picked(one, [j for j, c in enumerate(one.columns) if c.domain]) for wave, one in levels.items()}
    found: list[Row] = []
    for wave in waves[1:]:
        found += change_table(changes(everybody, design, wave=wave, base=waves[0], method="independent"), design, "points", i.id)
        if len(groups[wave].columns) > 1:
            found += family_rows(changes(groups, design, wave=wave, base=waves[0]), design, i.id)
    return found


def _all_levels(
    given: Levelled, i: Indicator, groupings: Sequence[tuple[str, ...]], waves: Sequence[int], design: Design
) -> dict[LonelyRule, dict[int, Levels]]:
    """Every grouping at once, by lonely rule (of levels, of changes) and wave: the residuals of calibration are made once."""
    pairs = [(i.id, domain) for by in groupings for domain in given.domains(i.id, by)]
    rules = dict.fromkeys((design.lonely.level, design.lonely.change) if len(waves) > 1 else (design.lonely.level,))
    return {rule: {wave: given.levels(pairs, wave, rule, i.stat, i.unit) for wave in waves} for rule in rules}


def _of(levels: Levels, by: tuple[str, ...]) -> Levels:
    """The columns of one grouping."""
    return picked(levels, [j for j, c in enumerate(levels.columns) if tuple(name for name, _ in c.domain) == by])


def _target(plan: Plan) -> Mapping[int, TargetValue]:
    found = [t for t in plan.targets if t.id == "II.3"]
    return dict(found[0].values) if found else {}


def target_row(made: Sequence[Row], reading: Reading, asked: TargetValue | None) -> Row:
    """The verdict on one change by one reading; its limits are those of the interval that decides (decision 4)."""
    diff, fieller = made[0], made[1]
    row = replace(fieller if reading == "relative" else diff, kind="target")
    if asked is None:
        return replace(row, state=NOT_DUE[0])
    return replace(row, state=judged(row, asked).vi)


def judged(row: Row, asked: TargetValue) -> Verdict:
    """The one word for a change or target row of estimand rel or diff."""
    reading: Reading = "relative" if row.estimand == "rel" else "points"
    return verdict(row.lower, row.upper, threshold=asked.low, high=asked.high or asked.low, reading=reading, unit=_unit(row))


def _unit(row: Row) -> str:
    """The unit behind a threshold (decision 7)."""
    return "%" if row.estimand == "rel" else "điểm phần trăm" if row.unit == "percentage_point" else "điểm"


def every_group(rows: Sequence[Row], plan: Plan) -> dict[str, dict[str, str]]:
    """'indicator estimand domain' -> what may be claimed of every group of a domain (decision 4), in both languages."""
    target = _target(plan)
    found: dict[str, dict[str, str]] = {}
    for d in plan.domains:
        if len(d.codes) < 2:
            continue
        group: dict[str, list[Row]] = {}
        for r in rows:
            if r.kind == "target" and r.wave in target and [k for k, _ in r.domain] == [d.id]:
                group.setdefault(f"{r.indicator} {r.estimand} {d.id}", []).append(r)
        for name, some in group.items():
            asked = target[some[0].wave]
            words = [judged(r, asked) for r in some]
            claim = all_groups(words, threshold=asked.low, high=asked.high or asked.low, unit=_unit(some[0]))
            found[name] = {"claim": claim.claim, "vi": claim.vi, "en": claim.en}
    return found
