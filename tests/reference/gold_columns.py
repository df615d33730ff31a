"""A formula's right side as columns of the data: numbers as they are, factors as one column of 0/1 a level, names as R's.

Imports the interpreter and the designs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from gold_designs import ready, terms
from gold_eval import Interpreter
from gold_r import Call, Name, Node, deparse
from gold_values import CHR, FCT, LGL, Env, Formula, RDesign, Unsupported, Vec, levels_of, plain, scope, series


@dataclass(frozen=True)
class Term:
    """One term of a formula: its R text, the data's column, and the levels of a factor (() for a number)."""

    text: str
    column: str
    levels: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What R calls its estimates."""
        return tuple(self.text + level for level in self.levels) if self.levels else (self.text,)


@dataclass(frozen=True, eq=False)
class Measured:
    """A design whose frame holds the columns of some terms; R drops rows missing in any of them (na.rm)."""

    rd: RDesign
    terms: tuple[Term, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """R's names of all columns, in order."""
        return tuple(n for t in self.terms for n in t.names)

    @property
    def missing(self) -> np.ndarray:
        """(n,) rows of the subset that miss one of the terms."""
        gone = np.zeros(len(self.rd.frame), dtype=bool)
        for t in self.terms:
            gone |= self.rd.frame[t.column].isna().to_numpy()
        return gone & self.rd.kept

    def dummies(self) -> tuple[RDesign, tuple[str, ...]]:
        """The same with a numeric column for every level of a factor; a column's name is what R calls its estimate."""
        frame, names = self.rd.frame, []
        for t in self.terms:
            if not t.levels:
                names.append(t.column)
                continue
            gone = frame[t.column].isna().to_numpy()
            for level, name in zip(t.levels, t.names, strict=True):
                held = (frame[t.column] == level).to_numpy(dtype=float)
                frame = frame.assign(**{f"r.{name}": np.where(gone, np.nan, held)})
                names.append(f"r.{name}")
        return replace(self.rd, frame=frame), tuple(names)


def measured(self: Interpreter, formula: Any, rd: RDesign, *, plain_names: bool = True) -> Measured:
    """The columns of a formula over a design, under the options of this call."""
    if not isinstance(formula, Formula):
        raise Unsupported("variables that are not given by a formula")
    rd = ready(self, rd)
    frame, found = rd.frame, []
    for node in terms(formula.right):
        vec = self.value(node, scope(frame, formula.env))
        name = node.id if isinstance(node, Name) and plain_names else f"r.{deparse(node)}"
        levels: tuple[str, ...] = ()
        if vec.kind == LGL:
            levels = ("FALSE", "TRUE")
            vec = Vec(np.array(vec.texts(), dtype=object), CHR)
        elif vec.kind in (CHR, FCT):
            kept = vec.take(np.flatnonzero(rd.kept)) if vec.kind == CHR else vec
            levels = levels_of(kept)
        if not isinstance(node, Name) or vec.kind in (CHR, FCT):
            values = np.array(vec.texts(), dtype=object) if levels else vec.data.astype(float)
            frame = frame.assign(**{name: series(Vec(values, CHR if levels else "num"), len(frame))})
        found.append(Term(deparse(node), name, levels))
    return Measured(replace(rd, frame=frame), tuple(found))


def by_columns(self: Interpreter, formula: Any, rd: RDesign) -> tuple[RDesign, tuple[Term, ...]]:
    """The grouping of svyby as text columns, each with its levels in R's order."""
    if not isinstance(formula, Formula):
        raise Unsupported("groups that are not given by a formula")
    frame, found = rd.frame, []
    for node in terms(formula.right):
        vec = self.value(node, scope(frame, formula.env))
        name = f"r.by.{deparse(node)}"
        frame = frame.assign(**{name: series(Vec(np.array(vec.texts(), dtype=object), CHR), len(frame))})
        found.append(Term(deparse(node), name, levels_of(vec)))
    return replace(rd, frame=frame), tuple(found)


def flag(value: Any) -> bool:
    """TRUE?  NULL and nothing are FALSE."""
    return value is not None and bool(plain(value))


def term_env(frame_names: tuple[str, ...], values: np.ndarray, parent: Env) -> Env:
    """Names with one number each: what a quoted contrast is evaluated in."""
    from gold_values import num

    return Env({n: num([v]) for n, v in zip(frame_names, values.tolist(), strict=True)}, parent)


def calls_in(node: Node | None) -> set[str]:
    """The names of all functions called in an expression."""
    if not isinstance(node, Call):
        return set()
    found = {node.name}
    for arg in node.args:
        found |= calls_in(arg.value)
    return found
