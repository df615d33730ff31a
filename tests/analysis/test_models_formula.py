"""Formulas: R's order and names of columns, the columns they need, prediction at other values, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis.models.formula import canonical, complete, matrix, names_in, parse, r_name, response, split_terms
from forms.errors import BdgError

N = 24
TEXT = np.array(["F", "M"] * (N // 2), dtype=object)
COLUMNS: dict[str, Any] = {
    "y": np.arange(N) * 0.5 + 1,
    "w30": (np.arange(N) % 3 == 0).astype(float),
    "sex": TEXT,
    "age": np.linspace(18, 80, N),
    "k": np.tile([1.0, 2.0, 10.0], N // 3),
    "odd name": np.arange(N, dtype=float),
}

# R: colnames(model.matrix(...)) for the same formulas
CASES = [
    ("y ~ 1", ["(Intercept)"]),
    ("y ~ w30*sex + age", ["(Intercept)", "w30", "sexM", "age", "w30:sexM"]),
    ("y ~ age + factor(k)", ["(Intercept)", "age", "factor(k)2", "factor(k)10"]),
    ("y ~ 0 + sex + age", ["sexF", "sexM", "age"]),
    ("y ~ sex - 1 + log(age)", ["sexF", "sexM", "log(age)"]),
    ("y ~ age:sex", ["(Intercept)", "age:sexF", "age:sexM"]),
    ("y ~ factor(k)*sex", ["(Intercept)", "factor(k)2", "factor(k)10", "sexM", "factor(k)2:sexM", "factor(k)10:sexM"]),
    ("y ~ I(age**2) + age", ["(Intercept)", "I(age ** 2)", "age"]),
    ("y ~ w30:age + w30 + age", ["(Intercept)", "w30", "age", "w30:age"]),
]


@pytest.mark.parametrize(("text", "names"), CASES)
def test_columns_stand_in_rs_order_under_rs_names(text: str, names: list[str]) -> None:
    made = matrix(parse(text), COLUMNS)
    assert [r_name(n) for n in made.names] == names
    assert made.x.shape == (N, len(names))
    listed = [j for _, columns in made.terms for j in columns]
    assert listed == list(range(len(names)))
    assert np.array_equal(made.at(COLUMNS), made.x)


def test_the_numbers_of_an_interaction() -> None:
    made = matrix(parse("y ~ w30*sex + age"), COLUMNS)
    male = (TEXT == "M").astype(float)
    by_hand = np.column_stack([np.ones(N), COLUMNS["w30"], male, COLUMNS["age"], COLUMNS["w30"] * male])
    assert np.array_equal(made.x, by_hand)


def test_prediction_keeps_levels_and_transformations() -> None:
    made = matrix(parse("y ~ sex + center(age)"), COLUMNS)
    women = {**COLUMNS, "sex": np.array(["F"] * 3, dtype=object), "age": np.full(3, 30.0)}
    few = {name: values[:3] for name, values in women.items()}
    assert made.at(few) == pytest.approx(np.tile([1.0, 0.0, 30.0 - COLUMNS["age"].mean()], (3, 1)))
    alone = matrix(parse("y ~ 1"), COLUMNS)
    assert np.array_equal(alone.at(few), np.ones((3, 1)))


def test_what_a_formula_needs() -> None:
    made = parse("log(y) ~ sex + Q('odd name'):factor(k) + sqrt(age)")
    assert made.columns == ("y", "sex", "odd name", "k", "age")
    assert made.outcome is None
    assert parse("factor(k) ~ sex").outcome == "k"
    assert parse('Q("odd name") ~ sex').outcome == "odd name"
    assert parse("y ~ 1").columns == ("y",)
    assert names_in("factor(k, Treatment(1))", "") == ["k"]


def test_the_response() -> None:
    assert np.array_equal(response(parse("y ~ 1"), COLUMNS), COLUMNS["y"])
    assert response(parse("log(y) ~ 1"), COLUMNS) == pytest.approx(np.log(COLUMNS["y"]))
    assert np.array_equal(response(parse("y > 5 ~ 1"), COLUMNS), (COLUMNS["y"] > 5).astype(float))
    assert np.array_equal(response(parse("factor(sex) ~ 1"), COLUMNS), TEXT)


REFUSED = [
    "", "y", "~ x", "y ~", "y ~ (", "y ~ age + [", "y ~ sex^2", "y ~ a ~ b", "y ~ age.mean()", "y ~ open('x')",
    "y ~ __import__('os')", "y ~ (lambda: 1)()", "y ~ foo(age)", "y ~ 'a' + sex", "y ~ {age: 1}", "y ~ [v for v in age]",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_a_formula_is_refused_in_words(text: str) -> None:
    """No code runs but arithmetic and the functions named in the docstring."""
    with pytest.raises(BdgError) as caught:
        matrix(parse(text), COLUMNS)
    assert caught.value.problems[0].code == "STAT-050"
    assert "y ~ x" in str(caught.value)


@pytest.mark.parametrize("text", ["y ~ log(w30)", "log(w30) ~ age", "y ~ sqrt(age - 50)", "y ~ I(age / w30)"])
def test_values_that_are_not_finite_are_refused(text: str) -> None:
    made = parse(text)
    with pytest.raises(BdgError) as caught:
        response(made, COLUMNS) if text.startswith("log") else matrix(made, COLUMNS)
    assert caught.value.problems[0].code == "STAT-055"


def test_terms_as_people_write_them() -> None:
    assert canonical("factor(b):a") == canonical("a : C(b)") == canonical("a:b") == "a:b"
    assert canonical("I(a ** 2)") == "I(a**2)"
    assert split_terms("~ a + factor(b):c + I(d + 1)") == ("a", "factor(b):c", "I(d + 1)")


def test_complete_people() -> None:
    columns = {"a": np.array([1.0, np.nan, 3.0]), "b": np.array(["x", "y", None], dtype=object)}
    assert complete(columns, ("a", "b"), 3).tolist() == [True, False, False]
    assert complete(columns, (), 3).all()
