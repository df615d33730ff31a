"""bdg forms …: parse, call, say what was written.  No logic, no question asked; heavy imports inside the commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from .importing.cli import import_form
from .kit.cli import kit
from .languages.cli import translate
from .ledger.cli import new as new_round
from .lint.cli import check
from .preview.cli import preview
from .rehearsal.cli import rehearse
from .returns.cli import template
from .servers.publish_command import publish
from .servers.pull_command import pull

app = typer.Typer(
    no_args_is_help=True,
    help="Trước thực địa: bảng hỏi, biểu mẫu, phỏng vấn thử. (Before the field: questionnaire, form, rehearsal.)",
)

_OUT = Annotated[Path, typer.Option("--out", help="Thư mục ghi kết quả (output folder)")]
_DIFFERS = {"safe": 0, "note": 3, "breaking": 10}


def _folders(names: list[str] | None) -> list[Path]:
    from .shelf import form_folders

    return form_folders(names)


@app.command()
def build(
    form: Annotated[list[str] | None, typer.Argument(help="Tên biểu mẫu hoặc thư mục (form name or folder)")] = None,
    out: _OUT = Path("out/forms"),
    target: Annotated[Literal["central", "kobo"], typer.Option(help="Máy chủ nhận biểu mẫu (server)")] = "central",
    listing: Annotated[
        Literal["attachment", "entities"],
        typer.Option("--list", help="Danh sách hộ: tệp đính kèm, hoặc thực thể của Central (list as)"),
    ] = "attachment",
    turned_on: Annotated[
        list[str] | None, typer.Option("--with", help="Bật công tắc của biểu mẫu, ví dụ gps (switch on)")
    ] = None,
    language: Annotated[list[str] | None, typer.Option(help="Thêm ngôn ngữ đã dịch, ví dụ hre (add a language)")] = None,
    sample: Annotated[Path | None, typer.Option(help="sample.csv: tạo thêm danh sách xã, thôn, hộ (adds the list files)")] = None,
    wave: Annotated[int | None, typer.Option(help="Kỳ khảo sát của danh sách (wave of the lists)")] = None,
    frame: Annotated[Path | None, typer.Option(help="frame.csv (mặc định: cạnh sample.csv)")] = None,
    releases: Annotated[
        Path | None, typer.Option(help="releases.csv: hộ dự phòng đã cho dùng (mặc định: cạnh sample.csv)")
    ] = None,
    panel: Annotated[Path | None, typer.Option(help="panel.csv: người phỏng vấn lại theo mã, cần --with panel (panel)")] = None,
    units: Annotated[Path | None, typer.Option(help="units.csv: đơn vị phải báo cáo (reporting units)")] = None,
    province: Annotated[str, typer.Option(help="Mã tỉnh (province)")] = "51",
    skip_validate: Annotated[
        bool, typer.Option("--skip-validate", help="Không chạy ODK Validate (faster; not for the field)")
    ] = False,
) -> None:
    """Tạo XLSForm, XForm và sổ mã; kiểm tra bằng ODK Validate. (Build XLSForm, XForm and codebook.)"""
    from rich.progress import Progress

    from .build import notices
    from .package import Order, Sample, package, write_package

    if (sample is None) != (wave is None):
        raise typer.BadParameter("--sample đi cùng --wave (--sample goes with --wave)", param_hint="--sample")
    if sample is None and (releases or panel):
        raise typer.BadParameter("cần --sample và --wave (needs --sample and --wave)", param_hint="--releases, --panel")
    wanted = Sample(sample, frame or sample.with_name("frame.csv"), wave, releases, panel) if sample and wave else None
    order = Order(
        tuple(_folders(form)),
        tuple(turned_on or ()),
        target,
        listing,
        tuple(language or ()),
        not skip_validate,
        wanted,
        units,
        province,
    )
    with Progress(transient=True) as bar:
        task = bar.add_task("dựng biểu mẫu / building", total=len(order.folders))
        made = package(order, lambda name: bar.update(task, advance=1, description=name))
    for path in write_package(made, out):
        typer.echo(f"đã ghi / wrote {path}")
    told = [note for one in made.built for note in notices(one.form)]
    if skip_validate:
        told.append("chưa chạy ODK Validate: không dùng bản này ngoài thực địa / not validated: not for the field")
    for notice in (*told, *made.notices()):
        typer.echo(f"lưu ý / note: {notice}", err=True)


@app.command()
def lock(
    wave: Annotated[int, typer.Argument(help="Kỳ khảo sát (wave)")],
    form: Annotated[
        list[str] | None, typer.Argument(help="Tên biểu mẫu hoặc thư mục; bỏ trống: tất cả (form; all by default)")
    ] = None,
) -> None:
    """Khóa bảng hỏi của một kỳ; cần bằng chứng thử nghiệm hoặc văn bản miễn. (Lock a wave's questionnaire; needs evidence.)"""
    from .build import load
    from .locking import lock_all

    folders = _folders(form)
    for path in lock_all([(load(folder), folder) for folder in folders], wave):
        typer.echo(f"đã ghi / wrote {path.parent.name}/{path.name}")


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="Bản cũ: tên biểu mẫu, thư mục, tệp .lock hoặc .xlsx (the older version)")],
    new: Annotated[str, typer.Argument(help="Bản mới (the newer version)")],
) -> None:
    """So hai bản trước khi công bố: an toàn, so được có ghi chú, không so được. (Safe, comparable with a note, breaking.)"""
    from .compared import version_of
    from .diff import changes, told

    found = changes(version_of(old), version_of(new))
    for line in told(found):
        typer.echo(line)
    raise typer.Exit(max((_DIFFERS[c.kind] for c in found), default=0))


app.command()(check)
app.command("import")(import_form)
app.command()(kit)
app.command()(preview)
app.command()(publish)
app.command()(pull)
app.command()(rehearse)
app.command("round")(new_round)
app.command()(template)
app.add_typer(translate, name="translate")
