"""Further languages: what a form says in them, what falls back to Vietnamese, and what their digests change with."""

from __future__ import annotations

import re
import wave
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import pyxform
from openpyxl import load_workbook
from pyxform.xls2xform import convert as pyxform_convert

from forms.build import Built, build
from forms.languages.digests import begun, language_digest, question_language_digests
from forms.languages.known import FILE, language, languages, longest
from forms.languages.shelved import all_of, save
from forms.languages.status import status
from forms.languages.store import COLUMNS, file_of, kept, read_rows, shelves, silence, stored, translated
from forms.languages.texts import references, source_digest, texts
from forms.load import load_questionnaire, questionnaire_folder
from forms.question import Questionnaire
from forms.reading import read_yaml
from forms.shelf import form_folder, shipped
from forms.variant import SILENCE
from forms.xform import validate
from forms.xlsform import EN, VI
from tests.forms.translating import folder_with, row
from tests.forms.walk import walk
from tests.forms.writing import FILES, LISTS, python, refused, write_form

HRE = "Hrê (hre)"
ROWS = [
    row("section.m1", "Người trả lời", "[m1]"),
    row("consent.label", "Ông/Bà có đồng ý?", "[consent]", back="Ông có chịu không?", audio="hre_consent.mp3", state="approved"),
    row("list.yes_no.yes", "Có", "[yes]", audio="hre_yes.mp3"),
    row("list.yes_no.no", "Không", "[no]"),
    row("age.label", "Tuổi tròn?", "[age]"),
    row(
        "shared.required",
        "Câu này cần có trả lời. Nếu người được hỏi không muốn trả lời, hãy chọn «Không trả lời».",
        "[required]",
    ),
    row("shared.required_here", "Câu này cần có trả lời.", "[required]"),
    row("ways.label", "Nghe qua cách nào? (câu cũ)", "[an earlier wording]"),
]
SOUNDS = {"hre_consent.mp3": b"one", "hre_yes.mp3": b"two"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small questionnaire with some of it translated."""
    return folder_with(tmp_path / "tiny", "hre", file_of(ROWS), SOUNDS)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """It built with the language (one run of ODK Validate)."""
    return build(folder_with(tmp_path_factory.mktemp("spoken") / "tiny", "hre", file_of(ROWS), SOUNDS), languages=["hre"])


# ---- the languages themselves


def test_every_code_is_one_of_the_registry() -> None:
    """pyxform carries the IANA registry's subtags and warns of others (trap 7)."""
    known = (Path(pyxform.__file__).parent / "validators/pyxform/iana_subtags/iana_subtags_3_or_more_characters.txt").read_text()
    assert [x.code for x in languages()] == ["hre", "cua", "sed", "bdq", "jeh", "jra"]
    assert {x.code for x in languages()} <= set(known.split())


def test_every_language_says_where_its_name_comes_from() -> None:
    for node in read_yaml(FILE)["languages"]:
        assert node["source"]
        assert node["read_on"] is None  # nobody has compared the names with the official list yet


def test_an_unknown_language_is_refused_by_its_code() -> None:
    (problem,) = refused(lambda: language("hrx"))
    assert problem.code == "FORM-087"
    assert "hre (Hrê)" in problem.expected


def test_nothing_ships_translated() -> None:
    """A translation is a person's work; an invented one would be asked of people."""
    for name in shipped():
        assert begun(form_folder(name)) == ()
        assert [t for code in ("hre", "cua", "sed", "bdq", "jeh", "jra") if (t := stored(form_folder(name), code))] == []


@pytest.mark.parametrize("kind", ["section", "label", "hint", "message", "choice"])
def test_a_long_text_may_have_a_long_translation(kind: str) -> None:
    assert longest(kind, "x") < 300
    assert longest(kind, "x" * 1000) == 1600


# ---- what is to be translated


def shown_by_the_form(one: Built) -> set[str]:
    """Every Vietnamese text of the XLSForm's cells, by another reader than our own writer."""
    found = set()
    for sheet in ("survey", "choices"):
        header, *rows = load_workbook(BytesIO(one.xlsx), read_only=True)[sheet].iter_rows(values_only=True)
        found |= {
            str(v) for r in rows for h, v in zip(header, r, strict=True) if v and str(h).endswith(VI) and "media" not in str(h)
        }
    return found


@pytest.mark.parametrize("name", shipped())
def test_a_translator_gets_every_text_of_the_form_and_no_other(name: str) -> None:
    """Every cell of the XLSForm is made of the texts of the list, and every text of the list stands in a cell."""
    form = all_of(form_folder(name))
    cells = shown_by_the_form(build(form_folder(name), tuple(form.options), validated=False))
    said = {t.vi for t in texts(form)}
    left = {cell for cell in cells if cell not in said}
    assert {" ".join(v for v in [t.vi for t in texts(form)] if v in cell) != "" for cell in left} <= {True}
    assert [vi for vi in said if not any(vi in cell for cell in cells)] == []
    for cell in left:  # a message in parts
        rest = cell
        for vi in sorted(said, key=len, reverse=True):
            rest = rest.replace(vi, "")
        assert not rest.strip(), cell


def test_a_text_that_many_questions_show_is_translated_once(household: Questionnaire) -> None:
    found = texts(household)
    assert len({t.key for t in found}) == len(found)
    shared = next(t for t in found if t.key == "shared.required")
    assert len(shared.questions) > 50
    assert next(t for t in found if t.key == "list.truth.dk").questions[:2] == ("k01", "k02")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("không có gì", {}),
        ("người thứ ${pick}, ${age} tuổi", {"${pick}": 1, "${age}": 1}),
        ("${age} và ${age}", {"${age}": 2}),
        ("${ age }", {"${ age }": 1}),
        ("$ {age}", {"$": 1, "{": 1, "}": 1}),
        ("${age", {"$": 1, "{": 1}),
        ("＄｛age｝", {"＄": 1, "｛": 1, "｝": 1}),
    ],
)
def test_references_are_counted_whole_and_in_pieces(text: str, found: dict[str, int]) -> None:
    assert dict(references(text)) == found


# ---- in the form


def translations(one: Built) -> dict[str, str]:
    """Language -> what the XForm says in it."""
    parts = re.split(r'<translation[^>]* lang="([^"]+)"[^>]*>', one.xform.xml)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_pyxform_and_validate_have_nothing_to_say(spoken: Built) -> None:
    result = pyxform_convert(xlsform=BytesIO(spoken.xlsx), file_type=".xlsx", validate=False, form_name="data")
    assert result.warnings == []
    assert re.findall(r'<translation[^>]* lang="([^"]+)"', str(result.xform)) == [VI, EN, HRE]


def test_the_phone_speaks_it_and_falls_back_to_vietnamese(spoken: Built, tmp_path: Path) -> None:
    """JavaRosa, set to the language: translated texts, and the Vietnamese where there is none or an old one; never a dash."""
    (tmp_path / "form.xml").write_text(spoken.xform.xml, encoding="utf-8")
    found: dict[str, Any] = walk(tmp_path / "form.xml", {"consent": "yes", "age": "30"}, language=HRE)
    assert found["languages"] == [VI, EN, HRE]
    screens = found["interviews"][0]["screens"]
    assert screens["consent"] == {
        "text": "[consent]", "choices": [["yes", "[yes]"], ["no", "[no]"]], "constraint": "", "required": "[required]"
    }  # fmt: skip
    assert screens["age"]["text"] == "[age]"
    assert screens["age"]["constraint"] == "Giá trị phải từ 15 đến 110."
    assert screens["ways"]["text"] == "Nghe qua cách nào?"
    assert "-" not in {screen["text"] for screen in screens.values()}


def test_sound_goes_with_the_text_it_says_and_into_the_package(spoken: Built) -> None:
    said = {lang: re.findall(r'form="audio">jr://audio/([^<]+)<', part) for lang, part in translations(spoken).items()}
    assert said == {HRE: ["hre_yes.mp3", "hre_consent.mp3"], VI: [SILENCE] * 2, EN: [SILENCE] * 2}
    assert dict(spoken.sounds) == {**SOUNDS, SILENCE: silence()}


def test_silence_is_a_sound(tmp_path: Path) -> None:
    with wave.open(BytesIO(silence())) as file:
        assert file.getnframes() / file.getframerate() == 0.25
        assert set(file.readframes(file.getnframes())) == {0x80}


def test_the_engine_stops_where_the_default_language_has_no_sound(spoken: Built, tmp_path: Path) -> None:
    """Why silence stands there: without it JavaRosa refuses to change to the language, and ODK Validate says nothing of it."""
    mute = re.sub(rf'<value form="audio">jr://audio/{SILENCE}</value>', "", spoken.xform.xml)
    assert mute != spoken.xform.xml
    validate(mute, "mute.xml")
    (tmp_path / "form.xml").write_text(mute, encoding="utf-8")
    with pytest.raises(AssertionError, match="NoLocalizedTextException"):
        walk(tmp_path / "form.xml", {"consent": "yes"}, language=HRE)


def test_nothing_is_built_in_that_was_not_asked_for(folder: Path, spoken: Built) -> None:
    one = build(folder, validated=False)
    assert "[consent]" not in one.xform.xml
    assert dict(one.sounds) == {}
    assert one.variant.version(one.form) == "1-central"
    assert re.fullmatch(r"1-central\+hre\.[0-9a-f]{8}", spoken.variant.version(spoken.form))


def test_what_is_missing_is_known(spoken: Built) -> None:
    (t,) = spoken.variant.languages
    assert set(t.texts) == {r.key for r in ROWS} - {"ways.label"}
    assert set(t.missing) == {x.key for x in texts(spoken.form)} - set(t.texts)
    assert "ways.label" in t.missing


def test_prepared_columns_stay_empty_and_make_no_language(tmp_path: Path) -> None:
    """Label and audio of all six stand ready in the XLSForm; empty, they give no language and no warning (both converters)."""
    one = build(write_form(tmp_path / "tiny"), validated=False)
    assert one.xform.xml.count("<translation ") == 2
    for sheet in ("survey", "choices"):
        header, *rows = load_workbook(BytesIO(one.xlsx), read_only=True)[sheet].iter_rows(values_only=True)
        for x in languages():
            for text in ("label", "media::audio"):
                column = header.index(f"{text}::{x.column}")
                assert {r[column] for r in rows} == {None}


def test_a_named_sound_that_is_not_there_is_refused(folder: Path) -> None:
    (folder / "translations/audio/hre/hre_yes.mp3").unlink()
    (problem,) = refused(lambda: build(folder, languages=["hre"], validated=False))
    assert (problem.code, problem.expected) == ("FORM-099", "hre_yes.mp3")


def test_two_languages_must_not_share_a_sound_s_name(folder: Path) -> None:
    for code, sound in (("cua", b"another"), ("sed", b"two")):
        (folder / f"translations/{code}.csv").write_bytes(file_of([row("list.yes_no.yes", "Có", "[có]", audio="hre_yes.mp3")]))
        (folder / f"translations/audio/{code}").mkdir()
        (folder / f"translations/audio/{code}/hre_yes.mp3").write_bytes(sound)
    assert refused(lambda: build(folder, languages=["hre", "cua"], validated=False))[0].code == "FORM-099"
    assert build(folder, languages=["hre", "sed"], validated=False).sounds["hre_yes.mp3"] == b"two"


# ---- digests


def test_the_questionnaire_s_digest_knows_no_translation(folder: Path, tmp_path: Path) -> None:
    assert load_questionnaire(folder).digest == load_questionnaire(write_form(tmp_path / "bare")).digest


def test_a_language_has_a_digest_of_its_own(folder: Path) -> None:
    form = load_questionnaire(folder)
    before, by_question = language_digest(form, "hre", folder), question_language_digests(form, "hre", folder)
    assert set(by_question) == {"consent", "age", "k1", "a1", "ways"}  # the last three show the shared «required»
    assert language_digest(form, "cua", folder) == ""
    assert question_language_digests(form, "cua", folder) == {}
    other = [r if r.key != "age.label" else row("age.label", "Tuổi tròn?", "[how old]") for r in ROWS]
    (folder / "translations/hre.csv").write_bytes(file_of(other))
    after = question_language_digests(form, "hre", folder)
    assert language_digest(form, "hre", folder) != before
    assert {name for name in after if after[name] != by_question[name]} == {"age"}


def test_who_translated_and_how_far_it_was_checked_is_not_in_the_digest(folder: Path) -> None:
    form = load_questionnaire(folder)
    before = language_digest(form, "hre", folder)
    (folder / "translations/hre.csv").write_bytes(
        file_of([type(r)(**{**vars(r), "state": "draft", "translator": "X-2"}) for r in ROWS])
    )
    assert language_digest(form, "hre", folder) == before


def test_a_changed_source_makes_its_translation_old(folder: Path) -> None:
    form = load_questionnaire(folder)
    before = language_digest(form, "hre", folder)
    text = FILES["10_first.yaml"].replace("Tuổi tròn?", "Năm nay bao nhiêu tuổi?")
    (folder / "10_first.yaml").write_text(text, encoding="utf-8")
    now = load_questionnaire(folder)
    assert "age.label" not in translated(folder, now, "hre").texts
    assert language_digest(now, "hre", folder) != before
    rows = stored(folder, "hre")
    old = kept(rows, next(t for t in texts(now) if t.key == "age.label"))
    assert old is not None
    assert (old.source, old.translation) == ("Tuổi tròn?", "[age]")


def test_a_translation_that_is_kept_is_not_a_back_translation_that_holds() -> None:
    good = row("age.label", "Tuổi tròn?", "[age]", back="Mấy tuổi?")
    assert good.back_holds()
    assert not type(good)(**{**vars(good), "translation": "[other]"}).back_holds()


# ---- files


@pytest.mark.parametrize(
    "content",
    [
        "key,translation\nage.label,x\n",
        ",".join(COLUMNS) + "\nage.label" + "," * 9 + "\nage.label" + "," * 9 + "\n",
        ",".join(COLUMNS) + "\nage.label,,,,,,,done,,\n",
        ",".join(COLUMNS) + "\nage.label,,\n",
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, content: str) -> None:
    folder = folder_with(tmp_path / "tiny", "hre", content.encode())
    problems = refused(lambda: stored(folder, "hre"))
    assert {p.code for p in problems} == {"FORM-097"}
    assert problems[0].place.startswith("tiny/translations/hre.csv:")


def test_rows_survive_their_file(tmp_path: Path) -> None:
    odd = [row("a", 'Câu, có "ngoặc"', "một\ndòng".replace("\n", " ")), row("b", "=1+1", "@x")]
    (tmp_path / "hre.csv").write_bytes(file_of(odd))
    assert read_rows(tmp_path / "hre.csv") == {r.key: r for r in odd}


# ---- the bank's texts go beside the bank


BANK = """items:
  - name: k1
    type: select_one
    list: truth
    ask: {vi: "Nam nữ có quyền như nhau.", en: "Men and women have equal rights."}
    hint: {vi: "Đọc chậm.", en: "Read slowly."}
"""
USING = """section: m2
label: {vi: Câu chung, en: Shared}
questions:
  - {use: k1}
"""
OWN_HINT = USING.replace("{use: k1}", '{use: k1, hint: {vi: "Đọc to.", en: "Read aloud."}}')


def test_a_text_of_the_bank_is_translated_for_every_form(tmp_path: Path) -> None:
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "lists.yaml").write_text(LISTS, encoding="utf-8")
    (tmp_path / "bank" / "shared.yaml").write_text(BANK, encoding="utf-8")
    head = "id: {0}\ntitle: {{vi: Nhỏ, en: Small}}\nversion: '1'\nbank: ../bank\n"
    for name, section in (("one", USING), ("two", OWN_HINT)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "form.yaml").write_text(head.format(name), encoding="utf-8")
        (tmp_path / name / "10.yaml").write_text(section, encoding="utf-8")
    rows = [
        row("k1.label", "Nam nữ có quyền như nhau.", "[k1]"), row("k1.hint", "Đọc chậm.", "[slow]"),
        row("list.truth.t", "Đúng", "[t]"), row("section.m2", "Câu chung", "[m2]"),
    ]  # fmt: skip
    paths = save(tmp_path / "one", "hre", rows)
    assert {p.relative_to(tmp_path).as_posix() for p in paths} == {"bank/translations/hre.csv", "one/translations/hre.csv"}
    assert set(read_rows(tmp_path / "one/translations/hre.csv")) == {"section.m2"}
    save(tmp_path / "two", "hre", [row("k1.hint", "Đọc to.", "[aloud]")])
    said = {name: translated(tmp_path / name, load_questionnaire(tmp_path / name), "hre").texts for name in ("one", "two")}
    assert said["one"]["k1.hint"] == "[slow]"
    assert said["two"]["k1.hint"] == "[aloud]"
    assert said["one"]["k1.label"] == said["two"]["k1.label"] == "[k1]"
    assert "section.m2" not in said["two"]


def test_a_form_that_was_copied_out_keeps_its_translations_to_itself(tmp_path: Path) -> None:
    """Its bank is the shipped one, which no import may write to."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for path in questionnaire_folder().glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    (path,) = save(folder, "hre", [row("list.sex.male", "Nam", "[m]")])
    assert path == folder / "translations" / "hre.csv"
    assert translated(folder, load_questionnaire(folder), "hre").texts == {"list.sex.male": "[m]"}
    assert shelves(folder)[1].parent.name == "bank"


# ---- status


def test_status_says_in_words_what_is_missing(folder: Path) -> None:
    lines = status(folder, all_of(folder), language("hre"))
    done, of = len(ROWS) - 1, len(texts(all_of(folder)))
    assert lines[0] == f"tiny, {HRE}: đã dịch {done} trên {of} văn bản / {done} of {of} texts translated"
    assert "  câu tiếng Việt đã đổi: 1 câu hỏi" in lines
    assert any("Câu tính điểm · câu tiếng Việt đã đổi: ways (câu hỏi)" in line for line in lines)
    assert any("Người trả lời · thiếu: age (lời nhắc); phone (câu hỏi)" in line for line in lines)
    assert any("chưa dịch ngược" in line and "consent" not in line for line in lines)


def test_status_names_choices_that_nobody_could_tell_apart(tmp_path: Path) -> None:
    same = [row("list.yes_no.yes", "Có", "[x]"), row("list.yes_no.no", "Không", "[x]")]
    folder = folder_with(tmp_path / "tiny", "hre", file_of(same))
    assert any(
        "danh sách yes_no: các lựa chọn yes, no dịch giống hệt nhau" in s for s in status(folder, all_of(folder), language("hre"))
    )


def test_status_names_a_sound_that_is_missing(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "tiny", "hre", file_of(ROWS))
    assert "  chưa có tệp âm thanh / sound files missing: hre_consent.mp3, hre_yes.mp3" in status(
        folder, all_of(folder), language("hre")
    )


def test_the_status_of_a_form_nobody_has_begun(tmp_path: Path) -> None:
    done = python("bdg.py", "forms", "translate", "status", "enterprise")
    assert "bdg_enterprise: tiếng Việt và tiếng Anh đủ" in done.stdout
    assert (
        "chưa ai dịch / not begun: Hrê (hre), Co (cua), Xơ Đăng (sed), Ba Na (bdq), Gié Triêng (jeh), Gia Rai (jra)"
        in done.stdout
    )


def test_source_digests_differ_with_a_letter() -> None:
    assert source_digest("Tuổi tròn?") != source_digest("Tuổi tròn")
    assert len(source_digest("")) == 16
