"""Outcome rates: AAPOR's formulas by published figures, hand examples, and the mistakes that make a rate look better."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from analysis.weighting.outcomes import GROUPS, OUTCOMES, RATES, Rates, Tally, disposition, rates
from analysis.weighting.response import without_reserves
from forms import load_questionnaire, questionnaire_folder
from forms.errors import BdgError
from tests.analysis.drawn_households import House, some, surveys, table


def of(found: Rates, cases: str = "main", *, weighted: bool = False, stratum: str = "") -> Tally:
    domain = (("stratum", stratum),) if stratum else ()
    return next(t for t in found.tallies if t.cases == cases and t.weighted == weighted and t.domain == domain)


def rounded(t: Tally, digits: int = 3) -> dict[str, float]:
    return {name: round(getattr(t, name), digits) for name in RATES}


def test_the_published_example_of_outcomerate() -> None:
    """R package outcomerate 1.0.1 (rOpenSci), README: 12 cases, e = eligible / (eligible + not eligible) = 9/10."""
    houses = some("a", "I*4 P*2 R NC O UH UO NE")
    assert rounded(of(rates(table(houses)))) == {
        "rr1": 0.364, "rr3": 0.370, "e": 0.9, "coop1": 0.5, "con1": 0.727, "ref1": 0.091,
    }  # fmt: skip


def test_the_published_weighted_example_of_outcomerate() -> None:
    """The same README: 11 cases, weights 1.3 (6) and 2.5 (5): contact rate .69 weighted, .73 not."""
    cases = ["I", "P", "I", "UO", "R", "I", "NC", "I", "O", "P", "UH"]
    houses = [House("a", "a1", g, 1.3 if i < 6 else 2.5) for i, g in enumerate(cases)]
    found = rates(table(houses), by=None)
    assert round(of(found).con1 or 0, 2) == 0.73
    assert round(of(found, weighted=True).con1 or 0, 2) == 0.69


def test_the_published_example_of_responserates() -> None:
    """R package responserates (Leeper), README: 100 interviews, 20 non-contacts: 83.3 %, cooperation 100 %."""
    found = of(rates(table(some("a", "I*100 NC*20"))))
    assert found.rr1 == found.rr3 == found.con1 == 100 / 120
    assert (found.coop1, found.ref1) == (1.0, 0.0)


def test_by_hand_with_two_strata_and_unknown_cases() -> None:
    """Stratum a: 6 of 8 known are eligible (e = .75), 4 unknown: RR3 = 5/(6 + 3).  Stratum b knows every case."""
    houses = some("a", "I*5 R NE*2 UH*4", weight=10.0) + some("b", "I*2 NC*2", weight=30.0)
    found = rates(table(houses))
    a, b, every = of(found, stratum="a"), of(found, stratum="b"), of(found)
    assert (a.rr1, a.rr3, a.e) == (0.5, 5 / 9, 0.75)
    assert (b.rr1, b.rr3, b.e) == (0.5, 0.5, 1.0)
    assert every.e == 10 / 12
    assert every.rr3 == pytest.approx(7 / (10 + 4 * 10 / 12))
    heavy = of(found, weighted=True)
    assert heavy.rr1 == pytest.approx((50 + 60) / (60 + 120 + 40))
    assert heavy.e == pytest.approx(180 / 200)


def test_dropping_the_unknown_cases_would_flatter() -> None:
    """The classic mistake: a hamlet that nobody worked (no form) left out of the denominator: 5/6 instead of 5/10."""
    found = of(rates(table(some("a", "I*5 R UH*4"))))
    assert found.rr1 == 0.5
    assert found.rr3 == 0.5  # all known cases are eligible, so e = 1: nothing says that the others are not
    assert found.rr1 != pytest.approx(5 / 6)


def test_a_reserve_is_no_response_of_the_household_it_stands_for() -> None:
    """20 hamlets' worth: 15 of 20 mains answered, 5 reserves made the quota full.  The mistake says 20/20."""
    houses = some("a", "I*15 R*3 NC*2") + some("a", "I*5 R*2", reserve=True)
    found = rates(table(houses))
    assert of(found).rr1 == 0.75
    assert of(found).n == 20
    assert of(found, "issued").rr1 == 20 / 27
    assert of(found).rr1 != 1.0
    assert of(rates(without_reserves(table(houses))), "issued").rr1 == 0.75


def test_every_result_of_the_form_is_classified_and_no_other() -> None:
    form = load_questionnaire(questionnaire_folder())
    lists = {name: {c.code for c in found.choices} for name, found in form.lists.items()}
    written = next(q for _, q in form.questions() if q.name == "result").calculate or ""
    codes = lists["result"] | lists["contact"] - {"met"} | lists["available"] - {"available", "later"}
    codes |= set(re.findall(r"'(\w+)'(?=[,)])", written)) - {"met", "available", "later", "stopped", "yes"}
    assert "panel" in codes  # only the calculation itself says so
    assert codes <= set(OUTCOMES)
    assert set(OUTCOMES) - codes == {"", "unknown"}
    assert {o.group for o in OUTCOMES.values()} <= set(GROUPS)


def test_the_codes_of_the_standard() -> None:
    """AAPOR table 2: 1 interview, 2.1 refusal, 2.2 non-contact, 2.3 other, 3 unknown, 4 not eligible."""
    group = {"1": "I", "2.1": "R", "2.2": "NC", "2.3": "O", "3.1": "UH", "3.9": "UO", "4": "NE"}
    for o in OUTCOMES.values():
        assert group[next(k for k in (o.aapor[:3], o.aapor[:1]) if k in group)] == o.group, o.result
    assert OUTCOMES["absent"].group == "NC"  # 2.25: the selected person is away; not an «other» reason
    assert OUTCOMES["not_found"].group == "UH"  # never NE: a house nobody found may be lived in


def test_completed_needs_consent_and_an_unknown_code_is_refused() -> None:
    assert disposition("completed", interviewed=True) == "I"
    assert disposition("completed", interviewed=False) == "R"
    with pytest.raises(BdgError) as fault:
        disposition("postponed", interviewed=False, place="2026")
    assert fault.value.problems[0].code == "STAT-090"
    assert fault.value.exit_code == 11


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(BdgError) as fault:
        rates(table(some("a", "I")), by="district")
    assert fault.value.problems[0].code == "STAT-091"


def test_rows_carry_percent_and_counts() -> None:
    houses = some("a", "I*3 R UH") + some("b", "UH*2")
    rows = {(r.estimand, r.category, r.method, r.domain): r for r in rates(table(houses)).rows}
    head = rows["rr1", "main", "unweighted", ()]
    assert (head.kind, head.indicator, head.unit, head.n, head.se) == ("diagnostic", "outcome", "percent", 7, None)
    assert head.estimate == pytest.approx(300 / 7)
    b = rows["e", "main", "unweighted", (("stratum", "b"),)]
    assert b.estimate == 100.0  # nothing is known in b: the rate of the wave
    assert rows["count", "main R", "unweighted", ()].estimate == 1.0
    keys = [r.key for r in rates(table(houses)).rows]
    assert len(keys) == len(set(keys))
    frame = rates(table(houses)).frame
    assert list(frame.loc[frame["domain"] == "", "rr1"]) == [3 / 7] * 4


def test_rates_without_a_denominator_say_so() -> None:
    found = rates(table(some("a", "UH*2")), by=None)
    by = {(r.estimand, r.method): r for r in found.rows}
    assert by["rr1", "unweighted"].estimate == 0.0
    for name in ("rr3", "e", "coop1"):
        row = by[name, "unweighted"]
        assert (row.estimate, row.status) == (None, "not_estimable")
        assert " | " in row.reason


@settings(max_examples=60, deadline=None)
@given(surveys())
def test_laws(houses: list[House]) -> None:
    for t in rates(table(houses), by="area").tallies:
        total = sum(t.count.values())
        assert total == pytest.approx(sum(h.weight if t.weighted else 1 for h in _of(houses, t)))
        if t.rr1 is not None and t.rr3 is not None:
            assert 0 <= t.rr1 <= t.rr3 + 1e-12 <= 1 + 2e-12
            assert t.rr1 <= (t.con1 or 0) + 1e-12
            assert t.rr1 + (t.ref1 or 0) <= 1 + 1e-12
        assert t.e is None or 0 <= t.e <= 1


def _of(houses: list[House], t: Tally) -> list[House]:
    place = dict(t.domain).get("area")
    return [h for h in houses if h.group and (t.cases == "issued" or not h.reserve) and place in (None, h.area)]
