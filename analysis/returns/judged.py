"""One report's answers against the form: what was asked, what is missing, which rule or sum does not hold.

Imports returned, noticed and the forms door (returns, codebook, condition).  Judges as the phone's engine would, line by line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forms.codebook import Codebook
from forms.condition import Condition, holds, names
from forms.question import Question, Questionnaire
from forms.returns import Around, Field, Layout, Page, allowed, cell_name, hidden, references, work_out

from .noticed import Noticed
from .returned import Opened, Record, asked_of


@dataclass(frozen=True)
class Judge:
    """What every report is held against.

    received: the day on which the files came in; listed: unit_id -> its row of the list.
    """

    form: Questionnaire
    book: Codebook
    plan: Layout
    received: date
    listed: Mapping[str, Mapping[str, str]]

    def records(self, one: Opened) -> tuple[tuple[Record, ...], tuple[Noticed, ...]]:
        """The records of a file and what is wrong with them."""
        own = [p for p in self.plan.pages if not p.repeat]
        log: list[Noticed] = []
        given = {k.removeprefix("given."): v for k, v in one.keys.items() if k.startswith("given.")}
        found = [
            self._record(one, own[0], at, row, answers, given, log)
            for at, (row, answers) in enumerate(zip(one.lines[own[0].name], one.records[own[0].name], strict=True))
        ]
        log += self._twice(one, own[0], found)
        log += _emptiness(one, own[0], self.plan)
        if any(n.check == "empty" for n in log):
            return (), (next(n for n in log if n.check == "empty"),)
        return tuple(found), tuple(log)

    def _record(
        self, one: Opened, page: Page, at: int, row: int, answers: Mapping[str, str], given: Mapping[str, str], log: list[Noticed]
    ) -> Record:
        """One record: its hidden fields, its rules, and the lines of its repeats (of a card: there is one record)."""
        paths = {v.name: v.path for v in self.book.variables if not v.repeat}
        told = {paths[name]: value for name, value in given.items() if name in paths} | dict(answers)
        whole = self._worked_out(one.unit_id, told, "")
        log += self._line(one, page, row, whole, {})
        repeats: dict[str, tuple[Mapping[str, str], ...]] = {}
        for other in (p for p in self.plan.pages if p.repeat and at == 0):
            outer = self._by_name(whole, "")
            lines = [self._worked_out(one.unit_id, dict(line), other.repeat, outer) for line in one.records[other.name]]
            for place, line in zip(one.lines[other.name], lines, strict=True):
                log += self._line(one, other, place, line, outer)
            log += _count(one, other, len(lines), outer)
            repeats[other.repeat] = tuple(lines)
        return Record(whole, repeats, row)

    # ---- hidden fields

    def _by_name(self, answers: Mapping[str, str], repeat: str) -> dict[str, str]:
        return {v.name: answers[v.path] for v in self.book.variables if v.repeat == repeat and v.path in answers}

    def _worked_out(
        self, unit_id: str, answers: dict[str, str], repeat: str, outer: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """The answers of a line with the hidden fields that follow from them; one that is not asked stays empty."""
        fields = {q.name: q for q in hidden(self.form)}
        for v in self.book.variables:
            if v.repeat != repeat or v.name not in fields:
                continue
            seen = {**(outer or {}), **self._by_name(answers, repeat)}
            text = work_out(self.form, fields[v.name], seen, self._around(unit_id)) if asked_of(v, seen) else ""
            if text:
                answers[v.path] = text
        return answers

    def _around(self, unit_id: str) -> Around:
        return Around(self.received, self.listed.get(unit_id, {}))

    # ---- one line

    def _line(self, one: Opened, page: Page, row: int, answers: Mapping[str, str], outer: Mapping[str, str]) -> Iterator[Noticed]:
        seen = {**outer, **self._by_name(answers, page.repeat)}
        cells: dict[str, list[Field]] = {}
        for f in page.fields:
            cells.setdefault(f.path, []).append(f)
        asked = {v.path: v for v in self.book.variables}
        unread = {path.rpartition("/")[2] for name, line, path in one.bad if name != page.name or line in (0, row)}
        for path, fields in cells.items():
            q = fields[0].question
            if f"given.{q.name}" in one.keys or unread & {q.name, *_looked_at(self.form, q, asked[path].asked_if)}:
                continue
            at = (row if page.lines else fields[0].row, fields[0].column)
            for check, expected, got in self._faults(q, answers.get(path), asked_of(asked[path], seen), seen, one.unit_id):
                yield Noticed(check, "red", one.file, one.unit_id, page.name, cell_name(*at), q.name, expected, got)

    def _faults(
        self, q: Question, text: str | None, asked: bool, seen: Mapping[str, str], unit_id: str
    ) -> Iterator[tuple[str, str, str]]:
        """(check, expected, got) of one answer."""
        if text is None:
            if asked and q.required:
                yield "required_empty", "", ""
            return
        shown = (
            text
            if q.type in ("integer", "decimal", "date", "time", "select_one", "select_multiple")
            else f"{len(text)} ký tự / signs"
        )
        if not asked:
            yield "not_asked", "", shown
            return
        if q.must is not None and not holds(q.must, seen, text):
            yield "rule_broken", q.must_message.vi if q.must_message else "", shown
        if not allowed(self.form, q, text, seen, self._around(unit_id)):
            yield "rule_broken", q.must_message.vi if q.must_message else "", shown
        if q.sum_of:
            total = sum(float(seen.get(name) or 0) for name in q.sum_of)
            if abs(total - float(text)) > 1e-9 * max(1.0, abs(total)):
                yield "sum_differs", f"{total:.12g} = {' + '.join(q.sum_of)}", text
        if q.type == "select_multiple" and len(text.split()) > 1:
            alone = [c.code for c in self.form.choices(q) if (c.why or c.code == "none") and c.code in text.split()]
            if alone:
                yield "stands_alone", alone[0], text

    # ---- whole files

    def _twice(self, one: Opened, page: Page, found: Sequence[Record]) -> Iterator[Noticed]:
        """Two lines of a table that the form itself would name alike."""
        named = {v.path: v.name for v in self.book.variables if v.name in self.form.instance_name}
        columns = [f for f in page.fields if f.path in named] if page.lines else []
        first: dict[tuple[str, ...], int] = {}
        for record in found if columns else ():
            key = tuple(record.answers.get(f.path, "").casefold() for f in columns)
            if any(key) and key in first:
                at, before = cell_name(record.row, columns[0].column), cell_name(first[key], columns[0].column)
                yield Noticed("line_twice", "red", one.file, one.unit_id, page.name, at, columns[0].question.name, "", before)
            first.setdefault(key, record.row)


def _looked_at(form: Questionnaire, q: Question, asked_if: Condition | None) -> set[str]:
    """The other questions on whose answers a judgement of this one rests: of an unreadable one nothing follows."""
    trees = [t for t in (asked_if, q.must) if t is not None]
    return {n for tree in trees for n in names(tree)} | {*q.sum_of} | {*references(form, q)}


def _emptiness(one: Opened, page: Page, plan: Layout) -> Iterator[Noticed]:
    """A file in which nobody has written anything says nothing, not even that nothing happened."""
    filled = any(any(rows) for rows in one.records.values()) or bool(one.bad)
    at = cell_name(*page.empty) if page.empty else cell_name(min(f.row for f in page.fields), page.fields[0].column)
    if one.nothing and one.records[page.name]:
        yield Noticed("empty_with_lines", "red", one.file, one.unit_id, page.name, at, "", "0", str(len(one.records[page.name])))
    if not filled and not one.nothing:
        yield Noticed("empty", "yellow", one.file, one.unit_id, page.name, at, plan.unit, "", "")


def _count(one: Opened, page: Page, lines: int, outer: Mapping[str, str]) -> Iterator[Noticed]:
    """As many lines as the card says."""
    said = page.count if page.count.isdecimal() else outer.get(page.count, "0") if page.count else ""
    asked = page.asked_if is None or holds(page.asked_if, outer)
    wanted = (said or "0") if asked else "0"
    if said and wanted != str(lines):
        at = cell_name(page.first, 1)
        yield Noticed("repeat_count", "red", one.file, one.unit_id, page.name, at, page.count, wanted, str(lines))
