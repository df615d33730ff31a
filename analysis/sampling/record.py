"""The public record of a draw (draw.json): everything that repeats it except the seal, and the proof that nothing was changed.

Imports draw, frame, sample, seal (commitment) and the standard library.  Holds counts by stratum, never a drawn hamlet: what
it says of a later wave tells nobody which hamlets were kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from forms.errors import refuse

from .draw import Drawing, Given, WaveDraw, drawing, grouped
from .frame import Frame
from .sample import SAMPLE_COLUMNS, Drawn, RoundKind

SCHEMA = "draw/1"
_KINDS: Mapping[str, RoundKind] = {"practice": "practice", "real": "real"}


@dataclass(frozen=True)
class WaveRecord:
    """One drawn wave.  plan: what draw.py was given; allocation, least, alpha, minimum, spreads: how its counts were found.

    stratify: columns that made the strata; frame: digest of what was read of the frame; survey: digest of survey.yaml.
    """

    plan: WaveDraw
    allocation: str
    least: int
    alpha: float
    minimum: Mapping[str, int]
    spreads: Mapping[str, float]
    stratify: tuple[str, ...]
    frame: str
    survey: str
    table: tuple[Given, ...]


@dataclass(frozen=True)
class Record:
    """draw.json.  seal: SHA-256 of the secret of a real round, None for practice."""

    kind: RoundKind
    province: str
    seed: int
    seal: str | None
    waves: tuple[WaveRecord, ...]

    @property
    def plans(self) -> tuple[WaveDraw, ...]:
        """The plans of all waves so far, the base wave first."""
        return tuple(w.plan for w in self.waves)


def record_bytes(record: Record) -> bytes:
    """draw.json: no clock, no path."""
    waves = []
    for w in record.waves:
        plan = {k: v for k, v in asdict(w.plan).items() if k not in ("counts", "day")}
        rest = {f.name: getattr(w, f.name) for f in fields(w) if f.name not in ("plan", "table")}
        strata = [{k: v for k, v in asdict(g).items() if k != "wave"} for g in w.table]
        waves.append({"day": w.plan.day.isoformat(), **plan, **rest, "strata": strata})
    top = {"schema": SCHEMA, "kind": record.kind, "province": record.province, "seed": record.seed, "seal": record.seal}
    return (json.dumps({**top, "waves": waves}, ensure_ascii=False, indent=1) + "\n").encode()


def read_record(path: Path) -> Record:
    """draw.json as written.  DATA-048 when it is missing or is not a record of a draw."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        kind = _KINDS[raw["kind"]]
        found = Record(kind, raw["province"], int(raw["seed"]), raw["seal"], tuple(_wave(w) for w in raw["waves"]))
        schema = raw["schema"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise refuse("DATA-048", path.name, expected=SCHEMA, got=type(fault).__name__) from None
    if schema != SCHEMA or not found.waves:
        raise refuse("DATA-048", path.name, expected=SCHEMA, got=schema)
    return found


def _wave(raw: Mapping[str, Any]) -> WaveRecord:
    counts = {g["stratum"]: int(g["asked"]) for g in raw["strata"]}
    named = {f.name: raw[f.name] for f in fields(WaveDraw) if f.name not in ("counts", "day")}
    plan = WaveDraw(**{**named, "counts": counts, "day": date.fromisoformat(raw["day"])})
    rest = {f.name: raw[f.name] for f in fields(WaveRecord) if f.name not in ("plan", "table", "stratify")}
    table = tuple(Given(plan.wave, **g) for g in raw["strata"])
    return WaveRecord(plan=plan, stratify=tuple(raw["stratify"]), table=table, **rest)


def frame_digest(frame: Frame, wave: int, day: date) -> str:
    """SHA-256 of what a draw reads of the frame: id, commune, stratum and households of the hamlets of that day, by id."""
    lines = [f"{h.psu},{h.commune},{g},{h.households}" for g, units in grouped(frame, wave, day).items() for h in units]
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()


def checked(record: Record, frame: Frame, seal: str | None, sample: Sequence[Drawn], file: str) -> Drawing:
    """The recorded draw made again; DATA-046 names the first thing that differs from the record or the recorded sample.

    So a frame that was changed afterwards, a sample edited by hand and a seed that is not the recorded one all stop here.
    """
    for w in record.waves:
        found = {g: (len(u), sum(h.households for h in u)) for g, u in grouped(frame, w.plan.wave, w.plan.day).items()}
        told = {g.stratum: (g.hamlets, g.households) for g in w.table}
        for g in sorted({*found, *told}):
            if found.get(g) != told.get(g):
                place = f"frame.csv, {w.plan.wave}, {g}"
                raise refuse("DATA-046", place, expected=_counts(told.get(g)), got=_counts(found.get(g)))
        if frame_digest(frame, w.plan.wave, w.plan.day) != w.frame:
            raise refuse("DATA-046", f"frame.csv, {w.plan.wave}", expected=f"sha256 {w.frame}", got="sha256 ≠")
    again = drawing(frame, record.plans, record.seed, kind=record.kind, seal=seal)
    waves = {w.plan.wave for w in record.waves}
    _same(again.rows, [d for d in sample if d.wave in waves], file)
    return again


def _counts(pair: tuple[int, int] | None) -> str:
    return f"{pair[0]} địa bàn / hamlets, {pair[1]} hộ / households" if pair else "0"


def _same(again: Sequence[Drawn], sample: Sequence[Drawn], file: str) -> None:
    wanted, there = {d.key: d for d in again}, {d.key: d for d in sample}
    for key in sorted({*wanted, *there}):
        place = f"{file}, {' / '.join(map(str, key))}"
        if key not in there or key not in wanted:
            what = ("có dòng này / this line", "không có / no such line")
            want, got = what if key in wanted else reversed(what)
            raise refuse("DATA-046", place, expected=want, got=got)
        for name in SAMPLE_COLUMNS:
            want, got = getattr(wanted[key], name), getattr(there[key], name)
            if want != got:
                raise refuse("DATA-046", place, expected=f"{name} {want}", got=f"{name} {got}")
