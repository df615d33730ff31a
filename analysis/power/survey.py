"""A planned two-wave survey as one record, and the second moments of its two estimates that follow from it.

Imports numpy-free arithmetic only (standard library, forms.errors).  Sees assumptions, never an answer.  Everything is in the
unit of the outcome: points of a score, percent of a share.

Model.  Answer of person j of hamlet i in wave t: mu_t + b_ti + e_tij with Var(b) = icc sd_t^2, Var(e) = (1 - icc) sd_t^2, inside
strata; a kept hamlet's b_1i and b_2i correlate `correlation`; persons are drawn anew.  Hamlets with replacement (no fpc).  An
issued household yields a respondent of the group with probability q = response share / lives.

    V_t = weighting sd_t^2 / (m n q) (1 + (n - 1) q icc)          m hamlets that hold the group, n households issued a hamlet
    C   = kept / (m_1 m_2) correlation icc sd_1 sd_2              kept hamlets that hold the group

(n - 1) q is the mean-square number of respondents a hamlet less one: with q = 1 Kish's (n - 1) icc exactly.  Weights that vary
between hamlets multiply both parts (Kish's product, `hamlets`, never too small); weights that vary within hamlets only the first
(`persons`).  C has no such factor: weights of the two waves are unrelated.
Sources: Kish (1965) Survey Sampling, 5.4, 8.2, 11.7; Kish (1987) IMPS Bulletin 17; Gabler, Haeder and Lahiri (1999) Surv.
Methodol. 25:105; Holt (1980) Int. Stat. Rev. 48:109 (unequal sizes); Cochran (1977) 12.11-12.13 (two occasions).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from forms.errors import refuse

Kind = Literal["mean", "share"]
NullVariance = Literal["unpooled", "pooled"]
Quantiles = Literal["t", "normal"]
Weights = Literal["hamlets", "persons"]

FULL = 100.0
LEAST_PSUS = 2


@dataclass(frozen=True)
class Scenario:
    """One outcome of one group in a planned survey.

    kind: a mean score (0-100, needs sd) or a share in percent (sd follows).  psus, households: hamlets, and households issued a
    hamlet, one person each; later: the same of the later wave, None = alike.  overlap: share of the later wave's hamlets that
    are kept.  sd_ratio: sd of the later wave over that of the first (scores).  strata: for the degrees of freedom.
    share: of persons in the group; lives: share of hamlets where it lives.  null: variance under the hypothesis of a test of
    shares; the report's own rule is unpooled.  quantiles: t of the design's df, or normal.
    """

    kind: Kind
    baseline: float
    icc: float
    psus: float
    households: float
    sd: float | None = None
    sd_ratio: float = 1.0
    response: float = 1.0
    weighting: float = 1.0
    weights: Weights = "hamlets"
    overlap: float = 0.0
    correlation: float = 0.0
    strata: int = 1
    share: float = 1.0
    lives: float = 1.0
    later: tuple[float, float] | None = None
    sides: Literal[1, 2] = 2
    null: NullVariance = "unpooled"
    confidence: float = 0.95
    power: float = 0.8
    quantiles: Quantiles = "t"

    def sizes(self, wave: int) -> tuple[float, float]:
        """Hamlets that hold the group, and households issued a hamlet; wave 0 or 1."""
        psus, households = self.later if wave and self.later else (self.psus, self.households)
        return psus * self.lives, households

    @property
    def yields(self) -> float:
        """Respondents of the group an issued household of its hamlets gives."""
        return self.response * self.share / self.lives

    def respondents(self, wave: int) -> float:
        """Expected respondents of the group."""
        psus, households = self.sizes(wave)
        return psus * households * self.yields

    @property
    def ceiling(self) -> float:
        """The highest level there can be: 100, or what a score on 0-100 with this sd can reach (Bhatia and Davis 2000)."""
        spread = 0.0 if self.kind == "share" or self.sd is None else self.sd * self.sd_ratio
        return 50 + math.sqrt(max(2500 - spread**2, 0.0))

    @cached_property
    def kept(self) -> float:
        """Hamlets that hold the group and are in both waves."""
        return min(self.overlap * self.sizes(1)[0], self.sizes(0)[0])

    @cached_property
    def degrees(self) -> tuple[float, float, float]:
        """Degrees of freedom of each wave and of the change: hamlets that hold the group minus strata, df_1 + df_2 - common.

        Every stratum is taken to hold the group (cautious), but no stratum fewer than two of its hamlets.
        """
        first, second = (max(self.sizes(t)[0] - self._strata(self.sizes(t)[0]), 0.0) for t in (0, 1))
        return first, second, first + second - max(self.kept - self._strata(self.kept), 0.0)

    def _strata(self, psus: float) -> float:
        return float(min(self.strata, max(psus // 2, 1)))

    def spread(self, level: float, wave: int) -> float:
        """Standard deviation of persons when the level is `level`."""
        if self.kind == "share" or self.sd is None:
            return math.sqrt(max(level * (FULL - level), 0.0))
        return self.sd * (self.sd_ratio if wave else 1.0)

    def deff(self, wave: int) -> float:
        """Design effect: Kish's weighting effect times the clustering effect (see the module)."""
        clustering = (self.sizes(wave)[1] - 1) * self.yields * self.icc
        return self.weighting * (1 + clustering) if self.weights == "hamlets" else self.weighting + clustering

    @cached_property
    def _factors(self) -> tuple[float, float, float]:
        """What the squared sd of each wave, and the product of both, are multiplied with."""
        common = self.kept / (self.sizes(0)[0] * self.sizes(1)[0]) * self.correlation * self.icc
        return self.deff(0) / self.respondents(0), self.deff(1) / self.respondents(1), common

    def moments(self, now: float) -> tuple[float, float, float]:
        """Variances of both estimates and their covariance when the later level is `now`."""
        one, two = self.spread(self.baseline, 0), self.spread(now, 1)
        first, second, common = self._factors
        return first * one**2, second * two**2, common * one * two


def checked(s: Scenario) -> Scenario:
    """The scenario if it makes sense.  BdgError STAT-080 sizes, STAT-081 assumptions, each naming what and its range."""
    smaller = min(s.psus, s.later[0]) if s.later else s.psus
    for psus, households in {(s.psus, s.households), s.later or (s.psus, s.households)}:
        _size("psus", psus, psus >= LEAST_PSUS, f">= {LEAST_PSUS}")
        _size("households", households, households >= 1, ">= 1")
    _size("strata", s.strata, 1 <= s.strata <= smaller / 2, f"1 - {math.floor(smaller / 2)} (psus / 2)")
    _assumed("baseline", s.baseline, 0 < s.baseline < FULL, "0 < baseline < 100")
    _assumed("icc", s.icc, 0 <= s.icc < 1, "0 <= icc < 1")
    for name in ("overlap", "correlation"):
        _assumed(name, getattr(s, name), 0 <= getattr(s, name) <= 1, f"0 <= {name} <= 1")
    for name in ("response", "share", "lives"):
        _assumed(name, getattr(s, name), 0 < getattr(s, name) <= 1, f"0 < {name} <= 1")
    _assumed("share", s.share, s.share <= s.lives, f"<= {s.lives:g} (lives)")
    _assumed("weighting", s.weighting, 1 <= s.weighting < math.inf, ">= 1")
    _assumed("sides", s.sides, s.sides in (1, 2), "1, 2")
    for name in ("confidence", "power"):
        _assumed(name, getattr(s, name), 0.5 <= getattr(s, name) < 1, f"0.5 <= {name} < 1")
    if s.kind == "share":
        _assumed("sd", s.sd, s.sd is None, "- (share)")
        return s
    most = math.sqrt(s.baseline * (FULL - s.baseline))
    _assumed("sd", s.sd, s.sd is not None and 0 < s.sd <= most, f"0 < sd <= {most:.1f} (0-100)")
    _assumed("sd_ratio", s.sd_ratio, 0 < s.sd_ratio * (s.sd or 0) <= 50, "0 < sd_ratio, sd <= 50")
    return s


def _size(name: str, got: object, right: bool, expected: str) -> None:
    if not right:
        raise refuse("STAT-080", "", expected=expected, got=got, name=name)


def _assumed(name: str, got: object, right: bool, expected: str) -> None:
    if not right:
        raise refuse("STAT-081", "", expected=expected, got=got, name=name)
