"""The likelihoods against statsmodels, scipy and their own derivatives; separation; the design's variance by slow sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from analysis.backends import source
from analysis.models import irls, ordinal
from analysis.models.fit import independent, recession
from analysis.models.glm import glm
from analysis.models.work import FamilyName
from analysis.units import FloatArray
from tests.analysis.model_cases import design, survey

LINEAR: list[tuple[FamilyName, str]] = [("gaussian", "score"), ("binomial", "yes"), ("poisson", "visits")]


def _columns(n: int, r: np.random.Generator) -> FloatArray:
    return np.column_stack([np.ones(n), r.normal(size=n), r.integers(0, 2, n)])


@pytest.mark.parametrize(("family", "outcome"), LINEAR)
def test_statsmodels_fits_the_same_model(family: FamilyName, outcome: str) -> None:
    """statsmodels.GLM with the weights as frequencies: coefficients and model-based covariance to 9 digits."""
    import statsmodels.api as sm

    data = survey()
    model = glm(data, design(), f"{outcome} ~ x * sex + group", family=family)
    made, setting = model.work.made, model.work.setting
    assert made is not None, model.reason
    assert setting is not None
    families = {"gaussian": sm.families.Gaussian(), "binomial": sm.families.Binomial(), "poisson": sm.families.Poisson()}
    peer = sm.GLM(setting.y, setting.x, family=families[family], freq_weights=data.w.to_numpy()).fit(tol=1e-15, maxiter=200)
    assert model.joint.value == pytest.approx(peer.params, rel=1e-9)
    assert made.fit.bread * peer.scale == pytest.approx(peer.cov_params(), rel=1e-8)
    assert made.fit.deviance == pytest.approx(peer.deviance, rel=1e-10)
    assert model.predict() == pytest.approx(peer.fittedvalues, rel=1e-9)


def test_statsmodels_fits_the_same_proportional_odds() -> None:
    """statsmodels.OrderedModel without weights: coefficients to its own convergence."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    data = survey().assign(w=1.0)
    model = glm(data, design(), "rating ~ x + sex", family="ordinal")
    x = np.column_stack([(data.sex == "M").astype(float), data.x])
    peer = OrderedModel(data.rating.to_numpy(), x, distr="logit").fit(method="bfgs", disp=False, gtol=1e-8, maxiter=500)
    assert model.names == ("x", "sex[T.M]", "1|2", "2|3", "3|4", "4|5")
    assert model.joint.value[[1, 0]] == pytest.approx(peer.params[:2], rel=1e-4)
    assert np.diff(model.joint.value[2:]) == pytest.approx(np.exp(peer.params[3:]), rel=1e-4)


@pytest.mark.parametrize("levels", [2, 3, 6])
def test_derivatives_of_the_ordinal_likelihood(levels: int) -> None:
    """Scores and information against differences of the log-likelihood, away from the maximum."""
    r = np.random.default_rng(levels)
    n = 300
    x, weight = r.normal(size=(n, 2)), r.gamma(2, size=n)
    code = r.integers(0, levels, n)
    answers = ordinal.Answers(code, levels, x, weight)
    theta = np.concatenate([r.normal(size=2), np.sort(r.normal(size=levels - 1)) + np.arange(levels - 1) * 0.3])

    def total(at: FloatArray) -> float:
        return float(weight @ answers.state(at).logp)

    step = 1e-5 * np.eye(len(theta))
    slope = np.array([(total(theta + e) - total(theta - e)) / 2e-5 for e in step])
    at = answers.state(theta)
    assert answers.gradient(at) == pytest.approx(slope, rel=1e-6, abs=1e-6)
    assert weight @ answers.scores(at) == pytest.approx(answers.gradient(at), rel=1e-12)
    bend = np.array(
        [(answers.gradient(answers.state(theta + e)) - answers.gradient(answers.state(theta - e))) / 2e-5 for e in step]
    )
    assert answers.information(at) == pytest.approx(-bend, rel=1e-6, abs=1e-5)


def test_the_ordinal_likelihood_far_out_and_with_near_thresholds() -> None:
    """The log probability of a narrow middle category keeps its digits: log(F(a) - F(b)) with a - b = 1e-9."""
    answers = ordinal.Answers(np.array([1, 1, 0, 2]), 3, np.array([[0.0], [40.0], [-30.0], [300.0]]), np.ones(4))
    at = answers.state(np.array([1.0, 0.3, 0.3 + 1e-9]))
    density = np.exp(0.3) / (1 + np.exp(0.3)) ** 2
    assert at.logp[0] == pytest.approx(np.log(1e-9 * density), rel=1e-7)
    assert at.logp[1] == pytest.approx(np.log(1e-9) - 39.7, rel=1e-7)
    assert np.isfinite(at.logp).all()
    assert np.isfinite(answers.information(at)).all()


def test_two_codes_make_the_ordinal_model_a_logistic_one() -> None:
    data = survey()
    one = glm(data, design(), "yes ~ x + sex", family="binomial")
    two = glm(data, design(), "yes ~ x + sex", family="ordinal")
    assert two.joint.value == pytest.approx(np.append(one.joint.value[1:], -one.joint.value[0]), rel=1e-11)
    assert two.joint.se == pytest.approx(np.append(one.joint.se[1:], one.joint.se[0]), rel=1e-10)
    assert two.deviance == pytest.approx(one.deviance, rel=1e-12)
    assert two.df_residual == one.df_residual


@pytest.mark.parametrize("family", ["binomial", "poisson", "gaussian"])
def test_columns_far_from_zero_cost_no_digits(family: str) -> None:
    """A calendar year as it stands: the same slope as the year counted from 2026."""
    r = np.random.default_rng(4)
    year = r.integers(2026, 2031, 500).astype(float)
    y = (r.random(500) < 0.2 + 0.1 * (year - 2026)).astype(float)
    fits = [
        irls.kernel(irls.FAMILIES[family], y, np.column_stack([np.ones(500), x]), ("a", "b"))(np.ones(500), None)
        for x in (year, year - 2026)
    ]
    assert fits[0].beta[1] == pytest.approx(fits[1].beta[1], rel=1e-10)
    assert fits[0].bread[1, 1] == pytest.approx(fits[1].bread[1, 1], rel=1e-9)
    assert fits[0].deviance == pytest.approx(fits[1].deviance, rel=1e-12)


def _linearised(data: Any, formula: str, family: FamilyName) -> FloatArray:
    """The sandwich written out: V = sum over strata of n/(n-1) of centred PSU sums of w x (y - mu), between two breads."""
    model = glm(data, design(), formula, family=family)
    made = model.work.made
    assert made is not None, model.reason
    u = data.w.to_numpy()[:, None] * made.fit.scores
    meat = np.zeros((u.shape[1],) * 2)
    for _, rows in data.groupby("stratum").indices.items():
        psus = data.psu.to_numpy()[rows]
        z = np.array([u[rows][psus == p].sum(axis=0) for p in sorted(set(psus))])
        z = z - z.mean(axis=0)
        meat += len(z) / (len(z) - 1) * z.T @ z
    return made.fit.bread @ meat @ made.fit.bread


@pytest.mark.parametrize(("family", "outcome"), [*LINEAR, ("ordinal", "rating")])
def test_the_variance_is_the_sandwich_over_psus(family: FamilyName, outcome: str) -> None:
    data = survey()
    slow = _linearised(data, f"{outcome} ~ x + sex", family)
    assert glm(data, design(), f"{outcome} ~ x + sex", family=family).joint.vcov == pytest.approx(slow, rel=1e-9)


def test_several_waves_are_each_centred_apart() -> None:
    """wave_centred: the cross products of PSUs common to both waves; a model with everything by wave is two models."""
    data = survey()
    waves = design(wave="wave")
    both = glm(data, waves, "score ~ 0 + factor(wave) + factor(wave):x")
    for t, where in ((0, 2026), (1, 2030)):
        own = glm(data, waves, "score ~ x", where={"wave": where})
        assert both.joint.value[[t, 2 + t]] == pytest.approx(own.joint.value, rel=1e-9)
        assert both.joint.se[[t, 2 + t]] == pytest.approx(own.joint.se, rel=1e-9)
    assert abs(both.joint.vcov[0, 1]) > 0


def test_a_domain_is_not_a_smaller_design() -> None:
    """R: subset(d, sex == "M"): PSUs without a man stay as zeros; a design made of the men alone gives another error."""
    data = survey(n=160)
    inside = glm(data, design(), "score ~ x", where={"sex": "M", "group": "a"})
    cut = data[(data.sex == "M") & (data.group == "a")]
    alone = glm(cut, design(), "score ~ x")
    assert inside.joint.value == pytest.approx(alone.joint.value, rel=1e-10)
    assert inside.n == alone.n == len(cut)
    assert (np.abs(inside.joint.se / alone.joint.se - 1) > 1e-3).any()


def test_any_source_of_arrays_will_do() -> None:
    """The frame handed over as a TotalsSource: the same model to the last digit."""
    data = survey()
    one, two = glm(data, design(), "score ~ x + sex"), glm(source(data, design()), design(), "score ~ x + sex")
    assert np.array_equal(one.joint.vcov, two.joint.vcov)
    assert one.margins("group").frame.equals(glm(source(data, design()), design(), "score ~ x + sex").margins("group").frame)


def test_missing_answers_leave_the_model_not_the_design() -> None:
    data = survey()
    holes = data.assign(x=data.x.where(data.index % 7 > 0), sex=data.sex.where(data.index % 11 > 0, None))
    model = glm(holes, design(), "score ~ x + sex")
    kept = (data.index % 7 > 0) & (data.index % 11 > 0)
    assert (model.n, model.n_missing) == (int(kept.sum()), int((~kept).sum()))
    zeros = glm(data.assign(kept=kept.astype(int)), design(), "score ~ x + sex", where={"kept": "1"})
    assert model.joint.vcov == pytest.approx(zeros.joint.vcov, rel=1e-12)


def test_separation_is_found_by_linear_programming() -> None:
    x = np.array([[1.0, -2], [1, -1], [1, 1], [1, 3]])
    found = recession(np.vstack([x[2:], -x[:2]]), np.zeros((0, 2)))
    assert found is not None
    assert found[1] > 0
    assert (np.vstack([x[2:], -x[:2]]) @ found >= -1e-9).all()
    overlapping = np.vstack([x[[0, 2, 3]], -x[[1, 2]]])
    assert recession(overlapping, np.zeros((0, 2))) is None
    assert recession(x[2:], x[:2]) is None


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=40, deadline=None)
def test_small_logistic_models_either_converge_or_are_separated(seed: int, separate: bool) -> None:
    """The programme's verdict against the fit: a finite maximum has a gradient of zero, a separated one has none."""
    r = np.random.default_rng(seed)
    x = _columns(14, r)
    y = (x[:, 1] > 0).astype(float) if separate else r.integers(0, 2, 14).astype(float)
    fit = irls.kernel(irls.BINOMIAL, y, x, ("1", "x", "z"))(np.ones(14), None)
    rows = np.where(y[:, None] == 1, x, -x)
    runaway = recession(rows, np.zeros((0, 3)))
    dependent = len(independent(x, np.ones(14))) < 3
    assert bool(fit.trouble) == (runaway is not None or dependent)
    if not fit.trouble:
        assert np.abs(fit.scores.sum(axis=0)).max() < 1e-8


def test_a_brute_search_finds_no_better_ordinal_fit() -> None:
    r = np.random.default_rng(5)
    x, weight, code = r.normal(size=(80, 1)), r.gamma(3, size=80), r.integers(0, 4, 80)
    fit = ordinal.kernel(code, 4, x, ("x", "a", "b", "c"))(weight, None)
    answers = ordinal.Answers(code, 4, x, weight)

    def loss(b: FloatArray) -> float:
        theta = np.concatenate([b[:1], np.cumsum(np.concatenate([b[1:2], np.exp(b[2:])]))])
        return -2 * float(weight @ answers.state(theta).logp)

    start = np.array([0.0, -1.0, 0.0, 0.0])
    best = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000})
    assert fit.deviance <= best.fun + 1e-9
    assert fit.deviance == pytest.approx(best.fun, rel=1e-9)


def test_columns_that_carry_nothing_are_found_in_order() -> None:
    r = np.random.default_rng(6)
    a = r.normal(size=(50, 2))
    x = np.column_stack([np.ones(50), a[:, 0], 3 - 2 * a[:, 0], a[:, 1], np.zeros(50), a.sum(axis=1)])
    assert independent(x, np.ones(50)).tolist() == [0, 1, 3]
    assert independent(x * 1e-9, np.ones(50)).tolist() == [0, 1, 3]
    weight = np.zeros(50)
    weight[:2] = 1
    assert independent(x, weight).tolist() == [0, 1]
