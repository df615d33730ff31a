"""One estimate under every rule for a stratum with one PSU, so that nobody chooses the rule by its result.

Imports the doors of levels and change; asks the source for sums once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from forms.errors import BdgError, refuse

from .asked import By
from .backends import Data, source
from .change import change
from .design import Design, Lonely, LonelyRule
from .estimate import estimate
from .estimates import Estimates, plain
from .levels import Stat
from .results import Unit
from .totals import Request, Totals, TotalsSource, Variable

BLANK: Mapping[str, Any] = {
    "estimate": None, "se": None, "lower": None, "upper": None, "deff": None, "interval": "", "p_value": None,
    "se_independent": None, "status": "not_estimable",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Once:
    """A source that answers a request it has answered before from memory."""

    inner: TotalsSource
    answered: dict[Request, Totals]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns there are."""
        return self.inner.names

    def totals(self, request: Request) -> Totals:
        """The sums, computed the first time only."""
        if request not in self.answered:
            self.answered[request] = self.inner.totals(request)
        return self.answered[request]

    def arrays(self, columns: Sequence[str]) -> Mapping[str, Any]:
        """As the inner source."""
        return self.inner.arrays(columns)


def sensitivity(
    data: Data, design: Design, y: Variable | Sequence[Variable], *, by: By = (), where: Mapping[str, str] | None = None,
    stat: Stat = "mean", unit: Unit | None = None, wave: int | None = None, base: int | None = None,
    confidence: float = 0.95,
) -> Estimates:  # fmt: skip
    """Levels (or, with wave and base, differences) under each rule: Row.method names it.

    A rule that stops (fail) gives rows not_estimable with its words.  One pass over the data (levels under fail: one more a
    wave).  The other arguments as in `estimate` and `change`; no quantiles.
    """
    if (wave is None) != (base is None):
        raise refuse("STAT-011", argument="wave, base", got_name=f"{wave}, {base}", choices="wave=..., base=...")
    once = Once(source(data, design), {})
    columns: dict[str, list[Any]] = {}
    model = _under(once, design, "certainty", y, by, where, stat, unit, wave, base, confidence)
    for rule in get_args(LonelyRule):
        if rule == "fail":
            found = _failing(once, design, model, y, by, where, stat, unit, wave, base, confidence)
        else:
            found = _under(once, design, rule, y, by, where, stat, unit, wave, base, confidence)
        for name, values in {**found.columns, "method": [rule] * len(found)}.items():
            columns.setdefault(name, []).extend(plain(values))
    return Estimates(columns)


def _failing(
    once: Once, design: Design, model: Estimates, y: Variable | Sequence[Variable], by: By, where: Mapping[str, str] | None,
    stat: Stat, unit: Unit | None, wave: int | None, base: int | None, confidence: float,
) -> Estimates:  # fmt: skip
    """Rule fail: the waves without such a stratum as they are, the others (and their changes) with the words of the refusal."""
    listed = {name: list(plain(values)) for name, values in model.columns.items()}
    waves = [None] if wave is not None else sorted(set(listed["wave"]))
    for t in waves:
        try:
            _under(once, design, "fail", y, by, where, stat, unit, wave, base, confidence, (t,) if t is not None else ())
        except BdgError as stop:
            first = stop.problems[0]
            facts = dict(first.facts)
            told = {**BLANK, "reason": f"{first.entry.vi.format_map(facts)} | {first.entry.en.format_map(facts)}"}
            for i in range(len(model)):
                if t is None or listed["wave"][i] == t:
                    for name, value in told.items():
                        if name in listed:
                            listed[name][i] = value
    return replace(model, columns=listed)


def _under(
    once: Once, design: Design, rule: LonelyRule, y: Variable | Sequence[Variable], by: By, where: Mapping[str, str] | None,
    stat: Stat, unit: Unit | None, wave: int | None, base: int | None, confidence: float, waves: tuple[int, ...] = (),
) -> Estimates:  # fmt: skip
    ruled = replace(design, lonely=Lonely(rule, rule, design.lonely.domain))
    if wave is None or base is None:
        return estimate(once, ruled, y, by=by, where=where, stat=stat, unit=unit, waves=waves, confidence=confidence)
    return change(
        once, ruled, y, wave=wave, base=base, by=by, where=where, stat=stat, unit=unit, reading="points", confidence=confidence
    )
