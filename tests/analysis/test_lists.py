"""Samples from a list of institutions: sizes and probabilities exact, figures R's, what did not answer visible, no names.

R 4.2.2, survey 4.1-1, sampling 2.9: tests/reference/lists (make.R).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from analysis import Design, Lonely, Pps, estimate
from analysis.cli import app
from analysis.sampling.lists import (
    LIST_COLUMNS,
    Listed,
    ListMethod,
    ListPlan,
    Selected,
    counts_of,
    draw_list,
    read_list,
    read_selected,
    respond,
    write_draw,
)
from tests.forms.writing import refused

HERE = Path(__file__).parent.parent / "reference" / "lists"
R = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
DAY = date(2026, 9, 1)
HEAD = "unit_id,stratum,size,name,source,as_of\n"


def listed(sizes: dict[str, list[int | None]]) -> list[Listed]:
    """A list from the sizes of each stratum's units."""
    return [Listed(f"{h}{i:02d}", h, size, "DS", DAY) for h, row in sizes.items() for i, size in enumerate(row)]


UNITS = listed({"a": [5] * 6, "b": [None] * 30, "c": list(range(10, 106))})


def why(units: list[Listed], plan: ListPlan) -> tuple[str, str, str]:
    """Code, stratum and the number got of a draw that is refused."""
    (p,) = refused(lambda: draw_list(units, plan, 1))
    return p.code, dict(p.facts)["stratum"], p.got


def by_stratum(drawn: tuple[Selected, ...]) -> dict[str, int]:
    return dict(Counter(s.stratum for s in drawn))


# ---- how many


def test_a_total_is_shared_in_proportion_with_a_stratum_taken_whole() -> None:
    """6 for certain; 24 over 30 and 96 units: 24 x 30/126 = 5.71, 18.29."""
    drawn = draw_list(UNITS, ListPlan(30, take=("a",)), 1)
    assert by_stratum(drawn) == {"a": 6, "b": 6, "c": 18}
    assert {(s.p, s.certainty, s.n_pop) for s in drawn if s.stratum == "a"} == {(1.0, 1, 6)}
    assert {s.p for s in drawn if s.stratum == "c"} == {18 / 96}


def test_no_stratum_falls_below_two_and_a_smaller_one_is_taken_whole() -> None:
    units = listed({"a": [1], "b": [1] * 3, "c": [1] * 500})
    assert by_stratum(draw_list(units, ListPlan(20), 1)) == {"a": 1, "b": 2, "c": 17}


def test_power_allocation_lifts_the_small_strata() -> None:
    flat = by_stratum(draw_list(UNITS, ListPlan(30, rule="power", alpha=0.0), 1))
    assert flat == {"a": 6, "b": 12, "c": 12}  # equal numbers, where a has no more than 6
    assert by_stratum(draw_list(UNITS, ListPlan(30, rule="power", alpha=1.0), 1))["a"] == 2


def test_numbers_by_stratum_are_kept() -> None:
    assert by_stratum(draw_list(UNITS, ListPlan({"a": 6, "b": 9, "c": 0}), 1)) == {"a": 6, "b": 9}


@pytest.mark.parametrize(
    ("plan", "stratum", "got"),
    [
        (ListPlan({"a": 7, "b": 2, "c": 2}), "a", "7"),
        (ListPlan({"a": 2, "b": 2}), "c", "0"),
        (ListPlan({"a": 2, "b": 1, "c": 2}), "b", "1"),
        (ListPlan({"a": 2, "b": 2, "c": 2, "d": 2}), "d", "d"),
        (ListPlan(30, take=("z",)), "z", "z"),
        (ListPlan(133), "-", "133"),
        (ListPlan(5), "-", "5"),
        (ListPlan(30, "pps"), "b", "b00, b01, b02, b03, b04 … (+25)"),
    ],
)
def test_what_cannot_be_drawn_is_refused(plan: ListPlan, stratum: str, got: str) -> None:
    assert why(UNITS, plan) == ("DATA-058", stratum, got)


# ---- which


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcd"), st.lists(st.integers(1, 400), min_size=2, max_size=25), min_size=1),
    st.sampled_from(["srs", "systematic", "pps"]), st.integers(0, 2**32), st.data(),
)  # fmt: skip
def test_fixed_numbers_and_probabilities_that_add_up(
    sizes: dict[str, list[int | None]], method: ListMethod, seed: int, data: st.DataObject
) -> None:
    units = listed(sizes)
    low = sum(min(2, len(s)) for s in sizes.values())
    plan = ListPlan(data.draw(st.integers(low, len(units))), method)
    drawn = draw_list(units, plan, seed)
    assert len({s.unit_id for s in drawn}) == len(drawn) == plan.n
    assert all(0 < s.p <= 1 and s.n_pop == len(sizes[s.stratum]) and s.certainty == (s.p == 1) for s in drawn)
    assert drawn == draw_list(data.draw(st.permutations(units)), plan, seed)


def test_sizes_give_rs_probabilities_with_units_too_large_for_chance() -> None:
    """sampling::inclusionprobabilities(sizes, 10): three of 24 firms are certain; plain n x / sum gives 175 a p of 1.71."""
    units = listed({"f": [int(x) for x in R["sizes"]]})
    seen = {s.unit_id: s.p for seed in range(60) for s in draw_list(units, ListPlan({"f": 10}, "pps"), seed)}
    assert seen == {f"f{i:02d}": pytest.approx(p, rel=1e-13) for i, p in enumerate(R["pik"])}
    assert sorted(u for u, p in seen.items() if p == 1.0) == ["f05", "f07", "f23"]


@pytest.mark.parametrize("method", ["srs", "systematic", "pps"])
def test_units_are_drawn_as_often_as_their_probability_says(method: ListMethod) -> None:
    """2,000 draws: every frequency within 4.5 standard errors of its p."""
    units = listed({"x": [3, 5, 8, 13, 21, 34, 55], "y": [9, 9, 9, 9]})
    runs = 2000
    found: Counter[str] = Counter()
    p: dict[str, float] = {}
    for seed in range(runs):
        for s in draw_list(units, ListPlan({"x": 3, "y": 2}, method), seed):
            found[s.unit_id] += 1
            p[s.unit_id] = s.p
    assert sum(p.values()) == pytest.approx(5, abs=1e-12)
    far = {u: (found[u] / runs, q) for u, q in p.items() if abs(found[u] / runs - q) > 4.5 * np.sqrt(q * (1 - q) / runs) + 1e-12}
    assert far == {}


def test_systematic_runs_along_the_sizes() -> None:
    """Three of nine along the order of size take one of the largest, one of the middle, one of the smallest three."""
    units = listed({"x": [30, 1, 2, 31, 15, 3, 32, 16, 17]})
    for seed in range(30):
        drawn = draw_list(units, ListPlan({"x": 3}, "systematic"), seed)
        assert sorted((s.size or 0) // 10 for s in drawn) == [0, 1, 3]


# ---- what is estimated


def design(fpc: tuple[str, ...] = ()) -> Design:
    return Design("stratum", None, "weight", None, Lonely("certainty", "certainty"), "design", fpc=fpc)


@pytest.mark.parametrize(
    ("y", "stat", "key", "unit"),
    [("score", "mean", "mean", 1), ("trained", "proportion", "share", 100), ("trained", "total", "total", 1)],
)
def test_the_door_with_the_fpc_gives_rs_figures(
    y: str, stat: Literal["mean", "proportion", "total"], key: str, unit: float
) -> None:
    """svydesign(id = ~1, strata, weights, fpc = ~n_pop); without the fpc R and we say 1.4493 instead of 1.3045."""
    (row,) = estimate(pd.read_csv(HERE / "data.csv"), design(fpc=("n_pop",)), y, stat=stat)
    assert (row.estimate, row.se) == pytest.approx((R[key][0] * unit, R[key][1] * unit), rel=1e-13)
    assert row.df == R["df"] == 26
    (plain,) = estimate(pd.read_csv(HERE / "data.csv"), design(), "score")
    assert plain.se == pytest.approx(R["mean_without_fpc"][1], rel=1e-13)


def test_each_stratum_gives_rs_figures_and_the_one_taken_whole_claims_no_error() -> None:
    """R prints SE 0 for the province's own bodies: known without error, so no interval is made (census.py counts them)."""
    rows = {
        dict(r.domain)["stratum"]: r
        for r in estimate(pd.read_csv(HERE / "data.csv"), design(fpc=("n_pop",)), "score", by=["stratum"])
    }
    for h in ("commune", "department"):
        assert (rows[h].estimate, rows[h].se) == pytest.approx(R["by"][h], rel=1e-13)
    assert R["by"]["province"][1] == 0
    assert (rows["province"].status, rows["province"].estimate) == ("not_estimable", None)


def test_firms_by_size_give_rs_brewer_figures() -> None:
    firms = pd.read_csv(HERE / "firms.csv").assign(weight=lambda f: 1 / f["p"])
    by_size = Design(None, None, "weight", None, Lonely("certainty", "certainty"), "design", pps=Pps("p", "brewer"))
    (total,), (mean,) = estimate(firms, by_size, "staff", stat="total"), estimate(firms, by_size, "trained")
    assert (total.estimate, total.se) == pytest.approx(R["pps_total"], rel=1e-12)
    assert (mean.estimate, mean.se) == pytest.approx(R["pps_mean"], rel=1e-12)


# ---- who answered

DRAWN = tuple(
    Selected(f"{h}{i}", h, None, p, int(p == 1), pop, n)
    for h, p, pop, n in (("a", 1.0, 3, 3), ("b", 0.25, 16, 4))
    for i in range(n)
)


def test_the_silent_are_weighted_for_in_their_class_and_stay_visible() -> None:
    weighted, rates = respond(DRAWN, ["a0", "a2", "b1"])
    assert [(w.unit_id, w.f_response, w.weight) for w in weighted] == [("a0", 1.5, 1.5), ("a2", 1.5, 1.5), ("b1", 4.0, 16.0)]
    assert [(r.group, r.drawn, r.gone, r.answered, r.rate) for r in rates] == [("a", 3, 0, 2, 2 / 3), ("b", 4, 0, 1, 0.25)]
    assert sum(w.weight for w in weighted) == 19  # 3 + 16 units on the list


def test_units_that_no_longer_exist_stand_for_others_like_them() -> None:
    """b: 2 answered, 1 gone, 1 silent: 16 on the list, of which 16 x 2/3 still exist.  Counting the gone as silent says 16."""
    weighted, rates = respond(DRAWN, ["a0", "a1", "a2", "b0", "b1"], ["b2"])
    assert sum(w.weight for w in weighted if w.stratum == "b") == pytest.approx(16 * 2 / 3)
    assert [(r.drawn, r.gone, r.answered, r.rate) for r in rates] == [(3, 0, 3, 1.0), (4, 1, 2, 2 / 3)]


def test_classes_may_be_merged_and_must_be_when_nobody_answered() -> None:
    (problem,) = refused(lambda: respond(DRAWN, ["b1", "b2"]))
    assert (problem.code, dict(problem.facts)["stratum"]) == ("DATA-058", "a")
    weighted, rates = respond(DRAWN, ["b1", "b2"], classes=lambda _: "all")
    assert [w.weight for w in weighted] == pytest.approx([9.5, 9.5])  # (3 x 1 + 4 x 4) / (2 x 4) x 4
    assert [(r.group, r.drawn, r.answered) for r in rates] == [("all", 7, 2)]


def test_a_class_that_is_gone_altogether_has_no_rate() -> None:
    weighted, rates = respond(DRAWN, ["b1"], ["a0", "a1", "a2"])
    assert [w.stratum for w in weighted] == ["b"]
    assert (rates[0].rate, rates[0].gone) == (None, 3)


def test_an_answer_of_a_unit_that_was_not_drawn_is_refused() -> None:
    (problem,) = refused(lambda: respond(DRAWN, ["a0", "z9", "b1"]))
    assert (problem.code, problem.got) == ("DATA-059", "z9")


# ---- the files


def write(folder: Path, *lines: str) -> Path:
    path = folder / "list.csv"
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_no_name_passes_the_reader(tmp_path: Path) -> None:
    (unit,) = read_list(write(tmp_path, "x1,a,12,Nguyễn Văn An,DS 2026,2026-09-01"))
    assert unit == Listed("x1", "a", 12, "DS 2026", DAY)
    assert tuple(f.name for f in fields(Listed)) == LIST_COLUMNS


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("x1,a,3,B,DS,2026-09-01", "DATA-003"), ("x2,a,0,B,DS,2026-09-01", "DATA-002"), ("x2,a,2.5,B,DS,2026-09-01", "DATA-002"),
        ("x2,,3,B,DS,2026-09-01", "DATA-002"), ("x2,a,3,B,,2026-09-01", "DATA-002"), ("x2,a,3,B,DS,1/9/2026", "DATA-002"),
    ],
)  # fmt: skip
def test_bad_lines_are_refused(tmp_path: Path, line: str, code: str) -> None:
    (problem,) = refused(lambda: read_list(write(tmp_path, "x1,a,3,A,DS,2026-09-01", line)))
    assert (problem.code, problem.place) == (code, "list.csv, dòng 3")


def test_an_empty_list_and_an_unknown_unit_are_refused(tmp_path: Path) -> None:
    assert refused(lambda: read_list(write(tmp_path)))[0].code == "DATA-001"
    path = write(tmp_path, "x1,a,3,A,DS,2026-09-01")
    assert refused(lambda: read_list(path, known={"y1"}))[0].code == "DATA-059"
    assert read_list(path, known={"x1", "y1"})[0].unit_id == "x1"


@pytest.mark.parametrize(("texts", "counts"), [(["40"], 40), (["a=2", "b=30"], {"a": 2, "b": 30}), (["a=b=2"], {"a=b": 2})])
def test_numbers_as_a_person_writes_them(texts: list[str], counts: object) -> None:
    assert counts_of(texts) == counts


@pytest.mark.parametrize("texts", [[], ["x"], ["a="], ["40", "a=2"], ["-3"]])
def test_other_numbers_are_refused(texts: list[str]) -> None:
    assert refused(lambda: counts_of(texts))[0].code == "DATA-002"


def test_the_files_say_how_the_sample_was_drawn(tmp_path: Path) -> None:
    path = write(tmp_path, *(f"x{i},a,3,Tên {i},DS 2026,2026-09-01" for i in range(9)))
    (sample, record) = write_draw(path, ListPlan(4), 17, tmp_path / "out")
    assert sample.read_text(encoding="utf-8").splitlines()[0] == "unit_id,stratum,size,p,certainty,n_pop,n_drawn"
    assert "Tên" not in sample.read_text(encoding="utf-8") + record.read_text(encoding="utf-8")
    assert read_selected(sample) == draw_list(read_list(path), ListPlan(4), 17)
    said = json.loads(record.read_text(encoding="utf-8"))
    assert (said["seed"], said["plan"]["n"], said["plan"]["method"], said["units"], said["drawn"]) == (17, 4, "srs", 9, 4)
    again = write_draw(path, ListPlan(4), 17, tmp_path / "again")
    assert [p.read_bytes() for p in again] == [sample.read_bytes(), record.read_bytes()]
    assert write_draw(path, ListPlan(4), 18, tmp_path / "other")[0].read_bytes() != sample.read_bytes()


def test_the_command(tmp_path: Path) -> None:
    path = write(tmp_path, *(f"x{i},{'ab'[i % 2]},3,T,DS,2026-09-01" for i in range(20)))
    told = ["sample", "list", "--list", str(path), "--out", str(tmp_path / "out"), "--seed", "5"]
    done = CliRunner().invoke(app, [*told, "--n", "a=2", "--n", "b=3", "--method", "pps"])
    assert done.exit_code == 0, done.output
    assert len((tmp_path / "out" / "list_sample.csv").read_text(encoding="utf-8").splitlines()) == 6
    for wrong in (["--n", "99"], ["--n", "9", "--method", "quota"], ["--n", "9", "--rule", "even"]):
        bad = CliRunner().invoke(app, [*told[:-3], str(tmp_path / "none"), *wrong])
        assert bad.exit_code == 1
        assert not (tmp_path / "none").exists()


def test_the_command_knows_the_units_of_the_plan(tmp_path: Path) -> None:
    path = write(tmp_path, *(f"x{i},a,3,T,DS,2026-09-01" for i in range(4)))
    units = tmp_path / "units.csv"
    units.write_text("unit_id,name,kind,obliged,parent,from,to\nx0,Sở A,department,II.1/II.2,,2026-01-01,\n", encoding="utf-8")
    told = ["sample", "list", "--list", str(path), "--out", str(tmp_path / "out"), "--n", "2", "--units", str(units)]
    done = CliRunner().invoke(app, told)
    assert "DATA-059" in str(done.exception)
    assert "x1, x2, x3" in str(done.exception)
