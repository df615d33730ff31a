"""The reports read a second time, as the director who signs: nothing said twice, nothing against itself, nothing half said."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import everything, prose, sentences
from yearly_fixture import UNITS, build

from analysis.publishing import public
from analysis.results import Results
from reports import numbers, story
from reports.document import Document, Heading, Judgement, Paragraph, Reference, Sentence, labels, plain
from reports.lookup import Lookup
from reports.tongue import EN, VI, Tongue
from reports.word import write
from reports.yearly import build as make
from reports.yearly import outline as outlines
from reports.yearly import sentences as spoken
from reports.yearly.read import Read

pytestmark = pytest.mark.usefixtures("no_drawing")

KINDS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "halfyear": ("halfyear", 2027, {}),
    "annual": ("annual", 2027, {}),
    "baseline": ("annual", 2026, {}),
    "adhoc": ("adhoc", 2028, {}),
    "final": ("final", 2030, {"waves": (2026, 2030), "past": (2027, 2028)}),
    "signed": ("final", 2030, {"waves": (2026, 2030), "signed": True, "practice": False}),
}
EVERY = pytest.mark.parametrize("name", KINDS)
BOTH = pytest.mark.parametrize("tongue", [VI, EN], ids=["vi", "en"])
FIXED = (story.MEASURES_ONLY, story.MEASURES_ONLY_EN)
NO_SURVEY = re.compile(r"^(Năm \d{4} không khảo sát|There was no survey)")


@cache
def results(name: str) -> Results:
    kind, year, more = KINDS[name]
    return public(build(kind, year, **more))


@cache
def document(name: str, tongue: Tongue = VI) -> Document:
    return make(KINDS[name][0], results(name), tongue)


# ---- nothing twice


@BOTH
@EVERY
def test_no_sentence_is_said_twice(name: str, tongue: Tongue) -> None:
    """But the fixed sentence that stands beside every change, and that a year has no survey, where its score would stand."""
    told = Counter(" ".join(s.text.split()) for s in sentences(document(name, tongue)) if len(s.text.split()) > 5)
    twice = [t for t, n in told.items() if n > 1 and t not in FIXED and not NO_SURVEY.match(t)]
    assert twice == []


@BOTH
@EVERY
def test_a_table_names_its_source_once(name: str, tongue: Tongue) -> None:
    for table in document(name, tongue).tables():
        assert len(re.findall(r"Nguồn:|Source:", table.source)) <= 1, table.source


@EVERY
def test_no_number_of_target_3_is_printed_twice_in_its_own_section(name: str) -> None:
    """The score or the change stands once in words below the heading of II.3."""
    inside, at = [], False
    for block in document(name).blocks:
        if isinstance(block, Heading):
            at = "II.3" in block.text
        elif at and isinstance(block, Paragraph):
            inside += [p for p in block.parts if isinstance(p, Sentence)]
    assert inside
    tags = Counter(p.tag for s in inside for p in s.pieces if ":estimate:" in (p.tag or ""))
    assert [t for t, n in tags.items() if n > 1] == []


@BOTH
@EVERY
def test_pointers_join_as_people_write(name: str, tongue: Tongue) -> None:
    made = document(name, tongue)
    known = labels(made)
    for block in made.blocks:
        if isinstance(block, Paragraph) and any(isinstance(p, Reference) for p in block.parts):
            text = plain(block, known)
            assert len(re.findall(r"\b(?:và|and) (?:Biểu|Hình|Table|Figure)", text)) <= 1, text
            assert " ," not in text


# ---- the target and its readings


def headline(name: str, tongue: Tongue = VI) -> str:
    table = next(t for t in document(name, tongue).tables() if t.anchor == "dashboard")
    return next(r.cells[0].text for r in table.rows if r.cells[0].text.startswith("II.3"))


@pytest.mark.parametrize("name", ["final", "signed"])
def test_a_change_in_the_dashboard_says_which_reading_it_is(name: str) -> None:
    """«14,8%» beside «Nhận thức» alone would read as a level."""
    kept = results(name)
    entry = next(e for e in kept.texts["dashboard"] if e["target"] == "II.3" and e["headline"])
    same = [e for e in kept.texts["dashboard"] if e["part"] == "reading" and e["key"] == entry["key"]]
    wanted = same[0]["label"]["vi"] if same else ""
    assert wanted
    assert headline(name) == f"II.3. {entry['label']['vi']} ({wanted[:1].lower()}{wanted[1:]})"


@pytest.mark.parametrize("name", ["annual", "baseline", "halfyear", "adhoc"])
def test_a_level_or_nothing_is_named_by_its_label_alone(name: str) -> None:
    assert "(" not in headline(name)


def test_an_unsigned_target_shows_no_reading_alone_in_the_text() -> None:
    told = prose(document("final"))
    assert told.count("hưa có văn bản thống nhất cách tính; chưa kết luận") == 1
    assert [t.anchor for t in document("final").tables()].count("readings") == 1


# ---- the Action Month against what the units sent


def month(kept: Results, **about: Any) -> str:
    report = dict(kept.texts["report"]) | about
    return spoken.action_month(Read(replace(kept, texts=dict(kept.texts) | {"report": report}), VI)).text


@given(st.integers(0, 120), st.integers(0, UNITS), st.booleans(), st.sampled_from(["annual", "adhoc"]), st.integers(0, UNITS))
@settings(max_examples=200, deadline=None)
def test_the_action_month_is_complete_only_when_every_reporting_unit_completed_it(
    days: int, sent: int, provisional: bool, kind: str, reported: int
) -> None:
    """By hand: not begun, under way, nobody, some, all; never «đầy đủ» while one unit still owes its supplement."""
    base = results("annual")
    forms = {**base.texts["forms"], "unit": {**base.texts["forms"]["unit"], "reported": reported}}
    kept = replace(base, texts=dict(base.texts) | {"forms": forms})
    counted = date(2027, 10, 1) + timedelta(days=days)
    told = month(kept, as_of=counted.isoformat(), supplements=sent, provisional=provisional, kind=kind)
    owed = provisional or sent < reported
    if counted < date(2027, 11, 15):
        assert "diễn ra sau kỳ số liệu này" in told
    elif counted < date(2027, 12, 15) and not sent:
        assert "chưa kết thúc khi chốt số liệu" in told
    elif owed and not sent:
        assert "chưa đơn vị nào gửi số liệu bổ sung" in told
    elif owed:
        assert f"{numbers.whole(sent)} đơn vị gửi số liệu bổ sung" in told
    else:
        assert "đã có số liệu đầy đủ" in told
    assert ("sơ bộ" in told) is ("diễn ra sau" not in told and "đầy đủ" not in told)


def test_a_report_on_request_after_the_month_is_provisional_without_supplements() -> None:
    """What the practice data showed: 238 units still owed the supplement and the text called the figures complete."""
    told = month(results("adhoc"), as_of="2028-12-15", supplements=0, provisional=False)
    assert told.endswith("đã kết thúc, chưa đơn vị nào gửi số liệu bổ sung; số liệu về mục tiêu II.2 là số liệu sơ bộ.")


@EVERY
def test_the_action_month_is_told_once_below_its_target(name: str) -> None:
    told = [s.text for s in sentences(document(name)) if s.text.startswith("Tháng hành động năm")]
    assert len(told) == 1


# ---- what people write


@pytest.mark.parametrize("kind", ["halfyear", "annual", "adhoc", "final"])
def test_blanks_ask_for_words_about_a_thing_not_for_the_thing(kind: str) -> None:
    """«viết văn bản chỉ đạo» would ask the department to write a directive."""
    made = next(document(n) for n, k in KINDS.items() if k[0] == kind)
    prompts = [b.prompt for b in made.blocks if isinstance(b, Judgement)]
    assert len(prompts) >= 8
    assert not [p for p in prompts if re.match(r"(văn bản|tồn tại|nguyên nhân)", p)]


def test_an_outline_from_a_windows_editor_is_read(tmp_path: Path) -> None:
    """CRLF, a byte order mark and letters taken apart: the same outline."""
    ours = outlines.HOME / "annual.yaml"
    text = unicodedata.normalize("NFD", ours.read_text(encoding="utf-8")).replace("\n", "\r\n")
    theirs = tmp_path / "đề cương.yaml"
    theirs.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert outlines.outline("annual", theirs) == outlines.outline("annual")
    assert unicodedata.is_normalized("NFC", prose(make("annual", results("annual"), VI, outline_file=theirs)))


def test_headings_of_another_outline_keep_the_order_of_that_outline(tmp_path: Path) -> None:
    raw = yaml.safe_load((outlines.HOME / "annual.yaml").read_text(encoding="utf-8"))
    raw["sections"] = raw["sections"][::-1]
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    heads = [b.text.partition(". ")[2] for b in make("annual", results("annual"), VI, outline_file=path).blocks if _first(b)]
    assert heads == [b.text.partition(". ")[2] for b in document("annual").blocks if _first(b)][::-1]


def _first(block: object) -> bool:
    return isinstance(block, Heading) and block.level == 1


# ---- odd results


def test_forty_silent_units_with_endless_names_are_all_named_in_the_file() -> None:
    kept = build("annual", 2027)
    units = tuple(
        {
            **kept.units[0],
            "unit_id": f"u{i}",
            "name": f"Trung tâm {'dịch vụ sự nghiệp công ' * 12}số {i} <&>",
            "kind": f"kind{i % 7}",
        }
        for i in range(40)
    )
    made = make("annual", public(replace(kept, units=units)))
    rows = next(t for t in made.tables() if t.anchor == "silent").rows
    assert [r.cells[0].text for r in rows if not r.group] == [str(i) for i in range(1, 41)]
    assert {r.cells[1].text for r in rows if not r.group} == {u["name"] for u in units}
    assert write(made) == write(make("annual", public(replace(kept, units=units))))


def test_a_year_in_which_nobody_owes_a_return_is_still_a_report() -> None:
    kept = build("annual", 2027)
    none = {form: dict.fromkeys(about, 0) for form, about in kept.texts["forms"].items()}
    made = make("annual", public(replace(kept, texts=dict(kept.texts) | {"forms": none}, units=())))
    table = next(t for t in made.tables() if t.anchor == "returns")
    assert {c.text for r in table.rows for c in r.cells[1:]} == {"-"}
    assert "0 trong 0 đơn vị đã báo cáo" in prose(made)
    assert "Mọi đơn vị phải báo cáo đều đã báo cáo." in prose(made)


def test_when_everything_is_hidden_no_number_of_a_row_is_in_the_report() -> None:
    kept = public(build("final", 2030, waves=(2026, 2030), signed=True))
    hidden = replace(kept, rows=tuple(replace(r, publish="hide") for r in kept.rows))
    made = make("final", hidden)
    keys = {r.key for r in hidden.rows}
    assert not [p.tag for s in sentences(made) for p in s.pieces if p.tag and p.tag.partition(":")[0] in keys]
    assert not [c for t in made.tables() for r in t.rows for c in r.cells if c.key in keys and c.value is not None]


# ---- marks of the office, over every file


BAD = {
    "space before %": re.compile(r"\d[ \u00a0\u202f]+%"),
    "cause": re.compile(
        r"do kế hoạch|tác động|hiệu quả của|góp phần làm|nhờ (?:kế hoạch|chương trình|truyền thông)", re.IGNORECASE
    ),
    "a score in percentage points": re.compile(r"[Đđ]iểm (?:nhận thức|hiểu biết|thái độ)[^.;<]{0,50}điểm phần trăm"),
    "TM. above a director": re.compile(r"TM\.[^a-zà-ỹ]{0,60}GIÁM ĐỐC"),
    "a space before a stop": re.compile(r"[^\W\d_] [,;](?=\s)"),
    "no number": re.compile(r"(?<![\w-])nan(?![\w-])|(?<!\w)None(?!\w)"),
}


@pytest.mark.parametrize("name", ["two", "one", "signed"])
def test_no_file_of_the_survey_report_breaks_a_rule_of_the_office(folders: dict[str, Path], name: str) -> None:
    for member, content in everything(folders[name]).items():
        if not re.search(r"\.(xml|html|svg|txt)$|/svg\d*$", member) or re.search(r"theme|styles|customXml", member):
            continue
        text = content.decode(errors="ignore")
        text = re.sub(r"<(style|script|defs)\b.*?</\1>", "", text, flags=re.DOTALL)
        told = " ".join(re.sub(r"</(?:w:p|p|td|th|li|si|text|h\d)>", "\n", text).split(" "))
        for line in re.sub(r"<[^>]+>", "", told).splitlines():
            assert not [(rule, line) for rule, found in BAD.items() if found.search(line)], member


@EVERY
@pytest.mark.parametrize(
    ("issuer", "deputy"), [("department", False), ("department", True), ("province", False), ("province", True)]
)
def test_who_signs_is_one_of_the_decree_s_four_ways(name: str, issuer: str, deputy: bool) -> None:
    made = make(KINDS[name][0], results(name), VI, issuer, deputy=deputy)
    assert (
        made.frame.authority
        == {
            ("department", False): ("GIÁM ĐỐC",),
            ("department", True): ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"),
            ("province", False): ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
            ("province", True): ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"),
        }[issuer, deputy]
    )


@given(st.integers(-999, 999), st.integers(-999, 999), st.dates(), st.dates())
@settings(max_examples=100, deadline=None)
def test_numbers_stay_together_and_dates_may_part(low: int, high: int, first: date, last: date) -> None:
    a, b = (numbers.number(x / 10) for x in sorted((abs(low), abs(high))))
    assert numbers.unbroken(f"({a} - {b})") == f"({a}\u00a0-\u00a0{b})"
    if first.year >= 1000 and last.year >= 1000:
        days = f"{numbers.short_date(first)} - {numbers.short_date(last)}"
        assert numbers.unbroken(days) == days
    assert numbers.unbroken("giai đoạn 2026 - 2030") == "giai đoạn 2026\u00a0-\u00a02030"


def test_groups_named_inside_a_sentence_stand_in_quotes() -> None:
    """«Từ 16 đến 30 tuổi» with its capital is the name of a line; without quotes it is a wrong capital."""
    from fixture import build as survey

    kept = survey()
    wide = tuple(
        replace(r, interval="simultaneous", method="wave_centred, simultaneous", lower=1.0)
        for r in kept.rows
        if r.kind == "change" and r.estimand == "rel" and r.method == "wave_centred" and r.domain
    )
    both = replace(kept, rows=kept.rows + wide)
    for tongue, mark in ((VI, r"«[^»]+»"), (EN, "“[^”]+”")):
        said = story.named_groups(Lookup(both, tongue))
        assert said is not None
        listed = re.findall(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)[;.]", said.text)
        assert listed
        assert all(re.fullmatch(rf"{mark}(?:, {mark})*", one) for one in listed), listed
