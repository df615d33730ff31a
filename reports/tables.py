"""The tables of the survey report, each built from rows of results by way of cells.

Imports lookup, cells, numbers, tongue, document.  Never prints a number whose row says it is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from analysis.results import Row

from . import cells, numbers
from .document import Cell, Column, Table, TableRow
from .lookup import Group, Lookup
from .tongue import VI, Tongue

EXPOSURE = ("exposed2_any", "exposed2_face", "recalled", "heard_month", "joined_month")
UNIT = {"percent": "%", "point": "điểm", "count": "người", "ratio": "lần", "minute": "phút"}
UNIT_EN = {"percent": "%", "point": "points", "count": "people", "ratio": "times", "minute": "minutes"}
CHANGE_UNIT = {"percent": "%", "point": "điểm", "percentage_point": "điểm phần trăm"}
CHANGE_UNIT_EN = {"percent": "%", "point": "points", "percentage_point": "percentage points"}
SHARES_OF_KNOWN = "Tỷ lệ tính trong số người có thông tin của từng phân tổ."
SHARES_OF_KNOWN_EN = "Shares are of the people whose group is known."
SMALLEST = 5  # a count of 1 to 4 people is not printed (analysis/publish.py, rule count<5)
RESPONSE = (
    ("drawn", "Số hộ được chọn vào mẫu", "Households drawn"),
    ("main", "Trong đó: hộ chính thức", "Of these: main households"),
    ("reserve", "Trong đó: hộ dự phòng", "Of these: reserve households"),
    ("interviewed", "Số người đã phỏng vấn xong", "People interviewed"),
    ("no_consent", "Không đồng ý tham gia", "Did not consent"),
    ("not_interviewed", "Không phỏng vấn được", "Could not be interviewed"),
    ("reserve_used", "Số hộ dự phòng đã dùng thay thế", "Reserve households used as replacements"),
    ("rejected", "Số phiếu bị loại khi kiểm tra", "Interviews rejected by the checks"),
)

ESTIMAND = {
    "diff": ("Chênh lệch", "Difference"),
    "rel": ("Thay đổi tương đối", "Relative change"),
    "log_ratio": ("Thay đổi tương đối", "Relative change"),
}
METHOD = {
    "log": ("khoảng tin cậy qua logarit", "interval by way of the logarithm"),
    "delta": ("khoảng tin cậy theo phương pháp delta", "interval by the delta method"),
    "standardised": ("giữ cơ cấu dân số của năm gốc", "composition of the base year"),
    "simultaneous": ("khoảng tin cậy đồng thời", "simultaneous interval"),
    "stacked": ("ghép hai kỳ vào một mẫu", "both waves as one sample"),
    "independent": ("coi hai kỳ là độc lập", "waves taken as independent"),
    "unbiased": ("hiệp phương sai không chệch", "unbiased covariance"),
    "comparison": ("điểm so sánh giữa hai kỳ", "comparison score"),
    "without reserves": ("không dùng hộ dự phòng", "without reserve households"),
}


def unit_of(row: Row, tongue: Tongue = VI) -> str:
    """The unit of a level in words: `điểm`, `points`."""
    return tongue.say(UNIT[row.unit], UNIT_EN[row.unit])


def change_unit(row: Row, tongue: Tongue = VI) -> str:
    """The unit of a change in words: a share's difference is in percentage points (decision 7)."""
    return tongue.say(CHANGE_UNIT[row.unit], CHANGE_UNIT_EN[row.unit])


def year(look: Lookup, wave: int) -> str:
    """`Năm 2026` or `2026` over the columns of a wave."""
    return look.tongue.say(f"Năm {wave}", str(wave))


def against(look: Lookup) -> str:
    """`năm 2030 so với năm 2026`, as it stands in captions."""
    return look.tongue.say(f"năm {look.wave} so với năm {look.base}", f"{look.wave} against {look.base}")


def everybody(look: Lookup) -> str:
    """The line of all respondents."""
    return look.tongue.say("Chung", "All")


def named_method(method: str, tongue: Tongue = VI) -> list[str]:
    """The words for a method's parts; the headline method itself needs none."""
    parts = [p.strip() for p in method.split(",")]
    return [tongue.say(*METHOD.get(p, (p, p))) for p in parts if p and p != "wave_centred"]


def source(look: Lookup) -> str:
    """The source line of every table and figure."""
    say = look.tongue.say
    years = say(" và ", " and ").join(str(w) for w in look.waves)
    made_up = say(" (số liệu giả lập)", " (simulated data)") if look.results.practice else ""
    return say(
        f"Nguồn: Khảo sát nhận thức về bình đẳng giới {province(look)}, năm {years}{made_up}.",
        f"Source: Survey of awareness of gender equality, {province(look)}, {years}{made_up}.",
    )


def province(look: Lookup) -> str:
    """`tỉnh Quảng Ngãi`, `Quảng Ngãi province`."""
    name = look.tongue.label(look.texts.get("province", {}).get("name", ""))
    if look.tongue.code == "en":
        return name if name.lower().endswith(("province", "city")) else f"{name} province".strip()
    return name if name.lower().startswith(("tỉnh", "thành phố")) else f"tỉnh {name}".strip()


def response(look: Lookup) -> Table | None:
    """Households drawn, interviewed and lost, wave by wave."""
    waves = [w for w in look.waves if look.texts.get("waves", {}).get(str(w), {}).get("response")]
    if not waves:
        return None
    found, tongue = {w: look.texts["waves"][str(w)]["response"] for w in waves}, look.tongue
    rows = [
        TableRow(
            (
                Cell(tongue.say(*label)),
                *(cells.count(found[w].get(name), f"texts/waves/{w}/response/{name}", tongue) for w in waves),
            )
        )
        for name, *label in RESPONSE
        if any(name in found[w] for w in waves)
    ]
    columns = (Column(tongue.say("Chỉ tiêu", "Item"), width=3), *(Column(year(look, w), "count") for w in waves))
    caption = f"{tongue.say('Cỡ mẫu và kết quả tiếp cận', 'Sample and outcome of the visits')}, {look.period}"
    return Table("response", caption, columns, tuple(rows), tongue.say("hộ, người", "households, people"), source(look))


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
    say = look.tongue.say
    columns = [Column(say("Nhóm", "Group"), width=3)]
    for w in waves:
        columns.append(Column(say("Số người", "People"), "count", year(look, w)))
        columns.append(Column(say("Tỷ lệ có quyền số (%)", "Weighted share (%)"), "count", year(look, w)))
    caption, note = f"{say('Đặc điểm người trả lời', 'Who answered')}, {look.period}", say(SHARES_OF_KNOWN, SHARES_OF_KNOWN_EN)
    return Table("profile", caption, tuple(columns), tuple(rows), say("người, %", "people, %"), source(look), (note,))


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
        line.append(cells.count(about.get("n"), f"{path}/n", look.tongue))
        line.append(cells.figure(about.get("percent_weighted"), f"{path}/percent_weighted", tongue=look.tongue))
    return TableRow(tuple(line)) if seen else None


def indicators(look: Lookup, anchor: str, caption: str, names: Iterable[str]) -> Table | None:
    """One line an indicator or a question, each wave with its respondents and estimate; all of one unit."""
    names = tuple(names)
    found = [(n, [look.level(n, w) for w in look.waves]) for n in names]
    found = [(n, rows) for n, rows in found if any(rows)]
    if not found:
        return None
    tongue = look.tongue
    unit = unit_of(next(r for _, rows in found for r in rows if r is not None), tongue)
    lines = [TableRow((Cell(look.indicator(n)), *_pairs(rows, tongue))) for n, rows in found]
    named = ((look.indicator(n), r) for n, rows in found for r in rows)
    why = cells.reasons(named, several=look.base is not None, tongue=tongue)
    questions = all(n.startswith("item_") for n, _ in found)
    first = tongue.say("Câu hỏi", "Question") if questions else tongue.say("Chỉ số", "Indicator")
    title = f"{caption}, {look.period}"
    return Table(anchor, title, _by_wave(look, first, unit), tuple(lines), unit, source(look), why)


def _by_wave(look: Lookup, first: str, unit: str) -> tuple[Column, ...]:
    columns = [Column(first, width=2.8)]
    for w in look.waves:
        columns.append(Column(look.tongue.say("Số người", "People"), "count", year(look, w), 0.9))
        columns.append(Column(_headed(unit, look.tongue), "estimate", year(look, w), 1.6))
    return tuple(columns)


def _headed(unit: str, tongue: Tongue) -> str:
    return f"{unit[:1].upper()}{unit[1:]} ({tongue.say('KTC 95%', '95% CI')})"


def _pairs(rows: Iterable[Row | None], tongue: Tongue) -> list[Cell]:
    return [cell for r in rows for cell in (cells.people(r, tongue), cells.estimate(r, tongue))]


def by_group(look: Lookup, anchor: str, caption: str, indicator: str) -> Table | None:
    """The level of an indicator for everybody and by group, each wave."""
    whole, tongue = [look.level(indicator, w) for w in look.waves], look.tongue
    if not any(whole):
        return None
    unit = unit_of(next(r for r in whole if r is not None), tongue)
    lines = [TableRow((Cell(everybody(look)), *_pairs(whole, tongue)))]
    named: list[tuple[str, Row | None]] = [(everybody(look), r) for r in whole]
    for heading, members in groupby(look.groups, key=lambda g: g.heading):
        block = [(g, [look.level(indicator, w, g.domain) for w in look.waves]) for g in members]
        block = [(g, rows) for g, rows in block if any(rows)]
        if block:
            lines += [cells.group_row(heading), *(TableRow((Cell(g.label), *_pairs(rows, tongue))) for g, rows in block)]
            named += [(g.label, r) for g, rows in block for r in rows]
    columns = _by_wave(look, tongue.say("Nhóm", "Group"), unit)
    why = cells.reasons(named, several=look.base is not None, tongue=tongue)
    return Table(anchor, f"{caption}, {look.period}", columns, tuple(lines), unit, source(look), why)


def changes(look: Lookup, anchor: str, caption: str, names: Iterable[str]) -> Table | None:
    """Both levels, the difference and the relative change, one line an indicator."""
    rows = [(look.indicator(n), n, ()) for n in names if look.change(n, "diff") is not None]
    first = look.tongue.say("Chỉ số", "Indicator")
    return _changes(look, anchor, caption, first, [("", [(label, n, ())]) for label, n, _ in rows])


def changes_by_group(look: Lookup, anchor: str, caption: str, indicator: str) -> Table | None:
    """The change of an indicator for everybody and by group, with the verdict's words once the target is signed."""
    blocks: list[tuple[str, list[tuple[str, str, tuple[tuple[str, str], ...]]]]] = [("", [(everybody(look), indicator, ())])]
    for heading, members in groupby(look.groups, key=lambda g: g.heading):
        block = [(g.label, indicator, g.domain) for g in members if look.change(indicator, "diff", g.domain) is not None]
        if block:
            blocks.append((heading, block))
    return _changes(look, anchor, caption, look.tongue.say("Nhóm", "Group"), blocks)


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
            lines.append(TableRow((Cell(label), *_change_cells(levels, moved, look.tongue))))
            named += [(label, r) for r in (*levels, *moved)]
            units += [r.unit for r in moved[:1] if r is not None]
    if not units:
        return None
    columns = _changed_columns(look, first, base, units[0])
    why = cells.reasons(named, several=True, tongue=look.tongue)
    return Table(anchor, caption, columns, tuple(lines), "", source(look), why)


def _changed_columns(look: Lookup, first: str, base: int, unit: str) -> tuple[Column, ...]:
    """unit: of the difference, which settles the unit of the levels (decision 7)."""
    say = look.tongue.say
    level, gap = ("%", say("điểm phần trăm", "percentage points")) if unit == "percentage_point" else (say("điểm", "points"),) * 2
    compared, people = say(f"Năm {look.wave} so với năm {base}", f"{look.wave} against {base}"), say("Số người", "People")
    columns = [Column(first, width=2.0)]
    for w in (base, look.wave):
        columns.append(Column(people, "count", year(look, w), 0.75))
        columns.append(Column(_headed(level, look.tongue), "estimate", year(look, w), 1.3))
    columns.append(Column(say(f"Chênh lệch ({gap}, KTC 95%)", f"Difference ({gap}, 95% CI)"), "estimate", compared, 1.6))
    columns.append(Column(say("Thay đổi tương đối (%, KTC 95%)", "Relative change (%, 95% CI)"), "estimate", compared, 1.6))
    return tuple(columns)


def _change_cells(levels: Sequence[Row | None], moved: Sequence[Row | None], tongue: Tongue) -> list[Cell]:
    """A hidden level hides the change too: the other wave would give it away."""
    if any(r is not None and r.publish == "hide" for r in (*levels, *moved)):
        moved = [None if r is None else cells.hidden(r) for r in moved]
    return [*_pairs(levels, tongue), *(cells.estimate(r, tongue) for r in moved)]


def verdicts_by_group(look: Lookup, anchor: str, caption: str) -> Table | None:
    """Each group's own interval and the words that follow from it; only once the reading is signed."""
    lines, tongue = list[TableRow](), look.tongue
    for heading, members in groupby(look.groups, key=lambda g: g.heading):
        block = [(g, r) for g in members if (r := look.verdict(g.domain)) is not None]
        if block:
            lines.append(cells.group_row(heading))
            lines += [TableRow((Cell(g.label), cells.estimate(r, tongue), cells.state(r, tongue))) for g, r in block]
    if not lines or not look.signed:
        return None
    columns = (
        Column(tongue.say("Nhóm", "Group"), width=2.2),
        Column(tongue.say("Kết quả (KTC 95% riêng của nhóm)", "Result (the group's own 95% CI)"), "estimate", width=1.5),
        Column(tongue.say("Đánh giá", "Verdict"), width=3),
    )
    return Table(anchor, caption, columns, tuple(lines), "", source(look))


def four_results(look: Lookup) -> Table | None:
    """Target II.3 in all four readings: score or share, relative or absolute; no verdict."""
    lines, named, tongue = [], list[tuple[str, Row | None]](), look.tongue
    hows = (
        ("rel", tongue.say("thay đổi tương đối", "relative change")),
        ("diff", tongue.say("thay đổi tuyệt đối", "absolute change")),
    )
    for name in (look.compared("score"), look.compared(look.share_indicator)):
        for estimand, how in hows:
            row = look.change(name, estimand)
            if row is None:
                continue
            label = f"{look.indicator(name)}: {how} ({change_unit(row, tongue)})"
            lines.append(TableRow((Cell(label), cells.estimate(row, tongue))))
            named.append((label, row))
    if not lines:
        return None
    columns = (Column(tongue.say("Cách tính", "Reading"), width=3.5), Column(_result(tongue), "estimate", width=1.5))
    caption = tongue.say("Kết quả theo bốn cách tính mục tiêu II.3", "Target II.3 in its four readings")
    why = cells.reasons(named, tongue=tongue)
    return Table("readings", f"{caption}, {against(look)}", columns, tuple(lines), "", source(look), why)


def _result(tongue: Tongue) -> str:
    return tongue.say("Kết quả (KTC 95%)", "Result (95% CI)")


def switches(look: Lookup) -> Table | None:
    """The plan's ambiguities (A1, A2, ...) with the reading taken."""
    say, label = look.tongue.say, look.tongue.label
    lines = [
        TableRow(
            (
                Cell(s["id"]),
                Cell(label(s["point"])),
                Cell(label(s.get("choice_label")) or str(s["choice"])),
                Cell(label(s.get("note"))),
            )
        )
        for s in look.texts.get("switches", [])
    ]
    columns = (
        Column(say("Mã", "Code"), width=0.6),
        Column(say("Điểm chưa rõ", "What is unclear"), width=2),
        Column(say("Cách hiểu đã chọn", "Reading taken"), width=2.2),
        Column(say("Ghi chú", "Note"), width=3),
    )
    caption = say(
        "Các điểm chưa rõ của Kế hoạch và cách hiểu trong báo cáo này",
        "What the Plan leaves unclear, and the readings of this report",
    )
    return Table("switches", caption, columns, tuple(lines)) if lines else None


def weights(look: Lookup) -> Table | None:
    """The weights, wave by wave."""
    kept, say = look.texts.get("weights", {}), look.tongue.say
    waves = [w for w in look.waves if kept.get(str(w))]
    names = (
        ("n", say("Số người", "People"), 0),
        ("sum", say("Tổng quyền số", "Sum of the weights"), 0),
        ("cv", say("Hệ số biến thiên", "Coefficient of variation"), 2),
        ("deff_kish", say("Hệ số thiết kế do quyền số (Kish)", "Design effect of the weights (Kish)"), 2),
        ("min", say("Nhỏ nhất", "Smallest"), 1),
        ("max", say("Lớn nhất", "Largest"), 1),
    )
    if not waves:
        return None
    lines = [
        TableRow((Cell(label), *(cells.figure(kept[str(w)].get(n), f"texts/weights/{w}/{n}", d, look.tongue) for w in waves)))
        for n, label, d in names
    ]
    columns = (Column(say("Chỉ tiêu", "Item"), width=3), *(Column(year(look, w), "count") for w in waves))
    return Table("weights", f"{say('Quyền số', 'Weights')}, {look.period}", columns, tuple(lines), "", source(look))


def digests(look: Lookup) -> Table | None:
    """What the numbers were made from."""
    lines = [TableRow((Cell(name), Cell(value))) for name, value in sorted(look.results.digests.items())]
    say = look.tongue.say
    columns = (
        Column(say("Đầu vào", "Input"), width=1.25),
        Column(say("Mã kiểm tra toàn vẹn (SHA-256)", "Digest (SHA-256)"), width=4.4),
    )
    return (
        Table("digests", say("Mã kiểm tra toàn vẹn của đầu vào", "Digests of the inputs"), columns, tuple(lines))
        if lines
        else None
    )


def other_methods(look: Lookup, indicator: str) -> Table | None:
    """The same change by methods that decide nothing (decision 4)."""
    lines, tongue = [], look.tongue
    for row in look.others(indicator):
        if row.unit in CHANGE_UNIT:
            what = tongue.say(*ESTIMAND.get(row.estimand, (row.estimand,) * 2))
            words = ", ".join([what, *named_method(row.method, tongue)])
            lines.append(TableRow((Cell(words), Cell(change_unit(row, tongue)), cells.estimate(row, tongue))))
    columns = (
        Column(tongue.say("Đại lượng, phương pháp, khoảng tin cậy", "Quantity, method, interval"), width=3.5),
        Column(tongue.say("Đơn vị", "Unit")),
        Column(_result(tongue), "estimate", width=1.6),
    )
    said = tongue.say("Thay đổi tính theo phương pháp khác", "The change by other methods")
    caption = f"{said}, {against(look)} ({tongue.say('không dùng để kết luận', 'decide nothing')})"
    return Table("other", caption, columns, tuple(lines), "", source(look)) if lines else None
