"""bdg analysis seal: parse, call, say what was sealed.  No logic; heavy imports inside the command."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer


def seal(
    run: Annotated[Path, typer.Argument(help="Thư mục một lần chạy trong kho lưu (folder of an archived run)")],
    document: Annotated[str, typer.Option(help="Số văn bản phê duyệt số liệu gốc (number of the document)")],
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="Ngày của văn bản (its date)")],
    replaces: Annotated[
        str, typer.Option(help="Lý do thay bản đã niêm phong trước (why an earlier seal is replaced; it stays in the archive)")
    ] = "",
) -> None:
    """Niêm phong số liệu gốc của một kỳ: kỳ sau phải cho đúng các số đó. (Seal a baseline: later waves must give its numbers.)"""
    from .sealed import seal as close

    made, path = close(run, document=document, day=day.date(), reason=replaces)
    typer.echo(f"đã niêm phong kỳ / sealed wave {made.wave}: {len(made.rows)} số / numbers, {path}")
    typer.echo(f"ghi mã kiểm tra này vào biên bản / write this digest in the minutes: {made.digest}")
    if not made.target.get("signed"):
        typer.echo(
            "lưu ý: chưa có văn bản thống nhất cách tính mục tiêu II.3; ngưỡng đã được giữ, cách tính còn có thể chọn "
            "(the decision on target II.3 is not signed: the threshold is fixed, the way of judging is not)"
        )
