"""The workbook that a translator fills: one row a text, everything protected but the cells to fill.

Imports store, texts and known; the typed adapter to XlsxWriter for this workbook.  Same input, same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, Final

from ..formulas import starts_formula
from ..question import Questionnaire
from ..reading import digest
from ..workbook import BUILT
from .known import Language, longest
from .store import STATES, Row, kept
from .texts import SPOKEN, Text, references, source_digest, texts

GUIDE, WORK = "Hướng dẫn", "Bản dịch"
HEADER: Final = (
    "Khóa / Key", "Phần / Section", "Câu / Question", "Loại / Kind", "Tiếng Việt (nguồn) / Vietnamese (source)", "English",
    "Dài nhất / Longest", "BẢN DỊCH / TRANSLATION", "Dịch ngược / Back-translation", "Tệp âm thanh / Audio file",
    "Trạng thái / State", "Lưu ý / Note", "nguồn / source", "lúc xuất / as exported",
)  # fmt: skip
KEY, SECTION, QUESTION, KIND, VI, EN, LONGEST, SAID, BACK, AUDIO, STATE, NOTE, SOURCE, EXPORTED = range(len(HEADER))
FILLED: Final = (SAID, BACK, AUDIO, STATE)
"""Columns that a translator fills."""
MARKS: Final = ("bdg-translate", "1")
"""What the first row of the guide begins with: the kind of file and its layout's number."""
FORM_AT, LANGUAGE_AT, TRANSLATOR_AT, DATE_AT = 1, 2, 3, 4
"""Rows of the guide that say what the workbook is of, and who filled it when (second column)."""
_KINDS: Final = {
    "section": "tên phần / section", "label": "câu hỏi / question", "hint": "gợi ý / hint", "message": "lời nhắc / message",
    "choice": "lựa chọn / choice",
}  # fmt: skip
_WIDTHS: Final = (20, 18, 15, 12, 42, 30, 9, 42, 30, 16, 14, 30, 4, 4)
_NAMED: Final = 3
_LINE: Final = 15.0
"""Height of a line in points: neither Excel nor LibreOffice fits the rows of a file by itself."""
_GUIDE: Final = (
    "Dịch từ cột tiếng Việt; cột English chỉ để hiểu thêm. Chỉ gõ vào các ô nền vàng.",
    "Translate from the Vietnamese; the English helps to understand. Type into the yellow cells only.",
    "Dịch cho dễ hiểu khi đọc thành tiếng, bằng lời người trong vùng hay nói; không thêm, không bớt ý, không giải thích.",
    "Use words that people of the area say aloud; add nothing, leave nothing out, explain nothing.",
    "Chỗ ${…} do máy tự điền: chép nguyên vào bản dịch, đặt ở chỗ hợp với câu.",
    "The phone fills in ${…}: copy it as it is, wherever it fits the sentence.",
    "Dịch ngược: một người khác, chưa xem câu tiếng Việt, dịch bản dịch trở lại tiếng Việt. Sửa bản dịch thì dịch ngược lại.",
    "Back-translation: another person, who has not seen the Vietnamese, puts it into Vietnamese; anew after a change.",
    "Chưa quen đọc chữ thì ghi âm: đặt tên tệp (ví dụ hre_k01.mp3) vào cột tệp âm thanh và gửi tệp kèm theo.",
    "Where the script is not in use, record it: write the file's name (for example hre_k01.mp3) and send the file along.",
    "Ô để trống: điện thoại hiện câu tiếng Việt. Không ghi tên người dịch, chỉ ghi mã được cấp.",
    "A cell left empty: the phone shows the Vietnamese. No translator's name, only the code that was given.",
)


def shown(row: Row | None, source: str) -> tuple[str, str, str, str]:
    """What a workbook shows of a kept row beside a source with this digest: of an earlier wording the state is left out."""
    if row is None:
        return "", "", "", ""
    said, back, audio, state = row.cells()
    return said, back, audio, state if row.source_digest == source else ""


def mark_of(cells: Sequence[str]) -> str:
    """Sixteen characters that change with a row's filled cells: an import takes rows that differ from what was exported."""
    return digest(list(cells))[:16]


def translators_workbook(form: Questionnaire, of: Language, rows: Mapping[str, tuple[Row, ...]]) -> bytes:
    """The workbook of a form and a language with what is translated already; rows: as `store.stored` gives them."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": BUILT, "title": f"{form.id} {of.code}"})
        _guide(book, form, of)
        _work(book, form, rows)
    return out.getvalue()


def _guide(book: Any, form: Questionnaire, of: Language) -> None:
    page = book.add_worksheet(GUIDE)
    bold, wrapped = (
        book.add_format({"bold": True, "valign": "top"}),
        book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True}),
    )
    fill = _format(book, locked=False)
    page.set_column(0, 0, 46)
    page.set_column(1, 1, 90)
    facts = (MARKS, ("Biểu mẫu / Form", form.id), ("Ngôn ngữ / Language", of.column))
    for number, (name, value) in enumerate(facts):
        page.write_string(number, 0, name, bold)
        page.write_string(number, 1, value, wrapped)
    asked = ("Mã người dịch / Translator's code (HRE-01)", "Ngày / Date (2026-10-05)")
    for number, name in enumerate(asked, TRANSLATOR_AT):
        page.write_string(number, 0, name, bold)
        page.write_blank(number, 1, None, fill)
    for number, line in enumerate((form.title.vi, form.title.en, *_GUIDE), DATE_AT + 2):
        page.set_row(number, _height([line], [90]))
        page.write_string(number, 1, line, wrapped)
    page.set_row(0, None, None, {"hidden": True})
    page.protect("", {"format_columns": True, "format_rows": True})
    page.set_paper(9)
    page.fit_to_pages(1, 0)


def _format(book: Any, *, locked: bool, loud: bool = False, quoted: bool = False) -> Any:
    look = {"num_format": "@", "text_wrap": True, "valign": "top", "border": 1, "border_color": "#BFBFBF", "locked": locked}
    more: dict[str, Any] = {"quote_prefix": quoted} | ({} if locked else {"bg_color": "#FFF9DB"})
    return book.add_format(look | more | ({"font_color": "#9C0006"} if loud else {}))


def _work(book: Any, form: Questionnaire, rows: Mapping[str, tuple[Row, ...]]) -> None:
    page = book.add_worksheet(WORK)
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E7E6E6", "border": 1})
    shut, note = _format(book, locked=True, quoted=True), _format(book, locked=True, loud=True, quoted=True)
    empty, full = _format(book, locked=False), _format(book, locked=False, quoted=True)
    page.set_row(0, 2 * _LINE)
    for column, (title, width) in enumerate(zip(HEADER, _WIDTHS, strict=True)):
        page.set_column(column, column, width, None, {"hidden": column >= SOURCE})
        page.write_string(0, column, title, head)
    labels = {q.name: q.label.vi for _, q in form.questions() if q.label.vi != q.name}
    for number, text in enumerate(texts(form), 1):
        cells = cells_of(text, kept(rows, text), labels)
        page.set_row(number, _height(cells[:SOURCE], _WIDTHS))
        for column, value in enumerate(cells):
            spoken = column != AUDIO or text.said.kind in SPOKEN
            fill = full if starts_formula(value) else empty
            look = note if column == NOTE else fill if column in FILLED and spoken else shut
            page.write_string(number, column, value, look) if value else page.write_blank(number, column, None, look)
        _limits(page, number, int(cells[LONGEST]))
    page.freeze_panes(1, KEY + 1)
    page.autofilter(0, 0, max(len(texts(form)), 1), NOTE)
    page.protect("", {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True})
    page.set_landscape()
    page.set_paper(8)  # A3
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    book.get_worksheet_by_name(GUIDE).activate()


def _height(cells: Sequence[str], widths: Sequence[int]) -> float:
    """The height of a row whose cells wrap, in points: the longest cell decides."""
    return _LINE * max(ceil(1.15 * len(text) / width) for text, width in zip(cells, widths, strict=False) if text)


def _limits(page: Any, number: int, most: int) -> None:
    page.data_validation(
        number, SAID, number, SAID,
        {"validate": "length", "criteria": "<=", "value": most, "error_title": "Dài quá / Too long",
         "error_message": f"Nhiều nhất {most} ký tự, để vừa màn hình điện thoại. (At most {most} signs.)"},
    )  # fmt: skip
    words = [word for word in STATES.values() if word]
    page.data_validation(number, STATE, number, STATE, {"validate": "list", "source": words})


def cells_of(text: Text, row: Row | None, labels: Mapping[str, str]) -> tuple[str, ...]:
    """One row of the work sheet. A translation of an earlier wording is shown, without its state: somebody must look at it."""
    source = source_digest(text.vi)
    said, back, audio, state = filled = shown(row, source)
    return (
        text.key, text.section, _shown_by(text), _KINDS[text.said.kind], text.vi, text.said.label.en,
        str(longest(text.said.kind, text.vi)), said, back, audio, STATES[state], _note(text, row, labels),
        source, mark_of(filled),
    )  # fmt: skip


def _shown_by(text: Text) -> str:
    """The questions that show a text; of many, the first."""
    names, more = text.questions[:_NAMED], len(text.questions) - _NAMED
    return ", ".join(names) + (f" (+ {more} câu / more)" if more > 0 else "")


def _note(text: Text, row: Row | None, labels: Mapping[str, str]) -> str:
    """What the translator must know of this row: a changed source, an old back-translation, what the phone fills in."""
    found = []
    if row and not row.holds(text):
        found.append(f"CÂU TIẾNG VIỆT ĐÃ ĐỔI / SOURCE CHANGED. Câu cũ / before: «{row.source}».")
    if row and row.back_translation and not row.back_holds():
        found.append("Bản dịch đã sửa sau khi dịch ngược / translation changed after its back-translation.")
    for reference in sorted(references(text.vi)):
        name = re.sub(r"[${}]", "", reference)
        meant = f" ({labels[name]})" if name in labels else ""
        found.append(f"{reference}: máy tự điền{meant}, chép nguyên / filled in by the phone, copy it as it is.")
    return " ".join(found)
