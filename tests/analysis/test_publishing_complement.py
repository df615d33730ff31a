"""Complementary suppression against an attacker who knows every person: no protected group follows from the published ones."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_people import BOXES, Domain, World, results, worked_out, world
from scipy.optimize import linprog

from analysis.publish import is_secret, publish
from analysis.publishing import public
from analysis.publishing.attack import given_away
from analysis.publishing.lattice import lattice
from analysis.results import Results, Row

A15: Domain = (("agegroup", "a15"),)
YOUTH: Domain = (("youth_16_30", "youth_16_30"),)
PAIRS = [("sex", "agegroup"), ("ethnic2", "agegroup"), ("poor2", "ethnic2")]
RARE = {"agegroup": {"a15": 0.03}}


def shown(out: Results, kind: str = "level", wave: int = 2026) -> list[Domain]:
    return [r.domain for r in out.rows if r.kind == kind and r.wave == wave and r.publish != "hide"]


def secrets(out: Results, wave: int = 2026) -> list[Domain]:
    return [r.domain for r in out.rows if r.kind == "level" and r.wave == wave and is_secret(r)]


def few(made: World, domain: Domain) -> bool:
    return 0 < int(made.member(domain).sum()) < 25


def test_without_complement_the_attack_finds_the_hidden_group() -> None:
    """The attack is worth something: marks of single rows alone leave the group open to a subtraction."""
    made = world(1, 600, RARE)
    marked = publish(results(made).rows)
    known = [r.domain for r in marked if r.publish != "hide"]
    assert [r.domain for r in marked if r.publish == "hide"] == [A15]
    assert worked_out(made, known, A15)


def test_the_hidden_group_is_safe_and_one_group_was_enough() -> None:
    made = world(1, 600, RARE)
    out = public(results(made))
    assert set(secrets(out)) == {A15, (("agegroup", "a31_59"),)}
    assert YOUTH in shown(out)  # two groups, youth and 16-30, would have gone for the same end
    assert not any(worked_out(made, shown(out), d) for d in secrets(out))
    assert given_away(out) == []


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(60, 500),
    st.dictionaries(st.sampled_from(["agegroup", "ethnic2", "poor2", "khu_vuc", "sex"]), st.integers(0, 3), max_size=3),
)  # fmt: skip
def test_no_protected_group_follows_from_published_ones(seed: int, n: int, thin: dict[str, int]) -> None:
    codes = {v: list(BOXES[v]) for v in thin}
    made = world(seed, n, {v: {codes[v][i % len(codes[v])]: 0.06} for v, i in thin.items()})
    given_rows = results(made)
    out = public(given_rows)
    known = [d for d in shown(out) if made.member(d).any()]
    for d in made.domains:
        if few(made, d):
            assert d not in known
            assert not worked_out(made, known, d), d
    assert given_away(out) == []
    assert public(out).json_bytes() == out.json_bytes()


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(PAIRS), st.integers(80, 400))
def test_a_two_way_table_with_its_margins_gives_no_small_cell_away(seed: int, pair: tuple[str, str], n: int) -> None:
    made = world(seed, n, two_way=[pair])
    only = {(), *(d for d in made.domains if {name for name, _ in d} <= set(pair))}
    table = World(made.people, tuple(d for d in made.domains if d in only))
    out = public(results(table))
    known = [d for d in shown(out) if made.member(d).any()]
    small = [d for d in table.domains if few(table, d)]
    assert not any(worked_out(table, known, d) for d in small)
    for one, two in combinations(secrets(out), 2):  # nor what a line or column of them adds up to
        together = table.member(one) + table.member(two)
        if together.max() == 1 and sum(together) < 25 and len(set(one) ^ set(two)) == 2:
            assert not _spanned(table, known, together)


def _spanned(made: World, known: list[Domain], target: np.ndarray[Any, np.dtype[np.float64]]) -> bool:
    rows = np.array([made.member(d) for d in known])
    return len(rows) > 0 and bool(np.linalg.matrix_rank(np.vstack([rows, target])) == np.linalg.matrix_rank(rows))


def test_two_small_groups_must_not_be_known_together_either() -> None:
    """Of 15 and of 16-30 there are a dozen each: everybody less the older ones is both together, still under 25."""
    made = world(9, 400, {"agegroup": {"a15": 0.06, "a16_30": 0.06}})
    made = World(made.people, tuple(d for d in made.domains if not d or d[0][0] == "agegroup"))  # by age alone
    young = [(("agegroup", code),) for code in ("a15", "a16_30")]
    both = made.member(young[0]) + made.member(young[1])
    assert [few(made, d) for d in young] == [True, True]
    assert 0 < both.sum() < 25
    out = public(results(made))
    assert not _spanned(made, [d for d in shown(out) if made.member(d).any()], both)


def test_sizes_of_hidden_groups_stay_uncertain() -> None:
    """A linear programme over all populations that fit the published sizes: the hidden one is not pinned down."""
    made = world(1, 600, RARE)
    out = public(results(made))
    known = [r for r in out.rows if r.kind == "level" and r.publish != "hide"]
    everybody = np.array([made.member(d) for d in ((), *[r.domain for r in known], A15)])
    cells = np.unique(everybody, axis=1)
    sizes = [float(len(made.people)), *(float(r.n) for r in known)]
    ends = [
        linprog(sign * cells[-1], A_eq=cells[:-1], b_eq=sizes, bounds=(0, None)).x for sign in (1.0, -1.0)
    ]  # fmt: skip
    least, most = (float(cells[-1] @ x) for x in ends)
    assert most - least > 10
    assert least == pytest.approx(0, abs=1e-6)


def test_a_change_goes_with_either_wave_and_other_waves_stay() -> None:
    made, thin = world(4, 600), world(1, 600, RARE)
    first = results(made, waves=(2026, 2030)).rows
    late = {r.domain: r for r in results(thin, waves=(2030,)).rows}
    rows = tuple(late[r.domain] if r.kind == "level" and r.wave == 2030 else r for r in first)
    out = public(replace(results(made), rows=rows))
    assert secrets(out) == []
    gone = set(secrets(out, 2030))
    assert A15 in gone
    assert set(shown(out, "change", 2030)) == {d for d in made.domains if d not in gone}


def test_two_groups_that_differ_by_few_are_not_both_shown() -> None:
    """500 women, 490 of them poor: the ten others would follow."""
    made = world(2, 500, {"poor2": {"not": 0.03}, "sex": {"male": 0.8}})
    out = public(results(made))
    women, poor = (("women", "women"),), (("women_poor", "women_poor"),)
    left = made.member(women) - made.member(poor)
    assert 0 < left.sum() < 25
    assert not _spanned(made, [d for d in shown(out) if made.member(d).any()], left)


def test_the_same_people_by_two_years_classes_go_together() -> None:
    """`area_2030` names the groups of `area` again: hidden under one name they are hidden under the other."""

    def level(name: str, code: str, n: int) -> Row:
        row = Row("level", "score", "mean", 2030, "point", domain=((name, code),), n=n)
        return replace(row, estimate=50.0, se=1.0, df=30.0, lower=49.0, upper=51.0)

    rows = [replace(level("area", "x", 320), domain=())]
    rows += [level(name, code, n) for name in ("area", "area_2030") for code, n in (("urban", 20), ("rural", 300))]
    out = public(Results(True, {}, tuple(rows), {"domains": {}}))
    assert [r.domain for r in out.rows if r.publish != "hide"] == [()]
    three = [
        level("area", "urban", 20),
        level("area", "rural", 140),
        level("area", "island", 160),
        level("area_2030", "rural", 140),
    ]
    names = {r.domain for r in public(Results(True, {}, (rows[0], *three), {"domains": {}})).rows if r.publish != "hide"}
    assert names == {(), (("area", "rural"),), (("area_2030", "rural"),)}  # not the smaller one: it has two names
    moved = [*rows[:3], level("area_2030", "urban", 30), level("area_2030", "rural", 290)]
    alike = public(Results(True, {}, tuple(r if r.n != 20 else replace(r, n=40) for r in moved), {"domains": {}}))
    assert any(r.rule.startswith("difference") for r in alike.rows)


def test_answers_of_one_question_add_up_so_two_are_hidden() -> None:
    def share(code: str, domain: Domain, value: float, n: int) -> Row:
        row = Row("share", "item_a01", "proportion", 2026, "percent", category=code, domain=domain, n=n)
        return replace(row, estimate=value, se=1.0, df=40.0)

    codes = ("1", "2", "3")
    rows = [share(c, (), v, 600) for c, v in zip(codes, (30.0, 30.0, 40.0), strict=True)]
    for sex, n in (("male", 20), ("female", 580)):
        rows += [share(c, (("sex", sex),), v, n) for c, v in zip(codes, (30.0, 30.0, 40.0), strict=True)]
    out = public(Results(True, {}, tuple(rows), {"domains": {}}))
    assert [r.publish for r in out.rows] == ["show"] * 3 + ["hide"] * 6


def test_the_lattice_knows_sums_and_differences() -> None:
    ages = [{"age": list(years)} for years in ((15, 59), (15, 30), (31, 59), (60, 200))]
    grid = lattice([{}, {"sex": ["m"]}, {"sex": ["f"]}, *ages])
    one = {i: {i: 1.0} for i in range(7)}
    assert grid.given_away(one[2], [one[0], one[1]])
    assert not grid.given_away(one[2], [one[1], one[3]])
    assert grid.given_away(one[4], [one[3], one[5]])
    assert grid.given_away({4: 1.0, 5: 1.0}, [one[0], one[6]])
    assert not grid.given_away(one[4], [one[0], one[6]])
    assert not grid.given_away(one[4], [])
    alone = lattice([{}, {"dtts": ["1"]}, {"khu_vuc": ["1"]}, {"khu_vuc": ["2"]}], ["khu_vuc"])
    assert not alone.given_away(one[3], [one[0], one[1], one[2]])
