"""bdg analysis …: parse, call, say what was written.  No logic, no question asked; heavy imports inside the commands."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from .archive.cli import seal
from .cleaning.cli import decide
from .foreign.cli import tables
from .privacy.cli import contacts, forget
from .privacy.cli import request as privacy_request
from .publishing.cli import publish
from .quality.backcheck_cli import backcheck
from .quality.cli import quality
from .readers.cli import receive
from .sampling.cli import app as sample_app
from .targets.cli import targets

app = typer.Typer(
    no_args_is_help=True,
    help="Sau thực địa: mẫu, số liệu, quyền số, ước lượng, thay đổi. (After the field: sample, data, estimates, change.)",
)
app.add_typer(sample_app, name="sample")
app.command()(seal)
app.command()(decide)
app.command()(tables)
app.command()(forget)
app.add_typer(privacy_request, name="request")
app.add_typer(contacts, name="contacts")
app.command()(backcheck)
app.command()(quality)
app.command()(receive)
app.command()(targets)
app.command()(publish)

_OUT = Annotated[Path, typer.Option("--out", help="Thư mục ghi kết quả (output folder)")]
_PROVINCE = Annotated[str, typer.Option(help="Mã tỉnh (province)")]
_MARGINS = Annotated[Path | None, typer.Option(help="margins.csv (mặc định: cạnh sample.csv nếu có; default beside it)")]
_RELEASES = Annotated[Path | None, typer.Option(help="releases.csv (mặc định: cạnh sample.csv nếu có; default beside it)")]


def waves_of(pairs: list[str]) -> dict[int, Path]:
    """2026=FILE … -> {2026: FILE}.  A usage error names the pair that is not of that shape."""
    found: dict[int, Path] = {}
    for pair in pairs:
        year, _, file = pair.partition("=")
        if not year.isdigit() or not file or int(year) in found:
            raise typer.BadParameter(f"{pair!r}: viết NĂM=TỆP, mỗi kỳ một lần (YEAR=FILE, once a wave)", param_hint="--wave")
        found[int(year)] = Path(file)
    return found


@app.command()
def run(
    wave: Annotated[list[str], typer.Option(help="NĂM=TỆP, ví dụ 2026=submissions.csv.zip (YEAR=FILE)")],
    sample: Annotated[Path, typer.Option(help="sample.csv")],
    out: Annotated[Path | None, typer.Option("--out", help="Thư mục ghi kết quả (output folder)")] = None,
    archive: Annotated[
        Path | None, typer.Option(help="Kho lưu: mỗi lần chạy một thư mục riêng, không ghi đè (archive; a folder a run)")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="Bản niêm phong kỳ gốc (mặc định: tìm trong kho lưu, trong đợt; sealed baseline)")
    ] = None,
    frame: Annotated[Path | None, typer.Option(help="frame.csv (mặc định: cạnh sample.csv)")] = None,
    links: Annotated[Path | None, typer.Option(help="psu_links.csv (mặc định: cạnh sample.csv)")] = None,
    windows: Annotated[Path | None, typer.Option(help="waves.yaml (mặc định: cạnh sample.csv, rồi plan.yaml)")] = None,
    margins: _MARGINS = None,
    releases: _RELEASES = None,
    province: _PROVINCE = "51",
) -> None:
    """Từ phiếu đã gửi đến results.json, một kỳ hoặc hai kỳ. (From submissions to results.json, one wave or two.)"""
    from rich.progress import Progress

    from .archive.keep import run_kept
    from .intake import Given

    if out is None and archive is None:
        raise typer.BadParameter("cần --out hoặc --archive (one of both)", param_hint="--out")
    given = Given(waves_of(wave), sample, province, frame, links, windows, None, margins, releases)
    with Progress(transient=True) as bar:
        task = bar.add_task("phân tích", total=None)
        kept = run_kept(
            given, out, archive, day=date.today(), baseline=baseline,  # noqa: DTZ011  the day on the office's own clock
            progress=lambda step, done, of: bar.update(task, description=step, completed=done, total=of),
        )  # fmt: skip
    for line in (*kept.lines, *(f"đã ghi / wrote {path}" for path in kept.paths)):
        typer.echo(line)
    from .cleaning.taken import waiting

    if n := waiting(kept.findings):
        typer.echo(f"chờ quyết định / decisions wait: {n} (findings.json; bdg analysis decide)")
        raise typer.Exit(3)


@app.command()
def weigh(
    wave: Annotated[list[str], typer.Option(help="NĂM=TỆP, ví dụ 2026=submissions.csv.zip (YEAR=FILE)")],
    sample: Annotated[Path, typer.Option(help="sample.csv")],
    out: _OUT,
    margins: _MARGINS = None,
    releases: _RELEASES = None,
    replicates: Annotated[int, typer.Option(min=0, help="Số bộ quyền số lặp (bootstrap), 0: không (replicates)")] = 0,
    seed: Annotated[int, typer.Option(help="Số gieo của bootstrap (seed)")] = 1,
    frame: Annotated[Path | None, typer.Option(help="frame.csv (mặc định: cạnh sample.csv)")] = None,
    links: Annotated[Path | None, typer.Option(help="psu_links.csv (mặc định: cạnh sample.csv)")] = None,
    windows: Annotated[Path | None, typer.Option(help="waves.yaml (mặc định: cạnh sample.csv, rồi plan.yaml)")] = None,
    province: _PROVINCE = "51",
) -> None:
    """Quyền số từng bước: cơ bản, trả lời, hiệu chỉnh theo dân số, cắt; và quyền số lặp. (Weights, step by step.)"""
    from rich.progress import Progress

    from .intake import Given
    from .weight_files import weigh_files

    given = Given(waves_of(wave), sample, province, frame, links, windows, None, margins, releases)
    with Progress(transient=True) as bar:
        task = bar.add_task("quyền số", total=None)
        made = weigh_files(
            given, out, replicates=replicates, seed=seed,
            progress=lambda step, done, of: bar.update(task, description=step, completed=done, total=of),
        )  # fmt: skip
    for line in (*made.lines, *(f"đã ghi / wrote {path}" for path in made.paths)):
        typer.echo(line)


@app.command()
def returns(
    folder: Annotated[Path, typer.Argument(help="Thư mục chứa các mẫu Excel đã điền (folder of filled-in templates)")],
    form: Annotated[str, typer.Option(help="Tên biểu mẫu: unit, media, convention (form)")],
    out: _OUT,
    units: Annotated[Path | None, typer.Option(help="units.csv (mặc định: bản dự thảo của tỉnh; default: the draft)")] = None,
    year: Annotated[int, typer.Option(help="Năm báo cáo (mặc định: như trong tệp; default: as in the files)")] = 0,
    period: Annotated[str, typer.Option(help="Loại báo cáo, mã của biểu mẫu (kind of report)")] = "",
    received: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Ngày nhận tệp (mặc định: hôm nay; default: today)")
    ] = None,
    province: _PROVINCE = "51",
) -> None:
    """Đọc cả thư mục mẫu Excel đã điền; nêu ô sai, đơn vị chưa báo cáo. (Read a folder of returns; 3 if a finding is red.)"""
    from .returns.command import returns as read_all

    when = received.date() if received else date.today()  # noqa: DTZ011  the day on the office's own clock
    lines, decide = read_all(folder, form, units, out, year=year, kind=period, received=when, province=province)
    for line in lines:
        typer.echo(line)
    if decide:
        raise typer.Exit(3)


@app.command()
def labels(
    out: _OUT,
    form: Annotated[str, typer.Argument(help="Tên biểu mẫu hoặc thư mục (form name or folder)")] = "household",
    csv: Annotated[Path | None, typer.Option(help="microdata.csv: chỉ đọc dòng tiêu đề (only its header is read)")] = None,
    lang: Annotated[Literal["vi", "en"], typer.Option(help="Ngôn ngữ của nhãn (language of the labels)")] = "vi",
    province: _PROVINCE = "51",
) -> None:
    """Nhãn cho SPSS và Stata: .sav, .dta không có dòng nào, .sps, .do và bảng mã. (Labels for SPSS and Stata.)"""
    from forms import load_questionnaire, questionnaire_folder

    from .label_files import label_files

    folder = Path(form) if (Path(form) / "form.yaml").exists() else questionnaire_folder(form)
    for path in label_files(load_questionnaire(folder), out, lang=lang, table=csv, province=province):
        typer.echo(f"đã ghi / wrote {path}")
