"""Microdata in a pandas frame.  Groups and sums only; imports pandas, numpy and the waist, no statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forms.errors import refuse

from ..design import Design, Place
from ..totals import MISSING_KINDS, SUMS, Column, Domain, FloatArray, Request, Totals, Variable, label

Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class FrameSource:
    """A checked frame, its sampled PSUs numbered once.  place[i]: person i's row in keys; weight > 0."""

    data: pd.DataFrame
    keys: tuple[Place, ...]
    place: Codes
    weight: FloatArray

    def totals(self, request: Request) -> Totals:
        """Sums per sampled PSU for every variable and domain of the request; one pass per variable and grouping."""
        waves = set(request.waves) or {key[0] for key in self.keys}
        old = [i for i, key in enumerate(self.keys) if key[0] in waves]
        keys = tuple(self.keys[i] for i in old)
        renumber = np.full(len(self.keys) + 1, -1, dtype=np.intp)
        renumber[old] = np.arange(len(old))
        place = renumber[self.place]
        inside = (place >= 0) & self._where(request.where)
        groups = [self._levels(grouping, inside, request.where) for grouping in request.groupings]
        columns: list[Column] = []
        blocks: list[FloatArray] = []
        for variable in request.variables:
            measures = self._measures(variable)
            for codes, domains in groups:
                columns += [Column(label(variable), domain) for domain in domains]
                blocks.append(_sum(measures, place, codes, len(keys), len(domains)))
        values = np.concatenate(blocks, axis=1) if blocks else np.zeros((len(keys), 0, len(SUMS)))
        return Totals(keys, tuple(columns), values)

    def arrays(self, columns: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Named arrays, one entry a person: numbers as float with NaN, text as objects with None."""
        return {name: _array(self._column(name)) for name in columns}

    def _column(self, name: str) -> pd.Series[Any]:
        if name not in self.data.columns:
            raise refuse("STAT-002", expected=name, got=", ".join(map(str, self.data.columns[:12])), column=name)
        return self.data[name]

    def _where(self, where: Domain) -> NDArray[np.bool_]:
        keep = np.ones(len(self.data), dtype=bool)
        for name, code in where:
            keep &= _text(self._column(name)) == code
        return keep

    def _levels(self, grouping: Sequence[str], inside: NDArray[np.bool_], where: Domain) -> tuple[Codes, list[Domain]]:
        """A code per person (-1 = in no level) and the domain each code stands for, in sorted order."""
        if not grouping:
            return np.where(inside, 0, -1).astype(np.intp), [tuple(sorted(where))]
        texts = [_text(self._column(name)) for name in grouping]
        keep = inside & np.all([pd.notna(t) for t in texts], axis=0)
        rows = list(zip(*(t[keep] for t in texts), strict=True))
        combos = sorted(set(rows))
        number = {combo: i for i, combo in enumerate(combos)}
        codes = np.full(len(self.data), -1, dtype=np.intp)
        codes[keep] = [number[row] for row in rows]
        return codes, [tuple(sorted({**dict(where), **dict(zip(grouping, c, strict=True))}.items())) for c in combos]

    def _measures(self, variable: Variable) -> list[FloatArray]:
        """One array per entry of SUMS: what each person adds."""
        names = (variable,) if isinstance(variable, str) else variable
        series = [_number(self._column(name), name) for name in names]
        answered = ~np.any([np.isnan(s) for s in series], axis=0)
        w = np.where(answered, self.weight, 0.0)
        y = np.where(answered, series[0], 0.0)
        x = np.where(answered, series[1], 0.0) if len(series) == 2 else np.ones(len(y))
        kind = np.full(len(y), "missing", dtype=object)
        for name, values in reversed(list(zip(names, series, strict=True))):
            if f"{name}__why" in self.data.columns:
                why = _text(self.data[f"{name}__why"])
                told = np.isnan(values) & np.isin(why.astype(str), MISSING_KINDS)
                kind[told] = why[told]
        counts = [(~answered & (kind == k)).astype(float) for k in MISSING_KINDS]
        return [answered.astype(float), w, w * y, w * y * y, w * w, w * x, w * x * y, w * x * x, *counts]


def frame_source(data: pd.DataFrame, design: Design) -> FrameSource:
    """Check a frame against the design and number its PSUs.

    Raises BdgError: STAT-002 a column is absent, STAT-003 a PSU lies in two strata of one wave, STAT-004 a weight
    is not positive, STAT-005 a PSU was never sampled, STAT-010 wave, stratum or PSU is empty.
    """
    for name in (design.wave, design.strata, design.psu, design.weight):
        if name not in data.columns:
            raise refuse("STAT-002", expected=name, got=", ".join(map(str, data.columns[:12])), column=name)
    texts = {name: _text(data[name]) for name in (design.wave, design.strata, design.psu)}
    for name, values in texts.items():
        if (empty := int(np.sum(pd.isna(values)))) > 0:
            raise refuse("STAT-010", got=empty, column=name, rows=empty)
    weight = _number(data[design.weight], design.weight)
    if (bad := int(np.sum(~(weight > 0)))) > 0:
        raise refuse("STAT-004", got=bad, column=design.weight, rows=bad)
    wave = _number(data[design.wave], design.wave).astype(int)
    seen = list(zip(wave.tolist(), texts[design.strata], texts[design.psu], strict=True))
    keys = tuple(sorted(set(seen if design.sampled is None else design.sampled)))
    _one_stratum(keys)
    number = {key: i for i, key in enumerate(keys)}
    if strangers := sorted(set(seen) - set(number)):
        t, h, psu = strangers[0]
        raise refuse("STAT-005", got=f"{t} {h} {psu}", wave=t, stratum=h, psu=psu)
    place = np.array([number[key] for key in seen], dtype=np.intp)
    return FrameSource(data, keys, place, weight)


def _one_stratum(keys: Sequence[Place]) -> None:
    home: dict[tuple[int, str], str] = {}
    for wave, stratum, psu in keys:
        if home.setdefault((wave, psu), stratum) != stratum:
            raise refuse("STAT-003", wave=wave, psu=psu, strata=f"{home[wave, psu]}, {stratum}")


def _sum(measures: Sequence[FloatArray], place: Codes, codes: Codes, psus: int, levels: int) -> FloatArray:
    keep = codes >= 0
    cell = place[keep] * levels + codes[keep]
    sums: FloatArray = np.empty((psus * levels, len(SUMS)))
    for s, measure in enumerate(measures):
        sums[:, s] = np.bincount(cell, weights=measure[keep], minlength=psus * levels)
    return sums.reshape(psus, levels, len(SUMS))


def _number(column: pd.Series[Any], name: str) -> FloatArray:
    try:
        values = pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise refuse("STAT-009", got=str(column.dtype), column=name) from error
    if np.isinf(values).any():
        raise refuse("STAT-009", got="inf", column=name)
    return values


def _text(column: pd.Series[Any]) -> NDArray[np.object_]:
    """Codes as text, null as None; whole floats lose their '.0' (a column of integers with a null is float)."""
    values = column.astype(object).where(column.notna(), None).tolist()
    out = np.empty(len(values), dtype=object)
    out[:] = [None if v is None else _code(v) for v in values]
    return out


def _code(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _array(column: pd.Series[Any]) -> NDArray[Any]:
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return _text(column)
