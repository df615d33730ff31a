"""A frame against the one before it: ids that vanished or were given to another place, and what was overwritten.

Imports suspect, lineage (names of the classes) and frame.  The base wave's lines must stay as they were drawn: new facts come
in new lines, in links, or in columns <name>_<year>.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forms.errors import Problem, problem

from ..findings import Finding
from .frame import Frame, Hamlet
from .lineage import CLASSES
from .suspect import Looked, counted, odd

RESIZED = 0.5
Pairs = Sequence[tuple[Hamlet, Hamlet]]


def lost(previous: Frame, now: Frame, file: str) -> list[Problem]:
    """Ids that cannot be followed: DATA-036 gone from the file (one problem a commune), DATA-037 another place's id."""
    there = now.by_psu()
    kept = {k.old_psu for k in now.links if k.new_psu == k.old_psu}
    gone: dict[str, list[str]] = {}
    for h in previous.hamlets:
        if h.psu not in there:
            gone.setdefault(h.commune, []).append(h.psu)
    found = [
        problem("DATA-036", file, expected="psu_links.csv", got=", ".join(sorted(psus)), count=len(psus), commune=commune)
        for commune, psus in sorted(gone.items())
    ]
    for old, new in _pairs(previous, now):
        if old.commune != new.commune and _name(old) != _name(new) and old.psu not in kept:
            was, now_is = (f"{h.hamlet}, {h.commune}" for h in (old, new))
            found.append(problem("DATA-037", file, expected=was, got=now_is, psu=old.psu))
    return found


def since(previous: Frame, look: Looked) -> Iterator[Finding]:
    """What changed in lines that were there before, a finding a column and commune."""
    pairs = _pairs(previous, look.frame)
    linked = {k.old_psu for k in look.frame.links if k.new_psu == k.old_psu}
    yield from _by_commune(look, "renamed_in_place", "hamlet", [b for a, b in pairs if _renamed(a, b) and a.psu not in linked])
    resized = [b for a, b in pairs if abs(a.households - b.households) > RESIZED * a.households]
    yield from _by_commune(look, "resized", "households", resized)
    for column in ("commune", *CLASSES):
        changed = [b for a, b in pairs if getattr(a, column) not in ("", getattr(b, column))]
        yield from _by_commune(look, "class_overwritten", column, changed)
    if later := [b.psu for a, b in pairs if b.as_of > a.as_of]:
        yield odd("as_of_overwritten", "red", look.wave, "", "as_of", expected=0, got=counted(later))


def _by_commune(look: Looked, check: str, column: str, hamlets: Sequence[Hamlet]) -> Iterator[Finding]:
    groups: dict[str, list[str]] = {}
    for h in hamlets:
        groups.setdefault(h.commune, []).append(h.psu)
    for commune, psus in sorted(groups.items()):
        red = check == "class_overwritten"
        yield odd(check, "red" if red else "yellow", look.wave, commune, column, expected=0, got=counted(psus))


def _pairs(previous: Frame, now: Frame) -> Pairs:
    there = now.by_psu()
    return [(h, there[h.psu]) for h in previous.hamlets if h.psu in there]


def _renamed(old: Hamlet, new: Hamlet) -> bool:
    return old.commune == new.commune and _name(old) != _name(new)


def _name(h: Hamlet) -> str:
    return " ".join(h.hamlet.casefold().split())
