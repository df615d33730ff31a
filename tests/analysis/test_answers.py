"""Shares of answers, of channels and of sex by age, against slow loops over people; and which commune is where."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import agesex, answers, shapes
from analysis.design import Design, Lonely
from analysis.sampling.frame import Hamlet
from analysis.tidied import Counts, Tidy
from analysis.weighting.targets import Targets, Total
from analysis.weighting.weighed import Weighed
from forms import load_places, province_folder
from tests.analysis import world

ITEM, GATE = "a01", "exp_any"


def made(seed: int = 3, n: int = 60) -> tuple[Tidy, pd.DataFrame]:
    """A wave of n people in 12 hamlets of 3 strata; every kind of answer and of silence occurs."""
    chance = np.random.default_rng(seed)
    book = world.book()
    given: dict[str, Any] = {v.name: np.full(n, None, dtype=object) for v in book.variables}
    given["consent"][:] = "yes"
    for v in book.variables:
        if v.scale == "A":
            given[v.name][:] = chance.choice(["1", "2", "3", "4", "5", "dk", "ref"], n)
    given[ITEM][0] = None  # asked, and nothing there: missing
    given[GATE][:] = chance.choice(["0", "1", "2", "3plus", "dk", "ref"], n)
    some = np.isin(given[GATE].astype(str), ("1", "2", "3plus"))
    told = chance.choice(["tv", "tv zalo", "meeting speaker tv", "dk", "ref", "other"], n)
    given[answers.CHANNELS][some] = told[some]
    psu = [f"P{i % 12:02d}" for i in range(n)]
    people = pd.DataFrame({
        "wave": 2026, "person": [f"p{i:03d}" for i in range(n)], "psu": psu, "stratum": [f"s{int(p[1:]) % 3}" for p in psu],
        "weight": chance.uniform(1, 9, n).round(2),
    })  # fmt: skip
    days = np.array([date(2026, 10, 5)] * n, dtype=object)
    sampled = tuple(sorted({(2026, s, p) for s, p in zip(people["stratum"], people["psu"], strict=True)}))
    return Tidy(2026, people, given, days, Counts(n, n, 0, n, 0, n, 0, 0, 0, {}), sampled, ("",) * n), people


@pytest.fixture(scope="module")
def computed() -> tuple[Tidy, pd.DataFrame, dict[tuple[str, str], Any]]:
    wave, people = made()
    design = Design("stratum", "psu", "weight", "wave", Lonely("certainty", "certainty"), "domain", wave.sampled)
    book = world.book()
    found = answers.rows(people, pd.DataFrame(answers.columns(book, wave)), design, answers.answers(book))
    return wave, people, {(r.indicator, r.category): r for r in found}


def test_each_answer_is_a_share_of_those_with_an_opinion(computed: Any) -> None:
    wave, people, rows = computed
    given, weight = wave.answers[ITEM], people["weight"].to_numpy()
    real = [i for i, t in enumerate(given) if t in set("12345")]
    for code in "12345":
        row = rows[f"item_{ITEM}", code]
        share = 100 * sum(weight[i] for i in real if given[i] == code) / sum(weight[i] for i in real)
        assert row.estimate == pytest.approx(share)
        assert (row.kind, row.unit, row.n, row.wave) == ("share", "percent", len(real), 2026)
        assert row.lower < row.estimate < row.upper
    assert sum(rows[f"item_{ITEM}", c].estimate for c in "12345") == pytest.approx(100)


def test_no_opinion_and_no_answer_are_shares_of_those_asked(computed: Any) -> None:
    wave, people, rows = computed
    given, weight = wave.answers[ITEM], people["weight"].to_numpy()
    asked = [i for i, t in enumerate(given) if t is not None]
    for code, kind in (("dk", "dont_know"), ("ref", "refused")):
        row = rows[f"item_{ITEM}", code]
        assert row.estimate == pytest.approx(100 * sum(weight[i] for i in asked if given[i] == code) / sum(weight[asked]))
        assert (row.n, dict(row.n_missing)["missing"], dict(row.n_missing)[kind]) == (len(asked), 1, 0)


def test_a_channel_is_a_share_of_everybody_who_was_reached_or_not(computed: Any) -> None:
    """Not reached, or nothing remembered: 0; refused at either question: no answer."""
    wave, people, rows = computed
    gate, named, weight = wave.answers[GATE], wave.answers[answers.CHANNELS], people["weight"].to_numpy()
    known = [i for i in range(len(gate)) if gate[i] in ("0", "dk") or (gate[i] != "ref" and named[i] not in (None, "ref"))]
    for code in ("tv", "zalo", "meeting", "dk"):
        row = rows[answers.CHANNELS, code]
        share = sum(weight[i] for i in known if code in (named[i] or "").split()) / sum(weight[i] for i in known)
        assert row.estimate == pytest.approx(100 * share)
        assert row.n == len(known)
        assert dict(row.n_missing)["refused"] == len(gate) - len(known)
    assert (answers.CHANNELS, "ref") not in rows
    assert rows[answers.CHANNELS, "radio"].estimate == 0.0


def test_the_sides_of_an_item_add_up_to_its_own_share(computed: Any) -> None:
    """An item's level is the egalitarian share among those with an opinion: the report prints both."""
    from analysis.scoring import scores

    wave, people, rows = computed
    book = world.book()
    columns = scores(book, wave, ())
    for v in (x for x in book.variables if x.scale == "A"):
        value = columns[f"item_{v.name}"]
        here = ~np.isnan(value)
        level = 100 * np.average(value[here], weights=people["weight"][here])
        side = "12" if v.reverse else "45"
        assert sum(rows[f"item_{v.name}", c].estimate for c in side) == pytest.approx(level)


def test_the_words_of_every_row_are_there(computed: Any) -> None:
    _, _, rows = computed
    told = answers.described(world.book())
    assert {(i, c) for i, c in rows} <= {(i, c) for i, about in told.items() for c in about["codes"]}
    assert told["item_a02"]["reverse"] is not told["item_a01"]["reverse"]
    assert [c for c, x in told["item_a01"]["codes"].items() if x["why"]] == ["dk", "ref"]
    json.dumps(told)


def test_a_form_without_opinions_or_channels_gives_nothing() -> None:
    book = replace(world.book(), variables=())
    assert (answers.answers(book), answers.described(book)) == ((), {})
    wave, people = made()
    design = Design("stratum", "psu", "weight", "wave", Lonely("certainty", "certainty"), "domain", wave.sampled)
    assert answers.rows(people, pd.DataFrame(index=people.index), design, ()) == ()


# ---- sex and age ---------------------------------------------------------------------------------------------------


def weighed(cells: dict[str, int], totals: dict[str, float], margin: str = "sex*agegroup") -> Weighed:
    """People of each cell, weights 2 x 1.5 x 1, and what is known of the population."""
    pairs = [c.split("*") for c, n in cells.items() for _ in range(n)]
    people = pd.DataFrame({
        "wave": 2026, "sex": [s for s, _ in pairs], "agegroup": [a for _, a in pairs], "w_base": 2.0, "f_household": 1.5,
        "f_response": 1.0, "weight": 1.0,
    })  # fmt: skip
    known = tuple(Total(2026, margin, c, n, "nguồn", date(2026, 1, 1)) for c, n in totals.items())
    return Weighed(people, (), targets=Targets(known))


def test_sex_and_age_against_the_known_totals_by_hand() -> None:
    cells = {"male*a15": 10, "female*a15": 20, "male*a60": 30, "female*a60": 40}
    totals = {"male*a15*t1": 100.0, "male*a15*t2": 50.0, "female*a15*t1": 150.0, "male*a60*t1": 300.0, "female*a60*t2": 400.0}
    found = {(r.category, r.method): r for r in agesex.rows(weighed(cells, totals, "sex*agegroup*stratum_2026"))}
    assert {c: found[c, agesex.SAMPLE].estimate for c in cells} == pytest.approx({c: float(n) for c, n in cells.items()})
    known = {c: found[c, agesex.KNOWN].estimate for c in cells}
    assert known == pytest.approx({"male*a15": 15.0, "female*a15": 15.0, "male*a60": 30.0, "female*a60": 40.0})
    assert {r.publish for r in found.values()} == {"show"}
    assert {r.n for r in found.values()} == {100}


def test_few_people_of_an_age_are_hidden_and_cannot_be_subtracted() -> None:
    cells = {"male*a15": 3, "female*a15": 20, "male*a60": 30, "female*a60": 40}
    found = agesex.rows(weighed(cells, dict.fromkeys(cells, 100.0)))
    hidden = {r.category for r in found if r.publish == "hide"}
    assert hidden == {"male*a15", "female*a15"}
    assert {r.method for r in found if r.publish == "hide"} == {agesex.SAMPLE}
    assert all(r.rule.startswith("count<5") for r in found if r.publish == "hide")


def test_without_a_margin_of_both_there_is_no_row() -> None:
    assert agesex.rows(weighed({"male*a15": 30}, {"male": 100.0}, "sex")) == ()
    assert agesex.rows(replace(weighed({"male*a15": 30}, {"male*a15": 1.0}), targets=None)) == ()


def hamlet(psu: str, commune: str) -> Hamlet:
    return Hamlet(psu, commune, psu, 100, 350, "rural", "s1", "", "1", "nguồn", date(2026, 8, 31))


# ---- places --------------------------------------------------------------------------------------------------------


def test_a_variable_that_splits_a_commune_is_no_map() -> None:
    places = load_places(province_folder())
    one, two = places[0], places[-1]
    hamlets = [hamlet("H1", one.code), hamlet("H2", one.code), hamlet("H3", two.code)]
    mixed = [replace(hamlets[0], khu_vuc="1"), replace(hamlets[1], khu_vuc="2"), hamlets[2]]
    assert "khu_vuc" not in shapes.grouped(mixed, places)
    alike = [replace(h, khu_vuc="1") for h in hamlets[:2]] + [replace(hamlets[2], khu_vuc="3")]
    found = shapes.grouped(alike, places)
    assert found["khu_vuc"] == dict(sorted({one.code: "1", two.code: "3"}.items()))
    assert found["former_province"] == dict(sorted({one.code: one.former_province, two.code: two.former_province}.items()))
    assert shapes.grouped([replace(h, khu_vuc="") for h in hamlets], [replace(p, khu_vuc="") for p in places])["khu_vuc"] == {}


def test_shapes_are_the_provinces_communes_and_small(tmp_path: Any) -> None:
    found = shapes.shapes(province_folder())
    assert set(found) == {p.code for p in load_places(province_folder())}
    assert len(json.dumps(found)) < 120_000
    assert shapes.shapes(tmp_path) == {}
