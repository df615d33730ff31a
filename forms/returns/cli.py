"""bdg forms template: parse, call, say what was written.  Heavy imports inside the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def template(
    form: Annotated[str, typer.Argument(help="Tên biểu mẫu có mẫu Excel, ví dụ unit (a form with an Excel template)")],
    out: Annotated[Path, typer.Option("--out", help="Thư mục ghi kết quả (output folder)")],
    units: Annotated[Path | None, typer.Option(help="units.csv (mặc định: bản dự thảo của tỉnh; default: the draft)")] = None,
    year: Annotated[int, typer.Option(help="Năm báo cáo (year of the report)")] = 0,
    period: Annotated[str, typer.Option(help="Loại báo cáo, mã của biểu mẫu (kind of report, a code of the form)")] = "",
    province: Annotated[str, typer.Option(help="Mã tỉnh (province)")] = "51",
) -> None:
    """Tạo mẫu Excel cho từng đơn vị có nghĩa vụ. (One protected Excel template for every obliged unit.)"""
    from rich.progress import Progress

    from ..build import load
    from ..load import province_folder
    from ..province import load_plan
    from ..shelf import form_folder
    from ..units import read_units
    from .make import Period, write_templates

    folder = province_folder(province)
    listed = read_units(units or folder / "units.csv", [t.id for t in load_plan(folder).targets])
    with Progress(transient=True) as bar:
        task = bar.add_task("mẫu Excel", total=None)
        written = write_templates(
            load(form_folder(form)), listed, Period(year, period), out,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )  # fmt: skip
    typer.echo(f"đã ghi / wrote {len(written)} tệp / files: {out}")
    if units is None:
        typer.echo(
            "lưu ý / note: units.csv là bản dự thảo, chờ danh sách của Sở Nội vụ / a draft, until the Department's list", err=True
        )
