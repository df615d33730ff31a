"""A province's folder -> records: plan.yaml, places.csv, former_communes.csv.

Imports the plan's records and load's YAML reader.  Refuses what is wrong in the folder, never what is undecided:
empty numbers, dates and windows stay empty.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .condition import ConditionError, parse
from .counting import counting
from .errors import BdgError, problem, refuse
from .load import province_folder
from .plan import AgeBand, Document, Domain, DomainCode, Plan, SignedTarget, Switch, Target, TargetValue, Wave
from .question import Label
from .reading import digest, plain, read_yaml


@dataclass(frozen=True)
class Place:
    """One commune-level unit. code: 5 digits, text, the only key (names and slugs collide).

    area: urban or rural as taken, with its source and the day (area_source, area_as_of).  area_open: its kind of unit does not
    settle it, a document must; area_document: that document, '' until a person has entered it.
    """

    code: str
    name: str
    type: str
    short_name: str
    area: str
    zone: str
    former_province: str
    former_communes: tuple[str, ...]
    khu_vuc: str
    dtts: str
    area_source: str = ""
    area_as_of: str = ""
    area_open: bool = False
    area_document: str = ""


_PLACE = ("code", "name", "type", "short_name", "area", "zone", "former_province", "former_communes", "khu_vuc", "dtts")


LONELY_RULES = ("fail", "certainty", "average", "adjust", "centre", "collapse")


def load_plan(folder: Path) -> Plan:
    """plan.yaml of a province. PLAN-001 names the field that is missing or wrong, PLAN-002 a missing folder."""
    if not (folder / "plan.yaml").exists():
        raise refuse("PLAN-002", folder.name, province=folder.name)
    raw = read_yaml(folder / "plan.yaml")
    try:
        return _plan(plain(raw))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        if isinstance(error, ConditionError):
            raise refuse("FORM-005", "plan.yaml", got=error, where="among") from None
        raise refuse("PLAN-001", "plan.yaml", got=error, field=error) from None


def load_places(folder: Path) -> tuple[Place, ...]:
    """places.csv of a province, in file order. PLAN-003 on a repeated or broken code."""
    if not (folder / "places.csv").exists():
        raise refuse("PLAN-002", f"places.csv ({folder.name})", province=folder.name)
    rows = _rows(folder / "places.csv")
    lost = [name for name in _PLACE if not rows or name not in rows[0]]
    if lost:
        raise refuse("PLAN-001", "places.csv", expected=", ".join(_PLACE), got=", ".join(rows[0] if rows else ()), field=lost[0])
    found = tuple(
        Place(
            r["code"], r["name"], r["type"], r["short_name"], r["area"], r["zone"], r["former_province"],
            tuple(p.strip() for p in r["former_communes"].split(";") if p.strip()), r["khu_vuc"], r["dtts"],
            r.get("area_source", ""), r.get("area_as_of", ""), r.get("area_open") == "1", r.get("area_document", ""),
        )
        for r in rows
    )  # fmt: skip
    codes = [p.code for p in found]
    wrong = sorted({c for c in codes if codes.count(c) > 1 or len(c) != 5 or not c.isdigit()})
    if wrong:
        raise BdgError([problem("PLAN-003", "places.csv", expected="5 chữ số / 5 digits", got=code) for code in wrong])
    return found


def load_former(folder: Path) -> dict[str, tuple[str, ...]]:
    """Pre-merger commune code -> the codes it became (empty when the province ships no such list)."""
    path = folder / "former_communes.csv"
    found: dict[str, tuple[str, ...]] = {}
    for row in _rows(path) if path.exists() else []:
        found[row["old_code"]] = (*found.get(row["old_code"], ()), row["new_code"])
    return found


def load_province(code: str) -> tuple[Plan, tuple[Place, ...]]:
    """The plan and the places of a shipped province by its code."""
    folder = province_folder(code)
    return load_plan(folder), load_places(folder)


def _rows(path: Path) -> list[dict[str, str]]:
    text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8-sig"))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def one_of(node: Any, name: str, allowed: Sequence[str]) -> Any:
    """A field that takes one of a few words. ValueError names the field and the words."""
    if node[name] not in allowed:
        raise ValueError(f"{name}: {node[name]} ({' | '.join(allowed)})")
    return node[name]


def _label(node: Any) -> Label:
    return Label(str(node["vi"]), str(node["en"]))


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if value else None


_BUILT = {
    "A1": ("relative", "points"), "A2": ("minimum",), "A3": ("overall",), "A4": ("ka",), "A5": ("flag",), "A6": ("fieller",),
    "A7": ("y2026",), "A8": ("from15",), "A9": ("domains",), "A10": ("adopted", "recognised"), "A11": ("received", "held"),
}  # fmt: skip
"""The readings this version computes: a plan that chooses another one is refused, the report would say what was not done."""


def _switches(raw: dict[str, Any]) -> tuple[Switch, ...]:
    found = tuple(_switch(s) for s in raw["switches"])
    for s in found:
        if s.choice not in _BUILT.get(s.id, (s.choice,)):
            raise ValueError(f"switches.{s.id}: {s.choice} ({' | '.join(_BUILT[s.id])})")
        if s.id == "A1" and s.choice != raw["target_ii3"]["reading"]:
            raise ValueError(f"switches.A1: {s.choice}, target_ii3.reading: {raw['target_ii3']['reading']}")
    return found


def _plan(raw: dict[str, Any]) -> Plan:
    return Plan(
        province=str(raw["province"]),
        name=_label(raw["name"]),
        title=_label(raw["title"]),
        number=str(raw["number"]),
        date=str(raw["date"]),
        targets=tuple(_target(t) for t in raw["targets"]),
        target_ii3=_signed(raw["target_ii3"]),
        waves={int(y): _wave(int(y), w) for y, w in raw["waves"].items()},
        bands=tuple(AgeBand(b["code"], int(b["low"]), b["high"], _label(b["label"])) for b in raw["bands"]),
        domains=tuple(_domain(d) for d in raw["domains"]),
        switches=_switches(raw),
        documents=tuple(_document(d) for d in raw["documents"]),
        thresholds=tuple(int(t) for t in raw["thresholds"]),
        score_bands=tuple((int(b["from"]), _label(b["label"])) for b in raw["score_bands"]),
        lonely={k: one_of(raw["lonely"], k, LONELY_RULES) for k in ("level", "change")},
        df_rule=one_of(raw, "df_rule", ("domain", "design")),
        standardise=tuple(str(c) for c in raw.get("standardise", ())),
        peak=(str(raw["peak"][0]), str(raw["peak"][1])),
        issuers=raw["issuers"],
        digest=digest(raw),
        **counting(raw),
    )


def _target(node: Any) -> Target:
    values = {
        int(y): TargetValue(float(v["low"]), None if v["high"] is None else float(v["high"]), str(v["clause"]))
        for y, v in node["values"].items()
    }
    return Target(
        node["id"],
        _label(node["wording"]),
        node["unit"],
        one_of(node, "direction", ("up", "down", "hold")),
        values,
        _label(node["population"]),
        node["source"],
        node["clause"],
    )


def _signed(node: Any) -> SignedTarget:
    return SignedTarget(
        str(node["outcome"]), one_of(node, "reading", ("relative", "points")), float(node["threshold"]), float(node["level"]),
        str(node["decided_by"]), str(node["document"]), str(node["date"]),
    )  # fmt: skip


def _wave(year: int, node: Any) -> Wave:
    return Wave(year, _day(node["field_start"]), _day(node["field_end"]), _label(node["note"]) if node.get("note") else None)


def _domain(node: Any) -> Domain:
    codes = tuple(
        DomainCode(str(c["code"]), _label(c["label"]), parse(c["among"]) if c.get("among") else None) for c in node["codes"]
    )
    return Domain(
        node["id"], _label(node["label"]), codes, str(node["clause"]), node.get("needs"), bool(node.get("sensitive", False))
    )


def _switch(node: Any) -> Switch:
    choices = {str(k): _label(v) for k, v in node["choices"].items()}
    if str(node["choice"]) not in choices:
        raise ValueError(f"switches.{node['id']}.choice")
    return Switch(node["id"], _label(node["point"]), str(node["choice"]), choices, _label(node["note"]))


def _document(node: Any) -> Document:
    return Document(
        node["id"], _label(node["cite"]), str(node["date"]), str(node["source"]), str(node["read_on"]),
        _label(node["note"]) if node.get("note") else None,
    )  # fmt: skip
