"""The figures of answers, waves, people and places: what is drawn and said at any size, in both languages, in grey."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from figure_cases import HIDDEN, STAMP, ages, boxes, breakdowns, collisions, items, line, outside, pairs, streams, zones
from matplotlib import image

from analysis import figures
from analysis.figures import Area, Breakdown, Figure, Item, Line, Slope, theme, wording

Drawn = tuple[Figure, str]
WORDS: dict[str, Any] = {"title": "Ý kiến và mức độ tiếp cận của người dân theo nhóm, năm 2030 so với năm 2026", "stamp": STAMP}


def _likert(n: int, **more: Any) -> Drawn:
    return figures.likert(items(n), axis="%", **{**WORDS, **more})


def _slope(n: int, **more: Any) -> Drawn:
    return figures.slope(breakdowns(n) if n else [], waves=("2026", "2030"), axis="điểm", **{**WORDS, **more})


def _pairs(n: int, **more: Any) -> Drawn:
    return figures.pairs(pairs(n), waves=("2026", "2030"), axis="%", **{**WORDS, **more})


def _pyramid(n: int, **more: Any) -> Drawn:
    return figures.pyramid(ages(n) if n else [], sexes=("Nam", "Nữ"), axis="%", **{**WORDS, **more})


def _flow(n: int, **more: Any) -> Drawn:
    return figures.flow(streams(n) if n else [], axis="Số hộ", **{**WORDS, **more})


def _areas(n: int, **more: Any) -> Drawn:
    return figures.areas(*zones(n), **{**WORDS, **more})


def _items(n: int, **more: Any) -> Drawn:
    lines = [line(f"Câu thứ {i} về việc nhà, việc làng và việc học của con", i - 5.0, "Từng câu") for i in range(n)]
    top = [line("Điểm thái độ", 6.0)] if n else []
    return figures.items(top, lines, axes_words=("điểm", "điểm phần trăm"), **{**WORDS, **more})


KINDS: dict[str, Callable[..., Drawn]] = {
    "likert": _likert, "slope": _slope, "pairs": _pairs, "pyramid": _pyramid, "flow": _flow, "areas": _areas, "items": _items,
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 5, 40])
def test_every_size_is_drawn_on_the_paper_and_no_text_lies_on_another(kind: str, count: int) -> None:
    figure, alt = KINDS[kind](count)
    assert outside(figure) == []
    assert collisions(figure) == []
    assert ("Không có số liệu" in alt) is (count == 0)
    assert any("Không có số liệu" in t for t, _ in boxes(figure)) is (count == 0)
    assert alt.startswith(WORDS["title"])


@pytest.mark.parametrize("kind", KINDS)
def test_english_says_no_vietnamese_of_its_own(kind: str) -> None:
    """Every word that comes from the figure itself is in the language asked for."""
    figure, _ = KINDS[kind](0, title="T", stamp="", lang="en")
    told = " ".join(t for t, _ in boxes(figure))
    assert "No data" in told
    figure, alt = KINDS[kind](2, title="T", stamp="", lang="en")
    own = [t for t in (x.get_text() for x in figure.texts) if t]
    assert not [t for t in own if re.search(r"khoảng|hình|đoạn|thanh|Bên|bản đồ|Hai trục", t)]
    assert alt.startswith("T. ")


@pytest.mark.parametrize("kind", KINDS)
def test_same_rows_same_bytes(kind: str) -> None:
    one, two = (figures.lettered(KINDS[kind](3)[0]) for _ in range(2))
    assert one == two
    assert b"<dc:date>" not in one
    assert re.search(rb"\d\.\d{3}", re.sub(rb"<metadata>.*?</metadata>", b"", one, flags=re.DOTALL)) is None


def test_the_png_is_300_dots_an_inch_on_white_and_keeps_its_colours() -> None:
    figure, _ = _pairs(3)
    pixels = np.rint(255 * image.imread(io.BytesIO(figures.png(figure)))[..., :3]).astype(int)
    width, height = figure.get_size_inches()
    assert pixels.shape[:2] == (int(300 * height + 1e-6), int(300 * width + 1e-6))
    assert (pixels[0, 0] == 255).all()
    for colour in (theme.MAIN, theme.STAMP_COLOUR, theme.INK):
        wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert (np.abs(pixels - wanted).max(axis=2) <= 4).sum() > 50


# ---- what each one says --------------------------------------------------------------------------------------------


def bars(figure: Figure, axes: int = 0) -> list[tuple[float, float, float]]:
    """(left, right, y) of the bars drawn in data units."""
    across = figure.axes[axes].get_yaxis_transform()
    return [
        (p.get_x(), p.get_x() + p.get_width(), p.get_y() + p.get_height() / 2)
        for p in figure.axes[axes].patches if hasattr(p, "get_width") and p.get_transform() != p.get_patch_transform() + across
    ]  # fmt: skip


def test_opinions_part_in_the_middle_of_the_middle_answer() -> None:
    """By hand: 10, 20, 30, 25, 15 percent: the bar runs from -(10 + 20 + 15) to 15 + 25 + 15."""
    answers = tuple(Line(str(i), line("", s).row, str(s)) for i, s in enumerate((10.0, 20.0, 30.0, 25.0, 15.0)))
    figure, alt = figures.likert([Item("Ý kiến", answers, (line("Không biết", 2.0),), "Khối")], axis="%", title="T")
    drawn = sorted(b for b in bars(figure) if b[2] > 1.5)
    assert [round(b[0], 6) for b in drawn] == [-45.0, -35.0, -15.0, 15.0, 40.0]
    assert round(drawn[-1][1], 6) == 55.0
    assert "0 10.0, 1 20.0, 2 30.0, 3 25.0, 4 15.0, Không biết 2,0" in alt


def test_one_hidden_answer_hides_the_whole_opinion() -> None:
    """The parts add up to 100: any four would give the fifth away."""
    shares = [line(str(i), 20.0) for i in range(4)]
    told = Item("Ý kiến", (*shares, line("4", HIDDEN, publish="hide")), (line("Không biết", 1.0),), "Khối")
    figure, alt = figures.likert([told], axis="%", title="T")
    assert [b for b in bars(figure) if b[2] > 1.5] == []
    assert "Ý kiến (*)" in alt
    assert "73" not in alt + figures.lettered(figure).decode().split("</defs>")[-1]


@pytest.mark.parametrize("kind", ["likert", "areas"])
def test_a_photocopy_tells_the_groups_apart(kind: str) -> None:
    """Neighbouring fills differ in hatch or by a fifth of the way from black to white."""
    figure, _ = KINDS[kind](3)
    looks = {(p.get_facecolor()[:3], p.get_hatch() or "") for p in figure.axes[0].patches}
    grey = [(sum(c * f for c, f in zip(face, (0.2126, 0.7152, 0.0722), strict=True)), hatch) for face, hatch in looks]
    for i, (one, hatch) in enumerate(grey):
        for two, other in grey[i + 1 :]:
            assert hatch != other or abs(one - two) > 0.1, (grey,)


def test_a_slope_names_both_numbers_and_what_it_does_not_draw() -> None:
    gone = Slope("15 tuổi", line("2026", HIDDEN, publish="hide"), line("2030", 50.0))
    kept = Slope("Nữ", line("Nữ, 2026", 44.0), line("Nữ, 2030", 55.0))
    figure, alt = figures.slope([Breakdown("Giới", (kept, gone))], waves=("2026", "2030"), axis="điểm", title="T")
    told = [t for t, _ in boxes(figure)]
    assert "Nữ: 44,0 → 55,0" in told
    assert "15 tuổi: (*)" in told
    assert "Nữ, 2026: 44,0 (41,0 - 47,0); Nữ, 2030: 55,0 (52,0 - 58,0)" in alt
    assert "73" not in "".join(told) + alt
    ys = [float(y) for a in figure.axes[0].lines for y in np.atleast_1d(a.get_ydata())]
    assert max(ys) < 70


def test_lines_of_a_panel_differ_by_mark_and_dashes() -> None:
    figure, _ = _slope(5)
    marks = {a.get_marker() for a in figure.axes[0].lines if a.get_marker() not in {"None", "", None}}
    dashes = {
        str(a._unscaled_dash_pattern) for a in figure.axes[0].lines if len(a.get_xdata()) == 2 and a.get_linestyle() != "None"
    }
    assert len(marks) == 5
    assert len(dashes) == 5


def test_a_pyramid_sets_men_left_and_the_oldest_on_top() -> None:
    figure, alt = _pyramid(4)
    men, women = figure.axes
    assert men.get_xlim()[0] > men.get_xlim()[1] == women.get_xlim()[0] == 0
    ys = {t: (b.y0 + b.y1) / 2 for t, b in boxes(figure)}
    assert ys["Từ 18 đến 22 tuổi"] > ys["Từ 15 đến 19 tuổi"]
    assert alt.count("|") == 1 + 4 * 2 * 2


def test_the_map_says_what_it_is_not_and_shades_nothing_by_value() -> None:
    shapes, groups = zones(3)
    first, alt = figures.areas(shapes, groups, title="T")
    swapped = [Area(Line(g.line.label, line("", 99.0 - 40 * i).row, g.line.text), g.codes) for i, g in enumerate(groups)]
    second, _ = figures.areas(shapes, swapped, title="T")
    fills = [[(p.get_facecolor(), p.get_hatch()) for p in f.axes[0].patches] for f in (first, second)]
    assert fills[0] == fills[1]
    assert "không phải địa giới pháp lý" in alt
    assert "not legal boundaries" in figures.areas(shapes, groups, title="T", lang="en")[1]


def test_more_zones_than_patterns_carry_numbers() -> None:
    figure, _ = _areas(9)
    inside = [t.get_text() for t in figure.axes[0].texts]
    assert inside == [str(i + 1) for i in range(9)]
    assert any(t.startswith("9. ") for t, _ in boxes(figure))
    assert list(_areas(6)[0].axes[0].texts) == []


def test_a_step_that_is_not_told_has_no_bar() -> None:
    from analysis.figures import Stage, Stream

    told = Stream("Năm 2026", (Stage("Hộ", 100.0, "100", "từ chối (*)"), Stage("Gặp", None, "(*)"), Stage("Xong", 90.0, "90")))
    figure, alt = figures.flow([told], axis="Số hộ", title="T")
    assert sorted(round(b[1], 6) for b in bars(figure)) == [90.0, 100.0]
    assert "Gặp: (*)" in alt


def test_items_and_scale_never_share_an_axis() -> None:
    figure, _ = _items(8)
    above, below = figure.axes
    assert (above.get_xlabel(), below.get_xlabel()) == ("điểm", "điểm phần trăm")
    assert above.get_xlim() == below.get_xlim()
    assert above.get_position().y0 > below.get_position().y1


@pytest.mark.parametrize(
    ("value", "decimals", "vi", "en"),
    [
        (1234.5, 1, "1.234,5", "1,234.5"),
        (0.05, 1, "0,1", "0.1"),
        (-0.04, 1, "0,0", "0.0"),
        (2.5, 0, "3", "3"),
        (-2.5, 0, "-3", "-3"),
    ],
)
def test_numbers_of_figures_are_those_of_the_office(value: float, decimals: int, vi: str, en: str) -> None:
    from reports import numbers

    assert wording.number("vi", value, decimals) == vi == numbers.number(value, decimals)
    assert wording.number("en", value, decimals) == en
