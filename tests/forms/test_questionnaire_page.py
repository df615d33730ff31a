"""docs/questionnaire.md: strangers write definitions from it, so every key, type, rule and number on it is held to the code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from forms import nodes
from forms.build import load
from forms.condition import parse
from forms.errors import catalogue
from forms.lint.rules import RULES
from forms.lint.tables import table
from forms.question import QuestionType
from forms.reading import fits
from tests.forms.linting import FILES, changed

PAGE = (Path(__file__).parents[2] / "docs" / "questionnaire.md").read_text(encoding="utf-8")


def rows_below(mark: str) -> list[list[str]]:
    """The rows of the table that follows a mark."""
    _, _, rest = PAGE.partition(f"<!-- {mark} -->\n\n")
    assert rest, mark
    lines = rest.split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


TABLES = ("HEAD", "SCALE", "SECTION", "QUESTION", "USE", "SCORE", "KEY", "CHOICE")


@pytest.mark.parametrize("name", TABLES)
def test_every_key_stands_there_as_the_code_has_it(name: str) -> None:
    shape: Mapping[str, str] = getattr(nodes, name)
    keys = [row[0].strip("`") for row in rows_below(f"keys: {name}")]
    marked = [key + (kind[-1] if kind[-1] in "!?" else "") for key, kind in shape.items()]
    assert keys == marked


@pytest.mark.parametrize("name", TABLES)
def test_every_example_is_of_its_kind(name: str) -> None:
    shape: Mapping[str, str] = getattr(nodes, name)
    for key, meaning, example in rows_below(f"keys: {name}"):
        bare = key.strip("`").rstrip("!?")
        value = yaml.safe_load(example.strip("`") if name != "SECTION" or bare != "repeat" else f"'{example.strip('`')}'")
        assert fits(value, shape[bare]), (key, value)
        assert " / " in meaning, key
        if bare in ("only_if", "must"):
            parse(value)


def test_every_mark_of_the_page_is_held_by_a_test() -> None:
    marks = re.findall(r"<!-- ([^>]+) -->", PAGE)
    assert marks == [*(f"keys: {n}" for n in ("HEAD", "SCALE", "SECTION", "QUESTION")), "types",
                     *(f"keys: {n}" for n in ("USE", "SCORE", "KEY", "CHOICE")), "rules", "numbers"]  # fmt: skip


def test_every_type_stands_there() -> None:
    assert [row[0].strip("`") for row in rows_below("types")] == list(get_args(QuestionType))


def test_every_rule_stands_there_in_the_words_of_the_catalogue() -> None:
    found = dict(rows_below("rules"))
    assert found == {code: f"{catalogue()[code].vi} / {catalogue()[code].en}" for code in RULES}


def test_every_number_stands_there() -> None:
    practice: Mapping[str, Any] = table("practice")
    wanted = {f"{part}.{name}" for part in ("screen", "length", "order", "scales") for name in practice[part]} - {"length.answer"}
    found = {row[0].strip("`"): row[1] for row in rows_below("numbers")}
    assert set(found) == wanted
    for name, said in found.items():
        part, _, key = name.partition(".")
        value = practice[part][key]
        numbers = list(value.values()) if isinstance(value, dict) else [value]
        assert [float(n) for n in said.split(", ")] == [float(n) for n in numbers], name


def test_the_condition_shown_is_one() -> None:
    (shown,) = re.findall(r"```yaml\nonly_if: (.*)\n```", PAGE)
    parse(shown)


def test_a_form_with_every_attribute_of_a_question_is_read(tmp_path: Path) -> None:
    """The examples of the page together, on one question, where they do not exclude each other."""
    skip = {"list", "file", "filter", "calculate", "changed", "score", "option", "relevant", "only_if", "must", "sum_of", "order"}
    skip |= {"order_why", "read_out", "parameters", "appearance", "type", "value_type", "name", "constraint"}
    shown = {row[0].strip("`!?"): row[2].strip("`") for row in rows_below("keys: QUESTION")}
    lines = "".join(f"    {key}: {example}\n" for key, example in shown.items() if key not in skip)
    folder = changed(
        tmp_path, ("10_first.yaml", "  - name: born\n", f"  - name: every\n    type: integer\n{lines}  - name: born\n")
    )
    question = {q.name: q for _, q in load(folder).questions()}["every"]
    assert (question.range, question.required, question.private, question.since) == ((15, 110), False, True, 2026)
    assert question.must_message is not None
    assert set(FILES) == {p.name for p in folder.iterdir()}
