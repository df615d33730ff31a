"""Complementary suppression: no protected number may be worked out from the groups published beside it.

Imports publish, results, families.  Rows in, the same rows with more of them hidden out; none becomes more visible.

Protected are groups under 25 respondents and counts below 5 (rules marked `secret`); what is left of one published group when
another that lies in it is taken away; and the union of a breakdown's hidden groups; both when under 25 as well.  As long as
one of these is a linear combination of published groups, a further group is hidden: the choice that leaves the fewest given
away, then hides the fewest groups, then the fewest respondents.  Groups of the same people go together.  Numbers hidden
because they are unreliable are not protected so: whoever takes them from a total gets the same unreliable number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..publish import ruled
from ..results import Row
from .families import Domain, Family, families, secret_domains
from .lattice import Combination

Chosen = dict[Any, dict[int, str]]
COMPOSITION = frozenset({"age_sex"})
KNOWN = "known total"  # the population's own numbers: public before any survey


def complemented(rows: Sequence[Row], texts: Mapping[str, Any]) -> tuple[Row, ...]:
    """The rows, with those hidden that would give a protected number away."""
    found = list(rows)
    before: dict[tuple[int, str], set[Domain]] = {}
    known: Chosen = {}
    for family in families(rows, texts):
        if not family.secret and not family.differences:
            continue
        name = (family.wave, family.kind, family.domains, family.secret, tuple(tuple(d.items()) for d in family.differences))
        if name not in known:
            known[name] = _hidden(family, before.setdefault((family.wave, family.kind), set()))
        for j, rule in known[name].items():
            found[family.places[j]] = ruled(found[family.places[j]], rule)
    return _sample(found)


def _sample(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The sample's composition told otherwise (sex by age group) hides the groups whose size is protected."""
    secret = {(wave, code) for wave, domain in secret_domains(rows) for _, code in domain}
    return tuple(
        ruled(r, "complement")
        if r.kind == "diagnostic" and r.indicator in COMPOSITION and r.method != KNOWN and r.publish != "hide"
        and any((str(r.wave), part) in secret for part in r.category.split("*"))
        else r
        for r in rows
    )  # fmt: skip


def _hidden(family: Family, before: set[Domain]) -> dict[int, str]:
    """Places of the family's rows to hide besides, with the rule; before: groups hidden so in sister families, grows."""
    visible = set(range(len(family.places))) - family.secret
    hidden: dict[int, str] = {}
    while open_ := _open(family, visible):
        rule = "complement" if any(min(t.values()) > 0 for t in open_) else "difference"
        best = min(_choices(family, visible), key=lambda some: _cost(family, visible, some, before))
        visible -= best
        hidden |= dict.fromkeys(sorted(best), rule)
        before |= {family.domains[j] for j in best}
    return hidden


def _open(family: Family, visible: set[int]) -> list[Combination]:
    """What must not be known and is a combination of what is."""
    known = [*({j: 1.0} for j in sorted(visible)), *family.known]
    targets = list(_targets(family, visible))
    return [t for t, yes in zip(targets, family.grid.which(targets, known), strict=True) if yes] if visible else []


def _targets(family: Family, visible: set[int]) -> Iterator[Combination]:
    gone = [j for j in range(len(family.places)) if j not in visible]
    yield from ({j: 1.0} for j in gone)
    yield from family.differences
    for members in family.breakdowns:
        some = [j for j in gone if j in members]
        sizes = [family.sizes[j] for j in some]  # 0: a number that is gone already
        if len(some) > 1 and min(sizes) > 0 and sum(sizes) < family.least:
            yield dict.fromkeys(some, 1.0)


def _choices(family: Family, visible: set[int]) -> list[set[int]]:
    """What can be hidden next: a group with all that are the same people; everybody only when nothing else is left."""
    groups = [j for j in sorted(visible) if family.domains[j]] or sorted(visible)
    found: list[set[int]] = []
    for j in groups:
        if not any(j in some for some in found):
            found.append({k for k in groups if family.grid.alike(j, k)})
    return found


def _cost(family: Family, visible: set[int], some: set[int], before: set[Domain]) -> tuple[float, ...]:
    new = {j for j in some if family.domains[j] not in before}
    return (len(_open(family, visible - some)), len(new), sum(family.sizes[j] for j in some), min(some))
