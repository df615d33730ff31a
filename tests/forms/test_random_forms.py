"""Random questionnaires through our builder, pyxform and JavaRosa: the engine and our three readings of a condition agree.

XPath (in the engine), truth values (condition.holds, over columns analysis.masks.mask) and words (Vietnamese and English) are
three compilers of one tree; what the engine asked and refused is the fact that each is held against.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any, Literal
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from analysis.masks import mask
from forms.condition import Condition, codes, holds, names, parse, words
from forms.question import HIDDEN, Question, Questionnaire, Section
from forms.rehearsal.values import broken, parts_of
from forms.workbook import workbook_bytes
from forms.xlsform import sheets
from tests.forms.random_forms import Javarosa, questionnaires, tree_text

Scope = dict[str, str]
Place = tuple[str, tuple[int, ...]]


@pytest.fixture(scope="module")
def javarosa() -> Iterator[Javarosa]:
    """One engine for all forms of this file."""
    found = Javarosa()
    yield found
    found.close()


def xform(form: Questionnaire) -> str:
    """The form as the builder makes it: XLSForm bytes, then pyxform."""
    found = convert(xlsform=BytesIO(workbook_bytes(sheets(form))), file_type=".xlsx", validate=False, form_name="data")
    assert found.warnings == []
    return str(found.xform)


def scopes(items: Sequence[Question | Section], element: ET.Element | None, outer: Scope, rows: tuple[int, ...]) -> Iterator[Any]:
    """(question, its conditions, what can be seen from it, its rows) for every question of a finished submission."""
    yield from _scoped(items, element, dict(outer) | _leaves(items, element), rows, ())


def _leaves(items: Sequence[Question | Section], element: ET.Element | None) -> Scope:
    found: Scope = {}
    for item in items:
        node = element.find(item.name) if element is not None else None
        if isinstance(item, Question):
            found[item.name] = (node.text or "") if node is not None else ""
        elif not item.repeat:
            found |= _leaves(item.items, node)
    return found


def _scoped(
    items: Sequence[Question | Section], element: ET.Element | None, seen: Scope, rows: tuple[int, ...], around: tuple[Any, ...]
) -> Iterator[Any]:
    for item in items:
        here = (*around, item.only_if) if item.only_if else around
        if isinstance(item, Question):
            yield item, here, seen, rows
        elif item.repeat:
            found = element.findall(item.name) if element is not None else []
            asked = all(holds(t, seen) for t in here)
            wanted = int(seen[item.repeat[2:-1]] or 0) if asked else 0
            assert len(found) == wanted, (item.name, len(found), wanted)
            for number, row in enumerate(found, 1):
                yield from _scoped(item.items, row, seen | _leaves(item.items, row), (*rows, number), here)
        else:
            yield from _scoped(item.items, element.find(item.name) if element is not None else None, seen, rows, here)


def check_asked(form: Questionnaire, told: Mapping[str, Any]) -> list[tuple[Condition, Scope, bool]]:
    """What was asked is what the conditions say of the finished answers; returns every condition with what it decided."""
    root = ET.fromstring(told["xml"])
    asked = {(name, tuple(rows)) for name, rows, *_ in told["tried"]}
    expected: set[Place] = set()
    judged = []
    for q, conditions, seen, rows in scopes(form.sections, root, {}, ()):
        judged += [(t, seen, holds(t, seen)) for t in conditions]
        if q.type not in HIDDEN and all(holds(t, seen) for t in conditions):
            expected.add((q.name, rows))
    assert asked == expected
    return judged


def check_refused(form: Questionnaire, told: Mapping[str, Any]) -> None:
    """Each verdict of the engine on an answer is the one that range, must, sum and exclusive choices give."""
    questions = {q.name: q for _, q in form.questions()}
    given: Scope = {}
    path = {q.name: tuple(s.name for s in form.around(p) if s.repeat) for p, q in form.questions()}
    last: tuple[int, ...] = ()
    for name, rows, text, outcome, counted in told["tried"]:
        q = questions[name]
        if tuple(rows) != last:  # in a new row, the row before is out of sight
            for other in [o for o in given if len(path[o]) > 0 and not _visible(path[o], path[name], tuple(rows), last)]:
                del given[other]
            last = tuple(rows)
        given |= counted
        if outcome == "note":
            continue
        if outcome == "unreadable":
            assert q.type == "integer"
            assert "." in text
        elif not text:
            assert outcome == ("required" if q.required else "ok"), (name, text, outcome)
        else:
            wrong = broken(form, q, text, given)
            assert outcome == ("constraint" if wrong else "ok"), (name, text, outcome, sorted(wrong), given)
        if outcome == "ok":
            given[name] = text


def _visible(of: tuple[str, ...], to: tuple[str, ...], rows: tuple[int, ...], last: tuple[int, ...]) -> bool:
    """Whether answers given in repeats `of` at rows `last` are the same row as seen from `to` at `rows`."""
    return of == to[: len(of)] and rows[: len(of)] == last[: len(of)]


# ---- words read back: a small reader of both languages, written from the words alone

SAID = {
    "vi": {"là": "=", "khác": "!=", "nhỏ hơn": "<", "không quá": "<=", "lớn hơn": ">", "từ": ">=", "có chọn": "chose"},
    "en": {"is": "=", "is not": "!=", "below": "<", "at most": "<=", "above": ">", "at least": ">=", "includes": "chose"},
}
JOINED = {"vi": ("và", "hoặc", "không phải"), "en": ("and", "or", "not")}


class Reader:
    """The truth of a condition's words for one set of answers. Names are «N:…», codes «C:…» in the words."""

    def __init__(self, lang: Literal["vi", "en"], seen: Mapping[str, str]) -> None:
        self.lang, self.seen = lang, seen

    def __call__(self, text: str) -> bool:
        self.rest = text
        found = self._joined()
        assert not self.rest, self.rest
        return found

    def _take(self, word: str) -> bool:
        if self.rest.startswith(word):
            self.rest = self.rest[len(word) :]
            return True
        return False

    def _joined(self) -> bool:
        both, either, _ = JOINED[self.lang]
        found, kinds = [self._term()], set()
        while True:
            if self._take(f" {both} "):
                kinds.add("and")
            elif self._take(f" {either} "):
                kinds.add("or")
            else:
                break
            found.append(self._term())
        assert len(kinds) < 2, "«and» and «or» side by side can be read in two ways"
        return any(found) if kinds == {"or"} else all(found)

    def _term(self) -> bool:
        _, _, no = JOINED[self.lang]
        if self._take(f"{no} ("):
            inner = self._joined()
            assert self._take(")")
            return not inner
        if self._take("("):
            inner = self._joined()
            assert self._take(")")
            return inner
        told = re.match(r"N:(\w+) (.+?) «([NC]):([^»]*)»", self.rest)
        assert told, self.rest
        self.rest = self.rest[told.end() :]
        left, op = self.seen.get(told[1], ""), SAID[self.lang][told[2]]
        return self._compared(left, op, self.seen.get(told[4], "") if told[3] == "N" else told[4])

    @staticmethod
    def _compared(left: str, op: str, right: str) -> bool:
        if op == "chose":
            return right in left.split()
        a, b = _value(left), _value(right)
        if op in ("=", "!="):
            same = left == right or (a == b and "." in left + right)
            return same if op == "=" else not same
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]


def _value(text: str) -> float:
    """A number, the number of a day, or nothing that compares."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return float(np.datetime64(text, "D").astype(int))
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?(E-?\d+)?", text) else math.nan


def check_words(tree: Condition, seen: Mapping[str, str], held: bool) -> None:
    """In both languages: every name and code is said, and the words mean what the engine decided."""

    def label(name: str, code: str | None) -> str:
        return f"N:{name}" if code is None else f"C:{code}"

    for lang in ("vi", "en"):
        said = words(tree, lang, label)
        assert {f"N:{n}" for n in names(tree)} <= set(re.findall(r"N:\w+", said))
        assert {f"«C:{code}»" for _, code in codes(tree)} <= set(re.findall(r"«C:[^»]*»", said))
        assert Reader(lang, seen)(said) == held, (said, seen)


def check_masks(judged: Sequence[tuple[Condition, Scope, bool]]) -> None:
    """Over columns: each condition at once for all rows that were judged."""
    rows = len(judged)
    every = sorted({name for _, seen, _ in judged for name in seen})
    columns = {n: np.array([seen.get(n) or None for _, seen, _ in judged], dtype=object) for n in every}
    for tree in dict.fromkeys(t for t, _, _ in judged):
        expected = [holds(tree, seen) for _, seen, _ in judged]
        assert mask(tree, columns, rows).tolist() == expected, tree


def test_the_engine_and_our_readings_of_a_form_agree(javarosa: Javarosa) -> None:
    """And the random forms were varied enough for that to mean something."""
    seen: Counter[str] = Counter()

    @settings(max_examples=110, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(form=questionnaires(), seed=st.integers(0, 10_000))
    def agree(form: Questionnaire, seed: int) -> None:
        judged: list[tuple[Condition, Scope, bool]] = []
        for told in javarosa.ask(form, xform(form), seed, 4):
            check_refused(form, told)
            seen.update(f"outcome {outcome}" for _, _, _, outcome, _ in told["tried"])
            seen.update(f"rows {len(rows)} deep" for _, rows, *_ in told["tried"])
            if told["xml"]:
                assert told["failed"] == ""
                judged += check_asked(form, told)
        for tree, scope, held in judged:
            assert parse(tree_text(tree)) == tree
            check_words(tree, scope, held)
            seen.update([f"held {held}", *re.findall(r"[<>!]?=|[<>]|chose|not|and|or", tree_text(tree))])
        if judged:
            check_masks(judged)

    agree()
    wanted = {"outcome ok", "outcome required", "outcome constraint", "rows 0 deep", "rows 1 deep", "rows 2 deep", "held True",
              "held False", "=", "!=", "<", "<=", ">", ">=", "chose", "not", "and", "or"}  # fmt: skip
    assert {what for what in wanted if seen[what] < 20} == set()


@settings(max_examples=40, deadline=None)
@given(questionnaires())
def test_every_part_of_a_constraint_is_in_the_form(form: Questionnaire) -> None:
    """What we say may stop an answer is what the XLSForm says: no part without a constraint, no constraint without a part."""
    survey = sheets(form)[0]
    column = survey.header.index("constraint")
    written = {row[1] for row in survey.rows if row[column]}
    assert written == {q.name for _, q in form.questions() if parts_of(form, q)}
