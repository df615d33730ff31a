"""The decision sheet: open findings as an Excel workbook with drop-downs, and the sheet read back as wanted decisions.

Imports decisions, sealed, findings, the codebook and (inside) python_calamine and xlsxwriter, the latter here only in this room.
Values of private and free-text questions are never written into it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from forms import Codebook, Variable
from forms.errors import BdgError, Problem, problem, refuse

from ..findings import Finding
from .decisions import Action, Wanted
from .sealed import secret

STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
HIDDEN = "(kín / private)"
WORDS: Mapping[str, Action] = {
    "Giữ nguyên (đã xác minh)": "keep",
    "Sửa": "correct",
    "Bỏ phiếu": "drop",
}
REASONS = (
    "Đã gọi lại, đúng như đã ghi", "Đã hỏi điều tra viên", "Nghe lại, xem lại phiếu giấy", "Điều tra viên bấm nhầm",
    "Hai phiếu của một lần phỏng vấn", "Phiếu thử", "Không có phỏng vấn",
)  # fmt: skip
"""Common reasons; any other may be typed."""
_LEVELS = {"red": "ĐỎ - phải xử lý", "yellow": "VÀNG - nên xem", "info": "để biết"}
_HEAD = (
    ("Mã", 13), ("Mức", 11), ("Việc", 16), ("Địa bàn", 9), ("Mã ĐTV", 6), ("Mã phiếu", 9), ("Câu hỏi", 11), ("Nội dung", 24),
    ("Giá trị hiện nay", 12), ("Cần có", 9), ("Nhận được", 13), ("Cách xử lý", 26), ("QUYẾT ĐỊNH", 15), ("Giá trị mới (mã)", 10),
    ("Lý do", 18), ("Người quyết định", 11),
)  # fmt: skip
_FIRST = 4
_DECIDE, _NEW, _REASON, _WHO = 12, 13, 14, 15
_MARK = "_bdg"
_LONG = re.compile(r"uuid:([0-9a-f]{8})[0-9a-f-]*")
_POINTS = 14.5
"""Height of a line."""
_NUMBER, _WORD = re.compile(r"-?\d+(\.\d+)?"), re.compile(r"[\w.:-]+")
_LIST = 255
"""Excel takes at most so many characters in a typed-in drop-down list."""


@dataclass(frozen=True)
class Case:
    """What a sheet is about.  head: the chain's digest when it was made.  values: (instance, question) -> value now.

    titles: check -> what it is called.
    """

    round_id: str
    practice: bool
    head: str
    findings: tuple[Finding, ...]
    values: Mapping[tuple[str, str], str | None]
    titles: Mapping[str, str] = field(default_factory=dict)


def sheet_bytes(case: Case, book: Codebook) -> bytes:
    """The .xlsx of the open findings, red ones first; the same findings, the same bytes."""
    import xlsxwriter

    out = io.BytesIO()
    file: Any = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    file.set_properties({"title": "Bảng quyết định làm sạch số liệu", "created": datetime(2026, 1, 1)})  # noqa: DTZ001  fixed
    page, mark = file.add_worksheet("Quyết định"), file.add_worksheet(_MARK)
    known = {v.name: v for v in book.variables}
    order = {"red": 0, "yellow": 1, "info": 2}
    some = sorted((f for f in case.findings if f.state == "open"), key=lambda f: (order[f.severity], f.check, f.psu, f.id))
    _top(file, page, case)
    for n, f in enumerate(some, _FIRST):
        _line(file, page, n, f, known.get(f.question), case)
    if some:
        last = _FIRST + len(some) - 1
        _lists(page, last)
        page.autofilter(_FIRST - 1, 0, last, len(_HEAD) - 1)
    for n, row in enumerate((("round", case.round_id), ("head", case.head), *((f.id, f.instance_id) for f in some))):
        mark.write_row(n, 0, row)
    mark.hide()
    file.close()
    return out.getvalue()


def _top(file: Any, page: Any, case: Case) -> None:
    title, head = file.add_format({"bold": True, "font_size": 14}), file.add_format(_style(bold=True, bg_color="#D9D9D9"))
    page.write_string(0, 0, "BẢNG QUYẾT ĐỊNH LÀM SẠCH SỐ LIỆU", title)
    told = "Chọn quyết định, ghi lý do và người quyết định ở bốn cột cuối; để trống dòng chưa quyết định. Hạn chế lưu hành."
    page.write_string(1, 0, told)
    page.write_string(2, 0, STAMP if case.practice else "", title)
    for row, height in ((0, 20), (1, 18), (2, 20), (_FIRST - 1, 32)):
        page.set_row(row, height)
    for column, (name, width) in enumerate(_HEAD):
        page.set_column(column, column, width)
        page.write_string(_FIRST - 1, column, name, head)
    page.freeze_panes(_FIRST, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(_FIRST - 1)


def _style(**more: object) -> dict[str, object]:
    return {"border": 1, "text_wrap": True, "valign": "top", "font_name": "Times New Roman", "font_size": 11, **more}


def _line(file: Any, page: Any, n: int, f: Finding, v: Variable | None, case: Case) -> None:
    plain, write_here = file.add_format(_style()), file.add_format(_style(bg_color="#FFF9E5", num_format="@"))
    level, short = _LEVELS[f.severity], f.instance_id.removeprefix("uuid:")[:8]
    cells = (
        f.id, level, case.titles.get(f.check, f.check), f.psu, f.enumerator, short, f.question, v.label.vi if v else "",
        _shown(v, case.values.get((f.instance_id, f.question))), f.expected, _LONG.sub(r"\1", f.got),
        f.do.partition(" | ")[0],
    )  # fmt: skip
    page.set_row(n, _POINTS * max(1, *(-(-len(c) // (w - 1)) for c, (_, w) in zip(cells, _HEAD, strict=False))))
    for column, cell in enumerate(cells):
        page.write_string(n, column, cell, plain)
    for column in (_DECIDE, _NEW, _REASON, _WHO):
        page.write_blank(n, column, None, write_here)
    codes = list(v.codes) if v and v.type == "code" else []
    if codes and len(",".join(codes)) <= _LIST:
        page.data_validation(n, _NEW, n, _NEW, {"validate": "list", "source": codes, "error_title": "Mã của câu hỏi"})


def _lists(page: Any, last: int) -> None:
    page.data_validation(_FIRST, _DECIDE, last, _DECIDE, {"validate": "list", "source": list(WORDS)})
    reasons = {"validate": "list", "source": list(REASONS), "error_type": "information", "error_title": "Lý do khác"}
    page.data_validation(_FIRST, _REASON, last, _REASON, reasons)


def _shown(v: Variable | None, value: str | None) -> str:
    if v is None or value is None:
        return ""
    if secret(v):
        return HIDDEN
    words = {c.code: c.label.vi for c in v.choices}
    return "; ".join(f"{code} - {words[code]}" if code in words else code for code in (value.split() if v.codes else [value]))


def read_sheet(path: Path, case: Case, book: Codebook) -> tuple[Wanted, ...]:
    """The decisions filled in; lines left empty are left out.

    DATA-190 when it is no decision sheet of this round; DATA-189 with every cell that is wrong: a word that is no decision, no
    reason, no person, a new value without «Sửa» or the reverse, a finding that is not open any more.
    """
    page, mark = _pages(path)
    told = dict(row[:2] for row in mark if len(row) > 1)
    if told.get("round") != case.round_id:
        raise refuse("DATA-190", path.name, expected=case.round_id, got=told.get("round", "-"))
    known, names = {f.id: f for f in case.findings}, {v.name: v for v in book.variables}
    problems: list[Problem] = []
    found = []
    for n, row in enumerate(page[_FIRST:], _FIRST + 1):
        cells = [*row, *[""] * (len(_HEAD) - len(row))]
        if any(cells[c] for c in (_DECIDE, _NEW, _REASON)):
            found.append(_wanted(cells, f"{path.name}, dòng {n}", known, names, case, problems))
    if problems:
        raise BdgError(problems)
    return tuple(w for w in found if w is not None)


def _pages(path: Path) -> tuple[list[list[str]], list[list[str]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as file:
            sheets = {n: file.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in file.sheet_names}
    except (CalamineError, OSError) as fault:
        raise refuse("DATA-190", path.name, expected=".xlsx", got=type(fault).__name__) from None
    if _MARK not in sheets or len(sheets) < 2:
        raise refuse("DATA-190", path.name, expected=_MARK, got=", ".join(sheets))
    first = next(n for n in sheets if n != _MARK)
    return ([[_text(c) for c in row] for row in sheets[first]], [[_text(c) for c in row] for row in sheets[_MARK]])


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _wanted(
    cells: Sequence[str], place: str, known: Mapping[str, Finding], names: Mapping[str, Variable], case: Case,
    problems: list[Problem],
) -> Wanted | None:  # fmt: skip
    f, action = known.get(cells[0]), WORDS.get(cells[_DECIDE])
    was = case.values.get((f.instance_id, f.question)) or "" if f else ""
    before, here = len(problems), f"{place}, «{_HEAD[_NEW][0]}»"
    if f is None or f.state != "open":
        problems.append(problem("DATA-189", place, expected="phát hiện chưa xử lý / an open finding", got=cells[0]))
        return None
    if action is None:
        problems.append(problem("DATA-189", place, expected=" | ".join(WORDS), got=cells[_DECIDE] or "-"))
        return None
    problems += [
        problem("DATA-189", f"{place}, «{_HEAD[c][0]}»", expected="không để trống / not empty", got="-")
        for c in (_REASON, _WHO) if not cells[c]
    ]  # fmt: skip
    if (action == "correct") != bool(cells[_NEW]):
        problems.append(problem("DATA-189", here, expected="«Sửa» ↔ giá trị mới / new value", got=cells[_NEW] or "-"))
    elif action == "correct" and (fault := unfit(names.get(f.question), f.question, cells[_NEW], was)):
        problems.append(problem("DATA-189", here, expected=fault, got=f.question))
    if len(problems) > before:
        return None
    question = "" if action == "drop" else f.question if f.question in names else ""
    old = case.values.get((f.instance_id, question)) or "" if question else ""
    return Wanted(f.instance_id, question, action, cells[_REASON], cells[_WHO], old, cells[_NEW], f.id)


def unfit(v: Variable | None, name: str, new: str, old: str) -> str:
    """Why a new value cannot stand for a question, '' when it can.  What the form calculates keeps its shape."""
    from .replay import FIXED

    if v is None or v.repeat or name in FIXED:
        return "một câu hỏi của phiếu / a question of the form"
    given = new.split() if v.type == "codes" else [new]
    if v.codes and not set(given) <= set(v.codes):
        return " | ".join(v.codes[:12])
    shape = _NUMBER if _NUMBER.fullmatch(old) else _WORD
    if v.type == "calculated" and not shape.fullmatch(new):
        return "cùng dạng với giá trị cũ / of the old value's shape"
    if v.type == "integer" and not new.lstrip("-").isdigit():
        return "số nguyên / a whole number"
    if v.type == "date":
        try:
            datetime.fromisoformat(new)
        except ValueError:
            return "YYYY-MM-DD"
    return ""
