"""bdg analysis targets: parse, call, say what was written.  Heavy imports inside the command."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

_RETURNS = "thư mục do bdg analysis returns ghi; lặp lại được"


def targets(
    year: Annotated[int, typer.Option(help="Năm báo cáo (year of the report)")],
    kind: Annotated[
        Literal["halfyear", "annual", "adhoc", "final"],
        typer.Option(help="Loại: 6 tháng, năm, đột xuất, tổng kết (half-year, annual, ad hoc, final)"),
    ],
    out: Annotated[Path, typer.Option("--out", help="Thư mục ghi kết quả (output folder)")],
    unit: Annotated[list[Path] | None, typer.Option(help=f"Báo cáo của đơn vị: {_RETURNS} (reports of units)")] = None,
    media: Annotated[list[Path] | None, typer.Option(help="Phiếu cơ quan truyền thông (forms of media agencies)")] = None,
    convention: Annotated[list[Path] | None, typer.Option(help="Phiếu hương ước, quy ước (reviews of conventions)")] = None,
    enterprise: Annotated[Path | None, typer.Option(help="Phiếu doanh nghiệp: tệp hoặc thư mục (enterprise forms)")] = None,
    survey: Annotated[list[Path] | None, typer.Option(help="results.json của khảo sát, lặp lại được (surveys)")] = None,
    past: Annotated[list[Path] | None, typer.Option(help="results.json của lệnh này các năm trước (past years)")] = None,
    units: Annotated[Path | None, typer.Option(help="units.csv (mặc định: bản dự thảo của tỉnh; default: the draft)")] = None,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Ngày chốt số liệu (cut-off day)")] = None,
    province: Annotated[str, typer.Option(help="Mã tỉnh (province)")] = "51",
) -> None:
    """Năm mục tiêu của Kế hoạch trong một năm: đơn vị, doanh nghiệp, người dân. (The plan's five targets in one year.)"""
    from rich.progress import Progress

    from .make import Inputs
    from .make import targets as make

    inputs = Inputs(
        year, kind, {"unit": unit or [], "media": media or [], "convention": convention or []}, survey or [], past or [],
        enterprise, units, as_of.date() if as_of else None, province,
    )  # fmt: skip
    with Progress(transient=True) as bar:
        bar.add_task("mục tiêu / targets", total=None)
        written, found = make(inputs, out)
    from .spoken import spoken

    for line in (*spoken(found), *(f"đã ghi / wrote {path}" for path in written)):
        typer.echo(line)
    if any(f.severity == "red" for f in found.findings):
        raise typer.Exit(3)
