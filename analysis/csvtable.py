"""CSV tables of the contract: read with file and line for every message, written with fixed columns and kept ones.

Imports forms.errors and forms.formulas.  Knows no table by name and never sees a submission.  A text that a spreadsheet would
compute is written with an apostrophe, which reading takes away again.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forms.errors import BdgError, Problem, headers, problem, refuse
from forms.formulas import row, wild

_SHOWN = 5
Cells = Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """One line of a table while it is read; problems are collected, not raised one at a time."""

    file: str
    line: int
    cells: Cells
    problems: list[Problem]

    def bad(self, column: str, expected: str) -> None:
        """Note that a cell does not hold what the contract says."""
        place = f"{self.file}, dòng {self.line}"
        self.problems.append(problem("DATA-002", place, expected=expected, got=self.cells.get(column, ""), column=column))

    def text(self, column: str, *, empty: bool = False) -> str:
        """A text cell; a problem when it is empty and may not be."""
        value = self.cells.get(column, "")
        if not value and not empty:
            self.bad(column, "không để trống / not empty")
        return value

    def one_of(self, column: str, codes: Sequence[str]) -> str:
        """A code cell."""
        value = self.cells.get(column, "")
        if value not in codes:
            self.bad(column, " | ".join(c or "''" for c in codes))
        return value

    def whole(self, column: str, low: int = 0) -> int:
        """A whole number of at least `low`."""
        value = self.cells.get(column, "")
        if not re.fullmatch(r"-?\d+", value) or int(value) < low:
            self.bad(column, f"số nguyên ≥ {low} / whole number")
            return low
        return int(value)

    def maybe_whole(self, column: str) -> int | None:
        """A whole number or an empty cell."""
        return self.whole(column) if self.cells.get(column, "") else None

    def number(self, column: str, fits: Callable[[float], bool], expected: str) -> float:
        """A number that fits."""
        try:
            value = float(self.cells.get(column, ""))
        except ValueError:
            value = float("nan")
        if not fits(value):
            self.bad(column, expected)
        return value

    def day(self, column: str) -> date:
        """An ISO date."""
        try:
            return date.fromisoformat(self.cells.get(column, ""))
        except ValueError:
            self.bad(column, "YYYY-MM-DD")
            return date.min


def shown(values: Sequence[str]) -> str:
    """The first few values and how many more there are."""
    more = len(values) - _SHOWN
    return ", ".join(values[:_SHOWN]) + (f" … (+{more})" if more > 0 else "")


def stop(problems: Sequence[Problem], most: int = 10) -> None:
    """Raise the problems found, the first few of them; nothing when there is none."""
    if problems:
        raise BdgError(problems[:most])


def kept(cells: Cells, named: Sequence[str]) -> dict[str, str]:
    """The cells of columns the contract does not name."""
    return {k: v for k, v in cells.items() if k not in named}


def read_table(path: Path, needed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """(line number, cells) of a UTF-8 CSV with a header; NFC, trimmed.  DATA-001 when a column is missing or it is no CSV."""
    try:
        text = unicodedata.normalize("NFC", path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise refuse("DATA-001", str(path.name), expected=", ".join(needed), got="không có tệp / no such file") from None
    except UnicodeDecodeError:
        raise refuse("DATA-001", path.name, expected="UTF-8", got="không đọc được / not UTF-8") from None
    except OSError as fault:
        raise refuse("DATA-001", path.name, expected=", ".join(needed), got=type(fault).__name__) from None
    respaced(text, path.name)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        names = [wild(n.strip()) for n in reader.fieldnames or ()]
        missing = [c for c in needed if c not in names]
        if missing or len(set(names)) != len(names):
            raise refuse("DATA-001", path.name, expected=", ".join(missing or needed), got=headers(names))
        reader.fieldnames = names
        lines = [(reader.line_num, _cells(cells, f"{path.name}, dòng {reader.line_num}", len(names))) for cells in reader]
        return [(n, cells) for n, cells in lines if any(cells.values())]
    except csv.Error as fault:
        raise refuse("DATA-001", path.name, expected="CSV", got=str(fault)) from None


def respaced(text: str, place: str) -> None:
    """DATA-030 when a spreadsheet wrote the table again with its own separator: its numbers cannot be trusted either."""
    header = text.partition("\n")[0]
    mark = max((";", "\t"), key=header.count)
    if header.count(mark) > header.count(","):
        raise refuse("DATA-030", place, expected=",", got=mark.replace("\t", "Tab"), mark=mark.replace("\t", "Tab"))


def _cells(cells: Mapping[str | None, str | list[str] | None], place: str, columns: int) -> dict[str, str]:
    """One line's cells, trimmed.  A line with more or fewer cells than the header has shifted: DATA-001."""
    if None in cells or None in cells.values():
        got = sum(len(v) if isinstance(v, list) else v is not None for v in cells.values())
        raise refuse("DATA-001", place, expected=f"{columns} ô / cells", got=got)
    return {k: wild(v.strip()) for k, v in cells.items() if isinstance(k, str) and isinstance(v, str)}


def table_bytes(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> bytes:
    """CSV of the rows: the named columns first, the others in name order; None is empty, floats in full."""
    others = sorted({k for r in rows for k in r} - set(columns))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(row([*columns, *others]))
    for r in rows:
        writer.writerow(row("" if r.get(c) is None else r.get(c) for c in (*columns, *others)))
    return unicodedata.normalize("NFC", out.getvalue()).encode()
