"""Headings as data: another outline changes order and words, never which figures are there; a bad one is refused whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from yearly_fixture import build as _build

from forms.errors import BdgError
from reports.document import Heading, Judgement
from reports.tongue import EN
from reports.yearly import build as make
from reports.yearly import outline as own

RESULTS = _build()
KINDS = ("halfyear", "annual", "adhoc", "final")
MINISTRY: Mapping[str, Any] = {
    "source": "Đề cương giả định của Bộ",
    "subject": {"vi": "Sơ kết năm {year} của {province}", "en": "Review of {year} in {province}"},
    "closing": {"vi": "Kính báo cáo", "en": "Respectfully reported"},
    "targets": {"II.1": {"vi": "Về mục tiêu thứ nhất", "en": "On the first target"}},
    "sections": [
        {"heading": {"vi": "Kinh phí trước", "en": "Money first"}, "content": ["funding", "tasks"]},
        {
            "heading": {"vi": "Mục tiêu", "en": "Targets"},
            "content": ["dashboard", "targets"],
            "parts": [
                {
                    "heading": {"vi": "Bài học", "en": "Lessons"},
                    "prompts": [{"vi": "bài học rút ra", "en": "lessons learnt"}],
                }
            ],
        },
    ],
    "annexes": [{"heading": {"vi": "Danh sách", "en": "List"}, "content": ["silent"]}],
}


def written(folder: Path, outline: Any) -> Path:
    path = folder / "de-cuong.yaml"
    path.write_text(outline if isinstance(outline, str) else yaml.safe_dump(outline, allow_unicode=True), encoding="utf-8")
    return path


def headings(blocks: Any, level: int) -> list[str]:
    return [b.text for b in blocks if isinstance(b, Heading) and b.level == level]


def test_the_ministrys_outline_may_replace_ours(tmp_path: Path) -> None:
    made = make("annual", RESULTS, outline_file=written(tmp_path, MINISTRY))
    assert made.subject == "Sơ kết năm 2027 của tỉnh Quảng Ngãi"
    assert headings(made.blocks, 1) == ["I. KINH PHÍ TRƯỚC", "II. MỤC TIÊU"]
    second = headings(made.blocks, 2)
    assert second[7] == "1. Về mục tiêu thứ nhất"
    assert second[8] == "2. Mục tiêu II.2"
    assert second[-1] == f"{len(second) - 7}. Bài học"
    assert [b.prompt for b in made.blocks if isinstance(b, Judgement)][-1] == "bài học rút ra"
    assert [a.title for a in made.annexes] == ["Danh sách"]
    english = make("annual", RESULTS, EN, outline_file=written(tmp_path, MINISTRY))
    assert headings(english.blocks, 1) == ["I. MONEY FIRST", "II. TARGETS"]


def test_the_figures_are_the_same_under_any_outline(tmp_path: Path) -> None:
    ours, theirs = make("annual", RESULTS), make("annual", RESULTS, outline_file=written(tmp_path, MINISTRY))
    for table in theirs.tables():
        same = next(t for t in ours.tables() if t.anchor == table.anchor)
        assert (same.rows, same.caption) == (table.rows, table.caption)


@pytest.mark.parametrize("kind", KINDS)
def test_our_own_outlines_are_sound_and_say_where_they_come_from(kind: str) -> None:
    found = own.outline(kind)
    assert set(found.targets) == {"II.1", "II.2", "II.3", "II.4", "II.5", "CL"}
    assert found.source
    assert set(found.contents()) <= set(own.CONTENTS)
    assert {"trend", "change"} <= set(found.contents()) if kind == "final" else "trend" not in found.contents()


def changed(**parts: Any) -> dict[str, Any]:
    return dict(MINISTRY) | parts


BAD: Mapping[str, tuple[Any, str]] = {
    "not yaml": ("sections: [", "REP-030"),
    "a list": ("- a\n- b\n", "REP-030"),
    "empty": ("", "REP-030"),
    "an unknown word": (changed(chapters=[]), "REP-030"),
    "no sections": (changed(sections=[]), "REP-030"),
    "one language": (changed(subject={"vi": "Báo cáo"}), "REP-030"),
    "a section that is a text": (changed(sections=["kinh phí"]), "REP-030"),
    "an unknown content": (
        changed(sections=[*MINISTRY["sections"], {"heading": MINISTRY["closing"], "content": ["map"]}]),
        "REP-030",
    ),
    "a content twice": (
        changed(sections=[*MINISTRY["sections"], {"heading": MINISTRY["closing"], "content": ["funding"]}]),
        "REP-030",
    ),
    "parts of parts": (
        changed(
            sections=[
                *MINISTRY["sections"],
                {"heading": MINISTRY["closing"], "parts": [{"heading": MINISTRY["closing"], "parts": []}]},
            ]
        ),
        "REP-030",
    ),
    "prompts that are no list": (
        changed(sections=[*MINISTRY["sections"], {"heading": MINISTRY["closing"], "prompts": "viết"}]),
        "REP-030",
    ),
    "a place for nothing known": (changed(subject={"vi": "Năm {month}", "en": "Year {year}"}), "REP-030"),
    "an open brace": (changed(closing={"vi": "Năm {year", "en": "Year"}), "REP-030"),
    "no list of silent units": (
        changed(annexes=[{"heading": MINISTRY["closing"], "content": ["method"]}]),
        "REP-031",
    ),
    "no targets": (changed(sections=MINISTRY["sections"][:1]), "REP-031"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_outline_is_refused(tmp_path: Path, name: str) -> None:
    outline, code = BAD[name]
    with pytest.raises(BdgError, match=code):
        make("annual", RESULTS, outline_file=written(tmp_path, outline))


def test_an_outline_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "anh.yaml").write_bytes(b"\xff\xfe\x00\x01")
    for path in (tmp_path / "khong-co.yaml", tmp_path / "anh.yaml", tmp_path):
        with pytest.raises(BdgError, match="REP-030"):
            own.outline("annual", path)
