"""bdg forms publish: parse, show what would change, change it when told to.  Imports everything else inside the command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from .proposal import Proposal
    from .publish import Done


def publish(
    folder: Annotated[Path, typer.Argument(metavar="ROUND", help="Thư mục của đợt (folder of the round)")],
    yes: Annotated[bool, typer.Option("--yes", help="Làm luôn sau khi xem trước (change it without asking)")] = False,
    teams: Annotated[Path | None, typer.Option(help="teams.csv: tạo tài khoản ứng dụng cho từng đội (app users)")] = None,
    qr: Annotated[
        Path | None, typer.Option(help="Thư mục ghi tờ cài đặt có mã QR, ngoài đợt (set-up sheets, outside the round)")
    ] = None,
    listing: Annotated[
        Literal["attachment", "entities"], typer.Option("--list", help="Danh sách hộ: tệp kèm hoặc thực thể (list as)")
    ] = "attachment",
    turned_on: Annotated[list[str] | None, typer.Option("--with", help="Bật công tắc, ví dụ gps (switch on)")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Thêm ngôn ngữ đã dịch (add a language)")] = None,
    units: Annotated[Path | None, typer.Option(help="units.csv cho biểu của đơn vị (for forms of units)")] = None,
    reason: Annotated[str, typer.Option(help="Lý do đăng bản phá vỡ so sánh (why a breaking version goes out)")] = "",
    accept: Annotated[
        list[str] | None, typer.Option(help="Cảnh báo của Central đã đọc và chấp nhận (warning of Central, accepted)")
    ] = None,
) -> None:
    """Đăng biểu mẫu của đợt lên máy chủ, xem trước mới làm. (Publish the round's form; shows what will change first.)"""
    from rich.progress import Progress, SpinnerColumn, TextColumn

    from ..ledger.round import read_round
    from .connect import connect
    from .previewed import lines
    from .proposal import Wish, propose
    from .publish import apply
    from .sheets import qr_folder

    if qr and not teams:
        raise typer.BadParameter("--qr đi cùng --teams (--qr goes with --teams)", param_hint="--qr")
    if accept and not reason.strip():
        raise typer.BadParameter("--accept cần --reason (--accept needs --reason)", param_hint="--accept")
    of = read_round(folder)
    server = connect(of, accepted=tuple(accept or ()))
    wish = Wish(tuple(turned_on or ()), tuple(language or ()), listing, teams, units, reason)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), transient=True) as bar:
        task = bar.add_task("…", total=None)
        wanted = propose(of, server, wish, lambda text: bar.update(task, description=text))
    if qr:
        qr_folder(wanted, qr)
    for line in lines(wanted):
        typer.echo(line)
    if not wanted.nothing and not _agreed(yes=yes):
        raise typer.Exit(3)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), transient=True) as bar:
        task = bar.add_task("…", total=None)
        done = apply(wanted, server, lambda text: bar.update(task, description=text))
    _ended(wanted, done, qr)


def _agreed(*, yes: bool) -> bool:
    """Whether to go on: told by --yes, or asked on a terminal; a program in between decides nothing."""
    if yes:
        return True
    if sys.stdin.isatty() and typer.confirm("Làm như trên? (do it?)"):
        return True
    typer.echo("chưa thay đổi gì trên máy chủ; đồng ý thì thêm --yes / nothing was changed; to do it add --yes", err=True)
    return False


def _ended(wanted: Proposal, done: Done, qr: Path | None) -> None:
    from .sheets import write_sheets

    if wanted.nothing:
        typer.echo("máy chủ đã đúng, không có gì để làm / the server is as it should be, nothing to do")
    else:
        typer.echo(f"đã đăng và kiểm tra lại / published and looked at again: {wanted.bundle.form_id} {done.version}")
    if not qr:
        if wanted.add:
            typer.echo("lưu ý / note: chưa có tờ cài đặt, thêm --qr THƯ_MỤC / no set-up sheets yet, add --qr FOLDER", err=True)
        return
    made, bare = write_sheets(wanted, done.users, qr)
    typer.echo(f"tờ cài đặt / set-up sheets: {len(made)} đội / teams → {qr}")
    typer.echo("lưu ý / note: tờ có mã bí mật, in xong thì xóa / they hold secrets, delete them after printing", err=True)
    if bare:
        typer.echo(f"lưu ý / note: chưa có mã hoặc tài khoản / no token or account: {', '.join(bare)}", err=True)
