"""The sample by stratum from a frame (allocated as survey.yaml says) or from the record of a draw.

Imports sampling (frame, strata, allocation, draw; late record, proposal) and sampled.  Never draws, never names a hamlet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from forms import Place
from forms.errors import refuse
from forms.plan import Plan
from forms.survey import SurveyPlan

from ..sampling.allocation import Asked, allotted
from ..sampling.draw import grouped
from ..sampling.frame import STAMP, Hamlet, read_frame
from ..sampling.strata import stratified
from .sampled import Sampled, Stratum


def from_frame(
    path: Path, plan: Plan, survey: SurveyPlan, places: Sequence[Place], former: Mapping[str, Sequence[str]]
) -> Sampled:
    """The strata of the base wave in a frame, with the hamlets that survey.yaml's rule gives each.

    The frame as of the first day of fieldwork, or of its last listing that the base year does not pass while the dates are
    open.  Neyman's rule needs spreads that no frame holds: then the frame's counts stand alone.  Main households: as many a
    hamlet as planned.  BdgError DATA-001 and on of the frame, DATA-007, -040, -041, -043 where the strata cannot be filled.
    """
    links, base = path.with_name("psu_links.csv"), min(survey.waves)
    read = read_frame(path, links if links.exists() else None, communes={p.code: p.name for p in places}, former=former)
    start = plan.waves[base].field_start if base in plan.waves else None
    day = start or max((h.as_of for h in read.hamlets if h.as_of.year <= base), default=None)
    if day is None:
        raise refuse("DATA-001", path.name, expected=f"as_of ≤ {base}", got=min(h.as_of for h in read.hamlets))
    groups = grouped(stratified(read, places, survey.selection.stratify), base, day)
    given, size = _allotted(groups, survey, base), survey.waves[base]
    strata = tuple(
        Stratum(
            name, len(units), sum(h.households for h in units), sum(h.persons for h in units),
            n := given.get(name), None if n is None else n * size.households, None if n is None else n * size.reserves,
        )
        for name, units in groups.items()
    )  # fmt: skip
    filled = tuple(name for name in ("khu_vuc", "dtts") if any(getattr(h, name) for h in read.hamlets))
    made_up = any(STAMP in h.source for h in read.hamlets)
    return Sampled(strata, practice=made_up, filled=filled, digests={"frame": _digest(path)})


def from_record(path: Path, survey: SurveyPlan) -> Sampled:
    """The strata of the base wave as a draw left them (draw.json).  DATA-048 no such record, or none of the base wave.

    Main and reserve households: as many a hamlet as the draw was asked for.
    """
    from ..sampling.record import read_record

    record, base = read_record(path), min(survey.waves)
    wave = next((w for w in record.waves if w.plan.wave == base), None)
    if wave is None:
        raise refuse("DATA-048", path.name, expected=base, got=", ".join(str(w.plan.wave) for w in record.waves))
    size = wave.plan
    strata = tuple(
        Stratum(g.stratum, g.hamlets, g.households, None, g.drawn, g.drawn * size.households, g.drawn * size.reserves)
        for g in wave.table
    )
    return Sampled(strata, drawn=True, seed=record.seed, practice=record.kind == "practice", digests={"draw": _digest(path)})


def _allotted(groups: Mapping[str, Sequence[Hamlet]], survey: SurveyPlan, base: int) -> Mapping[str, int]:
    from ..sampling.proposal import domain_shares

    chosen = survey.selection
    if chosen.allocation == "neyman":
        return {}
    minimum = dict(chosen.minimum) if chosen.allocation == "minimum" else {}
    asked = Asked(chosen.allocation, chosen.least, chosen.alpha, {}, minimum, domain_shares(minimum, groups, base))
    return allotted({h: [float(u.households) for u in units] for h, units in groups.items()}, asked, survey.waves[base].psus)


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
