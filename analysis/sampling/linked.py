"""Odd links of a frame: sums that do not fit, hamlets without an origin, units that lie in several classes.

Imports suspect, lineage and frame.  What cannot be true of a link is refused where the file is read (frame.link_faults).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..findings import Finding
from .frame import Hamlet, Link
from .lineage import CLASSES, Lineage
from .suspect import Looked, counted, odd

NEAR = 0.1
"""Sums within a tenth of each other agree: the two counts are of different days."""


def of_links(look: Looked) -> Iterator[Finding]:
    """Every finding about the links."""
    units = look.frame.by_psu()
    for some in (_moves, _splits, _news, _grown, _classes):
        yield from some(look, units)
    yield from _origins(look)


def _grouped(links: Iterable[Link], key: Callable[[Link], str]) -> list[tuple[str, list[Link]]]:
    found: dict[str, list[Link]] = {}
    for k in links:
        found.setdefault(key(k), []).append(k)
    return sorted(found.items())


def _far(one: int, two: int) -> bool:
    return abs(one - two) > NEAR * max(one, two)


def _moves(look: Looked, units: dict[str, Hamlet]) -> Iterator[Finding]:
    for k in look.frame.links:
        size = units[k.old_psu].households
        if k.households > size:
            yield odd("link_more", "yellow", look.wave, k.old_psu, k.new_psu, expected=f"≤ {size}", got=k.households)
        named = any(name.startswith("commune_") and value for name, value in units[k.old_psu].extra.items())
        if k.kind == "moved" and k.new_psu == k.old_psu and not named:
            yield odd("moved_same_id", "yellow", look.wave, k.old_psu, "commune", expected=f"commune_{k.date.year}")


def _splits(look: Looked, units: dict[str, Hamlet]) -> Iterator[Finding]:
    for old, parts in _grouped((k for k in look.frame.links if k.kind == "split"), lambda k: k.old_psu):
        size, total = units[old].households, sum(k.households for k in parts)
        if _far(size, total):
            yield odd("split_sum", "yellow", look.wave, old, "households", expected=size, got=total)
        if len(parts) == 1:
            yield odd("split_alone", "yellow", look.wave, old, "new_psu", expected="≥ 2", got=1)
        halves = sorted((k for k in parts if 2 * k.households >= size), key=lambda k: (-k.households, k.new_psu))
        if len(halves) > 1:
            said = ", ".join(f"{k.new_psu}: {k.households}" for k in halves)
            taken = next((k.new_psu for k in halves if look.frame.common()[k.new_psu] == old), "-")
            yield odd("split_halves", "info", look.wave, old, "new_psu", expected=1, got=f"{said} → {taken}")


def _news(look: Looked, units: dict[str, Hamlet]) -> Iterator[Finding]:
    """New ids against the links that lead to them."""
    made = (k for k in look.frame.links if k.new_psu and k.new_psu != k.old_psu and k.kind != "dissolved")
    for new, parts in _grouped(made, lambda k: k.new_psu):
        size, total = units[new].households, sum(k.households for k in parts)
        if _far(size, total):
            yield odd("new_size", "yellow", look.wave, new, "households", expected=size, got=total)
        if len(parts) == 1 and parts[0].kind == "merged":
            yield odd("merged_alone", "yellow", look.wave, new, "old_psu", expected="≥ 2", got=1)


def _grown(look: Looked, units: dict[str, Hamlet]) -> Iterator[Finding]:
    """Hamlets that kept their id and took in what was dissolved elsewhere."""
    gone = (k for k in look.frame.links if k.kind == "dissolved" and k.new_psu)
    for new, parts in _grouped(gone, lambda k: k.new_psu):
        size, more = units[new].households, sum(k.households for k in parts)
        if more > NEAR * size:
            yield odd("grown", "yellow", look.wave, new, "households", expected=f"≤ {NEAR * size:.0f}", got=more)


def _classes(look: Looked, units: dict[str, Hamlet]) -> Iterator[Finding]:
    """Splits into several classes of the last wave, mergers of several classes of the first."""
    line, last = Lineage.of(look.frame), max(look.survey.waves)
    steps = [k for k in look.frame.links if k.new_psu in units and k.new_psu != k.old_psu]
    ways: tuple[tuple[str, list[tuple[str, list[Link]]], Callable[[Link], str], int], ...] = (
        ("split_classes", _grouped(steps, lambda k: k.old_psu), lambda k: k.new_psu, last),
        ("merged_classes", _grouped(steps, lambda k: k.new_psu), lambda k: k.old_psu, look.wave),
    )
    for check, groups, other, year in ways:
        for psu, links in groups:
            for column in CLASSES:
                found = {other(k): line.classified(other(k), column, year) for k in links}
                if len(set(found.values())) > 1:
                    said = ", ".join(f"{p}: {value or '-'}" for p, value in sorted(found.items()))
                    taken = line.classified(psu, column, year) or "-"
                    yield odd(check, "info", look.wave, psu, f"{column}_{year}", expected=1, got=f"{said} → {taken}")


def _origins(look: Looked) -> Iterator[Finding]:
    """Hamlets listed after the base wave's year that no link leads to: an old one probably stands beside them."""
    known = {k.new_psu for k in look.frame.links}
    for commune, hamlets in look.by_commune.items():
        if found := [h.psu for h in hamlets if h.as_of.year > look.wave and h.psu not in known]:
            yield odd("no_origin", "yellow", look.wave, commune, "old_psu", expected="psu_links.csv", got=counted(found))
