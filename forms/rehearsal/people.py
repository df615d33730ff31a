"""Synthetic people: who lives in a sampled household, and what they would answer.

Everything comes from the seed and the household's own key, so the same household is the same people on any machine,
in any order.  No real person is behind any row.  The codebook and the models only; never numpy, never draws a sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from ..codebook import Codebook, Variable
from ..media import Hamlet, Household
from .latent import likert, read_model, right_share, scored
from .model import FormModel, Moment, answer, habit, read_form_model
from .respondent import Point, Respondent

__all__ = ["Member", "People", "Respondent", "hamlet_effect", "likert", "member", "read_model", "right_share"]


@dataclass(frozen=True)
class Member:
    """An eligible member. theta: latent awareness without the wave's level and the hamlet's effect."""

    sex: str
    age: int
    education: str
    ethnic: str
    poor: str
    theta: float


def hamlet_effect(model: Mapping[str, Any], seed: int, psu: str) -> float:
    """The lasting effect of a hamlet, the same in every wave."""
    return Random(f"{seed}|hamlet|{psu}").gauss(0, float(model["sd"]["hamlet"]))  # noqa: S311  synthetic people need a seed


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
        self, book: Codebook, wave: int, seed: int, window: tuple[date, date], model: Mapping[str, Any] | None = None,
        form_model: FormModel | None = None, points: Mapping[str, Point] | None = None,
        rooms: Mapping[str, float] | None = None,
    ) -> None:  # fmt: skip
        """points: commune -> where its middle lies, for a form that asks where the interview is; rooms: how far from there the
        commune reaches at least, in degrees.
        """
        self.book, self.wave, self.seed, self.window = book, wave, seed, window
        self.model = model or read_model()
        self.form_model = form_model or read_form_model(book.form_id)
        self._points, self._rooms = points or {}, rooms or {}
        self._items = {scale: book.items(scale) for scale in ("K", "A", "V")}
        others = [v for v in book.variables if not v.scale and v.type != "calculated" and not v.repeat]
        self._habits = tuple((v.name, habit(self.form_model, v)) for v in others)

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
        (code,) = answers["interviewer"]
        return Respondent(household, day, begins, answers, rosters, pace=self.interviewer(code)[1])

    def interviewer(self, code: str) -> tuple[str, float]:
        """The sex of an interviewer, and how long their interviews take as a multiple of the usual time."""
        rng, team = Random(f"{self.seed}|interviewer|{code}"), self.model["interviewers"]  # noqa: S311
        return ("female" if rng.random() < team["female"] else "male"), rng.lognormvariate(0, team["pace_sd"])

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
        interviewer = str(1 + int(Random(household.psu).random() * int(self.model["interviewers"]["number"])))  # noqa: S311
        return {
            "interviewer": [interviewer],
            "interviewer_sex": [self.interviewer(interviewer)[0]],
            "gps": [near(self._points.get(hamlet.commune), household.psu, rng, self._rooms.get(hamlet.commune, _ROOM))],
            "commune": [hamlet.commune],
            "psu": [household.psu],
            "household": [household.key],
            "visit": [str(_draw(rng, {1: 0.7, 2: 0.2, 3: 0.1}))],
            "contact": [contact],
            "hh_size": [str(size)],
            "n_eligible": [str(size + 1), *number] if rng.random() < f["slip"] and size < 15 else number,
            "available": [str(_draw(rng, {"available": 1 - sum(able.values()), **able}))],
            "guardian": [_yes(rng, f["guardian"])],
            "assent": [_yes(rng, f["assent"])],
            "consent": [_yes(rng, f["consent"])],
            "consent_sensitive": [_yes(rng, f["sensitive"])],
            "alone": [_yes(rng, f["alone"])],
            "education": [selected.education],
            "poor": [selected.poor],
            "ethnicity": ["kinh" if selected.ethnic == "kinh" else _minority(rng)],
        }

    def opinions(self, rng: Random, who: Member, hamlet: Hamlet, day: date) -> dict[str, Sequence[str]]:
        """Every other question: scored items from the latent awareness, the rest by the form's model or by chance."""
        theta = who.theta + float(self.model["level"][str(self.wave)]) + hamlet_effect(self.model, self.seed, hamlet.psu)
        found: dict[str, Sequence[str]] = {}
        for scale in ("K", "A", "V"):
            items = self._items[scale]
            for number, item in enumerate(items):
                found[item.name] = [self.scored(rng, item, theta, number, len(items), day)]
        found |= self.exposure(rng)
        now = Moment(self.wave, day, slip=float(self.model["field"]["slip"]))
        for name, own in self._habits:
            if name not in found and (tries := answer(own, rng, now, found)):
                found[name] = tries
        return found

    def exposure(self, rng: Random) -> dict[str, Sequence[str]]:
        """How often the person heard of the subject; face to face never more often than in all."""
        codes = ("0", "1", "2", "3plus")
        heard = rng.choices(range(4), [float(w) for w in self.model["exposure"][str(self.wave)]])[0]
        face = rng.randint(0, heard)
        return {"exp_any": [codes[heard]], "exp_face": [codes[face]]}

    def scored(self, rng: Random, item: Variable, theta: float, number: int, items: int, day: date) -> str:
        """One scored answer."""
        return scored(self.model, rng, item, theta, number, items, day)


OWN = frozenset({
    "interviewer", "interviewer_sex", "gps", "commune", "psu", "household", "visit", "contact", "hh_size", "n_eligible",
    "available", "guardian", "assent", "consent", "consent_sensitive", "alone", "education", "poor", "ethnicity",
    "exp_any", "exp_face",
})  # fmt: skip
"""Questions that the people of a household answer by practice.yaml, not by the form's model."""


def own_shares(model: Mapping[str, Any], wave: int) -> dict[str, dict[str, float]]:
    """What practice.yaml says exactly of those questions, among those asked: question -> code -> share."""
    f = model["field"]
    outcomes = {k: float(f[k]) for k in ("nobody_home", "refused", "not_found", "moved")}
    able = {"absent": float(f["absent"]), "refused": float(f["selected_refused"]), "incapable": float(f["incapable"])}
    asked = {"guardian": "guardian", "assent": "assent", "consent": "consent", "consent_sensitive": "sensitive", "alone": "alone"}
    heard = [float(w) for w in model["exposure"][str(wave)]]
    return {
        "contact": {"met": 1 - sum(outcomes.values()), **outcomes},
        "available": {"available": 1 - sum(able.values()), **able},
        **{name: {"yes": float(f[key]), "no": 1 - float(f[key])} for name, key in asked.items()},
        "exp_any": dict(zip(("0", "1", "2", "3plus"), (w / sum(heard) for w in heard), strict=True)),
    }


_ROOM = 0.03
"""Degrees from a commune's middle to its boundary where nobody has measured it."""


def near(middle: Point | None, psu: str, rng: Random, room: float = _ROOM) -> str:
    """A geopoint about a hamlet's own place, within some 2 km of the commune's middle and inside it; '' when that is not known.

    room: the least distance from the middle to the boundary, in degrees.
    """
    if middle is None:
        return ""
    place = Random(f"place|{psu}")  # noqa: S311
    half = min(0.015, room / 2)
    lat, lon = (m + place.uniform(-half, half) + max(-half / 3, min(rng.gauss(0, 0.001), half / 3)) for m in middle)
    return f"{lat:.5f} {lon:.5f} 0 {rng.randint(3, 12)}"


def _yes(rng: Random, share: float) -> str:
    return "yes" if rng.random() < share else "no"


def _minority(rng: Random) -> str:
    return rng.choices(("xo_dang", "hre", "ba_na", "gie_trieng", "co", "gia_rai", "other"), (85, 68, 39, 23, 16, 15, 10))[0]
