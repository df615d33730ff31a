"""Control totals as a person writes them, checked against one wave's people and turned into a matrix and its totals.

Imports numpy, auxiliary and the error catalogue.  Sees auxiliary columns only; no weights but their being there, no answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from forms.errors import BdgError, Problem, problem, refuse

from ..units import FloatArray
from .auxiliary import CONSTANT, Columns, Level, Margin, Term, cell, code, joined, margin, numeric

Margins = Mapping[Any, Any]
AGREE = 1e-9


@dataclass(frozen=True, eq=False)
class Wanted:
    """The controls of one group of people: matrix (n, q), names and totals (q,).

    terms, numbers: the margins and the numeric columns, in order; constant: whether (Intercept) was given.
    notes: controls of 0 left out because nobody has the code.
    """

    matrix: sparse.csr_array
    names: tuple[str, ...]
    totals: FloatArray
    terms: tuple[Term, ...]
    numbers: tuple[str, ...]
    constant: bool
    notes: tuple[str, ...] = ()

    @property
    def disjoint(self) -> bool:
        """One margin and nothing else: no person is in two columns."""
        return len(self.terms) == 1 and not self.numbers and not self.constant


def by_wave(margins: Margins, waves: Sequence[int]) -> dict[int, Margins]:
    """Margins of each wave: as given per wave ({2026: {...}}), or the same for all.  BdgError STAT-008 a wave not there."""
    numbered = [key for key in margins if isinstance(key, int | np.integer)]
    if not numbered:
        return dict.fromkeys(waves, margins)
    absent = [int(key) for key in numbered if key not in waves]
    if absent or len(numbered) != len(margins):
        raise refuse(
            "STAT-008", expected=", ".join(map(str, waves)), got=", ".join(map(str, margins)), wave=absent[0] if absent else ""
        )
    return {int(wave): margins[wave] for wave in numbered}


def columns_of(margins: Margins) -> tuple[str, ...]:
    """The columns that the margins name, once, in order."""
    return tuple(dict.fromkeys(name for key in margins if key != CONSTANT for name in _term(key)))


def read(margins: Margins, columns: Columns, kind: str, place: str, people: int) -> Wanted:
    """Check the margins against so many people and build the matrix.

    Raises BdgError: STAT-011 the kind cannot take them; STAT-070 an auxiliary value is missing; for every code at once
    STAT-071 no control, STAT-072 nobody has it, STAT-073 a control that is no number or 0; STAT-074 totals that differ.
    """
    tables = {_term(key): value for key, value in margins.items() if hasattr(value, "items")}
    numbers = tuple(str(key) for key in margins if key != CONSTANT and _term(key) not in tables)
    constant = CONSTANT in margins
    if (kind in ("poststratify", "rake") and (numbers or constant)) or (kind == "poststratify" and len(tables) != 1):
        raise refuse("STAT-011", place, argument="kind", got_name=kind, choices="rake, linear, raking, logit")
    ones = np.ones(people)
    blocks = [_Block(ones, (CONSTANT,), (_number(margins[CONSTANT]),), people=_number(margins[CONSTANT]))] if constant else []
    blocks += [_table(margin(term, columns), value, place) for term, value in tables.items()]
    blocks += [_Block(numeric(name, columns), (name,), (_number(margins[name]),)) for name in numbers]
    wrong = [p for b in blocks for p in b.problems]
    plain = [(b.names[0], b.totals[0]) for b in blocks if b.names[:1] in ((CONSTANT,), *((n,) for n in numbers))]
    wrong += [problem("STAT-073", place, expected="number", got=v, control=name) for name, v in plain if not np.isfinite(v)]
    if wrong:
        raise BdgError(wrong)
    sums = {" + ".join(b.names): b.people for b in blocks if b.people is not None}
    if sums and max(sums.values()) - min(sums.values()) > AGREE * max(sums.values()):
        raise refuse("STAT-074", place, got="; ".join(f"{v:.12g}" for v in sums.values()), control="; ".join(sums))
    return Wanted(
        joined([b.part for b in blocks]),
        tuple(name for b in blocks for name in b.names),
        np.array([v for b in blocks for v in b.totals]),
        tuple(tables),
        numbers,
        constant,
        tuple(note for b in blocks for note in b.notes),
    )


@dataclass(frozen=True, eq=False)
class _Block:
    """One entry of the margins; people: what it says of the number of people, None for a numeric total."""

    part: sparse.csr_array | FloatArray
    names: tuple[str, ...]
    totals: tuple[float, ...]
    people: float | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def _table(found: Margin, table: Mapping[Any, Any], place: str) -> _Block:
    given = {_level(level): _number(value) for level, value in table.items()}
    notes = tuple(f"{cell(found.term, k)}: 0" for k, v in given.items() if v == 0 and k not in found.levels)
    totals = tuple(given.get(level, float("nan")) for level in found.levels)
    return _Block(found.matrix, found.names, totals, float(sum(totals)), tuple(_problems(found, given, place)), notes)


def _problems(found: Margin, given: Mapping[Level, float], place: str) -> list[Problem]:
    people = np.bincount(found.codes, minlength=len(found.levels))
    wrong = []
    for level, n in zip(found.levels, people.tolist(), strict=True):
        name = cell(found.term, level)
        if level not in given:
            wrong.append(problem("STAT-071", place, control=name, people=n))
        elif not given[level] > 0 or not np.isfinite(given[level]):
            wrong.append(problem("STAT-073", place, expected="> 0", got=f"{given[level]:g}", control=name))
    absent = [level for level, value in given.items() if level not in found.levels and value != 0]
    return wrong + [problem("STAT-072", place, control=cell(found.term, level)) for level in absent]


def _term(key: Any) -> Term:
    return tuple(str(name) for name in key) if isinstance(key, tuple) else (str(key),)


def _level(key: Any) -> Level:
    return tuple(code(part) for part in key) if isinstance(key, tuple) else (code(key),)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
