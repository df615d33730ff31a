"""The questionnaire on paper, show-cards and codebook: nothing of the form is lost, nothing technical left, skips in words."""

from __future__ import annotations

import io
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import docx
import pytest

from forms.codebook import codebook
from forms.condition import parse
from forms.kit.bundle import shared
from forms.kit.codebook_page import codebook_html
from forms.kit.numbering import numbered, spoken, visible
from forms.kit.page import Asked, Break, Bullets, Card, Grid, Heading, Language, Page, Para, Picture, Questions
from forms.kit.pages import html_bytes
from forms.kit.paper import paper
from forms.kit.paper_word import word_bytes
from forms.kit.showcards import cards, showcards
from forms.load import load_questionnaire
from forms.question import DRAFT, Questionnaire
from forms.shelf import form_folder, shipped
from tests.forms.writing import FIRST, LISTS, SCORED, write_form

LANGUAGES: tuple[Language, ...] = ("vi", "en")


def rows(page: Page) -> list[Asked]:
    return [row for block in page.blocks if isinstance(block, Questions) for row in block.rows]


def words_of(page: Page) -> list[str]:
    """Every text of a page, in order."""
    found = [page.title, page.subtitle, *page.stamps, page.foot]
    for block in page.blocks:
        match block:
            case Heading(_, text) | Para(text, _):
                found.append(text)
            case Bullets(items, _) | Card(items):
                found += items
            case Grid(head, cells, _, _):
                found += [*head, *(cell for line in cells for cell in line)]
            case Questions(asked):
                for a in asked:
                    found += [a.number, a.when, a.text, a.hint, *a.notes, a.blank, *(o.text for o in a.options)]
    return [text for text in found if text]


class Texts(HTMLParser):
    """The words of an HTML file, and every address it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href", "action")]
        if tag not in ("meta", "img", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said += data.split()


def read_html(body: bytes) -> Texts:
    found = Texts()
    found.feed(body.decode())
    assert found.open == []
    return found


def said_in(text: str, body: bytes) -> bool:
    return " ".join(text.split()) in " ".join(read_html(body).said)


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_question_of_every_form_stands_on_paper_with_all_its_answers(name: str, lang: Language) -> None:
    form = load_questionnaire(form_folder(name))
    page = paper(form, lang)
    on_paper = [q for _, q in form.questions() if visible(q)]
    asked = rows(page)
    assert len(asked) == len(on_paper)
    for q, row in zip(on_paper, asked, strict=True):
        assert [o.code for o in row.options] == [c.code for c in form.choices(q)]
        assert [o.text for o in row.options if "…" not in o.text] == [
            c.label[lang] for c in form.choices(q) if "${" not in c.label[lang]
        ]
        assert row.many == (q.type == "select_multiple")
        assert bool(row.number) == (q.type != "note") == bool(row.options or row.blank)
        assert bool(row.when) == bool(q.only_if)
    numbers = [row.number for row in asked if row.number]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_placeholder_and_no_hidden_name_is_left_for_an_interviewer_to_read(name: str, lang: Language) -> None:
    form = load_questionnaire(form_folder(name))
    text = "\n".join(words_of(paper(form, lang))[2:])
    assert "${" not in text
    assert re.findall(r"\{\w+\}", text) == []
    hidden = {q.name for _, q in form.questions() if not visible(q) and "_" in q.name}
    assert sorted(n for n in hidden if re.search(rf"\b{n}\b", text)) == []


def test_the_stamp_stands_on_a_draft_and_on_practice(household: Questionnaire) -> None:
    assert household.draft
    assert paper(household, "vi").stamps == (DRAFT,)
    assert paper(household, "vi", practice=True).stamps == ("SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN", DRAFT)
    assert len(paper(household, "en", practice=True).stamps) == 2


def test_numbers_run_within_a_section_and_skips_name_them(tmp_path: Path) -> None:
    first = FIRST.replace("{vi: Người trả lời, en: Respondent}", '{vi: "A. Người trả lời", en: "A. Respondent"}')
    form = load_questionnaire(write_form(tmp_path / "f", first=first))
    book = numbered(form, "vi")
    assert book.numbers == {"consent": "A1", "age": "A2", "phone": "A3", "k1": "2.1", "a1": "2.2", "ways": "2.3"}
    assert list(book.heads.values()) == ["A. Người trả lời", "2. Câu tính điểm"]
    page = paper(form, "vi")
    by_number = {row.number: row for row in rows(page)}
    assert by_number["A3"].when == "Chỉ hỏi khi câu A2 từ 18 trở lên."
    assert by_number["A2"].notes == ("Từ 15 đến 110.",)
    assert by_number["A3"].notes == ("Câu riêng tư: chỉ hỏi khi không ai khác nghe được.", "Có thể để trống.")
    assert by_number["2.3"].notes == ("Không đi cùng ý khác: «Không cách nào»; «Không trả lời».",)
    assert Para("Chỉ hỏi phần này khi câu A1 là «Có». Nếu không, sang phần sau.", "small") in page.blocks
    english = {row.number: row for row in rows(paper(form, "en"))}
    assert english["A3"].when == "Ask only if question A2 at least 18."


@pytest.mark.parametrize(
    ("text", "vi"),
    [
        ("consent = yes and age < 20", "câu 1.1 là «Có» và câu 1.2 nhỏ hơn 20"),
        ("not consent = yes or age >= 20", "không phải (câu 1.1 là «Có») hoặc câu 1.2 từ 20 trở lên"),
        ("chose(ways, tv)", "câu 2.3 có chọn «Ti vi»"), ("age <= 20", "câu 1.2 không quá 20"),
    ],
)  # fmt: skip
def test_conditions_are_said_with_numbers_and_answers(tmp_path: Path, text: str, vi: str) -> None:
    book = numbered(load_questionnaire(write_form(tmp_path / "f")), "vi")
    assert spoken(book, parse(text), "vi") == vi


def test_a_roster_gets_a_table_to_write_in_and_the_rule_of_selection(household: Questionnaire) -> None:
    page = paper(household, "vi")
    (table,) = [b for b in page.blocks if isinstance(b, Grid)]
    inside = [row.number for row in rows(page) if row.text.startswith("Người thứ ……")]
    assert table.head == ("Người thứ", *inside)
    assert [row[0] for row in table.rows] == [str(i) for i in range(1, len(table.rows) + 1)]
    at = page.blocks.index(table)
    told = page.blocks[at + 1]
    assert isinstance(told, Para)
    assert "giám sát viên giữ" in told.text


def test_cards_show_scales_without_dont_know_and_are_named_beside_their_questions(household: Questionnaire) -> None:
    found = cards(household, "vi")
    assert [card.number for card in found] == [f"T{i}" for i in range(1, len(found) + 1)]
    shown = {name: card for card in found for name in card.questions}
    likert = [q.name for _, q in household.questions() if q.score and household.scales[q.score.scale].kind == "likert"]
    assert set(likert) <= set(shown)
    for card in found:
        lists = {q.list for _, q in household.questions() if q.name in card.questions}
        (only,) = lists
        assert only is not None
        assert card.lines == tuple(c.label.vi for c in household.lists[only].choices if c.why is None)
    assert {"k01", "k02"}.isdisjoint(shown)
    numbers = numbered(household, "vi").numbers
    beside = {row.number: row.notes for row in rows(paper(household, "vi"))}
    assert all(f"Đưa thẻ «{card.number}»." in beside[numbers[name]] for name, card in shown.items())
    page = showcards(household, "vi")
    assert page is not None
    assert sum(isinstance(b, Break) for b in page.blocks) == len(found)


def test_nobody_holds_up_cards_where_people_fill_in_by_themselves(tmp_path: Path) -> None:
    folder = write_form(tmp_path / "f")
    with (folder / "form.yaml").open("a", encoding="utf-8") as stream:
        stream.write("mode: self\n")
    form = load_questionnaire(folder)
    assert cards(form, "vi") == ()
    assert showcards(form, "vi") is None
    assert "Phiếu tự điền" in words_of(paper(form, "vi"))[4]


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c63f80f00010101001bb6ee560000000049454e44ae426082"
)
EVERY = Page(
    "Tựa đề", (
        Heading(1, "Một"), Para("Đoạn <b>&", "warn"), Para("Đọc", "say"), Bullets(("a", "b"), numbered=True), Bullets(("c",)),
        Grid(("x", "y"), (("1", ""), ("", "2")), (40.0, 50.0), tall=True), Break(), Picture(PNG, 20, "mã"), Break(),
        Card(("Rất đồng ý", "Đồng ý")),
        Questions((Asked("A1", "Hỏi?", "gợi ý", "khi", ("dặn",)), Asked("", "Đọc lời này", say=True))),
    ), "vi", ("DẤU",), "chân trang", "phụ đề",
)  # fmt: skip


def test_html_holds_every_word_of_the_page_and_fetches_nothing() -> None:
    body = html_bytes(EVERY)
    found = read_html(body)
    assert all(said_in(text, body) for text in words_of(EVERY))
    assert all(address.startswith("data:image/png;base64,") for address in found.fetched)
    assert "<script" not in body.decode()
    assert body == html_bytes(EVERY)


def test_word_holds_every_word_of_the_page_on_a4_with_the_stamp_in_the_head() -> None:
    body = word_bytes(EVERY)
    document = docx.Document(io.BytesIO(body))
    cells = [p.text for table in document.tables for row in table.rows for cell in row.cells for p in cell.paragraphs]
    said = "\n".join([*(p.text for p in document.paragraphs), *cells])
    assert [text for text in words_of(EVERY) if text not in said and text not in ("DẤU", "chân trang")] == []
    (section,) = document.sections
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert section.header.paragraphs[0].text == "DẤU"
    assert section.footer.paragraphs[0].text.startswith("chân trang · ")
    assert sum(bool(p.paragraph_format.page_break_before) for p in document.paragraphs) == 2
    assert len(document.inline_shapes) == 1
    assert round(document.inline_shapes[0].width.mm) == 20


def test_a_word_file_has_no_clock_and_no_author() -> None:
    body = word_bytes(EVERY)
    assert body == word_bytes(EVERY)
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = package.read("docProps/core.xml").decode()
    assert set(re.findall(r">(\d{4}-[^<]*)<", core)) == {"1980-01-01T00:00:00Z"}
    assert "python-docx" not in core


def test_vietnamese_letters_keep_one_face_in_every_slot() -> None:
    document = docx.Document(io.BytesIO(word_bytes(EVERY)))
    for name in ("Normal", "Heading 1"):
        faces = document.styles[name].element.rPr.rFonts
        assert set(faces.attrib.values()) == {"Times New Roman"}
        assert len(faces.attrib) == 4


def test_the_codebook_page_can_be_searched_for_every_variable_code_and_wording(household: Questionnaire) -> None:
    book = codebook(household)
    body = codebook_html(book, (DRAFT,), "chân")
    text, found = " ".join(read_html(body).said), read_html(body)
    assert [v.name for v in book.variables if f'id="{v.name}"' not in body.decode()] == []
    assert [a for a in found.fetched if a.removeprefix("#") not in {v.name for v in book.variables}] == []
    for v in book.variables:
        assert " ".join(v.label.vi.split()) in text
        assert " ".join(v.label.en.split()) in text
        assert [c.code for c in v.choices if " ".join(c.label.vi.split()) not in text] == []
    key = next(v.key[0] for v in book.variables if v.key)
    assert key.article in text
    assert DRAFT in text


def test_shared_files_are_the_same_bytes_again(tmp_path: Path) -> None:
    scored = SCORED.replace("score: {scale: A, reverse: true}", "score: {scale: A, reverse: true}\n    read_out: true")
    form = load_questionnaire(write_form(tmp_path / "f", scored=scored, lists=LISTS))
    files = shared(form, practice=False)
    assert sorted(files) == sorted({
        *(f"chung/{name}_{lang}.{end}" for name in ("PhieuGiay", "TheTraLoi") for lang in LANGUAGES for end in ("docx", "html")),
        "chung/SoMa.html", "chung/tiny_codebook.xlsx",
    })  # fmt: skip
    assert files == shared(form, practice=False)
    assert all(DRAFT in body.decode() for name, body in files.items() if name.endswith("_vi.html"))
