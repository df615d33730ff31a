"""The sheets of an XLSForm: columns by their right names, languages told apart, every filled cell with its place.

Imports cells and errors.  Knows columns and languages, nothing of questions.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..cells import Cell, WorkbookError, read_cells
from ..errors import Problem, problem, refuse

ALIASES: Mapping[str, str] = {
    "caption": "label", "command": "type", "tag": "name", "value": "name", "relevance": "relevant", "calculate": "calculation",
    "constraining_message": "constraint_message", "jr:constraintmsg": "constraint_message", "requiredmsg": "required_message",
    "count": "repeat_count", "jr:count": "repeat_count", "list name": "list_name", "bind::relevant": "relevant",
    "bind::required": "required", "bind::constraint": "constraint", "bind::calculate": "calculation",
    "bind::jr:constraintmsg": "constraint_message", "bind::jr:requiredmsg": "required_message", "body::appearance": "appearance",
    "control::appearance": "appearance", "set_form_title": "form_title", "title": "form_title", "set_form_id": "form_id",
    "id_string": "form_id",
}  # fmt: skip
"""Other names of columns that converters accept (pyxform.aliases)."""
_TEXTS = ("label", "hint", "constraint_message", "required_message")
KEPT: Mapping[str, tuple[str, ...]] = {
    "survey": (
        "type", "name", *_TEXTS, "relevant", "required", "constraint", "calculation", "choice_filter", "repeat_count",
        "appearance", "parameters", "bind::type",
    ),
    "choices": ("list_name", "name", "label"),
    "settings": ("form_title", "form_id", "version", "default_language", "instance_name", "style", "name"),
}  # fmt: skip
KNOWN: Mapping[str, tuple[str, ...]] = {
    "survey": (
        "guidance_hint", "default", "read_only", "readonly", "trigger", "image", "audio", "video", "big-image", "media::image",
        "media::audio", "media::video", "media::big-image", "autoplay", "rows", "save_to", "noapperrorstring", "disabled",
        "note", "notes", "comment", "comments", "instance::odk:tag", "compact_tag", "hxl",
    ),
    "choices": ("image", "audio", "video", "big-image", "media::image", "media::audio", "media::video", "media::big-image"),
    "settings": (
        "submission_url", "public_key", "auto_send", "auto_delete", "allow_choice_duplicates", "sms_keyword", "prefix",
        "clean_text_values", "namespaces", "client_editable", "omit_instanceid", "instance_xmlns", "sms_separator",
    ),
}  # fmt: skip
"""Columns that converters know and our questionnaires have no place for."""
_LANGUAGE = re.compile(r"(.+?)\s*\(\s*([A-Za-z]{2,3}(?:-[A-Za-z]+)?)\s*\)")


@dataclass(frozen=True)
class Row:
    """One row: column -> cell, empty ones left out; texts stand under (column, language code), '' without a language."""

    place: str
    cells: Mapping[str, Cell]
    texts: Mapping[tuple[str, str], Cell]
    extra: Mapping[str, Cell]

    def get(self, column: str) -> str:
        """The text of a column, '' when the cell is empty."""
        return self.cells[column].text if column in self.cells else ""

    def cell(self, column: str) -> str:
        """Sheet and cell of a column, the row's place when it is empty."""
        return self.cells[column].place if column in self.cells else self.place


@dataclass(frozen=True)
class Grid:
    """The sheets of one XLSForm."""

    survey: tuple[Row, ...]
    choices: tuple[Row, ...]
    settings: Row


def read_grid(path: Path, found: list[Problem]) -> Grid:
    """Read an XLSForm. FORM-079 when it is none; what has no place in ours is added to `found` (FORM-075, FORM-076)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of drop-downs it does not keep; we read cells only
            sheets = {name.strip().lower(): rows for name, rows in read_cells(path).items()}
    except WorkbookError as error:
        raise refuse("FORM-079", path.name, expected=".xlsx: survey, choices, settings", got=error) from None
    if "survey" not in sheets:
        raise refuse("FORM-079", path.name, expected="survey, choices, settings", got=", ".join(sheets))
    for name, rows in sheets.items():
        if name not in KEPT and any(cell.text for row in rows for cell in row):
            first = next(cell for row in rows for cell in row if cell.text)
            found.append(problem("FORM-075", first.place, expected=", ".join(KEPT), got=first.text[:60], what=f"sheet {name}"))
    survey = tuple(_rows("survey", sheets["survey"], found))
    choices = tuple(_rows("choices", sheets.get("choices", ()), found))
    settings = tuple(_rows("settings", sheets.get("settings", ()), found))
    if not survey:
        raise refuse("FORM-079", path.name, expected="survey: type, name, label", got="survey: 0")
    return Grid(survey, choices, settings[0] if settings else Row("settings!A2", {}, {}, {}))


def _rows(sheet: str, rows: tuple[tuple[Cell, ...], ...], found: list[Problem]) -> Iterator[Row]:
    filled = [row for row in rows if any(cell.text for cell in row)]
    if not filled:
        return
    header, body = filled[0], filled[1:]
    columns = [_column(cell.text) for cell in header]
    if sheet != "settings" and "name" not in (name for name, _ in columns):
        raise refuse("FORM-079", header[0].place, expected=", ".join(KEPT[sheet]), got=", ".join(c.text for c in header))
    _unknown(sheet, header, columns, body, found)
    for row in body:
        cells: dict[str, Cell] = {}
        texts: dict[tuple[str, str], Cell] = {}
        extra: dict[str, Cell] = {}
        for cell, head, (name, language) in zip(row, header, columns, strict=False):
            if not cell.text:
                continue
            if cell.formula:
                found.append(problem("FORM-075", cell.place, expected="giá trị / a value", got=cell.text[:60], what="="))
            elif name in (*_TEXTS,):
                texts[name, language] = cell
            elif name in KEPT[sheet]:
                cells[name] = cell
            elif sheet == "choices" and head.text and name not in KNOWN[sheet]:
                extra[head.text] = cell
        yield Row(f"{row[0].place}", cells, texts, extra)


def _column(head: str) -> tuple[str, str]:
    """(column, language code) of a header: «label::Tiếng Việt (vi)» is («label», «vi»)."""
    base, _, language = head.partition("::") if "::" in head else head.partition(":") if _old_style(head) else (head, "", "")
    name = " ".join(base.split()).lower()
    if name in ("media", "bind", "body", "control", "instance") and language:
        more, _, language = language.partition("::")
        name = f"{name}::{more.strip().lower()}"
    code = _LANGUAGE.fullmatch(language.strip())
    return ALIASES.get(name, name), (code.group(2).lower() if code else language.strip())


def _old_style(head: str) -> bool:
    """«label:English», as forms wrote it before 2014."""
    return head.partition(":")[0].strip().lower() in _TEXTS


def _unknown(
    sheet: str, header: tuple[Cell, ...], columns: list[tuple[str, str]], body: list[tuple[Cell, ...]], found: list[Problem]
) -> None:
    """FORM-075 for a known column that has no place in ours, FORM-076 for one that nobody knows; the filled cells are named."""
    from difflib import get_close_matches

    for at, (head, (name, _)) in enumerate(zip(header, columns, strict=True)):
        cells = [row[at] for row in body if at < len(row) and row[at].text]
        if not head.text or not cells or name in KEPT[sheet] or (sheet == "choices" and name not in KNOWN[sheet]):
            continue
        where = ", ".join(c.place.partition("!")[2] for c in cells[:5]) + (f", … ({len(cells)})" if len(cells) > 5 else "")
        if name in KNOWN[sheet]:
            got = f"{where}: {cells[0].text[:60]}"
            found.append(problem("FORM-075", head.place, expected=", ".join(KEPT[sheet]), got=got, what=head.text))
        else:
            near = get_close_matches(name, KEPT[sheet], 1)
            got = f"{head.text} ({where})"
            expected = f"{near[0]}?" if near else ", ".join(KEPT[sheet])
            found.append(problem("FORM-076", head.place, expected=expected, got=got, what=head.text))
