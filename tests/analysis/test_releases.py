"""Reserves are released one at a time: the next one of the hamlet, with a reason and enough visits, never a second time."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from analysis.cli import app
from analysis.sampling import supervision
from analysis.sampling.release_file import START, Release, append, broken, head, read, released_bytes, replaced
from analysis.sampling.releases import INTERVIEWED, NOT_FOUND, Rules, check, check_field, release, returned, rules_of
from analysis.sampling.reserve_use import finding_lines, use, use_lines
from analysis.sampling.sample import Drawn, sample_bytes
from forms import codebook, load_questionnaire, province_folder, questionnaire_folder
from forms.submission import Submission
from forms.survey import load_survey
from tests.forms.writing import refused

DAY = date(2026, 10, 5)
FORM = load_questionnaire(questionnaire_folder())
RULES = rules_of(FORM, load_survey(province_folder("51")))


def drawn(psu: str, ssu: str, order: int | None = None, wave: int = 2026) -> Drawn:
    """A household of the sample; with an order a reserve."""
    one = Drawn(wave, "h", psu, ssu, "21025", 0.1, 0.2, 0, 30, 100, "main", None, 0.5, 0.1, None)
    return one if order is None else replace(one, status="reserve", reserve_order=order)


SAMPLE = (
    drawn("A", "011"), drawn("A", "012"), drawn("A", "013"), drawn("A", "093", 3), drawn("A", "091", 1), drawn("A", "092", 2),
    drawn("B", "021"), drawn("B", "081", 1), drawn("A", "011", wave=2030), drawn("A", "095", 1, wave=2030),
)  # fmt: skip


def one(
    done: tuple[Release, ...], household: str, reason: str = "nobody_home", visits: int = 3, psu: str = "A", who: str = "7",
    day: date = DAY, rules: Rules = RULES, wave: int = 2026,
) -> tuple[Release, ...]:  # fmt: skip
    """The lines with one more."""
    return (*done, release(SAMPLE, done, wave, psu, household, reason, visits, who, day, rules=rules))


def code(*args: Any, **named: Any) -> str:
    """The code with which `one` is refused."""
    return refused(lambda: one(*args, **named))[0].code


# ---- which reserve, for whom, why


def test_the_next_reserve_of_the_hamlet_whatever_the_order_of_lines() -> None:
    """reserve_order decides (091, 092, 093), not the place in the file (093 comes first there)."""
    done = one(one(one((), "011"), "012"), "013")
    assert [(r.ssu, r.replaces) for r in done] == [("091", "011"), ("092", "012"), ("093", "013")]
    assert (done[0].seq, done[0].time, done[0].who, done[0].visits, done[0].wave) == (1, DAY, "7", 3, 2026)


def test_each_hamlet_and_wave_has_an_order_of_its_own() -> None:
    done = one(one(one((), "011"), "021", psu="B"), "011", wave=2030)
    assert [r.reserve for r in done] == [(2026, "A", "091"), (2026, "B", "081"), (2030, "A", "095")]


def test_a_released_reserve_may_be_replaced_and_stands_for_the_first_household() -> None:
    done = one(one(one((), "012"), "091", "refused", 1), "092", "moved", 1)
    assert replaced(done) == {(2026, "A", ssu): (2026, "A", "012") for ssu in ("091", "092", "093")}


def test_nobody_is_replaced_who_was_never_issued() -> None:
    """An unknown household, a reserve that nobody released, a household of another wave or hamlet."""
    assert [code((), household) for household in ("999", "091", "021")] == ["DATA-050"] * 3
    assert code((), "012", wave=2030) == "DATA-050"


def test_nobody_is_replaced_twice_or_after_an_interview() -> None:
    done = one((), "011")
    assert code(done, "011") == "DATA-051"
    (problem,) = refused(
        lambda: release(SAMPLE, (), 2026, "A", "012", "refused", 1, "7", DAY, rules=RULES, interviewed={(2026, "A", "012")})
    )
    assert problem.code == "DATA-051"


def test_reasons_are_the_forms_results_and_nothing_is_typed_twice() -> None:
    """Every way `result` can come out that is no interview: the codes of contact and of available, and nobody of 15 or over."""
    lists = {name: {c.code for c in FORM.lists[name].choices} for name in ("contact", "available", "result")}
    assert set(RULES.reasons) == lists["result"] - set(INTERVIEWED)
    assert set(RULES.reasons) == (lists["contact"] | lists["available"] | {"no_eligible"}) - {"met", "available", "later"}
    assert set(NOT_FOUND) < set(RULES.reasons)
    assert RULES.reasons["moved"].vi == "Cả hộ đã chuyển đi"


@pytest.mark.parametrize("reason", ["", "completed", "partial", "met", "rain"])
def test_another_reason_is_refused(reason: str) -> None:
    assert code((), "011", reason) == "DATA-052"


@pytest.mark.parametrize(("reason", "least"), [("nobody_home", 3), ("absent", 3), ("refused", 1), ("incapable", 1), ("moved", 1)])
def test_visits(reason: str, least: int) -> None:
    assert RULES.visits == 3
    assert code((), "011", reason, least - 1) == "DATA-053"
    assert one((), "011", reason, least)[0].visits == least


def test_the_number_of_visits_is_the_plans() -> None:
    assert one((), "011", visits=2, rules=replace(RULES, visits=2))[0].visits == 2


def test_no_reserve_left_is_said_and_no_other_hamlet_helps() -> None:
    done = one((), "021", psu="B")
    (problem,) = refused(lambda: one(done, "081", psu="B"))
    assert (problem.code, problem.got) == ("DATA-054", "0/1")


def test_a_name_and_a_day_are_wanted() -> None:
    done = one((), "011")
    assert code((), "011", who=" ") == "DATA-002"
    assert code(done, "012", day=date(2026, 10, 4)) == "DATA-002"


# ---- the chain


def three() -> tuple[Release, ...]:
    """Three honest lines."""
    return one(one(one((), "011"), "021", "refused", 1, psu="B"), "091", "moved", 1)


def test_honest_lines_have_no_finding() -> None:
    assert check(three(), SAMPLE, RULES) == ()
    assert [r.prev_sha256 for r in three()] == [START, three()[0].sha256, three()[1].sha256]


@settings(max_examples=60)
@given(st.integers(0, 1), st.sampled_from(["time", "replaces", "reason", "visits", "who", "ssu", "psu", "wave"]), st.data())
def test_any_cell_changed_afterwards_breaks_the_chain(line: int, column: str, data: st.DataObject) -> None:
    new: dict[str, st.SearchStrategy[Any]] = {"time": st.dates(), "visits": st.integers(0, 9), "wave": st.integers(2000, 2040)}
    done = list(three())
    value: Any = data.draw(new.get(column, st.text("0123456789ABC", min_size=1, max_size=3)))
    before = getattr(done[line], column)
    done[line] = replace(done[line], **{column: value})
    assert [r.seq for r in broken(done)] == ([] if value == before else [line + 2])


@pytest.mark.parametrize("edit", ["removed", "swapped", "put between", "number"])
def test_lines_removed_swapped_or_put_between_break_the_chain(edit: str) -> None:
    a, b, c = three()
    x = replace(b, who="9")
    lines = {"removed": (a, c), "swapped": (b, a, c), "put between": (a, x, b, c), "number": (a, replace(b, seq=5), c)}[edit]
    assert [f.check for f in check(lines, SAMPLE, RULES) if f.severity == "red"].count("release_chain") >= 1
    assert refused(lambda: one(lines, "012"))[0].code == "DATA-055"


def test_a_last_line_taken_away_shows_only_against_the_digest_on_paper() -> None:
    """What the chain cannot prove, said as a test: the shorter file is in itself in order, its head is another."""
    done = three()
    assert broken(done[:2]) == ()
    assert head(done[:2]) != head(done)


def test_what_a_file_made_by_hand_does_wrong_is_found() -> None:
    """Each line follows in the chain; what it releases is wrong."""
    lines: tuple[Release, ...] = ()
    for ssu, replaces, reason, visits, who, day in (
        ("092", "011", "refused", 1, "7", DAY),  # 091 was next
        ("091", "011", "refused", 1, "7", DAY),  # 011 has been replaced
        ("091", "013", "refused", 1, "7", DAY),  # 091 has been released
        ("012", "888", "refused", 1, "7", DAY),  # no reserve; nobody knows 888
        ("093", "012", "", 1, "", date(2026, 10, 1)),
    ):
        lines = (*lines, Release(len(lines) + 1, day, 2026, "A", ssu, replaces, reason, visits, who, head(lines)))
    assert [(f.check, f.severity, f.expected, f.got) for f in check(lines, SAMPLE, RULES)] == [
        ("release_order", "red", "091", "092"), ("release_twice", "red", "1", "011"), ("release_twice", "red", "1", "091"),
        ("release_reserve", "red", "reserve", "012"), ("release_household", "red", "main | released", "888"),
        ("release_reason", "yellow", " | ".join(RULES.reasons), ""), ("release_who", "yellow", "≥ 1", ""),
        ("release_time", "yellow", "≥ 2026-10-05", "2026-10-01"),
    ]  # fmt: skip
    assert len({f.id for f in check(lines, SAMPLE, RULES)}) == 8


def test_reasons_and_visits_are_judged_by_the_rules_when_there_are_some() -> None:
    (line,) = one((), "011", visits=3)
    early, odd = (replace(line, visits=2),), (replace(line, reason="rain"),)
    assert [[f.check for f in check(lines, SAMPLE, RULES)] for lines in (early, odd)] == [["release_visits"], ["release_reason"]]
    assert check(early, SAMPLE) == check(odd, SAMPLE) == ()
    assert [f.check for f in check((replace(line, visits=0),), SAMPLE)] == ["release_visits"]


def test_a_circle_in_a_file_made_by_hand_ends() -> None:
    a = Release(1, DAY, 2026, "A", "091", "092", "refused", 1, "7", START)
    b = Release(2, DAY, 2026, "A", "092", "091", "refused", 1, "7", a.sha256)
    assert set(replaced((a, b))) == {(2026, "A", "091"), (2026, "A", "092")}


# ---- the file


def test_the_file_grows_by_one_line_and_keeps_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "releases.csv"
    assert read(path) == ()
    before = b""
    for line in three():
        append(path, line)
        assert path.read_bytes().startswith(before)
        before = path.read_bytes()
    assert read(path) == three()
    assert before == released_bytes(three())
    assert before.splitlines()[0] == b"seq,time,wave,psu,ssu,replaces,reason,visits,who,prev_sha256"
    assert [p.name for p in tmp_path.iterdir()] == ["releases.csv"]


def test_unknown_columns_are_kept_and_stand_outside_the_chain(tmp_path: Path) -> None:
    path = tmp_path / "releases.csv"
    a, b, c = three()
    path.write_bytes(released_bytes((replace(a, extra={"note": "gọi điện"}), b)))
    append(path, c)
    assert [r.extra.get("note") for r in read(path)] == ["gọi điện", "", ""]
    assert broken(read(path)) == ()


def test_somebody_else_was_faster(tmp_path: Path) -> None:
    """Two people decide on the same file: the second is refused, nothing is lost."""
    path = tmp_path / "releases.csv"
    mine, theirs = one((), "011"), one((), "012")
    append(path, theirs[0])
    assert refused(lambda: append(path, mine[0]))[0].code == "DATA-055"
    assert read(path) == theirs


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    path = tmp_path / "releases.csv"
    a, b, _ = three()
    append(path, a)
    old = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync", full) if where == "fsync" else (Path, "replace", full)))
    assert refused(lambda: append(path, b))[0].code == "DATA-056"
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["releases.csv"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert refused(lambda: append(tmp_path / "no" / "releases.csv", three()[0]))[0].code == "DATA-056"


# ---- what the field returned

GOOD = [(2026, "A", "011", "nobody_home"), (2026, "A", "091", "moved"), (2026, "A", "092", "completed"),
        (2026, "B", "021", "refused"), (2026, "B", "081", "completed"), (2026, "A", "012", "completed")]  # fmt: skip


def field(rows: list[tuple[int, str, str, str]], **named: dict[str, str]) -> Counter[tuple[str, str, str]]:
    """(check, severity, household) of the findings."""
    return Counter((f.check, f.severity, f.question) for f in check_field(three(), SAMPLE, rows, **named))


def test_forms_that_fit_the_releases_have_no_finding() -> None:
    assert field(GOOD) == Counter()


@pytest.mark.parametrize(
    ("out", "into", "finding"),
    [
        ((), [(2026, "A", "093", "completed")], ("reserve_unreleased", "red", "A-093")),
        ((), [(2026, "A", "093", "refused")], ("reserve_unreleased", "red", "A-093")),
        ((3,), [(2026, "B", "021", "completed")], ("replaced_interviewed", "red", "B-021")),
        ((3, 4), [(2026, "B", "021", "completed"), (2026, "B", "081", "refused")], ("replaced_interviewed", "yellow", "B-021")),
        ((3,), [(2026, "B", "021", "moved")], ("release_differs", "yellow", "B-021")),
        ((3,), [(2026, "B", "021", "")], ("replaced_silent", "yellow", "B-021")),
        ((4,), [(2026, "B", "081", "")], ("reserve_silent", "yellow", "B-081")),
        ((), [(2026, "B", "021", "nobody_home")], None),  # an earlier visit's form beside the last one
    ],
)
def test_forms_against_releases(
    out: tuple[int, ...], into: list[tuple[int, str, str, str]], finding: tuple[str, str, str] | None
) -> None:
    rows = [r for n, r in enumerate(GOOD) if n not in out] + into
    assert field(rows) == (Counter([finding]) if finding else Counter())


def test_ids_of_the_field_may_be_the_common_ones() -> None:
    rows = [(w, {"A": "A0"}.get(p, p), s, r) for w, p, s, r in GOOD] + [(2026, "A0", "093", "completed")]
    assert field(rows, common={"A": "A0"}) == Counter([("reserve_unreleased", "red", "A0-093")])


def test_a_wave_that_has_not_returned_anything_is_not_judged() -> None:
    assert check_field(three(), SAMPLE, [(2030, "A", "011", "completed")]) == ()


def test_household_and_result_of_a_submission() -> None:
    book = codebook(FORM)
    answers = {book["psu"].path: "A", book["ssu"].path: "011", book["result"].path: "refused"}
    full = Submission("uuid:1", "uuid:1", "f", "1", "", 2026, "xml", "", "", answers, {})
    bare = replace(full, instance_id="uuid:2", wave=None, answers={})
    assert returned([full, bare], book) == ((0, "", "", ""), (2026, "A", "011", "refused"))


# ---- for supervisors


def test_use_by_hamlet_reason_and_enumerator() -> None:
    done = one(one(one((), "011", who="9"), "012", "refused", 1, who="7"), "021", "refused", 1, psu="B", who="7")
    table = [(u.by, u.code, u.released, u.main, u.reserves) for u in use(done, SAMPLE, 2026)]
    assert table == [
        ("all", "", 3, 4, 4), ("psu", "A", 2, 3, 3), ("psu", "B", 1, 1, 1),
        ("reason", "refused", 2, None, None), ("reason", "nobody_home", 1, None, None),
        ("who", "7", 2, None, None), ("who", "9", 1, None, None),
    ]  # fmt: skip
    lines = list(use_lines(use(done, SAMPLE, 2030), RULES))
    assert lines == [
        "kỳ 2030: đã cấp 0/1 hộ dự phòng (released), 1 hộ chính (main)",
        "địa bàn chưa dùng hộ dự phòng (hamlets without a release): 1",
    ]


def test_red_findings_come_first() -> None:
    rows = [*GOOD[:3], (2026, "B", "021", "moved"), GOOD[4], (2026, "A", "093", "completed")]
    said = list(finding_lines(check_field(three(), SAMPLE, rows)))
    assert [line.split()[0] for line in said] == ["[red]", "[yellow]"]


# ---- the command


def order(folder: Path, *more: str, household: str = "011", visits: str = "3") -> tuple[int, str]:
    """bdg analysis sample release on the small sample."""
    (folder / "sample.csv").write_bytes(sample_bytes(SAMPLE))
    where = ["--sample", str(folder / "sample.csv"), "--wave", "2026", "--psu", "A", "--household", household]
    why = ["--reason", "nobody_home", "--visits", visits, "--who", "7"]
    done = CliRunner().invoke(app, ["sample", "release", *where, *why, *more])
    return done.exit_code, done.output if done.exception is None else str(done.exception)


def test_the_command_shows_first_and_writes_when_told(tmp_path: Path) -> None:
    exit_code, said = order(tmp_path, "--day", "2026-10-05")
    assert exit_code == 0
    assert "hộ dự phòng 091 thay hộ 011" in said
    assert "Không có ai ở nhà" in said
    assert not (tmp_path / "releases.csv").exists()
    exit_code, again = order(tmp_path, "--day", "2026-10-05", "--yes")
    assert exit_code == 0
    lines = read(tmp_path / "releases.csv")
    assert [(r.ssu, r.replaces, r.time) for r in lines] == [("091", "011", DAY)]
    assert head(lines) in said
    assert head(lines) in again


def test_the_command_refuses_and_leaves_no_file(tmp_path: Path) -> None:
    assert "[DATA-053]" in order(tmp_path, "--yes", visits="2")[1]
    assert "[DATA-050]" in order(tmp_path, "--yes", household="555")[1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sample.csv"]


def test_the_supervisors_command_ends_with_three_when_something_is_red(tmp_path: Path) -> None:
    order(tmp_path, "--day", "2026-10-05", "--yes")
    told = ["sample", "reserves", "--sample", str(tmp_path / "sample.csv"), "--wave", "2026"]
    fine = CliRunner().invoke(app, told)
    assert fine.exit_code == 0
    assert "A: 1/3, 3 hộ chính" in fine.output
    path = tmp_path / "releases.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",091,", ",092,"), encoding="utf-8")
    bad = CliRunner().invoke(app, told)
    assert bad.exit_code == 3
    assert "[red] release_order 2026 1: A-092: 091 / 092" in bad.output


def test_what_came_back_decides_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--data: a household with an interview among the submissions is not replaced; the review holds forms against lines."""
    book = codebook(FORM)

    def form(ssu: str, result: str) -> Submission:
        answers = {book["psu"].path: "A", book["ssu"].path: ssu, book["result"].path: result}
        return Submission(f"uuid:{ssu}", f"uuid:{ssu}", "f", "1", "", 2026, "xml", "", "", answers, {})

    back = (form("011", "nobody_home"), form("012", "completed"), form("093", "completed"))
    monkeypatch.setattr(supervision, "read_submissions", lambda path, book: back)
    path, data = tmp_path / "releases.csv", tmp_path / "data.zip"
    (tmp_path / "sample.csv").write_bytes(sample_bytes(SAMPLE))
    asked = (tmp_path / "sample.csv", path, data, 2026, "A")
    assert refused(lambda: supervision.propose(*asked, "012", "refused", 1, "7", DAY))[0].code == "DATA-051"
    append(path, supervision.propose(*asked, "011", "nobody_home", 3, "7", DAY).line)
    seen = supervision.review(tmp_path / "sample.csv", path, data, 2026)
    assert [(f.check, f.question) for f in seen.findings] == [("reserve_silent", "A-091"), ("reserve_unreleased", "A-093")]
    assert supervision.review(tmp_path / "sample.csv", path, None, 2026).findings == ()
