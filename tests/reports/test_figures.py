"""Figures: what is drawn and said, not pixels; the same rows give the same bytes."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from analysis.figures import Line, dots, forest, png, save, svg
from analysis.results import Row

BAND = (10.0, 15.0, "%")


def line(label: str, estimate: float | None = 12.0, heading: str = "Nhóm", **more: object) -> Line:
    limits = (None, None) if estimate is None else (estimate - 3, estimate + 4)
    row = Row(
        "change", "score", "rel", 2030, "percent", base_wave=2026, estimate=estimate, lower=limits[0], upper=limits[1], **more
    )
    return Line(label, row, "12,0 (9,0 - 16,0)" if estimate is not None else "không tính được", heading)


def draw(lines: list[Line], **more: object) -> tuple[object, str]:
    return forest(lines, title="Thay đổi", axis="%", band=BAND, **more)


@pytest.mark.parametrize("count", [0, 1, 40])
def test_every_size_is_drawn_within_the_figure(count: int) -> None:
    lines = [line(f"Nhóm thứ {i} có tên dài của tỉnh Quảng Ngãi", i - 5.0, f"Phân tổ {i // 6}") for i in range(count)]
    figure, alt = forest(lines, title="Thay đổi tương đối của điểm nhận thức", axis="%", band=BAND, stamp="GIẢ LẬP")
    figure.draw_without_rendering()
    width, height = figure.canvas.get_width_height()
    for text in [*figure.texts, *figure.axes[0].texts]:
        box = text.get_window_extent()
        assert box.x0 >= -1
        assert box.x1 <= width + 1
        assert box.y0 >= -1
        assert box.y1 <= height + 1
    assert len(alt.split(";")) == max(count, 1)
    assert (count > 0) or "Không có số liệu" in alt


def test_labels_do_not_overlap() -> None:
    lines = [line(f"Một nhóm có tên rất dài để phải xuống dòng, số {i}") for i in range(12)]
    figure, _ = draw(lines)
    figure.draw_without_rendering()
    boxes = [t.get_window_extent() for t in figure.axes[0].texts if t.get_ha() == "right"]
    boxes.sort(key=lambda b: -b.y1)
    assert all(a.y0 >= b.y1 - 1 for a, b in pairwise(boxes))


def test_hidden_rows_are_words_only() -> None:
    figure, alt = forest(
        [line("Nam"), line("Nữ", 73.5173, publish="hide"), line("Khác", None, status="not_estimable")],
        title="T", axis="%", band=BAND,
    )  # fmt: skip
    assert "Nữ: (*)" in alt
    assert "Khác: không tính được" in alt
    drawn = [x for artist in figure.axes[0].lines for x in artist.get_xdata()]
    assert max(drawn) < 70
    content = svg(figure).decode()
    assert "73" not in re.sub(r"<[^>]*>", "", content)
    assert figure.axes[0].get_xlim()[1] < 60


def test_marks_differ_by_shape_not_only_by_colour() -> None:
    figure, _ = forest(
        [line("Chung", heading=""), line("Nam"), line("Ít", publish="bracket"), line("Thận trọng", status="caution")],
        title="T", axis="%", band=BAND,
    )  # fmt: skip
    marks = [a for a in figure.axes[0].lines if a.get_marker() in {"s", "o", "D"}]
    looks = {(a.get_marker(), a.get_markerfacecolor()) for a in marks}
    assert len(looks) == 4
    assert any(p.get_hatch() for p in figure.axes[0].patches)


def test_one_wave_and_a_runaway_interval() -> None:
    row = Row("level", "score", "mean", 2026, "point", estimate=50.0, lower=-400.0, upper=400.0)
    figure, alt = dots([Line("Chung", row, "50,0 (-400,0 đến 400,0)")], title="Điểm", axis="Điểm", note="Nguồn.")
    low, high = figure.axes[0].get_xlim()
    assert high - low < 100
    assert {a.get_marker() for a in figure.axes[0].lines} >= {"<", ">", "s"}
    assert alt.startswith("Điểm. Chung: 50,0")


def test_same_rows_same_bytes_and_three_files(tmp_path: Path) -> None:
    made = [forest([line("Nữ"), line("Ế Ữ Ặ Ỗ Ỵ ơ ư đ")], title="Tỷ lệ", axis="%", band=BAND, stamp="GIẢ LẬP") for _ in range(2)]
    assert png(made[0][0]) == png(made[1][0])
    assert svg(made[0][0]) == svg(made[1][0])
    paths = save(made[0][0], made[0][1], tmp_path / "Hinh")
    assert [p.name for p in paths] == ["Hinh.png", "Hinh.svg", "Hinh.txt"]
    text = paths[1].read_text(encoding="utf-8")
    assert "<dc:date>" not in text
    assert "GIẢ LẬP" in text
    assert "Glyph" not in text
