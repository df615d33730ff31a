"""Formulas in R's style as numbers: which columns they need, and the design matrix in R's order of columns.

The adapter of patsy (untyped): the only module that may import it.  Arrays of persons in, arrays out; knows no design.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from ..units import FloatArray

Arrays = Mapping[str, NDArray[Any]]

FUNCTIONS: Mapping[str, Any] = {
    "log": np.log,
    "log10": np.log10,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "floor": np.floor,
}
CODINGS = ("C", "factor", "Q", "I", "center", "standardize", "scale", "bs", "cr", "cc", "Treatment")
SAFE = (
    ast.Expression, ast.Name, ast.Load, ast.Call, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.operator,
    ast.unaryop, ast.cmpop, ast.boolop, ast.keyword, ast.List, ast.Tuple,
)  # fmt: skip


@dataclass(frozen=True)
class Formula:
    """A formula taken apart.  columns: those it needs, the response's first; outcome: the response if it is a bare column."""

    text: str
    left: str
    right: str
    columns: tuple[str, ...]
    outcome: str | None


@dataclass(frozen=True, eq=False)
class Matrix:
    """x: (m, p) in R's order: intercept, then terms by degree.  terms: (label, columns of x); info rebuilds rows."""

    x: FloatArray
    names: tuple[str, ...]
    terms: tuple[tuple[str, tuple[int, ...]], ...]
    info: Any
    order: tuple[int, ...]

    def at(self, columns: Arrays) -> FloatArray:
        """The matrix for other rows, with the levels and transformations of these.  BdgError STAT-050, STAT-055."""
        import patsy  # type: ignore[import-untyped]  # patsy ships no types

        if self.info is None:
            return np.ones((len(next(iter(columns.values()))), self.x.shape[1]))
        found = _patsy(lambda: patsy.build_design_matrices([self.info], dict(columns), NA_action=_as_they_are()), "")
        return _finite(np.asarray(found[0], dtype=np.float64)[:, list(self.order)], "")


def parse(text: str) -> Formula:
    """`y ~ a + b*factor(c) + log(d)`: + adds, : crosses, * does both, - 1 drops the intercept; numbers as Python writes them.

    Functions: log, log10, exp, sqrt, abs, floor; I(), C() = factor(), Q("any name"), center, standardize, bs, cr.
    Raises BdgError STAT-050.
    """
    left, tilde, right = (text or "").partition("~")
    if not tilde or not left.strip() or not right.strip():
        raise refuse("STAT-050", expected="y ~ x", got=str(text), why=str(text))
    desc = _described(right.strip(), text)
    needed = [
        n for factor in dict.fromkeys(f for term in desc.rhs_termlist for f in term.factors) for n in names_in(factor.code, text)
    ]
    if desc.lhs_termlist:
        raise refuse("STAT-050", got=text, why=text)
    responses = names_in(left.strip(), text)
    bare = re.fullmatch(r"(?:(?:C|factor)\()?\s*(?:Q\((['\"])(?P<quoted>.+)\1\)|(?P<plain>\w+))\s*\)?", left.strip())
    outcome = (bare["quoted"] or bare["plain"]) if bare else None
    return Formula(text, left.strip(), right.strip(), tuple(dict.fromkeys((*responses, *needed))), outcome)


def names_in(code: str, text: str) -> list[str]:
    """The columns that one factor of a formula names.  BdgError STAT-050 for what no formula needs."""
    try:
        tree = ast.parse(code, mode="eval")
    except SyntaxError as error:
        raise refuse("STAT-050", got=text, why=code) from error
    found, called = [], set()
    for node in ast.walk(tree):
        if not isinstance(node, SAFE):
            raise refuse("STAT-050", got=text, why=code)
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Name) or node.func.id not in (*FUNCTIONS, *CODINGS):
                raise refuse("STAT-050", got=text, why=ast.unparse(node.func))
            called.add(node.func)
            if node.func.id == "Q" and node.args and isinstance(node.args[0], ast.Constant):
                found.append(str(node.args[0].value))
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n not in called and n.id != "Treatment"]
    return [*found, *(n.id for n in names)]


def matrix(formula: Formula, columns: Arrays) -> Matrix:
    """The design matrix of the rows given, all complete.  Text columns are factors, coded against their first level.

    A numeric column is a factor inside C() or factor().  BdgError STAT-050 (patsy cannot make it), STAT-055 (not finite).
    """
    import patsy

    described = _described(formula.right, formula.text).rhs_termlist
    if not any(term.factors for term in described):  # y ~ 1
        ones = np.ones((len(next(iter(columns.values()))), len(described)))
        return Matrix(ones, ("Intercept",) * len(described), (("Intercept", (0,)),) * len(described), None, (0,) * len(described))
    made = _patsy(
        lambda: patsy.dmatrix(formula.right, dict(columns), eval_env=_environment(), NA_action=_as_they_are()), formula.text
    )
    info = made.design_info
    listed = [tuple(sorted(f.name() for f in term.factors)) for term in described]
    rank = {key: (len(key), i) for i, key in enumerate(listed)}
    slices = sorted(info.term_slices.items(), key=lambda pair: rank[tuple(sorted(f.name() for f in pair[0].factors))])
    order = tuple(i for _, part in slices for i in range(part.start, part.stop))
    terms, start = [], 0
    for term, part in slices:
        size = part.stop - part.start
        terms.append((term.name(), tuple(range(start, start + size))))
        start += size
    names = tuple(re.sub(r"\[(T\.)?np\.float64\((.+?)(?:\.0)?\)\]", r"[\1\2]", info.column_names[i]) for i in order)
    return Matrix(_finite(np.asarray(made, dtype=np.float64)[:, list(order)], formula.text), names, tuple(terms), info, order)


def response(formula: Formula, columns: Arrays) -> NDArray[Any]:
    """The left side for complete rows: floats, or text codes when it is a bare column of text."""
    if formula.outcome is not None:
        return columns[formula.outcome]
    import patsy

    made = _patsy(
        lambda: patsy.dmatrix(f"0 + I({formula.left})", dict(columns), eval_env=_environment(), NA_action=_as_they_are()),
        formula.text,
    )
    values = np.asarray(made, dtype=np.float64)
    return _finite(values[:, -1], formula.text)


def canonical(label: str) -> str:
    """A term as people may write it: factor(b):a and a : C(b) are one."""
    parts = [re.sub(r"^(?:C|factor)\((.*)\)$", r"\1", p.strip()) for p in _split(label, ":")]
    return ":".join(sorted(re.sub(r"\s+", "", p) for p in parts))


def split_terms(text: str) -> tuple[str, ...]:
    """`~ a + b:c` as its terms."""
    return tuple(p.strip() for p in _split(text.strip().lstrip("~"), "+") if p.strip())


def r_name(name: str) -> str:
    """R's name of a coefficient: C(stype)[T.H] -> factor(stype)H, Intercept -> (Intercept)."""
    if name == "Intercept":
        return "(Intercept)"
    return re.sub(r"\[(?:T\.)?(.*?)\]", r"\1", name).replace("C(", "factor(")


def _split(text: str, mark: str) -> list[str]:
    out, depth, last = [], 0, 0
    for i, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if letter == mark and depth == 0:
            out.append(text[last:i])
            last = i + 1
    return [*out, text[last:]]


@cache
def _as_they_are() -> Any:
    """No value counts as missing: the rows are complete, and what a transformation breaks is refused by name."""
    import patsy

    return patsy.NAAction(NA_types=[])


@cache
def _environment() -> Any:
    from patsy.builtins import C  # type: ignore[import-untyped]  # patsy ships no types
    from patsy.eval import EvalEnvironment  # type: ignore[import-untyped]  # patsy ships no types

    return EvalEnvironment([{**FUNCTIONS, "factor": C}])


def _described(right: str, text: str) -> Any:
    import patsy

    return _patsy(lambda: patsy.ModelDesc.from_formula("~ " + right), text)


def _patsy(make: Callable[[], Any], text: str) -> Any:
    """What patsy makes; its refusals and those of the functions called, in our words."""
    import patsy

    try:
        with np.errstate(all="ignore"):
            return make()
    except (patsy.PatsyError, TypeError, ValueError) as error:
        raise refuse("STAT-050", got=text, why=str(error).splitlines()[0][:120] if str(error) else "?") from error


def _finite(values: FloatArray, text: str) -> FloatArray:
    if not math.isfinite(float(values.sum())) and not np.isfinite(values).all():
        raise refuse("STAT-055", got=text)
    return values


def complete(columns: Arrays, names: Sequence[str], size: int) -> NDArray[np.bool_]:
    """(n,) of people who have an answer in every one of these columns."""
    keep = np.ones(size, dtype=np.bool_)
    for name in names:
        values = columns[name]
        keep &= (
            ~np.isnan(values)
            if values.dtype == np.float64
            else np.array([v is not None for v in values.tolist()], dtype=np.bool_)
        )
    return keep
