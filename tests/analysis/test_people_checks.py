"""Checks of answers and people on interviews made by hand, against figures worked out on paper or by another program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analysis.quality import fabrication, heaping, patterns, rows
from analysis.quality.answered import answered
from analysis.quality.checks import as_of, day_of, joined, last_day, run_checks
from analysis.quality.effects import minutes, rows_of, share
from analysis.quality.field import Field, Visit
from analysis.quality.items import items
from analysis.quality.kinds import DONT_KNOW, GIVEN, MISSING, NOT_ASKED, REFUSED
from analysis.quality.limits import FILE, limit, limits
from analysis.quality.people import people
from analysis.quality.shares import heaped
from benchmarks.fieldwork import Setting, fieldwork

ZONE = timezone(timedelta(hours=7))
START = datetime(2026, 10, 5, 8, 3, tzinfo=ZONE)
ATTITUDES = [f"a{i:02d}" for i in range(1, 17)]
SMALL = Setting(enumerators=4, psus=8, households=10, lines=0, open_forms=0, pace=0.05)


@cache
def small(seed: int = 5) -> Field:
    """A small clean round: 4 enumerators, 8 hamlets, 80 households."""
    return fieldwork(seed, SMALL)


def changed(seen: Field, how: Mapping[int, Mapping[str, Any]]) -> Field:
    """The same round with answers or fields of some completed interviews replaced: place among them -> what."""
    found, n = [], 0
    for v in seen.visits:
        told = dict(how.get(n, {})) if v.completed else {}
        n += v.completed
        own = {k: told.pop(k) for k in list(told) if k in Visit.__dataclass_fields__}
        found.append(replace(v, answers={**v.answers, **told}, **own))
    return replace(seen, visits=tuple(found))


def done(seen: Field) -> list[Visit]:
    return [v for v in seen.visits if v.completed]


def checks_of(seen: Field) -> list[str]:
    return [f.check for f in people(seen).findings]


# ---- who was asked what --------------------------------------------------------------------------------------------


def test_kinds_of_no_answer_follow_the_form() -> None:
    seen = changed(small(), {0: {"k01": "dk", "k02": "ref", "k03": None, "exp_any": "0", "exp_face": None}})
    a = answered(seen)
    assert [int(a.kinds[q][0]) for q in ("k01", "k02", "k03", "exp_face")] == [DONT_KNOW, REFUSED, MISSING, NOT_ASKED]
    given = [c.code for c in a.variables["k01"].choices if c.why is None]
    assert [k == GIVEN for k in a.kinds["k01"]] == [v.answers["k01"] in given for v in a.visits]
    assert not any(q in a.kinds for q in ("gps", "gps_place", "list_four")), "switches that this round does not use"


def test_rejected_and_refused_visits_are_no_interviews_and_an_old_form_misses_nothing() -> None:
    seen = small()
    n = len(answered(seen).visits)
    assert n == len(done(seen))
    assert len(answered(changed(seen, {0: {"review": "rejected"}})).visits) == n - 1
    apart = answered(changed(seen, {0: {"k03": None, "apart": True}}))
    assert apart.kinds["k03"][0] == NOT_ASKED


def test_counts_of_no_answers_are_those_of_a_plain_loop() -> None:
    seen = small()
    a = answered(seen)
    n, of = a.count(DONT_KNOW)
    for i, v in enumerate(a.visits):
        offering = [x for x in a.variables.values() if any(c.why == "dont_know" for c in x.choices)]
        codes = {x.name: {c.code for c in x.choices if c.why == "dont_know"} for x in offering}
        put = [x.name for x in offering if v.answers[x.name] is not None]
        assert of[i] == len(put)
        assert n[i] == sum(v.answers[q] in codes[q] for q in put)


# ---- straight-lining -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        (dict.fromkeys(ATTITUDES, "4"), True),
        ({**dict.fromkeys(ATTITUDES, "4"), "a07": "2"}, True),  # one in sixteen may differ
        ({**dict.fromkeys(ATTITUDES, "4"), "a07": "2", "a09": "1"}, False),
        ({**dict.fromkeys(ATTITUDES, "3"), "a01": "ref", "a02": "ref"}, True),  # 14 answers, all the same
        ({**dict.fromkeys(ATTITUDES, "3"), **dict.fromkeys(ATTITUDES[:5], "ref")}, False),  # 11: fewer than the scale asks for
    ],
)
def test_straight_lining(answers: dict[str, str], *, found: bool) -> None:
    seen = changed(small(), {3: answers})
    assert bool(patterns.straight(answered(seen))["A"][3]) is found
    mine = [f for f in people(seen).findings if f.check == "straight_line"]
    assert [f.instance_id for f in mine] == ([done(seen)[3].instance_id] if found else [])


def test_one_mind_in_one_direction_is_no_straight_line() -> None:
    """Somebody who agrees with every egalitarian item and disagrees with every reversed one has an opinion."""
    seen = small()
    mind = {v.name: "1" if v.reverse else "5" for v in seen.book.items("A")}
    assert not patterns.straight(answered(changed(seen, {3: mind})))["A"].any()


def test_a_person_who_straight_lines_often_is_red_and_a_few_are_listed_only() -> None:
    seen = small()
    mine = [i for i, v in enumerate(done(seen)) if v.enumerator == "2"]
    line = dict.fromkeys(ATTITUDES, "3")
    few = people(changed(seen, dict.fromkeys(mine[:1], line))).findings
    many = people(changed(seen, dict.fromkeys(mine, line))).findings
    assert [f.check for f in few] == ["straight_line"]
    assert [(f.enumerator, f.severity) for f in many if f.check == "straight_line_many"] == [("2", "red")]


# ---- length --------------------------------------------------------------------------------------------------------


def test_short_and_long_interviews_count_questions() -> None:
    seen = small()
    usual = patterns.expected_minutes(answered(seen))
    seen = changed(seen, {0: {"minutes": usual[0] * 0.45}, 1: {"minutes": usual[1] * 3.5}, 2: {"minutes": usual[2] * 0.55}})
    found = {f.instance_id: (f.check, f.severity) for f in people(seen).findings}
    ids = [v.instance_id for v in done(seen)]
    assert found == {ids[0]: ("short_interview", "yellow"), ids[1]: ("long_interview", "info")}


def test_a_form_left_open_does_not_move_the_mean_beyond_its_limit() -> None:
    seen = small()
    before = minutes(answered(seen))
    after = minutes(answered(changed(seen, {0: {"minutes": 20_000.0}})))
    assert before is not None
    assert after is not None
    code = done(seen)[0].enumerator
    was, now = (next(e.estimate for e in m.effects if e.code == code) for m in (before, after))
    assert was < now < was * 1.15


def test_missing_clocks_are_left_out_and_said() -> None:
    seen = small()
    nobody = changed(seen, {i: {"minutes": None, "started": None, "ended": None} for i in range(200)})
    told = people(nobody)
    assert not [r for r in told.rows if r.indicator in (rows.MINUTES, rows.SHORT, rows.NIGHT)]
    assert minutes(answered(nobody)) is None


def test_slow_start_by_hand() -> None:
    """Welch by scipy: the lower end of the 80 % interval of the difference of log minutes."""
    first, later = np.log([40.0, 44, 38, 47]), np.log([20.0, 22, 18, 19, 21, 23])
    found = stats.ttest_ind(first, later, equal_var=False).confidence_interval(0.8).low
    assert patterns._lower_ratio(first, later) == pytest.approx(float(np.exp(found)))
    seen = small()
    mine = [i for i, v in enumerate(done(seen)) if v.enumerator == "3"]
    day = date(2026, 10, 5)
    slow = {
        i: {
            "day": day + timedelta(days=(n % 2) if n < 4 else 10),
            "minutes": 50 + n if n < 4 else 20 + n % 3,
            "received_at": None,
        }
        for n, i in enumerate(mine)
    }
    assert [f.enumerator for f in people(changed(seen, slow)).findings if f.check == "slow_start"] == ["3"]
    early_only = {i: {"day": day, "minutes": 50 + n, "received_at": None} for n, i in enumerate(mine)}
    assert "slow_start" not in checks_of(changed(seen, early_only)), "nothing later to compare with"


def test_sent_late_needs_two() -> None:
    seen = small()
    mine = [i for i, v in enumerate(done(seen)) if v.enumerator == "1"]
    late = {"started": START, "ended": START, "received_at": START + timedelta(days=3, hours=1)}
    assert "sends_late" not in checks_of(changed(seen, {mine[0]: late}))
    assert [f.got for f in people(changed(seen, {mine[0]: late, mine[1]: late})).findings if f.check == "sends_late"] == ["2"]


# ---- heaping -------------------------------------------------------------------------------------------------------


def test_whipple_by_hand() -> None:
    """Forty years 23-62, each age once: 8 end in 0 or 5, the index is 100; twice as many of those: 16 of 48."""
    even = heaping.age_heaping([*range(10, 90)])
    assert (even.hits, even.n) == (8, 40)
    assert 500 * even.hits / even.n == 100
    assert heaping.age_heaping([*range(10, 90), *range(25, 61, 5)]).hits == 16


@pytest.mark.parametrize(("hits", "n"), [(0, 12), (3, 12), (12, 12), (40, 200)])
def test_jeffreys_like_scipy(hits: int, n: int) -> None:
    h = heaped(hits, n, 0.2)
    low, high = stats.beta(hits + 0.5, n - hits + 0.5).ppf([0.1, 0.9])
    assert h.lower == pytest.approx(0 if hits == 0 else low)
    assert h.upper == pytest.approx(1 if hits == n else high)


def test_rounded_ages_and_times_are_told_of_the_round_or_of_one_person() -> None:
    seen = small()
    everybody = replace(seen, submissions=tuple(replace(s, repeats=_ages([30, 45])) for s in seen.submissions))
    assert [(f.enumerator, f.question) for f in people(everybody).findings] == [("", "m_age")]
    own = {v.instance_id for v in seen.visits if v.enumerator == "2"}
    others = [24, 31, 42, 53]
    one = tuple(replace(s, repeats=_ages([30, 45, 50, 40] if s.instance_id in own else others)) for s in seen.submissions)
    diluted = (*one, *_copies(seen, one, own))
    told = people(replace(seen, submissions=diluted, visits=(*seen.visits, *_visits(seen, diluted)))).findings
    assert ("2", "age_heaping") in {(f.enumerator, f.check) for f in told}
    mine = [i for i, v in enumerate(done(seen)) if v.enumerator == "2"]
    times = {i: {"started": START.replace(minute=15 * (n % 4)), "ended": None} for n, i in enumerate(mine)}
    assert [f.enumerator for f in people(changed(seen, times)).findings if f.check == "start_heaping"] == ["2"]


def _ages(some: list[int]) -> dict[str, tuple[dict[str, str | None], ...]]:
    return {"m1/member": tuple({"m1/member/m_age": str(a)} for a in some)}


def _copies(seen: Field, some: tuple[Any, ...], own: set[str]) -> list[Any]:
    """The others three times more, so that one person alone does not make the round's figure."""
    return [replace(s, instance_id=f"{s.instance_id}-{n}") for n in range(3) for s in some if s.instance_id not in own]


def _visits(seen: Field, some: tuple[Any, ...]) -> list[Visit]:
    known = {v.instance_id: v for v in seen.visits}
    return [replace(known[s.instance_id[:-2]], instance_id=s.instance_id) for s in some if s.instance_id not in known]


# ---- items, shares -------------------------------------------------------------------------------------------------


def test_items_count_those_asked() -> None:
    seen = small()
    n = len(done(seen))
    seen = changed(seen, {i: {"k05": "dk", "a03": "ref" if i < n // 2 else "2", "k07": None} for i in range(n)})
    table, found = items(answered(seen))
    at = {(r.indicator, r.category): r for r in table}
    assert at[rows.ITEM_DK, "k05"].estimate == 100
    assert at["daily_item_refusal", "a03"].estimate == pytest.approx(100 * (n // 2) / n)
    assert at[rows.ITEM_MISSING, "k07"].n == n
    assert {(f.check, f.question, f.severity) for f in found} == {
        ("item_dont_know", "k05", "yellow"), ("item_refused", "a03", "yellow"), ("missing", "k07", "red"),
    }  # fmt: skip
    assert at[rows.ITEM_MISSING, ""].estimate == pytest.approx(100 / np.mean(answered(seen).asked), rel=0.02)


def test_share_of_a_person_lies_between_own_and_team_and_counts_what_was_put() -> None:
    who = np.array(["a"] * 40 + ["b"] * 40 + ["c"] * 40, dtype=object)
    n = np.array([0.0] * 40 + [1.0] * 40 + [4.0] * 40)
    m = share("x", who, who, n, np.full(120, 10.0), 5, low=True)
    assert m is not None
    assert m.overall == pytest.approx(100 * 200 / 1200)
    assert m.middle == pytest.approx(10, abs=0.5)
    low, middle, high = (e.estimate for e in m.effects)
    assert 0 <= low < 2
    assert 9 < middle < 11
    assert 35 < high < 40
    assert [e.outside for e in m.effects] == ["low", "", "high"]
    assert share("x", who, who, n, np.zeros(120), 5, low=True) is None


def test_few_interviews_are_grey_never_coloured() -> None:
    who = np.array(["a"] * 40 + ["b"] * 40 + ["c"] * 9, dtype=object)
    n = np.array([1.0] * 80 + [9.0] * 9)
    m = share("x", who, who, n, np.full(89, 10.0), 5, low=True)
    assert m is not None
    assert (m.effects[2].lower > m.band[1], m.effects[2].outside) == (True, "")
    grey = rows_of(m, 2026)[-1]
    assert (grey.n, grey.state, "10" in grey.reason) == (9, "", True)


def test_refusals_count_those_met() -> None:
    seen = small()
    m = patterns.refusals(answered(seen))
    assert m is not None
    met = [v for v in seen.visits if v.result in ("completed", "refused")]
    assert m.overall == pytest.approx(100 * sum(v.result == "refused" for v in met) / len(met))
    assert m.n == len(met)


# ---- signs of invention --------------------------------------------------------------------------------------------


def test_nearest_like_a_plain_loop() -> None:
    rng = np.random.default_rng(4)
    coded = rng.integers(-1, 3, (12, 60)).astype(np.int16)
    best = []
    for i, x in enumerate(coded):
        shares = []
        for j, y in enumerate(coded):
            pairs = [(p, q) for p, q in zip(x.tolist(), y.tolist(), strict=True) if p != -1 and q != -1]
            if i != j and len(pairs) >= 30:
                shares.append(sum(p == q for p, q in pairs) / len(pairs))
        if shares:
            best.append(max(shares))
    assert fabrication.nearest(coded) == pytest.approx(sorted(best)[5] / 2 + sorted(best)[6] / 2)
    assert fabrication.nearest(coded[:1]) is None
    assert fabrication.nearest(coded[:, :20]) is None


def test_no_sign_alone_is_red() -> None:
    points = [limit(f"sign_{s}") for s in ("fast", "alike", "little_variance", "all_met", "few_no_answers")]
    assert max(points) < limit("fabrication_red") <= sum(sorted(points)[-2:])


# ---- days and joining ----------------------------------------------------------------------------------------------


def test_the_day_is_the_forms_unless_it_cannot_be() -> None:
    v = done(small())[0]
    sent = datetime(2026, 10, 7, 23, 30, tzinfo=ZONE)
    days = {date(2026, 10, 5): 5, date(2026, 10, 8): 8, date(2026, 10, 9): 7, date(1970, 1, 1): 7, None: 7}
    for told, counts in days.items():
        assert day_of(replace(v, day=told, received_at=sent)) == date(2026, 10, counts)
    assert day_of(replace(v, day=date(1970, 1, 1), received_at=None)) == date(1970, 1, 1)


def test_as_of_leaves_out_what_came_later() -> None:
    seen = small()
    end = last_day(seen)
    assert end is not None
    before = as_of(seen, end - timedelta(days=5))
    assert 0 < len(before.visits) < len(seen.visits)
    assert {s.instance_id for s in before.submissions} == {v.instance_id for v in before.visits}
    assert all((day_of(v) or end) <= end - timedelta(days=5) for v in before.visits)
    assert len(as_of(seen, None).visits) == len(as_of(seen, end).visits) == len(seen.visits)


def test_two_checks_may_not_give_the_same_row_or_text() -> None:
    one = people(small())
    with pytest.raises(ValueError, match="the row"):
        joined(one, replace(one, rows=tuple(replace(r, n=-1) for r in one.rows[:1]), texts={}, findings=()))
    with pytest.raises(ValueError, match="the text"):
        joined(one, replace(one, rows=(), texts={"people": {}}))
    assert {**joined(one, replace(one, rows=(), texts={"labels": {"x": {}}})).texts["labels"]} == {
        **one.texts["labels"], "x": {},
    }  # fmt: skip


def test_the_whole_check_is_the_same_twice_and_names_all_it_gives() -> None:
    seen = small()
    first, again = run_checks(seen, [people]), run_checks(fieldwork(5, SMALL), [people])
    assert (first.findings, first.rows) == (again.findings, again.rows)
    assert {r.indicator for r in first.rows} <= set(first.texts["labels"])
    assert {f.check for f in first.findings} <= set(first.texts["checks"])


def test_a_round_without_enumerators_or_attitudes_or_interviews() -> None:
    seen = small()
    nameless = replace(seen, visits=tuple(replace(v, enumerator="") for v in seen.visits))
    assert not [r for r in people(nameless).rows if dict(r.domain).get("enumerator") == ""]
    none = replace(seen, visits=tuple(v for v in seen.visits if not v.completed))
    assert {r.indicator for r in people(none).rows} <= {rows.REFUSAL, fabrication.SIGNS}
    assert not people(replace(seen, visits=(), submissions=())).findings


def test_every_limit_has_a_reason_and_is_used() -> None:
    code = "".join(p.read_text(encoding="utf-8") for p in Path(FILE).parent.glob("*.py"))
    for name, told in limits().items():
        assert told["why"]["vi"]
        assert told["why"]["en"]
        assert told["unit"]
        assert f'"{name}"' in code or name.startswith("sign_"), name
    with pytest.raises(KeyError):
        limit("no such limit")


def test_findings_hold_codes_only() -> None:
    """No answer's text and no coordinate: what a finding says is numbers, question names and the words of the check."""
    seen = changed(small(), {i: {"k05": "dk", "present": "Nguyễn Canary", "minutes": 1.0} for i in range(200)})
    for f in people(seen).findings:
        assert "Canary" not in f"{f.expected}{f.got}{f.question}{f.do}"
