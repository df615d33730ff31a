"""Questionnaire -> Layout: which question stands on which sheet in which cell.  From the definition alone, whatever the form.

Imports the records, wording and known.  A card prints one question a line; a repeat, or a form of many records, is a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ..condition import Both, Condition, names
from ..errors import BdgError, Problem, problem
from ..question import HIDDEN, Question, Questionnaire, Section
from ..reading import digest
from ..units import LIST_COLUMNS
from . import xpath
from .known import UNITS, expression, period_question, unit_question, workable, year_question
from .records import Code, Field, Layout, Page, Style, Text
from .wording import detail, printed, section_detail, stamp_of

HEAD = ("Mã", "Nội dung", "Trả lời", "Kiểm tra", "English")
CODE, QUESTION, ANSWER, CHECK, ENGLISH = range(5)
UNIT_ROW, PERIOD_ROW, HEAD_ROW, FIRST = 1, 2, 3, 4
"""Rows of a card, counted from 0: title, unit, period, head, then the questions."""
TABLE_EMPTY, TABLE_WORDS, TABLE_SECTIONS, TABLE_CODES, TABLE_HEAD, TABLE_ENGLISH, TABLE_FIRST = range(3, 10)
"""Rows of a table after title, unit and period: nothing to report, words, sections, codes, heads, English, first line."""
WORDS_SPAN = 10
"""Columns that the words over a table take at most: a printed page is not wider."""
MOST_LINES, FORM_LINES, OTHER_LINES = 60, 150, 30
"""Lines of a repeat at most; of a form of many records; of a repeat whose count has no range."""
_NO_CELL = ("geopoint", "image", "audio")
_SHEET = re.compile(r"[\[\]:*?/\\']")
Lists = Mapping[str, Sequence[Code]]


def layout(form: Questionnaire, files: Lists | None = None) -> Layout:
    """The workbook of a form with `excel:`.  files: list file -> (code, label) of its rows, units.csv left out.

    BdgError with every reason why the form cannot be one: FORM-065 no `excel:` or no question of the reporting unit;
    FORM-066 a question that a cell cannot hold, a rule that a workbook cannot check; FORM-067 a list file that is not given.
    """
    given = files or {}
    found = [*_refusals(form, given)]
    if found:
        raise BdgError(found)
    unit = unit_question(form)
    lists = {**_lists(form), **{name: _distinct(rows) for name, rows in given.items()}}
    pages = tuple(_tables(form) if form.excel == "table" else _card(form))
    content = [
        form.id,
        form.version,
        form.digest,
        [_plain(p) for p in pages],
        {k: [list(c) for c in v] for k, v in lists.items()},
    ]
    return Layout(form.id, form.version, form.digest, pages, lists, unit.name if unit else "", stamp_of(form), digest(content))


def tied_names(form: Questionnaire) -> tuple[str, ...]:
    """The questions that a template answers itself where it is told: unit, year, kind of report."""
    return tuple(q.name for q in (unit_question(form), year_question(form), period_question(form)) if q)


def _plain(page: Page) -> list[object]:
    texts = [[t.row, t.column, t.whole] for t in page.texts]
    fields = [[f.path, f.choice, f.row, f.column] for f in page.fields]
    return [page.name, page.first, page.lines, page.repeat, page.count, list(page.empty or ()), texts, fields]


def _distinct(rows: Sequence[Code]) -> tuple[Code, ...]:
    """Choices with the words shown; where two read alike the code is added."""
    words = [label.strip().casefold() for _, label in rows]
    return tuple((code, f"{label} ({code})" if words.count(label.strip().casefold()) > 1 else label) for code, label in rows)


def _lists(form: Questionnaire) -> dict[str, tuple[Code, ...]]:
    used = {q.list for _, q in form.questions() if q.list and q.type != "calculate"}
    return {name: _distinct([(c.code, c.label.vi) for c in found.choices]) for name, found in form.lists.items() if name in used}


# ---- what a workbook cannot do


def _refusals(form: Questionnaire, given: Lists) -> Iterator[Problem]:
    if form.excel is None or unit_question(form) is None:
        got = "excel: -" if form.excel is None else f"file: {UNITS} -"
        yield problem("FORM-065", "form.yaml", expected=f"excel: card | table; select_one, file: {UNITS}", got=got, form=form.id)
    work = workable(form)
    for path, q in form.questions():
        trees = [t for t in (q.only_if, q.must, *(s.only_if for s in form.around(path))) if t is not None]
        why: list[str] = [q.type] if q.type in _NO_CELL else []
        why += _unread(q.filter, work, columns=LIST_COLUMNS if q.file == UNITS else ()) if q.filter else []
        why += [f"${{{n}}}" for n in sorted({n for t in trees for n in names(t)} - work)]
        why += ["relevant"] if q.relevant or any(s.relevant for s in form.around(path)) else []
        why += _unread(expression(form, q), work) if q.constraint else []
        if why:
            yield problem("FORM-066", q.place, got=", ".join(why), name=q.name)
        if q.file and q.file != UNITS and q.file not in given:
            yield problem("FORM-067", q.place, expected=", ".join(given) or UNITS, got=q.file, name=q.name)
    yield from _repeats(form, form.sections, inside=form.excel == "table")


def _unread(text: str, work: frozenset[str], columns: Sequence[str] = ()) -> list[str]:
    """What of a constraint or filter no workbook can check."""
    try:
        tree = xpath.read(text)
    except xpath.XPathError as error:
        return [f"XPath: {error}"]
    return [f"${{{n}}}" for n in sorted(xpath.names(tree) - work)] + sorted(xpath.columns(tree) - {*columns})


def _repeats(form: Questionnaire, sections: Sequence[Section], *, inside: bool) -> Iterator[Problem]:
    for section in sections:
        below = [s for s in section.items if isinstance(s, Section)]
        if section.repeat and inside:
            yield problem("FORM-066", section.place, got="repeat", name=section.name)
        yield from _repeats(form, below, inside=inside or bool(section.repeat))


# ---- a card


class _Writing:
    """A page while it is written: where the next line goes."""

    def __init__(self, form: Questionnaire) -> None:
        self.form, self.row = form, FIRST
        self.texts: list[Text] = []
        self.fields: list[Field] = []

    def line(self, vi: str, en: str, style: Style, code: str = "", small: str = "", small_en: str = "") -> int:
        """One line of a card; returns its row."""
        row = self.row
        if code:
            self.texts.append(Text(row, CODE, code, "code"))
        self.texts.append(Text(row, QUESTION, vi, style, small))
        self.texts.append(Text(row, ENGLISH, en, "english", small_en))
        self.row += 1
        return row


def _asked(conditions: Sequence[Condition]) -> Condition | None:
    return None if not conditions else conditions[0] if len(conditions) == 1 else Both(tuple(conditions))


def _title(form: Questionnaire, name: str) -> Text:
    return Text(0, QUESTION, f"{form.title.vi}: {name}" if name else form.title.vi, "title")


def _card(form: Questionnaire) -> Iterator[Page]:
    page = _Writing(form)
    page.texts += [
        _title(form, ""), Text(UNIT_ROW, QUESTION, "Đơn vị báo cáo", "label"), Text(PERIOD_ROW, QUESTION, "Kỳ báo cáo", "label"),
        *(Text(HEAD_ROW, i, head, "head") for i, head in enumerate(HEAD)),
    ]  # fmt: skip
    repeats: list[tuple[Section, tuple[str, ...], tuple[Condition, ...]]] = []
    for section in form.sections:
        _section(page, section, (), (), repeats)
    yield Page("Phiếu", tuple(page.texts), tuple(page.fields), CHECK, FIRST)
    used = {"phiếu"}
    for section, path, conditions in repeats:
        yield _table(
            form, _sheet_name(section.label.vi, used), [(section, path, conditions)], repeat="/".join((*path, section.name))
        )


def _section(
    page: _Writing, section: Section, path: tuple[str, ...], conditions: tuple[Condition, ...],
    repeats: list[tuple[Section, tuple[str, ...], tuple[Condition, ...]]],
) -> None:  # fmt: skip
    form, here = page.form, (*path, section.name)
    held = (*conditions, section.only_if) if section.only_if else conditions
    small, small_en = section_detail(form, section, "vi"), section_detail(form, section, "en")
    if section.repeat:
        page.line(
            f"{section.label.vi}: điền ở trang tính riêng",
            f"{section.label.en}: on a sheet of its own",
            "section",
            "",
            small,
            small_en,
        )
        repeats.append((section, path, conditions))
        return
    if any(isinstance(i, Section) or i.type not in HIDDEN for i in section.items):
        page.line(section.label.vi, section.label.en, "section", "", small, small_en)
    for item in section.items:
        if isinstance(item, Section):
            _section(page, item, here, held, repeats)
        elif item.type not in HIDDEN:
            _question(page, item, here, (*held, item.only_if) if item.only_if else held)


def _question(page: _Writing, q: Question, path: tuple[str, ...], conditions: tuple[Condition, ...]) -> None:
    form = page.form
    vi, en = printed(form, q.label.vi, "vi"), printed(form, q.label.en, "en")
    small, small_en = detail(form, q, "vi"), detail(form, q, "en")
    if q.type == "note":
        if _printable(form, q):
            page.line(vi, en, "note", "", small, small_en)
        return
    row = page.line(vi + (" *" if q.required else ""), en, "question", q.name, small, small_en)
    place = "/".join((*path, q.name))
    if q.type != "select_multiple":
        page.fields.append(Field(q, place, row, ANSWER, _asked(conditions)))
        return
    for choice in form.choices(q):
        row = page.line(choice.label.vi, choice.label.en, "choice")
        page.fields.append(Field(q, place, row, ANSWER, _asked(conditions), choice.code))


def _printable(form: Questionnaire, note: Question) -> bool:
    """A note that speaks of the answers themselves (its condition looks at a hidden field) is the phone's alone."""
    hidden = {q.name for _, q in form.questions() if q.type == "calculate"}
    return note.only_if is None or not hidden & {*names(note.only_if)}


# ---- a table


def _sheet_name(label: str, used: set[str]) -> str:
    base = " ".join(_SHEET.sub(" ", label).split())[:28].strip() or "Bảng"
    name, n = base, 2
    while name.casefold() in used:
        name, n = f"{base} {n}", n + 1
    used.add(name.casefold())
    return name


def _tables(form: Questionnaire) -> Iterator[Page]:
    """A form of many records: what the template answers itself stands above, everything else is a column."""
    yield _table(form, "Danh sách", [(s, (), ()) for s in form.sections], repeat="")


def _table(
    form: Questionnaire, name: str, parts: Sequence[tuple[Section, tuple[str, ...], tuple[Condition, ...]]], repeat: str
) -> Page:
    tied = () if repeat else tied_names(form)
    texts = [
        _title(form, name),
        Text(UNIT_ROW, QUESTION, "Đơn vị báo cáo", "label"),
        Text(PERIOD_ROW, QUESTION, "Kỳ báo cáo", "label"),
        Text(TABLE_HEAD, CODE, "STT", "head"),
    ]
    fields: list[Field] = []
    for section, path, conditions in parts:
        _columns(form, section, path, conditions, tied, texts, fields)
    section, _, conditions = parts[0]
    last = _next(fields)
    texts.append(Text(TABLE_HEAD, last, "Kiểm tra", "head"))
    if words := "\n".join(_words(form, [s for s, _, _ in parts])):
        texts.append(Text(TABLE_WORDS, QUESTION, words, "note", span=min(last - QUESTION, WORDS_SPAN)))
    if repeat:
        held = (*conditions, section.only_if) if section.only_if else conditions
        lines, count = _lines(form, section.repeat or ""), _count(section.repeat)
        return Page(name, tuple(texts), tuple(fields), last, TABLE_FIRST, lines, repeat, count, _asked(held))
    texts.append(Text(TABLE_EMPTY, QUESTION, "Không có gì để ghi? Chọn x", "label"))
    return Page(name, tuple(texts), tuple(fields), last, TABLE_FIRST, FORM_LINES, empty=(TABLE_EMPTY, ANSWER))


def _next(fields: Sequence[Field]) -> int:
    """The first free column of a table."""
    return max((f.column for f in fields), default=CODE) + 1


def _columns(
    form: Questionnaire, section: Section, path: tuple[str, ...], conditions: tuple[Condition, ...], tied: Sequence[str],
    texts: list[Text], fields: list[Field],
) -> None:  # fmt: skip
    here = (*path, section.name)
    held = (*conditions, section.only_if) if section.only_if else conditions
    start = _next(fields)
    for item in section.items:
        if isinstance(item, Section):
            _band(section, start, texts, fields)
            _columns(form, item, here, held, tied, texts, fields)
            start = _next(fields)
        elif item.type not in HIDDEN and item.type != "note" and item.name not in tied:
            _column(form, item, here, (*held, item.only_if) if item.only_if else held, texts, fields)
    _band(section, start, texts, fields)


def _band(section: Section, start: int, texts: list[Text], fields: list[Field]) -> None:
    """The section's name over its own columns."""
    if _next(fields) > start:
        texts.append(Text(TABLE_SECTIONS, start, section.label.vi, "section", span=_next(fields) - start))


def _column(
    form: Questionnaire,
    q: Question,
    path: tuple[str, ...],
    conditions: tuple[Condition, ...],
    texts: list[Text],
    fields: list[Field],
) -> None:
    place, asked = "/".join((*path, q.name)), _asked(conditions)
    for choice in form.choices(q) if q.type == "select_multiple" else (None,):
        column = _next(fields)
        star = " *" if q.required else ""
        vi, en = printed(form, q.label.vi, "vi") + star, printed(form, q.label.en, "en")
        if choice:
            vi, en = f"{vi}: {choice.label.vi}", f"{en}: {choice.label.en}"
        texts.append(Text(TABLE_CODES, column, f"{q.name}/{choice.code}" if choice else q.name, "code"))
        texts.append(Text(TABLE_HEAD, column, vi, "head", detail(form, q, "vi")))
        texts.append(Text(TABLE_ENGLISH, column, en, "english"))
        fields.append(Field(q, place, TABLE_FIRST, column, asked, choice.code if choice else ""))


def _count(repeat: str | None) -> str:
    text = (repeat or "").strip()
    found = re.fullmatch(r"\$\{([a-z0-9_]+)\}", text)
    return found.group(1) if found else text if text.isdecimal() else ""


def _lines(form: Questionnaire, repeat: str) -> int:
    count = _count(repeat)
    if count.isdecimal():
        return int(count)
    asked = next((q for _, q in form.questions() if q.name == count), None)
    return min(asked.range[1], MOST_LINES) if asked and asked.range else OTHER_LINES


def _words(form: Questionnaire, sections: Sequence[Section]) -> Iterator[str]:
    """What stands over a table: when its sections are filled in, and their notes."""
    for section in sections:
        if small := section_detail(form, section, "vi"):
            yield f"{section.label.vi}: {small}"
        for item in section.items:
            if isinstance(item, Section):
                yield from _words(form, [item])
            elif item.type == "note" and _printable(form, item):
                yield " ".join(filter(None, (printed(form, item.label.vi, "vi"), detail(form, item, "vi"))))
