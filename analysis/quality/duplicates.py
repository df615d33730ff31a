"""The same household twice, the same visit twice, and interviews that are nearly the same as another one.

Imports field, checks, record_rules, rows, alike and forms.condition.  Gives counts of equal answers, never an answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from forms.codebook import Codebook, Variable
from forms.condition import names

from ..findings import Finding
from . import rows
from .alike import Pairs, compare, limit, nearest, once, reached
from .checks import Checked, counted
from .field import Field, Visit
from .record_rules import Severity, finding, limits

_TYPES = ("code", "codes", "integer", "decimal")


def same_household(seen: Field) -> Checked:
    """Two completed interviews of one household, or two forms of one visit to it.  Rejected forms are left out."""
    groups: dict[tuple[str, str], list[Visit]] = defaultdict(list)
    for v in seen.visits:
        if counted(v) and v.psu and v.ssu:
            groups[v.psu, v.ssu].append(v)
    found: list[Finding] = []
    twice = 0
    for group in groups.values():
        whole = [v for v in group if v.completed]
        if len(whole) > 1:
            twice += len(whole)
            found += [_twice(seen, v, whole) for v in whole]
        found += _visits(seen, [v for v in group if not v.completed], whole)
    return Checked(tuple(found), (rows.count(seen.round.wave, rows.DUPLICATE, rows.SAME_HOUSEHOLD, twice),))


def _twice(seen: Field, v: Visit, group: Sequence[Visit]) -> Finding:
    others = sorted(o.instance_id for o in group if o is not v)
    return finding(seen, v, "same_household", "red", question="household", expected="1", got=f"{len(group)}: {', '.join(others)}")


def _visits(seen: Field, without: Sequence[Visit], whole: Sequence[Visit]) -> list[Finding]:
    """Forms without an interview that bear the number of a visit that another form of the household bears too."""
    numbers = [(v.answers.get("visit"), v) for v in (*without, *whole)]
    told = []
    for v in without:
        mine = v.answers.get("visit")
        same = [o.instance_id for number, o in numbers if mine and number == mine and o is not v]
        if same:
            told.append(
                finding(seen, v, "same_visit", "yellow", question="visit", expected="1", got=f"{1 + len(same)}: {same[0]}")
            )
    return told


def near_duplicates(seen: Field) -> Checked:
    """Interviews whose answers are nearly those of another one; pairs of one household are same_household's.

    Red within one enumerator, more alike than interviews of strangers in this very round; yellow between enumerators.
    """
    whole = [v for v in seen.visits if counted(v) and v.completed]
    columns = [[v.answers.get(q.name) for v in whole] for q in compared(seen.book)]
    found = [_alike(seen, whole, pairs, i, j, level) for pairs, i, j, level in _copies(whole, columns)] if columns else []
    return Checked(tuple(found), (rows.count(seen.round.wave, rows.DUPLICATE, rows.NEAR, len(found), n=len(whole)),))


def _copies(whole: Sequence[Visit], columns: Sequence[Sequence[str | None]]) -> Iterator[tuple[Pairs, int, int, Severity]]:
    """(all pairs, interview, the one most like it, severity) of every interview that is too much like another one."""
    rule = limits("near")
    if len(whole) < 2:
        return
    pairs = compare(columns)
    usable = (pairs.both >= rule["least_questions"]) & ~_same([(v.psu, v.ssu) for v in whole])
    mine = _same([v.enumerator for v in whole])
    beyond = max(_beyond(once(pairs, usable & mine), once(pairs, usable & ~mine)), rule["share"])
    red = nearest(pairs, beyond, usable & mine)
    yellow = nearest(pairs, max(beyond, rule["share_of_strangers"]), usable & ~mine)
    for i in sorted(red.keys() | yellow.keys()):
        yield (pairs, i, red[i], "red") if i in red else (pairs, i, yellow[i], "yellow")


def _beyond(own: NDArray[np.float32], strangers: NDArray[np.float32]) -> float:
    """The share from which two interviews of one enumerator are too alike: beyond what strangers reach.

    Where there are too few strangers to tell, or where they are so alike that they copied themselves, chance decides.
    """
    rule = limits("near")
    chance = limit(np.concatenate([own, strangers]), rule["chance_pairs"])
    if strangers.size < rule["strangers_for_each"] * own.size:
        return chance
    return min(reached(strangers, rule["spared_pairs"]) + 1e-5, chance + float(rule["beyond_chance"]))


def _same(keys: Sequence[Hashable]) -> NDArray[np.bool_]:
    """Which two have the same key."""
    numbers: dict[Hashable, int] = {}
    known = np.array([numbers.setdefault(key, len(numbers)) for key in keys])
    return np.asarray(known[:, None] == known[None, :])


def _alike(seen: Field, whole: Sequence[Visit], pairs: Pairs, i: int, j: int, level: Severity) -> Finding:
    got = f"{pairs.equal[i, j]}/{pairs.both[i, j]} = {whole[j].instance_id}"
    return finding(seen, whole[i], "near_duplicate", level, expected=f"< {limits('near')['share']:.0%}", got=got)


def compared(book: Codebook) -> tuple[Variable, ...]:
    """The questions whose answers are compared: with codes or numbers, put to a person who agreed; all such ones of a form that
    asks nobody to agree.
    """
    asked = [v for v in book.variables if v.type in _TYPES and not v.repeat]
    agreed = [v for v in asked if v.asked_if is not None and "consent" in names(v.asked_if)]
    return tuple(agreed or asked)
