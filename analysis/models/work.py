"""What a model is: what was asked, its numbers before the fit, and the estimates with their covariance.

Imports numpy, the likelihoods and joint; the people come as a record (subset) and are never read from a frame here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..joint import Joint
from ..results import Status
from ..units import FloatArray
from . import irls, ordinal
from .fit import Fit, Kernel
from .formula import Arrays, Formula, Matrix

if TYPE_CHECKING:
    from ..backends import Data
    from ..design import Design
    from ..persons import Mask
    from ..testing.subset import Subset

FamilyName = Literal["gaussian", "binomial", "poisson", "quasibinomial", "quasipoisson", "ordinal"]


@dataclass(frozen=True, eq=False)
class Asked:
    """What was asked for, so that a model can be asked again with another formula.  epsilon: see `glm`."""

    data: Data
    design: Design
    formula: Formula
    family: FamilyName
    where: Mapping[str, Any] | None
    epsilon: float | None = None


@dataclass(frozen=True, eq=False)
class Setting:
    """The numbers of a model before it is fitted: rows are the people with every answer it needs.

    y: (m,) response, codes 0, 1, ... when it is a factor (levels names them).  kept: columns of the matrix that carry
    information.  names: the k parameters: coefficients of the kept columns, then for ordinal the thresholds.
    lonely: parameters of a group that answered in a single PSU: its deviations add up to zero there, so that the variance
    formula sees none of its error.
    """

    matrix: Matrix
    y: FloatArray
    levels: tuple[str, ...]
    kept: tuple[int, ...]
    names: tuple[str, ...]
    ordered: bool
    lonely: tuple[int, ...] = ()

    @property
    def dropped(self) -> tuple[str, ...]:
        """Columns left out because earlier ones imply them; the thresholds of an ordinal model imply the intercept."""
        gone = (name for j, name in enumerate(self.matrix.names) if j not in self.kept)
        return tuple(name for name in gone if not (self.ordered and name == "Intercept"))

    @property
    def x(self) -> FloatArray:
        """(m, p) the columns kept."""
        return self.matrix.x[:, list(self.kept)]


@dataclass(frozen=True, eq=False)
class Estimated:
    """A model that could be fitted.  joint: its parameters, df = residual degrees of freedom.  scale: R's mean weight."""

    kernel: Kernel
    fit: Fit
    joint: Joint
    scale: float


@dataclass(frozen=True, eq=False)
class Work:
    """A model, or the reason why there is none (`made` is then None).

    mask: (n,) people in it.  degf: of those people (R: `degf`).
    """

    asked: Asked
    sub: Subset
    mask: Mask
    setting: Setting | None = None
    degf: float = float("nan")
    made: Estimated | None = None
    status: Status = "not_estimable"
    reason: str = ""

    @property
    def n(self) -> int:
        """People in the model."""
        return int(self.mask.sum())

    @property
    def columns(self) -> Arrays:
        """The formula's columns for the people in the model."""
        return {name: self.sub.people.columns[name][self.mask] for name in self.asked.formula.columns}


def kernel_of(asked: Asked, setting: Setting, scale: float, without: tuple[int, ...] = ()) -> Kernel:
    """The likelihood as a function of the weights, without some of the columns kept."""
    x = np.delete(setting.x, without, axis=1)
    names = tuple(name for j, name in enumerate(setting.names) if j not in without)
    from . import like_r

    if setting.ordered:
        made = ordinal.kernel(setting.y.astype(np.intp), len(setting.levels), x, names)
        return made if asked.epsilon is None else like_r.ordinal_kernel(made, setting.y, len(setting.levels), x, asked.epsilon)
    family = irls.FAMILIES[asked.family]
    made = irls.kernel(family, setting.y, x, names)
    return made if asked.epsilon is None else like_r.glm_kernel(made, family, setting.y, x, asked.epsilon, scale)


def with_df(joint: Joint, df: float) -> Joint:
    """The same estimates with other degrees of freedom."""
    return Joint(joint.names, joint.value, joint.spread, df, joint.sign, joint.replicates, joint.scale, joint.mse)
