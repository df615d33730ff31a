"""The survey protocol as a document: its parts, its gaps, and that every number in it is a row or stands in the texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from reading import STAMP, patched, prose, retold, sentences

from analysis.power.study import study
from analysis.protocol import files
from analysis.protocol.make import protocol
from analysis.protocol.sampled import Sampled, Stratum
from analysis.results import Results, Row
from forms import load_places, load_plan, load_questionnaire, province_folder, questionnaire_folder
from forms.plan import Wave
from forms.survey import load_survey
from reports import numbers, protocol_document, story
from reports import protocol_tables as shown
from reports import protocol_words as said
from reports.document import Annex, Cell, Document, Heading, Paragraph, Picture, Sentence, Table

FOLDER = province_folder("51")
STRATA = (
    Stratum("Thành thị", 91, 19617, 76000, 16, 320, 64),
    Stratum("Đồng bằng", 254, 44203, 170000, 38, 760, 152),
    Stratum("Miền núi, hải đảo", 607, 76668, 290000, 66, 1320, 264),
)
TOKEN = re.compile(r"\d+(?:[.,]\d+)*")
CAUSES = re.compile(r"nhờ|do kế hoạch|tác động|hiệu quả của|góp phần làm|giúp (tăng|giảm|nâng)", re.IGNORECASE)
ALL = pytest.mark.parametrize("name", ["draft", "practice", "decided"])


@pytest.fixture(scope="module")
def made() -> dict[str, Results]:
    """draft: as shipped; practice: with an invented frame; decided: nothing open, a sample drawn."""
    plan, survey, places = load_plan(FOLDER), load_survey(FOLDER), load_places(FOLDER)
    form = load_questionnaire(questionnaire_folder())
    told = study(survey, files.target(plan, survey))
    signed = replace(plan.target_ii3, decided_by="Chủ tịch UBND tỉnh", document="01/BB", date="2026-09-01")
    waves = {
        2026: Wave(2026, date(2026, 10, 5), date(2026, 10, 30), None),
        2030: Wave(2030, date(2030, 10, 7), date(2030, 10, 31), None),
    }
    known = replace(plan, number="7/KH-UBND", date="2026-05-01", target_ii3=signed, waves=waves)
    about = survey.protocol
    budget = tuple(replace(b, quantity=b.quantity or "3", price=1_250_000.0) for b in about.budget)
    done = replace(
        about, fieldwork_days=20, teams=6, organiser="Đội khảo sát", appraisal="không phải thẩm định", budget=budget,
        steps=tuple((label, "2026-09-15") for label, _ in about.steps),
    )  # fmt: skip
    settled = replace(survey, protocol=done, costs=replace(survey.costs, cluster=10.0, interview=1.0))
    drawn = Sampled(STRATA, drawn=True, seed=20260901, filled=("khu_vuc", "dtts"))
    return {
        "draft": protocol(plan, survey, places, form, told),
        "practice": protocol(plan, survey, places, form, told, sampled=Sampled(STRATA, practice=True)),
        "decided": protocol(known, settled, places, replace(form, draft=()), told, sampled=drawn),
    }


@pytest.fixture(scope="module")
def documents(made: dict[str, Results]) -> Iterator[dict[str, Document]]:
    """Figures as SVG only: their pixels hold no text, and are looked at in test_reports_protocol_files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol_document, "png", lambda _: b"")
        yield {name: protocol_document.build(results) for name, results in made.items()}


def built(results: Results) -> Document:
    """The document without its figures."""
    power = {k: v for k, v in results.texts["power"].items() if k != "curves"}
    return protocol_document.build(retold(results, power=power))


def table(document: Document, anchor: str) -> Table:
    return next(t for t in document.tables() if t.anchor == anchor)


def cells(found: Table) -> list[list[str]]:
    return [[c.text for c in row.cells] for row in found.rows if not row.group]


def headings(document: Document, level: int = 1) -> list[str]:
    return [b.text for b in document.blocks if isinstance(b, Heading) and b.level == level]


# ---- shape ---------------------------------------------------------------------------------------------------------


@ALL
def test_the_ten_parts_of_a_survey_plan_in_their_order(documents: dict[str, Document], name: str) -> None:
    """Law on Statistics, Article 31: purpose; scope, units; kind; time, method; content; classifications; processing; plan;
    organisation; money."""
    document = documents[name]
    assert headings(document) == [
        "I. MỤC ĐÍCH, YÊU CẦU", "II. PHẠM VI, ĐỐI TƯỢNG, ĐƠN VỊ KHẢO SÁT", "III. LOẠI KHẢO SÁT, MẪU KHẢO SÁT",
        "IV. THỜI GIAN, PHƯƠNG PHÁP THU THẬP THÔNG TIN", "V. NỘI DUNG, PHIẾU KHẢO SÁT", "VI. PHÂN LOẠI, PHÂN TỔ SỬ DỤNG",
        "VII. QUY TRÌNH XỬ LÝ, TỔNG HỢP, CÔNG BỐ", "VIII. KẾ HOẠCH TIẾN HÀNH", "IX. TỔ CHỨC THỰC HIỆN",
        "X. KINH PHÍ, ĐIỀU KIỆN VẬT CHẤT",
    ]  # fmt: skip
    assert (document.kind, document.draft) == ("Phương án", name != "decided")
    assert document.subject == "Khảo sát nhận thức về bình đẳng giới trên địa bàn tỉnh Quảng Ngãi năm 2026"
    assert document.stamp == (STAMP if name == "practice" else "")
    assert isinstance(document.blocks[-1], Paragraph)


@ALL
def test_no_heading_stands_without_words_below(documents: dict[str, Document], name: str) -> None:
    for blocks in (documents[name].blocks, *(a.blocks for a in documents[name].annexes)):
        for block, after in zip(blocks, (*blocks[1:], None), strict=True):
            if isinstance(block, Heading):
                assert after is not None, block.text
                assert not isinstance(after, Heading) or after.level > block.level, block.text


@ALL
def test_every_table_and_figure_is_pointed_to_before_it_stands(documents: dict[str, Document], name: str) -> None:
    for blocks in (documents[name].blocks, *(a.blocks for a in documents[name].annexes)):
        pointed: set[str] = set()
        for block in blocks:
            if isinstance(block, Paragraph):
                pointed |= {p.anchor for p in block.parts if not isinstance(p, Sentence)}
            elif isinstance(block, Table | Picture) and block.anchor != "gaps":
                assert block.anchor in pointed


def test_annexes(documents: dict[str, Document]) -> None:
    def titles(annexes: tuple[Annex, ...]) -> list[str]:
        return [a.title for a in annexes]

    first = ["Dự thảo văn bản thống nhất cách tính mục tiêu II.3", "Giả định khi tính cỡ mẫu"]
    assert titles(documents["draft"].annexes) == [*first, "Những nội dung còn để trống"]
    assert titles(documents["decided"].annexes) == [*first, "Văn bản cần kiểm tra trước khi ký"]


# ---- what it must and must not say ---------------------------------------------------------------------------------


@ALL
def test_the_survey_measures_and_explains_nothing(documents: dict[str, Document], name: str) -> None:
    text = prose(documents[name])
    assert text.count(story.MEASURES_ONLY) == 1
    assert not CAUSES.search(text.replace(story.MEASURES_ONLY, ""))


@ALL
def test_nobody_is_asked_for_a_party_and_the_consent_is_printed_whole(documents: dict[str, Document], name: str) -> None:
    text = prose(documents[name])
    assert not re.search(r"đảng viên|\bđảng\b", text, re.IGNORECASE)
    assert "«Khảo sát về đời sống gia đình và xã hội»" in text
    assert "trong đó có bình đẳng giữa nam và nữ và ý kiến về mâu thuẫn trong gia đình" in text
    assert "im lặng không phải là đồng ý" in text


@ALL
def test_what_the_sample_can_and_cannot_prove_is_said_word_for_word(
    documents: dict[str, Document], made: dict[str, Results], name: str
) -> None:
    text = prose(documents[name])
    for part in ("paragraph", "cannot", "sensitivity"):
        assert made[name].texts["power"][part]["vi"] in text


def test_the_action_month_is_warned_of_and_open_dates_say_so(documents: dict[str, Document]) -> None:
    text = prose(documents["draft"])
    assert "Kỳ năm 2026: chưa quyết định thời gian khảo sát." in text
    assert "từ ngày 15/11 đến ngày 15/12 hằng năm" in text
    kept = prose(documents["decided"])
    assert "Kỳ năm 2026: thu thập thông tin từ ngày 05/10/2026 đến ngày 30/10/2026." in kept
    assert "chưa quyết định" not in kept


def test_laws_are_those_of_the_files(documents: dict[str, Document], made: dict[str, Results]) -> None:
    bases = [b for b in documents["draft"].blocks if isinstance(b, Paragraph) and b.role == "basis"]
    cited = [d["cite"]["vi"] for d in made["draft"].texts["plan"]["documents"]]
    text = prose(documents["draft"])
    assert len(bases) == len(cited) + 1
    assert all(f"Căn cứ {c}" in text for c in cited)
    known = "\n".join([*cited, json.dumps(made["draft"].texts, ensure_ascii=False)])
    for number in re.findall(r"\d+/(?:\d{4}/)?[A-ZĐ][\w-]+", text):
        assert number in known


# ---- gaps ----------------------------------------------------------------------------------------------------------


def blanks(document: Document) -> list[str]:
    found = [s.text for s in sentences(document) if s.blank]
    return found + [p.text for p in (document.attached.parts if document.attached else ()) if isinstance(p, Sentence) and p.blank]


def test_open_things_are_marked_where_they_stand_and_listed_at_the_end(
    documents: dict[str, Document], made: dict[str, Results]
) -> None:
    document = documents["draft"]
    assert blanks(document).count(said.GAP) == 6  # days, organiser, teams; who, document, date of the decision
    assert {"....../KH-UBND", protocol_document.DECREE} <= set(blanks(document))
    listed = cells(table(document, "gaps"))
    assert [line[1] for line in listed] == [g["what"]["vi"] for g in made["draft"].texts["protocol"]["gaps"]]
    assert [line[0] for line in listed] == [str(i) for i in range(1, len(listed) + 1)]
    assert all(line[3] for line in listed)
    for anchor in ("calendar", "budget"):
        assert any(c == numbers.NO_FIGURE for line in cells(table(document, anchor)) for c in line)


def test_a_decided_protocol_has_no_gap_but_the_decree_that_issues_it(documents: dict[str, Document]) -> None:
    document = documents["decided"]
    assert said.GAP not in blanks(document)
    assert len(blanks(document)) == 3
    assert "gaps" not in {t.anchor for t in document.tables()}
    for found in document.tables():
        assert not any(c.text == numbers.NO_FIGURE for row in found.rows for c in row.cells), found.anchor
    assert "Đơn vị thu thập thông tin: Đội khảo sát. Số tổ điều tra: 6." in prose(document)
    assert "Người quyết định: Chủ tịch UBND tỉnh. Số văn bản: 01/BB. Ngày: 01/09/2026." in prose(document)


def test_gaps_are_never_filled_by_themselves(documents: dict[str, Document]) -> None:
    budget = cells(table(documents["draft"], "budget"))
    assert budget[0][3:] == ["120", "...", "..."]
    assert budget[1][3:] == ["...", "...", "..."]
    assert budget[3][3:] == ["2.400", "...", "..."]
    assert budget[-1] == ["", "Tổng cộng", "", "", "", "..."]
    assert {line[2] for line in cells(table(documents["draft"], "calendar"))} == {"..."}


def test_money_is_added_only_when_all_of_it_is_known(documents: dict[str, Document]) -> None:
    found = table(documents["decided"], "budget")
    assert found.unit == "đồng"
    assert cells(found)[3][3:] == ["2.400", "1.250.000", "3.000.000.000"]
    assert cells(found)[-1][-1] == numbers.whole(1_250_000 * (3 * 120 + 2400 + 5 * 3)) == "3.468.750.000"
    assert {line[2] for line in cells(table(documents["decided"], "calendar"))} == {"15/09/2026"}


# ---- numbers -------------------------------------------------------------------------------------------------------


def resolve(results: Results, path: str) -> Any:
    node: Any = results.texts
    for step in path.split("/")[1:]:
        node = node[int(step)] if isinstance(node, list | tuple) else node[step]
    return node


def printed(results: Results, key: str) -> Iterator[str]:
    """Every way the thing that a key names may be printed."""
    if "/" in key:
        value = resolve(results, key)
        yield said.value(value) if value is not None else ""
        return
    row = next(r for r in results.rows if r.key == key)
    yield numbers.whole(row.n)
    if row.estimate is not None:
        yield from (numbers.number(row.estimate, d) for d in (0, 1))


def tokens(text: str) -> set[str]:
    return set(TOKEN.findall(text))


@ALL
def test_every_number_of_a_sentence_stands_behind_one_of_its_keys(
    documents: dict[str, Document], made: dict[str, Results], name: str
) -> None:
    """What has no key may hold only numbers of the plan's own words: citations, titles, «II.3», the number of a point."""
    results = made[name]
    own = tokens(json.dumps({k: results.texts[k] for k in ("plan", "issuer")}, ensure_ascii=False)) | {"3"}
    layout = tokens(json.dumps(results.texts["protocol"]["layout"], ensure_ascii=False))
    for sentence in sentences(documents[name]):
        text = re.sub(r"^\d+\. ", "", sentence.text)
        if sentence.blank:
            continue
        known = {t for key in sentence.keys for p in printed(results, key) for t in tokens(p)}
        assert tokens(text) <= known | own | layout, sentence.text
        if sentence.keys and not tokens(text) - known <= {"3"}:
            assert tokens(text) - known <= own


@ALL
def test_every_number_of_a_cell_is_the_one_its_key_names(
    documents: dict[str, Document], made: dict[str, Results], name: str
) -> None:
    results = made[name]
    words = tokens(json.dumps(results.texts, ensure_ascii=False))
    for found in documents[name].tables():
        for row in found.rows:
            for k, (cell, col) in enumerate(zip(row.cells, found.columns, strict=False)):
                if row.group or col.label == "TT" or not tokens(cell.text):
                    continue
                if not cell.key:
                    assert col.kind == "text", (found.anchor, k, cell)
                    assert tokens(cell.text) <= words | {"2026", "2030"}, cell.text
                    continue
                known = {t for p in printed(results, cell.key) for t in tokens(p)}
                assert tokens(cell.text) <= known, (found.anchor, cell)


@ALL
def test_numbers_are_written_as_the_office_writes_them(documents: dict[str, Document], name: str) -> None:
    text = prose(documents[name])
    assert not re.search(r"\d\s+%", text)
    assert not re.search(r"(?<![\d/.])\d{5,}(?![\d/])", re.sub(r"số gieo \d+", "", text).replace("20260901", ""))
    for found in documents[name].tables():
        for line in cells(found):
            assert not any(re.search(r"\d\.\d{1,2}(?!\d)|\d{5,}", c) for c in line if "yaml" not in c), line


def test_a_power_cell_is_its_row_with_the_range_of_the_icc(documents: dict[str, Document], made: dict[str, Results]) -> None:
    rows = {(r.indicator, r.domain, r.estimand, r.category): r for r in made["draft"].rows if r.kind == "power"}
    found = table(documents["draft"], "power")
    assert [c.label for c in found.columns] == [
        "Nhóm", "Số người mỗi kỳ", "Có tăng (%)", "Tăng từ 10% (%)", "Tăng từ 15% (%)", "Tăng từ 10 điểm (điểm)",
    ]  # fmt: skip
    first = found.rows[1].cells
    mid, low, high = (rows["score", (), "mdc_prove10", icc].estimate for icc in ("mid", "low", "high"))
    assert None not in (mid, low, high)
    assert (first[3].text, first[3].below) == (
        numbers.number(mid or 0),
        f"{numbers.number(low or 0)} - {numbers.number(high or 0)}",
    )
    assert first[0].text == "Toàn tỉnh"
    assert first[1].text == "2.040"
    assert sum(row.group for row in found.rows) == 2
    assert len(found.rows) == 2 + 2 * 7


def test_a_rise_that_no_sample_proves_is_a_gap_with_its_reason(made: dict[str, Results]) -> None:
    reason = "không thể: ít hơn | not possible"
    nothing = patched(
        made["draft"], lambda r: r.kind == "power" and r.estimand == "mdc_prove15" and r.domain == (("area", "urban"),),
        estimate=None, status="not_estimable", reason=reason,
    )  # fmt: skip
    found = table(built(nothing), "power")
    assert sum(c.text == numbers.NO_FIGURE for row in found.rows for c in row.cells) == 2
    assert "«...» Thành thị: không thể: ít hơn." in found.notes
    half = patched(
        made["draft"], lambda r: r.kind == "power" and r.estimand == "mdc_prove15" and r.category == "high", estimate=None
    )
    first = table(built(half), "power").rows[1].cells[4]
    assert first.below.endswith(" - ...")


def test_the_four_ways_show_what_the_sample_proves(documents: dict[str, Document], made: dict[str, Results]) -> None:
    rows = {(r.indicator, r.estimand): r.estimate for r in made["draft"].rows if not r.domain and r.category == "mid"}
    wanted = [
        ("score", "mdc_prove10", "%"), ("score", "mdc_points10", " điểm"), ("reach60", "mdc_prove10", "%"),
        ("reach60", "mdc_points10", " điểm phần trăm"),
    ]  # fmt: skip
    lines = cells(table(documents["draft"], "ways"))
    assert [line[3] for line in lines] == [numbers.number(rows[o, e] or 0) + unit for o, e, unit in wanted]
    assert [line[2] for line in lines] == ["từ 10%", "từ 10 điểm", "từ 10%", "từ 10 điểm phần trăm"]
    assert [line[4] for line in lines] == ["x", "", "", ""]


def test_the_sample_by_stratum_and_its_sum(documents: dict[str, Document]) -> None:
    assert "strata" not in {t.anchor for t in documents["draft"].tables()}
    assert "Phân bổ mẫu theo tầng được bổ sung khi có khung" in prose(documents["draft"])
    planned, drawn = table(documents["practice"], "strata"), table(documents["decided"], "strata")
    assert {c.group for c in planned.columns} == {"", "Trong khung", "Mẫu phân bổ"}
    assert {c.group for c in drawn.columns} == {"", "Trong khung", "Mẫu đã chọn"}
    assert cells(drawn)[-1] == ["Cộng", "952", "140.488", "120", "2.400", "480", "2.040"]
    assert cells(drawn)[0] == ["Thành thị", "91", "19.617", "16", "320", "64", "272"]
    assert "Mẫu đã chọn với số gieo" in prose(documents["decided"])


def test_the_chance_of_the_word_reached(documents: dict[str, Document]) -> None:
    found = table(documents["draft"], "chances")
    assert [c.label for c in found.columns[1:]] == ["10%", "12,5%", "15%", "20%"]
    assert cells(found)[0][1] == "2,5"
    values = [c.value or 0 for c in found.rows[0].cells[1:]]
    assert values == sorted(values)


# ---- less given ----------------------------------------------------------------------------------------------------


def test_without_a_study_the_protocol_says_so(made: dict[str, Results]) -> None:
    bare = replace(retold(made["draft"], power={}), rows=tuple(r for r in made["draft"].rows if r.kind != "power"))
    document = protocol_document.build(bare)
    assert protocol_document.NO_STUDY in prose(document)
    assert {"power", "chances", "assumed"}.isdisjoint({t.anchor for t in document.tables()})
    assert {line[3] for line in cells(table(document, "ways"))} == {"..."}
    assert not document.pictures()


def test_figures_are_described_and_stamped_only_for_practice(documents: dict[str, Document]) -> None:
    for name, document in documents.items():
        pictures = document.pictures()
        assert [p.anchor for p in pictures] == ["power_curves", "cost_plane"]
        assert all(len(p.alt) > 100 for p in pictures)
        assert all((STAMP in p.svg.decode()) is (name == "practice") for p in pictures)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (2400, "2.400"), (85.0, "85"), (1.25, "1,25"), (0.1, "0,1"), (12.345, "12,35"), ("2026-09-01", "01/09/2026"),
        ("2026", "2026"), ({"vi": "tầng", "en": "stratum"}, "tầng"), (0, "0"), (100, "100"), (-0.0, "0"),
    ],
)  # fmt: skip
def test_values_in_words(given: Any, text: str) -> None:
    assert said.value(given) == text


@pytest.mark.parametrize("given", [None, True, False])
def test_no_value_is_not_printed(given: Any) -> None:
    with pytest.raises(TypeError):
        said.value(given)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ({"a": 1, "b": "x"}, ["Có 1, x."]),
        ({"a": None, "b": "x"}, ["Có", said.GAP, ", x."]),
        ({"a": None, "b": None}, ["Có", said.GAP, ",", said.GAP, "."]),
        ({"a": 1}, ["Có 1,", said.GAP, "."]),
    ],
)
def test_a_hole_without_a_value_is_a_gap(values: dict[str, Any], texts: list[str]) -> None:
    parts = said.sentences({"vi": "Có {a}, {b}.", "values": values}, "texts/p")
    assert [p.text for p in parts] == texts
    assert [p.blank for p in parts] == [t == said.GAP for t in texts]
    keys = [k for p in parts for k in p.keys]
    assert keys == [f"texts/p/values/{name}" for name in ("a", "b") if values.get(name) is not None]


def test_the_reader_finds_rows_by_what_they_say(made: dict[str, Results]) -> None:
    read = shown.Read(made["decided"])
    row = read.count("psus", 2026, "Đồng bằng", "drawn")
    assert isinstance(row, Row)
    assert row.estimate == 38
    assert read.count("psus", 2026, "Đồng bằng", "allocated") is None
    assert read.levels("prove") == ("10", "15")
    assert shown._money(None, "p") == Cell("...", key="p", mark="none")
