"""How well the items of a scale hang together: alpha, omega and the items, with intervals that know the design.

Imports numpy, subset, consistency, joint, estimates and intervals.  Asks a source for named arrays, once.
The second moments of the items are estimated jointly (linearised, or once per replicate); every coefficient is a
smooth function of them.  Sources: Bonett (2002) J. Educ. Behav. Stat. 27:335 and Maydeu-Olivares, Coffman and Hartmann
(2007) Psychol. Methods 12:157 (intervals of alpha without normality); Binder (1983) Int. Stat. Rev. 51:279 (design).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from forms.errors import refuse

from .. import intervals
from ..backends import Data
from ..design import Design
from ..estimates import Estimates
from ..joint import Joint, name_of, stacked
from ..persons import Mask, Persons
from ..results import Row, Status
from ..status import CAUTION_DF, NEGATIVE, NEGLIGIBLE, NO_DF, NO_VARIANCE, ONE_PSU, few_df
from ..testing.subset import Subset, subset
from ..units import FloatArray
from . import consistency
from .consistency import Coefficients

if TYPE_CHECKING:
    import pandas as pd

Missing = Literal["listwise", "pairwise"]

NO_FACTOR = (
    "không có nghiệm một nhân tố hợp lệ (ít hơn ba câu, hoặc một câu có phương sai riêng bằng 0) | "
    "no proper one-factor solution (fewer than three items, or an item with no variance of its own)"
)
NO_SPREAD = "các câu không có biến thiên chung để tính | the items have no common variation to compute this from"
REVERSED = "giá trị âm: kiểm tra câu hỏi ngược đã đổi chiều chưa | negative: check whether a reversed item has been turned around"
NOT_POSITIVE = "ma trận hiệp phương sai từng đôi không xác định dương | the pairwise covariance matrix is not positive definite"
BLOCK = 32
FLAT = 1e-20


@dataclass(frozen=True, eq=False)
class Scale:
    """Coefficients of a scale, a row each, wave by wave: five of the whole, then four of every item (Row.category).

    alpha, alpha_standardised, lambda6 (Guttman; psych: G6), average_correlation, omega (one factor, maximum likelihood
    on the weighted correlations, in the items' own units); item_rest (psych: r.drop), item_total_corrected (r.cor),
    alpha_dropped, loading (standardised).  missing: listwise or pairwise.  covariance: wave -> (k, k) weighted.
    """

    items: tuple[str, ...]
    missing: Missing
    estimates: Estimates
    covariance: Mapping[int, FloatArray]

    def row(self, coefficient: str, item: str = "", wave: int | None = None) -> Row:
        """One coefficient; of the first wave unless said.  KeyError when there is none."""
        for row in self.estimates:
            if row.estimand == coefficient and row.category == item and wave in (None, row.wave):
                return row
        raise KeyError(f"{coefficient} {item} {wave}")

    @property
    def alpha(self) -> Row:
        """Cronbach's alpha of the first wave."""
        return self.row("alpha")

    @property
    def omega(self) -> Row:
        """McDonald's omega of the first wave."""
        return self.row("omega")

    @property
    def joint(self) -> Joint:
        """All coefficients with their covariance, over waves too: the change of alpha has a standard error."""
        return self.estimates.joint

    @property
    def frame(self) -> pd.DataFrame:
        """A tidy frame, a row a coefficient."""
        return self.estimates.frame

    def __iter__(self) -> Iterator[Row]:
        return iter(self.estimates)

    def _repr_html_(self) -> str:
        return self.estimates._repr_html_()


def reliability(
    data: Data,
    design: Design,
    items: Sequence[str],
    *,
    where: Mapping[str, Any] | None = None,
    waves: Sequence[int] = (),
    missing: Missing = "listwise",
    confidence: float = 0.95,
    name: str = "scale",
) -> Scale:
    """Alpha, omega and item statistics of a scale, weighted, with design-based intervals.

    items: two or more numeric columns, reversed items already turned around.  where: column -> code.  waves: () is each
    wave of the design, with the covariance between them.  missing: listwise = people who answered every item (R's
    `na.rm`); pairwise = each covariance from those who answered both (Row.n: people with two answers or more).
    name: Row.indicator.  Intervals: t on log(1 - x) for alpha, standardised alpha, lambda6, omega and alpha_dropped; t on
    Fisher's z for correlations and loadings.  The standard errors are those of the linearised second moments, or of
    the replicates, each coefficient computed anew from every replicate.  A design without weights and strata gives
    psych's numbers.  Status caution: a negative alpha or item-rest correlation, few degrees of freedom; not_estimable:
    nobody, one PSU, no degree of freedom, an item that does not vary (its correlations), no proper factor (omega).
    Raises BdgError STAT-002 to STAT-005, STAT-009 to STAT-012, STAT-061.  R: `svycralpha`, `psych::alpha`, lavaan.
    """
    items = tuple(items)
    if len(items) < 2 or len(set(items)) < len(items):
        raise refuse("STAT-061", expected=">= 2", got=", ".join(items))
    if missing not in ("listwise", "pairwise"):
        raise refuse("STAT-011", got_name=missing, argument="missing", choices="listwise, pairwise")
    asked = subset(data, design, items, where, waves)
    parts = [_of_wave(asked, items, wave, missing) for wave in asked.people.units or tuple(waves) or (0,)]
    columns: dict[str, list[Any]] = {}
    for part in parts:
        for key, values in part.columns(name, confidence, design.label).items():
            columns.setdefault(key, []).extend(values)
    found = Estimates(columns, lambda: stacked([part.joint for part in parts]))
    return Scale(items, missing, found, {part.wave: part.covariance for part in parts})


@dataclass(frozen=True, eq=False)
class _Part:
    """The coefficients of one wave.  stop: why none of them can be given, '' when they can."""

    wave: int
    items: tuple[str, ...]
    covariance: FloatArray
    joint: Joint
    df: float
    n: int
    left_out: int
    flat: tuple[str, ...]
    psus: int
    stop: str
    positive: bool = True

    def columns(self, name: str, confidence: float, design: str) -> dict[str, list[Any]]:
        """The fields of Row, a list each."""
        named = consistency.names(self.items)
        told = [self._status(j, coefficient) for j, (coefficient, _) in enumerate(named)]
        known = [status != "not_estimable" for status, _ in told]
        ends = [self._limits(j, c, confidence) if ok else None for j, ((c, _), ok) in enumerate(zip(named, known, strict=True))]
        k, method = len(named), "replicates" if self.joint.replicates is not None else "linearised second moments"
        return {
            "kind": ["diagnostic"] * k, "indicator": [name] * k, "estimand": [c for c, _ in named], "wave": [self.wave] * k,
            "unit": ["ratio"] * k, "domain": [()] * k, "category": [item for _, item in named],
            "estimate": [v if ok else None for v, ok in zip(self.joint.value.tolist(), known, strict=True)],
            "se": [v if ok else None for v, ok in zip(self.joint.se.tolist(), known, strict=True)],
            "df": [self.df] * k, "lower": [e and e[0] for e in ends], "upper": [e and e[1] for e in ends],
            "level": [confidence] * k, "interval": [e[2] if e else "" for e in ends], "n": [self.n] * k,
            "n_missing": [{"missing": self.left_out}] * k, "psus": [self.psus] * k, "design": [design] * k,
            "method": [method] * k, "status": [status for status, _ in told], "reason": [reason for _, reason in told],
        }  # fmt: skip

    def _status(self, j: int, coefficient: str) -> tuple[Status, str]:
        value, se = float(self.joint.value[j]), float(self.joint.se[j])
        undefined = NO_FACTOR if coefficient in ("omega", "loading") else NO_SPREAD
        stops = (
            (bool(self.stop), self.stop),
            (math.isnan(value), undefined),
            (math.isnan(se), NEGATIVE),
            (se <= NEGLIGIBLE, NO_VARIANCE),
        )
        for stop, reason in stops:
            if stop:
                return "not_estimable", reason
        notes = [REVERSED] if value < 0 else []
        notes += [_no_variation(item) for item in self.flat]
        notes += [] if self.positive else [NOT_POSITIVE]
        notes += [few_df(self.df)] if self.df < CAUTION_DF else []
        return ("caution" if notes else "ok"), "; ".join(notes)

    def _limits(self, j: int, coefficient: str, confidence: float) -> tuple[float, float, str]:
        return bounded(coefficient, float(self.joint.value[j]), float(self.joint.se[j]), self.df, confidence)


def bounded(coefficient: str, value: float, se: float, df: float, confidence: float) -> tuple[float, float, str]:
    """Limits on a scale that keeps them in range: below 1 (log of 1 - x), or inside (-1, 1) (Fisher's z)."""
    t = intervals.t_quantile(confidence, df)
    reach = coefficient in ("item_rest", "item_total_corrected", "average_correlation", "loading")
    if reach and abs(value) < 1:
        half = t * se / (1 - value**2)
        return math.tanh(math.atanh(value) - half), math.tanh(math.atanh(value) + half), "fisher z"
    if not reach and value < 1:
        factor = math.exp(min(t * se / (1 - value), 700.0))
        return 1 - (1 - value) * factor, 1 - (1 - value) / factor, "log(1-x)"
    return value - t * se, value + t * se, "t"


def _of_wave(asked: Subset, items: tuple[str, ...], wave: int, missing: Missing) -> _Part:
    people = asked.people
    here = asked.inside & (people.wave == wave)
    values = np.column_stack([people.number(item) for item in items])
    answered = ~np.isnan(values) & here[:, None]
    if missing == "listwise":
        answered &= answered.all(axis=1)[:, None]
    used = answered.sum(axis=1) >= 2
    answered &= used[:, None]
    own = Subset(people.of_wave(wave), asked.inside[people.wave == wave], asked.narrowed) if wave in people.units else asked
    df, n = own.degrees(used[people.wave == wave]), int(used.sum())
    psus = asked.psus(used)
    silent = own.silence() if n == 0 else ONE_PSU if psus == 1 else NO_DF if df < 1 else ""
    named = [f"{name_of(coefficient, (('item', item),) if item else (), wave)}" for coefficient, item in consistency.names(items)]
    moments = None if n == 0 else _second_moments(people, values, answered)
    if moments is None:
        k = len(named)
        blank = Joint(tuple(named), np.full(k, np.nan), np.zeros((0, k)), df)
        return _Part(wave, items, np.full((len(items),) * 2, np.nan), blank, df, n, int(here.sum()) - n, (), 0, silent)
    S = _matrix(moments.value, len(items))
    whole = Coefficients(S)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.array([_halved(G) for G in whole.gradients()])

    def coefficients(vector: FloatArray) -> FloatArray:
        return Coefficients(_matrix(vector, len(items)), whole.factor).values()

    made = moments.smooth(coefficients, named, jacobian=slope, replicate=True)
    variance = np.diag(S)
    flat = tuple(item for item, v in zip(items, variance.tolist(), strict=True) if not v > 0)
    positive = bool(np.linalg.eigvalsh(S)[0] > -NEGLIGIBLE * variance.max())
    return _Part(wave, items, S, made, df, n, int(here.sum()) - n, flat, max(psus, 0), silent, positive)


def _second_moments(people: Persons, values: FloatArray, answered: Mask) -> Joint:
    """The k(k + 1)/2 weighted covariances of the items, row by row of the upper triangle, each over those who answered both."""
    k = values.shape[1]
    weight, member = people.weight, answered.astype(np.float64)
    upper = np.triu_indices(k)
    mean = (weight @ np.where(answered, values, 0.0)) / np.maximum(weight @ member, np.finfo(float).tiny)
    top = np.abs(np.where(answered, values, 0.0)).max(axis=0)
    x = np.where(answered, values - mean, 0.0)
    x[:, np.sqrt((x * x).max(axis=0)) <= math.sqrt(FLAT) * top] = 0.0  # an item that does not vary, not one of rounding

    def moments(w: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        size, first, second = (member * w[:, None]).T @ member, (x * w[:, None]).T @ member, (x * w[:, None]).T @ x
        size = np.where(size > 0, size, np.nan)
        centre = first / size
        return second / size - centre * centre.T, centre, size

    def statistic(w: FloatArray) -> FloatArray:
        return np.asarray(moments(w)[0][upper], dtype=np.float64)

    S, centre, size = moments(weight)
    names = [f"{a},{b}" for a, b in zip(*upper, strict=True)]

    def influence(some: slice) -> FloatArray:
        a, b = upper[0][some], upper[1][some]
        both = member[:, a] * member[:, b] * weight[:, None]
        return np.asarray(both * ((x[:, a] - centre[a, b]) * (x[:, b] - centre[b, a]) - S[a, b]) / size[a, b], dtype=np.float64)

    if people.repweights is not None:
        return people.joint(names, statistic, lambda: influence(slice(None)))
    rule = people.design.lonely.level
    made = [people.spread(influence(slice(i, i + BLOCK)), rule=rule) for i in range(0, len(names), BLOCK)]
    sign = None if (made[0].sign == 1).all() else made[0].sign
    contributions = np.hstack([part.values for part in made])  # noqa: PD011 -- a Spread's array, not a frame's
    return Joint(tuple(names), statistic(weight), contributions, people.degrees(), sign)


def _matrix(vector: FloatArray, k: int) -> FloatArray:
    """The symmetric matrix of its upper triangle."""
    out = np.zeros((k, k))
    out[np.triu_indices(k)] = vector
    return np.asarray(out + out.T - np.diag(np.diag(out)), dtype=np.float64)


def _halved(G: FloatArray) -> FloatArray:
    """A gradient over all entries as one over the upper triangle."""
    return np.asarray((G + G.T - np.diag(np.diag(G)))[np.triu_indices(len(G))], dtype=np.float64)


def _no_variation(item: str) -> str:
    return f"mọi người trả lời câu {item} như nhau | everybody gave item {item} the same answer"
