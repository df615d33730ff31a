"""What two waves share: counted by hand and against sets, with moved, new and dissolved PSUs and with people of a panel."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design import Design, Lonely
from analysis.overlap import overlap
from forms.errors import BdgError
from tests.analysis import by_force

WAVES = Design("h", "i", "w", "t", Lonely("certainty", "certainty"), "design")


def test_by_hand() -> None:
    """2026: A 1 2 3, B 4 5. 2030: A 1 2 4, C 6; 3 and 5 were left, 4 came over from B, 6 is new."""
    rows = [(2026, "A", "1"), (2026, "A", "2"), (2026, "A", "3"), (2026, "B", "4"), (2026, "B", "5")]
    rows += [(2030, "A", "1"), (2030, "A", "2"), (2030, "A", "4"), (2030, "C", "6")]
    data = pd.DataFrame(rows, columns=["t", "h", "i"]).assign(w=1.0)
    found = overlap(data, WAVES, base=2026, wave=2030)
    table = {s.stratum: (s.base, s.now, s.common, s.came, s.left, s.kept) for s in (*found.strata, found.whole)}
    assert table["A"] == (3, 3, 2, 1, 0, 1.0)
    assert table["B"] == (2, 0, 0, 0, 1, None)
    assert table["C"] == (0, 1, 0, 0, 0, 0.0)
    assert table[""] == (5, 4, 2, 1, 1, 0.75)
    assert (found.base, found.now, found.persons, found.people) == (2026, 2030, None, (5, 4))
    assert list(found.frame["stratum"]) == ["A", "B", "C", ""]
    assert found.frame["kept"].isna().sum() == 1
    assert "75%" in found._repr_html_()


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_against_sets(seed: int) -> None:
    data = by_force.people(seed, waves=(1, 2, 3), keep=0.6, move=0.3)
    found = overlap(data, WAVES, base=1, wave=3)
    home = {t: dict(zip(d["i"], d["h"], strict=True)) for t, d in data.groupby("t")}
    common = home[1].keys() & home[3].keys()
    stayed = {i for i in common if home[1][i] == home[3][i]}
    assert (found.whole.base, found.whole.now) == (len(home[1]), len(home[3]))
    assert (found.whole.common, found.whole.came, found.whole.left) == (len(stayed), len(common - stayed), len(common - stayed))
    assert found.whole.kept == pytest.approx(len(common) / len(home[3]))
    assert sum(s.common for s in found.strata) == len(stayed)
    assert sum(s.came for s in found.strata) == sum(s.left for s in found.strata) == len(common - stayed)
    assert [s.stratum for s in found.strata] == sorted({*home[1].values(), *home[3].values()})
    back = overlap(data, WAVES, base=3, wave=1)
    assert back.whole.common == found.whole.common


def test_people_of_a_panel() -> None:
    """Ids that answered in both waves, each counted once; an empty id is nobody's."""
    data = by_force.people(1, waves=(1, 2))
    data["id"] = [f"p{n}" for n in range((data["t"] == 1).sum())] + [f"p{n + 5}" for n in range((data["t"] == 2).sum())]
    found = overlap(data, WAVES, base=1, wave=2, person="id")
    one, two = (set(data.loc[data["t"] == t, "id"]) for t in (1, 2))
    assert found.persons == len(one & two)
    assert found.people == (len(one), len(two))
    numbers = overlap(data.assign(id=data["id"].str[1:].astype(int)), WAVES, base=1, wave=2, person="id")
    assert numbers.persons == found.persons
    data.loc[data["id"].isin(sorted(one & two)[:3]), "id"] = None
    assert overlap(data, WAVES, base=1, wave=2, person="id").persons == len(one & two) - 3


def test_psus_drawn_without_interviews_are_part_of_it() -> None:
    data = by_force.people(2, waves=(1, 2), keep=0.5)
    drawn = {(t, h, i) for t, h, i in zip(data["t"], data["h"], data["i"], strict=True)} | {(1, "S0", "void"), (2, "S0", "void")}
    plain, more = overlap(data, WAVES, base=1, wave=2), overlap(data, replace(WAVES, sampled=tuple(drawn)), base=1, wave=2)
    assert (more.whole.base, more.whole.now, more.whole.common) == tuple(
        n + 1 for n in (plain.whole.base, plain.whole.now, plain.whole.common)
    )
    assert more.people == plain.people


def test_what_cannot_be() -> None:
    data = by_force.people(3, waves=(1, 2))
    for options, code in (({"person": "nobody"}, "STAT-002"), ({"wave": 9}, "STAT-008")):
        with pytest.raises(BdgError) as caught:
            overlap(data, WAVES, **{"base": 1, "wave": 2, **options})
        assert caught.value.problems[0].code == code
