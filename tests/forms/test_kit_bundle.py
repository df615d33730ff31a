"""The whole kit of a small survey: facts from the form and survey.yaml, secrets where they belong, all files or none."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forms.cli import app
from forms.errors import BdgError
from forms.help_card import HelpCard, HelpEntry
from forms.kit import guide as guides
from forms.kit.bundle import Field, Servers, whole_kit
from forms.kit.collect import Access, Server
from forms.kit.order import Order, kit_of
from forms.kit.page import Bullets, Page, Para
from forms.kit.teams import shared_out
from forms.load import load_questionnaire, province_folder
from forms.media import Hamlet, Household
from forms.question import Label, Questionnaire
from forms.survey import SurveyPlan, load_survey
from tests.forms.test_kit_sheet import some_token
from tests.forms.writing import refused, write_form

FIELD = """\
section: m0
label: {vi: "A. Chung", en: "A. Cover"}
questions:
  - {name: commune, type: select_one, file: communes.csv, ask: {vi: "Xã", en: "Commune"}}
  - {name: psu, type: select_one, file: hamlets.csv, filter: "commune = ${commune}", ask: {vi: "Thôn", en: "Hamlet"}}
  - {name: household, type: select_one, file: households.csv, filter: "psu = ${psu}", ask: {vi: "Hộ", en: "Household"}}
  - name: select_u
    type: calculate
    value_type: decimal
    calculate: instance('households')/root/item[name = ${household}]/select_u
  - {name: visit, type: integer, range: [1, 3], ask: {vi: "Lần đến", en: "Visit"}}
  - {name: contact, type: select_one, list: yes_no, ask: {vi: "Gặp không?", en: "Met?"}}
  - {name: n_eligible, type: integer, range: [1, 9], ask: {vi: "Mấy người?", en: "How many?"}}
  - {name: m_age, type: integer, range: [15, 110], ask: {vi: "Tuổi?", en: "Age?"}}
  - {name: age, type: calculate, value_type: int, calculate: "${m_age}"}
  - {name: guardian, type: select_one, list: yes_no, only_if: age < 18, ask: {vi: "Cha mẹ đồng ý?", en: "Guardian agrees?"}}
  - {name: alone, type: select_one, list: yes_no, ask: {vi: "Riêng tư?", en: "Private?"}}
  - {name: v1, type: select_one, list: yes_no, only_if: alone = yes, ask: {vi: "Câu riêng?", en: "Private item?"}}
  - {name: consent, type: select_one, list: yes_no, ask: {vi: "Đồng ý?", en: "Agree?"}}
"""
SCORED = """\
section: m2
label: {vi: "B. Ý kiến", en: "B. Opinions"}
questions:
  - name: a1
    type: select_one
    list: agree3
    ask: {vi: "Việc nhà là việc chung.", en: "Housework is shared work."}
    score: {scale: A}
"""


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Questionnaire:
    return load_questionnaire(write_form(tmp_path_factory.mktemp("kit") / "f", first=FIELD, scored=SCORED))


SURVEY: SurveyPlan = load_survey(province_folder())
HAMLETS = tuple(Hamlet(f"GL{i:04d}", f"2328{i // 2}", f"Thôn số {i}", "rural", "", 100) for i in range(4))
COMMUNES = {"23280": "Xã Không", "23281": "Xã Một"}
REAL = Server("central", "https://odk.example.vn", "3")
PRACTICE = Server("central", "https://odk.example.vn", "7")
TOKENS = {team: (some_token(10 + i), some_token(20 + i)) for i, team in enumerate(("01", "02"))}


def homes(kind: str) -> tuple[Household, ...]:
    return tuple(
        Household(f"2026-{h.psu}-{n:03d}", 2026, h.psu, f"{n:03d}", h.commune, f"0.{n * 271:06d}", kind)
        for h in HAMLETS
        for n in (1, 2)
    )


def entry(number: str, called: date | None) -> HelpEntry:
    return HelpEntry(
        "line", Label("Đường dây", "Line"), number, None, True, Label("Mọi người", "Everybody"), "nguồn", date(2026, 9, 1),
        called, "Sở" if called else "", "help_card.yaml:1",
    )  # fmt: skip


def field_of(kind: str, card: HelpCard | None = None) -> Field:
    return Field(2026, homes(kind), HAMLETS, COMMUNES, SURVEY, shared_out(HAMLETS, 2), date(2026, 10, 5), card=card)


def servers() -> Servers:
    return Servers(
        "central",
        REAL,
        PRACTICE,
        {t: Access(token=a) for t, (a, _) in TOKENS.items()},
        {t: Access(token=b) for t, (_, b) in TOKENS.items()},
    )


@pytest.fixture(scope="module")
def real(form: Questionnaire) -> dict[str, bytes]:
    return whole_kit(form, field_of("real", HelpCard((entry("111", date(2026, 10, 2)),), {})), servers())


def table(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode())))


def test_a_real_kit_has_sheets_slips_and_a_training_project_for_every_team(real: dict[str, bytes]) -> None:
    for team in ("01", "02"):
        for name in (f"doi/{team}/CaiDat", f"doi/{team}/PhieuBuoiToi", f"doi/{team}/ChonNguoi", f"taphuan/{team}/CaiDat_TapHuan"):
            assert {f"{name}.docx", f"{name}.html"} <= set(real)
    assert {
        f"taphuan/{name}" for name in ("tiny_tt.xlsx", "tiny_tt.xml", "communes.csv", "hamlets.csv", "households.csv")
    } <= set(real)
    assert {f"chung/{name}_{lang}.docx" for name in ("PhieuGiay", "SoTay", "TheHoTro") for lang in ("vi", "en")} <= set(real)
    assert "111" in real["chung/TheHoTro_vi.html"].decode()


def test_nothing_of_the_real_sample_enters_the_training_project(real: dict[str, bytes]) -> None:
    practice = {name: body for name, body in real.items() if name.startswith("taphuan/")}
    assert {row["round_kind"] for row in table(practice["taphuan/hamlets.csv"])} == {"practice"}
    known = [h.psu.encode() for h in HAMLETS] + [c.encode() for c in COMMUNES]
    plain = {name: body for name, body in practice.items() if name.endswith((".csv", ".xml", ".html"))}
    assert [name for name, body in plain.items() if any(word in body for word in known)] == []
    assert b'id="tiny_tt"' in practice["taphuan/tiny_tt.xml"]
    assert "SỐ LIỆU GIẢ LẬP" in practice["taphuan/tiny_tt.xml"].decode()
    assert all("SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN" in b.decode() for n, b in practice.items() if n.endswith(".html"))


def test_a_token_stands_in_its_own_sheet_and_in_no_text(real: dict[str, bytes]) -> None:
    for tokens in TOKENS.values():
        for token in tokens:
            assert [name for name, body in real.items() if token.encode() in body] == []
    pictured = {name for name, body in real.items() if name.endswith(".html") and b"data:image/png" in body}
    assert pictured == {f"{at}.html" for t in TOKENS for at in (f"doi/{t}/CaiDat", f"taphuan/{t}/CaiDat_TapHuan")}
    sheets = [real[name] for name in sorted(pictured)]
    assert len(set(sheets)) == len(sheets)


def test_the_real_kit_bears_the_stamp_of_a_draft_only(real: dict[str, bytes]) -> None:
    pages = {name: body.decode() for name, body in real.items() if name.endswith(".html") and not name.startswith("taphuan/")}
    assert [name for name, text in pages.items() if "SỐ LIỆU GIẢ LẬP" in text and "SoTay" not in name] == []
    assert [name for name, text in pages.items() if "_en" not in name and "DỰ THẢO - CHƯA THỬ NGHIỆM" not in text] == []


def test_a_practice_sample_makes_a_stamped_kit_of_the_training_form_and_no_real_sheet(form: Questionnaire) -> None:
    card = HelpCard((entry("111", None), entry("", None)), {})
    files = whole_kit(form, field_of("practice", card), Servers("central", REAL, PRACTICE))
    assert not any("/CaiDat." in name for name in files)
    pages = {name: body.decode() for name, body in files.items() if name.endswith(".html") and "_en" not in name}
    assert [name for name, text in pages.items() if "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN" not in text] == []
    assert {row["psu"] for row in table(files["taphuan/households.csv"])} == {h.psu for h in HAMLETS}
    assert "CHƯA XÁC MINH" in files["chung/TheHoTro_vi.html"].decode()
    text = files["taphuan/01/CaiDat_TapHuan.html"].decode()
    assert "data:image/png" not in text  # nobody gave a token: no code is made up
    assert "App Users" in text


def test_an_empty_or_uncalled_number_stops_the_whole_kit(form: Questionnaire) -> None:
    empty, late = (HelpCard((one,), {}) for one in (entry("", None), entry("111", date(2026, 9, 30))))
    assert [p.code for p in refused(lambda: whole_kit(form, field_of("real", empty), servers()))] == ["FORM-060"]
    assert [p.code for p in refused(lambda: whole_kit(form, field_of("real", late), servers()))] == ["FORM-061"]


def test_a_training_project_that_is_the_real_one_stops_the_whole_kit(form: Questionnaire) -> None:
    same = replace(servers(), training=REAL)
    assert [p.code for p in refused(lambda: whole_kit(form, field_of("real"), same))] == ["FORM-113"]


# ---- the guide -----------------------------------------------------------------------------------------------------


def told(page: Page) -> str:
    found = [b.text for b in page.blocks if isinstance(b, Para)]
    return "\n".join([*found, *(item for b in page.blocks if isinstance(b, Bullets) for item in b.items)])


def test_the_guide_states_what_form_and_survey_say(form: Questionnaire) -> None:
    known = guides.facts(form, SURVEY, 2026, None)
    size = SURVEY.waves[2026]
    assert (known.visits, known.reserves, known.households) == (SURVEY.selection.visits, size.reserves, size.households)
    assert (known.age_min, known.guardian_age, known.private) == (15, 18, 1)
    assert known.questions == sum(q.type not in ("note", "calculate") for _, q in form.questions())
    text = told(guides.guide(form, known, "vi"))
    assert f"đến đủ {SURVEY.selection.visits} lần" in text
    assert f"{size.households} hộ chính, {size.reserves} hộ dự phòng" in text
    assert "từ 15 tuổi trở lên" in text
    assert "chưa đo với người thật" in text


def test_other_facts_make_another_guide(form: Questionnaire) -> None:
    """Nothing is typed into the texts: four visits, age 16 and 21 minutes are four, 16 and 21."""
    known = replace(guides.facts(form, SURVEY, 2026, 21), visits=4, age_min=16, guardian_age=17, households=9)
    for lang, said in (
        ("vi", ("đủ 4 lần", "16 tuổi", "9 hộ chính", "21 phút, đo khi thử")),
        ("en", ("make 4 visits", "aged 16", "9 main")),
    ):
        text = told(guides.guide(form, known, "vi" if lang == "vi" else "en"))
        assert [words for words in said if words not in text] == []


def test_a_section_about_a_question_the_form_does_not_ask_is_left_out(form: Questionnaire) -> None:
    known = guides.facts(form, SURVEY, 2026, None)
    kept = replace(form, sections=(replace(form.sections[0], items=form.sections[0].items[:3]),))
    full, short = (told(guides.guide(one, known, "vi")) for one in (form, kept))
    assert "giám hộ" in full
    assert "giám hộ" not in short


def holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_both_languages_of_the_guide_say_the_same_things(lang: str) -> None:
    vi, en = guides.sentences("vi"), guides.sentences("en")
    assert len(vi) == len(en)
    here, there = (vi, en) if lang == "vi" else (en, vi)
    assert [holes(text) for text in here] == [holes(text) for text in there]


def test_the_guide_refuses_to_contradict_the_phone(tmp_path: Path) -> None:
    other = load_questionnaire(write_form(tmp_path / "f", first=FIELD.replace("range: [1, 3]", "range: [1, 5]"), scored=SCORED))
    (problem,) = refused(lambda: guides.facts(other, SURVEY, 2026, None))
    assert (problem.code, problem.expected, problem.got) == ("FORM-116", str(SURVEY.selection.visits), "5")
    assert [p.code for p in refused(lambda: guides.facts(other, SURVEY, 2027, None))] == ["FORM-116"]


def test_minutes_grow_with_the_wording(form: Questionnaire) -> None:
    longer = replace(form.sections[1].items[0], label=Label("từ " * 1500, "x"))
    more = replace(form, sections=(form.sections[0], replace(form.sections[1], items=(longer,))))
    assert 9 <= guides.estimated_minutes(more) - guides.estimated_minutes(form) <= 11  # 1500 syllables at 150 a minute


# ---- the command ---------------------------------------------------------------------------------------------------

SAMPLE = (
    "wave,stratum,psu,ssu,commune,p_psu,p_household,certainty,n_psu_pop,n_ssu_pop,status,reserve_order,select_u,prn,overlap_of,"
    "round_kind\n"
)
ORDER = Order(
    2026, None, None, None, None, None, "central", ("", ""), ("", ""), None, False, False, None, (None, None), "51"
)  # fmt: skip


def sample(folder: Path, kind: str) -> Path:
    folder.mkdir(exist_ok=True)
    rows = [f"2026,s,GL000{i},{n:03d},2328{i // 2},0.1,0.1,0,9,100,main,,0.5,0.5,,{kind}" for i in range(4) for n in (1, 2)]
    (folder / "sample.csv").write_text(SAMPLE + "\n".join(rows) + "\n", encoding="utf-8")
    places = [f"2328{4 + i // 2},GL000{i},Thôn {i},rural,s" for i in range(4)]
    (folder / "frame.csv").write_text("commune,psu,hamlet,area,stratum\n" + "\n".join(places) + "\n", encoding="utf-8")
    return folder / "sample.csv"


def order(folder: Path, place: Path, *more: str) -> BdgError | None:
    """What `bdg forms kit` refuses, None when it does not."""
    words = ["kit", str(folder), "--sample", str(place), "--wave", "2026", "--out", str(place.parents[1] / "out"), *more]
    found = CliRunner().invoke(app, words).exception
    assert found is None or isinstance(found, BdgError), found
    return found


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("real", ["--practice"], "FORM-110"), ("practice", [], "FORM-110"),
        ("real", ["--without-card", "--url", "http://odk.example.vn", "--project", "3"], "FORM-111"),
        ("real", ["--without-card", "--server", "kobo", "--tokens", "x.csv"], "FORM-112"),
        ("real", [], "PLAN-004"),
    ],
)  # fmt: skip
def test_a_wrong_command_is_told_in_words_and_writes_nothing(tmp_path: Path, kind: str, more: list[str], code: str) -> None:
    folder = write_form(tmp_path / "f", first=FIELD, scored=SCORED)
    error = order(folder, sample(tmp_path / "s", kind), *more)
    assert error is not None
    assert [p.code for p in error.problems] == [code]
    assert error.exit_code in (2, 10, 12)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f", "s"]


def test_a_sheet_with_a_token_is_not_written_into_the_toolkit(tmp_path: Path) -> None:
    given = replace(
        ORDER,
        sample=sample(tmp_path / "s", "real"),
        tokens=tmp_path / "t.csv",
        real=("https://odk.example.vn", "3"),
        without_card=True,
    )
    (tmp_path / "t.csv").write_text(f"team,project,token\n01,real,{some_token(1)}\n", encoding="utf-8")
    folder = write_form(tmp_path / "f", first=FIELD, scored=SCORED)
    (problem,) = refused(lambda: kit_of(load_questionnaire(folder), given, Path("out/kit"), []))
    assert (problem.code, problem.place) == ("FORM-112", "--out")


def test_a_form_without_households_gets_paper_only_and_says_so(tmp_path: Path) -> None:
    folder = write_form(tmp_path / "f")
    error = order(folder, sample(tmp_path / "s", "real"))
    assert error is not None
    assert [p.code for p in error.problems] == ["FORM-117"]
    assert CliRunner().invoke(app, ["kit", str(folder), "--out", str(tmp_path / "out")]).exception is None
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["chung"]
