"""Power in closed form: the probability that the report's own rule will prove a claim, and the margins it rests on.

Imports survey, scipy.special and limits (the t quantile of every interval).  Pure functions of a Scenario; no answer, no draw.

A claim is  now - factor base - shift > 0:  factor 1.10 «tăng từ 10%» (relative), shift 10 «tăng từ 10 điểm» (points), 1 and 0
«có tăng».  The report proves it when the lower limit of its two-sided t interval reaches the margin (decision 4).  For the
relative reading that limit is Fieller's, L >= 10 exactly when

    T = (y2 - 1.10 y1) / sqrt(v22 + 1.10^2 v11 - 2 1.10 v12) >= t(1 - alpha/2, df)        while t^2 v11 < y1^2,

so that power is a tail of the noncentral t with the design's degrees of freedom.
Sources: Fieller (1954) JRSS B 16:175; Cochran (1977) Sampling Techniques 12.11; Valliant, Dever and Kreuter (2018) Practical
Tools, ch. 4; Fleiss, Levin and Paik (2003) 4.2 (pooled); Farrington and Manning (1990) Stat. Med. 9:1447 (pooled at a margin);
R `power.t.test`, `power.prop.test` (2-sample, strict = FALSE).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from scipy.special import nctdtr, ndtr

from ..limits import t_quantile
from ..status import CAUTION_DF
from .survey import FULL, Scenario

FEW_PEOPLE = (
    "dưới 25 người trả lời một kỳ: báo cáo không kết luận thay đổi tương đối | fewer than 25 respondents: no relative change"
)
FEW_PSUS = "dưới 8 bậc tự do: báo cáo không kết luận thay đổi tương đối | fewer than 8 degrees of freedom: no relative change"
IMPRECISE = "số liệu gốc quá kém chính xác để tính thay đổi tương đối | the baseline is too imprecise for a relative change"
MIN_N = 25
"""Respondents below which `change` gives no relative change."""
CERTAIN = 20.0
"""So many standard errors beyond the quantile a claim is proven for certain; nctdtr gives no number far out there."""


@dataclass(frozen=True)
class Claim:
    """now - factor base - shift > 0.  name: as in the estimands of the rows."""

    name: str
    factor: float = 1.0
    shift: float = 0.0

    def edge(self, base: float) -> float:
        """The later level at which the claim just fails."""
        return self.factor * base + self.shift


DETECT = Claim("detect")


def relative(percent: float) -> Claim:
    """«Tăng từ x%»: a relative rise of x percent or more."""
    return Claim(f"prove{percent:g}", 1 + percent / 100)


def points(x: float) -> Claim:
    """«Tăng từ x điểm (điểm phần trăm)»: a rise of x points or more."""
    return Claim(f"points{x:g}", 1.0, x)


def critical(s: Scenario) -> float:
    """The quantile that the test statistic must reach."""
    level = s.confidence if s.sides == 2 else 2 * s.confidence - 1
    return t_quantile(level, s.degrees[2] if s.quantiles == "t" else math.inf)


def standard_error(s: Scenario, now: float, claim: Claim) -> float:
    """Of the later level minus factor times the earlier one."""
    v1, v2, cov = s.moments(now)
    return math.sqrt(max(v2 + claim.factor**2 * v1 - 2 * claim.factor * cov, 0.0))


def null_error(s: Scenario, now: float, claim: Claim) -> float:
    """The standard error that the test uses: the estimates' own, or (pooled, shares) that of the likeliest pair on the margin."""
    if s.null == "unpooled" or s.kind == "mean":
        return standard_error(s, now, claim)
    one, two = restricted(s.baseline, now, claim)
    v1, v2, cov = s.moments(now)
    v1 *= one * (FULL - one) / (s.baseline * (FULL - s.baseline))
    v2 *= two * (FULL - two) / (now * (FULL - now)) if 0 < now < FULL else 1.0
    return math.sqrt(max(v2 + claim.factor**2 * v1 - 2 * claim.factor * cov, 0.0))


def restricted(base: float, now: float, claim: Claim) -> tuple[float, float]:
    """The pair of shares (percent) on the margin of a claim that is likeliest for samples of equal size (Farrington, Manning).

    factor 1, shift 0: both are the pooled share.
    """
    if (claim.factor, claim.shift) == (1.0, 0.0):
        return (base + now) / 2, (base + now) / 2
    k, a, p, q = claim.factor, claim.shift / FULL, base / FULL, now / FULL
    low, high = max(0.0, -a / k), min(1.0, (1 - a) / k)
    for _ in range(60):  # the log likelihood is concave in the first share: halve where its slope changes sign
        x = (low + high) / 2
        y = a + k * x
        slope = p / x - (1 - p) / (1 - x) + k * (q / y - (1 - q) / (1 - y)) if 0 < x < 1 and 0 < y < 1 else math.nan
        low, high = (x, high) if slope > 0 else (low, x)
    x = (low + high) / 2
    return FULL * x, FULL * (a + k * x)


def power(s: Scenario, now: float, claim: Claim) -> float:
    """Probability that the claim is proven when the true later level is `now`; 0 when the rule's conditions cannot hold."""
    if why_never(s, claim):
        return 0.0
    se, null = standard_error(s, now, claim), null_error(s, now, claim)
    gain = now - claim.edge(s.baseline)
    if not se:
        return float(gain > 0)
    return tail(gain / se, critical(s) * null / se, s.degrees[2] if s.quantiles == "t" else math.inf)


@cache
def tail(shift: float, least: float, df: float) -> float:
    """P(T >= least) of the noncentral t (df inf: normal).  R: `pt(least, df, shift, lower.tail = FALSE)`."""
    if math.isinf(df) or shift - least > CERTAIN:
        return float(ndtr(shift - least))
    return 1 - float(nctdtr(df, shift, least))


def why_never(s: Scenario, claim: Claim) -> str:
    """Why the rule can say nothing whatever the truth ('' when it can): its conditions at their expected values."""
    if s.quantiles == "normal" or claim.factor == 1:
        return ""
    if min(s.respondents(0), s.respondents(1)) < MIN_N:
        return FEW_PEOPLE
    if min(s.degrees[:2]) < CAUTION_DF:
        return FEW_PSUS
    return IMPRECISE if t_quantile(s.confidence, s.degrees[2]) ** 2 * s.moments(s.baseline)[0] >= s.baseline**2 else ""
