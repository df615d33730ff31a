"""Counts and compares numbers: R's record on one side, the same record filled by us on the other.

Standard library only.  Every number of R's record is one comparison; text, names and what was given to R are not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TOLERANCE = 1e-8
LOOSE = 1e-6
ZERO_SE = 1e-12
SMALL = 1e-3  # an estimate or limit near zero is compared relative to this part of its standard error or width
COVARIANCE = 1e-4  # a covariance near zero is compared relative to this part of the two standard errors' product

GIVEN = frozenset({"r_class", "names", "dimnames", "dim", "method", "groups", "error", "columns", "prob"})
WORDS: Mapping[str, float] = {"NaN": math.nan, "Inf": math.inf, "-Inf": -math.inf}
Path = tuple[str | int, ...]

HOW = (
    f"tolerance {TOLERANCE:g} relative ({LOOSE:g} for the calls listed below); standard errors under {ZERO_SE:g} are zero; a "
    f"difference or limit is relative to at least {SMALL:g} of its standard error or width, a covariance to at least "
    f"{COVARIANCE:g} of sqrt(v_i v_j) (at {LOOSE:g}: to all of it)"
)


@dataclass(frozen=True)
class Check:
    """One number.  state: passed, failed, documented, unsupported; gap: relative difference, None without one."""

    path: Path
    theirs: float
    ours: float | None
    gap: float | None
    state: str
    rule: str = ""

    @property
    def what(self) -> str:
        """Where the number stands, as text."""
        return str(self.path[0]) + "".join(f"[{p}]" for p in self.path[1:])


def numbers(record: Mapping[str, Any]) -> Iterator[tuple[Path, float]]:
    """All numbers of a result with their places; null inside a list is NA, a null alone is nothing."""
    groups = set(record.get("groups") or {})
    for key, value in record.items():
        if key in GIVEN or value is None:
            continue
        if key == "full_table":
            yield from _leaves((key,), {k: v for k, v in value.items() if k not in groups})
        else:
            yield from _leaves((key,), value)


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, float]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key not in GIVEN and part is not None:
                yield from _leaves((*path, key), part)
    elif isinstance(value, (list, tuple)):
        if any(isinstance(v, str) and v not in WORDS for v in value):
            return
        for i, part in enumerate(value):
            yield from _leaves((*path, i), math.nan if part is None else part)
    elif isinstance(value, str):
        if value in WORDS:
            yield path, WORDS[value]
    elif isinstance(value, (int, float)):
        yield path, float(value)


def lookup(ours: Mapping[str, Any], path: Path) -> float | None:
    """Our number at a place of R's record; None when we have none.  A list of one and a bare number are the same."""
    at: Any = ours
    for step in path:
        if isinstance(at, Mapping):
            at = at.get(step) if step in at else at.get(str(step))
        elif isinstance(at, (list, tuple)) and isinstance(step, int):
            at = at[step] if step < len(at) else None
        elif isinstance(at, (int, float)) and step == 0:
            continue
        else:
            return None
        if at is None:
            return None
    if isinstance(at, (list, tuple)) and len(at) == 1:
        at = at[0]
    return float(at) if isinstance(at, (int, float)) else None


def gap(theirs: float, ours: float, floor: float) -> float:
    """Relative difference; 0 when both are the same non-finite value, inf when only one is."""
    if math.isnan(theirs) or math.isnan(ours):
        return 0.0 if math.isnan(theirs) and math.isnan(ours) else math.inf
    if theirs == ours:
        return 0.0
    if math.isinf(theirs) or math.isinf(ours):
        return math.inf
    return abs(theirs - ours) / max(abs(theirs), floor, 1e-300)


def floors(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Standard errors, half widths and values of a record, to judge numbers near zero."""
    return {"se": _list(record.get("se")), "estimate": _list(record.get("estimate")), "record": record}


def _list(value: Any) -> list[float]:
    return [v for _, v in _leaves((), value)] if value is not None else []


def floor_of(path: Path, scale: Mapping[str, Any], covariance: float = COVARIANCE) -> float:
    """What a number at this place is at least compared with."""
    se, record = scale["se"], scale["record"]
    key, i = path[0], path[1] if len(path) > 1 and isinstance(path[1], int) else 0
    if key == "estimate" and i < len(se):
        return SMALL * _finite(se[i])
    if key == "vcov" and len(path) == 3 and max(int(path[1]), int(path[2])) < len(se):
        return covariance * _finite(se[int(path[1])]) * _finite(se[int(path[2])])
    if key in ("ci", "ci_normal", "ci_t"):
        ends = record[key] if key == "ci" else record[key][i]
        low, high = (_word(e) for e in ends)
        return SMALL * _finite(high - low) / 2
    return 0.0


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _word(value: Any) -> float:
    return WORDS[value] if isinstance(value, str) else math.nan if value is None else float(value)


def negligible(path: Path, theirs: float, ours: float, scale: Mapping[str, Any]) -> bool:
    """Standard errors (and entries of their covariance) that are zero but for rounding."""
    if path[0] == "se" or (path[0] == "full_table" and str(path[1]).split(".")[0] == "se"):
        at = path[-1] if isinstance(path[-1], int) else 0
        size = max(1.0, abs(_finite(scale["estimate"][at]))) if at < len(scale["estimate"]) else 1.0
        return abs(theirs) < ZERO_SE * size and abs(ours) < ZERO_SE * size
    if path[0] == "vcov" and len(path) == 3:
        sizes = [max(1.0, abs(_finite(scale["estimate"][int(p)]))) if int(p) < len(scale["estimate"]) else 1.0 for p in path[1:]]
        tiny = ZERO_SE**2 * sizes[0] * sizes[1]
        se = [scale["se"][int(p)] if int(p) < len(scale["se"]) else math.inf for p in path[1:]]
        if any(s < ZERO_SE * z for s, z in zip(se, sizes, strict=True)):
            return abs(ours) < ZERO_SE * max(sizes)
        return abs(theirs) < tiny and abs(ours) < tiny
    return False


def compare(record: Mapping[str, Any], ours: Mapping[str, Any], tolerance: Any) -> list[Check]:
    """Every number of R's record against ours.  tolerance: a function of the number's place."""
    scale = floors(record)
    found: list[Check] = []
    for path, theirs in numbers(record):
        own = lookup(ours, path)
        if own is None:
            found.append(Check(path, theirs, None, None, "unsupported"))
            continue
        most = tolerance(path)
        away = gap(theirs, own, floor_of(path, scale, 1.0 if most > TOLERANCE else COVARIANCE))
        good = away <= most or negligible(path, theirs, own, scale)
        found.append(Check(path, theirs, own, away if not good or away <= 1 else 0.0, "passed" if good else "failed"))
    return found
