"""Teams: teams.csv with every wrong line named, hamlets shared out evenly, slips and selection tables."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.kit.page import Grid, Page
from forms.kit.pages import html_bytes
from forms.kit.slip import pick_table, picked, read_counts, slip
from forms.kit.teams import HAMLETS_A_TEAM, Team, read_teams, shared_out
from forms.kit.training import COMMUNES, training_form, training_places
from forms.media import Hamlet, Household, household_row, lists
from forms.question import Questionnaire
from tests.forms.writing import refused


def hamlet(psu: str, commune: str = "20001") -> Hamlet:
    return Hamlet(psu, commune, f"Thôn {psu}", "rural", "", 100)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def grids(page: Page) -> list[Grid]:
    return [b for b in page.blocks if isinstance(b, Grid)]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=25), st.integers(1, 12))
def test_every_hamlet_has_one_team_no_team_is_idle_and_loads_are_even(sizes: list[int], count: int) -> None:
    hamlets = [hamlet(f"P{c:02d}{i:02d}", f"2{c:04d}") for c, size in enumerate(sizes) for i in range(size)]
    teams = shared_out(hamlets, count)
    given_out = [psu for team in teams for psu in team.hamlets]
    assert sorted(given_out) == sorted(h.psu for h in hamlets)
    assert len(teams) == min(count, len(hamlets))
    loads = [len(team.hamlets) for team in teams]
    assert min(loads) > 0
    fair = len(hamlets) / len(teams)
    assert max(loads) <= max(1.5 * fair, fair + 1)
    assert teams == shared_out(list(reversed(hamlets)), count)


def test_a_commune_stays_whole_where_loads_allow_it() -> None:
    hamlets = [hamlet(f"P{c}{i}", f"2000{c}") for c in range(4) for i in range(3)]
    teams = shared_out(hamlets, 2)
    assert [{h.commune for h in hamlets if h.psu in team.hamlets} for team in teams] == [{"20000", "20001"}, {"20002", "20003"}]
    assert [team.name for team in teams] == ["01", "02"]
    assert all(team.interviewers == () for team in teams)


def test_without_a_number_there_are_as_many_teams_as_the_hamlets_need() -> None:
    hamlets = [hamlet(f"P{i:03d}", f"2{i:04d}") for i in range(10 * HAMLETS_A_TEAM)]
    assert len(shared_out(hamlets, None)) == 10
    assert len(shared_out(hamlets[:3], None)) == 1


def test_teams_csv_is_read_as_it_stands(tmp_path: Path) -> None:
    path = write(tmp_path / "teams.csv", "team,interviewers,hamlets,user,training_user\nA,11 12,P1 P2,doi-a,tap-a\nB,13,P3,,\n")
    assert read_teams(path, ["P1", "P2", "P3"]) == (
        Team("A", ("11", "12"), ("P1", "P2"), "doi-a", "tap-a"),
        Team("B", ("13",), ("P3",)),
    )


@pytest.mark.parametrize(
    ("rows", "got"),
    [
        ("A,11,P1 P2 P3\nA,12,", ["-", "team A"]), ("A,11,P1 P2\nB,11,P3", ["interviewer 11"]),
        ("A,11,P1 P2 P3\nB,12,P3", ["hamlet P3"]),
        ("A,Nguyễn Thị Lan,P1 P2 P3", ["Nguyễn", "Thị", "Lan"]), ("A,0,P1 P2 P3", ["0"]), ("A,1000,P1 P2 P3", ["1000"]),
        ("../x,1,P1 P2 P3", ["../x"]), ("A,1,P1 P2 P3 P9", ["P9"]), ("A,1,P1", ["P2, P3"]),
    ],
)  # fmt: skip
def test_what_is_wrong_in_teams_csv_is_named(tmp_path: Path, rows: str, got: list[str]) -> None:
    path = write(tmp_path / "teams.csv", f"team,interviewers,hamlets\n{rows}\n")
    problems = refused(lambda: read_teams(path, ["P1", "P2", "P3"]))
    assert {p.code for p in problems} == {"FORM-114"}
    assert [p.got for p in problems] == got


def test_teams_csv_without_a_column_or_with_a_strange_account(tmp_path: Path) -> None:
    assert [p.code for p in refused(lambda: read_teams(write(tmp_path / "t.csv", "team\nA\n"), ["P1"]))] == ["FORM-032"]
    path = write(tmp_path / "teams.csv", "team,interviewers,hamlets,user\nA,1,P1,doi a/b\n")
    assert [p.got for p in refused(lambda: read_teams(path, ["P1"]))] == ["doi a/b"]


TEAM = Team("01", ("11",), ("P2", "P1"))
PLACES = {psu: hamlet(psu) for psu in ("P1", "P2")}


def test_the_slip_has_blanks_until_somebody_counted() -> None:
    (left, *_) = grids(slip(TEAM, "vi", PLACES, {"P1": 20, "P2": 19}, {}))
    assert left.rows == (("P2", "Thôn P2", "19", "", "", ""), ("P1", "Thôn P1", "20", "", "", ""), ("", "Cộng", "39", "", "", ""))


def test_the_slip_counts_what_is_left_and_keeps_the_order_of_the_hamlets(tmp_path: Path) -> None:
    counts = read_counts(write(tmp_path / "c.csv", "psu,main,done\nP1,20,3\nP2,19,19\n"), ["P1", "P2"])
    page = slip(TEAM, "vi", PLACES, {"P1": 20, "P2": 19}, counts)
    (left, *rest) = grids(page)
    assert [row[:5] for row in left.rows] == [
        ("P2", "Thôn P2", "19", "19", "0"),
        ("P1", "Thôn P1", "20", "3", "17"),
        ("", "Cộng", "39", "22", "17"),
    ]
    assert [len(grid.rows) for grid in rest] == [2, 1]  # two things to mend, one done well
    assert "11" not in html_bytes(page).decode().partition("<main>")[2].partition("<table>")[2].replace("#111", "")


@pytest.mark.parametrize(
    ("rows", "got"),
    [
        ("P1,20,21", "main 20, done 21"),
        ("P1,x,1", "main x, done 1"),
        ("P9,20,1", "P9"),
        ("P1,2,1\nP1,2,1", "P1"),
        ("P1,20,-1", "main 20, done -1"),
    ],
)
def test_counts_that_cannot_be_are_refused(tmp_path: Path, rows: str, got: str) -> None:
    path = write(tmp_path / "c.csv", f"psu,main,done\n{rows}\n")
    assert [(p.code, p.got) for p in refused(lambda: read_counts(path, ["P1", "P2"]))] == [("FORM-115", got)]


@given(st.integers(0, 999_999), st.integers(1, 30))
def test_the_selection_table_names_the_line_that_exact_arithmetic_names(u: int, n: int) -> None:
    """Six digits times at most 30: the phone's floating point and exact fractions agree on every whole part."""
    text = f"0.{u:06d}"
    assert picked(text, n) == int(Fraction(u, 1_000_000) * n) + 1
    assert 1 <= picked(text, n) <= n


def test_the_form_selects_by_the_same_rule_and_the_table_holds_every_household(household: Questionnaire) -> None:
    rule = next(q.calculate for _, q in household.questions() if q.name == "pick")
    assert rule is not None
    assert "int(${select_u} * ${n_" in rule
    homes = [Household(f"2026-P1-{i:03d}", 2026, "P1", f"{i:03d}", "20001", f"0.{i * 123:06d}", "real") for i in range(1, 6)]
    page = pick_table(Team("01", (), ("P1",)), "vi", household, PLACES, homes, 15)
    (table,) = grids(page)
    assert [row[0] for row in table.rows] == [h.ssu for h in homes]
    assert all(int(row[n]) == picked(h.select_u, n) for row, h in zip(table.rows, homes, strict=True) for n in range(1, 11))
    if "TH" in table.head:
        at = table.head.index("TH")
        assert [row[at] for row in table.rows] == [household_row(h)["vignette_arm"] for h in homes]


def test_the_training_form_is_another_form_of_the_same_questions(household: Questionnaire) -> None:
    own = training_form(household)
    assert own.id == f"{household.id}_tt"
    assert own.title.vi.startswith("SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN")
    assert list(own.questions()) == list(household.questions())
    assert own.digest == household.digest


def test_training_places_exist_nowhere_and_every_row_says_practice() -> None:
    households, hamlets = training_places(2026)
    files = lists(households, hamlets, COMMUNES)
    rows = files["hamlets.csv"].decode().splitlines()
    assert all(row.endswith("practice") for row in rows[1:])
    assert len({h.key for h in households}) == len(households)
    assert all(0 <= float(h.select_u) < 1 for h in households)
    assert {picked(h.select_u, 4) for h in households} == {1, 2, 3, 4}
    real = {line.split(",")[0] for line in Path("forms/provinces/51/places.csv").read_text(encoding="utf-8-sig").splitlines()}
    assert not real & set(COMMUNES)
