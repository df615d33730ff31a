"""Which numbers may leave: show, bracket or hide, each with the rule that decided.

Imports results and, when a share is judged, limits.  Statistics say what is true (status); this says what may be printed
(publish).  A row alone and its two waves are judged here; what other rows would give away is `publishing.complement`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from .results import Publish, Row

HIDE_BELOW = 25
BRACKET_BELOW = 50
COUNT_BELOW = 5
SHARE_BELOW = 30  # respondents, and effective respondents, under a share
WIDE, NARROW = 30.0, 5.0  # width of a share's interval, percentage points: hidden from, always shown up to
RELATIVE_WIDTH = 130.0  # percent of the share
DF_BELOW = 8
HALF_WIDTH = 5.0  # points of a score: a wider interval is flagged

ESTIMATES = frozenset({"level", "change", "contrast", "share", "target", "test"})


@dataclass(frozen=True)
class Rule:
    """One publication rule.  mark: how the table shows it; source: whose custom it is.

    secret: it protects people, so that nothing else may give the number away; the others warn of an unreliable number.
    """

    id: str
    publish: Publish
    mark: str
    vi: str
    en: str
    source: str
    secret: bool = False

    @property
    def text(self) -> str:
        """What Row.rule says."""
        return f"{self.id}: {self.vi} | {self.en} [{self.source}]"


MICS = "UNICEF MICS and DHS Program tabulation convention: fewer than 25 unweighted cases (*), 25-49 in brackets"
SMALL_COUNT = "statistical disclosure control, minimum cell frequency: Hundepool et al. (2012), ch. 5"
NCHS = "Parker et al. (2017), NCHS Data Presentation Standards for Proportions, Vital Health Stat 2(175)"
HOUSE = "this survey's own rule for scores: the NCHS standards are for proportions only"
PERSONAL = "personal data, ethnic origin sensitive (luat_bvdlcn of plan.yaml, nd_356 of survey.yaml); this survey's own rule"
SECONDARY = "complementary suppression: Cox (1980), J. Amer. Statist. Assoc. 75:377; Hundepool et al. (2012), ch. 4"

RULES: tuple[Rule, ...] = (
    Rule("n<25", "hide", "(*)", "dưới 25 người trả lời", "fewer than 25 answered", MICS, secret=True),
    Rule("n<50", "bracket", "( )", "25-49 người trả lời", "25-49 answered", MICS),
    Rule("count<5", "hide", "(*)", "số đếm dưới 5", "a count below 5", SMALL_COUNT, secret=True),
    Rule("wave", "hide", "(*)", "một trong hai kỳ không được công bố", "one of the two waves is hidden", MICS, secret=True),
    Rule(
        "wave-unreliable", "hide", "(*)", "một trong hai kỳ không đủ tin cậy để công bố",
        "one of the two waves is too unreliable to be published", NCHS,
    ),
    Rule("wave-bracket", "bracket", "( )", "một trong hai kỳ có 25-49 người trả lời", "one wave has 25-49 answered", MICS),
    Rule(
        "wave-flag", "bracket", "( )", "một trong hai kỳ cần thận trọng khi dùng", "one of the two waves is to be read with care",
        NCHS,
    ),
    Rule("p:n<30", "hide", "(*)", "tỷ lệ tính trên dưới 30 người", "a share of fewer than 30 people", NCHS),
    Rule(
        "p:n_eff<30", "hide", "(*)", "tỷ lệ có cỡ mẫu hiệu dụng dưới 30", "a share with an effective sample below 30", NCHS,
    ),
    Rule(
        "p:width", "hide", "(*)", "khoảng tin cậy của tỷ lệ rộng từ 30 điểm phần trăm",
        "the share's confidence interval is 30 percentage points wide or wider", NCHS,
    ),
    Rule(
        "p:relative", "hide", "(*)", "khoảng tin cậy rộng hơn 130% của chính tỷ lệ",
        "the confidence interval is wider than 130% of the share itself", NCHS,
    ),
    Rule("p:edge", "bracket", "( )", "tỷ lệ 0% hoặc 100%: cần xem lại", "a share of 0% or 100%: to be reviewed", NCHS),
    Rule("p:df<8", "bracket", "( )", "tỷ lệ có dưới 8 bậc tự do", "a share with fewer than 8 degrees of freedom", NCHS),
    Rule("mean:df<8", "hide", "(*)", "điểm trung bình có dưới 8 bậc tự do", "a mean with fewer than 8 degrees of freedom", HOUSE),
    Rule(
        "mean:wide", "bracket", "( )", "nửa khoảng tin cậy của điểm trung bình quá 5 điểm",
        "the mean's interval reaches more than 5 points to either side", HOUSE,
    ),
    Rule(
        "place", "hide", "(*)", "không công bố kết quả dưới cấp vùng: xã, thôn, hộ",
        "no result below the zone: commune, hamlet, household", PERSONAL, secret=True,
    ),
    Rule(
        "ethnic", "hide", "(*)", "không công bố từng dân tộc theo địa bàn, không công bố riêng dân tộc rất ít người",
        "no single ethnic group by place, and none of the smallest groups alone", PERSONAL, secret=True,
    ),
    Rule(
        "nonresponse", "hide", "(*)", "không công bố số hộ từ chối, vắng mặt theo tầng khi có ô dưới 5",
        "refusals and absences by stratum are not published where a cell is below 5", SMALL_COUNT, secret=True,
    ),
    Rule(
        "complement", "hide", "(*)", "ẩn kèm, nếu không sẽ suy ra được số bị ẩn",
        "hidden as well, or the hidden number could be worked out", SECONDARY, secret=True,
    ),
    Rule(
        "difference", "hide", "(*)", "ẩn vì hiệu của hai nhóm công bố chỉ còn dưới 25 người",
        "hidden: two published groups differ by fewer than 25 people", SECONDARY, secret=True,
    ),
)  # fmt: skip
_BY_ID = {rule.id: rule for rule in RULES}
STRENGTH: Mapping[Publish, int] = {"show": 0, "bracket": 1, "hide": 2}
PLACES = frozenset({"commune", "xa", "ward", "psu", "hamlet", "ssu", "household", "person", "interviewer", "enumerator"})
ETHNIC = frozenset({"ethnicity", "ethnic"})
SMALLEST = frozenset({"brau", "ro_mam"})
REFUSALS = frozenset({"R", "NC", "O"})
_REVEALING = frozenset({"con1", "coop1", "ref1"})
_YEAR = re.compile(r"_\d{4}$")

Group = tuple[str, int, tuple[tuple[str, str], ...]]


def publish(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The rows with publish and rule set, in their order; what is hidden or bracketed already is never loosened.

    Levels and changes follow n (a change's n is the smaller wave's); shares also the NCHS standards on the Korn-Graubard
    interval, means their df and width; counts 1-4 are hidden (0 is no person); forbidden breakdowns are hidden whatever n;
    a change or target is no more visible than either wave's level of the same indicator and domain.
    """
    given: Sequence[Row] = tuple(rows)
    shares = _shares(given)
    small = _small_outcomes(given)
    first = [_strict(row, _by_itself(row, shares.get(i, ""), small)) for i, row in enumerate(given)]
    return by_waves(first)


def by_waves(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Every comparison of two waves no more visible than the least visible level of either."""
    waves: dict[Group, Row] = {}
    for row in rows:
        if row.kind == "level":
            group = (row.indicator, row.wave, row.domain)
            if group not in waves or _weight(row) > _weight(waves[group]):
                waves[group] = row
    return tuple(_by_waves(row, waves) for row in rows)


def rule_of(row: Row) -> Rule | None:
    """The rule that a row names; None where it names none or one that is not of this list."""
    return _BY_ID.get(next((i for i in _BY_ID if row.rule.startswith(f"{i}: ")), ""))


def is_secret(row: Row) -> bool:
    """Whether the row is hidden to protect people: an unknown rule counts as one."""
    rule = rule_of(row)
    return row.publish == "hide" and (rule is None or rule.secret)


def forbidden(row: Row) -> str:
    """The rule that forbids the row's breakdown whatever its size, '' for none."""
    names = {_YEAR.sub("", name) for name, _ in row.domain}
    if names & PLACES:
        return "place"
    ethnic = {code for name, code in row.domain if _YEAR.sub("", name) in ETHNIC}
    alone = any(code in SMALLEST for code in (*ethnic, row.category.partition("=")[2], row.category))
    return "ethnic" if alone or (ethnic and len(row.domain) > 1) else ""


def _by_itself(row: Row, share: str, small: frozenset[int]) -> Row:
    if found := forbidden(row):
        return ruled(row, found)
    if row.method == "census":  # institutions, not respondents: census.py has marked them
        return row
    met = [rule for rule in (_few(row), _outcome(row, small), share, _mean(row)) if rule]
    if not met:
        return replace(row, publish="show", rule="")
    return ruled(row, max(met, key=lambda rule: STRENGTH[_BY_ID[rule].publish]))  # of two alike the first


def _few(row: Row) -> str:
    """The rules on numbers of people."""
    if row.kind == "count":
        return f"count<{COUNT_BELOW}" if row.estimate is not None and 0 < row.estimate < COUNT_BELOW else ""
    if row.kind not in ESTIMATES or not 0 < row.n < BRACKET_BELOW:
        return ""
    return f"n<{HIDE_BELOW}" if row.n < HIDE_BELOW else f"n<{BRACKET_BELOW}"


def _outcome(row: Row, small: frozenset[int]) -> str:
    """The rule on refusals and absences by stratum."""
    if row.indicator != "outcome" or not row.domain or row.wave not in small:
        return ""
    return "nonresponse" if row.category.rpartition(" ")[2] in REFUSALS or row.estimand in _REVEALING else ""


def _strict(given: Row, judged: Row) -> Row:
    """The stricter of two marks; the first one when they are alike, so that a second judgement changes nothing."""
    marked = bool(given.rule) or given.publish != "show"
    return given if marked and STRENGTH[given.publish] >= STRENGTH[judged.publish] else judged


def _mean(row: Row) -> str:
    if row.kind != "level" or row.estimand != "mean" or row.unit != "point" or row.estimate is None or not row.n:
        return ""
    if row.df is not None and row.df < DF_BELOW:
        return "mean:df<8"
    wide = row.lower is not None and row.upper is not None and (row.upper - row.lower) / 2 > HALF_WIDTH
    return "mean:wide" if wide and row.n >= BRACKET_BELOW else ""


def _small_outcomes(rows: Sequence[Row]) -> frozenset[int]:
    """Waves in which some stratum has 1-4 households that refused, were away, or could not be interviewed."""
    return frozenset(
        r.wave for r in rows
        if r.indicator == "outcome" and r.kind == "diagnostic" and r.domain and r.estimand == "count"
        and r.category.rpartition(" ")[2] in REFUSALS and r.estimate is not None and 0 < r.estimate < COUNT_BELOW
    )  # fmt: skip


def _shares(rows: Sequence[Row]) -> dict[int, str]:
    """Which NCHS rule each share meets ('' for none), by its place among the rows."""
    at = [
        i for i, r in enumerate(rows)
        if r.kind in ("level", "share") and r.estimand == "proportion" and r.unit == "percent" and r.method != "census"
        and r.estimate is not None and r.n >= HIDE_BELOW and r.df is not None
    ]  # fmt: skip
    if not at:
        return {}
    import numpy as np

    from . import limits

    some = [rows[i] for i in at]
    p = np.array([(r.estimate or 0.0) / 100 for r in some])
    n = np.array([float(r.n) for r in some])
    df = np.array([max(r.df or 0.0, 1.0) for r in some])
    size = np.array([_effective(r) for r in some])
    lower, upper, _ = limits.proportion("publish", p, size, n, df)
    least = limits.effective(size, n, df)
    width = 100 * (upper - lower)
    return {i: _share(r, float(least[j]), float(width[j])) for j, (i, r) in enumerate(zip(at, some, strict=True))}


def _effective(row: Row) -> float:
    """Effective sample: p (1 - p)/variance; where the share is 0 or 1 the sample over its design effect, when that is known."""
    p = (row.estimate or 0.0) / 100
    if 0 < p < 1 and row.se:
        return p * (1 - p) / (row.se / 100) ** 2
    return row.n / max(row.deff or 1.0, 1.0)


def _share(row: Row, effective: float, width: float) -> str:
    value = row.estimate or 0.0
    if row.n < SHARE_BELOW:
        return "p:n<30"
    if effective < SHARE_BELOW:
        return "p:n_eff<30"
    if width >= WIDE:
        return "p:width"
    if width > NARROW and value > 0 and 100 * width / value > RELATIVE_WIDTH:
        return "p:relative"
    if row.df is not None and row.df < DF_BELOW:
        return "p:df<8"
    return "p:edge" if value in (0.0, 100.0) and width > NARROW else ""


def _by_waves(row: Row, waves: Mapping[Group, Row]) -> Row:
    if row.base_wave is None:
        return row
    seen = [found for t in (row.wave, row.base_wave) if (found := waves.get((row.indicator, t, row.domain)))]
    if not seen:
        return row
    worst = max(seen, key=_weight)
    if STRENGTH[worst.publish] <= STRENGTH[row.publish]:
        return row
    if worst.publish == "hide":
        return ruled(row, "wave" if is_secret(worst) else "wave-unreliable")
    return ruled(row, "wave-bracket" if worst.rule.startswith("n<50") else "wave-flag")


def _weight(row: Row) -> tuple[int, bool]:
    return STRENGTH[row.publish], is_secret(row)


def ruled(row: Row, rule_id: str) -> Row:
    """The row with a rule's mark; KeyError for a rule that is not there."""
    rule = _BY_ID[rule_id]
    return replace(row, publish=rule.publish, rule=rule.text)
