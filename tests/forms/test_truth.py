"""The truth of the synthetic province against brute force: its own people, answering, scored by the definition."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from random import Random
from statistics import mean, stdev
from typing import Any

import pytest

from forms.codebook import Codebook, codebook
from forms.media import Hamlet
from forms.question import Questionnaire
from forms.rehearsal.people import People, hamlet_effect, likert, member, read_model, right_share
from forms.rehearsal.truth import Truth, score_at

DAY = date(2026, 10, 12)
ITEMS = {"K": 12, "A": 16}
SEED = 5
HAMLETS = tuple(
    Hamlet(f"GL{i:04d}", "21025", f"Thôn {i}", "urban" if i % 3 == 0 else "rural", "1" if i % 2 else "0", 60 + 35 * i)
    for i in range(12)
)


def points(book: Codebook, answers: Mapping[str, str]) -> float:
    """(K + A) / 2 by its definition: K = 100 x right / answered, A = 100 x (mean - 1) / 4 after turning reversed items."""
    right = [answers[v.name] == v.right_answer(DAY) for v in book.items("K") if answers[v.name] != "ref"]
    agree = [
        6 - int(answers[v.name]) if v.reverse else int(answers[v.name])
        for v in book.items("A") if answers[v.name] not in ("ref", "dk")
    ]  # fmt: skip
    return (100 * sum(right) / len(right) + 100 * (mean(agree) - 1) / 4) / 2


def simulated(book: Codebook, people: People, hamlets: tuple[Hamlet, ...], n: int, seed: int) -> list[float]:
    """Scores of n persons of the province: a hamlet by its households, a member, every item answered."""
    rng = Random(seed)
    found = []
    for hamlet in rng.choices(hamlets, [h.households for h in hamlets], k=n):
        who = member(people.model, rng, hamlet)
        theta = who.theta + float(people.model["level"][str(people.wave)]) + hamlet_effect(people.model, people.seed, hamlet.psu)
        answers = {
            item.name: people.scored(rng, item, theta, number, ITEMS[scale], DAY)
            for scale in ("K", "A") for number, item in enumerate(book.items(scale))
        }  # fmt: skip
        found.append(points(book, answers))
    return found


@pytest.fixture(scope="module")
def book(household: Questionnaire) -> Codebook:
    return codebook(household)


@pytest.mark.parametrize("wave", [2026, 2030])
def test_the_mean_of_the_province_is_what_its_people_score(book: Codebook, wave: int) -> None:
    people = People(book, wave, SEED, (DAY, DAY))
    scores = simulated(book, people, HAMLETS, 8_000, wave)
    truth = Truth(people.model, ITEMS).mean(HAMLETS, wave, SEED)
    assert abs(mean(scores) - truth) < 4 * stdev(scores) / math.sqrt(len(scores))


@pytest.mark.parametrize("hamlet", [HAMLETS[0], HAMLETS[5]], ids=["urban", "rural minority"])
def test_the_mean_of_a_hamlet_is_what_its_people_score(book: Codebook, hamlet: Hamlet) -> None:
    people = People(book, 2026, SEED, (DAY, DAY))
    scores = simulated(book, people, (hamlet,), 4_000, 9)
    truth = Truth(people.model, ITEMS).hamlet(hamlet, 2026, SEED)
    assert abs(mean(scores) - truth) < 4 * stdev(scores) / math.sqrt(len(scores))


def changed(**waves: float) -> dict[str, Any]:
    model = dict(read_model())
    return model | {"level": {**model["level"], **{k.removeprefix("w"): v for k, v in waves.items()}}}


def test_the_truth_rises_with_the_level_of_the_wave() -> None:
    found = [Truth(changed(w2030=level), ITEMS).mean(HAMLETS, 2030, SEED) for level in (-1.0, -0.2, 0.0, 0.05, 0.5, 1.5)]
    assert found == sorted(found)
    assert all(b - a > 0 for a, b in pairwise(found))
    assert 0 < found[0] < found[-1] < 100


def test_two_waves_of_one_level_have_one_truth() -> None:
    """Hamlets keep their effect between the waves, so only the level can move the mean."""
    truth = Truth(changed(w2026=0.3, w2030=0.3), ITEMS)
    assert truth.mean(HAMLETS, 2026, SEED) == truth.mean(HAMLETS, 2030, SEED)


def test_the_truth_belongs_to_a_seed_and_weighs_by_households() -> None:
    truth = Truth(read_model(), ITEMS)
    assert truth.mean(HAMLETS, 2026, 1) != truth.mean(HAMLETS, 2026, 2)
    each = [truth.hamlet(h, 2026, SEED) for h in HAMLETS]
    weighted = sum(h.households * m for h, m in zip(HAMLETS, each, strict=True)) / sum(h.households for h in HAMLETS)
    assert truth.mean(HAMLETS, 2026, SEED) == pytest.approx(weighted, rel=1e-12)
    assert truth.mean(tuple(reversed(HAMLETS)), 2026, SEED) == pytest.approx(weighted, rel=1e-12)


def test_a_person_far_above_or_below_every_item() -> None:
    model = read_model()
    assert score_at(model, 40.0, ITEMS) == pytest.approx(100, abs=1e-6)
    assert score_at(model, -40.0, ITEMS) == pytest.approx(0, abs=1e-6)
    assert 0 < right_share(model, "K", 0.0, 11, 12) < right_share(model, "K", 0.0, 0, 12) < 1
    steps = likert(model, 0.0, 3, 16)
    assert steps == sorted(steps, reverse=True)
