"""Every rule for a stratum with one PSU in one call: the same numbers as rule by rule, from one pass over the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from analysis import sensitivity
from analysis.backends import frame_source
from analysis.change import change
from analysis.design import Design, Lonely, LonelyRule
from analysis.estimate import estimate
from analysis.sensitivity import Once
from analysis.totals import Request, Totals, TotalsSource
from forms.errors import BdgError
from tests.analysis import by_force

RULES = get_args(LonelyRule)
DESIGN = Design("h", "i", "w", "t", Lonely("certainty", "certainty"), "domain")


def lonely(seed: int = 1) -> pd.DataFrame:
    """Two waves; in the later one stratum S1 has one PSU."""
    data = by_force.people(seed, waves=(1, 2))
    return data[(data["t"] == 1) | (data["h"] != "S1") | (data["i"] == "10")].reset_index(drop=True)


def ruled(rule: Any) -> Design:
    return replace(DESIGN, lonely=Lonely(rule, rule))


@pytest.mark.parametrize("stat", ["mean", "total", "proportion", "ratio", "variance"])
def test_levels_under_every_rule(stat: Any) -> None:
    data = lonely()
    y: Any = {"proportion": "yes", "ratio": ("y", "x")}.get(stat, "y")
    found = sensitivity(data, DESIGN, y, stat=stat, by=((), ("sex",)))
    assert [r.method for r in found] == [rule for rule in RULES for _ in range(6)]
    for rule in RULES[1:]:
        alone = estimate(data, ruled(rule), y, stat=stat, by=((), ("sex",)))
        ours = [r for r in found if r.method == rule]
        assert [(r.wave, r.domain, r.estimate, r.se, r.lower, r.df, r.status) for r in ours] == [
            (r.wave, r.domain, r.estimate, r.se, r.lower, r.df, r.status) for r in alone
        ]
    assert len({r.estimate for r in found if r.wave == 2 and not r.domain and r.estimate is not None}) == 1
    ses = {r.method: r.se for r in found if r.wave == 2 and not r.domain}
    assert len({round(v, 9) for m, v in ses.items() if v is not None and m != "certainty"}) >= 3


def test_a_rule_that_stops_says_why_and_the_others_go_on() -> None:
    found = sensitivity(lonely(), DESIGN, "y")
    stopped = [r for r in found if r.method == "fail"]
    assert [(r.wave, r.status) for r in stopped] == [(1, "ok"), (2, "not_estimable")]
    assert (stopped[1].estimate, stopped[1].se, stopped[1].lower, stopped[1].deff) == (None, None, None, None)
    assert "S1" in stopped[1].reason
    assert " | " in stopped[1].reason
    assert all(r.estimate is not None for r in found if r.method != "fail")
    whole = by_force.people(1, waves=(1, 2))
    assert len({(r.wave, r.estimate, r.se) for r in sensitivity(whole, DESIGN, "y")}) == 2  # nobody is alone: all rules agree


def test_changes_under_every_rule() -> None:
    data = lonely(2)
    found = sensitivity(data, DESIGN, "y", wave=2, base=1, by=("sex",))
    assert {r.estimand for r in found} == {"diff"}
    for rule in RULES[1:]:
        alone = change(data, ruled(rule), "y", wave=2, base=1, by=("sex",), reading="points")
        assert [(r.estimate, r.se, r.df) for r in found if r.method == rule] == [(r.estimate, r.se, r.df) for r in alone]
    assert {r.status for r in found if r.method == "fail"} == {"not_estimable"}
    assert found.frame["method"].nunique() == len(RULES)
    assert "<table" in found._repr_html_()


class Counting:
    """A source that counts how often it is asked for sums."""

    def __init__(self, inner: TotalsSource) -> None:
        self.inner, self.asked = inner, 0

    @property
    def names(self) -> tuple[str, ...]:
        return self.inner.names

    def totals(self, request: Request) -> Totals:
        self.asked += 1
        return self.inner.totals(request)

    def arrays(self, columns: Sequence[str]) -> Mapping[str, Any]:
        return self.inner.arrays(columns)


@pytest.mark.parametrize(("options", "passes"), [({}, 1 + 2), ({"wave": 2, "base": 1}, 1)])
def test_the_data_are_read_once(options: Any, passes: int) -> None:
    """And under fail once more for each wave whose levels are asked, to tell which of them stops."""
    counting = Counting(frame_source(lonely(3), DESIGN))
    assert isinstance(counting, TotalsSource)
    found = sensitivity(counting, DESIGN, "y", by=((), ("area",)), **options)
    assert counting.asked == passes
    assert [r.se for r in found] == [r.se for r in sensitivity(lonely(3), DESIGN, "y", by=((), ("area",)), **options)]
    once = Once(counting, {})
    assert once.names == counting.names
    assert np.array_equal(once.arrays(("y",))["y"], counting.arrays(("y",))["y"])


def test_other_refusals_are_refusals() -> None:
    """Only the rule's own stop becomes a row: a column that is not there is the caller's mistake."""
    for options, code in (
        ({"y": "nothing"}, "STAT-002"),
        ({"stat": "magic"}, "STAT-011"),
        ({"wave": 2}, "STAT-011"),
        ({"wave": 9, "base": 1}, "STAT-008"),
    ):
        with pytest.raises(BdgError) as caught:
            sensitivity(lonely(), DESIGN, **{"y": "y", **options})
        assert caught.value.problems[0].code == code
