"""The figures of a size study drawn beside are the figures drawn here, byte for byte; an error leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import beside as beside_module
from analysis.beside import beside
from analysis.power.command import size
from analysis.power.drawn import FIGURES, drawn
from analysis.power.options import Options
from analysis.power.study import study
from analysis.power.write import write_study
from forms import BdgError, load_plan, province_folder
from forms.survey import load_survey


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("size")
    made = size("51", Options(), out)
    assert sorted(p.name for p in made.written) == sorted(p.name for p in out.iterdir())
    return out


def test_drawn_beside_or_here_the_bytes_are_the_same(written: Path, tmp_path: Path) -> None:
    folder = province_folder("51")
    plan, survey = load_plan(folder), load_survey(folder)
    target = next(t.values[2030] for t in plan.targets if t.id == "II.3")
    write_study(study(survey, target, strata=6), plan, survey, tmp_path)
    for stem in FIGURES:
        for suffix in (".png", ".txt"):
            assert (tmp_path / f"{stem}{suffix}").read_bytes() == (written / f"{stem}{suffix}").read_bytes(), stem


def test_every_figure_has_its_words_and_they_stand_on_the_page(written: Path) -> None:
    page = (written / "CoMau.md").read_text(encoding="utf-8")
    for stem in FIGURES:
        words = (written / f"{stem}.txt").read_text(encoding="utf-8").strip()
        assert words
        assert f"![{words}]({stem}.png)" in page


def test_a_second_process_answers_and_ends() -> None:
    folder = province_folder("51")
    plan = load_plan(folder)
    target = next(t.values[2030] for t in plan.targets if t.id == "II.3")
    curves = study(load_survey(folder), target, strata=6).curves
    with beside() as pool:
        there = pool.submit(drawn, curves).result()
    assert list(there.files) == [f"{stem}{suffix}" for stem in FIGURES for suffix in (".png", ".txt")]
    assert there.alts == drawn(curves).alts


def test_a_system_without_a_second_process_draws_the_same(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError("no semaphores")

    monkeypatch.setattr(beside_module, "ProcessPoolExecutor", refused)
    size("51", Options(), tmp_path / "out")
    for file in written.iterdir():
        assert (tmp_path / "out" / file.name).read_bytes() == file.read_bytes(), file.name


def test_a_senseless_option_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(BdgError):
        size("51", Options(psus=1), tmp_path / "out")
    assert not (tmp_path / "out").exists()
