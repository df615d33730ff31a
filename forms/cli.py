"""bdg forms …: parse, call, say what was written.  No logic, no question asked; heavy imports inside the commands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    help="Trước thực địa: bảng hỏi, biểu mẫu, phỏng vấn thử. (Before the field: questionnaire, form, rehearsal.)",
)

_OUT = Annotated[Path, typer.Option("--out", help="Thư mục ghi kết quả (output folder)")]
_DIFFERS = {"safe": 0, "note": 3, "breaking": 10}
_DAY = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


def _folders(names: list[str] | None) -> list[Path]:
    from .errors import refuse
    from .load import questionnaire_folder

    shelf = questionnaire_folder("").resolve()
    known = sorted(p.parent.name for p in shelf.glob("*/form.yaml"))
    found = []
    for name in names or known:
        folder = Path(name) if (Path(name) / "form.yaml").exists() else shelf / name
        if not (folder / "form.yaml").exists():
            raise refuse("FORM-002", name, expected=", ".join(known), got=name)
        found.append(folder)
    return found


@app.command()
def build(
    form: Annotated[list[str] | None, typer.Argument(help="Tên biểu mẫu hoặc thư mục (form name or folder)")] = None,
    out: _OUT = Path("out/forms"),
    sample: Annotated[Path | None, typer.Option(help="sample.csv: tạo thêm danh sách xã, thôn, hộ (adds the list files)")] = None,
    wave: Annotated[int | None, typer.Option(help="Kỳ khảo sát của danh sách (wave of the lists)")] = None,
    frame: Annotated[Path | None, typer.Option(help="frame.csv (mặc định: cạnh sample.csv)")] = None,
    province: Annotated[str, typer.Option(help="Mã tỉnh (province)")] = "51",
) -> None:
    """Tạo XLSForm, XForm và sổ mã; kiểm tra bằng ODK Validate. (Build XLSForm, XForm and codebook.)"""
    from .build import build as make
    from .build import notices, write
    from .folder import whole
    from .load import province_folder
    from .media import field_lists
    from .province import load_places

    if (sample is None) != (wave is None):
        raise typer.BadParameter("--sample đi cùng --wave (--sample goes with --wave)", param_hint="--sample")
    built = [make(folder) for folder in _folders(form)]
    lists: dict[str, bytes] = {}
    if sample and wave:
        communes = {p.code: p.name for p in load_places(province_folder(province))}
        lists = field_lists(sample, frame or sample.with_name("frame.csv"), wave, communes)
    written = [path for one in built for path in write(one, out)]
    with whole(out) as work:
        for name, content in lists.items():
            (work / name).write_bytes(content)
    for path in (*written, *(out / name for name in lists)):
        typer.echo(f"đã ghi / wrote {path}")
    for one in built:
        for notice in notices(one.form):
            typer.echo(f"lưu ý / note: {notice}", err=True)


@app.command()
def check(form: Annotated[list[str] | None, typer.Argument(help="Tên biểu mẫu (form)")] = None) -> None:
    """Kiểm tra bảng hỏi và khóa, không ghi gì. (Check questionnaire and lock; writes nothing.)"""
    from .build import load, notices

    for folder in _folders(form):
        found = load(folder)
        typer.echo(f"{found.id}: {sum(1 for _ in found.questions())} câu / questions, mã bảng hỏi / digest {found.digest[:12]}")
        for notice in notices(found):
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
    from .lock import lock_all

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


@app.command()
def rehearse(
    sample: Annotated[Path, typer.Option(help="sample.csv")],
    wave: Annotated[int, typer.Option(help="Kỳ khảo sát (wave)")],
    out: _OUT,
    frame: Annotated[Path | None, typer.Option(help="frame.csv (mặc định: cạnh sample.csv)")] = None,
    form: Annotated[str, typer.Option(help="Tên biểu mẫu hoặc thư mục (form)")] = "household",
    seed: Annotated[int, typer.Option(help="Số gieo (seed)")] = 1,
    field_start: _DAY = None,
    field_end: _DAY = None,
    province: Annotated[str, typer.Option(help="Mã tỉnh (province)")] = "51",
    processes: Annotated[int | None, typer.Option(help="Số tiến trình (processes)")] = None,
) -> None:
    """Phỏng vấn thử mọi hộ mẫu của một kỳ bằng chính bộ máy của ODK Collect. (Rehearse through Collect's engine.)"""
    from rich.progress import Progress

    from .rehearsal.rehearse import rehearse as run
    from .rehearsal.window import window

    (folder,) = _folders([form])
    days = window(sample, wave, province, field_start and field_start.date(), field_end and field_end.date())
    with Progress(transient=True) as bar:
        task = bar.add_task(f"phỏng vấn thử {wave}", total=None)
        found = run(
            folder, sample, frame or sample.with_name("frame.csv"), wave, days, seed, out,
            province=province, processes=processes, progress=lambda done, of: bar.update(task, completed=done, total=of),
        )  # fmt: skip
    for line in found.lines():
        typer.echo(line)
    typer.echo(f"đã ghi / wrote {out}")
