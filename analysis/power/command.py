"""`bdg analysis sample size`: from a province's files and the options to a study on disk.

Imports the forms door (plan, places, survey), options, beside, drawn; study and write late.  Knows the order of the steps only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forms import Place, Plan, load_places, load_plan, province_folder, refuse
from forms.plan import TargetValue
from forms.survey import load_survey

from ..beside import beside
from .drawn import FIGURES, Drawn, joined, one
from .options import Options, changed

if TYPE_CHECKING:
    from .study import Progress

TARGET = "II.3"


@dataclass(frozen=True)
class Made:
    """What the command prints, and the files it wrote."""

    said: str
    written: tuple[Path, ...]


def size(province: str, options: Options, out: Path, *, simulate: int = 0, seed: int = 1) -> Made:
    """Study the province's survey plan with the options and write it.  Every BdgError of `study`, and PLAN-001, PLAN-002."""
    with beside() as pool:
        from .study import study
        from .write import summary, write_study

        folder = province_folder(province)
        plan, survey = load_plan(folder), changed(load_survey(folder), options)
        strata = strata_of(load_places(folder)) if options.strata is None else options.strata
        figures: list[Future[Drawn]] = []
        with _bar(simulate) as progress:
            made = study(
                survey, target_of(plan, max(survey.waves)), simulate=simulate, seed=seed, strata=strata,
                null="pooled" if options.pooled else "unpooled", progress=progress,
                draw=lambda curves: figures.extend(pool.submit(one, curves, stem) for stem in FIGURES),
            )  # fmt: skip
        return Made(summary(made), write_study(made, plan, survey, out, lambda: joined(f.result() for f in figures)))


def target_of(plan: Plan, wave: int) -> TargetValue:
    """What target II.3 asks in a wave.  PLAN-001 when the plan does not say."""
    found = [t.values[wave] for t in plan.targets if t.id == TARGET and wave in t.values]
    if not found:
        raise refuse("PLAN-001", "plan.yaml", expected=f"{TARGET}: {wave}", got="-", field=f"targets.{TARGET}.values.{wave}")
    return found[0]


def strata_of(places: Iterable[Place]) -> int:
    """How many strata zones and former provinces make: what a draw will have unless survey.yaml says otherwise."""
    return len({(p.zone, p.former_province) for p in places})


@contextmanager
def _bar(runs: int) -> Iterator[Progress | None]:
    """A progress bar while surveys are simulated, none otherwise."""
    if not runs:
        yield None
        return
    from rich.progress import Progress as Bar

    with Bar(transient=True) as bar:
        task = bar.add_task("mô phỏng", total=None)
        yield lambda step, done, of: bar.update(task, description=step, completed=done, total=of)
