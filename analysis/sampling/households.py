"""The households of a drawn hamlet: a simple random sample by permanent random numbers, new ones in a later wave.

Imports frame, sample (records), streams, numpy.  Never sees a name or an answer: a household is its number in the fixed list
of its hamlet, 001, 002, ...  That list keeps its order for ever; who moves in is added at the end.

Every household carries a permanent random number (Ohlsson 1995); a wave takes the first m on the ring [0, 1) after a point
of its own.  `anew`: those that an earlier wave already had, reserves too, go to the end of the line.  The numbers are
independent and alike for all households, so any rule that looks at numbers and not at households draws a simple random
sample: m of M, probability m/M, in every wave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .frame import Hamlet
from .sample import Drawn, RoundKind
from .streams import PRN, SELECT, Streams


@dataclass(frozen=True)
class Picked:
    """A hamlet drawn in a wave.  p: inclusion probability; kept: the earlier wave that had it; n_pop: hamlets in the stratum."""

    unit: Hamlet
    stratum: str
    p: float
    certain: bool
    kept: int | None
    n_pop: int


@dataclass(frozen=True)
class Take:
    """How many households a wave takes in each hamlet.  turn: 0 for the base wave.

    used: common id of a hamlet -> household number -> 1 (reserve) or 2 (main) of an earlier wave.
    """

    wave: int
    turn: int
    households: int
    reserves: int
    kind: RoundKind
    used: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def households(p: Picked, take: Take, streams: Streams, common: str) -> list[Drawn]:
    """The rows of one hamlet: main households, then reserves in the order in which they may be released."""
    size = p.unit.households
    main = min(take.households, size)
    prn = np.floor(streams.of(0, PRN, common).random(size) * 1e6) / 1e6
    select = np.floor(streams.of(take.wave, SELECT, common).random(size) * 1e6) / 1e6
    order = np.argsort((prn - _point(take.turn)) % 1.0, kind="stable")
    order = _unused_first(order, take.used.get(common, {}))[: main + take.reserves]
    return [
        Drawn(
            wave=take.wave, stratum=p.stratum, psu=p.unit.psu, ssu=f"{int(j) + 1:03d}",
            commune=p.unit.in_year("commune", take.wave), p_psu=p.p,
            p_household=main / size, certainty=int(p.certain), n_psu_pop=p.n_pop, n_ssu_pop=size,
            status="main" if place < main else "reserve", reserve_order=None if place < main else place - main + 1,
            select_u=round(float(select[j]), 6), prn=round(float(prn[j]), 6), overlap_of=p.kept, round_kind=take.kind,
        )
        for place, j in enumerate(order)
    ]  # fmt: skip


def _unused_first(order: NDArray[np.intp], used: Mapping[str, int]) -> NDArray[np.intp]:
    if not used:
        return order
    rank = np.array([used.get(f"{int(j) + 1:03d}", 0) for j in order])
    return order[np.argsort(rank, kind="stable")]


def used_of(rows: list[Drawn], common: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Households of earlier waves by the common id of their hamlet: 2 where ever a main household, 1 a reserve."""
    found: dict[str, dict[str, int]] = {}
    for d in rows:
        here = found.setdefault(common[d.psu], {})
        here[d.ssu] = max(here.get(d.ssu, 0), 2 if d.status == "main" else 1)
    return found


def _point(turn: int) -> float:
    """Where a wave starts on the ring of permanent random numbers: 0, 1/2, 1/4, 3/4, 1/8, ..."""
    point, step = 0.0, 0.5
    while turn:
        point, turn, step = point + step * (turn % 2), turn // 2, step / 2
    return point
