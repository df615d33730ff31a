"""The administrative targets: definitions as data, counted by hand and by force; silence, no figures and nought stay apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.census import NOT_DUE, Counted
from analysis.results import Row
from analysis.targets import tallied
from analysis.targets.answers import Given
from analysis.targets.chosen import Chosen, Taken
from analysis.targets.counted import COMMUNES_SILENT, Asked, Made, bounds, by_record, by_unit
from forms import codebook, load_plan, load_questionnaire, province_folder, questionnaire_folder
from forms.plan import Count
from tests.analysis.returned_folder import NODATA, convention, official, report, unit

PLAN = load_plan(province_folder("51"))
BOOK = codebook(load_questionnaire(questionnaire_folder("unit")))
ON = date(2030, 12, 31)
Answers = Mapping[str, str]


def count(indicator: str, reading: str = "") -> Count:
    return next(c for c in PLAN.counts if c.id == indicator and reading in ("", c.reading))


def told(answers: Answers) -> Given:
    """As answers.py reads them: «no figures» leaves no value, only the reason."""
    values = {k: v for k, v in answers.items() if v != NODATA}
    return Given(values, {k: "dont_know" for k, v in answers.items() if v == NODATA})


def chosen(form: str, records: Mapping[str, Sequence[Answers]]) -> Chosen:
    return Chosen(form, {u: Taken(u, "annual", tuple(told(r) for r in some)) for u, some in records.items()})


def asked(ids: Sequence[str], owed: str, year: int = 2030, **more: bool) -> Asked:
    return Asked(PLAN, [unit(u, owed) for u in ids], year, ON, whole_year=True, **more)


def counted(indicator: str, reports: Mapping[str, Answers], silent: int = 0, form: str = "unit", year: int = 2030) -> Made:
    c = count(indicator)
    ids = [*reports, *(f"s{i}" for i in range(silent))]
    return by_unit(c, chosen(form, {u: [r] for u, r in reports.items()}), asked(ids, c.target, year), {})


def share(made: Made) -> Row:
    return next(r for r in made.rows if r.kind == "target" and not r.domain)


def conventions(records: Mapping[str, Sequence[Answers]], silent: int = 0, reading: str = "adopted") -> Made:
    ids = [*records, *(f"s{i}" for i in range(silent))]
    return by_record(count("II.5", reading), chosen("convention", records), asked(ids, "II.5"))


# ---- II.1: received and held are two readings, and «no figures» is none of yes and no


def test_received_and_held_are_two_numbers() -> None:
    """Three received two or more, one held two or more; neither is the other's."""
    reports = {"a": report("2", "1"), "b": report("4", "none"), "c": report("3", NODATA), "d": report("1", "5")}
    received, held = counted("II.1_received", reports), counted("II.1_held", reports)
    assert received.answers == {"a": True, "b": True, "c": True, "d": False}
    assert held.answers == {"a": False, "b": False, "c": None, "d": True}
    assert (received.whole, held.whole) == (Counted(4, 4, 3), Counted(4, 3, 1))


def test_no_figures_and_no_report_are_told_apart_and_both_stay_in_the_denominator() -> None:
    """Twenty units: 12 yes, 3 no, 2 cannot say, 3 silent: 60 %, at most 85 %."""
    reports = {f"y{i}": report("2") for i in range(12)} | {f"n{i}": report("none") for i in range(3)}
    row = share(counted("II.1_received", reports | {f"d{i}": report(NODATA) for i in range(2)}, silent=3))
    assert (row.estimate, row.lower, row.upper) == (60.0, 60.0, 85.0)
    assert (row.n, row.n_missing) == (15, {"missing": 3, "dont_know": 2})
    assert row.state == "chưa đạt"


def test_a_target_of_the_action_month_is_not_judged_before_the_month_is_over() -> None:
    c = count("II.2_activity")
    reports = chosen("unit", {f"u{i}": [report(month="none")] for i in range(12)})
    reports = replace(reports, taken={u: replace(t, supplement=True) for u, t in reports.taken.items()})
    for over, state in ((False, NOT_DUE), (True, "chưa đạt")):
        assert share(by_unit(c, reports, asked(list(reports.taken), "II.2", month_over=over), {})).state == state


@pytest.mark.parametrize(
    ("plan", "month", "both"),
    [("own", "2", True), ("merged", "1", True), ("drafting", "2", False), ("none", "2", False), ("own", "none", False),
     ("own", NODATA, None), ("none", NODATA, False), (NODATA, "2", None)],
)  # fmt: skip
def test_two_halves_of_the_action_month(plan: str, month: str, both: bool | None) -> None:
    """A draft is no plan; one half that is missing settles it, one that is unknown does not."""
    reports = {"a": report(plan=plan, month=month)}
    halves = {i: counted(i, reports) for i in ("II.2_plan", "II.2_activity")}
    c = count("II.2")
    made = by_unit(c, chosen("unit", {"a": [reports["a"]]}), asked(["a"], "II.2"), halves)
    assert made.answers == {"a": both}


@pytest.mark.parametrize(
    ("answers", "counts"),
    [({}, True), ({"adopted_kind": "regulation"}, True), ({"assessed_days": "0"}, True), ({"assessed_days": "366"}, True),
     ({"assessed_days": "367"}, False), ({"assessed_days": "-1"}, False), ({"adopted_kind": "other"}, False),
     ({"adopted": "drafting"}, False), ({"adopted": "no"}, False), ({"assessed": "no"}, False), ({"adopted": NODATA}, None),
     ({"assessed": NODATA}, None)],
)  # fmt: skip
def test_officially_applied(answers: Answers, counts: bool | None) -> None:
    """A decision or regulation, and a self-assessment in the 12 months before the end: form D's own definition."""
    given_ = {k: v for k, v in official(**answers).items() if answers.get("assessed", "yes") == "yes" or k != "assessed_days"}
    assert counted("II.4", {"m": given_}, form="media").answers == {"m": counts}


def test_few_agencies_are_said_in_numbers() -> None:
    """«4/5 cơ quan», no percentage and no interval; a fifth that is silent leaves 90 % open (4/5 is below, 5/5 is not)."""
    made = counted("II.4", {f"m{i}": official() for i in range(4)}, silent=1, form="media")
    row = share(made)
    assert made.said is not None
    assert (made.said.vi, made.said.en) == ("4/5 cơ quan", "4 of 5 agencies")
    assert (row.estimate, row.lower, row.upper, row.status, row.state) == (
        None,
        None,
        None,
        "not_estimable",
        "chưa đủ căn cứ kết luận",
    )


def test_a_target_of_2030_is_not_due_before() -> None:
    made = counted("II.4", {f"m{i}": official() for i in range(5)}, form="media", year=2027)
    assert share(made).state == NOT_DUE


# ---- II.5: conventions, by record


def test_the_unreviewed_stay_in_the_denominator() -> None:
    """6 clean, 1 not, 3 unreviewed: 6/10.  At most 9/10; one that discriminates is enough for «chưa đạt»."""
    made = conventions({"c": [*[convention()] * 6, convention("found"), *[convention("not_reviewed")] * 3]})
    row = share(made)
    assert made.whole == Counted(10, 7, 6)
    assert made.said is not None
    assert made.said.vi == "6/10 bản hương ước, quy ước"
    assert (row.estimate, row.lower, row.upper, row.interval) == (60.0, 60.0, 90.0, "bounds")
    assert (row.state, row.se, row.df, row.level, made.unreviewed) == ("chưa đạt", None, None, None, 3)


def test_all_reviewed_and_clean_meets_the_target_and_one_unreviewed_leaves_it_open() -> None:
    assert share(conventions({"c": [convention()] * 12})).state == "đạt"
    assert share(conventions({"c": [*[convention()] * 11, convention("not_reviewed")]})).state == "chưa đủ căn cứ kết luận"


def test_a_silent_commune_leaves_the_number_of_conventions_unknown() -> None:
    """Eleven clean of two communes, one commune silent: 11/11 of what is known, and the province may be anything."""
    made = conventions({"a": [convention()] * 8, "b": [convention()] * 3}, silent=1)
    row, total = share(made), next(r for r in made.rows if r.category == "units")
    assert (row.estimate, row.lower, row.upper, row.reason) == (100.0, 0.0, 100.0, COMMUNES_SILENT)
    assert (row.state, row.n_missing["missing"]) == ("chưa đủ căn cứ kết luận", 1)
    assert (total.lower, total.upper) == (11, None)
    worse = share(conventions({"a": [*[convention()] * 10, convention("found")]}, silent=1))
    assert worse.state == "chưa đạt"


def test_which_conventions_are_meant_is_a_switch() -> None:
    """Adopted is not recognised; one without a text, and one no longer in force, are no part of either."""
    records = {
        "c": [convention(), convention(recognised="no"), convention(exists="no"), convention(in_force="no"),
              convention(adopted="no"), convention(adopted=NODATA)],
    }  # fmt: skip
    adopted, recognised = conventions(records), conventions(records, reading="recognised")
    assert adopted.whole is not None
    assert recognised.whole is not None
    assert (adopted.whole.units, adopted.no_figures) == (2, 1)
    assert (recognised.whole.units, recognised.no_figures) == (3, 0)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=5),
    st.lists(st.sampled_from([True, False, None]), max_size=4),
)
def test_the_bounds_are_reached_and_never_passed(known: list[bool | None], unsure: list[bool | None]) -> None:
    """Every way in which the unreviewed may turn out and the uncertain may belong: smallest and largest share, by force."""
    shares = []
    for results in product(*[[a] if a is not None else [True, False] for a in (*known, *unsure)]):
        for member in product([True, False], repeat=len(unsure)):
            some = [*results[: len(known)], *(r for r, m in zip(results[len(known) :], member, strict=True) if m)]
            shares.append(sum(some) / len(some))
    c = Counted(len(known), sum(a is not None for a in known), sum(a is True for a in known))
    assert bounds(c, unsure) == pytest.approx((min(shares), max(shares)))


# ---- numbers added up

GATES = st.sampled_from(["have", "none", NODATA])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(GATES, st.integers(1, 900)), min_size=1, max_size=12), st.integers(0, 3))
def test_a_total_is_of_those_that_gave_a_number(given_: list[tuple[str, int]], silent: int) -> None:
    """«None» is 0 and counts as a number, «no figures» is none, silence is neither."""
    reports = {f"u{i}": [report(held=str(n) if state == "have" else state)] for i, (state, n) in enumerate(given_)}
    (row,) = [r for r in tallied.rows(PLAN, {"unit": chosen("unit", reports)}, {"unit": BOOK}, {"unit": silent}, 2027)
              if r.indicator == "task_com_total"]  # fmt: skip
    numbers = [n if state == "have" else 0 for state, n in given_ if state != NODATA]
    assert row.estimate == (sum(numbers) if numbers else None)
    assert (row.n, row.n_missing["dont_know"], row.n_missing["missing"]) == (len(numbers), len(given_) - len(numbers), silent)
    assert (row.kind, row.estimand, row.unit, row.se, row.lower) == ("count", "total", "count", None, None)


def test_attendance_is_counted_where_it_is_not_split_by_sex() -> None:
    """40 women and 30 men here, 50 people there: 120 people, 40 women of the one unit that tells them apart."""
    split = report(com_sex_known="yes", com_women="40", com_men="30", com_reached="70")
    reports = {"a": [split], "b": [report(com_sex_known=NODATA, com_reached_unsplit="50")], "c": [report(held="none")]}
    rows = {r.indicator: r for r in tallied.rows(PLAN, {"unit": chosen("unit", reports)}, {"unit": BOOK}, {"unit": 0}, 2027)}
    people, women = rows["task_com_reached"], rows["task_com_women"]
    assert (people.estimate, people.n, people.unit) == (120, 3, "person")
    assert (women.estimate, women.n, women.n_missing["dont_know"]) == (40, 2, 1)


def test_what_a_half_year_report_does_not_ask_is_no_nought() -> None:
    half = {k: v for k, v in report(report_kind="six_months").items() if not k.startswith("am_")}
    rows = {
        r.indicator: r for r in tallied.rows(PLAN, {"unit": chosen("unit", {"a": [half]})}, {"unit": BOOK}, {"unit": 0}, 2027)
    }
    assert (rows["task_am_total"].estimate, rows["task_am_total"].reason) == (None, tallied.NOT_ASKED)
    assert rows["task_am_total"].n_missing["not_asked"] == 1


def test_every_line_of_the_plan_is_a_question_of_its_form() -> None:
    """A misspelt question would be a row without numbers for ever."""
    for form in ("unit", "media", "convention", "enterprise"):
        names = {v.name: v for v in codebook(load_questionnaire(questionnaire_folder(form))).variables}
        lines = [x for t in PLAN.tasks for x in t.lines] + [x for some in PLAN.funding.values() for x in some]
        for line in (x for x in lines if x.form == form):
            for question in filter(None, (line.question, line.other, line.women)):
                assert names[question].type == "integer", question
        from forms.condition import codes, parse
        from forms.condition import names as named

        for c in (c for c in PLAN.counts if c.form == form):
            for text in filter(None, (c.yes, c.no, c.among, c.not_among)):
                tree = parse(text.replace("{low}", "2"))
                assert set(named(tree)) <= set(names), (c.id, text)
                for question, code in codes(tree):
                    assert not names[question].codes or code in names[question].codes, (c.id, question, code)


def test_every_definition_says_whose_it_is() -> None:
    """What the plan does not define is marked as a proposal."""
    assert {c.id: c.basis for c in PLAN.counts if c.basis == "plan"} == {"II.2_activity": "plan", "II.2": "plan"}
    assert PLAN.strategy is not None
    assert PLAN.strategy.basis == "proposal"
    assert all(c.note.vi and c.note.en for c in PLAN.counts)
    assert {t for c in PLAN.counts for t in [c.target]} == {"II.1", "II.2", "II.4", "II.5"}
