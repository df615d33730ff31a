"""What `bdg analysis returns` leaves behind: returns.csv, not_reported.csv, files.csv, findings, and a screen of text.

Imports returned and noticed.  Text that a spreadsheet might compute is written with an apostrophe (csvtable).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from forms.codebook import Variable
from forms.folder import whole
from forms.submission import Submission

from ..csvtable import table_bytes
from .noticed import Noticed, as_csv, as_json
from .returned import Report, Returns, State, asked_of

RETURN_COLUMNS = ("unit_id", "kind", "form", "period", "record", "repeat", "line", "question", "type", "value", "why")
SILENT_COLUMNS = ("unit_id", "name", "kind", "parent", "obliged", "state", "files")
FILE_COLUMNS = ("file", "unit_id", "period", "state", "records", "red", "yellow")
_SHOWN = 6
_STATES: Mapping[State, str] = {
    "used": "dùng được / used",
    "left_out": "để lại / left out",
    "empty": "chưa điền / empty",
    "foreign": "khác / foreign",
}


def write_returns(found: Returns, out: Path) -> tuple[Path, ...]:
    """Write everything into a folder, or nothing."""
    noticed = found.noticed
    files = {
        "returns.csv": table_bytes(RETURN_COLUMNS, list(_answers(found))),
        "not_reported.csv": table_bytes(SILENT_COLUMNS, list(_silent(found))),
        "files.csv": table_bytes(FILE_COLUMNS, [_file(r) for r in found.reports]),
        "findings.csv": as_csv(noticed),
        "findings.json": as_json(noticed),
    }
    with whole(out) as work:
        for name, body in files.items():
            (work / name).write_bytes(body)
    return tuple(out / name for name in files)


def _answers(found: Returns) -> Iterator[dict[str, object]]:
    """A row an answer: every question that a template holds, of every record of every file that counts."""
    kept = {q.name for _, q in found.form.questions() if q.type not in ("start", "end", "today", "deviceid", "audit", "note")}
    variables = [v for v in found.book.variables if v.name in kept]
    at = iter(found.submissions)
    for report in found.used:
        unit = found.units[report.unit_id]
        for record in range(1, len(report.records) + 1):
            for row in _record(next(at), variables):
                head = {
                    "unit_id": unit.unit_id,
                    "kind": unit.kind,
                    "form": found.form.id,
                    "period": report.period,
                    "record": record,
                }
                yield {**head, **row}


def _record(one: Submission, variables: list[Variable]) -> Iterator[dict[str, object]]:
    outer = {v.name: one.answers.get(v.path) for v in variables if not v.repeat}
    yield from (_answer(v, one.answers, outer, "", "") for v in variables if not v.repeat)
    for repeat, lines in one.repeats.items():
        for number, line in enumerate(lines, start=1):
            seen = {**outer, **{v.name: line.get(v.path) for v in variables if v.repeat == repeat}}
            yield from (_answer(v, line, seen, repeat, str(number)) for v in variables if v.repeat == repeat)


def _answer(
    v: Variable, answers: Mapping[str, str | None], seen: Mapping[str, str | None], repeat: str, line: str
) -> dict[str, object]:
    text = answers.get(v.path)
    kinds = {c.code: c.why for c in v.choices if c.why}
    why = (kinds.get(text) or "answered") if text is not None else "missing" if asked_of(v, seen) else "not_asked"
    value = "" if text is None or why != "answered" else text
    return {"repeat": repeat, "line": line, "question": v.name, "type": v.type, "value": value, "why": why}


def _silent(found: Returns) -> Iterator[dict[str, object]]:
    for unit, files in found.silent():
        state, owed = found.why_silent(files), " ".join(sorted(unit.obliged))
        yield {
            "unit_id": unit.unit_id, "name": unit.name, "kind": unit.kind, "parent": unit.parent, "obliged": owed,
            "state": state, "files": "; ".join(files),
        }  # fmt: skip


_WHY = {
    "left_out": "có tệp phải sửa / a file to mend: {}", "empty": "chưa có tệp nào được điền / no file is filled in: {}",
    "nothing": "chưa có tệp / no file",
}  # fmt: skip


def _file(r: Report) -> dict[str, object]:
    colours = Counter(n.severity for n in r.noticed)
    return {
        "file": r.file, "unit_id": r.unit_id, "period": r.period, "state": r.state, "records": len(r.records),
        "red": colours["red"], "yellow": colours["yellow"],
    }  # fmt: skip


# ---- one screen


def told(found: Returns) -> Iterator[str]:
    """The summary, Vietnamese first."""
    states = Counter(r.state for r in found.reports)
    silent = found.silent()
    yield f"{found.form.title.vi}, kỳ / period {found.period or '-'}"
    said = "; ".join(f"{words}: {states[state]}" for state, words in _STATES.items())
    yield f"tệp đã đọc / files read: {len(found.reports)} ({said})"
    have = len(found.owing) - len(silent)
    owing = f"đơn vị phải báo cáo / units that owe it: {len(found.owing)}"
    yield f"{owing}; đã có / reported: {have}; chưa có / not yet: {len(silent)}"
    for unit, files in silent[:_SHOWN]:
        state = _WHY[found.why_silent(files)].format(", ".join(files))
        yield f"  {unit.unit_id}  {unit.name}: {state}"
    if len(silent) > _SHOWN:
        yield f"  … (+{len(silent) - _SHOWN}) not_reported.csv"
    red = [n for n in found.noticed if n.severity == "red"]
    yield f"phải sửa / to mend: {len(red)}; nên xem / to look at: {len(found.noticed) - len(red)}"
    yield from (f"  {_said(n)}" for n in red[:_SHOWN])
    if len(red) > _SHOWN:
        yield f"  … (+{len(red) - _SHOWN}) findings.csv"


def _said(n: Noticed) -> str:
    where = " ".join(part for part in (n.file, f"«{n.sheet}»" if n.sheet else "", n.cell, n.question) if part)
    values = [f"{words}: {text}" for words, text in (("cần có / expected", n.expected), ("nhận / got", n.got)) if text]
    return f"{where}: {n.do}" + (f" ({'; '.join(values)})" if values else "") + f" [{n.check}]"
