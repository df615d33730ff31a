"""bdg analysis forget, request …, contacts …: parse, call, say what was done.  Heavy imports inside the commands."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

request = typer.Typer(
    no_args_is_help=True, help="Yêu cầu của người trả lời và thời hạn luật định. (Respondents' requests and their legal clocks.)"
)
contacts = typer.Typer(
    no_args_is_help=True,
    help="Danh sách liên hệ: niêm phong, ngày phải xóa, biên bản xóa. (Contact sheet, sealed, with a last day.)",
)

_ROUND = Annotated[Path, typer.Argument(help="Thư mục của đợt (folder of the round)")]
_ROUND_OPTION = Annotated[Path, typer.Option("--round", help="Thư mục của đợt (folder of the round)")]
_WHO = Annotated[str, typer.Option(help="Mã cán bộ, ví dụ CB-01; không ghi tên (code of the member of staff, no name)")]
_DAY = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Ngày (mặc định: hôm nay; default: today)")]
_CODE = Annotated[str, typer.Argument(help="Mã ở màn hình cuối, ví dụ 7KAQ-29XC (reference code of the last screen)")]
_DOCUMENT = Annotated[str, typer.Option(help="Số văn bản (number of the letter)")]
_PSU = Annotated[str, typer.Option(help="Mã địa bàn, khi hai người trùng mã (PSU, where two codes are the same)")]
_SSU = Annotated[str, typer.Option(help="Số hộ (household)")]


def _on(day: datetime | None) -> date:
    return day.date() if day else date.today()  # noqa: DTZ011  the day on the office's own clock


def _sure(yes: bool, question: str) -> None:
    """Ask once on a terminal; elsewhere only --yes counts.  3: a decision waits."""
    if yes or (sys.stdin.isatty() and typer.confirm(question, default=False)):
        return
    typer.echo("xem trước, chưa xóa gì; thêm --yes để xóa (preview, nothing was erased; --yes erases)")
    raise typer.Exit(3)


def forget(
    code: _CODE,
    home: _ROUND_OPTION,
    who: _WHO,
    psu: _PSU = "",
    ssu: _SSU = "",
    day: _DAY = None,
    yes: Annotated[bool, typer.Option("--yes", help="Xóa thật, không hỏi lại (erase, ask nothing)")] = False,
) -> None:
    """Xóa một người trả lời theo mã của họ, giữ lại số đếm. (Erase a respondent who asked, leave the count.)"""
    from rich.progress import Progress, SpinnerColumn, TextColumn

    from . import told
    from .forget import find
    from .forget import forget as erase

    household = (psu, ssu) if psu or ssu else None
    look = Progress(SpinnerColumn(), TextColumn("{task.description}"), transient=True)
    with look:
        look.add_task("tìm trong đợt / looking through the round")
        places = find(home, code, household)
    for line in told.preview(places):
        typer.echo(line)
    _sure(yes, "Xóa vĩnh viễn, không lấy lại được? (Erase for good?)")
    for line in told.forgotten(erase(home, code, _on(day), who, household)):
        typer.echo(line)


@request.command()
def add(
    home: _ROUND,
    code: _CODE,
    right: Annotated[
        Literal["view", "correct", "withdraw", "restrict", "object", "delete"], typer.Option(help="Điều được yêu cầu (right)")
    ],
    who: _WHO,
    day: _DAY = None,
    document: _DOCUMENT = "",
) -> None:
    """Ghi một yêu cầu mới; in các ngày phải làm xong. (Enter a request; says the last days.)"""
    from forms.ledger import read_round, round_key

    from . import register, told
    from .codes import mark_of, read_code
    from .forget import find

    find(home, code) if right != "delete" else None
    of = read_round(home)
    made = register.receive(of, right, mark_of(round_key(of), read_code(code)), _on(day), who, document)
    for line in told.request(made, _on(day)):
        typer.echo(line)


@request.command()
def note(
    home: _ROUND,
    number: Annotated[int, typer.Argument(help="Số của yêu cầu (number of the request)")],
    event: Annotated[Literal["acknowledged", "extended", "done", "refused"], typer.Argument(help="Việc đã làm (what was done)")],
    who: _WHO,
    day: _DAY = None,
    document: _DOCUMENT = "",
) -> None:
    """Ghi việc đã làm cho một yêu cầu. (Enter what was done about a request.)"""
    from forms.ledger import read_round

    from . import register, told

    for line in told.request(register.note(read_round(home), number, event, _on(day), who, document), _on(day)):
        typer.echo(line)


@request.command("list")
def listed(home: _ROUND, day: _DAY = None) -> None:
    """Các yêu cầu và hạn; thoát mã 3 khi có hạn sắp hết hoặc đã quá. (Requests and last days; 3 when a clock runs out.)"""
    from forms.ledger import read_round

    from . import told

    lines, late = told.clocks_of(read_round(home), _on(day))
    for line in lines:
        typer.echo(line)
    if late:
        raise typer.Exit(3)


@contacts.command()
def keep(
    home: _ROUND,
    file: Annotated[Path, typer.Argument(help="CSV có cột psu, ssu và các cột liên hệ (CSV with psu, ssu and contacts)")],
    who: _WHO,
    delete_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Ngày phải xóa (last day; mặc định: theo ngày kết thúc thực địa)"),
    ] = None,
    day: _DAY = None,
) -> None:
    """Niêm phong danh sách liên hệ vào đợt. (Seal a contact sheet into the round.)"""
    from forms.ledger import read_round

    from . import contacts as sheet

    line = sheet.keep(read_round(home), file, _on(day), who, delete_on.date() if delete_on else None)
    typer.echo(f"đã niêm phong / sealed: {line.rows} dòng / lines; phải xóa trước hết ngày / delete by {line.delete_on}")
    typer.echo(f"xóa tệp gốc, nó không được bảo vệ / delete the original, it is not protected: {file.name}")


@contacts.command()
def show(home: _ROUND, psu: _PSU, who: _WHO, ssu: _SSU = "", day: _DAY = None) -> None:
    """Xem liên hệ của một hộ trên màn hình; lần xem được ghi lại. (Show contacts on the screen; that is recorded.)"""
    from forms.ledger import read_round

    from . import contacts as sheet

    for line in sheet.look_up(read_round(home), psu, ssu, _on(day), who):
        typer.echo("; ".join(f"{k}: {v}" for k, v in line.items() if v))


@contacts.command()
def delete(
    home: _ROUND,
    who: _WHO,
    day: _DAY = None,
    yes: Annotated[bool, typer.Option("--yes", help="Xóa thật, không hỏi lại (delete, ask nothing)")] = False,
) -> None:
    """Xóa danh sách liên hệ và ghi biên bản. (Delete the contact sheet and record it.)"""
    from forms.ledger import read_round

    from . import contacts as sheet

    of = read_round(home)
    _sure(yes, f"Xóa danh sách liên hệ của đợt {of.name}? (Delete the contact sheet?)")
    line = sheet.delete(of, _on(day), who)
    typer.echo(f"đã xóa / deleted: {line.rows} dòng / lines; biên bản / record: deletions.csv, dòng {line.seq}")
    typer.echo(f"mã kiểm tra của sổ (SHA-256) / digest of the record: {line.sha256}")
    typer.echo("bản sao trên máy khác, USB, thư điện tử phải xóa riêng / copies elsewhere are deleted apart")
