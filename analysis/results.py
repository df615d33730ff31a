"""Waist two: results.json. Above this file there is no microdata; reports read nothing else.

Standard library and forms.formulas only: no frames, no arithmetic.  See docs/contract.md.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

SCHEMA = "results/1"

Kind = Literal["level", "change", "contrast", "share", "count", "target", "power", "diagnostic", "test"]
Unit = Literal["percent", "point", "percentage_point", "ratio", "count", "person", "minute", "million_dong"]
Status = Literal["ok", "caution", "not_estimable"]
Publish = Literal["show", "bracket", "hide"]

_KEYED = ("kind", "indicator", "estimand", "wave", "base_wave", "domain", "category", "design", "method")


@dataclass(frozen=True)
class Row:
    """One number of the survey with all that is needed to believe it.

    domain: ((variable, code), ...) sorted; () is everybody.  n: people who answered, unweighted.
    n_missing: counts by kind of no-answer.  state: the verdict of a target row, '' elsewhere.
    estimate, se, lower, upper are None when status is not_estimable; `reason` then says why.
    """

    kind: Kind
    indicator: str
    estimand: str
    wave: int
    unit: Unit
    base_wave: int | None = None
    domain: tuple[tuple[str, str], ...] = ()
    category: str = ""
    estimate: float | None = None
    se: float | None = None
    df: float | None = None
    lower: float | None = None
    upper: float | None = None
    level: float | None = 0.95
    interval: str = ""
    p_value: float | None = None
    n: int = 0
    n_missing: Mapping[str, int] = field(default_factory=dict)
    psus: int = 0
    strata: int = 0
    deff: float | None = None
    design: str = ""
    method: str = ""
    status: Status = "ok"
    publish: Publish = "show"
    rule: str = ""
    reason: str = ""
    state: str = ""

    @cached_property
    def key(self) -> str:
        """12 hex digits that name this row in every file, table and sentence."""
        named = {name: getattr(self, name) for name in _KEYED}
        named["domain"] = dict(self.domain)
        text = json.dumps(named, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def record(self) -> dict[str, Any]:
        """The row as it stands in results.json."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        return {"key": self.key, **plain, "domain": dict(self.domain), "n_missing": dict(self.n_missing)}


@dataclass(frozen=True)
class Results:
    """All rows of one run. texts: every word a report needs; digests: what the numbers were made from.

    public: True only of what `analysis.publishing` made: every hidden number is gone, so that it may leave.
    """

    practice: bool
    digests: Mapping[str, str]
    rows: tuple[Row, ...]
    texts: Mapping[str, Any]
    units: tuple[Mapping[str, Any], ...] = ()
    public: bool = False

    def document(self) -> dict[str, Any]:
        """The JSON document, rows sorted by key."""
        rows = sorted((row.record() for row in self.rows), key=lambda r: str(r["key"]))
        return {
            "schema": SCHEMA,
            "practice": self.practice,
            "public": self.public,
            "digests": dict(self.digests),
            "rows": rows,
            "texts": dict(self.texts),
            "units": [dict(u) for u in self.units],
        }

    def json_bytes(self) -> bytes:
        """results.json: UTF-8, null never NaN (ValueError if one slipped in)."""
        return (json.dumps(self.document(), ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()

    def csv_bytes(self) -> bytes:
        """results.csv: the rows; domain and n_missing as JSON text."""
        from forms.formulas import tame

        names = ["key", *(f.name for f in fields(Row))]
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, names, lineterminator="\n")
        writer.writeheader()
        for record in self.document()["rows"]:
            flat = {k: json.dumps(v, ensure_ascii=False) if isinstance(v, dict) else v for k, v in record.items()}
            writer.writerow({k: tame(v) if isinstance(v, str) else v for k, v in flat.items()})
        return out.getvalue().encode()


def read_results(path: Path) -> Results:
    """results.json -> Results.  ValueError when the file is not of this schema."""
    raw = json.loads(path.read_bytes())
    if not isinstance(raw, dict) or raw.get("schema") != SCHEMA:
        raise ValueError(f"{path.name}: schema is not {SCHEMA}")
    rows = tuple(
        Row(**{k: v for k, v in r.items() if k not in ("key", "domain")}, domain=tuple(sorted(r["domain"].items())))
        for r in raw["rows"]
    )
    return Results(raw["practice"], raw["digests"], rows, raw["texts"], tuple(raw["units"]), raw.get("public", False))
