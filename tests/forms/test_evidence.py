"""Evidence that only people can give: what counts, what goes stale, and that no lock is written without it (decision 16)."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forms.cli import app
from forms.digests import wordings
from forms.errors import BdgError
from forms.evidence import WHOLE, read_evidence
from forms.load import load_questionnaire
from forms.lock import lock_bytes, lock_of, read_locks
from forms.locking import lock_all, write_lock
from forms.question import DRAFT
from forms.xlsform import sheets
from tests.forms.writing import FIRST, SCORED, refused, with_evidence, write_form

READ = SCORED.replace("read_on: null", "read_on: 2026-11-01")


def codes(folder: Path) -> dict[str, str]:
    return wordings(load_questionnaire(folder))


def test_a_lock_without_evidence_names_every_item_and_writes_nothing(tmp_path: Path) -> None:
    folder = write_form(tmp_path)
    problems = refused(lambda: write_lock(load_questionnaire(folder), folder, 2026))
    assert [(p.code, dict(p.facts)["name"]) for p in problems] == [("FORM-036", "k1"), ("FORM-036", "a1"), ("FORM-037", "k1")]
    assert problems[0].place.startswith("20_scored.yaml:")
    assert codes(folder)["k1"] in problems[0].expected
    assert not list(folder.glob("*.lock"))


def test_a_tested_item_with_an_unread_law_is_not_locked(tmp_path: Path) -> None:
    tried = "k1,2026-08-01,8,3,,,,,\na1,2026-08-01,9,4,,,,,\n"
    folder = with_evidence(write_form(tmp_path), tried)
    assert [p.code for p in refused(lambda: write_lock(load_questionnaire(folder), folder, 2026))] == ["FORM-037"]
    read = with_evidence(write_form(tmp_path / "read", scored=READ), tried)
    write_lock(load_questionnaire(read), read, 2026)
    (lock,) = read_locks(read)
    said = {"k1": "2026-08-01: 8 người / people, 3 nhóm / groups", "a1": "2026-08-01: 9 người / people, 4 nhóm / groups"}
    assert dict(lock.evidence) == said


def test_evidence_about_another_wording_is_stale(tmp_path: Path) -> None:
    folder = write_form(tmp_path, scored=READ)
    now = codes(folder)
    with_evidence(folder, f"k1,2026-08-01,8,3,,,,,{now['k1']}\na1,2026-08-01,8,3,,,,,{now['a1']}\n")
    assert load_questionnaire(folder).draft == ()
    path = folder / "20_scored.yaml"
    path.write_text(READ.replace("Nam nữ có quyền", "Nữ và nam có quyền"), encoding="utf-8")
    assert codes(folder)["k1"] != now["k1"]
    assert codes(folder)["a1"] == now["a1"]
    assert load_questionnaire(folder).draft == ("k1",)


@pytest.mark.parametrize("change", ["Tán thành", "Việc nhà là việc chung."])
def test_the_code_of_a_wording_covers_the_choices(tmp_path: Path, change: str) -> None:
    folder = write_form(tmp_path)
    before = codes(folder)
    for file in ("lists.yaml", "20_scored.yaml"):
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8").replace(change, change + " lắm"), encoding="utf-8")
    after = codes(folder)
    assert (after["a1"] != before["a1"], after["k1"] == before["k1"]) == (True, True)


def test_a_form_that_scores_nothing_needs_a_record_of_the_whole(tmp_path: Path) -> None:
    bare = SCORED.partition("  - name: k1")[0] + SCORED[SCORED.index("  - name: ways") :]
    folder = write_form(tmp_path, scored=bare)
    form = load_questionnaire(folder)
    assert form.draft == (WHOLE,)
    assert DRAFT in sheets(form)[2].rows[0][0]
    assert [dict(p.facts)["name"] for p in refused(lambda: write_lock(form, folder, 2026))] == [WHOLE]
    with_evidence(folder, f"{WHOLE},2026-08-01,8,3,,,,,\n")
    assert load_questionnaire(folder).draft == ()


def test_every_mistake_of_the_file_is_told_at_once(tmp_path: Path) -> None:
    folder = with_evidence(write_form(tmp_path), "k1,hôm qua,tám,3,,,,,\na1,2026-08-01,8,ba,,,,,\n")
    problems = refused(lambda: load_questionnaire(folder))
    assert [(p.place, p.got) for p in problems] == [
        ("cognitive.csv:2", "tám"), ("cognitive.csv:2", "hôm qua"), ("cognitive.csv:3", "ba"),
    ]  # fmt: skip


def test_a_lost_column_is_named(tmp_path: Path) -> None:
    folder = write_form(tmp_path)
    (folder / "evidence").mkdir()
    (folder / "evidence" / "cognitive.csv").write_text("item,date\nk1,2026-08-01\n", encoding="utf-8")
    assert "people" in refused(lambda: load_questionnaire(folder))[0].got


def test_a_file_saved_without_the_wording_column_is_read(tmp_path: Path) -> None:
    folder = write_form(tmp_path)
    (folder / "evidence").mkdir()
    path = folder / "evidence" / "cognitive.csv"
    path.write_text("item,date,people,groups,problem,change,waived_by,waiver_document\nk1,,,,,,A,B\n", encoding="utf-8-sig")
    assert [(e.item, e.waived, e.wording) for e in read_evidence(path)] == [("k1", True, "")]


def test_all_forms_are_locked_or_none(tmp_path: Path) -> None:
    good = with_evidence(write_form(tmp_path / "good"))
    bad = write_form(tmp_path / "bad")
    with pytest.raises(BdgError):
        lock_all([(load_questionnaire(f), f) for f in (good, bad)], 2026)
    assert not list(tmp_path.rglob("*.lock"))
    with_evidence(bad)
    assert len(lock_all([(load_questionnaire(f), f) for f in (good, bad)], 2026)) == 2


def test_a_disk_that_fills_up_at_the_second_lock_leaves_no_lock_at_all(tmp_path: Path) -> None:
    """The first fits, the second does not: told in words, and neither form is locked."""
    import resource  # Linux and macOS: only there can the size of a file be limited

    more = FIRST + "  - name: born\n    type: integer\n    range: [1900, 2030]\n    ask: {vi: Sinh năm?, en: Born?}\n"
    folders = [with_evidence(write_form(tmp_path / "one")), with_evidence(write_form(tmp_path / "two", first=more))]
    forms = [(load_questionnaire(f), f) for f in folders]
    fits = len(
        lock_bytes(lock_of(forms[0][0], 2026, dict.fromkeys(("k1", "a1"), "miễn thử nghiệm / waived: Văn bản giả lập số 1")))
    )
    before, heard = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (fits, before[1]))
    try:
        problems = refused(lambda: lock_all(forms, 2026))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, heard)
    assert [p.code for p in problems] == ["DATA-031"]
    assert not list(tmp_path.rglob("*.lock"))
    assert len(lock_all(forms, 2026)) == 2


def test_the_shipped_forms_cannot_be_locked_yet_and_say_why() -> None:
    done = CliRunner().invoke(app, ["lock", "2026", "household"])
    assert isinstance(done.exception, BdgError)
    told = [(p.code, dict(p.facts)["name"]) for p in done.exception.problems]
    assert ("FORM-036", "k01") in told
    assert ("FORM-037", "k10") in told
    assert done.exception.exit_code == 10


def test_a_lock_keeps_the_form_as_it_stood(tmp_path: Path) -> None:
    folder = with_evidence(write_form(tmp_path))
    write_lock(load_questionnaire(folder), folder, 2026)
    (lock,) = read_locks(folder)
    assert lock.as_it_stood is not None
    assert [a.vi for a in lock.as_it_stood.asked if a.name == "k1"] == ["Nam nữ có quyền như nhau."]
    raw = json.loads((folder / "2026.lock").read_text(encoding="utf-8"))
    for name in ("as_it_stood", "evidence"):
        raw.pop(name)
    (folder / "2026.lock").write_text(json.dumps(raw), encoding="utf-8")
    (older,) = read_locks(folder)
    assert (older.as_it_stood, dict(older.evidence), older.digests) == (None, {}, lock.digests)
