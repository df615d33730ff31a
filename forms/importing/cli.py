"""bdg forms import: parse, call, say what was written and what could not be kept.  Heavy imports inside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def import_form(
    file: Annotated[Path, typer.Argument(help="Tệp XLSForm .xlsx (an XLSForm)")],
    out: Annotated[Path, typer.Option("--out", help="Thư mục mới cho bảng hỏi (a new folder)")],
) -> None:
    """Nhập một XLSForm thành thư mục bảng hỏi; phần nào không giữ được đều được nêu. (XLSForm -> a questionnaire folder.)"""
    from ..folder import whole
    from ..lint.report import look
    from .make import import_xlsform

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise typer.BadParameter("thư mục đã có tệp; chọn một thư mục mới (not empty: choose a new folder)", param_hint="--out")
    imported = import_xlsform(file)
    with whole(out) as work:
        for name, text in imported.files.items():
            (work / name).write_text(text, encoding="utf-8", newline="\n")
    for name in imported.files:
        typer.echo(f"đã ghi / wrote {out / name}")
    for found in imported.findings:
        typer.echo(found.text())
    looked = look(out)
    typer.echo(next(looked.lines()))
    typer.echo(f"không giữ nguyên / not kept as it was: {len(imported.findings)}; tiếp theo / next: bdg forms check {out}")
    raise typer.Exit(3 if imported.findings or looked.wrong else 0)
