"""People invented for the publication rules, the rows that a survey of them would give, and attacks that know who they are.

Nothing here shares code with analysis.publishing: who is in which group comes from the people themselves.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.results import Results, Row

Domain = tuple[tuple[str, str], ...]
CODES: Mapping[str, tuple[str, ...]] = {
    "sex": ("male", "female"), "agegroup": ("a15", "a16_30", "a31_59", "a60"), "ethnic2": ("kinh", "minority"),
    "poor2": ("poor", "not"), "khu_vuc": ("1", "2", "3", ""),
}  # fmt: skip
AGES = {"a15": (15, 15), "a16_30": (16, 30), "a31_59": (31, 59), "a60": (60, 200)}
BOXES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "sex": {"male": {"sex": ["male"]}, "female": {"sex": ["female"]}},
    "agegroup": {code: {"age": list(band)} for code, band in AGES.items()},
    "working_age": {"a15_59": {"age": [15, 59]}, "a60": {"age": [60, 200]}},
    "ethnic2": {"kinh": {"ethnic2": ["kinh"]}, "minority": {"ethnic2": ["minority"]}},
    "poor2": {"poor": {"poor2": ["poor"]}, "not": {"poor2": ["not"]}},
    "khu_vuc": {c: {"khu_vuc": [c]} for c in "123"},
    "dtts": {"in_area": {"dtts": ["1"]}},
    "women": {"women": {"sex": ["female"]}},
    "women_poor": {"women_poor": {"sex": ["female"], "poor2": ["poor"]}},
    "youth_16_30": {"youth_16_30": {"age": [16, 30]}},
    "minority_special": {"minority_special": {"ethnic2": ["minority"], "khu_vuc": ["3"]}},
}


@dataclass(frozen=True)
class World:
    """People with weights and scores, and the groups that are tabulated."""

    people: Sequence[Mapping[str, Any]]
    domains: tuple[Domain, ...]

    def member(self, domain: Domain) -> np.ndarray[Any, np.dtype[np.float64]]:
        """1 for whoever is in the group."""
        return np.array([float(all(_in(p, name, code) for name, code in domain)) for p in self.people])


def _in(person: Mapping[str, Any], name: str, code: str) -> bool:
    for variable, side in BOXES[name][code].items():
        value = person[variable]
        if not (side[0] <= value <= side[1] if variable == "age" else value in side):
            return False
    return True


def world(
    seed: int, n: int, rare: Mapping[str, Mapping[str, float]] | None = None, *, two_way: Sequence[tuple[str, str]] = ()
) -> World:
    """n people drawn at random; rare: variable -> code -> chance, where it is not even.  two_way: pairs of breakdowns crossed."""
    chance = random.Random(seed)
    rare = rare or {}
    people = []
    for _ in range(n):
        person: dict[str, Any] = {}
        for variable, codes in CODES.items():
            weights = [rare.get(variable, {}).get(code, 1.0) for code in codes]
            person[variable] = chance.choices(codes, weights)[0]
        low, high = AGES[person["agegroup"]]
        person |= {"age": chance.randint(low, min(high, 90)), "dtts": "0" if person["khu_vuc"] == "" else "1"}
        person |= {"weight": chance.uniform(30, 900), "score": chance.uniform(0, 100)}
        people.append(person)
    single: list[Domain] = [((d, c),) for d, codes in BOXES.items() for c in codes]
    crossed: list[Domain] = [tuple(sorted(((a, x), (b, y)))) for a, b in two_way for x in BOXES[a] for y in BOXES[b]]
    return World(people, ((), *single, *crossed))


def results(made: World, *, waves: Sequence[int] = (2026,), indicator: str = "score") -> Results:
    """Level rows (and changes) of every group, as a run would give them, without an interval that any rule dislikes."""
    rows = []
    weight = np.array([p["weight"] for p in made.people])
    score = np.array([p["score"] for p in made.people])
    for domain in made.domains:
        inside = made.member(domain)
        n = int(inside.sum())
        mean = float((weight * score * inside).sum() / (weight * inside).sum()) if n else None
        for wave in waves:
            rows.append(Row(
                "level", indicator, "mean", wave, "point", domain=domain, estimate=mean, se=1.0, df=30.0, n=n,
                lower=None if mean is None else mean - 2, upper=None if mean is None else mean + 2, n_missing={"refused": 2},
                status="ok" if n else "not_estimable",
            ))  # fmt: skip
        if len(waves) > 1:
            moved = Row(
                "change", indicator, "diff", waves[-1], "point", base_wave=waves[0], domain=domain, estimate=0.0, se=1.0, n=n
            )
            rows.append(moved)
    told = {
        d: {
            "label": {"vi": d, "en": d}, "clause": "", "refused": None, "codes": {c: {"vi": c, "en": c} for c in codes},
            "boxes": {c: dict(box) for c, box in codes.items()}, "partial": d in ("khu_vuc", "dtts"),
        }
        for d, codes in BOXES.items()
    }  # fmt: skip
    return Results(True, {"data": "0"}, tuple(rows), {"domains": told, "items": {}})


def worked_out(made: World, known: Sequence[Domain], hidden: Domain, more: Sequence[Sequence[float]] = ()) -> bool:
    """Whether the group is a linear combination of known ones among these very people (more: other known groups, as 0/1)."""
    rows = np.array([made.member(d) for d in known] + [np.asarray(m, dtype=float) for m in more])
    target = made.member(hidden)
    if not len(rows):
        return False
    patterns = np.unique(np.vstack([rows, target]), axis=1)
    rows, target = patterns[:-1], patterns[-1]
    return int(np.linalg.matrix_rank(np.vstack([rows, target]))) == int(np.linalg.matrix_rank(rows))
