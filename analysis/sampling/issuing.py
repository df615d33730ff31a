"""A wave drawn and written: bdg analysis sample draw.

Imports the proposal, draw, record, seal, pairs, findings.  Sees hamlets and household numbers, never a person.

What is written, and to whom it may be given.  draw.json (counts by stratum, seed, SHA-256 of the seal): public at once.  The
base wave's sample.csv: the survey team.  restricted/: nobody outside the group that keeps the seal, until the later wave's
fieldwork is over; a later wave's whole sample stands there, because its column overlap_of says which hamlets were kept.
field_<wave>.csv: what the form and the teams need, without overlap_of and prn; beside the base sample it too tells the kept
hamlets, so each team gets its own on its first day in the field and no earlier.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from forms.errors import refuse
from forms.folder import whole

from ..csvtable import table_bytes
from ..findings import Finding, document
from .draw import Drawing, drawing
from .frame import STAMP
from .households import used_of
from .pairs import joint_bytes
from .proposal import Order, Proposal
from .record import Record, checked, record_bytes
from .sample import SAMPLE_COLUMNS, Drawn, read_sample, sample_bytes
from .seal import commitment, new_seal, read_seal, seal_bytes
from .systematic import certain

FIELD_COLUMNS = tuple(c for c in SAMPLE_COLUMNS if c not in ("overlap_of", "prn"))
RESTRICTED = "restricted"
_FEW = "Hỏi lại danh sách hộ của địa bàn / Ask again for the hamlet's household list"
_AGAIN = "Hộ đã chọn ở kỳ trước vì địa bàn ít hộ; nêu khi phân tích / Drawn in an earlier wave too, for lack of others; say so"


@dataclass(frozen=True)
class Issued:
    """A drawn wave: the draw of all waves, the record with this one, what to look at, the files by name."""

    drawing: Drawing
    record: Record
    findings: tuple[Finding, ...]
    files: Mapping[str, bytes]


def issued(proposal: Proposal, order: Order) -> Issued:
    """Draw the wave.  DATA-045 the seal; DATA-046 the earlier draw made again differs from its record; as `draw` refuses."""
    seal, before = _seal(proposal, order), proposal.before
    earlier: tuple[Drawn, ...] = ()
    if before and order.previous:
        earlier = read_sample(order.previous)
        checked(before, proposal.frame, seal, earlier, order.previous.name)
    made = drawing(proposal.frame, proposal.plans, proposal.seed, kind=proposal.kind, seal=seal)
    wave = proposal.wave.plan.wave
    done = replace(proposal.wave, table=tuple(g for g in made.table if g.wave == wave))
    published = before.seal if before else commitment(seal) if seal else None
    record = Record(proposal.kind, proposal.province, proposal.seed, published, (*(before.waves if before else ()), done))
    found = looked_at(made.rows, proposal, wave)
    old = [d for d in earlier if d.wave != wave]
    return Issued(made, record, found, _files(made, record, found, old, None if before else seal))


def _seal(proposal: Proposal, order: Order) -> str | None:
    if proposal.before is None:
        return new_seal(order.secret_file) if proposal.kind == "real" else None
    return read_seal(order.seal, proposal.before.seal) if proposal.before.seal else None


def _files(made: Drawing, record: Record, found: Sequence[Finding], old: Sequence[Drawn], seal: str | None) -> dict[str, bytes]:
    wave, later = record.waves[-1].plan.wave, len(record.waves) > 1
    new = [d for d in made.rows if d.wave == wave]
    keep = f"{RESTRICTED}/" if later else ""
    field = [{c: getattr(d, c) for c in FIELD_COLUMNS} for d in new]
    files = {
        "draw.json": record_bytes(record),
        f"{keep}sample.csv": sample_bytes([*old, *new]),
        f"field_{wave}.csv": table_bytes(FIELD_COLUMNS, field),
        f"{keep}draw_findings_{wave}.json": document(found),
    }
    if not later and (pairs := joint_bytes(made)) is not None:
        files[f"joint_{wave}.csv"] = pairs
    if seal is not None:
        files[f"{RESTRICTED}/seal.json"] = seal_bytes(seal)
    return files


def looked_at(rows: Sequence[Drawn], proposal: Proposal, wave: int) -> tuple[Finding, ...]:
    """Hamlets of a wave with too few households: fewer than asked for, or not enough that no earlier wave had."""
    plan, common = proposal.wave.plan, proposal.frame.common()
    used = used_of([d for d in rows if d.wave < wave], common)
    here: dict[str, list[Drawn]] = {}
    for d in rows:
        if d.wave == wave:
            here.setdefault(d.psu, []).append(d)
    found = []
    for psu, some in here.items():
        if len(some) < plan.households + plan.reserves:
            asked = f"{plan.households} + {plan.reserves}"
            found.append(Finding("households_few", "yellow", wave, "", psu, "", "", asked, str(len(some)), _FEW))
        if again := sum(d.ssu in used.get(common[psu], {}) for d in some):
            found.append(Finding("households_again", "info", wave, "", psu, "", "", "0", str(again), _AGAIN))
    return tuple(sorted(found, key=lambda f: f.id))


def write_issued(done: Issued, out: Path, order: Order) -> tuple[Path, ...]:
    """All files or none; restricted ones readable by their owner only.  DATA-047 rather than overwrite a sample."""
    _vacant(done, out, order)
    with whole(out) as staged:
        for name, body in done.files.items():
            path = staged / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(body)
            if path.parent.name == RESTRICTED:
                path.parent.chmod(0o700)
                path.chmod(0o600)
    return tuple(out / name for name in done.files)


def _vacant(done: Issued, out: Path, order: Order) -> None:
    """Nothing that the draw writes may be there, but for what it continues: the record and the sample given to it."""
    given = {p.resolve() for p in (order.record, order.previous) if p is not None}
    there = [name for name in done.files if (out / name).exists() and (out / name).resolve() not in given]
    if there:
        raise refuse("DATA-047", there[0], got=", ".join(there), wave=order.wave)


def preview(proposal: Proposal) -> tuple[str, ...]:
    """The allocation, stratum by stratum, as the command prints it."""
    plan = proposal.wave.plan
    lines = [STAMP] if proposal.kind == "practice" else []
    lines.append(
        f"Kỳ {plan.wave}, khung ngày {plan.day:%d/%m/%Y}: {plan.psus} địa bàn × {plan.households} hộ, {plan.reserves} dự phòng; "
        f"{proposal.wave.allocation}, {plan.method}" + (f", {plan.overlap} ≤ {plan.keep:g}" if proposal.before else "")
    )
    width = max(len("tầng / stratum"), *(len(g) for g in proposal.groups))
    lines.append(f"  {'tầng / stratum':<{width}}  địa bàn   hộ      chọn  chắc chắn  (hamlets, households, drawn, certain)")
    for g, units in proposal.groups.items():
        n, sizes = (plan.counts or {})[g], [float(u.households) for u in units]
        sure = len(certain(np.array(sizes), n))
        lines.append(f"  {g:<{width}}  {len(units):>7}  {int(sum(sizes)):>6}  {n:>6}  {sure:>9}")
    return tuple(lines)


def told(done: Issued) -> tuple[str, ...]:
    """What the command says of a draw: hamlets by rule, findings, the commitment to publish."""
    wave = done.record.waves[-1]
    rules = Counter(g.rule for g in wave.table)
    drawn = sum(g.drawn for g in wave.table)
    lines = [f"đã chọn / drawn: {drawn} địa bàn ({', '.join(f'{rule}: {n} tầng' for rule, n in sorted(rules.items()))})"]
    for (check, do), n in sorted(Counter((f.check, f.do) for f in done.findings).items()):
        lines.append(f"  {check}: {n} địa bàn. {do}")
    if done.record.seal:
        lines.append(f"công bố mã niêm phong / publish: sha256 {done.record.seal}")
        lines.append("giữ seal.json ở hai nơi; mất thì không chọn được kỳ sau / keep it in two places: no later draw without it")
    return tuple(lines)
