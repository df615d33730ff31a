"""Results that may leave: every hidden number gone from rows and texts, and nothing that depends on one left behind."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
from published_people import results, world

from analysis.publish import STRENGTH
from analysis.publishing import public
from analysis.results import Results, Row, read_results

A15 = (("agegroup", "a15"),)
NUMBERS = ("estimate", "se", "df", "lower", "upper", "p_value", "deff")
CLEARED = ("n", "psus", "strata", "n_missing", "reason", "state", "status", "interval")
MADE = world(1, 600, {"agegroup": {"a15": 0.03}})


def cell(n: int, percent: float) -> dict[str, float]:
    return {"n": n, "percent_weighted": percent}


def given() -> Results:
    found = results(MADE, waves=(2026, 2030))
    head = next(r for r in found.rows if not r.domain and r.kind == "level")
    other = Row("level", "V", "mean", 2026, "point", domain=A15, n=0, n_missing={"not_asked": 19}, status="not_estimable")
    margin = Row("diagnostic", "margin sex*agegroup", "total", 2026, "person", category="male*a15 + male*a16_30", n=40)
    sample = Row("diagnostic", "age_sex", "proportion", 2026, "percent", category="male*a15", n=600, method="before calibration")
    margin, sample = replace(margin, estimate=9000.0), replace(sample, estimate=1.0)
    target = replace(head, kind="target", estimand="rel", wave=2030, base_wave=2026, domain=A15, state="đạt", reason="n = 19")
    texts = {
        **found.texts,
        "sample_profile": {"2026": {"agegroup": {"a15": cell(19, 3.1), "a60": cell(200, 30.0)}}},
        "all_groups": {f"score rel {d}": {"claim": "met", "vi": "đạt", "en": "met"} for d in ("agegroup", "sex")},
        "weighing": {"merged": [{"margin": "m", "categories": ["a"], "respondents": [[3]]}]},
        "dashboard": [
            {"key": target.key, "also": [], "said": {"vi": "19", "en": "19"}, "state": {"vi": "đạt"}, "progress": None},
            {"key": head.key, "also": [], "said": {"vi": "4/5", "en": "4 of 5"}, "state": None, "progress": None},
        ],
    }  # fmt: skip
    return replace(found, rows=(*found.rows, other, margin, sample, target), texts=texts)


def hidden(out: Results) -> list[Row]:
    return [r for r in out.rows if r.publish == "hide"]


def test_a_hidden_row_keeps_its_names_and_loses_every_number() -> None:
    before = {r.key: r for r in given().rows}
    out = public(given())
    assert out.public
    assert [r.key for r in out.rows] == [r.key for r in given().rows]
    assert len(hidden(out)) > 4
    for r in hidden(out):
        assert [getattr(r, name) for name in NUMBERS] == [None] * len(NUMBERS)
        assert (r.n, r.psus, r.strata, dict(r.n_missing), r.reason, r.state) == (0, 0, 0, {}, "", "")
        assert r.rule
        same = {f.name for f in fields(Row)} - {*NUMBERS, *CLEARED, "publish", "rule"}
        assert all(getattr(r, name) == getattr(before[r.key], name) for name in same)
    for r in out.rows:
        assert STRENGTH[r.publish] >= STRENGTH[before[r.key].publish]
        if r.publish != "hide" and not r.domain and r.kind == "level":
            assert r == before[r.key]


def test_texts_say_nothing_of_hidden_groups() -> None:
    out = public(given()).texts
    profile = out["sample_profile"]["2026"]["agegroup"]
    assert profile == {"a15": {"n": None, "percent_weighted": None}, "a60": {"n": 200, "percent_weighted": 30.0}}
    assert out["all_groups"]["score rel agegroup"]["claim"] == "none"
    assert out["all_groups"]["score rel sex"] == {"claim": "met", "vi": "đạt", "en": "met"}
    assert out["weighing"] == {"merged": [{"margin": "m", "categories": ["a"]}]}
    first, second = out["dashboard"]
    assert (first["said"], first["state"]) == (None, None)
    assert second["said"] == {"vi": "4/5", "en": "4 of 5"}


def test_sizes_of_hidden_groups_are_not_told_by_rows_beside() -> None:
    rows = {(r.indicator, r.domain): r for r in public(given()).rows if r.kind in ("level", "diagnostic") and r.wave == 2026}
    assert dict(rows["V", A15].n_missing) == {}  # nobody of 15 is asked: 19 «not asked» would be the size
    assert rows["margin sex*agegroup", ()].n == 0
    assert rows["age_sex", ()].publish == "hide"
    assert dict(rows["score", (("sex", "male"),)].n_missing) == {"missing": 2}  # kinds of no answer only for everybody
    assert dict(rows["score", ()].n_missing) == {"refused": 2}


def test_it_is_idempotent_deterministic_and_survives_the_file(tmp_path: Path) -> None:
    out = public(given())
    assert public(out).json_bytes() == out.json_bytes() == public(given()).json_bytes()
    (tmp_path / "results_public.json").write_bytes(out.json_bytes())
    again = read_results(tmp_path / "results_public.json")
    assert again.public
    assert public(again).json_bytes() == out.json_bytes()
    assert json.loads(out.json_bytes())["public"] is True


def test_what_is_hidden_does_not_show_in_anything_else() -> None:
    """Non-interference: other numbers in every row that is hidden in the end, and not a byte of what leaves is different."""
    one = given()
    gone = {r.key for r in hidden(public(one))}

    def other(r: Row) -> Row:
        if r.key not in gone:
            return r
        changed = replace(r, se=0.7, deff=3.3, n_missing={"refused": 1}, psus=7, reason="!", state="!")
        return replace(changed, estimate=None if r.estimate is None else 99 - r.estimate)

    assert public(replace(one, rows=tuple(map(other, one.rows)))).json_bytes() == public(one).json_bytes()


@pytest.mark.parametrize("texts", [{}, {"domains": {}}, {"domains": {"sex": {"codes": {}}}}])
def test_results_that_tell_nothing_of_their_groups_are_protected_by_structure(texts: dict[str, object]) -> None:
    """Texts of an older version know no boxes: each breakdown still counts as a whole."""
    out = public(replace(results(MADE), texts=texts))
    ages = {r.domain[0][1]: r.publish for r in out.rows if [n for n, _ in r.domain] == ["agegroup"]}
    assert ages["a15"] == "hide"
    assert sorted(ages.values()) == ["hide", "hide", "show", "show"]


def _told(contacts: dict[str, int], **weighing: object) -> Results:
    texts = {"waves": {"2026": {"response": {"contacts": contacts, "drawn": 1500}}}, "weighing": weighing}
    return Results(practice=True, digests={}, rows=(), texts=texts)


@pytest.mark.parametrize(
    ("contacts", "left"),
    [
        ({"completed": 900, "refused": 70, "moved": 7}, {"completed", "refused", "moved"}),
        ({"completed": 900, "refused": 70, "moved": 3, "absent": 9}, {"completed", "refused"}),
        ({"completed": 900, "refused": 70, "moved": 3, "absent": 1}, {"completed", "refused"}),
        ({"completed": 900, "refused": 70, "moved": 0}, {"completed", "refused", "moved"}),
        ({"completed": 900, "refused": 1}, {"completed"}),
        ({}, set()),
    ],
)
def test_results_of_visits_that_few_households_had_are_gone_with_what_would_tell_them(
    contacts: dict[str, int], left: set[str]
) -> None:
    made = public(_told(contacts)).texts["waves"]["2026"]["response"]
    assert {code for code, n in made["contacts"].items() if n is not None} == left
    assert set(made["contacts"]) == set(contacts)
    assert made["drawn"] == 1500


def test_no_single_person_stands_among_the_weights() -> None:
    """The largest weights name persons' strata and households; the steps of the chain stay."""
    given = _told({}, steps=[{"step": "base", "n": 900}], largest=[{"stratum": "a", "n_eligible": 7, "weight": 927.9}])
    assert public(given).texts["weighing"] == {"steps": [{"step": "base", "n": 900}]}


@pytest.mark.parametrize("publish", ["hide", "bracket"])
@pytest.mark.parametrize("rule", ["", "somebody: said so"])
def test_what_somebody_marked_without_a_known_rule_stays_marked(publish: str, rule: str) -> None:
    row = Row("level", "score", "mean", 2026, "point", estimate=55.0, se=1.0, df=60.0, lower=53.0, upper=57.0, n=900)
    other = replace(row, indicator="K")
    given = Results(practice=True, digests={}, rows=(replace(row, publish=publish, rule=rule), other), texts={})
    made = {r.indicator: r for r in public(given).rows}
    assert made["score"].publish == publish
    assert (made["score"].estimate is None) is (publish == "hide")
    assert made["K"].publish == "show"
