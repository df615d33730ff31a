"""The lock: what 2026 asked and scored stays as it was, or says in the form why it changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forms.build import load
from forms.load import load_questionnaire
from forms.lock import check_lock, lock_bytes, lock_of, read_locks
from forms.locking import write_lock
from tests.forms.writing import FILES, SCORED, line_of, refused, with_evidence, write_form

CHANGES = [
    ("wording", "20_scored.yaml", "Nam nữ có quyền như nhau.", "Nam nữ đều có quyền như nhau.", ("k1",)),
    ("english", "20_scored.yaml", "Men and women have", "Women and men have", ("k1",)),
    ("key", "20_scored.yaml", "{value: t,", "{value: f,", ("k1",)),
    ("validity", "20_scored.yaml", "valid_to: null", "valid_to: 2028-12-31", ("k1",)),
    ("direction", "20_scored.yaml", "reverse: true", "reverse: false", ("a1",)),
    ("condition", "20_scored.yaml", "    only_if: age >= 18", "    only_if: age >= 16", ("a1",)),
    ("condition of the section", "20_scored.yaml", "only_if: consent = yes", "only_if: consent = yes and age > 20", ("k1", "a1")),
    ("choice text", "lists.yaml", "vi: Vừa phải", "vi: Tạm được", ("a1",)),
    ("choice order", "lists.yaml", '  - {code: t, vi: Đúng, en: "True"}\n  - {code: f, vi: Sai, en: "False"}\n',
     '  - {code: f, vi: Sai, en: "False"}\n  - {code: t, vi: Đúng, en: "True"}\n', ("k1",)),
    ("list", "20_scored.yaml", "    list: truth\n", "    list: yes_no_dk\n", ("k1",)),
]  # fmt: skip


def locked(folder: Path) -> Path:
    write_lock(load_questionnaire(with_evidence(write_form(folder))), folder, 2026)
    return folder


def change(folder: Path, file: str, old: str, new: str) -> Path:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    if "yes_no_dk" in new:
        more = '\nyes_no_dk:\n  - {code: t, vi: Đúng, en: "True"}\n  - {code: f, vi: Sai, en: "False"}\n'
        (folder / "lists.yaml").write_text(FILES["lists.yaml"] + more, encoding="utf-8")
    return folder


def test_an_unchanged_form_passes_its_lock(tmp_path: Path) -> None:
    load(locked(tmp_path))


@pytest.mark.parametrize(("what", "file", "old", "new", "items"), CHANGES, ids=[c[0] for c in CHANGES])
def test_a_changed_scored_item_breaks_the_build(
    tmp_path: Path, what: str, file: str, old: str, new: str, items: tuple[str, ...]
) -> None:
    folder = change(locked(tmp_path), file, old, new)
    problems = refused(lambda: load(folder))
    assert [(p.code, dict(p.facts)["name"], dict(p.facts)["wave"]) for p in problems] == [("FORM-016", i, "2026") for i in items]
    for problem, item in zip(problems, items, strict=True):
        assert problem.place.startswith(f"20_scored.yaml:{line_of(folder, '20_scored.yaml', f'name: {item}')}")
        assert problem.expected != problem.got


@pytest.mark.parametrize(("what", "file", "old", "new", "items"), CHANGES, ids=[c[0] for c in CHANGES])
def test_a_declared_reason_lets_the_change_pass(
    tmp_path: Path, what: str, file: str, old: str, new: str, items: tuple[str, ...]
) -> None:
    folder = change(locked(tmp_path), file, old, new)
    for item in items:
        change(folder, "20_scored.yaml", f"  - name: {item}\n", f"  - name: {item}\n    changed: {{2030: luật mới}}\n")
    load(folder)


@pytest.mark.parametrize(
    ("reason", "code"), [("{2026: luật mới}", "FORM-016"), ("{2030: ''}", "FORM-070"), ("{2022: luật cũ}", "FORM-016")]
)
def test_a_reason_for_no_later_wave_or_without_words_is_none(tmp_path: Path, reason: str, code: str) -> None:
    folder = change(locked(tmp_path), "20_scored.yaml", "{value: t,", "{value: f,")
    change(folder, "20_scored.yaml", "  - name: k1\n", f"  - name: k1\n    changed: {reason}\n")
    assert [p.code for p in refused(lambda: load(folder))] == [code]


def test_a_reason_alone_changes_nothing(tmp_path: Path) -> None:
    load(change(locked(tmp_path), "20_scored.yaml", "  - name: k1\n", "  - name: k1\n    changed: {2030: luật mới}\n"))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("10_first.yaml", "Tuổi tròn?", "Bao nhiêu tuổi?"),
        ("20_scored.yaml", "Nghe qua cách nào?", "Nghe bằng cách nào?"),
        ("lists.yaml", "vi: Ti vi", "vi: Truyền hình"),
        ("form.yaml", 'version: "1"', 'version: "2"'),
        ("20_scored.yaml", "article: Điều 1", "article: Điều 1 khoản 2"),
        ("20_scored.yaml", "read_on: null", "read_on: 2026-11-22"),
    ],
)
def test_what_is_not_scored_may_change(tmp_path: Path, file: str, old: str, new: str) -> None:
    load(change(locked(tmp_path), file, old, new))


def test_a_scored_item_may_not_vanish(tmp_path: Path) -> None:
    folder = locked(tmp_path)
    start, end = SCORED.index("  - name: k1"), SCORED.index("  - name: a1")
    (folder / "20_scored.yaml").write_text(SCORED[:start] + SCORED[end:], encoding="utf-8")
    (problem,) = refused(lambda: load(folder))
    assert (problem.code, problem.place, dict(problem.facts)["name"]) == ("FORM-019", "2026.lock", "k1")


def test_a_scored_item_that_is_scored_no_longer_is_changed(tmp_path: Path) -> None:
    folder = change(locked(tmp_path), "20_scored.yaml", "    score: {scale: A, reverse: true}\n", "")
    assert [p.code for p in refused(lambda: load(folder))] == ["FORM-016"]


def test_every_lock_is_compared_and_all_is_told_at_once(tmp_path: Path) -> None:
    folder = locked(tmp_path)
    change(folder, "20_scored.yaml", "{value: t,", "{value: f,")
    change(folder, "20_scored.yaml", "  - name: k1\n", "  - name: k1\n    changed: {2030: luật mới}\n")
    write_lock(load(folder), folder, 2030)
    assert [lock.wave for lock in read_locks(folder)] == [2026, 2030]
    load(folder)
    change(folder, "20_scored.yaml", "Nam nữ", "Nữ nam")
    assert [dict(p.facts)["wave"] for p in refused(lambda: load(folder))] == ["2030"]
    change(folder, "20_scored.yaml", "reverse: true", "reverse: false")
    assert len(refused(lambda: load(folder))) == 3


def test_a_lock_is_written_once(tmp_path: Path) -> None:
    folder = locked(tmp_path)
    before = (folder / "2026.lock").read_bytes()
    (problem,) = refused(lambda: write_lock(load_questionnaire(folder), folder, 2026))
    assert (problem.code, problem.place) == ("FORM-021", "2026.lock")
    assert (folder / "2026.lock").read_bytes() == before


def test_a_lock_reads_back_as_it_was_written(tmp_path: Path) -> None:
    folder = locked(tmp_path)
    form = load_questionnaire(folder)
    (lock,) = read_locks(folder)
    assert lock == lock_of(form, 2026, dict.fromkeys(("k1", "a1"), "miễn thử nghiệm / waived: Văn bản giả lập số 1"))
    assert lock.scored == ("k1", "a1")
    assert lock_bytes(lock) == (folder / "2026.lock").read_bytes()
    assert list(json.loads(lock_bytes(lock))["digests"]) == [q.name for _, q in form.questions()]
    check_lock(form, ())


def test_a_broken_lock_is_told_not_traced(tmp_path: Path) -> None:
    folder = locked(tmp_path)
    (folder / "2026.lock").write_text("{", encoding="utf-8")
    assert refused(lambda: load(folder))[0].place.startswith("2026.lock")
