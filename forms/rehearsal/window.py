"""When a rehearsed wave is in the field: the command's dates, else waves.yaml beside sample.csv, else the plan.

Imports the province's records.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ..errors import refuse
from ..load import plain, province_folder, read_yaml
from ..province import load_plan


def window(sample: Path, wave: int, province: str, start: date | None = None, end: date | None = None) -> tuple[date, date]:
    """First and last day of fieldwork of a wave. PLAN-004 when nobody has said."""
    if start and end:
        return start, end
    beside = sample.with_name("waves.yaml")
    if beside.exists():
        row = plain(read_yaml(beside)).get("waves", {}).get(str(wave))
        if row and row.get("field_start") and row.get("field_end"):
            return date.fromisoformat(row["field_start"]), date.fromisoformat(row["field_end"])
    found = load_plan(province_folder(province)).waves.get(wave)
    if found and found.field_start and found.field_end:
        return found.field_start, found.field_end
    raise refuse("PLAN-004", f"plan.yaml ({wave})", expected="field_start, field_end", got="-", wave=wave)
