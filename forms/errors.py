"""What went wrong, where, and who must act: one catalogue for every room.

Imports the standard library and yaml only.  Never sees data.  Findings about
data are rows of a log, not errors; an error stops a command before it writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).with_name("errors.yaml")
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_./:-]{0,60}")


class Who(IntEnum):
    """Who must act; the number is the exit code of the command."""

    usage = 2
    form = 10
    data = 11
    server = 12
    publication = 13


@dataclass(frozen=True)
class Entry:
    """One catalogued error: its code, who must act, what it says, what to do."""

    code: str
    who: Who
    vi: str
    en: str
    do_vi: str
    do_en: str


@dataclass(frozen=True)
class Problem:
    """One error as it happened.

    place: file and line, sheet and cell, or the option of the command.
    expected, got: what the rule wants and what came (codes only, never a person's answer text).
    """

    entry: Entry
    place: str
    expected: str
    got: str
    facts: tuple[tuple[str, str], ...]

    @property
    def code(self) -> str:
        """The stable code, for example DATA-003."""
        return self.entry.code

    def text(self) -> str:
        """Five lines: what (Vietnamese), what (English), expected, got, do."""
        facts = dict(self.facts)
        lines = [f"{self.place}: {self.entry.vi.format_map(facts)}" if self.place else self.entry.vi.format_map(facts)]
        lines.append(f"  ({self.entry.en.format_map(facts)})")
        if self.expected:
            lines.append(f"  cần có / expected: {self.expected}")
        if self.got:
            lines.append(f"  nhận được / got:   {self.got}")
        lines.append(f"  cách xử lý / do:   {self.entry.do_vi.format_map(facts)} ({self.entry.do_en.format_map(facts)})")
        lines.append(f"  [{self.code}]")
        return "\n".join(lines)


class BdgError(Exception):
    """One or more problems a person must mend; the front door prints them without a trace."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(p.text() for p in self.problems))

    def __reduce__(self) -> tuple[type[BdgError], tuple[tuple[Problem, ...]]]:
        """As it was made: an error of a worker process must reach the person whole."""
        return type(self), (self.problems,)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a trace: IPython asks the error itself (a person's mistake is told in words)."""
        return str(self).splitlines()

    @property
    def exit_code(self) -> int:
        """The exit code of the problem whose owner comes first (form before data before server)."""
        return min(int(p.entry.who) for p in self.problems)


@cache
def catalogue() -> dict[str, Entry]:
    """Every known error by its code, read from errors.yaml."""
    import yaml

    raw = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return {code: Entry(code, Who[e["who"]], e["vi"], e["en"], e["do"]["vi"], e["do"]["en"]) for code, e in raw.items()}


def problem(code: str, place: str = "", /, *, expected: object = "", got: object = "", **facts: object) -> Problem:
    """A catalogued problem at a place.  KeyError (our bug) when the code is not in the catalogue."""
    return Problem(catalogue()[code], place, str(expected), str(got), tuple((k, str(v)) for k, v in sorted(facts.items())))


def refuse(code: str, place: str = "", /, *, expected: object = "", got: object = "", **facts: object) -> BdgError:
    """The error to raise for a single problem."""
    return BdgError(problem(code, place, expected=expected, got=got, **facts))


def headers(names: Iterable[str]) -> str:
    """The head of a table as a message may show it: names of columns; what looks like anything else is only counted.

    A table without a head begins with a person: names with blanks or accents, numbers and dates are not repeated.
    """
    given = [n.strip() for n in names]
    shown = [n for n in given if _COLUMN.fullmatch(n)]
    other = len(given) - len(shown)
    return ", ".join([*shown, *([f"{other} cột khác / other columns"] if other else [])])
