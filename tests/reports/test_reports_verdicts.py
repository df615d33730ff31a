"""What the report says of a change and of target II.3, for every state of decision and every kind of row."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from fixture import build
from reading import patched, prose, retold

from analysis.results import Results, Row
from analysis.verdict import verdict
from reports import compose, opening, story
from reports.lookup import Lookup

# (lower, upper) of the relative change and the words that follow from them.
STATES = (
    (15.1, 22.0, "đạt mức cao (tăng từ 15% trở lên)"),
    (10.2, 18.0, "đạt"),
    (3.0, 12.0, "có tăng, chưa đủ căn cứ kết luận đạt mức 10%"),
    (2.0, 8.0, "có tăng, chưa đạt"),
    (-4.0, 6.0, "chưa đạt"),
    (-3.0, 14.0, "chưa đủ căn cứ kết luận"),
    (-9.0, -1.0, "giảm, chưa đạt"),
    (None, None, "không xác định được thay đổi tương đối"),
)
SIGNED = {"signed": True, "document": "Công văn số 123/SNV-BĐG", "date": "2026-08-05", "decided_by": "Sở Nội vụ"}
READINGS = {
    ("score", "relative"): ("score", "rel", "percent", "%"),
    ("score", "points"): ("score", "diff", "point", "điểm"),
    ("share", "relative"): ("reach60", "rel", "percent", "%"),
    ("share", "points"): ("reach60", "diff", "percentage_point", "điểm phần trăm"),
}


def judged(indicator: str, estimand: str) -> Any:
    def pick(r: Row) -> bool:
        headline = r.method == "wave_centred" and not r.domain
        return headline and r.kind in {"target", "change"} and (r.indicator, r.estimand) == (indicator, estimand)

    return pick


def decided(lower: float | None, upper: float | None, *, outcome: str = "score", reading: str = "relative") -> Results:
    """Two waves, signed, with this interval in the judged row and the state that the one rule gives it."""
    indicator, estimand, _, unit = READINGS[outcome, reading]
    said = verdict(lower, upper, threshold=10, high=15, reading="points" if reading == "points" else "relative", unit=unit)
    base = retold(
        build(signed=True, practice=False), target_ii3={**SIGNED, "outcome": outcome, "reading": reading, "threshold": 60}
    )
    values: dict[str, Any] = {"lower": lower, "upper": upper, "state": said.vi}
    if lower is None or upper is None:
        return patched(base, judged(indicator, estimand), estimate=None, se=None, status="not_estimable", **values)
    return patched(base, judged(indicator, estimand), estimate=(lower + upper) / 2, status="ok", **values)


def said_of_target(results: Results) -> str:
    return " ".join(s.text for s in story.target(Lookup(results)))


@pytest.mark.parametrize(("lower", "upper", "words"), STATES)
def test_a_signed_target_is_judged_in_the_words_of_the_one_rule(lower: float | None, upper: float | None, words: str) -> None:
    text = said_of_target(decided(lower, upper))
    assert text.startswith(f"Đánh giá mục tiêu II.3: {words}")
    assert text[len(f"Đánh giá mục tiêu II.3: {words}")] in ";."
    assert ("KTC 95%" in text) is (lower is not None)


@pytest.mark.parametrize(("lower", "upper", "words"), STATES)
def test_the_change_sentence_says_up_or_down_only_when_the_same_interval_does(
    lower: float | None, upper: float | None, words: str
) -> None:
    said = story.change(Lookup(decided(lower, upper)), "score")
    assert said is not None
    if lower is None or upper is None:
        assert story.NO_RELATIVE in said.text
        assert words == story.NO_RELATIVE
        return
    assert ("; tăng " in said.text) is (lower > 0)
    assert ("; giảm" in said.text) is (upper < 0)
    assert ("chưa đủ bằng chứng về thay đổi" in said.text) is (lower <= 0 <= upper)
    assert ("tăng" in words) <= (lower > 0)
    assert ("giảm" in words) is (upper < 0)


@pytest.mark.parametrize(("outcome", "reading"), list(READINGS))
def test_each_reading_prints_its_own_row_and_unit(outcome: str, reading: str) -> None:
    indicator, estimand, unit, words = READINGS[outcome, reading]
    results = decided(10.25, 18.25, outcome=outcome, reading=reading)
    look = Lookup(results)
    row = look.verdict()
    assert row is not None
    assert (row.indicator, row.estimand, row.unit) == (indicator, estimand, unit)
    text = said_of_target(results)
    assert f"14,3{'' if words == '%' else ' '}{words} (KTC 95%: 10,3 - 18,3)" in text
    assert ("thay đổi tương đối" in text) is (reading == "relative")
    assert ("chênh lệch" in text) is (reading == "points")
    assert ("Tỷ lệ" in text or "tỷ lệ" in text) is (outcome == "share")
    assert story.target(look)[0].keys == (row.key,)


@pytest.mark.parametrize(("outcome", "reading"), list(READINGS))
def test_the_threshold_is_worded_in_the_unit_of_the_reading(outcome: str, reading: str) -> None:
    text = said_of_target(decided(3.0, 12.0, outcome=outcome, reading=reading))
    unit = READINGS[outcome, reading][3]
    assert f"đạt mức 10{'' if unit == '%' else ' '}{unit};" in text


@pytest.mark.parametrize(("lower", "upper", "words"), STATES)
def test_an_unsigned_target_never_prints_a_verdict(
    no_drawing: None, lower: float | None, upper: float | None, words: str
) -> None:
    results = decided(lower, upper)
    draft = retold(results, target_ii3={**results.texts["target_ii3"], "signed": False, "document": "", "date": ""})
    assert said_of_target(draft) == f"{story.UNSIGNED}."
    document = compose.build(draft)
    assert "Đánh giá mục tiêu II.3:" not in prose(document)
    readings = next(t for t in document.tables() if t.anchor == "readings")
    assert len(readings.rows) == 4
    assert not any(words in c.text for t in (readings,) for r in t.rows for c in r.cells if len(words) > 4)
    assert not any(
        c.text.startswith(("đạt", "chưa đạt", "có tăng", "giảm")) for t in document.tables() for r in t.rows for c in r.cells
    )


def test_a_signed_target_names_the_document_its_date_and_who_decided(no_drawing: None) -> None:
    text = prose(compose.build(decided(10.2, 18.0)))
    assert "Cách tính theo Công văn số 123/SNV-BĐG ngày 05/08/2026 của Sở Nội vụ." in text
    assert story.UNSIGNED not in text


NOTHING = {"estimate": None, "lower": None, "upper": None, "status": "not_estimable"}


def overall(r: Row) -> bool:
    return r.kind == "level" and r.indicator == "score" and not r.domain


@pytest.mark.parametrize(
    ("hidden", "expected"),
    [
        ({"publish": "hide"}, story.NOT_SHOWN),
        (
            {"estimate": None, "lower": None, "upper": None, "status": "not_estimable", "reason": "quá ít | few"},
            "không có số liệu (quá ít)",
        ),
        ({"lower": None, "upper": None}, "(không tính được khoảng tin cậy)"),
    ],
)
def test_an_overall_score_that_may_not_or_cannot_be_told(hidden: dict[str, Any], expected: str) -> None:
    results = patched(build(), lambda r: overall(r) and r.wave == 2030, **hidden)
    look = Lookup(results)
    level = story.level(look, "score", 2030)
    assert level is not None
    assert expected in level.text
    row = look.level("score", 2030)
    assert row is not None
    assert story.band(look, row) is None


def test_a_bracketed_overall_score_keeps_its_bracket_and_gets_no_band() -> None:
    results = patched(build(), overall, publish="bracket", n=31)
    look = Lookup(results)
    level = story.level(look, "score", 2030)
    assert level is not None
    assert re.search(r"là \(\d+,\d điểm\) \(KTC 95%: ", level.text)
    row = look.level("score", 2030)
    assert row is not None
    assert story.band(look, row) is None


@pytest.mark.parametrize("part", ["first", "last", "diff", "rel"])
def test_one_hidden_part_hides_the_whole_change(part: str) -> None:
    def pick(r: Row) -> bool:
        if r.indicator != "score" or r.domain:
            return False
        if part in {"first", "last"}:
            return r.kind == "level" and r.wave == (2026 if part == "first" else 2030)
        return r.kind == "change" and r.estimand == part and r.method == "wave_centred"

    said = story.change(Lookup(patched(build(), pick, publish="hide")), "score")
    assert said is not None
    assert said.text == f"Điểm nhận thức về bình đẳng giới: {story.NOT_SHOWN}."


def test_a_hidden_verdict_tells_nothing() -> None:
    results = patched(decided(10.2, 18.0), lambda r: r.kind == "target", publish="hide")
    assert said_of_target(results) == f"Đánh giá mục tiêu II.3: {story.NOT_SHOWN}."


def test_without_a_target_row_nothing_is_concluded() -> None:
    results = decided(10.2, 18.0)
    bare = replace(results, rows=tuple(r for r in results.rows if r.kind != "target"))
    assert said_of_target(bare) == "Kết quả không có dòng đánh giá mục tiêu; chưa kết luận."


def test_one_wave_in_the_base_year_is_the_baseline(no_drawing: None) -> None:
    results = build(waves=(2026,))
    text = prose(compose.build(results))
    assert opening.subject(Lookup(results)).endswith("năm 2026 (số liệu gốc)")
    assert "so sánh năm 2030 với năm 2026 (năm gốc); đến kỳ này mục tiêu chưa đến hạn đánh giá." in text
    assert opening.BASELINE in text
    assert "Chỉ nói tăng hoặc giảm" not in text


@pytest.mark.parametrize(("wave", "late"), [(2027, False), (2029, False), (2030, True), (2031, True)])
def test_one_wave_in_another_year_is_no_baseline(no_drawing: None, wave: int, late: bool) -> None:
    results = build(waves=(wave,))
    text = prose(compose.build(results))
    assert opening.subject(Lookup(results)).endswith(f"năm {wave}")
    assert "số liệu gốc" not in text.replace("không có kỳ gốc", "")
    assert ("không có kỳ gốc để so sánh; chưa kết luận" in text) is late
    assert (story.NOT_DUE in text) is not late
    assert f"với năm {wave}" not in text


def test_before_the_target_year_progress_is_told_without_a_verdict(no_drawing: None) -> None:
    rows = tuple(replace(r, wave=2028 if r.wave == 2030 else r.wave) for r in decided(10.2, 18.0).rows)
    results = replace(decided(10.2, 18.0), rows=rows)
    text = said_of_target(results)
    assert text.startswith("Mục tiêu II.3 tính đến năm 2030; đến kỳ này mục tiêu chưa đến hạn đánh giá. Tiến độ như sau:")
    assert "năm 2028 là" in text
    document = compose.build(results)
    assert "Đánh giá mục tiêu II.3:" not in prose(document)
    assert not {"verdicts", "readings"} & {t.anchor for t in document.tables()}


@pytest.mark.parametrize(("lower", "upper", "words"), [s for s in STATES if s[0] is not None])
def test_the_group_table_repeats_each_state_as_worded(no_drawing: None, lower: float, upper: float, words: str) -> None:
    def men(r: Row) -> bool:
        return r.kind == "target" and r.domain == (("sex", "male"),) and (r.indicator, r.estimand) == ("score", "rel")

    results = patched(decided(10.2, 18.0), men, lower=lower, upper=upper, estimate=(lower + upper) / 2, state=words)
    table = next(t for t in compose.build(results).tables() if t.anchor == "verdicts")
    line = next(r for r in table.rows if r.cells[0].text == "Nam")
    assert line.cells[2].text == words
    assert (line.cells[1].lower, line.cells[1].upper) == (lower, upper)


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [(41.0, 59.9, "Cả khoảng tin cậy nằm trong mức trung bình."), (59.9, 60.0, "giữa mức trung bình và mức khá"),
     (80.0, 100.0, "Cả khoảng tin cậy nằm trong mức tốt."), (0.0, 39.9, "Cả khoảng tin cậy nằm trong mức thấp.")],
)  # fmt: skip
def test_a_band_is_named_only_when_the_whole_interval_lies_in_it(lower: float, upper: float, expected: str) -> None:
    results = patched(build(), overall, lower=lower, upper=upper)
    look = Lookup(results)
    row = look.level("score", 2030)
    assert row is not None
    said = story.band(look, row)
    assert said is not None
    assert expected in said.text


def test_groups_are_named_by_simultaneous_intervals_only() -> None:
    results = build()
    assert story.named_groups(Lookup(results)) is None
    wide = tuple(
        replace(
            r, interval="simultaneous", method="wave_centred, simultaneous", lower=1.0 if ("sex", "male") in r.domain else -1.0
        )
        for r in results.rows
        if r.kind == "change" and r.estimand == "rel" and r.method == "wave_centred" and r.domain and r.domain[0][0] == "sex"
    )
    said = story.named_groups(Lookup(replace(results, rows=results.rows + wide)))
    assert said is not None
    assert said.text == "Theo khoảng tin cậy đồng thời, các nhóm sau đây tăng: giới tính («Nam»)."
    none = tuple(replace(r, lower=-1.0) for r in wide)
    said = story.named_groups(Lookup(replace(results, rows=results.rows + none)))
    assert said is not None
    assert "chưa nhóm riêng lẻ nào" in said.text


def test_the_standardised_change_stands_beside_the_observed_one() -> None:
    results = build()
    extra = tuple(
        replace(r, method="wave_centred, standardised", estimate=4.4, lower=2.2, upper=6.6)
        for r in results.rows
        if r.kind == "change"
        and r.indicator == "score"
        and not r.domain
        and r.method == "wave_centred"
        and r.estimand != "log_ratio"
    )
    assert story.standardised(Lookup(results), "score") is None
    said = story.standardised(Lookup(replace(results, rows=results.rows + extra)), "score")
    assert said is not None
    assert said.text.startswith(
        "Khi giữ cơ cấu dân số như năm 2026, chênh lệch là 4,4 điểm (KTC 95%: 2,2 - 6,6), thay đổi tương đối 4,4%"
    )
    observed = story.change(Lookup(replace(results, rows=results.rows + extra)), "score")
    assert observed is not None
    assert "4,4" not in observed.text


@pytest.mark.parametrize(("missed", "expected"), [
    (311, "311 người không được hỏi (26,2% số người tham gia)"), (3, "(*) không được hỏi."), (0, "0 người không được hỏi."),
])  # fmt: skip
def test_violence_is_told_with_those_not_asked_unless_they_are_too_few(no_drawing: None, missed: int, expected: str) -> None:
    missing = {"not_asked": missed, "dont_know": 12, "refused": 4, "missing": 0}
    results = patched(build(), lambda r: r.kind == "level" and r.indicator == "V", n_missing=missing)
    text = prose(compose.build(results))
    assert f"năm 2030, 861 người được hỏi và trả lời, {expected}" in text
