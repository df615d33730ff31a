"""A province of known people, surveyed again and again end to end: frame, draw, response, weights, estimate, change.

Imports the rooms' own draw, weighting chain and statistics; what is true is counted over every person of the list, never
from a survey.  For coverage.py --weighted and its small cousin in the tests.

The hamlets are those of two practice frames, about 1,900, renamed, merged, split and dissolved between the waves; the strata
of the two waves cross.  Every household has 1 to 6 people aged 15 or over with sex, age and a score

    mu_t + stratum + hamlet_t + sex + age + household + person

whose hamlet parts of the two waves correlate (.7); a merged hamlet takes the mean of its parts.  A household answers the
door with a chance that depends on its stratum, the selected person with one that depends on sex and age, so that an
unweighted or only base-weighted mean is wrong; an unanswered household is replaced from the reserve of its hamlet.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.change import change
from analysis.design import Design, Lonely
from analysis.estimate import estimate
from analysis.issued import Heard, households
from analysis.sampling.draw import WaveDraw, draw
from analysis.sampling.frame import Frame, link
from analysis.sampling.lineage import classified
from analysis.sampling.practice import BASE, LATER, STAMP, practice
from analysis.sampling.sample import Drawn
from analysis.tidied import Counts, Tidy
from analysis.weighting.chain import weigh
from analysis.weighting.targets import Targets, Total
from analysis.weighting.weighed import Weighed
from forms import BdgError, load_places, province_folder
from forms.survey import SurveyPlan, load_survey

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Key = tuple[int, str, str]
Common = dict[tuple[int, str], str]
LISTED = {BASE: date(2026, 8, 31), LATER: date(2030, 8, 31)}
SIZES = np.array([0.14, 0.42, 0.22, 0.15, 0.05, 0.02])
AGES = (("a15", 0.02), ("a16_30", 0.26), ("a31_59", 0.50), ("a60", 0.22))
YEARS = {"a15": 15, "a16_30": 24, "a31_59": 45, "a60": 68}
MU = {BASE: 55.0, LATER: 59.0}
HAMLET, HOUSEHOLD, PERSON, LASTING = 5.7, 5.0, 15.5, 0.7
AGE_EFFECT, SEX_EFFECT = np.array([-4.0, -5.0, 0.0, 4.0]), 6.0
YOUNG_MEN, OLD_WOMEN = 0.55, 0.97


@dataclass(frozen=True, eq=False)
class Listed:
    """One wave's people, hamlet after hamlet.

    begin: hamlet -> its first household; first: household -> its first person; door: stratum of 2026 -> chance of being met.
    """

    begin: dict[str, int]
    first: Ints
    size: Ints
    female: NDArray[np.bool_]
    age: Ints
    score: Floats
    stratum: NDArray[np.object_]
    door: dict[str, float]

    @property
    def truth(self) -> dict[str, float]:
        """The mean score and the share at or above 60 of everybody aged 15 or over."""
        return {"score": float(self.score.mean()), "reach60": 100 * float((self.score >= 60).mean())}


@dataclass(frozen=True, eq=False)
class Province:
    """The frame and its people in both waves."""

    frame: Frame
    people: dict[int, Listed]
    survey: SurveyPlan
    targets: Targets


@cache
def province(seed: int = 1) -> Province:
    """The province; the same for the same seed."""
    folder = province_folder()
    frame = _frame(seed)
    rng = np.random.default_rng([seed, 7])
    common, by = frame.common(), frame.by_psu()
    strata = sorted({classified(frame, h.psu, "stratum", BASE) for h in frame.hamlets})
    lift = dict(zip(strata, np.linspace(-5, 5, len(strata)), strict=True))
    first = {p: rng.normal(0, HAMLET) for p in sorted(set(common.values()))}
    later = {p: LASTING * v + rng.normal(0, HAMLET * (1 - LASTING**2) ** 0.5) for p, v in first.items()}
    parts: dict[str, list[str]] = {}
    for k in frame.links:
        if k.kind == "merged":
            parts.setdefault(k.new_psu, []).append(k.old_psu)
    effects = {BASE: first, LATER: later}
    people = {}
    for wave, day in LISTED.items():
        level = {h.psu: float(np.mean([effects[wave][common[p]] for p in parts.get(h.psu, [h.psu])])) for h in frame.on(day)}
        people[wave] = _listed(
            [(by[p], MU[wave] + level[p], lift, classified(frame, p, "stratum", BASE)) for p in sorted(level)], rng
        )
    return Province(frame, people, load_survey(folder), _targets(people))


def _frame(seed: int) -> Frame:
    """About 1,900 hamlets, as many as a province has: the practice frame twice, the second time with ids of its own."""
    one, two = (practice(load_places(province_folder()), s).frame for s in (seed, seed + 1))
    again = tuple(replace(h, psu=f"X{h.psu}") for h in two.hamlets)
    links = tuple(replace(k, old_psu=f"X{k.old_psu}", new_psu=f"X{k.new_psu}") for k in two.links)
    return Frame((*one.hamlets, *again), (*one.links, *links))


def _listed(hamlets: list, rng: np.random.Generator) -> Listed:
    begin, sizes, levels, strata, at = {}, [], [], [], 0
    for unit, level, lift, stratum in hamlets:
        begin[unit.psu] = at
        at += unit.households
        sizes.append(rng.choice(np.arange(1, 7), unit.households, p=SIZES))
        levels.append(np.full(unit.households, level + lift[stratum]) + rng.normal(0, HOUSEHOLD, unit.households))
        strata += [stratum] * unit.households
    size = np.concatenate(sizes)
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    home = np.repeat(np.arange(len(size)), size)
    female = rng.random(len(home)) < 0.515
    age = rng.choice(len(AGES), len(home), p=[p for _, p in AGES])
    score = np.concatenate(levels)[home] + SEX_EFFECT * (female - 0.5) + AGE_EFFECT[age] + rng.normal(0, PERSON, len(home))
    door = dict(zip(sorted(set(strata)), np.linspace(0.70, 0.95, len(set(strata))), strict=True))
    return Listed(begin, first, size, female, age, score, np.array(strata, dtype=object)[home], door)


def _targets(people: dict[int, Listed]) -> Targets:
    """Residents 15+ by sex x age group x stratum of 2026, counted over everybody."""
    margin = f"sex*agegroup*stratum_{BASE}"
    rows = []
    for wave, p in people.items():
        sex, age = np.where(p.female, "female", "male"), np.array([a for a, _ in AGES])[p.age]
        found = pd.DataFrame({"s": sex, "a": age, "h": p.stratum}).value_counts(sort=False)
        rows += [Total(wave, margin, "*".join(key), float(n), STAMP, LISTED[wave]) for key, n in sorted(found.items())]
    return Targets(tuple(rows))


@dataclass(frozen=True, eq=False)
class _Around:
    """What issued.households must know around a wave."""

    wave: int
    frame: Frame
    sample: tuple[Drawn, ...]
    khu_vuc: dict[str, str]
    dtts: dict[str, str]
    replaces: dict[Key, Key]
    days: dict[int, date]


def fieldwork(place: Province, sample: tuple[Drawn, ...], common: Common, wave: int, rng: np.random.Generator) -> Tidy:
    """What one wave's fieldwork brings home: a row a household, a row an interviewed person."""
    drawn = [d for d in sample if d.wave == wave]
    people, waiting = place.people[wave], dict[str, list[Drawn]]()
    for d in sorted((d for d in drawn if d.status == "reserve"), key=lambda d: d.reserve_order or 0):
        waiting.setdefault(d.psu, []).append(d)
    heard: dict[tuple[str, str], Heard] = {}
    who: dict[str, tuple[int, int]] = {}
    replaces: dict[Key, Key] = {}
    for first in (d for d in drawn if d.status == "main"):
        now = first
        while True:
            told, person = _visit(people, now, rng)
            heard[now.psu, now.ssu] = told
            if person is not None and told.person is not None:
                who[told.person] = (person, int(told.n_eligible or 0))
            if person is not None or not waiting.get(first.psu):
                break
            now = waiting[first.psu].pop(0)
            replaces[now.key] = first.key
    table = households(_Around(wave, place.frame, sample, {}, {}, replaces, LISTED), common, heard)
    met = table[table["person"].notna()].reset_index(drop=True)
    index = np.array([who[p][0] for p in met["person"]])
    score = people.score[index]
    met = met.assign(score=score, reach60=(score >= 60).astype(float), agegroup=np.array([a for a, _ in AGES])[people.age[index]])
    sampled = tuple(sorted({(wave, d.stratum, common[wave, d.psu]) for d in drawn}))
    counts = Counts(len(drawn), 0, 0, len(heard), 0, len(met), 0, 0, len(replaces), {})
    return Tidy(wave, met, {}, np.array([LISTED[wave]] * len(met), dtype=object), counts, sampled, tuple(met["person"]), table)


def _visit(people: Listed, d: Drawn, rng: np.random.Generator) -> tuple[Heard, int | None]:
    """The last word on a household, and who was interviewed."""
    home = people.begin[d.psu] + int(d.ssu) - 1
    size, first = int(people.size[home]), int(people.first[home])
    if rng.random() > people.door[people.stratum[first]]:
        return Heard("nobody_home", None, None, None, None), None
    person = first + int(d.select_u * size)
    sex, age = "female" if people.female[person] else "male", AGES[people.age[person]][0]
    chance = YOUNG_MEN if sex == "male" and age in ("a15", "a16_30") else OLD_WOMEN if sex == "female" and age == "a60" else 0.88
    done = rng.random() < chance
    pseudonym = f"{d.wave}-{d.psu}-{d.ssu}" if done else None
    return Heard("completed" if done else "refused", str(size), sex, str(YEARS[age]), pseudonym), person if done else None


OUTCOMES = (("score", "mean"), ("reach60", "proportion"))


def _weighed(place: Province, done: list[Tidy], people: pd.DataFrame) -> tuple[Weighed, bool]:
    """The weights; where calibration is refused within its bounds, what the message advises: wider bounds, and it is counted."""
    order = {"agegroup": tuple(a for a, _ in AGES)}
    weighing = place.survey.weighing
    try:
        return weigh(done, people, weighing, place.targets, order=order), False
    except BdgError:
        return weigh(done, people, replace(weighing, bounds=(0.2, 6.0)), place.targets, order=order), True


def one(seed: int, province_seed: int = 1, psus: int = 120) -> dict[str, float]:
    """One survey of the province: errors unweighted, base-weighted and weighted, and whether the intervals hold the truth."""
    place = province(province_seed)
    plans = [
        WaveDraw(BASE, LISTED[BASE], psus, 20, 4),
        WaveDraw(LATER, LISTED[LATER], psus, 20, 4, keep=place.survey.selection.most),
    ]
    sample = draw(place.frame, plans, seed, kind="practice")
    common = link(place.frame, {(d.wave, d.psu) for d in sample})
    rng = np.random.default_rng([seed, 11])
    done = [fieldwork(place, sample, common, wave, rng) for wave in LISTED]
    people = pd.concat([t.people for t in done], ignore_index=True)
    made, widened = _weighed(place, done, people)
    sampled = tuple(p for t in done for p in t.sampled)
    plain = Design("stratum", "psu", "weight", "wave", Lonely("certainty", "certainty"), "domain", sampled)
    design = made.design(plain)
    data = made.people
    found: dict[str, float] = {"n": len(data) / 2, "widened": widened}
    for y, stat in OUTCOMES:
        true = {w: place.people[w].truth[y] for w in LISTED}
        factor = 100.0 if stat == "proportion" else 1.0
        for r in estimate(data, design, y, stat=stat):
            here = data[data["wave"] == r.wave]
            base = here["w_base"] * here["f_household"]
            found |= {
                f"{y} {r.wave} error": r.estimate - true[r.wave], f"{y} {r.wave} se": r.se,
                f"{y} {r.wave} held": r.lower <= true[r.wave] <= r.upper,
                f"{y} {r.wave} unweighted": factor * here[y].mean() - true[r.wave],
                f"{y} {r.wave} base weights": factor * np.average(here[y], weights=base) - true[r.wave],
            }  # fmt: skip
        moved = {r.estimand + r.interval: r for r in change(data, design, y, wave=LATER, base=BASE, stat=stat)}
        difference, ratio = true[LATER] - true[BASE], 100 * (true[LATER] / true[BASE] - 1)
        d, f = moved["difft"], moved["relfieller"]
        found |= {
            f"{y} change error": d.estimate - difference, f"{y} change se": d.se,
            f"{y} change held": d.lower <= difference <= d.upper, f"{y} relative held": f.lower <= ratio <= f.upper,
        }  # fmt: skip
    return found


def weighted(seeds: range, processes: int) -> None:
    """Run the seeds and print a table."""
    from rich.console import Console
    from rich.progress import Progress

    with ProcessPoolExecutor(processes) as pool, Progress(console=Console(stderr=True)) as bar:
        found = pd.DataFrame(bar.track(pool.map(one, seeds, chunksize=4), total=len(seeds), description="provinces"))
    print(summary(found))


def summary(found: pd.DataFrame) -> str:
    """Mean errors beside what the mistakes give, and coverage, as Markdown."""
    lines = [
        f"{len(found)} surveys, {found['n'].mean():.0f} interviews a wave; calibration bounds widened: {found['widened'].sum()}",
        "",
        "| | bias | its simulation error | sd | mean se | 95 % interval holds | unweighted: bias | base weights only: bias |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for y, _ in OUTCOMES:
        for what in (str(BASE), str(LATER), "change"):
            error, se = found[f"{y} {what} error"], found[f"{y} {what} se"]
            naive = [found.get(f"{y} {what} {kind}") for kind in ("unweighted", "base weights")]
            cells = [
                f"{y} {what}", f"{error.mean():+.3f}", f"{error.std() / len(found) ** 0.5:.3f}", f"{error.std():.3f}",
                f"{se.mean():.3f}", f"{100 * found[f'{y} {what} held'].mean():.1f}",
                *("" if k is None else f"{k.mean():+.2f}" for k in naive),
            ]  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |")
        lines.append(f"| {y} relative (Fieller) | | | | | {100 * found[f'{y} relative held'].mean():.1f} | | |")
    return "\n".join(lines)
