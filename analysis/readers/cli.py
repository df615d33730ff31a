"""bdg analysis receive: parse, call, print the receipt.  Imports readers.receive inside the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def receive(
    folder: Annotated[Path, typer.Argument(help="Thư mục của đợt (folder of the round)")],
    files: Annotated[list[Path], typer.Argument(help="Tệp xuất hoặc thư mục XML (export files, folders of XML)")],
    dates: Annotated[
        Literal["", "dmy", "mdy"], typer.Option(help="Thứ tự ngày, tháng khi Excel đã viết lại ngày (order of rewritten dates)")
    ] = "",
    column: Annotated[
        list[str] | None, typer.Option(help="TIÊU ĐỀ=CÂU HỎI: cột này là câu hỏi này (HEADER=QUESTION), nhiều lần được")
    ] = None,
    absent: Annotated[list[str] | None, typer.Option(help="Câu hỏi được phép thiếu cột (a question without a column)")] = None,
    private_key: Annotated[
        Path | None, typer.Option(help="Tệp PEM mở phiếu đã mã hóa, để ngoài dự án (private key of encrypted submissions)")
    ] = None,
) -> None:
    """Nhận tệp xuất vào sổ của đợt và in biên nhận. (Take export files into a round; 3 if something waits for a person.)"""
    from rich.progress import Progress

    from forms.sealed import private_key as pem

    from .exports import Said
    from .receipt import lines
    from .receive import receive as take

    said = Said(dates=dates, same=_same(column or []), absent=frozenset(absent or ()), private_key=pem(private_key, folder))
    with Progress(transient=True) as bar:
        task = bar.add_task("nhận tệp", total=None)
        found = take(folder, files, said, lambda step, done, of: bar.update(task, description=step, completed=done, total=of))
    for one in found:
        for line in lines(one):
            typer.echo(line)
    if any(one.decide for one in found):
        raise typer.Exit(3)


def _same(pairs: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        head, mark, question = pair.rpartition("=")
        if not mark or not head or not question:
            raise typer.BadParameter(f"{pair!r}: viết TIÊU ĐỀ=CÂU HỎI (HEADER=QUESTION)", param_hint="--column")
        found[head] = question
    return found
