"""bdg forms pull: parse, call, say how it ended.  Imports the round, the servers and the pull inside the command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from .pull import Pulled

_FIRST = 5


def pull(
    folder: Annotated[Path, typer.Argument(metavar="ROUND", help="Thư mục của đợt (folder of the round)")],
    gone: Annotated[
        str, typer.Option(help="Lý do: phiếu không còn trên máy chủ là đã xóa (why vanished submissions count as deleted)")
    ] = "",
    private_key: Annotated[
        Path | None, typer.Option(help="Tệp PEM mở phiếu đã mã hóa, để ngoài dự án (private key of encrypted submissions)")
    ] = None,
) -> None:
    """Lấy phiếu từ máy chủ về sổ của đợt rồi đối chiếu số lượng. (Pull submissions into the ledger and reconcile.)"""
    from rich.progress import Progress

    from ..ledger.round import read_round
    from ..ledger.store import open_ledger
    from ..load import load_questionnaire
    from ..sealed import private_key as pem
    from ..shelf import form_folder
    from .connect import connect
    from .pull import pull as run

    of = read_round(folder)
    form_id = load_questionnaire(form_folder(of.form)).id
    key = pem(private_key, folder)
    source = connect(of)
    with open_ledger(of) as ledger, Progress(transient=True) as bar:
        task = bar.add_task("lấy phiếu / pulling", total=None)
        found = run(
            source, ledger, form_id, gone=gone, private_key=key, tell=lambda n, all_: bar.update(task, completed=n, total=all_)
        )
    for line in lines(found):
        typer.echo(line)
    if found.refused:
        raise typer.Exit(3)


def lines(found: Pulled) -> list[str]:
    """What a pull did, a line each."""
    added, said = found.added, []
    if found.clock:
        said.append(
            f"lưu ý / note: đồng hồ máy này chạy lùi (lần lấy này ghi {found.pull.started}): chỉnh lại ngày giờ "
            "(this computer's clock went back: set it right)"
        )
    if found.resumed:
        said.append("nối tiếp lần lấy bị ngắt / went on where an interrupted pull stopped")
    new = added.new - added.edits - added.bodies
    said.append(
        f"mới / new: {new}; bản sửa / edited versions: {added.edits}; tệp kèm / attachments: {added.files}; "
        f"đã xóa trên máy chủ / deleted on the server: {found.deleted + found.gone}"
    )
    if added.erased:
        said.append(f"để ngoài theo yêu cầu xóa / left out, forgotten on request: {added.erased}")
    said.append(f"máy chủ / server: {found.listed}; trong sổ / in the ledger: {found.held}; khớp / they agree")
    if found.refused:
        first = ", ".join(found.refused[:_FIRST])
        said.append(
            f"không nhận vì lẫn tập huấn với thật / set aside, practice and real mixed: {len(found.refused)} ({first}). "
            "Tìm máy đang dùng nhầm biểu mẫu hoặc danh sách / find the device with the wrong form or list [DATA-029]"
        )
    return said
