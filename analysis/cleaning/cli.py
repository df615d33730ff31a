"""bdg analysis decide: parse, show what would be written, write it.  Imports deciding inside the command."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from .decisions import Wanted

_WORDS = {"keep": "giữ nguyên / keep", "correct": "sửa / correct", "drop": "bỏ phiếu / drop"}


def decide(
    folder: Annotated[Path, typer.Argument(help="Thư mục của đợt khảo sát (the round's folder)")],
    name: Annotated[str, typer.Argument(help="Mã phát hiện, hoặc mã phiếu uuid:… (id of a finding, or of a submission)")] = "",
    action: Annotated[
        Literal["keep", "correct", "drop"] | None, typer.Option(help="Giữ nguyên, sửa hay bỏ phiếu (decision)")
    ] = None,
    question: Annotated[str, typer.Option(help="Câu hỏi; mặc định: câu của phát hiện (question)")] = "",
    new: Annotated[str | None, typer.Option(help="Giá trị mới, theo mã; '' là để trống (new value)")] = None,
    reason: Annotated[str, typer.Option(help="Lý do; không ghi tên, số điện thoại của ai (reason, nobody's name)")] = "",
    who: Annotated[str, typer.Option(help="Mã hoặc chức danh người quyết định (code or function of who decides)")] = "",
    sheet: Annotated[Path | None, typer.Option(help="Ghi bảng quyết định ra tệp Excel này (write the decision sheet)")] = None,
    from_sheet: Annotated[
        Path | None, typer.Option("--from", help="Đọc bảng quyết định đã điền (read a filled-in sheet)")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Chỉ xem trước, không ghi (show only, write nothing)")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ghi ngay, không hỏi lại (write without asking)")] = False,
) -> None:
    """Quyết định làm sạch: giữ, sửa, bỏ phiếu; nhật ký chỉ thêm, không xóa. (Decide about findings; an append-only log.)"""
    from . import deciding

    if sheet is not None:
        from ..chained import put

        put(sheet, deciding.sheet(folder))
        typer.echo(f"đã ghi / wrote {sheet}")
        return
    if from_sheet is not None:
        at, wanted = deciding.from_sheet(folder, from_sheet)
    elif name and action:
        at, single = deciding.one(folder, name, action, question=question, new=new, reason=reason, who=who)
        wanted = (single,)
    else:
        raise typer.BadParameter("cần mã và --action, hoặc --sheet, hoặc --from (id and --action, --sheet or --from)")
    for w in wanted:
        typer.echo(_told(w))
    if not wanted:
        typer.echo("không có quyết định nào / no decision")
        return
    if preview:
        typer.echo(f"xem trước {len(wanted)} quyết định, chưa ghi gì / preview, nothing written")
        return
    if not yes and not typer.confirm(f"Ghi {len(wanted)} quyết định? (write them?)"):
        typer.echo("không ghi gì / nothing written")
        return
    digest = deciding.write(at, wanted, datetime.now(UTC).astimezone())
    typer.echo(f"đã ghi / wrote {len(wanted)}; mã kiểm tra toàn vẹn (SHA-256): {digest}")


def _told(w: Wanted) -> str:
    """One decision in a line; values are not repeated on the screen."""
    return f"{w.finding or '-'}  {w.instance_id}  {w.question or '(cả phiếu / whole)'}: {_WORDS[w.action]}"
