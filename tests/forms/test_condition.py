"""Conditions: text -> tree -> text, and the tree means the same in Python, in XPath and in JavaRosa."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from forms.condition import (
    Both,
    Chose,
    Compare,
    Condition,
    ConditionError,
    Either,
    Not,
    codes,
    holds,
    names,
    parse,
    words,
    xpath,
)  # fmt: skip
from forms.load import load_questionnaire
from forms.workbook import workbook_bytes
from forms.xlsform import sheets
from tests.forms.writing import drive, write_form

NAMES = ("consent", "age", "ways", "size")
CODES = ("yes", "no", "3plus", "18", "2")
NUMBERS = ("0", "2", "18", "-1", "17.5")
A, B, C = Compare("a", "=", "1"), Compare("b", "=", "2"), Compare("c", "=", "3")

leaves = st.one_of(
    st.builds(Compare, st.sampled_from((*NAMES, ".")), st.sampled_from(("=", "!=")), st.sampled_from(CODES)),
    st.builds(Compare, st.sampled_from((*NAMES, ".")), st.sampled_from(("<", "<=", ">", ">=")), st.sampled_from(NUMBERS)),
    st.builds(
        Compare,
        st.sampled_from((*NAMES, ".")),
        st.sampled_from(("=", "!=", "<", "<=", ">", ">=")),
        st.sampled_from(NAMES),
        st.just(True),
    ),
    st.builds(Chose, st.sampled_from((*NAMES, ".")), st.sampled_from(CODES)),
)
trees: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Both, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Either, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)
values = st.sampled_from(("", "yes", "no", "3plus", "2", "18", "17.5", "40", "yes 2", "18 no 3plus"))
answers = st.fixed_dictionaries(dict.fromkeys(NAMES, values))


def text(tree: Condition) -> str:
    """A tree in the grammar of the questionnaires, every group in brackets."""
    match tree:
        case Compare(name, op, value, other):
            return f"{name} {op} {f'${{{value}}}' if other else value}"
        case Chose(name, value):
            return f"chose({name}, {value})"
        case Not(of):
            return f"not ({text(of)})"
        case Both(of):
            return " and ".join(f"({text(p)})" for p in of)
        case Either(of):
            return " or ".join(f"({text(p)})" for p in of)


class Oracle:
    """XPath 1.0 on text nodes, written from the recommendation and not from the code under test (sections 3.4, 4.3)."""

    TOKEN = re.compile(r"\s*(\$\{\w+\}|'[^']*'|-?\d+(?:\.\d+)?|<=|>=|!=|[=<>(),]|\.|and\b|or\b|not\b|selected\b)")

    def __init__(self, answers: Mapping[str, str], itself: str) -> None:
        self.answers, self.itself = answers, itself

    def __call__(self, expression: str) -> bool:
        self.tokens = self.TOKEN.findall(expression)
        assert "".join(self.tokens) == re.sub(r"\s", "", expression), expression
        found = self._or()
        assert not self.tokens, self.tokens
        return found

    def _take(self, *wanted: str) -> bool:
        if self.tokens and self.tokens[0] in wanted:
            self.tokens.pop(0)
            return True
        return False

    def _or(self) -> bool:
        found = self._and()
        while self._take("or"):
            found = self._and() or found
        return found

    def _and(self) -> bool:
        found = self._term()
        while self._take("and"):
            found = self._term() and found
        return found

    def _term(self) -> bool:
        if self._take("not"):
            assert self._take("(")
            inner = self._or()
            assert self._take(")")
            return not inner
        if self._take("("):
            inner = self._or()
            assert self._take(")")
            return inner
        if self._take("selected"):
            assert self._take("(")
            node = self._value()
            assert self._take(",")
            code = self._value()
            assert self._take(")")
            return code in str(node).split(" ")
        left, op, right = self._value(), self.tokens.pop(0), self._value()
        if op in ("=", "!="):
            same = self._number(left) == self._number(right) if float in (type(left), type(right)) else left == right
            return same if op == "=" else not same
        a, b = self._number(left), self._number(right)
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]

    def _value(self) -> str | float:
        token = self.tokens.pop(0)
        if token == ".":
            return self.itself
        if token.startswith("${"):
            return self.answers[token[2:-1]]
        return token[1:-1] if token.startswith("'") else float(token)

    def _number(self, value: str | float) -> float:
        if isinstance(value, float):
            return value
        return float(value) if re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", value) else math.nan


@given(trees)
def test_a_tree_written_and_read_is_the_same_tree(tree: Condition) -> None:
    assert parse(text(tree)) == tree


@given(trees, answers, values)
def test_xpath_means_what_holds_means(tree: Condition, given_answers: dict[str, str], itself: str) -> None:
    assert Oracle(given_answers, itself)(xpath(tree)) == holds(tree, given_answers, itself)


@given(trees, answers, values)
def test_an_empty_answer_is_the_same_as_none(tree: Condition, given_answers: dict[str, str], itself: str) -> None:
    assert holds(tree, {k: v or None for k, v in given_answers.items()}, itself or None) == holds(tree, given_answers, itself)


@given(trees)
def test_every_name_and_code_is_found(tree: Condition) -> None:
    found, written = set(names(tree)), text(tree)
    assert found == {n for n in NAMES if re.search(rf"(?<![\w]){n}(?![\w])", written)}
    assert {name for name, _ in codes(tree)} <= found


@pytest.mark.parametrize(
    ("written", "tree"),
    [
        ("a = 1 or b = 2 and c = 3", Either((A, Both((B, C))))),
        ("(a = 1 or b = 2) and c = 3", Both((Either((A, B)), C))),
        ("a = 1 and b = 2 and c = 3", Both((A, B, C))),
        ("not a = 1 and b = 2", Both((Not(A), B))),
        ("not (a = 1 and b = 2)", Not(Both((A, B)))),
        ("not not a = 1", Not(Not(A))),
        ("a=1", A),
        ("  a   =  1  ", A),
        ("chose(ways, tv)", Chose("ways", "tv")),
        (". <= ${hh_size}", Compare(".", "<=", "hh_size", other=True)),
        ("times = 3plus", Compare("times", "=", "3plus")),
        ("x >= -1.5", Compare("x", ">=", "-1.5")),
        ("poor = not and a = 1", Both((Compare("poor", "=", "not"), A))),
    ],
)
def test_grammar(written: str, tree: Condition) -> None:
    assert parse(written) == tree


@pytest.mark.parametrize(
    "bad",
    [
        "", "   ", "a", "a =", "= a", "a = 1 and", "and a = 1", "a = 1 or or b = 2", "(a = 1", "a = 1)", "()", "not", "not (",
        "a = 1 b = 2", "a == 1", "a = 'yes'", "a ~ 1", "a = 1 && b = 2", "chose(a)", "chose(a, )", "chose a, b", "a in (1, 2)",
        "a = )", "a = (", "a = and", "a = or b", "a = ,", "a = =", "< = 1", ", = 1", "chose(a, ))", "age >= eighteen",
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused(bad: str) -> None:
    with pytest.raises(ConditionError):
        parse(bad)


def test_the_error_names_the_word() -> None:
    with pytest.raises(ConditionError, match="b = 2"):
        parse("a = 1 b = 2")
    with pytest.raises(ConditionError, match="~ 1"):
        parse("a ~ 1")


def label(name: str, code: str | None) -> str:
    return name.upper() if code is None else f"<{code}>"


@pytest.mark.parametrize(
    ("written", "vi", "en"),
    [
        ("a = yes", "A là «<yes>»", "A is «<yes>»"),
        ("a >= 18", "A từ «<18>»", "A at least «<18>»"),
        ("a <= ${b}", "A không quá «B»", "A at most «B»"),
        ("chose(a, tv)", "A có chọn «<tv>»", "A includes «<tv>»"),
        ("not a = yes", "không phải (A là «<yes>»)", "not (A is «<yes>»)"),
        ("a = 1 and b = 2", "A là «<1>» và B là «<2>»", "A is «<1>» and B is «<2>»"),
        ("a = 1 or b = 2", "A là «<1>» hoặc B là «<2>»", "A is «<1>» or B is «<2>»"),
    ],
)
def test_words(written: str, vi: str, en: str) -> None:
    assert words(parse(written), "vi", label) == vi
    assert words(parse(written), "en", label) == en


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_words_keep_groups_apart(lang: str) -> None:
    """«(a or b) and c» and «a or (b and c)» ask different people, so they must read differently."""
    one = words(parse("(a = 1 or b = 2) and c = 3"), lang, label)  # type: ignore[arg-type]  parametrized text
    other = words(parse("a = 1 or (b = 2 and c = 3)"), lang, label)  # type: ignore[arg-type]  parametrized text
    assert one != other


QUESTIONS = """\
section: m1
label: {vi: Một, en: One}
questions:
  - {name: consent, type: select_one, list: yes_no, required: false, ask: {vi: Đồng ý, en: Consent}}
  - {name: age, type: integer, required: false, ask: {vi: Tuổi, en: Age}}
  - {name: ways, type: select_multiple, list: ways, required: false, ask: {vi: Cách, en: Ways}}
  - {name: size, type: integer, required: false, ask: {vi: Số người, en: Size}}
"""


def random_tree(rng: Random, depth: int) -> Condition:
    if depth and rng.random() < 0.7:
        kind = rng.choice((Not, Both, Either))
        if kind is Not:
            return Not(random_tree(rng, depth - 1))
        return kind(tuple(random_tree(rng, depth - 1) for _ in range(rng.randint(2, 3))))
    return rng.choice((
        Compare("consent", rng.choice(("=", "!=")), rng.choice(("yes", "no"))),
        Compare(rng.choice(("age", "size")), rng.choice(("<", "<=", ">", ">=")), rng.choice(("2", "18", "40"))),
        Compare("age", rng.choice(("=", "!=")), rng.choice(("18", "40"))),
        Compare("age", rng.choice(("=", "!=", "<", "<=", ">", ">=")), "size", other=True),
        Chose("ways", rng.choice(("tv", "radio", "none"))),
    ))  # fmt: skip


def test_javarosa_decides_as_holds(tmp_path: Path) -> None:
    """80 random conditions as calculates of one form, 40 random interviews, every value from Collect's own engine."""
    rng = Random(2026)
    conditions = [random_tree(rng, 3) for _ in range(80)]
    rows = "".join(
        f"  - {{name: c{i}, type: calculate, calculate: \"if({xpath(tree)}, 'y', 'n')\"}}\n" for i, tree in enumerate(conditions)
    )
    folder = write_form(
        tmp_path / "form", first=QUESTIONS + rows, scored="section: m9\nlabel: {vi: Hết, en: End}\nquestions: []\n"
    )
    (folder / "20_scored.yaml").unlink()
    survey, choices, settings = sheets(load_questionnaire(folder))
    plain = type(settings)("settings", ("form_title", "form_id", "version", "default_language"),
                           (("Nhỏ", "tiny", "1", "Tiếng Việt (vi)"),))  # fmt: skip
    converted = convert(
        xlsform=BytesIO(workbook_bytes((survey, choices, plain))), file_type=".xlsx", validate=False, form_name="data"
    )
    (tmp_path / "form.xml").write_text(str(converted.xform), encoding="utf-8")
    interviews = [
        {
            "consent": [rng.choice(("", "yes", "no"))], "age": [rng.choice(("", "2", "17", "18", "40"))],
            "ways": [rng.choice(("", "tv", "radio", "tv radio", "none"))], "size": [rng.choice(("", "2", "18", "40"))],
        }
        for _ in range(40)
    ]  # fmt: skip
    job = {"folder": str(folder), "xform": str(tmp_path / "form.xml"), "interviews": [{"answers": a} for a in interviews]}
    found = drive(job)
    for given_answers, interview in zip(interviews, found["interviews"], strict=True):
        one = {name: tries[-1] for name, tries in given_answers.items()}
        root = ET.fromstring(interview["xml"])
        engine = [root.findtext(f"m1/c{i}") for i in range(len(conditions))]
        assert engine == ["y" if holds(tree, one) else "n" for tree in conditions], one
