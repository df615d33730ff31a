"""What `bdg analysis targets` says of a year, as records: the dashboard, the tasks, the money, who reported.

Imports the results, lookup, numbers and the tongue.  Never computes a statistic and never guesses: what the results do not say
is None or ''.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from analysis.results import Results, Row
from forms.errors import BdgError, problem, refuse

from .. import numbers
from ..lookup import Lookup
from ..tongue import Tongue

KINDS = ("halfyear", "annual", "adhoc", "final")
NEEDED = ("report", "dashboard", "tasks", "funding", "forms", "issuers", "plan", "target_ii3")
FACTS = (
    "year",
    "kind",
    "from",
    "to",
    "as_of",
    "survey_waves",
    "survey_this_year",
    "provisional",
    "supplements",
    "action_month",
    "supplement",
)
CENSUS = "census"
AWARENESS = "II.3"
_SURVEYED = ("level", "change", "contrast", "target", "share", "test", "diagnostic")
_WHOLE = re.compile(r"(?<![.,\d])\d+(?:[.,]\d{3})*(?![.,]?\d|%)")


@dataclass(frozen=True)
class Entry:
    """One line of the dashboard.  path: where it stands in the texts; row: its number, None where there is none."""

    target: str
    part: str
    headline: bool
    label: str
    planned: str
    said: str
    state: str
    progress: str
    source: str
    missing: str
    path: str
    row: Row | None
    also: tuple[Row, ...]


@dataclass(frozen=True)
class Line:
    """One figure of a task or of the money, and its part about women where the form asks for it."""

    label: str
    row: Row
    women: Row | None


@dataclass(frozen=True)
class Task:
    """One of the seven tasks of part III.  told: units that wrote about it themselves; path: of that number."""

    id: str
    title: str
    lines: tuple[Line, ...]
    told: int
    path: str


@dataclass(frozen=True)
class Read:
    """One year's results in one language."""

    results: Results
    tongue: Tongue

    @property
    def texts(self) -> Mapping[str, Any]:
        """Every word the data side sends along."""
        return self.results.texts

    @property
    def report(self) -> Mapping[str, Any]:
        """Year, kind, period and cut-off date of the report."""
        found: Mapping[str, Any] = self.texts["report"]
        return found

    @property
    def year(self) -> int:
        """The year reported on."""
        return int(self.report["year"])

    @property
    def counted_on(self) -> str:
        """The cut-off day, ISO; the period's last day where none was set; '' where no return names a period."""
        return str(self.report["as_of"] or self.report["to"] or "")

    @cached_property
    def rows(self) -> Mapping[str, Row]:
        """Every row by its key."""
        return {r.key: r for r in self.results.rows}

    @cached_property
    def look(self) -> Lookup | None:
        """The surveys alone, up to this year; None when no survey was given."""
        waves = {int(w) for w in self.report["survey_waves"]}
        kept = tuple(
            r for r in self.results.rows
            if r.wave in waves and r.kind in _SURVEYED and CENSUS not in (r.design, r.method)
            and not r.indicator.startswith(("II.", "task_", "fund_"))
        )  # fmt: skip
        return Lookup(replace(self.results, rows=kept), self.tongue) if kept else None

    @property
    def surveyed(self) -> bool:
        """True when this year has a survey of its own."""
        return bool(self.report["survey_this_year"]) and self.look is not None and self.look.wave == self.year

    @cached_property
    def dashboard(self) -> tuple[Entry, ...]:
        """Every line, in the plan's order."""
        return tuple(self._entry(i, e) for i, e in enumerate(self.texts["dashboard"]))

    def _entry(self, at: int, raw: Mapping[str, Any]) -> Entry:
        def words(name: str) -> str:
            return self.tongue.label(raw.get(name))

        return Entry(
            str(raw["target"]),
            str(raw["part"]),
            bool(raw.get("headline")),
            words("label"),
            words("planned"),
            words("said"),
            self._state(raw),
            words("progress"),
            words("source"),
            words("missing"),
            f"texts/dashboard/{at}",
            self._row(raw.get("key")),
            tuple(r for k in raw.get("also", ()) if (r := self._row(k)) is not None),
        )

    def _state(self, raw: Mapping[str, Any]) -> str:
        """The verdict's words; of a reading that nobody has signed none are printed, only its result (decision 5)."""
        row = self._row(raw.get("key"))
        judged = str(raw["target"]) == AWARENESS and not raw.get("headline") and row is not None and row.kind == "target"
        if judged and not self.texts["target_ii3"].get("signed"):
            return self.tongue.say("chưa kết luận", "no conclusion")
        return self.tongue.label(raw.get("state"))

    def target(self, name: str) -> tuple[Entry, ...]:
        """The lines of one target."""
        return tuple(e for e in self.dashboard if e.target == name)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The plan's tasks in order."""
        return tuple(
            Task(
                str(t["id"]),
                self.tongue.label(t["title"]),
                self._lines(t["lines"]),
                int(t.get("texts_reported") or 0),
                f"texts/tasks/{i}/texts_reported",
            )
            for i, t in enumerate(self.texts["tasks"])
        )

    def money(self, part: str) -> tuple[Line, ...]:
        """Lines of the money `planned` or `spent`."""
        return self._lines(self.texts["funding"].get(part, ()))

    def _lines(self, raw: Any) -> tuple[Line, ...]:
        found = ((self.tongue.label(x["label"]), self._row(x["key"]), self._row(x.get("women_key"))) for x in raw)
        return tuple(Line(label, row, women) for label, row, women in found if row is not None)

    def _row(self, key: Any) -> Row | None:
        """The row of a key; REP-035 when the texts name one that is not there."""
        if not key:
            return None
        if str(key) not in self.rows:
            raise refuse("REP-035", "results.json", expected=f"rows/{key}", got="-", key=key)
        return self.rows[str(key)]

    @cached_property
    def forms(self) -> tuple[tuple[str, Mapping[str, int]], ...]:
        """(form, how many owe, reported, are silent, were left out) of each kind of return."""
        return tuple((str(k), v) for k, v in self.texts["forms"].items())

    def wide(self, indicator: str, category: str, year: int) -> Row | None:
        """A count of a full count for everybody: yes, reported or units."""
        rows = (
            r for r in self.results.rows if r.kind == "count" and r.indicator == indicator and r.wave == year and not r.domain
        )
        return next((r for r in rows if r.category == category), None)

    def years(self, indicator: str) -> Iterator[int]:
        """The years for which a full count holds this indicator, in order."""
        yield from sorted({r.wave for r in self.results.rows if r.indicator == indicator and r.kind == "target"})

    # ---- numbers inside sentences

    def figure(self, path: str, value: float, unit: str = "count") -> str:
        """A number of the texts with its unit, tagged."""
        return numbers.tagged(self.tongue.quantity(value, unit, 0), numbers.tag(numbers.text_key(path), "text", unit, 0))

    def counted(self, entry: Entry, *, tagged: bool = True) -> str:
        """«4/5 cơ quan», its whole numbers written as the office writes them and tagged with the counts they come from.

        A number of no row stays as it is and has no tag.
        """
        known = {int(r.estimate): r for r in entry.also if r.estimate is not None and r.unit in ("count", "person")}

        def tag(found: re.Match[str]) -> str:
            row = known.get(int(re.sub(r"\D", "", found[0])))
            if row is None:
                return found[0]
            said = self.tongue.whole(row.estimate or 0)
            return numbers.tagged(said, numbers.tag(row.key, "estimate", "", 0)) if tagged else said

        return _WHOLE.sub(tag, entry.said)


def check(results: Results, kind: str) -> None:
    """Refuse what no yearly report can be made of: REP-032 other results, REP-033 another kind, REP-003 a part missing."""
    texts: object = results.texts
    there = texts if isinstance(texts, Mapping) else {}
    if not isinstance(there.get("report"), Mapping):
        raise refuse("REP-032", "results.json", expected="texts/report", got=", ".join(map(str, there)) or "-")
    found = [problem("REP-003", "results.json", part=part) for part in NEEDED if part not in there]
    found += [problem("REP-003", "results.json", part=f"report/{part}") for part in FACTS if part not in there["report"]]
    if found:
        raise BdgError(found)
    if there["report"]["kind"] != kind:
        raise refuse("REP-033", "results.json", expected=kind, got=there["report"]["kind"])
