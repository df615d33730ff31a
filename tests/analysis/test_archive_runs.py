"""`bdg analysis run --archive` on submissions: no second folder for the same bytes, nothing written over, the seal obeyed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import bdg
from analysis.archive.keep import Outcome, run_kept
from analysis.archive.record import FILE, read_record
from analysis.archive.sealed import read_baseline
from analysis.intake import Given
from analysis.results import read_results
from analysis.weighting.chain import weigh
from forms import Plan, load_plan
from forms.errors import BdgError
from tests.analysis import weigh_cases as cases
from tests.analysis import world
from tests.chain.conftest import there

DAY, LATER = date(2026, 11, 23), date(2026, 11, 24)
VOUCHED = ["findings.json", "results.csv", "results.json", "run.json"]


def turned(a: world.Answers) -> dict[str, str | None]:
    """One item answered the other way by some."""
    return {"k01": "t" if a["k01"] == "f" else a["k01"]}


@pytest.fixture(scope="module", autouse=True)
def few_groups() -> Iterator[None]:
    """A plan with two of the breakdowns: ten runs take no longer than three."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("analysis.intake"), "load_plan", small)
        yield


def small(home: Path) -> Plan:
    plan = load_plan(home)
    return replace(plan, domains=tuple(d for d in plan.domains if d.id in ("sex", "area")), standardise=())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("archived")
    world.write_sample(made)
    world.write_sources(world.interviews(2026), made / "2026")
    world.write_xml(world.interviews(2030), made / "2030")
    world.write_xml(world.change(world.interviews(2026), turned), made / "changed")
    return made


def keep(folder: Path, *sources: str, out: Path | None = None, archive: Path | None = None, day: date = DAY) -> Outcome:
    waves = {2030 if s == "2030" else 2026: folder / s for s in sources}
    return run_kept(Given(waves, folder / "sample.csv"), out, archive, day=day, command=("bdg", "run"))


@pytest.fixture(scope="module")
def archive(folder: Path) -> Path:
    """The 2026 run, kept; then the same data out of another export, on another day, with a working folder beside; then sealed."""
    home = folder / "runs"
    first = keep(folder, "2026/xml", archive=home)
    assert [line for line in first.lines if "2026-11-23_01" in line]
    again = keep(folder, "2026/submissions.csv.zip", archive=home, out=folder / "work", day=LATER)
    (line,) = again.lines
    assert line.startswith("giống hệt lần chạy 2026-11-23_01")
    said = CliRunner().invoke(bdg.app, [
        "analysis", "seal", str(home / "2026-11-23_01"), "--document", "QĐ 12/QĐ-SNV", "--date", "2027-01-15",
    ])  # fmt: skip
    assert said.exit_code == 0, said.output
    assert read_baseline(home / "baseline_2026_GIA-LAP.json").digest in said.output
    assert "chưa có văn bản thống nhất" in said.output
    return home


def test_the_same_bytes_make_no_second_folder(archive: Path, folder: Path) -> None:
    assert min(p.name for p in archive.iterdir() if p.is_dir()) == "2026-11-23_01"
    assert not list(archive.glob("2026-11-24*"))
    run = archive / "2026-11-23_01"
    assert there(run) == sorted([*VOUCHED, "restricted/microdata.csv", "restricted/microdata.parquet"])
    for name in ("results.json", "results.csv", "findings.json"):
        assert (run / name).read_bytes() == (folder / "work" / name).read_bytes()


def test_the_record_of_a_run(archive: Path) -> None:
    told = read_record(archive / "2026-11-23_01")
    assert (told.waves, told.practice, told.before, told.changed, told.baseline) == ((2026,), True, "", 0, "")
    assert sorted(told.inputs) == ["answers_2026", "frame", "links", "sample", "windows_2026"]
    assert told.digests == read_results(archive / "2026-11-23_01" / "results.json").digests
    assert {"python", "machine", "numpy", "pandas", "scipy"} <= set(told.versions)
    text = (archive / "2026-11-23_01" / FILE).read_text(encoding="utf-8")
    assert str(archive.parent) not in text


def test_results_are_not_written_over_and_changes_are_told(archive: Path, folder: Path) -> None:
    """Without the archive: refused, nothing touched.  With it: the old results are kept there, so the folder may move on."""
    out, before = folder / "work", {p.name: p.read_bytes() for p in (folder / "work").glob("*.*")}
    with pytest.raises(BdgError) as fault:
        keep(folder, "changed", out=out)
    assert [p.code for p in fault.value.problems] == ["DATA-215"]
    assert {p.name: p.read_bytes() for p in out.glob("*.*")} == before
    done = keep(folder, "changed", archive=archive, out=out, day=LATER)
    run = archive / "2026-11-24_01"
    assert there(run) == sorted([*VOUCHED, "changes.csv"])  # microdata lie in the working folder alone
    assert (out / "results.json").read_bytes() == (run / "results.json").read_bytes() != before["results.json"]
    with (run / "changes.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["why"] for line in lines} == {"số liệu kỳ 2026 | data of wave 2026"}
    one, two = (read_results(archive / n / "results.json") for n in ("2026-11-23_01", "2026-11-24_01"))
    score = {r.key: r.estimate for r in two.rows if r.indicator == "item_k01" and r.kind == "level" and not r.domain}
    ((key, now),) = score.items()
    was = next(r.estimate for r in one.rows if r.key == key)
    (line,) = [x for x in lines if x["key"] == key]
    assert (float(line["before"]), float(line["after"])) == (was, now)
    assert not [x for x in lines if x["indicator"] in ("A", "item_k02", "item_a01")]
    told = read_record(run)
    assert (told.before, told.changed) == ("2026-11-23_01", len(lines))
    assert any(f"{len(lines)} số đã công bố thay đổi" in text for text in done.lines)
    assert any("against the sealed baseline 2026" in text and "numbers differ" in text for text in done.lines)


def test_a_later_wave_is_refused_beside_another_baseline(archive: Path, folder: Path) -> None:
    before = there(archive)
    with pytest.raises(BdgError) as fault:
        keep(folder, "changed", "2030", archive=archive)
    (problem,) = fault.value.problems
    assert (problem.code, fault.value.exit_code) == ("DATA-217", 11)
    assert "QĐ 12/QĐ-SNV" in problem.text()
    assert there(archive) == before


def test_another_threshold_is_refused_before_anything_is_computed(
    archive: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(home: Path) -> Plan:
        plan = small(home)
        return replace(plan, target_ii3=replace(plan.target_ii3, threshold=50))

    monkeypatch.setattr(import_module("analysis.intake"), "load_plan", other)
    steps: list[str] = []
    given = Given({2026: folder / "2026" / "xml", 2030: folder / "2030"}, folder / "sample.csv")
    with pytest.raises(BdgError) as fault:
        run_kept(given, None, archive, day=DAY, progress=lambda step, _done, _of: steps.append(step))
    assert [p.code for p in fault.value.problems] == ["DATA-218"]
    assert steps == ["đọc dữ liệu kỳ 2026", "đọc dữ liệu kỳ 2030"]


def test_practice_and_real_do_not_share_an_archive(archive: Path, folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "runs" / "2026-11-23_01"
    home.mkdir(parents=True)
    for name in VOUCHED:
        (home / name).write_bytes((archive / "2026-11-23_01" / name).read_bytes())
    raw = json.loads((home / FILE).read_bytes())
    (home / FILE).write_text(json.dumps({**raw, "practice": False}), encoding="utf-8")
    with pytest.raises(BdgError) as fault:
        keep(folder, "changed", archive=home.parent)
    assert [p.code for p in fault.value.problems] == ["DATA-216"]


def test_a_seal_that_was_replaced_is_not_used(archive: Path, folder: Path, tmp_path: Path) -> None:
    """Named on the command line though another one stands in the archive."""
    old = read_baseline(archive / "baseline_2026_GIA-LAP.json")
    other = replace(old, document="QĐ 1")
    (tmp_path / "old.json").write_bytes(replace(other, digest=other.content()).body())
    given = Given({2026: folder / "2026" / "xml"}, folder / "sample.csv")
    with pytest.raises(BdgError) as fault:
        run_kept(given, None, archive, day=DAY, baseline=tmp_path / "old.json")
    assert [p.code for p in fault.value.problems] == ["DATA-220"]


def test_one_of_both_folders_is_needed() -> None:
    said = CliRunner().invoke(bdg.app, ["analysis", "run", "--wave", "2026=x", "--sample", "x"])
    assert (said.exit_code, "--archive" in said.output) == (2, True)


# ---- the weights of a sealed wave ----------------------------------------------------------------------------------


def _weights(people: pd.DataFrame, wave: int) -> list[float]:
    return people.loc[people["wave"] == wave].set_index("person")["weight"].sort_index().tolist()


def test_the_weights_of_a_sealed_wave_stay_what_they_were() -> None:
    """2030 is thin where 2026 is not: merged in every wave alike, 2026 would move after it was published."""
    base, _ = cases.survey(households=30)
    _, thin = cases.survey(households=12)
    plan, totals = cases.plan(least=20, bounds=(0.1, 10.0)), cases.totals()
    alone = weigh([base], base.people, plan, totals, order=cases.ORDER)
    both = cases.joined([base, thin])
    moved = weigh([base, thin], both, plan, totals, order=cases.ORDER)
    kept = weigh([base, thin], both, plan, totals, order=cases.ORDER, stands=2026)
    assert len(moved.margins[0].groups) < len(alone.margins[0].groups)
    assert _weights(moved.people, 2026) != _weights(alone.people, 2026)
    assert _weights(kept.people, 2026) == _weights(alone.people, 2026)
    assert kept.margins[0].groups == alone.margins[0].groups
    sums = kept.people.groupby("wave")["weight"].sum()
    assert sums[2030] == pytest.approx(totals.persons(2030))
    assert kept.notes[0].startswith("nhóm hiệu chỉnh giữ như khi niêm phong kỳ 2026 | ")


def test_groups_that_are_thin_in_a_later_wave_are_counted() -> None:
    base, _ = cases.survey(households=30)
    _, thin = cases.survey(households=12)
    found = weigh([base, thin], cases.joined([base, thin]), cases.plan(least=60, bounds=(0.1, 10.0)), cases.totals(),
                  order=cases.ORDER, stands=2026)  # fmt: skip
    counts = found.people[found.people["wave"] == 2030].groupby(f"margin {cases.MARGIN}").size()
    few = int((counts < 60).sum())
    assert few > 0
    assert [n for n in found.notes if n.startswith(f"{few} nhóm hiệu chỉnh giữ như kỳ 2026")]
