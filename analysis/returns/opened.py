"""One workbook -> whose report it is, and its answers by cell; or what was done to it that makes them unreadable.

Imports the reader of workbooks, cells and the forms door (returns).  Positions are trusted only where every printed cell stands.
"""

from __future__ import annotations

from collections.abc import Mapping

from forms.returns import KEYS, SCHEMA, Field, Layout, Page, Text, cell_name

from ..readers.raw import Cell, plain
from ..readers.returns import Sheet
from .cells import read_cell, size_of, tidy_text
from .noticed import Noticed, Severity
from .returned import Opened

_FEW = 3
"""Cells of one kind that are named; more of them say no more."""


class _Log:
    """The findings of one file while it is read."""

    def __init__(self, file: str, unit_id: str = "") -> None:
        self.found: list[Noticed] = []
        self._file, self.unit = file, unit_id

    def add(
        self, check: str, sheet: str = "", at: tuple[int, int] | None = None, question: str = "", expected: str = "",
        got: str = "", severity: Severity = "red",
    ) -> None:  # fmt: skip
        where = cell_name(*at) if at else ""
        self.found.append(Noticed(check, severity, self._file, self.unit, sheet, where, question, expected, got))


def open_report(file: str, sheets: Mapping[str, Sheet], fault: str, plan: Layout, names: Mapping[str, str]) -> Opened:
    """Everything of one workbook that can be known without the other files.  names: unit_id -> name, of units.csv."""
    if fault:
        return _refused(file, {}, "unreadable", ".xlsx", fault)
    keys = _keys(sheets)
    if keys.get("schema") != SCHEMA:
        return _refused(file, {}, "foreign", SCHEMA, keys.get("schema", ""))
    if keys.get("form") != plan.form_id:
        return _refused(file, keys, "other_form", plan.form_id, keys.get("form", ""))
    expected = (plan.version, plan.questionnaire_digest, plan.digest)
    got = tuple(keys.get(k, "") for k in ("version", "digest", "layout"))
    if got != expected:
        said = [" ".join((v, d[:12], where[:12])) for v, d, where in (expected, got)]
        return _refused(file, keys, "other_version", said[0], said[1])
    log = _Log(file, keys.get("unit_id", ""))
    for page in plan.pages:
        _printed(log, page, sheets.get(page.name))
    if log.found:
        return Opened(file, keys, tuple(log.found))
    return _answers(file, keys, sheets, plan, log, names.get(log.unit, ""))


def _refused(file: str, keys: Mapping[str, str], check: str, expected: str, got: str) -> Opened:
    return Opened(file, keys, (Noticed(check, "red", file, keys.get("unit_id", ""), "", "", "", expected, got),))


def _keys(sheets: Mapping[str, Sheet]) -> dict[str, str]:
    found = sheets.get(KEYS)
    rows = found.cells if found else ()
    return {plain(row[0]) or "": plain(row[1]) or "" for row in rows if len(row) > 1}


# ---- does everything stand where it was printed?


def _printed(log: _Log, page: Page, sheet: Sheet | None) -> None:
    if sheet is None:
        log.add("moved", page.name, None, "", page.name, "")
        return
    wrong = [
        (t, sheet.at(t.row, t.column)) for t in page.texts if tidy_text(sheet.at(t.row, t.column) or "") != tidy_text(t.whole)
    ]
    numbers = [i for i in range(page.lines) if plain(sheet.at(page.first + i, 0)) != str(i + 1)]
    for text, cell in sorted(wrong, key=lambda pair: (pair[0].row, pair[0].column))[:_FEW]:
        log.add(
            "moved",
            page.name,
            (text.row, text.column),
            _near(page, text),
            _words(text),
            "" if cell is None else "khác / different",
        )
    for line in () if wrong else numbers[:1]:
        log.add("moved", page.name, (page.first + line, 0), "", str(line + 1), plain(sheet.at(page.first + line, 0)) or "")
    allowed = {((t.row, t.column), (t.row, t.column + t.span - 1)) for t in page.texts if t.span > 1}
    for first, _ in sorted(sheet.merged - allowed)[:_FEW]:
        log.add("merged", page.name, first)


def _words(text: Text) -> str:
    return text.text if len(text.text) <= 40 else f"{text.text[:39]}…"


def _near(page: Page, text: Text) -> str:
    """The question whose words a printed text holds."""
    same = (f for f in page.fields if (f.column == text.column if page.lines else f.row == text.row))
    return next((f.question.name for f in same), "")


# ---- the answers


def _answers(file: str, keys: Mapping[str, str], sheets: Mapping[str, Sheet], plan: Layout, log: _Log, name: str) -> Opened:
    records: dict[str, list[dict[str, str]]] = {}
    lines: dict[str, list[int]] = {}
    bad: set[tuple[str, int, str]] = set()
    given = {k.removeprefix("given."): v for k, v in keys.items() if k.startswith("given.")}
    nothing = False
    for page in plan.pages:
        sheet = sheets[page.name]
        _stray(log, page, sheet)
        _given(log, page, sheet, plan, given, name)
        records[page.name], lines[page.name] = [], []
        for line in range(page.lines or 1):
            row, wrong = _line(log, page, sheet, line, plan, given)
            bad |= {(page.name, page.first + line if page.lines else 0, path) for path in wrong}
            if row or wrong or not page.lines:
                records[page.name].append(row)
                lines[page.name].append(page.first + line if page.lines else 0)
        if page.empty and sheet.at(*page.empty) is not None:
            nothing = True
    return Opened(file, keys, tuple(log.found), records, lines, frozenset(bad), nothing)


def _line(
    log: _Log, page: Page, sheet: Sheet, line: int, plan: Layout, given: Mapping[str, str]
) -> tuple[dict[str, str], set[str]]:
    """(path -> answer, paths that could not be read) of one line."""
    found: dict[str, str] = {}
    wrong: set[str] = set()
    for f in page.fields:
        at = (f.row + (line if page.lines else 0), f.column)
        if f.question.name in given and not page.lines:
            continue
        cell = sheet.at(*at)
        if not _sound(log, page, sheet, f, at):
            wrong.add(f.path)
            continue
        reading = read_cell(f.question, cell, plan.lists, f.choice)
        if reading.check:
            hard = reading.text is None
            log.add(reading.check, page.name, at, f.question.name, reading.expected, reading.got, "red" if hard else "yellow")
            wrong |= {f.path} if hard else set()
        if reading.text is not None:
            found[f.path] = f"{found[f.path]} {reading.text}" if f.path in found else reading.text
    return found, wrong


def _sound(log: _Log, page: Page, sheet: Sheet, f: Field, at: tuple[int, int]) -> bool:
    """Whether a cell holds something that was written there: no error, no formula without a value of its own."""
    if at in sheet.errors:
        log.add("cell_error", page.name, at, f.question.name, "", sheet.errors[at])
        return False
    if at not in sheet.formulas:
        return True
    outside = "[" in sheet.formulas[at] or sheet.at(*at) is None
    log.add("formula_outside" if outside else "formula", page.name, at, f.question.name, "", "=…", "red" if outside else "yellow")
    return not outside


def _stray(log: _Log, page: Page, sheet: Sheet) -> None:
    """Something written where nobody would read it: under a table, beside a card."""
    ours = {(t.row, t.column + i) for t in page.texts for i in range(t.span)} | {page.unit, page.period}
    ours |= {page.empty} if page.empty else set()
    ours |= {(f.row + i, f.column) for f in page.fields for i in range(page.lines or 1)}
    last = max(page.check, *(t.column for t in page.texts), 0)
    strange = [
        (r, c) for r, cells in enumerate(sheet.cells) for c, cell in enumerate(cells)
        if _written(cell) and (r, c) not in ours and not _furniture(page, r, c)
    ]  # fmt: skip
    inside = [at for at in strange if at[1] <= last] or strange
    for at in inside[:_FEW]:
        log.add("outside", page.name, at, "", "", str(len(strange)))


def _given(log: _Log, page: Page, sheet: Sheet, plan: Layout, given: Mapping[str, str], name: str) -> None:
    """The unit's name and what the template answered itself must still be there: another name is another unit's report."""
    said = [(page.unit, plan.unit, name)]
    for f in () if page.lines else page.fields:
        if code := given.get(f.question.name):
            words = dict(plan.lists.get(f.question.list or "", ())).get(code, code)
            said.append(((f.row, f.column), f.question.name, name if f.question.name == plan.unit else words))
    for at, question, words in said:
        if name and tidy_text(plain(sheet.at(*at)) or "") != tidy_text(words):
            log.add("given_changed", page.name, at, question, words, size_of(sheet.at(*at) or ""))


def _written(cell: Cell) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _furniture(page: Page, row: int, column: int) -> bool:
    """Cells that the template fills in itself: the running check, the numbers of the lines, the stamp."""
    stamp = (page.unit[0], 4) if page.lines else (0, 4)
    numbers = bool(page.lines) and column == 0 and page.first <= row <= page.last
    return column == page.check or numbers or (row, column) in (stamp, (page.period[0], page.check))
