"""One numbered step: what it is called, whether it is done, what was found, and what doing it means.

Imports talk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .talk import Talk


@dataclass(frozen=True)
class Step:
    """done: it is right as things stand; note: what was found or is missing; act: does it, True when it went well.

    optional: the next step does not wait for it.
    """

    id: str
    vi: str
    en: str
    done: bool
    note: str
    act: Callable[[Talk], bool]
    optional: bool = False


def opened(steps: Sequence[Step]) -> tuple[bool, ...]:
    """Which steps may be taken: each when all before it are right (or optional)."""
    out: list[bool] = []
    free = True
    for step in steps:
        out.append(free)
        free = free and (step.done or step.optional)
    return tuple(out)


def shown(number: int, step: Step, *, free: bool) -> str:
    """The step's line on the screen: [x] done, [ ] to do, [-] not open yet."""
    mark = "x" if step.done else " " if free else "-"
    return f"  {number}. [{mark}] {step.vi}  ({step.en})" + (f"\n         {step.note}" if step.note else "")
