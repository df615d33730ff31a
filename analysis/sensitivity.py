"""One estimate under every rule for a stratum with one PSU, so that nobody chooses the rule by its result.

Imports the doors of levels and change; asks the source for sums once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from forms.errors import BdgError

from .asked import By, EstimateStat
from .backends import Data, source
from .change import change
from .design import Design, Lonely, LonelyRule
from .estimate import estimate
from .estimates import Estimates
from .results import Unit
from .totals import Request, Totals, TotalsSource, Variable


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
    stat: EstimateStat = "mean", unit: Unit | None = None, wave: int | None = None, base: int | None = None,
    confidence: float = 0.95,
) -> Estimates:  # fmt: skip
    """Levels (or, with wave and base, differences) under each rule: Row.method names it.

    A rule that stops (fail) gives rows not_estimable with its words.  One pass over the data.  The other arguments as in
    `estimate` and `change`.
    """
    once = Once(source(data, design), {})
    columns: dict[str, list[Any]] = {}
    model = _under(once, design, "certainty", y, by, where, stat, unit, wave, base, confidence)
    for rule in get_args(LonelyRule):
        try:
            found = _under(once, design, rule, y, by, where, stat, unit, wave, base, confidence)
        except BdgError as stop:
            told_by = stop.problems[0]
            reason = " | ".join(text.format_map(dict(told_by.facts)) for text in (told_by.entry.vi, told_by.entry.en))
            told = {"estimate": None, "se": None, "lower": None, "upper": None, "deff": None, "interval": "", "p_value": None,
                    "se_independent": None, "status": "not_estimable", "reason": reason}  # fmt: skip
            found = replace(model, columns={k: [told[k]] * len(model) if k in told else v for k, v in model.columns.items()})
        for name, values in found.columns.items():
            columns.setdefault(name, []).extend([rule] * len(found) if name == "method" else _listed(values))
        if "method" not in found.columns:
            columns.setdefault("method", []).extend([rule] * len(found))
    return Estimates(columns)


def _under(
    once: Once, design: Design, rule: LonelyRule, y: Variable | Sequence[Variable], by: By, where: Mapping[str, str] | None,
    stat: EstimateStat, unit: Unit | None, wave: int | None, base: int | None, confidence: float,
) -> Estimates:  # fmt: skip
    ruled = replace(design, lonely=Lonely(rule, rule, design.lonely.domain))
    if wave is None or base is None:
        return estimate(once, ruled, y, by=by, where=where, stat=stat, unit=unit, confidence=confidence)
    assert stat != "quantile"
    return change(
        once, ruled, y, wave=wave, base=base, by=by, where=where, stat=stat, unit=unit, reading="points", confidence=confidence
    )


def _listed(values: Any) -> list[Any]:
    from .estimates import plain

    return list(plain(values))
