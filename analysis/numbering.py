"""Rows to sampled units: every row gets its place among the sorted (wave, stratum, psu[, ssu]) of its design.

Imports numpy, design and the error catalogue.  Column ids only: no answers, no statistics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from .design import Design, DfRule, LonelyRule, Place, PpsRule
from .units import FloatArray, IntArray, Key, Units, wave_units

Codes = NDArray[np.integer[Any]]
DENSE = 5_000_000
WITHIN = "/"


@dataclass(frozen=True, eq=False)
class Factor:
    """A text column as codes (n,) into sorted levels; -1 is missing.  Any width of integer."""

    codes: Codes
    levels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Numbered:
    """keys sorted; place (n,) is each row's index in keys; weight (n,) > 0; sizes (keys, stages) of fpc or None."""

    keys: tuple[Key, ...]
    place: IntArray
    weight: FloatArray
    sizes: FloatArray | None
    probabilities: bool = False

    @cached_property
    def wave(self) -> IntArray:
        """The wave of each key."""
        return np.array([key[0] for key in self.keys], dtype=np.intp)

    def units(self, wave: int) -> Units:
        """The sampled units of one wave; its rows are the keys of that wave in order."""
        return wave_units(self.keys, self.sizes, wave, probabilities=self.probabilities)


def number(design: Design, rows: int, factor: Callable[[str], Factor], numeric: Callable[[str], FloatArray]) -> Numbered:
    """Number the rows of a design.

    factor, numeric: how to get a column of the data as codes or as floats.  Raises BdgError STAT-003 a PSU lies in two
    strata of one wave, STAT-004 a weight is not positive, STAT-005 a PSU was never sampled, STAT-009 a wave is no whole
    number, STAT-010 an id is empty, STAT-011 a rule of the design has no such name, STAT-012 see `fits`.
    """
    _known(design)
    wave = _wave(design, rows, factor)
    stratum, psu, ssu = (_ids(name, rows, factor) for name in (design.strata, design.psu, design.ssu))
    if design.psu is None:
        psu = _own(rows)
    drawn, sure = (wave, stratum, psu), None
    if design.certainty:
        sure = numeric(design.certainty) == 1
        stratum, psu = _certain(sure, stratum, psu, ssu)
    if design.nest:
        psu = _joined(stratum, psu)
    levels = [wave, stratum, psu]
    if design.stages == 2:
        levels.append(ssu)
    keys, place = _keys(levels)
    if design.sampled is not None:
        keys, place = _sampled(design, keys, place, _origin(drawn, len(keys), place))
    _one_stratum(keys)
    sizes = _sizes(design, keys, place, numeric, sure)
    if design.stages == 1 and sizes is not None:
        sizes = sizes[:, :1]
    if sizes is not None:
        fits(keys, sizes, probabilities=design.pps is not None)
    found = Numbered(keys, place, np.ones(rows), sizes, design.pps is not None)
    return replace(found, weight=_weight(design, found, numeric))


def _known(design: Design) -> None:
    """BdgError STAT-011 when a rule of the design has a name that nothing computes."""
    rules = design.lonely
    asked: list[tuple[str, str, Any]] = [("lonely", rule, LonelyRule) for rule in (rules.level, rules.change)]
    asked += [("df_rule", design.df_rule, DfRule), *([("pps", design.pps.rule, PpsRule)] if design.pps else [])]
    for argument, got, names in asked:
        if got not in get_args(names):
            raise refuse("STAT-011", argument=argument, got_name=got, choices=", ".join(get_args(names)))
    if design.certainty and not design.ssu:
        raise refuse("STAT-011", argument="certainty", got_name="ssu=None", choices="Design(ssu=...)")
    reps = design.replicates
    if reps is not None and len(reps.rscales) != len(reps.columns):
        raise refuse("STAT-011", argument="rscales", got_name=len(reps.rscales), choices=len(reps.columns))


def _wave(design: Design, rows: int, factor: Callable[[str], Factor]) -> Factor:
    if design.wave is None:
        return Factor(np.zeros(rows, dtype=np.int8), ("0",))
    return _ids(design.wave, rows, factor)


def _ids(name: str | None, rows: int, factor: Callable[[str], Factor]) -> Factor:
    if name is None:
        return Factor(np.zeros(rows, dtype=np.int8), ("",))
    found = factor(name)
    if len(found.codes) and found.codes.min() < 0:
        empty = int((found.codes < 0).sum())
        raise refuse("STAT-010", got=empty, column=name, rows=empty)
    return found


def _own(rows: int) -> Factor:
    wide = len(str(rows))
    return Factor(np.arange(rows, dtype=np.intp), tuple(str(i).zfill(wide) for i in range(rows)))


def _joined(one: Factor, two: Factor) -> Factor:
    """one/two as a single factor over the pairs that occur."""
    pair, place = np.unique(one.codes.astype(np.int64) * len(two.levels) + two.codes, return_inverse=True)
    names = [one.levels[p // len(two.levels)] + WITHIN + two.levels[p % len(two.levels)] for p in pair.tolist()]
    order = np.argsort(np.array(names, dtype=object), kind="stable")
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return Factor(rank[place], tuple(names[i] for i in order))


def _certain(sure: NDArray[np.bool_], stratum: Factor, psu: Factor, ssu: Factor) -> tuple[Factor, Factor]:
    """A certainty PSU is a stratum of its own whose first stage are its SSUs."""
    within, below = _joined(stratum, psu), _joined(psu, ssu)
    return _either(sure, within, stratum), _either(sure, below, psu)


def _either(first: NDArray[np.bool_], one: Factor, two: Factor) -> Factor:
    names = np.where(first, np.array(one.levels, dtype=object)[one.codes], np.array(two.levels, dtype=object)[two.codes])
    levels, codes = np.unique(names.astype(str), return_inverse=True)
    return Factor(codes.astype(np.intp), tuple(levels.tolist()))


def _keys(factors: Sequence[Factor]) -> tuple[tuple[Key, ...], IntArray]:
    """The combinations that occur, sorted, and each row's place among them."""
    code = factors[0].codes.astype(np.int64)
    span = len(factors[0].levels)
    for f in factors[1:]:
        code *= len(f.levels)
        code += f.codes
        span *= max(len(f.levels), 1)
    if span <= max(DENSE, len(code)):
        present = np.zeros(span, dtype=bool)
        present[code] = True
        found = np.flatnonzero(present)
        place = (np.cumsum(present) - 1)[code]
    else:
        found, place = np.unique(code, return_inverse=True)
    years = [year(w) for w in factors[0].levels]
    if len(set(years)) < len(years):
        raise refuse("STAT-009", expected=min(years), got=", ".join(factors[0].levels), column="wave")
    parts: list[list[Any]] = []
    rest = found
    for names in (*(f.levels for f in reversed(factors[1:])), years):
        parts.insert(0, [names[i] for i in (rest % len(names)).tolist()])
        rest = rest // len(names)
    keys = tuple(zip(*parts, strict=True))
    if years != sorted(years):
        order = sorted(range(len(keys)), key=keys.__getitem__)
        rank = np.empty(len(order), dtype=np.intp)
        rank[order] = np.arange(len(order))
        return tuple(keys[i] for i in order), rank[place]
    return keys, place.astype(np.intp)


def year(text: str) -> int:
    """The wave that a text names; BdgError STAT-009 when it is no whole number."""
    try:
        value = float(text)
        if value.is_integer():
            return int(value)
    except ValueError:
        pass
    raise refuse("STAT-009", expected="2026", got=text, column="wave")


def _origin(drawn: tuple[Factor, Factor, Factor], keys: int, place: IntArray) -> list[Place]:
    """Wave, stratum and PSU of each key as the sample's list names them, before nest and certainty rename them."""
    row = np.zeros(keys, dtype=np.intp)
    row[place] = np.arange(len(place))
    wave, stratum, psu = ([f.levels[c] for c in f.codes[row].tolist()] for f in drawn)
    return [(year(t), h, i) for t, h, i in zip(wave, stratum, psu, strict=True)]


def _sampled(design: Design, keys: tuple[Key, ...], place: IntArray, origin: Sequence[Place]) -> tuple[tuple[Key, ...], IntArray]:
    """Add the PSUs drawn without interviews; BdgError STAT-005 for one that was never drawn."""
    drawn, seen = set(design.sampled or ()), set(origin)
    if strangers := sorted(seen - drawn):
        t, h, psu = strangers[0]
        raise refuse("STAT-005", got=f"{t} {h} {psu}", wave=t, stratum=h, psu=psu)
    silent = [(t, h, h + WITHIN + psu if design.nest else psu) for t, h, psu in drawn - seen]
    extra: list[Key] = [(*key, "") for key in silent] if design.stages == 2 else list(silent)
    both = sorted([*keys, *extra])
    at = {key: i for i, key in enumerate(both)}
    return tuple(both), np.array([at[key] for key in keys], dtype=np.intp)[place] if keys else place


def _one_stratum(keys: Sequence[Key]) -> None:
    home: dict[tuple[int, str], str] = {}
    for key in keys:
        wave, stratum, psu = key[:3]
        if home.setdefault((wave, psu), stratum) != stratum:
            raise refuse("STAT-003", wave=wave, psu=psu, strata=f"{home[wave, psu]}, {stratum}")


def _sizes(
    design: Design, keys: Sequence[Key], place: IntArray, numeric: Callable[[str], FloatArray], sure: NDArray[np.bool_] | None
) -> FloatArray | None:
    """What the fpc (or inclusion probability) columns say of each key; BdgError STAT-012 when rows of a unit disagree."""
    names = ([design.pps.probability] if design.pps else list(design.fpc[:1])) + list(design.fpc[1:])
    if not names:
        return None
    given = [numeric(name) for name in names]
    if sure is not None and sure.any():
        given = _below(design, keys, place, given, sure)
    out = np.full((len(keys), len(names)), np.nan)
    for s, values in enumerate(given):
        out[place, s] = values
        odd = np.flatnonzero((out[place, s] != values) | np.isnan(values))
        if len(odd):
            raise refuse("STAT-012", place=" ".join(map(str, keys[place[odd[0]]])), got=f"{values[odd[0]]:g}")
    for i, key in enumerate(keys):
        if np.isnan(out[i, 0]) and design.pps is None:
            same = [j for j, k in enumerate(keys) if k[:2] == key[:2] and not np.isnan(out[j, 0])]
            out[i, 0] = out[same[0], 0] if same else np.nan
        if len(key) == 4 and key[3] == "" and len(names) > 1:
            out[i, 1] = 1.0
    return out


def _below(
    design: Design, keys: Sequence[Key], place: IntArray, given: Sequence[FloatArray], sure: NDArray[np.bool_]
) -> list[FloatArray]:
    """The sizes with a certainty PSU's second stage as its first, in the first column's terms (counts or fractions)."""
    counts = design.pps is None and not bool((given[0] <= 1).all())
    second = given[1] if len(given) > 1 else np.full(len(place), np.inf)
    if len(given) == 1 and not counts:
        first_of = " ".join(map(str, keys[place[int(np.argmax(sure))]][:3]))
        raise refuse("STAT-012", place=first_of, expected="fpc=(..., ...)", got=f"fpc={design.fpc}")
    stratum = [key[:2] for key in keys]
    size = Counter(stratum)
    drawn = np.array([float(size[h]) for h in stratum])[place]
    own = np.isinf(second) | (second > 1).any()
    first = np.where(own, second, drawn / second) if counts else np.where(own, drawn / second, second)
    return [np.where(sure, first, given[0]), *(np.where(sure, 1.0, values) for values in given[1:])]


def fits(keys: Sequence[Key], sizes: FloatArray, *, probabilities: bool) -> None:
    """BdgError STAT-012 when a size is not positive, is smaller than the sample, or varies within a stratum or PSU."""
    for s in range(sizes.shape[1]):
        groups: dict[tuple[object, ...], list[int]] = {}
        for i, key in enumerate(keys):
            groups.setdefault(key[:2] if s == 0 and not probabilities else key[:3], []).append(i)
        chance = probabilities and s == 0
        counts = bool((sizes[:, s] > 1).any()) and not chance
        for group, rows in groups.items():
            size = sizes[rows, s]
            drawn = len({keys[i][: s + 3] for i in rows})
            place = " ".join(map(str, group[1:]))
            if not (size > 0).all() or (size != size[0]).any():
                raise refuse("STAT-012", place=place, got=", ".join(f"{v:g}" for v in sorted(set(size.tolist()))[:3]))
            if counts and size[0] < drawn:
                raise refuse("STAT-012", place=place, expected=f">= {drawn}", got=f"{size[0]:g}")
            if chance and size[0] > 1:
                raise refuse("STAT-012", place=place, expected="0 < p <= 1", got=f"{size[0]:g}")


def _weight(design: Design, found: Numbered, numeric: Callable[[str], FloatArray]) -> FloatArray:
    if design.weight is not None:
        weight = numeric(design.weight)
    elif found.sizes is None:
        return found.weight
    else:
        weight = _implied(found)
    signed = any(control.kind == "greg" for control in design.controls)  # linear calibration may leave negative weights
    if (bad := int(np.sum(~(np.isfinite(weight) & ((weight != 0) if signed else (weight > 0)))))) > 0:
        raise refuse("STAT-004", got=bad, column=design.weight or "fpc", rows=bad)
    return weight


def _implied(found: Numbered) -> FloatArray:
    """The weights that the fractions imply: one over their product (R: weights from fpc); a second stage without sizes is 1."""
    each = np.ones(len(found.keys))
    for wave in sorted(set(found.wave.tolist())):
        units = found.units(wave)
        first = units.fraction if units.parent is None else units.fraction[units.parent]
        second = np.ones(units.size) if units.fraction2 is None else units.fraction2
        with np.errstate(divide="ignore"):
            each[found.wave == wave] = 1.0 / (first * np.where(second > 0, second, 1.0))
    return each[found.place]
