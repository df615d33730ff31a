"""Rows to sampled units: ids of any type, PSUs drawn without interviews, nested and certain PSUs, fpc, implied weights.

Every refusal says where, what was expected and what came, in both languages.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.backends import frame_source
from analysis.design import Controls, Design, Lonely, Pps, Replicates
from analysis.estimate import estimate
from analysis.persons import persons
from forms.errors import BdgError
from tests.analysis.by_force import people

CERTAIN = Lonely("certainty", "certainty")
ONE = Design("h", "i", "w", None, CERTAIN, "design")
WAVES = replace(ONE, wave="t")


def told(design: Design, data: pd.DataFrame, code: str) -> str:
    """The refusal's text; the same from sums and from persons."""
    texts = []
    for ask in (lambda: frame_source(data, design), lambda: persons(data, design, ())):
        with pytest.raises(BdgError) as caught:
            ask()
        assert caught.value.problems[0].code == code
        texts.append(str(caught.value))
    assert texts[0] == texts[1]
    assert "cách xử lý / do:" in texts[0]
    return texts[0]


def rows(design: Design, data: pd.DataFrame, y: Any = "y", **options: Any) -> list[tuple[Any, ...]]:
    found = estimate(data, design, y, **options)
    return [(r.wave, r.estimate, r.se, r.df, r.n) for r in found]


# ---- keys ----------------------------------------------------------------------------------------------------------


def test_keys_are_sorted_and_every_row_finds_its_own() -> None:
    data = people(1, waves=(2030, 2026), keep=0.5).sample(frac=1, random_state=3).reset_index(drop=True)
    found = frame_source(data, WAVES).numbered
    assert list(found.keys) == sorted({(t, h, i) for t, h, i in zip(data["t"], data["h"], data["i"], strict=True)})
    assert [found.keys[p] for p in found.place] == list(zip(data["t"], data["h"], data["i"], strict=True))
    assert found.weight.tolist() == data["w"].tolist()
    assert found.units(2030).psu == tuple(k[2] for k in found.keys if k[0] == 2030)


def test_waves_stand_in_order_of_their_numbers_not_of_their_letters() -> None:
    data = people(2, waves=(9, 10, 100))
    found = frame_source(data, WAVES).numbered
    assert list(dict.fromkeys(k[0] for k in found.keys)) == [9, 10, 100]
    assert list(found.keys) == sorted(found.keys)
    assert [found.keys[p][0] for p in found.place] == data["t"].tolist()


@pytest.mark.parametrize(
    "how",
    [
        lambda s: s.astype(object), lambda s: s.astype("string"), lambda s: s.astype("category"),
        lambda s: s.astype(str).astype("string[pyarrow]"), lambda s: s.map(float), lambda s: s.map(str),
    ],
    ids=["object", "string", "category", "arrow", "float", "text"],
)  # fmt: skip
def test_ids_of_any_type_are_the_same_ids(how: Any) -> None:
    data = people(3).assign(i=lambda d: d["i"].astype(int) + 5)
    assert rows(ONE, data.assign(i=how(data["i"])), by=("sex",)) == rows(ONE, data, by=("sex",))


@settings(max_examples=12)
@given(st.integers(0, 10**6))
def test_neither_names_nor_the_order_of_rows_matter(seed: int) -> None:
    """Other ids, which turn the order of PSUs and strata round; other order of rows; the same numbers, by either way in."""
    data = people(seed, waves=(0, 1), keep=0.6, move=0.2)
    rng = np.random.default_rng(seed)
    name = {i: f"z{9000 - n}" for n, i in enumerate(rng.permutation(sorted(set(data["i"]))))}
    other = data.assign(i=data["i"].map(name), h=data["h"].map({"S0": "q", "S1": "b", "S2": "m"}))
    other = other.sample(frac=1, random_state=seed % 1000)
    first, second = (estimate(d, WAVES, "y", by=((), ("sex",))) for d in (data, other))
    assert first.joint.names == second.joint.names
    assert first.joint.value == pytest.approx(second.joint.value, rel=1e-12)
    assert first.vcov == pytest.approx(second.vcov, rel=1e-9, abs=1e-14)
    assert [r.df for r in first] == [r.df for r in second]


def test_without_psu_every_row_is_one_and_without_strata_all_are_one_stratum() -> None:
    """statsmodels' or anybody's simple random sample: sd/sqrt(n)."""
    y = np.random.default_rng(4).normal(size=30)
    data = pd.DataFrame({"y": y})
    ((_, value, se, df, n),) = rows(Design(None, None, None, None, CERTAIN, "design"), data)
    assert (value, se, df, n) == (pytest.approx(y.mean()), pytest.approx(y.std(ddof=1) / np.sqrt(30)), 29.0, 30)


def test_psus_drawn_without_interviews_are_zeros() -> None:
    """The same as a person of every other domain living there."""
    data = people(5, waves=(2026,))
    drawn = tuple(sorted({(2026, h, i) for h, i in zip(data["h"], data["i"], strict=True)} | {(2026, "S1", "void")}))
    ghost = pd.concat([data, data.iloc[:1].assign(h="S1", i="void", y=np.nan)])
    listed, lived = rows(replace(WAVES, sampled=drawn), data), rows(WAVES, ghost)
    assert listed == lived
    assert listed[0][3] == rows(WAVES, data)[0][3] + 1


def test_a_whole_stratum_without_interviews_is_drawn_all_the_same() -> None:
    """Its zeros are its mean: it adds nothing to the variance, and one less than its PSUs to the df (rule design)."""
    data = people(6, waves=(2026,))
    drawn = {(2026, h, i) for h, i in zip(data["h"], data["i"], strict=True)}
    more = drawn | {(2026, "void", "1"), (2026, "void", "2"), (2026, "void", "3")}
    (plain,), (wide,) = (rows(replace(WAVES, sampled=tuple(d)), data) for d in (drawn, more))
    assert wide[:3] == plain[:3]
    assert wide[3] == plain[3] + 2


# ---- nested ids ----------------------------------------------------------------------------------------------------


def test_nested_ids() -> None:
    """PSUs numbered 1, 2, ... in each stratum: refused without nest, and equal to ids written out with it."""
    data = people(7).assign(short=lambda d: d["i"].str[1:])
    text = told(replace(ONE, psu="short"), data, "STAT-003")
    assert "S0, S1" in text
    assert rows(replace(ONE, psu="short", nest=True), data) == [pytest.approx(r) for r in rows(ONE, data)]


def test_nested_ids_of_psus_drawn_are_written_as_the_sample_writes_them() -> None:
    data = people(8).assign(short=lambda d: d["i"].str[1:])
    drawn = tuple({(0, h, i) for h, i in zip(data["h"], data["short"], strict=True)} | {(0, "S2", "9")})
    long = tuple((t, h, f"{h[1:]}{i}") for t, h, i in drawn)
    nested, plain = replace(ONE, psu="short", nest=True, sampled=drawn), replace(ONE, sampled=long)
    assert rows(nested, data) == [pytest.approx(r) for r in rows(plain, data)]


# ---- PSUs drawn with certainty --------------------------------------------------------------------------------------


def recoded(data: pd.DataFrame) -> pd.DataFrame:
    """By hand: a certainty PSU is a stratum, its SSUs are PSUs, its second-stage size the first-stage one."""
    sure = data["c"] == 1
    return data.assign(
        h=np.where(sure, "sure " + data["i"], data["h"]), i=np.where(sure, data["i"] + data["k"], data["i"]),
        N=np.where(sure, data["M"], data["N"]), M=np.where(sure, 1.0, data["M"]),
    )  # fmt: skip


@pytest.mark.parametrize("fpc", [(), ("N", "M")])
def test_the_certainty_column_equals_recoding_by_hand(fpc: tuple[str, ...]) -> None:
    data = people(9, persons=6).assign(c=lambda d: d["i"].isin(["01", "22"]) * 1)
    made = replace(ONE, ssu="k", certainty="c", fpc=fpc)
    hand = replace(made, certainty=None)
    (ours,), (theirs,), (without,) = rows(made, data), rows(hand, recoded(data)), rows(hand, data)
    assert ours == pytest.approx(theirs, rel=1e-12)
    assert ours[2] != pytest.approx(without[2], rel=1e-3)
    ssus = data.loc[data["c"] == 1].groupby("i")["k"].nunique()
    assert ours[3] == (12 - 2) - 3 + (ssus - 1).sum()


def test_the_second_stage_of_a_certainty_psu_may_be_a_fraction_or_unknown() -> None:
    """Counts at the first stage with fractions at the second; without second-stage sizes households are with replacement."""
    data = people(10, persons=6).assign(c=lambda d: (d["i"] == "10") * 1)
    data["share"] = data.groupby("i")["k"].transform("nunique") / data["M"]
    counts, shares = (replace(ONE, ssu="k", certainty="c", fpc=("N", m)) for m in ("M", "share"))
    assert rows(shares, data)[0] == pytest.approx(rows(counts, data)[0], rel=1e-12)
    blank = recoded(data).assign(N=lambda d: np.where(d["c"] == 1, 1e15, d["N"]))
    unknown = rows(replace(ONE, ssu="k", certainty="c", fpc=("N",)), data)
    assert unknown[0] == pytest.approx(rows(replace(ONE, ssu="k", fpc=("N",)), blank)[0], rel=1e-9)


@pytest.mark.parametrize("rule", ["brewer", "deville", "hartley_rao"])
def test_a_certainty_psu_of_an_unequal_probability_sample(rule: Any) -> None:
    """pi = 1 beside pi < 1: the certain one has no first stage, the others are a stratum of their own."""
    data = people(11, strata=1, psus=6, persons=6).assign(c=lambda d: (d["i"] == "03") * 1)
    data["p"] = np.where(data["c"] == 1, 1.0, 0.2 + 0.05 * data["i"].str[1:].astype(int))
    made = replace(ONE, ssu="k", certainty="c", fpc=("N", "M"), pps=Pps("p", rule))
    hand = recoded(data).assign(p=lambda d: np.where(d["c"] == 1, d.groupby("h")["k"].transform("nunique") / 8.0, d["p"]))
    assert rows(made, data)[0] == pytest.approx(rows(replace(made, certainty=None), hand)[0], rel=1e-12)


def test_certainty_psus_are_found_in_the_list_of_psus_drawn() -> None:
    data = people(12, persons=5).assign(c=lambda d: (d["i"] == "11") * 1)
    drawn = tuple({(0, h, i) for h, i in zip(data["h"], data["i"], strict=True)})
    made = replace(ONE, ssu="k", certainty="c", fpc=("N", "M"))
    assert rows(replace(made, sampled=drawn), data) == rows(made, data)
    more = replace(made, sampled=(*drawn, (0, "S0", "void")))
    assert rows(more, data)[0][3] == rows(made, data)[0][3] + 1
    assert "S1" in told(replace(made, sampled=tuple(p for p in drawn if p[2] != "11")), data, "STAT-005")


def test_certainty_needs_the_units_below() -> None:
    """Without SSUs the certain PSU would be a lonely stratum and its sampling inside would count as nothing."""
    data = people(13).assign(c=0, p=0.5)
    assert "ssu" in told(replace(ONE, certainty="c"), data, "STAT-011")
    made = replace(ONE, certainty="c", ssu="k", pps=Pps("p", "brewer"))
    assert "fpc" in told(made, data.assign(c=(data["i"] == "00") * 1), "STAT-012")
    assert rows(made, data) == rows(replace(made, certainty=None), data)  # nobody is certain


# ---- population sizes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "place", "got"),
    [
        (lambda d: d.assign(N=3.0), "S0", "3"),  # below the four PSUs drawn
        (lambda d: d.assign(N=np.where(d["h"] == "S2", 2.0, 40.0)), "S2", "2"),
        (lambda d: d.assign(N=0.0), "S0", "0"),
        (lambda d: d.assign(N=-5.0), "S0", "-5"),
        (lambda d: d.assign(N=np.nan), "S0 00", "nan"),
        (lambda d: d.assign(N=np.where(d["i"] == "12", 13.5, 14.0)), "S1", "13.5, 14"),  # varies within a stratum
        (lambda d: d.assign(N=np.arange(len(d)) + 50.0), "S0", "50, 51"),  # varies within a PSU
        (lambda d: d.assign(M=np.where(d["i"] == "21", 1.0, 8.0)), "S2 21", "1"),  # second stage: below the SSUs drawn
        (lambda d: d.assign(M=np.where(d["k"] == "000.0", 9.0, 8.0)), "S0 00", "8, 9"),
    ],
)  # fmt: skip
def test_a_size_that_cannot_be(how: Any, place: str, got: str) -> None:
    data = people(14, persons=2)
    text = told(replace(ONE, ssu="k", fpc=("N", "M")), how(data), "STAT-012")
    assert f"{place}" in text
    assert got in text


@pytest.mark.parametrize("p", [0.0, -0.1, 1.2, 40.0, np.nan])
def test_a_probability_lies_between_nought_and_one(p: float) -> None:
    """A population count in the place of a probability is not read as one over it."""
    data = people(15).assign(p=p)
    assert f"{p:g}" in told(replace(ONE, pps=Pps("p", "brewer")), data, "STAT-012")


def test_a_probability_belongs_to_a_psu() -> None:
    data = people(16).assign(p=lambda d: np.linspace(0.1, 0.9, len(d)))
    assert "S0 00" in told(replace(ONE, pps=Pps("p", "brewer")), data, "STAT-012")


def test_a_silent_psu_takes_the_size_of_its_stratum() -> None:
    data = people(17)
    drawn = (*sorted({(0, h, i) for h, i in zip(data["h"], data["i"], strict=True)}), (0, "S1", "void"))
    for fpc in (("N",), ("N", "M")):
        found = frame_source(data, replace(ONE, ssu="k", fpc=fpc, sampled=drawn)).numbered.units(0)
        assert found.fraction[found.psu.index("void")] == pytest.approx(5 / 13)


# ---- weights -------------------------------------------------------------------------------------------------------


def test_weights_are_implied_by_the_fractions() -> None:
    """R: svydesign without weights takes them from fpc, stage by stage."""
    data = people(18, persons=5)
    n, m = data.groupby("h")["i"].transform("nunique"), data.groupby("i")["k"].transform("nunique")
    one, two = (frame_source(data, replace(ONE, weight=None, ssu="k", fpc=f)).numbered.weight for f in (("N",), ("N", "M")))
    assert two == pytest.approx((data["N"] / n * data["M"] / m).to_numpy())
    assert np.isinf(one).sum() == 0
    assert one == pytest.approx((data["N"] / n).to_numpy())
    data["p"] = np.linspace(0.1, 0.4, 12)[pd.factorize(data["i"])[0]]
    assert frame_source(data, replace(ONE, weight=None, pps=Pps("p", "brewer"))).numbered.weight == pytest.approx(
        1 / data["p"].to_numpy()
    )


@pytest.mark.parametrize("bad", [0.0, -2.0, np.nan])
def test_a_weight_is_above_zero(bad: float) -> None:
    data = people(19)
    data.loc[[3, 7], "w"] = bad
    text = told(ONE, data, "STAT-004")
    assert "2 dòng" in text
    assert "(w)" in text or "w)" in text


def test_an_infinite_weight_is_no_weight() -> None:
    data = people(20)
    data.loc[2, "w"] = np.inf
    told(ONE, data, "STAT-009")


def test_linear_calibration_may_leave_a_negative_weight() -> None:
    data = people(21).assign(base=1.0)
    data.loc[0, "w"] = -0.5
    made = replace(ONE, controls=(Controls("greg", ("x",), "base"),))
    assert frame_source(data, made).numbered.weight[0] == -0.5
    told(made, data.assign(w=0.0), "STAT-004")


# ---- what cannot be numbered ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["h", "i", "t"])
def test_an_empty_id(name: str) -> None:
    data = people(22)
    data[name] = data[name].astype(object)
    data.loc[[1, 4, 5], name] = None
    assert "3 dòng" in told(WAVES, data, "STAT-010")


def test_a_psu_in_two_strata_of_one_wave_but_not_of_two() -> None:
    data = people(23, waves=(1, 2))
    data.loc[(data["t"] == 2) & (data["i"] == "00"), "h"] = "S2"
    assert len(frame_source(data, WAVES).numbered.keys) == 24
    data.loc[data.index[0], "h"] = "S2"
    text = told(WAVES, data, "STAT-003")
    for part in ("00", "S0, S2", "1"):
        assert part in text


def test_a_psu_that_was_never_drawn() -> None:
    data = people(24)
    drawn = tuple({(0, h, i) for h, i in zip(data["h"], data["i"], strict=True) if i != "21"})
    text = told(replace(ONE, sampled=drawn), data, "STAT-005")
    assert "21" in text
    assert "S2" in text


@pytest.mark.parametrize("wave", ["kỳ 1", "2026.5", "inf", "nan ", "2026/2030"])
def test_a_wave_is_a_whole_number(wave: str) -> None:
    told(WAVES, people(25).assign(t=lambda d: [wave] * len(d)), "STAT-009")


def test_one_wave_written_in_two_ways_is_not_two() -> None:
    data = people(26)
    data["t"] = ["2026", "2026.0"] * (len(data) // 2) + ["2026"] * (len(data) % 2)
    assert "2026" in told(WAVES, data, "STAT-009")
    assert len(rows(WAVES, data.assign(t=2026.0))) == 1


@pytest.mark.parametrize(
    ("how", "word"),
    [
        ({"lonely": Lonely("remove", "certainty")}, "remove"),  # type: ignore[arg-type]  # R's word for it
        ({"lonely": Lonely("certainty", "scaled")}, "scaled"),  # type: ignore[arg-type]  # Stata's
        ({"df_rule": "satterthwaite"}, "satterthwaite"),
        ({"pps": Pps("x", "overton")}, "overton"),  # type: ignore[arg-type]  # R's
        ({"replicates": Replicates(("w", "x"), "JK1", 1.0, (1.0,))}, "1"),
    ],
)  # fmt: skip
def test_a_rule_that_nothing_computes_is_not_taken_for_another(how: dict[str, Any], word: str) -> None:
    assert word in told(replace(ONE, **how), people(27), "STAT-011")
