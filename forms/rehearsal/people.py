"""Synthetic people: who lives in a sampled household, and what they would answer.

Everything comes from the seed and the household's own key, so the same household is the same people on any machine,
in any order.  No real person is behind any row.  Standard library and the codebook only; never numpy, never draws a sample.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from ..codebook import Codebook, Variable
from ..media import Hamlet, Household
from ..reading import plain, read_yaml

MODEL = Path(__file__).with_name("practice.yaml")


def read_model(path: Path = MODEL) -> Mapping[str, Any]:
    """The parameters of the invented population (practice.yaml)."""
    found = plain(read_yaml(path))
    return dict(found) if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Member:
    """An eligible member. theta: latent awareness without the wave's level and the hamlet's effect."""

    sex: str
    age: int
    education: str
    ethnic: str
    poor: str
    theta: float


@dataclass(frozen=True)
class Respondent:
    """One household's part in an interview: name of question -> answers tried in order (the last one is accepted).

    rosters: the same for questions of a repeat, one entry a row.
    """

    household: Household
    day: date
    begins: datetime
    answers: Mapping[str, Sequence[str]]
    rosters: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), safe at both ends."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def hamlet_effect(model: Mapping[str, Any], seed: int, psu: str) -> float:
    """The lasting effect of a hamlet, the same in every wave."""
    return Random(f"{seed}|hamlet|{psu}").gauss(0, float(model["sd"]["hamlet"]))  # noqa: S311  synthetic people need a seed


def difficulty(model: Mapping[str, Any], scale: str, number: int, items: int) -> float:
    """The difficulty of item `number` of `items` in a scale, evenly spread around 0."""
    spread = float(model["spread"])
    return -spread + 2 * spread * number / max(items - 1, 1) if scale else 0.0


def _draw(rng: Random, weights: Mapping[Any, float]) -> Any:
    return rng.choices(list(weights), list(weights.values()))[0]


def _age_effect(model: Mapping[str, Any], age: int) -> float:
    bands = {int(k): float(v) for k, v in model["effects"]["age"].items()}
    return bands[max(k for k in bands if k <= age)]


def member(model: Mapping[str, Any], rng: Random, hamlet: Hamlet) -> Member:
    """One eligible member of a household in a hamlet."""
    shares, effects = model["shares"], model["effects"]
    sex = "female" if rng.random() < shares["female"] else "male"
    first = int(_draw(rng, shares["age"]))
    age = {15: 15, 16: rng.randint(16, 30), 31: rng.randint(31, 59), 60: rng.randint(60, 88)}[first]
    education = str(_draw(rng, shares["education"]))
    minority = rng.random() < shares["minority"]["in_area" if hamlet.dtts == "1" else "outside"]
    ethnic = "minority" if minority else "kinh"
    poor = "poor" if rng.random() < shares["poor"][ethnic] else "not"
    theta = (
        effects["sex"][sex] + _age_effect(model, age) + effects["education"][education] + effects["ethnic"][ethnic]
        + effects["area"][hamlet.area] + rng.gauss(0, float(model["sd"]["person"]))
    )  # fmt: skip
    return Member(sex, age, education, ethnic, poor, theta)


class People:
    """The people of one wave of the synthetic province."""

    def __init__(
        self, book: Codebook, wave: int, seed: int, window: tuple[date, date], model: Mapping[str, Any] | None = None
    ) -> None:
        self.book, self.wave, self.seed, self.window = book, wave, seed, window
        self.model = model or read_model()

    def rng(self, household: Household) -> Random:
        """The household's own stream of random numbers."""
        return Random(f"{self.seed}|{self.wave}|{household.psu}|{household.ssu}")  # noqa: S311

    def members(self, rng: Random, hamlet: Hamlet) -> list[Member]:
        """The eligible members, from the oldest to the youngest, as the form lists them."""
        number = int(_draw(rng, {int(k): v for k, v in self.model["shares"]["eligible"].items()}))
        return sorted((member(self.model, rng, hamlet) for _ in range(number)), key=lambda m: -m.age)

    def respondent(self, household: Household, hamlet: Hamlet) -> Respondent:
        """Who opens the door, who is selected, and every answer that may be asked of them."""
        rng = self.rng(household)
        members = self.members(rng, hamlet)
        selected = members[int(float(household.select_u) * len(members))]
        day = self.window[0] + timedelta(days=rng.randrange((self.window[1] - self.window[0]).days + 1))
        begins = datetime(day.year, day.month, day.day, rng.randint(7, 17), rng.randint(0, 59), rng.randint(0, 59))  # noqa: DTZ001  local time on the phone
        door = self.door(rng, household, hamlet, members, selected)
        answers = self.opinions(rng, selected, hamlet, day) | door
        rosters = {
            "m_sex": [[m.sex] for m in members],
            "m_age": [["140", str(m.age)] if rng.random() < self.model["field"]["slip"] else [str(m.age)] for m in members],
            "m_relation": [["head" if i == 0 else "other_kin"] for i in range(len(members))],
        }
        return Respondent(household, day, begins, answers, rosters)

    def door(
        self, rng: Random, household: Household, hamlet: Hamlet, members: Sequence[Member], selected: Member
    ) -> dict[str, Sequence[str]]:
        """Cover, roster counts and consent."""
        f = self.model["field"]
        outcomes = {k: float(f[k]) for k in ("nobody_home", "refused", "not_found", "moved")}
        contact = str(_draw(rng, {"met": 1 - sum(outcomes.values()), **outcomes}))
        able = {"absent": f["absent"], "refused": f["selected_refused"], "incapable": f["incapable"]}
        size = len(members) + rng.choice((0, 0, 1, 1, 2, 3))
        number = [str(len(members))]
        return {
            "interviewer": [str(1 + int(Random(household.psu).random() * 24))],  # noqa: S311
            "interviewer_sex": ["female"],
            "commune": [hamlet.commune],
            "psu": [household.psu],
            "household": [household.key],
            "visit": [str(_draw(rng, {1: 0.7, 2: 0.2, 3: 0.1}))],
            "contact": [contact],
            "hh_size": [str(size)],
            "n_eligible": [str(size + 1), *number] if rng.random() < f["slip"] and size < 15 else number,
            "available": [str(_draw(rng, {"available": 1 - sum(able.values()), **able}))],
            "guardian": [_yes(rng, f["guardian"])],
            "consent": [_yes(rng, f["consent"])],
            "consent_sensitive": [_yes(rng, f["sensitive"])],
            "alone": [_yes(rng, f["alone"])],
            "education": [selected.education],
            "poor": [selected.poor],
            "ethnicity": ["kinh" if selected.ethnic == "kinh" else _minority(rng)],
        }

    def opinions(self, rng: Random, who: Member, hamlet: Hamlet, day: date) -> dict[str, Sequence[str]]:
        """Every other question: scored items from the latent awareness, the rest by chance."""
        theta = who.theta + float(self.model["level"][str(self.wave)]) + hamlet_effect(self.model, self.seed, hamlet.psu)
        found: dict[str, Sequence[str]] = {}
        for scale in ("K", "A", "V"):
            items = self.book.items(scale)
            for number, item in enumerate(items):
                found[item.name] = [self.scored(rng, item, theta, number, len(items), day)]
        found |= self.exposure(rng)
        for variable in self.book.variables:
            if variable.type in ("code", "codes") and variable.choices and variable.name not in found:
                found.setdefault(variable.name, by_chance(rng, variable, float(self.model["field"]["slip"])))
            elif variable.type in ("text", "integer"):
                found.setdefault(variable.name, ["1"])
        return found

    def exposure(self, rng: Random) -> dict[str, Sequence[str]]:
        """How often the person heard of the subject; face to face never more often than in all."""
        codes = ("0", "1", "2", "3plus")
        heard = rng.choices(range(4), [float(w) for w in self.model["exposure"][str(self.wave)]])[0]
        face = rng.randint(0, heard)
        return {"exp_any": [codes[heard]], "exp_face": [codes[face]]}

    def scored(self, rng: Random, item: Variable, theta: float, number: int, items: int, day: date) -> str:
        """One scored answer."""
        scale = str(item.scale)
        if rng.random() < float(self.model["no_answer"][scale]):
            return "ref"
        if scale == "A":
            u, steps = rng.random(), likert(self.model, theta, number, items)
            level = 1 + sum(u < p for p in steps)
            return str(6 - level if item.reverse else level)
        right = item.right_answer(day)
        if rng.random() < right_share(self.model, scale, theta, number, items):
            return str(right)
        if rng.random() < float(self.model["dont_know"]):
            return "dk"
        return rng.choice([c.code for c in item.choices if c.why is None and c.code != right])


def right_share(model: Mapping[str, Any], scale: str, theta: float, number: int, items: int) -> float:
    """P(right answer | theta) of a right/wrong item."""
    return logistic(model["offset"][scale] + model["slope"][scale] * theta - difficulty(model, scale, number, items))


def likert(model: Mapping[str, Any], theta: float, number: int, items: int) -> list[float]:
    """P(answer >= 2), ..., P(answer >= 5) of an attitude item in the egalitarian direction, falling."""
    base = model["offset"]["A"] + model["slope"]["A"] * theta - difficulty(model, "A", number, items)
    return [logistic(base + step) for step in model["likert_steps"]]


def by_chance(rng: Random, variable: Variable, slip: float) -> list[str]:
    """Any answer; now and then an exclusive choice first ticked with another one; a single tick if the form refuses several."""
    real = [c.code for c in variable.choices if c.why is None]
    kinds = [c.code for c in variable.choices if c.why]
    if kinds and rng.random() < 0.03:
        return [rng.choice(kinds)]
    if variable.type == "code":
        return [rng.choice(real)]
    chosen = rng.sample([c for c in real if c != "none"], k=min(len(real) - 1, rng.randint(1, 3)))
    ticked = sorted(chosen, key=real.index)
    if kinds and rng.random() < slip:
        return [" ".join([*ticked, kinds[0]]), kinds[0]]
    return [" ".join(ticked), ticked[-1]]


def _yes(rng: Random, share: float) -> str:
    return "yes" if rng.random() < share else "no"


def _minority(rng: Random) -> str:
    return rng.choices(("xo_dang", "hre", "ba_na", "gie_trieng", "co", "gia_rai", "other"), (85, 68, 39, 23, 16, 15, 10))[0]
