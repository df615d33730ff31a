"""NCHS standards, means, forbidden breakdowns, outcomes by stratum: against a plain second writing of each rule."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, t

from analysis.publish import RULES, forbidden, is_secret, publish, rule_of
from analysis.results import Row

SHARE = Row("level", "reach60", "proportion", 2026, "percent", estimate=40.0, se=2.0, df=40.0, n=600, lower=36.0, upper=44.0)
MEAN = Row("level", "score", "mean", 2026, "point", estimate=55.0, se=1.0, df=40.0, n=600, lower=53.0, upper=57.0)
RANK = {"show": 0, "bracket": 1, "hide": 2}


SHARES, ERRORS, SIZES, FREE = (0.0, 0.02, 0.08, 0.4, 0.97, 1.0), (0.004, 0.02, 0.06, 0.1), (26, 31, 45, 80, 900), (3.0, 7.0, 40.0)


def marked(row: Row) -> Row:
    return publish([row])[0]


def plain(p: float, se: float, n: int, df: float) -> str:
    """Parker et al. (2017), table of the standard, written straight from its words: hide, bracket or show."""
    effective = n if p in (0, 1) else p * (1 - p) / se**2
    effective = min(effective * (t.ppf(0.975, n - 1) / t.ppf(0.975, df)) ** 2, n)
    hits = p * effective
    lower = 0.0 if p == 0 else float(beta.ppf(0.025, hits, effective - hits + 1))
    upper = 1.0 if p == 1 else float(beta.ppf(0.975, hits + 1, effective - hits))
    if n < 30 or effective < 30:
        return "hide"
    width = upper - lower
    if width >= 0.30 or (width > 0.05 and p > 0 and width / p > 1.30):
        return "hide"
    few = n < 50 or df < 8
    return "bracket" if few or (p in (0, 1) and width > 0.05) else "show"


@pytest.mark.parametrize(
    ("p", "se", "n", "df"),
    [
        (p, se, n, df)
        for p, se, n, df in itertools.product(SHARES, ERRORS, SIZES, FREE)
    ],
)  # fmt: skip
def test_a_share_is_judged_as_the_standard_says(p: float, se: float, n: int, df: float) -> None:
    row = replace(SHARE, estimate=100 * p, se=0.0 if p in (0, 1) else 100 * se, n=n, df=df)
    assert marked(row).publish == plain(p, se, n, df)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"n": 29}, "p:n<30"), ({"se": 12.0}, "p:n_eff<30"), ({"se": 7.5}, "p:width"),
        ({"estimate": 4.0, "se": 2.0}, "p:relative"),
        ({"df": 7.0}, "p:df<8"), ({"estimate": 0.0, "se": 0.0, "n": 60}, "p:edge"), ({"n": 24}, "n<25"), ({"n": 49}, "n<50"),
    ],
)  # fmt: skip
def test_each_rule_of_shares_is_named_with_its_source(change: dict[str, float], rule: str) -> None:
    row = marked(replace(SHARE, **change))  # type: ignore[arg-type]  # a mapping of field names
    named = rule_of(row)
    assert named is not None
    assert named.id == rule
    assert named.source in row.rule


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({}, ""), ({"lower": 50.0, "upper": 60.0}, ""), ({"lower": 49.9, "upper": 60.0}, "mean:wide"), ({"df": 7.9}, "mean:df<8"),
        ({"df": 8.0}, ""), ({"n": 24}, "n<25"), ({"n": 25}, "n<50"), ({"n": 25, "df": 5.0}, "mean:df<8"),
    ],
)  # fmt: skip
def test_means_follow_df_and_width(change: dict[str, float], rule: str) -> None:
    named = rule_of(marked(replace(MEAN, **change)))  # type: ignore[arg-type]  # a mapping of field names
    assert (named.id if named else "") == rule


@pytest.mark.parametrize(
    ("domain", "category", "rule"),
    [
        ((("commune", "21025"),), "", "place"), ((("commune_2030", "21025"),), "", "place"),
        ((("psu", "P1"), ("sex", "male")), "", "place"),
        ((("ethnicity", "brau"),), "", "ethnic"), ((), "ro_mam", "ethnic"), ((), "ethnicity=brau", "ethnic"),
        ((("ethnicity", "hre"), ("stratum", "mien_nui")), "", "ethnic"),
        ((("ethnicity", "hre"),), "", ""), ((("ethnic2", "minority"),), "", ""),
    ],
)  # fmt: skip
def test_forbidden_breakdowns_are_hidden_however_large(domain: tuple[tuple[str, str], ...], category: str, rule: str) -> None:
    for method in ("linearised", "census"):
        row = replace(MEAN, domain=domain, category=category, n=5000, method=method)
        assert forbidden(row) == rule
        assert marked(row).publish == ("hide" if rule else "show")
        assert is_secret(marked(row)) is bool(rule)


def outcomes(refused: float) -> list[Row]:
    """Two strata of one wave: what became of 50 households each."""
    found = []
    for stratum, r in (("a", 9.0), ("b", refused)):
        counts = {"I": 50 - r - 1, "R": r, "NC": 0.0, "O": 0.0, "NE": 1.0}
        base = Row("diagnostic", "outcome", "count", 2026, "count", domain=(("stratum", stratum),), n=50)
        found += [replace(base, category=f"main {code}", estimate=value) for code, value in counts.items()]
        rate = replace(base, category="main", unit="percent", estimate=90.0)
        found += [replace(rate, estimand=e) for e in ("rr1", "rr3", "ref1", "con1", "coop1")]
    return found


@pytest.mark.parametrize(("refused", "hidden"), [(4.0, True), (1.0, True), (5.0, False), (0.0, False)])
def test_refusals_by_stratum_go_together_when_one_is_few(refused: float, hidden: bool) -> None:
    seen = {(r.domain[0][1], r.category.partition(" ")[2] or r.estimand): r.publish for r in publish(outcomes(refused))}
    gone = {name for name, mark in seen.items() if mark == "hide"}
    assert gone == ({(s, what) for s in "ab" for what in ("R", "NC", "O", "ref1", "con1", "coop1")} if hidden else set())


def test_refusals_of_the_whole_province_are_shown() -> None:
    row = Row("diagnostic", "outcome", "count", 2026, "count", category="main R", estimate=2.0, n=1380)
    assert publish([*outcomes(2.0), row])[-1].publish == "show"


rows = st.builds(
    lambda n, df, p, se, half, mean, mark: replace(
        MEAN if mean else SHARE, n=n, df=df, estimate=p, se=se, lower=p - half, upper=p + half, publish=mark,
        rule="n<25: x" if mark != "show" else "",
    ),
    st.integers(0, 200), st.floats(1, 60), st.floats(0, 100), st.floats(0.1, 20), st.floats(0, 20), st.booleans(),
    st.sampled_from(["show", "bracket", "hide"]),
)  # fmt: skip


@given(rows, rows)
def test_a_second_judgement_changes_nothing_and_nothing_is_ever_loosened(one: Row, other: Row) -> None:
    change = replace(one, kind="change", estimand="diff", wave=2030, base_wave=2026, publish="show", rule="")
    both = [one, replace(other, wave=2030), change]
    once = publish(both)
    assert publish(once) == once
    assert all(RANK[after.publish] >= RANK[before.publish] for before, after in zip(both, once, strict=True))
    assert all(bool(r.rule) == (r.publish != "show") for r in once)
    if both[0].indicator == both[1].indicator:
        assert RANK[once[2].publish] >= max(RANK[once[0].publish], RANK[once[1].publish])


def test_what_is_hidden_for_its_unreliability_is_not_a_secret_and_its_change_neither() -> None:
    weak, well = replace(MEAN, df=3.0), replace(MEAN, wave=2030)
    change = replace(MEAN, kind="change", estimand="diff", wave=2030, base_wave=2026)
    level, _, moved = publish([weak, well, change])
    assert (level.publish, moved.publish) == ("hide", "hide")
    assert not is_secret(level)
    assert not is_secret(moved)
    assert is_secret(publish([replace(weak, n=10), well, change])[2])
    assert is_secret(replace(MEAN, publish="hide", rule="a rule of another version"))


def test_every_rule_has_both_languages_a_source_and_a_mark_that_fits() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.mark == {"hide": "(*)", "bracket": "( )"}[rule.publish]
        assert rule.vi != rule.en
        assert rule.source
        assert rule.publish == "hide" or not rule.secret
