"""bdg analysis publish RUN --out D: parse, call, say what was written.  Heavy imports inside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def publish(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Thư mục của «bdg analysis run» (a folder of results)")],
    out: Annotated[Path, typer.Option("--out", help="Thư mục những gì được phép chuyển đi (what may leave)")],
    psu: Annotated[bool, typer.Option(help="Giữ mã địa bàn không có nghĩa để tính sai số (keep meaningless hamlet ids)")] = True,
    microdata: Annotated[bool, typer.Option(help="Kèm tệp dữ liệu từng người đã ẩn danh (with the microdata)")] = True,
    questionnaire: Annotated[Path | None, typer.Option(help="Thư mục phiếu hỏi, cho nhãn (questionnaire, for labels)")] = None,
) -> None:
    """Bản được phép công bố: bảng, dữ liệu từng người đã ẩn danh, và trang nói rõ đã ẩn gì. (What may leave.)"""
    from rich.progress import Progress

    from .leave import publish_run, told

    with Progress(transient=True) as bar:
        task = bar.add_task("công bố", total=None)
        paths, results = publish_run(
            run, out, questionnaire=questionnaire, psu=psu, microdata=microdata,
            progress=lambda step: bar.update(task, description=step),
        )  # fmt: skip
    for line in told(paths, results):
        typer.echo(line)
