"""Two figures of a planned sample: power over the true rise, and what every size proves at what cost.

Imports theme and the records that power.curves makes; (Figure, alt text) out.  Line style, marker and words tell lines apart,
never colour alone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from ..power.curves import Curve, Curves, Plane
from . import theme

_STYLES = (("-", 1.9, "o"), ((0, (6, 2)), 1.2, "s"), ((0, (2, 1.5)), 1.2, "^"), ((0, (6, 2, 1, 2)), 1.2, "D"))
_STEPS = (0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10, 12, 15, 20, 30, 40, 60)
_EVERY = 8
_BOX: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
_SIZE = (theme.WIDTH_IN, 4.1)


def power_curves(of: Curves, *, stamp: str = "") -> tuple[Figure, str]:
    """Chance of proving the target, and of detecting any rise, over the true rise."""
    title = f"Khả năng chứng minh theo mức tăng thật - {of.outcome}"
    note = (
        f"Đường đậm: cỡ mẫu dự kiến. Đường ngang: khả năng yêu cầu {_n(of.wanted)}%. Vùng gạch chéo: mức tăng mà mục tiêu đặt ra "
        f"({_n(of.low)} - {_n(of.high)}%)."
    )
    with theme.look():
        figure, axes = _canvas(title, note, stamp, legend=True)
        axes.axvspan(of.low, of.high, facecolor=theme.BAND, edgecolor="#9a9a9a", hatch="////", linewidth=0, zorder=0)
        axes.axhline(of.wanted, color=theme.QUIET, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        planned = of.curves[0].plan
        for i, curve in enumerate(of.curves):
            _curve(axes, curve, i, _name(curve, planned, of.low))
        axes.set_xlim(0, of.curves[0].rise[-1])
        axes.set_ylim(0, 102)
        axes.set_xlabel(f"Mức tăng thật đến năm {of.later} (%)", size=8, labelpad=3)
        axes.set_ylabel("Khả năng kết luận được (%)", size=8, labelpad=3)
        axes.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=7.2, frameon=False, handlelength=4.6,
            columnspacing=3, borderaxespad=0.2,
        )  # fmt: skip
        _ticks(axes)
    said = [f"{_name(c, of.curves[0].plan, of.low)}: {_crossing(c, of.wanted)}" for c in of.curves]
    return figure, f"{title}. {'; '.join(said)}. {note}"


def cost_plane(of: Curves, *, stamp: str = "") -> tuple[Figure, str]:
    """The smallest rise that is proven over hamlets and households, with lines of equal cost and the plans marked."""
    plane = of.plane
    title = f"Mức tăng thật nhỏ nhất chứng minh được «tăng từ {_n(of.low)}%», theo cỡ mẫu - {of.outcome}"
    unit = "tiền" if plane.prices.known else f"quy ra phiếu, giả định một địa bàn bằng {_n(plane.prices.cluster)} phiếu"
    note = f"Đường liền: mức tăng thật cần có (%). Đường gạch: chi phí bằng nhau ({unit})." + (
        f" Đường chấm: số hộ tối ưu mỗi địa bàn ({_n(plane.best, 1)})." if _inside(plane) else ""
    )
    with theme.look():
        figure, axes = _canvas(title, note, stamp)
        levels = _levels(plane, of.low)
        z = np.array([[np.nan if v is None else v for v in row] for row in plane.rise])
        axes.contour(plane.psus, plane.households, z, levels=levels, colors=theme.MAIN, linewidths=1.1)
        for level, x, y in _places(plane, levels):
            axes.text(x, y, f"{_n(level, 1)}%", size=7, color=theme.MAIN, ha="center", va="center", bbox=_BOX, zorder=2.2)
        _isocost(axes, plane)
        if _inside(plane):
            axes.axhline(plane.best, color=theme.QUIET, linewidth=1.0, linestyle=(0, (1, 2)))
        _marks(axes, plane)
        axes.set_xlim(plane.psus[0], plane.psus[-1])
        axes.set_ylim(plane.households[0], plane.households[-1])
        axes.set_xlabel("Số địa bàn (thôn, tổ dân phố) mỗi kỳ", size=8, labelpad=3)
        axes.set_ylabel("Số hộ mỗi địa bàn", size=8, labelpad=3)
        _ticks(axes)
    said = [f"{m} địa bàn × {n} hộ: {_at(plane, m, n)}, chi phí {_n(plane.prices.cost(m, n))}" for m, n in plane.marks]
    return figure, f"{title}. {'; '.join(said)}. {note}"


def _canvas(title: str, note: str, stamp: str, *, legend: bool = False) -> tuple[Figure, Axes]:
    foot, heading = textwrap.fill(note, 118), textwrap.fill(title, 72)
    figure = Figure(figsize=_SIZE, dpi=theme.DPI)
    FigureCanvasAgg(figure)
    bottom = (0.52 + 0.15 * (foot.count("\n") + 1)) / _SIZE[1]
    top = (0.2 + 0.19 * (heading.count("\n") + 1) + (0.24 if stamp else 0.0) + (0.34 if legend else 0.0)) / _SIZE[1]
    axes = figure.add_axes((0.085, bottom, 0.895, 1 - bottom - top))
    at = 1 - 0.08 / _SIZE[1]
    if stamp:
        figure.text(0.5, at, stamp, ha="center", va="top", color=theme.STAMP_COLOUR, weight="bold", size=9)
        at -= 0.24 / _SIZE[1]
    figure.text(0.5, at, heading, ha="center", va="top", color=theme.INK, weight="bold", size=9.5)
    figure.text(0.01, 0.06 / _SIZE[1], foot, ha="left", va="bottom", color=theme.QUIET, size=7)
    for side in ("right", "top"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _ticks(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda v, _: _n(v, 1).removesuffix(",0")))
    axes.tick_params(length=2.5, labelsize=7.5, colors=theme.INK)


def _curve(axes: Axes, curve: Curve, i: int, name: str) -> None:
    dashes, width, marker = _STYLES[i % len(_STYLES)]
    axes.plot(
        curve.rise, curve.power, linestyle=dashes, linewidth=width, color=theme.MAIN if i == 0 else theme.INK, marker=marker,
        markevery=(2 * i, _EVERY), markersize=4, markerfacecolor="white" if i else theme.MAIN, label=name, zorder=3 - 0.1 * i,
    )  # fmt: skip


def _name(curve: Curve, planned: tuple[int, int], low: float) -> str:
    what = "«có tăng»" if curve.claim == "detect" else f"«tăng từ {_n(low)}%»"
    return f"{curve.plan[0]} × {curve.plan[1]}{' (dự kiến)' if curve.plan == planned else ''}: {what}"


def _crossing(curve: Curve, wanted: float) -> str:
    """From which rise on the power is reached, as drawn."""
    for (r0, r1), (p0, p1) in zip(pairwise(curve.rise), pairwise(curve.power), strict=True):
        if p0 < wanted <= p1:
            return f"đạt {_n(wanted)}% khi tăng thật {_n(r0 + (r1 - r0) * (wanted - p0) / (p1 - p0), 1)}%"
    return f"không đạt {_n(wanted)}% trong khoảng vẽ"


def _levels(plane: Plane, low: float) -> list[float]:
    """Round levels, closer together where the rise is near what must be proven."""
    found = [v for row in plane.rise for v in row if v is not None]
    return [low + x for x in _STEPS if found and min(found) < low + x < max(found)] or [low]


def _places(plane: Plane, levels: Sequence[float]) -> list[tuple[float, float, float]]:
    """Each level and where it is named: high up, away from the plans and the edges, or low where it does not come there."""
    found = []
    edge = 0.04 * (plane.psus[-1] - plane.psus[0])
    for level in levels:
        for part in (0.72, 0.35, 0.15, 0.04):
            at = int(part * (len(plane.households) - 1))
            crossed = _crossed(plane.psus, plane.rise[at], level)
            if crossed is not None and plane.psus[0] + edge < crossed < plane.psus[-1] - edge:
                found.append((level, crossed, float(plane.households[at])))
                break
    return found


def _crossed(psus: Sequence[int], rise: Sequence[float | None], level: float) -> float | None:
    """How many hamlets bring a row of the plane down to a level."""
    for (m0, m1), (r0, r1) in zip(pairwise(psus), pairwise(rise), strict=True):
        if r0 is not None and r1 is not None and r1 < level <= r0:
            return m0 + (m1 - m0) * (r0 - level) / (r0 - r1)
    return None


def _inside(plane: Plane) -> bool:
    return plane.households[0] < plane.best < plane.households[-1]


def _isocost(axes: Axes, plane: Plane) -> None:
    """Lines of equal cost, each named where it leaves the plane."""
    psus = np.linspace(plane.psus[0], plane.psus[-1], 200)
    for cost in plane.costs:
        households = (cost / psus - plane.prices.cluster) / plane.prices.interview
        seen = (households >= plane.households[0]) & (households <= plane.households[-1])
        if not seen.any():
            continue
        axes.plot(psus[seen], households[seen], color=theme.QUIET, linewidth=1.0, linestyle=(0, (5, 3)), zorder=1.5)
        axes.annotate(
            _n(cost), (psus[seen][-1], households[seen][-1]), xytext=(-4, 5), textcoords="offset points", size=7,
            color=theme.QUIET, bbox=_BOX, zorder=2,
        )  # fmt: skip


def _marks(axes: Axes, plane: Plane) -> None:
    for i, (m, n) in enumerate(plane.marks):
        axes.plot([m], [n], marker=_STYLES[i % len(_STYLES)][2], markersize=7, color=theme.INK,
                  markerfacecolor="white" if i else theme.INK, linestyle="none", zorder=4)  # fmt: skip
        words = f"{m} × {n}{' (dự kiến)' if i == 0 else ''}: {_at(plane, m, n)}"
        left = any(abs(other[1] - n) <= 3 and other[0] > m for other in plane.marks)
        axes.annotate(
            words, (m, n), xytext=(-8 if left else 8, -3 if left else 5), textcoords="offset points", size=7.5, weight="bold",
            ha="right" if left else "left", bbox=_BOX, zorder=5,
        )  # fmt: skip


def _at(plane: Plane, m: int, n: int) -> str:
    """The smallest rise of a marked plan."""
    value = plane.marked.get((m, n))
    return "không thể" if value is None else f"{_n(value, 1)}%"


def _n(value: float, decimals: int = 0) -> str:
    return f"{value:,.{decimals}f}".replace(",", " ").replace(".", ",").replace(" ", ".")
