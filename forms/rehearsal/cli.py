"""bdg forms rehearse: parse, call, say what was found.  Heavy imports inside the command."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

_DAY = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


def rehearse(
    wave: Annotated[int, typer.Option(help="Kỳ khảo sát, năm báo cáo (wave, year)")],
    out: Annotated[Path, typer.Option("--out", help="Thư mục ghi kết quả (output folder)")],
    sample: Annotated[Path | None, typer.Option(help="sample.csv: chỉ với phiếu hộ gia đình (household form only)")] = None,
    frame: Annotated[Path | None, typer.Option(help="frame.csv (mặc định: cạnh sample.csv)")] = None,
    form: Annotated[str, typer.Option(help="Tên biểu mẫu hoặc thư mục (form)")] = "household",
    number: Annotated[int | None, typer.Option(min=1, help="Số phiếu của biểu mẫu không có mẫu hộ (number of records)")] = None,
    turned_on: Annotated[
        list[str] | None, typer.Option("--with", help="Bật công tắc của biểu mẫu, ví dụ gps (switch on)")
    ] = None,
    faults: Annotated[
        bool, typer.Option("--faults", help="Cài lỗi để thử giám sát, ghi planted.json (plant faults for monitoring)")
    ] = False,
    audited: Annotated[
        bool | None,
        typer.Option(
            "--audit/--no-audit", help="Ghi nhật ký thao tác; mặc định: khi cài lỗi (audit logs; default: with --faults)"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Số gieo (seed)")] = 1,
    field_start: _DAY = None,
    field_end: _DAY = None,
    province: Annotated[str, typer.Option(help="Mã tỉnh (province)")] = "51",
    processes: Annotated[int | None, typer.Option(min=1, help="Số tiến trình (processes)")] = None,
) -> None:
    """Phỏng vấn thử bằng chính bộ máy của ODK Collect; đi tới mọi câu, mọi lựa chọn. (Rehearse through Collect's engine.)"""
    from rich.progress import Progress

    from ..shelf import form_folder
    from .rehearse import rehearse as run
    from .window import window

    days = window(sample, wave, province, field_start and field_start.date(), field_end and field_end.date())
    with Progress(transient=True) as bar:
        task = bar.add_task(f"phỏng vấn thử {wave}", total=None)
        found = run(
            form_folder(form), sample, (frame or sample.with_name("frame.csv")) if sample else None, wave, days, seed, out,
            province=province, processes=processes, turned_on=tuple(turned_on or ()), number=number, faulty=faults,
            audited=audited,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )  # fmt: skip
    for line in found.lines():
        typer.echo(line)
    typer.echo(f"đã ghi / wrote {out}")
