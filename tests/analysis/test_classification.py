"""Results by the first and by a later classification: the columns of people, the extra groups, and groups that are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import pytest

from analysis.indicators import by_every_year, domain_columns
from analysis.sampling.frame import Frame, Link
from forms import load_plan, province_folder
from forms.errors import BdgError
from forms.plan import Plan
from tests.analysis import world
from tests.analysis.test_tidy import tidied

COMMUNES = {"p1": "21025", "p2": "21028", "p3": "21115"}


def plan(*only: str) -> Plan:
    whole = load_plan(province_folder())
    return replace(whole, domains=tuple(d for d in whole.domains if not only or d.id in only))


def people(**columns: list[Any]) -> pd.DataFrame:
    """Three people of three hamlets; the 2030 classification says the same as that of 2026 unless told otherwise."""
    base: dict[str, list[Any]] = {
        "psu": ["p1", "p2", "p3"], "sex": ["female", "male", "female"], "age": [17.0, 45.0, 70.0],
        "agegroup": ["a16_30", "a31_59", "a60"], "area": ["urban", "rural", "rural"],
        "ethnic2": ["kinh", "minority", "minority"], "poor2": ["poor", "not", "not"], "khu_vuc": [None, "2", "3"],
        "dtts": ["0", "1", "1"], "former_province": ["quang_ngai", "kon_tum", "kon_tum"],
    }  # fmt: skip
    for year in (2026, 2030):
        base |= {f"{c}_{year}": list(columns.get(c, base[c])) for c in ("area", "khu_vuc", "dtts")}
    return pd.DataFrame({**base, **columns}, dtype=object)


# ---- groups by a later classification ------------------------------------------------------------------------------


def test_no_group_is_repeated_where_both_classifications_agree() -> None:
    found, refused = domain_columns(people(), plan())
    assert refused == {}
    assert set(found) == {d.id for d in plan().domains}


def test_groups_come_again_where_the_later_classification_differs() -> None:
    """The second hamlet is a town and zone III by 2030: every group that rests on area or zone, and no other, comes twice."""
    found, refused = domain_columns(people(area_2030=["urban", "urban", "rural"], khu_vuc_2030=[None, "3", "3"]), plan())
    assert refused == {}
    assert set(found) - {d.id for d in plan().domains} == {"area_2030", "khu_vuc_2030", "minority_special_2030"}
    assert found["area"].tolist() == ["urban", "rural", "rural"]
    assert found["area_2030"].tolist() == ["urban", "urban", "rural"]
    assert found["minority_special"].tolist() == [None, None, "minority_special"]
    assert found["minority_special_2030"].tolist() == [None, "minority_special", "minority_special"]
    assert "women_rural_2030" not in found  # the woman in a rural hamlet is the same one


def test_a_group_of_women_follows_when_a_womans_hamlet_changes() -> None:
    found, _ = domain_columns(people(area_2030=["urban", "rural", "urban"]), plan())
    assert found["women_rural"].tolist() == [None, None, "women_rural"]
    assert found["women_rural_2030"].tolist() == [None, None, None]


def test_the_plan_gains_the_repeated_groups_with_the_year_in_their_label() -> None:
    found, refused = domain_columns(people(area_2030=["urban", "urban", "rural"]), plan())
    wider = by_every_year(plan(), [*found, *refused])
    ids = [d.id for d in wider.domains]
    assert ids[ids.index("area") + 1] == "area_2030"
    assert len(ids) == len(plan().domains) + 1
    (area,) = [d for d in wider.domains if d.id == "area_2030"]
    assert (area.label.vi, area.label.en) == ("Khu vực sống (phân loại năm 2030)", "Area (2030 classification)")
    assert [(c.code, c.label.vi) for c in area.codes] == [
        ("urban", "Thành thị (phân loại năm 2030)"), ("rural", "Nông thôn (phân loại năm 2030)"),
    ]  # fmt: skip
    assert wider.digest == plan().digest
    assert by_every_year(plan(), [d.id for d in plan().domains]) == plan()


def test_three_waves_repeat_only_what_differs_from_the_first() -> None:
    told = people(area_2028=["rural", "rural", "rural"], khu_vuc_2028=[None, "2", "3"], dtts_2028=["0", "1", "1"])
    found, _ = domain_columns(told, plan("area"))
    assert set(found) == {"area", "area_2028"}
    wider = by_every_year(plan("area"), found)
    assert [d.id for d in wider.domains] == ["area", "area_2028"]


# ---- groups that would silently leave people out -------------------------------------------------------------------


def test_zones_known_of_some_hamlets_only_are_refused_with_the_number_of_communes() -> None:
    """The classic mistake: `khu_vuc = 3` is false where nobody filled it in, and the group looks complete."""
    found, refused = domain_columns(people(khu_vuc=[None, None, "3"], dtts=["0", "1", "1"]), plan(), COMMUNES)
    assert "minority_special" not in found
    assert set(refused) == {"khu_vuc", "minority_special"}
    assert "1 xã (1 địa bàn mẫu) chưa có «khu_vuc»" in refused["minority_special"].vi
    assert "1 communes (1 sampled hamlets)" in refused["khu_vuc"].en
    _, refused = domain_columns(people(khu_vuc=[None, None, "3"], dtts=[None, "1", "1"]), plan(), COMMUNES)
    assert "2 xã (2 địa bàn mẫu) chưa có «khu_vuc»" in refused["khu_vuc"].vi
    assert "1 xã (1 địa bàn mẫu) chưa có «dtts»" in refused["dtts"].vi


def test_outside_the_zones_nothing_is_lacking() -> None:
    found, refused = domain_columns(people(), plan(), COMMUNES)
    assert refused == {}
    assert found["khu_vuc"].tolist() == [None, "2", "3"]


def test_without_a_list_of_communes_hamlets_are_counted_and_without_hamlets_people() -> None:
    lacking = people(khu_vuc=[None, None, "3"])
    assert "còn 1 địa bàn mẫu chưa" in domain_columns(lacking, plan())[1]["khu_vuc"].vi
    assert "còn 1 người chưa" in domain_columns(lacking.drop(columns="psu"), plan())[1]["khu_vuc"].vi


def test_a_condition_on_a_zone_is_guarded_even_when_the_plan_forgot_to_say_needs() -> None:
    bare = plan("minority_special")
    bare = replace(bare, domains=tuple(replace(d, needs=None) for d in bare.domains))
    assert set(domain_columns(people(khu_vuc=[None, None, "3"]), bare)[1]) == {"minority_special"}


def test_an_empty_column_is_refused_and_a_later_one_that_is_filled_is_not() -> None:
    """khu_vuc came only with the list of 2029: the 2030 classification can be given, the 2026 one cannot."""
    told = people(khu_vuc=[None] * 3, khu_vuc_2030=[None, "2", "3"])
    found, refused = domain_columns(told, plan("khu_vuc", "minority_special"))
    assert set(refused) == {"khu_vuc", "minority_special"}
    assert set(found) == {"khu_vuc_2030", "minority_special_2030"}
    told = people(khu_vuc_2030=[None, None, "3"])
    found, refused = domain_columns(told, plan("khu_vuc"))
    assert (set(found), set(refused)) == ({"khu_vuc"}, {"khu_vuc_2030"})


# ---- the columns of people -----------------------------------------------------------------------------------------


@cache
def town() -> str:
    """An urban commune with a drawn hamlet in which somebody was interviewed in 2026."""
    by = world.province().frame.by_psu()
    met = {i.answers["psu"] or "" for i in world.interviews(2026) if i.answers["consent"] == "yes"}
    return min(by[psu].commune for psu in met if by[psu].area == "urban")


def changed(how: str) -> Frame:
    """The practice frame; every hamlet of one phường is rural by 2030, written in a column or by new rows."""
    frame = world.province().frame
    inside = [h for h in frame.hamlets if h.commune == town()]
    if how == "column":
        return replace(frame, hamlets=tuple(
            replace(h, extra={**h.extra, "area_2030": "rural" if h in inside else ""}) for h in frame.hamlets
        ))  # fmt: skip
    born = date(2029, 5, 1)
    ended = frame.retired()
    new = tuple(replace(h, psu=f"{h.psu}-R", area="rural", as_of=born) for h in inside if h.psu not in ended)
    links = tuple(Link(h.psu.removesuffix("-R"), h.psu, "renamed", h.households, born, "") for h in new)
    return Frame((*frame.hamlets, *new), (*frame.links, *links))


@pytest.mark.parametrize("how", ["column", "rows"])
def test_people_carry_their_class_by_every_wave(how: str) -> None:
    frame = changed(how)
    t = tidied(world.interviews(2026), frame=frame)
    home = {d.psu: d.commune for d in world.province().sample if d.wave == 2026}
    by = world.province().frame.by_psu()
    there = t.people["psu"].map(home) == town()
    assert (set(t.people["area_2026"][there]), set(t.people["area_2030"][there])) == ({"urban"}, {"rural"})
    assert t.people["area"].tolist() == t.people["area_2026"].tolist() == [by[p].area for p in t.people["psu"]]
    assert t.people["area_2030"].tolist() == [
        "rural" if home[p] == town() else by[p].area for p in t.people["psu"]
    ]  # fmt: skip
    assert t.people["stratum_2026"].tolist() == t.people["stratum"].tolist()
    assert t.people["stratum_2030"].tolist() == [by[p].stratum_in(2030) for p in t.people["psu"]]
    assert "commune" not in t.people.columns


def test_a_form_filled_in_under_a_retired_id_says_what_it_became() -> None:
    """The hamlet was merged in 2025 and its new id is not in the sample: the enumerator used an old list."""
    frame = world.province().frame
    drawn = {d.psu for d in world.province().sample}
    old, new = [h for h in frame.hamlets if h.psu not in drawn and h.psu not in frame.retired()][:2]
    frame = replace(frame, links=(*frame.links, Link(old.psu, new.psu, "renamed", old.households, date(2025, 3, 1), "QĐ 3")))
    some = world.interviews(2026)
    some = [replace(some[0], answers={**some[0].answers, "psu": old.psu}), *some[1:]]
    with pytest.raises(BdgError) as fault:
        tidied(some, frame=frame)
    (found,) = fault.value.problems
    assert (found.code, found.got) == ("DATA-032", old.psu)
    assert f"{new.psu}, renamed, 2025-03-01, QĐ 3" in found.text()
