"""The seven notebooks on the chain's practice run: each runs to its end, and says what other arithmetic says."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import math
import os
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from scipy.stats import nct, t

from analysis.results import Results, Row, read_results
from tests.chain.conftest import ROOT, Chain

BOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
ONE_WAVE = ("01_tour", "02_baseline", "06_power")


def book(name: str) -> Any:
    (path,) = [b for b in BOOKS if b.stem == name]
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]  # nbformat is untyped


def shown(name: str, place: Path) -> dict[str, str]:
    """Cell by cell what a reader sees in `place`/notebooks: what is printed, then the last expression as Jupyter shows it."""
    found: dict[str, str] = {}
    names: dict[str, Any] = {}
    with contextlib.chdir(place / "notebooks"):
        for cell in (c for c in book(name).cells if c.cell_type == "code"):
            tree, said = ast.parse(cell.source), io.StringIO()
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            with contextlib.redirect_stdout(said):
                exec(compile(tree, cell.id, "exec"), names)
                value: Any = eval(compile(ast.Expression(last.value), cell.id, "eval"), names) if last else None
            found[cell.id] = said.getvalue() + (value._repr_html_() if hasattr(value, "_repr_html_") else "")
    return found


def laid(run: Path, place: Path) -> Path:
    """A checkout whose out/demo is that run."""
    (place / "notebooks").mkdir(parents=True)
    shutil.copytree(run, place / "out" / "demo")
    return place


class Course:
    """The notebooks on one run, each run once; results and people beside them, read without analysis.open."""

    def __init__(self, run: Path, place: Path) -> None:
        self.place = laid(run, place)
        self.results: Results = read_results(run / "results.json")
        self.people = pd.read_parquet(run / "restricted" / "microdata.parquet")
        self.said = cache(lambda name: shown(name, self.place))

    def row(self, **wanted: object) -> Row:
        (one,) = [r for r in self.results.rows if all(getattr(r, k) == v for k, v in wanted.items())]
        return one


@pytest.fixture(scope="module")
def course(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    from matplotlib import pyplot as plt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matplotlib.pyplot.show", lambda: None)
        yield Course(chain.analysed("plain"), tmp_path_factory.mktemp("course"))
    plt.close("all")


def number(text: str, pattern: str) -> float:
    """The number that a text says after these words."""
    found = re.search(pattern + r" (-?\d+(?:,\d+)?)", text)
    assert found, (pattern, text)
    return float(found[1].replace(",", "."))


@pytest.mark.parametrize("name", [b.stem for b in BOOKS])
def test_every_cell_runs_under_the_stamp(course: Course, name: str) -> None:
    said = course.said(name)
    assert STAMP in "".join(said.values())
    answer = next(text for cell, text in said.items() if cell.endswith("-answer"))
    assert len(answer) > 30


def test_the_tour_says_the_headline_and_its_readings(course: Course) -> None:
    said = course.said("01_tour")
    for wave in (2026, 2030):
        row = course.row(kind="level", indicator="score", estimand="mean", wave=wave, domain=(), method="")
        assert row.estimate is not None
        assert number(said["tour-written"], f"{wave}") == round(row.estimate, 1)
    states = [r.state for r in course.results.rows if r.kind == "target" and r.indicator == "score" and not r.domain]
    assert len(states) == 2
    assert all(state in said["tour-verdict"] for state in states)
    assert "chưa có, báo cáo chưa kết luận" in said["tour-verdict"]


def test_shares_are_weighted_shares(course: Course) -> None:
    """By hand, from the file alone."""
    here = course.people[(course.people["wave"] == 2026) & course.people["exp_any"].notna()]
    sums = here.groupby("exp_any")["weight"].sum() / here["weight"].sum()
    told = [float(x.replace(",", ".")) for x in re.findall(r"%: (\d+,\d) \(KTC", course.said("02_baseline")["base-exposure"])]
    assert sorted(told) == pytest.approx(sorted(100 * sums), abs=0.05)
    assert "Không lần nào" in course.said("02_baseline")["base-exposure"]


def test_the_parts_of_the_design_effect_make_the_whole(course: Course) -> None:
    said = course.said("02_baseline")["base-deff"]
    parts = [number(said, name) for name in ("deff_weighting", "deff_clustering", "deff_stratification", "deff_calibration")]
    assert math.prod(parts) == pytest.approx(number(said, "deff"), abs=0.05)
    errors = number(said, "se"), number(said, "drawn alone")
    assert (errors[0] / errors[1]) ** 2 == pytest.approx(number(said, "deff"), abs=0.05)


def test_the_common_hamlets_are_counted(course: Course) -> None:
    overlap = course.results.texts["overlap"]
    told = [int(x) for x in re.findall(r"\d+", course.said("03_change")["change-open"].splitlines()[-1])]
    assert told == [overlap["psus_2026"], 2026, overlap["psus_2030"], 2030, overlap["common"]]


def test_the_contrast_of_two_changes_is_their_difference(course: Course) -> None:
    moved = {
        dict(r.domain)["sex"]: r.estimate or 0.0
        for r in course.results.rows
        if r.kind == "change" and r.indicator == "score" and r.estimand == "diff" and r.method == "wave_centred"
        and [name for name, _ in r.domain] == ["sex"]
    }  # fmt: skip
    told = number(course.said("03_change")["change-contrast"], "women:")
    assert told == pytest.approx(moved["male"] - moved["female"], abs=0.051)


def test_reversed_items_are_found_and_turned(course: Course) -> None:
    said = course.said("04_items")
    assert "kiểm tra câu hỏi ngược" in said["items-raw"]
    assert number(said["items-raw"], "alpha") < 0.3
    assert number(said["items-reliable"], "2026 alpha") > 0.6
    assert "either way" in said["items-moved"] or "Kết luận phụ thuộc" in said["items-moved"]


def test_the_unweighted_score_is_the_plain_mean(course: Course) -> None:
    table = pd.read_html(io.StringIO(course.said("05_weights")["weights-steps"]), index_col=0)[0]
    means = course.people.groupby("wave")["score"].mean()
    assert table.iloc[0]["2026 estimate"] == pytest.approx(means[2026], abs=0.005)
    for wave in (2026, 2030):
        row = course.row(kind="level", indicator="score", estimand="mean", wave=wave, domain=(), method="")
        assert table.iloc[-1][f"{wave} estimate"] == pytest.approx(row.estimate, abs=0.005)
        assert table.iloc[-1][f"{wave} se"] == pytest.approx(row.se, abs=0.005)
    rules = pd.read_html(io.StringIO(course.said("05_weights")["weights-storm"].split("\n", 1)[1]))[0]
    assert rules.loc[rules["status"] == "not_estimable", "method"].tolist() == ["fail"]
    assert len(rules) == 6


def test_power_is_the_tail_of_the_noncentral_t(course: Course) -> None:
    """Kish's variance written out, half of the hamlets kept, scipy's noncentral t: another way to the same percent."""
    said = course.said("06_power")
    measured = said["power-measured"]
    sd, icc, kish = (number(measured, name) for name in ("sd", "ICC", "Kish"))
    level = course.row(kind="level", indicator="score", estimand="mean", wave=2026, domain=(), method="")
    assert level.estimate is not None
    psus, households, answered, kept = 120, 20, 0.85, 60
    variance = kish * sd**2 / (psus * households * answered) * (1 + (households - 1) * answered * icc)
    covariance = kept / psus**2 * 0.7 * icc * sd**2
    df = 2 * (psus - level.strata) - (kept - level.strata)
    told = {int(rise): int(p) for rise, p in re.findall(r"true rise (\d+)%.*?proven (\d+)%", said["power-scenario"])}
    assert list(told) == [10, 12, 15, 20]
    for rise, percent in told.items():
        gain = level.estimate * (rise - 10) / 100
        se = math.sqrt(variance * (1 + 1.1**2) - 2 * 1.1 * covariance)
        hand = 100 * float(nct.sf(t.ppf(0.975, df), df, gain / se)) if gain else 2.5
        assert percent == pytest.approx(hand, abs=2), rise


def test_the_replicated_table_agrees_with_the_results(course: Course) -> None:
    said = course.said("07_replicate")
    assert re.search(r"(\d+) dòng × 9 ô trùng", said["again-same"])
    assert said["again-answer"].count("trùng / agrees") == 2
    table = pd.read_html(io.StringIO(said["again-same"].split("\n", 2)[2]), index_col=0, thousands="'")[0]
    row = course.row(kind="level", indicator="score", estimand="mean", wave=2030, domain=(), method="")
    assert table.loc["Chung", "2030"] == f"{row.estimate:.1f}".replace(".", ",")
    groups = ("sex", "agegroup", "area", "ethnic2")
    hidden = [
        r for r in course.results.rows
        if r.indicator == "score" and r.publish == "hide" and [n for n, _ in r.domain] in [[g] for g in groups]
        and ((r.kind, r.estimand) == ("level", "mean") or (r.kind, r.method, r.estimand) == ("change", "wave_centred", "diff"))
    ]  # fmt: skip
    assert int((table == "(*)").to_numpy().sum()) == len(hidden) > 0


def test_the_replication_notices_a_number_that_was_changed(course: Course, tmp_path: Path) -> None:
    """A group's estimate moved by a millionth in results.json: the notebook stops at it."""
    place = laid(course.place / "out" / "demo", tmp_path)
    path = place / "out" / "demo" / "results.json"
    raw = json.loads(path.read_bytes())
    (one,) = [
        r for r in raw["rows"]
        if (r["kind"], r["indicator"], r["wave"], r["domain"], r["method"]) == ("level", "score", 2030, {"sex": "male"}, "")
    ]  # fmt: skip
    one["estimate"] += 1e-6
    path.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(AssertionError, match="Nam"):
        shown("07_replicate", place)


@pytest.mark.parametrize("name", ONE_WAVE)
def test_before_the_second_wave_there_is_a_baseline(chain: Chain, tmp_path: Path, name: str, course: Course) -> None:
    """In the years to 2030 three of the seven already run."""
    del course  # its patch of pyplot.show
    run = tmp_path / "run"
    shutil.copytree(chain.one_wave(), run, ignore=shutil.ignore_patterns("*.txt"))
    said = shown(name, laid(run, tmp_path / "checkout"))
    assert STAMP in "".join(said.values())


# ---- in a kernel ---------------------------------------------------------------------------------------------------


def in_a_kernel(name: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The notebook as Jupyter runs it, in `place`/notebooks."""
    here = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *([here] if here else [])]))
    monkeypatch.setenv("IPYTHONDIR", str(place / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(place / "runtime"))
    where = {"metadata": {"path": str(place / "notebooks")}}
    return NotebookClient(book(name), timeout=60, kernel_name="python3", resources=where).execute()


def test_a_kernel_runs_one_with_a_figure(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [c for c in in_a_kernel("06_power", course.place, monkeypatch).cells if c.cell_type == "code"]
    text = "".join(out.text for c in cells for out in c.outputs if out.output_type == "stream")
    assert text == "".join(course.said("06_power").values())
    pictures = [out for c in cells for out in c.outputs if "image/png" in out.get("data", {})]
    assert len(pictures) == 1


def test_without_a_demo_the_reader_is_told_what_to_do_and_sees_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notebooks").mkdir()
    with pytest.raises(CellExecutionError) as stopped:
        in_a_kernel("01_tour", tmp_path, monkeypatch)
    told = stopped.value.traceback
    assert "[DATA-225]" in told
    assert "make demo" in told
    assert "Traceback" not in told
    assert "opened.py" not in told
