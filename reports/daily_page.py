"""The day's page as plain records for its template: every number as text, with the key of its row.

Imports numbers, daily_read and daily_tasks.  Computes shares of counts for the bars; estimates nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from analysis.results import Row

from . import numbers
from .daily_read import Day, ordered

MOST_ITEMS = 7
LEAST_ASKED = 10
_SYSTEM = {"start": "giờ bắt đầu (đồng hồ của máy)", "end": "giờ kết thúc (đồng hồ của máy)"}
_STEPS = (("issued", "hộ đã giao"), ("worked", "đã đến"), ("met", "gặp được"), ("eligible", "đúng đối tượng"),
          ("agreed", "đồng ý"), ("done", "hoàn thành"))  # fmt: skip
_PLACES = (("inside", "trong xã đã ghi"), ("elsewhere", "ngoài xã đã ghi"), ("far", "xa thôn sau khi trừ sai số"),
           ("mock", "nghi vị trí giả"), ("no_position", "không có vị trí"))  # fmt: skip
_DOUBLES = (("same_household", "cùng một hộ có hai phiếu"), ("near", "phiếu gần như giống nhau"),
            ("same_device", "cùng thiết bị, nhiều mã điều tra viên"))  # fmt: skip
_EDITS = (("any", "đã sửa sau khi gửi"), ("content", "sửa câu trả lời, không ghi lý do"))
_KINDS = (("1", "không đổi theo thời gian"), ("2", "ít khi đổi, phụ thuộc cách hỏi"), ("3", "có thể đổi thật"))
_RATES = (("rr1", "tỷ lệ trả lời"), ("con1", "tỷ lệ gặp"), ("coop1", "tỷ lệ hợp tác"), ("ref1", "tỷ lệ từ chối"))


@dataclass(frozen=True)
class Told:
    """A number as printed.  key: of its row; bar: 0-100, the length of a bar, None for no bar; out: a person should look."""

    label: str
    text: str
    key: str = ""
    bar: float | None = None
    out: bool = False
    more: str = ""


@dataclass(frozen=True)
class Commune:
    """One commune's line: done of target, with what else became of its households."""

    name: str
    done: int
    target: int
    refused: int
    other: int
    reserve: int
    left: int
    key: str
    done_bar: float
    lost_bar: float


@dataclass(frozen=True)
class QuotaCell:
    """A cell of sex and age group: ten squares, so many filled; expected '' where no population was given."""

    done: str
    expected: str
    squares: int
    key: str


def headline(day: Day) -> dict[str, Any]:
    """Done of target, the finish with its range, what came in that day."""
    done, target = day.whole("daily_progress", "done"), day.whole("daily_progress", "target")
    share = f"{numbers.number(100 * done / target)}%" if target else numbers.NO_FIGURE
    at = day.day.isoformat()
    return {
        "done": numbers.whole(done), "target": numbers.whole(target) if target else numbers.NO_FIGURE, "share": share,
        "bar": round(min(100.0, 100 * done / target), 1) if target else 0.0,
        "today": numbers.whole(day.whole("daily_day", "done", day=at)),
        "visits": numbers.whole(day.whole("daily_day", "visits", day=at)),
        "left": numbers.whole(day.whole("daily_progress", "left")),
        "refused": numbers.whole(day.whole("daily_progress", "refused")),
        "reserve": numbers.whole(day.whole("daily_reserve", "released")),
        "reserves": numbers.whole(day.whole("daily_reserve", "reserves")), "finish": finish(day),
    }  # fmt: skip


def finish(day: Day) -> dict[str, str]:
    """The finish in words: dates of the 80 % range, and whether the window holds."""
    row = day.row("daily_finish")
    if row is None or row.estimate is None or row.lower is None or row.upper is None:
        vi, _, en = (row.reason if row else "không có số liệu | no data").partition(" | ")
        return {"text": vi, "en": en, "range": "", "late": "", "key": row.key if row else ""}
    low, mid, high = (day.day + timedelta(days=round(x)) for x in (row.lower, row.estimate, row.upper))
    end = day.texts.get("window", {}).get("end")
    late = ""
    if end:
        planned = date.fromisoformat(end)
        late = ("cả khoảng sau hạn" if low > planned else "có thể trễ hạn" if high > planned else "kịp hạn") \
            + f" {numbers.short_date(planned)}"  # fmt: skip
    done = not row.upper
    text, en = ("đã xong", "done") if done else (numbers.short_date(mid), "expected")
    between = "" if done else f"{numbers.short_date(low)} - {numbers.short_date(high)}"
    return {"text": text, "en": en, "late": "" if done else late, "key": row.key, "range": between}


def communes(day: Day) -> list[Commune]:
    """Every commune of the sample, in order of name (never of progress)."""
    names = day.texts.get("communes", {})
    found = []
    for (code,), row in day.each("daily_progress", "commune"):
        if row.category != "done":
            continue
        n = {
            c: day.whole("daily_progress", c, commune=code)
            for c in ("done", "target", "refused", "other", "reserve_used", "left")
        }
        whole = max(n["target"] + n["reserve_used"], 1)
        found.append(Commune(
            str(names.get(code, {}).get("name", code)), n["done"], n["target"], n["refused"], n["other"], n["reserve_used"],
            n["left"], row.key, round(100 * n["done"] / whole, 1), round(100 * (n["refused"] + n["other"]) / whole, 1),
        ))  # fmt: skip
    return sorted(found, key=lambda c: c.name)


def cells(day: Day) -> dict[str, Any]:
    """Sex by age group: done, what the population lets expect by the end, and ten squares."""
    bands, sexes = day.texts.get("cells", []), day.texts.get("sexes", [])
    rows = [
        {"label": vi, "cells": [_cell(day, band, sex) for sex, *_ in sexes]} for band, vi, _ in bands
    ]  # fmt: skip
    return {"sexes": [vi for _, vi, _ in sexes], "rows": rows, "source": day.texts.get("quota", {}).get("source", "")}


def _cell(day: Day, band: str, sex: str) -> QuotaCell:
    row = day.row("daily_progress", "done", agegroup=band, sex=sex)
    expected = day.value("daily_progress", "target", agegroup=band, sex=sex)
    done = row.estimate or 0.0 if row else 0.0
    squares = min(10, int(10 * done / expected)) if expected else 0
    text = numbers.whole(expected) if expected else ""
    return QuotaCell(numbers.whole(done), text, squares, row.key if row else "")


def teams(day: Day) -> list[dict[str, str]]:
    """Enumerators by code: that day, to date, left in the hamlets they began."""
    codes = sorted({code for (code,), _ in day.each("daily_team", "enumerator")}, key=ordered)
    return [
        {"code": c, **{k: numbers.whole(day.whole("daily_team", k, enumerator=c)) for k in ("done_day", "done", "left")}}
        for c in codes
    ]


def flow(day: Day) -> list[Told]:
    """From issued to complete, as counts and as a share of the step before; then the rates."""
    found: list[Told] = []
    before = 0
    for code, label in _STEPS:
        row = day.row("daily_flow", code)
        if row is None:
            continue
        n = round(row.estimate or 0)
        share = f"{numbers.number(100 * n / before, 0)}%" if before else ""
        found.append(Told(label, numbers.whole(n), row.key, more=share))
        before = n
    return found


def rates(day: Day) -> list[Told]:
    """Rates of households that are settled."""
    return [
        Told(label, f"{numbers.number(row.estimate)}%", row.key)
        for code, label in _RATES if (row := day.row("daily_rate", code)) and row.estimate is not None
    ]  # fmt: skip


def reasons(day: Day) -> list[Told]:
    """Why reserves were released."""
    found = [(row, day.words("results", row.category)) for _, row in day.each("daily_reserve_reason")]
    return [Told(label, numbers.whole(row.estimate or 0), row.key) for row, label in found]


def items(day: Day, indicator: str, unit: str = "%") -> list[Told]:
    """The questions with the largest values, at most MOST_ITEMS; questions that fewer than LEAST_ASKED got are left out."""
    rows = [r for _, r in day.each(indicator) if r.category and r.estimate and (r.n >= LEAST_ASKED or not r.n)]
    rows.sort(key=lambda r: (-(r.estimate or 0.0), r.category))
    top = rows[0].estimate or 1.0 if rows else 1.0
    return [_item(day, r, unit, top) for r in rows[:MOST_ITEMS]]


def _item(day: Day, row: Row, unit: str, top: float) -> Told:
    value = row.estimate or 0.0
    text = f"{numbers.number(value * 60, 0)} giây" if unit == "giây" else f"{numbers.number(value)}{unit}"
    return Told(
        row.category, text, row.key, round(100 * value / top, 1), row.state == "outside", _short(day.words("items", row.category))
    )


def _short(text: str, most: int = 62) -> str:
    """A question cut at a word; what the form puts in (`${…}`) as dots."""
    text = _SYSTEM.get(text, re.sub(r"\$\{[^}]*\}", "…", text))
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


def _listed(day: Day, indicator: str, names: tuple[tuple[str, str], ...], good: str = "") -> list[Told]:
    """Counts of one indicator by category; those that are not good and not 0 are marked."""
    found = []
    for code, label in names:
        row = day.row(indicator, code)
        if row is not None:
            found.append(Told(label, numbers.whole(row.estimate or 0), row.key, out=bool(row.estimate) and code != good))
    return found


def places(day: Day) -> list[Told]:
    """Where interviews were made, as counts."""
    found = _listed(day, "daily_place", _PLACES, "inside")
    return [t if t.label != _PLACES[4][1] else Told(t.label, t.text, t.key) for t in found]


def records(day: Day) -> dict[str, list[Told]]:
    """Doubles, versions, edits."""
    versions = []
    for _, row in day.each("daily_version"):
        old = row.state == "outside"
        label = f"bản {row.category}" + (" (không phải bản đang dùng)" if old else "")
        versions.append(Told(label, numbers.whole(row.estimate or 0), row.key, out=old))
    return {
        "doubles": _listed(day, "daily_duplicate", _DOUBLES),
        "versions": versions,
        "edits": _listed(day, "daily_edited", _EDITS),
    }


def backcheck(day: Day) -> dict[str, Any] | None:
    """Back-checks done of planned and where answers differ; None when there was none."""
    if day.row("daily_backcheck", "planned") is None and day.row("daily_backcheck", "done") is None:
        return None
    kinds = [
        Told(label, _share(row), row.key, out=row.state == "outside")
        for code, label in _KINDS if (row := day.row("daily_backcheck_kind", code)) and row.estimate is not None
    ]  # fmt: skip
    rows = sorted((r for _, r in day.each("daily_backcheck_item") if r.estimate), key=lambda r: (-(r.estimate or 0), r.category))
    worst = [
        Told(r.category, _share(r), r.key, out=r.state == "outside", more=_short(day.words("items", r.category))) for r in rows
    ]
    counts = {k: numbers.whole(day.whole("daily_backcheck", k)) for k in ("planned", "done", "matched")}
    return {**counts, "kinds": kinds, "items": worst[:MOST_ITEMS]}


def _share(row: Row) -> str:
    text = f"{numbers.number(row.estimate or 0)}%"
    if row.lower is None or row.upper is None:
        return text
    return f"{text} ({numbers.span(row.lower, row.upper)})"


def points(day: Day) -> dict[str, Any] | None:
    """The plausibility of the round and its lines; None when it was not scored."""
    row = day.row("daily_plausibility")
    if row is None or row.estimate is None:
        return None
    lines = [
        Told(day.words("points", r.category), f"{numbers.shortest(r.estimate or 0)}/{numbers.shortest(r.upper or 0)}", r.key,
             out=bool(r.estimate) and r.state != "explained", more="đã giải trình" if r.state == "explained" else "")
        for _, r in day.each("daily_points")
    ]  # fmt: skip
    return {"text": f"{numbers.shortest(row.estimate)}/{numbers.shortest(row.upper or 0)}", "key": row.key, "lines": lines}


def foot(day: Day) -> Iterator[tuple[str, str]]:
    """What the page was made from."""
    of, held, server = day.texts["round"], day.texts.get("held", {}), day.texts.get("server")
    yield "biểu mẫu", f"{of['form']}, bản {of['version']}"
    if isinstance(server, Mapping) and server.get("there") is not None:
        yield "trên máy chủ / đã đọc ở đây", f"{numbers.whole(server['there'])} / {numbers.whole(server['here'])}"
        yield "lần lấy gần nhất", str(server.get("pulled", ""))
    yield "phiếu đã đọc", numbers.whole(held.get("submissions", 0))
    for name, label in (("rejected", "bị giám sát trả lại"), ("apart", "làm bằng bản khác"), ("deleted", "đã xóa trên máy chủ"),
                        ("erased", "đã xóa theo yêu cầu của người dân"), ("refused", "khác loại đợt, không nhận")):  # fmt: skip
        if held.get(name):
            yield label, numbers.whole(held[name])
    for name, label in (("data", "số liệu"), ("form", "biểu mẫu"), ("code", "phần mềm")):
        if name in day.results.digests:
            yield f"mã kiểm tra toàn vẹn (SHA-256), {label}", day.results.digests[name][:16]
