"""How far the round is: households issued and what became of them, by commune and cell, per day and team; reserves; the finish.

Imports checks, field, finish, rows, the releases and outcomes of this room.  Sees results of visits, sex and age; no answer.

A household counts once, whatever number of visits it took.  done: a completed interview with consent that nobody rejected; lost:
its last result needs no further visit (survey.yaml, `visits`); open: visited, another visit is due; new: not visited.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..results import Row
from ..sampling.releases import NOT_FOUND
from ..weighting.outcomes import INELIGIBLE, NO_RESULT, OUTCOMES, UNKNOWN, disposition
from . import rows as r
from .checks import Checked, counted, day_of, last_day
from .finish import VISITS, Finish, Work, finish

if TYPE_CHECKING:
    from .field import Field, Visit

State = Literal["done", "lost", "open", "new"]
_TOO_FEW = "chưa đủ ngày để dự báo | too few days for a forecast"
_NO_END = "với tốc độ hiện nay chưa thấy ngày kết thúc | at the present pace no end is in sight"
_FLOW = ("NC", *UNKNOWN)


@dataclass(frozen=True)
class Household:
    """One issued household.  group: its disposition (AAPOR) so far, '' for one that was not visited; by: who was there last."""

    psu: str
    ssu: str
    commune: str
    main: bool
    state: State
    result: str = ""
    group: str = ""
    agreed: bool = False
    made: int = 0
    settled: date | None = None
    by: str = ""


def households(seen: Field) -> tuple[Household, ...]:
    """Every household issued: the main ones and the reserves released, in order of the sample."""
    visits: dict[tuple[str, str], list[Visit]] = defaultdict(list)
    for v in seen.visits:
        if counted(v):
            visits[v.psu, v.ssu].append(v)
    released = {(one.psu, one.ssu) for one in seen.releases}
    issued = [d for d in seen.sample if d.status == "main" or (d.psu, d.ssu) in released]
    most = seen.survey.selection.visits
    return tuple(_household(d.psu, d.ssu, d.commune, d.status == "main", visits.get((d.psu, d.ssu), []), most) for d in issued)


def _household(psu: str, ssu: str, commune: str, main: bool, visits: Sequence[Visit], most: int) -> Household:
    if not visits:
        return Household(psu, ssu, commune, main, "new")
    order = sorted(visits, key=lambda v: (_number(v), day_of(v) or date.min, v.instance_id))
    full = [v for v in order if v.completed]
    last = full[0] if full else order[-1]
    made = max(len(order), _number(order[-1]))
    result = last.result or NO_RESULT
    known = result if result in OUTCOMES else NO_RESULT
    open_ = not full and (known == NO_RESULT or (known in NOT_FOUND and made < most))
    return Household(
        psu, ssu, commune, main, "done" if full else "open" if open_ else "lost", known,
        disposition(known, interviewed=bool(full)), any(v.consent == "yes" for v in order), made,
        None if open_ else day_of(last), last.enumerator,
    )  # fmt: skip


def _number(v: Visit) -> int:
    text = v.answers.get("visit") or ""
    return int(text) if text.isdecimal() else 1


def progress(seen: Field) -> Checked:
    """The check: rows of progress, days, teams, reserves, results and the finish."""
    homes = households(seen)
    parts = (_progress(seen, homes), _cells(seen), _days(seen), _teams(seen, homes), _reserves(seen), _flow(seen, homes))
    return Checked(rows=(*chain.from_iterable(parts), _finish(seen, homes)), texts=_texts(seen))


# ---- counts ----------------------------------------------------------------------------------------------------------------


def _progress(seen: Field, homes: Sequence[Household]) -> Iterator[Row]:
    wave = seen.round.wave
    groups: list[tuple[dict[str, str], Sequence[Household]]] = [({}, homes)]
    groups += [({"commune": c}, [h for h in homes if h.commune == c]) for c in sorted({h.commune for h in homes})]
    for domain, some in groups:
        n = Counter(h.state for h in some)
        refused = sum(h.state == "lost" and h.group == "R" for h in some)
        for category, value in (
            (r.TARGET, sum(h.main for h in some)), (r.DONE, n["done"]), (r.REFUSED, refused), (r.OTHER, n["lost"] - refused),
            (r.RESERVE_USED, sum(not h.main for h in some)), (r.LEFT, n["open"] + n["new"]),
        ):  # fmt: skip
            yield r.count(wave, r.PROGRESS, category, value, domain, unit="person" if category == r.DONE else "count")


def _cells(seen: Field) -> Iterator[Row]:
    """Interviews by age group and sex; what the population's shares let expect of the whole sample, where they are known."""
    wave, bands = seen.round.wave, seen.plan.bands
    done: Counter[tuple[str, str]] = Counter()
    first: set[tuple[str, str]] = set()
    for v in seen.visits:
        if counted(v) and v.completed and (v.psu, v.ssu) not in first:
            first.add((v.psu, v.ssu))
            done[_band(v.answers.get("age"), seen), v.answers.get("sex") or ""] += 1
    expected = cell_targets(seen)
    for band in bands:
        for sex in ("female", "male"):
            domain = {"agegroup": band.code, "sex": sex}
            yield r.count(wave, r.PROGRESS, r.DONE, done[band.code, sex], domain, unit="person")
            if expected:
                yield r.count(wave, r.PROGRESS, r.TARGET, round(expected.get((band.code, sex), 0.0), 1), domain, unit="person")


def _band(age: str | None, seen: Field) -> str:
    years = int(age) if age and age.isdecimal() else -1
    return next((b.code for b in seen.plan.bands if b.low <= years and (b.high is None or years <= b.high)), "")


def cell_targets(seen: Field) -> dict[tuple[str, str], float]:
    """(age group, sex) -> interviews to expect of the whole sample: the population's shares, in each stratum where known."""
    if seen.margins is None or seen.round.wave not in seen.margins.waves:
        return {}
    wave = seen.round.wave
    name = next((m for m in seen.margins.margins if {"sex", "agegroup"} <= set(m.split("*"))), "")
    if not name:
        return {}
    columns = name.split("*")
    stratum = next((i for i, c in enumerate(columns) if c in ("stratum", f"stratum_{wave}")), None)
    table: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for level, persons in seen.margins.table(wave, name).items():
        at = level[stratum] if stratum is not None else ""
        table[at][level[columns.index("agegroup")], level[columns.index("sex")]] += persons  # type: ignore[assignment]  # the cell is one number
    size = Counter(d.stratum if stratum is not None else "" for d in seen.sample if d.status == "main")
    found: dict[tuple[str, str], float] = defaultdict(float)
    for at, cells in table.items():
        total = sum(cells.values())
        for cell, persons in cells.items():
            found[cell] += size[at] * persons / total if total else 0.0
    return dict(found)


def _days(seen: Field) -> Iterator[Row]:
    made: Counter[date] = Counter()
    done: Counter[date] = Counter()
    for v in seen.visits:
        if counted(v) and (day := day_of(v)):
            made[day] += 1
            done[day] += v.completed
    for day in _calendar(made, seen.day):
        at = {"day": day.isoformat()}
        yield r.count(seen.round.wave, r.DAY_COUNT, r.VISITS, made[day], at)
        yield r.count(seen.round.wave, r.DAY_COUNT, r.DONE, done[day], at)


def _calendar(made: Mapping[date, int], last: date | None) -> list[date]:
    if not made:
        return []
    first, end = min(made), max((*made, last or date.min))
    return [first + timedelta(days=i) for i in range((end - first).days + 1)]


def _teams(seen: Field, homes: Sequence[Household]) -> Iterator[Row]:
    day = last_day(seen)
    full = [v for v in seen.visits if counted(v) and v.completed]
    done, today = Counter(v.enumerator for v in full), Counter(v.enumerator for v in full if day_of(v) == day)
    owner = owners(seen)
    left = Counter(owner[h.psu] for h in homes if h.state in ("open", "new") and h.psu in owner)
    for who in sorted({v.enumerator for v in seen.visits if v.enumerator}):
        at = {"enumerator": who}
        for category, value in ((r.DONE, done[who]), (r.DONE_DAY, today[who]), (r.LEFT, left[who])):
            yield r.count(seen.round.wave, r.TEAM_COUNT, category, value, at)


def owners(seen: Field) -> dict[str, str]:
    """Hamlet -> who made most visits there."""
    made: dict[str, Counter[str]] = defaultdict(Counter)
    for v in seen.visits:
        if counted(v):
            made[v.psu][v.enumerator] += 1
    return {psu: max(sorted(n), key=n.__getitem__) for psu, n in made.items()}


def _reserves(seen: Field) -> Iterator[Row]:
    wave = seen.round.wave
    for name in ("", "commune"):
        for code in sorted({getattr(d, name) for d in seen.sample}) if name else [""]:
            drawn = [d for d in seen.sample if not name or getattr(d, name) == code]
            places = {d.psu for d in drawn}
            used = sum(one.psu in places for one in seen.releases)
            domain = {name: code} if name else {}
            spare = sum(d.status == "reserve" for d in drawn)
            for category, value in ((r.MAIN, len(drawn) - spare), (r.RESERVES, spare), (r.RELEASED, used)):
                yield r.count(wave, r.RESERVE, category, value, domain)
    for reason, n in sorted(Counter(one.reason for one in seen.releases).items()):
        yield r.count(wave, r.RESERVE_REASON, reason, n)


def _flow(seen: Field, homes: Sequence[Household]) -> Iterator[Row]:
    wave = seen.round.wave
    worked = [h for h in homes if h.group]
    met = [h for h in worked if h.group not in _FLOW]
    eligible = [h for h in met if h.group not in INELIGIBLE]
    agreed = [h for h in eligible if h.agreed]
    done = [h for h in agreed if h.state == "done"]
    for category, some in (
        (r.ISSUED, homes), (r.WORKED, worked), (r.MET, met), (r.ELIGIBLE, eligible), (r.AGREED, agreed), (r.DONE, done),
    ):  # fmt: skip
        yield r.count(wave, r.FLOW, category, len(some))
    for result, n in sorted(Counter(h.result for h in worked).items()):
        yield r.count(wave, r.RESULT, result, n)
    settled = [h.group for h in homes if h.state in ("done", "lost") and h.group not in INELIGIBLE]
    contacted = sum(g not in _FLOW for g in settled)
    for name, part, whole in (
        ("rr1", settled.count("I"), len(settled)), ("con1", contacted, len(settled)), ("coop1", settled.count("I"), contacted),
        ("ref1", settled.count("R"), len(settled)),
    ):  # fmt: skip
        value = 100.0 * part / whole if whole else None
        yield r.measured(wave, r.RATE, value, "percent", category=name, n=whole, method="unweighted",
                         reason="" if whole else "chưa có hộ nào xong | no household is settled yet")  # fmt: skip


# ---- the finish ------------------------------------------------------------------------------------------------------------


def _finish(seen: Field, homes: Sequence[Household]) -> Row:
    left = sum(h.state in ("open", "new") for h in homes)
    work = work_of(seen, homes)
    found: Finish | None = finish(work) if work is not None else Finish(0, 0, 0) if homes and not left else None
    if found is None:
        reason = _NO_END if work is not None and work.visits.shape[1] > VISITS else _TOO_FEW
        return r.measured(seen.round.wave, r.FINISH, None, "count", n=left, estimand="quantile", reason=reason)
    return r.measured(seen.round.wave, r.FINISH, found.middle, "count", within=(found.lower, found.upper), n=left,
                      estimand="quantile", method="simulated")  # fmt: skip


def work_of(seen: Field, homes: Sequence[Household]) -> Work | None:
    """What the forecast needs; None while there is no visit with a day and an enumerator."""
    day = last_day(seen)
    visits = [(v, d) for v in seen.visits if counted(v) and v.enumerator and (d := day_of(v))]
    if day is None or not visits:
        return None
    first = min(d for _, d in visits)
    row = {who: i for i, who in enumerate(sorted({v.enumerator for v, _ in visits}))}
    made = np.zeros((len(row), (day - first).days + 1))
    for v, d in visits:
        made[row[v.enumerator], (d - first).days] += 1
    owner = owners(seen)
    own, waiting = np.zeros((len(row), VISITS)), Counter[str]()
    for h in homes:
        if h.state not in ("open", "new"):
            continue
        if owner.get(h.psu, "") in row:
            own[row[owner[h.psu]], min(h.made, VISITS - 1)] += 1
        else:
            waiting[h.psu] += 1
    ended = Counter(min(h.made, VISITS) for h in homes if h.settled)
    beyond = [sum(h.made > k for h in homes) for k in range(1, VISITS)]
    still = [sum(h.state == "open" and h.made == k for h in homes) for k in range(1, VISITS)]
    return Work(
        first, day, made, own, tuple(waiting[p] for p in sorted(waiting)),
        np.array([float(ended[k]) for k in range(1, VISITS)]),
        np.array([float(b + s) for b, s in zip(beyond, still, strict=True)]),
        _again(seen, homes), _shared(visits),
    )  # fmt: skip


def _again(seen: Field, homes: Sequence[Household]) -> float:
    """Chance that a household yet to be settled brings a reserve: as often as so far, while reserves are left."""
    settled = sum(h.main and h.settled is not None for h in homes)
    left = sum(d.status == "reserve" for d in seen.sample) - len(seen.releases)
    open_ = sum(h.state in ("open", "new") for h in homes)
    return min(len(seen.releases) / settled, left / max(open_, 1), 0.9) if settled and left > 0 else 0.0


def _shared(visits: Sequence[tuple[Visit, date]]) -> float:
    """How likely it is that those who are done help the others: nearly sure once two hamlets saw two of them at work."""
    made: dict[str, Counter[str]] = defaultdict(Counter)
    for v, _ in visits:
        made[v.psu][v.enumerator] += 1
    return 0.95 if sum(sum(n > 1 for n in c.values()) > 1 for c in made.values()) > 1 else 0.4


# ---- words -----------------------------------------------------------------------------------------------------------------


def _texts(seen: Field) -> dict[str, Any]:
    of, listed = seen.round, {c.commune for c in seen.sample}
    result = next((v for v in seen.book.variables if v.name == "result"), None)
    sources = seen.margins.sources(of.wave) if seen.margins and of.wave in seen.margins.waves else ()
    day, book = last_day(seen), seen.book
    return {
        r.T_DAY: _iso(day), r.T_ROUND: {
            "name": of.name, "kind": of.kind, "wave": of.wave, "form": book.form_id, "version": book.version,
            "title": {"vi": book.title.vi, "en": book.title.en},
        },
        r.T_WINDOW: {"start": _iso(of.field_start), "end": _iso(of.field_end)},
        r.T_COMMUNES: {p.code: {"name": p.name, "area": p.area} for p in seen.places if p.code in listed},
        r.T_RESULTS: {c.code: {"vi": c.label.vi, "en": c.label.en} for c in (result.choices if result else ())},
        r.T_CELLS: [[b.code, b.label.vi, b.label.en] for b in seen.plan.bands],
        r.T_SEXES: [["female", "nữ", "female"], ["male", "nam", "male"]],
        r.T_QUOTA: {"source": "; ".join(f"{who} ({day.isoformat()})" for who, day in sources)},
        r.T_ITEMS: {v.name: {"vi": v.label.vi, "en": v.label.en} for v in seen.book.variables},
    }  # fmt: skip


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
