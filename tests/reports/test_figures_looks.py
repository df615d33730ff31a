"""Figures as an eye, a photocopier and a screen reader meet them: nothing overlaps, grey is enough, words say the same."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from fixture import build
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import image
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from reading import retold

from analysis.figures import Line, dots, forest, png
from analysis.figures.theme import BAND, FACE, INK, MAIN, QUIET, STAMP_COLOUR
from analysis.results import Row
from reports import compose, pictures
from reports.document import Document

TARGET = (10.0, 15.0, "%")
KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("shown", {}),
    ("caution", {"status": "caution"}),
    ("bracket", {"publish": "bracket"}),
    ("hide", {"publish": "hide"}),
    ("none", {"status": "not_estimable", "estimate": None, "lower": None, "upper": None}),
)


def line(label: str, at: float = 12.0, *, heading: str = "Nhóm", half: float = 3.0, **more: Any) -> Line:
    values = {"estimate": at, "lower": at - half, "upper": at + half, **more}
    row = Row("change", "score", "rel", 2030, "percent", base_wave=2026, **values)
    return Line(label, row, f"{at:.1f}".replace(".", ","), heading)


def many(count: int, label: str = "Nhóm thứ {} có tên dài của tỉnh Quảng Ngãi") -> list[Line]:
    """Lines of every kind in turn; two of five have words instead of a number."""
    made = []
    for i in range(count):
        one = line(label.format(i), i * 0.7 - 5, heading=f"Phân tổ {i // 6}", **KINDS[i % len(KINDS)][1])
        made.append(one if i % 5 < 3 else replace(one, text="không xác định được thay đổi tương đối"))
    return made


def boxes(figure: Figure) -> list[tuple[str, Any]]:
    """Every piece of text with the rectangle it takes."""
    figure.draw_without_rendering()
    axes = figure.axes[0]
    ticks = [t.label1 for t in axes.xaxis.get_major_ticks() if t.label1.get_visible() and t.label1.get_text()]
    found = [*figure.texts, *axes.texts, axes.xaxis.label, *ticks]
    return [(t.get_text(), t.get_window_extent()) for t in found if t.get_text().strip()]


def overlap(a: Any, b: Any) -> float:
    wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    return min(wide, high) if wide > 0 and high > 0 else 0.0


def draw(lines: list[Line], kind: str = "forest", **more: Any) -> tuple[Figure, str]:
    words = {"title": "Thay đổi tương đối của điểm nhận thức theo nhóm, năm 2030 so với năm 2026", "note": "Nguồn: Khảo sát."}
    if kind == "forest":
        return forest(lines, axis="Thay đổi tương đối (%)", band=TARGET, **words, **more)
    return dots(lines, axis="Điểm (thang 0 - 100)", **words, **more)


@pytest.mark.parametrize("kind", ["forest", "dots"])
@pytest.mark.parametrize("count", [0, 1, 7, 40])
def test_no_text_lies_on_another_or_outside(kind: str, count: int) -> None:
    figure, _ = draw(many(count), kind, stamp="SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN")
    found = boxes(figure)
    width, height = figure.canvas.get_width_height()
    for text, box in found:
        assert -1 <= box.x0 <= box.x1 <= width + 1, text
        assert -1 <= box.y0 <= box.y1 <= height + 1, text
    for (one, a), (two, b) in combinations(found, 2):
        assert overlap(a, b) <= 2.0, (one, two)


@pytest.mark.parametrize("label", ["Nghiêng" * 20, "Đồng bào dân tộc thiểu số " * 12, "Ẩ", "Nam\u00a0và\u00a0nữ"])
def test_a_label_of_any_length_keeps_its_place(label: str) -> None:
    figure, alt = draw([line(label, 4.0), line("Sau", 8.0)])
    width, _ = figure.canvas.get_width_height()
    found = boxes(figure)
    assert all(box.x0 >= -1 and box.x1 <= width + 1 for _, box in found)
    assert all(overlap(a, b) <= 2.0 for (_, a), (_, b) in combinations(found, 2))
    assert f"Nhóm - {label}: 4,0" in alt


@pytest.mark.parametrize("colour", [INK, QUIET, MAIN, STAMP_COLOUR])
def test_every_colour_of_text_and_marks_is_dark_enough_on_white_and_in_grey(colour: str) -> None:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (light + 0.05) >= 4.5
    ground = [int(BAND[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    assert abs(ground[0] - ground[1]) + abs(ground[1] - ground[2]) == 0


def _grey(figure: Figure) -> Any:
    """The picture as a photocopier gives it."""
    pixels = image.imread(io.BytesIO(png(figure)))[..., :3]
    return pixels @ np.array([0.2126, 0.7152, 0.0722])


def _mark(kind: str) -> Any:
    """The grey pixels around the one mark of a figure, its interval left out."""
    more = dict(KINDS)[kind] if kind != "whole" else {}
    figure, _ = dots([line("Nam", 50.0, half=0.0, heading="" if kind == "whole" else "Nhóm", **more)], title="T", axis="Điểm")
    pixels = _grey(figure)
    axes = figure.axes[0]
    mark = [a for a in axes.lines if a.get_marker() in {"s", "o", "D"}][-1]
    x, y = axes.transData.transform((float(mark.get_xdata()[0]), float(mark.get_ydata()[0])))
    size = 16
    top = pixels.shape[0] - round(y)
    return pixels[top - size : top + size, round(x) - size : round(x) + size]


def test_marks_are_told_apart_in_grey() -> None:
    """Different by more than a tenth of their ink, compared pixel by pixel without colour."""
    seen = {kind: _mark(kind) for kind in ("whole", "shown", "caution", "bracket")}
    for (one, a), (two, b) in combinations(seen.items(), 2):
        assert np.abs(a - b).sum() > 0.1 * max((1 - a).sum(), (1 - b).sum()), (one, two)


def test_the_target_band_is_hatched_and_bordered_so_that_grey_is_enough() -> None:
    figure, _ = draw([line("Nam"), line("Nữ", 4.0)])
    axes = figure.axes[0]
    (band,) = axes.patches
    assert band.get_hatch()
    edges = sorted(float(a.get_xdata()[0]) for a in axes.lines if len(set(a.get_xdata())) == 1 and len(a.get_xdata()) == 2)
    assert edges == [0.0, 10.0, 15.0]


@settings(max_examples=15)
@given(st.lists(st.tuples(st.floats(-40, 60), st.floats(0.1, 200)), min_size=1, max_size=8))
def test_every_estimate_lies_within_the_axis_and_cut_intervals_say_so(values: list[tuple[float, float]]) -> None:
    figure, _ = draw([line(f"N{i}", at, half=half) for i, (at, half) in enumerate(values)])
    axes = figure.axes[0]
    low, high = axes.get_xlim()
    for at, half in values:
        assert low <= at <= high
        marks = {a.get_marker() for a in axes.lines}
        assert (at - half >= low) or "<" in marks
        assert (at + half <= high) or ">" in marks
    drawn = np.concatenate([np.asarray(a.get_xdata(), dtype=float) for a in axes.lines])
    assert drawn.min() >= low
    assert drawn.max() <= high
    assert low <= 0 <= high
    assert high >= TARGET[1]


@pytest.mark.parametrize("kind", [k for k, _ in KINDS])
def test_alt_text_and_picture_say_the_same_of_every_kind_of_row(kind: str) -> None:
    made = line("Nam", 12.0, **dict(KINDS)[kind])
    figure, alt = draw([made])
    words = [t.get_text() for t in figure.axes[0].texts]
    said = "(*)" if kind == "hide" else "12,0"
    assert said in words
    assert f"Nhóm - Nam: {said}." in alt
    drawn = any(a.get_marker() in {"o", "D"} for a in figure.axes[0].lines)
    assert drawn is (kind not in {"hide", "none"})
    note = " ".join(t.get_text() for t in figure.texts)
    assert ("(*): không công bố" in note) is (kind == "hide")
    assert ("hình thoi rỗng" in note.lower()) is (kind == "bracket")
    assert ("cần thận trọng" in note.replace("ít quan sát", "")) is (kind == "caution")


@pytest.mark.parametrize("name", ["two", "one", "signed"])
def test_alt_text_holds_the_numbers_of_the_table_beside_it(documents: dict[str, Document], name: str) -> None:
    """The figure and its table are two views of the same cells."""
    tables = {t.anchor: t for t in documents[name].tables()}
    for picture in documents[name].pictures():
        assert picture.alt.startswith(f"{picture.caption}. ")
        if picture.anchor not in {"scores_figure", "forest"}:
            continue
        table = tables["scores" if picture.anchor == "scores_figure" else "change_groups"]
        for row in (r for r in table.rows if not r.group):
            cell = row.cells[-1]
            if cell.mark == "none":
                continue
            text = f"{cell.text} ({cell.below})" if cell.below else cell.text
            assert f"{row.cells[0].text}: {text}" in picture.alt, (picture.anchor, row.cells[0].text)


def test_the_forest_of_the_report_shows_the_band_of_the_plan_and_no_other() -> None:
    results = build()
    look = compose.Lookup(results)
    picture = pictures.changed(look, "")
    assert picture is not None
    assert "Vùng mục tiêu 10 - 15%." in picture.alt
    plan = {**results.texts["plan"], "targets": []}
    bare = pictures.changed(compose.Lookup(retold(results, plan=plan)), "")
    assert bare is not None
    assert "Vùng mục tiêu" not in bare.alt


@pytest.mark.parametrize(
    "letters", ["ăâêôơưđ", "ắằẳẵặấầẩẫậ", "ếềểễệốồổỗộ", "ớờởỡợứừửữự", "ýỳỷỹỵíìỉĩị", "áàảãạéèẻẽẹ", "óòỏõọúùủũụ"]
)
def test_every_vietnamese_letter_has_a_shape_of_its_own(letters: str) -> None:
    known = get_font(findfont(FACE)).get_charmap()
    shapes = [known.get(ord(c)) for c in letters + letters.upper()]
    assert None not in shapes
    assert len(set(shapes)) == 2 * len(letters)


@given(st.text(alphabet="Nghiêng ộẫMW.il-", max_size=200))
def test_a_folded_label_is_the_same_label_and_no_line_is_too_wide(text: str) -> None:
    folded = Line(text, None, "").folded[0]
    assert "".join(folded.split()) == "".join(text.split())
    font = get_font(findfont(FACE))
    font.set_size(8.2, 72)
    for row in folded.split("\n"):
        font.set_text(row)
        assert font.get_width_height()[0] / 64 <= 17.6 * 8.2 + 8.2
