"""`bdg reports ...`: parses the command line and calls the door; the writers are loaded only when needed.

Imports typer, forms.errors and analysis.results.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.results import Results, read_results
from forms.errors import BdgError, refuse

from .word.command import template_command, verify_command
from .yearly.cli import Agreed, Deputy, Issuer, Shells
from .yearly.cli import add as add_yearly

app = typer.Typer(no_args_is_help=True, help="Báo cáo từ results.json. (Reports from results.json.)")


@app.callback()
def main() -> None:
    """Báo cáo từ results.json: Word, Excel, HTML, hình. (Reports from results.json.)"""


@app.command("survey")
def survey_command(
    results: Annotated[Path, typer.Argument(help="results.json của «bdg analysis run». (from `bdg analysis run`)")],
    out: Annotated[Path, typer.Option("--out", help="Thư mục ghi báo cáo. (Folder for the report.)")],
    template: Annotated[Path | None, typer.Option("--template", help="Mẫu .docx của tỉnh. (The province's own .docx.)")] = None,
    shells: Shells = False,
    agreed: Agreed = None,
    issuer: Issuer = "department",
    deputy: Deputy = False,
) -> None:
    """Báo cáo kết quả khảo sát: BaoCao.docx, BaoCao.html, BangSoLieu.xlsx và hình. (The survey report.)"""
    from . import survey

    given = _read(results)
    if deputy or issuer != "department":
        from .yearly.issue import signed

        given = signed(given, issuer, deputy=deputy)
    written = survey(given, out, template=template, agreed=agreed, shells=shells, progress=_tell)
    for path in written:
        typer.echo(str(path))


@app.command("protocol")
def protocol_command(
    results: Annotated[Path, typer.Argument(help="results.json của «bdg analysis sample protocol».")],
    out: Annotated[Path, typer.Option("--out", help="Thư mục ghi phương án. (Folder for the protocol.)")],
) -> None:
    """Phương án khảo sát để trình phê duyệt: PhuongAn.docx, PhuongAn.html và hình. (The survey protocol for approval.)"""
    from . import protocol

    for path in protocol(_read(results), out, progress=lambda words: typer.echo(f"  {words}", err=True)):
        typer.echo(str(path))


@app.command("daily")
def daily_command(
    folder: Annotated[
        Path, typer.Argument(metavar="ROUND", help="Thư mục của đợt, hoặc thư mục daily-<ngày>. (A round or a day)")
    ],
    out: Annotated[Path, typer.Option("--out", help="Thư mục ghi trang theo dõi. (Folder for the page.)")],
) -> None:
    """Trang theo dõi hằng ngày của giám sát: một tệp HTML, in hai trang A4. (The supervisor's daily page.)"""
    from .daily import daily

    typer.echo(str(daily(folder, out)))


def _tell(words: str) -> None:
    typer.echo(f"  {words}", err=True)


def _read(results: Path) -> Results:
    """results.json, or REP-001."""
    try:
        return read_results(results)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise refuse("REP-001", str(results), expected="results/1", got=type(error).__name__) from error


add_yearly(app, _read)
app.command("verify")(verify_command)
app.command("template")(template_command)


def run() -> None:
    """The room's commands on their own (`python -m reports.cli`), with the catalogue's exit codes."""
    try:
        app()
    except BdgError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    run()
