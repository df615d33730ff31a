"""One screen of text about the targets of a year.

Imports make's record only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .make import Found

_SHOWN = 6


def spoken(found: Found) -> Iterator[str]:
    """The headlines of the table, who is silent, and what is to be looked at; Vietnamese first."""
    texts = found.results.texts
    rows = {r.key: r for r in found.results.rows}
    for line in texts["dashboard"]:
        if not line["headline"]:
            continue
        row = rows.get(line["key"])
        number = line["said"]["vi"] if line["said"] else f"{row.estimate:.1f}" if row and row.estimate is not None else "..."
        yield f"{line['target']}: {number}; {line['state']['vi']} / {line['state']['en']}"
        if line["missing"]:
            yield f"    {line['missing']['vi']}"
    silent = found.results.units
    yield f"chưa báo cáo / not reported: {len(silent)}"
    for one in silent[:_SHOWN]:
        yield f"  {one['unit_id']}  {one['name']} ({one['form']}): {one['state']}"
    if len(silent) > _SHOWN:
        yield f"  … (+{len(silent) - _SHOWN}) results.json"
    red = sum(f.severity == "red" for f in found.findings)
    yield f"phải sửa / to mend: {red}; nên xem / to look at: {len(found.findings) - red} (findings.json)"
