"""`bdg reports verify` and `bdg reports template`: parse, call the doors, say what was found.

Imports typer, forms.errors and, late, the modules of the folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def verify_command(
    report: Annotated[Path, typer.Argument(metavar="BAOCAO.docx", help="Báo cáo đã sửa trong Word. (The edited report)")],
    results: Annotated[Path, typer.Argument(help="results.json mà báo cáo được làm ra từ đó. (The results it was made from)")],
) -> None:
    """So từng con số của báo cáo Word đã sửa với tệp kết quả; không sửa tệp. (Holds an edited Word file against its results.)"""
    from analysis.publishing import public
    from analysis.results import read_results
    from forms.errors import refuse

    from .readback import SAID, verify

    try:
        content = report.read_bytes()
    except OSError as error:
        raise refuse("REP-023", str(report), expected=".docx", got=type(error).__name__) from None
    try:
        kept = read_results(results)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise refuse("REP-001", str(results), expected="results/1", got=type(error).__name__) from error
    found = verify(content, public(kept), str(report))
    for i, f in enumerate(found.findings, 1):
        vi, en = SAID[f.kind]
        typer.echo(f"{i}. {vi} ({en})\n   {f.where or '-'}")
        tag = f"; {f.tag}" if f.tag else ""
        typer.echo(f"   báo cáo ghi / says: {f.says or '-'}; kết quả / results: {f.wanted or '-'}{tag}")
    n, wrong = found.checked, len(found.findings)
    typer.echo(f"Đã đối chiếu {n} số; {wrong} chỗ không khớp. ({n} numbers checked; {wrong} do not agree.)", err=True)
    if wrong:
        raise typer.Exit(3)


def template_command(
    out: Annotated[Path, typer.Option("--out", help="Tệp mẫu để tỉnh sửa, ví dụ MauBaoCao.docx. (A template to start from)")],
) -> None:
    """Tệp Word mẫu có đủ các thẻ để tỉnh sửa theo mẫu của mình, và danh sách thẻ. (A starter template with every tag.)"""
    from forms.errors import refuse

    from .starter import starter
    from .template import TAGS

    if out.suffix.lower() != ".docx":
        raise refuse("REP-022", str(out), expected=".docx", got=out.suffix or "-")
    if out.exists():
        raise refuse("REP-025", str(out), got=out.name)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(starter())
    except OSError as error:
        raise refuse("REP-025", str(out), got=type(error).__name__) from None
    for tag in TAGS:
        typer.echo(f"{{{{ {tag.name} }}}}\t{tag.vi} ({tag.en})")
    typer.echo(str(out))
