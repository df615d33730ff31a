"""What a model says when it must not give a number: status, reason, no exception and no warning; refusals of a user's slips."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.design import Replicates
from analysis.models.glm import Model, glm
from analysis.models.work import FamilyName
from forms.errors import BdgError
from tests.analysis.model_cases import design, jackknife, survey


def _silent(model: Model, *words: str) -> None:
    """Not estimable: a reason in both languages and no number anywhere."""
    assert model.status == "not_estimable"
    assert " | " in model.reason
    assert all(word in model.reason for word in words), model.reason
    assert model.joint.names == ()
    assert (model.df_residual, model.deviance, model.dispersion, model.r_dispersion) == (None,) * 4
    assert len(model.predict()) == 0
    numbers = model.frame[["estimate", "se", "statistic", "df", "p_value", "lower", "upper"]]
    assert numbers.isna().all(axis=None)
    assert (model.frame.status == "not_estimable").all()
    tested = model.test("x", method="lrt")
    assert (tested.status, tested.p_value, tested.statistic) == ("not_estimable", None, None)
    assert model.reason in model._repr_html_()
    assert model.reason in str(model)


SEPARATED: list[tuple[FamilyName, str]] = [
    ("binomial", "high"),
    ("quasibinomial", "high"),
    ("ordinal", "high"),
    ("poisson", "late"),
]


@pytest.mark.parametrize(("family", "outcome"), SEPARATED)
def test_a_perfect_predictor(family: FamilyName, outcome: str) -> None:
    """R: glm.fit warns, and prints coefficients of hundreds with small design-based standard errors."""
    data = survey()
    data = data.assign(high=(data.x > 50).astype(float), late=np.where(data.wave == 2026, 0.0, data.visits), x2=data.wave)
    model = glm(data, design(), f"{outcome} ~ {'x' if outcome == 'high' else 'x + factor(x2)'}", family=family)
    _silent(model, "tách hoàn toàn", "separated", "x" if outcome == "high" else "factor(x2)[T.2030]")


def test_a_group_where_nobody_says_yes() -> None:
    """Quasi-separation: only the group's coefficient runs away, and it is the one named."""
    data = survey()
    data["yes"] = np.where(data.group == "b", 0.0, data.yes)
    model = glm(data, design(), "yes ~ x + group", family="binomial")
    _silent(model, ": group[T.b] |")


@pytest.mark.parametrize("family", ["gaussian", "binomial", "ordinal", "poisson"])
def test_nobody(family: FamilyName) -> None:
    data = survey().assign(y=np.nan)
    _silent(glm(data, design(), "yes ~ x", family=family, where={"sex": "X"}), "nobody of this group")
    _silent(glm(data, design(), "y ~ x", family=family), "nobody answered")


def test_one_psu_and_too_few() -> None:
    data = survey()
    _silent(glm(data, design(), "score ~ x", where={"psu": "p00"}), "df below 1")
    few = data[data.psu.isin(["p00", "p08", "p16", "p01", "p09"])]
    model = glm(few, design(), "score ~ x")
    assert model.status == "caution"
    assert "ít địa bàn" in model.reason
    assert (model.frame.status == "caution").all()
    assert model.test("x").status == "caution"
    _silent(glm(few, design(), "score ~ x + sex + group"), "df below 1")


def test_a_group_in_one_psu_has_no_error_of_its_own() -> None:
    """R prints the coefficient of a code found in one PSU with a standard error that leaves its own part out."""
    data = survey()
    rare = np.where(data.index % 80 == 3, "z", data.group)  # half of p03
    model = glm(data.assign(group=rare), design(), "score ~ x + group")
    rows = model.frame.set_index("coefficient")
    assert rows.status["group[T.z]"] == "not_estimable"
    assert "single PSU" in rows.reason["group[T.z]"]
    assert np.isnan(rows.se["group[T.z]"])
    assert (rows.status.drop("group[T.z]") == "ok").all()
    assert model.test("group").status == "not_estimable"
    assert model.test("x").status == "ok"
    assert model.joint.names[-1] == "group[T.z]"
    first = data.assign(group=np.where(rare == "z", "A", data.group))
    baseline = glm(first, design(), "score ~ x + group").frame.set_index("coefficient")
    assert (baseline.status[["group[T.a]", "group[T.b]", "group[T.c]"]] == "not_estimable").all()


def test_columns_that_earlier_ones_imply_are_dropped_and_named() -> None:
    """As R, whose coefficients are NA; the numbers of the others are those of the model without them."""
    data = survey().assign(twice=lambda d: 2 * d.x - 7, one=1.0)
    model = glm(data, design(), "score ~ x + twice + sex + one")
    plain = glm(data, design(), "score ~ x + sex")
    assert model.dropped == ("twice", "one")
    assert model.names == plain.names
    assert model.joint.vcov == pytest.approx(plain.joint.vcov, rel=1e-10)
    assert model.df_residual == plain.df_residual
    rows = model.frame.set_index("coefficient")
    assert rows.status["twice"] == "not_estimable"
    assert "as R does" in rows.reason["twice"]
    assert model.test("twice").reason.startswith("thành phần này không còn hệ số")
    assert model.test("x + twice").statistic == pytest.approx(plain.test("x").statistic or 0, rel=1e-9)
    ordered = glm(data, design(), "rating ~ x + twice + sex + one", family="ordinal")
    assert ordered.dropped == ("twice", "one")


def test_a_factor_with_one_code() -> None:
    """R stops: «contrasts can be applied only to factors with 2 or more levels»."""
    model = glm(survey(), design(), "score ~ x + sex", where={"sex": "F"})
    assert model.status == "caution"
    assert "sex" in model.reason
    assert model.names == ("Intercept", "x")
    assert model.test("sex").status == "not_estimable"


def test_no_variation_at_all() -> None:
    data = survey().assign(flat=3.0)
    _silent(glm(data, design(), "flat ~ x", family="ordinal"), "the same answer")
    _silent(glm(data.assign(flat=0.0), design(), "flat ~ x", family="binomial"), "separated")
    constant = glm(data, design(), "flat ~ x")
    assert (constant.frame.status == "not_estimable").all() or (constant.frame.se < 1e-12).all()
    saturated = data[(data.index < 3)]
    assert glm(saturated, replace(design(), strata=None), "score ~ x + sex").status == "not_estimable"


def test_replicates_that_cannot_be_fitted() -> None:
    """A replicate without anybody of a group: R drops such replicates with a note; here there is no number."""
    data, drawn = jackknife()
    alone = data.dnum == sorted(data.dnum.unique())[3]
    data = data.assign(mark=alone.astype(float))
    model = glm(data, drawn, "api00 ~ enroll + mark")
    assert model.status == "not_estimable"
    assert "1 replicate weights" in model.reason
    assert glm(data, drawn, "api00 ~ enroll", family="gaussian").status == "ok"


def test_replicates_refit_the_iterated_models_too() -> None:
    """Near the linearised errors, and equal to the refits made by hand."""
    data = survey(n=400, psus=20)
    n = 20
    names = {f"r{i}": np.where(data.psu == f"p{i:02d}", 0.0, data.w * n / (n - 1)) for i in range(n)}
    whole = pd.concat([data, pd.DataFrame(names)], axis=1)
    reps = Replicates(tuple(names), "JK1", (n - 1) / n, (1.0,) * n, mse=True)
    for family, formula in (("binomial", "yes ~ x"), ("ordinal", "rating ~ x")):
        kind: Any = family
        model = glm(whole, replace(design(), strata=None, replicates=reps), formula, family=kind)
        left = [data[data.psu != f"p{i:02d}"] for i in range(n)]
        by_hand = [glm(rest, replace(design(), strata=None), formula, family=kind).joint.value for rest in left]
        spread = np.array(by_hand) - model.joint.value
        assert model.joint.vcov == pytest.approx((n - 1) / n * spread.T @ spread, rel=1e-7)
        linear = glm(data, replace(design(), strata=None), formula, family=kind)
        assert model.joint.se == pytest.approx(linear.joint.se, rel=0.25)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("score x", {}, "STAT-050"),
    ("score ~ nothing", {}, "STAT-002"),
    ("score ~ x", {"where": {"nothing": "1"}}, "STAT-002"),
    ("score ~ x", {"family": "gamma"}, "STAT-011"),
    ("score ~ x", {"family": "binomial"}, "STAT-051"),
    ("theta ~ x", {"family": "poisson"}, "STAT-051"),
    ("group ~ x", {"family": "binomial"}, "STAT-051"),
    ("sex ~ x", {"family": "gaussian"}, "STAT-051"),
    ("score ~ log(x - 50)", {}, "STAT-055"),
]


@pytest.mark.parametrize(("formula", "given", "code"), REFUSED)
def test_slips_are_refused_in_words(formula: str, given: dict[str, Any], code: str) -> None:
    with pytest.raises(BdgError) as caught:
        glm(survey(), design(), formula, **given)
    assert caught.value.problems[0].code == code


def test_two_text_codes_are_a_yes_and_a_no() -> None:
    """R: the second level of the factor is the success."""
    data = survey().assign(answer=lambda d: np.where(d.yes == 1, "yes", "no"))
    assert glm(data, design(), "answer ~ x", family="binomial").joint.value == pytest.approx(
        glm(data, design(), "yes ~ x", family="binomial").joint.value, rel=1e-12
    )


def test_quasi_families_have_the_same_numbers() -> None:
    for one, two, y in (("binomial", "quasibinomial", "yes"), ("poisson", "quasipoisson", "visits")):
        a, b = (glm(survey(), design(), f"{y} ~ x", family=f) for f in (one, two))  # type: ignore[arg-type]  # the names are of the list
        assert np.array_equal(a.joint.value, b.joint.value)
        assert np.array_equal(a.joint.vcov, b.joint.vcov)


def test_how_a_model_prints() -> None:
    model = glm(survey(), design(), "score ~ x * sex")
    assert list(model.frame.coefficient) == ["Intercept", "x", "sex[T.M]", "x:sex[T.M]"]
    assert model.r_names == ("(Intercept)", "x", "sexM", "x:sexM")
    assert "score ~ x * sex" in str(model)
    assert "<table" in model._repr_html_()
    assert model.frame.lower.lt(model.frame.estimate).all()
    wide = glm(survey(), design(), "score ~ x * sex", confidence=0.99)
    assert wide.frame.upper.gt(model.frame.upper).all()
    assert model.degf == model.df_residual + 3 if model.df_residual else False
