"""Runs one reference file: builds its objects, evaluates every call, compares every number, applies the known rules."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gold_calibrate
import gold_change
import gold_designs
import gold_estimates
import gold_frames
import gold_models
import gold_shares
import gold_tests
import numpy as np
from gold_base import BASE
from gold_eval import Interpreter
from gold_known import RULES, STOPPED, Case, tolerance
from gold_numbers import Check, compare, numbers
from gold_objects import Objects, table
from gold_r import parse, parse_one, words_in
from gold_values import Answer, Env, Matrix, RDesign, RError, RList, Unsupported, Vec, plain

from forms.errors import BdgError

LEFT_OUT = ("cfa", "invariance", "fay_herriot", "kappa")
LIBRARY = (gold_calibrate, gold_change, gold_designs, gold_estimates, gold_frames, gold_models, gold_shares, gold_tests)


@dataclass(frozen=True, eq=False)
class Outcome:
    """One result of a reference file.  note: why unsupported, what was refused, or the trace of our own failure."""

    id: str
    stat: str
    call: str
    checks: tuple[Check, ...]
    note: str = ""
    known: tuple[str, ...] = ()
    error: bool = False


def outcomes(path: Path, stat: str = "") -> Iterator[Outcome]:
    """Every result of one json file, in order; stat: only these."""
    document = json.loads(path.read_text(encoding="utf-8"))
    session = Session(document, path)
    for entry in document["results"]:
        if not stat or entry["stat"] == stat:
            yield session.run(entry)


class Session:
    """A file's R session: its data, its objects, the options of the call at hand."""

    def __init__(self, document: Mapping[str, Any], path: Path) -> None:
        self.document = document
        self.interpreter = Interpreter()
        self.interpreter.data_name, self.interpreter.folder = str(document["name"]), path.parent
        self.interpreter.tables = {p.stem: table(p) for p in path.parent.glob(f"{document['name']}_*_repw.csv")}
        self.base = Env(dict(BASE))
        self.env = Env({}, self.base)
        self.interpreter.globals = self.env
        self.objects = Objects(self.interpreter, path.parent, document, self.env)
        self.base.fallback = self.objects.find
        self.trouble = ""
        self.df: dict[str, float] = {}
        self._begin(path)

    def _begin(self, path: Path) -> None:
        data = path.with_name(str((self.document.get("data") or [path.stem + ".csv"])[0]))
        self.env["x"] = table(data)
        for node in parse(str(self.document["r_setup"])):
            try:
                self.interpreter.value(node, self.env)
            except Exception as error:  # noqa: BLE001 - a call that needs this object says so; the others still run
                self.trouble += f" {type(error).__name__}: {error}"

    def run(self, entry: Mapping[str, Any]) -> Outcome:
        """Evaluate one call and compare it."""
        blank = Outcome(str(entry["id"]), str(entry["stat"]), str(entry["r_call"]), ())
        record = entry["result"]
        if str(entry["stat"]).startswith(LEFT_OUT):
            return replace(blank, checks=_all(record, "unsupported"), note="left out: not part of this package")
        self._options(entry)
        try:
            call = parse_one(blank.call)
            answer = self.interpreter.value(call, Env({}, self.env))
            ours, kind, fields, origin = self._rendered(answer, entry)
        except (Unsupported, RError) as error:
            return replace(blank, checks=_all(record, "unsupported"), note=f"{error}{self.trouble}")
        except BdgError as error:
            return self._refused(blank, entry, str(error))
        except Exception:  # noqa: BLE001 - one broken result must not stop the others; it counts as failed, with its trace
            return replace(blank, checks=_all(record, "failed"), note=traceback.format_exc(limit=-3) + self.trouble)
        checks = compare(record, ours, tolerance(words_in(call)))
        case = Case(entry, record, kind, fields, origin, "", tuple(checks))
        return _judged(blank, case)

    def _options(self, entry: Mapping[str, Any]) -> None:
        options = entry.get("r_options") or {}
        self.interpreter.lonely = str(options.get("survey.lonely.psu", "fail"))
        self.interpreter.ultimate = bool(options.get("survey.ultimate.cluster", False))
        self.interpreter.domain_lonely = bool(options.get("survey.adjust.domain.lonely", False))
        self.interpreter.entry = entry

    def _refused(self, blank: Outcome, entry: Mapping[str, Any], message: str) -> Outcome:
        record = entry["result"]
        if "error" in record:
            return replace(
                blank, note=message, error=True, known=(f"R stops: {record['error']}; ours refuses: {_line(message)}",)
            )
        return replace(blank, checks=_all(record, "failed"), note=f"refused: {message}")

    def _rendered(
        self, answer: Any, entry: Mapping[str, Any]
    ) -> tuple[dict[str, Any], str, Mapping[str, Any], Mapping[str, Any]]:
        """Our value under the keys of R's record."""
        record = entry["result"]
        if not isinstance(answer, Answer):
            return _value(answer, record), "value", {}, {}
        ours: dict[str, Any] = {}
        if record.get("df") is not None and answer.kind in ("estimates", "share", "record", "model") and "p" not in record:
            ours["df"] = self._df(entry)
        if answer.kind == "test":
            return gold_tests.as_record(answer, record), "test", answer.fields, answer.origin
        if answer.joint is not None:
            ours |= _estimates(answer, record, ours.get("df", np.nan))
        ours |= {k: v for k, v in answer.fields.items() if k not in ("status", "reason", "deff") and v is not None}
        return ours, answer.kind, _aligned(answer, record), answer.origin

    def _df(self, entry: Mapping[str, Any]) -> float:
        name = str(entry["design_object"])
        if name not in self.df:
            self.df[name] = float(gold_designs.degrees(self.interpreter, self.env.find(name)))
        return self.df[name]


def _all(record: Mapping[str, Any], state: str) -> tuple[Check, ...]:
    return tuple(Check(path, theirs, None, None, state) for path, theirs in numbers(record))


def _line(text: str) -> str:
    return " ".join(text.split())[:160]


def _order(answer: Answer, record: Mapping[str, Any]) -> list[int | None]:
    """Our place of each name in R's record, None when we have no such estimate; by place when R gives no names."""
    names = record.get("names")
    flat = [n for part in names for n in (part if isinstance(part, list) else [part])] if isinstance(names, list) else []
    ours = list(answer.joint.names)
    if not flat:
        return list(range(len(ours)))
    if not set(flat) & set(ours) and len(flat) == len(ours):
        return list(range(len(ours)))
    return [ours.index(n) if n in ours else None for n in flat]


def _estimates(answer: Answer, record: Mapping[str, Any], df: float) -> dict[str, Any]:
    """Estimates, errors, covariance and limits in R's order; None where we have no estimate of that name."""
    order = _order(answer, record)
    joint, none = answer.joint, [i is None for i in order]
    at = [0 if i is None else i for i in order]

    def put(values: Any) -> list[Any]:
        listed = np.asarray(values).tolist()
        return [None if gone else listed[i] for i, gone in zip(at, none, strict=True)]

    if not joint.names:
        return {}
    ours: dict[str, Any] = {
        "estimate": put(joint.value), "se": put(joint.se), "vcov": [row if row is None else put(row) for row in put(joint.vcov)],
        "ci_normal": put(joint.interval(0.95, np.inf)),
    }  # fmt: skip
    if not np.isnan(df):
        ours["ci_t"] = put(joint.interval(0.95, df))
    if "deff" in answer.fields:
        ours["deff"] = put(np.array(answer.fields["deff"], dtype=object))
    if "full_table" in record and "variables" in answer.origin:
        ours["full_table"] = gold_estimates.full_table(answer)
    return ours


def _aligned(answer: Answer, record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Status and reason in R's order."""
    if answer.joint is None or len(answer.fields.get("status", ())) != len(answer.joint.names):
        return answer.fields
    order = [i for i in _order(answer, record) if i is not None]
    moved = {k: [answer.fields[k][i] for i in order] for k in ("status", "reason") if k in answer.fields}
    return {**answer.fields, **moved}


def _value(answer: Any, record: Mapping[str, Any]) -> dict[str, Any]:
    """Vectors, lists and designs under the keys of R's record."""
    if isinstance(answer, RDesign):
        values = BASE["weights"].function(None, answer).data.tolist()
        return {"weights": values, "weight_sum": float(np.sum(values))}
    if "value" not in record and isinstance(answer, Vec):
        return {"estimate": answer.data.tolist()}
    return {"value": _listed(answer)}


def _listed(answer: Any) -> Any:
    if isinstance(answer, RList):
        return {n: _listed(v) for n, v in zip(answer.names or map(str, range(len(answer.data))), answer.data, strict=True)}
    if isinstance(answer, Vec):
        return answer.data.tolist()
    return answer.data.tolist() if isinstance(answer, Matrix) else plain(answer)


def _judged(blank: Outcome, case: Case) -> Outcome:
    """Failures and estimates that are not estimable, put under the rules."""
    found: list[Check] = []
    told: dict[str, list[Check]] = {}
    for check in case.checks:
        stopped = any(case.status(i) == STOPPED for i in case.elements(check.path)) and check.path[0] != "df"
        rule = next((r for r in RULES if r.applies(case, check)), None) if stopped or check.state != "passed" else None
        known = check if rule is None else replace(check, state="documented", rule=rule.name)
        found.append(known)
        if rule is not None:
            told.setdefault(rule.name, []).append(known)
    lines = tuple(_told(case, name, some) for name, some in told.items())
    if "error" in case.record:
        state = case.status(0) or "an estimate"
        lines = (f"R stops: {case.record['error']}; ours: {state} {case.reason(0)} {_numbers(case)}",)
    return replace(blank, checks=tuple(found), known=lines, error="error" in case.record)


def _numbers(case: Case) -> str:
    ends = case.fields.get("ci")
    return "" if not ends or ends[0] is None else f"[{ends[0]:.6g}, {ends[1]:.6g}]"


def _told(case: Case, name: str, some: list[Check]) -> str:
    rule = next(r for r in RULES if r.name == name)
    first = next((c for c in some if c.path[0] in ("ci", "full_table")), some[0])
    reason = next((case.reason(i) for i in case.elements(first.path) if case.status(i) == STOPPED), "")
    ours = "none" if first.ours is None else f"{first.ours:.9g}"
    return (
        f"{name}: {len(some)} numbers, {first.what} R {first.theirs:.9g}, ours {ours}. Ours: {reason or rule.ours}. R: {rule.why}"
    )
