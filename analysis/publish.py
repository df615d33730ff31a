"""Which numbers may leave: show, bracket or hide, each with the rule that decided.

Imports results only.  Statistics say what is true (status); this says what may be printed (publish).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .results import Publish, Row

HIDE_BELOW = 25
BRACKET_BELOW = 50
COUNT_BELOW = 5

ESTIMATES = frozenset({"level", "change", "contrast", "share", "target", "test"})


@dataclass(frozen=True)
class Rule:
    """One publication rule.  mark: how the table shows it; source: whose custom it is."""

    id: str
    publish: Publish
    mark: str
    vi: str
    en: str
    source: str

    @property
    def text(self) -> str:
        """What Row.rule says."""
        return f"{self.id}: {self.vi} | {self.en} [{self.source}]"


MICS = "UNICEF MICS and DHS Program tabulation convention: fewer than 25 unweighted cases (*), 25-49 in brackets"
SMALL_COUNT = "statistical disclosure control, minimum cell frequency: Hundepool et al. (2012), ch. 5"

RULES: tuple[Rule, ...] = (
    Rule("n<25", "hide", "(*)", "dưới 25 người trả lời", "fewer than 25 answered", MICS),
    Rule("n<50", "bracket", "( )", "25-49 người trả lời", "25-49 answered", MICS),
    Rule("count<5", "hide", "(*)", "số đếm dưới 5", "a count below 5", SMALL_COUNT),
    Rule("wave", "hide", "(*)", "một trong hai kỳ không được công bố", "one of the two waves is hidden", MICS),
    Rule("wave-bracket", "bracket", "( )", "một trong hai kỳ có 25-49 người trả lời", "one wave has 25-49 answered", MICS),
)
_BY_ID = {rule.id: rule for rule in RULES}
_STRENGTH: dict[Publish, int] = {"show": 0, "bracket": 1, "hide": 2}

Group = tuple[str, int, tuple[tuple[str, str], ...], str]


def publish(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The rows with publish and rule set, in their order.

    Levels and changes follow n (a change's n is the smaller wave's); counts 1-4 are hidden (0 is no person);
    a change or target is no more visible than either wave's level of the same indicator and domain.
    """
    given: Sequence[Row] = tuple(rows)
    first = [_by_itself(row) for row in given]
    waves: dict[Group, Publish] = {}
    for row in first:
        if row.kind == "level":
            group = (row.indicator, row.wave, row.domain, row.category)
            waves[group] = max(row.publish, waves.get(group, "show"), key=_STRENGTH.__getitem__)
    return tuple(_by_waves(row, waves) for row in first)


def _by_itself(row: Row) -> Row:
    if row.method == "census":  # institutions, not respondents: census.py has marked them
        return row
    if row.kind in ESTIMATES and 0 < row.n < HIDE_BELOW:
        return _ruled(row, "n<25")
    if row.kind in ESTIMATES and HIDE_BELOW <= row.n < BRACKET_BELOW:
        return _ruled(row, "n<50")
    if row.kind == "count" and row.estimate is not None and 0 < row.estimate < COUNT_BELOW:
        return _ruled(row, "count<5")
    return replace(row, publish="show", rule="")


def _by_waves(row: Row, waves: dict[Group, Publish]) -> Row:
    if row.base_wave is None:
        return row
    seen = [waves.get((row.indicator, t, row.domain, row.category), "show") for t in (row.wave, row.base_wave)]
    worst: Literal["show", "bracket", "hide"] = max(seen, key=_STRENGTH.__getitem__)
    if _STRENGTH[worst] <= _STRENGTH[row.publish]:
        return row
    return _ruled(row, "wave" if worst == "hide" else "wave-bracket")


def _ruled(row: Row, rule_id: str) -> Row:
    rule = _BY_ID[rule_id]
    return replace(row, publish=rule.publish, rule=rule.text)
