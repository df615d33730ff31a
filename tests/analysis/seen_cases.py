"""A round as the checks see it, made by hand: visits with the answers a test gives them, no ledger and no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from analysis.quality.field import Field, Visit
from analysis.readers.rounds import form_of
from analysis.readers.stored import Held
from forms import Codebook, load_places, load_plan, province_folder
from forms.ledger import Round
from forms.survey import load_survey

DAY = datetime(2026, 10, 7, 2, 0, tzinfo=UTC)
"""Nine in the morning where the survey is."""


@cache
def a_round() -> Round:
    return Round(Path("round"), "0" * 16, "round", "practice", 2026, "household")


@cache
def book() -> Codebook:
    return form_of(a_round())


def visit(
    n: int, *, psu: str = "P01", ssu: str = "", who: str = "1", begins: datetime | None = DAY, minutes: float = 20, **more: Any
) -> Visit:
    """Visit n: a completed interview of its own household, received an hour later.  more: fields of Visit, or answers."""
    fields = {k: more.pop(k) for k in list(more) if k in Visit.__dataclass_fields__}
    ended = begins + timedelta(minutes=minutes) if begins else None
    made = Visit(
        instance_id=f"uuid:{n:04d}", root_id=f"uuid:{n:04d}", psu=psu, ssu=ssu or f"{n:03d}", commune="21025", enumerator=who,
        day=begins.date() if begins else None, started=begins, ended=ended, minutes=minutes,
        received_at=ended + timedelta(hours=1) if ended else None, result="completed", consent="yes",
        form_version=book().version, digest=book().digest, edits=0, review=None, apart=False,
        answers={v.name: None for v in book().variables if not v.repeat} | {"visit": "1"} | more,
    )  # fmt: skip
    return replace(made, **fields)


def look(visits: Sequence[Visit], **more: Any) -> Field:
    """The round of these visits."""
    folder = province_folder()
    return Field(**{
        "round": a_round(), "book": book(), "plan": load_plan(folder), "survey": load_survey(folder),
        "places": tuple(load_places(folder)), "sample": (), "frame": None, "releases": (), "visits": tuple(visits),
        "submissions": (), "held": Held((), {}, 0, 0, 0, frozenset()), "day": date(2026, 10, 31), **more,
    })  # fmt: skip


def by(found: Any) -> Mapping[str, list[str]]:
    """Check -> ids of the visits (or hamlets, or enumerators) it named, sorted."""
    told: dict[str, list[str]] = {}
    for f in found.findings:
        told.setdefault(f.check, []).append(f.instance_id or f.psu or f.enumerator)
    return {check: sorted(ids) for check, ids in told.items()}


def number(found: Any, indicator: str, category: str, **domain: str) -> Any:
    """The estimate of a row, None where there is no such row."""
    return next(
        (r.estimate for r in found.rows if (r.indicator, r.category, dict(r.domain)) == (indicator, category, domain)), None
    )  # fmt: skip
