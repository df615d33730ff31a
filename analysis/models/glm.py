"""Regression for a complex sample: generalised linear models and proportional odds, with tests of terms and margins.

The door of models.  Imports fitting, terms, margins; pandas only for a frame.  The likelihood is maximised with the weights
(pseudo-likelihood); the variance is the design's: strata, PSUs, second stage, calibration, replicates, several waves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from forms.errors import refuse

from ..intervals import t_interval, two_sided_p
from ..joint import Joint
from ..results import Status
from ..status import NO_VARIANCE, ONE_PSU
from ..testing.chisquares import Method as Approximation
from ..units import FloatArray
from . import fitting
from .fitting import DROPPED
from .formula import r_name
from .margins import Margins, Variance, check
from .margins import margins as _margins
from .terms import Method, TermTest, term_test
from .work import FamilyName, Work

if TYPE_CHECKING:
    import pandas as pd

    from ..backends import Data
    from ..design import Design

SHOWN = ("coefficient", "estimate", "se", "statistic", "df", "p_value", "lower", "upper", "status", "reason")


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted model.  R: `svyglm`, `svrepglm`, `svyolr`.

    status, reason: of the model as a whole («tiếng Việt | English»); with not_estimable there is no number anywhere.
    """

    work: Work
    confidence: float

    @property
    def status(self) -> Status:
        """Ok, caution (few degrees of freedom) or not_estimable."""
        return self.work.status

    @property
    def reason(self) -> str:
        """Why not ok; columns dropped are said in the frame."""
        return self.work.reason

    @property
    def joint(self) -> Joint:
        """The coefficients, for ordinal followed by the thresholds, with their covariance; no entries if not estimable.

        Its df are the residual ones: degf + 1 - coefficients, for ordinal degf - coefficients (R: `df.residual`).
        """
        empty = np.zeros(0)
        return self.work.made.joint if self.work.made else Joint((), empty, np.zeros((0, 0)), float("nan"))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters estimated, as in joint: Intercept, age, sex[T.M], w30:sex[T.M], 1|2."""
        return self.joint.names

    @property
    def r_names(self) -> tuple[str, ...]:
        """The same as R writes them: (Intercept), age, sexM, w30:sexM, 1|2."""
        return tuple(r_name(name) for name in self.names)

    @property
    def dropped(self) -> tuple[str, ...]:
        """Columns that earlier ones imply, left out as R does (its NA coefficients)."""
        return self.work.setting.dropped if self.work.setting else ()

    @property
    def n(self) -> int:
        """People in the model: of the domain, with every answer that the formula needs."""
        return self.work.n

    @property
    def n_missing(self) -> int:
        """People of the domain left out because an answer is missing; their PSUs stay in the design."""
        return int(self.work.sub.inside.sum()) - self.n

    @property
    def degf(self) -> float:
        """PSUs minus strata that hold somebody of the model (replicates: their rank - 1).  R: `degf(model$survey.design)`."""
        return self.work.degf

    @property
    def df_residual(self) -> float | None:
        """Residual degrees of freedom; None when not estimable."""
        return self.work.made.joint.df if self.work.made else None

    @property
    def deviance(self) -> float | None:
        """At weights of mean 1.  R: `deviance`; None when not estimable."""
        return self.work.made.fit.deviance / self.work.made.scale if self.work.made else None

    @property
    def dispersion(self) -> float | None:
        """The weighted variance of the Pearson residuals, times n/(n - 1); None for ordinal.  R: see r_dispersion."""
        if self.work.made is None or self.work.asked.family == "ordinal":
            return None
        residual, weight = self.work.made.fit.residual, self.work.sub.people.weight[self.work.mask]
        middle = np.average(residual, weights=weight)
        return float(np.average((residual - middle) ** 2, weights=weight) * self.n / (self.n - 1))

    @property
    def r_dispersion(self) -> float | None:
        """What R 4.1-1 prints as `summary(model)$dispersion`; nothing is computed from it, here or there.

        With missing answers it is off by the mean weight of those who answered over that of all; for replicate designs
        it is the sum of the weighted squared residuals, not their mean.
        """
        made, people = self.work.made, self.work.sub.people
        if made is None or self.dispersion is None:
            return None
        weight = people.weight[self.work.mask]
        if people.repweights is not None:
            return float(weight @ made.fit.residual**2) / made.scale
        return self.dispersion * float(weight.mean()) / made.scale

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row a coefficient: estimate, se, t statistic, residual df, p value, limits, status and reason.  Dropped ones too."""
        import pandas as pd

        rows = pd.DataFrame([self._row(name) for name in self._every_name()], columns=list(SHOWN))
        return rows.astype(dict.fromkeys(SHOWN[1:8], "float64"))

    def test(
        self,
        term: str | Sequence[str],
        method: Method = "wald",
        df: float | None = None,
        approximation: Approximation = "saddlepoint",
    ) -> TermTest:
        """Test that all coefficients of a term (or of several, "a + b") are zero.

        method wald: F on the design-based covariance.  lrt: the working likelihood ratio, its statistic referred to a
        weighted sum of chi-squares over a chi-squared mean; approximation: saddlepoint (R), integration (exact) or
        satterthwaite.  The smaller model lacks the term's columns, everything else stands: as in R for a term that no
        higher interaction contains.  df: denominator degrees of freedom, default the residual ones, inf for chi-squared.
        Terms are written as in the formula; factor(x), C(x) and x, a:b and b:a are one; "1" is the intercept.
        Raises BdgError STAT-011, STAT-052.  R: `regTermTest`.
        """
        return term_test(self.work, term, method, df, approximation)

    def margins(self, by: str, variance: Variance = "linearised") -> Margins:
        """The mean prediction over everybody in the model, as if all had the first code of `by`, the second, ...

        A column that the formula does not hold is added to it as a factor and the model fitted again (R does so too).
        variance: linearised counts the same people's part in the coefficients and in the average together; parts adds
        the two as if independent, as R does (equal when the model holds).  Replicate designs refit for each replicate.
        Raises BdgError STAT-002, STAT-011, STAT-053.  R: `svypredmeans`.
        """
        asked = self.work.asked
        if by in asked.formula.columns[1:]:
            return _margins(self.work, by, variance, self.confidence)
        term = f"C({by})" if by.isidentifier() else f'C(Q("{by}"))'
        asked, sub = fitting.ask(
            asked.data, asked.design, f"{asked.formula.text} + {term}", asked.family, asked.where, asked.epsilon
        )
        check(by, len(sub.levels(by, sub.inside)[0]))
        return _margins(fitting.fitted(asked, sub), by, variance, self.confidence)

    def predict(self) -> FloatArray:
        """(n,) fitted means of the people in the model, in the order of the data; empty when not estimable or ordinal."""
        made = self.work.made
        return np.zeros(0) if made is None or self.work.asked.family == "ordinal" else made.fit.fitted

    def _every_name(self) -> tuple[str, ...]:
        """Parameters and dropped columns in the order of the formula, thresholds last."""
        setting = self.work.setting
        if setting is None:
            return ()
        listed = {*setting.names, *setting.dropped}
        return (*(name for name in setting.matrix.names if name in listed), *setting.names[len(setting.kept) :])

    def _row(self, name: str) -> dict[str, Any]:
        joint = self.joint
        row: dict[str, Any] = dict.fromkeys(SHOWN) | {"coefficient": name, "status": "not_estimable"}
        if name not in joint.names:
            return row | {"reason": DROPPED if name in self.dropped else self.reason}
        i = joint.names.index(name)
        value, se = float(joint.value[i]), float(joint.se[i])
        if self.work.setting is not None and i in self.work.setting.lonely:
            return row | {"reason": ONE_PSU}
        if not se > 0:
            return row | {"reason": NO_VARIANCE}
        limits = t_interval(value, se, joint.df, self.confidence)
        return row | {
            "estimate": value, "se": se, "statistic": value / se, "df": joint.df, "p_value": two_sided_p(value, se, joint.df),
            "lower": limits.lower, "upper": limits.upper, "status": self.status, "reason": self.reason,
        }  # fmt: skip

    def __str__(self) -> str:
        asked = self.work.asked
        head = f"{asked.formula.text}, {asked.family}: n = {self.n}, {asked.design.label}"
        return f"{head}\n{self.reason}" if self.status == "not_estimable" else f"{head}\n{self.frame.to_string(index=False)}"

    def _repr_html_(self) -> str:
        import html

        caption = html.escape(str(self).split("\n", 1)[0])
        said = f"<p>{html.escape(self.reason)}</p>" if self.reason else ""
        table = str(self.frame.to_html(index=False, float_format=lambda v: f"{v:.4g}", na_rep="-"))
        return f"<p>{caption}</p>{said}{table}"


def glm(
    data: Data,
    design: Design,
    formula: str,
    *,
    family: FamilyName = "gaussian",
    where: Mapping[str, Any] | None = None,
    confidence: float = 0.95,
    epsilon: float | None = None,
) -> Model:
    """Fit a regression to a complex sample.

    formula: `score ~ sex + age`, `aware ~ w30 * factor(region)`; text columns are factors against their first code, numbers
    inside factor() too; see models.formula.  family: gaussian (identity), binomial (logit; 0/1 or two codes, the second
    counts), poisson (log), their quasi forms (the same numbers), ordinal (proportional odds, thresholds as in R).
    where: column -> code, a domain: everybody else stays in the design with influence 0, and so do people without an
    answer.  A condition on the design's wave takes that wave alone; otherwise several waves are joined wave_centred.
    epsilon: None fits to machine precision; 1e-8 stops where R's default does and takes its last working weights, so that
    figures published from R can be reproduced digit by digit (they are off by about 1e-7); not for ordinal.
    not_estimable with the reason, never a number: nobody, a separated outcome (R prints huge coefficients), residual df
    below 1, one PSU, replicates that cannot be fitted; a single coefficient: a column that earlier ones imply, a group
    whose people answered in one PSU (R prints a standard error that leaves the group's part out).  One pass over the data.
    Raises BdgError STAT-001 to STAT-005, STAT-009 to STAT-012, STAT-050, STAT-051, STAT-055.
    R: `svyglm`, `svyolr`.
    """
    if family not in get_args(FamilyName):
        raise refuse("STAT-011", got_name=family, argument="family", choices=", ".join(get_args(FamilyName)))
    asked, sub = fitting.ask(data, design, formula, family, where, epsilon)
    return Model(fitting.fitted(asked, sub), confidence)
