"""Folders of returns as `bdg analysis returns` writes them, made by hand from a few answers; units; small survey results."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from analysis.results import Results, Row
from analysis.returns.written import FILE_COLUMNS, RETURN_COLUMNS, SILENT_COLUMNS
from analysis.targets.make import Inputs
from forms.returns.make import STAMP
from forms.units import UNIT_COLUMNS, Unit

IDS = {"unit": "bdg_unit", "media": "bdg_media", "convention": "bdg_convention"}
NODATA, UNASKED = "nodata", "not_asked"
Records = Sequence[Mapping[str, str]]


def wrote(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def folder(
    home: Path, form: str, period: str, reports: Mapping[str, Records], silent: Mapping[str, str] | None = None, name: str = ""
) -> Path:
    """returns.csv, not_reported.csv, files.csv.  reports: unit -> records, question -> answer; `nodata` is «no figures yet»."""
    out = home / (name or f"{form}-{period}")
    out.mkdir(parents=True)
    lines = []
    for unit, records in reports.items():
        for number, record in enumerate(records, start=1):
            for question, value in record.items():
                why = "dont_know" if value == NODATA else UNASKED if value == UNASKED else "answered"
                head = {"unit_id": unit, "kind": "x", "form": IDS[form], "period": period, "record": number, "question": question}
                lines.append({**head, "type": "x", "value": value if why == "answered" else "", "why": why})
    wrote(out / "returns.csv", RETURN_COLUMNS, lines)
    wrote(out / "not_reported.csv", SILENT_COLUMNS, [{"unit_id": u, "name": u, "state": s} for u, s in (silent or {}).items()])
    files = [
        {"file": f"{u}.xlsx", "unit_id": u, "period": period, "state": "used", "records": len(r)} for u, r in reports.items()
    ]
    wrote(out / "files.csv", FILE_COLUMNS, files)
    return out


def units(
    home: Path, owed: Mapping[str, str], *, stamp: str = STAMP, kinds: Mapping[str, str] | None = None, until: str = ""
) -> Path:
    """units.csv.  owed: unit -> the targets that oblige it."""
    path = home / "units.csv"
    rows = [
        {
            "unit_id": u, "name": f"Đơn vị {u}", "kind": (kinds or {}).get(u, "other"), "obliged": t, "from": "2026-01-01",
            "to": until, "source": stamp,
        }
        for u, t in owed.items()
    ]  # fmt: skip
    wrote(path, UNIT_COLUMNS, rows)
    return path


def unit(unit_id: str, owed: str = "II.1 II.2", kind: str = "other") -> Unit:
    return Unit(unit_id, unit_id, kind, frozenset(owed.split()), "", date(2026, 1, 1), None, STAMP)


def report(staff: str = "3", held: str = "2", month: str = "1", plan: str = "own", **more: str) -> dict[str, str]:
    """One unit's annual report in a few answers; numbers or `nodata`, `none`."""
    found = {"unit": "x", "year": "2027", "report_kind": "annual", "period_from": "2026-12-01", "period_to": "2027-11-30"}
    found |= {"com_staff_state": staff if staff in (NODATA, "none") else "have", "am_plan": plan}
    found |= {"com_state": held if held in (NODATA, "none") else "have"}
    found |= {"am_state": month if month in (NODATA, "none") else "have"}
    found |= {"com_staff": staff} if staff.isdecimal() else {}
    if held.isdecimal():
        parts = ("meeting", "community", "school", "event", "visit", "radio", "broadcast", "online", "other")
        found |= {f"com_{p}": "0" for p in parts} | {"com_meeting": held, "com_total": held}
    if month.isdecimal():
        kinds = ("rally", "talk", "show", "visual", "support", "other")
        found |= {f"am_{p}": "0" for p in kinds} | {"am_talk": month, "am_total": month}
    return found | more


def convention(result: str = "free", **more: str) -> dict[str, str]:
    """One convention.  result: free, found, not_reviewed."""
    found = {"exists": "yes", "in_force": "yes", "adopted": "yes", "recognised": "yes", "result": result}
    return found | {"reviewed": "no" if result == "not_reviewed" else "yes"} | more


def level(indicator: str, wave: int, estimate: float, se: float = 1.0, **more: Any) -> Row:
    return Row("level", indicator, "mean", wave, "point", estimate=estimate, se=se, n=900, design="d", **more)


def target(indicator: str, estimand: str, estimate: float, state: str, **more: Any) -> Row:
    return Row(
        "target", indicator, estimand, 2030, "percent", base_wave=2026, estimate=estimate, se=1.0, lower=10.2, upper=18.0, n=900,
        design="d", method="wave_centred", state=state, **more,
    )  # fmt: skip


def survey(path: Path, waves: Sequence[int] = (2026,), *, practice: bool = True, extra: Sequence[Row] = ()) -> Path:
    """results.json of a survey with a few rows."""
    names = ("score", "exposed2_any", "exposed2_face", "recalled", "reached_any", "reach60")
    rows = [level(name, w, 50.0 + i + (w - 2026)) for i, name in enumerate(names) for w in waves]
    if len(waves) > 1:
        rows += [
            target("score", "rel", 14.0, "đạt"), target("score", "diff", 8.0, "có tăng, chưa đủ căn cứ kết luận đạt mức 10 điểm"),
            target("reach60", "rel", 40.0, "đạt mức cao (tăng từ 15% trở lên)"), target("reach60", "diff", 19.0, "đạt"),
        ]  # fmt: skip
    rows.append(Row("diagnostic", "deff", "parts", waves[-1], "ratio", estimate=2.0))
    texts = {"waves": {str(w): {} for w in waves}, "indicators": {}, "domains": {}, "comparison": {"k": 1}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(Results(practice, {"data": f"d{waves}"}, (*rows, *extra), texts).json_bytes())
    return path


def inputs(home: Path, *, kind: Any = "annual", year: int = 2027, **more: Any) -> Inputs:
    """A small province: twelve units of which two are silent, one media agency, two communes."""
    owed = {f"u{i:02d}": "II.1 II.2" for i in range(10)} | {"m1": "II.1 II.2 II.4", "c1": "II.1 II.2 II.5", "c2": "II.5"}
    listed = more.pop("units", None) or units(home, owed, kinds={"m1": "media", "c1": "commune", "c2": "commune"})
    given = more.pop("returns", None)
    if given is None:
        some = {u: [report(unit=u)] for u in owed if u not in ("u08", "u09", "c2")}
        given = {
            "unit": [folder(home, "unit", f"{year}-annual", some, {"u08": "nothing", "u09": "left_out"})],
            "media": [folder(home, "media", str(year), {"m1": [official()]})],
            "convention": [folder(home, "convention", str(year), {"c1": [convention()] * 6, "c2": [convention("found")]})],
        }  # fmt: skip
    return Inputs(year, kind, given, units=listed, **more)


def official(**more: str) -> dict[str, str]:
    return {"adopted": "yes", "adopted_kind": "decision", "assessed": "yes", "assessed_days": "41", **more}
