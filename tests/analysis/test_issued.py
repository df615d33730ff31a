"""The table of drawn households: every household once, what became of it, its classes, and nobody in it by name."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from analysis.issued import COLUMNS, Heard, households
from analysis.sampling.frame import link
from analysis.tidied import Tidy
from analysis.weighting.outcomes import rates
from forms.errors import BdgError
from tests.analysis import world
from tests.analysis.test_tidy import setting, tidied


def drawn(wave: int = 2026) -> list[world.Drawn]:
    return [d for d in world.province().sample if d.wave == wave]


def reserve(first: world.Drawn) -> world.Drawn:
    return next(d for d in drawn() if d.psu == first.psu and d.status == "reserve")


def test_every_drawn_household_is_there_once_in_sample_order() -> None:
    t = tidied(world.interviews(2026))
    h = t.households
    assert list(h.columns[: len(COLUMNS)]) == list(COLUMNS)
    assert list(zip(h["ssu"], h["status"], h["p_psu"], strict=True)) == [(d.ssu, d.status, d.p_psu) for d in drawn()]
    assert len(h) == t.counts.drawn
    assert h["issued"].sum() == t.counts.main
    common = link(world.province().frame, [(2026, d.psu) for d in drawn()])
    assert list(h["psu"]) == [common[2026, d.psu] for d in drawn()]


def test_interviews_are_the_people_of_the_microdata() -> None:
    t = tidied(world.interviews(2026))
    mine = t.households.dropna(subset=["person"]).set_index("person")
    people = t.people.set_index("person")
    assert set(mine.index) == set(people.index)
    assert (mine["disposition"] == "I").all()
    assert (t.households["disposition"] == "I").sum() == len(people)
    for name in ("stratum", "psu", "ssu", "p_psu", "p_household", "n_eligible", "sex", "age"):
        assert list(mine.loc[people.index, name]) == list(people[name]), name


def test_classes_are_those_of_the_people() -> None:
    for wave in (2026, 2030):
        t = tidied(world.interviews(wave)) if wave == 2026 else _later()
        mine = t.households.dropna(subset=["person"]).set_index("person").loc[list(t.people["person"])]
        names = ("area", "khu_vuc", "dtts", *(f"{c}_{y}" for c in ("stratum", "area", "khu_vuc", "dtts") for y in (2026, 2030)))
        for name in names:
            one, two = mine[name].fillna("").tolist(), t.people[name].fillna("").tolist()
            assert one == two, name
        assert (t.households[f"stratum_{wave}"] == t.households["stratum"]).all()
        assert (t.households["psu_households"] > 0).all()


def _later() -> Tidy:
    return tidied(world.interviews(2030), wave=2030, window=setting(2030).window)


def test_dispositions_of_every_kind() -> None:
    some = world.interviews(2026)
    done = [i for i in some if i.answers["result"] == "completed"]
    codes = ["nobody_home", "absent", "incapable", "moved", "not_found", "no_eligible", "refused", None]
    changed = {i.instance_id: code for i, code in zip(done, codes, strict=False)}
    given = [
        replace(i, answers={**i.answers, "result": changed[i.instance_id], "consent": None}) if i.instance_id in changed else i
        for i in some
    ]
    left_out = next(i for i in some if i.instance_id not in changed)
    h = tidied([i for i in given if i is not left_out]).households
    place = {(i.answers["ssu"], i.answers["psu"]): i for i in some}
    where = {i.instance_id: key for key, i in place.items()}
    by = {(d.ssu, d.psu): row for d, row in zip(drawn(), h.to_dict("records"), strict=True)}
    group = {code: by[where[i]]["disposition"] for i, code in changed.items()}
    assert group == {
        "nobody_home": "NC", "absent": "NC", "incapable": "O", "moved": "NE", "not_found": "UH", "no_eligible": "NE",
        "refused": "R", None: "UO",
    }  # fmt: skip
    silent = by[where[left_out.instance_id]]
    assert (silent["result"], silent["disposition"], silent["issued"]) == ("", "UH", True)
    assert by[where[next(i for i, c in changed.items() if c == "absent")]]["sex"] in ("male", "female")  # the roster is known
    spare = [row for row in h.to_dict("records") if row["status"] == "reserve"]
    assert {(r["disposition"], r["issued"], r["result"]) for r in spare} == {("", False, "")}


def test_an_unknown_result_stops() -> None:
    some = world.interviews(2026)
    bad = replace(some[0], answers={**some[0].answers, "result": "postponed", "consent": None})
    with pytest.raises(BdgError) as fault:
        tidied([bad, *some[1:]])
    assert fault.value.problems[0].code == "STAT-090"


def test_a_reserve_is_issued_by_a_form_or_by_its_release() -> None:
    some = world.interviews(2026)
    lost = next(d for d in drawn() if d.status == "main")
    spare = reserve(lost)
    refused = {"result": "refused", "consent": "no"}
    given = [
        replace(i, answers={**i.answers, **refused}) if (i.answers["psu"], i.answers["ssu"]) == (lost.psu, lost.ssu) else i
        for i in some
    ]
    more = next(world.interview(spare, seed) for seed in range(9) if world.interview(spare, seed).answers["consent"] == "yes")
    h = tidied([*given, more], replaces={spare.key: lost.key}).households
    row = next(r for d, r in zip(drawn(), h.to_dict("records"), strict=True) if d.key == spare.key)
    assert (row["issued"], row["disposition"], row["replaces"], row["status"]) == (True, "I", lost.ssu, "reserve")
    assert row["p_household"] == lost.p_household
    first = next(r for d, r in zip(drawn(), h.to_dict("records"), strict=True) if d.key == lost.key)
    assert first["disposition"] == "R"
    without = tidied(given).households
    main = [t for t in rates(h, by=None).tallies if t.cases == "main"]
    assert main == [t for t in rates(without, by=None).tallies if t.cases == "main"]  # the reserve moves no headline
    silent = tidied(given, replaces={spare.key: lost.key}).households
    assert Counter(silent["disposition"])["UH"] == Counter(without["disposition"])["UH"] + 1  # released, no form: not worked


def test_nothing_names_a_person_or_a_place() -> None:
    t = tidied(world.interviews(2026))
    text = t.households.to_csv()
    assert "GL-" not in text
    assert "2026-10-" not in text
    assert not set(t.households.columns) & {"commune", "hamlet", "select_u", "prn", "household", "instance_id"}
    assert not any(i.removeprefix("uuid:") in text for i in t.instances)


def test_a_table_without_any_form() -> None:
    found = households(setting(), link(world.province().frame, [(2026, d.psu) for d in drawn()]), {})
    assert set(found.loc[found["status"] == "main", "disposition"]) == {"UH"}
    assert found["age"].isna().all()
    heard = {(drawn()[0].psu, drawn()[0].ssu): Heard("absent", "3", "female", "44", None)}
    one = households(setting(), link(world.province().frame, [(2026, d.psu) for d in drawn()]), heard).iloc[0]
    assert (one["disposition"], one["n_eligible"], one["sex"], one["age"]) == ("NC", 3.0, "female", 44.0)
    assert found["certainty"].dtype.kind == "i"
    assert np.isfinite(found["p_household"]).all()
