"""When a rehearsed wave is in the field: the command's dates, else waves.yaml beside sample.csv, else the plan.

A form that no sample is drawn for has days of practice (practice.yaml) when nobody has said any.  Imports the province's records.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ..errors import BdgError, Problem, refuse
from ..load import province_folder
from ..province import load_plan
from ..reading import plain, read_yaml, sound
from .latent import read_model


def window(
    sample: Path | None, wave: int, province: str, start: date | None = None, end: date | None = None
) -> tuple[date, date]:
    """First and last day of fieldwork of a wave. sample: None of a form without one. PLAN-004 when nobody has said."""
    found = load_plan(province_folder(province)).waves.get(wave)
    first, last = (found.field_start, found.field_end) if found else (None, None)
    beside = sample.with_name("waves.yaml") if sample else None
    if beside and beside.exists():
        first, last = _told(beside, wave) or (first, last)
    if sample is None and not (first and last):
        first, last = (date.fromisoformat(f"{wave}-{read_model()['window'][end]}") for end in ("start", "end"))
    if start or end:
        first, last = start, end
    if not first or not last or first > last:
        raise refuse(
            "PLAN-004", f"waves.yaml, plan.yaml ({wave})", expected="field_start <= field_end", got=f"{first} … {last}", wave=wave
        )
    return first, last


def _told(path: Path, wave: int) -> tuple[date, date] | None:
    problems: list[Problem] = []
    with sound(f"{path.name} ({wave})", problems):
        row = plain(read_yaml(path))["waves"].get(str(wave))
        return (date.fromisoformat(row["field_start"]), date.fromisoformat(row["field_end"])) if row else None
    raise BdgError(problems)
