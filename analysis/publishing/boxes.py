"""Groups as boxes: which codes of which variables a group holds, so that one can tell which groups make up another.

Imports the plan's records and the names of lattice.  Knows no number of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.condition import Both, Compare, Condition
from forms.plan import AgeBand, Domain

from .lattice import AGE, OLDEST

AGEGROUP = "agegroup"
Side = list[str] | list[int]


def boxes(domain: Domain, bands: tuple[AgeBand, ...]) -> dict[str, Mapping[str, Side]]:
    """Code -> {variable: its codes, or [youngest, oldest] of age}, of the codes that are such a box.

    A condition that is none (an «or», a «not») leaves its code out: nothing is then known of what it is made of.
    """
    if domain.id == AGEGROUP:
        return {b.code: {AGE: [b.low, OLDEST if b.high is None else b.high]} for b in bands}
    youngest = min((b.low for b in bands), default=0)
    found = {c.code: {domain.id: [c.code]} if c.among is None else _box(c.among, youngest) for c in domain.codes}
    return {code: box for code, box in found.items() if box is not None}


def _box(tree: Condition, youngest: int) -> dict[str, Any] | None:
    """The box of a conjunction of comparisons; None for anything else."""
    if isinstance(tree, Both):
        parts = [_box(one, youngest) for one in tree.of]
        found: dict[str, Any] = {}
        for part in parts:
            if part is None:
                return None
            for name, side in part.items():
                found[name] = _met(found[name], side, name) if name in found else side
        return found
    if not isinstance(tree, Compare) or tree.other:
        return None
    if tree.name == AGE and tree.op != "!=" and tree.value.isdigit():
        limit = int(tree.value)
        low = {"=": limit, ">=": limit, ">": limit + 1}.get(tree.op, youngest)
        high = {"=": limit, "<=": limit, "<": limit - 1}.get(tree.op, OLDEST)
        return {AGE: [low, high]}
    return {tree.name: [tree.value]} if tree.op == "=" else None


def _met(one: Side, two: Side, name: str) -> Side:
    if name == AGE:
        return [max(int(one[0]), int(two[0])), min(int(one[1]), int(two[1]))]
    return [str(code) for code in one if code in two]
