"""The tables of the survey report, each built from rows of results by way of cells.

Imports lookup, cells, numbers, document.  Never prints a number whose row says it is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from analysis.results import Row

from . import cells, numbers
from .document import Cell, Column, Table, TableRow
from .lookup import Group, Lookup, vi

UNIT = {"percent": "%", "point": "điểm", "count": "người", "ratio": "lần", "minute": "phút"}
CHANGE_UNIT = {"percent": "%", "point": "điểm", "percentage_point": "điểm phần trăm"}
SHARES_OF_KNOWN = "Tỷ lệ tính trong số người có thông tin của từng phân tổ."
SMALLEST = 5  # a count of 1 to 4 people is not printed (analysis/publish.py, rule count<5)
RESPONSE = (
    ("drawn", "Số hộ được chọn vào mẫu"),
    ("main", "Trong đó: hộ chính thức"),
    ("reserve", "Trong đó: hộ dự phòng"),
    ("interviewed", "Số người đã phỏng vấn xong"),
    ("no_consent", "Không đồng ý tham gia"),
    ("not_interviewed", "Không phỏng vấn được"),
    ("reserve_used", "Số hộ dự phòng đã dùng thay thế"),
    ("rejected", "Số phiếu bị loại khi kiểm tra"),
)

ESTIMAND = {"diff": "Chênh lệch", "rel": "Thay đổi tương đối", "log_ratio": "Thay đổi tương đối"}
METHOD = {
    "log": "khoảng tin cậy qua logarit",
    "delta": "khoảng tin cậy theo phương pháp delta",
    "standardised": "giữ cơ cấu dân số của năm gốc",
    "simultaneous": "khoảng tin cậy đồng thời",
    "stacked": "ghép hai kỳ vào một mẫu",
    "independent": "coi hai kỳ là độc lập",
    "unbiased": "hiệp phương sai không chệch",
    "comparison": "điểm so sánh giữa hai kỳ",
    "without reserves": "không dùng hộ dự phòng",
}


def named_method(method: str) -> list[str]:
    """The words for a method's parts; the headline method itself needs none."""
    parts = [p.strip() for p in method.split(",")]
    return [METHOD.get(p, p) for p in parts if p and p != "wave_centred"]


def source(look: Lookup) -> str:
    """The source line of every table and figure."""
    years = " và ".join(str(w) for w in look.waves)
    made_up = " (số liệu giả lập)" if look.results.practice else ""
    return f"Nguồn: Khảo sát nhận thức về bình đẳng giới {province(look)}, năm {years}{made_up}."


def province(look: Lookup) -> str:
    """`tỉnh Quảng Ngãi`."""
    name = vi(look.texts.get("province", {}).get("name", ""))
    return name if name.lower().startswith(("tỉnh", "thành phố")) else f"tỉnh {name}".strip()


def response(look: Lookup) -> Table | None:
    """Households drawn, interviewed and lost, wave by wave."""
    waves = [w for w in look.waves if look.texts.get("waves", {}).get(str(w), {}).get("response")]
    if not waves:
        return None
    found = {w: look.texts["waves"][str(w)]["response"] for w in waves}
    rows = [
        TableRow(
            (
                Cell(label),
                *(cells.count(found[w].get(name), f"texts/waves/{w}/response/{name}") for w in waves),
            )
        )
        for name, label in RESPONSE
        if any(name in found[w] for w in waves)
    ]
    columns = (Column("Chỉ tiêu", width=3), *(Column(f"Năm {w}", "count") for w in waves))
    return Table("response", f"Cỡ mẫu và kết quả tiếp cận, {look.period}", columns, tuple(rows), "hộ, người", source(look))


def profile(look: Lookup) -> Table | None:
    """Who answered: respondents and their weighted share, by every breakdown."""
    kept = look.texts.get("sample_profile", {})
    waves = [w for w in look.waves if kept.get(str(w))]
    rows: list[TableRow] = []
    for heading, members in groupby(look.groups, key=lambda g: g.heading):
        block = [r for g in members if (r := _profile_row(look, kept, waves, g)) is not None]
        if block:
            rows += [cells.group_row(heading), *block]
    if not rows:
        return None
    columns = [Column("Nhóm", width=3)]
    for w in waves:
        columns += [Column("Số người", "count", f"Năm {w}"), Column("Tỷ lệ có quyền số (%)", "count", f"Năm {w}")]
    caption = f"Đặc điểm người trả lời, {look.period}"
    return Table("profile", caption, tuple(columns), tuple(rows), "người, %", source(look), (SHARES_OF_KNOWN,))


def _profile_row(
    look: Lookup, kept: Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]], waves: Sequence[int], group: Group
) -> TableRow | None:
    line, seen = [Cell(group.label)], False
    for w in waves:
        about = kept[str(w)].get(group.variable, {}).get(group.code, {})
        seen = seen or bool(about)
        path = f"texts/sample_profile/{w}/{group.variable}/{group.code}"
        level = look.level("score", w, group.domain)
        if 0 < (about.get("n") or 0) < SMALLEST or (level is not None and level.publish == "hide"):
            line += [Cell(numbers.HIDDEN, key=f"{path}/{name}", mark="hide") for name in ("n", "percent_weighted")]
            continue
        line.append(cells.count(about.get("n"), f"{path}/n"))
        line.append(cells.figure(about.get("percent_weighted"), f"{path}/percent_weighted"))
    return TableRow(tuple(line)) if seen else None


def indicators(look: Lookup, anchor: str, caption: str, names: Iterable[str]) -> Table | None:
    """One line an indicator or a question, each wave with its respondents and estimate; all of one unit."""
    names = tuple(names)
    found = [(n, [look.level(n, w) for w in look.waves]) for n in names]
    found = [(n, rows) for n, rows in found if any(rows)]
    if not found:
        return None
    unit = UNIT[next(r.unit for _, rows in found for r in rows if r is not None)]
    lines = [TableRow((Cell(look.indicator(n)), *_pairs(rows))) for n, rows in found]
    why = cells.reasons(((look.indicator(n), r) for n, rows in found for r in rows), several=look.base is not None)
    first = "Câu hỏi" if all(n.startswith("item_") for n, _ in found) else "Chỉ số"
    title = f"{caption}, {look.period}"
    return Table(anchor, title, _by_wave(first, unit, look.waves), tuple(lines), unit, source(look), why)


def _by_wave(first: str, unit: str, waves: Sequence[int]) -> tuple[Column, ...]:
    columns = [Column(first, width=2.8)]
    for w in waves:
        columns += [Column("Số người", "count", f"Năm {w}", 0.9), Column(_headed(unit), "estimate", f"Năm {w}", 1.6)]
    return tuple(columns)


def _headed(unit: str) -> str:
    return f"{unit[:1].upper()}{unit[1:]} (KTC 95%)"


def _pairs(rows: Iterable[Row | None]) -> list[Cell]:
    return [cell for r in rows for cell in (cells.people(r), cells.estimate(r))]


def by_group(look: Lookup, anchor: str, caption: str, indicator: str) -> Table | None:
    """The level of an indicator for everybody and by group, each wave."""
    everybody = [look.level(indicator, w) for w in look.waves]
    if not any(everybody):
        return None
    unit = UNIT[next(r.unit for r in everybody if r is not None)]
    lines = [TableRow((Cell("Chung"), *_pairs(everybody)))]
    named: list[tuple[str, Row | None]] = [("Chung", r) for r in everybody]
    for heading, members in groupby(look.groups, key=lambda g: g.heading):
        block = [(g, [look.level(indicator, w, g.domain) for w in look.waves]) for g in members]
        block = [(g, rows) for g, rows in block if any(rows)]
        if block:
            lines += [cells.group_row(heading), *(TableRow((Cell(g.label), *_pairs(rows))) for g, rows in block)]
            named += [(g.label, r) for g, rows in block for r in rows]
    columns = _by_wave("Nhóm", unit, look.waves)
    why = cells.reasons(named, several=look.base is not None)
    return Table(anchor, f"{caption}, {look.period}", columns, tuple(lines), unit, source(look), why)


def changes(look: Lookup, anchor: str, caption: str, names: Iterable[str]) -> Table | None:
    """Both levels, the difference and the relative change, one line an indicator."""
    rows = [(look.indicator(n), n, ()) for n in names if look.change(n, "diff") is not None]
    return _changes(look, anchor, caption, "Chỉ số", [("", [(label, n, ())]) for label, n, _ in rows])


def changes_by_group(look: Lookup, anchor: str, caption: str, indicator: str) -> Table | None:
    """The change of an indicator for everybody and by group, with the verdict's words once the target is signed."""
    blocks: list[tuple[str, list[tuple[str, str, tuple[tuple[str, str], ...]]]]] = [("", [("Chung", indicator, ())])]
    for heading, members in groupby(look.groups, key=lambda g: g.heading):
        block = [(g.label, indicator, g.domain) for g in members if look.change(indicator, "diff", g.domain) is not None]
        if block:
            blocks.append((heading, block))
    return _changes(look, anchor, caption, "Nhóm", blocks)


def _changes(
    look: Lookup,
    anchor: str,
    caption: str,
    first: str,
    blocks: Sequence[tuple[str, Sequence[tuple[str, str, tuple[tuple[str, str], ...]]]]],
) -> Table | None:
    base, lines, named, units = look.base, [], list[tuple[str, Row | None]](), list[str]()
    if base is None:
        return None
    for heading, members in blocks:
        lines += [cells.group_row(heading)] if heading else []
        for label, indicator, domain in members:
            levels = [look.level(indicator, w, domain) for w in (base, look.wave)]
            moved = [look.change(indicator, e, domain) for e in ("diff", "rel")]
            lines.append(TableRow((Cell(label), *_change_cells(levels, moved))))
            named += [(label, r) for r in (*levels, *moved)]
            units += [r.unit for r in moved[:1] if r is not None]
    if not units:
        return None
    level, gap = ("%", "điểm phần trăm") if units[0] == "percentage_point" else ("điểm", "điểm")
    columns = (
        Column(first, width=2.0),
        *(
            c
            for w in (base, look.wave)
            for c in (Column("Số người", "count", f"Năm {w}", 0.75), Column(_headed(level), "estimate", f"Năm {w}", 1.3))
        ),
        Column(f"Chênh lệch ({gap}, KTC 95%)", "estimate", f"Năm {look.wave} so với năm {base}", 1.6),
        Column("Thay đổi tương đối (%, KTC 95%)", "estimate", f"Năm {look.wave} so với năm {base}", 1.6),
    )
    return Table(anchor, caption, columns, tuple(lines), "", source(look), cells.reasons(named, several=True))


def _change_cells(levels: Sequence[Row | None], moved: Sequence[Row | None]) -> list[Cell]:
    """A hidden level hides the change too: the other wave would give it away."""
    if any(r is not None and r.publish == "hide" for r in (*levels, *moved)):
        moved = [None if r is None else cells.hidden(r) for r in moved]
    return [*_pairs(levels), *(cells.estimate(r) for r in moved)]


def verdicts_by_group(look: Lookup, anchor: str, caption: str) -> Table | None:
    """Each group's own interval and the words that follow from it; only once the reading is signed."""
    lines: list[TableRow] = []
    for heading, members in groupby(look.groups, key=lambda g: g.heading):
        block = [(g, r) for g in members if (r := look.verdict(g.domain)) is not None]
        if block:
            lines.append(cells.group_row(heading))
            lines += [TableRow((Cell(g.label), cells.estimate(r), cells.state(r))) for g, r in block]
    if not lines or not look.signed:
        return None
    columns = (
        Column("Nhóm", width=2.2),
        Column("Kết quả (KTC 95% riêng của nhóm)", "estimate", width=1.5),
        Column("Đánh giá", width=3),
    )
    return Table(anchor, caption, columns, tuple(lines), "", source(look))


def four_results(look: Lookup) -> Table | None:
    """Target II.3 in all four readings: score or share, relative or absolute; no verdict."""
    lines, named = [], list[tuple[str, Row | None]]()
    for name in (look.compared("score"), look.compared(look.share_indicator)):
        for estimand, how in (("rel", "tương đối"), ("diff", "tuyệt đối")):
            row = look.change(name, estimand)
            if row is None:
                continue
            label = f"{look.indicator(name)}: thay đổi {how} ({CHANGE_UNIT[row.unit]})"
            lines.append(TableRow((Cell(label), cells.estimate(row))))
            named.append((label, row))
    if not lines:
        return None
    columns = (Column("Cách tính", width=3.5), Column("Kết quả (KTC 95%)", "estimate", width=1.5))
    caption = f"Kết quả theo bốn cách tính mục tiêu II.3, năm {look.wave} so với năm {look.base}"
    return Table("readings", caption, columns, tuple(lines), "", source(look), cells.reasons(named))


def switches(look: Lookup) -> Table | None:
    """The plan's ambiguities A1-A9 with the reading taken."""
    lines = [
        TableRow(
            (Cell(s["id"]), Cell(vi(s["point"])), Cell(vi(s.get("choice_label")) or str(s["choice"])), Cell(vi(s.get("note"))))
        )
        for s in look.texts.get("switches", [])
    ]
    columns = (
        Column("Mã", width=0.6),
        Column("Điểm chưa rõ", width=2),
        Column("Cách hiểu đã chọn", width=2.2),
        Column("Ghi chú", width=3),
    )
    caption = "Các điểm chưa rõ của Kế hoạch và cách hiểu trong báo cáo này"
    return Table("switches", caption, columns, tuple(lines)) if lines else None


def weights(look: Lookup) -> Table | None:
    """The weights, wave by wave."""
    kept = look.texts.get("weights", {})
    waves = [w for w in look.waves if kept.get(str(w))]
    names = (
        ("n", "Số người", 0),
        ("sum", "Tổng quyền số", 0),
        ("cv", "Hệ số biến thiên", 2),
        ("deff_kish", "Hệ số thiết kế do quyền số (Kish)", 2),
        ("min", "Nhỏ nhất", 1),
        ("max", "Lớn nhất", 1),
    )
    if not waves:
        return None
    lines = [
        TableRow((Cell(label), *(cells.figure(kept[str(w)].get(n), f"texts/weights/{w}/{n}", d) for w in waves)))
        for n, label, d in names
    ]
    columns = (Column("Chỉ tiêu", width=3), *(Column(f"Năm {w}", "count") for w in waves))
    return Table("weights", f"Quyền số, {look.period}", columns, tuple(lines), "", source(look))


def digests(look: Lookup) -> Table | None:
    """What the numbers were made from."""
    lines = [TableRow((Cell(name), Cell(value))) for name, value in sorted(look.results.digests.items())]
    columns = (Column("Đầu vào", width=1.0), Column("Mã kiểm tra toàn vẹn (SHA-256)", width=4.4))
    return Table("digests", "Mã kiểm tra toàn vẹn của đầu vào", columns, tuple(lines)) if lines else None


def other_methods(look: Lookup, indicator: str) -> Table | None:
    """The same change by methods that decide nothing (decision 4)."""
    lines = []
    for row in look.others(indicator):
        if row.unit in CHANGE_UNIT:
            words = ", ".join([ESTIMAND.get(row.estimand, row.estimand), *named_method(row.method)])
            lines.append(TableRow((Cell(words), Cell(CHANGE_UNIT[row.unit]), cells.estimate(row))))
    columns = (
        Column("Đại lượng, phương pháp, khoảng tin cậy", width=3.5),
        Column("Đơn vị"),
        Column("Kết quả (KTC 95%)", "estimate", width=1.6),
    )
    caption = f"Thay đổi tính theo phương pháp khác, năm {look.wave} so với năm {look.base} (không dùng để kết luận)"
    return Table("other", caption, columns, tuple(lines), "", source(look)) if lines else None
