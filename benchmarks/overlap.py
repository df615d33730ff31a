"""Simulated two-wave surveys through the project's own `estimate` and `change`: who covers the truth, by method and overlap.

Imports population and the public door of analysis; every estimate, SE, df and limit is the door's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

import numpy as np

from analysis import Design, Lonely, change, estimate
from analysis.units import FloatArray
from benchmarks import population as world
from benchmarks.population import BASE, DOMAINS, ITEMS, LATER, PEOPLE, PLANS, Plan, Population, Surveys, variable

Method = Literal["wave_centred", "unbiased", "stacked", "independent"]
METHODS: tuple[Method, ...] = get_args(Method)
OVERLAPS = (0.0, 0.3, 0.6, 1.0)
ESTIMANDS = ("baseline", "absolute", "relative")
FIELDS = ("estimate", "se", "lower", "upper", "df")
DESIGN = Design("stratum", "psu", "weight", "wave", Lonely("fail", "fail"), "domain")
BATCH = 100


@dataclass(frozen=True)
class Job:
    """A batch of surveys of one plan and overlap."""

    plan: int
    overlap: float
    surveys: int
    seed: tuple[int, ...]


@dataclass(frozen=True)
class Cell:
    """What stands in one line of the proof; below, above: the interval lies wholly below (above) the truth.

    Shares are 0-1.  given: surveys with an interval; se_ratio: mean SE / standard deviation of the estimates; v_ratio: mean
    variance / variance of the estimates; width: mean width / that of wave_centred where both give one; df: mean nominal;
    df_true: 2 mean(V)^2 / variance of V, the df of a chi-square as variable as V (NaN for relative, whose SE is the delta
    method's, Fieller having none); bias: mean error in standard deviations.
    """

    plan: str
    overlap: float
    item: str
    people: str
    estimand: str
    method: str
    surveys: int
    given: float
    coverage: float
    mcse: float
    below: float
    above: float
    se_ratio: float
    v_ratio: float
    width: float
    df: float
    df_true: float
    bias: float


def methods(plan: Plan) -> tuple[Method, ...]:
    """The methods that a plan allows: stacked wants every PSU in the same stratum in both waves."""
    return tuple(m for m in METHODS if not (plan.moved and m == "stacked"))


def jobs(surveys: int, seed: int, overlaps: Sequence[float] = OVERLAPS, plans: Sequence[str] = ()) -> Iterator[Job]:
    """All batches, of some plans by name or all: where strata move there is nothing to show without overlap."""
    for number, plan in enumerate(PLANS):
        for overlap in overlaps:
            if (plans and plan.name not in plans) or (plan.moved and overlap == 0):
                continue
            for start in range(0, surveys, BATCH):
                yield Job(number, overlap, min(BATCH, surveys - start), (seed, number, round(100 * overlap), start))


@cache
def people_of(plan: int, seed: int) -> Population:
    """The population of a plan, made once a process."""
    return world.population(PLANS[plan], seed)


def run(job: Job) -> FloatArray:
    """(surveys, items, PEOPLE, 1 + 2 methods, FIELDS): baseline, then absolute and relative by method; NaN = not given."""
    plan, people = PLANS[job.plan], people_of(job.plan, job.seed[0])
    rng = np.random.default_rng(job.seed)
    each = 1 if plan.moved else job.surveys
    parts = []
    for _ in range(job.surveys // each):
        drawn = world.draw(people, plan, job.overlap, each, rng)
        answers = (world.interview(people, drawn, 0, rng), world.interview(people, drawn, 1, rng))
        parts.append(measured(world.surveys_of(drawn, answers), each, methods(plan)))
    return np.concatenate(parts)


def measured(source: Surveys, surveys: int, by: Sequence[Method]) -> FloatArray:
    """What `estimate` and `change` say of every survey of a source, shaped as in `run`."""
    out = np.full((surveys, len(ITEMS), len(PEOPLE), 1 + 2 * len(METHODS), len(FIELDS)), np.nan)
    groups: list[tuple[str, ...]] = [tuple(name for name, _ in d) for d in DOMAINS]
    for share in (False, True):
        at = [i for i, item in enumerate(ITEMS) if item.share is share]
        stat: Any = "proportion" if share else "mean"
        y = [variable(ITEMS[i], r) for r in range(surveys) for i in at]
        shape = (surveys, len(at), len(PEOPLE), len(FIELDS))
        found = estimate(source, DESIGN, y, by=groups, stat=stat, waves=(BASE,)).columns
        out[..., 0, :][:, at] = _fields(found, slice(None)).reshape(shape)
        for method in by:
            made = change(source, DESIGN, y, wave=LATER, base=BASE, by=groups, stat=stat, method=method).columns
            for estimand, rows in (("diff", 1), ("rel", 2)):
                mine = (np.array(made["estimand"]) == estimand) & (np.array(made["method"]) == method)
                out[..., rows + 2 * METHODS.index(method), :][:, at] = _fields(made, mine).reshape(shape)
    return out


def _fields(columns: Mapping[str, Any], mine: Any) -> FloatArray:
    """(rows, FIELDS) of the rows that are meant; None is NaN, and a row without limits gives nothing."""
    got = np.column_stack([np.asarray(columns[name], dtype=np.float64)[mine] for name in FIELDS])
    got[np.isnan(got[:, 2]) | np.isnan(got[:, 3])] = np.nan
    return got


def truths(people: Population) -> FloatArray:
    """(items, PEOPLE, ESTIMANDS); relative in percent."""
    out = np.empty((len(ITEMS), len(PEOPLE), len(ESTIMANDS)))
    for i in range(len(ITEMS)):
        for d in range(len(PEOPLE)):
            one, two = people.truth(i, 0, d), people.truth(i, 1, d)
            out[i, d] = one, two - one, 100 * (two / one - 1)
    return out


def cells(plan: Plan, overlap: float, found: FloatArray, true: FloatArray) -> Iterator[Cell]:
    """The lines of one plan and overlap."""
    for i, item in enumerate(ITEMS):
        for d in range(len(PEOPLE)):
            here, truth = found[:, i, d], true[i, d]
            yield _cell((plan.name, overlap, item.name, PEOPLE[d], "baseline", "level"), here[:, 0], here[:, 0], float(truth[0]))
            for m, method in enumerate(METHODS):
                if method in methods(plan):
                    for e in (1, 2):
                        names = (plan.name, overlap, item.name, PEOPLE[d], ESTIMANDS[e], method)
                        yield _cell(names, here[:, e + 2 * m], here[:, e], float(truth[e]))


def _cell(names: tuple[str, float, str, str, str, str], mine: FloatArray, centred: FloatArray, truth: float) -> Cell:
    """One line from (surveys, FIELDS) of a method and of wave_centred."""
    given = ~np.isnan(mine[:, 2])
    value, se, lower, upper, df = mine[given].T
    n = len(value)
    if n < 2:
        return Cell(*names, len(mine), n / len(mine), *[np.nan] * 10)
    below, above = float((upper < truth).mean()), float((lower > truth).mean())
    hit = 1 - below - above
    sd = float(value.std(ddof=1))
    v = se**2
    both = given & ~np.isnan(centred[:, 2])
    width = float((mine[both, 3] - mine[both, 2]).mean() / (centred[both, 3] - centred[both, 2]).mean()) if both.any() else np.nan
    se_ratio, v_ratio, bias = float(se.mean()) / sd, float(v.mean()) / sd**2, float(value.mean() - truth) / sd
    df_true = np.nan if names[4] == "relative" else float(2 * v.mean() ** 2 / v.var(ddof=1))
    return Cell(
        *names, len(mine), n / len(mine), hit, (hit * (1 - hit) / n) ** 0.5, below, above, se_ratio, v_ratio, width,
        float(df.mean()), df_true, bias,
    )  # fmt: skip


def gathered(done: Sequence[Job], found: Sequence[FloatArray]) -> list[Cell]:
    """All lines from all batches."""
    parts: dict[tuple[int, float], list[FloatArray]] = {}
    for job, one in zip(done, found, strict=True):
        parts.setdefault((job.plan, job.overlap), []).append(one)
    lines: list[Cell] = []
    for (number, overlap), some in parts.items():
        lines += cells(PLANS[number], overlap, np.concatenate(some), truths(people_of(number, done[0].seed[0])))
    return lines
