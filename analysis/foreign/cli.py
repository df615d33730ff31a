"""bdg analysis tables: parse, call, say what was written.  Imports tabulating inside the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def tables(
    form: Annotated[Path, typer.Option(help="XLSForm của khảo sát, .xlsx (the survey's XLSForm)")],
    data: Annotated[Path, typer.Option(help="Tệp xuất: .xlsx, .csv hoặc .zip của ODK Central (its export)")],
    plan: Annotated[Path, typer.Option(help="Kế hoạch phân tích, YAML: thiết kế mẫu và các bảng (analysis plan)")],
    out: Annotated[Path, typer.Option("--out", help="Thư mục ghi kết quả (output folder)")],
) -> None:
    """Bảng của một khảo sát XLSForm bất kỳ, theo kế hoạch phân tích. (Tables of any XLSForm survey, by an analysis plan.)"""
    from .tabulating import tabulate_files

    lines, written = tabulate_files(form, data, plan, out)
    for line in (*lines, *(f"đã ghi / wrote {path}" for path in written)):
        typer.echo(line)
