"""What units reported in numbers, added up: tasks of part III and funding.  A row a number, with how many units gave it.

Imports answers, chosen, results and the plan's records.  Four things that never become one number: 0 (or a part of the form
answered «không phát sinh»), «chưa có số liệu», not asked in this kind of report, and no report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from forms.codebook import Codebook, Variable
from forms.condition import names
from forms.plan import Plan, Tally
from forms.question import Label

from ..census import METHOD
from ..results import Row, Unit
from ..told import words

if TYPE_CHECKING:
    from .answers import Given
    from .chosen import Chosen

NONE = "none"
SOME_MISSING = (
    "cộng các đơn vị đã ghi số; đơn vị chưa có số liệu hoặc chưa báo cáo không được cộng"
    " | the sum over units that gave a number; those without figures or without a report are not in it"
)
NOBODY = "không đơn vị nào ghi số | no unit gave a number"
NOT_ASKED = "không hỏi trong loại báo cáo này | not asked in this kind of report"


def rows(
    plan: Plan, forms: Mapping[str, Chosen], books: Mapping[str, Codebook], silent: Mapping[str, int], year: int
) -> tuple[Row, ...]:
    """A row for each number of tasks and funding, and one for the women among its people; each question once.

    silent: form -> how many units owe it and have no report that counts.
    """
    found: dict[str, Row] = {}
    known = {form: {v.name: v for v in book.variables} for form, book in books.items()}
    for tally in (*(line for t in plan.tasks for line in t.lines), *(line for lines in plan.funding.values() for line in lines)):
        if tally.form not in forms or tally.form not in known:
            continue
        chosen, book, gone = forms[tally.form], known[tally.form], silent[tally.form]
        for indicator, questions in _asked(tally):
            if indicator not in found:
                found[indicator] = _row(indicator, questions, tally, chosen, book, gone, year)
    return tuple(found.values())


def _asked(tally: Tally) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(indicator, questions that ask for it)."""
    yield indicator_of(tally.question), (tally.question, *([tally.other] if tally.other else []))
    if tally.women:
        yield indicator_of(tally.women), (tally.women,)


def indicator_of(question: str) -> str:
    """task_com_total, fund_planned_budget: the name of a question's row."""
    return f"{'fund' if question.startswith(('planned_', 'spent_')) else 'task'}_{question}"


def _row(
    indicator: str, questions: tuple[str, ...], tally: Tally, chosen: Chosen, book: Mapping[str, Variable], silent: int, year: int
) -> Row:
    numbers: list[int] = []
    lacks: Counter[str] = Counter(missing=silent, dont_know=0, not_asked=0)
    for one in chosen.taken.values():
        for record in one.records:
            value = number(record, questions, book)
            if isinstance(value, int):
                numbers.append(value)
            else:
                lacks[value] += 1
    known = bool(numbers)
    total = float(sum(numbers)) if known else None
    unasked = not known and lacks["not_asked"] > 0 and not lacks["dont_know"]
    reason = NOT_ASKED if unasked else NOBODY if not known else SOME_MISSING if lacks["missing"] + lacks["dont_know"] else ""
    return Row(
        "count", indicator, "total", year, cast("Unit", tally.unit), estimate=total, level=None, n=len(numbers),
        n_missing=dict(lacks), design=METHOD, method=METHOD, reason=reason,
        status="not_estimable" if not known else "caution" if reason else "ok",
    )  # fmt: skip


def number(record: Given, questions: tuple[str, ...], book: Mapping[str, Variable]) -> int | str:
    """The first number given; 0 where the part of the form is answered «không phát sinh»; else why there is none."""
    for question in questions:
        if question in record.values:
            return int(record.values[question])
    why = [_why(record, question, book) for question in questions]
    return 0 if NONE in why else "dont_know" if "dont_know" in why else "missing" if "missing" in why else "not_asked"


def _why(record: Given, question: str, book: Mapping[str, Variable]) -> str:
    """Why a question has no number: what it hangs on says so."""
    own = record.no_answer(question)
    variable = book.get(question)
    if own != "not_asked" or variable is None or variable.asked_if is None:
        return own
    gates = [g for g in dict.fromkeys(names(variable.asked_if)) if g in book]
    for gate in gates:
        if record.values.get(gate) == NONE:
            return NONE
    return next((w for g in gates if (w := record.no_answer(g)) in ("dont_know", "missing", "refused")), "not_asked")


# ---- the words beside them -----------------------------------------------------------------------------------------------------


def texts(plan: Plan, forms: Mapping[str, Chosen], made: tuple[Row, ...]) -> dict[str, Any]:
    """The tasks and funding of results.json: labels and the keys of the rows."""
    keys = {r.indicator: r.key for r in made}
    unit = forms.get("unit")
    wrote = {t.id: _wrote(unit, t.text) for t in plan.tasks}
    return {
        "tasks": [
            {"id": t.id, "title": words(t.title), "lines": [_line(x, keys) for x in t.lines], "texts_reported": wrote[t.id]}
            for t in plan.tasks
        ],
        "funding": {name: [_line(x, keys) for x in lines] for name, lines in plan.funding.items()},
    }


def _wrote(unit: Chosen | None, question: str) -> int:
    return sum(any(question in r.values for r in t.records) for t in unit.taken.values()) if unit else 0


def _line(tally: Tally, keys: Mapping[str, str]) -> dict[str, Any]:
    line: dict[str, Any] = {"label": words(tally.label), "key": keys.get(indicator_of(tally.question), "")}
    if tally.women:
        line["women_key"] = keys.get(indicator_of(tally.women), "")
    return line


def label_of(plan: Plan, indicator: str) -> Label | None:
    """What a row of tasks or funding is called."""
    for tally in (*(x for t in plan.tasks for x in t.lines), *(x for lines in plan.funding.values() for x in lines)):
        if indicator == indicator_of(tally.question):
            return tally.label
    return None
