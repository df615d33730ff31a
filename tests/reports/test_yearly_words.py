"""What the yearly reports say: every number from a row, fixed wording, years without a survey, the Action Month, two issuers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from reading import prose, sentences
from yearly_fixture import APPLY, CLEAN, CONVENTIONS, MEDIA, RECEIVED, SILENT, UNITS, build

from analysis.publishing import public
from analysis.results import Results
from forms.errors import BdgError
from reports import numbers
from reports.document import Document, Heading, Judgement, Table, labels
from reports.tongue import EN, VI, Tongue
from reports.yearly import build as make
from reports.yearly import report

pytestmark = pytest.mark.usefixtures("no_drawing")

KINDS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "halfyear": ("halfyear", 2027, {}),
    "annual": ("annual", 2027, {}),
    "baseline": ("annual", 2026, {}),
    "adhoc": ("adhoc", 2028, {}),
    "final": ("final", 2030, {"waves": (2026, 2030), "past": (2027, 2028)}),
    "signed": ("final", 2030, {"waves": (2026, 2030), "signed": True, "practice": False}),
}
CAUSES = re.compile(
    r"nhờ|do kế hoạch|tác động|hiệu quả của|góp phần làm|thanks to|because of|impact|due to the plan", re.IGNORECASE
)
WORDS = {"definitions", "switches", "digests"}
TEXT_PATH = re.compile(r"(texts|rows|units)(/|$)")


@cache
def results(name: str) -> Results:
    kind, year, more = KINDS[name]
    return build(kind, year, **more)


@cache
def document(name: str, tongue: Tongue = VI) -> Document:
    """As it is written: composed from what may leave."""
    return make(KINDS[name][0], public(results(name)), tongue)


EVERY = pytest.mark.parametrize("name", KINDS)
BOTH = pytest.mark.parametrize("tongue", [VI, EN], ids=["vi", "en"])


def leaf(kept: Results, path: str) -> Any:
    """What stands at a path of the texts, of a row, or of the units."""
    top, *steps = path.split("/")
    if top == "rows":
        row = next(r for r in kept.rows if r.key == steps[0].split("+")[0])
        return row.n_missing.get(steps[2], 0) if steps[1:2] == ["n_missing"] else row
    at: Any = kept.texts if top == "texts" else kept.units
    for step in steps:
        at = at[int(step)] if isinstance(at, list | tuple) else at[step]
    return at


def tables(made: Document) -> Iterator[tuple[Table, int, int]]:
    for table in made.tables():
        for i, row in enumerate(table.rows):
            for k in range(len(row.cells)):
                yield table, i, k


@EVERY
@BOTH
def test_every_number_of_every_table_is_in_the_results(name: str, tongue: Tongue) -> None:
    kept, made = public(results(name)), document(name, tongue)
    rows = {r.key: r for r in kept.rows}
    seen = 0
    for table, i, k in tables(made):
        cell = table.rows[i].cells[k]
        if cell.value is None:
            assert not re.search(r"\d", cell.text) or cell.key or k == 0 or table.anchor in WORDS, (table.anchor, cell)
            continue
        seen += 1
        if cell.key in rows:
            assert cell.value == getattr(rows[cell.key], cell.shows), (table.anchor, cell)
        else:
            assert leaf(kept, cell.key) == cell.value, (table.anchor, cell)
        assert cell.text in {numbers.NONE_OCCURRED, tongue.number(cell.value, cell.decimals), f"({tongue.number(cell.value, 1)})"}
        if cell.lower is not None and cell.upper is not None:
            assert (cell.lower, cell.upper) == (rows[cell.key].lower, rows[cell.key].upper)
            assert cell.below == tongue.span(cell.lower, cell.upper)
    assert seen > 40


@EVERY
@BOTH
def test_every_tagged_number_of_every_sentence_is_the_rows_own(name: str, tongue: Tongue) -> None:
    kept = public(results(name))
    rows, paths = {r.key: r for r in kept.rows}, [k for s in sentences(document(name, tongue)) for k in s.keys]
    texts = {numbers.text_key(p): p for p in paths if "/" in p}
    seen = 0
    for sentence in sentences(document(name, tongue)):
        assert all(k in rows or TEXT_PATH.match(k) for k in sentence.keys), sentence
        for piece in sentence.pieces:
            if not piece.tag:
                continue
            seen += 1
            key, what, unit, places = piece.tag.split(":")
            value = float(str(leaf(kept, texts[key]))) if what == "text" else getattr(rows[key], what)
            said = tongue.quantity(value, unit, int(places)) if unit else tongue.number(value, int(places))
            assert piece.text.lstrip("-") == said.lstrip("-"), (sentence.text, piece)
            assert what == "text" or key in sentence.keys
    assert seen > 30


@EVERY
@BOTH
def test_numbers_without_a_tag_are_dates_years_clauses_or_the_texts_own(name: str, tongue: Tongue) -> None:
    """What is left of a sentence when its tagged numbers are taken out has no decimal and no percent of its own."""
    own = " ".join(_strings(public(results(name)).texts))
    for sentence in sentences(document(name, tongue)):
        left = " ".join(p.text for p in sentence.pieces if not p.tag)
        for token in re.findall(r"\d+[.,]\d+|\d+%", re.sub(r"\d\d/\d\d/\d{4}", "", left)):
            assert token in own or token == "95%", (token, sentence.text)


def _strings(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for inside in part.values():
            yield from _strings(inside)
    elif isinstance(part, list | tuple):
        for inside in part:
            yield from _strings(inside)


@EVERY
@BOTH
def test_no_word_gives_a_cause_and_units_do_not_mix(name: str, tongue: Tongue) -> None:
    made = document(name, tongue)
    said = prose(made) + "\n" + "\n".join(b.text for b in made.all_blocks() if isinstance(b, Heading))
    told = said.replace("không tách được phần đóng góp", "")
    assert not CAUSES.search(told), CAUSES.search(told)
    assert not re.search(r"\d %", said)
    for line in re.split(r"(?<=[.;]) ", said):
        if re.search(r"điểm (nhận thức|hiểu biết|thái độ)", line.lower()) and "tỷ lệ" not in line.lower():
            assert "điểm phần trăm" not in line, line


@EVERY
def test_the_plan_s_parts_stand_under_the_customary_headings(name: str) -> None:
    made = document(name)
    found = [b.text for b in made.blocks if isinstance(b, Heading) and b.level == 1]
    wanted = [
        "CÔNG TÁC CHỈ ĐẠO, ĐIỀU HÀNH", "KẾT QUẢ THỰC HIỆN CÁC MỤC TIÊU", "KẾT QUẢ THỰC HIỆN NHIỆM VỤ, GIẢI PHÁP", "KINH PHÍ",
        "TỒN TẠI, HẠN CHẾ, NGUYÊN NHÂN", "PHƯƠNG HƯỚNG", "ĐỀ XUẤT, KIẾN NGHỊ",
    ]  # fmt: skip
    names = [text.partition(". ")[2] for text in found]
    assert [n for n in names if n in wanted] == wanted
    assert [text.partition(". ")[0] for text in found] == [numbers.roman(i) for i in range(1, len(found) + 1)]
    second = [b.text for b in made.blocks if isinstance(b, Heading) and b.level == 2]
    assert [t["title"]["vi"] for t in results(name).texts["tasks"]] == [
        s.partition(". ")[2] for s in second if any(s.endswith(t["title"]["vi"]) for t in results(name).texts["tasks"])
    ]


@EVERY
def test_people_judge_and_the_tool_leaves_blanks(name: str) -> None:
    prompts = [b.prompt for b in document(name).blocks if isinstance(b, Judgement)]
    assert len(prompts) >= 13
    assert len([p for p in prompts if "nhiệm vụ III." in p]) == 7


def test_the_dashboard_has_the_five_targets_and_the_strategy_in_the_plans_order() -> None:
    table = next(t for t in document("annual").tables() if t.anchor == "dashboard")
    assert [r.cells[0].text[:4] for r in table.rows] == ["II.1", "II.2", "II.3", "II.4", "II.5", "Ngườ"]
    said = {r.cells[0].text[:4]: (r.cells[2].text, r.cells[3].text, r.cells[5].text) for r in table.rows}
    assert said["II.1"] == (f"{RECEIVED}/{UNITS} đơn vị", "79,2", "chưa đạt")
    assert said["II.3"] == ("", "...", "năm không khảo sát")
    assert said["II.4"] == (f"{APPLY}/{MEDIA} cơ quan", "...", "chưa đến hạn đánh giá")
    assert said["II.5"][0] == f"{CLEAN}/{CONVENTIONS // 1000}.{CONVENTIONS % 1000} bản"


def test_under_ten_there_is_no_percentage_anywhere() -> None:
    lines = [line for line in prose(document("annual")).splitlines() if line.startswith("- Cơ quan truyền thông")]
    assert lines == ["- Cơ quan truyền thông chính thức áp dụng Bộ chỉ số: 4/5 cơ quan; đánh giá: chưa đến hạn đánh giá."]


def test_a_year_without_a_survey_has_no_score_and_says_so() -> None:
    said = prose(document("annual"))
    assert "Năm 2027 không khảo sát: không có điểm nhận thức của năm 2027 và không nội suy từ các năm khác." in said
    assert "Lần khảo sát gần nhất là năm 2026. Điểm nhận thức về bình đẳng giới là 52,0 điểm" in said
    scored = [r for r in results("annual").rows if r.indicator == "score" and r.wave == 2027]
    assert scored == []
    assert not [s for s in sentences(document("annual")) if re.search(r"năm 2027[^;.]*điểm nhận thức[^;.]* \d", s.text)]
    assert "There was no survey in 2027" in prose(document("annual", EN))


def test_no_survey_at_all_is_still_a_report() -> None:
    made = make("annual", public(build("annual", 2027, waves=())))
    assert "Năm 2027 không khảo sát" in prose(made)
    assert [t.anchor for t in made.tables()].count("dashboard") == 1


def test_a_survey_year_says_what_was_measured() -> None:
    said = prose(document("baseline"))
    assert "Năm 2026 có khảo sát hộ gia đình; kết quả khảo sát phục vụ quản lý, không phải số liệu thống kê chính thức." in said
    assert "Mục tiêu II.3 so sánh năm 2030 với năm 2026 (năm gốc); đến kỳ này mục tiêu chưa đến hạn đánh giá." in said
    assert "không khảo sát" not in said


@pytest.mark.parametrize(
    ("kind", "as_of", "more", "wanted"),
    [
        ("halfyear", "2027-06-09", {}, "diễn ra sau kỳ số liệu này; mục tiêu II.2 thuộc báo cáo năm"),
        ("annual", "2027-12-09", {}, "chưa kết thúc khi chốt số liệu; số liệu về mục tiêu II.2 là số liệu sơ bộ"),
        ("annual", None, {}, "chưa kết thúc khi chốt số liệu"),
        ("annual", "2027-12-31", {"supplements": 192}, "đã được 192 đơn vị gửi số liệu bổ sung; số liệu về mục tiêu"),
        ("annual", "2027-12-31", {"supplements": 238, "provisional": False}, "đã có số liệu đầy đủ của các đơn vị báo cáo"),
    ],
)  # fmt: skip
def test_the_action_month_s_end_after_the_due_date_is_said(
    kind: str, as_of: str | None, more: dict[str, object], wanted: str
) -> None:
    kept = build(kind, 2027, as_of=as_of)
    kept = replace(kept, texts=dict(kept.texts) | {"report": kept.texts["report"] | more})
    said = prose(make(kind, kept))
    assert f"Tháng hành động năm 2027 (từ ngày 15/11/2027 đến ngày 15/12/2027) {wanted}" in said


def test_units_that_did_not_report_are_named_and_stay_in_the_denominator() -> None:
    table = next(t for t in document("annual").tables() if t.anchor == "silent")
    assert [r.cells[1].text for r in table.rows if not r.group] == [u["name"] for u in results("annual").units]
    assert len(results("annual").units) == SILENT
    assert f"238 trong {UNITS} đơn vị đã báo cáo, {SILENT} đơn vị chưa báo cáo." in prose(document("annual"))
    assert table.notes == ("Các đơn vị này vẫn nằm trong mẫu số của các mục tiêu.",)


def test_when_everybody_reported_the_annex_says_so() -> None:
    made = make("annual", build("annual", 2027, silent=0))
    assert not [t for t in made.tables() if t.anchor == "silent"]
    assert "Mọi đơn vị phải báo cáo đều đã báo cáo." in prose(made)
    assert f"{UNITS} trong {UNITS} đơn vị đã báo cáo." in prose(made)


def test_sums_say_from_how_many_units_and_nothing_known_is_not_zero() -> None:
    table = next(t for t in document("annual").tables() if t.anchor == "task_iii_7")
    assert [[c.text for c in r.cells] for r in table.rows] == [
        ["Số cuộc kiểm tra", "64", "", "229", "12", "9"],
        ["Số mô hình mới", "...", "", "-", "12", "238"],
    ]
    nothing = next(t for t in document("annual").tables() if t.anchor == "task_iii_6")
    assert nothing.rows[0].cells[1].text == "-"


def test_the_years_stand_below_each_other_and_gaps_are_named() -> None:
    table = next(t for t in document("final").tables() if t.anchor == "trend")
    blocks: dict[str, list[tuple[str, ...]]] = {}
    for row in table.rows:
        if row.group:
            blocks[row.cells[0].text] = []
        else:
            blocks[list(blocks)[-1]].append(tuple(c.text for c in row.cells))
    assert [b[0] for b in blocks["Đơn vị được truyền thông từ 02 cuộc"]] == ["2026", "2027", "2028", "2029", "2030"]
    assert blocks["Đơn vị được truyền thông từ 02 cuộc"][1][1] == f"157/{UNITS}"
    assert blocks["Đơn vị được truyền thông từ 02 cuộc"][3] == ("2029", "", "...", "", "chưa có kết quả của năm")
    score = blocks["Điểm nhận thức về bình đẳng giới"]
    assert [row[2] for row in score] == ["52,0", "...", "...", "...", "59,0"]
    assert [row[4] for row in score] == ["", *["năm không khảo sát"] * 3, ""]


def test_an_evaluation_with_one_survey_concludes_nothing() -> None:
    said = prose(make("final", build("final", 2030, waves=(2026,))))
    assert "Chưa có đủ hai kỳ khảo sát để so sánh (kỳ đã có: 2026); chưa kết luận về thay đổi." in said


def test_unsigned_readings_have_results_and_no_verdict() -> None:
    said = prose(document("final"))
    assert "Chưa có văn bản thống nhất cách tính; chưa kết luận." in said
    detail = next(t for t in document("final").tables() if t.anchor == "detail")
    assert [r.cells[5].text for r in detail.rows if not r.group and r.cells[0].text.startswith("Cách tính")] == [
        "chưa kết luận"
    ] * 2
    signed = next(t for t in document("signed").tables() if t.anchor == "detail")
    assert "chưa kết luận" not in [r.cells[5].text for r in signed.rows if not r.group]


def test_hidden_rows_leave_no_number() -> None:
    kept = results("annual")
    hide = {r.key for r in kept.rows if r.indicator in ("task_com_total", "II.1_held")}
    shut = replace(kept, rows=tuple(replace(r, publish="hide", rule="count<5") if r.key in hide else r for r in kept.rows))
    made = make("annual", public(shut))
    table = next(t for t in made.tables() if t.anchor == "task_iii_1")
    assert [c.text for c in table.rows[0].cells if c.text][1:] == ["(*)"] * 4
    assert "1.834" not in prose(made)
    detail = next(t for t in made.tables() if t.anchor == "detail")
    held = next(r for r in detail.rows if r.cells[0].text == "Đơn vị tự tổ chức từ 02 cuộc")
    assert [c.text for c in held.cells[2:4]] == ["(*)", "(*)"]
    assert "171/250" not in prose(made)


@pytest.mark.parametrize(
    ("issuer", "deputy", "agency", "lines"),
    [
        ("department", False, "SỞ NỘI VỤ", ("GIÁM ĐỐC",)),
        ("department", True, "SỞ NỘI VỤ", ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")),
        ("province", False, "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")),
        ("province", True, "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")),
    ],
)
def test_two_issuers_sign_each_in_its_own_way(issuer: str, deputy: bool, agency: str, lines: tuple[str, ...]) -> None:
    made = make("annual", results("annual"), VI, issuer, deputy=deputy)
    assert (made.frame.agency, made.frame.authority) == (agency, lines)
    assert ("TM." in " ".join(lines)) == (issuer == "province")
    assert f"{made.frame.named} báo cáo kết quả năm 2027 thực hiện Kế hoạch" in prose(made)


def test_a_director_never_signs_for_the_committee_even_if_the_plan_says_so() -> None:
    kept = results("annual")
    wrong = kept.texts["issuers"]["department"] | {"signer_title": "TM. SỞ NỘI VỤ", "signer_second": "GIÁM ĐỐC"}
    bad = replace(kept, texts=dict(kept.texts) | {"issuers": {"department": wrong}})
    assert make("annual", bad).frame.authority == ("GIÁM ĐỐC",)


@EVERY
def test_both_languages_have_the_same_shape_and_the_same_keys(name: str) -> None:
    vi, en = document(name), document(name, EN)
    assert [type(b) for b in vi.all_blocks()] == [type(b) for b in en.all_blocks()]
    assert [t.keys for t in vi.tables()] == [t.keys for t in en.tables()]
    assert [len(t.rows) for t in vi.tables()] == [len(t.rows) for t in en.tables()]
    assert (vi.language, en.language) == ("vi", "en")
    assert not [t.anchor for t in en.tables() for c in t.columns if re.search(r"\b(Chưa|Tổng|Đơn vị|Nội dung)\b", c.label)]
    assert len(labels(vi)) == len(labels(en))


def test_other_results_are_refused() -> None:
    kept = results("annual")
    texts = dict(kept.texts)
    for wrong, kind, code in (
        (replace(kept, texts={k: v for k, v in texts.items() if k != "report"}), "annual", "REP-032"),
        (replace(kept, texts={k: v for k, v in texts.items() if k != "forms"}), "annual", "REP-003"),
        (
            replace(kept, texts=texts | {"report": {k: v for k, v in texts["report"].items() if k != "action_month"}}),
            "annual",
            "REP-003",
        ),
        (kept, "final", "REP-033"),
        (replace(kept, rows=kept.rows[:1]), "annual", "REP-035"),
    ):
        with pytest.raises(BdgError, match=code):
            report.build(kind, wrong)
    with pytest.raises(BdgError, match="REP-034"):
        report.build("annual", kept, VI, "commune")
