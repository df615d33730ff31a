"""Notebooks run from top to bottom on practice results, use doors only, and are committed without outputs."""

from __future__ import annotations

import ast
import contextlib
import io
import os
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient

from analysis.results import Results, Row
from forms import Variable, codebook, load_questionnaire, questionnaire_folder
from tests.house.tree import ROOMS, ROOT

BOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
STATE = "có tăng, chưa đủ căn cứ kết luận đạt mức 10%"
ALLOWED = {*ROOMS, "pathlib", "pandas", "numpy", "matplotlib"}


def _read(book: Path) -> Any:
    return nbformat.reads(book.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]  # nbformat is untyped


def _code(book: Path) -> list[Any]:
    return [cell for cell in _read(book).cells if cell.cell_type == "code"]


def test_there_is_a_tour() -> None:
    assert [book.name for book in BOOKS][:1] == ["01_tour.ipynb"]


@pytest.mark.parametrize("book", BOOKS, ids=lambda b: b.name)
def test_nothing_of_a_run_is_committed(book: Path) -> None:
    nbformat.validate(_read(book))
    assert [cell.id for cell in _code(book) if cell.outputs or cell.execution_count is not None] == []


@pytest.mark.parametrize("book", BOOKS, ids=lambda b: b.name)
def test_a_notebook_comes_in_by_the_doors(book: Path) -> None:
    for cell in _code(book):
        for node in ast.walk(ast.parse(cell.source)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert set(names) <= ALLOWED, cell.id


def _level(wave: int, estimate: float, domain: tuple[tuple[str, str], ...] = (), **more: Any) -> Row:
    return Row(
        "level", "score", "mean", wave, "point", domain=domain, estimate=estimate, se=1.0, df=54.0, lower=estimate - 2,
        upper=estimate + 2, interval="t", n=1000, psus=60, strata=6, **more,
    )  # fmt: skip


def _change(domain: tuple[tuple[str, str], ...], low: float, high: float, **more: Any) -> Row:
    return Row(
        "change", "score", "diff", 2030, "point", base_wave=2026, domain=domain, estimate=(low + high) / 2, se=1.0, df=80.0,
        lower=low, upper=high, interval="t", n=500, psus=91, strata=12, method="wave_centred", **more,
    )  # fmt: skip


def _results() -> Results:
    female, khu_vuc, boys = (("sex", "female"),), (("khu_vuc", "3"),), (("agegroup", "a15"),)
    rows = (
        _level(2026, 54.86), _level(2030, 62.62),
        _change((), 5.48, 10.04), _change(female, 5.0, 11.0), _change(khu_vuc, -2.5, 12.0),
        _change(boys, -40.0, 40.0, publish="hide", rule="n<25"),
        Row("target", "score", "rel", 2030, "percent", base_wave=2026, estimate=14.14, se=2.2, df=87.0, lower=9.84, upper=18.59,
            interval="fieller", n=1000, psus=91, strata=12, method="wave_centred", state=STATE),
    )  # fmt: skip
    return Results(practice=True, digests={}, rows=rows, texts={})


def _said(book: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything that the notebook prints when it runs in `folder`."""
    here = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *([here] if here else [])]))
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
    client = NotebookClient(_read(book), timeout=60, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    cells = [cell for cell in client.execute().cells if cell.cell_type == "code"]
    return "".join(out.text for cell in cells for out in cell.outputs if out.output_type == "stream")


def test_the_tour_tells_what_the_results_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = tmp_path / "out" / "demo"
    demo.mkdir(parents=True)
    (demo / "results.json").write_bytes(_results().json_bytes())
    said = _said(BOOKS[0], tmp_path, monkeypatch)
    assert "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN" in said
    assert "2026 54,9  (KTC 95%: 52,9 - 56,9)  n = 1000" in said
    assert "14,1  (KTC 95%: 9,8 - 18,6)" in said
    assert STATE in said
    assert "(*) không công bố do ít quan sát" in said
    assert "40,0" not in said
    assert "(('khu_vuc', '3'),) rộng 14,5 điểm" in said


def _microdata() -> pd.DataFrame:
    """160 made-up people of two waves: 8 hamlets each, half of them kept, two on the island; attitudes answered as asked."""
    rng = np.random.default_rng(7)
    items = codebook(load_questionnaire(questionnaire_folder())).items("A")
    rows = []
    for wave, first in ((2026, 0), (2030, 4)):
        for psu in range(first, first + 8):
            stratum = "hai_dao" if psu in (5, 6) else f"dat_lien_{psu % 2}"
            for i in range(10):
                view = float(rng.normal())
                row = {
                    "wave": wave,
                    "stratum": stratum,
                    "psu": f"P{psu}",
                    "weight": 100.0 + 10 * psu,
                    "sex": ("male", "female")[i % 2],
                }
                row |= {
                    "agegroup": ("a15_30", "a31_59")[i // 5],
                    "ethnic2": ("kinh", "minority")[i % 3 == 0],
                    "age": 20.0 + 4 * i,
                }
                row |= {
                    "area": ("urban", "rural")[psu % 2],
                    "exp_any": ("0", "3plus")[i % 4 == 0],
                    "score": 55 + 6 * view + (wave - 2026),
                }
                rows.append(row | _views(items, view, rng))
    return pd.DataFrame(rows)


def _views(items: tuple[Variable, ...], view: float, rng: np.random.Generator) -> dict[str, str]:
    """Sixteen answers as said: a reversed item is answered the other way round."""
    said = {item.name: int(np.clip(round(3 + view + rng.normal()), 1, 5)) for item in items}
    return {item.name: str(6 - said[item.name] if item.reverse else said[item.name]) for item in items}


def _shown(book: Path) -> dict[str, str]:
    """Cell by cell what a reader sees: what is printed, then the last expression as Jupyter would show it."""
    found: dict[str, str] = {}
    names: dict[str, Any] = {}
    for cell in _code(book):
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(tree, cell.id, "exec"), names)
            value = eval(compile(ast.Expression(last.value), cell.id, "eval"), names) if last else None
        found[cell.id] = said.getvalue() + (value._repr_html_() if hasattr(value, "_repr_html_") else "")
    return found


def test_a_question_of_one_s_own_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out" / "demo" / "restricted"
    folder.mkdir(parents=True)
    _microdata().to_parquet(folder / "microdata.parquet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    said = _shown(BOOKS[1])
    assert "160 người / people" in said["own-read"]
    assert all(
        "<table" in said[cell] for cell in ("own-levels", "own-shares", "own-moved", "own-storm", "own-glm", "own-margins")
    )
    assert "nam tăng hơn nữ / men gained more than women by" in said["own-moved"]
    assert said["own-storm"].count("not_estimable") == 1  # rule fail
    assert "kiểm tra câu hỏi ngược" in said["own-raw"]
    alphas = [float(line.split()[2]) for line in said["own-turned"].splitlines() if " alpha " in line]
    assert len(alphas) == 2
    assert min(alphas) > 0.8


def test_a_question_of_one_s_own_without_a_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="make demo"):
        _shown(BOOKS[1])


def test_the_tour_says_what_to_do_when_there_is_no_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, cell after cell: no second kernel for one sentence."""
    monkeypatch.chdir(tmp_path)
    said = io.StringIO()
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(said):
        for cell in _code(BOOKS[0]):
            exec(compile(cell.source, cell.id, "exec"), names)
    assert "make demo" in said.getvalue()
