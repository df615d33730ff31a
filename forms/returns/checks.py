"""The running check of a template: formulas beside the answers that say what is still missing or contradicts itself.

Imports records, formulas and conditions.  For the person who writes; what is read back is judged anew by the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from ..condition import Condition, holds, names
from ..question import Question
from .formulas import LONGEST, Names, formula, quoted
from .records import CODES, Field, Layout, Page, Tied, cell_name

NEEDED, NOT_NEEDED, SUM, RULE = "cần điền", "không điền ô này", "khác tổng các phần", "chưa đúng quy định"
DONE, AGAIN = "đủ", "xem lại"
Cell = Callable[[int, int], str]


class Sheets:
    """Where the questions of a layout stand, as formulas name them."""

    def __init__(self, plan: Layout, tied: Tied) -> None:
        self._plan, self._tied = plan, tied
        self._at: dict[str, list[tuple[Page, Field]]] = {}
        for page, field in plan.fields():
            self._at.setdefault(field.question.name, []).append((page, field))

    def of(self, page: Page, line: int, *, literal: bool = False) -> Names:
        """Names as seen from a line of a page (0 on a card).  literal: words as constants, for rules that stay on their sheet."""
        return Names(
            lambda name: self._cell(page, line, name, literal=literal),
            self._literal if literal else self._word,
            lambda name, code: self._tick(page, line, name, code),
            self._number,
        )

    def seen(self, *trees: Condition | None) -> bool:
        """Whether everything the conditions look at stands in a cell or is known; hidden fields made of answers do not."""
        looked = {n for tree in trees if tree is not None for n in names(tree)}
        return looked <= {*self._at, *self._tied.given, *self._tied.known}

    def local(self, page: Page, tree: Condition) -> bool:
        """Whether a condition looks at nothing outside its own sheet: Excel greys by no other."""
        here = {f.question.name for f in page.fields}
        return {*names(tree)} <= {*here, *self._tied.given, *self._tied.known}

    def _where(self, page: Page, line: int, at: tuple[Page, Field]) -> str:
        there, field = at
        row = field.row + (line if there.lines else 0)
        return cell_name(row, field.column) if there is page else f"'{there.name}'!{cell_name(row, field.column)}"

    def _cell(self, page: Page, line: int, name: str, *, literal: bool) -> str:
        constant = self._tied.given.get(name, self._tied.known.get(name))
        if constant is not None:
            return constant if self._number(name) else self._literal(name, constant) if literal else self._word(name, constant)
        found = self._at.get(name)
        return self._where(page, line, found[0]) if found else '""'

    def _tick(self, page: Page, line: int, name: str, code: str) -> str:
        found = next((at for at in self._at.get(name, ()) if at[1].choice == code), None)
        return self._where(page, line, found) if found else '""'

    def _question(self, name: str) -> Question | None:
        found = self._at.get(name)
        return found[0][1].question if found else None

    def _word(self, name: str, code: str) -> str:
        """The words of a choice as a formula compares them: their cell on the hidden sheet, or a constant."""
        asked = self._question(name)
        wanted = (asked.list or asked.file or "") if asked else ""
        for row, (found, _) in enumerate(self._plan.lists.get(wanted, ()), start=1):
            if found == code:
                return f"{CODES}!{absolute(row, list(self._plan.lists).index(wanted))}"
        return quoted(code)

    def _literal(self, name: str, code: str) -> str:
        asked = self._question(name)
        words = self._plan.lists.get(asked.list or asked.file or "", ()) if asked else ()
        return quoted(next((word for c, word in words if c == code), code))

    def _number(self, name: str) -> bool:
        asked = self._question(name)
        return asked is not None and asked.type in ("integer", "decimal")


def answered(fields: Sequence[Field]) -> Iterator[tuple[Field, ...]]:
    """The fields of a page, those of one question together."""
    together: dict[str, list[Field]] = {}
    for field in fields:
        together.setdefault(field.path, []).append(field)
    return (tuple(found) for found in together.values())


def card_check(sheets: Sheets, page: Page, fields: tuple[Field, ...]) -> str:
    """The formula beside one question of a card; '' when nothing can be wrong there, or it would be too long."""
    q = fields[0].question
    if not sheets.seen(fields[0].asked_if, q.must):
        return ""
    here_is = sheets.of(page, 0)
    cells = [cell_name(f.row, f.column) for f in fields]
    blank = f'{cells[0]}=""' if len(cells) == 1 else f"COUNTA({cells[0]}:{cells[-1]})=0"
    fits = quoted("")
    for test, words in reversed(list(_faults(here_is, q, cells[0]))):
        fits = f"IF({test},{quoted(words)},{fits})"
    here = f"IF({blank},{quoted(NEEDED if q.required else '')},{fits})"
    asked = fields[0].asked_if
    if asked is not None:
        here = f"IF({formula(asked, here_is, q.name)},{here},IF({blank},{quoted('')},{quoted(NOT_NEEDED)}))"
    whole = f"={here}"
    return whole if len(whole) <= LONGEST and here != f"IF({blank},{quoted('')},{quoted('')})" else ""


def _faults(here_is: Names, q: Question, cell: str) -> Iterator[tuple[str, str]]:
    """(test that is true when the answer is wrong, what it says)."""
    if q.sum_of:
        yield f"{'+'.join(f'N({here_is.cell(n)})' for n in q.sum_of)}<>{cell}", SUM
    if q.must is not None:
        yield f"NOT({formula(q.must, here_is, q.name)})", RULE


def line_check(sheets: Sheets, page: Page, line: int) -> str:
    """The formula at the end of one line of a table: whether a cell of it wants another look."""
    here_is, row = sheets.of(page, line), page.first + line
    wrong: list[str] = []
    for asked, group in groupby(answered(page.fields), key=lambda fields: fields[0].asked_if):
        together = [fields for fields in group if sheets.seen(asked, fields[0].question.must)]
        own = None if asked == page.asked_if else asked
        if together:
            when = formula(own, here_is, "") if own is not None else ""
            wrong += _line_terms(here_is, together, row - page.first, when)
    columns = [f.column for f in page.fields]
    blank = f"COUNTA({cell_name(row, min(columns))}:{cell_name(row, max(columns))})=0"
    count = "+".join(wrong)
    whole = f'=IF({blank},"",IF({count}=0,{quoted(DONE)},{quoted(AGAIN)}))'
    return whole if wrong and len(whole) <= LONGEST else ""


def _line_terms(here_is: Names, together: Sequence[tuple[Field, ...]], line: int, when: str) -> Iterator[str]:
    """What may be wrong with questions asked under one condition: empty, filled in for nothing, against a rule."""
    empty: list[str] = []
    cells: list[str] = []
    for fields in together:
        own = [cell_name(f.row + line, f.column) for f in fields]
        blank = f'{own[0]}=""' if len(own) == 1 else f"COUNTA({own[0]}:{own[-1]})=0"
        cells.append(own[0] if len(own) == 1 else f"{own[0]}:{own[-1]}")
        empty += [f"N({blank})"] if fields[0].question.required else []
        yield from (f"IF(AND(NOT({blank}),{test}),1,0)" for test, _ in _faults(here_is, fields[0].question, own[0]))
    needed = "+".join(empty) or "0"
    yield f"IF({when},{needed},COUNTA({','.join(cells)}))" if when else f"({needed})"


def needed_now(page: Page, tied: Tied) -> dict[int, str]:
    """Row -> what the check of a card says while nothing is written: some programs do not compute a file when they open it."""
    given = {**tied.known, **tied.given}
    said: dict[int, str] = {}
    for fields in answered(page.fields):
        q, asked = fields[0].question, fields[0].asked_if
        if q.name not in tied.given and q.required and (asked is None or holds(asked, given)):
            said[check_row(fields)] = NEEDED
    return said


def check_row(fields: tuple[Field, ...]) -> int:
    """The row of a card where a question's check stands: beside the answer, or beside the question over its choices."""
    return fields[0].row - 1 if fields[0].choice else fields[0].row


def absolute(row: int, column: int) -> str:
    """$A$1 name of a cell from its numbers, both counted from 0."""
    name = cell_name(row, column)
    letters = name.rstrip("0123456789")
    return f"${letters}${name[len(letters) :]}"


def list_name(column: int) -> str:
    """The defined name of a list of the hidden sheet: every version of Excel takes it in a drop-down."""
    return f"ds_{column + 1}"


def list_range(column: int, length: int) -> str:
    """The cells of the hidden sheet that hold the words of a list."""
    return f"={CODES}!{absolute(1, column)}:{absolute(length, column)}"


def greyed(sheets: Sheets, page: Page, own: Condition, name: str) -> str:
    """The rule under which a cell is grey: its question is not asked.  For the first line; others follow by relative cells."""
    return f"=NOT({formula(own, sheets.of(page, 0, literal=True), name)})"
