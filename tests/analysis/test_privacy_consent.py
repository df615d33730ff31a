"""Consent at the door: what nobody agreed to give is not there; against a plain reading of the form's rules."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.privacy.consent import CONSENTS, honour, notices
from analysis.privacy.daily import unagreed
from forms import Codebook, codebook, load_questionnaire, questionnaire_folder
from forms.condition import names
from forms.submission import Submission
from tests.analysis.rounds_made import book, submissions

AFTER = ("k01", "a01", "education")
SENSITIVE = ("ethnicity", "health")


def path(name: str, form: Codebook | None = None) -> str:
    return (form or book())[name].path


def one(**more: str | None) -> Submission:
    """A person of 40 who agreed to everything and answered some of it."""
    told = {"consent_sensitive": "yes", "ethnicity": "kinh", "age": "40", "education": "upper", "ref_code": "2222-2222", **more}
    return submissions(1, **told)[0]


def left(s: Submission) -> set[str]:
    """Names that still have an answer."""
    (kept,) = honour([s], book()).submissions
    return {v.name for v in book().variables if not v.repeat and kept.answers[v.path] is not None}


def test_the_form_has_its_consents() -> None:
    assert set(CONSENTS) <= {v.name for v in book().variables}
    gated = [v.name for v in book().variables if v.asked_if is not None and "consent" in set(names(v.asked_if))]
    assert len(gated) > 80


def test_who_agreed_keeps_everything() -> None:
    s = one()
    done = honour([s], book())
    assert done.submissions == (s,)
    assert (done.removed, done.lost) == ({}, {})


@pytest.mark.parametrize("said", ["no", "stopped", None])
def test_who_did_not_agree_or_stopped_leaves_no_answer(said: str | None) -> None:
    kept = left(one(consent=said))
    assert not kept & {*AFTER, *SENSITIVE, "consent_sensitive", "ref_code"}
    assert {"psu", "ssu", "commune", "result", "sex", "age", "n_eligible"} <= kept, "the visit is still counted"


@pytest.mark.parametrize("said", ["no", None])
def test_without_the_second_consent_the_sensitive_answers_go_and_only_they(said: str | None) -> None:
    before, after = left(one()), left(one(consent_sensitive=said))
    assert before - after == {"ethnicity"} | (set() if said else {"consent_sensitive"})
    done = honour([one(consent_sensitive=said)], book())
    assert done.removed == {"consent_sensitive": 1}
    assert list(done.lost.values()) == [{"consent_sensitive": 1}]


@pytest.mark.parametrize(
    ("guardian", "assent", "sensitive", "kept"),
    [
        ("yes", "yes", "yes", {"consent", "k01", "ethnicity"}), ("yes", "yes", "no", {"consent", "k01"}),
        ("yes", "no", "yes", set()),
        ("no", "yes", "yes", set()), (None, None, None, set()), ("yes", None, "yes", set()),
    ],
)  # fmt: skip
def test_from_15_to_17_guardian_and_young_person_both_agree(
    guardian: str | None, assent: str | None, sensitive: str | None, kept: set[str]
) -> None:
    """As 20_consent.yaml: the guardian first, then the person; the guardian's second consent for sensitive answers."""
    s = one(age="16", guardian=guardian, assent=assent, guardian_sensitive=sensitive)
    assert left(s) & {"consent", "k01", "ethnicity"} == kept


def test_conditions_that_are_no_consent_are_left_to_the_engine() -> None:
    """An answer whose question waits for another answer, not for a consent, stays as it came."""
    form = book()
    other = next(
        v for v in form.variables
        if v.asked_if is not None and not v.repeat and v.type == "code" and set(names(v.asked_if)) - set(CONSENTS) - {"available"}
        and not {"age", *CONSENTS} & set(names(v.asked_if))
    )  # fmt: skip
    s = one()
    s = replace(s, answers={**s.answers, other.path: other.codes[0]})
    assert honour([s], form).submissions == (s,)


def test_a_form_without_consent_is_left_alone() -> None:
    form = codebook(load_questionnaire(questionnaire_folder("unit")))
    s = Submission(
        "uuid:1", "uuid:1", form.form_id, "1", form.digest, None, "csv", None, None, {v.path: "1" for v in form.variables}, {}
    )
    assert honour([s], form).submissions == (s,)


def test_answers_in_a_repeat_are_gated_too() -> None:
    form = book()
    inside = [v for v in form.variables if v.repeat and v.asked_if is not None and set(names(v.asked_if)) & set(CONSENTS)]
    for v in inside:
        s = replace(one(consent="no"), repeats={v.repeat: ({v.path: "1"}, {v.path: None})})
        (kept,) = honour([s], form).submissions
        assert [row[v.path] for row in kept.repeats[v.repeat]] == [None, None]


@given(st.lists(st.sampled_from(["yes", "no", "stopped", None]), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_many_at_once_are_each_alone(said: list[str | None]) -> None:
    each = [replace(one(consent=c), instance_id=f"uuid:{n}") for n, c in enumerate(said)]
    done = honour(each, book())
    assert list(done.submissions) == [honour([s], book()).submissions[0] for s in each]
    assert len(done.lost) == sum(c != "yes" for c in said)
    assert honour(done.submissions, book()).removed == {}, "a second time nothing is left to remove"


def test_what_was_left_out_is_told_in_counts_and_codes() -> None:
    done = honour([one(consent_sensitive="no"), one(consent="no")], book())
    told = notices(done, 2026)
    assert {(f.check, f.severity, f.wave, f.question) for f in told} == {("no_consent", "yellow", 2026, n) for n in done.removed}
    assert [f.got for f in told] == [str(n) for n in done.removed.values()]
    assert len({f.id for f in told}) == len(told)
    assert not {f.instance_id for f in told} - {""}


def test_the_daily_check_names_the_submissions() -> None:
    """One finding a submission and consent; rejected visits are left to those who rejected them."""
    people = [one(consent_sensitive="no"), one(), one(consent_sensitive="no")]
    each = tuple(replace(s, instance_id=f"uuid:{n}") for n, s in enumerate(people))
    reviews = (None, None, "rejected")
    visits = [SimpleNamespace(instance_id=f"uuid:{n}", psu=f"P{n}", enumerator="3", review=r) for n, r in enumerate(reviews)]
    told = unagreed(cast("Any", SimpleNamespace(submissions=each, visits=visits, book=book())))
    (f,) = told.findings
    assert (f.instance_id, f.psu, f.enumerator, f.question, f.got) == ("uuid:0", "P0", "3", "consent_sensitive", "1")
    assert told.texts["checks"]["no_consent"]["vi"]
    assert told.rows == ()


@pytest.mark.parametrize("age", ["abc", "", None, "nan"])
def test_an_age_that_is_no_number_refuses_nobody(age: str | None) -> None:
    """Who may agree turns on the age: a damaged age is told as such later on, and the consent that was given counts."""
    assert {"consent", "k01"} <= left(one(age=age))
    assert not left(one(age=age, consent="no")) & {"k01", "ethnicity"}
