"""Change: R's stacked figures at 1e-9, the anchors of wave_centred, the oracle, and every case that cannot be given."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.asked import ask, levels_of
from analysis.backends import frame_source
from analysis.change import Change, Changes, Method, change, changes
from analysis.design import Design, Lonely, LonelyRule
from analysis.estimate import estimate, level_table
from analysis.intervals import Interval, fieller, relative_se, t_interval
from analysis.levels import Stat
from analysis.results import Row
from analysis.totals import TotalsSource, Variable
from analysis.verdict import verdict
from forms.errors import BdgError
from tests import oracle
from tests.reference import cases

TIGHT: dict[str, float] = {"rel": 1e-9, "abs": 1e-13}


def design(df_rule: str = "design", lonely: LonelyRule = "certainty", sampled: Any = None) -> Design:
    return Design("stratum", "psu", "w", "wave", Lonely(lonely, lonely), df_rule, sampled)


def moved(
    source: TotalsSource,
    rules: Design,
    y: Variable,
    *,
    wave: int = 2030,
    base: int = 2026,
    by: tuple[str, ...] = (),
    where: tuple[tuple[str, str], ...] = (),
    stat: Stat = "mean",
    method: Method = "wave_centred",
) -> Changes:
    """The changes of a source, before they become rows."""
    asked = ask(source, y, by=by, where=dict(where), stat=stat, waves=(base, wave), missing="variable")
    own: LonelyRule = "certainty" if method == "stacked" else rules.lonely.change
    found = {one.wave: one for one in levels_of(source, rules, asked, stat, None, own)}
    return changes(found, rules, wave=wave, base=base, method=method)


def synth(
    y: Variable,
    method: Method,
    by: tuple[str, ...] = (),
    stat: Stat = "mean",
    df_rule: str = "design",
    lonely: LonelyRule = "certainty",
) -> Changes:
    rules = design(df_rule, lonely)
    totals = frame_source(cases.data("synth2w"), rules)
    return moved(totals, rules, y, wave=2030, base=2026, by=by, stat=stat, method=method)


def of_entry(entry: dict[str, Any]) -> Change:
    """Our change for one of R's entries."""
    what = entry["estimand"]
    naive = what.get("variance") == "naive_independent"
    y: Any = what.get("y") or (what["num"], what["den"])
    stat: Stat = "total" if "total" in entry["stat"] else "ratio" if isinstance(y, tuple) else "mean"
    by = (what["domain"],) if "domain" in what else ()
    found = synth(y, "independent" if naive else "stacked", by, stat, lonely="adjust" if naive else "certainty")
    return next(one for one in found if not by or one.domain == ((what["domain"], what["level"]),))


STACKED = (
    "change_abs",
    "change_rel",
    "change_logratio",
    "change_total",
    "change_total_rel",
    "change_ratio",
    "change_by_abs",
    "change_by_rel",
)


@pytest.mark.parametrize("entry", cases.results("synth2w", *STACKED), ids=cases.name_of)
def test_stacked_and_independent_changes_equal_r(entry: dict[str, Any]) -> None:
    """R: svycontrast of a joint svyby; relative and log changes by the delta method, t limits on degf."""
    one, result = of_entry(entry), entry["result"]
    ratio, spread = one.now.estimate / one.base.estimate, relative_se(*one.moments[:5])
    if "log" in entry["stat"]:
        value, se = math.log(ratio), spread / ratio
    elif "rel" in entry["stat"] or entry["stat"] == "change_ratio":
        value, se = ratio - 1, spread
    else:
        value, se = one.difference, one.se
    assert one.df == result["df"]
    assert (value, se) == (pytest.approx(result["estimate"][0], **TIGHT), pytest.approx(result["se"][0], **TIGHT))
    limits = t_interval(value, se, one.df)
    assert [limits.lower, limits.upper] == pytest.approx(result["ci_t"][0], **TIGHT)


@pytest.mark.parametrize("y", ["aware", "score", "rare", "hours"])
def test_printed_rows_carry_r_limits(y: str) -> None:
    """The rows of `change`: difference by t, log limits back on the % scale, delta beside them."""
    diff, _, log, delta = change(cases.data("synth2w"), design(), y, wave=2030, base=2026, method="stacked")
    wanted = {
        e["stat"]: e["result"]["ci_t"][0]
        for e in cases.results("synth2w", "change_abs", "change_rel", "change_logratio")
        if e["estimand"]["y"] == y and e["estimand"]["variance"] == "overlap_covariance"
    }
    assert [diff.lower, diff.upper] == pytest.approx(wanted["change_abs"], **TIGHT)
    assert [log.lower, log.upper] == pytest.approx([100 * math.expm1(v) for v in wanted["change_logratio"]], **TIGHT)
    assert [delta.lower, delta.upper] == pytest.approx([100 * v for v in wanted["change_rel"]], **TIGHT)


@pytest.mark.parametrize("entry", cases.results("synth2w", "change_fieller"), ids=cases.name_of)
def test_fieller_equals_r(entry: dict[str, Any]) -> None:
    one = of_entry(entry)
    limits = fieller(*one.moments, entry["estimand"]["level"])
    assert isinstance(limits, Interval)
    value = [one.now.estimate / one.base.estimate - 1, limits.lower / 100, limits.upper / 100]
    assert value == pytest.approx(entry["result"]["value"], **TIGHT)


@pytest.mark.parametrize("entry", cases.results("synth2w", "change_vs_target"), ids=cases.name_of)
def test_distance_to_a_target_equals_r(entry: dict[str, Any]) -> None:
    """p2 - k p1 and its SE; its t test is what Fieller's limits invert."""
    one, k = of_entry(entry), entry["estimand"]["target_ratio"]
    assert one.now.estimate - k * one.base.estimate == pytest.approx(entry["result"]["estimate"][0], **TIGHT)
    assert math.sqrt(one.v_now + k * k * one.v_base - 2 * k * one.cov) == pytest.approx(entry["result"]["se"][0], **TIGHT)


@pytest.mark.parametrize("entry", cases.results("synth2w", "change_levels", "change_by_levels", "mean_subset"), ids=cases.name_of)
def test_levels_of_the_stacked_design_equal_r(entry: dict[str, Any]) -> None:
    """A wave's SE inside the stacked design is not the SE printed for that wave alone, unless the PSUs are the same."""
    what, result = entry["estimand"], entry["result"]
    naive = what.get("variance") == "naive_independent"
    by = tuple(name for name in what.get("by", []) if name != "wave")
    ours = {}
    for one in synth(what["y"], "independent" if naive else "stacked", by, lonely="adjust" if naive else "certainty"):
        for side, v in ((one.base, one.v_base), (one.now, one.v_now)):
            ours[".".join([str(side.wave), *(code for _, code in one.domain)])] = (side.estimate, math.sqrt(v))
    names = ["2026"] if entry["stat"] == "mean_subset" else [str(name).replace("2026 ", "") for name in result["names"]]
    for name, value, se in zip(names, result["estimate"], result["se"], strict=True):
        assert ours[name] == (pytest.approx(value, **TIGHT), pytest.approx(se, **TIGHT))


# y: se 2026, se 2030, correlation, se of the change; R per wave with influence=TRUE, see docs/methods.md section 4
ANCHORS = {
    "aware": (0.0189785840, 0.0223497981, 0.1083921468, 0.0277082527),
    "score": (0.9599233509, 0.7949294534, 0.4370908054, 0.9414365290),
}


@pytest.mark.parametrize("y", ANCHORS)
def test_wave_centred_equals_the_anchors_and_the_oracle(y: str) -> None:
    (one,) = synth(y, "wave_centred")
    got = (one.base.se, one.now.se, one.correlation, one.se)
    assert got == pytest.approx(ANCHORS[y], rel=1e-9, abs=1e-10)
    people, sampled = plain(cases.data("synth2w"))
    z1, z2 = (oracle.scores(people, sampled, t, y) for t in (2026, 2030))
    v1, v2, c = oracle.variance(z1), oracle.variance(z2), oracle.wave_centred(z1, z2)
    assert got == pytest.approx((math.sqrt(v1), math.sqrt(v2), c / math.sqrt(v1 * v2), math.sqrt(v1 + v2 - 2 * c)), rel=1e-11)
    assert (one.df, synth(y, "wave_centred", df_rule="domain")[0].df) == (79.0, 79.0)


@pytest.mark.parametrize(("y", "mistake"), [("aware", 0.0289576), ("score", 0.9610302)])
def test_what_the_classic_mistakes_give(y: str, mistake: float) -> None:
    """One design over stacked rows, or waves taken as independent: both off the SE of the change."""
    right = synth(y, "wave_centred")[0].se
    stacked, independent = synth(y, "stacked")[0].se, synth(y, "independent")[0].se
    assert stacked == pytest.approx(mistake, rel=1e-6)
    assert stacked > right * 1.02
    assert independent > right * 1.05


def plain(data: pd.DataFrame) -> tuple[list[dict[str, Any]], tuple[tuple[int, str, str], ...]]:
    people = data.astype(object).where(data.notna(), None).to_dict("records")
    return people, tuple(sorted({(p["wave"], p["stratum"], p["psu"]) for p in people}))


@pytest.mark.parametrize("by", [(), ("sex",), ("ethnic",)])
@pytest.mark.parametrize("stat", ["mean", "proportion"])
def test_levels_in_a_change_are_the_levels_printed(by: tuple[str, ...], stat: Stat) -> None:
    rules = design("domain")
    printed = {(r.wave, r.domain): r for r in estimate(cases.data("synth2w"), rules, "aware", by=by, stat=stat)}
    made = moved(frame_source(cases.data("synth2w"), rules), rules, "aware", by=by, stat=stat)
    rows = level_table((made.base, made.now), rules).rows
    assert {(r.wave, r.domain): r for r in rows} == printed
    assert {(r.wave, r.domain) for r in rows} == set(printed)


# ---------------------------------------------------------------- against the oracle, on random small surveys


def survey(seed: int, *, same: bool = False, moving: bool = True) -> tuple[pd.DataFrame, tuple[tuple[int, str, str], ...]]:
    """Two random waves. same: the same PSUs in the same strata in both; moving: some PSUs change stratum."""
    rng = np.random.default_rng(seed)
    sampled, people = [], []
    size = int(rng.integers(9, 16))
    for wave in (2026, 2030):
        for i in range(size):
            if not same and rng.random() < 0.3:
                continue
            h = i % 3 if same or not moving or wave == 2026 or rng.random() > 0.2 else (i + 1) % 3
            sampled.append((wave, f"S{h}", f"P{i:02d}"))
            for _ in range(int(rng.integers(1 if same else 0, 6))):
                value = float(rng.normal(50 + 4 * (i % 5) + 3 * (wave == 2030), 8))
                people.append((wave, f"S{h}", f"P{i:02d}", float(rng.uniform(1, 30)), "fm"[int(rng.integers(2))], value))
    return pd.DataFrame(people, columns=["wave", "stratum", "psu", "w", "sex", "y"]), tuple(sampled)


def both_waves(data: pd.DataFrame, sampled: tuple[Any, ...]) -> bool:
    return set(data["wave"]) == {2026, 2030} == {key[0] for key in sampled}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([None, "f", "m"]))
def test_wave_centred_equals_the_oracle(seed: int, sex: str | None) -> None:
    """Also where PSUs change stratum, stand alone in theirs, or have nobody."""
    data, sampled = survey(seed)
    assume(both_waves(data, sampled))
    people, _ = plain(data)
    inside = oracle.everybody if sex is None else (lambda p: p["sex"] == sex)
    assume(all(any(p["wave"] == t and inside(p) for p in people) for t in (2026, 2030)))
    rules = design("domain", sampled=sampled)
    where = () if sex is None else (("sex", sex),)
    totals = frame_source(data, rules)
    (one,) = moved(totals, rules, "y", wave=2030, base=2026, where=where)
    z1, z2 = (oracle.scores(people, sampled, t, "y", inside=inside) for t in (2026, 2030))
    assert one.cov == pytest.approx(oracle.wave_centred(z1, z2), rel=1e-9, abs=1e-12)
    assert (one.v_base, one.v_now) == (pytest.approx(oracle.variance(z1), rel=1e-9), pytest.approx(oracle.variance(z2), rel=1e-9))
    assert abs(one.cov) <= math.sqrt(one.v_base * one.v_now) * (1 + 1e-12)
    union = {i for _, _, i in sampled}
    assert max(one.base.df, one.now.df) <= one.df <= len(union)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_stacked_equals_the_oracle(seed: int) -> None:
    data, sampled = survey(seed, moving=False)
    assume(both_waves(data, sampled))
    people, _ = plain(data)
    rules = design(sampled=sampled)
    totals = frame_source(data, rules)
    (one,) = moved(totals, rules, "y", wave=2030, base=2026, method="stacked")
    expected = oracle.stacked(*(oracle.scores(people, sampled, t, "y") for t in (2026, 2030)))
    assert (one.v_base, one.v_now, one.cov) == pytest.approx(expected, rel=1e-8, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["design", "domain"]))
def test_with_the_same_psus_in_both_waves_stacked_is_wave_centred(seed: int, df_rule: str) -> None:
    data, sampled = survey(seed, same=True)
    rules = design(df_rule, sampled=sampled)
    totals = frame_source(data, rules)
    a, b = (moved(totals, rules, "y", wave=2030, base=2026, method=m)[0] for m in ("stacked", "wave_centred"))
    assert (a.v_base, a.v_now, a.cov, a.se) == pytest.approx((b.v_base, b.v_now, b.cov, b.se), rel=1e-12, abs=1e-12)
    assert a.df == b.df


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_swapping_the_waves_turns_the_change_round(seed: int) -> None:
    data, sampled = survey(seed)
    assume(both_waves(data, sampled))
    rules = design(sampled=sampled)
    totals = frame_source(data, rules)
    (there,) = moved(totals, rules, "y", wave=2030, base=2026)
    (back,) = moved(totals, rules, "y", wave=2026, base=2030)
    assert (back.difference, back.se, back.df) == (pytest.approx(-there.difference), pytest.approx(there.se, rel=1e-12), there.df)


# ---------------------------------------------------------------- degrees of freedom, by hand


def test_df_takes_away_what_the_waves_share() -> None:
    """4 + 4 - (3 - 1) - (2 - 1) = 5: three PSUs of A and two of B are in both waves."""
    sampled = [(2026, h, f"{h}{i}") for h in "AB" for i in range(3)] + [(2030, "A", f"A{i}") for i in range(3)]
    sampled += [(2030, "B", f"B{i}") for i in range(1, 4)]
    data = pd.DataFrame(sampled, columns=["wave", "stratum", "psu"]).assign(w=1.0, y=lambda d: np.arange(len(d)) ** 1.5)
    rules = design("domain", sampled=tuple(sampled))
    totals = frame_source(data, rules)
    assert moved(totals, rules, "y", wave=2030, base=2026)[0].df == 5.0
    assert moved(totals, rules, "y", wave=2030, base=2026, method="independent")[0].df == 8.0


def test_df_never_exceeds_the_psus_when_strata_are_redrawn() -> None:
    """All nine PSUs kept, every stratum redrawn across the old ones: 6 + 6 - (9 - 5) = 8 = 9 PSUs - 1 connected part."""
    data = pd.DataFrame(
        [(t, f"S{i % 3 if t == 2026 else i // 3}", f"P{i}") for t in (2026, 2030) for i in range(9)],
        columns=["wave", "stratum", "psu"],
    ).assign(w=1.0, y=lambda d: np.sqrt(np.arange(len(d))))
    rules = design("domain")
    totals = frame_source(data, rules)
    assert moved(totals, rules, "y", wave=2030, base=2026)[0].df == 8.0
    with pytest.raises(BdgError) as caught:
        moved(totals, rules, "y", wave=2030, base=2026, method="stacked")
    assert caught.value.problems[0].code == "STAT-007"


# ---------------------------------------------------------------- what cannot be given, and why


def named(rows: tuple[Row, ...]) -> dict[tuple[str, str], Row]:
    return {(row.estimand, row.method): row for row in rows}


def test_rows_of_a_change() -> None:
    rows = named(change(cases.data("synth2w"), design("domain"), "aware", wave=2030, base=2026, stat="proportion"))
    diff, rel = rows["diff", "wave_centred"], rows["rel", "wave_centred"]
    assert [r.interval for r in rows.values()] == ["t", "fieller", "log", "delta"]
    assert (diff.unit, rel.unit, diff.kind, diff.base_wave, diff.wave) == ("percentage_point", "percent", "change", 2026, 2030)
    assert diff.se == pytest.approx(2.77082527, rel=1e-8)
    assert diff.p_value is not None
    assert diff.lower is not None
    assert (diff.p_value < 0.05) == (diff.lower > 0)
    assert rel.estimate == pytest.approx(8.733754348204914, rel=1e-9)
    assert len({row.key for row in rows.values()}) == 4
    (points,) = change(cases.data("synth2w"), design("domain"), "aware", wave=2030, base=2026, reading="points")
    assert (points.estimand, points.unit) == ("diff", "point")


def test_a_domain_of_one_wave_only_and_a_domain_in_one_psu() -> None:
    rows = change(cases.data("synth2w"), design("domain"), "aware", wave=2030, base=2026, by=("ethnic",))
    by_group = {g: [r for r in rows if r.domain == (("ethnic", g),)] for g in ("Dao", "Xo", "Kinh")}
    for group, reason in (("Dao", "2030: không có người nào"), ("Xo", "2026: nhóm chỉ có người trả lời ở một địa bàn")):
        assert len(by_group[group]) == 4
        for row in by_group[group]:
            assert (row.status, row.estimate, row.se, row.lower, row.p_value) == ("not_estimable", None, None, None, None)
            assert reason in row.reason
    assert {row.status for row in by_group["Kinh"]} == {"ok"}


def test_an_item_nobody_answered_in_one_wave() -> None:
    data = cases.data("synth2w")
    data = data.assign(half=data["score"].where(data["wave"] == 2026))
    for row in change(data, design("domain"), "half", wave=2030, base=2026):
        assert (row.status, row.n) == ("not_estimable", 0)
        assert "2030: không ai trả lời" in row.reason


@pytest.mark.parametrize("wave", [2026, 2030])
def test_a_stratum_with_one_psu_in_either_wave(wave: int) -> None:
    """fail names the stratum; certainty, average and adjust give what the level of that wave has."""
    data, _ = survey(7, same=True)
    data = data[~((data["wave"] == wave) & (data["stratum"] == "S1") & (data["psu"] != "P01"))]
    with pytest.raises(BdgError, match="S1") as caught:
        change(data, design(lonely="fail"), "y", wave=2030, base=2026)
    assert caught.value.problems[0].code == "STAT-001"
    ses = {}
    for rule in ("certainty", "average", "adjust"):
        rules = design(lonely=rule)
        totals = frame_source(data, rules)
        (one,) = moved(totals, rules, "y", wave=2030, base=2026)
        printed = {row.wave: row.se for row in estimate(data, rules, "y")}
        assert (one.base.se, one.now.se) == (printed[2026], printed[2030])
        ses[rule] = one.se
    assert ses["average"] > ses["certainty"]
    assert ses["adjust"] != ses["certainty"]


def test_relative_change_needs_answers_df_and_a_precise_positive_baseline() -> None:
    rng = np.random.default_rng(1)
    places = [(t, f"S{i % 2}", f"P{i}") for t in (2026, 2030) for i in range(20) for _ in range(3)]
    data = pd.DataFrame(places, columns=["wave", "stratum", "psu"]).assign(w=1.0, y=rng.normal(10, 1, len(places)))

    def relative(frame: pd.DataFrame) -> Row:
        rows = change(frame, design("domain"), "y", wave=2030, base=2026)
        assert rows[0].status != "not_estimable"
        assert len({(r.status, r.reason) for r in rows[1:]}) == 1
        return rows[1]

    assert relative(data).status == "ok"
    few = data.groupby(["wave", "psu"]).head(1)
    assert "dưới 25 người trả lời" in relative(few).reason
    narrow = data[data["psu"].isin([f"P{i}" for i in range(9)])]
    assert "dưới 8 bậc tự do" in relative(narrow).reason
    negative = data.assign(y=data["y"] - 20)
    assert "không dương" in relative(negative).reason
    rising = data.assign(y=np.where(data["wave"] == 2026, data["y"] - 20, data["y"]))
    assert "không dương" in relative(rising).reason
    faint = data.assign(y=data["y"] - data.loc[data["wave"] == 2026, "y"].mean() + 0.05)
    row = relative(faint)
    assert "số liệu gốc kém chính xác" in row.reason
    assert verdict(row.lower, row.upper, threshold=10, high=15).vi == "không xác định được thay đổi tương đối"
    assert row.reason.startswith("không xác định được thay đổi tương đối")


def test_a_share_at_zero_has_no_variance_to_compare_with() -> None:
    rows = change(cases.data("synth2w"), design("domain"), "zero", wave=2030, base=2026, stat="proportion")
    assert {row.status for row in rows} == {"not_estimable"}
    assert "phương sai bằng 0" in rows[0].reason


def test_a_wave_that_is_not_there_and_a_method_that_is_not() -> None:
    with pytest.raises(BdgError) as caught:
        change(cases.data("synth2w"), design(), "aware", wave=2035, base=2026)
    assert caught.value.problems[0].code == "STAT-008"
    with pytest.raises(BdgError) as caught:
        change(cases.data("synth2w"), design(), "aware", wave=2030, base=2026, method="guess")
    assert caught.value.problems[0].code == "STAT-011"


def test_a_population_correction_with_partial_overlap_is_a_caution() -> None:
    """S12 (c/n1n2 - 1/N) is the covariance; two corrected contributions overstate it when few PSUs are common."""
    rng = np.random.default_rng(3)
    places = [(t, f"P{i:02d}") for t, first in ((2026, 0), (2030, 5)) for i in range(first, first + 12) for _ in range(4)]
    data = pd.DataFrame(places, columns=["wave", "psu"]).assign(w=1.0, N=20, y=lambda d: rng.normal(50, 5, len(d)))
    plain_design = Design(None, "psu", "w", "wave", Lonely("fail", "fail"), "domain")
    corrected = Design(None, "psu", "w", "wave", Lonely("fail", "fail"), "domain", fpc=("N",))

    def told(frame: pd.DataFrame, rules: Design, method: Method = "wave_centred") -> tuple[str, bool]:
        (row,) = change(frame, rules, "y", wave=2030, base=2026, reading="points", method=method)
        assert row.se is not None
        return row.status, "fpc with partial overlap" in row.reason

    assert told(data, corrected) == told(data, corrected, "independent") == ("caution", True)
    assert told(data, corrected, "unbiased") == told(data, plain_design) == ("ok", False)
    same = data.assign(psu=[f"P{int(p[1:]) % 12:02d}" for p in data["psu"]])
    assert told(same, corrected) == ("ok", False)
