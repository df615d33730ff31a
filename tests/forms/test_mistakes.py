"""Mistakes in YAML: every kind is told with file, line and question, in plain words, all in one run, and never as a trace."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms.build import load
from forms.errors import BdgError, Problem
from forms.expression import FUNCTIONS, fault, functions, references
from forms.load import load_questionnaire, read_questionnaire
from forms.question import Questionnaire
from forms.xform import validate
from forms.xlsform import sheets
from tests.forms.writing import FILES, FIRST, FORM, LISTS, ROOT, SCORED, assert_told, edited, line_of, refused, write_form

AGE = "    range: [15, 110]\n"
PYTHON = re.compile(r"[A-Za-z](Error|Exception)\b|Traceback|NoneType|'str'|object is not|unhashable|\bdict\b")


def plain(problem: Problem) -> str:
    """What a person reads of a mistake; it must not speak Python."""
    assert_told(problem)
    text = problem.text()
    assert not PYTHON.search(text), text
    return text


KINDS = [
    ("unknown key", "FORM-006", "10_first.yaml", "    private: true", "    privat: true", "name: phone", "private"),
    ("missing language", "FORM-010", "10_first.yaml", ', en: "Age?"}', "}", "name: age", "en"),
    ("dangling reference", "FORM-007", "10_first.yaml", "only_if: age >= 18", "only_if: agee >= 18", "name: phone", "age?"),
    ("duplicate name", "FORM-012", "20_scored.yaml", "name: a1", "name: age", "name: age", "age"),
    ("wrong type", "FORM-070", "10_first.yaml", AGE, "    range: 15-110\n", "name: age", "range"),
    ("not among the choices", "FORM-072", "10_first.yaml", AGE, f"{AGE}    order: shuffled\n", "name: age", "fixed | random"),
    ("key not among the choices", "FORM-014", "20_scored.yaml", "{value: t,", "{value: maybe,", "name: k1", "t, f, dk"),
    ("broken constraint", "FORM-073", "10_first.yaml", AGE, "    constraint: . > (3\n", "name: age", "ngoặc"),
    ("missing attribute", "FORM-071", "10_first.yaml", "    type: integer\n", "", "name: age", "type"),
    ("a list that is text", "FORM-070", "20_scored.yaml", "list: ways\n", "list: ways\n    sum_of: a\n", "name: ways", "sum_of"),
    ("switch that is text", "FORM-070", "10_first.yaml", "private: true", 'private: "có"', "name: phone", "true | false"),
    ("empty attribute", "FORM-070", "10_first.yaml", "only_if: age >= 18", "only_if:", "name: phone", "trống"),
    ("text for a question", "FORM-023", "10_first.yaml", "- name: phone\n", "- câu\n  - name: phone\n", "section: m1", "name"),
    ("third language", "FORM-006", "10_first.yaml", '{vi: "Số máy?",', '{fr: "Numéro?", vi: "Số máy?",', "name: phone", "en, vi"),
    ("day that is text", "FORM-011", "20_scored.yaml", "valid_from: 2007-07-01", "valid_from: năm 2007", "name: k1", "năm 2007"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "file", "old", "new", "needle", "said"), [k[1:] for k in KINDS], ids=[k[0] for k in KINDS])
def test_a_mistake_of_any_kind_is_told(tmp_path: Path, code: str, file: str, old: str, new: str, needle: str, said: str) -> None:
    folder = edited(tmp_path, file, old, new)
    problems = refused(lambda: load(folder))
    assert {p.code for p in problems} == {code}
    assert problems[0].place.startswith(f"{file}:{line_of(folder, file, needle)}")
    assert said in plain(problems[0])


def test_the_mistakes_of_all_stages_come_in_one_run(tmp_path: Path) -> None:
    """A syntax error in one file hides neither the shape of another, nor a reference, a code or an expression of a third."""
    folder = write_form(
        tmp_path,
        form=FORM.replace("version:", "versoin:"),
        lists=LISTS + "broken: [\n",
        first=FIRST.replace(AGE, "    range: [15]\n").replace("only_if: age >= 18", "only_if: age >= 18\n    constraint: . = 'x"),
    )
    (folder / "30_more.yaml").write_text(
        "section: m3\nlabel: {vi: Ba, en: Three}\nquestions:\n  - name: x\n   type: note\n", "utf-8"
    )
    (folder / "40_more.yaml").write_text(
        "section: m4\nlabel: {vi: Bốn, en: Four}\nquestions:\n"
        "  - {name: y, type: calculate, calculate: '${consent} + ${nobody}'}\n"
        "  - {name: z, type: calculate, calculate: foo(1)}\n",
        "utf-8",
    )
    problems = refused(lambda: load(folder))
    found = {(p.code, p.place.partition(":")[0]) for p in problems}
    assert found == {
        ("FORM-006", "form.yaml"), ("FORM-071", "form.yaml"), ("FORM-001", "lists.yaml"), ("FORM-070", "10_first.yaml"),
        ("FORM-073", "10_first.yaml"), ("FORM-001", "30_more.yaml"), ("FORM-073", "40_more.yaml"),
    }  # fmt: skip
    for problem in problems:
        plain(problem)


def test_what_cannot_be_read_is_no_reason_to_complain_of_who_refers_to_it(tmp_path: Path) -> None:
    folder = write_form(tmp_path / "a", first=FIRST.replace(AGE, "    range: [a, b]\n"))
    assert [p.code for p in refused(lambda: load(folder))] == ["FORM-070"]  # `age` is asked about below
    folder = write_form(tmp_path / "b", first=FIRST.replace("label: {", "label: ["))
    assert [p.code for p in refused(lambda: load(folder))] == ["FORM-001"]
    folder = write_form(tmp_path / "c", lists=LISTS.replace('code: "yes"', "code: yes"))
    assert [p.code for p in refused(lambda: load(folder))] == ["FORM-003"]  # `consent = yes` is not told as well


def test_a_reference_is_still_told_beside_an_unreadable_file(tmp_path: Path) -> None:
    folder = write_form(tmp_path, scored=SCORED.replace("only_if: consent = yes", "only_if: consnet = yes"))
    (folder / "30_more.yaml").write_text("section: [\n", "utf-8")
    assert sorted(p.code for p in refused(lambda: load(folder))) == ["FORM-001", "FORM-007"]


def test_a_bank_with_a_mistake_is_told_once(tmp_path: Path) -> None:
    bank = tmp_path / "own"
    bank.mkdir()
    (bank / "lists.yaml").write_text(LISTS, "utf-8")
    (bank / "items.yaml").write_text("items:\n  - name: k1\n   type: note\n", "utf-8")
    folder = write_form(tmp_path / "form", form=FORM.replace("scales:", "bank: ../own\nscales:"))
    (folder / "lists.yaml").unlink()
    scored = "section: m2\nlabel: {vi: Hai, en: Two}\nquestions:\n  - {use: k1}\n  - {use_all: items}\n"
    (folder / "20_scored.yaml").write_text(scored, "utf-8")
    (problem,) = refused(lambda: load(folder))
    assert (problem.code, problem.place) == ("FORM-001", "own/items.yaml:3")


CIRCLES = [
    ("a", "${b} + 1", "", "b", "${a} + 1", "", ["a", "b"]),
    ("a", "${a} + 1", "", "b", "1", "", ["a"]),
    ("a", "${b}", "", "b", "1", "only_if: a = 1", ["a", "b"]),
    ("a", "${b}", "", "b", "1", "relevant: ${c} > 0", ["a", "b", "c"]),
]


@pytest.mark.parametrize("case", CIRCLES, ids=["two calculations", "itself", "a condition", "raw relevant of three"])
def test_a_circle_is_told_with_its_way_and_validate_agrees(tmp_path: Path, case: tuple[Any, ...]) -> None:
    a, first, _, b, second, condition, way = case
    extra = [
        f"  - {{name: {a}, type: calculate, value_type: int, calculate: '{first}'}}\n",
        f"  - {{name: {b}, type: calculate, value_type: int, calculate: '{second}'{entry(condition)}}}\n",
        "  - {name: c, type: calculate, value_type: int, calculate: '${a} + 1'}\n",
    ]
    folder = write_form(tmp_path, first=FIRST + "".join(extra))
    problems = refused(lambda: load(folder))
    assert {p.code for p in problems} == {"FORM-074"}
    (told,) = {frozenset(dict(p.facts)["way"].split(" → ")) for p in problems}
    assert told == frozenset(way)
    problem = problems[0]
    assert problem.place.startswith("10_first.yaml:")
    form, _ = read_questionnaire(folder, [])
    with pytest.raises(BdgError):
        validate(xml_of(form), "circle")


def entry(condition: str) -> str:
    """`only_if: a = 1` as one more entry of a flow mapping, '' for none."""
    name, _, value = condition.partition(": ")
    return f", {name}: '{value}'" if condition else ""


def xml_of(form: Questionnaire) -> str:
    """The XForm that pyxform makes of a form, without our checks."""
    import io

    from pyxform.xls2xform import convert

    from forms.workbook import workbook_bytes

    return str(
        convert(xlsform=io.BytesIO(workbook_bytes(sheets(form))), file_type=".xlsx", validate=False, form_name="data").xform
    )


def test_calculations_may_look_ahead_and_be_looked_at(tmp_path: Path) -> None:
    """Nothing of it is on a screen: the engine works both out; ODK Validate agrees."""
    extra = "  - {name: late, type: calculate, value_type: int, calculate: '${age} + 1'}\n"
    first = FIRST.replace("only_if: age >= 18", "only_if: late >= 19").replace(
        "  - name: age\n", "  - {name: early, type: calculate, calculate: 'string(${age})'}\n  - name: age\n"
    )
    form = load(write_form(tmp_path, first=first + extra))
    validate(xml_of(form), "ahead")


EXPRESSIONS = [
    *" ; ".join("""\
. >= 1 ; 1 2 ; a and ; and ; not(a) ; if(a, 1, 2 ; if(a, 1, 2)) ; 'x ; "x" ; /data/a = 'yes' ; a - b ; a-b ; * * *
. = “yes” ; . ‘x’ ; position(..) = 1 ; /data/m/n[position() = position(current()/..) - 1]/m_age
instance('h')/root/item[name = /data/a]/wave ; a[1][2] ; a[ ; () ; f() ; f(,) ; f(1,) ; -1 ; --1 ; 1 - -1 ; .5 ; 5. ; 1..2
a/b/ ; / ; //a ; a//b ; @x ; @ ; a::b ; child::b ; self::node() ; a/text() ; a | b ; a || b ; a = = b ; a == b ; a <> b
a != b ; a =< b ; a & b ; a; b ; a, b ; div div div ; mod ; or or or ; not a ; a{1} ; jr:choice-name(/data/a,'/data/a')
a:b(1) ; a:* ; *:a ; .. ; ../a ; ... ; a = 'it''s' ; (a)/b ; (a)[1]/b ; a b ; 1a ; if (a,1,2) ; a[position()=1] = 'x'
1 div 2 ; a div ; a!=1 ; a!1 ; !a ; 1 = 1 = 1 ; (-a) ; a | -b ; f(a)(b) ; a[b]c ; /.. ; ///a ; a/ /b ; a:b ; a: b ; a::
and(1) ; a and(b) ; a and (b) ; a. b ; _a ; #a ; a# ; a?b ; a%b ; '' ; 'a"b' ; a − 1 ; tuổi > 1""".splitlines()).split(" ; "),
    ". >= ", "\\", "a\xa0= 1",
]  # fmt: skip
"""Right and wrong ones; read as they stand between the marks « ; »."""
ENGINE = """
import json, sys
import jpype
from forms import java
jpype.startJVM(str(java.virtual_machine()), "--enable-native-access=ALL-UNNAMED", classpath=[str(java.jar())])
parse = jpype.JClass("org.javarosa.xpath.XPathParseTool").parseXPath
context = jpype.JClass("org.javarosa.core.model.condition.EvaluationContext")
def reads(text):
    try:
        parse(text)
    except jpype.JException:
        return False
    return True
def knows(name):
    said = []
    for n in range(6):
        try:
            parse(f"{name}({','.join(['1'] * n)})").eval(context(None))
            said.append("")
        except jpype.JException as error:
            said.append(str(error))
    return not all("cannot handle function" in s and "equires" not in s for s in said)
job = json.load(sys.stdin)
json.dump([[reads(t) for t in job[0]], [knows(n) for n in job[1]]], sys.stdout)
"""


def ask_javarosa(expressions: list[str], names: list[str]) -> tuple[list[bool], list[bool]]:
    """What Collect's own parser says of expressions and functions, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", ENGINE], input=json.dumps([expressions, names]), capture_output=True, text=True, encoding="utf-8",
        cwd=ROOT, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    reads, knows = json.loads(done.stdout)
    return reads, knows


def mutations() -> list[str]:
    """Good expressions with one character taken out, doubled or replaced, always the same ones."""
    good = [
        "if(selected(/data/a, 'x'), /data/b + 1, -2.5)", "not((/data/a = 'x' or . > 3) and count(/data/r) div 2 < 4)",
        "instance('h')/root/item[name = /data/a and wave > 2]/label", "substr(/data/a, string-length(/data/b) + 6)",
    ]  # fmt: skip
    found = []
    for text in good:
        for at in range(len(text)):
            found += [text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:], text[:at] + ")" + text[at + 1 :]]
    return found


def test_expressions_are_judged_as_collects_own_parser_judges_them() -> None:
    known = sorted(FUNCTIONS - {"current", "jr:choice-name", "pulldata", "search"})  # these need a form, or Collect itself
    texts = [*EXPRESSIONS, *mutations()]
    reads, knows = ask_javarosa(texts, [*known, "foo", "ceiling", "substring"])
    apart = {}
    for text, theirs in dict(zip(texts, reads, strict=True)).items():
        wrong = fault(text)
        if theirs != (wrong is None or "no function" in wrong.en):
            apart[text] = theirs
    # Collect's parser also reads an operator that runs into the next word («1 div2», «or. > 3»); we ask for the blank
    assert [
        t for t, theirs in apart.items() if not (theirs and re.search(r"\b(and|or|div|mod)[\w.]|[\w')](and|or|div|mod)\b", t))
    ] == []
    assert len(apart) < 12
    assert knows == [True] * len(known) + [False] * 3


def test_an_unknown_function_is_named(tmp_path: Path) -> None:
    folder = edited(tmp_path, "10_first.yaml", AGE, "    constraint: . > minn(1, 2)\n")
    (problem,) = refused(lambda: load(folder))
    assert problem.code == "FORM-073"
    assert "minn" in plain(problem)


def test_references_and_functions_of_an_expression() -> None:
    text = "if(${a} = 'count(${x})', count(${b}), node())"
    assert list(functions(text)) == ["if", "count"]
    assert list(references(text)) == ["a", "x", "b"]
    assert list(functions("if((")) == ["if"]
    assert list(functions("'unclosed")) == []


WRONG: list[Any] = [None, "", "chữ", 7, -1, 2.5, True, [], ["a", 1], {}, {"vi": 1}, {"a": {"b": [None]}}, float("inf"), [[[]]]]


def _ways(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [way] if way else []
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        found += _ways(child, (*way, key))
    return found


def _changed(document: Any, way: tuple[Any, ...], how: str, value: Any) -> Any:
    at = document
    for key in way[:-1]:
        at = at[key]
    last = way[-1]
    if how == "delete":
        del at[last]
    elif how == "rename" and isinstance(at, dict):
        at[f"{last}x"] = at.pop(last)
    elif how == "twice" and isinstance(at, list):
        at.append(at[last])
    else:
        at[last] = value
    return document


@given(data=st.data())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_form_with_a_change_anywhere_is_read_or_told_never_traced(tmp_path: Path, data: st.DataObject) -> None:
    """Any key deleted, renamed, doubled or of another type, in one to three places: sentences, or a form."""
    files = dict(FILES)
    for _ in range(data.draw(st.integers(1, 3))):
        name = data.draw(st.sampled_from(sorted(files)))
        document = yaml.safe_load(files[name])
        ways = _ways(document) if isinstance(document, dict | list) else []
        if not ways:
            continue
        way = data.draw(st.sampled_from(ways))
        how = data.draw(st.sampled_from(["delete", "rename", "twice", "replace"]))
        document = _changed(document, way, how, data.draw(st.sampled_from(WRONG)))
        files[name] = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    try:
        load(tmp_path)
    except BdgError as error:
        for problem in error.problems:
            plain(problem)


@given(data=st.data())
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_form_with_broken_characters_is_read_or_told_never_traced(tmp_path: Path, data: st.DataObject) -> None:
    """Characters of YAML itself taken out or put in anywhere."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    name = data.draw(st.sampled_from(sorted(FILES)))
    text = FILES[name]
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(
        st.sampled_from(["", ":", "- ", "{", "}", "[", "]", "'", '"', "&a ", "*a", "!x ", "? ", "\t", "\x00", "%", "<<: "])
    )
    (tmp_path / name).write_text(text[:at] + put + text[at + data.draw(st.integers(0, 2)) :], encoding="utf-8")
    try:
        load(tmp_path)
    except BdgError as error:
        for problem in error.problems:
            plain(problem)


def test_odd_files_are_told(tmp_path: Path) -> None:
    folder = write_form(tmp_path / "a")
    (folder / "30_folder.yaml").mkdir()
    assert [p.code for p in refused(lambda: load_questionnaire(folder))] == ["FORM-002"]
    folder = edited(tmp_path / "b", "10_first.yaml", "section: m1\n", "section: m1\n[a, b]: c\n")
    assert {p.code for p in refused(lambda: load_questionnaire(folder))} == {"FORM-001"}
    folder = write_form(tmp_path / "c", form="- a\n- b\n")
    assert {p.code for p in refused(lambda: load_questionnaire(folder))} == {"FORM-023"}
    folder = write_form(tmp_path / "d", form=FORM.replace("scales:", "bank: ../nowhere\nscales:"))
    assert "FORM-002" in {p.code for p in refused(lambda: load_questionnaire(folder))}
