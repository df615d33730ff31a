"""bdg forms check: parse, call, print.  Heavy imports inside; nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def check(
    form: Annotated[
        list[str] | None,
        typer.Argument(help="Tên biểu mẫu, thư mục, hoặc tệp XLSForm .xlsx; bỏ trống: tất cả (form, folder, .xlsx; default all)"),
    ] = None,
) -> None:
    """Soát bảng hỏi: lỗi, bẫy của máy, cách hỏi, khóa; không ghi gì. (Check and lint questionnaires; writes nothing.)"""
    from ..build import notices
    from ..shelf import shipped
    from .report import look, look_at_xlsform, summary

    looked = []
    for name in form or shipped():
        found = [look_at_xlsform(path) if path.suffix == ".xlsx" else look(path) for path in _meant(name)]
        for one in found:
            for line in one.lines():
                typer.echo(line)
            for notice in () if one.wrong else notices(one.form):
                typer.echo(f"lưu ý / note: {notice}", err=True)
        looked += found
    typer.echo(summary(looked))
    raise typer.Exit(10 if any(one.wrong or one.unwise for one in looked) else 0)


def _meant(name: str) -> list[Path]:
    """The forms that a word on the command line stands for: an XLSForm, a folder of forms, a folder, a shipped form."""
    from ..shelf import form_folder

    path = Path(name)
    if path.suffix == ".xlsx":
        return [path]
    inside = sorted(p.parent for p in path.glob("*/form.yaml")) if path.is_dir() and not (path / "form.yaml").exists() else []
    return inside or [form_folder(name)]
