"""Back-checks: files in and sealed, disagreement against exact binomial limits and simulation, who is to be asked again."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binomtest
from typer.testing import CliRunner

from analysis.cli import app
from analysis.quality import rows
from analysis.quality.backcheck import back_checks, due, interval, sheet
from analysis.quality.backs import Back, forget_backs, kinds, read_backs, read_csv, receive_backs
from analysis.quality.field import read_field
from forms import BdgError
from forms.ledger import Round
from tests.analysis.rounds_made import KEY, practice_round
from tests.analysis.seen_cases import book, by, look, number, visit

FACTS = {"sex": "female", "age": "40", "education": "primary", "ethnicity": "kinh", "marital": "married", "residence12": "yes"}


def back(n: int, *, happened: bool | None = True, **answers: str) -> Back:
    return Back("P01", f"{n:03d}", "9", happened, answers)


def test_every_question_named_is_one_of_the_form_and_has_one_kind() -> None:
    names = {v.name for v in book().variables if v.codes or v.type in ("integer", "calculated")}
    assert set(kinds("household")) <= names
    assert set(kinds("household").values()) == {1, 2, 3}
    assert kinds("forms/questionnaires/household") == kinds("household")
    assert kinds("unit") == {}


# ---- what differs --------------------------------------------------------------------------------------------------


def test_facts_that_differ_are_told_without_an_answer() -> None:
    second = {**FACTS, "age": "55", "education": "college"}
    found = back_checks(look([visit(1, **FACTS), visit(2, **FACTS)], backs=(back(1, **second), back(2, **FACTS))))
    assert by(found) == {"backcheck_person": ["uuid:0001"]}
    assert found.findings[0].got == "2/6: age, education"
    assert not {"40", "55", "primary", "college"} & set(found.findings[0].got.split())
    assert number(found, rows.BACKCHECK_KIND, "1") == pytest.approx(100 * 2 / 12)
    assert [number(found, rows.BACKCHECK, part) for part in (rows.PLANNED, rows.DONE, rows.MATCHED)] == [1, 2, 2]


@pytest.mark.parametrize(("age", "differs"), [("41", 0), ("39", 0), ("42", 100)])
def test_a_birthday_lies_between(age: str, differs: float) -> None:
    found = back_checks(look([visit(1, age="40"), visit(2, age="40")], backs=(back(1, age=age), back(2, age=age))))
    assert number(found, rows.BACKCHECK_ITEM, "age") == differs


def test_a_no_answer_is_no_pair() -> None:
    why = next(c.code for c in book()["k01"].choices if c.why)
    found = back_checks(
        look([visit(1, k01=why), visit(2, k01="t"), visit(3)], backs=(back(1, k01="t"), back(2, k01=why), back(3, k01="t")))
    )
    assert number(found, rows.BACKCHECK_ITEM, "k01") is None
    kind = next(r for r in found.rows if (r.indicator, r.category) == (rows.BACKCHECK_KIND, "3"))
    assert (kind.status, kind.n) == ("not_estimable", 0)


def test_nobody_came_is_red_and_says_nothing_else() -> None:
    found = back_checks(look([visit(1, **FACTS)], backs=(back(1, happened=False, sex="male", age="70"),)))
    assert {f.check: f.severity for f in found.findings} == {"backcheck_nobody_came": "red"}


def test_a_household_without_an_interview_is_told() -> None:
    found = back_checks(look([visit(1)], backs=(back(7),)))
    assert by(found) == {"backcheck_unmatched": ["P01"]}
    assert number(found, rows.BACKCHECK, rows.MATCHED) == 0


def test_an_item_is_marked_when_its_whole_interval_lies_beyond() -> None:
    visits = [visit(n, work="farm") for n in range(1, 21)]
    worse = back_checks(look(visits, backs=tuple(back(n, work="casual" if n < 11 else "farm") for n in range(1, 21))))
    assert [(f.question, f.got, f.severity) for f in worse.findings] == [("work", "10/20", "yellow")]
    few = back_checks(look(visits, backs=tuple(back(n, work="casual") for n in range(1, 10))))
    assert few.findings == ()


def test_opinions_accuse_nobody() -> None:
    """Kind 3, half of the answers change: no finding names a visit or an enumerator."""
    visits = [visit(n, a01="1") for n in range(1, 41)]
    found = back_checks(look(visits, backs=tuple(back(n, a01=str(1 + n % 2)) for n in range(1, 41))))
    assert all(not f.instance_id and not f.enumerator for f in found.findings)


def test_without_back_checks_there_is_only_the_plan() -> None:
    found = back_checks(look([visit(n) for n in range(25)]))
    assert [(r.indicator, r.category, r.estimate) for r in found.rows] == [(rows.BACKCHECK, rows.PLANNED, 3.0)]


# ---- intervals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("d", "n"), [(0, 12), (3, 20), (20, 20), (7, 30)])
def test_one_answer_a_household_is_the_exact_binomial_interval(d: int, n: int) -> None:
    told = binomtest(d, n).proportion_ci(0.8, "exact")
    low, high = interval([(int(i < d), 1) for i in range(n)])
    assert (low, high) == pytest.approx((told.low, told.high), abs=0.02)


def test_one_household_has_no_interval() -> None:
    assert all(math.isnan(x) for x in interval([(2, 6)]))


def test_answers_of_one_household_go_together_and_the_interval_knows() -> None:
    """Six answers a household, unlike reliable: 80 % intervals hold the truth 74-97 % of times, plain ones do not."""
    rng, held, naive = random.Random(5), 0, 0
    for _ in range(200):
        given = []
        for _ in range(40):
            p = rng.betavariate(0.4, 1.6)
            given.append((sum(rng.random() < p for _ in range(6)), 6))
        low, high = interval(given)
        held += low <= 0.2 <= high
        plain = binomtest(sum(d for d, _ in given), 240).proportion_ci(0.8, "exact")
        naive += plain.low <= 0.2 <= plain.high
    assert 0.74 <= held / 200 <= 0.97
    assert naive / 200 < 0.68


# ---- who is to be asked --------------------------------------------------------------------------------------------


def test_who_was_drawn_stays_drawn_and_everybody_is_checked() -> None:
    some = [visit(n, who=str(n % 12), psu=f"P{n // 10}") for n in range(200)]
    more = [*some, *(visit(n, who=str(n % 12), psu=f"P{n // 10}") for n in range(200, 400))]
    first, later = ({v.instance_id for v in due(look(visits))} for visits in (some, more))
    assert min(Counter(v.enumerator for v in due(look(more))).values()) >= 2
    assert 30 <= len(later) <= 70
    assert len(first - later) <= 12  # only those that made up somebody's least number
    assert not {v.instance_id for v in due(look([replace(v, result="refused") for v in some]))}


def test_the_sheet_holds_no_answer_and_nobody_twice() -> None:
    seen = look([visit(n, **FACTS) for n in range(30)], backs=tuple(back(n) for n in range(10)))
    lines = sheet(seen).decode().splitlines()
    assert lines[0].startswith("psu,ssu,enumerator,day,checker,was_interviewed,sex,age,")
    assert all(line.endswith("," * 20) and not {"female", "40"} & set(line.split(",")) for line in lines[1:])
    assert not {line.split(",")[1] for line in lines[1:]} & {f"{n:03d}" for n in range(10)}


# ---- files ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Round:
    monkeypatch.setenv("BDG_ROUND_KEY", KEY)
    return practice_round(tmp_path / "round", [{}, {}, {}])


def table(folder: Path, text: str) -> Path:
    path = folder / "back.csv"
    path.write_text(text, encoding="utf-8")
    return path


GOOD = "psu,ssu,checker,was_interviewed,m2-sex,m3/age,note\nP000,1,9,yes,female,20.0,chữ gì đó\nP000,2,9,no,,,\n"


def test_a_file_is_kept_sealed_and_found_by_the_daily_check(of: Round, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["backcheck", str(of.home), str(table(tmp_path, GOOD))])
    assert done.exit_code == 0
    assert "2 hộ" in done.output
    assert read_backs(of) == (Back("P000", "1", "9", True, {"age": "20", "sex": "female"}), Back("P000", "2", "9", False, {}))
    assert by(back_checks(read_field(of.home))) == {"backcheck_nobody_came": ["uuid:00000001-0000-4000-8000-000000000000"]}
    for path in of.restricted.iterdir():
        assert not {b"P000", b"female"} & {word for word in (b"P000", b"female") if word in path.read_bytes()}


def test_a_later_file_replaces_a_household_and_a_person_can_be_forgotten(of: Round, tmp_path: Path) -> None:
    receive_backs(of, table(tmp_path, GOOD), book())
    receive_backs(of, table(tmp_path, "psu,ssu,sex\nP000,1,male\n"), book())
    assert [(b.ssu, dict(b.answers)) for b in read_backs(of)] == [("1", {"sex": "male"}), ("2", {})]
    assert forget_backs(of, {("P000", "1")}) == 1
    assert forget_backs(of, {("P000", "1")}) == 0
    assert [b.ssu for b in read_backs(of)] == ["2"]


@pytest.mark.parametrize(("text", "code"), [
    ("psu,ssu,remarks\nP000,1,x\n", "DATA-170"),
    ("psu,ssu,sex\nP000,1,Nữ\n", "DATA-171"),
    ("psu,ssu,age\nP000,1,bốn mươi\n", "DATA-171"),
    ("psu,ssu,sex\nP000,1,male\nP000,1,female\n", "DATA-172"),
    ("ssu,sex\n1,male\n", "DATA-001"),
    ("psu,ssu,a-sex,b-sex\nP000,1,male,male\n", "DATA-001"),
    ("", "DATA-001"),
])  # fmt: skip
def test_a_wrong_file_is_refused_and_nothing_is_taken_in(of: Round, tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(BdgError) as told:
        receive_backs(of, table(tmp_path, text), book())
    assert {p.code for p in told.value.problems} == {code}
    assert not {"Nữ", "bốn mươi"} & set(str(told.value).replace("\n", " ").split(" "))
    assert "Nữ" not in str(told.value)
    assert read_backs(of) == ()


def test_another_key_opens_nothing(of: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receive_backs(of, table(tmp_path, GOOD), book())
    monkeypatch.setenv("BDG_ROUND_KEY", KEY[::-1].replace("=", "A")[:-1] + "=")
    with pytest.raises(BdgError) as told:
        read_backs(of)
    assert told.value.problems[0].code in ("DATA-091", "DATA-093")


def test_the_list_is_written_once_and_never_over_a_filled_one(of: Round, tmp_path: Path) -> None:
    out = tmp_path / "due.csv"
    first = CliRunner().invoke(app, ["backcheck", str(of.home), "--list", str(out)])
    assert first.exit_code == 0
    assert len(out.read_text(encoding="utf-8").splitlines()) == 4
    filled: Any = out.read_bytes() + b"x"
    out.write_bytes(filled)
    again = CliRunner().invoke(app, ["backcheck", str(of.home), "--list", str(out)])
    assert isinstance(again.exception, BdgError)
    assert again.exception.problems[0].code == "DATA-031"
    assert out.read_bytes() == filled


@pytest.mark.parametrize("words", [[], ["x.csv", "--list", "y.csv"]])
def test_one_of_the_two_is_asked_for(of: Round, words: list[str]) -> None:
    assert CliRunner().invoke(app, ["backcheck", str(of.home), *words]).exit_code == 2


def test_a_spreadsheet_semicolon_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BdgError) as told:
        read_csv(table(tmp_path, "psu;ssu;sex\nP000;1;male\n"), "household", book())
    assert told.value.problems[0].code == "DATA-030"
