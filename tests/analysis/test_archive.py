"""The archive without a survey: records, what changed and why, seals that cannot be edited, folders that are never reused."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.archive import shelf
from analysis.archive.against import before, unlike
from analysis.archive.changes import Change, changes, changes_csv, differs, new_rows, why_of
from analysis.archive.record import FILE, Record, item_digests, lock_digest, read_record, sha256, tidy_command, versions
from analysis.archive.sealed import Baseline, baselines, read_baseline, seal, standing
from analysis.results import Results, Row
from forms import codebook, load_plan, load_questionnaire, province_folder, questionnaire_folder
from forms.errors import BdgError
from tests.analysis.test_contract import table
from tests.house.tree import ROOT

DAY = date(2026, 11, 23)
PLAN = load_plan(province_folder())
BOOK = codebook(load_questionnaire(questionnaire_folder()))


def row(indicator: str = "score", wave: int = 2026, estimate: float | None = 54.25, **more: Any) -> Row:
    known = {"kind": "level", "estimand": "mean", "unit": "point", "se": 1.0, "lower": 52.0, "upper": 56.0, "n": 400, "df": 90.0}
    return Row(indicator=indicator, wave=wave, estimate=estimate, **{**known, **more})


def results(*rows: Row, practice: bool = True, **digests: str) -> Results:
    texts = {
        "target_ii3": {f: getattr(PLAN.target_ii3, f) for f in ("outcome", "reading", "threshold", "level", "document", "date")}
        | {"signed": PLAN.target_ii3.signed},
        "plan": {"targets": [
            {"id": t.id, "values": {str(y): {"low": v.low, "high": v.high} for y, v in t.values.items()}} for t in PLAN.targets
        ]},
        "indicators": {f"reach{t}": {} for t in PLAN.thresholds} | {"score": {}},
        "bands": [{"from": start} for start, _ in PLAN.score_bands],
        "waves": {"2026": {}}, "domains": {}, "items": {}, "sample_profile": {},
    }  # fmt: skip
    return Results(practice, {"plan": "p", "questionnaire": BOOK.digest, "form": "f", "data": "d", "code": "c", **digests},
                   rows, texts)  # fmt: skip


def record(of: Results, *waves: int, **more: Any) -> Record:
    made = {
        "day": DAY.isoformat(), "command": ("bdg",), "practice": of.practice, "province": "51", "waves": waves or (2026,),
        "files": {"results.json": sha256(of.json_bytes()), "results.csv": sha256(of.csv_bytes())}, "digests": dict(of.digests),
        "inputs": {"sample": "s", "answers_2026": "a", "windows_2026": "w"}, "items": item_digests(BOOK),
        "versions": versions(), "lock": "l",
    }  # fmt: skip
    return Record(**{**made, **more})


def put(archive: Path, of: Results, *waves: int, **more: Any) -> Path:
    files = {"results.json": of.json_bytes(), "results.csv": of.csv_bytes(), "findings.json": b"[]\n"}
    return shelf.put(archive, DAY, {**files, FILE: record(of, *waves, **more).body()})


def refused(fault: pytest.ExceptionInfo[BdgError]) -> list[str]:
    return [p.code for p in fault.value.problems]


# ---- folders -------------------------------------------------------------------------------------------------------


def test_every_run_has_a_folder_of_its_own(tmp_path: Path) -> None:
    made = [put(tmp_path, results(row(estimate=e))) for e in (1.0, 2.0, 3.0)]
    assert [p.name for p in made] == [f"2026-11-23_0{n}" for n in (1, 2, 3)]
    newest = shelf.last(tmp_path)
    assert newest is not None
    assert (newest.id, newest.results.rows[0].estimate) == ("2026-11-23_03", 3.0)


def test_a_number_taken_is_never_used_again(tmp_path: Path) -> None:
    """What a killed run left has no run.json: it is no run, and nobody writes into it."""
    (tmp_path / "2026-11-23_01").mkdir()
    (tmp_path / "2026-11-23_01" / "results.json").write_text("half", encoding="utf-8")
    assert shelf.last(tmp_path) is None
    assert put(tmp_path, results(row())).name == "2026-11-23_02"
    assert (tmp_path / "2026-11-23_01" / "results.json").read_text(encoding="utf-8") == "half"
    assert shelf.names(tmp_path) == ("2026-11-23_02",)


def test_the_hundredth_run_of_a_day_comes_last(tmp_path: Path) -> None:
    for number in ("02", "99", "100"):
        (tmp_path / f"2026-11-23_{number}").mkdir()
        (tmp_path / f"2026-11-23_{number}" / FILE).write_text("{}", encoding="utf-8")
    assert [n[11:] for n in shelf.names(tmp_path)] == ["02", "99", "100"]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        shelf.put(tmp_path, DAY, {"results.json": None})  # type: ignore[dict-item]  # a mistake of ours, half-way
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(BdgError) as fault:
        shelf.put(tmp_path / "file", DAY, {})
    assert refused(fault) == ["DATA-031"]


def test_a_run_says_when_it_was_changed(tmp_path: Path) -> None:
    home = put(tmp_path, results(row()))
    assert read_record(home).waves == (2026,)
    (home / "results.json").write_bytes((home / "results.json").read_bytes().replace(b"54.25", b"64.25"))
    with pytest.raises(BdgError) as fault:
        shelf.last(tmp_path)
    assert refused(fault) == ["DATA-224"]
    (home / "results.json").unlink()
    with pytest.raises(BdgError) as fault:
        read_record(home)
    assert (refused(fault), fault.value.problems[0].got) == (["DATA-224"], "-")


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"schema": "run/9"}', '{"schema": "run/1", "waves": 3}'])
def test_a_folder_that_is_no_run(tmp_path: Path, body: str) -> None:
    (tmp_path / FILE).write_text(body, encoding="utf-8")
    with pytest.raises(BdgError) as fault:
        read_record(tmp_path)
    assert refused(fault) == ["DATA-221"]


# ---- what a run is made of ------------------------------------------------------------------------------------------


def test_a_command_without_the_folders_of_a_machine() -> None:
    words = [
        "run",
        "--wave",
        "2026=/data/someone/x.zip",
        "--sample",
        "C:\\Office\\Lan\\sample.csv",
        "--out",
        "out/demo",
        "--seed=1",
    ]
    assert tidy_command(words) == ("run", "--wave", "2026=x.zip", "--sample", "sample.csv", "--out", "out/demo", "--seed=1")


def test_the_lock_is_that_of_the_checkout() -> None:
    assert lock_digest() == sha256((ROOT / "requirements.lock").read_bytes())


def test_items_change_with_what_is_asked_and_with_nothing_else() -> None:
    first = BOOK.items("K")[0]

    def now(**more: Any) -> dict[str, str]:
        some = tuple(replace(v, **more) if v.name == first.name else v for v in BOOK.variables)
        return item_digests(replace(BOOK, variables=some))

    same, known = now(label=replace(first.label, en="other English"), private=True), item_digests(BOOK)
    assert same == known
    for more in ({"label": replace(first.label, vi="Câu khác")}, {"key": ()}, {"choices": first.choices[:1]}):
        assert {n for n, d in now(**more).items() if d != known[n]} == {first.name}


# ---- what changed ---------------------------------------------------------------------------------------------------


def test_changes_by_hand() -> None:
    old = [row(), row("K"), row("A"), row("V", publish="hide"), row("W"), row("X", publish="hide"), row("target", state="đạt")]
    new = [
        row(estimate=55.0), row("K", estimate=54.25 + 1e-12), row("A", publish="hide", estimate=99.0), row("V", estimate=70.0),
        row("X", publish="hide", estimate=1.0), row("target", state="chưa đạt"), row("N"),
    ]  # fmt: skip
    found = {c.indicator: c for c in changes(results(*old), results(*new), "vì | because", {2026})}
    assert {k: (c.change, c.before, c.after, c.difference) for k, c in found.items()} == {
        "score": ("number", 54.25, 55.0, 0.75), "A": ("hidden", 54.25, None, None), "V": ("shown", None, 70.0, None),
        "W": ("gone", 54.25, None, None), "target": ("verdict", 54.25, 54.25, 0.0),
    }  # fmt: skip
    assert (found["target"].state_before, found["target"].state_after) == ("đạt", "chưa đạt")
    assert (found["A"].n_after, found["A"].upper_after, found["V"].lower_before) == (None, None, None)
    assert new_rows(results(*old), results(*new)) == 1


def test_a_wave_that_was_not_run_again_has_not_changed() -> None:
    both = results(row(), row(wave=2030), row(wave=2030, base_wave=2026, kind="change", estimand="diff"))
    assert changes(both, results(row()), "", {2026}) == ()
    assert [c.change for c in changes(both, results(row()), "", {2026, 2030})] == ["gone", "gone"]


NUMBER = st.one_of(st.none(), st.floats(-100, 100))
ROW = st.builds(
    row, st.sampled_from("abcd"), estimate=NUMBER, se=NUMBER, lower=NUMBER, n=st.integers(0, 3),
    publish=st.sampled_from(["show", "bracket", "hide"]), status=st.sampled_from(["ok", "caution"]),
)  # fmt: skip
ROWS = st.lists(ROW, max_size=6, unique_by=lambda r: r.indicator)


@given(ROWS, ROWS)
@settings(max_examples=60)
def test_changes_against_a_slow_reading(old: list[Row], new: list[Row]) -> None:
    """Pair by pair, number by number, from the records of the rows: the same keys; nothing hidden is shown."""
    expected = set()
    for a in old:
        pairs = [b for b in new if b.record()["key"] == a.record()["key"]]
        told = a.publish != "hide"
        if not pairs:
            expected |= {a.key} if told else set()
            continue
        (b,) = pairs
        if told != (b.publish != "hide"):
            expected.add(a.key)
        elif told:
            some = [(getattr(a, n), getattr(b, n)) for n in ("estimate", "se", "lower", "upper", "n")]
            apart = [x != y and (x is None or y is None or not math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-9)) for x, y in some]
            expected |= {a.key} if any(apart) or a.status != b.status else set()
    found = changes(results(*old), results(*new), "", {2026})
    assert {c.key for c in found} == expected
    hidden = {r.key for r in old if r.publish == "hide"}, {r.key for r in new if r.publish == "hide"}
    for c in found:
        assert c.key not in hidden[0] or (c.before, c.lower_before, c.n_before) == (None, None, None)
        assert c.key not in hidden[1] or (c.after, c.lower_after, c.n_after) == (None, None, None)
    assert changes(results(*old), results(*old), "", {2026}) == ()


def test_changes_as_a_file() -> None:
    found = changes(results(row("=1+1")), results(row("=1+1", estimate=1.0)), "vì | why", {2026})
    (head, line) = list(csv.reader(io.StringIO(changes_csv(found).decode())))
    assert head == [f.name for f in fields(Change)]
    assert dict(zip(head, line, strict=True))["indicator"] == "'=1+1"
    assert float(dict(zip(head, line, strict=True))["difference"]) == -53.25


def test_why_names_what_differs() -> None:
    base = record(results(row()))
    assert differs(base, replace(base, day="2027-01-01", command=())) == ()
    assert why_of(()) == "không rõ: mọi mã kiểm tra đều như nhau | unknown: every digest is the same"
    assert differs(base, replace(base, inputs={**base.inputs, "margins": "m"})) == ("margins",)
    assert differs(base, replace(base, digests={**base.digests, "code": "other", "data": "other"})) == ("code",)
    assert differs(base, replace(base, versions={**base.versions, "numpy": "0"})) == ("versions",)
    rounds = replace(base, digests={**base.digests, "raw_2026": "r", "decisions_2026": "1", "clean_2026": "x"})
    other = replace(rounds, digests={**rounds.digests, "decisions_2026": "2", "clean_2026": "y"}, inputs={"answers_2026": "b"})
    assert differs(rounds, replace(other, inputs={**rounds.inputs, "answers_2026": "b"})) == ("decisions_2026",)
    assert why_of(("decisions_2026", "code")) == (
        "quyết định làm sạch kỳ 2026; chương trình | cleaning decisions of wave 2026; programs"
    )
    more = {**base.inputs, "answers_2030": "z", "windows_2030": "z"}
    assert differs(base, replace(base, waves=(2026, 2030), inputs=more, baseline="b")) == ("waves",)


def test_everything_that_can_differ_has_words() -> None:
    base = record(results(row()))
    many = dict.fromkeys(("sample", "frame", "links", "margins", "releases", "answers_2026", "windows_2026"), "")
    logs = {f"{k}_2026": "" for k in ("raw", "decisions")} | dict.fromkeys(("plan", "questionnaire", "form", "code"), "")
    other = replace(base, waves=(2026, 2027), inputs=many, digests=logs, lock="", versions={}, baseline="b")
    assert "unknown" not in why_of(differs(replace(base, waves=(2026, 2030)), other))


# ---- the seal --------------------------------------------------------------------------------------------------------


def sealed(tmp_path: Path, *rows: Row, **more: Any) -> Baseline:
    return seal(put(tmp_path, results(*(rows or (row(), row("K"))), **more)), document="QĐ 1", day=DAY)[0]


def test_a_seal_holds_what_may_leave_of_the_wave(tmp_path: Path) -> None:
    hidden, other = row("V", publish="hide", n=11, rule="n<25"), row(wave=2030, base_wave=2026, kind="change", estimand="diff")
    made = sealed(tmp_path, row(), row("K", n=49, publish="bracket"), hidden, other)
    assert {told["indicator"] for told in made.rows.values()} == {"score", "K"}
    (file,) = tmp_path.glob("baseline_*")
    assert file.name == "baseline_2026_GIA-LAP.json"
    text = file.read_text(encoding="utf-8")
    assert "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN" in text
    assert (made.thresholds, made.asked["2030"]) == ((50, 60, 70), {"low": 10.0, "high": 15.0})
    assert read_baseline(file) == made
    assert standing(baselines(tmp_path)) == {2026: made}


def _leaves(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(node, dict):
        return [p for k, v in node.items() for p in _leaves(v, (*path, k))]
    if isinstance(node, list):
        return [p for k, v in enumerate(node) for p in _leaves(v, (*path, k))]
    return [path]


def _other(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return not value
    return value + 1 if isinstance(value, int | float) else f"{value}0"


def test_no_part_of_a_seal_can_be_edited(tmp_path: Path) -> None:
    """Every leaf of the document changed, one at a time; the digest itself too.  Only the stamp is the file's, not the seal's."""
    sealed(tmp_path)
    (file,) = tmp_path.glob("baseline_*")
    raw = json.loads(file.read_bytes())
    paths = [p for p in _leaves(raw) if p[0] != "stamp"]
    assert len(paths) > 40
    for path in paths:
        copy = json.loads(file.read_bytes())
        *way, end = path
        at = copy
        for step in way:
            at = at[step]
        at[end] = _other(at[end])
        (tmp_path / "edited.json").write_text(json.dumps(copy), encoding="utf-8")
        with pytest.raises(BdgError) as fault:
            read_baseline(tmp_path / "edited.json")
        assert refused(fault) == ["DATA-220"], path


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"schema": "results/1"}'])
def test_a_file_that_is_no_seal(tmp_path: Path, body: str) -> None:
    (tmp_path / "baseline_2026.json").write_text(body, encoding="utf-8")
    with pytest.raises(BdgError) as fault:
        baselines(tmp_path)
    assert refused(fault) == ["DATA-220"]


def test_a_seal_is_replaced_only_by_a_document_that_says_why(tmp_path: Path) -> None:
    first = sealed(tmp_path)
    again, path = seal(tmp_path / "2026-11-23_01", document="QĐ 1", day=DAY)
    assert (again, len(list(tmp_path.glob("baseline_*")))) == (first, 1)
    better = put(tmp_path, results(row(estimate=55.0), row("K")))
    with pytest.raises(BdgError) as fault:
        seal(better, document="QĐ 2", day=DAY)
    assert refused(fault) == ["DATA-223"]
    second, other = seal(better, document="QĐ 2", day=DAY, reason="một người trả lời yêu cầu xóa")
    assert (second.replaces, path.read_bytes()) == (first.digest, first.body())
    assert other.name == "baseline_2026_2_GIA-LAP.json"
    assert [b.digest for b in baselines(tmp_path)] == [first.digest, second.digest]
    assert standing(baselines(tmp_path))[2026] == second
    path.unlink()
    with pytest.raises(BdgError) as fault:
        baselines(tmp_path)
    assert refused(fault) == ["DATA-220"]


def test_what_cannot_be_sealed(tmp_path: Path) -> None:
    two = put(tmp_path, results(row(), row(wave=2030)), 2026, 2030)
    waiting = put(tmp_path, results(row()))
    finding = {"check": "same_household", "state": "open"}
    (waiting / "findings.json").write_text(json.dumps([finding]), encoding="utf-8")
    for home, document in ((two, "QĐ 1"), (waiting, "QĐ 1"), (put(tmp_path, results(row())), "  ")):
        with pytest.raises(BdgError) as fault:
            seal(home, document=document, day=DAY)
        assert refused(fault) == ["DATA-222"]
    with pytest.raises(BdgError) as fault:
        seal(tmp_path / "nowhere", document="QĐ 1", day=DAY)
    assert refused(fault) == ["DATA-221"]
    assert list(tmp_path.glob("baseline_*")) == []


# ---- a later wave against the seal ---------------------------------------------------------------------------------


def held(made: Baseline | None, *waves: int, plan: Any = PLAN, book: Any = BOOK, practice: bool = True) -> Any:
    return before(made, waves or (2026, 2030), plan, book, practice=practice)


def test_without_a_seal_it_is_said(tmp_path: Path) -> None:
    assert "chưa được niêm phong" in held(None).said.vi
    assert held(None, 2026) is None
    made = sealed(tmp_path)
    told = held(made)
    assert (told.stands, told.digest) == (2026, made.digest)
    assert made.digest[:12] in told.said.vi
    assert "QĐ 1, 23/11/2026" in told.said.vi
    assert "chưa có văn bản thống nhất" in told.said.vi  # target II.3 is not signed
    assert held(made, 2026) is None  # the sealed wave alone may be computed again: a correction must be possible
    assert held(made, 2030).stands is None


def test_the_yardstick_of_a_sealed_baseline_stands(tmp_path: Path) -> None:
    made = sealed(tmp_path)
    ii3 = next(t for t in PLAN.targets if t.id == "II.3")
    easier = replace(ii3, values={y: replace(v, low=5.0) for y, v in ii3.values.items()})
    others = {
        "threshold": replace(PLAN, target_ii3=replace(PLAN.target_ii3, threshold=50)),
        "targets": replace(PLAN, targets=tuple(easier if t.id == "II.3" else t for t in PLAN.targets)),
        "thresholds": replace(PLAN, thresholds=(50, 60)),
        "score_bands": replace(PLAN, score_bands=PLAN.score_bands[:-1]),
    }
    for name, plan in others.items():
        with pytest.raises(BdgError) as fault:
            held(made, plan=plan)
        assert (refused(fault), name in fault.value.problems[0].place) == (["DATA-218"], True)
        assert fault.value.exit_code == 10
    assert held(made, plan=replace(PLAN, title=replace(PLAN.title, vi="Tên khác"))).stands == 2026


def test_the_way_of_judging_stands_once_it_was_signed(tmp_path: Path) -> None:
    """Unsigned at the seal: it may still be chosen, and the note says so.  Signed: it may not."""
    made = sealed(tmp_path)
    signed = replace(PLAN, target_ii3=replace(PLAN.target_ii3, outcome="reach60", document="QĐ 9", date="2030-01-01"))
    assert held(made, plan=signed).stands == 2026
    fixed = replace(made, target={**made.target, "signed": True})
    with pytest.raises(BdgError) as fault:
        held(fixed, plan=signed)
    assert fault.value.problems[0].place == "plan.yaml: target_ii3.outcome"


def test_a_scored_item_changes_only_when_it_says_so(tmp_path: Path) -> None:
    made, first = sealed(tmp_path), BOOK.items("K")[0]

    def asked(**more: Any) -> Any:
        some = tuple(replace(v, **more) if v.name == first.name else v for v in BOOK.variables)
        return replace(BOOK, variables=some, digest="0" * 64)

    other = replace(first.label, vi="Câu khác")
    for book in (asked(label=other), asked(label=other, changed={2026: "trước"}), asked(scale=None)):
        with pytest.raises(BdgError) as fault:
            held(made, book=book)
        assert (set(refused(fault)), fault.value.problems[0].place) == ({"DATA-219"}, first.name)
    told = held(made, book=asked(label=other, changed={2030: "luật đã sửa"}))
    assert "khai báo thay đổi" in told.said.vi
    assert held(made, book=replace(BOOK, digest="0" * 64)).stands == 2026  # an unscored question
    with pytest.raises(BdgError) as fault:
        held(made, book=replace(BOOK, scales={**BOOK.scales, "K": replace(BOOK.scales["K"], min_answered=1)}))
    assert fault.value.problems[0].place == "scale K"


def test_a_seal_of_another_kind_or_province(tmp_path: Path) -> None:
    made = sealed(tmp_path)
    for case in ({"practice": False}, {"plan": replace(PLAN, province="98")}):
        with pytest.raises(BdgError) as fault:
            held(made, **case)
        assert refused(fault) == ["DATA-220"]


def test_numbers_that_are_not_the_sealed_ones(tmp_path: Path) -> None:
    some = [row(), row("K"), row("A", domain=(("sex", "female"),)), row("D", kind="diagnostic")]
    made = sealed(tmp_path, *some)
    assert unlike(made, results(*some, row("new"))) == []
    assert unlike(made, results(*(replace(r, estimate=(r.estimate or 0) * (1 + 1e-12)) for r in some))) == []
    moved = [replace(r, se=1.001) for r in some[:1]] + [replace(r, n=399) for r in some[2:3]] + some[3:]
    assert [(a.indicator, b and b.indicator) for a, b in unlike(made, results(*moved))] == [
        ("score", "score"), ("K", None), ("A", "A"),
    ]  # fmt: skip


# ---- the contract ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("heading", "of"), [("run.json", Record), ("changes.csv", Change), ("baseline_<kỳ>.json", Baseline)])
def test_the_contract_names_every_field(heading: str, of: type) -> None:
    assert table(heading) == [f.name for f in fields(of)]  # type: ignore[arg-type]  # all three are dataclasses
