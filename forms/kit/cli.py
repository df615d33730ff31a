"""bdg forms kit: parse, call, say what was written.  Heavy imports inside the command."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

_CSV = "mặc định: cạnh sample.csv; default beside it"


def kit(
    form: Annotated[str, typer.Argument(help="Tên biểu mẫu hoặc thư mục (form name or folder)")] = "household",
    out: Annotated[Path, typer.Option("--out", help="Thư mục ghi kết quả (output folder)")] = Path("out/kit"),
    sample: Annotated[Path | None, typer.Option(help="sample.csv; không có: chỉ tài liệu chung (else no teams)")] = None,
    wave: Annotated[int | None, typer.Option(help="Kỳ khảo sát (wave)")] = None,
    frame: Annotated[Path | None, typer.Option(help=f"frame.csv ({_CSV})")] = None,
    teams: Annotated[Path | None, typer.Option(help="teams.csv: team, interviewers, hamlets, user, training_user")] = None,
    team_count: Annotated[int | None, typer.Option(min=1, help="Số đội khi không có teams.csv (teams without a file)")] = None,
    counts: Annotated[Path | None, typer.Option(help="CSV psu, main, done cho phiếu buổi tối (for the evening slip)")] = None,
    server: Annotated[str, typer.Option(help="central | kobo")] = "central",
    url: Annotated[str, typer.Option(help="Địa chỉ máy chủ khảo sát (server of the survey)")] = "",
    project: Annotated[str, typer.Option(help="Central: số dự án khảo sát (project number)")] = "",
    training_url: Annotated[str, typer.Option(help="Địa chỉ máy chủ tập huấn (training server)")] = "",
    training_project: Annotated[str, typer.Option(help="Central: số dự án tập huấn (training project number)")] = "",
    tokens: Annotated[Path | None, typer.Option(help="CSV team, project, token; ngoài bộ công cụ (outside it)")] = None,
    cognitive: Annotated[
        bool, typer.Option("--cognitive", help="Chỉ bản hướng dẫn phỏng vấn nhận thức (only that guide)")
    ] = False,
    practice: Annotated[bool, typer.Option("--practice", help="Mẫu là mẫu giả lập (the sample is made up)")] = False,
    without_card: Annotated[bool, typer.Option("--without-card", help="Chưa in thẻ hỗ trợ (no help card yet)")] = False,
    minutes: Annotated[int | None, typer.Option(min=1, help="Thời gian phỏng vấn đo khi thử, phút (measured minutes)")] = None,
    field_start: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    field_end: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
    province: Annotated[str, typer.Option(help="Mã tỉnh (province)")] = "51",
) -> None:
    """Bộ tài liệu cho điều tra viên: tờ cài đặt, phiếu giấy, thẻ, sổ tay, sổ mã, dự án tập huấn. (The enumerator's kit.)"""
    from rich.progress import Progress, SpinnerColumn, TextColumn

    from ..build import load, notices
    from ..folder import whole
    from ..shelf import form_folder
    from . import bundle, order

    if (sample is None) != (wave is None):
        raise typer.BadParameter("--sample đi cùng --wave (--sample goes with --wave)", param_hint="--sample")
    if server not in ("central", "kobo"):
        raise typer.BadParameter("central | kobo", param_hint="--server")
    given = order.Order(
        wave or 0, sample, frame, teams, team_count, counts, "kobo" if server == "kobo" else "central", (url, project),
        (training_url, training_project), tokens, practice, without_card, minutes,
        (field_start and field_start.date(), field_end and field_end.date()), province,
    )  # fmt: skip
    said: list[str] = []
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), transient=True) as bar:
        bar.add_task("dựng bộ tài liệu / making the kit", total=None)
        found = load(form_folder(form))
        if cognitive:
            files = bundle.cognitive_kit(found)
        else:
            files = order.kit_of(found, given, out, said) if sample else bundle.shared(found, practice=practice)
    with whole(out) as work:
        for name, body in files.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes(body)
    for name in files:
        typer.echo(f"đã ghi / wrote {out / name}")
    for line in (*said, *notices(found)):
        typer.echo(f"lưu ý / note: {line}", err=True)
