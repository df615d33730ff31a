"""A translators' workbook that came back -> rows of translations; whatever cannot be right is refused with its cell.

Imports cells, errors, store, texts, translators.  Only rows edited in this workbook count: what somebody else has translated
since it was exported stays, and a text changed by both is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ..cells import Cell, WorkbookError, read_cells
from ..errors import BdgError, Problem, problem, refuse
from ..question import Questionnaire
from .known import languages, longest
from .store import STATES, Row, kept
from .texts import SPOKEN, Text, references, source_digest, texts
from .translators import (
    AUDIO,
    BACK,
    DATE_AT,
    EXPORTED,
    FORM_AT,
    GUIDE,
    HEADER,
    KEY,
    LANGUAGE_AT,
    MARKS,
    SAID,
    SOURCE,
    STATE,
    TRANSLATOR_AT,
    VI,
    WORK,
    mark_of,
    shown,
)

_CODE = re.compile(r"[A-Z]{2,5}-?[0-9]{1,4}")
_SOUND = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}\.(mp3|m4a|wav|ogg)")
_STATE = {word: code for code, word in STATES.items()}


@dataclass(frozen=True)
class Workbook:
    """A workbook as it came back. form: the form's id; code: of its language; lines: cells of every row of the work sheet."""

    form: str
    code: str
    translator: Cell
    date: Cell
    lines: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Taken:
    """What an import takes. rows: translations that are new or changed; stale: those whose Vietnamese has changed since."""

    rows: tuple[Row, ...]
    stale: tuple[str, ...]


def open_workbook(path: Path) -> Workbook:
    """The workbook's sheets as they should be. FORM-088 when it is another file or its layout was changed."""
    try:
        sheets = read_cells(path)
    except WorkbookError as error:
        raise refuse("FORM-088", path.name, expected=".xlsx", got=error) from None
    lost = [name for name in (GUIDE, WORK) if name not in sheets]
    if lost:
        raise refuse("FORM-088", path.name, expected=f"{GUIDE}, {WORK}", got=", ".join(sheets))
    guide, (head, *lines) = sheets[GUIDE], sheets[WORK] or ((),)
    if tuple(cell.text for cell in head[: len(HEADER)]) != HEADER:
        got = ", ".join(cell.text for cell in head if cell.text not in HEADER) or "- " + ", ".join(HEADER[len(head) :])
        raise refuse("FORM-088", f"{path.name} · {WORK}!1", expected=", ".join(HEADER), got=got)
    facts = [row[1] if len(row) > 1 else Cell(GUIDE) for row in guide[: DATE_AT + 1]]
    if len(facts) <= DATE_AT or (guide[0][0].text, facts[0].text) != MARKS:
        raise refuse("FORM-088", f"{path.name} · {GUIDE}!A1", expected=" ".join(MARKS), got=guide[0][0].text if guide else "")
    code = next((x.code for x in languages() if x.column == facts[LANGUAGE_AT].text), facts[LANGUAGE_AT].text)
    used = tuple(tuple(line) for line in lines if any(cell.text for cell in line))
    return Workbook(facts[FORM_AT].text, code, facts[TRANSLATOR_AT], facts[DATE_AT], used)


def take(book: Workbook, form: Questionnaire, rows: Mapping[str, tuple[Row, ...]], name: str = "") -> Taken:
    """The rows that were edited in a workbook. rows: what is kept now (`store.stored`); name: of the file, for messages.

    BdgError with every cell: FORM-088 another form's workbook, -089 a broken ${…}, -090 too long, -091 an unknown key, -092 a
    formula, -093 an edited source, -094 a sound file's name, -095 a state that does not go with the rest, -096 no translator or
    day, -098 changed by somebody else meanwhile.
    """
    if book.form != form.id:
        raise refuse("FORM-088", name, expected=form.id, got=book.form)
    problems: list[Problem] = []
    known = {text.key: text for text in texts(form)}
    first = Counter(line[KEY].text for line in book.lines)
    found: list[Row] = []
    for line in book.lines:
        text = known.get(line[KEY].text)
        if text is None or first[text.key] > 1:
            problems.append(problem("FORM-091", _at(name, line[KEY]), got=line[KEY].text))
        elif row := _edited(line, text, kept(rows, text), name, problems):
            found.append(row)
    translator, day = _who(book, name, problems) if found or problems else ("", "")
    if problems:
        raise BdgError(problems)
    signed = tuple(replace(row, translator=translator, date=day) for row in found)
    return Taken(signed, tuple(row.key for row in signed if not row.holds(known[row.key])))


def _edited(line: Sequence[Cell], text: Text, before: Row | None, name: str, problems: list[Problem]) -> Row | None:
    """The row that a line makes; None when nobody edited it, or when it cannot be right (the problems say why)."""
    formulas = [cell for cell in line[: len(HEADER)] if cell.formula]
    problems += [problem("FORM-092", _at(name, cell), got=cell.text[:60]) for cell in formulas]
    if formulas:
        return None
    said, back, audio, word = (" ".join(line[column].text.split()) for column in (SAID, BACK, AUDIO, STATE))
    if word not in _STATE:
        problems.append(problem("FORM-095", _at(name, line[STATE]), expected=", ".join(filter(None, _STATE)), got=word))
        return None
    if source_digest(line[VI].text) != line[SOURCE].text:
        problems.append(problem("FORM-093", _at(name, line[VI]), got=line[VI].text[:60]))
        return None
    row = Row(text.key, line[SOURCE].text, line[VI].text, said, audio, back, "", _STATE[word])
    exported = line[EXPORTED].text
    if mark_of(row.cells()) == exported:
        return None
    if mark_of(shown(before, row.source_digest)) != exported:
        problems.append(problem("FORM-098", _at(name, line[SAID]), got=text.key))
        return None
    row = _backed(row, before)
    problems += _wrong(row, line, text, name)
    return row


def _wrong(row: Row, line: Sequence[Cell], text: Text, name: str) -> list[Problem]:
    """What a line's translation has against it."""
    found = []
    if row.translation:
        wanted, held = references(row.source), references(row.translation)
        if wanted != held:
            expected, got = (" ".join(sorted(refs.elements())) or "-" for refs in (wanted, held))
            found.append(problem("FORM-089", _at(name, line[SAID]), expected=expected, got=got))
        most = longest(text.said.kind, row.source)
        if len(row.translation) > most:
            found.append(problem("FORM-090", _at(name, line[SAID]), expected=f"≤ {most}", got=len(row.translation)))
    if row.audio and (text.said.kind not in SPOKEN or not _SOUND.fullmatch(row.audio)):
        found.append(problem("FORM-094", _at(name, line[AUDIO]), expected="hre_k01.mp3", got=row.audio))
    unsaid = not row.translation and (row.state or row.back_translation or row.audio)
    if unsaid or (row.state in ("back_translated", "approved") and not row.back_holds()):
        empty = line[SAID if unsaid else BACK].place
        found.append(problem("FORM-095", _at(name, line[STATE]), expected=empty, got=line[STATE].text or "-"))
    return found


def _backed(row: Row, before: Row | None) -> Row:
    """The row with what its back-translation was made from: an untouched one still renders the earlier translation."""
    untouched = before is not None and before.back_translation == row.back_translation
    of = before.back_of if before and untouched else source_digest(row.translation) if row.back_translation else ""
    return replace(row, back_of=of)


def _who(book: Workbook, name: str, problems: list[Problem]) -> tuple[str, str]:
    """The translator's code and the day, as the guide sheet gives them."""
    if not _CODE.fullmatch(book.translator.text):
        problems.append(problem("FORM-096", _at(name, book.translator), expected="HRE-01", got=len(book.translator.text)))
    try:
        date.fromisoformat(book.date.text)
    except ValueError:
        problems.append(problem("FORM-096", _at(name, book.date), expected="2026-10-05", got=book.date.text))
    return book.translator.text, book.date.text


def _at(name: str, cell: Cell) -> str:
    return f"{name} · {cell.place}" if name else cell.place
