"""Where svy and we give the same numbers: two code bases that share nothing, on the surveys that R's figures are kept for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import svy

from analysis import calibrate, change, compare, estimate, glm, replicate, tabulate
from tests.peers import surveys
from tests.peers.ledger import Ledger
from tests.peers.surveys import Survey, ours, theirs

ROW = ("estimate", "se", "lower", "upper", "df")
COLUMNS = ("est", "se", "lci", "uci", "df")
SURVEYS: Mapping[str, Callable[[], Survey]] = {
    "apistrat": surveys.strat, "apiclus1": surveys.clus, "apiclus2": surveys.two, "synth2w": lambda: surveys.wave(2026),
}  # fmt: skip
SCHOOLS = ("apistrat", "apiclus1", "apiclus2")
OUTCOMES = [(name, y) for name in SCHOOLS for y in ("api00", "enroll")] + [("synth2w", y) for y in ("score", "hours", "aware")]
SHARES = [
    ("apistrat", "comp_imp"), ("apiclus1", "stype"), ("apiclus1", "hi"), ("apiclus2", "stype"), ("synth2w", "edu"),
    ("synth2w", "aware"), ("synth2w", "rare"),
]  # fmt: skip
DOMAINS = [(name, y, by) for name, y, by in (
    ("apistrat", "api00", ("comp_imp",)), ("apistrat", "api00", ("comp_imp", "stype")), ("apiclus1", "api00", ("stype",)),
    ("apiclus1", "enroll", ("comp_imp",)), ("apiclus2", "api00", ("comp_imp",)), ("synth2w", "score", ("sex",)),
    ("synth2w", "score", ("agegrp", "sex")), ("synth2w", "aware", ("edu",)), ("synth2w", "hours", ("region", "sex")),
)]  # fmt: skip
STAGES = {"apiclus2": ", two stages"}


def named(name: str, what: str) -> str:
    return what + STAGES.get(name, "")


@pytest.mark.parametrize(("name", "y"), OUTCOMES)
@pytest.mark.parametrize("stat", ["mean", "total"])
def test_means_and_totals(ledger: Ledger, name: str, y: str, stat: str) -> None:
    """Estimate, SE, t limits and degrees of freedom; people without an answer stay in the design."""
    given = SURVEYS[name]()
    found = getattr(given.sample.estimation, stat)(y, drop_nulls=True)
    rows = estimate(given.frame, given.design, y, stat=stat, unit="point" if stat == "mean" else "count")
    ledger.same(named(name, stat), theirs(found, *COLUMNS), ours(rows, *ROW))


@pytest.mark.parametrize(("name", "pair"), [*((n, ("api00", "enroll")) for n in SCHOOLS), ("synth2w", ("hours", "care"))])
def test_ratios(ledger: Ledger, name: str, pair: tuple[str, str]) -> None:
    given = SURVEYS[name]()
    found = given.sample.estimation.ratio(*pair, drop_nulls=True)
    ledger.same(
        named(name, "ratio"), theirs(found, *COLUMNS), ours(estimate(given.frame, given.design, pair, stat="ratio"), *ROW)
    )


@pytest.mark.parametrize(("name", "y"), OUTCOMES)
@pytest.mark.parametrize("kind", ["wor", "wr"])
def test_design_effects(ledger: Ledger, name: str, y: str, kind: Any) -> None:
    given = SURVEYS[name]()
    found = given.sample.estimation.mean(y, deff=kind, drop_nulls=True)
    ledger.same(
        named(name, f"deff {kind}"), theirs(found, "deff"), ours(estimate(given.frame, given.design, y, deff=kind), "deff")
    )


@pytest.mark.parametrize(("name", "y"), SHARES)
@pytest.mark.parametrize(("theirs_is", "ours_is"), [("logit", "logit"), ("korn-graubard", "korn_graubard")])
def test_proportions(ledger: Ledger, name: str, y: str, theirs_is: Any, ours_is: str) -> None:
    """Every level with its interval; of a 0/1 column ours is the share of 1, svy gives both."""
    given = SURVEYS[name]()
    found = theirs(given.sample.estimation.prop(y, ci_method=theirs_is, drop_nulls=True), *COLUMNS)
    rows = estimate(given.frame, given.design, y, stat="proportion", unit="ratio", interval=ours_is)
    ledger.same(named(name, f"proportion, {theirs_is}"), found[-len(rows) :], ours(rows, *ROW))


@pytest.mark.parametrize(("name", "y", "by"), DOMAINS)
@pytest.mark.parametrize("stat", ["mean", "total"])
def test_domains(ledger: Ledger, name: str, y: str, by: tuple[str, ...], stat: str) -> None:
    """A row a domain, each with the degrees of freedom of the PSUs and strata that hold it."""
    given = SURVEYS[name]()
    found = getattr(given.sample.estimation, stat)(y, by=by, drop_nulls=True).to_polars().sort(by)
    rows = estimate(given.frame, given.design, y, by=by, stat=stat, unit="point" if stat == "mean" else "count")
    assert [tuple(str(v) for v in r) for r in found.select(by).rows()] == [tuple(dict(r.domain)[b] for b in by) for r in rows]
    ledger.same(named(name, f"domain {stat}, domain df"), found.select(COLUMNS).to_numpy(), ours(rows, *ROW))


@pytest.mark.parametrize(("name", "y"), [(n, "api00") for n in SCHOOLS] + [("synth2w", "score"), ("synth2w", "hours")])
@pytest.mark.parametrize(("theirs_is", "ours_is"), [("higher", "math"), ("linear", "hf4")])
def test_quantiles(ledger: Ledger, name: str, y: str, theirs_is: Any, ours_is: str) -> None:
    """svy's higher is R's math, its linear R's hf4; Woodruff limits, SE from their width; no limit outside the data."""
    given, p = SURVEYS[name](), (0.1, 0.25, 0.5, 0.75, 0.9)
    found = [theirs(one, *COLUMNS[:4]) for one in given.sample.estimation.quantile(y, p=p, q_method=theirs_is, drop_nulls=True)]
    rows = estimate(given.frame, given.design, y, stat="quantile", p=p, qrule=ours_is)
    ledger.same(named(name, f"quantile {theirs_is} = {ours_is}"), found, ours(rows, *ROW[:4]), gaps=True)


@pytest.mark.parametrize("rule", surveys.RULES)
@pytest.mark.parametrize(("y", "stat"), [("score", "mean"), ("aware", "mean"), ("hours", "mean"), ("hours", "total")])
def test_lonely_stratum(ledger: Ledger, rule: str, y: str, stat: str) -> None:
    """scale = average, skip = certainty, center = centre: Stata's scaled, certainty and centered."""
    given = surveys.wave(2030, rule)
    found = getattr(given.sample.estimation, stat)(y, drop_nulls=True)
    rows = estimate(given.frame, given.design, y, stat=stat, unit="point" if stat == "mean" else "count")
    ledger.same(f"lonely {rule} = {surveys.RULES[rule]}", theirs(found, *COLUMNS), ours(rows, *ROW))


STYPE = {"E": 4421.0, "H": 755.0, "M": 1018.0}
WIDE = {"No": 1072.0, "Yes": 5122.0}
CALIBRATIONS: Mapping[str, tuple[Callable[[Any], Any], str, dict[str, Any]]] = {
    "post-stratified": (lambda w: w.poststratify(controls=STYPE, cells="stype"), "poststratify", {"stype": STYPE}),
    "raked": (
        lambda w: w.rake(controls={"stype": STYPE, "sch_wide": WIDE}, tol=1e-13),
        "rake",
        {"stype": STYPE, "sch_wide": WIDE},
    ),
    "GREG": (
        lambda w: w.calibrate(controls={svy.Cat("stype"): STYPE, "api99": 3914069.0}),
        "linear",
        {"(Intercept)": 6194.0, "stype": STYPE, "api99": 3914069.0},
    ),
}


@pytest.mark.parametrize("what", CALIBRATIONS)
def test_calibrated(ledger: Ledger, what: str) -> None:
    """Weights, and the variance from residuals on the controls; the settled tolerance is svy's iteration, 1e-13."""
    given, (act, kind, margins) = surveys.clus(), CALIBRATIONS[what]
    changed = act(given.sample.weighting)
    made: Any = calibrate(given.frame, given.design, margins, kind=kind)  # type: ignore[arg-type]  # one of the kinds above
    ledger.same(f"weights, {what}", changed.data[changed.design.wgt].to_numpy(), made.data[made.design.weight])
    for y in ("api00", "hi"):
        ledger.same(
            f"mean, {what}",
            theirs(changed.estimation.mean(y), *COLUMNS),
            ours(estimate(made.data, made.design, y, unit="point"), *ROW),
        )
    rows = estimate(made.data, made.design, "enroll", stat="total")
    ledger.same(f"total, {what}", theirs(changed.estimation.total("enroll"), *COLUMNS), ours(rows, *ROW))
    found = changed.estimation.mean("api00", by="comp_imp")
    ledger.same(f"domain, {what}", theirs(found, *COLUMNS), ours(estimate(made.data, made.design, "api00", by="comp_imp"), *ROW))


@pytest.mark.parametrize(("centre", "mse"), [("rep_mean", False), ("estimate", True)])
def test_jackknife(ledger: Ledger, centre: Any, mse: bool) -> None:
    """JKn, a replicate a PSU, centred on the mean of the replicates or on the estimate."""
    given = surveys.wave(2026)
    drawn = given.sample.weighting.create_jk_wgts()
    made = replicate(given.frame, given.design, "JKn", mse=mse)
    for y in ("score", "aware", "hours"):
        found = drawn.estimation.mean(y, method="replication", variance_center=centre, drop_nulls=True)
        ledger.same(
            f"JKn, centred on {centre}", theirs(found, *COLUMNS), ours(estimate(made.data, made.design, y, unit="point"), *ROW)
        )
    found = drawn.estimation.ratio("hours", "care", method="replication", variance_center=centre, drop_nulls=True)
    rows = estimate(made.data, made.design, ("hours", "care"), stat="ratio")
    ledger.same(f"JKn, centred on {centre}", theirs(found, *COLUMNS), ours(rows, *ROW))
    found = drawn.estimation.mean("score", by="sex", method="replication", variance_center=centre, drop_nulls=True)
    rows = estimate(made.data, made.design, "score", by="sex")
    ledger.same(f"JKn, centred on {centre}", theirs(found, "est", "se"), ours(rows, "estimate", "se"))


TABLES = [
    ("apistrat", "stype", "comp_imp"),
    ("apiclus1", "stype", "sch_wide"),
    ("synth2w", "edu", "sex"),
    ("synth2w", "agegrp", "region"),
]


@pytest.mark.parametrize(("name", "rows", "cols"), TABLES)
def test_tables(ledger: Ledger, name: str, rows: str, cols: str) -> None:
    """Shares of a two-way table and Rao-Scott's tests (F second order, Chisq first), one stage."""
    given = SURVEYS[name]()
    found = given.sample.categorical.tabulate(rows, cols, drop_nulls=True)
    made = tabulate(given.frame, given.design, rows, cols, statistic="all", unit="ratio")
    cells = found.to_polars().sort(rows, cols).select("est", "se").to_numpy()
    ledger.same("cells of a table", cells, ours(made.shares.rows, "estimate", "se"))
    f, chisq = made.tests[0], made.tests[1]
    their_f, their_chisq = found.stats.f, found.stats.chisq
    ledger.same(
        "Rao-Scott F",
        [their_f.value, their_f.df_num, their_f.df_den, their_f.p_value],
        [f.statistic, f.df, f.ddf, f.p_value],
    )
    ledger.same(
        "Rao-Scott Chisq",
        [their_chisq.value, their_chisq.df, their_chisq.p_value],
        [chisq.statistic, chisq.df, chisq.p_value],
    )


TWO_GROUPS = [
    ("apistrat", "api00", "comp_imp"),
    ("apiclus1", "api00", "sch_wide"),
    ("apiclus2", "api00", "comp_imp"),
    ("synth2w", "score", "sex"),
]


@pytest.mark.parametrize(("name", "y", "group"), TWO_GROUPS)
def test_t_tests(ledger: Ledger, name: str, y: str, group: str) -> None:
    given = SURVEYS[name]()
    found = theirs(
        given.sample.categorical.ttest(y, group=group, drop_nulls=True), "diff", "se", "lci", "uci", "t", "df", "p_value"
    )
    made = compare(given.frame, given.design, y, group=group)
    numbers = ours([made], "estimate", "se", "lower", "upper", "statistic", "df", "p_value")
    ledger.same(named(name, "t test of two groups"), found, numbers)
    alone = theirs(given.sample.categorical.ttest(y, mean_h0=600, drop_nulls=True), "t", "df", "p_value")
    ledger.same(
        named(name, "t test of one mean"),
        alone,
        ours([compare(given.frame, given.design, y, mu=600)], "statistic", "df", "p_value"),
    )


MODELS: Sequence[tuple[str, str, Any, list[Any]]] = [
    ("apistrat", "gaussian", "api00", ["enroll", svy.Cat("stype")]),
    ("apiclus1", "gaussian", "api00", ["enroll", svy.Cat("stype")]),
    ("apiclus1", "binomial", "wide", ["api00", svy.Cat("stype")]),
    ("synth2w", "gaussian", "score", ["hours", svy.Cat("sex"), svy.Cat("edu")]),
    ("synth2w", "binomial", "aware", ["hours", svy.Cat("sex"), svy.Cat("edu")]),
    ("synth2w", "poisson", "rare", ["hours", svy.Cat("sex")]),
]


@pytest.mark.parametrize(("name", "family", "y", "x"), MODELS)
def test_models(ledger: Ledger, name: str, family: Any, y: str, x: list[Any]) -> None:
    """Coefficients, their SE and limits, one stage; svy stops its iterations earlier where there are any."""
    given = SURVEYS[name]()
    found = given.sample.glm.fit(y=y, x=x, family=family)
    made = glm(given.frame, given.design, f"{y} ~ " + " + ".join(str(getattr(term, "name", term)) for term in x), family=family)
    numbers = made.frame[["estimate", "se", "lower", "upper"]].to_numpy(dtype=float)
    most = 1e-9 if family == "gaussian" else 1e-6
    ledger.same(f"GLM {family}", theirs(found, "estimate", "std_err", "conf_low", "conf_high"), numbers, most)


@pytest.mark.parametrize("y", ["score", "aware", "hours"])
def test_change_of_stacked_waves(ledger: Ledger, y: str) -> None:
    """Both waves under one design: levels by wave, difference, relative change, log ratio; the covariance is svy's own."""
    given = surveys.stacked()
    found = given.sample.estimation.mean(y, by="wave", drop_nulls=True)
    now, base = svy.estd(2030), svy.estd(2026)
    moved = found.contrast({"diff": now - base, "rel": now / base - 1, "log": (now / base).log()})
    rows = change(given.frame, given.design, y, wave=2030, base=2026, method="stacked", unit="point")
    diff, delta = rows[0], next(r for r in rows if r.interval == "delta")
    scaled = theirs(moved, "est", "se", "lci", "uci", "df")
    ledger.same("change, stacked: difference", scaled[0], ours([diff], *ROW))
    ledger.same("change, stacked: relative, delta", 100 * scaled[1, :4], ours([delta], *ROW[:4]))
    whole = estimate(given.frame, replace(given.design, wave=None), y, by="wave", unit="point").joint
    logs = whole.smooth(lambda v: np.log(v[1:] / v[:1]))
    ledger.same("change, stacked: log ratio", scaled[2, :2], [logs.value[0], logs.se[0]])
