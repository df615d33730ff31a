"""The translators' workbook: filled by a translator's own program (openpyxl), read back, refused by its cell where it must be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook as Book

from forms.languages.known import language
from forms.languages.shelved import all_of, save
from forms.languages.store import file_of, read_rows, stored
from forms.languages.taken import Taken, open_workbook, take
from forms.languages.texts import source_digest, texts
from forms.languages.translators import (
    AUDIO,
    BACK,
    FILLED,
    GUIDE,
    HEADER,
    KEY,
    NOTE,
    SAID,
    SOURCE,
    STATE,
    VI,
    WORK,
    translators_workbook,
)
from tests.forms.translating import row
from tests.forms.writing import FIRST, python, refused, write_form

NAMED = FIRST.replace("Tuổi tròn?", "Người thứ ${consent}: tuổi tròn?").replace('en: "Age?"', 'en: "Member ${consent}: age?"')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small questionnaire with a reference in one text."""
    return write_form(tmp_path / "tiny", first=NAMED)


def exported(folder: Path, out: Path, code: str = "hre") -> Path:
    out.write_bytes(translators_workbook(all_of(folder), language(code), stored(folder, code)))
    return out


class Translator:
    """Somebody with the workbook open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book: Book = load_workbook(path)
        self.rows = {r[KEY].value: r for r in self.book[WORK].iter_rows(min_row=2)}
        self.book[GUIDE]["B4"], self.book[GUIDE]["B5"] = "HRE-01", "2026-10-05"

    def fill(self, key: str, said: object = None, **cells: object) -> Translator:
        columns = {"said": SAID, "back": BACK, "audio": AUDIO, "state": STATE, "vi": VI}
        for name, value in {"said": said, **cells}.items():
            if value is not None:
                self.rows[key][columns[name]].value = value if value != "" else None
        return self

    def save(self) -> Path:
        self.book.save(self.path)
        return self.path


def took(path: Path, folder: Path) -> Taken:
    book = open_workbook(path)
    return take(book, all_of(folder), stored(folder, book.code), path.name)


def returned(folder: Path, path: Path) -> Taken:
    """Imported and kept, as the command does."""
    found = took(path, folder)
    save(folder, "hre", found.rows)
    return found


# ---- the workbook


@pytest.fixture
def sheet(folder: Path, tmp_path: Path) -> Any:
    return load_workbook(exported(folder, tmp_path / "hre.xlsx"))


def test_one_row_a_text_with_its_context(sheet: Any, folder: Path) -> None:
    head, *rows = [[c.value or "" for c in r] for r in sheet[WORK].iter_rows()]
    assert tuple(head) == HEADER
    wanted = texts(all_of(folder))
    assert [r[KEY] for r in rows] == [t.key for t in wanted]
    assert rows[0][:7] == ["section.m1", "Người trả lời", "", "tên phần / section", "Người trả lời", "Respondent", "80"]
    assert [r[VI] for r in rows] == [t.vi for t in wanted]
    assert all(r[6].isdecimal() for r in rows)
    assert all(not r[c] for r in rows for c in FILLED)


def test_a_reference_is_explained(sheet: Any) -> None:
    (note,) = [r[NOTE].value for r in sheet[WORK].iter_rows(min_row=2) if r[KEY].value == "age.label"]
    assert note.startswith("${consent}: máy tự điền (Ông/Bà có đồng ý?), chép nguyên")


def test_only_the_cells_to_fill_are_open(sheet: Any) -> None:
    page = sheet[WORK]
    assert page.protection.sheet
    assert sheet[GUIDE].protection.sheet
    for cells in page.iter_rows(min_row=2):
        spoken = cells[KEY].value.endswith(".label") or cells[KEY].value.startswith("list.")
        open_ = {c.column - 1 for c in cells if not c.protection.locked}
        assert open_ == {c for c in FILLED if spoken or c != AUDIO}, cells[KEY].value
    assert [c.coordinate for r in sheet[GUIDE].iter_rows() for c in r if not c.protection.locked] == ["B4", "B5"]


def test_a_program_that_obeys_warns_of_a_long_text_and_a_strange_state(sheet: Any) -> None:
    rules = {str(v.sqref): v for v in sheet[WORK].data_validations.dataValidation}
    first = next(v for at, v in rules.items() if at.startswith("H2"))
    assert (first.type, first.operator, first.formula1) == ("textLength", "lessThanOrEqual", "80")
    assert any(v.type == "list" and v.formula1 == '"nháp,đã dịch ngược,đã duyệt"' for v in rules.values())


def test_the_same_bytes_again(folder: Path, tmp_path: Path) -> None:
    one, two = (exported(folder, tmp_path / f"{n}.xlsx").read_bytes() for n in (1, 2))
    assert one == two


# ---- what comes back


def test_what_a_translator_fills_in_comes_back(folder: Path, tmp_path: Path) -> None:
    hand = Translator(exported(folder, tmp_path / "hre.xlsx"))
    hand.fill("consent.label", "[đồng ý]", back="Ông chịu không?", audio="hre_consent.mp3", state="đã duyệt")
    hand.fill("age.label", "[tuổi của ${consent}]").fill("list.yes_no.yes", "  [có]\n ")
    found = returned(folder, hand.save())
    assert found.stale == ()
    kept = read_rows(folder / "translations" / "hre.csv")
    assert set(kept) == {"consent.label", "age.label", "list.yes_no.yes"}
    assert kept["list.yes_no.yes"].translation == "[có]"
    one = kept["consent.label"]
    assert (one.state, one.audio, one.translator, one.date) == ("approved", "hre_consent.mp3", "HRE-01", "2026-10-05")
    assert one.back_holds()
    assert one.source == "Ông/Bà có đồng ý?"


def test_exporting_and_importing_again_changes_nothing(folder: Path, tmp_path: Path) -> None:
    returned(folder, Translator(exported(folder, tmp_path / "a.xlsx")).fill("consent.label", "[x]", back="y").save())
    before = (folder / "translations" / "hre.csv").read_bytes()
    again = Translator(exported(folder, tmp_path / "b.xlsx"))
    assert again.rows["consent.label"][SAID].value == "[x]"
    again.book[GUIDE]["B4"] = "HRE-99"
    assert returned(folder, again.save()).rows == ()
    assert (folder / "translations" / "hre.csv").read_bytes() == before


def test_an_empty_workbook_needs_no_translator(folder: Path, tmp_path: Path) -> None:
    assert took(exported(folder, tmp_path / "hre.xlsx"), folder) == Taken((), ())


def test_a_text_can_be_taken_back(folder: Path, tmp_path: Path) -> None:
    returned(folder, Translator(exported(folder, tmp_path / "a.xlsx")).fill("consent.label", "[x]").save())
    returned(folder, Translator(exported(folder, tmp_path / "b.xlsx")).fill("consent.label", "", state="").save())
    assert read_rows(folder / "translations" / "hre.csv")["consent.label"].translation == ""


def test_rows_may_be_sorted_and_dates_may_be_dates(folder: Path, tmp_path: Path) -> None:
    from datetime import datetime

    hand = Translator(exported(folder, tmp_path / "hre.xlsx")).fill("consent.label", "[x]")
    page = hand.book[WORK]
    rows = [[c.value for c in r] for r in page.iter_rows(min_row=2)]
    for number, cells in enumerate(reversed(rows), 2):
        for column, value in enumerate(cells, 1):
            page.cell(number, column).value = value
    hand.book[GUIDE]["B5"] = datetime(2026, 10, 5)
    assert [(r.key, r.date) for r in took(hand.save(), folder).rows] == [("consent.label", "2026-10-05")]


# ---- a changed source


def reworded(folder: Path, old: str, new: str) -> None:
    path = folder / "10_first.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_source_that_changed_since_the_export_marks_the_row(folder: Path, tmp_path: Path) -> None:
    """The work is kept, with the text it was made from; the form does not use it."""
    path = Translator(exported(folder, tmp_path / "hre.xlsx")).fill("consent.label", "[x]").fill("list.yes_no.yes", "[y]").save()
    reworded(folder, "Ông/Bà có đồng ý?", "Ông/Bà có nhận lời không?")
    found = returned(folder, path)
    assert found.stale == ("consent.label",)
    kept = read_rows(folder / "translations" / "hre.csv")["consent.label"]
    assert (kept.source, kept.translation) == ("Ông/Bà có đồng ý?", "[x]")
    again = Translator(exported(folder, tmp_path / "again.xlsx")).rows["consent.label"]
    assert (again[SAID].value, again[STATE].value) == ("[x]", None)
    assert "CÂU TIẾNG VIỆT ĐÃ ĐỔI" in again[NOTE].value
    assert "Ông/Bà có đồng ý?" in again[NOTE].value


def test_an_old_translation_does_not_become_new_by_being_carried_around(folder: Path, tmp_path: Path) -> None:
    returned(folder, Translator(exported(folder, tmp_path / "a.xlsx")).fill("consent.label", "[x]", state="nháp").save())
    reworded(folder, "Ông/Bà có đồng ý?", "Ông/Bà có nhận lời không?")
    untouched = Translator(exported(folder, tmp_path / "b.xlsx"))
    assert returned(folder, untouched.save()).rows == ()
    assert read_rows(folder / "translations" / "hre.csv")["consent.label"].source == "Ông/Bà có đồng ý?"
    looked_at = Translator(exported(folder, tmp_path / "c.xlsx")).fill("consent.label", state="nháp")
    assert [r.source for r in returned(folder, looked_at.save()).rows] == ["Ông/Bà có nhận lời không?"]


def test_a_back_translation_goes_old_with_its_translation(folder: Path, tmp_path: Path) -> None:
    first = Translator(exported(folder, tmp_path / "a.xlsx")).fill(
        "consent.label", "[x]", back="Chịu không?", state="đã dịch ngược"
    )
    returned(folder, first.save())
    second = Translator(exported(folder, tmp_path / "b.xlsx")).fill("consent.label", "[z]", state="nháp")
    returned(folder, second.save())
    kept = read_rows(folder / "translations" / "hre.csv")["consent.label"]
    assert kept.back_translation == "Chịu không?"
    assert kept.back_of == source_digest("[x]")
    assert not kept.back_holds()
    third = Translator(exported(folder, tmp_path / "c.xlsx"))
    assert "sửa sau khi dịch ngược" in third.rows["consent.label"][NOTE].value
    wrong = third.fill("consent.label", state="đã duyệt").save()
    assert [p.code for p in refused(lambda: took(wrong, folder))] == ["FORM-095"]


def test_two_translators_at_once(folder: Path, tmp_path: Path) -> None:
    """Each keeps what only they edited; a text that both edited is refused for the second."""
    one, two = (Translator(exported(folder, tmp_path / f"{n}.xlsx")) for n in (1, 2))
    returned(folder, one.fill("consent.label", "[one]").save())
    assert [r.key for r in took(two.fill("list.yes_no.no", "[two]").save(), folder).rows] == ["list.yes_no.no"]
    problems = refused(lambda: took(two.fill("consent.label", "[two]").save(), folder))
    assert [(p.code, p.got) for p in problems] == [("FORM-098", "consent.label")]


# ---- refused, with the cell


Edit = Callable[[Translator], object]
CASES: dict[str, tuple[Edit, str, str]] = {
    "a reference lost": (lambda t: t.fill("age.label", "[tuổi]"), "FORM-089", "H"),
    "a reference changed": (lambda t: t.fill("age.label", "[${Consent}]"), "FORM-089", "H"),
    "a reference twice": (lambda t: t.fill("age.label", "[${consent} ${consent}]"), "FORM-089", "H"),
    "a reference invented": (lambda t: t.fill("consent.label", "[${age}]"), "FORM-089", "H"),
    "a reference broken": (lambda t: t.fill("age.label", "[$ {consent}]"), "FORM-089", "H"),
    "too long": (lambda t: t.fill("list.yes_no.yes", "x" * 81), "FORM-090", "H"),
    "a formula": (lambda t: t.fill("consent.label", '=HYPERLINK("x","y")'), "FORM-092", "H"),
    "a formula that makes the source": (lambda t: t.fill("consent.label", "[x]", vi='="a"'), "FORM-092", "E"),
    "an edited source": (lambda t: t.fill("consent.label", "[x]", vi="Ông/Bà đồng ý chứ?"), "FORM-093", "E"),
    "sound for a hint": (lambda t: t.fill("section.m1", "[x]", audio="a.mp3"), "FORM-094", "J"),
    "a sound of another kind": (lambda t: t.fill("consent.label", "[x]", audio="Giọng đọc.mp3"), "FORM-094", "J"),
    "a path for a sound": (lambda t: t.fill("consent.label", "[x]", audio="../a.mp3"), "FORM-094", "J"),
    "a strange state": (lambda t: t.fill("consent.label", "[x]", state="xong"), "FORM-095", "K"),
    "approved without a back-translation": (lambda t: t.fill("consent.label", "[x]", state="đã duyệt"), "FORM-095", "K"),
    "a state of nothing": (lambda t: t.fill("consent.label", state="nháp"), "FORM-095", "K"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_cell_that_cannot_be_is_named(folder: Path, tmp_path: Path, case: str) -> None:
    edit, code, column = CASES[case]
    hand = Translator(exported(folder, tmp_path / "hre.xlsx"))
    edit(hand)
    key = next(k for k, cells in hand.rows.items() if any(cells[c].value for c in FILLED))
    problems = refused(lambda: returned(folder, hand.save()))
    assert [(p.code, p.place) for p in problems] == [(code, f"hre.xlsx · {WORK}!{column}{hand.rows[key][0].row}")]
    assert not (folder / "translations").exists()


def test_every_mistake_of_a_workbook_at_once(folder: Path, tmp_path: Path) -> None:
    hand = Translator(exported(folder, tmp_path / "hre.xlsx"))
    hand.fill("age.label", "[tuổi]").fill("list.yes_no.yes", "x" * 81).fill("consent.label", "=1+1")
    hand.book[GUIDE]["B4"] = "Nguyễn Thị A"
    hand.book[GUIDE]["B5"] = "tháng 10"
    problems = refused(lambda: took(hand.save(), folder))
    assert sorted(p.code for p in problems) == ["FORM-089", "FORM-090", "FORM-092", "FORM-096", "FORM-096"]
    assert "Nguyễn" not in "".join(p.text() for p in problems)


@pytest.mark.parametrize("key", ["k9.label", "consent.label"])
def test_an_unknown_key_and_a_key_twice(folder: Path, tmp_path: Path, key: str) -> None:
    hand = Translator(exported(folder, tmp_path / "hre.xlsx")).fill("consent.label", "[x]")
    page = hand.book[WORK]
    page.append([key, *(c.value for c in hand.rows["consent.label"][1:])])
    problems = refused(lambda: took(hand.save(), folder))
    assert {p.code for p in problems} == {"FORM-091"}
    assert problems[-1].place.endswith(f"A{page.max_row}")


@pytest.mark.parametrize("how", ["header", "column", "sheet", "other file", "other form", "no workbook", "mark"])
def test_another_workbook_is_refused(folder: Path, tmp_path: Path, how: str) -> None:
    hand = Translator(exported(folder, tmp_path / "hre.xlsx")).fill("consent.label", "[x]")
    page = hand.book[WORK]
    match how:
        case "header":
            page.cell(1, SAID + 1).value = "Bản dịch Hrê"
        case "column":
            page.delete_cols(SOURCE + 1)
        case "sheet":
            page.title = "Sheet2"
        case "other form":
            hand.book[GUIDE]["B2"] = "bdg_household"
        case "mark":
            hand.book[GUIDE]["B1"] = "2"
    path = hand.save()
    if how == "no workbook":
        path.write_text("key;translation\n", encoding="utf-8")
    if how == "other file":
        other = Book()
        other.save(path)
    assert [p.code for p in refused(lambda: took(path, folder))] == ["FORM-088"]


def test_a_workbook_of_an_unknown_language(folder: Path, tmp_path: Path) -> None:
    hand = Translator(exported(folder, tmp_path / "hre.xlsx")).fill("consent.label", "[x]")
    hand.book[GUIDE]["B3"] = "Tiếng khác (xxx)"
    assert refused(lambda: took(hand.save(), folder))[0].code == "FORM-087"


# ---- the commands


def test_there_and_back_by_command(folder: Path, tmp_path: Path) -> None:
    done = python(
        "bdg.py", "forms", "translate", "export", str(folder), "--language", "hre", "--out", str(tmp_path / "o" / "hre.xlsx")
    )
    assert f"đã ghi / wrote {tmp_path / 'o' / 'hre.xlsx'}" in done.stdout
    hand = Translator(tmp_path / "o" / "hre.xlsx").fill("consent.label", "[x]")
    hand.save()
    done = python("bdg.py", "forms", "translate", "import", str(hand.path), "--form", str(folder))
    assert "nhận 1 văn bản" in done.stdout
    assert (folder / "translations" / "hre.csv").read_bytes() == file_of(
        [row("consent.label", "Ông/Bà có đồng ý?", "[x]", state="")]
    )
    reworded(folder, "Ông/Bà có đồng ý?", "Ông/Bà có nhận lời không?")
    late = Translator(tmp_path / "o" / "hre.xlsx").fill("consent.label", "[xyz]")
    done = python("bdg.py", "forms", "translate", "import", str(late.save()), "--form", str(folder), ok=False)
    assert done.returncode == 10  # both edited: the import above, and this older workbook
    assert "[FORM-098]" in done.stderr


def test_a_stale_row_waits_for_a_decision(folder: Path, tmp_path: Path) -> None:
    path = Translator(exported(folder, tmp_path / "hre.xlsx")).fill("consent.label", "[x]").save()
    reworded(folder, "Ông/Bà có đồng ý?", "Ông/Bà có nhận lời không?")
    done = python("bdg.py", "forms", "translate", "import", str(path), "--form", str(folder), ok=False)
    assert done.returncode == 3
    assert "câu tiếng Việt đã đổi sau khi xuất sổ" in done.stderr
    assert "consent.label" in done.stderr
