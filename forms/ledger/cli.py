"""bdg forms round: parse, call, say what was made.  Imports the shelf, wire, round, keys and store inside the command."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

_DAY = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Ngày (YYYY-MM-DD)")]


def new(
    folder: Annotated[Path, typer.Argument(help="Thư mục của đợt, ví dụ rounds/2026 (folder of the new round)")],
    kind: Annotated[Literal["practice", "real"], typer.Option(help="Tập huấn hay thật; không đổi được về sau (for good)")],
    wave: Annotated[int, typer.Option(help="Kỳ khảo sát, năm (wave, year)")],
    sample: Annotated[
        Path | None, typer.Option(help="sample.csv; các tệp cạnh nó được chép theo (and the files beside it)")
    ] = None,
    form: Annotated[str, typer.Option(help="Tên biểu mẫu hoặc thư mục (form)")] = "household",
    server: Annotated[str, typer.Option(help="Địa chỉ https:// của máy chủ (server address)")] = "",
    server_kind: Annotated[Literal["central", "kobo", "none"], typer.Option(help="Loại máy chủ (kind of server)")] = "none",
    project: Annotated[str, typer.Option(help="Số dự án trên ODK Central (project number)")] = "",
    user: Annotated[str, typer.Option(help="Tài khoản trên máy chủ; mật khẩu lấy từ kho khóa (account, never a password)")] = "",
    field_start: _DAY = None,
    field_end: _DAY = None,
    province: Annotated[str, typer.Option(help="Mã tỉnh (province)")] = "51",
) -> None:
    """Tạo thư mục của một đợt khảo sát và khóa của nó. (Make a survey round's folder and its key.)"""
    from ..servers.wire import address
    from ..shelf import form_folder
    from .keys import round_key
    from .round import new_round
    from .store import open_ledger

    form_folder(form)
    made = new_round(
        folder, kind=kind, wave=wave, form=form, sample=sample, province=province, server=address(server) if server else "",
        server_kind=server_kind, project=project, user=user, field_start=field_start.date() if field_start else None,
        field_end=field_end.date() if field_end else None, keep_key=lambda of: round_key(of, make=True),
    )  # fmt: skip
    with open_ledger(made):
        typer.echo(f"đã tạo / made {folder}")
