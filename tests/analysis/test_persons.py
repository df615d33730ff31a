"""People as arrays: the same variances and degrees of freedom as from sums, for any statistic that has an influence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.asked import ask, levels_of
from analysis.backends import frame_source
from analysis.change import change
from analysis.design import Controls, Design, Lonely, LonelyRule, Pps
from analysis.estimate import estimate
from analysis.persons import Persons, persons, sums
from analysis.rowwise import from_persons
from analysis.weighting.replicates import replicate
from forms.errors import BdgError
from tests.analysis import by_force
from tests.analysis.people_stats import by, mean, ratio, total

CERTAIN = Lonely("certainty", "certainty")
ONE = Design("h", "i", "w", None, CERTAIN, "design")
WAVES = replace(ONE, wave="t")
TWO = replace(ONE, ssu="k", fpc=("N", "M"))


def test_columns_as_numbers_and_as_text() -> None:
    data = pd.DataFrame(
        {"i": list("abcd"), "n": [1.0, 2.5, np.nan, 3.0], "s": ["x", None, "y", "x"], "c": pd.Categorical(list("qrqq"))}
    )
    people = persons(data, Design(None, "i", None, None, CERTAIN, "design"), ("n", "s", "c"))
    assert people.text("n").tolist() == ["1", "2.5", None, "3"]
    assert people.text("s").tolist() == ["x", None, "y", "x"]
    assert people.text("c").tolist() == ["q", "r", "q", "q"]
    assert people.number("n")[0] == 1
    with pytest.raises(BdgError) as caught:
        people.number("s")
    assert caught.value.problems[0].code == "STAT-009"
    with pytest.raises(BdgError) as caught:
        persons(data, Design(None, "i", None, None, CERTAIN, "design"), ("nothing",))
    assert caught.value.problems[0].code == "STAT-002"


def test_sums_are_plain_sums() -> None:
    u = np.arange(10.0).reshape(5, 2)
    assert sums(u, np.array([0, 2, 2, 0, 1]), 4).tolist() == [[6, 8], [8, 9], [6, 8], [0, 0]]
    assert sums(np.zeros((5, 0)), np.zeros(5, dtype=np.intp), 3).shape == (3, 0)


# ---- the same as from sums -----------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["mean", "total", "ratio"]),
    st.sampled_from([ONE, TWO, replace(TWO, pps=Pps("p", "hartley_rao"))]),
)
def test_any_statistic_from_its_influence_is_that_from_sums(seed: int, stat: str, design: Design) -> None:
    data = by_force.people(seed)
    data["p"] = 0.2 + 0.1 * data["i"].str[1:].astype(int)
    people = persons(data, design, ("y", "x", "sex"))
    found = {
        "mean": lambda: mean(people, ["y"]),
        "total": lambda: total(people, ["y"]),
        "ratio": lambda: ratio(people, "y", "x"),
    }[stat]()
    (row,) = estimate(data, design, ("y", "x") if stat == "ratio" else "y", stat=stat)  # type: ignore[arg-type]  # three names
    assert (found.value[0], found.se[0], found.df) == (pytest.approx(row.estimate), pytest.approx(row.se, rel=1e-9), row.df)
    inside = people.text("sex") == "f"
    one = mean(people, ["y"], inside)
    (woman,) = estimate(data, replace(design, df_rule="domain"), "y", where={"sex": "f"})
    assert (one.value[0], one.se[0], one.df) == (pytest.approx(woman.estimate), pytest.approx(woman.se, rel=1e-9), woman.df)


RULES: list[LonelyRule] = ["certainty", "average", "adjust", "centre", "collapse"]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("df_rule", ["domain", "design"])
@pytest.mark.parametrize("stat", ["mean", "total", "proportion", "ratio", "variance"])
def test_levels_row_by_row_are_the_levels_of_sums(rule: LonelyRule, df_rule: Any, stat: Any) -> None:
    """The path of calibrated weights, run without any control: every figure of every level, one stratum with one PSU."""
    data = by_force.people(5, waves=(1, 2), keep=0.5, move=0.3)
    data = data[(data["h"] != "S1") | (data["i"] == data.loc[data["h"] == "S1", "i"].iloc[0])].reset_index(drop=True)
    data["y"] = data["y"].mask(np.random.default_rng(2).random(len(data)) < 0.15)
    data["y__why"] = "refused"
    design = Design("h", "i", "w", "t", Lonely(rule, rule), df_rule, ssu="k", fpc=("N", "M"))
    y: Any = {"proportion": "yes", "ratio": ("y", "x")}.get(stat, "y")
    source = frame_source(data, design)
    asked = ask(source, y, by=((), ("sex",), ("sex", "area")), where=None, stat=stat, waves=(), missing="variable")
    people = persons(data, design, ("y", "y__why", "x", "yes", "sex", "area"))
    for one in levels_of(source, design, asked, stat, None, rule):
        other = from_persons(
            people.of_wave(one.wave),
            tuple((v, c.domain) for v, c in zip(one.variables, one.columns, strict=True)),
            rule,
            stat,
            None,
        )
        assert other.value == pytest.approx(one.value, rel=1e-11, nan_ok=True)
        assert other.se == pytest.approx(one.se, rel=1e-8, abs=1e-13, nan_ok=True)
        assert (other.df.tolist(), other.df_design) == (one.df.tolist(), one.df_design)
        assert (other.psus.tolist(), other.strata.tolist(), other.n.tolist()) == (
            one.psus.tolist(),
            one.strata.tolist(),
            one.n.tolist(),
        )
        for name, values in one.sums.items():
            assert other.sums[name] == pytest.approx(values), name
        assert other.spread.ids == one.spread.ids
        assert other.spread.vcov == pytest.approx(one.spread.vcov, rel=1e-8, abs=1e-12, nan_ok=True)
        told = [(one.status(j), other.status(j)) for j in range(len(one.value))]
        assert all(a == b for a, b in told)


def test_a_reason_counts_only_where_the_answer_is_missing() -> None:
    """y was answered, whatever y__why says; x was not: the reason told is that of x, from sums and from persons."""
    data = by_force.people(6).assign(base=lambda d: d["w"], y__why="refused", x__why="dont_know")
    data.loc[:4, "x"] = np.nan
    calibrated = replace(ONE, controls=(Controls("poststratify", ("sex",), "base"),))
    for design in (ONE, calibrated):
        (row,) = estimate(data, design, ("y", "x"), stat="ratio")
        assert dict(row.n_missing) == {"not_asked": 0, "dont_know": 5, "refused": 0, "missing": 0}


def test_controls_that_explain_nothing_change_nothing() -> None:
    """A regression on a constant alone: the residual of a mean's influence is itself (it sums to zero); a total's is centred."""
    data = by_force.people(6).assign(base=lambda d: d["w"], one=1.0)
    made = replace(ONE, controls=(Controls("greg", ("one",), "base", intercept=False),))
    plain, fitted = (estimate(data, d, "y", by=((), ("sex",))) for d in (ONE, made))
    assert fitted[0].se == pytest.approx(plain[0].se, rel=1e-10)
    assert fitted.rows[1].se == pytest.approx(plain.rows[1].se, rel=1e-10)
    assert fitted[0].df == plain[0].df
    sized, known = (estimate(data, d, "one", stat="total")[0] for d in (ONE, made))
    assert sized.se is not None
    assert (known.status, known.se) == ("not_estimable", None)  # the size of the population is a control: no variance


def test_the_jackknife_of_a_total_is_its_linear_variance() -> None:
    """R: as.svrepdesign(type="JKn"); exactly, with the fpc, by wave and for the change over partly kept PSUs."""
    data = by_force.people(7, waves=(1, 2), keep=0.6, move=0.2).assign(N=20.0)
    design = replace(WAVES, fpc=("N",))
    made = replicate(data, design, "JKn")
    for y in ("y", "x"):
        plain, jack = (estimate(d, g, y, stat="total", by=((), ("sex",))) for d, g in ((data, design), (made.data, made.design)))
        assert [r.estimate for r in jack] == pytest.approx([r.estimate for r in plain])
        assert [r.se for r in jack] == pytest.approx([r.se for r in plain], rel=1e-10)
        assert jack.vcov == pytest.approx(plain.vcov, rel=1e-9, abs=1e-9)
        rows = [
            change(d, g, y, wave=2, base=1, stat="total", reading="points")[0]
            for d, g in ((data, design), (made.data, made.design))
        ]
        assert rows[1].se == pytest.approx(rows[0].se, rel=1e-10)
    means = [estimate(d, g, "y")[0].se for d, g in ((data, design), (made.data, made.design))]
    assert means[1] == pytest.approx(means[0], rel=0.2)
    assert means[1] != means[0]


# ---- degrees of freedom ---------------------------------------------------------------------------------------------


def rank_of_centred(people: Persons, mask: np.ndarray | None = None) -> int:
    """By linear algebra: the dimension of what the waves' centred vectors span over the PSUs."""
    ids = sorted({i for u in people.units.values() for i in u.psu})
    rows = []
    for wave, units in people.units.items():
        parent = np.arange(units.size) if units.parent is None else units.parent
        held = set(parent[people.unit[(people.wave == wave) & (mask if mask is not None else True)]].tolist())
        for h in units.strata:
            mine = [
                i
                for i, (k, psu) in enumerate(zip(units.stratum, units.psu, strict=True))
                if k == h and (mask is None or i in held)
            ]
            for i in mine[1:]:
                row = np.zeros(len(ids))
                row[ids.index(units.psu[i])], row[ids.index(units.psu[mine[0]])] = 1, -1
                rows.append(row)
    return int(np.linalg.matrix_rank(np.array(rows))) if rows else 0


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 3), st.booleans())
def test_degrees_of_freedom_are_the_dimension_of_the_centred_vectors(seed: int, waves: int, two_stages: bool) -> None:
    """Any number of waves, PSUs kept, new or moved to another stratum."""
    data = by_force.people(seed, waves=range(1, waves + 1), keep=0.6, move=0.3, persons=3).assign(N=500.0)
    people = persons(data, replace(TWO if two_stages else ONE, wave="t"), ("sex", "area"))
    assert people.degrees() == rank_of_centred(people)
    inside = (people.text("sex") == "f") & (people.text("area") != "r")
    assert people.degrees(inside) == rank_of_centred(people, inside)
    assert people.degrees(np.zeros(len(data), dtype=bool)) == 0


def test_degrees_of_freedom_under_collapse_count_the_joined_strata() -> None:
    data = by_force.people(8)
    data = data[(data["h"] != "S1") | (data["i"] == "10")]
    for rule, df in (("certainty", 6), ("collapse", 7)):
        design = replace(ONE, lonely=Lonely(rule, rule))  # type: ignore[arg-type]  # names of rules
        people = persons(data, design, ("y",))
        assert people.degrees() == df
        assert estimate(data, design, "y")[0].df == df


# ---- waves ---------------------------------------------------------------------------------------------------------


def test_a_wave_alone_is_the_survey_of_that_wave() -> None:
    data = by_force.people(9, waves=(1, 2), keep=0.5)
    people = persons(data, WAVES, ("y",))
    alone = mean(people.of_wave(2), ["y"])
    (row,) = estimate(data, WAVES, "y", waves=(2,))
    assert (alone.value[0], alone.se[0], alone.df) == (pytest.approx(row.estimate), pytest.approx(row.se), row.df)
    blank = data.assign(t=data["t"].astype(float).where(data.index != 0))
    with pytest.raises(BdgError) as caught:  # a row without a wave belongs to none: it is not left out quietly
        persons(blank, WAVES, ("y",), waves=(2,))
    assert caught.value.problems[0].code == "STAT-010"
    asked = persons(data, WAVES, ("y",), waves=(2,))
    assert (set(asked.wave), set(asked.units), len(asked.weight)) == ({2}, {2}, int((data["t"] == 2).sum()))
    assert mean(asked, ["y"]).se[0] == pytest.approx(row.se)


def test_two_waves_together_are_wave_centred_and_apart_they_are_not() -> None:
    """A mean over both waves: e of each wave in its own strata, added up by PSU; kept apart the covariance is missing."""
    data = by_force.people(10, waves=(1, 2), keep=1.0)
    people = persons(data, WAVES, ("y",))
    u = by_force.influence(by_force.mean(data["y"]), data["w"].tolist())
    z = data.assign(u=u).pivot_table(index=["h", "i"], columns="t", values="u", aggfunc="sum")
    together = by_force.variance(z.sum(axis=1), z.index.get_level_values("h"), z.index.get_level_values("i"))
    alone = sum(by_force.variance(z[t], z.index.get_level_values("h"), z.index.get_level_values("i")) for t in (1, 2))
    assert mean(people, ["y"]).vcov[0, 0] == pytest.approx(together, rel=1e-7)
    assert people.spread(u, apart=True).vcov[0, 0] == pytest.approx(alone, rel=1e-7)


def test_joint_domains_are_those_of_the_levels() -> None:
    data = by_force.people(11)
    people = persons(data, ONE, ("y", "sex"))
    joint = by(people, "y", "sex", ("f", "m"))
    levels = estimate(data, ONE, "y", by="sex")
    assert joint.vcov == pytest.approx(levels.vcov, rel=1e-9)
    assert levels.joint.names == ("y sex=f", "y sex=m")


def test_a_wave_drawn_without_any_interview() -> None:
    """Its PSUs are there, nobody answered: a row that says so, from sums and from persons."""
    data = by_force.people(12, waves=(1,)).assign(base=lambda d: d["w"], one=1.0)
    drawn = (*sorted({(1, h, i) for h, i in zip(data["h"], data["i"], strict=True)}), (2, "S0", "00"), (2, "S0", "01"))
    for controls in ((), (Controls("greg", ("x",), "base"),)):
        found = estimate(data, replace(WAVES, sampled=drawn, controls=controls), "y")
        assert [(r.wave, r.status, r.n) for r in found] == [(1, "ok", len(data)), (2, "not_estimable", 0)]
        assert found[1].reason.startswith("không có người nào")
