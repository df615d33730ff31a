"""The survey protocol as results: what is counted, which words are chosen, what stays open, and that nothing is invented."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from analysis.power.command import strata_of
from analysis.power.study import study
from analysis.protocol import files, known
from analysis.protocol.gaps import Known, gaps
from analysis.protocol.make import plain, protocol
from analysis.protocol.sampled import Sampled, Stratum, counts
from analysis.protocol.texts import OPEN, Facts, sections, texts
from analysis.protocol.values import column, values
from analysis.protocol.words import templates
from analysis.results import Results, Row, read_results
from analysis.sampling.cli import app
from analysis.sampling.frame import frame_bytes
from analysis.sampling.practice import practice
from forms import BdgError, Plan, load_former, load_places, load_plan, load_questionnaire, province_folder, questionnaire_folder
from forms.plan import Wave
from forms.survey import BudgetLine, SurveyPlan, load_survey

FOLDER = province_folder("51")
HOLE = re.compile(r"\{(\w+)\}")
ALLOCATIONS = ("proportional", "neyman", "power", "minimum")
METHODS = ("systematic", "maximum_entropy")
OVERLAPS = ("keep", "rotate", "refresh")
RESPONSES = ("classes", "propensity", "none")


@dataclass(frozen=True)
class NoStudy:
    """A study that found nothing: the protocol must stand on its own."""

    rows: tuple[Row, ...] = ()
    texts: dict[str, Any] = field(default_factory=dict)
    curves: None = None


PLAN, SURVEY, PLACES = load_plan(FOLDER), load_survey(FOLDER), load_places(FOLDER)
FORM = load_questionnaire(questionnaire_folder())


def decided_plan() -> Plan:
    signed = replace(PLAN.target_ii3, decided_by="Chủ tịch", document="01/BB", date="2026-09-01")
    waves = {
        2026: Wave(2026, date(2026, 10, 5), date(2026, 10, 30), None),
        2030: Wave(2030, date(2030, 10, 7), date(2030, 10, 31), None),
    }
    return replace(PLAN, number="7/KH", date="2026-05-01", target_ii3=signed, waves=waves)


def decided_survey() -> SurveyPlan:
    about = SURVEY.protocol
    budget = tuple(replace(b, quantity=b.quantity or "3", price=1000.0) for b in about.budget)
    steps = tuple((label, "9/2026") for label, _ in about.steps)
    done = replace(about, fieldwork_days=20, teams=6, organiser="Đội khảo sát", appraisal="không phải thẩm định", budget=budget)
    return replace(SURVEY, protocol=replace(done, steps=steps), costs=replace(SURVEY.costs, cluster=2.0, interview=1.0))


def facts(plan: Plan = PLAN, survey: SurveyPlan = SURVEY, sampled: Sampled | None = None) -> Facts:
    return Facts(plan, survey, PLACES, FORM, sampled or Sampled())


def selecting(**changed: Any) -> SurveyPlan:
    return replace(SURVEY, selection=replace(SURVEY.selection, **changed))


def found(rows: tuple[Row, ...], indicator: str, wave: int, stratum: str = "", method: str = "planned") -> float | None:
    domain = (("stratum", stratum),) if stratum else ()
    kept = [r for r in rows if (r.indicator, r.wave, r.domain, r.method) == (indicator, wave, domain, method)]
    return kept[0].estimate if len(kept) == 1 else None


# ---- counts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wave", [2026, 2030])
def test_sizes_are_products_of_the_plan(wave: int) -> None:
    """120 x 20, 120 x 4, 2,400 x .85; counting the reserves as interviews would give (2,400 + 480) x .85 = 2,448."""
    rows = counts(SURVEY, Sampled())
    assert [found(rows, name, wave) for name in ("psus", "households", "reserves", "interviews")] == [120, 2400, 480, 2040]
    assert len({r.key for r in rows}) == len(rows) == 8
    assert {r.unit for r in rows if r.indicator == "interviews"} == {"person"}
    assert all((r.kind, r.n, r.level, r.status) == ("count", 0, None, "ok") for r in rows)


def test_expectations_are_those_of_the_study() -> None:
    """The study and the protocol speak of the same people: n of everybody's row is the expected number of interviews."""
    target = files.target(PLAN, SURVEY)
    everybody = {r.n for r in study(SURVEY, target, outcomes=["score"]).rows if not r.domain}
    assert everybody == {found(counts(SURVEY, Sampled()), "interviews", 2026)}


def test_strata_and_their_sum() -> None:
    strata = (Stratum("a", 50, 5000, 20000, 70, 1400, 280), Stratum("b", 30, 3000, 9000, 50, 1000, 200))
    rows = counts(SURVEY, Sampled(strata, drawn=True))
    assert found(rows, "psus", 2026, "a", "drawn") == 70
    assert found(rows, "interviews", 2026, "b", "drawn") == 850
    assert found(rows, "frame_households", 2026, "", "frame") == 8000
    assert [found(rows, n, 2026, "", "drawn") for n in ("psus", "households", "reserves", "interviews")] == [120, 2400, 480, 2040]
    assert found(rows, "psus", 2026) == 120
    assert found(rows, "psus", 2030, "a", "drawn") is None
    assert len({r.key for r in rows}) == len(rows)


def test_a_sum_with_an_unknown_part_is_not_made() -> None:
    rows = counts(SURVEY, Sampled((Stratum("a", 50, 5000, 20000, 70), Stratum("b", 30, 3000))))
    assert found(rows, "frame_psus", 2026, "", "frame") == 80
    assert found(rows, "frame_persons", 2026, "a", "frame") == 20000
    assert found(rows, "frame_persons", 2026, "", "frame") is None
    assert found(rows, "psus", 2026, "", "allocated") is None


# ---- the sample by stratum -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The practice province's frame as of 2026, without the later lists and links."""
    path = tmp_path_factory.mktemp("frame") / "frame.csv"
    made = practice(PLACES, 1, psus=60, households=5, reserves=0).frame
    path.write_bytes(frame_bytes(replace(made, hamlets=tuple(h for h in made.hamlets if h.as_of.year <= 2026), links=())))
    return path


def from_frame(path: Path, survey: SurveyPlan = SURVEY, plan: Plan = PLAN) -> Sampled:
    return known.from_frame(path, plan, survey, PLACES, load_former(FOLDER))


def webster(sizes: dict[str, int], total: int, least: int) -> dict[str, int]:
    """Sainte-Laguë by sorting all quotients at once, after the minimum: written anew, no loop over seats."""
    marks = sorted(((size / (2 * k + 1), name) for name, size in sizes.items() for k in range(least, total)), key=lambda q: -q[0])
    given = [name for _, name in marks[: total - least * len(sizes)]]
    return {name: least + given.count(name) for name in sizes}


def test_a_frame_gives_strata_and_an_allocation(frame: Path) -> None:
    sampled = from_frame(frame)
    sizes = {s.code: s.households or 0 for s in sampled.strata}
    assert {s.code: s.psus for s in sampled.strata} == webster(sizes, 120, 2)
    assert sum(s.psus or 0 for s in sampled.strata) == 120
    lines = frame.read_text(encoding="utf-8").splitlines()[1:]
    assert sum(s.hamlets or 0 for s in sampled.strata) == len(lines)
    assert all(s.main == 20 * (s.psus or 0) and s.reserves == 4 * (s.psus or 0) for s in sampled.strata)
    assert (sampled.practice, sampled.drawn, sampled.seed) == (True, False, None)
    assert set(sampled.filled) == {"khu_vuc", "dtts"}
    assert re.fullmatch(r"[0-9a-f]{64}", sampled.digests["frame"])


def test_other_rules_of_allocation(frame: Path) -> None:
    alone = from_frame(frame, selecting(allocation="neyman"))
    assert all(s.psus is None and s.main is None and s.reserves is None for s in alone.strata)
    assert all(s.hamlets for s in alone.strata)
    proportional = {s.code: s.psus or 0 for s in from_frame(frame).strata}
    power = {s.code: s.psus or 0 for s in from_frame(frame, selecting(allocation="power", alpha=0.5)).strata}
    assert power["hai_dao_qn"] > proportional["hai_dao_qn"]
    assert max(power.values()) < max(proportional.values())
    towns = from_frame(frame, selecting(allocation="minimum", minimum={"area=urban": 30}))
    assert sum(s.psus or 0 for s in towns.strata if s.code.startswith("do_thi")) >= 30
    assert sum(v for k, v in proportional.items() if k.startswith("do_thi")) < 30


def test_the_allocation_is_that_of_the_draw_and_an_unknown_domain_is_refused(frame: Path) -> None:
    with pytest.raises(BdgError) as caught:
        from_frame(frame, selecting(allocation="minimum", minimum={"area=moon": 3}))
    assert [p.code for p in caught.value.problems] == ["DATA-043"]
    ignored = from_frame(frame, selecting(allocation="proportional", minimum={"area=moon": 3}))
    assert ignored.strata == from_frame(frame).strata


def test_strata_made_of_columns_of_the_places(frame: Path) -> None:
    sampled = from_frame(frame, selecting(stratify=("area", "former_province")))
    assert {s.code for s in sampled.strata} == {
        "urban.quang_ngai", "urban.kon_tum", "rural.quang_ngai", "rural.kon_tum",
    }  # fmt: skip


def test_a_frame_that_does_not_exist_yet_in_the_base_year_is_refused(frame: Path, tmp_path: Path) -> None:
    late = tmp_path / "frame.csv"
    late.write_text(re.sub(r"2026-\d\d-\d\d", "2028-01-01", frame.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(BdgError) as caught:
        from_frame(late)
    assert [p.code for p in caught.value.problems] == ["DATA-001"]
    assert "2028-01-01" in str(caught.value)


def drawn_record(tmp_path: Path, kind: str = "real", wave: int = 2026) -> Path:
    """draw.json as it is described, written by hand."""
    strata = [
        {"stratum": "a", "hamlets": 50, "households": 5000, "asked": 70, "drawn": 70, "certainty": 1, "rule": "systematic"},
        {"stratum": "b", "hamlets": 30, "households": 3000, "asked": 50, "drawn": 49, "certainty": 0, "rule": "systematic"},
    ]
    about = {
        "day": "2026-08-31", "wave": wave, "psus": 120, "households": 20, "reserves": 4, "keep": 0.6, "method": "systematic",
        "overlap": "keep", "anew": True, "whole": False, "allocation": "proportional", "least": 2, "alpha": 0.5, "minimum": {},
        "spreads": {}, "stratify": [], "frame": "0" * 64, "survey": "0" * 64, "strata": strata,
    }  # fmt: skip
    path = tmp_path / "draw.json"
    raw = {"schema": "draw/1", "kind": kind, "province": "51", "seed": 20260901, "seal": None, "waves": [about]}
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["real", "practice"])
def test_a_draw_gives_what_was_drawn_not_what_was_asked(tmp_path: Path, kind: str) -> None:
    sampled = known.from_record(drawn_record(tmp_path, kind), SURVEY)
    assert [(s.code, s.psus, s.main, s.reserves, s.persons) for s in sampled.strata] == [
        ("a", 70, 1400, 280, None), ("b", 49, 980, 196, None),
    ]  # fmt: skip
    assert (sampled.drawn, sampled.seed, sampled.practice) == (True, 20260901, kind == "practice")


def test_a_record_says_what_was_drawn_and_the_frame_beside_it_which_breakdowns_can_be_made(frame: Path, tmp_path: Path) -> None:
    both = files.made("51", frame=frame, record=drawn_record(tmp_path))
    alone = files.made("51", record=drawn_record(tmp_path))
    rows = [r for r in both.rows if r.kind == "count"]
    assert {r.method for r in rows if r.domain} == {"drawn", "frame"}
    assert rows == [r for r in alone.rows if r.kind == "count"]
    assert {"frame", "draw"} <= set(both.digests)
    needing = {d.label.vi for d in PLAN.domains if d.needs}
    still = [{d["label"]["vi"] for d in made.texts["protocol"]["domains"] if d["open"]} for made in (both, alone)]
    assert still == [set(), needing]
    assert len(needing) >= 3


def test_without_a_sample_the_strata_are_those_that_the_size_study_counts() -> None:
    """Counting one stratum instead of the places' six moves degrees of freedom, and the two papers would differ."""
    places = load_places(province_folder("51"))
    alone = {r.key: r.estimate for r in files.made("51").rows if r.kind == "power"}
    told = study(SURVEY, files.target(PLAN, SURVEY), strata=strata_of(places))
    assert alone == {r.key: r.estimate for r in told.rows}


def test_a_draw_of_another_wave_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BdgError) as caught:
        known.from_record(drawn_record(tmp_path, wave=2030), SURVEY)
    assert [p.code for p in caught.value.problems] == ["DATA-048"]
    with pytest.raises(BdgError):
        known.from_record(tmp_path / "no.json", SURVEY)


# ---- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", list(templates()))
def test_a_template_has_both_languages_and_no_number(key: str) -> None:
    vi, en = templates()[key]
    assert {*HOLE.findall(en)} <= {*HOLE.findall(vi)}
    for text in (vi, en):
        assert text == unicodedata.normalize("NFC", text).strip()
        assert text[-1] in ".»”:"
        assert not re.search(r"\d", text.replace("II.3", ""))
        assert not re.search(r"\bđảng|\bparty\b|nhờ Kế hoạch|do Kế hoạch|tác động|hiệu quả của", text, re.IGNORECASE)


def test_every_hole_has_a_value_and_every_value_a_hole() -> None:
    holes = {name for vi, en in templates().values() for name in HOLE.findall(vi + en)}
    assert holes == set(values(facts()))
    assert holes >= OPEN


def test_every_template_is_used_by_some_choice() -> None:
    used: set[str] = set()
    for response in RESPONSES:
        survey = replace(SURVEY, weighing=replace(SURVEY.weighing, response=response))
        used |= {key for keys in sections(facts(survey=survey)).values() for key in keys}
    for allocation in ALLOCATIONS:
        for method in METHODS:
            for overlap in OVERLAPS:
                survey = selecting(allocation=allocation, method=method, overlap=overlap)
                used |= {key for keys in sections(facts(survey=survey)).values() for key in keys}
    assert used == set(templates())


def ids(told: dict[str, Any], section: str) -> list[str]:
    return [part["id"] for part in told["protocol"]["sections"][section]]


@pytest.mark.parametrize("overlap", OVERLAPS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("allocation", ALLOCATIONS)
def test_the_steps_follow_the_choices(allocation: str, method: str, overlap: str) -> None:
    minimum = {"area=urban": 30} if allocation == "minimum" else {}
    told = texts(facts(survey=selecting(allocation=allocation, method=method, overlap=overlap, minimum=minimum)))
    assert ids(told, "step") == [
        "step.strata", f"step.allocation.{allocation}", f"step.method.{method}", "step.households", "step.reserves", "step.seed",
        f"overlap.{overlap}",
    ]  # fmt: skip


def test_a_paragraph_whose_value_is_not_known_is_left_out() -> None:
    untrimmed = replace(SURVEY, weighing=replace(SURVEY.weighing, trim=None, calibration="none", response="none"))
    told = texts(facts(survey=untrimmed))
    assert ids(told, "process") == ["process.daily", "process.response", "process.weights.none", "process.estimate"]
    assert "step.drawn" in ids(texts(facts(sampled=Sampled(drawn=True, seed=7))), "step")
    assert "requirement.appraisal" in ids(texts(facts(survey=decided_survey())), "requirement")
    assert "requirement.appraisal" not in ids(told, "requirement")


def test_what_people_decide_stays_an_open_hole() -> None:
    told = texts(facts())["protocol"]["sections"]
    assert told["time"][0]["values"] == {"days": None}
    assert told["organise"][1]["values"] == {"organiser": None, "teams": None}
    assert told["decision_blank"][0]["values"] == {"decided_by": None, "document": None, "date": None}
    kept = texts(facts(decided_plan(), decided_survey()))["protocol"]["sections"]
    assert kept["organise"][1]["values"] == {"organiser": "Đội khảo sát", "teams": 6}
    assert kept["decision_blank"][0]["values"] == {"decided_by": "Chủ tịch", "document": "01/BB", "date": "2026-09-01"}


def test_the_numbers_of_the_words() -> None:
    told = values(facts())
    assert (told["communes"], told["kinds"]) == (96, "86 xã, 9 phường, 1 đặc khu")
    assert (told["age"], told["visits"], told["most"], told["response"]) == (15, 3, 60.0, 85.0)
    assert (told["least"], told["merge"], told["trim"]) == (2, 30, 5.0)
    assert (told["from"], told["to"], told["wave"], told["later"]) == ("15/11", "15/12", "2026", "2030")
    assert (told["k"], told["a"], told["v"], told["draft"]) == (12, 16, 8, 36)
    assert (told["hide"], told["bracket"], told["count"]) == (25, 50, 5)
    assert (told["threshold"], told["level"], told["high"]) == (60.0, 10.0, 15.0)


def test_the_form_is_named_neutrally_and_its_consent_names_the_subject() -> None:
    """Decision 14."""
    told = values(facts())
    title, consent = told["title"], told["consent"]
    assert isinstance(title, dict)
    assert isinstance(consent, dict)
    assert "bình đẳng" not in title["vi"].lower()
    assert "bình đẳng giữa nam và nữ" in consent["vi"]
    assert "mâu thuẫn trong gia đình" in consent["vi"]


def test_laws_on_personal_data_come_from_the_province_s_files_only() -> None:
    told = values(facts())["laws"]
    assert isinstance(told, dict)
    cited = {d.id: d.cite.vi for d in (*PLAN.documents, *SURVEY.protocol.documents)}
    assert told["vi"] == f"{cited['luat_bvdlcn']} và {cited['nd_356']}"
    bare = replace(SURVEY, protocol=replace(SURVEY.protocol, documents=()))
    only = values(facts(survey=bare))["laws"]
    assert isinstance(only, dict)
    assert only["vi"] == cited["luat_bvdlcn"]
    without = replace(PLAN, documents=())
    assert values(facts(without, bare))["laws"] is None
    assert "data.law" not in ids(texts(facts(without, bare)), "data")


@pytest.mark.parametrize(
    ("name", "vi"),
    [
        ("sex", "giới tính"), ("stratum", "tầng"), ("stratum_2026", "tầng theo phân loại năm 2026"),
        ("area_2030", "khu vực sống theo phân loại năm 2030"), ("unheard_of", "unheard_of"),
    ],
)  # fmt: skip
def test_columns_have_the_names_of_the_plan(name: str, vi: str) -> None:
    assert column(PLAN, name).vi == vi


# ---- time ----------------------------------------------------------------------------------------------------------


def test_open_dates_bring_the_plan_s_advice_and_set_ones_their_warnings() -> None:
    open_ = texts(facts())["protocol"]["windows"]
    assert [(w["wave"], w["start"], w["end"]) for w in open_] == [("2026", None, None), ("2030", None, None)]
    assert "ngoài Tháng hành động" in open_[0]["notes"][0]["vi"]
    fine = texts(facts(decided_plan()))["protocol"]["windows"]
    assert fine[0] == {"wave": "2026", "start": "2026-10-05", "end": "2026-10-30", "notes": []}
    late = Wave(2026, date(2026, 11, 20), date(2026, 12, 10), None)
    plan = replace(decided_plan(), waves={**decided_plan().waves, 2026: late})
    notes = [n["vi"] for n in texts(facts(plan))["protocol"]["windows"][0]["notes"]]
    assert any("Tháng hành động" in n for n in notes)
    assert any("lệch" in n for n in notes)


# ---- gaps ----------------------------------------------------------------------------------------------------------

ALL_KNOWN = Known(framed=True, zones=True, draft=0)
OPENINGS: dict[str, Callable[[], tuple[Plan, SurveyPlan, Known]]] = {
    "plan": lambda: (replace(decided_plan(), number=""), decided_survey(), ALL_KNOWN),
    "decision": lambda: (replace(decided_plan(), target_ii3=PLAN.target_ii3), decided_survey(), ALL_KNOWN),
    "window_2026": lambda: (
        replace(decided_plan(), waves={**decided_plan().waves, 2026: PLAN.waves[2026]}), decided_survey(), ALL_KNOWN,
    ),
    "window_2030": lambda: (
        replace(decided_plan(), waves={2026: decided_plan().waves[2026]}), decided_survey(), ALL_KNOWN,
    ),
    "frame": lambda: (decided_plan(), decided_survey(), replace(ALL_KNOWN, framed=False)),
    "zones": lambda: (decided_plan(), decided_survey(), replace(ALL_KNOWN, zones=False)),
    "testing": lambda: (decided_plan(), decided_survey(), replace(ALL_KNOWN, draft=1)),
    "appraisal": lambda: _lacking(appraisal=""),
    "fieldwork_days": lambda: _lacking(fieldwork_days=None),
    "organiser": lambda: _lacking(organiser=""),
    "teams": lambda: _lacking(teams=None),
    "steps": lambda: _lacking(steps=SURVEY.protocol.steps),
    "quantity": lambda: _lacking(budget=tuple(replace(b, price=1.0) for b in SURVEY.protocol.budget)),
    "price": lambda: _lacking(budget=tuple(replace(b, quantity="1") for b in SURVEY.protocol.budget)),
    "costs": lambda: (decided_plan(), replace(decided_survey(), costs=SURVEY.costs), ALL_KNOWN),
}  # fmt: skip


def _lacking(**changed: Any) -> tuple[Plan, SurveyPlan, Known]:
    survey = decided_survey()
    return decided_plan(), replace(survey, protocol=replace(survey.protocol, **changed)), ALL_KNOWN


def test_nothing_is_open_when_all_is_decided() -> None:
    assert gaps(decided_plan(), decided_survey(), ALL_KNOWN) == ()


@pytest.mark.parametrize("name", list(OPENINGS))
def test_each_open_thing_is_listed_alone(name: str) -> None:
    (gap,) = gaps(*OPENINGS[name]())
    assert gap.id == name
    assert all((gap.what.vi, gap.what.en, gap.where, gap.who.vi, gap.who.en))


def test_the_shipped_province_has_every_gap_and_names_fields_that_exist() -> None:
    listed = gaps(PLAN, SURVEY, Known(framed=False, zones=False, draft=36))
    assert {g.id for g in listed} == set(OPENINGS)
    for gap in listed:
        file, _, path = gap.where.partition(": ")
        if file in ("plan.yaml", "survey.yaml"):
            node = yaml.safe_load((FOLDER / file).read_text(encoding="utf-8"))
            names = path.split(" (")[0].split(", ")
            for step in names[0].split("."):
                node = node[0] if isinstance(node, list) else node
                node = node[int(step) if step.isdigit() else step]


# ---- money ---------------------------------------------------------------------------------------------------------


def test_the_budget_computes_quantities_and_leaves_prices_open() -> None:
    told = texts(facts())["protocol"]["budget"]
    by = {line["label"]["vi"]: line for line in told["lines"]}
    assert by["Công điều tra tại địa bàn"]["quantity"] == 2400
    assert by["Đi lại, lưu trú"]["quantity"] == 120
    assert by["Tập huấn điều tra viên, giám sát viên"]["quantity"] is None
    assert all(line["price"] is None and line["amount"] is None for line in told["lines"])
    assert (told["total"], told["currency"]) == (None, "VND")


def test_a_total_needs_every_line() -> None:
    survey = decided_survey()
    told = texts(facts(survey=survey))["protocol"]["budget"]
    assert told["total"] == 1000 * (120 * 3 + 2400 + 5 * 3)
    assert told["total"] == sum(line["quantity"] * line["price"] for line in told["lines"])
    first = replace(survey.protocol.budget[0], price=None)
    less = replace(survey, protocol=replace(survey.protocol, budget=(first, *survey.protocol.budget[1:])))
    told = texts(facts(survey=less))["protocol"]["budget"]
    assert told["total"] is None
    assert [line["amount"] is None for line in told["lines"]] == [True] + [False] * 8
    none = replace(survey, protocol=replace(survey.protocol, budget=()))
    assert texts(facts(survey=none))["protocol"]["budget"]["total"] is None


@pytest.mark.parametrize(("quantity", "number"), [("days", 20), ("teams", 6), ("12.5", 12.5), ("households", 2400)])
def test_a_quantity_is_a_number_or_its_name(quantity: str, number: float) -> None:
    survey = decided_survey()
    line = BudgetLine(survey.protocol.budget[0].label, survey.protocol.budget[0].unit, quantity, 2.0)
    told = texts(facts(survey=replace(survey, protocol=replace(survey.protocol, budget=(line,)))))["protocol"]["budget"]
    assert (told["lines"][0]["quantity"], told["total"]) == (number, 2 * number)


def test_a_quantity_that_means_nothing_is_refused() -> None:
    line = replace(SURVEY.protocol.budget[0], quantity="hamletts")
    with pytest.raises(BdgError) as caught:
        texts(facts(survey=replace(SURVEY, protocol=replace(SURVEY.protocol, budget=(line,)))))
    assert [p.code for p in caught.value.problems] == ["PLAN-001"]
    assert "hamletts" in str(caught.value)


# ---- the decision --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reading", ["relative", "points"])
@pytest.mark.parametrize("outcome", ["score", "share"])
def test_all_four_ways_stand_beside_each_other_and_one_is_chosen(outcome: str, reading: str) -> None:
    plan = replace(PLAN, target_ii3=replace(PLAN.target_ii3, outcome=outcome, reading=reading))
    ways = texts(facts(plan))["protocol"]["decision"]["ways"]
    assert [(w["outcome"], w["reading"], w["unit"]) for w in ways] == [
        ("score", "relative", "percent"), ("score", "points", "point"), ("reach60", "relative", "percent"),
        ("reach60", "points", "percentage_point"),
    ]  # fmt: skip
    (chosen,) = [w for w in ways if w["chosen"]]
    assert (chosen["outcome"], chosen["reading"]) == ("score" if outcome == "score" else "reach60", reading)
    unit = values(facts(plan))["unit"]
    assert isinstance(unit, dict)
    assert unit["vi"] == {"percent": "%", "point": " điểm", "percentage_point": " điểm phần trăm"}[chosen["unit"]]


# ---- files and command ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> Results:
    return protocol(PLAN, SURVEY, PLACES, FORM, NoStudy())


def test_the_same_input_gives_the_same_bytes_and_comes_back(shipped: Results, tmp_path: Path) -> None:
    again = protocol(PLAN, SURVEY, PLACES, FORM, NoStudy())
    assert shipped.json_bytes() == again.json_bytes()
    files.write(tmp_path / "out", shipped)
    assert read_results(tmp_path / "out" / "results.json").json_bytes() == shipped.json_bytes()
    assert set(shipped.digests) == {"plan", "survey", "questionnaire"}


def test_no_path_of_the_machine_and_no_place_of_the_sample_in_the_results(frame: Path) -> None:
    told = protocol(PLAN, SURVEY, PLACES, FORM, NoStudy(), sampled=from_frame(frame)).json_bytes().decode()
    assert str(frame.parent) not in told
    assert not re.search(r"GL\d{4}|Thôn GL", told)
    assert not re.search(r"/home/|/ro{2}t/|/tmp/", told)


def test_a_study_s_rows_and_curves_pass_unchanged() -> None:
    told = study(SURVEY, files.target(PLAN, SURVEY), outcomes=["score"])
    made = protocol(PLAN, SURVEY, PLACES, FORM, told)
    assert tuple(r for r in made.rows if r.kind == "power") == told.rows
    kept = json.loads(made.json_bytes())["texts"]["power"]
    assert kept["paragraph"] == told.texts["paragraph"]
    assert kept["cannot"] == told.texts["cannot"]
    assert kept["curves"]["low"] == told.curves.low
    assert kept["curves"]["curves"][0]["power"] == list(told.curves.curves[0].power)


def test_records_made_plain() -> None:
    @dataclass(frozen=True)
    class Inner:
        at: tuple[int, int]

    assert plain({"a": Inner((1, 2)), "b": {(1, 2): 3.5}, "c": None}) == {"a": {"at": [1, 2]}, "b": [[[1, 2], 3.5]], "c": None}


def test_a_survey_whose_last_wave_the_plan_does_not_know_is_refused() -> None:
    later = replace(SURVEY, waves={2026: SURVEY.waves[2026], 2031: SURVEY.waves[2030]})
    with pytest.raises(BdgError) as caught:
        files.target(PLAN, later)
    assert [p.code for p in caught.value.problems] == ["PLAN-006"]
    assert "2031" in str(caught.value)


def test_modules_of_the_form_and_which_is_private(shipped: Results) -> None:
    modules = {m["name"]: m for m in shipped.texts["protocol"]["modules"]}
    assert [name for name, m in modules.items() if m["private"]] == ["m9", "m10"]
    assert modules["m5"]["questions"] == 12
    assert modules["m6"]["questions"] == 16
    assert all(m["label"]["vi"] and m["label"]["en"] for m in modules.values())


def test_a_breakdown_without_its_column_is_open_until_the_frame_has_it(shipped: Results) -> None:
    def waiting(made: Results) -> int:
        return sum(d["open"] for d in made.texts["protocol"]["domains"])

    assert waiting(shipped) == sum(d.needs is not None for d in PLAN.domains) > 0
    full = protocol(PLAN, SURVEY, PLACES, FORM, NoStudy(), sampled=Sampled(filled=("khu_vuc", "dtts")))
    assert waiting(full) == 0
    assert "zones" not in {g["id"] for g in full.texts["protocol"]["gaps"]}


def test_the_command_writes_both_files_or_none(frame: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["protocol", "--frame", str(frame), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"results.json", "results.csv"}
    made = read_results(tmp_path / "out" / "results.json")
    assert made.practice
    assert len(made.texts["protocol"]["strata"]) == len(from_frame(frame).strata)
    assert {r.strata for r in made.rows if r.kind == "power"} == {len(from_frame(frame).strata)}
    lost = CliRunner().invoke(app, ["protocol", "--record", str(tmp_path / "no.json"), "--out", str(tmp_path / "none")])
    assert isinstance(lost.exception, BdgError)
    assert not (tmp_path / "none").exists()


# ---- survey.yaml ---------------------------------------------------------------------------------------------------


def test_what_the_protocol_cites_has_a_source_and_a_day() -> None:
    about = SURVEY.protocol
    assert about.layout is not None
    for cited in (*about.documents, about.layout):
        assert cited.source
        assert date.fromisoformat(cited.read_on) > date.fromisoformat(cited.date)
        number, year = re.search(r"số (\d+)/(\d{4})/", cited.cite.vi).groups()  # type: ignore[union-attr]  # None is a failure too
        assert cited.date.startswith(year)
        assert f"{number}/{year}" in cited.cite.en


def test_a_survey_plan_without_the_optional_parts_loads(tmp_path: Path) -> None:
    raw = yaml.safe_load((FOLDER / "survey.yaml").read_text(encoding="utf-8"))
    for name in ("documents", "layout", "appraisal"):
        del raw["protocol"][name]
    (tmp_path / "survey.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    bare = load_survey(tmp_path)
    assert (bare.protocol.documents, bare.protocol.layout, bare.protocol.appraisal) == ((), None, "")
    told = texts(facts(survey=bare))
    assert told["protocol"]["layout"] is None
    assert [d["id"] for d in told["plan"]["documents"]] == [d.id for d in PLAN.documents]


def test_a_document_without_a_source_is_refused(tmp_path: Path) -> None:
    raw = yaml.safe_load((FOLDER / "survey.yaml").read_text(encoding="utf-8"))
    del raw["protocol"]["documents"][0]["source"]
    (tmp_path / "survey.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    with pytest.raises(BdgError) as caught:
        load_survey(tmp_path)
    assert [p.code for p in caught.value.problems] == ["PLAN-001"]
    assert "source" in str(caught.value)
