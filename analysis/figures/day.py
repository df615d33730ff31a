"""The figures of the day's page: days and the finish, enumerators side by side, hours of the week, communes without a point.

Imports theme and ..results; matplotlib.  Rows in, (Figure, alt text) out; never microdata.  Nothing relies on colour alone:
what lies outside is a filled diamond, few interviews are a hollow grey dot, the map's shades grow darker with the share done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from ..results import Row
from .theme import DPI, INK, MAIN, QUIET, STAMP_COLOUR, look

SHADES = ("#ffffff", "#dbe6f0", "#a9c3dc", "#6d97c0", "#1f4e79")
NONE = "#f2f2f2"
OUTSIDE_COLOUR = "#a00000"
_WIDE = 7.5


@dataclass(frozen=True)
class Panel:
    """One measure of all enumerators.  rows: code -> row; all: the round's own; least: interviews below which a dot is grey."""

    label: str
    unit: str
    rows: Mapping[str, Row]
    all: Row | None
    outside: str = "outside"


def days(
    visits: Mapping[date, float], done: Mapping[date, float], *, words: tuple[str, str], stamp: str = ""
) -> tuple[Figure, str]:
    """Visits and interviews of each day as bars; words: what the two are called."""
    with look():
        figure, axes = _canvas(3.6, 1.3, stamp)
        order = sorted(visits)
        at = range(len(order))
        axes.bar(at, [visits[d] for d in order], width=0.82, color="white", edgecolor=QUIET, linewidth=0.7, label=words[0])
        axes.bar(at, [done.get(d, 0.0) for d in order], width=0.82, color=MAIN, label=words[1])
        step = max(1, -(-len(order) // 8))
        axes.set_xticks(list(at)[::step], [f"{d.day}/{d.month}" for d in order][::step])
        for i, d in enumerate(order):
            if d.weekday() >= 5:  # a weekend: a tick below the bar
                axes.plot([i - 0.4, i + 0.4], [0, 0], color=INK, linewidth=2.2, clip_on=False, solid_capstyle="butt")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.17), ncol=2, frameon=False, fontsize=7, handlelength=1.2)
        _plain(axes)
    told = "; ".join(f"{d.day}/{d.month}: {visits[d]:.0f}, {done.get(d, 0):.0f}" for d in order)
    return figure, f"{words[0]}, {words[1]}. {told or 'Không có số liệu'}."


def people(panels: Sequence[Panel], codes: Sequence[str], few: Mapping[str, bool], *, stamp: str = "") -> tuple[Figure, str]:
    """Enumerators by code, never by rank: a dot and its 80 % interval in every panel, the round's own value as a line."""
    with look():
        step = 0.115 if len(codes) <= 26 else max(0.085, 2.6 / len(codes))
        top, bottom = 0.36 + (0.16 if stamp else 0.0), 0.2
        body = max(step * len(codes), 0.4)
        figure = Figure(figsize=(_WIDE, top + body + bottom), dpi=DPI)
        FigureCanvasAgg(figure)
        _stamped(figure, stamp)
        total, left = top + body + bottom, 0.055
        wide = (0.995 - left) / max(len(panels), 1)
        for i, panel in enumerate(panels):
            axes = figure.add_axes((left + i * wide + 0.008, bottom / total, wide - 0.016, body / total))
            _panel(axes, panel, codes, few, first=i == 0, size=6.5 if step > 0.1 else 5.5)
    return figure, _told(panels, codes, few)


def _panel(axes: Axes, panel: Panel, codes: Sequence[str], few: Mapping[str, bool], *, first: bool, size: float) -> None:
    axes.use_sticky_edges = False  # a dot at 0 % is drawn whole
    bands = list(range(0, len(codes), 2))
    axes.barh(bands, [1.0] * len(bands), height=1.0, color="#f4f4f4", transform=axes.get_yaxis_transform())
    if panel.all is not None and panel.all.estimate is not None:
        axes.axvline(panel.all.estimate, color=QUIET, linewidth=0.8, linestyle=(0, (3, 2)))
    given = [(y, code, row) for y, code in enumerate(codes) if (row := panel.rows.get(code)) and row.estimate is not None]
    marks = [(y, row, bool(few.get(code)), row.state == panel.outside and not few.get(code)) for y, code, row in given]
    ranges = [(y, row.lower, row.upper, _ink(grey, out), 1.6 if out else 0.9) for y, row, grey, out in marks]
    if told := [(y, low, high, ink, wide) for y, low, high, ink, wide in ranges if low is not None and high is not None]:
        y, low, high, inks, wides = zip(*told, strict=True)
        axes.hlines(y, low, high, colors=inks, linewidths=wides)
    for shape, size_of, wanted in (("o", 3.2, False), ("D", 4.4, True)):
        if some := [(y, row.estimate, grey, out) for y, row, grey, out in marks if out is wanted]:
            edges = [_ink(grey, out) for _, _, grey, out in some]
            faces = ["white" if grey else ink for (_, _, grey, _), ink in zip(some, edges, strict=True)]
            axes.scatter([x for _, x, _, _ in some if x is not None], [y for y, _, _, _ in some], s=size_of**2, marker=shape,
                         c=faces, edgecolors=edges, linewidths=0.8, zorder=3)  # fmt: skip
    axes.set_ylim(len(codes) - 0.4, -0.6)
    axes.set_yticks(range(len(codes)) if first else [], codes if first else [], size=size)
    axes.set_title(f"{panel.label}\n({panel.unit})", size=7, color=INK, pad=3)
    _plain(axes)
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=3)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}".replace(".", ","))
    axes.spines["left"].set_visible(False)


def _ink(grey: bool, out: bool) -> str:
    """Colour of an enumerator: grey while there are few interviews, apart when outside the band."""
    return "#8a8a8a" if grey else OUTSIDE_COLOUR if out else INK


def _told(panels: Sequence[Panel], codes: Sequence[str], few: Mapping[str, bool]) -> str:
    said = []
    for panel in panels:
        out = [c for c in codes if c in panel.rows and panel.rows[c].state == panel.outside and not few.get(c)]
        mean = f"{panel.all.estimate:.1f}".replace(".", ",") if panel.all and panel.all.estimate is not None else "..."
        said.append(f"{panel.label} ({panel.unit}): cả đợt {mean}; ngoài khoảng: {', '.join(out) or 'không có'}")
    return f"Chỉ số theo mã điều tra viên ({len(codes)} người), khoảng 80%. " + ". ".join(said) + "."


def hours(begun: Mapping[tuple[int, int], float], names: Sequence[str], *, stamp: str = "") -> tuple[Figure, str]:
    """Interviews begun by weekday (1 Monday) and hour: darker is more, and the number stands in the cell."""
    with look():
        used = sorted({h for _, h in begun if begun[_, h]} | set(range(7, 19)))
        figure, axes = _canvas(_WIDE / 2, 1.5, stamp, left=0.1)
        most = max(begun.values(), default=0.0) or 1.0
        for y in range(7):
            for x, hour in enumerate(used):
                n = begun.get((y + 1, hour), 0.0)
                shade = SHADES[min(4, -int(-4 * n // most))] if n else "white"
                axes.add_patch(_box(x, y, shade))
                if n:
                    dark = shade in SHADES[3:]
                    axes.text(x, y, f"{n:.0f}", ha="center", va="center", size=5.2, color="white" if dark else INK)
        axes.set_xlim(-0.5, len(used) - 0.5)
        axes.set_ylim(6.5, -0.5)
        axes.set_yticks(range(7), names, size=6.5)
        axes.set_xticks(range(len(used)), [str(h) for h in used], size=6.5)
        _plain(axes)
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        axes.tick_params(length=0)
    told = "; ".join(f"{names[d - 1]} {h} giờ: {n:.0f}" for (d, h), n in sorted(begun.items()) if n)
    return figure, f"Số phiếu bắt đầu theo thứ và giờ. {told or 'Không có số liệu'}."


def _box(x: float, y: float, shade: str) -> PathPatch:
    corners = [(x - 0.5, y - 0.5), (x + 0.5, y - 0.5), (x + 0.5, y + 0.5), (x - 0.5, y + 0.5), (x - 0.5, y - 0.5)]
    return PathPatch(Outline(corners), facecolor=shade, edgecolor="#d0d0d0", linewidth=0.3)


def communes(
    shapes: Mapping[str, Sequence[Sequence[int]]], share: Mapping[str, float], flagged: Mapping[str, float], *, stamp: str = ""
) -> tuple[Figure, str]:
    """Communes of the sample by the share done (0-1); hatched where places need a look.  No point is drawn."""
    with look():
        flat = [p for rings in shapes.values() for ring in rings for p in ring]
        tall = max(flat[1::2], default=1) / max(max(flat[::2], default=1), 1) if flat else 1.0
        figure, axes = _canvas(3.0, 3.0 * tall, stamp, left=0.01, bottom=0.02)
        for code in sorted(shapes):
            for ring in shapes[code]:
                corners = list(zip(ring[::2], ring[1::2], strict=True))
                shade = NONE if code not in share else SHADES[min(4, int(share[code] * 4 + 1e-9))]
                axes.add_patch(PathPatch(
                    Outline([*corners, corners[0]]), facecolor=shade, edgecolor="#7a7a7a" if code in share else "#c8c8c8",
                    linewidth=0.5 if code in share else 0.3, hatch="////" if flagged.get(code) else None,
                    zorder=2 if code in share else 1,
                ))  # fmt: skip
        axes.set_xlim(-2, max(flat[::2], default=1) + 2)
        axes.set_ylim(max(flat[1::2], default=1) + 2, -2)
        axes.set_aspect("equal")
        axes.axis("off")
    some = "; ".join(f"{code} {share[code]:.0%}" for code in sorted(share))
    marked = ", ".join(code for code in sorted(flagged) if flagged[code]) or "không có"
    return figure, f"Bản đồ xã trong mẫu theo tỷ lệ hoàn thành: {some or 'Không có số liệu'}. Xã có vị trí cần xem: {marked}."


def _canvas(wide: float, tall: float, stamp: str, *, left: float = 0.09, bottom: float = 0.13) -> tuple[Figure, Axes]:
    more = 0.2 if stamp else 0.0
    figure = Figure(figsize=(wide, tall + more), dpi=DPI)
    FigureCanvasAgg(figure)
    _stamped(figure, stamp)
    axes = figure.add_axes((left, bottom, 0.99 - left, (tall * 0.98) / (tall + more) - bottom - 0.02))
    return figure, axes


def _stamped(figure: Figure, stamp: str) -> None:
    if stamp:
        tall = figure.get_size_inches()[1]
        figure.text(0.5, 1 - 0.03 / tall, stamp, ha="center", va="top", color=STAMP_COLOUR, weight="bold", size=6)


def _plain(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=6.5, length=2, colors=INK, pad=1.5)
