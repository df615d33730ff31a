"""How many hamlets each stratum gets: proportional, Neyman, power, and with a minimum for each domain.

Imports errors, systematic (certain units) and numpy.  Never sees a hamlet's name.  All rules give whole numbers one hamlet
at a time, the next one to the stratum of highest priority, ties in order of name; none goes below `least` or above the
stratum's hamlets (what a full stratum cannot take goes to the others).

- proportional: priority M_h/(2 n_h + 1), Webster's divisor rule.
- Neyman (1934): n_h in proportion to N_h S_h.  Priority N_h S_h/sqrt(n_h (n_h + 1)), which gives the exact smallest
  sum of N_h^2 S_h^2/n_h in whole numbers: Wright (2012) The American Statistician 66:217; (2017) Stat. Probab. Lett. 129:50.
- power: Bankier (1988) The American Statistician 42:174: n_h in proportion to X_h^alpha CV_h; the same rule as Neyman's in
  whole numbers, smallest sum of (X_h^alpha CV_h)^2/n_h.  alpha 1 with CV_h = S_h/mean: Neyman's; alpha 0: equal CVs.
- minimum: proportional, then strata of a domain that lacks hamlets are raised until the number expected in it is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite, sqrt

import numpy as np

from forms.errors import refuse
from forms.survey import Allocation

from .systematic import NEAR, certain

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Asked:
    """What an allocation is asked for.

    least: hamlets in every stratum.  spreads: stratum -> S_h (neyman) or CV_h (power; {}: one for all).
    minimum: domain -> hamlets; shares: domain -> stratum -> share of the stratum's households that live in the domain.
    """

    rule: Allocation = "proportional"
    least: int = 2
    alpha: float = 0.5
    spreads: Mapping[str, float] = field(default_factory=dict)
    minimum: Mapping[str, int] = field(default_factory=dict)
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def allocate(sizes: Mapping[str, float], total: int, least: int | Counts = 2, *, most: Counts | None = None) -> dict[str, int]:
    """Hamlets per stratum: at least `least` each, the rest in proportion to size (Webster, ties by name).

    most: hamlets a stratum has.  BdgError DATA-007 (fewer asked for than the strata need), DATA-040 (a stratum has fewer
    hamlets than it needs), DATA-041 (more asked for than there are).
    """
    return _greedy(sizes, total, least, most, lambda h, n: sizes[h] / (2 * n + 1))


def neyman(
    counts: Mapping[str, float], spreads: Mapping[str, float], total: int, least: int | Counts = 2, *, most: Counts | None = None
) -> dict[str, int]:
    """Smallest variance of a stratified mean: N_h and S_h of each stratum.  As `allocate`; DATA-042 a spread is missing."""
    return _optimal({h: counts[h] * _spread(spreads, h) for h in counts}, total, least, most)


def power(
    sizes: Mapping[str, float], alpha: float, total: int, least: int | Counts = 2, *,
    spreads: Mapping[str, float] | None = None, most: Counts | None = None,
) -> dict[str, int]:  # fmt: skip
    """Bankier's power allocation: X_h^alpha, times CV_h where given.  As `allocate`; DATA-042 a CV is missing."""
    weight = {h: x**alpha * (_spread(spreads, h) if spreads else 1.0) for h, x in sizes.items()}
    return _optimal(weight, total, least, most)


def with_minimum(
    sizes: Mapping[str, float], asked: Asked, total: int, least: int | Counts = 2, *, most: Counts | None = None
) -> dict[str, int]:
    """Proportional, but with at least asked.minimum hamlets expected in each domain.

    n_h hamlets drawn by size put n_h times the domain's share of the stratum into a domain: exact where the stratum lies
    inside it, an expectation where the domain cuts across.  The stratum raised next is the one where one hamlet more closes
    most of what is lacking (ties: Webster, name); at the end every raise that is not needed is taken back.  DATA-043 when a
    domain cannot get its number.
    """
    low = {h: least if isinstance(least, int) else least[h] for h in sorted(sizes)}
    got = allocate(sizes, total, low, most=most)
    raised: list[str] = []
    while lacking := _lacking(got, asked):
        open_ = [h for h in got if most is None or got[h] < most[h]]
        best = max(open_, key=lambda h: (_gain(h, lacking, asked), sizes[h] / (2 * got[h] + 1)), default="")
        if not best or _gain(best, lacking, asked) <= 0 or _after(low, best, got) > total:
            name, short = min(lacking.items())
            raise refuse("DATA-043", name, expected=asked.minimum[name], got=f"{asked.minimum[name] - short:.2f}", domain=name)
        raised += [best] * (got[best] + 1 - low[best])
        low[best] = got[best] + 1
        got = allocate(sizes, total, low, most=most)
    for h in reversed(raised):
        fewer = allocate(sizes, total, {**low, h: low[h] - 1}, most=most)
        if not _lacking(fewer, asked):
            low[h], got = low[h] - 1, fewer
    return got


def allotted(hamlets: Mapping[str, Sequence[float]], asked: Asked, total: int) -> dict[str, int]:
    """The allocation of a wave.  hamlets: stratum -> households of each of its hamlets.

    Beside `asked.least`: where hamlets are drawn for certain, two more are drawn by chance, or the stratum is taken whole;
    a single one by chance would leave a stratum without a variance.
    """
    sizes = {h: float(sum(units)) for h, units in sorted(hamlets.items())}
    most = {h: len(units) for h, units in hamlets.items()}
    low = dict.fromkeys(sizes, asked.least)
    while True:
        got = _by_rule(sizes, asked, total, low, most)
        sure = {h: len(certain(np.array(hamlets[h], dtype=np.float64), n)) for h, n in got.items()}
        alone = {h: min(most[h], sure[h] + 2) for h, n in got.items() if n - sure[h] == 1}
        if not alone:
            return got
        low |= alone


def _by_rule(sizes: Mapping[str, float], asked: Asked, total: int, low: Counts, most: Counts) -> dict[str, int]:
    if asked.rule == "neyman":
        return neyman(sizes, asked.spreads, total, low, most=most)
    if asked.rule == "power":
        return power(sizes, asked.alpha, total, low, spreads=asked.spreads, most=most)
    if asked.rule == "minimum":
        return with_minimum(sizes, asked, total, low, most=most)
    return allocate(sizes, total, low, most=most)


def _optimal(weight: Mapping[str, float], total: int, least: int | Counts, most: Counts | None) -> dict[str, int]:
    """Whole numbers with the smallest sum of weight^2/n: a stratum with none yet comes first."""
    return _greedy(weight, total, least, most, lambda h, n: weight[h] / sqrt(n * (n + 1)) if n else inf if weight[h] else 0.0)


def _greedy(
    names: Mapping[str, float], total: int, least: int | Counts, most: Counts | None, priority: Callable[[str, int], float]
) -> dict[str, int]:
    got = {h: least if isinstance(least, int) else least[h] for h in sorted(names)}
    if most is not None:
        for h, n in got.items():
            if most[h] < n:
                raise refuse("DATA-040", h, expected=f"≥ {n}", got=most[h], stratum=h)
        if total > sum(most[h] for h in got):
            raise refuse("DATA-041", "", expected=f"≤ {sum(most[h] for h in got)}", got=total)
    if total < sum(got.values()):
        raise refuse("DATA-007", "", expected=sum(got.values()), got=total, stratum=", ".join(got))
    for _ in range(total - sum(got.values())):
        open_ = [h for h in got if most is None or got[h] < most[h]]
        best = max(open_, key=lambda h: priority(h, got[h]))
        got[best] += 1
    return got


def _spread(spreads: Mapping[str, float], h: str) -> float:
    value = spreads.get(h, -1.0)
    if not isfinite(value) or value < 0:
        raise refuse("DATA-042", h, expected="S ≥ 0", got=spreads.get(h, ""), stratum=h)
    return value


def _lacking(got: Counts, asked: Asked) -> dict[str, float]:
    """How many hamlets each domain still lacks, those that lack any."""
    short = {d: n - sum(got[h] * s for h, s in asked.shares[d].items()) for d, n in asked.minimum.items()}
    return {d: x for d, x in sorted(short.items()) if x > NEAR}


def _gain(h: str, lacking: Mapping[str, float], asked: Asked) -> float:
    return sum(min(asked.shares[d].get(h, 0.0), short) for d, short in lacking.items())


def _after(low: Counts, best: str, got: Counts) -> int:
    return sum(low.values()) - low[best] + got[best] + 1
