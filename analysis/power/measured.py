"""The rows of a study: what a plan proves, by outcome, group and ICC, as rows of results of kind `power`.

Imports results (Row), plans, closed, solve; simulation late.  Estimands: docs/contract.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from ..results import Row, Unit
from .closed import DETECT, Claim, points, relative
from .plans import ICCS, Aim, Asked, Icc, Subject, design_words
from .solve import Found, chance, households_needed, psus_needed, smallest, smallest_rise
from .survey import Scenario


def claims(aim: Aim) -> tuple[Claim, ...]:
    """Proving the lower and the upper level, any rise, and both levels read as points."""
    return tuple(dict.fromkeys((relative(aim.low), relative(aim.high), DETECT, points(aim.low), points(aim.high))))


def rows_of(asked: Asked, subject: Subject, aim: Aim) -> Iterator[Row]:
    """All rows of one subject in closed form."""
    for icc in ICCS:
        s = asked.scenario(subject.outcome, subject.group, icc)
        for claim in claims(aim):
            yield row(asked, subject, s, icc, f"mdc_{claim.name}", smallest_rise(s, claim), _unit(subject, claim))
    s = asked.scenario(subject.outcome, subject.group)
    prove = relative(aim.low)
    for rise in aim.rises:
        now = s.baseline * (1 + rise / 100)
        at = f"{prove.name}_at{rise:g}"
        yield row(asked, subject, s, "mid", f"power_{at}", chance(s, now, prove), "percent")
        if rise > aim.low:
            for what, needed in (("psus", psus_needed(s, now, prove)), ("households", households_needed(s, now, prove))):
                up = Found(None if needed.value is None else float(math.ceil(needed.value - 1e-6)), needed.reason)
                yield row(asked, subject, s, "mid", f"{what}_{at}", up, "count")


def simulated(asked: Asked, subject: Subject, aim: Aim, runs: int, seed: int, step: Callable[[int], None]) -> Iterator[Row]:
    """Power by simulation at the smallest rise that the closed form says is proven: to be the power asked for."""
    from .simulate import simulate

    s = asked.scenario(subject.outcome, subject.group)
    prove = relative(aim.low)
    found = smallest(s, prove)
    if found.value is None:
        yield row(asked, subject, s, "mid", f"power_{prove.name}_at_mdc", Found(None, found.reason), "percent", "simulation")
        return
    made = simulate(s, found.value, runs, seed, low=aim.low, high=aim.high, step=step)
    share = made.proven("met")
    yield row(
        asked, subject, s, "mid", f"power_{prove.name}_at_mdc", Found(100 * share), "percent", "simulation",
        se=100 * made.error(share),
    )  # fmt: skip


def row(
    asked: Asked, subject: Subject, s: Scenario, icc: Icc, estimand: str, found: Found, unit: Unit, method: str = "closed",
    se: float | None = None,
) -> Row:  # fmt: skip
    """One number as a row of results.  n: respondents expected in the smaller wave; category: which ICC."""
    group = subject.group
    return Row(
        "power", subject.outcome.id, estimand, asked.waves[1], unit, asked.waves[0],
        () if group is None else ((group.domain, group.code),), icc, found.value, se, s.degrees[2], level=s.confidence,
        interval="t" if unit in ("point", "percentage_point") or "detect" in estimand else "fieller",
        n=round(min(s.respondents(0), s.respondents(1))), psus=round(min(s.sizes(0)[0], s.sizes(1)[0])), strata=s.strata,
        deff=s.deff(0), design=design_words(s), method=method,
        status="ok" if found.value is not None else "not_estimable", reason=found.reason,
    )  # fmt: skip


def _unit(subject: Subject, claim: Claim) -> Unit:
    if not claim.shift:
        return "percent"
    return "point" if subject.outcome.kind == "mean" else "percentage_point"
