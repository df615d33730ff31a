"""Tests of terms and predictive margins: laws they obey, slow versions of them, what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analysis.models.glm import glm
from analysis.models.terms import benjamini_hochberg
from analysis.models.work import FamilyName
from analysis.testing.chisquares import upper_tail
from forms.errors import BdgError
from tests.analysis.model_cases import design, survey

KINDS: list[tuple[FamilyName, str]] = [("gaussian", "score"), ("binomial", "yes"), ("poisson", "visits"), ("ordinal", "rating")]


@pytest.mark.parametrize(("family", "outcome"), KINDS)
def test_one_coefficient(family: FamilyName, outcome: str) -> None:
    """Wald: F = t squared, the same p.  Likelihood ratio: close to it, and exactly F(1, ddf) of chisq/lambda by integration."""
    model = glm(survey(), design(), f"{outcome} ~ x + sex", family=family)
    row = model.frame.set_index("coefficient").loc["x"]
    wald, ratio = model.test("x"), model.test("x", method="lrt", approximation="integration")
    assert wald.statistic == pytest.approx(row.statistic**2, rel=1e-10)
    assert wald.p_value == pytest.approx(row.p_value, rel=1e-9)
    assert ratio.statistic is not None
    assert ratio.ddf is not None
    assert ratio.p_value == pytest.approx(stats.f.sf(ratio.statistic / ratio.weights[0], 1, ratio.ddf), rel=1e-9)
    assert ratio.statistic / ratio.weights[0] == pytest.approx(wald.statistic, rel=0.35)


def test_the_gaussian_likelihood_ratio_is_the_wald_test_of_the_working_model() -> None:
    """Residual sums of squares by lstsq; weights are eigenvalues of V0^-1 V; the same p from both sides of the formula."""
    data = survey()
    model = glm(data, design(), "score ~ x + group")
    found = model.test("group", method="lrt", approximation="integration")
    w = data.w / data.w.mean()
    x = np.column_stack([np.ones(len(data)), data.x])
    full = np.column_stack([x, data.group == "b", data.group == "c"]).astype(float)

    def rss(m: Any) -> float:
        beta = np.linalg.lstsq(m * np.sqrt(w.to_numpy())[:, None], data.score * np.sqrt(w), rcond=None)[0]
        return float(w @ (data.score - m @ beta) ** 2)

    assert found.statistic == pytest.approx(rss(x) - rss(full), rel=1e-8)
    naive = np.linalg.inv((full * w.to_numpy()[:, None]).T @ full)[2:, 2:]
    weights = sorted(np.linalg.eigvals(np.linalg.solve(naive, model.joint.vcov[2:, 2:])).real.tolist(), reverse=True)
    assert found.weights == pytest.approx(weights, rel=1e-8)
    assert found.p_value == pytest.approx(
        upper_tail(rss(x) - rss(full), weights, ddf=model.joint.df, method="integration"), rel=1e-6
    )


def test_everything_but_the_constant_and_everything() -> None:
    model = glm(survey(), design(), "score ~ x + sex + group")
    whole = model.test("x + sex + group")
    assert whole.df == 4
    assert whole.term == "x + sex + group"
    b, v = model.joint.value[1:], model.joint.vcov[1:, 1:]
    assert whole.statistic == pytest.approx(float(b @ np.linalg.solve(v, b)) / 4, rel=1e-9)
    assert model.test("1").statistic == pytest.approx((model.joint.value[0] / model.joint.se[0]) ** 2, rel=1e-10)
    null = glm(survey(), design(), "score ~ 1").test("1", method="lrt")
    data = survey()
    assert null.statistic == pytest.approx(len(data) * np.average(data.score, weights=data.w) ** 2, rel=1e-9)


def test_denominator_degrees_of_freedom() -> None:
    model = glm(survey(), design(), "score ~ group + x")
    plain, many, chi = model.test("group"), model.test("group", df=1e9), model.test("group", df=math.inf)
    assert plain.ddf == model.df_residual == 29
    assert (chi.symbol, chi.ddf, plain.symbol) == ("Chisq", None, "F")
    assert chi.statistic == pytest.approx(2 * (plain.statistic or 0), rel=1e-12)
    assert many.p_value == pytest.approx(chi.p_value, rel=1e-6)
    assert model.test("group", df=4).status == "caution"
    assert model.test("group", df=0.5).status == "not_estimable"
    free = model.test("group", method="lrt", df=math.inf, approximation="satterthwaite")
    assert free.ddf is None
    assert "satterthwaite" in free.method


def test_more_coefficients_than_psus_can_carry() -> None:
    """A covariance of rank below the number of coefficients has no Wald statistic; the likelihood ratio still has one."""
    data = survey(n=600, psus=16).assign(many=lambda d: (d.index % 9).astype(str))
    model = glm(data, design(), "score ~ many", where={"wave": 2026})
    assert model.status == "not_estimable"
    two = glm(survey(n=600, psus=12).assign(many=lambda d: (d.index % 3).astype(str)), design(), "score ~ many")
    assert two.test("many").status in ("caution", "not_estimable")
    assert two.test("many", method="lrt", approximation="satterthwaite").p_value is not None


@pytest.mark.parametrize(
    ("term", "given", "code"),
    [
        ("age", {}, "STAT-052"),
        ("x:sex", {}, "STAT-052"),
        ("x", {"method": "score"}, "STAT-011"),
        ("x", {"approximation": "exact"}, "STAT-011"),
    ],
)
def test_refused(term: str, given: dict[str, Any], code: str) -> None:
    with pytest.raises(BdgError) as caught:
        glm(survey(), design(), "score ~ x + sex").test(term, **given)
    assert caught.value.problems[0].code == code


def test_benjamini_hochberg() -> None:
    """R: p.adjust(c(.001, .008, .039, .041, .042, .06, .2), "BH"), by hand."""
    p = np.array([0.041, 0.001, np.nan, 0.2, 0.008, 0.039, 0.042, 0.06])
    expected = [0.0588, 0.007, np.nan, 0.2, 0.028, 0.0588, 0.0588, 0.07]
    assert benjamini_hochberg(p) == pytest.approx(np.array(expected), rel=1e-9, nan_ok=True)
    assert np.isnan(benjamini_hochberg(np.array([np.nan]))).all()
    assert benjamini_hochberg(np.array([0.9, 0.95])).tolist() == [0.95, 0.95]


@pytest.mark.parametrize(("family", "outcome"), KINDS)
def test_margins_are_averages_of_predictions(family: FamilyName, outcome: str) -> None:
    """Everybody put into one group and then the other; numbers by a second road: the model's own formula."""
    data = survey()
    model = glm(data, design(), f"{outcome} ~ x + sex", family=family)
    made = model.margins("sex")
    assert made.levels == ("F", "M")
    assert made.joint is not None
    beta = dict(zip(model.names, model.joint.value.tolist(), strict=True))
    for level, value in zip(made.levels, made.joint.value.tolist(), strict=True):
        eta = beta["x"] * data.x + (beta["sex[T.M]"] if level == "M" else 0.0) + beta.get("Intercept", 0.0)
        if family == "ordinal":
            below = [1 / (1 + np.exp(-(beta[f"{k}|{k + 1}"] - eta))) for k in range(1, 5)]
            mean = 5 - np.sum(below, axis=0)
        else:
            mean = {"gaussian": eta, "binomial": 1 / (1 + np.exp(-eta)), "poisson": np.exp(eta)}[family]
        assert value == pytest.approx(np.average(mean, weights=data.w), rel=1e-10)
    assert list(made.frame.columns) == ["sex", "estimate", "se", "lower", "upper", "df", "n", "status", "reason"]
    gap = made.contrast({"M": 1, "F": -1})
    assert gap is not None
    assert gap.value[0] == pytest.approx(made.joint.value[1] - made.joint.value[0])
    assert "<table" in made._repr_html_()


@pytest.mark.parametrize(("family", "outcome"), KINDS)
def test_the_variance_of_margins_against_the_jackknife(family: FamilyName, outcome: str) -> None:
    """Linearised: near what leaving out one PSU after the other gives; the estimate is smooth in the weights."""
    data = survey(n=600, psus=16)
    model = glm(data, design(), f"{outcome} ~ x + sex", family=family)
    made = model.margins("sex")
    assert made.joint is not None
    deviations = []
    for psu in sorted(data.psu.unique()):
        stratum = data.stratum[data.psu == psu].iloc[0]
        rest = data[data.psu != psu]
        n = data.psu[data.stratum == stratum].nunique()
        weight = np.where(rest.stratum == stratum, rest.w * n / (n - 1), rest.w)
        left = glm(rest.assign(w=weight), design(), f"{outcome} ~ x + sex", family=family).margins("sex").joint
        assert left is not None
        deviations.append(math.sqrt((n - 1) / n) * (left.value - made.joint.value))
    slow = np.sqrt((np.array(deviations) ** 2).sum(axis=0))
    assert made.joint.se == pytest.approx(slow, rel=0.03)


def test_margins_by_a_column_of_another_model() -> None:
    """A column that the formula lacks joins as a factor; people without it leave."""
    data = survey().assign(group=lambda d: d.group.where(d.index % 5 > 0, None))
    added = glm(data, design(), "score ~ x").margins("group")
    held = glm(data, design(), "score ~ x + group").margins("group")
    assert added.joint is not None
    assert held.joint is not None
    assert added.joint.value == pytest.approx(held.joint.value, rel=1e-12)
    assert added.joint.se == pytest.approx(held.joint.se, rel=1e-12)
    assert added.n == int((data.index % 5 > 0).sum())
    numeric = glm(data.assign(level=data.wave), design(), "score ~ x").margins("level")
    assert numeric.levels == ("2026", "2030")


def test_margins_that_cannot_be_given() -> None:
    data = survey().assign(high=lambda d: (d.x > 50).astype(float), words=lambda d: np.where(d.rating > 3, "good", "bad"))
    stopped = glm(data, design(), "high ~ x + sex", family="binomial").margins("sex")
    assert (stopped.status, stopped.joint) == ("not_estimable", None)
    assert stopped.frame.estimate.isna().all()
    assert stopped.contrast([1, -1]) is None
    for formula, by, family in (
        ("score ~ x", "x", "gaussian"),
        ("words ~ x + sex", "sex", "ordinal"),
        ("score ~ sex", "w", "gaussian"),
    ):
        kind: Any = family
        with pytest.raises(BdgError) as caught:
            glm(data, design(), formula, family=kind).margins(by)
        assert caught.value.problems[0].code == "STAT-053"
    with pytest.raises(BdgError) as caught:
        glm(data, design(), "score ~ sex").margins("sex", variance="both")  # type: ignore[arg-type]  # the slip under test
    assert caught.value.problems[0].code == "STAT-011"
