"""From an XLSForm, an export and an analysis plan to files: tables in Excel and CSV, results.json, the codebook.

Imports plan, data, tabled, results, written and (inside) xlsxwriter.  The data file holds codes only and lies in restricted/.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from forms import Codebook
from forms.foreign import foreign_codebook
from forms.formulas import row as tamed

from ..csvtable import table_bytes
from ..results import Results, Row
from ..written import code_digest, writable, write
from .data import Data, read_data
from .plan import TablePlan, read_plan
from .tabled import Tabled, tabulate

_HEAD = ("Câu hỏi", "Trả lời", "Nhóm", "Ước lượng", "Từ (95%)", "Đến (95%)", "Số người trả lời", "Không trả lời", "Ghi chú")
_COLUMNS = (
    "table", "question", "code", "by", "group", "estimate", "se", "lower", "upper", "df", "n", "missing", "unit", "status",
    "publish", "reason",
)  # fmt: skip


def tabulate_files(form: Path, export: Path, plan: Path, out: Path) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """(what a person should know, files written).  All files or none."""
    writable(out)
    book = foreign_codebook(form)
    wanted = read_plan(plan, book)
    data = read_data(export, book, wanted)
    made = tabulate(data, book, wanted)
    rows = tuple({r.key: r for t in made for r in t.rows}.values())
    digests = {"questionnaire": book.digest, "code": code_digest()}
    texts = {"foreign": {"title": wanted.title, "form": book.form_id, "tables": [t.table.id for t in made]}}
    results = Results(practice=False, digests=digests, rows=rows, texts=texts)
    files = {
        "tables.xlsx": _workbook(made, book, wanted, data), "tables.csv": _csv(made), "results.json": results.json_bytes(),
        "codebook.csv": _codebook(book, data), "restricted/data.csv": _data(data),
    }  # fmt: skip
    return tuple(_told(data, made)), write(out, files)


def _told(data: Data, made: Sequence[Tabled]) -> list[str]:
    lines = [f"phiếu / submissions: {len(data.people)}; bảng / tables: {len(made)}", *data.notes]
    if data.absent:
        lines.append(f"câu không có cột / questions without a column: {len(data.absent)} ({', '.join(data.absent[:5])} …)")
    if data.unknown:
        lines.append(f"cột không thuộc biểu mẫu, bỏ qua / columns not of the form, left out: {len(data.unknown)}")
    closed = [r for t in made for r in t.rows if r.status == "not_estimable"]
    lines += [f"không ước lượng được / not estimable: {len(closed)}"] if closed else []
    return lines


def _missing(r: Row) -> int:
    return sum(n for kind, n in r.n_missing.items() if kind != "not_asked")


def _csv(made: Sequence[Tabled]) -> bytes:
    def line(t: Tabled, r: Row) -> dict[str, object]:
        by, group = r.domain[0] if r.domain else ("", "")
        shown = r.publish != "hide"
        numbers = {k: getattr(r, k) if shown else None for k in ("estimate", "se", "lower", "upper")}
        return {
            "table": t.table.id, "question": r.indicator, "code": r.category, "by": by, "group": group, **numbers, "df": r.df,
            "n": r.n, "missing": _missing(r), "unit": r.unit, "status": r.status, "publish": r.publish, "reason": r.reason,
        }  # fmt: skip

    return table_bytes(_COLUMNS, [line(t, r) for t in made for r in t.rows])


def _codebook(book: Codebook, data: Data) -> bytes:
    columns = ("name", "path", "type", "label", "codes", "repeat", "in_data")
    have = {c.partition("/")[0] for c in data.people.columns}
    return table_bytes(columns, [
        {
            "name": v.name, "path": v.path, "type": v.type, "label": v.label.vi, "repeat": v.repeat,
            "in_data": int(v.name in have),
            "codes": "; ".join(f"{c.code} = {c.label.vi}" for c in v.choices),
        }
        for v in book.variables
    ])  # fmt: skip


def _data(data: Data) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(tamed(data.people.columns))
    for row in data.people.itertuples(index=False):
        writer.writerow(tamed(_text(x) for x in row))
    return out.getvalue().encode()


def _text(value: object) -> object:
    if isinstance(value, float):
        return "" if math.isnan(value) else format(value, ".12g")
    return "" if value is None else value


def _workbook(made: Sequence[Tabled], book: Codebook, plan: TablePlan, data: Data) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    file: Any = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    file.set_properties({"title": plan.title, "created": datetime(2026, 1, 1)})  # noqa: DTZ001  fixed
    bold, head = (
        file.add_format({"bold": True, "font_size": 13}),
        file.add_format({"bold": True, "border": 1, "bg_color": "#D9D9D9"}),
    )
    page = file.add_worksheet("Phương pháp")
    for n, line in enumerate(_method(plan, data)):
        page.write_string(n, 0, line, bold if n == 0 else None)
    page.set_column(0, 0, 120)
    labels = {v.name: v for v in book.variables}
    for number, t in enumerate(made, 1):
        sheet = file.add_worksheet(f"Bảng {number}")
        sheet.write_string(0, 0, t.table.title, bold)
        for column, name in enumerate(_HEAD):
            sheet.write_string(2, column, name, head)
        for n, r in enumerate(t.rows, 3):
            _line(file, sheet, n, r, labels)
        sheet.set_column(0, 2, 32)
        sheet.set_column(3, 8, 14)
        sheet.freeze_panes(3, 0)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
    file.close()
    return out.getvalue()


def _line(file: Any, sheet: Any, n: int, r: Row, labels: dict[str, Any]) -> None:
    plain, number = file.add_format({"border": 1, "text_wrap": True}), file.add_format({"border": 1, "num_format": "0.0"})
    asked = labels[r.indicator]
    by = r.domain[0] if r.domain else None
    words = {c.code: c.label.vi for c in asked.choices}
    group = "Chung" if by is None else {c.code: c.label.vi for c in labels[by[0]].choices}.get(by[1], by[1])
    for column, text in enumerate((asked.label.vi, words.get(r.category, r.category), group)):
        sheet.write_string(n, column, text, plain)
    for column, value in enumerate((r.estimate, r.lower, r.upper), 3):
        if value is None or r.publish == "hide":
            sheet.write_string(n, column, "(*)" if r.publish == "hide" else "...", plain)
        else:
            sheet.write_number(n, column, value, number)
    sheet.write_number(n, 6, r.n, plain)
    sheet.write_number(n, 7, _missing(r), plain)
    sheet.write_string(n, 8, (r.reason or r.rule).partition(" | ")[0], plain)


def _method(plan: TablePlan, data: Data) -> list[str]:
    weight = f"quyền số: {plan.weight}" if plan.weight else "không có quyền số: kết quả chỉ nói về những người đã trả lời"
    strata, psu = plan.strata or "không có", plan.psu or "không có: coi mỗi phiếu là một đơn vị mẫu"
    return [
        plan.title, f"Số phiếu: {len(data.people)}; {weight}; tầng: {strata}; đơn vị mẫu bậc một: {psu}.",
        f"Tầng chỉ còn một đơn vị mẫu: {plan.lonely}. Khoảng tin cậy 95% theo thiết kế mẫu.",
        "(*) không công bố do ít quan sát; ... không có số liệu; dưới 50 người trả lời: đọc thận trọng.", *data.notes,
    ]  # fmt: skip
