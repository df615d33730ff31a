"""Returns, enterprise forms and survey results of a year -> one results.json: all targets, tasks, funding, and who is silent.

Imports this sub-room, results, findings, written and the forms door.  The only module here that knows the order of the steps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from forms import load_plan, province_folder
from forms.errors import refuse
from forms.plan import Plan
from forms.units import Unit, read_units

from ..csvtable import table_bytes
from ..findings import Finding, document
from ..results import Results, Row
from ..sampling.frame import STAMP
from ..texts import plan_texts, switch_texts
from ..told import words
from ..written import code_digest, write
from . import tallied
from .answers import Returned, read_answers
from .chosen import Chosen, Kind, choose, finding
from .counted import Asked, Made, by_record, by_unit
from .dashboard import dashboard
from .enterprises import Enterprises, read_enterprises
from .entries import Known
from .surveyed import LINE, Surveys, agreed, own_folder, read_past, read_surveys, same_kind

FORMS = ("unit", "media", "convention")
TARGET_COLUMNS = ("target", "year", "reading", "unit_id", "numerator", "denominator", "not_reported", "value", "source")
_LAST = {"halfyear": (6, 30), "annual": (12, 31), "adhoc": (12, 31), "final": (12, 31)}
_SIGNED = ("outcome", "reading", "threshold", "level", "decided_by", "document", "date")


@dataclass(frozen=True)
class Inputs:
    """What a report of the department is made from.  returns: form -> folders; units: units.csv, None = the province's draft."""

    year: int
    kind: Kind
    returns: Mapping[str, Sequence[Path]]
    surveys: Sequence[Path] = ()
    past: Sequence[Path] = ()
    enterprise: Path | None = None
    units: Path | None = None
    as_of: date | None = None
    province: str = "51"


@dataclass(frozen=True)
class Found:
    """Everything of one report: results, findings, and the table targets.csv."""

    results: Results
    findings: tuple[Finding, ...]
    targets: tuple[Mapping[str, object], ...]


def targets(inputs: Inputs, out: Path) -> tuple[tuple[Path, ...], Found]:
    """Make and write results.json, results.csv, targets.csv and findings.json, all or none.  DATA-211 `out` holds others."""
    own_folder(out, inputs.year, inputs.kind)
    found = found_of(inputs)
    files = {
        "results.json": found.results.json_bytes(),
        "results.csv": found.results.csv_bytes(),
        "targets.csv": table_bytes(TARGET_COLUMNS, list(found.targets)),
        "findings.json": document(found.findings),
    }
    return write(out, files), found


def found_of(inputs: Inputs) -> Found:
    """The results of one report.  BdgError DATA-200 to DATA-210, and those of units.csv."""
    plan = load_plan(province_folder(inputs.province))
    _fits(inputs, plan)
    units = read_units(inputs.units or province_folder(inputs.province) / "units.csv", [t.id for t in plan.targets])
    folders = {form: [read_answers(path, form) for path in inputs.returns.get(form, ())] for form in FORMS}
    surveys, past = read_surveys(inputs.surveys), read_past(inputs.past, inputs.year)
    if not any(folders.values()) and not surveys.rows:
        raise refuse("DATA-204", "", expected="--unit | --media | --convention | --survey", got="0")
    chosen = {form: choose(form, some, inputs.year, inputs.kind, inputs.as_of) for form, some in folders.items() if some}
    _listed(chosen, units)
    month_over = any(c.supplements for c in chosen.values())
    asked = Asked(plan, units, inputs.year, _day(inputs), inputs.kind in ("annual", "final"), month_over)
    made = _made(plan, chosen, asked)
    firms = read_enterprises(inputs.enterprise, plan, asked) if inputs.enterprise else None
    practice = _practice(units, surveys, past, firms)
    books = {form: some[0].book for form, some in folders.items() if some}
    silence = {f: _filed(c, units, asked)["silent"] for f, c in chosen.items()}
    numbers = tallied.rows(plan, chosen, books, silence, inputs.year)
    rows = _all_rows(made, numbers, firms, surveys, past)
    known = Known(plan, inputs.year, inputs.kind, made, chosen, surveys, firms.line if firms else None)
    texts = {
        **(surveys.texts or {}), **_common(plan), "report": _report(inputs, plan, chosen, surveys), "dashboard": dashboard(known),
        **tallied.texts(plan, chosen, numbers), "forms": {f: _filed(c, units, asked) for f, c in chosen.items()},
        "definitions": [_definition(m) for m in made.values()], "past": [_past(one) for one in past],
    }  # fmt: skip
    digests = _digests(inputs, plan, folders, surveys, firms)
    silent = tuple(_silent(chosen, units, asked))
    found = sorted({f.id: f for f in _findings(chosen, made, units, asked)}.values(), key=lambda f: f.id)
    return Found(Results(practice, digests, rows, texts, silent), tuple(found), tuple(_table(made, units, asked)))


def _fits(inputs: Inputs, plan: Plan) -> None:
    years = sorted({y for t in plan.targets for y in t.values})
    if inputs.year not in years or (inputs.kind == "final" and inputs.year != years[-1]):
        raise refuse("DATA-210", "--year", expected=", ".join(map(str, years)), got=f"{inputs.year} ({inputs.kind})")
    if inputs.as_of and not date(inputs.year, 1, 1) <= inputs.as_of <= date(inputs.year + 1, 1, 31):
        raise refuse("DATA-210", "--as-of", expected=f"{inputs.year}-01-01 - {inputs.year + 1}-01-31", got=inputs.as_of)


def _day(inputs: Inputs) -> date:
    """The day on which the list of units is read: the cut-off, or the last day of the half-year or year."""
    last = date(inputs.year, *_LAST[inputs.kind])
    return min(inputs.as_of, last) if inputs.as_of else last


def _practice(units: Sequence[Unit], surveys: Surveys, past: Sequence[Results], firms: Enterprises | None) -> bool:
    """Whether this is practice material.  DATA-206 when it is mixed with real."""
    stamped = any(STAMP in u.source for u in units)
    given = [("units.csv", stamped)]
    given += [("--survey", surveys.practice)] if surveys.practice is not None else []
    given += [("--enterprise", firms.practice)] if firms and firms.practice is not None else []
    same_kind([*given, *(("--past", one.practice) for one in past)])
    return stamped


def _listed(chosen: Mapping[str, Chosen], units: Sequence[Unit]) -> None:
    """DATA-202 for a report of a unit that is not on the list."""
    ids = {u.unit_id for u in units}
    for form, one in chosen.items():
        if lost := sorted({*one.taken, *one.silent} - ids):
            raise refuse("DATA-202", f"--{form}", expected="units.csv", got=", ".join(lost[:5]))


def _made(plan: Plan, chosen: Mapping[str, Chosen], asked: Asked) -> dict[str, Made]:
    """Every indicator whose form was given and that this kind of report asks for."""
    choice = next((s.choice for s in plan.switches if s.id == "A10"), "")
    made: dict[str, Made] = {}
    for count in plan.counts:
        if count.form not in chosen or (count.record and count.reading != choice):
            continue
        if count.month and not asked.whole_year and "annual" not in chosen[count.form].kinds:
            continue
        made[count.id] = (
            by_record(count, chosen[count.form], asked) if count.record else by_unit(count, chosen[count.form], asked, made)
        )
    return made


def _all_rows(
    made: Mapping[str, Made], numbers: Sequence[Row], firms: Enterprises | None, surveys: Surveys, past: Sequence[Results]
) -> tuple[Row, ...]:
    """This year's own, the surveys', and what earlier years counted.  DATA-207 when an earlier year says another number."""
    own = [*(r for m in made.values() for r in m.rows), *numbers, *(firms.rows if firms else ())]
    earlier = [(f"--past {one.texts['report']['year']}", r) for one in past for r in one.rows]
    agreed([*(("--survey", r) for r in surveys.rows), *earlier])
    before = [r for _, r in earlier if r.method == "census" or r.design == "list"]
    rows = {r.key: r for r in (*before, *surveys.rows, *own)}
    return tuple(rows[key] for key in sorted(rows))


# ---- words ---------------------------------------------------------------------------------------------------------------------


def _common(plan: Plan) -> dict[str, Any]:
    signed = plan.target_ii3
    return {
        "province": {"code": plan.province, "name": words(plan.name)},
        "issuer": dict(plan.issuers.get("department", {})),
        "issuers": {name: dict(one) for name, one in plan.issuers.items()},
        "plan": plan_texts(plan),
        "target_ii3": {**{name: getattr(signed, name) for name in _SIGNED}, "signed": signed.signed},
        "switches": [switch_texts(s) for s in plan.switches],
    }


def _report(inputs: Inputs, plan: Plan, chosen: Mapping[str, Chosen], surveys: Surveys) -> dict[str, Any]:
    unit = chosen.get("unit")
    first, last = unit.days if unit else ("", "")
    whole = inputs.kind in ("annual", "final")
    supplement = bool(unit and unit.supplements)
    month = {"from": f"{inputs.year}-{plan.peak[0]}", "to": f"{inputs.year}-{plan.peak[1]}"}
    return {
        "year": inputs.year, "kind": inputs.kind, "from": first or None, "to": last or None,
        "as_of": inputs.as_of.isoformat() if inputs.as_of else None, "survey_waves": list(surveys.waves),
        "survey_this_year": inputs.year in {*surveys.waves, *plan.waves},
        "provisional": bool(whole and unit and unit.taken and unit.supplements < len(unit.taken)),
        "supplements": unit.supplements if unit else 0,
        "action_month": month, "supplement": supplement, "kinds": list(unit.kinds) if unit else [],
    }  # fmt: skip


def _filed(chosen: Chosen, units: Sequence[Unit], asked: Asked) -> dict[str, int]:
    """How many owe a form, how many reports count, how many are silent, and how many of these sent one that was left out."""
    owing = _owing(chosen.form, units, asked)
    silent = [u for u in owing if u.unit_id not in chosen.taken]
    left_out = sum(chosen.silent.get(u.unit_id) == "left_out" for u in silent)
    return {"owing": len(owing), "reported": len(owing) - len(silent), "silent": len(silent), "left_out": left_out}


def _owing(form: str, units: Sequence[Unit], asked: Asked) -> list[Unit]:
    named = {c.target for c in asked.plan.counts if c.form == form}
    return [u for u in units if any(u.owes(t, asked.on) for t in named)]


def _definition(made: Made) -> dict[str, Any]:
    c = made.count
    return {
        "indicator": c.id,
        "target": c.target,
        "reading": c.reading,
        "label": words(c.label),
        "basis": c.basis,
        "note": words(c.note),
    }


def _past(one: Results) -> dict[str, Any]:
    lines = [{k: line[k] for k in LINE} for line in one.texts["dashboard"]]
    return {"report": one.texts["report"], "forms": one.texts["forms"], "dashboard": lines, "year": one.texts["report"]["year"]}


# ---- who is silent, the table, the log -----------------------------------------------------------------------------------------


def _silent(chosen: Mapping[str, Chosen], units: Sequence[Unit], asked: Asked) -> Iterator[dict[str, Any]]:
    for form, one in chosen.items():
        for u in _owing(form, units, asked):
            if u.unit_id not in one.taken:
                owed = sorted(t for t in u.obliged if any(c.target == t and c.form == form for c in asked.plan.counts))
                state = one.silent.get(u.unit_id, "nothing")
                yield {"unit_id": u.unit_id, "name": u.name, "kind": u.kind, "form": form, "targets": owed, "state": state}


def _findings(chosen: Mapping[str, Chosen], made: Mapping[str, Made], units: Sequence[Unit], asked: Asked) -> Iterator[Finding]:
    for form, one in chosen.items():
        yield from one.findings
        owing = {u.unit_id for u in _owing(form, units, asked)}
        for u in sorted(owing - {*one.taken, *one.silent}):
            yield finding("not_in_folder", "yellow", form, u, asked.year, "not_reported.csv", u)
        for u in sorted(set(one.taken) - owing):
            yield finding("not_obliged", "yellow", form, u, asked.year, asked.on.isoformat(), u)
    for m in made.values():
        yield from m.findings


def _table(made: Mapping[str, Made], units: Sequence[Unit], asked: Asked) -> Iterator[dict[str, object]]:
    """targets.csv: a line an indicator, and a line a unit below it (internal: who is to be asked)."""
    for m in made.values():
        c = m.whole
        if c is None:
            continue
        row = next(r for r in m.rows if r.kind == "target" and not r.domain)
        head = {"target": m.count.target, "year": asked.year, "reading": m.count.reading, "source": m.count.form}
        yield {
            **head, "unit_id": "", "numerator": c.yes, "denominator": c.units, "not_reported": len(m.silent),
            "value": "" if row.estimate is None else f"{row.estimate:.10g}",
        }  # fmt: skip
        for u in sorted(u.unit_id for u in units if u.owes(m.count.target, asked.on) and not m.count.record):
            said = m.answers.get(u)
            yield {
                **head, "unit_id": u, "numerator": "" if said is None else int(said), "denominator": 1,
                "not_reported": int(u in m.silent), "value": "",
            }  # fmt: skip


def _digests(
    inputs: Inputs, plan: Plan, folders: Mapping[str, Sequence[Returned]], surveys: Surveys, firms: Enterprises | None
) -> dict[str, str]:
    data, asked = hashlib.sha256(), hashlib.sha256()
    for form, some in folders.items():
        for one in sorted(some, key=lambda r: r.period):
            asked.update(f"{form} {one.form.version} {one.book.digest}".encode())
            for name, body in sorted(one.files.items()):
                data.update(f"{form} {name}".encode() + hashlib.sha256(body).digest())
    for path in (inputs.units or province_folder(inputs.province) / "units.csv",):
        data.update(hashlib.sha256(path.read_bytes()).digest())
    if firms:
        data.update(firms.digest.encode())
    return {
        "plan": plan.digest, "questionnaire": asked.hexdigest(), "form": asked.hexdigest(), "data": data.hexdigest(),
        "code": code_digest(), **(surveys.digests or {}),
    }  # fmt: skip
