"""What people must show and no test can: cognitive tests and waivers of scored items (decision 16).

Reads evidence/*.csv, which ship empty.  Imports errors only; never invents a record.
"""

from __future__ import annotations

import csv
from pathlib import Path

from .errors import refuse


def untested(path: Path, scored: tuple[str, ...]) -> tuple[str, ...]:
    """Scored items without a cognitive test of at least 8 people in 3 groups, or a named written waiver (decision 16)."""
    if not path.exists():
        return scored
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    for number, row in enumerate(rows, 2):
        for name in ("people", "groups"):
            if _said(row, name) and not _said(row, name).isdecimal():
                raise refuse("FORM-023", f"{path.name}:{number}", expected=f"{name}: 0, 1, 2, …", got=_said(row, name))
    done = {r.get("item") for r in rows if _tried(r) or (_said(r, "waived_by") and _said(r, "waiver_document"))}
    return tuple(name for name in scored if name not in done)


def _said(row: dict[str, str], name: str) -> str:
    return (row.get(name) or "").strip()


def _tried(row: dict[str, str]) -> bool:
    return int(_said(row, "people") or 0) >= 8 and int(_said(row, "groups") or 0) >= 3
