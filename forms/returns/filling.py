"""Answers into the cells of a template, as a spreadsheet program would have saved them: for practice reports only.

Imports the records and known; standard library.  A template keeps its protection and its printed cells; only the cells that take
an answer get a value, so that a filled practice file goes through the very reader that real files go through.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from xml.sax.saxutils import escape

from .records import TICK, Field, Layout, Page, cell_name

_EPOCH = date(1899, 12, 30)
_SHEET = re.compile(r'<sheet name="([^"]*)" sheetId="(\d+)"')
_PACKED = 3
Answers = Mapping[str, str]


def filled(template: bytes, plan: Layout, records: Sequence[Answers], given: Sequence[str] = ()) -> bytes:
    """A template with answers by question name; of a table a record a line.  given: questions the template answers itself."""
    with zipfile.ZipFile(io.BytesIO(template)) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    sheets = {name: f"xl/worksheets/sheet{n}.xml" for name, n in _SHEET.findall(parts["xl/workbook.xml"].decode())}
    own = [p for p in plan.pages if not p.repeat]
    for page in own:
        cells = dict(_cells(page, records, plan, frozenset(given)))
        if page.empty and not records:
            cells[cell_name(*page.empty)] = _text(TICK)
        part = sheets[page.name]
        parts[part] = _with(parts[part].decode(), cells).encode()
    return _zipped(parts)


def _cells(page: Page, records: Sequence[Answers], plan: Layout, given: frozenset[str]) -> Iterator[tuple[str, str]]:
    for line, answers in enumerate(records if page.lines else records[:1]):
        for f in page.fields:
            text = answers.get(f.question.name, "")
            if not text or (f.question.name in given and not page.lines):
                continue
            if f.choice:
                text = TICK if f.choice in text.split() else ""
            if text:
                yield cell_name(f.row + (line if page.lines else 0), f.column), _value(f, text, plan)


def _value(f: Field, text: str, plan: Layout) -> str:
    """The inside of a cell: number, day, or the words that stand for a code."""
    if f.question.type in ("integer", "decimal"):
        return f"><v>{text}</v>"
    if f.question.type == "date":
        return f"><v>{(date.fromisoformat(text) - _EPOCH).days}</v>"
    words = dict(plan.lists.get(f.question.list or "", ())).get(text, text)
    return _text(words)


def _text(words: str) -> str:
    return f' t="inlineStr"><is><t>{escape(words)}</t></is>'


def _with(sheet: str, cells: Mapping[str, str]) -> str:
    """The sheet with these cells filled; KeyError when one of them is not there."""
    left = dict(cells)

    def fill(match: re.Match[str]) -> str:
        inside = left.pop(match[1], None)
        return match[0] if inside is None else f'<c r="{match[1]}"{match[2]}{inside}</c>'

    made = re.sub(r'<c r="([A-Z]+\d+)"((?: s="\d+")?)/>', fill, sheet)
    if left:
        raise KeyError(sorted(left))
    return made


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in parts.items():
            file.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED, _PACKED)
    return out.getvalue()
