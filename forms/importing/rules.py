"""What stops an answer in an XLSForm, taken apart into the attributes that our builder joins: range, must, constraint, sum_of.

Imports the records of the room, wording and reverse.  A part is recognised only when it says the very same, message included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..condition import Condition
from ..question import Label
from ..wording import ALONE, SUM
from .reverse import Numeric, condition_of, parts_of

_RANGE = re.compile(r"\. >= (-?\d+) and \. <= (-?\d+)")
_PART = re.compile(r"coalesce\(\$\{([^{}]+)\}, 0\)")


@dataclass(frozen=True)
class Rules:
    """The parts of one constraint. text: what stays XPath."""

    range: tuple[int, int] | None = None
    must: str = ""
    text: str = ""
    message: Label | None = None
    sum_of: tuple[str, ...] = ()
    alone: bool = False


@dataclass(frozen=True)
class _Left:
    """What of a constraint and its message is not explained yet."""

    parts: tuple[str, ...]
    message: Label
    found: Mapping[str, object] = field(default_factory=dict)


def rules_of(text: str, message: Label | None, exclusive: Sequence[str], counts: Numeric) -> Rules:
    """A constraint and its message as our attributes. exclusive: the codes that our builder lets stand alone."""
    text = " ".join(text.split())
    if not text:
        return Rules(message=message)
    parts, said = list(parts_of(text)), message or Label("", "")
    span = _RANGE.fullmatch(parts[0])
    bounds = (int(span.group(1)), int(span.group(2))) if span else None
    rest = _without(said, _of_range(bounds), first=True) if bounds else None
    if rest is None or bounds is None or bounds[0] > bounds[1]:
        bounds = None
    else:
        parts, said = parts[1:], rest
    alone = bool(parts) and bool(exclusive) and parts[-1] == _of_alone(exclusive)
    rest = _without(said, ALONE.label, first=False) if alone else None
    alone = rest is not None
    if rest is not None:
        parts, said = parts[:-1], rest
    summed = _summed(parts[-1]) if parts else ()
    rest = _without(said, SUM.label, first=False) if summed else None
    if rest is not None:
        parts, said = parts[:-1], rest
    must, raw = _must(parts, counts)
    kept = said if said.vi or said.en else None
    return Rules(bounds, must, raw, kept, summed if rest is not None else (), alone)


def _of_range(bounds: tuple[int, int]) -> Label:
    low, high = bounds
    return Label(f"Giá trị phải từ {low} đến {high}.", f"The value must be from {low} to {high}.")


def _of_alone(codes: Sequence[str]) -> str:
    chosen = " or ".join(f"selected(., '{code}')" for code in codes)
    return f"not(({chosen}) and count-selected(.) > 1)"


def _summed(part: str) -> tuple[str, ...]:
    names = tuple(_PART.findall(part))
    return names if names and part == ". = " + " + ".join(f"coalesce(${{{n}}}, 0)" for n in names) else ()


def _without(said: Label, own: Label, *, first: bool) -> Label | None:
    """The message without a sentence of ours at its beginning or end, None when that does not stand there in both languages."""

    def cut(text: str, part: str) -> str | None:
        if first:
            return text[len(part) :].strip() if text.startswith(part) else None
        return text[: len(text) - len(part)].strip() if text.endswith(part) else None

    vi, en = cut(said.vi, own.vi), cut(said.en, own.en)
    return Label(vi, en) if vi is not None and en is not None else None


def _must(parts: Sequence[str], counts: Numeric) -> tuple[str, str]:
    """(must, raw XPath): the first part as a condition where it is one; all of it when there is but one part."""
    if not parts:
        return "", ""
    whole = " and ".join(f"({p})" for p in parts)
    if condition_of(whole, counts):
        return whole, ""
    if condition_of(parts[0], counts):
        return parts[0], " and ".join(f"({p})" for p in parts[1:]) if len(parts) > 2 else "".join(parts[1:])
    return "", " and ".join(f"({p})" for p in parts) if len(parts) > 1 else parts[0]


def split_relevant(text: str, counts: Numeric) -> tuple[Condition | None, str]:
    """(condition, raw XPath) of a relevant: what our grammar can say, and what stays as it is."""
    text = " ".join(text.split())
    whole = condition_of(text, counts) if text else None
    if whole or not text:
        return whole, ""
    parts = parts_of(text)
    first = condition_of(parts[0], counts) if len(parts) == 2 else None
    return (first, parts[1]) if first else (None, text)
