"""Replicate weights that repeat the whole chain: hamlets redrawn, then response factors, calibration and trimming anew.

Imports numpy, pandas (a frame of columns), steps, weighed, perturbation, units and design.  Sees the drawn households,
interviewed or not; no answer.
Rao and Wu (1988): in each stratum n_h - 1 of the n_h drawn hamlets with replacement, all issued households of a hamlet with
it; hamlets of certainty give way to their households.  A hamlet drawn in two waves counts alike in both, so that a change is
a replicate statistic by itself.  Categories and response classes are merged as in the full sample.
What cannot be done in a replicate as in the full sample is done as near to it as possible, and counted: residents of a
category from which nobody was redrawn go to its neighbour (the merging rule's own); a total out of reach within the bounds is
met without them, since the bounds guard the weights that are published and no replicate is.  A replicate that meets its totals
in no way is left out; above 5 % of them the rest no longer stand for the design and the command is refused.
Sources: Rao and Wu (1988) JASA 83:231; Rust and Rao (1996) Stat. Meth. Med. Res. 5:283 (each replicate repeats every step);
Kolenikov (2010) Stata Journal 10:165.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from forms.errors import refuse

from ..design import LonelyRule, Replicates
from ..tidied import Tidy
from ..units import IntArray, Units
from . import perturbation
from .steps import Chain
from .weighed import Progress, Weighed

MOST_FAILED = 0.05
NAME = "rep"
MOVED = (
    "{n} lần lặp có mục trống, dân số của mục được chuyển sang mục kề"
    " | {n} replicates with an empty category, its residents counted with its neighbour"
)
FREE = "{n} lần lặp hiệu chỉnh không giữ giới hạn | {n} replicates calibrated without the bounds"
FAILED = "{n} lần lặp không hiệu chỉnh được, đã bỏ | {n} replicates could not be calibrated and were left out"


def replicated(
    made: Weighed, chain: Chain, waves: Sequence[Tidy], *, count: int, seed: int, lonely: LonelyRule,
    progress: Progress | None = None,
) -> Weighed:  # fmt: skip
    """The same with columns rep_1 ... rep_R beside the weight, and their record.

    count >= 2; seed: the same gives the same columns.  BdgError STAT-079 a lonely stratum under another rule than certainty or
    collapse; DATA-069 more than 5 % of the replicates meet their totals in no way.
    """
    households = made.households
    units = {t.wave: _units(t, households, lonely) for t in waves}
    drawn = perturbation.bootstrap({w: u for w, (u, _) in units.items()}, lonely, count, np.random.default_rng(seed))
    times = np.ones((len(households), count))
    for wave, (_, row) in units.items():
        at = np.flatnonzero((households["wave"] == wave).to_numpy())
        times[at] = drawn.factors[wave][row]
    if progress:
        progress("quyền số lặp", 3, 4)
    answered, cycled = chain.cycled(times)
    weight = chain.start[:, None] * answered * times[chain.home]
    spoilt = {name: np.zeros(count, dtype=bool) for name in ("moved", "free", "failed")}
    for wave, found in cycled.items():
        at = np.flatnonzero(chain.wave == wave)
        weight[at] *= found.after
        spoilt = {name: flags | getattr(found, name) for name, flags in spoilt.items()}
    if (lost := int(spoilt["failed"].sum())) > MOST_FAILED * count:
        raise refuse("DATA-069", "--replicates", got=lost, failed=lost, of=count, most=f"{MOST_FAILED:.0%}")
    keep = ~spoilt["failed"]
    kept = int(keep.sum())
    names = tuple(f"{NAME}_{r + 1}" for r in range(kept))
    scale = drawn.scale * (count - 1) / (kept - 1)
    record = Replicates(names, "bootstrap", scale, tuple(drawn.rscales[keep].tolist()))
    columns = pd.DataFrame(dict(zip(names, weight[:, keep].T, strict=True)), index=made.people.index)
    words = [(MOVED, spoilt["moved"] & keep), (FREE, spoilt["free"] & keep), (FAILED, spoilt["failed"])]
    notes = [text.format(n=int(flags.sum())) for text, flags in words if flags.any()]
    people = pd.concat([made.people, columns], axis=1)
    return replace(made, people=people, replicates=record, notes=(*made.notes, *drawn.notes, *notes), seed=seed)


def _units(t: Tidy, households: pd.DataFrame, lonely: LonelyRule) -> tuple[Units, IntArray]:
    """The first-stage units of a wave (hamlets; households where the hamlet was certain), and the unit of each household."""
    here = households.loc[households["wave"] == t.wave]
    keys: list[tuple[str, str]] = []
    rows = zip(here["stratum"], here["psu"], here["ssu"], here["certainty"], here["issued"], strict=True)
    for stratum, psu, ssu, sure, issued in rows:
        keys.append((f"{stratum}/{psu}", f"{t.wave}/{psu}/{ssu}" if issued else "") if sure else (stratum, psu))
    certain = {(h, p) for h, p, sure in zip(here["stratum"], here["psu"], here["certainty"], strict=True) if sure}
    silent = {(h, p) for _, h, p in t.sampled if (h, p) not in certain}
    listed = sorted({k for k in keys if k[1]} | silent)
    units = Units(tuple(h for h, _ in listed), tuple(p for _, p in listed), np.zeros(len(listed)))
    at = {key: i for i, key in enumerate(listed)}
    row = np.array([at.get(key, 0) for key in keys], dtype=np.intp)
    return (units.collapsed() if lonely == "collapse" else units), row
