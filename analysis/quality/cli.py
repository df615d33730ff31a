"""bdg analysis quality: parse, call, say what was found.  Heavy imports inside the command."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer


def quality(
    folder: Annotated[Path, typer.Argument(metavar="ROUND", help="Thư mục của đợt khảo sát (the round's folder)")],
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Tính đến hết ngày này; mặc định: ngày cuối có phiếu (default: last day in it)"),
    ] = None,
) -> None:
    """Kiểm tra chất lượng hằng ngày của một đợt; kết thúc mã 3 khi còn phát hiện đỏ. (Daily checks; 3 while a red is open.)"""
    from rich.progress import Progress

    from .daily import daily

    with Progress(transient=True) as bar:
        bar.add_task("kiểm tra (checking)", total=None)
        done = daily(folder, day.date() if day else None)
    for line in done.lines():
        typer.echo(line)
    if done.red:
        raise typer.Exit(3)
