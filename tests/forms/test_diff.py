"""Two versions of a form: every kind of change has its rule, and the rule its class for the server and the trend."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forms.cli import app
from forms.compared import version_of
from forms.diff import KINDS, alike, changes, rules, told, worst
from forms.languages.store import file_of
from forms.load import load_questionnaire, questionnaire_folder
from forms.locking import write_lock
from forms.shelf import shipped
from forms.snapshot import Snapshot, as_plain, from_plain, snapshot
from forms.workbook import workbook_bytes
from forms.xlsform import sheets
from tests.forms.translating import folder_with, row
from tests.forms.writing import FILES, refused, with_evidence, write_form

runner = CliRunner()
V2 = ("form.yaml", 'version: "1"', 'version: "2"')

TV, RADIO = "  - {code: tv, vi: Ti vi, en: Television}\n", "  - {code: radio, vi: Ra-đi-ô, en: Radio}\n"
REFUSED = "vi: Không trả lời, en: No answer, why: refused"
RESPONDENT = "label: {vi: Người trả lời, en: Respondent}\n"
RANGED = "    range: [15, 110]\n"

# file, old, new -> (question, rule, class)
CASES = [
    ("20_scored.yaml", "Nam nữ có quyền như nhau.", "Nữ nam có quyền như nhau.", ("k1", "wording", "breaking")),
    ("20_scored.yaml", "Nghe qua cách nào?", "Ông/Bà nghe qua cách nào?", ("ways", "wording", "note")),
    ("20_scored.yaml", "Heard through which?", "Through which?", ("ways", "wording_en", "safe")),
    ("20_scored.yaml", "Men and women have", "Women and men have", ("k1", "wording_en", "note")),
    ("10_first.yaml", "    type: integer\n" + RANGED, "    type: text\n" + RANGED, ("age", "type", "note")),
    ("10_first.yaml", "    type: text\n    private", "    type: integer\n    private", ("phone", "type_refused", "breaking")),
    ("20_scored.yaml", "type: select_multiple", "type: select_one", ("ways", "single_multiple", "breaking")),
    ("10_first.yaml", "range: [15, 110]", "range: [16, 110]", ("age", "constraint", "note")),
    ("10_first.yaml", "only_if: age >= 18", "only_if: age >= 16", ("phone", "relevant", "note")),
    ("20_scored.yaml", "    only_if: age >= 18", "    only_if: age >= 16", ("a1", "relevant", "breaking")),
    ("20_scored.yaml", "{value: t,", "{value: f,", ("k1", "key", "breaking")),
    ("20_scored.yaml", "valid_to: null", "valid_to: 2028-12-31", ("k1", "key", "breaking")),
    ("20_scored.yaml", "reverse: true", "reverse: false", ("a1", "scoring", "breaking")),
    ("10_first.yaml", "    required: false\n", "", ("phone", "required", "safe")),
    ("10_first.yaml", "    private: true\n", "", ("phone", "private", "safe")),
    ("lists.yaml", "vi: Ti vi", "vi: Ti vi màn hình", ("ways", "choice_wording", "note")),
    ("lists.yaml", "vi: Ti vi", "vi: Báo giấy", ("ways", "choice_reused", "breaking")),
    ("lists.yaml", "{code: tv, vi: Ti vi", "{code: television, vi: Ti vi", ("ways", "choice_recoded", "breaking")),
    ("lists.yaml", RADIO, "", ("ways", "choice_removed", "note")),
    ("lists.yaml", RADIO, "  - {code: zalo, vi: Zalo, en: Zalo}\n" + RADIO, ("ways", "choice_added", "note")),
    ("lists.yaml", REFUSED, REFUSED[:-14], ("ways", "choice_kind", "breaking")),
    ("lists.yaml", "vi: Vừa phải", "vi: Vừa phải thôi", ("a1", "choice_wording", "breaking")),
    ("form.yaml", "id: tiny", "id: tiny_two", ("", "form_id", "breaking")),
    ("form.yaml", "min_answered: 1, label: {vi: Hiểu biết", "min_answered: 2, label: {vi: Hiểu biết", ("", "scale", "breaking")),
    ("form.yaml", "title: {vi: Khảo sát nhỏ", "mode: self\ntitle: {vi: Khảo sát nhỏ", ("", "mode", "breaking")),
    ("form.yaml", "vi: Khảo sát nhỏ", "vi: Khảo sát rất nhỏ", ("", "title", "safe")),
    ("10_first.yaml", "  - name: phone", "  - name: phone_number", ("phone_number", "renamed", "breaking")),
    ("20_scored.yaml", "section: m2", "section: m3", ("ways", "group", "note")),
]  # fmt: skip


def version(folder: Path, *edits: tuple[str, str, str]) -> Path:
    write_form(folder)
    for file, old, new in edits:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def read(folder: Path) -> Snapshot:
    return snapshot(load_questionnaire(folder))


def found(tmp_path: Path, *edits: tuple[str, str, str]) -> list[tuple[str, str, str]]:
    got = changes(read(version(tmp_path / "old")), read(version(tmp_path / "new", V2, *edits)))
    return [(c.question, c.rule.id, c.kind) for c in got]


@pytest.mark.parametrize(("file", "old", "new", "expected"), CASES, ids=[f"{c[3][1]}-{c[3][0]}" for c in CASES])
def test_each_change_is_seen_and_classed(tmp_path: Path, file: str, old: str, new: str, expected: tuple[str, str, str]) -> None:
    got = found(tmp_path, (file, old, new))
    assert expected in got
    assert ("", "version", "safe") in got


def test_only_the_version_is_safe(tmp_path: Path) -> None:
    assert found(tmp_path) == [("", "version", "safe")]


def test_nothing_changed(tmp_path: Path) -> None:
    one = read(version(tmp_path))
    assert changes(one, one) == ()
    assert worst(()) == "safe"
    assert told(()) == ["không có thay đổi nào / no change"]


def test_content_that_changes_under_one_version_breaks(tmp_path: Path) -> None:
    """ODK Central answers 409.6 to a version it has."""
    got = changes(read(version(tmp_path / "old")), read(version(tmp_path / "new", CASES[1][:3])))
    assert [(c.question, c.rule.id, c.kind) for c in got] == [("", "same_version", "breaking"), ("ways", "wording", "note")]


def test_a_declared_change_leaves_the_comparison_score_but_a_server_still_refuses(tmp_path: Path) -> None:
    declared = ("20_scored.yaml", "  - name: k1\n", "  - name: k1\n    changed: {2030: luật mới}\n")
    assert ("k1", "declared", "note") in found(tmp_path / "a", declared, CASES[0][:3])
    retyped = ("20_scored.yaml", "    type: select_one\n    list: truth\n", "    type: select_multiple\n    list: truth\n")
    assert ("k1", "single_multiple", "breaking") not in found(tmp_path / "b", declared, retyped)
    recoded = ("lists.yaml", "{code: t, vi: Đúng", "{code: r, vi: Đúng")
    key = ("20_scored.yaml", "{value: t,", "{value: r,")
    assert ("k1", "choice_recoded", "breaking") in found(tmp_path / "c", declared, recoded, key)


def test_questions_that_come_and_go(tmp_path: Path) -> None:
    new = "  - name: extra\n    type: integer\n    range: [0, 9]\n    ask: {vi: Mấy con?, en: Children?}\n  - name: phone\n"
    assert ("extra", "added", "safe") in found(tmp_path / "a", ("10_first.yaml", "  - name: phone\n", new))
    first = FILES["10_first.yaml"]
    gone = ("10_first.yaml", first[first.index("  - name: phone") :], "")
    assert ("phone", "removed", "note") in found(tmp_path / "b", gone)
    scored = FILES["20_scored.yaml"]
    k1 = scored[scored.index("  - name: k1") : scored.index("  - name: a1")]
    assert ("k1", "removed", "breaking") in found(tmp_path / "c", ("20_scored.yaml", k1, ""))
    twin = k1.replace("name: k1", "name: k2").replace("Nam nữ có", "Trẻ em có")
    assert ("k2", "added", "breaking") in found(tmp_path / "d", ("20_scored.yaml", k1, k1 + twin))
    later = twin.replace("    type: select_one", "    since: 2030\n    type: select_one")
    assert ("k2", "added_later", "note") in found(tmp_path / "e", ("20_scored.yaml", k1, k1 + later))


def test_a_moved_item_is_named_and_the_others_are_not(tmp_path: Path) -> None:
    scored = FILES["20_scored.yaml"]
    k1 = scored[scored.index("  - name: k1") : scored.index("  - name: a1")]
    got = found(tmp_path, ("20_scored.yaml", scored[scored.index("  - name: k1") :], scored[scored.index("  - name: a1") :] + k1))
    assert [g for g in got if g[1] == "order"] == [("k1", "order", "breaking")]


def test_in_and_out_of_a_repeat_is_refused_by_the_server(tmp_path: Path) -> None:
    repeated = ("10_first.yaml", RESPONDENT, RESPONDENT + "repeat: '2'\n")
    assert ("age", "repeat", "breaking") in found(tmp_path, repeated)


def test_every_rule_is_met_by_a_test_and_has_words() -> None:
    """A rule nobody can trigger would only look like knowledge."""
    met = {c[3][1] for c in CASES} | {
        "version", "same_version", "unsaid", "translation", "declared", "added", "added_later", "removed", "order", "repeat",
        "hint", "list_file", "optional", "calculate", "look", "choice_order", "choice_wording_en",
    }  # fmt: skip
    assert set(rules()) == met
    assert all(r.kind in KINDS and r.scored in KINDS and r.vi and r.en for r in rules().values())
    assert all(KINDS.index(r.scored) >= KINDS.index(r.kind) for r in rules().values())


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("10_first.yaml", 'en: "Age?"}', 'en: "Age?"}\n    hint: {vi: Tuổi tròn, en: Completed}'), ("age", "hint", "safe")),
        (("10_first.yaml", "  - name: age\n", "  - name: age\n    required: false\n"), ("age", "optional", "note")),
        (("10_first.yaml", "  - name: age\n", "  - name: age\n    appearance: counter\n"), ("age", "look", "safe")),
        (("10_first.yaml", "    list: yes_no\n", "    file: units.csv\n"), ("consent", "list_file", "note")),
        (("lists.yaml", "en: Television", "en: TV set"), ("ways", "choice_wording_en", "safe")),
        (("lists.yaml", TV + RADIO, RADIO + TV), ("ways", "choice_order", "note")),
    ],
)  # fmt: skip
def test_the_rest(tmp_path: Path, edit: tuple[str, str, str], expected: tuple[str, str, str]) -> None:
    assert expected in found(tmp_path, edit)


def test_a_calculation(tmp_path: Path) -> None:
    add = "  - {name: born, type: calculate, calculate: '2026 - ${age}'}\n  - name: phone\n"
    one = read(version(tmp_path / "a", ("10_first.yaml", "  - name: phone\n", add)))
    two = read(version(tmp_path / "b", V2, ("10_first.yaml", "  - name: phone\n", add.replace("2026", "2030"))))
    assert ("born", "calculate", "note") in [(c.question, c.rule.id, c.kind) for c in changes(one, two)]


def test_a_label_turned_to_its_opposite_is_not_a_rewording() -> None:
    assert alike("Có, ở nhà", "Có, tại nhà")
    assert not alike("Đồng ý với ý này", "Không đồng ý với ý này")
    assert not alike("Ti vi", "Báo giấy")


def test_a_snapshot_survives_json() -> None:
    one = read(questionnaire_folder("household"))
    assert from_plain(json.loads(json.dumps(as_plain(one)))) == one


def test_a_changed_translation_is_a_note(tmp_path: Path) -> None:
    """Of a locked item too: the same item in other words of another language."""

    def spoken(folder: Path, *edits: tuple[str, str, str], k1: str) -> Path:
        rows = [row("k1.label", "Nam nữ có quyền như nhau.", k1), row("age.label", "Tuổi tròn?", "[age]")]
        folder_with(folder, "hre", file_of(rows))
        return with_evidence(version(folder, *edits))

    old, new = spoken(tmp_path / "old", k1="[k1]"), spoken(tmp_path / "new", V2, k1="[k one]")
    write_lock(load_questionnaire(old), old, 2026)
    got = [(c.question, c.rule.id, c.kind) for c in changes(version_of(str(old / "2026.lock")), version_of(str(new)))]
    assert got == [("k1", "translation", "note"), ("", "version", "safe")]


def test_the_command_tells_a_lock_from_the_form_of_today(tmp_path: Path) -> None:
    folder = with_evidence(version(tmp_path / "tiny"))
    write_lock(load_questionnaire(folder), folder, 2026)
    same = runner.invoke(app, ["diff", str(folder / "2026.lock"), str(folder)])
    assert (same.exit_code, same.output) == (0, "không có thay đổi nào / no change\n")
    later = shutil.copytree(folder, tmp_path / "later")
    version(later, V2, CASES[1][:3])
    note = runner.invoke(app, ["diff", str(folder / "2026.lock"), str(later)])
    assert note.exit_code == 3
    assert "ways [wording]" in note.output
    version(later, V2, CASES[0][:3])
    broken = runner.invoke(app, ["diff", str(folder / "2026.lock"), str(later)])
    assert broken.exit_code == 10
    assert broken.output.splitlines()[0].startswith("PHÁ VỠ SO SÁNH")
    assert "Nữ nam có quyền như nhau." in broken.output


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_form_agrees_with_its_own_xlsform(name: str, tmp_path: Path) -> None:
    """The workbook that a server has, against the definition: only what no XLSForm says stays open."""
    form = load_questionnaire(questionnaire_folder(name))
    path = tmp_path / "form.xlsx"
    path.write_bytes(workbook_bytes(sheets(form)))
    assert [(c.question, c.rule.id) for c in changes(version_of(str(path)), version_of(name))] == [("", "unsaid")]


def test_a_change_against_an_xlsform_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(workbook_bytes(sheets(load_questionnaire(version(tmp_path / "old")))))
    new = version(tmp_path / "new", V2, CASES[1][:3])
    assert [(c.question, c.rule.id) for c in changes(version_of(str(path)), read(new))] == [
        ("", "unsaid"), ("ways", "wording"), ("", "version"),
    ]  # fmt: skip


def test_what_cannot_be_compared_is_told(tmp_path: Path) -> None:
    done = runner.invoke(app, ["diff", str(tmp_path), "household"])
    assert "[FORM-038]" in str(done.exception)
    folder = with_evidence(version(tmp_path / "tiny"))
    write_lock(load_questionnaire(folder), folder, 2026)
    raw = json.loads((folder / "2026.lock").read_text(encoding="utf-8"))
    raw.pop("as_it_stood")
    (folder / "2026.lock").write_text(json.dumps(raw), encoding="utf-8")
    assert [p.code for p in refused(lambda: version_of(str(folder / "2026.lock")))] == ["FORM-038"]
