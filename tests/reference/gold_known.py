"""Where R is wrong, stops, or reads its own figure off a grid: rules by condition, with our answer and why.

A rule never names a result.  Standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gold_numbers import LOOSE, TOLERANCE, ZERO_SE, Check, Path, numbers
from gold_quirks import no_quantile

STOPPED = "not_estimable"


@dataclass(frozen=True, eq=False)
class Case:
    """One result: R's record, our parts, and what happened.  refusal: the message with which our door refused, ''."""

    entry: Mapping[str, Any]
    record: Mapping[str, Any]
    kind: str
    fields: Mapping[str, Any]
    origin: Mapping[str, Any]
    refusal: str
    checks: tuple[Check, ...]

    def status(self, i: int) -> str:
        """Our status of estimate i."""
        told: Sequence[str] = self.fields.get("status") or ()
        return told[i] if i < len(told) else told[0] if len(told) == 1 else ""

    def reason(self, i: int) -> str:
        """Our reason, English half."""
        told: Sequence[str] = self.fields.get("reason") or ()
        text = told[i] if i < len(told) else told[0] if len(told) == 1 else ""
        return str(text).split(" | ")[-1]

    def elements(self, path: Path) -> tuple[int, ...]:
        """Which estimates a number is about."""
        if path[0] == "vcov":
            return tuple(int(p) for p in path[1:])
        if path[0] == "full_table":
            cells = len(next(iter(self.record["groups"].values())))
            count = len(self.fields.get("status") or ())
            return tuple(range(int(path[2]), max(count, 1), cells))
        return (int(path[1]),) if len(path) > 1 and isinstance(path[1], int) and path[0] != "ci" else (0,)

    def theirs(self, key: str, i: int) -> float:
        """R's number i under a key; NaN when there is none."""
        found = [v for p, v in numbers({key: self.record.get(key)}) if len(p) < 2 or p[1] == i]
        return found[0] if found else math.nan

    @property
    def method(self) -> str:
        """The method of a share's interval."""
        return str(self.origin.get("method", ""))


@dataclass(frozen=True)
class Rule:
    """applies(case, check): this number falls under the rule.  ours: what we answer; why: what R does."""

    name: str
    ours: str
    why: str
    applies: Callable[[Case, Check], bool]


def _stopped(case: Case, check: Check) -> list[int]:
    return [i for i in case.elements(check.path) if case.status(i) == STOPPED]


def _empty(case: Case, check: Check) -> bool:
    return any(case.theirs("estimate", i) == 0 and case.theirs("se", i) == 0 for i in _stopped(case, check))


def _one_psu(case: Case, check: Check) -> bool:
    return any(_no_error(case, i) for i in _stopped(case, check))


def _no_error(case: Case, i: int) -> bool:
    """R's standard error is nothing but rounding, or its limits are not both numbers."""
    se, size = case.theirs("se", i), max(1.0, abs(case.theirs("estimate", i)))
    if abs(se) < ZERO_SE * size or (math.isnan(se) and case.record.get("se") is not None):
        return True
    table = case.record.get("full_table") or {}
    ends = [v for k in ("ci_l", "ci_u", "se") if k in table for p, v in numbers({"full_table": {k: table[k]}}) if p[2] == i]
    ends += [v for p, v in numbers({"ci": case.record.get("ci")})]
    return any(math.isnan(v) for v in ends) or (len(ends) > 1 and ends[0] == ends[1])


def _all_alike(case: Case, check: Check) -> bool:
    if case.kind != "share":
        return False
    shares = [case.theirs("estimate", i) for i in case.elements(check.path)]
    return any(min(abs(s), abs(1 - s)) < 1e-9 for s in shares)


def _no_na_rm(case: Case, check: Check) -> bool:
    return bool(case.origin.get("r_na")) and math.isnan(check.theirs)


def _near(one: float, other: float) -> bool:
    return (math.isnan(one) and math.isnan(other)) or abs(one - other) <= LOOSE * max(abs(one), abs(other))


def _likelihood(case: Case, check: Check) -> bool:
    if "quirk" not in case.origin or check.path[0] != "ci":
        return False
    return _near(case.origin["quirk"]()[int(check.path[1])], check.theirs)


def _quantile(case: Case, check: Check) -> bool:
    """R's number is what R's own slip makes of the data."""
    if "quirks" in case.origin and check.path[0] == "quantiles":
        table = case.origin["quirks"][check.path[1]]()
        return bool(table) and _near(table[int(check.path[3])][int(check.path[4])], check.theirs)
    if "cell_quirks" in case.origin and check.path[0] == "full_table":
        column = (*case.origin["variables"], "ci_l", "ci_u", "se").index(str(check.path[1]))
        table = case.origin["cell_quirks"][int(check.path[2])]()
        return bool(table) and _near(table[0][column], check.theirs)
    return False


def _arcsine(case: Case, check: Check) -> bool:
    if case.kind != "share" or case.method != "asin" or not _is_limit(check):
        return False
    return check.ours in (0.0, 1.0)


def _is_limit(check: Check) -> bool:
    return check.path[0] == "ci" or (check.path[0] == "full_table" and str(check.path[1]).startswith("ci_"))


def _separated(case: Case, check: Check) -> bool:
    return case.status(0) == STOPPED and "separated" in case.reason(0) and check.path[0] != "r_class"


def _counts_missing(case: Case, check: Check) -> bool:
    """R's n/(n - 1) with the rows that miss an answer: ours times that ratio is R's number."""
    slip = float(case.origin.get("r_factor", 1.0))
    if slip == 1.0 or check.ours is None:
        return False
    power = 2 if check.path[0] == "vcov" else 1
    return abs(check.ours * slip**power - check.theirs) <= TOLERANCE * max(abs(check.theirs), 1e-3 * abs(check.ours))


def _pps_deff(case: Case, check: Check) -> bool:
    """R's number is ours of the other kind, divided by the number of people."""
    made = case.origin.get("pps_deff")
    return made is not None and check.path[0] == "deff" and _near(made()[int(check.path[1])], check.theirs)


def _two_answers(case: Case, check: Check) -> bool:
    """R's own vcov contradicts R's own standard errors; ours agrees with the standard errors."""
    if check.path[0] != "vcov":
        return False

    def apart(i: int) -> bool:
        v = next((v for p, v in numbers({"vcov": case.record["vcov"]}) if p[1:] == (i, i)), math.nan)
        return abs(v - case.theirs("se", i) ** 2) > LOOSE * abs(v)

    return any(apart(i) for i in case.elements(check.path))


def _no_limits(case: Case, check: Check) -> bool:
    """One of R's two limits of a share is not a number, ours are."""
    if case.kind != "share" or not _is_limit(check) or check.ours is None or math.isnan(check.ours):
        return False
    if check.path[0] == "ci":
        ends = [v for _, v in numbers({"ci": case.record["ci"]})]
    else:
        ends = [
            v
            for p, v in numbers({"full_table": case.record["full_table"]})
            if str(p[1]).startswith("ci_") and p[2] == check.path[2]
        ]
    free = case.origin.get("df") or [math.nan]
    df = free[case.elements(check.path)[0]] if check.path[0] == "full_table" else free[0]
    return any(math.isnan(v) for v in ends) and no_quantile(df)


def _better_maximum(case: Case, check: Check) -> bool:
    """The likelihood at our parameters is higher than at R's."""
    ours, theirs = case.fields.get("deviance"), case.record.get("deviance")
    known = ours is not None and theirs is not None and "zeta" in case.origin
    return known and ours <= theirs * (1 + 1e-12) and (check.gap or 0) < 1e-2


def _follows(case: Case, check: Check) -> bool:
    """R's p value is that of R's own statistic, which is right within LOOSE."""
    from scipy import stats

    f, df, ddf = (case.record.get(k) for k in ("F", "df", "ddf"))
    if check.path[0] != "p" or f is None or check.gap is None or check.gap > 10 * LOOSE:
        return False
    return abs(float(stats.f.sf(f, df, ddf)) - check.theirs) <= TOLERANCE * check.theirs


RULES = (
    Rule(
        "empty domain", "not estimable, n = 0", "svymean of an empty subset gives 0 with standard error 0 and no message", _empty,
    ),
    Rule(
        "no variance between PSUs", "not estimable, with the reason",
        "where PSUs do not vary (one PSU, say) the standard error is the rounding error of 0, the limits of zero width or NaN",
        _one_psu,
    ),
    Rule(
        "all answers alike", "the share itself; Korn-Graubard limit on the effective sample",
        "at 0 or 1 the glm stops at 1e-12, and the limits are NaN or of zero width", _all_alike,
    ),
    Rule(
        "missing answers without na.rm", "the estimate among those who answered, the others counted",
        "without na.rm=TRUE one missing answer makes the result NA", _no_na_rm,
    ),
    Rule(
        "likelihood limits", "the roots of the scaled likelihood ratio",
        "R interpolates a coarse profile, up to some 1e-3 beside its own root (reproduced)", _likelihood,
    ),
    Rule(
        "quantile rules of 4.1-1", "the first value below the first step; weights scaled alike; limits by weighted shares",
        "below the first step math, school and hf3 take the second value; shahvaish mixes scaled and raw weights; score "
        "takes the unweighted share of its root (reproduced)", _quantile,
    ),
    Rule(
        "arcsine beyond its range", "the limit 0 or 1", "sin^2 turns back below 0 and beyond pi/2: the limit lies inside",
        _arcsine,
    ),
    Rule(
        "separated outcome", "not estimable: no finite maximum, with the terms that separate",
        "the glm stops wherever it is after 25 rounds and prints that as coefficients", _separated,
    ),
    Rule(
        "covariance matrix of svyvar", "n = people with both answers",
        "svyvar of several variables counts rows without an answer in n/(n - 1)", _counts_missing,
    ),
    Rule(
        "design effect of a PPS total", "the variance over that of a simple random sample of as many",
        "svytotal of a PPS design leaves out the sample size and exchanges deff=TRUE and deff='replace' (reproduced)", _pps_deff,
    ),
    Rule(
        "svyby's two covariances", "one covariance, whose diagonal is the squared standard errors",
        "with survey.adjust.domain.lonely, vcov(svyby) treats lonely PSUs otherwise than SE(svyby)", _two_answers,
    ),
    Rule(
        "limits that are not numbers", "the limits",
        "confint.svyglm turns the t quantile into a level 1 - 2 Phi(-t), 1 beyond t = 8.2 (df 1): limits 0 and NaN",
        _no_limits,
    ),
    Rule(
        "svyolr stops early", "a lower deviance than R's (Newton to machine precision)",
        "optim(BFGS) stops at a relative change of 1e-8 of the deviance and differences its Hessian: good to some 1e-3",
        _better_maximum,
    ),
    Rule(
        "p value of R's own statistic", "the p value of our statistic", "R's F is right within 1e-6, its p value follows",
        _follows,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Loose:
    """Numbers compared at LOOSE: a call with one of these words and none of the others, keys of its record, and why."""

    words: frozenset[str]
    without: frozenset[str]
    keys: frozenset[str]
    why: str
    beside: frozenset[str] = frozenset()


GLM = "glm.fit stops when the deviance changes by less than 1e-8, and takes the weights of the step before for the variance"
LOOSER = (
    Loose(frozenset({"quasibinomial", "quasipoisson", "binomial", "poisson"}), frozenset(), frozenset(), GLM),
    Loose(
        frozenset({"svyciprop"}), frozenset({"asin", "beta", "mean", "xlogit", "likelihood"}),
        frozenset({"ci", "full_table", "estimate"}), f"method logit: {GLM}",
    ),
    Loose(frozenset({"saddlepoint", "lincom"}), frozenset(), frozenset({"p_value"}), "the tolerance of R's root finder"),
    Loose(
        frozenset({"raking", "logit"}), frozenset({"epsilon", "svyciprop"}), frozenset(),
        "calibrate() stops at a misfit of 1e-7 unless epsilon is given", frozenset({"calibrate"}),
    ),
)  # fmt: skip


def tolerance(words: set[str]) -> Callable[[Path], float]:
    """The tolerance of each number of a call that holds these names and strings."""
    some = [x for x in LOOSER if x.words & words and not x.without & words and x.beside <= words]

    def at(path: Path) -> float:
        return LOOSE if any(not x.keys or str(path[0]) in x.keys for x in some) else TOLERANCE

    return at
