"""bdg analysis backcheck: parse, call, say what was done.  Heavy imports inside the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def backcheck(
    folder: Annotated[Path, typer.Argument(metavar="ROUND", help="Thư mục của đợt khảo sát (the round's folder)")],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="CSV kiểm tra lại đã điền, nhận vào đợt (filled in; taken into the round)"),
    ] = None,
    listed: Annotated[
        Path | None, typer.Option("--list", help="Ghi danh sách hộ cần kiểm tra lại, để điền (write the households to check)")
    ] = None,
) -> None:
    """Kiểm tra lại: rút danh sách hộ, nhận câu trả lời lần hai. (Back-checks: who is to be asked again; their second answers.)"""
    from .backcheck_files import list_due, take_in

    if (file is None) == (listed is None):
        raise typer.BadParameter("cần một trong hai: FILE hoặc --list (one of the two)")
    lines = take_in(folder, file) if file is not None else list_due(folder, listed) if listed is not None else ()
    for line in lines:
        typer.echo(line)
