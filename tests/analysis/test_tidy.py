"""People out of submissions: who stays, what a blank means, and what must never be in the table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.masks import mask
from analysis.readers.raw import File, Raw, finish
from analysis.sampling.practice import WINDOWS
from analysis.tidied import Tidy
from analysis.tidy import Setting, tidy
from analysis.weighting.base import summary, weighted
from forms import load_former, load_places, load_plan, province_folder
from forms.condition import Both, Chose, Compare, Condition, Either, Not, holds
from forms.errors import BdgError
from forms.submission import Submission
from tests.analysis import world


@cache
def setting(wave: int = 2026) -> Setting:
    places = load_places(province_folder())
    return Setting(
        wave, WINDOWS[wave], world.province().frame, world.province().sample, "salt", load_plan(province_folder()).bands,
        {p.code: p.name for p in places}, load_former(province_folder()), {p.code: p.former_province for p in places},
    )  # fmt: skip


def submissions(some: Sequence[world.Interview]) -> tuple[Submission, ...]:
    path = {v.name: v.path for v in world.book().variables}
    rows = [
        Raw(i.instance_id, "", "", "", None, None, {path[k]: t for k, t in i.answers.items()},
            {"m1/member": [{path[k]: t for k, t in m.items()} for m in i.members]})
        for i in some
    ]  # fmt: skip
    return finish(File("test", "xml", tuple(rows), None), world.book())


def tidied(some: Sequence[world.Interview], **more: Any) -> Tidy:
    return tidy(submissions(some), world.book(), replace(setting(), **more))


def code(some: Sequence[world.Interview], **more: Any) -> str:
    with pytest.raises(BdgError) as fault:
        tidied(some, **more)
    assert fault.value.exit_code == 11
    return fault.value.problems[0].code


def test_counts_add_up() -> None:
    some = world.interviews(2026)
    t = tidied(some)
    consent = [i.answers["consent"] for i in some]
    assert t.counts.interviewed == consent.count("yes") == len(t.people)
    assert t.counts.no_consent == consent.count("no") > 0
    assert t.counts.main == 56
    assert t.counts.reserve == 14
    assert t.counts.interviewed + t.counts.no_consent + t.counts.not_interviewed == 56
    assert sum(t.counts.contacts.values()) == 56
    assert len(t.sampled) == 14


def test_a_household_without_a_form_is_counted() -> None:
    t = tidied(world.interviews(2026)[1:])
    assert t.counts.contacts["no_form"] == 1


def test_rejected_submissions_leave_and_are_counted() -> None:
    given = submissions(world.interviews(2026))
    marked = tuple(replace(s, review="rejected") if n < 3 else s for n, s in enumerate(given))
    t = tidy(marked, world.book(), setting())
    assert t.counts.rejected == 3
    assert t.counts.submissions == 56


def test_a_later_visit_replaces_an_empty_one() -> None:
    some = world.interviews(2026)
    done = next(i for i in some if i.answers["result"] == "completed")
    first = replace(
        done,
        instance_id="uuid:first",
        answers={**done.answers, "contact": "nobody_home", "result": "nobody_home", "consent": None},
    )
    t = tidied([*some, first])
    assert t.counts.interviewed == tidied(some).counts.interviewed
    assert code([*some, replace(done, instance_id="uuid:second")]) == "DATA-021"


def test_not_asked_is_not_missing() -> None:
    some = [i for i in world.interviews(2026) if i.answers["consent"] == "yes"]
    age = [int(i.answers["age"] or 0) for i in some]
    some = [replace(i, answers={**i.answers, "alone": "no" if n % 2 else "yes"}) for n, i in enumerate(some)]
    some = world.change(
        some,
        lambda a: {
            "v01": "yes" if a["alone"] == "yes" and int(a["age"] or 0) >= 18 else None,
            "k01": None,
            "k02": "dk",
            "k03": "ref",
        },
    )
    t = tidied(some)
    asked = sum(a >= 18 and n % 2 == 0 for n, a in enumerate(age))
    assert (t.people["v01__why"] == "answered").sum() == asked
    assert (t.people["v01__why"] == "not_asked").sum() == len(some) - asked
    assert set(t.people["k01__why"]) == {"missing"}
    assert set(t.people["k02__why"]) == {"dont_know"}
    assert set(t.people["k03__why"]) == {"refused"}
    assert t.people["k02"].isna().all()


def test_nothing_identifies_a_person() -> None:
    t = tidied(world.interviews(2026))
    private = {v.name for v in world.book().variables if v.private}
    assert private
    columns = set(map(str, t.people.columns))
    assert not columns & (private | {"household", "commune", "interview_date", "start", "end", "deviceid", "ref_code", "hamlet"})
    flat = t.people.astype(str).to_csv()
    assert "practice:1" not in flat
    assert "2026-10-" not in flat
    assert "ab12cd34ef567" not in flat
    ids = {i.instance_id for i in world.interviews(2026)}
    assert not any(i.removeprefix("uuid:") in flat for i in ids)
    assert all(len(p) == 16 for p in t.people["person"])
    again = tidied(world.interviews(2026), salt=hashlib.sha256(b"other").hexdigest())
    assert not set(again.people["person"]) & set(t.people["person"])


def test_derived_columns() -> None:
    some = world.change(
        world.interviews(2026), lambda a: {"ethnicity": "ref", "poor": "near_poor"} if a["consent"] == "yes" else {}
    )
    t = tidied(some)
    assert t.people["ethnic2"].isna().all()
    assert set(t.people["poor2"]) == {"poor"}
    frame = world.province().frame.by_psu()
    for psu, area in zip(t.people["psu"], t.people["area"], strict=True):
        assert frame[psu].area == area
    assert set(t.people["former_province"]) == {"quang_ngai", "kon_tum"}
    for age, band in zip(t.people["age"], t.people["agegroup"], strict=True):
        assert band == ("a15" if age == 15 else "a16_30" if age <= 30 else "a31_59" if age <= 59 else "a60")


def test_wave_mix_up() -> None:
    later = world.interviews(2030)
    assert code(later) == "DATA-014"
    assert code(world.change(world.interviews(2026), lambda a: {"interview_date": "2030-10-08"})) == "DATA-014"
    assert code(world.change(world.interviews(2026)[:1], lambda a: {"interview_date": None})) == "DATA-014"
    assert code(world.interviews(2026), window=(date(2026, 10, 6), date(2026, 10, 7))) == "DATA-014"


def test_places_that_are_not_in_the_sample() -> None:
    some = world.interviews(2026)
    assert code(world.change(some, lambda a: {"commune": "99999"})) == "DATA-004"
    old = next(o for o in sorted(setting().former) if o not in setting().communes)
    with pytest.raises(BdgError) as fault:
        tidied(world.change(some[:2], lambda a: {"commune": old}))
    assert fault.value.problems[0].code == "DATA-005"
    assert setting().former[old][0] in str(fault.value)
    assert code(world.change(some, lambda a: {"psu": "GL9999"})) == "DATA-006"
    assert code(world.change(some, lambda a: {"ssu": "999"})) == "DATA-016"
    other = next(h for h in world.province().frame.hamlets if h.psu not in {d.psu for d in world.province().sample})
    assert code(world.change(some[:1], lambda a: {"psu": other.psu, "commune": other.commune})) == "DATA-016"


def test_a_wave_that_was_not_drawn() -> None:
    with pytest.raises(BdgError) as fault:
        tidied(world.interviews(2026), sample=tuple(d for d in world.province().sample if d.wave == 2030))
    assert fault.value.problems[0].code == "DATA-020"
    assert fault.value.exit_code == 2


def test_nobody_agreed() -> None:
    assert code(world.change(world.interviews(2026), lambda a: {"consent": "no", "result": "refused"})) == "DATA-018"


def test_base_weights() -> None:
    t = tidied(world.interviews(2026))
    people = weighted(t.people)
    drawn = {(d.psu, d.ssu): d for d in world.province().sample if d.wave == 2026}
    for row in people.itertuples():
        d = drawn[row.psu, row.ssu]
        assert row.w_base == pytest.approx(1 / (d.p_psu * d.p_household), rel=1e-12)
        assert row.f_household == row.n_eligible
        assert row.weight == row.w_base * row.n_eligible
        assert row.p_person == 1 / row.n_eligible
    made = summary(people["weight"])
    w = people["weight"].to_numpy()
    assert made["deff_kish"] == pytest.approx(len(w) * (w**2).sum() / w.sum() ** 2)


# ---- columns at once agree with one row at a time ------------------------------------------------------------------

NAMES = ("a", "b", "c")
TEXTS = st.sampled_from([None, "", "yes", "no", "1", "18", "17.5", "-3", "tv radio", "dk"])
LEAVES = st.one_of(
    st.builds(
        Compare,
        st.sampled_from(NAMES),
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        st.sampled_from(["yes", "18", "1", "dk"]),
    ),
    st.builds(Compare, st.sampled_from(NAMES), st.sampled_from(["=", "<"]), st.sampled_from(NAMES), st.just(True)),
    st.builds(Chose, st.sampled_from(NAMES), st.sampled_from(["tv", "radio", "yes"])),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Both, st.tuples(inner, inner)),
        st.builds(Either, st.tuples(inner, inner)),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(TREES, st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, TEXTS)), min_size=1, max_size=6))
def test_mask_agrees_with_holds(tree: Condition, rows: list[dict[str, str | None]]) -> None:
    columns = {name: np.array([r[name] for r in rows], dtype=object) for name in NAMES}
    assert mask(tree, columns, len(rows)).tolist() == [holds(tree, r) for r in rows]
