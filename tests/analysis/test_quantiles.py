"""Quantiles with intervals: R's figures, its wrong ones explained, a slow Woodruff, and every answer that is not a number."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import limits, status
from analysis.design import Design, Lonely, Replicates
from analysis.persons import Persons, persons
from analysis.quantile import qrules, quantiles
from analysis.quantile.quantiles import Quantiles
from forms.errors import BdgError
from tests import oracle
from tests.reference import cases, r_quirks

LONELY = Lonely("certainty", "certainty")
DESIGNS = {
    "apiclus1": Design(None, "dnum", "pw", None, LONELY, "design", fpc=("fpc",)),
    "apistrat": Design("stype", None, "pw", None, LONELY, "design", fpc=("fpc",)),
    "synth2w": Design("stratum", "psu", "w", None, LONELY, "design"),
}
ENTRIES: list[dict[str, Any]] = json.loads((cases.HERE / "quantiles.json").read_text(encoding="utf-8"))["results"]
WRONG_IN_R = ("shahvaish", "score")


def entries(stat: str) -> list[dict[str, Any]]:
    return [e for e in ENTRIES if e["stat"] == stat]


def word(call: str, argument: str, default: str) -> str:
    parts = call.replace("'", '"').split(argument + '="')
    return parts[1].split('"')[0] if len(parts) > 1 else default


@cache
def frame(name: str) -> pd.DataFrame:
    data = cases.data(name)
    return data[data["wave"] == 2026].reset_index(drop=True) if name == "synth2w" else data


@cache
def people(name: str, *columns: str) -> Persons:
    return persons(frame(name), DESIGNS[name], columns)


def numbers(rows: list[list[Any]], column: int) -> list[float]:
    return [math.nan if row[column] in ("NaN", None) else float(row[column]) for row in rows]


def small(rows: list[tuple[Any, ...]], **design: Any) -> Persons:
    """People by hand: (stratum, psu, weight, y)."""
    table = pd.DataFrame(rows, columns=["stratum", "psu", "w", "y"]).assign(g="a")
    return persons(table, replace(Design("stratum", "psu", "w", None, LONELY, "domain"), **design), ("y", "g"))


def spread_out(n: int = 6, m: int = 5) -> Persons:
    """n PSUs in two strata with m people each, values 1 ... n m in an order that mixes PSUs."""
    return small(
        [(f"S{i % 2}", f"P{i}", 1.0 + (i + j) % 3, float((7 * (i * m + j)) % (n * m) + 1)) for i in range(n) for j in range(m)]
    )


@pytest.mark.parametrize("entry", entries("quantile"), ids=cases.name_of)
def test_values_limits_and_se_equal_r(entry: dict[str, Any]) -> None:
    """svyquantile at 1e-12; the rule shahvaish and the score interval are wrong in R and have tests of their own."""
    call, rule = entry["r_call"], word(entry["r_call"], "qrule", "math")
    kind, df = word(call, "interval.type", "mean"), math.inf if "df=Inf" in call else None
    found = quantiles.quantiles(
        people(entry["data"], entry["y"]), entry["y"], None, entry["prob"], rule=rule, interval=kind, df=df
    )
    if rule in WRONG_IN_R:
        assert found.value.tolist() != numbers(entry["table"], 0)
        return
    assert found.value == pytest.approx(numbers(entry["table"], 0), rel=1e-12)
    for column, got in ((1, found.lower), (2, found.upper), (3, found.se)):
        if kind != "score" and len(entry["table"][0]) == 4:
            assert got == pytest.approx(numbers(entry["table"], column), rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("entry", entries("by_quantile"), ids=cases.name_of)
def test_domains_equal_r(entry: dict[str, Any]) -> None:
    """svyby(svyquantile). Xo lives in one PSU: R prints 49.2 with NaN limits, ours is not estimable.

    apiclus1, H: Woodruff's lower share, .066, is below the first of 14 steps: R 4.1-1 takes the second value, 478.
    """
    known = people(entry["data"], entry["y"], entry["by"])
    for level, row in zip(entry["levels"], entry["table"], strict=True):
        found = quantiles.quantiles(known, entry["y"], known.text(entry["by"]) == level, [0.5])
        if level == "Xo":
            assert found.status == ("not_estimable",)
            assert np.isnan(found.value).all()
            continue
        wanted = [443 if (entry["data"], level, v) == ("apiclus1", "H", 478) else v for v in row]
        assert [found.value[0], found.lower[0], found.upper[0]] == wanted


def test_a_limit_below_the_first_step_is_explained() -> None:
    known = people("apiclus1", "api00", "stype")
    here = known.text("stype") == "H"
    x, w = known.number("api00")[here], known.weight[here]
    assert r_quirks.quantile(x, w, 0.066, "math") == 478
    assert qrules.quantile(qrules.steps(x, w), np.array([0.066]))[0] == 443


@pytest.mark.parametrize("entry", entries("cdf"), ids=cases.name_of)
def test_the_distribution_equals_r(entry: dict[str, Any]) -> None:
    found = quantiles.distribution(people(entry["data"], entry["y"]), entry["y"], None, entry["at"])
    assert found == pytest.approx(entry["value"], rel=1e-14)
    nobody = np.zeros(len(people(entry["data"], entry["y"]).weight), dtype=bool)
    assert np.isnan(quantiles.distribution(people(entry["data"], entry["y"]), entry["y"], nobody, [600])).all()


def jackknife(data: pd.DataFrame, *, strata: str | None, psu: str, weight: str, fpc: float = 0.0, mse: bool = False) -> Persons:
    """R's JK1 and JKn weights: the PSU's weights 0, its stratum's others times n/(n - 1); scale (n - 1)/n (1 - f)."""
    home = data[strata] if strata else pd.Series("", index=data.index)
    pairs = sorted(set(zip(home, data[psu], strict=True)))
    columns, scales = {}, []
    for r, (h, i) in enumerate(pairs):
        n = sum(pair[0] == h for pair in pairs)
        factor = np.where(home != h, 1.0, np.where(data[psu] == i, 0.0, n / (n - 1)))
        columns[f"rw{r}"] = data[weight] * factor
        scales.append((n - 1) / n * (1 - fpc))
    reps = Replicates(tuple(columns), "JKn" if strata else "JK1", 1.0, tuple(scales), mse)
    both = pd.concat([data, pd.DataFrame(columns)], axis=1)
    return persons(both, Design(None, None, weight, None, LONELY, "design", replicates=reps), ("hours" if strata else "api00",))


@pytest.mark.parametrize("entry", entries("rep_quantile"), ids=cases.name_of)
def test_replicates_equal_r(entry: dict[str, Any]) -> None:
    """svyquantile of as.svrepdesign(): Woodruff's interval with the replicates' variance of the share."""
    if entry["data"] == "apiclus1":
        known = jackknife(frame("apiclus1"), strata=None, psu="dnum", weight="pw", fpc=15 / 757)
    else:
        known = jackknife(cases.data("synth2w"), strata="stratum", psu="psu", weight="w", mse=entry["design"] == "jkm")
    found = quantiles.quantiles(known, entry["y"], None, entry["prob"])
    for column, got in enumerate((found.value, found.lower, found.upper, found.se)):
        assert got == pytest.approx(numbers(entry["table"], column), rel=1e-12)


def test_interval_quantile_is_the_replicates_own() -> None:
    """value -+ t sqrt(sum rscales (q_r - mean)^2), each q_r counted by hand; with a jackknife only with caution."""
    known = jackknife(frame("apiclus1"), strata=None, psu="dnum", weight="pw")
    found = quantiles.quantiles(known, "api00", None, [0.25, 0.5], interval="quantile")
    x, reps = known.number("api00"), known.design.replicates
    assert known.repweights is not None
    assert reps is not None
    each = []
    for w in known.repweights.T:
        order = np.argsort(x)
        reached = np.cumsum(w[order]) / w.sum()
        each.append([x[order][np.argmax(reached >= p - 1e-12)] for p in (0.25, 0.5)])
    away = np.array(each) - np.mean(each, axis=0)
    assert found.se == pytest.approx(np.sqrt((np.array(reps.rscales)[:, None] * away**2).sum(axis=0)))
    assert found.upper - found.value == pytest.approx(limits.t_quantile(0.95, 14) * found.se)
    assert found.joint is not None
    assert found.joint.se == pytest.approx(found.se)
    assert set(found.status) == {"caution"}
    assert "jackknife" in found.reason[0]


@pytest.mark.parametrize(
    "entry", [e for e in entries("quantile") if "score" in word(e["r_call"], "interval.type", "")], ids=cases.name_of
)
def test_score_limits_are_the_values_not_rejected_and_r_s_are_explained(entry: dict[str, Any]) -> None:
    """Ours by looking at every observed value; R's by its root of a step function and then unweighted counts."""
    known, y, probs = people(entry["data"], entry["y"]), entry["y"], entry["prob"]
    found = quantiles.quantiles(known, y, None, probs, interval="score")
    x = known.number(y)
    here = ~np.isnan(x)
    points, t = np.unique(x[here]), limits.t_quantile(0.95, found.df)
    shares = quantiles.share_joint(known, x, here, points)

    def share(value: float) -> tuple[float, float]:
        one = quantiles.share_joint(known, x, here, np.array([value]))
        return float(one.value[0]), float(one.se[0])

    for j, p in enumerate(probs):
        kept = points[np.abs(p - shares.value) <= t * shares.se]
        assert (found.lower[j], found.upper[j]) == (kept[0], kept[-1])
        r_limits = r_quirks.score(x[here], known.weight[here], p, found.df, share)
        assert r_limits == (entry["table"][j][1], entry["table"][j][2])


@pytest.mark.parametrize("entry", [e for e in entries("quantile") if "shahvaish" in e["r_call"]], ids=cases.name_of)
def test_r_s_shah_vaish_is_explained(entry: dict[str, Any]) -> None:
    known, y = people(entry["data"], entry["y"]), entry["y"]
    x = known.number(y)
    here = ~np.isnan(x)
    for p, row in zip(entry["prob"], entry["table"], strict=True):
        value = r_quirks.quantile(x[here], known.weight[here], p, "shahvaish")
        assert value == row[0]
        one = quantiles.share_joint(known, x, here, np.array([value]))
        half = limits.t_quantile(0.95, known.degrees(here)) * one.se[0]
        ends = [end if 0 <= end <= 1 else math.nan for end in (one.value[0] - half, one.value[0] + half)]
        got = [math.nan if math.isnan(e) else r_quirks.quantile(x[here], known.weight[here], e, "shahvaish") for e in ends]
        assert got == pytest.approx(numbers([row], 1) + numbers([row], 2), nan_ok=True)


def woodruff(known: list[dict[str, Any]], p: float, df: int) -> list[float]:
    """The median by loops: value, F and its variance by pairs of PSUs (tests/oracle), limits as F -+ t se inverted."""
    total = sum(r["w"] for r in known)

    def inverse(share: float) -> float:
        reached = 0.0
        for r in sorted(known, key=lambda r: float(r["y"])):
            reached += r["w"]
            if reached >= share * total - 1e-9:
                return float(r["y"])
        raise AssertionError(share)

    value = inverse(p)
    told = [{**r, "below": float(r["y"] <= value)} for r in known]
    sampled = {(1, str(r["stratum"]), str(r["psu"])) for r in told}
    at = oracle.estimate(told, 1, "below")
    half = limits.t_quantile(0.95, df) * math.sqrt(oracle.variance(oracle.scores(told, sampled, 1, "below")))
    return [value, inverse(at - half), inverse(at + half)]


def test_woodruff_by_hand() -> None:
    rows = [(f"S{i % 2}", f"P{i}", 1.0 + (i + j) % 3, float((7 * (5 * i + j)) % 40 + 1)) for i in range(8) for j in range(5)]
    told = [{"wave": 1, "stratum": h, "psu": i, "w": w, "y": y} for h, i, w, y in rows]
    found = quantiles.quantiles(small(rows), "y", None, [0.3, 0.5, 0.6])
    for j, p in enumerate((0.3, 0.5, 0.6)):
        assert [found.value[j], found.lower[j], found.upper[j]] == woodruff(told, p, 6)
    assert found.df == 6


def test_the_joint_has_r_s_standard_errors_and_the_covariance_of_the_shares() -> None:
    known = people("synth2w", "score")
    found = quantiles.quantiles(known, "score", None, [0.25, 0.5, 0.75])
    joint = found.joint
    assert joint is not None
    assert joint.se == pytest.approx(found.se, rel=1e-12)
    assert found.basis is not None
    for vcov in (joint.vcov, found.basis.vcov):
        size = np.sqrt(np.diag(vcov))
        assert (vcov / np.outer(size, size))[0, 1] == pytest.approx(0.66, abs=0.2)
    difference = joint.linear(np.array([-1.0, 0, 1]))
    assert difference.value[0] == pytest.approx(60.8 - 39.9)


def one(found: Quantiles) -> tuple[float, float, float, str, str]:
    return float(found.value[0]), float(found.lower[0]), float(found.upper[0]), found.status[0], found.reason[0]


def test_nobody_and_no_answer_are_not_estimable() -> None:
    known = spread_out()
    none = np.zeros(len(known.weight), dtype=bool)
    for mask, told in ((none, status.NOBODY), (~none, status.NO_ANSWER)):
        asked = known if mask is none else replace(known, columns={"y": np.full(len(none), np.nan)})
        found = quantiles.quantiles(asked, "y", mask, [0.5, 0.9])
        assert found.status == ("not_estimable", "not_estimable")
        assert found.reason[0] == told
        assert np.isnan([found.value, found.lower, found.upper, found.se, found.share]).all()
        assert found.joint is None


@pytest.mark.parametrize("interval", ["mean", "beta", "xlogit", "asin", "score"])
def test_one_person_or_one_psu_is_not_estimable(interval: str) -> None:
    known = spread_out()
    for mask in (np.arange(30) == 3, np.arange(30) < 5):
        found = quantiles.quantiles(known, "y", mask, [0.5], interval=interval)
        assert one(found)[3:] == ("not_estimable", status.ONE_PSU)
    few = quantiles.quantiles(known, "y", (np.arange(30) == 3) | (np.arange(30) == 8), [0.5], interval=interval)
    assert one(few)[3:] == ("not_estimable", status.NO_DF)
    assert math.isnan(few.value[0])


@pytest.mark.parametrize("interval", ["mean", "beta", "xlogit", "asin", "score"])
def test_all_alike_has_a_value_and_no_interval(interval: str) -> None:
    """R prints [4, 4] with SE 0 (mean), NaN or an error."""
    known = small([(f"S{i % 2}", f"P{i}", 1.0, 4.0) for i in range(6)])
    value, lower, upper, told, reason = one(quantiles.quantiles(known, "y", None, [0.5], interval=interval))
    assert (value, told) == (4.0, "caution")
    assert math.isnan(lower)
    assert math.isnan(upper)
    assert reason.startswith(quantiles.TOP)


def test_psus_that_are_all_alike_give_no_interval() -> None:
    known = small([(f"S{i % 2}", f"P{i}", 1.0, float(j)) for i in range(6) for j in range(3)])
    value, lower, _, told, reason = one(quantiles.quantiles(known, "y", None, [0.5]))
    assert (value, told) == (1.0, "caution")
    assert math.isnan(lower)
    assert reason.startswith(status.NO_VARIANCE)


def test_limits_outside_the_data_are_missing_with_the_side_named() -> None:
    known = spread_out(m=12)
    found = quantiles.quantiles(known, "y", None, [0.03, 0.5, 0.97])
    assert (found.share[[0, 2]] < 1).all()
    assert np.isnan(found.lower).tolist() == [True, False, False]
    assert np.isnan(found.upper).tolist() == [False, False, True]
    assert quantiles.BELOW in found.reason[0]
    assert quantiles.ABOVE in found.reason[2]
    assert np.isnan(found.se).tolist() == [True, False, True]
    score = quantiles.quantiles(known, "y", None, [0.01, 0.97], interval="score")
    assert np.isnan(score.lower).tolist() == [True, False]
    assert np.isnan(score.upper).tolist() == [False, True]


def test_the_arcsine_limit_does_not_turn_back_at_zero() -> None:
    """Below zero sin^2 rises again: R's lower share for 1 of 30 is .017, ours lies outside the data."""
    share, n_eff, df = 1 / 30, 12.0, 4
    angle = math.asin(math.sqrt(share)) - limits.t_quantile(0.95, df) / (2 * math.sqrt(n_eff))
    assert angle < 0
    assert math.sin(angle) ** 2 > 0.01
    assert limits.arcsine(share, n_eff, df)[0] == 0
    found = quantiles.quantiles(spread_out(), "y", None, [0.01], interval="asin")
    assert math.isnan(found.lower[0])


def test_ties_that_swallow_both_limits_are_said() -> None:
    """Nine in ten say 2: no other value passes the score test.  Woodruff's upper limit is the next value, never 2 itself."""
    known = small([(f"S{i % 2}", f"P{i}", 1.0, float(1 + (j > 0) + (j > 18))) for i in range(8) for j in range(20)])
    uneven = np.where(np.arange(160) == 27, 1.0, np.where(np.arange(160) == 3, 3.0, known.number("y")))
    known = replace(known, columns={"y": uneven})
    score = quantiles.quantiles(known, "y", None, [0.5], df=60, interval="score")
    assert one(score) == (2.0, 2.0, 2.0, "caution", quantiles.TIED)
    assert one(quantiles.quantiles(known, "y", None, [0.5], df=60))[:4] == (2.0, 2.0, 3.0, "ok")


def test_few_degrees_of_freedom_are_said_and_df_can_be_given() -> None:
    known = spread_out()
    default, given = (quantiles.quantiles(known, "y", None, [0.5], df=df) for df in (None, 100))
    assert (default.df, given.df) == (4, 100)
    assert "(df 4)" in default.reason[0]
    assert given.status == ("ok",)
    assert default.upper - default.lower >= given.upper - given.lower


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda k: quantiles.quantiles(k, "y", None, [50]), "STAT-040"),
        (lambda k: quantiles.quantiles(k, "y", None, [math.nan]), "STAT-040"),
        (lambda k: quantiles.quantiles(k, "y", None, [0.5], interval="quantile"), "STAT-041"),
        (lambda k: quantiles.quantiles(k, "y", None, [0.5], rule="median"), "STAT-011"),
        (lambda k: quantiles.quantiles(k, "y", None, [0.5], interval="wald"), "STAT-011"),
        (lambda k: quantiles.quantiles(k, "g", None, [0.5]), "STAT-009"),
    ],
)
def test_bad_questions_are_refused(call: Callable[[Persons], Quantiles], code: str) -> None:
    with pytest.raises(BdgError) as refused:
        call(spread_out())
    assert refused.value.problems[0].code == code
