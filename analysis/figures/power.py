"""Two figures of a planned sample: power over the true rise, and what every size proves at what cost.

Imports theme and the records that power.curves makes; (Figure, alt text) out.  Line style, marker and words tell lines apart,
never colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from ..power.curves import Curve, Curves, Plane
from . import theme
from .wording import Lang, number, say

_STYLES = (("-", 1.9, "o"), ((0, (6, 2)), 1.2, "s"), ((0, (2, 1.5)), 1.2, "^"), ((0, (6, 2, 1, 2)), 1.2, "D"))
_STEPS = (0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10, 12, 15, 20, 30, 40, 60)
_EVERY = 8
_BOX: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
_TALL = 2.85


def power_curves(of: Curves, *, stamp: str = "", lang: Lang = "vi") -> tuple[Figure, str]:
    """Chance of proving the target, and of detecting any rise, over the true rise."""
    title = say(lang, "Khả năng chứng minh theo mức tăng thật", "Power over the true rise") + f" - {of.outcome}"
    wanted, low, high = (number(lang, x) for x in (of.wanted, of.low, of.high))
    note = say(
        lang,
        f"Đường đậm: cỡ mẫu dự kiến. Đường ngang: khả năng yêu cầu {wanted}%. Vùng gạch chéo: mức tăng mà mục tiêu đặt ra "
        f"({low} - {high}%).",
        f"Thick line: the planned sample. Horizontal line: the power wanted, {wanted}%. Hatched: the rise that the target asks "
        f"for ({low} to {high}%).",
    )
    with theme.look():
        figure, axes = _canvas(title, note, stamp, legend=True)
        axes.axvspan(of.low, of.high, facecolor=theme.BAND, edgecolor="#9a9a9a", hatch="////", linewidth=0, zorder=0)
        axes.axhline(of.wanted, color=theme.QUIET, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        planned = of.curves[0].plan
        for i, curve in enumerate(of.curves):
            _curve(axes, curve, i, _name(curve, planned, of.low, lang))
        axes.set_xlim(0, of.curves[0].rise[-1])
        axes.set_ylim(0, 102)
        axes.set_xlabel(say(lang, f"Mức tăng thật đến năm {of.later} (%)", f"True rise until {of.later} (%)"), size=8, labelpad=3)
        axes.set_ylabel(say(lang, "Khả năng kết luận được (%)", "Power (%)"), size=8, labelpad=3)
        axes.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=7.2, frameon=False, handlelength=4.6,
            columnspacing=3, borderaxespad=0.2,
        )  # fmt: skip
        _ticks(axes, lang)
    said = [f"{_name(c, of.curves[0].plan, of.low, lang)}: {_crossing(c, of.wanted, lang)}" for c in of.curves]
    return figure, f"{title}. {'; '.join(said)}. {note}"


def cost_plane(of: Curves, *, stamp: str = "", lang: Lang = "vi") -> tuple[Figure, str]:
    """The smallest rise that is proven over hamlets and households, with lines of equal cost and the plans marked."""
    plane = of.plane
    low, cluster = number(lang, of.low), number(lang, plane.prices.cluster)
    title = say(
        lang, f"Mức tăng thật nhỏ nhất chứng minh được «tăng từ {low}%», theo cỡ mẫu",
        f"Smallest true rise that proves {low}% by sample size",
    ) + f" - {of.outcome}"  # fmt: skip
    if plane.prices.known:
        unit = say(lang, "tiền", "money")
    else:
        unit = say(
            lang,
            f"quy ra phiếu, giả định một địa bàn bằng {cluster} phiếu",
            f"in interviews, a hamlet taken as {cluster} of them",
        )
    note = say(
        lang, f"Đường liền: mức tăng thật cần có (%). Đường gạch: chi phí bằng nhau ({unit}).",
        f"Solid lines: the true rise needed (%). Dashed: equal cost ({unit}).",
    )  # fmt: skip
    if _inside(plane):
        best = number(lang, plane.best, 1)
        note += say(
            lang, f" Đường chấm: số hộ tối ưu mỗi địa bàn ({best}).", f" Dotted: best number of households a hamlet ({best})."
        )
    with theme.look():
        figure, axes = _canvas(title, note, stamp)
        levels = _levels(plane, of.low)
        z = np.array([[np.nan if v is None else v for v in row] for row in plane.rise])
        axes.contour(plane.psus, plane.households, z, levels=levels, colors=theme.MAIN, linewidths=1.1)
        for level, x, y in _places(plane, levels):
            axes.text(
                x, y, f"{number(lang, level, 1)}%", size=7, color=theme.MAIN, ha="center", va="center", bbox=_BOX, zorder=2.2
            )
        _isocost(axes, plane, lang)
        if _inside(plane):
            axes.axhline(plane.best, color=theme.QUIET, linewidth=1.0, linestyle=(0, (1, 2)))
        _marks(axes, plane, lang)
        axes.set_xlim(plane.psus[0], plane.psus[-1])
        axes.set_ylim(plane.households[0], plane.households[-1])
        axes.set_xlabel(say(lang, "Số địa bàn (thôn, tổ dân phố) mỗi kỳ", "Hamlets a wave"), size=8, labelpad=3)
        axes.set_ylabel(say(lang, "Số hộ mỗi địa bàn", "Households a hamlet"), size=8, labelpad=3)
        _ticks(axes, lang)
    said = [
        f"{m} {say(lang, 'địa bàn', 'hamlets')} × {n} {say(lang, 'hộ', 'households')}: {_at(plane, m, n, lang)}, "
        f"{say(lang, 'chi phí', 'cost')} {number(lang, plane.prices.cost(m, n))}" for m, n in plane.marks
    ]  # fmt: skip
    return figure, f"{title}. {'; '.join(said)}. {note}"


def _canvas(title: str, note: str, stamp: str, *, legend: bool = False) -> tuple[Figure, Axes]:
    room = 0.34 if legend else 0.0
    figure, bottom, height = theme.sheet(_TALL + room, title, note, stamp)
    axes = figure.add_axes((0.085, bottom, 0.895, height * _TALL / (_TALL + room)))
    for side in ("right", "top"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _ticks(axes: Axes, lang: Lang) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda v, _: number(lang, v, 1).removesuffix(say(lang, ",0", ".0"))))
    axes.tick_params(length=2.5, labelsize=7.5, colors=theme.INK)


def _curve(axes: Axes, curve: Curve, i: int, name: str) -> None:
    dashes, width, marker = _STYLES[i % len(_STYLES)]
    axes.plot(
        curve.rise, curve.power, linestyle=dashes, linewidth=width, color=theme.MAIN if i == 0 else theme.INK, marker=marker,
        markevery=(2 * i, _EVERY), markersize=4, markerfacecolor="white" if i else theme.MAIN, label=name, zorder=3 - 0.1 * i,
    )  # fmt: skip


def _name(curve: Curve, planned: tuple[int, int], low: float, lang: Lang) -> str:
    least = number(lang, low)
    what = say(lang, f"«tăng từ {least}%»", f"“up by {least}% or more”")
    if curve.claim == "detect":
        what = say(lang, "«có tăng»", "“up”")
    return f"{curve.plan[0]} × {curve.plan[1]}{say(lang, ' (dự kiến)', ' (planned)') if curve.plan == planned else ''}: {what}"


def _crossing(curve: Curve, wanted: float, lang: Lang) -> str:
    """From which rise on the power is reached, as drawn."""
    for (r0, r1), (p0, p1) in zip(pairwise(curve.rise), pairwise(curve.power), strict=True):
        if p0 < wanted <= p1:
            at = number(lang, r0 + (r1 - r0) * (wanted - p0) / (p1 - p0), 1)
            return say(
                lang, f"đạt {number(lang, wanted)}% khi tăng thật {at}%", f"{number(lang, wanted)}% at a true rise of {at}%"
            )
    never = number(lang, wanted)
    return say(lang, f"không đạt {never}% trong khoảng vẽ", f"{never}% is not reached in the range drawn")


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


def _isocost(axes: Axes, plane: Plane, lang: Lang) -> None:
    """Lines of equal cost, each named where it leaves the plane."""
    psus = np.linspace(plane.psus[0], plane.psus[-1], 200)
    for cost in plane.costs:
        households = (cost / psus - plane.prices.cluster) / plane.prices.interview
        seen = (households >= plane.households[0]) & (households <= plane.households[-1])
        if not seen.any():
            continue
        axes.plot(psus[seen], households[seen], color=theme.QUIET, linewidth=1.0, linestyle=(0, (5, 3)), zorder=1.5)
        axes.annotate(
            number(lang, cost), (psus[seen][-1], households[seen][-1]), xytext=(-4, 5), textcoords="offset points", size=7,
            color=theme.QUIET, bbox=_BOX, zorder=2,
        )  # fmt: skip


def _marks(axes: Axes, plane: Plane, lang: Lang) -> None:
    for i, (m, n) in enumerate(plane.marks):
        axes.plot([m], [n], marker=_STYLES[i % len(_STYLES)][2], markersize=7, color=theme.INK,
                  markerfacecolor="white" if i else theme.INK, linestyle="none", zorder=4)  # fmt: skip
        words = f"{m} × {n}{say(lang, ' (dự kiến)', ' (planned)') if i == 0 else ''}: {_at(plane, m, n, lang)}"
        left = any(abs(other[1] - n) <= 3 and other[0] > m for other in plane.marks)
        axes.annotate(
            words, (m, n), xytext=(-8 if left else 8, -3 if left else 5), textcoords="offset points", size=7.5, weight="bold",
            ha="right" if left else "left", bbox=_BOX, zorder=5,
        )  # fmt: skip


def _at(plane: Plane, m: int, n: int, lang: Lang) -> str:
    """The smallest rise of a marked plan."""
    value = plane.marked.get((m, n))
    return say(lang, "không thể", "not possible") if value is None else f"{number(lang, value, 1)}%"
