"""The tables of the survey protocol: sample, power, questionnaire, breakdowns, calendar, budget, decision, gaps.

Imports cells, numbers, document, lookup and protocol_words.  A figure that nobody gave is `...`, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from analysis.results import Results, Row

from . import cells, numbers
from .document import Cell, Column, Table, TableRow
from .lookup import vi, why

EVERYBODY = "Toàn tỉnh"
CLAIM = re.compile(r"mdc_(prove|points)(\d+(?:\.\d+)?)")
AT = re.compile(r"power_prove(\d+(?:\.\d+)?)_at(\d+(?:\.\d+)?)")
SIZES = (("psus", "Địa bàn"), ("households", "Hộ chính thức"), ("reserves", "Hộ dự phòng"), ("interviews", "Người dự kiến"))
FRAMED = (("frame_psus", "Địa bàn"), ("frame_households", "Hộ"))
ICC_NOTE = "Số trong ngoặc đơn: khi mức giống nhau của người cùng địa bàn (ICC) ở mức thấp và mức cao của giả định."
RISE_NOTE = "Mức tăng thật so với kỳ gốc để đủ khả năng kết luận như vậy; tính trước khi có số liệu, theo các giả định đã nêu."


@dataclass(frozen=True)
class Read:
    """One protocol's results and how its tables find rows."""

    results: Results

    @property
    def protocol(self) -> Mapping[str, Any]:
        """texts["protocol"]."""
        found: Mapping[str, Any] = self.results.texts["protocol"]
        return found

    @property
    def wave(self) -> int:
        """The wave that the protocol is about."""
        return int(self.protocol["wave"])

    @cached_property
    def _counts(self) -> Mapping[tuple[Any, ...], Row]:
        return {(r.indicator, r.wave, r.domain, r.method): r for r in self.results.rows if r.kind == "count"}

    @cached_property
    def _power(self) -> Mapping[tuple[Any, ...], Row]:
        rows = [r for r in self.results.rows if r.kind == "power" and r.method == "closed"]
        return {(r.indicator, r.domain, r.estimand, r.category): r for r in rows}

    def count(self, indicator: str, wave: int, stratum: str | None = None, method: str = "planned") -> Row | None:
        """A count of the sample."""
        return self._counts.get((indicator, wave, (("stratum", stratum),) if stratum else (), method))

    def power(self, outcome: str, estimand: str, domain: tuple[tuple[str, str], ...] = (), icc: str = "mid") -> Row | None:
        """A row of power in closed form."""
        return self._power.get((outcome, domain, estimand, icc))

    @property
    def outcomes(self) -> tuple[Mapping[str, Any], ...]:
        """The outcomes with their assumptions."""
        return tuple(self.protocol["assumptions"]["outcomes"])

    @property
    def subjects(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """(label, domain): everybody, then every group with its own power."""
        groups = self.protocol["assumptions"]["groups"]
        return ((EVERYBODY, ()), *((vi(g["label"]), ((g["domain"], g["code"]),)) for g in groups))

    def levels(self, word: str) -> tuple[str, ...]:
        """Levels that the rows prove: `10`, `15` for word `prove` or `points`."""
        found = {m[2] for r in self.results.rows if (m := CLAIM.fullmatch(r.estimand)) and m[1] == word}
        return tuple(sorted(found, key=float))


def _count(row: Row | None) -> Cell:
    return cells.count(row.estimate, row.key) if row is not None else Cell(numbers.NO_FIGURE, mark="none")


def sizes(read: Read) -> Table:
    """What every wave takes."""
    waves = (read.wave, *read.protocol["later"])
    rows = [TableRow((Cell(f"Năm {w}"), *(_count(read.count(name, w)) for name, _ in SIZES))) for w in waves]
    columns = (Column("Kỳ", width=1.2), *(Column(label, "count") for _, label in SIZES))
    return Table("sizes", "Cỡ mẫu của các kỳ", columns, tuple(rows), "địa bàn, hộ, người", notes=(EXPECTED,))


EXPECTED = "Người dự kiến: số hộ chính thức nhân tỷ lệ trả lời giả định; không tính hộ dự phòng."


def strata(read: Read) -> Table | None:
    """Frame and sample by stratum; None while there is no frame."""
    codes: Sequence[str] = read.protocol["strata"]
    if not codes:
        return None
    how = "drawn" if read.protocol["drawn"] else "allocated"
    framed = [(name, label) for name, label in FRAMED if read.count(name, read.wave, codes[0], "frame")]
    known = [(name, label) for name, label in SIZES if read.count(name, read.wave, codes[0], how)]

    def line(label: str, code: str | None) -> TableRow:
        frame = [_count(read.count(name, read.wave, code, "frame")) for name, _ in framed]
        return TableRow((Cell(label), *frame, *(_count(read.count(name, read.wave, code, how)) for name, _ in known)))

    columns = [Column("Tầng", width=1.8)]
    columns += [Column(label, "count", "Trong khung") for _, label in framed]
    columns += [Column(label, "count", "Mẫu đã chọn" if how == "drawn" else "Mẫu phân bổ") for _, label in known]
    rows = (*(line(code, code) for code in codes), line("Cộng", None))
    caption = f"Mẫu theo tầng, kỳ năm {read.wave}"
    return Table("strata", caption, tuple(columns), rows, "địa bàn, hộ, người", notes=(EXPECTED,))


# ---- what the sample can prove -------------------------------------------------------------------------------------


def power(read: Read) -> Table | None:
    """The smallest true rise that is proven, by outcome and group; None without rows of power."""
    claims = [("mdc_detect", "Có tăng (%)")]
    claims += [(f"mdc_prove{x}", f"Tăng từ {_level(x)}% (%)") for x in read.levels("prove")]
    claims += [(f"mdc_points{x}", f"Tăng từ {_level(x)} điểm (điểm)") for x in read.levels("points")[:1]]
    rows: list[TableRow] = []
    missing: list[tuple[str, Row]] = []
    for outcome in read.outcomes:
        found = [
            (label, [read.power(outcome["id"], claim, domain) for claim, _ in claims], domain) for label, domain in read.subjects
        ]
        if not any(any(r) for _, r, _ in found):
            continue
        rows.append(cells.group_row(vi(outcome["label"])))
        for label, kept, domain in found:
            line = [_rise(read, r, domain) for r in kept]
            people = next((r for r in kept if r is not None), None)
            rows.append(TableRow((Cell(label), cells.count(people.n, people.key) if people else Cell(numbers.NO_FIGURE), *line)))
            missing += [(label, r) for r in kept if r is not None and r.estimate is None]
    if not rows:
        return None
    columns = (
        Column("Nhóm", width=1.9), Column("Số người mỗi kỳ", "count", width=0.9),
        *(Column(label, "estimate", "Mức tăng thật nhỏ nhất để kết luận", 1.15) for _, label in claims),
    )  # fmt: skip
    notes = (RISE_NOTE, ICC_NOTE, *_reasons(missing))
    return Table("power", "Mẫu dự kiến chứng minh được mức tăng nào", columns, tuple(rows), notes=notes)


def _rise(read: Read, row: Row | None, domain: tuple[tuple[str, str], ...]) -> Cell:
    if row is None or row.estimate is None:
        return Cell(numbers.NO_FIGURE, key=row.key if row else "", mark="none")
    ends = [read.power(row.indicator, row.estimand, domain, icc) for icc in ("low", "high")]
    limits = [r.estimate for r in ends if r is not None]
    low, high = limits if len(limits) == 2 else (None, None)
    below = (
        f"{numbers.number(low)} - {numbers.number(high) if high is not None else numbers.NO_FIGURE}" if low is not None else ""
    )
    return Cell(numbers.number(row.estimate), below, row.estimate, key=row.key)


def _reasons(missing: Sequence[tuple[str, Row]]) -> tuple[str, ...]:
    """Why a cell shows `...`, one line a reason."""
    found: dict[str, list[str]] = {}
    for label, row in missing:
        found.setdefault(why(row), []).append(label)
    return tuple(
        f"«{numbers.NO_FIGURE}» {'; '.join(dict.fromkeys(names))}: {reason}." for reason, names in found.items() if reason
    )


def chances(read: Read) -> Table | None:
    """The chance of the word «đạt» for everybody, by the true rise; None without such rows."""
    lowest = read.levels("prove")[:1]
    found = {m[2] for r in read.results.rows if (m := AT.fullmatch(r.estimand)) and m[1] in lowest}
    rises = sorted(found, key=float)
    lines = []
    for outcome in read.outcomes:
        kept = [read.power(outcome["id"], f"power_prove{lowest[0]}_at{x}") for x in rises] if lowest else []
        if any(kept):
            lines.append(TableRow((Cell(vi(outcome["label"])), *(_chance(r) for r in kept))))
    if not lines:
        return None
    group = "Nếu thực tế tăng"
    columns = (Column("Chỉ số", width=2.2), *(Column(f"{_level(x)}%", "count", group) for x in rises))
    caption = f"Khả năng báo cáo kết luận đạt mức tăng từ {_level(lowest[0])}%, toàn tỉnh"
    return Table("chances", caption, columns, tuple(lines), "%")


def _chance(row: Row | None) -> Cell:
    if row is None or row.estimate is None:
        return Cell(numbers.NO_FIGURE, key=row.key if row else "", mark="none")
    return cells.figure(row.estimate, row.key)


def _level(text: str) -> str:
    return numbers.shortest(float(text))


def ways(read: Read) -> Table:
    """All four ways to compute target II.3, and what the planned sample proves under each."""
    rows = []
    for i, way in enumerate(read.protocol["decision"]["ways"]):
        word = "prove" if way["reading"] == "relative" else "points"
        row = read.power(way["outcome"], f"mdc_{word}{way['level']:g}")
        unit = numbers.SUFFIX[way["unit"]]
        level = f"từ {numbers.shortest(way['level'])}{unit}"
        proven = Cell(numbers.NO_FIGURE, key=row.key if row else "", mark="none")
        if row is not None and row.estimate is not None:
            proven = Cell(f"{numbers.number(row.estimate)}{unit}", value=row.estimate, key=row.key)
        path = f"texts/protocol/decision/ways/{i}"
        rows.append(
            TableRow(
                (
                    Cell(vi(way["label"])), Cell(vi(way["reading_label"])), Cell(level, key=f"{path}/level"), proven,
                    Cell("x" if way["chosen"] else ""),
                )
            )
        )  # fmt: skip
    columns = (
        Column("Chỉ số", width=1.7), Column("Cách hiểu mức tăng", width=1.5), Column("Mức phải đạt", width=1),
        Column("Mức tăng thật nhỏ nhất mà mẫu chứng minh được", "count", width=1.4), Column("Dự thảo chọn", "count", width=0.7),
    )  # fmt: skip
    return Table(
        "ways", "Bốn cách tính mục tiêu II.3 và điều mẫu dự kiến chứng minh được", columns, tuple(rows), notes=(RISE_NOTE,)
    )


def assumptions(read: Read) -> Table | None:
    """Every assumption of the study with its source; None without a study."""
    found = read.results.texts.get("power", {}).get("assumptions", ())
    rows = [
        TableRow((Cell(vi(a["what"])), Cell(str(a["value"]), key=f"texts/power/assumptions/{i}/value"), Cell(vi(a["source"]))))
        for i, a in enumerate(found)
    ]
    columns = (Column("Giả định", width=1.6), Column("Giá trị", width=1.6), Column("Nguồn", width=1.6))
    note = "Giả định, không phải số đo."
    return Table("assumed", "Các giả định khi tính cỡ mẫu", columns, tuple(rows), notes=(note,)) if rows else None


def told(read: Read, name: str) -> Table | None:
    """A table of the study as it stands in the texts, by its id; None when there is none."""
    every = read.results.texts.get("power", {}).get("tables", ())
    at = next((i for i, t in enumerate(every) if t["id"] == name), None)
    if at is None:
        return None
    found, path = every[at], f"texts/power/tables/{at}/rows"
    rows = tuple(
        TableRow(tuple(Cell(vi(cell), key=f"{path}/{i}/{k}" if k else "") for k, cell in enumerate(line)))
        for i, line in enumerate(found["rows"])
    )
    head = [_headed(read, vi(label), first=k == 0) for k, label in enumerate(found["head"])]
    note = vi(found["note"]).strip()
    return Table(f"study_{name}", vi(found["title"]), tuple(head), rows, notes=(note,) if note else ())


def _headed(read: Read, label: str, *, first: bool) -> Column:
    """A column of the study's table; «outcome: what» stands as «what» under the outcome."""
    for outcome in read.outcomes:
        name = vi(outcome["label"])
        if label.startswith(f"{name}: "):
            return Column(label.removeprefix(f"{name}: ").capitalize(), "count", name)
    return Column(label, "text" if first else "count", width=1.3 if first else 1.0)


# ---- work, money, gaps ---------------------------------------------------------------------------------------------


def modules(read: Read) -> Table:
    """The parts of the form."""
    rows = [
        TableRow(
            (
                Cell(vi(m["label"])), cells.count(m["questions"], f"texts/protocol/modules/{i}/questions"),
                Cell("chỉ hỏi riêng, người trưởng thành" if m["private"] else ""),
            )
        )
        for i, m in enumerate(read.protocol["modules"])
        if m["questions"]
    ]  # fmt: skip
    columns = (Column("Phần", width=2.4), Column("Số câu hỏi, mục ghi", "count"), Column("Cách hỏi", width=1.6))
    note = "Không kể lời dẫn và mục máy tự ghi."
    return Table("modules", "Nội dung phiếu khảo sát", columns, tuple(rows), "câu", notes=(note,))


def domains(read: Read) -> Table:
    """The breakdowns of the results."""
    rows = [
        TableRow(
            (
                Cell(vi(d["label"])), Cell("; ".join(vi(c) for c in d["codes"])),
                Cell("chưa dùng được: khung chưa có số liệu" if d["open"] else ""),
            )
        )
        for d in read.protocol["domains"]
    ]  # fmt: skip
    columns = (Column("Phân tổ", width=1.5), Column("Các nhóm", width=2.4), Column("Ghi chú", width=1.1))
    note = "Phân tổ theo các nhóm mà Kế hoạch nêu; chỉ công bố nhóm có đủ quan sát."
    return Table("domains", "Các phân tổ của kết quả", columns, tuple(rows), notes=(note,))


def calendar(read: Read) -> Table:
    """The steps in order; a step without a date is a gap."""
    rows = []
    for i, step in enumerate(read.protocol["calendar"]):
        path = f"texts/protocol/calendar/{i}/when"
        when = (
            Cell(numbers.short_date(step["when"]), key=path) if step["when"] else Cell(numbers.NO_FIGURE, key=path, mark="none")
        )
        rows.append(TableRow((Cell(str(i + 1)), Cell(vi(step["label"])), when)))
    columns = (Column("TT", "count", width=0.3), Column("Bước", width=3), Column("Thời gian", width=1.2))
    return Table("calendar", "Kế hoạch tiến hành", columns, tuple(rows))


def budget(read: Read) -> Table:
    """Lines of the budget; quantities that the sample gives, prices that people give; a total only when all are known."""
    about = read.protocol["budget"]
    rows = []
    for i, line in enumerate(about["lines"]):
        path = f"texts/protocol/budget/lines/{i}"
        figures = [_money(line[name], f"{path}/{name}") for name in ("quantity", "price", "amount")]
        rows.append(TableRow((Cell(str(i + 1)), Cell(vi(line["label"])), Cell(vi(line["unit"])), *figures)))
    total = _money(about["total"], "texts/protocol/budget/total")
    rows.append(TableRow((Cell(""), Cell("Tổng cộng"), Cell(""), Cell(""), Cell(""), total)))
    columns = (
        Column("TT", "count", width=0.35), Column("Nội dung", width=2.6), Column("Đơn vị", width=0.8),
        Column("Số lượng", "count", width=0.8), Column("Đơn giá", "count", width=0.9), Column("Thành tiền", "count", width=1.1),
    )  # fmt: skip
    unit = "đồng" if about["currency"] == "VND" else str(about["currency"])
    return Table("budget", "Dự toán kinh phí", columns, tuple(rows), unit)


def _money(number: float | None, path: str) -> Cell:
    if number is None:
        return Cell(numbers.NO_FIGURE, key=path, mark="none")
    return Cell(numbers.shortest(number), value=number, decimals=0, key=path)


def gaps(read: Read) -> Table | None:
    """What is still open, where it is written and who can fill it; None when nothing is."""
    rows = [
        TableRow((Cell(str(i)), Cell(vi(g["what"])), Cell(g["where"]), Cell(vi(g["who"]))))
        for i, g in enumerate(read.protocol["gaps"], 1)
    ]
    columns = (
        Column("TT", "count", width=0.35), Column("Nội dung còn để trống", width=2), Column("Nơi ghi", width=1.8),
        Column("Ai điền", width=1.5),
    )  # fmt: skip
    note = "Nơi ghi: tệp và trường cần điền; điền xong thì lập lại phương án."
    return Table("gaps", "Những nội dung còn để trống", columns, tuple(rows), notes=(note,)) if rows else None
