"""What a study of size and power hands over: rows, texts, and what the figures draw.

Imports results (Row) and curves (records).  Never sees a scenario or an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..results import Row
from .curves import Curves


@dataclass(frozen=True, eq=False)
class Study:
    """What a plan will be able to prove.

    rows: kind "power"; texts: plan, paragraph, cannot, sensitivity (each vi, en), assumptions (what, value, source), tables
    (id, title, head, rows, note), all printed by the protocol; curves: what the figures draw.
    """

    rows: tuple[Row, ...]
    texts: dict[str, Any]
    curves: Curves
