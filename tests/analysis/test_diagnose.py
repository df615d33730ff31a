"""What is said of the weights: rows, words and findings that follow from what was done, and figures that hold when copied."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from analysis import estimate
from analysis.design import Design, Lonely
from analysis.figures import png, svg
from analysis.figures import weights as drawn
from analysis.results import Row
from analysis.weighting import diagnose
from analysis.weighting.chain import weigh
from analysis.weighting.weighed import Weighed
from forms.question import Label
from tests.analysis import weigh_cases as cases

RULE = Lonely("certainty", "certainty")
NAMES = {"sex": Label("Giới tính", "Sex"), "agegroup": Label("Nhóm tuổi", "Age group")}


@cache
def made(*, calibrated: bool = True) -> Weighed:
    given = cases.survey(psus=10, households=20)
    return weigh(given, cases.joined(given), cases.plan(trim=2.5), cases.totals() if calibrated else None, order=cases.ORDER)


@cache
def design() -> Design:
    places = tuple(p for t in cases.survey(psus=10, households=20) for p in t.sampled)
    return made().design(Design("stratum", "psu", "weight", "wave", RULE, "domain", places))


@cache
def rows() -> tuple[Row, ...]:
    return diagnose.rows(made(), design(), ("stratum",), made().people)


def some(**wanted: object) -> list[Row]:
    return [r for r in rows() if all(getattr(r, k) == v for k, v in wanted.items())]


def test_the_factors_of_the_design_effect_multiply_to_it() -> None:
    """Kish's factor, clustering, stratification and what calibration takes out: their product is the deff of the estimate."""
    whole = {r.wave: r.deff for r in estimate(made().people, design(), "score")}
    for wave in (2026, 2030):
        parts = {r.estimand: r.estimate for r in some(indicator="score", wave=wave)}
        assert parts["deff"] == pytest.approx(whole[wave], rel=1e-12)
        each = [parts[f"deff_{name}"] for name in ("weighting", "clustering", "stratification", "calibration")]
        assert np.prod([v for v in each if v is not None]) == pytest.approx(parts["deff"], rel=1e-9)
        weight = made().people.loc[made().people["wave"] == wave, "weight"]
        assert parts["deff_weighting"] == pytest.approx(len(weight) * (weight**2).sum() / weight.sum() ** 2, rel=1e-12)
        assert each[3] is not None
        assert each[3] < 1


def test_margins_before_and_after() -> None:
    found = made()
    for wave in (2026, 2030):
        by = {(r.category, r.method): r.estimate for r in some(indicator=f"margin {cases.MARGIN}", wave=wave)}
        (one,) = found.margins
        here = found.people[found.people["wave"] == wave]
        for name, total in zip(one.names, one.totals(cases.totals().table(wave, cases.MARGIN)), strict=True):
            mine = here[here[f"margin {cases.MARGIN}"] == name]
            assert by[name, "control"] == pytest.approx(total, rel=1e-12)
            assert by[name, "after"] == pytest.approx(mine["weight"].sum(), rel=1e-10)
            assert by[name, "before"] == pytest.approx(mine["w_uncalibrated"].sum(), rel=1e-12)
            assert by[name, "before"] != by[name, "control"]


def test_rates_and_the_r_indicator_come_from_all_issued_households() -> None:
    given = cases.survey(psus=10, households=20)
    for t in given:
        (rr1,) = some(indicator="outcome", estimand="rr1", wave=t.wave, category="main", method="unweighted", domain=())
        assert rr1.estimate == pytest.approx(100 * (t.households["disposition"] == "I").mean(), rel=1e-12)
        (r,) = some(indicator="representative", estimand="r", wave=t.wave)
        assert 0.5 < (r.estimate or 0) <= 1


def test_row_keys_are_unique() -> None:
    assert len({r.key for r in rows()}) == len(rows())
    assert {r.kind for r in rows()} == {"diagnostic"}


def test_the_largest_weights_and_their_reasons() -> None:
    found = diagnose.largest(made(), 2026, 5)
    people = made().people[made().people["wave"] == 2026]
    times = (people["weight"] / people.groupby("stratum")["weight"].transform("median")).sort_values(ascending=False)
    assert [g.times for g in found] == pytest.approx(times.head(5).tolist(), rel=1e-12)
    assert 2 < found[0].times <= 2.5 * (1 + 1e-6)  # the limit
    assert found[0].cut
    assert "đã cắt còn 0," in found[0].why.vi
    plain = replace(found[0], cut=False, n_eligible=4, f_response=1.3, f_calibration=0.9)
    assert plain.why.vi == "hộ có 4 người từ 15 tuổi; hệ số trả lời 1,30"
    assert plain.why.en == "4 eligible in the household; response factor 1.30"
    assert replace(plain, n_eligible=1, f_response=1.0).why.vi == "xác suất chọn nhỏ"


def test_the_note_says_what_was_really_done() -> None:
    done = diagnose.note(made(), NAMES)
    assert "giới tính × nhóm tuổi × tầng (phân loại 2026)" in done.vi
    assert "Niên giám thống kê (01/04/2026)" in done.vi
    assert "CHƯA" not in done.vi
    assert f"{sum(made().cut)} quyền số quá lớn đã cắt" in done.vi
    assert "sex × age group × stratum (2026 classification)" in done.en
    bare = diagnose.note(made(calibrated=False), NAMES)
    assert "CHƯA hiệu chỉnh theo tổng dân số" in bare.vi
    assert "NOT calibrated" in bare.en
    none = diagnose.note(replace(made(calibrated=False), classes=None), NAMES)
    assert "CHƯA điều chỉnh theo trả lời" in none.vi


def test_facts_name_nobody() -> None:
    facts = diagnose.facts(made())
    assert {s["step"] for s in facts["steps"]} == {"base", "household", "response", "calibration", "trim"}
    assert facts["sources"][0] == {
        "wave": 2026, "source": "Niên giám thống kê", "as_of": "2026-04-01", "persons": pytest.approx(190_000, rel=1e-6)
    }  # fmt: skip
    (first, *_) = facts["merged"]
    assert len(first["categories"]) == len(first["respondents"][0])
    assert min(min(r) for r in first["respondents"]) < 30
    text = str(facts)
    assert not any(p in text for p in made().people["person"].head(50))
    assert not any(p in text for p in set(made().people["psu"]))


def test_findings() -> None:
    found = diagnose.findings(made(calibrated=False))
    assert {(f.severity, f.wave) for f in found if f.check == "not_calibrated"} == {("yellow", 2026), ("yellow", 2030)}
    assert {f.check for f in diagnose.findings(made())} >= {"merged_category"}
    over = replace(
        made(), log=tuple(replace(e, note="3 quyền số còn cao | 3 are") if e.step == "trim" else e for e in made().log)
    )
    assert [f.got for f in diagnose.findings(over) if f.check == "weight_over"] == ["3", "3"]
    assert len({f.id for f in found}) == len(found)


def test_a_sample_file_that_the_field_hardly_returned_is_told() -> None:
    """Forms of one household in five missing may be refusals that nobody wrote down; more is another round's sample.csv."""
    found = made()
    table = found.households.copy()
    silent = table.index[(table["wave"] == 2030) & (table["disposition"] != "I")]
    more = table.index[(table["wave"] == 2030) & (table["disposition"] == "I")][:100]
    table.loc[silent, "result"] = ""
    few = diagnose.findings(replace(found, households=table))
    assert not [f for f in few if f.check == "no_form"]
    table.loc[more, "result"] = ""
    (told,) = [f for f in diagnose.findings(replace(found, households=table)) if f.check == "no_form"]
    assert (told.wave, told.severity, told.got) == (2030, "yellow", f"{len(silent) + 100}/600")


# ---- figures -------------------------------------------------------------------------------------------------------


def test_the_figure_of_weights_by_stratum() -> None:
    figure, alt = drawn.spread(rows(), trim=2.5, labels={"stratum0": "Đô thị"}, stamp="SỐ LIỆU GIẢ LẬP")
    assert "Kỳ 2026 - Đô thị" in alt
    assert "2,5 lần trung vị" in alt
    assert alt.count("người; lớn nhất") == 6
    assert png(figure) == png(drawn.spread(rows(), trim=2.5, labels={"stratum0": "Đô thị"}, stamp="SỐ LIỆU GIẢ LẬP")[0])
    words = [t.get_text() for t in figure.findobj() if hasattr(t, "get_text")]
    assert "SỐ LIỆU GIẢ LẬP" in words
    (axes,) = figure.axes
    low, high = axes.get_xlim()
    ends = [r.estimate or 0 for r in rows() if r.indicator == "weights" and r.estimand == "quantile"]
    assert low < min(ends) < max(ends) < high


def test_the_figure_of_margins() -> None:
    labels = {"female": "Nữ", "male": "Nam", "sex": "Giới tính", "agegroup": "Nhóm tuổi", "stratum": "tầng"}
    figure, alt = drawn.margins(rows(), wave=2030, labels=labels)
    assert "Giới tính × nhóm tuổi × tầng (phân loại 2030)" not in alt
    assert "Giới tính × nhóm tuổi × tầng (phân loại 2026)" in alt
    assert alt.count("→ 100,0%") == len(made().margins[0].groups)
    assert svg(figure) == svg(drawn.margins(rows(), wave=2030, labels=labels)[0])
    assert "Không có số liệu" in drawn.margins((), wave=2030)[1]


def test_merged_categories_in_few_words() -> None:
    every = [{"female", "male"}, {"a", "b"}, {"n", "o"}]
    words = {"female": "Nữ", "a": "15 tuổi"}
    assert drawn._category("female*a*n", words, every) == "Nữ · 15 tuổi · n"
    assert drawn._category("female*a*n + female*b*n", words, every) == "Nữ · n"
    assert drawn._category("female*a*n + male*b*n", words, every) == "Nữ · 15 tuổi · n + male · b · n"
    assert drawn._category("a + b", words, [{"a", "b"}]) == "tất cả"
