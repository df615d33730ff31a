"""Response models: what truth.json says of them is what their people answer; a model that does not fit its form is refused."""

from __future__ import annotations

import json
import math
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random
from statistics import mean

import pytest

from forms.codebook import codebook
from forms.condition import names
from forms.load import load_questionnaire, questionnaire_folder
from forms.media import Hamlet, Household
from forms.question import Questionnaire
from forms.rehearsal.latent import read_model, scored
from forms.rehearsal.model import MODELS, FormModel, Moment, answer, check_model, habit, read_form_model, shares
from forms.rehearsal.people import People
from forms.rehearsal.respondents import Respondents
from forms.rehearsal.stage import truths
from forms.rehearsal.truth import scale_means
from tests.forms.writing import refused

FORMS = ("household", "officials", "enterprise", "media", "unit", "convention")
DAY = date(2026, 10, 12)
N = 6_000


def whole(name: str) -> Questionnaire:
    """A shipped form with every switch on."""
    folder = questionnaire_folder(name)
    return load_questionnaire(folder, tuple(load_questionnaire(folder).options))


@pytest.mark.parametrize("name", FORMS)
def test_a_model_of_every_form_fits_it(name: str) -> None:
    form, model = whole(name), read_form_model(f"bdg_{name}")
    assert (MODELS / f"{name}.yaml").exists()
    check_model(model, form, name)
    known = {q.name for _, q in form.questions()}
    assert {n for gate in model.gates for n in names(gate.when)} <= known
    assert {key.partition("=")[0].partition("!")[0] for key in model.unreachable} <= known


@pytest.mark.parametrize("name", ["household", "officials"])
def test_shares_are_what_people_answer(name: str) -> None:
    """Every share of truth.json against N answers of the model itself, within 4.5 standard errors."""
    form, model = whole(name), read_form_model(f"bdg_{name}")
    book, rng, now = codebook(form), Random(5), Moment(2026, DAY)
    true = shares(model, form, book)
    assert len(true) > 20
    for question in list(true)[:: max(1, len(true) // 12)]:
        own = habit(model, book[question])
        said = [answer(own, rng, now, {})[-1] for _ in range(N)]
        if "mean" in true[question]:
            values = [int(text) for text in said]
            assert abs(mean(values) - true[question]["mean"]) < 0.1 * max(values)
            continue
        counted = Counter(code for text in said for code in text.split())
        for code, share in true[question].items():
            error = math.sqrt(share * (1 - share) / N)
            assert abs(counted[code] / N - share) <= 4.5 * error + 1e-9, (question, code)


def test_shares_of_one_answer_sum_to_one() -> None:
    for name in FORMS:
        form = whole(name)
        book, true = codebook(form), shares(read_form_model(f"bdg_{name}"), form, codebook(form))
        for question, said in true.items():
            if book[question].type == "code":
                assert sum(said.values()) == pytest.approx(1, abs=1e-9), (name, question)


def test_the_means_of_officials_are_what_they_score() -> None:
    """K, A, V by their definitions over simulated officials."""
    book, model, people = codebook(whole("officials")), read_form_model("bdg_officials"), read_model()
    items = {scale: book.items(scale) for scale in ("K", "A", "V")}
    true = scale_means(people, model.level["2026"], {k: len(v) for k, v in items.items()})
    rng, found = Random(3), {scale: list[float]() for scale in items}
    for _ in range(2_500):
        theta = model.level["2026"] + rng.gauss(0, people["sd"]["person"])
        for scale, each in items.items():
            said = {v.name: scored(people, rng, v, theta, i, len(each), DAY) for i, v in enumerate(each)}
            kept = [v for v in each if said[v.name] != "ref"]
            points = [
                ((6 - int(said[v.name]) if v.reverse else int(said[v.name])) - 1) / 4 if scale == "A"
                else float(said[v.name] == v.right_answer(DAY)) for v in kept
            ]  # fmt: skip
            found[scale].append(100 * mean(points))
    for scale, scores in found.items():
        spread = math.sqrt(mean((x - mean(scores)) ** 2 for x in scores) / len(scores))
        assert abs(mean(scores) - true[scale]) < 4 * spread, scale
    assert true["score"] == pytest.approx((true["K"] + true["A"]) / 2)


def test_every_share_of_households_is_what_whole_people_answer(tmp_path: Path) -> None:
    """Whole respondents, not the model alone: what a household answers by a model of its own must be true of it too."""
    form, model = whole("household"), read_form_model("bdg_household")
    (tmp_path / "frame.csv").write_text(
        "psu,commune,hamlet,households,area,dtts,as_of\nA1,21025,Thử,100,urban,0,2026-01-01\n", encoding="utf-8"
    )
    true = json.loads(truths(form, model, 2026, 1, tmp_path / "frame.csv", DAY))["shares"]
    assert true["contact"]["met"] == pytest.approx(0.95)
    people, hamlet = People(codebook(form), 2026, 1, (DAY, DAY)), Hamlet("A1", "21025", "Thử", "urban", "0", 100)
    said: dict[str, Counter[str]] = {name: Counter() for name in true}
    for n in range(1_500):
        who = people.respondent(Household(f"2026-A1-{n}", 2026, "A1", str(n), "21025", "0.5", "practice"), hamlet)
        for name in true:
            said[name].update(who.answers[name][-1].split())
    for name, shares_of in true.items():
        for code, share in shares_of.items():
            error = math.sqrt(share * (1 - share) / 1_500)
            assert abs(said[name][code] / 1_500 - share) <= 4.5 * error + 1e-9, (name, code)


def test_truth_of_households_has_the_province_mean(tmp_path: Path) -> None:
    """Of a frame whose hamlet is replaced before the wave, only the one that exists counts."""
    form, model = whole("household"), read_form_model("bdg_household")
    head = "psu,commune,hamlet,households,area,dtts,as_of\n"
    old, new = "A1,21025,Cũ,100,urban,0,2026-08-31\n", "A2,21025,Mới,100,rural,1,2029-01-01\n"
    (tmp_path / "frame.csv").write_text(head + old + new, encoding="utf-8")
    (tmp_path / "psu_links.csv").write_text("old_psu,new_psu,date\nA1,A2,2029-01-01\n", encoding="utf-8")
    told = [
        json.loads(truths(form, model, wave, 1, tmp_path / "frame.csv", day))["means"]["score"]
        for wave, day in ((2026, DAY), (2026, date(2030, 10, 12)))
    ]  # fmt: skip
    (tmp_path / "frame.csv").write_text(head + old, encoding="utf-8")
    assert json.loads(truths(form, model, 2026, 1, tmp_path / "frame.csv", DAY))["means"]["score"] == told[0]
    assert told[0] != told[1]


def test_a_record_is_the_same_whoever_makes_it() -> None:
    form, model = whole("enterprise"), read_form_model("bdg_enterprise")
    one, two = (Respondents(codebook(form), model, 2026, 1, (DAY, DAY)) for _ in range(2))
    assert [one.respondent(i) for i in (4, 2)] == [two.respondent(i) for i in (4, 2)]
    assert one.respondent(1) != one.respondent(2)
    assert one.respondent(3).key == one.key(3) == "bdg_enterprise|2026|3"


BAD = """\
answers:
  marital: {share: {married: 1, hermit: 1}}
  nosuch: {share: {a: 1}}
classes: {alsono: plain}
"""


def test_a_model_that_does_not_fit_is_refused_with_every_mistake(tmp_path: Path) -> None:
    (tmp_path / "household.yaml").write_text(BAD, encoding="utf-8")
    model = read_form_model("bdg_household", tmp_path)
    problems = refused(lambda: check_model(model, whole("household"), "household.yaml"))
    assert {p.code for p in problems} == {"FORM-100"}
    assert sorted(p.got for p in problems) == ["alsono", "hermit", "nosuch"]


def test_a_rule_of_no_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "household.yaml").write_text(
        "answers:\n  marital: {shares: {single: 1}}\n  poor: {share: {a: 1}, each: {a: 1}}\n"
    )
    problems = refused(lambda: read_form_model("bdg_household", tmp_path))
    assert [(p.code, p.place) for p in problems] == [
        ("FORM-100", "household.yaml:2 (marital)"), ("FORM-100", "household.yaml:3 (poor)"),
    ]  # fmt: skip


def test_a_form_without_a_model_is_answered_by_chance(tmp_path: Path) -> None:
    assert read_form_model("bdg_new", tmp_path) == FormModel()
