"""The folder that `bdg analysis returns` left -> what each unit answered, held once more against the form.

Imports csvtable and the forms door (questionnaire, codebook, conditions).  Never sees an Excel file, never a person; what units
wrote in their own words is only counted.  The folder is made by a machine: where it contradicts its form somebody has edited it,
and nothing of it is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from forms import codebook, load_questionnaire, questionnaire_folder
from forms.codebook import Codebook, Variable
from forms.condition import holds, names
from forms.errors import BdgError, Problem, problem, refuse
from forms.question import Questionnaire

from ..csvtable import Row, read_table, shown

Why = Literal["answered", "missing", "not_asked", "dont_know", "refused"]
_WHYS = ("answered", "missing", "not_asked", "dont_know", "refused")
_MOST = 8
SILENCE = ("left_out", "empty", "nothing")
"""What a unit without a report that counts did, the most first."""


@dataclass(frozen=True)
class Given:
    """One record as answered.  values: question -> text of the answer; why: question -> why there is none, of the others."""

    values: Mapping[str, str]
    why: Mapping[str, str]

    def no_answer(self, question: str) -> str:
        """'' for an answered question, else the kind of no-answer; a question that the report does not hold was not asked."""
        return "" if question in self.values else self.why.get(question, "not_asked")


@dataclass(frozen=True)
class Returned:
    """One folder.  reports: unit -> its records; silent: unit -> nothing, left_out or empty; digest: of the files read."""

    name: str
    form: Questionnaire
    book: Codebook
    period: str
    reports: Mapping[str, tuple[Given, ...]]
    silent: Mapping[str, str]
    files: Mapping[str, bytes]

    @property
    def year(self) -> int:
        """The year of the reports, 0 where the folder is empty."""
        head = self.period.partition("-")[0]
        return int(head) if head.isdecimal() else 0

    @property
    def kind(self) -> str:
        """The kind of report by the form's own code, '' for a form without kinds."""
        return self.period.partition("-")[2]


@cache
def form_of(name: str) -> tuple[Questionnaire, Codebook]:
    """A shipped form and its codebook, read once: a year's report takes several folders of one form."""
    asked = load_questionnaire(questionnaire_folder(name))
    return asked, codebook(asked)


def read_answers(folder: Path, form: str) -> Returned:
    """What a folder of returns says.  form: unit, media or convention.

    BdgError DATA-200 (no such folder, or another form's), DATA-202 (a unit among those that reported and among the silent),
    DATA-203 (a code, number, total or rule that the form does not allow; two answers to one question).
    """
    from ..returns.written import FILE_COLUMNS, RETURN_COLUMNS, SILENT_COLUMNS

    files = {"returns.csv": RETURN_COLUMNS, "not_reported.csv": SILENT_COLUMNS, "files.csv": FILE_COLUMNS}
    asked, book = form_of(form)
    bodies = {}
    for name, columns in files.items():
        path = folder / name
        if not path.is_file():
            raise refuse("DATA-200", folder.name, expected=", ".join(files), got=name, form=form)
        try:
            bodies[name] = (path.read_bytes(), read_table(path, columns))
        except BdgError as error:
            raise refuse(
                "DATA-200", f"{folder.name}/{name}", expected=", ".join(columns), got=error.problems[0].got, form=form
            ) from None
    lines = bodies["returns.csv"][1]
    if other := sorted({cells["form"] for _, cells in lines} - {asked.id}):
        raise refuse("DATA-200", folder.name, expected=asked.id, got=shown(other), form=form)
    silent = {cells["unit_id"]: cells["state"] for _, cells in bodies["not_reported.csv"][1]}
    if odd := sorted(set(silent.values()) - set(SILENCE)):
        raise refuse("DATA-203", f"{folder.name}/not_reported.csv", expected=" | ".join(SILENCE), got=shown(odd))
    period = _period(
        folder, lines, [cells for _, cells in bodies["files.csv"][1] if cells["state"] in ("used", "left_out", "empty")]
    )
    reports = _reports(lines, book, asked, folder.name)
    used = {cells["unit_id"]: cells["records"] for _, cells in bodies["files.csv"][1] if cells["state"] == "used"}
    twice = Counter(cells["unit_id"] for _, cells in bodies["files.csv"][1] if cells["state"] == "used")
    both = sorted({*reports, *used} & set(silent)) or sorted(u for u, n in twice.items() if n > 1)
    if both or (strange := sorted(set(reports) - set(used))):
        raise refuse("DATA-202", folder.name, expected="returns.csv | not_reported.csv | files.csv", got=shown(both or strange))
    if cut := [f"{u}: {len(reports.get(u, ()))} / {n}" for u, n in sorted(used.items()) if n != str(len(reports.get(u, ())))]:
        raise refuse("DATA-203", f"{folder.name}/returns.csv", expected="files.csv: records", got=shown(cut))
    return Returned(
        folder.name, asked, book, period, {u: reports.get(u, ()) for u in sorted(used)}, silent,
        {name: body for name, (body, _) in bodies.items()},
    )  # fmt: skip


def _period(folder: Path, lines: Sequence[tuple[int, Mapping[str, str]]], files: Sequence[Mapping[str, str]]) -> str:
    found = sorted({cells["period"] for _, cells in lines}) or sorted({cells["period"] for cells in files})
    if len(found) > 1:
        raise refuse("DATA-201", folder.name, expected="1", got=shown(found))
    return found[0] if found else ""


def _reports(
    lines: Sequence[tuple[int, dict[str, str]]], book: Codebook, form: Questionnaire, place: str
) -> dict[str, tuple[Given, ...]]:
    """Unit -> its records in order; repeats are of no use here and are left out."""
    known = {v.name: v for v in book.variables}
    problems: list[Problem] = []
    values: dict[tuple[str, int], dict[str, str]] = {}
    whys: dict[tuple[str, int], dict[str, str]] = {}
    for line, cells in lines:
        row = Row("returns.csv", line, cells, problems)
        if cells["repeat"]:
            continue
        key = (cells["unit_id"], row.whole("record", 1))
        name, why = cells["question"], row.one_of("why", _WHYS)
        if name not in known or name in values.get(key, {}) or name in whys.get(key, {}):
            problems.append(problem("DATA-203", f"{place}, dòng {line}", expected="1", got=name))
        elif why == "answered":
            values.setdefault(key, {})[name] = cells["value"]
            whys.setdefault(key, {})
            problems += _cell(known[name], cells["value"], f"{place}, dòng {line}")
        else:
            whys.setdefault(key, {})[name] = why
            if cells["value"]:
                problems.append(problem("DATA-203", f"{place}, dòng {line}", expected="''", got=f"{name}: {why}"))
    found: dict[str, list[Given]] = {}
    for (unit, record), answered in sorted(values.items()):
        one = Given(answered, whys[unit, record])
        problems += [] if problems else _rules(one, form, book, f"{place}, {unit}")
        found.setdefault(unit, []).append(one)
    if problems:
        raise BdgError(problems[:_MOST])
    return {unit: tuple(records) for unit, records in found.items()}


def _cell(v: Variable, value: str, place: str) -> Iterator[Problem]:
    """A code of the list, a whole number, something at all."""
    codes = v.codes
    if not value:
        yield problem("DATA-203", place, expected="≠ ''", got=v.name)
    elif codes and v.type in ("code", "codes") and not set(value.split() if v.type == "codes" else [value]) <= set(codes):
        yield problem("DATA-203", place, expected=shown(list(codes)), got=f"{v.name}: {value[:40]}")
    elif v.type == "integer" and not (value.isascii() and value.removeprefix("-").isdecimal()):
        yield problem("DATA-203", place, expected="số nguyên / a whole number", got=v.name)
    elif v.type == "date" and not _is_day(value):
        yield problem("DATA-203", place, expected="YYYY-MM-DD", got=f"{v.name}: {value[:40]}")


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _rules(one: Given, form: Questionnaire, book: Codebook, place: str) -> Iterator[Problem]:
    """An answer is to a question that was asked and in its range; totals are the sum of their parts; what must be is true."""
    gates = {v.name: v.asked_if for v in book.variables if v.asked_if is not None}
    for _, q in form.questions():
        if q.name not in one.values:
            continue
        gate = gates.get(q.name)
        if gate is not None and set(names(gate)) <= set(one.values) and not holds(gate, one.values):
            yield problem("DATA-203", place, expected=f"{q.name}: ''", got=one.values[q.name][:40])
        if q.range and q.type == "integer" and not int(q.range[0]) <= int(one.values[q.name]) <= int(q.range[1]):
            yield problem("DATA-203", place, expected=f"{q.name}: {q.range[0]} - {q.range[1]}", got=one.values[q.name])
        if q.sum_of:
            parts = [one.values.get(p, "") for p in q.sum_of]
            total = sum(int(p) for p in parts if p.isdecimal())
            if not all(p.isdecimal() for p in parts) or one.values[q.name] != str(total):
                yield problem("DATA-203", place, expected=f"{q.name} = {total}", got=one.values[q.name])
        if q.must is not None and not holds(q.must, one.values, one.values[q.name]):
            yield problem("DATA-203", place, expected=f"{q.name}: must", got=one.values[q.name])
