"""What the checks of records share: their limits and words (records.yaml), and one way to make a finding.

Imports field, findings and yaml.  A finding holds codes, counts and rounded distances: never a coordinate, text, or the id of a
phone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..findings import Finding

if TYPE_CHECKING:
    from .field import Field, Visit

Severity = Literal["red", "yellow", "info"]


@cache
def _file() -> Mapping[str, Any]:
    import yaml

    found: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("records.yaml").read_text(encoding="utf-8"))
    return found


def limits(part: str) -> Mapping[str, Any]:
    """The limits of one part of records.yaml: near, edits, places, clock, log."""
    found: Mapping[str, Any] = _file()[part]
    return found


def titles() -> dict[str, dict[str, str]]:
    """Check -> its title in both languages, for Results.texts."""
    return {name: {"vi": told["vi"], "en": told["en"]} for name, told in _file()["checks"].items()}


def finding(
    seen: Field, v: Visit | None, check: str, severity: Severity, *, question: str = "", expected: str = "", got: str = "",
    psu: str = "", enumerator: str = "",
) -> Finding:  # fmt: skip
    """A finding of a check that records.yaml knows, about a visit, or (None) about a hamlet or an enumerator."""
    do = str(_file()["checks"][check]["do"])
    return Finding(
        check, severity, seen.round.wave, v.instance_id if v else "", v.psu if v else psu, v.enumerator if v else enumerator,
        question, expected, got, do,
    )  # fmt: skip


def local(moment: datetime) -> datetime:
    """A time as the clock on the wall shows it where the survey is; a time without a zone is taken to be that already."""
    zone = timezone(timedelta(hours=limits("clock")["utc_offset_hours"]))
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
