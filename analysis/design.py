"""How the sample was drawn, declared once: names of columns and the choices that change an answer.

Standard library and the array type only.  Never holds data, never sees a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

LonelyRule = Literal["fail", "certainty", "average", "adjust", "centre", "collapse"]
DfRule = Literal["domain", "design"]
PpsRule = Literal["brewer", "deville", "hartley_rao", "joint"]
RepKind = Literal["JK1", "JKn", "BRR", "Fay", "bootstrap", "other"]
Place = tuple[int, str, str]


@dataclass(frozen=True)
class Lonely:
    """What a stratum with one sampled PSU adds to the variance; no default, the plan must say.

    level: rule for one wave's estimates; change: rule for changes between waves.
    fail: stop and name the stratum.  certainty: adds nothing.  average: the other strata's mean (Stata: scaled).
    adjust: the PSU's own score, uncentred (R).  centre: its distance from the mean of all PSUs (Stata: centered);
    the two differ for totals only.  collapse: the stratum joins the next one in order of name (the last the one before).
    domain: treat a stratum with one PSU holding the domain in the same way (R: `survey.adjust.domain.lonely`).
    Source: `options(survey.lonely.psu=)` of R survey 4.1; Stata 18 manual [SVY] svyset, singleunit().
    """

    level: LonelyRule
    change: LonelyRule
    domain: bool = False


@dataclass(frozen=True, eq=False)
class Pps:
    """First-stage units drawn without replacement with unequal probabilities.

    probability: column with a PSU's inclusion probability, 0 < p <= 1.
    rule: how the variance is made of it; see analysis/pps.py for each formula and its source.
    psus, joint: for rule joint, the PSU ids and their matrix of joint inclusion probabilities (diagonal: p).
    yates_grundy: for rules joint and hartley_rao, the Yates-Grundy form instead of Horvitz-Thompson's.
    """

    probability: str
    rule: PpsRule
    psus: tuple[str, ...] = ()
    joint: NDArray[np.float64] | None = None
    yates_grundy: bool = True


@dataclass(frozen=True)
class Replicates:
    """Replicate weights: V = scale * sum over r of rscales_r (theta_r - centre)^2.

    columns: names of the replicate weights, each already multiplied with the sampling weight (combined).
    mse: centre on the full-sample estimate, else on the mean of the replicates (R's default).
    kind only names the method in the output; the numbers come from scale and rscales.  R: `svrepdesign`.
    """

    columns: tuple[str, ...]
    kind: RepKind
    scale: float
    rscales: tuple[float, ...]
    mse: bool = False

    @property
    def label(self) -> str:
        """The method and its scale convention, as printed beside every number."""
        centre = "full-sample estimate" if self.mse else "mean of replicates"
        return f"{self.kind}, {len(self.columns)} replicates, scale {self.scale:.6g}, centred on the {centre}"


@dataclass(frozen=True)
class Controls:
    """What one wave's (or every wave's) weights were calibrated to: the residual variance needs no more.

    columns: the auxiliary columns; with kind rake the margins one after the other, with poststratify the cells,
    with greg the terms of the model (text columns give one column a level).
    base: column of the weights before this step.  Each wave has its own residuals.
    intercept: greg only, whether the model holds the constant.
    terms: columns crossed into one margin, or read as codes though numbers; () = as `columns` says.
    cluster: columns within which the auxiliary values and the base weights were averaged (R: `aggregate.stage`).
    waves: the waves calibrated; () is every wave.  by_wave: each wave to controls of its own, not all waves together.
    """

    kind: Literal["poststratify", "rake", "greg"]
    columns: tuple[str, ...]
    base: str
    intercept: bool = True
    terms: tuple[tuple[str, ...], ...] = ()
    cluster: tuple[str, ...] = ()
    waves: tuple[int, ...] = ()
    by_wave: bool = True


@dataclass(frozen=True)
class Design:
    """A design of one or several waves: stages, strata, weights and the rules of its variance.

    strata, psu, weight, wave, ssu: column names of the microdata; strata None is one stratum, psu None makes every
    row a PSU, weight None takes the weights from fpc (R does) or 1, wave None puts all rows into wave 0.
    df_rule: domain = PSUs minus strata that hold the domain; design = PSUs minus strata drawn (R's degf).
    sampled: (wave, stratum, psu) of all PSUs drawn, those without interviews too: each is a zero in the
    variance.  None: only the PSUs that the data show (correct when every PSU drawn has an interview).
    fpc: columns with the number of units in the population, stage by stage (or the sampled fraction, all <= 1);
    () = drawn with replacement, which is conservative.  With fpc and ssu the second stage is counted.
    nest: PSU ids are unique within a stratum only (R: `nest=TRUE`); otherwise a PSU in two strata is refused.
    certainty: column of 1 for PSUs drawn with certainty: each is a stratum of its own, its SSUs the first stage.
    pps, replicates, controls: see their records.  Replicates, when given, are used for every variance.
    name: text for Row.design; '' writes it from the choices.
    """

    strata: str | None
    psu: str | None
    weight: str | None
    wave: str | None
    lonely: Lonely
    df_rule: DfRule
    sampled: tuple[Place, ...] | None = None
    ssu: str | None = None
    name: str = ""
    fpc: tuple[str, ...] = ()
    nest: bool = False
    certainty: str | None = None
    pps: Pps | None = None
    replicates: Replicates | None = None
    controls: tuple[Controls, ...] = ()

    @property
    def stages(self) -> int:
        """2 when the variance needs the second stage: SSUs and a first-stage fraction are both known."""
        return 2 if self.ssu and (self.fpc or self.pps) else 1

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the design names, once."""
        named = [self.wave, self.strata, self.psu, self.ssu, self.weight, self.certainty, *self.fpc]
        named += [self.pps.probability] if self.pps else []
        named += list(self.replicates.columns) if self.replicates else []
        named += [c for control in self.controls for c in (*control.columns, *control.cluster, control.base)]
        return tuple(dict.fromkeys(c for c in named if c))

    @property
    def label(self) -> str:
        """What Row.design says of this design."""
        if self.name:
            return self.name
        if self.replicates:
            return f"{self.replicates.label}; df={self.df_rule}"
        rules: str = self.lonely.level
        if self.lonely.change != self.lonely.level:
            rules = f"{self.lonely.level} (change: {self.lonely.change})"
        drawn = f"pps {self.pps.rule}" if self.pps else "without replacement" if self.fpc else "with replacement"
        kept = "stratified PSUs" if self.strata else "PSUs"
        stages = ", two stages" if self.stages == 2 else ""
        calibrated = "".join(f"; {c.kind} to {'+'.join(c.columns) or 'the total'}" for c in self.controls)
        return f"{kept}, {drawn}{stages}; lonely={rules}; df={self.df_rule}{calibrated}"


def lonely_strata(sampled: Iterable[Place]) -> tuple[tuple[int, str], ...]:
    """The (wave, stratum) pairs that have one sampled PSU; the report names them and the rule used."""
    count = Counter((wave, stratum) for wave, stratum, _ in set(sampled))
    return tuple(sorted(pair for pair, psus in count.items() if psus == 1))
