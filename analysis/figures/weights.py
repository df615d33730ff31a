"""Two figures of the weights: how far they lie apart within strata, and the margins before and after calibration.

Imports theme and analysis.results.  Rows of kind diagnostic in (weighting.diagnose), (Figure, alt text) out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ..results import Row
from . import theme
from .theme import Line
from .wording import Lang, number, plain, say

_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
_ENDS = ("0", "1")
_BOX = ("0.25", "0.75")
_MIDDLE = "0.5"
_KEPT = 0.5


def spread(
    rows: Sequence[Row], *, trim: float | None, labels: Mapping[str, str] | None = None, title: str = "", note: str = "",
    stamp: str = "", lang: Lang = "vi",
) -> tuple[Figure, str]:  # fmt: skip
    """Weights by stratum and wave, over the wave's mean weight: ends, quarters, median, and the trimming limit.

    rows: diagnostic rows, those of weights by stratum are taken; labels: stratum -> its name.
    """
    title = title or say(lang, "Quyền số theo tầng", "Weights by stratum")
    note = "\n".join(p for p in (_spread_note(trim, lang), note) if p)
    found = _strata(rows)
    lines = tuple(
        Line(
            (labels or {}).get(stratum, stratum),
            q[_MIDDLE],
            say(lang, f"{q[_MIDDLE].n} người; lớn nhất ", f"{q[_MIDDLE].n} people; largest ") + number(lang, _value(q["1"]), 2),
            say(lang, f"Kỳ {wave}", f"Wave {wave}"),
        )
        for (wave, stratum), q in found.items()
    )
    with theme.look():
        placed, height = theme.slots(lines)
        figure, axes = theme.canvas(height, title, note, stamp)
        values = [_value(r) for q in found.values() for r in q.values()]
        values += [trim * _value(q[_MIDDLE]) for q in found.values()] if trim else []
        low, high = min([0.5, *values]) * 0.85, max([2.0, *values]) * 1.18
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        axes.xaxis.set_major_locator(FixedLocator([t for t in _TICKS if low <= t <= high]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: plain(lang, x)))
        axis = "Quyền số so với quyền số trung bình của kỳ (thang lô-ga)"
        axes.set_xlabel(say(lang, axis, "Weight over the mean weight of the wave (log scale)"), size=8, labelpad=3)
        axes.axvline(1, color=theme.QUIET, linewidth=0.8, linestyle=(0, (3, 2)), zorder=0)
        quantiles = iter(found.values())
        for slot in placed:
            theme.label(axes, slot, dense=height > 30)
            if slot.line is not None:
                _bar(axes, slot.y, next(quantiles), trim)
        if not lines:
            theme.empty(axes, lang)
    return figure, theme.alt(title, lines, note, lang)


def _spread_note(trim: float | None, lang: Lang) -> str:
    vi = "Đoạn mảnh: từ nhỏ nhất đến lớn nhất; đoạn đậm: nửa số người ở giữa; chấm trắng: trung vị."
    en = "Thin bar: smallest to largest; thick bar: the middle half of the people; white dot: median."
    if trim:
        vi += f" Mũi nhọn: ngưỡng cắt ({number(lang, trim, 1)} lần trung vị)."
        en += f" Arrow: trimming limit ({number(lang, trim, 1)} times the median)."
    return say(lang, vi, en)


def _strata(rows: Sequence[Row]) -> dict[tuple[int, str], dict[str, Row]]:
    found: dict[tuple[int, str], dict[str, Row]] = {}
    for r in rows:
        if r.indicator == "weights" and r.estimand == "quantile":
            found.setdefault((r.wave, dict(r.domain)["stratum"]), {})[r.category] = r
    return dict(sorted(found.items()))


def _bar(axes: Axes, y: float, q: Mapping[str, Row], trim: float | None) -> None:
    ends, box = ([_value(q[name]) for name in names] for names in (_ENDS, _BOX))
    middle = _value(q[_MIDDLE])
    axes.plot(ends, [y, y], color=theme.MAIN, linewidth=1.0, solid_capstyle="butt", zorder=2)
    axes.plot(box, [y, y], color=theme.MAIN, linewidth=6.0, solid_capstyle="butt", zorder=3)
    axes.plot([middle], [y], marker="o", markersize=4.2, markerfacecolor="white", markeredgecolor=theme.INK, zorder=4)
    if trim:
        axes.plot([trim * middle], [y], marker="<", markersize=4.5, color=theme.INK, linestyle="none", zorder=3)


def margins(
    rows: Sequence[Row],
    *,
    wave: int,
    labels: Mapping[str, str] | None = None,
    title: str = "",
    note: str = "",
    stamp: str = "",
    lang: Lang = "vi",
) -> tuple[Figure, str]:
    """The residents of each category by the weights before and after calibration, in percent of the known total.

    rows: diagnostic rows, those of the margins of a wave are taken; labels: code or column -> its name.
    """
    vi = f"Tổng dân số theo quyền số so với tổng đã biết, kỳ {wave}"
    title = title or say(lang, vi, f"Residents by the weights against the known totals, wave {wave}")
    vi = "Vòng rỗng: trước hiệu chỉnh; chấm đặc: sau hiệu chỉnh; vạch đứng: bằng tổng đã biết (100%)."
    marks = say(lang, vi, "Ring: before calibration; dot: after; vertical line: the known total (100%).")
    note = "\n".join(p for p in (marks, note) if p)
    found, named = _controls(rows, wave), labels or {}
    every = _every(found)
    lines = tuple(
        Line(_category(name, named, every[margin], lang), q["control"], _move(q, lang), _margin(margin, named, lang))
        for (margin, name), q in found.items()
    )
    with theme.look():
        placed, height = theme.slots(lines)
        figure, axes = theme.canvas(height, title, note, stamp)
        values = [100.0, *(_share(q, which) for q in found.values() for which in ("before", "after"))]
        pad = max((max(values) - min(values)) * 0.08, 2.0)
        axes.set_xlim(min(values) - pad, max(values) + pad)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: plain(lang, x)))
        axes.set_xlabel(say(lang, "% của tổng đã biết", "% of the known total"), size=8, labelpad=3)
        axes.axvline(100, color=theme.INK, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1)
        some = iter(found.values())
        for slot in placed:
            theme.label(axes, slot, dense=height > 30)
            if slot.line is not None:
                _pair(axes, slot.y, next(some))
        if not lines:
            theme.empty(axes, lang)
    return figure, theme.alt(title, lines, note, lang)


def _controls(rows: Sequence[Row], wave: int) -> dict[tuple[str, str], dict[str, Row]]:
    found: dict[tuple[str, str], dict[str, Row]] = {}
    for r in rows:
        if r.indicator.startswith("margin ") and r.wave == wave:
            found.setdefault((r.indicator.removeprefix("margin "), r.category), {})[r.method] = r
    return found


def _pair(axes: Axes, y: float, q: Mapping[str, Row]) -> None:
    before, after = _share(q, "before"), _share(q, "after")
    if abs(before - after) > _KEPT:
        axes.plot([before, after], [y, y], color=theme.QUIET, linewidth=0.7, zorder=1)
    axes.plot(
        [before], [y], marker="o", markersize=5, markerfacecolor="white", markeredgecolor=theme.MAIN, linestyle="none", zorder=2
    )
    axes.plot([after], [y], marker="o", markersize=3.6, color=theme.MAIN, linestyle="none", zorder=3)


def _category(name: str, labels: Mapping[str, str], every: Sequence[set[str]], lang: Lang = "vi") -> str:
    """'female*a60*kt + female*a60*qn' in words: Nữ · Từ 60 tuổi · kt, qn; a column with all its codes says nothing.

    every: the codes of each column of the margin.  Categories that are no full cross are written out one by one.
    """
    levels = [one.split("*") for one in name.split(" + ")]
    columns = [list(dict.fromkeys(level[k] for level in levels)) for k in range(len(levels[0]))]
    if math.prod(map(len, columns)) != len(levels):
        return " + ".join(" · ".join(labels.get(code, code) for code in level) for level in levels)
    named = [[labels.get(c, c) for c in some] for some, all_ in zip(columns, every, strict=True) if set(some) != all_]
    said = [("; " if any("," in name for name in some) else ", ").join(some) for some in named]
    return " · ".join(said) or say(lang, "tất cả", "all")


def _every(found: Mapping[tuple[str, str], object]) -> dict[str, list[set[str]]]:
    """Margin -> the codes of each of its columns."""
    out: dict[str, list[set[str]]] = {}
    for margin, name in found:
        for one in name.split(" + "):
            kept = out.setdefault(margin, [set() for _ in margin.split("*")])
            for codes, code in zip(kept, one.split("*"), strict=True):
                codes.add(code)
    return out


def _margin(name: str, labels: Mapping[str, str], lang: Lang = "vi") -> str:
    """'sex*stratum_2026' in words."""
    found = []
    for column in name.split("*"):
        base, _, year = column.rpartition("_")
        by = say(lang, f"(phân loại {year})", f"({year} classification)")
        named = labels.get(column) or (f"{labels.get(base, base)} {by}" if year.isdigit() else column)
        found.append(named.lower())
    text = " × ".join(found)
    return text[:1].upper() + text[1:]


def _share(q: Mapping[str, Row], which: str) -> float:
    return 100 * _value(q[which]) / _value(q["control"])


def _move(q: Mapping[str, Row], lang: Lang) -> str:
    return f"{number(lang, _share(q, 'before'), 1)}% → {number(lang, _share(q, 'after'), 1)}%"


def _value(row: Row) -> float:
    return float("nan") if row.estimate is None else row.estimate
