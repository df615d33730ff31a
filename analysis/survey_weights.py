"""The step between tidied waves and estimates: one weight for everybody, the design that knows how it was made.

Imports intake, weighting (chain, diagnose, response) and design.  Weights never depend on a score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from forms.plan import Plan

from .design import Design, Lonely
from .results import Row
from .tidied import Tidy
from .weighting import response
from .weighting.chain import weigh
from .weighting.weighed import Progress, Weighed

if TYPE_CHECKING:
    from .intake import Intake

SSU = "ssu_wave"
WITHOUT = "without reserves"


def weighed(found: Intake, *, replicates: int = 0, seed: int = 1, progress: Progress | None = None) -> Weighed:
    """The weights of all waves, by the plan's `weights` and the totals that lie beside the sample."""
    return _weighed(found, found.waves, replicates, seed, progress)


def without_reserves(found: Intake) -> Weighed | None:
    """The weights as if no reserve had been interviewed; None when none was.

    The people are those of `weighed`, in the same order, less the reserves' (their index says which rows stayed).
    """
    spare = [_reserves(t) for t in found.waves]
    if not any(spare):
        return None
    waves = [
        replace(t, people=t.people.loc[~t.people["person"].isin(some)], households=response.without_reserves(t.households))
        for t, some in zip(found.waves, spare, strict=True)
    ]
    if any(t.people.empty for t in waves):
        return None
    return _weighed(found, waves, 0, 1, None)


def _reserves(t: Tidy) -> set[str]:
    """The people interviewed in reserve households."""
    if t.households.empty:
        return set()
    spare = t.households.loc[(t.households["status"] == "reserve") & t.households["person"].notna(), "person"]
    return {str(p) for p in spare if p}


def _weighed(found: Intake, waves: Sequence[Tidy], replicates: int, seed: int, progress: Progress | None) -> Weighed:
    people = pd.concat([t.people for t in waves], ignore_index=True)
    people[SSU] = [f"{w}/{s}" for w, s in zip(people["wave"], people["ssu"], strict=True)]
    people["certainty"] = _certainty(waves)
    order = {"agegroup": [b.code for b in found.plan.bands]}
    return weigh(
        waves, people, found.survey.weighing, found.targets, replicates=replicates, seed=seed, order=order,
        lonely=design_rules(found.plan).change, progress=progress, stands=found.stands,
    )  # fmt: skip


def _certainty(waves: Sequence[Tidy]) -> list[int]:
    """1 for people of a hamlet that was certain to be drawn."""
    sure: list[int] = []
    for t in waves:
        drawn = {} if t.households.empty else dict(zip(t.households["psu"], t.households["certainty"], strict=True))
        sure += [int(drawn.get(psu, 0)) for psu in t.people["psu"]]
    return sure


def design_rules(plan: Plan) -> Lonely:
    """What the plan says of strata with one PSU."""
    return Lonely(plan.lonely["level"], plan.lonely["change"])  # type: ignore[arg-type]  # the plan's loader checks the words


def design_of(found: Intake, made: Weighed) -> Design:
    """The design of the survey with these weights.

    Hamlets of certainty are strata of their own and their households the first stage; a household's number is its wave's own,
    since the lists are made anew and the same number in two waves is not the same household.
    """
    sampled = tuple(place for t in found.waves for place in t.sampled)
    sure = bool((made.people["certainty"] == 1).any())
    plain = Design("stratum", "psu", "weight", "wave", design_rules(found.plan), found.plan.df_rule, sampled)
    if sure:
        silent = _silent(found, made)
        plain = replace(plain, ssu=SSU, certainty="certainty", sampled=tuple(p for p in sampled if p not in silent))
    return made.design(plain)


def _silent(found: Intake, made: Weighed) -> set[tuple[int, str, str]]:
    """Hamlets of certainty without an interview: their households are not there to be a stratum, and no hamlet is a chance."""
    have = {(int(w), p) for w, p in zip(made.people["wave"], made.people["psu"], strict=True)}
    out: set[tuple[int, str, str]] = set()
    for t in found.waves:
        rows = t.households if not t.households.empty else pd.DataFrame(columns=["stratum", "psu", "certainty"])
        for h, p, sure in zip(rows["stratum"], rows["psu"], rows["certainty"], strict=True):
            if sure and (t.wave, p) not in have:
                out.add((t.wave, h, p))
    return out


def marked(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows computed without the reserves, under a method of their own."""
    return tuple(replace(r, method=", ".join(part for part in (r.method, WITHOUT) if part)) for r in rows)
