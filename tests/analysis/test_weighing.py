"""The weights inside the analysis: margins.csv beside the sample, reserves left out, hamlets of certainty, the command."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis import change
from analysis.cli import app
from analysis.intake import Given, intake
from analysis.results import Results, Row, read_results
from analysis.run import run
from analysis.sampling.frame import STAMP, frame_bytes, link_bytes
from analysis.sampling.sample import sample_bytes
from analysis.scoring import scores
from analysis.survey_weights import SSU, WITHOUT, design_of, weighed, without_reserves
from analysis.weight_files import weigh_files
from analysis.weighting.targets import Targets, Total, targets_bytes
from forms import load_plan, province_folder
from forms.errors import BdgError
from forms.survey import SurveyPlan, load_survey
from tests.analysis import world

MARGIN = "sex*agegroup"


@cache
def plan() -> SurveyPlan:
    """The shipped plan with what 50 people a wave can carry."""
    shipped = load_survey(province_folder())
    small = replace(shipped.weighing, margins=(("sex", "agegroup"),), least=5, bounds=(0.1, 10.0))
    return replace(shipped, weighing=small)


@pytest.fixture
def small_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("analysis.intake"), "load_survey", lambda _home: plan())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("weighing")
    world.write_sample(made)
    for wave in (2026, 2030):
        world.write_xml(world.interviews(wave), made / str(wave))
    return made


def given(folder: Path, **more: Path) -> Given:
    return Given({w: folder / str(w) for w in (2026, 2030)}, folder / "sample.csv", **more)


def totals(folder: Path, path: Path, factor: float = 1.0) -> Path:
    """margins.csv made of the sample's own weights, moved about a little: bands of the plan."""
    found = intake(given(folder), lambda _w, _t: None)
    people = weighed(found).people
    bands = [b.code for b in load_plan(province_folder()).bands]
    rows = []
    for wave in (2026, 2030):
        here = people[people["wave"] == wave]
        sums = here.groupby(["sex", "agegroup"])["weight"].sum()
        for sex in ("female", "male"):
            for n, band in enumerate(bands):
                size = round(float(sums.get((sex, band), 0.0)) * (1 + 0.05 * n) * factor) + 10
                rows.append(Total(wave, MARGIN, f"{sex}*{band}", float(size), STAMP, date(wave, 4, 1)))
    path.write_bytes(targets_bytes(Targets(tuple(rows))))
    return path


def rows(results: Results, **wanted: object) -> list[Row]:
    return [r for r in results.rows if all(getattr(r, k) == v for k, v in wanted.items())]


def test_margins_beside_the_sample_are_used_and_named(folder: Path, tmp_path: Path, small_plan: None) -> None:
    """The estimates change, the totals hold in the microdata, and texts, rows and findings say what was done."""
    one_wave = {2026: folder / "2026"}
    run(one_wave, folder / "sample.csv", tmp_path / "plain")
    margins = totals(folder, tmp_path / "margins.csv")
    run(one_wave, folder / "sample.csv", tmp_path / "out", margins=margins)
    plain, results = (read_results(tmp_path / name / "results.json") for name in ("plain", "out"))
    one, two = (rows(r, kind="level", indicator="score", domain=(), wave=2026)[0] for r in (plain, results))
    assert one.estimate != two.estimate
    assert f"greg to margin {MARGIN}" in two.design
    assert plain.digests["data"] != results.digests["data"]
    people = pd.read_parquet(tmp_path / "out" / "restricted" / "microdata.parquet")
    factors = people[["w_base", "f_household", "f_response", "f_calibration", "f_trim"]].prod(axis=1)
    assert (factors / people["weight"] - 1).abs().max() < 1e-12
    control = [r for r in results.rows if r.indicator == f"margin {MARGIN}" and r.method == "control" and r.wave == 2026]
    after = {
        r.category: r.estimate
        for r in results.rows
        if r.indicator == f"margin {MARGIN}" and r.method == "after" and r.wave == 2026
    }
    assert {r.category: pytest.approx(r.estimate, rel=1e-9) for r in control} == after
    assert people.loc[people["wave"] == 2026, "weight"].sum() == pytest.approx(sum(r.estimate or 0 for r in control), rel=1e-9)
    (note,) = [n for n in results.texts["method"] if n["id"] == "weights"]
    assert "giới tính × nhóm tuổi" in note["vi"]
    assert STAMP in note["vi"]
    assert [s["persons"] for s in results.texts["weighing"]["sources"]] == pytest.approx(
        [people.loc[people["wave"] == w, "weight"].sum() for w in (2026,)], rel=1e-9
    )
    told = json.loads((tmp_path / "plain" / "findings.json").read_text(encoding="utf-8"))
    assert sorted(f["wave"] for f in told if f["check"] == "not_calibrated") == [2026]
    told = json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))
    assert not [f for f in told if f["check"] == "not_calibrated"]
    assert [f for f in told if f["check"] == "merged_category"]


def test_weights_do_not_depend_on_answers(folder: Path, tmp_path: Path) -> None:
    other = world.change(world.interviews(2026), lambda a: {"k01": "t" if a["k01"] == "f" else a["k01"]})
    world.write_xml(other, tmp_path / "2026")
    one = weighed(intake(given(folder), lambda _w, _t: None)).people["weight"]
    waves = {2026: tmp_path / "2026", 2030: folder / "2030"}
    two = weighed(intake(Given(waves, folder / "sample.csv"), lambda _w, _t: None)).people["weight"]
    assert one.tolist() == two.tolist()


def test_real_data_never_take_practice_totals(folder: Path, tmp_path: Path, small_plan: None) -> None:
    margins = totals(folder, tmp_path / "margins.csv")
    made = world.province()
    (tmp_path / "sample.csv").write_bytes(sample_bytes([replace(d, round_kind="real") for d in made.sample]))
    frame = replace(made.frame, hamlets=tuple(replace(h, source="Sở Nội vụ") for h in made.frame.hamlets))
    (tmp_path / "frame.csv").write_bytes(frame_bytes(frame))
    (tmp_path / "psu_links.csv").write_bytes(link_bytes(made.frame))
    with pytest.raises(BdgError) as fault:
        intake(Given({2026: folder / "2026"}, tmp_path / "sample.csv", margins=margins), lambda _w, _t: None)
    assert (fault.value.problems[0].code, fault.value.problems[0].place) == ("DATA-029", "margins.csv")


def test_margins_named_but_not_there(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BdgError) as fault:
        intake(given(folder, margins=tmp_path / "none.csv"), lambda _w, _t: None)
    assert fault.value.problems[0].code == "DATA-001"


# ---- reserves and hamlets of certainty -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def with_reserves(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In 2026 the reserves of every hamlet were interviewed too."""
    made = tmp_path_factory.mktemp("reserves")
    spare = [world.interview(d, met=1.0) for d in world.province().sample if d.wave == 2026 and d.status == "reserve"]
    world.write_xml([*world.interviews(2026), *spare], made / "2026")
    world.write_sample(made)
    return made


def test_the_headline_stands_with_and_without_reserves(folder: Path, with_reserves: Path, tmp_path: Path) -> None:
    """Without them the numbers are those of a round in which no reserve form had come in."""
    run({2026: with_reserves / "2026"}, with_reserves / "sample.csv", tmp_path / "both")
    run({2026: folder / "2026"}, folder / "sample.csv", tmp_path / "main")
    both, main = (read_results(tmp_path / name / "results.json") for name in ("both", "main"))
    (less,) = rows(both, kind="level", indicator="score", domain=(), method=WITHOUT)
    (whole,) = rows(both, kind="level", indicator="score", domain=(), method="")
    (alone,) = rows(main, kind="level", indicator="score", domain=(), method="")
    assert (less.estimate, less.se, less.n) == (pytest.approx(alone.estimate), pytest.approx(alone.se), alone.n)
    assert whole.n > less.n
    assert not [r for r in main.rows if WITHOUT in r.method]
    told = json.loads((tmp_path / "both" / "findings.json").read_text(encoding="utf-8"))
    assert [f for f in told if f["check"] == "reserve_unreleased"]  # no releases.csv: nobody allowed them


def test_without_reserves_is_none_when_none_was_asked(folder: Path, with_reserves: Path) -> None:
    found = intake(given(folder), lambda _w, _t: None)
    assert without_reserves(found) is None
    other = intake(Given({2026: with_reserves / "2026"}, with_reserves / "sample.csv"), lambda _w, _t: None)
    less = without_reserves(other)
    assert less is not None
    assert len(less.people) < len(weighed(other).people)


def test_a_hamlet_of_certainty_is_a_stratum_of_households(folder: Path, tmp_path: Path) -> None:
    """Its households are the first stage, in each wave its own: equal household numbers of two waves are not one household."""
    made = world.province()
    counts = {w: {d.psu for d in made.sample if d.wave == w} for w in (2026, 2030)}
    sure = min(counts[2026] & counts[2030])
    some = [replace(d, certainty=1, p_psu=1.0) if d.psu == sure else d for d in made.sample]
    (tmp_path / "sample.csv").write_bytes(sample_bytes(some))
    for name in ("frame.csv", "psu_links.csv", "waves.yaml"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    found = intake(Given(dict(given(folder).waves), tmp_path / "sample.csv"), lambda _w, _t: None)
    people = weighed(found)
    design = design_of(found, people)
    assert (design.certainty, design.ssu) == ("certainty", SSU)
    inside = people.people[people.people["certainty"] == 1]
    assert set(inside["psu"]) == {sure}
    assert not set(inside.loc[inside["wave"] == 2026, SSU]) & set(inside.loc[inside["wave"] == 2030, SSU])
    parts = [scores(found.book, t, ()) for t in found.waves]
    scored = people.people.assign(**{k: np.concatenate([p[k] for p in parts]) for k in ("score", "score__why")})
    (one,) = change(scored, design, "score", wave=2030, base=2026, reading="points")
    assert (one.status, one.method) == ("ok", "wave_centred")
    (two,) = change(scored, replace(design, certainty=None, ssu=None), "score", wave=2030, base=2026, reading="points")
    assert one.se != two.se
    plain = design_of(intake(given(folder), lambda _w, _t: None), people)
    assert plain.certainty is not None  # it follows the weights' people, which say who was certain


# ---- the command ---------------------------------------------------------------------------------------------------


def test_the_command_writes_weights_and_figures(folder: Path, tmp_path: Path, small_plan: None) -> None:
    margins = totals(folder, tmp_path / "margins.csv")
    arguments = ["weigh", "--sample", str(folder / "sample.csv"), "--margins", str(margins), "--replicates", "20"]
    arguments += [x for w in (2026, 2030) for x in ("--wave", f"{w}={folder / str(w)}")]
    done = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "kỳ 2026" in done.output
    assert "lớp trả lời" in done.output
    names = sorted(p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file())
    figures = [
        f"hinh/{n}.{e}" for n in ("quyen-so-theo-tang", "tong-dan-so-2026", "tong-dan-so-2030") for e in ("png", "svg", "txt")
    ]
    assert names == sorted([*figures, "findings.json", "restricted/weights.csv", "restricted/weights.parquet", "results.json"])
    table = pd.read_parquet(tmp_path / "out" / "restricted" / "weights.parquet")
    assert [c for c in table.columns if c.startswith("rep_")] == [f"rep_{r}" for r in range(1, 21)]
    assert list(table.columns[:13]) == [
        "wave", "person", "stratum", "psu", "ssu", "p_person", "n_eligible", "w_base", "f_household", "f_response",
        "f_calibration", "f_trim", "weight",
    ]  # fmt: skip
    assert not {"score", "sex", "age"} & set(table.columns)
    text = pd.read_csv(tmp_path / "out" / "restricted" / "weights.csv", dtype={"ssu": str})
    assert text["weight"].tolist() == table["weight"].tolist()
    results = read_results(tmp_path / "out" / "results.json")
    assert {r.kind for r in results.rows} == {"diagnostic"}
    assert {r.estimand for r in results.rows if r.indicator == "score"} >= {"deff", "deff_weighting", "deff_clustering"}


def test_the_command_gives_the_weights_of_the_analysis(folder: Path, tmp_path: Path) -> None:
    only = Given({2026: folder / "2026"}, folder / "sample.csv")
    weigh_files(only, tmp_path / "w")
    run({2026: folder / "2026"}, folder / "sample.csv", tmp_path / "r")
    one = pd.read_parquet(tmp_path / "w" / "restricted" / "weights.parquet")
    two = pd.read_parquet(tmp_path / "r" / "restricted" / "microdata.parquet")
    assert one["weight"].tolist() == two["weight"].tolist()
    again = weigh_files(only, tmp_path / "w2")
    for path in again.paths:
        here = path.relative_to(tmp_path / "w2")
        if here.name != "results.json":  # it holds the digest of the code
            assert path.read_bytes() == (tmp_path / "w" / here).read_bytes()


def test_bad_input_writes_nothing(folder: Path, tmp_path: Path) -> None:
    bad = tmp_path / "margins.csv"
    bad.write_text("wave,margin,category,persons,source,as_of\n2026,sex,female,-3,x,2026-01-01\n", encoding="utf-8")
    with pytest.raises(BdgError) as fault:
        weigh_files(given(folder, margins=bad), tmp_path / "out")
    assert fault.value.exit_code == 11
    assert not (tmp_path / "out").exists()
    taken = tmp_path / "taken"
    taken.write_bytes(b"x")
    with pytest.raises(BdgError) as fault:
        weigh_files(given(folder), taken)
    assert fault.value.problems[0].code == "DATA-031"


def test_normed_weights_have_mean_one(folder: Path) -> None:
    people = weighed(intake(given(folder), lambda _w, _t: None)).people
    assert people.groupby("wave")["weight_norm"].mean().tolist() == pytest.approx([1.0, 1.0], rel=1e-12)
    ratio = people["weight"] / people["weight_norm"]
    assert np.allclose(ratio.groupby(people["wave"]).std(), 0, atol=1e-9 * ratio.max())
