"""A study as staff meet it: rows, the director's paragraph, the honest sentence, costs, options, files, figures."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis.cli import app
from analysis.figures import png, svg
from analysis.figures.power import cost_plane, power_curves
from analysis.power.closed import DETECT, power, relative
from analysis.power.command import size, strata_of, target_of
from analysis.power.options import Options, changed
from analysis.power.plans import OTHERS, Asked
from analysis.power.solve import smallest_rise
from analysis.power.spoken import Number, chance, joined, said
from analysis.power.study import Study, study
from analysis.power.survey import Scenario
from analysis.power.table import table
from analysis.power.traced import plane
from analysis.power.write import FIGURES, NOTE, markdown, page, results_of, summary
from analysis.results import Row, read_results
from forms import load_places, load_plan, province_folder
from forms.errors import BdgError
from forms.plan import TargetValue
from forms.survey import SurveyPlan, load_survey
from tests.house.tree import ROOT

FOLDER = province_folder("51")
SURVEY = load_survey(FOLDER)
PLAN = load_plan(FOLDER)
TARGET = TargetValue(10, 15, "II.3")


@pytest.fixture(scope="module")
def told() -> Study:
    return study(SURVEY, TARGET, strata=6)


def _row(made: Study, outcome: str, estimand: str, group: str = "", icc: str = "mid") -> Row:
    found = [
        r for r in made.rows
        if (r.indicator, r.estimand, r.category) == (outcome, estimand, icc) and ",".join(c for _, c in r.domain) == group
    ]  # fmt: skip
    assert len(found) == 1
    return found[0]


def _table(made: Study, ident: str) -> Mapping[str, Any]:
    return next(t for t in made.texts["tables"] if t["id"] == ident)


# ---------------------------------------------------------------------------------------------------------------------- rows


def test_a_row_says_the_number_the_plan_and_its_assumptions(told: Study) -> None:
    row = _row(told, "score", "mdc_prove10")
    assert (row.kind, row.wave, row.base_wave, row.unit, row.method, row.status) == (
        "power", 2030, 2026, "percent", "closed", "ok",
    )  # fmt: skip
    assert row.estimate == pytest.approx(14.855471, abs=1e-6)
    assert (row.n, row.psus, row.strata, row.df, row.interval) == (2040, 120, 6, 162, "fieller")
    assert row.deff == pytest.approx(3.26875)
    assert row.design == "120 x 20; response 0.85; weighting 1.25 (hamlets); overlap 0.6 x 0.7; strata 6"


def test_every_number_has_a_key_of_its_own(told: Study) -> None:
    assert len({r.key for r in told.rows}) == len(told.rows) == 14 * (3 * 5 + 4 + 3 * 2)


def test_rows_cover_both_readings_every_group_and_the_range_of_icc(told: Study) -> None:
    """Decision 5: score and share, relative and in points."""
    units = {(o, e): _row(told, o, e).unit for o in ("score", "reach60") for e in ("mdc_prove10", "mdc_points10")}
    assert units == {
        ("score", "mdc_prove10"): "percent", ("score", "mdc_points10"): "point",
        ("reach60", "mdc_prove10"): "percent", ("reach60", "mdc_points10"): "percentage_point",
    }  # fmt: skip
    for group in ("female", "urban", "minority", "youth_16_30"):
        low, mid, high = (_row(told, "score", "mdc_prove10", group, icc).estimate for icc in ("low", "mid", "high"))
        assert (low or 0) < (mid or 0) < (high or 0)
        assert (_row(told, "score", "mdc_prove10", group).estimate or 0) > 14.86


def test_hamlets_needed_are_whole_and_enough(told: Study) -> None:
    row = _row(told, "score", "psus_prove10_at15")
    assert (row.estimate, row.unit) == (114, "count")
    s = Asked(SURVEY, 6).scenario(SURVEY.assumptions.outcomes[0])
    assert power(replace(s, psus=114), 55 * 1.15, relative(10)) >= 0.8 > power(replace(s, psus=113), 55 * 1.15, relative(10))
    never = _row(told, "reach60", "households_prove10_at15")
    assert (never.estimate, never.status) == (None, "not_estimable")
    assert "phải thêm địa bàn | not possible" in never.reason


def test_a_baseline_near_the_top_says_not_possible_instead_of_a_number() -> None:
    survey = changed(SURVEY, Options(outcome="reach60", baseline=90))
    made = study(survey, TARGET, strata=6)
    row = _row(made, "reach60", "mdc_prove15")
    assert (row.estimate, row.status) == (None, "not_estimable")
    assert "vượt mức cao nhất" in row.reason
    assert "không thể" in str(_table(made, "groups"))
    assert "Mức cao (từ 15%) không chứng minh được" in made.texts["cannot"]["vi"]
    assert _row(made, "reach60", "power_prove10_at20").reason.startswith("không thể: mức tăng thật vượt")


def test_a_group_too_small_for_the_rule_is_told_so() -> None:
    small = replace(SURVEY.assumptions.groups[0], share=0.01, clusters=1.0)
    survey = replace(SURVEY, assumptions=replace(SURVEY.assumptions, groups=(small,)))
    made = study(survey, TARGET, strata=6)
    assert _row(made, "score", "mdc_prove10", "female").reason.startswith("dưới 25 người")
    assert "Nữ (dưới 25 người trả lời" in made.texts["cannot"]["vi"]


# --------------------------------------------------------------------------------------------------------------------- words


def test_the_directors_paragraph(told: Study) -> None:
    said_ = told.texts["paragraph"]["vi"]
    for part in (
        "120 thôn, tổ dân phố, mỗi nơi 20 hộ", "khoảng 2.040 phiếu mỗi kỳ", "khoảng tin cậy 95%", "80% khả năng",
        "phải thực sự tăng từ 14,9% trở lên (từ 55 lên 63,2 điểm)", "Nếu thực tế tăng 10% thì khả năng là 2,5%",
        "tăng 15% thì khả năng là 82%", "«có tăng, chưa đủ căn cứ kết luận đạt mức 10%»", "mức tăng thật từ 4,6% là đủ",
        "tăng 10 điểm thì phải thực sự tăng từ 12,5 điểm",
    ):  # fmt: skip
        assert part in said_, part
    for jargon in ("ICC", "deff", "Fieller", "nghìn tỷ", "{"):
        assert jargon not in said_
    assert "must truly rise by 14.9% or more (from 55 to 63.2 points)" in told.texts["paragraph"]["en"]


def test_the_honest_sentence_names_whom_it_fails(told: Study) -> None:
    vi = told.texts["cannot"]["vi"]
    assert vi.startswith("Mẫu dự kiến KHÔNG chứng minh được mức tăng từ 10% (khả năng dưới 80%), ngay cả khi thực tế tăng 15%")
    assert "Thành thị (phải tăng thật 21,2%)" in vi
    assert (
        "«Điểm nhận thức (0 - 100)»: Nữ, Nam (phải tăng thật 15,9%)" in vi
    )  # the whole province is not named for the score: 14.9 % < 15 %
    assert "Toàn tỉnh (phải tăng thật 25,8%)" in vi  # for the share it is
    assert "sát ngưỡng: nếu người cùng thôn giống nhau hơn giả định (ICC 0,15)" in vi
    assert "phải tăng thật 15,4%" in vi
    assert "không cỡ mẫu nào chứng minh được" in vi
    assert vi.endswith("mức tăng từ 10%.")


def test_a_sample_that_proves_everything_says_so() -> None:
    large = changed(SURVEY, Options(psus=2000, households=40, outcome="score"))
    made = study(large, TARGET, strata=6)
    assert made.texts["cannot"]["vi"].startswith("Với các giả định này, khi thực tế tăng 15% thì mẫu chứng minh được")


def test_a_sample_that_detects_too_little_does_not_promise_the_word_up() -> None:
    small = changed(SURVEY, Options(psus=20, households=5, outcome="score"))
    made = study(small, TARGET, strata=6)
    assert (_row(made, "score", "mdc_detect").estimate or 0) > 10
    assert "có tăng, chưa đủ căn cứ" not in made.texts["paragraph"]["vi"]
    assert "sẽ không kết luận được là đạt" in made.texts["paragraph"]["vi"]


def test_a_headline_that_cannot_be_proven_gives_the_reason() -> None:
    made = study(changed(SURVEY, Options(outcome="reach60", baseline=95)), TARGET, strata=6)
    assert "Với mẫu này không thể kết luận như vậy" in made.texts["paragraph"]["vi"]
    assert made.texts["sensitivity"]["vi"] == ""


def test_assumptions_are_named_with_their_sources(told: Study) -> None:
    found = {a["what"]["vi"]: a for a in told.texts["assumptions"]}
    assert found["Hệ số thiết kế do quyền số (1 + cv²)"]["value"] == "1,25"
    assert found["Điểm nhận thức (0 - 100)"]["value"] == "số liệu gốc 55; độ lệch chuẩn 18; ICC 0,1 (0,05 - 0,15)"
    assert found["Địa bàn giữ lại × tương quan giữa hai kỳ"]["value"] == "60% × 0,7"
    assert all(a["source"]["vi"] and a["source"]["en"] for a in told.texts["assumptions"])
    assert "giả định" in found["Điểm nhận thức (0 - 100)"]["source"]["vi"]


def test_all_readings_stand_beside_each_other(told: Study) -> None:
    vi = told.texts["readings"]["vi"]
    assert "tương đối 14,9%, tuyệt đối 12,5 điểm" in vi
    assert "tương đối 25,8%, tuyệt đối 16,0 điểm phần trăm" in vi


def test_the_range_of_icc_is_told(told: Study) -> None:
    assert told.texts["sensitivity"]["vi"].startswith("Số 14,9% dựa trên giả định")
    assert "0,05 thì 14,2%, nếu là 0,15 thì 15,4%" in told.texts["sensitivity"]["vi"]


@pytest.mark.parametrize(
    ("value", "decimals", "vi", "en"),
    [(1234.56, 1, "1.234,6", "1,234.6"), (-0.01, 1, "0,0", "0.0"), (12.5, None, "12,5", "12.5"), (10.0, None, "10", "10"),
     (-3.2, 1, "-3,2", "-3.2")],
)  # fmt: skip
def test_numbers_as_each_language_writes_them(value: float, decimals: int | None, vi: str, en: str) -> None:
    assert (Number(value, decimals).text("vi"), Number(value, decimals).text("en")) == (vi, en)


def test_a_hole_without_a_number_is_our_bug() -> None:
    with pytest.raises(KeyError):
        said("paragraph.detect")
    assert [chance(p).text("vi") for p in (2.5, 82.3)] == ["2,5", "82"]
    assert joined([{"vi": "a", "en": ""}, {"vi": "b", "en": "c"}]) == {"vi": "a b", "en": "c"}


# -------------------------------------------------------------------------------------------------------------------- tables


def test_the_researchs_tables_are_there_under_their_own_names(told: Study) -> None:
    one, two = _table(told, "one_sided"), _table(told, "two_sided")
    assert "một phía" in one["title"]["vi"]
    assert "hai phía, hệ số thiết kế mẫu 1,8" in two["title"]["vi"]
    assert [h["vi"] for h in one["head"]][3] == "Chứng minh tăng từ 10% (thực tế tăng 15%)"
    assert [h["vi"] for h in one["head"]][1] == "Phát hiện có tăng (thực tế tăng 10%)"
    assert [c["vi"] for c in one["rows"][1]] == ["40%", "1.879", "839", "8.328", "303", "1.206"]
    assert [c["vi"] for c in two["rows"][0]] == ["30%", "641", "293", "6.773", "3.047"]
    assert "255 người (độ lệch chuẩn 15) đến 453 người" in two["note"]["vi"].replace("453 (20)", "453 người (20)")


def test_a_hundred_and_fifty_by_fourteen_against_a_hundred_by_twenty(told: Study) -> None:
    """Equal cost as the planned 120 x 20 with ten interviews a hamlet, and it proves a little more; 100 x 20 saves a sixth."""
    rows = {r[0]: [c if isinstance(c, str) else c["vi"] for c in r] for r in _table(told, "plans")["rows"]}
    assert rows["120 × 20"][1:5] == ["2.040", "3.600", "100", "14,9"]
    assert rows["150 × 14"][1:5] == ["1.785", "3.600", "100", "14,7"]
    assert rows["100 × 20"][1:5] == ["1.700", "3.000", "83", "15,3"]
    note = _table(told, "plans")["note"]["vi"]
    assert "tỷ lệ 10 : 1; chưa có đơn giá" in note
    assert "(nếu không giữ lại địa bàn nào, mọi hộ đều trả lời: 9,5)" in note  # sqrt(10 x .9/.1)


def test_known_prices_replace_the_ratio() -> None:
    made = study(changed(SURVEY, Options(cost_cluster=3e6, cost_interview=2e5)), TARGET, strata=6)
    head = [h["vi"] for h in _table(made, "plans")["head"]]
    assert "Chi phí một kỳ (VND)" in head
    assert _table(made, "plans")["rows"][0][2]["vi"] == "840.000.000"
    note = _table(made, "plans")["note"]["vi"]
    assert "tỷ lệ 3.000.000 : 200.000; đơn giá ghi khi chạy lệnh." in note
    assert "(nếu không giữ lại địa bàn nào, mọi hộ đều trả lời: 11,6)" in note  # sqrt(15 x .9/.1)


def test_what_overlap_gains_is_shown(told: Study) -> None:
    rows = {r[0]["vi"]: r[1]["vi"] for r in _table(told, "assumptions")["rows"]}
    assert (rows["Như dự kiến"], rows["Không giữ lại địa bàn nào"]) == ("14,9", "15,5")
    assert (rows["ICC 0,05 / 0,02"], rows["ICC 0,15 / 0,1"]) == ("14,2", "15,4")


def test_a_table_with_a_row_too_long_is_our_bug() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        table("x", {"vi": "", "en": ""}, [{"vi": "a", "en": "a"}], [["1", "2"]], {"vi": "", "en": ""})


def test_a_pipe_in_the_page_is_only_that_of_its_tables(told: Study) -> None:
    for language in ("vi", "en"):
        for one in told.texts["tables"]:
            lines = [line for line in markdown(one, language) if line.startswith("|")]
            assert {line.count("|") for line in lines} == {len(one["head"]) + 1}


# ------------------------------------------------------------------------------------------------------------------- options


def test_options_change_what_they_name_and_nothing_else() -> None:
    made = changed(SURVEY, Options(psus=150, households=14, response=0.7, overlap=0.3, groups=("area=urban",), sides=1))
    assert {w.psus for w in made.waves.values()} == {150}
    assert (made.assumptions.response, made.assumptions.sides, made.selection.most) == (0.7, 1, 0.3)
    assert [g.code for g in made.assumptions.groups] == ["urban"]
    assert made.assumptions.outcomes == SURVEY.assumptions.outcomes
    assert changed(SURVEY, Options()) == SURVEY


def test_a_baseline_belongs_to_one_outcome() -> None:
    made = changed(SURVEY, Options(baseline=50, icc=0.2))
    (score,) = made.assumptions.outcomes
    assert (score.id, score.baseline, score.icc, score.icc_range) == ("score", 50, 0.2, (0.05, 0.2))


def test_no_overlap_means_all_hamlets_anew() -> None:
    assert Asked(changed(SURVEY, Options(overlap=0.0))).overlap == 0
    assert Asked(replace(SURVEY, selection=replace(SURVEY.selection, overlap="refresh"))).overlap == 0
    assert Asked(SURVEY).overlap == 0.6


def test_waves_of_different_size_are_both_used() -> None:
    waves = {2026: SURVEY.waves[2026], 2030: replace(SURVEY.waves[2030], psus=60)}
    s = Asked(replace(SURVEY, waves=waves)).scenario(SURVEY.assumptions.outcomes[0])
    assert (s.psus, s.later) == (120, (60.0, 20.0))
    made = study(replace(SURVEY, waves=waves), TARGET, strata=6)
    assert (_row(made, "score", "mdc_prove10").estimate or 0) > 14.86
    assert "later 60 x 20" in made.rows[0].design


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("STAT-080", Options(psus=1)), ("STAT-080", Options(households=0)), ("STAT-080", Options(strata=0)),
        ("STAT-081", Options(baseline=0)), ("STAT-081", Options(icc=1.0)), ("STAT-081", Options(sd=60.0)),
        ("STAT-081", Options(overlap=1.5)), ("STAT-081", Options(response=0.0)), ("STAT-081", Options(level=95.0)),
        ("STAT-081", Options(sides=3)), ("STAT-082", Options(outcome="nothing")), ("STAT-082", Options(groups=("sex=x",))),
        ("STAT-083", Options(cost_cluster=100.0)), ("STAT-083", Options(cost_cluster=1.0, cost_interview=0.0)),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)  # fmt: skip
def test_senseless_options_are_refused_and_nothing_is_written(code: str, options: Options, tmp_path: Path) -> None:
    with pytest.raises(BdgError) as error:
        size("51", options, tmp_path / "out")
    assert error.value.problems[0].code == code
    assert error.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_outcomes_are_chosen_by_name_and_must_exist() -> None:
    made = study(SURVEY, TARGET, outcomes=("reach60",))
    assert {r.indicator for r in made.rows} == {"reach60"}
    with pytest.raises(BdgError, match="STAT-082"):
        study(SURVEY, TARGET, outcomes=("K",))
    with pytest.raises(BdgError, match="STAT-082"):
        study(SURVEY, TARGET, outcomes=())


def test_too_few_simulated_surveys_are_refused() -> None:
    with pytest.raises(BdgError, match="STAT-084"):
        study(SURVEY, TARGET, simulate=99)


def test_pooled_null_variance_and_one_side_reach_the_numbers() -> None:
    share = changed(SURVEY, Options(outcome="reach60", groups=("sex=female",)))
    plain = _row(study(share, TARGET), "reach60", "mdc_detect").estimate or 0
    assert (_row(study(share, TARGET, null="pooled"), "reach60", "mdc_detect").estimate or 0) > plain
    one = study(changed(share, Options(sides=1)), TARGET)
    assert (_row(one, "reach60", "mdc_detect").estimate or math.inf) < plain


@pytest.mark.parametrize("options", [Options(sides=1), Options(level=0.9), Options(pooled=True)], ids=["one", "90", "pooled"])
def test_another_rule_is_not_passed_off_as_the_reports(options: Options, tmp_path: Path) -> None:
    made = size("51", replace(options, outcome="score", groups=("sex=female",)), tmp_path / "x")
    assert "đây KHÔNG phải quy tắc của báo cáo" in made.said
    assert "Báo cáo năm 2030 chỉ kết luận" not in made.said
    text = (tmp_path / "x" / NOTE).read_text(encoding="utf-8")
    assert "không theo quy tắc kết luận của báo cáo" in text
    assert "theo đúng quy tắc" not in text


def test_a_target_without_an_upper_level(told: Study) -> None:
    made = study(SURVEY, TargetValue(10, None, "II.3"), strata=6)
    assert "Mức cao" not in made.texts["cannot"]["vi"]
    assert _row(made, "score", "mdc_prove10").estimate == _row(told, "score", "mdc_prove10").estimate


def test_the_target_comes_from_the_plan() -> None:
    assert target_of(PLAN, 2030) == PLAN.targets[2].values[2030]
    with pytest.raises(BdgError, match="PLAN-001"):
        target_of(PLAN, 2029)
    assert strata_of(load_places(FOLDER)) == 6


# ---------------------------------------------------------------------------------------------------------------- simulation


def test_simulation_stands_beside_the_closed_form() -> None:
    told_: list[tuple[str, int, int]] = []
    survey = changed(SURVEY, Options(outcome="score", groups=("area=urban",)))
    made = study(survey, TARGET, simulate=200, seed=3, strata=6, progress=lambda *step: told_.append(step))
    rows = [r for r in made.rows if r.method == "simulation"]
    assert [r.estimand for r in rows] == ["power_prove10_at_mdc"] * 2
    for row in rows:
        assert row.se == pytest.approx(2.83, abs=0.6)
        assert row.estimate == pytest.approx(80, abs=3.5 * 2.83 + 1)
    assert told_[-1] == ("mô phỏng", 400, 400)
    assert made.texts["simulation"]["vi"].startswith("Mô phỏng 200 cuộc điều tra hai kỳ")


def test_what_cannot_be_proven_is_not_simulated() -> None:
    made = study(changed(SURVEY, Options(outcome="reach60", baseline=95, groups=("sex=male",))), TARGET, simulate=100, strata=6)
    rows = [r for r in made.rows if r.method == "simulation"]
    assert {r.status for r in rows} == {"not_estimable"}
    assert made.texts["simulation"]["vi"] == ""


# --------------------------------------------------------------------------------------------------------------------- files


def test_the_command_writes_its_files_the_same_every_time(tmp_path: Path) -> None:
    runner = CliRunner()
    for name in ("a", "b"):
        done = runner.invoke(app, ["sample", "size", "--out", str(tmp_path / name)])
        assert done.exit_code == 0, done.output
    assert "phải thực sự tăng từ 14,9% trở lên" in done.output
    assert "Thành thị" in done.output
    names = {p.name for p in (tmp_path / "a").iterdir()}
    assert names == {"results.json", "results.csv", NOTE, *(f"{f}{s}" for f in FIGURES for s in (".png", ".txt"))}
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_options_of_the_command_reach_the_study(tmp_path: Path) -> None:
    words = (
        "sample size --psus 150 --households 14 --outcome score --baseline 50 --sd 20 --icc 0.08 --overlap 0 --correlation 0.5 "
        "--weighting 1.1 --response 0.9 --strata 4 --sides 1 --pooled --level 0.9 --power 0.9 --group area=urban "
        "--cost-cluster 1000 --cost-interview 100 --simulate 100 --seed 4"
    )
    done = CliRunner().invoke(app, [*words.split(), "--out", str(tmp_path / "x")])
    assert done.exit_code == 0, done.output
    found = read_results(tmp_path / "x" / "results.json")
    row = next(r for r in found.rows if r.estimand == "mdc_prove10" and not r.domain and r.category == "mid")
    s = Scenario(
        "mean",
        50,
        0.08,
        150,
        14,
        sd=20,
        response=0.9,
        weighting=1.1,
        correlation=0.5,
        strata=4,
        sides=1,
        confidence=0.9,
        power=0.9,
    )
    assert row.estimate == pytest.approx(smallest_rise(s, relative(10)).value)
    assert row.level == 0.9
    assert sum(r.method == "simulation" for r in found.rows) == 2


def test_results_are_read_back_and_hold_the_texts(told: Study) -> None:
    made = results_of(told, PLAN, SURVEY)
    document = json.loads(made.json_bytes())
    assert document["practice"] is False
    assert document["digests"] == {"plan": PLAN.digest, "survey": SURVEY.digest}
    assert document["texts"]["power"]["paragraph"] == told.texts["paragraph"]
    rows = list(csv.DictReader(io.StringIO(made.csv_bytes().decode())))
    assert len(rows) == len(told.rows)
    assert {r["kind"] for r in rows} == {"power"}


def test_the_page_says_first_what_matters_and_that_nothing_is_signed(told: Study) -> None:
    text = page(told, PLAN, dict.fromkeys(FIGURES, "hình"))
    assert text.index(told.texts["paragraph"]["vi"]) < text.index(told.texts["cannot"]["vi"]) < text.index("## Các bảng")
    assert "Chưa có văn bản thống nhất cách tính mục tiêu II.3" in text
    assert "Giả định" in text
    assert "chưa phải số đo" in text
    assert text.index("# Cỡ mẫu") < text.index("# Sample size")
    signed = replace(PLAN, target_ii3=replace(PLAN.target_ii3, document="1/QĐ", date="2026-01-01"))
    assert "Chưa có văn bản" not in page(told, signed, dict.fromkeys(FIGURES, "hình"))
    assert told.texts["paragraph"]["vi"] in summary(told)


def test_the_contract_lists_the_texts_and_the_estimands(told: Study) -> None:
    page_ = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    part = page_.split('\n## texts["power"]', 1)[1].split("\n## ", 1)[0]
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == list(told.texts)
    patterns = [re.escape(p).replace("<x>", r"[\d.]+").replace("<y>", r"[\d.]+") for p in re.findall(r"`(\w+_[\w<>]+)`", part)]
    for estimand in {r.estimand for r in told.rows} | {"power_prove10_at_mdc"}:
        assert sum(re.fullmatch(p, estimand) is not None for p in patterns) == 1, estimand


# ------------------------------------------------------------------------------------------------------------------- figures


def test_the_curves_rise_and_cross_the_power_at_the_printed_rise(told: Study) -> None:
    first, *others = told.curves.curves
    assert first.plan == (120, 20)
    assert [c.plan for c in others[:2]] == list(OTHERS)
    assert others[-1].claim == "detect"
    for curve in told.curves.curves:
        assert all(a <= b + 1e-9 for a, b in pairwise(curve.power))
    figure, alt = power_curves(told.curves)
    assert "120 × 20 (dự kiến): «tăng từ 10%»: đạt 80% khi tăng thật 14,9%" in alt
    assert "«có tăng»: đạt 80% khi tăng thật 4,6%" in alt
    drawn = figure.axes[0].get_lines()
    assert len({(str(x.get_linestyle()), str(x.get_marker())) for x in drawn}) == len(drawn)  # apart without colour


def test_the_plane_agrees_with_the_table_and_marks_the_plans(told: Study) -> None:
    made = told.curves.plane
    assert made.marks == ((120, 20), (150, 14), (100, 20))
    assert made.marked[150, 14] == pytest.approx(14.735, abs=0.001)
    assert made.costs == (3000, 3600)
    for row in made.rise:
        assert all(a is None or b is None or a >= b for a, b in pairwise(row))
    _, alt = cost_plane(told.curves)
    assert "150 địa bàn × 14 hộ: 14,7%, chi phí 3.600" in alt
    assert "giả định một địa bàn bằng 10 phiếu" in alt


def test_a_plane_where_nothing_can_be_proven_is_still_drawn() -> None:
    survey = changed(SURVEY, Options(outcome="reach60", baseline=95))
    made = study(survey, TARGET, strata=6)
    assert {v for row in made.curves.plane.rise for v in row} == {None}
    figure, alt = cost_plane(made.curves)
    assert "không thể" in alt
    assert png(figure)[:4] == b"\x89PNG"
    curves_, alt = power_curves(made.curves)
    assert "không đạt 80% trong khoảng vẽ" in alt
    assert svg(curves_).startswith(b"<?xml")


def test_prices_in_money_are_named_so() -> None:
    asked = Asked(changed(SURVEY, Options(cost_cluster=3e6, cost_interview=2e5)), 6)
    made = plane(asked, relative(10), (asked.size,))
    assert made.prices.known
    assert made.costs == (840e6,)
    told_ = study(asked.survey, TARGET, strata=6)
    assert "(tiền)" in cost_plane(told_.curves, stamp="DẤU")[1]


def test_the_stamp_is_drawn(told: Study) -> None:
    for draw in (power_curves, cost_plane):
        figure, _ = draw(told.curves, stamp="SỐ LIỆU GIẢ LẬP")
        assert "SỐ LIỆU GIẢ LẬP" in [t.get_text() for t in figure.texts]


def test_detecting_is_easier_than_proving(told: Study) -> None:
    for subject in told.texts["tables"][0]["rows"]:
        number = [float(c["vi"].replace(".", "").replace(",", ".")) for c in (subject[8], subject[4], subject[7])]
        assert number == sorted(number)
    s = Asked(SURVEY, 6).scenario(SURVEY.assumptions.outcomes[0])
    assert power(s, 58, DETECT) > power(s, 58, relative(10))


def test_the_default_survey_is_a_sound_plan() -> None:
    assert isinstance(SURVEY, SurveyPlan)
    assert all(Asked(SURVEY, 6).scenario(o, g) for o in SURVEY.assumptions.outcomes for g in SURVEY.assumptions.groups)
