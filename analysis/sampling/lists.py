"""Samples of institutions from a list: officials and communicators (form B), enterprises (form C); list.csv in, ids out.

Imports allocation, systematic and streams (how many, which, from which random numbers), csvtable, numpy.  Never sees a
submission; a name on the list may be a person's, so nothing but the contract's columns leaves `read_list`.

In each stratum n_h of N_h units: simple random (p = n_h/N_h), systematic along the list in order of size (p the same; the
variance of simple random sampling is then an approximation, as a rule too large: Cochran 1977, Sampling Techniques, ch. 8),
or with probability proportional to size, units too large for chance taken first (R: `sampling::inclusionprobabilities`).  A
stratum taken whole has p = 1 and, with the fpc, no sampling variance.  What did not answer is weighted for in its class and
stays visible as a rate; nobody on the list is replaced.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from forms import load_plan, province_folder
from forms.errors import BdgError, Problem, problem, refuse
from forms.folder import whole
from forms.units import read_units

from ..csvtable import Row, read_table, shown, stop, table_bytes
from .allocation import allocate, power
from .streams import Streams
from .systematic import certain, with_chances

ListMethod = Literal["srs", "systematic", "pps"]
ListRule = Literal["proportional", "power"]
Floats = NDArray[np.float64]
_LIST, _ORDER = 20, 21
FEW = "chỉ có {have} đơn vị, cần {want} | only {have} units, {want} asked for"
NO_SIZE = "đơn vị không có cỡ, không chọn theo cỡ được | units without a size cannot be drawn by size"
NO_STRATUM = "không có tầng này trong danh sách | no such stratum on the list"
NO_NUMBER = "chưa ghi số đơn vị của tầng (bỏ tầng thì ghi 0) | no number for this stratum (0 leaves it out)"
ALONE = "chọn một đơn vị thì không tính được sai số | a single unit gives no standard error"
TOO_FEW = "tổng {want} không đủ: cần ít nhất {have} | {want} in all do not suffice: at least {have}"
NOBODY = "không đơn vị nào của lớp trả lời | no unit of the class answered"


@dataclass(frozen=True)
class Listed:
    """A unit of the list.  size: persons employed, officials, ...; None where unknown.  source, as_of: of the list."""

    unit_id: str
    stratum: str
    size: int | None
    source: str
    as_of: date


@dataclass(frozen=True)
class Selected:
    """A unit drawn.  p: its inclusion probability; certainty: p is 1; n_pop: units of the stratum on the list (fpc)."""

    unit_id: str
    stratum: str
    size: int | None
    p: float
    certainty: int
    n_pop: int
    n_drawn: int


@dataclass(frozen=True)
class Weighted(Selected):
    """A unit that answered.  group: its response class; weight = f_response / p."""

    group: str
    f_response: float
    weight: float


@dataclass(frozen=True)
class Rate:
    """Response in one class.  gone: drawn units that no longer exist; rate = answered / (drawn - gone), AAPOR RR1."""

    group: str
    drawn: int
    gone: int
    answered: int
    rate: float | None


@dataclass(frozen=True)
class ListPlan:
    """How to draw.  n: units in all, or for every stratum (0 leaves one out, and says so); take: strata taken whole.

    rule, alpha, least: of the allocation of a total.
    """

    n: int | Mapping[str, int]
    method: ListMethod = "srs"
    rule: ListRule = "proportional"
    alpha: float = 0.5
    least: int = 2
    take: tuple[str, ...] = ()


LIST_COLUMNS = tuple(f.name for f in fields(Listed))
SELECTED_COLUMNS = tuple(f.name for f in fields(Selected))


def read_list(path: Path, known: Collection[str] | None = None) -> tuple[Listed, ...]:
    """list.csv in file order; other columns, names above all, are dropped.  known: unit_ids of units.csv.

    BdgError with every problem: DATA-001, DATA-002 (a size below 1: a unit without anybody is not on the list), DATA-003 (an
    id twice), DATA-059 (an id that units.csv does not have).
    """
    problems: list[Problem] = []
    table = read_table(path, LIST_COLUMNS)
    units = tuple(_listed(Row(path.name, line, cells, problems)) for line, cells in table)
    first: dict[str, int] = {}
    for (line, _), u in zip(table, units, strict=True):
        if u.unit_id in first:
            place = f"{path.name}, dòng {line}"
            problems.append(problem("DATA-003", place, got=u.unit_id, key=u.unit_id, first=first[u.unit_id]))
        first.setdefault(u.unit_id, line)
    if known is not None and (lost := sorted(set(first) - set(known))):
        problems.append(problem("DATA-059", path.name, expected="units.csv", got=shown(lost), count=len(lost)))
    stop(problems)
    if not units:
        raise refuse("DATA-001", path.name, expected="≥ 1 dòng / row", got="0")
    return units


def _listed(row: Row) -> Listed:
    size = row.whole("size", 1) if row.cells.get("size", "") else None
    return Listed(row.text("unit_id"), row.text("stratum"), size, row.text("source"), row.day("as_of"))


def draw_list(units: Sequence[Listed], plan: ListPlan, seed: int) -> tuple[Selected, ...]:
    """The units drawn, by stratum and id: the same for the same list (in any order of lines), plan and seed.

    BdgError DATA-058: a stratum with fewer units than asked for, one that the list does not have, one without a number, one
    with a single unit of several drawn, a total that the strata cannot hold or that is below `least` in each (or all of a
    smaller stratum), a unit without a size under `pps`.
    """
    strata: dict[str, list[Listed]] = {}
    for u in sorted(units, key=lambda u: u.unit_id):
        strata.setdefault(u.stratum, []).append(u)
    counts = allot(strata, plan)
    streams = Streams(seed, 0)
    found: list[Selected] = []
    for h in sorted(counts):
        members = strata[h]
        order = streams.of(0, _ORDER, h).permutation(len(members)) if plan.method == "pps" else _by_size(members)
        chances = _chances(members, counts[h], plan.method)
        rng = streams.of(0, _LIST, h)
        drawn = _draw(chances[order], counts[h], plan.method, rng)
        for i in sorted(int(order[j]) for j in drawn):
            u, p = members[i], float(chances[i])
            found.append(Selected(u.unit_id, h, u.size, p, int(p == 1.0), len(members), counts[h]))
    return tuple(found)


def allot(strata: Mapping[str, Sequence[Listed]], plan: ListPlan) -> dict[str, int]:
    """Units to draw in each stratum (see `draw_list` for what is refused)."""
    have = {h: len(members) for h, members in sorted(strata.items())}
    asked = plan.n if isinstance(plan.n, Mapping) else {}
    for h in (*asked, *plan.take):
        if h not in have:
            raise _cannot(h, NO_STRATUM, ", ".join(have), h)
    if isinstance(plan.n, Mapping):
        counts = {h: have[h] if h in plan.take else asked.get(h, -1) for h in have}
    else:
        counts = _share_out(strata, plan, plan.n, have)
    for h, n in counts.items():
        if what := NO_NUMBER if n < 0 else FEW if n > have[h] else ALONE if n == 1 < have[h] else "":
            raise _cannot(h, what.format(have=have[h], want=n), f"2 - {have[h]}", max(n, 0))
    return {h: n for h, n in counts.items() if n}


def _share_out(strata: Mapping[str, Sequence[Listed]], plan: ListPlan, total: int, have: Mapping[str, int]) -> dict[str, int]:
    """A total over the strata: those taken whole first, the others by rule, none below `least` or above what it has."""
    sure = {h: have[h] for h in plan.take}
    open_ = {h: _measure(strata[h], plan.method, h) for h in have if h not in sure}
    low = {h: min(plan.least, have[h]) for h in open_}
    need, room = sum(sure.values()) + sum(low.values()), sum(have.values())
    if not need <= total <= room:
        said = TOO_FEW.format(have=need, want=total) if total < need else FEW.format(have=room, want=total)
        raise _cannot("-", said, f"{need} - {room}", total)
    rest, most = total - sum(sure.values()), {h: have[h] for h in open_}
    if plan.rule == "power":
        return {**sure, **power(open_, plan.alpha, rest, low, most=most)}
    return {**sure, **allocate(open_, rest, low, most=most)}


def _measure(members: Sequence[Listed], method: ListMethod, stratum: str) -> float:
    """What a stratum counts in the allocation: its units, or under pps its size."""
    return float(len(members)) if method != "pps" else float(_sizes(members, stratum).sum())


def _sizes(members: Sequence[Listed], stratum: str) -> Floats:
    if lost := [u.unit_id for u in members if u.size is None]:
        raise _cannot(stratum, NO_SIZE, "size ≥ 1", shown(lost))
    return np.array([u.size for u in members], dtype=np.float64)


def _cannot(stratum: str, why: str, expected: object, got: object) -> BdgError:
    vi, _, en = why.partition(" | ")
    return refuse("DATA-058", "list.csv", expected=expected, got=got, stratum=stratum, what=vi, said=en)


def _by_size(members: Sequence[Listed]) -> NDArray[np.int64]:
    """Positions from the largest to the smallest, unknown sizes last, equal ones by id."""
    keys = [(-(u.size or 0), u.unit_id) for u in members]
    return np.array(sorted(range(len(members)), key=keys.__getitem__), dtype=np.int64)


def _chances(members: Sequence[Listed], n: int, method: ListMethod) -> Floats:
    """Inclusion probabilities: they add up to n."""
    if method != "pps" or n >= len(members):
        return np.full(len(members), n / len(members))
    sizes = _sizes(members, members[0].stratum)
    sure = sorted(certain(sizes, n))
    rest = np.ones(len(members), dtype=bool)
    rest[sure] = False
    chances = np.where(rest, sizes, 0.0) * (n - len(sure)) / max(float(sizes[rest].sum()), 1.0)
    chances[sure] = 1.0
    return chances


def _draw(chances: Floats, n: int, method: ListMethod, rng: np.random.Generator) -> list[int]:
    if method == "srs" or n == len(chances):
        return sorted(int(i) for i in rng.permutation(len(chances))[:n])
    return with_chances(chances, float(rng.random()))


# ---- who answered ------------------------------------------------------------------------------------------------------------


def respond(
    selected: Sequence[Selected], answered: Collection[str], gone: Collection[str] = (),
    classes: Callable[[Selected], str] = lambda u: u.stratum,
) -> tuple[tuple[Weighted, ...], tuple[Rate, ...]]:  # fmt: skip
    """Weights of the units that answered, and the response of every class; in the order drawn.

    Within a class the known cases (answered, or found to be gone) stand for all drawn: f = sum of 1/p over the drawn / over the
    known.  classes: response class of a unit, by default its stratum.
    BdgError DATA-059 (an answer, or a unit gone, that was not drawn), DATA-058 (a class where nobody answered: merge it).
    """
    drawn = {u.unit_id for u in selected}
    if lost := sorted({*answered, *gone} - drawn):
        raise refuse("DATA-059", "list_sample.csv", expected="unit_id", got=shown(lost), count=len(lost))
    rates, factor = [], dict[str, float]()
    for g in sorted({classes(u) for u in selected}):
        members = [u for u in selected if classes(u) == g]
        known = [u for u in members if u.unit_id in answered or u.unit_id in gone]
        said, left = sum(u.unit_id in answered for u in members), sum(u.unit_id in gone for u in members)
        if not said and left < len(members):
            raise _cannot(g, NOBODY, "≥ 1", f"0/{len(members)}")
        factor[g] = sum(1 / u.p for u in members) / sum(1 / u.p for u in known)
        rates.append(Rate(g, len(members), left, said, said / (len(members) - left) if left < len(members) else None))
    weighted = [_weighted(u, classes(u), factor[classes(u)]) for u in selected if u.unit_id in answered]
    return tuple(weighted), tuple(rates)


def _weighted(u: Selected, group: str, factor: float) -> Weighted:
    return Weighted(**asdict(u), group=group, f_response=factor, weight=factor / u.p)


# ---- files ---------------------------------------------------------------------------------------------------------------------


def read_selected(path: Path) -> tuple[Selected, ...]:
    """list_sample.csv as written.  BdgError DATA-001, DATA-002."""
    problems: list[Problem] = []
    found = tuple(_selected(Row(path.name, line, cells, problems)) for line, cells in read_table(path, SELECTED_COLUMNS))
    stop(problems)
    return found


def _selected(row: Row) -> Selected:
    return Selected(
        row.text("unit_id"), row.text("stratum"), row.maybe_whole("size"), row.number("p", lambda p: 0 < p <= 1, "(0; 1]"),
        int(row.one_of("certainty", ("0", "1"))), row.whole("n_pop", 1), row.whole("n_drawn", 1),
    )  # fmt: skip


def counts_of(texts: Sequence[str]) -> int | dict[str, int]:
    """«40», or «provincial=20», «commune=30»: a total or units by stratum.  DATA-002 for anything else."""
    pairs = [t.rpartition("=") for t in texts]
    if not pairs or any(not n.isdecimal() for _, _, n in pairs) or (len(pairs) > 1 and any(not h for h, _, _ in pairs)):
        raise refuse("DATA-002", "--n", expected="40 | tầng=20", got=" ".join(texts), column="n")
    return int(pairs[0][2]) if not pairs[0][0] else {h: int(n) for h, _, n in pairs}


def plan_of(n: int | Mapping[str, int], method: str, rule: str, take: tuple[str, ...]) -> ListPlan:
    """The plan of words from a command line.  DATA-002 for a method or rule that there is not."""
    for option, word, words in (("--method", method, get_args(ListMethod)), ("--rule", rule, get_args(ListRule))):
        if word not in words:
            raise refuse("DATA-002", option, expected=" | ".join(words), got=word, column=option.removeprefix("--"))
    return ListPlan(n, cast("ListMethod", method), cast("ListRule", rule), take=take)


def known_ids(path: Path, province: str) -> frozenset[str]:
    """The unit_ids of units.csv, read by the targets of a province's plan."""
    return frozenset(u.unit_id for u in read_units(path, [t.id for t in load_plan(province_folder(province)).targets]))


def write_draw(path: Path, plan: ListPlan, seed: int, out: Path, known: Collection[str] | None = None) -> tuple[Path, ...]:
    """list_sample.csv (ids only) and list_draw.json (how it was drawn: seed, plan, digest of the list) in a folder."""
    units = read_list(path, known)
    selected = draw_list(units, plan, seed)
    record = {
        "seed": seed, "plan": asdict(replace(plan, n=dict(plan.n) if isinstance(plan.n, Mapping) else plan.n)),
        "list_sha256": sha256(path.read_bytes()).hexdigest(), "units": len(units), "drawn": len(selected),
        "source": sorted({u.source for u in units}), "as_of": sorted({u.as_of.isoformat() for u in units}),
    }  # fmt: skip
    files = {
        "list_sample.csv": table_bytes(SELECTED_COLUMNS, [asdict(s) for s in selected]),
        "list_draw.json": (json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode(),
    }
    with whole(out) as work:
        for name, body in files.items():
            (work / name).write_bytes(body)
    return tuple(out / name for name in files)
