"""From a formula and a design to coefficients with their covariance: the work behind every model.

Imports formula (patsy's adapter), work, and late subset (the people).  Never sees a frame's rows; influence
values go to the one variance module.  Sources: Binder (1983) Int. Stat. Rev. 51:279; R `svyglm`, `svrepglm`, `svyolr`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from ..status import CAUTION_DF, NEGATIVE, NO_DF, few_df
from ..units import FloatArray
from .fit import independent
from .formula import Arrays, complete, matrix, parse, response
from .work import Asked, Estimated, FamilyName, Setting, Work, kernel_of, with_df

if TYPE_CHECKING:
    from ..backends import Data
    from ..design import Design
    from ..persons import Mask
    from ..testing.subset import Subset

CONSTANT = "mọi người trả lời giống nhau | everybody gave the same answer"
FEW_ROWS = "số người trả lời không nhiều hơn số hệ số | no more answers than coefficients"
REPLICATES = "{k} bộ quyền số lặp không khớp được mô hình | the model cannot be fitted under {k} replicate weights"
ONE_CODE = "chỉ có một mã, không có hệ số: {names} | one code only, no coefficient: {names}"
DROPPED = "tổ hợp tuyến tính của các cột đứng trước, đã bỏ như R | a combination of earlier columns: dropped, as R does"


def ask(
    data: Data, design: Design, formula: str, family: FamilyName, where: Mapping[str, Any] | None, epsilon: float | None
) -> tuple[Asked, Subset]:
    """Read the formula and get its columns, once.  BdgError STAT-002 to STAT-012, STAT-050."""
    from ..testing.subset import subset

    parsed = parse(formula)
    return Asked(data, design, parsed, family, where, epsilon), subset(data, design, parsed.columns, where)


def fitted(asked: Asked, sub: Subset) -> Work:
    """Fit the model to the people of the subset who answered everything.  BdgError STAT-050, STAT-051, STAT-055."""
    people = sub.people
    mask = sub.inside & complete(people.columns, asked.formula.columns, len(people.weight))
    if not mask.any():
        return Work(asked, sub, mask, reason=sub.silence())
    blank = Work(asked, sub, mask)
    setting = _set(asked, blank.columns, people.weight[mask])
    setting = replace(setting, lonely=_lonely(sub, mask, setting))
    degf = sub.degrees_answering(mask)
    if len(setting.levels) == 1 or (not setting.ordered and len(setting.y) <= len(setting.kept)):
        return Work(asked, sub, mask, setting, degf, reason=CONSTANT if len(setting.levels) == 1 else FEW_ROWS)
    return _estimated(Work(asked, sub, mask, setting, degf))


def _set(asked: Asked, columns: Arrays, weight: FloatArray) -> Setting:
    design_matrix = matrix(asked.formula, columns)
    y, levels = outcome(response(asked.formula, columns), asked)
    ordered = asked.family == "ordinal"
    if ordered:  # the thresholds stand for the constant: it goes, and what it makes redundant too
        constant = [j for j, name in enumerate(design_matrix.names) if name == "Intercept"]
        found = independent(np.column_stack([np.ones(len(y)), np.delete(design_matrix.x, constant, axis=1)]), weight)
        left = [j for j in range(design_matrix.x.shape[1]) if j not in constant]
        kept = tuple(left[int(i) - 1] for i in found if i > 0)
    else:
        kept = tuple(int(j) for j in independent(design_matrix.x, weight))
    names = tuple(design_matrix.names[j] for j in kept) + (tuple(f"{a}|{b}" for a, b in pairwise(levels)) if ordered else ())
    return Setting(design_matrix, y, levels, kept, names, ordered)


def _lonely(sub: Subset, mask: Mask, setting: Setting) -> tuple[int, ...]:
    """Parameters of a term one of whose groups (a column of 0 and 1, or everybody with 0 in all of them) lies in one PSU."""

    def alone(rows: NDArray[np.bool_]) -> bool:
        whole = np.zeros(len(mask), dtype=np.bool_)
        whole[mask] = rows
        return sub.psus(whole) == 1

    found: set[int] = set()
    for _, columns in setting.matrix.terms:
        x = setting.matrix.x[:, list(columns)]
        if not columns or len(np.unique(x)) != 2 or set(np.unique(x).tolist()) != {0.0, 1.0}:
            continue
        found |= {j for i, j in enumerate(columns) if alone(x[:, i] == 1)}
        found |= set(columns) if alone((x == 0).all(axis=1)) else set()
    return tuple(i for i, j in enumerate(setting.kept) if j in found)


def _estimated(work: Work) -> Work:
    asked, sub, mask, setting = work.asked, work.sub, work.mask, work.setting
    people = sub.people

    def stopped(reason: str) -> Work:
        return Work(asked, sub, mask, setting, work.degf, reason=reason)

    if setting is None:
        return work
    scale = float(people.weight[mask if setting.ordered else sub.inside].mean())  # svyolr: of the rows answered
    kernel = kernel_of(asked, setting, scale)
    full = kernel(people.weight[mask], None)
    if full.trouble:
        return stopped(full.trouble)
    df = work.degf - len(setting.kept) + (0 if setting.ordered else 1)
    if df < 1:
        return stopped(NO_DF)

    def statistic(weight: FloatArray) -> FloatArray:
        return full.beta if weight is people.weight else kernel(weight[mask], full.beta).beta

    def influence() -> FloatArray:
        u = np.zeros((len(mask), len(full.beta)))
        u[mask] = people.weight[mask, None] * (full.scores @ full.bread)
        return u

    joint = people.joint(setting.names, statistic, influence, mask=mask)
    if joint.replicates is not None and np.isnan(joint.replicates).any():
        return stopped(REPLICATES.format(k=int(np.isnan(joint.replicates).any(axis=1).sum())))
    if np.isnan(joint.se).any():
        return stopped(NEGATIVE)
    made = Estimated(kernel, full, with_df(joint, df), scale)
    single = ", ".join(label for label, columns in setting.matrix.terms if not columns)
    notes = [few_df(df)] * (df < CAUTION_DF) + [ONE_CODE.format(names=single)] * bool(single)
    return Work(asked, sub, mask, setting, work.degf, made, "caution" if notes else "ok", "; ".join(notes))


def outcome(values: NDArray[Any], asked: Asked) -> tuple[FloatArray, tuple[str, ...]]:
    """The response as numbers, and its levels where it is a factor.  BdgError STAT-051.

    binomial: numbers in [0, 1], or two codes of which the second counts as success (as R).  poisson: numbers from 0.
    ordinal: every code in order, of numbers or of text.
    """
    name, family = asked.formula.left, asked.family
    if family == "ordinal":
        found, at = np.unique(values if values.dtype == np.float64 else values.astype(str), return_inverse=True)
        return at.astype(np.float64), tuple(code_of(v) for v in found.tolist())
    if values.dtype != np.float64:
        found, at = np.unique(values.astype(str), return_inverse=True)
        if "binomial" not in family or len(found) > 2:
            raise refuse("STAT-051", got=f"{len(found)} codes", column=name, family=family)
        return at.astype(np.float64), tuple(found.tolist())
    low, high = float(values.min()), float(values.max())
    if ("binomial" in family and (low < 0 or high > 1)) or ("poisson" in family and low < 0):
        raise refuse("STAT-051", got=f"[{low:g}, {high:g}]", column=name, family=family)
    return values, ()


def code_of(value: object) -> str:
    """A level as text; whole numbers without their '.0'."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
