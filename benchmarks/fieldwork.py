"""Simulated fieldwork for the daily checks: rounds of honest enumerators who differ, and rounds with one who works badly.

    python benchmarks/fieldwork.py --rounds 200

prints how often the checks of answers and people raise a red or yellow flag on clean rounds, and how often each kind of fault is
found.  Independent of forms/rehearsal and of the checks: enumerators differ in pace, in don't know and in refusals, hamlets in
all of that and in opinions, people straight-line and leave forms open as they do.  SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from analysis.masks import mask
from analysis.quality.field import Field, visit
from analysis.quality.people import people
from analysis.quality.plausibility import plausibility, table
from analysis.readers.stored import Held
from forms import codebook, load_plan, load_questionnaire, province_folder, questionnaire_folder
from forms.codebook import Codebook, Variable
from forms.ledger import Round
from forms.submission import Submission
from forms.survey import SurveyPlan, load_survey

Texts = NDArray[np.object_]
WAVE = 2026
FIRST = datetime(2026, 10, 5, tzinfo=timezone(timedelta(hours=7)))
FAULTS = ("fabricator", "careful_fabricator", "straight_liner", "half_straight_liner", "slow_start")


@dataclass(frozen=True)
class Setting:
    """One round.  faults: number of the enumerator -> what is wrong with them.  The spreads are standard deviations between
    enumerators and hamlets: of log minutes, of the logit of don't know and of refusals, of opinions.
    """

    enumerators: int = 24
    psus: int = 60
    households: int = 23
    pace: float = 0.15
    unknown: float = 0.35
    place: float = 0.5
    opinion: float = 0.3
    lines: float = 0.005
    open_forms: float = 0.01
    faults: Mapping[int, str] = field(default_factory=dict)


_USUAL = Setting()


@cache
def form() -> tuple[Codebook, SurveyPlan, Any]:
    """The household form, the plan of the survey, the plan."""
    province = province_folder()
    return codebook(load_questionnaire(questionnaire_folder())), load_survey(province), load_plan(province)


def fieldwork(seed: int, setting: Setting = _USUAL) -> Field:
    """A round as the daily checks see it."""
    book, survey, plan = form()
    rng = np.random.default_rng(seed)
    columns, ages, clocks = _columns(rng, setting, book)
    names = [v for v in book.variables if not v.repeat]
    found, kept = [], []
    for i in range(len(ages)):
        answers = {v.path: columns[v.name][i] for v in names}
        start, end, received = clocks[i]
        answers |= {"m0/start": start, "m0/end": end, "m0/interview_date": start[:10]}
        rows = tuple({"m1/member/m_age": str(a)} for a in ages[i])
        s = Submission(
            f"uuid:{seed}-{i:05d}", f"uuid:{seed}-{i:05d}", book.form_id, book.version, book.digest, WAVE, "odata", received,
            None, answers, {"m1/member": rows},
        )  # fmt: skip
        found.append(s)
        kept.append(visit(s, book, _NOTHING))
    order = sorted(range(len(found)), key=lambda i: found[i].instance_id)
    of = Round(Path(), "0" * 16, f"sim-{seed}", "practice", WAVE, "household")
    return Field(
        of, book, plan, survey, (), (), None, (), tuple(kept[i] for i in order), tuple(found[i] for i in order), _NOTHING
    )  # fmt: skip


_NOTHING = Held((), {}, 0, 0, 0, frozenset())


def _columns(rng: np.random.Generator, s: Setting, book: Codebook) -> tuple[dict[str, Texts], list[list[int]], list[Any]]:
    who = np.repeat(rng.permutation(np.arange(s.psus) % s.enumerators), s.households)
    psu = np.repeat(np.arange(s.psus), s.households)
    n = len(who)
    hamlet = {k: rng.normal(0, s.place, s.psus)[psu] for k in ("unknown", "refused", "met")}
    person = {k: rng.normal(0, s.unknown, s.enumerators)[who] for k in ("unknown", "refused", "met")}
    theta = rng.normal(0, 0.7, n) + rng.normal(0, s.opinion, s.psus)[psu]
    kind = np.array([s.faults.get(int(w), "") for w in who], dtype=object)
    made_up = np.isin(kind, ("fabricator", "careful_fabricator"))
    met = rng.random(n) < _logistic(2.1 + hamlet["met"] + person["met"])
    why = rng.choice(["refused", "nobody_home", "absent"], n, p=[0.5, 0.3, 0.2])
    met |= made_up
    columns: dict[str, Texts] = {}
    known = _known(rng, who, psu, met, why)
    for v in book.variables:
        if v.repeat:
            continue
        put = np.ones(n, dtype=bool) if v.asked_if is None else mask(v.asked_if, columns, n)
        given = known[v.name] if v.name in known else _answers(rng, v, theta, person, hamlet)
        if v.name not in known and v.choices:
            _copied(rng, given, v, who, kind)
        column = np.full(n, None, dtype=object)
        on = put if v.name in known else put & met
        column[on] = given[on]
        columns[v.name] = column
    _lines(rng, columns, kind, book, s.lines)
    ages = [sorted(rng.integers(15, 88, rng.integers(1, 4)).tolist(), reverse=True) if m else [] for m in met]
    return columns, ages, _clocks(rng, s, who, kind, columns, met)


def _known(
    rng: np.random.Generator, who: NDArray[np.int64], psu: NDArray[np.int64], met: NDArray[np.bool_], why: Texts
) -> dict[str, Texts]:
    n = len(who)
    text: dict[str, Any] = {
        "interviewer": who + 1, "interviewer_sex": rng.choice(["male", "female"], n), "commune": 20000 + psu // 3,
        "psu": [f"SIM{p:04d}" for p in psu], "ssu": [f"{i:03d}" for i in range(n)], "household": [f"h{i}" for i in range(n)],
        "wave": np.full(n, WAVE), "round_kind": np.full(n, "practice"), "visit": np.ones(n, dtype=int),
        "contact": np.where(met, "met", np.where(why == "nobody_home", "nobody_home", "met")),
        "hh_size": np.full(n, 3), "n_eligible": np.full(n, 2), "roster_changed": np.zeros(n, dtype=int),
        "available": np.where(met, "available", np.where(why == "absent", "absent", "refused")),
        "consent": np.where(met, "yes", "no"), "consent_sensitive": np.full(n, "yes"), "result": np.where(met, "completed", why),
        "age": rng.integers(18, 80, n), "sex": rng.choice(["male", "female"], n), "questionnaire_digest": np.full(n, "x"),
    }  # fmt: skip
    return {k: np.array([str(x) for x in v], dtype=object) for k, v in text.items()}


def _answers(
    rng: np.random.Generator, v: Variable, theta: NDArray[np.float64], person: Mapping[str, Any], hamlet: Mapping[str, Any]
) -> Texts:
    """One column: scored items from the latent opinion, others from shares of their own, no-answers by person and hamlet."""
    n = len(theta)
    if not v.choices:
        return rng.integers(0, 5, n).astype(str).astype(object) if v.type == "integer" else np.full(n, "x", dtype=object)
    real = [c.code for c in v.choices if c.why is None]
    own = np.random.default_rng([ord(c) for c in v.name])
    if v.scale and not v.key:
        levels = np.clip(np.round(3.2 + own.normal(0, 0.4) + 0.9 * theta + rng.normal(0, 1.1, n)), 1, 5).astype(int)
        given = (6 - levels if v.reverse else levels).astype(str).astype(object)
    else:
        shares = own.dirichlet(np.full(len(real), 0.9))
        given = np.array(rng.choice(real, n, p=shares), dtype=object)
    whys = {c.why: c.code for c in v.choices if c.why}
    for why, base, key in (("dont_know", -2.3 if v.key else -3.6, "unknown"), ("refused", -4.8, "refused")):
        if why in whys:
            given[rng.random(n) < _logistic(base + person[key] + hamlet[key] + own.normal(0, 0.5))] = whys[why]
    return given


def _copied(rng: np.random.Generator, given: Texts, v: Variable, who: NDArray[np.int64], kind: Texts) -> None:
    """Invented interviews: one template of each fabricator with some answers changed; the careful one changes one in four."""
    real = [c.code for c in v.choices if c.why is None]
    for w in sorted(set(who[np.isin(kind, ("fabricator", "careful_fabricator"))].tolist())):
        mine = np.flatnonzero(who == w)
        change = 0.05 if kind[mine[0]] == "fabricator" else 0.25
        fresh = rng.random(len(mine)) < change
        given[mine] = [str(rng.choice(real)) if f else given[mine[0]] for f in fresh]


def _lines(rng: np.random.Generator, columns: dict[str, Texts], kind: Texts, book: Codebook, usual: float) -> None:
    """Straight-lining: of a few honest interviews, of all or half of those of people who do so."""
    share = np.select([kind == "straight_liner", kind == "half_straight_liner"], [1.0, 0.5], usual)
    line, level = rng.random(len(kind)) < share, rng.choice(["3", "4", "5"], len(kind))
    for v in book.variables:
        if v.scale and not v.key and not v.repeat:
            column = columns[v.name]
            on = line & np.array([t is not None for t in column])
            column[on] = level[on]


def _clocks(
    rng: np.random.Generator, s: Setting, who: NDArray[np.int64], kind: Texts, columns: Mapping[str, Texts],
    met: NDArray[np.bool_],
) -> list[tuple[str, str, str]]:  # fmt: skip
    pace = rng.normal(0, s.pace, s.enumerators)[who] + rng.normal(0, 0.25, len(who))
    days = rng.integers(0, 24, len(who))
    early = days < np.array([days[who == w].min() for w in range(s.enumerators)])[who] + 4
    pace = np.where(kind == "fabricator", np.log(0.3), np.where(kind == "careful_fabricator", np.log(0.5), pace))
    pace = np.where((kind == "slow_start") & early, pace + np.log(2.2), pace)
    asked = np.sum([[t is not None for t in c] for c in columns.values()], axis=0)
    minutes = np.where(met, asked * 0.25, 2) * np.exp(pace)
    minutes = np.where(rng.random(len(who)) < s.open_forms, minutes + rng.exponential(300, len(who)), minutes)
    wait = np.where(rng.random(len(who)) < 0.03, rng.uniform(1, 2.5, len(who)), 0.1)
    wait = np.where((kind == "slow_start") & early, 5.0, wait)
    found = []
    begun = rng.integers(420, 1140, len(who)).tolist()
    for day, minute, long, late in zip(days.tolist(), begun, minutes.tolist(), wait.tolist(), strict=True):
        start = FIRST + timedelta(days=day, minutes=minute)
        end = start + timedelta(minutes=long)
        received = (end + timedelta(days=late)).astimezone(UTC)
        found.append((start.isoformat(), end.isoformat(), received.isoformat()))
    return found


def _logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


# ---- the study -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What the checks said of some rounds.  red, yellow: by check, of people; rounds: with any red finding."""

    rounds: int
    enumerators: int
    rounds_red: int
    red: Counter[str]
    yellow: Counter[str]
    interviews: int
    listed: Counter[str]
    good: int

    def lines(self) -> list[str]:
        """The figures as text."""
        shares = ", ".join(f"{k} {100 * v / self.enumerators:.2f}%" for k, v in sorted(self.yellow.items()))
        rows = ", ".join(f"{k} {100 * v / self.interviews:.2f}%" for k, v in sorted(self.listed.items()))
        return [
            f"  rounds with a red: {self.rounds_red}/{self.rounds}; enumerators red: {sum(self.red.values())}/{self.enumerators}",
            f"  enumerators yellow: {shares or 'none'}",
            f"  interviews listed: {rows}",
            f"  rounds whose plausibility is in the best class: {self.good}/{self.rounds}",
        ]


def clean(rounds: int, setting: Setting, seed: int = 1) -> Told:
    """Rounds without any fault."""
    red: Counter[str] = Counter()
    yellow: Counter[str] = Counter()
    listed: Counter[str] = Counter()
    with_red = interviews = good = 0
    for i in range(rounds):
        seen = fieldwork(seed * 100_000 + i, setting)
        told = people(seen)
        found = told.findings
        good += (plausibility(WAVE, told.rows).texts["plausibility"]["share"] or 0) < table()["words"][0]["below"]
        with_red += any(f.severity == "red" for f in found)
        red.update(f.check for f in found if f.severity == "red")
        yellow.update({f.check: 1 for f in found if f.severity == "yellow" and not f.instance_id and not f.enumerator})
        yellow.update(f.check for f in found if f.severity == "yellow" and f.enumerator and not f.instance_id)
        listed.update(f.check for f in found if f.instance_id)
        interviews += sum(v.completed for v in seen.visits)
    return Told(rounds, rounds * setting.enumerators, with_red, red, yellow, interviews, listed, good)


def power(rounds: int, fault: str, setting: Setting, seed: int = 2) -> Mapping[str, float]:
    """Share of rounds in which the one enumerator with a fault is named, by severity; and how often anybody else is red."""
    n: dict[str, int] = defaultdict(int)
    for i in range(rounds):
        found = people(fieldwork(seed * 100_000 + i, replace(setting, faults={i % setting.enumerators: fault}))).findings
        code = str(i % setting.enumerators + 1)
        mine = [f for f in found if f.enumerator == code and not f.instance_id]
        n["red"] += any(f.severity == "red" for f in mine)
        n["any"] += bool(mine)
        n["others red"] += any(f.severity == "red" and f.enumerator != code for f in found)
    return {k: 100 * v / rounds for k, v in n.items()}


def main() -> None:
    """Both studies."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    usual = _USUAL
    uneven = replace(usual, pace=0.25, unknown=0.7, place=0.9, opinion=0.6, lines=0.02, open_forms=0.05)
    small = replace(usual, enumerators=6, psus=12, households=15)
    for name, setting in (("usual", usual), ("uneven teams and hamlets", uneven), ("6 enumerators, 180 households", small)):
        print(f"clean rounds, {name}:", *clean(rounds, setting).lines(), sep="\n")
    for fault in FAULTS:
        shares = ", ".join(f"{k} {v:.0f}%" for k, v in power(max(rounds // 4, 1), fault, usual).items())
        print(f"{fault}: {shares}")


if __name__ == "__main__":
    main()
