"""The front door: one command whose groups bear the rooms' names.  Joins rooms; nothing imports it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli import app as analysis_app
from forms.cli import app as forms_app
from forms.errors import BdgError
from reports.cli import app as reports_app

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from analysis.sampling.practice import Practice

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="bdg: đo nhận thức về bình đẳng giới của một tỉnh và nói thật điều đã thay đổi. "
    "(Measures what a province knows and thinks about gender equality, and says honestly whether that changed.)",
)
app.add_typer(forms_app, name="forms")
app.add_typer(analysis_app, name="analysis")
app.add_typer(reports_app, name="reports")


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Thư mục ghi kết quả (output folder)")] = Path("out/demo"),
    seed: Annotated[int, typer.Option(help="Số gieo (seed)")] = 1,
    households: Annotated[int, typer.Option(help="Số hộ mỗi địa bàn (households a PSU)")] = 23,
    psus: Annotated[int, typer.Option(help="Số địa bàn mỗi kỳ (PSUs a wave)")] = 60,
) -> None:
    """Cả chuỗi trên một tỉnh giả lập: mẫu, biểu mẫu, phỏng vấn thử, phân tích, báo cáo. (The whole chain, synthetic.)"""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<44}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        _demo(out, seed, psus, households, bar)


@app.command()
def menu(
    folder: Annotated[Path, typer.Argument(help="Thư mục làm việc (the desk's folder)")] = Path("BDG"),
    pack: Annotated[Path | None, typer.Option(help="Vòng tập huấn làm sẵn (a ready practice round)")] = None,
) -> None:
    """Từng bước bằng tiếng Việt, từ chọn đợt đến báo cáo; không cần nhớ lệnh. (Numbered steps; no command to remember.)"""
    import subprocess

    from reports.desk import Talk
    from reports.desk import menu as speak

    def call(words: Sequence[str]) -> int:
        return subprocess.run([sys.executable, "-m", "bdg", *words], check=False).returncode

    speak(folder, Talk(typer.echo, input, call), pack)


def _demo(out: Path, seed: int, psus: int, households: int, bar: Progress) -> None:
    """The chain, a task of the progress bar a step."""
    from analysis.results import read_results
    from analysis.run import run
    from analysis.sampling.practice import practice, write_practice
    from forms import load_places, province_folder, questionnaire_folder
    from forms.build import build, write
    from forms.rehearsal.rehearse import rehearse
    from forms.rehearsal.window import window
    from reports import survey

    sample, steps = out / "sample" / "sample.csv", bar.add_task("mẫu hai kỳ / sample of two waves", total=1)
    made = practice(load_places(province_folder()), seed, psus=psus, households=households)
    write_practice(made, out / "sample")
    (out / "sample" / "margins.csv").write_bytes(_totals(made))
    bar.update(steps, completed=1)
    steps = bar.add_task("biểu mẫu, ODK Validate / form", total=1)
    built = build(questionnaire_folder())
    write(built, out / "form")
    bar.update(steps, completed=1)
    for wave in (2026, 2030):
        task = bar.add_task(f"phỏng vấn thử {wave} / rehearsal", total=None)
        found = rehearse(
            questionnaire_folder(), sample, out / "sample" / "frame.csv", wave, window(sample, wave, "51"), seed,
            out / f"rehearsal-{wave}", progress=_steps(bar, task), built=built,
        )  # fmt: skip
        for line in found.lines():
            bar.console.print(f"  {line}", highlight=False)
    task = bar.add_task("phân tích / analysis", total=None)
    given = {2026: out / "rehearsal-2026" / "submissions.csv.zip", 2030: out / "rehearsal-2030" / "odata"}
    written = run(given, sample, out, progress=lambda _step, done, of: _steps(bar, task)(done, of))
    bar.update(task, completed=1, total=1)
    task = bar.add_task("báo cáo / reports", total=4)
    written += survey(read_results(out / "results.json"), out, progress=lambda _: bar.advance(task))
    bar.update(task, completed=4)
    written += _yearly(out, seed, bar)
    for path in written:
        bar.console.print(f"đã ghi / wrote {path}", highlight=False, soft_wrap=True)


def _yearly(out: Path, seed: int, bar: Progress) -> tuple[Path, ...]:
    """The last year of the plan: returns of made-up units, the five targets, the evaluation report."""
    from analysis.results import read_results
    from analysis.returns.folder import read_returns
    from analysis.returns.written import write_returns
    from analysis.targets.make import Inputs, targets
    from forms import load_plan, load_questionnaire, province_folder, questionnaire_folder
    from forms.rehearsal.returned import practice_returns
    from forms.returns import Period
    from forms.units import read_units
    from reports.yearly.files import Order, yearly

    year, home = 2030, out / "tong-ket-2030"
    task = bar.add_task("báo cáo của đơn vị / returns of units", total=4)
    sent = practice_returns(home / "returns", year, seed=seed)
    bar.advance(task)
    units = read_units(home / "returns" / "units.csv", [t.id for t in load_plan(province_folder()).targets])
    folders: dict[str, list[Path]] = {}
    for s in sent:
        form, place = load_questionnaire(questionnaire_folder(s.form)), home / "read" / s.folder.name
        write_returns(read_returns(s.folder, form, units, Period(s.year, s.kind), s.received), place)
        folders.setdefault(s.form, []).append(place)
    bar.advance(task)
    given = Inputs(year, "final", folders, [out / "results.json"], units=home / "returns" / "units.csv")
    written, _ = targets(given, home / "targets")
    bar.advance(task)
    written += yearly(read_results(home / "targets" / "results.json"), Order("final"), home)
    bar.update(task, completed=4)
    return written


def _totals(made: Practice) -> bytes:
    """margins.csv of the practice province, from the model of its people."""
    from analysis.sampling.practice import WINDOWS
    from analysis.weighting.practised import practice_targets
    from analysis.weighting.targets import targets_bytes
    from forms import load_plan, province_folder
    from forms.rehearsal.people import read_model
    from forms.rehearsal.truth import margins

    model, bands = read_model(), [(b.code, b.low, b.high) for b in load_plan(province_folder()).bands]
    days = {wave: first for wave, (first, _) in WINDOWS.items()}
    return targets_bytes(practice_targets(made.frame, days, lambda households: margins(model, households, bands)))


def _steps(bar: Progress, task: TaskID) -> Callable[[int, int], None]:
    """A callback that moves one task of the bar."""
    return lambda done, of: bar.update(task, completed=done, total=of)


def main() -> None:
    """Run; a person's mistake is told in words with the exit code of who must act, our own bug keeps its trace."""
    gc.set_threshold(100_000, 20, 20)  # a command is short and makes millions of small records: cycles may wait
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except BdgError as error:
        print(error, file=sys.stderr)  # noqa: T201  the front door speaks to a person
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
