"""Practice reports of a whole province: units, and the Excel files that they sent back, filled in by rule and stamped.

Imports offices, the returns of forms (templates, filling) and units.  Everything comes from the seed: the same files on any
machine.  Of the units some send nothing, some an empty template, one a file with a fault, as it will be.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from ..codebook import codebook
from ..folder import whole
from ..formulas import row as tamed
from ..load import load_questionnaire, province_folder, questionnaire_folder
from ..province import load_plan
from ..question import Questionnaire
from ..returns import STAMP, Period, layout, tie, who_owes
from ..returns.copies import copies
from ..returns.filling import filled
from ..units import UNIT_COLUMNS, Unit, read_units
from .offices import Office, answers

UNITS, SILENT = 250, 12
"""Obliged units of the practice province, and how many of them send no report that counts."""
_MEDIA, _LATE = 5, 2
_HAMLETS = (4, 12)
_LAST_DAY = {"six_months": "05-31", "annual": "12-02", "adhoc": "09-30", "supplement": "12-15", "": "11-30"}


@dataclass(frozen=True)
class Sent:
    """One form's practice files.  folder: where they lie; year, kind: of the report; received: the day they came in."""

    form: str
    folder: Path
    year: int
    kind: str
    received: date


def practice_units(province: str = "51", size: int = UNITS) -> tuple[Unit, ...]:
    """The units that the plan names, and invented ones up to `size`; each stamped as practice material."""
    folder = province_folder(province)
    named = read_units(folder / "units.csv", [t.id for t in load_plan(folder).targets])
    found = [_stamped(u) for u in named]
    media = sum("II.4" in u.obliged for u in found)
    for number in range(1, size - len(found) + 1):
        is_media = media < _MEDIA
        media += is_media
        kind = "media" if is_media else ("department", "mass_organisation", "other")[number % 3]
        owed = frozenset({"II.1", "II.2", *(["II.4"] if is_media else [])})
        name = f"Cơ quan truyền thông giả lập số {number:03d}" if is_media else f"Đơn vị giả lập số {number:03d}"
        found.append(Unit(f"gl-{number:03d}", name, kind, owed, "", date(2026, 1, 1), None, STAMP))
    return tuple(found)


def _stamped(u: Unit) -> Unit:
    return Unit(u.unit_id, u.name, u.kind, u.obliged, u.parent, u.since, u.until, STAMP, u.extra)


def units_csv(units: Sequence[Unit]) -> bytes:
    """units.csv as the contract has it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(UNIT_COLUMNS)
    for u in units:
        until, owed = u.until.isoformat() if u.until else "", " ".join(sorted(u.obliged))
        writer.writerow(tamed((u.unit_id, u.name, u.kind, owed, u.parent, u.since.isoformat(), until, u.source)))
    return out.getvalue().encode()


def practice_returns(
    out: Path, year: int, kind: str = "annual", seed: int = 1, *, units: Sequence[Unit] | None = None, silent: int = SILENT
) -> tuple[Sent, ...]:
    """Write units.csv and a folder of filled templates a form: unit (of an annual report its supplement, too), media, convention.

    kind: six_months, annual or adhoc; forms D and F are yearly and come with an annual report only.  units: default those of
    `practice_units`; silent: how many of them send no report that counts, a tenth of them at most.
    """
    units = practice_units() if units is None else units
    wanted = [("unit", kind)]
    if kind == "annual":
        wanted += [("unit", "supplement"), ("media", ""), ("convention", "")]
    sent: list[Sent] = []
    with whole(out) as work:
        (work / "units.csv").write_bytes(units_csv(units))
        for form, code in wanted:
            name = "-".join(filter(None, (form, code)))
            (work / name).mkdir()
            for file, body in _files(load_questionnaire(questionnaire_folder(form)), units, Period(year, code), seed, silent):
                (work / name / file).write_bytes(body)
            received = date.fromisoformat(f"{year + (code == 'supplement')}-{'01-10' if code == 'supplement' else '12-20'}")
            sent.append(Sent(form, out / name, year, code, received if code != "six_months" else date(year, 6, 9)))
    return tuple(sent)


def _files(form: Questionnaire, units: Sequence[Unit], period: Period, seed: int, silent: int) -> Iterator[tuple[str, bytes]]:
    plan, book = layout(form), codebook(form)
    owing = who_owes(form, units, period)
    ties = [tie(form, u, units, period) for u in owing]
    quiet = _quiet(form, [t.unit_id for t in ties], period, seed, silent)
    last = f"{period.year}-{_LAST_DAY[period.kind]}"
    for one, (name, template) in zip(ties, copies(plan, ties), strict=True):
        office = Office(one.unit_id, period.year, period.kind, last, seed)
        given = list(one.given)
        if one.unit_id in quiet:
            if quiet[one.unit_id] == "left_out":
                yield name, filled(template, plan, [_faulty(answers(form, office, book))], given)
            elif quiet[one.unit_id] == "empty":
                yield name, template
            continue
        lines = Random(f"{seed}|lines|{one.unit_id}").randint(*_HAMLETS) if form.excel == "table" else 1  # noqa: S311  practice
        yield name, filled(template, plan, [answers(form, office, book, record) for record in range(lines)], given)


def _quiet(form: Questionnaire, ids: Sequence[str], period: Period, seed: int, silent: int) -> dict[str, str]:
    """Unit -> how it is silent: of form E one file with a fault, two empty, the others nothing; supplements are sent by fewer."""
    few = silent if form.id == "bdg_unit" else _LATE if form.excel == "table" else 1
    late = period.kind == "supplement"
    most = len(ids) // 5 if late else max(1, len(ids) // 10)
    rng = Random(f"{seed}|silent|{form.id}|{period.said}")  # noqa: S311  practice
    chosen = rng.sample(list(ids), min(few * (4 if late else 1), most))
    how = ["left_out", "empty", "empty"] if form.id == "bdg_unit" and not late else []
    return {u: how[i] if i < len(how) else "nothing" for i, u in enumerate(chosen)}


def _faulty(given: dict[str, str]) -> dict[str, str]:
    """The same answers with a total that is not the sum of its parts."""
    have = {"spent_state": "have", "spent_budget": "1", "spent_aid": "0", "spent_social": "0", "spent_other": "0"}
    return given | have | {"spent_total": "999999"}
