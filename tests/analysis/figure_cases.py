"""Figures of any size for the tests of figures: lines out of chance, and what an eye sees of them (boxes of texts)."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

from analysis.figures import AgeBand, Ages, Area, Breakdown, Figure, Item, Line, Pair, Slope, Stage, Stream
from analysis.results import Row

STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
HIDDEN = 73.5173
LABEL = "Nhóm thứ {} của đồng bào dân tộc thiểu số ở xã khu vực III"


def row(value: float | None = 50.0, half: float = 3.0, **more: Any) -> Row:
    """One share or score."""
    ends = (None, None) if value is None else (value - half, value + half)
    given: dict[str, Any] = {"estimate": value, "lower": ends[0], "upper": ends[1], "n": 400, **more}
    return Row("share", "item_a01", "proportion", 2030, "percent", **given)


def line(label: str, value: float | None = 50.0, heading: str = "", **more: Any) -> Line:
    """A line whose text is its number as the report prints it."""
    made = row(value, **more)
    text = "không tính được" if value is None else f"{value:.1f} ({value - 3:.1f} - {value + 3:.1f})".replace(".", ",")
    return Line(label, made, text, heading)


def items(count: int, seed: int = 1, codes: int = 5, **more: Any) -> list[Item]:
    """Opinions whose shares add up to 100."""
    chance = random.Random(seed)
    names = ("Rất không đồng ý", "Không đồng ý", "Nửa đồng ý, nửa không", "Đồng ý", "Rất đồng ý")
    found = []
    for i in range(count):
        cuts = sorted(chance.uniform(0, 100) for _ in range(codes - 1))
        shares = [b - a for a, b in zip([0.0, *cuts], [*cuts, 100.0], strict=True)]
        told = tuple(Line(n, row(s, **more), f"{s:.1f}".replace(".", ",")) for n, s in zip(names, shares, strict=False))
        silent = (("Không biết", chance.uniform(0, 9)), ("Không trả lời", chance.uniform(0, 3)))
        aside = tuple(Line(n, row(s), f"{s:.1f}".replace(".", ",")) for n, s in silent)
        heading = "Đồng ý là thái độ bình đẳng" if i < count / 2 else "Không đồng ý là thái độ bình đẳng"
        found.append(Item(f"Ý kiến thứ {i} về việc phụ nữ và nam giới cùng lo việc nhà", told, aside, heading))
    return found


def breakdowns(groups: int, panels: int = 1, seed: int = 2) -> list[Breakdown]:
    """Breakdowns of groups in two waves."""
    chance = random.Random(seed)
    return [
        Breakdown(
            f"Phân tổ thứ {p} theo vùng đồng bào dân tộc thiểu số và miền núi",
            tuple(
                Slope(LABEL.format(i), line("2026", chance.uniform(40, 60)), line("2030", chance.uniform(45, 70)))
                for i in range(groups)
            ),
        )
        for p in range(panels)
    ]  # fmt: skip


def pairs(count: int, waves: int = 2) -> list[Pair]:
    """Channels."""
    chance = random.Random(3)
    return [Pair(LABEL.format(i), tuple(line(str(w), chance.uniform(0, 60)) for w in range(waves))) for i in range(count)]


def ages(bands: int, waves: int = 2) -> list[Ages]:
    """Pyramids."""
    chance = random.Random(4)

    def both() -> tuple[Line, Line]:
        share = chance.uniform(2, 30)
        sample = share + chance.uniform(-2, 2)
        return Line("", row(share), f"{share:.1f}".replace(".", ",")), Line("", row(sample), f"{sample:.1f}".replace(".", ","))

    return [
        Ages(f"Năm {2026 + 4 * w}", tuple(AgeBand(f"Từ {15 + i} đến {19 + i} tuổi", both(), both()) for i in range(bands)))
        for w in range(waves)
    ]  # fmt: skip


def streams(stages: int, waves: int = 2) -> list[Stream]:
    """Flows."""
    return [
        Stream(f"Năm {2026 + 4 * w}", tuple(
            Stage(f"Bước thứ {i} trên đường tới phiếu", 1380.0 - 20 * i, f"{1380 - 20 * i}", "không ai ở nhà 12; đi vắng 8")
            for i in range(stages)
        )) for w in range(waves)
    ]  # fmt: skip


def zones(count: int) -> tuple[dict[str, list[list[int]]], list[Area]]:
    """Square communes in a row, one a group."""
    shapes = {str(i): [[20 * i, 0, 20 * i + 20, 0, 20 * i + 20, 60, 20 * i, 60]] for i in range(max(count, 1))}
    return shapes, [Area(line(LABEL.format(i), 50.0 + i / 3), frozenset({str(i)})) for i in range(count)]


def boxes(figure: Figure) -> list[tuple[str, Any]]:
    """Every text of a figure and where it stands, in pixels."""
    figure.draw_without_rendering()
    texts = [*figure.texts, *(t for a in figure.axes for t in (*a.texts, a.title, a._left_title, a.xaxis.label))]
    return [(t.get_text(), t.get_window_extent()) for t in texts if t.get_text().strip()]


def collisions(figure: Figure, most: float = 3.0) -> list[tuple[str, str]]:
    """Texts that lie on each other."""

    def both(a: Any, b: Any) -> float:
        return float(min(min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)))

    return [(s, t) for (s, a), (t, b) in combinations(boxes(figure), 2) if both(a, b) > most]


def outside(figure: Figure) -> list[str]:
    """Texts that leave the paper."""
    width, height = figure.canvas.get_width_height()
    return [t for t, b in boxes(figure) if b.x0 < -1 or b.y0 < -1 or b.x1 > width + 1 or b.y1 > height + 1]
