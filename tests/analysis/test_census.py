"""A full count with silent units: they stay in the denominator, the truth lies between the bounds, small numbers stay numbers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.census import FEW_UNITS, NO_REPORT, NO_UNITS, NOT_DUE, SOME_SILENT, Census, Group, all_of, census
from analysis.publish import publish
from analysis.results import Row
from forms import load_plan, province_folder
from forms.question import Label
from forms.units import Unit

ON = date(2026, 12, 31)
AGENCY = Label("cơ quan", "agencies")
TARGETS = [t.id for t in load_plan(province_folder("51")).targets]


def unit(unit_id: str, kind: str = "so", owed: str = "II.2", parent: str = "", to: date | None = None) -> Unit:
    return Unit(unit_id, f"Tên {unit_id}", kind, frozenset(owed.split("/")), parent, date(2026, 1, 1), to)


def many(n: int, kind: str = "so", first: int = 0) -> list[Unit]:
    return [unit(f"{kind}{i:03d}", kind) for i in range(first, first + n)]


def count(units: list[Unit], said: dict[str, bool | None], need: float | None = None, *, due: bool = True) -> Census:
    return census(units, said.items(), "II.2", 2026, ON, noun=AGENCY, need=need, due=due)


def row(found: Census, kind: str, category: str = "", group: Group = ()) -> Row:
    (one,) = [r for r in found.rows if (r.kind, r.category, r.domain) == (kind, category, group)]
    return one


# ---- bounds


def test_the_silent_stay_in_the_denominator() -> None:
    """40 units, 25 reported, 20 of them yes: 50 %, at most 87,5 %.  Leaving the silent out says 80 %."""
    units = many(40)
    found = count(units, {u.unit_id: i < 20 for i, u in enumerate(units[:25])})
    share = row(found, "target")
    assert (share.estimate, share.lower, share.upper) == (50.0, 50.0, 87.5)
    assert (share.n, share.n_missing, share.interval, share.level, share.se, share.df) == (
        25,
        {"missing": 15},
        "bounds",
        None,
        None,
        None,
    )
    assert (share.method, share.status, share.reason) == ("census", "caution", SOME_SILENT)
    assert [row(found, "count", c).estimate for c in ("yes", "reported", "units")] == [20, 25, 40]
    assert (row(found, "count", "yes").lower, row(found, "count", "yes").upper) == (20, 35)
    assert found.silent == tuple(u.unit_id for u in units[25:])


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(["so", "xa", "hoi"]), st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_the_truth_is_always_within(people: list[tuple[str, bool, bool]]) -> None:
    """Whatever the silent did, share and groups lie between the bounds; both ends are reached; groups add up to the whole."""
    units = [unit(f"u{i}", kind) for i, (kind, _, _) in enumerate(people)]
    found = count(units, {f"u{i}": did for i, (_, did, told) in enumerate(people) if told})
    for group, c in found.counts.items():
        inside = [(did, told) for kind, did, told in people if not group or kind == group[0][1]]
        low, high = c.bounds
        assert low <= sum(did for did, _ in inside) / len(inside) <= high
        assert low == sum(did and told for did, told in inside) / len(inside)
        assert high == sum(did or not told for did, told in inside) / len(inside)
    parts = [c for g, c in found.counts.items() if g]
    if parts:
        whole = found.counts[()]
        assert (sum(c.units for c in parts), sum(c.reported for c in parts)) == (whole.units, whole.reported)
        assert sum(c.bounds[1] * c.units for c in parts) == pytest.approx(whole.bounds[1] * whole.units)


def test_when_all_reported_the_bounds_meet_and_are_still_no_interval() -> None:
    units = many(20)
    share = row(count(units, {u.unit_id: i < 18 for i, u in enumerate(units)}), "target")
    assert (share.lower, share.estimate, share.upper) == (90.0, 90.0, 90.0)
    assert (share.interval, share.level, share.se, share.status, share.reason) == ("bounds", None, None, "ok", "")


def test_when_nobody_reported_anything_is_possible() -> None:
    share = row(count(many(20), {}), "target")
    assert (share.lower, share.upper, share.n, share.status, share.reason) == (0.0, 100.0, 0, "caution", NO_REPORT)


def test_a_group_that_said_nothing_widens_the_bounds_of_the_whole() -> None:
    """30 of 30 departments yes, 96 communes silent: [23,8; 100], and the communes are named as without a report."""
    units = many(30) + many(96, "xa")
    found = count(units, {u.unit_id: True for u in units[:30]})
    assert row(found, "target").lower == pytest.approx(100 * 30 / 126)
    assert row(found, "target").upper == 100
    silent = row(found, "share", group=(("kind", "xa"),))
    assert (silent.lower, silent.upper, silent.reason) == (0.0, 100.0, NO_REPORT)


# ---- small numbers


def test_under_ten_units_numbers_and_no_percentage() -> None:
    """«4/5 cơ quan», never 80 %."""
    units = many(5)
    found = count(units, {u.unit_id: i < 4 for i, u in enumerate(units)}, need=90)
    share = row(found, "target")
    assert (share.estimate, share.lower, share.upper, share.status) == (None, None, None, "not_estimable")
    few, _, en = FEW_UNITS.partition(" | ")
    assert share.reason == f"4/5 cơ quan; {few} | 4 of 5 agencies; {en}"
    assert found.texts[()] == Label("4/5 cơ quan", "4 of 5 agencies")
    assert (row(found, "count", "yes").estimate, row(found, "count", "units").estimate) == (4, 5)
    assert share.state == "chưa đạt"


def test_from_ten_units_on_there_is_a_percentage() -> None:
    units = many(10)
    assert row(count(units, {u.unit_id: True for u in units}), "target").estimate == 100


def marks(found: Census) -> dict[str, str]:
    return {r.domain[0][1]: r.rule.partition(":")[0] for r in found.rows if r.kind == "share"}


def test_a_small_group_is_hidden_with_the_next_smallest() -> None:
    """bao has 3 units: with the whole printed, bao = whole - so - xa; so the next smallest is hidden too."""
    units = many(20) + many(96, "xa") + many(3, "bao")
    found = count(units, {u.unit_id: True for u in units})
    assert marks(found) == {"so": "complement", "xa": "", "bao": "count<5"}
    assert {r.publish for r in found.rows if not r.domain} == {"show"}
    assert {r.publish for r in found.rows if r.domain == (("kind", "bao"),)} == {"hide"}


def test_a_small_number_of_yes_is_hidden_and_none_at_all_is_not() -> None:
    units = many(20) + many(20, "xa") + many(20, "hoi")
    said: dict[str, bool | None] = {u.unit_id: u.kind == "hoi" or u.unit_id in ("so000", "so001") for u in units}
    assert marks(count(units, said)) == {"so": "count<5", "hoi": "complement", "xa": ""}
    two = {**said, "xa000": True}
    assert marks(count(units, two)) == {"so": "count<5", "xa": "count<5", "hoi": ""}


def test_the_marks_survive_the_rules_for_respondents() -> None:
    """publish.py hides what fewer than 25 people answered and counts under 5: of a census 4/5 would disappear."""
    units = many(5) + many(20, "xa")
    found = count(units, {u.unit_id: i < 4 for i, u in enumerate(units)})
    assert publish(found.rows) == found.rows
    assert row(found, "count", "yes").publish == "show"


def test_one_kind_alone_is_the_whole() -> None:
    assert list(count(many(12), {}).counts) == [()]


# ---- who owes


def test_only_obliged_units_of_the_day_count() -> None:
    """One owes another target, one was dissolved in June, one came later; what they reported is found and left out."""
    units = [
        *many(12), unit("x1", owed="II.4"), unit("x2", to=date(2026, 6, 30)),
        Unit("x3", "T", "so", frozenset({"II.2"}), "", date(2027, 1, 1), None),
    ]  # fmt: skip
    found = count(units, {**{u.unit_id: True for u in units[:12]}, "x1": True, "x2": True, "x3": True})
    assert found.counts[()].units == found.counts[()].yes == 12
    assert [(f.check, f.severity, f.question) for f in found.findings] == [
        ("census_not_obliged", "yellow", f"II.2 {u}") for u in ("x1", "x2", "x3")
    ]


def test_the_last_day_counts() -> None:
    assert unit("a", to=ON).owes("II.2", ON)
    assert not unit("a", to=date(2026, 12, 30)).owes("II.2", ON)
    assert not unit("a", owed="II.1/II.4").owes("II.2", ON)


def test_nobody_obliged_is_said() -> None:
    share = row(count([unit("a", owed="II.1")], {}), "target")
    assert (share.estimate, share.status, share.reason) == (None, "not_estimable", NO_UNITS)


def test_reports_that_do_not_fit_the_list() -> None:
    """Unknown: not counted.  Twice alike: once.  Twice against each other: as if silent, never a choice between them."""
    units = many(12)
    said = [("so000", True), ("so000", True), ("so001", True), ("so001", False), ("zz", True), ("so002", None), ("so003", True)]
    found = census(units, said, "II.2", 2026, ON, noun=AGENCY)
    assert [(f.check, f.severity, f.question, f.got) for f in found.findings] == [
        ("census_twice", "yellow", "II.2 so000", "2"), ("census_conflict", "red", "II.2 so001", "2"),
        ("census_unknown", "red", "II.2 zz", "zz"),
    ]  # fmt: skip
    whole = found.counts[()]
    assert (whole.units, whole.reported, whole.yes) == (12, 2, 2)
    assert {"so001", "so002"} < set(found.silent)
    assert row(found, "target").upper == 100


def test_by_parent_units_without_one_have_a_dash() -> None:
    units = [unit(f"p{i}", parent="so1") for i in range(12)] + many(12)
    found = census(units, [], "II.2", 2026, ON, noun=AGENCY, by=("kind", "parent"))
    assert sorted(found.counts) == [(), (("parent", "-"),), (("parent", "so1"),)]


# ---- words


@pytest.mark.parametrize(
    ("yes", "told", "need", "due", "state"),
    [
        (18, 20, 90, True, "đạt"), (18, 18, 90, True, "đạt"), (17, 19, 90, True, "chưa đủ căn cứ kết luận"),
        (17, 20, 90, True, "chưa đạt"), (0, 0, 100, True, "chưa đủ căn cứ kết luận"),
        (20, 20, 100, False, NOT_DUE), (20, 20, None, True, ""),
    ],
)  # fmt: skip
def test_the_word_waits_until_the_silent_cannot_change_it(yes: int, told: int, need: float | None, due: bool, state: str) -> None:
    units = many(20)
    found = count(units, {u.unit_id: i < yes for i, u in enumerate(units[:told])}, need, due=due)
    assert row(found, "target").state == state
    assert {r.state for r in found.rows if r.kind != "target"} == {""}


def test_both_halves_of_the_action_month() -> None:
    assert [all_of(x) for x in ((True, True), (True, None), (None, False), (True, False), (None, None))] == [
        True,
        None,
        False,
        False,
        None,
    ]


def test_a_half_has_a_name_of_its_own_and_keys_never_meet() -> None:
    units = many(20) + many(20, "xa")
    rows = [*count(units, {}).rows, *census(units, [], "II.2", 2026, ON, noun=AGENCY, indicator="II.2_plan").rows]
    assert {r.indicator for r in rows} == {"II.2", "II.2_plan"}
    assert len({r.key for r in rows}) == len(rows) == 24
