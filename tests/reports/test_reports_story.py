"""Sentences: their words follow the one interval, and nothing says why."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from fixture import build
from reading import prose as text
from reading import sentences

from analysis.results import Results, Row
from reports import story
from reports.document import Document, Heading
from reports.lookup import Lookup

CAUSES = re.compile(r"nhờ|do kế hoạch|tác động|hiệu quả của|góp phần làm|giúp (tăng|giảm|nâng)", re.IGNORECASE)


def headings(document: Document) -> list[str]:
    return [b.text for b in document.blocks if isinstance(b, Heading) and b.level == 1]


@pytest.mark.parametrize("name", ["two", "one", "signed"])
def test_no_word_gives_a_cause(documents: dict[str, Document], name: str) -> None:
    kept = "\n".join(line for line in text(documents[name]).splitlines() if "Câu" not in line)
    assert not CAUSES.search(kept)
    assert story.MEASURES_ONLY in kept


@pytest.mark.parametrize("name", ["two", "one", "signed"])
def test_percent_signs_stand_without_a_space(documents: dict[str, Document], name: str) -> None:
    assert not re.search(r"\d\s+%", text(documents[name]))


@pytest.mark.parametrize("name", ["two", "signed"])
def test_percentage_points_never_stand_beside_a_score(
    documents: dict[str, Document], results: dict[str, Results], name: str
) -> None:
    units = {r.key: r.unit for r in results[name].rows}
    for sentence in sentences(documents[name]):
        used = {units[k] for k in sentence.keys if k in units}
        if "point" in used:
            assert "điểm phần trăm" not in sentence.text
        if "percentage_point" in used:
            assert not re.search(r"\d điểm(?! phần trăm| trở lên)", sentence.text)


def test_one_wave_has_no_change_and_no_verdict(documents: dict[str, Document]) -> None:
    assert headings(documents["one"]) == [
        "I. THÔNG TIN CHUNG", "II. ĐẶC ĐIỂM MẪU", "III. KẾT QUẢ", "IV. ĐÁNH GIÁ MỤC TIÊU II.3", "V. HẠN CHẾ CỦA KHẢO SÁT",
        "VI. KIẾN NGHỊ",
    ]  # fmt: skip
    said = text(documents["one"])
    assert story.NOT_DUE in said
    assert story.UNSIGNED not in said
    assert "năm 2030 là" not in said


def test_unsigned_target_prints_four_results_and_no_verdict(documents: dict[str, Document]) -> None:
    document = documents["two"]
    table = next(t for t in document.tables() if t.anchor == "readings")
    assert len(table.rows) == 4
    assert len(table.keys) == 4
    assert story.UNSIGNED in text(document)
    assert "Đánh giá mục tiêu II.3:" not in text(document)
    assert not any(t.anchor == "verdicts" for t in document.tables())


def test_signed_target_prints_the_state_as_worded(documents: dict[str, Document], results: dict[str, Results]) -> None:
    row = Lookup(results["signed"]).verdict()
    assert row is not None
    assert f"Đánh giá mục tiêu II.3: {row.state};" in text(documents["signed"])
    assert story.UNSIGNED not in text(documents["signed"])


def test_a_claim_for_all_groups_is_withheld_where_one_is_hidden(results: dict[str, Results]) -> None:
    said = " ".join(s.text for s in story.every_group(Lookup(results["signed"])))
    assert "Phân theo giới tính: mọi nhóm đều tăng." in said
    assert "nhóm tuổi: không kết luận cho mọi nhóm, vì có nhóm không công bố" in said
    assert not story.every_group(Lookup(results["two"]))


@pytest.mark.parametrize(
    ("lower", "upper", "word"),
    [(0.1, 9.0, "tăng"), (-9.0, -0.1, "giảm"), (-0.1, 9.0, ""), (0.0, 5.0, ""), (-5.0, 0.0, ""), (None, None, "")],
)
def test_direction_needs_an_interval_without_zero(lower: float | None, upper: float | None, word: str) -> None:
    row = Row("change", "score", "diff", 2030, "point", base_wave=2026, estimate=1.0, lower=lower, upper=upper)
    assert story.direction(row) == word


def _with(results: Results, indicator: str, estimand: str, **changed: object) -> Lookup:
    rows = tuple(
        replace(r, **changed)
        if (r.kind, r.indicator, r.estimand, r.method, r.domain) == ("change", indicator, estimand, "wave_centred", ()) else r
        for r in results.rows
    )  # fmt: skip
    return Lookup(replace(results, rows=rows))


def test_change_sentence_follows_the_interval() -> None:
    results = build()
    up = story.change(Lookup(results), "score")
    assert up is not None
    assert "; tăng 7,0 điểm (KTC 95%: 5,0 - 9,0), thay đổi tương đối 13,5%" in up.text
    open_ = story.change(_with(results, "score", "rel", lower=-1.0, upper=9.0), "score")
    assert open_ is not None
    assert "chưa đủ bằng chứng về thay đổi" in open_.text
    assert not re.search(r"tăng|giảm", open_.text)
    down = story.change(_with(results, "score", "rel", estimate=-5.0, lower=-9.0, upper=-1.0), "score")
    assert down is not None
    assert "; giảm, chênh lệch" in down.text
    unbounded = _with(results, "score", "rel", estimate=None, lower=None, upper=None, status="not_estimable")
    said = story.change(unbounded, "score")
    assert said is not None
    assert story.NO_RELATIVE in said.text
    assert "tăng 7,0 điểm" in said.text


def test_a_hidden_row_gives_no_number() -> None:
    hidden = _with(build(), "score", "diff", publish="hide")
    said = story.change(hidden, "score")
    assert said is not None
    assert story.NOT_SHOWN in said.text
    assert not re.search(r"\d+,\d", said.text)


def test_every_sentence_with_a_result_names_its_rows(documents: dict[str, Document], results: dict[str, Results]) -> None:
    known = {r.key for r in results["two"].rows}
    for sentence in sentences(documents["two"]):
        if "KTC 95%:" in sentence.text:
            assert sentence.keys
        assert all(k in known for k in sentence.keys if "/" not in k)
