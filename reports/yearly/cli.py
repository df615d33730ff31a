"""`bdg reports halfyear|annual|adhoc|final|calendar`: parses, calls, says what was written.

Imports typer, analysis.results and the catalogue; the writers late.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from analysis.results import Results

Results_ = Annotated[Path, typer.Argument(metavar="RESULTS", help="results.json của «bdg analysis targets».")]
Out = Annotated[Path, typer.Option("--out", help="Thư mục ghi báo cáo. (Folder for the report.)")]
Issuer = Annotated[
    str, typer.Option("--issuer", help="Cơ quan ban hành: department (Sở) hoặc province (UBND tỉnh). (Who issues it.)")
]
Deputy = Annotated[bool, typer.Option("--deputy", help="Cấp phó ký thay (KT.). (Signed by a deputy.)")]
Outline = Annotated[
    Path | None, typer.Option("--outline", help="Đề cương khác (YAML), thay đề cương kèm theo. (Another outline.)")
]
Template = Annotated[Path | None, typer.Option("--template", help="Mẫu .docx của tỉnh. (The province's own .docx.)")]
Shells = Annotated[bool, typer.Option("--shells", help="Chỉ ghi biểu trống để ký trước. (Empty tables, to be signed first.)")]
Agreed = Annotated[
    Path | None,
    typer.Option("--agreed", help="MauBieu.json đã ký; biểu thêm sau được ghi «bổ sung sau». (The signed list of tables.)"),
]
Reader = Callable[[Path], Results]
HELP = {
    "halfyear": "Báo cáo 6 tháng thực hiện Kế hoạch. (The six-month report on the plan.)",
    "annual": "Báo cáo năm thực hiện Kế hoạch. (The annual report on the plan.)",
    "adhoc": "Báo cáo đột xuất đến một ngày. (A report at a cut-off date, on request.)",
    "final": "Báo cáo tổng kết, đánh giá Kế hoạch năm cuối. (The evaluation at the end of the plan.)",
}


def add(app: typer.Typer, read: Reader) -> None:
    """Register the commands.  read: results.json as the room reads it (REP-001)."""
    for kind, words in HELP.items():
        app.command(kind, help=words)(_command(kind, read))
    app.command("calendar")(calendar_command)


def _command(kind: str, read: Reader) -> Callable[..., None]:
    def command(
        results: Results_, out: Out, issuer: Issuer = "department", deputy: Deputy = False, outline: Outline = None,
        template: Template = None, shells: Shells = False, agreed: Agreed = None,
    ) -> None:  # fmt: skip
        from .files import Order, yearly

        order = Order(kind, issuer, deputy, outline, template, agreed, shells)
        for path in yearly(read(results), order, out, progress=lambda words: typer.echo(f"  {words}", err=True)):
            typer.echo(str(path))

    return command


def calendar_command(
    year: Annotated[int, typer.Option("--year", min=2000, max=2100, help="Năm. (Year.)")],
    province: Annotated[str, typer.Option("--province", help="Mã tỉnh. (Province code.)")] = "51",
    today: Annotated[
        datetime | None,
        typer.Option("--today", formats=["%Y-%m-%d"], help="Tính từ ngày này, mặc định hôm nay. (As of this day.)"),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Thư mục ghi tệp lịch .ics. (Folder for the .ics file.)")] = None,
) -> None:
    """Lịch báo cáo trong năm và việc đến hạn tiếp theo; tệp .ics cho Outlook. (Reporting dates; an .ics file.)"""
    from forms import province_folder
    from forms.folder import whole

    from .calendar import calendar
    from .ics import ics_bytes
    from .spoken import lines

    found = calendar(province_folder(province), year)
    for line in lines(found, today.date() if today else date.today()):  # noqa: DTZ011 - the clerk's own day, on the screen only
        typer.echo(line)
    if out is not None:
        name = f"lich-{year}.ics"
        with whole(out) as work:
            (work / name).write_bytes(ics_bytes(found, province))
        typer.echo(str(out / name))
