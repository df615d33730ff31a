"""Predictive margins: the mean prediction of the population if everybody were in one group, group after group.

Imports numpy, work and the likelihoods.  Source: Graubard and Korn (1999) Biometrics 55:652; R `svypredmeans`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from forms.errors import refuse

from ..intervals import t_interval
from ..joint import Joint
from ..results import Status
from ..status import NEGATIVE
from ..units import FloatArray
from . import irls, ordinal
from .work import Estimated, Setting, Work, with_df

if TYPE_CHECKING:
    import pandas as pd

Variance = Literal["linearised", "parts"]
Predictor = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
MOST_LEVELS = 50


@dataclass(frozen=True, eq=False)
class Margins:
    """Predictive margins by a column.  levels: its codes in order; joint: their margins with the covariance.

    Unit: that of the response (a share for binomial, a mean count for poisson, the mean code for ordinal).
    n: people averaged over.  joint is None and status not_estimable when there is no model; reason says why.
    """

    by: str
    levels: tuple[str, ...]
    joint: Joint | None
    n: int
    confidence: float
    status: Status = "ok"
    reason: str = ""

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a level: estimate, se, lower, upper (t), df, n, status, reason."""
        import pandas as pd

        rows: list[dict[str, Any]] = []
        for i, level in enumerate(self.levels):
            row: dict[str, Any] = {self.by: level, "estimate": None, "se": None, "lower": None, "upper": None, "df": None}
            if self.joint is not None:
                value, se, df = float(self.joint.value[i]), float(self.joint.se[i]), float(self.joint.df)
                limits = t_interval(value, se, df, self.confidence)
                row |= {"estimate": value, "se": se, "lower": limits.lower, "upper": limits.upper, "df": df}
            rows.append(row | {"n": self.n, "status": self.status, "reason": self.reason})
        return pd.DataFrame(rows)

    def contrast(self, weights: Mapping[str, float] | Sequence[float], name: str = "contrast") -> Joint | None:
        """A linear contrast of the levels, {"M": 1, "F": -1}; None when nothing is estimable."""
        if self.joint is None:
            return None
        given = [weights.get(level, 0.0) for level in self.levels] if isinstance(weights, Mapping) else list(weights)
        return self.joint.linear(np.array(given, dtype=np.float64), (name,))

    def _repr_html_(self) -> str:
        return str(self.frame.to_html(index=False, float_format=lambda v: f"{v:.4g}", na_rep="-"))


def margins(work: Work, by: str, variance: Variance, confidence: float) -> Margins:
    """See Model.margins; `work` is fitted with `by` among its columns."""
    if variance not in get_args(Variance):
        raise refuse("STAT-011", got_name=variance, argument="variance", choices=", ".join(get_args(Variance)))
    codes, at = work.sub.levels(by, work.mask)
    check(by, len(codes))
    if work.made is None or work.setting is None:
        return Margins(by, codes, None, work.n, confidence, "not_estimable", work.reason)
    joint = _averages(work, work.setting, work.made, by, codes, at, variance)
    if np.isnan(joint.se).any():
        return Margins(by, codes, None, work.n, confidence, "not_estimable", NEGATIVE)
    return Margins(by, codes, joint, work.n, confidence, work.status, work.reason)


def check(by: str, codes: int) -> None:
    """BdgError STAT-053 when a column has no two codes to compare, or too many; none at all is a matter of status."""
    if codes == 1 or codes > MOST_LEVELS:
        raise refuse("STAT-053", got=f"{codes} codes", column=by)


def _averages(
    work: Work, setting: Setting, made: Estimated, by: str, codes: Sequence[str], at: NDArray[np.intp], variance: Variance
) -> Joint:
    designs = _set_to(work, setting, by, codes, at)
    predict = _predictor(work, setting)
    people, mask, fit = work.sub.people, work.mask, made.fit
    weight = people.weight[mask]

    def statistic(weights: FloatArray) -> FloatArray:
        beta = fit.beta if weights is people.weight else made.kernel(weights[mask], fit.beta).beta
        return np.array([np.average(predict(x, beta)[0], weights=weights[mask]) for x in designs])

    def pieces() -> tuple[FloatArray, FloatArray]:
        """Influence on the averages through who is averaged, and through the coefficients; (n, levels) each."""
        direct, indirect = np.zeros((len(mask), len(codes))), np.zeros((len(mask), len(codes)))
        share, through = weight / weight.sum(), fit.scores @ fit.bread
        for g, x in enumerate(designs):
            mean, slope = predict(x, fit.beta)
            direct[mask, g] = share * (mean - share @ mean)
            indirect[mask, g] = weight * (through @ (share @ slope))
        return direct, indirect

    def influence() -> FloatArray:
        direct, indirect = pieces()
        return direct + indirect

    joint = people.joint(tuple(f"{by}={code}" for code in codes), statistic, influence, mask=mask)
    if variance == "parts" and people.repweights is None:
        both = [people.spread(u) for u in pieces()]
        sign = np.concatenate([part.sign for part in both])
        rows = np.vstack([part.values for part in both])  # noqa: PD011  # contributions, not a frame's values
        joint = Joint(joint.names, joint.value, rows, joint.df, None if (sign == 1).all() else sign)
    return with_df(joint, made.joint.df)


def _set_to(work: Work, setting: Setting, by: str, codes: Sequence[str], at: NDArray[np.intp]) -> list[FloatArray]:
    """The design matrix of everybody in the model, as if all were in one group."""
    columns, out = work.columns, []
    for g, _ in enumerate(codes):
        example = work.sub.people.columns[by][np.flatnonzero(at == g)[0]]
        one = np.full(work.n, example, dtype=columns[by].dtype)
        out.append(setting.matrix.at({**columns, by: one})[:, list(setting.kept)])
    return out


def _predictor(work: Work, setting: Setting) -> Predictor:
    """(x, parameters) -> expected outcome (m,) and its derivative in all parameters (m, k)."""
    if not setting.ordered:
        family = irls.FAMILIES[work.asked.family]

        def plain(x: FloatArray, beta: FloatArray) -> tuple[FloatArray, FloatArray]:
            eta = x @ beta
            return family.mean(eta), x * family.variance(eta)[:, None]

        return plain
    try:
        scores = np.array([float(level) for level in setting.levels])
    except ValueError as error:
        raise refuse("STAT-053", got=setting.levels[0], column=work.asked.formula.left) from error
    p = len(setting.kept)

    def ordered(x: FloatArray, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        return ordinal.expected(theta[:p], theta[p:], x, scores)

    return ordered
