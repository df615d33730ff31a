"""Figures of the day's page: what is drawn where, what differs without colour, what is said to those who cannot see it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import PathPatch
from matplotlib.text import Text

from analysis.figures import Figure, Panel, communes, days, hours, people, svg
from analysis.figures.day import NONE, SHADES
from analysis.quality import rows as r
from analysis.results import Row

MONDAY = date(2026, 10, 5)
STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
WEEK = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")


def row(code: str, value: float | None = 20.0, *, out: bool = False) -> Row:
    return r.measured(
        2026, r.MINUTES, value, "minute", domain={"enumerator": code}, within=None if value is None else (value - 4, value + 6),
        state=r.OUTSIDE if out else "", reason="" if value is not None else "ít | few", estimand="quantile",
    )  # fmt: skip


def panel(codes: list[str], out: tuple[str, ...] = (), label: str = "Số phút") -> Panel:
    return Panel(label, "trung vị", {c: row(c, 20.0 + i, out=c in out) for i, c in enumerate(codes)}, row("all", 21.5))


def dots(axes: Axes) -> dict[float, tuple[str, float, str]]:
    """y -> shape, x and face colour of a panel's dots."""
    found = {}
    for marks in (c for c in axes.collections if isinstance(c, PathCollection)):
        shape = "o" if len(marks.get_paths()[0].vertices) > 6 else "D"
        faces = [to_hex(f) for f in marks.get_facecolors()]
        for (x, y), face in zip(marks.get_offsets(), faces, strict=True):
            found[float(y)] = (shape, float(x), face)
    return found


def inside(figure: Figure) -> None:
    """Every word lies on the figure."""
    figure.draw_without_rendering()
    width, height = figure.canvas.get_width_height()
    for text in [*figure.texts, *(t for a in figure.axes for t in (a.title, *a.texts, *_ticks(a)))]:
        if text.get_text():
            box = text.get_window_extent()
            assert box.x0 >= -2, text
            assert box.y0 >= -2, text
            assert box.x1 <= width + 2, text
            assert box.y1 <= height + 2, text


def _ticks(axes: Axes) -> list[Text]:
    """The labels of the vertical axis that are drawn: matplotlib keeps some beyond its ends."""
    low, high = sorted(axes.get_ylim())
    return [t for t in axes.get_yticklabels() if axes.axison and low <= t.get_position()[1] <= high]


def grey(colour: object) -> float:
    """Luminance of a colour as a photocopier sees it (ITU-R BT.601)."""
    red, green, blue = to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_outside_is_a_diamond_and_few_are_hollow() -> None:
    codes = ["1", "2", "3"]
    figure, alt = people([panel(codes, out=("2", "3"))], codes, {"1": False, "2": False, "3": True})
    found = dots(figure.axes[0])
    assert [found[y][0] for y in (0, 1, 2)] == ["o", "D", "o"]
    assert found[2][2] == to_hex("white")
    assert found[0][2] != to_hex("white")
    assert "ngoài khoảng: 2." in alt
    assert "ngoài khoảng: 2, 3" not in alt


def test_enumerators_stand_in_the_order_given_never_by_value() -> None:
    codes = ["3", "1", "2"]
    shown = Panel("x", "y", {"1": row("1", 5.0), "2": row("2", 90.0), "3": row("3", 50.0)}, None)
    figure, _ = people([shown], codes, {})
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == codes
    assert {y: x for y, (_, x, _) in dots(figure.axes[0]).items()} == {0.0: 50.0, 1.0: 5.0, 2.0: 90.0}


def test_intervals_are_those_of_the_rows() -> None:
    figure, _ = people([panel(["1"])], ["1"], {})
    ends = [(s[0][0], s[1][0]) for c in figure.axes[0].collections if isinstance(c, LineCollection) for s in c.get_segments()]
    assert (16.0, 26.0) in ends


def test_nothing_is_drawn_for_whom_nothing_is_known() -> None:
    shown = Panel("x", "y", {"1": row("1", None)}, row("all", None))
    figure, alt = people([shown], ["1", "2"], {})
    assert dots(figure.axes[0]) == {}
    assert "cả đợt ..." in alt


@pytest.mark.parametrize(("count", "stamp"), [(1, STAMP), (24, ""), (30, STAMP)])
def test_every_number_of_people_fits(count: int, stamp: str) -> None:
    codes = [str(i + 1) for i in range(count)]
    figure, _ = people([panel(codes, label=f"Không trả lời {i}") for i in range(7)], codes, {}, stamp=stamp)
    inside(figure)
    assert len(figure.axes) == 7
    labels = [t.get_window_extent() for t in figure.axes[0].get_yticklabels()]
    labels.sort(key=lambda b: -b.y1)
    assert all(a.y0 >= b.y1 - 2 for a, b in pairwise(labels))
    assert figure.get_size_inches()[1] < 4


def test_bars_are_the_counts_and_weekends_are_marked() -> None:
    visits = {MONDAY + timedelta(days=i): 10.0 + i for i in range(14)}
    done = {d: n - 3 for d, n in visits.items()}
    figure, alt = days(visits, done, words=("phiếu", "hoàn thành"), stamp=STAMP)
    inside(figure)
    tall = [bar.get_height() for bar in figure.axes[0].patches]
    assert tall == [*visits.values(), *done.values()]
    assert len(figure.axes[0].lines) == 4
    assert "5/10: 10, 7" in alt
    assert any(t.get_text() == STAMP for t in figure.texts)


def test_one_day_is_a_figure_too() -> None:
    figure, _ = days({MONDAY: 3.0}, {}, words=("phiếu", "hoàn thành"))
    inside(figure)


def test_hours_say_their_number_and_darken_with_it() -> None:
    figure, alt = hours({(1, 8): 1.0, (1, 9): 20.0, (7, 23): 5.0}, WEEK)
    inside(figure)
    assert sorted(t.get_text() for t in figure.axes[0].texts) == ["1", "20", "5"]
    assert "T2 9 giờ: 20" in alt
    assert "CN 23 giờ: 5" in alt
    assert "23" in [t.get_text() for t in figure.axes[0].get_xticklabels()]
    boxes = [p for p in figure.axes[0].patches if isinstance(p, PathPatch)]
    assert len(boxes) == 7 * 13
    assert min(grey(p.get_facecolor()[:3]) for p in boxes) == pytest.approx(grey(SHADES[4]), abs=0.01)


def test_shades_tell_apart_on_a_photocopy() -> None:
    steps = [grey(s) for s in SHADES]
    assert all(a - b > 0.09 for a, b in pairwise(steps))


SHAPES = {"1": [[0, 0, 50, 0, 50, 50, 0, 50]], "2": [[50, 0, 99, 0, 99, 50, 50, 50]], "3": [[0, 50, 50, 50, 50, 99, 0, 99]]}


def test_the_map_shades_the_sample_hatches_what_needs_a_look_and_draws_no_point() -> None:
    figure, alt = communes(SHAPES, {"1": 1.0, "2": 0.3}, {"2": 4.0, "1": 0.0}, stamp=STAMP)
    patches = [p for p in figure.axes[0].patches if isinstance(p, PathPatch)]
    assert len(patches) == 3
    assert [p.get_hatch() for p in patches] == [None, "////", None]
    assert to_rgb(patches[0].get_facecolor()[:3]) == to_rgb(SHADES[4])
    assert to_rgb(patches[1].get_facecolor()[:3]) == to_rgb(SHADES[1])
    assert to_rgb(patches[2].get_facecolor()[:3]) == to_rgb(NONE)
    assert figure.axes[0].lines == [] or not list(figure.axes[0].lines)
    assert not list(figure.axes[0].collections)
    assert "Xã có vị trí cần xem: 2" in alt


def test_a_map_without_a_commune_is_empty_not_wrong() -> None:
    figure, alt = communes({}, {}, {})
    inside(figure)
    assert "Không có số liệu" in alt


def test_same_rows_same_bytes_without_date_or_font() -> None:
    first, again = (svg(people([panel(["1", "2"])], ["1", "2"], {})[0]) for _ in range(2))
    assert first == again
    assert not re.search(rb"<dc:date>|font-family", first)
    assert len(first) < 200_000
