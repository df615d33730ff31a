"""bdg forms translate …: parse, call, say what was written.  Heavy imports inside the commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

translate = typer.Typer(no_args_is_help=True, help="Dịch biểu mẫu sang ngôn ngữ khác. (Translate a form.)")
_LANGUAGE = typer.Option("--language", help="Mã ngôn ngữ: hre, cua, sed, bdq, jeh, jra (language)")


def _folder(name: str) -> Path:
    from ..shelf import form_folders

    (found,) = form_folders([name])
    return found


@translate.command("export")
def export_(
    form: Annotated[str, typer.Argument(help="Tên biểu mẫu hoặc thư mục (form)")],
    language: Annotated[str, _LANGUAGE],
    out: Annotated[Path, typer.Option("--out", help="Tệp .xlsx (file)")],
) -> None:
    """Xuất sổ dịch: mỗi dòng một văn bản, chỉ mở các ô cần điền. (Write the translators' workbook.)"""
    from ..folder import whole
    from .known import language as known
    from .shelved import all_of
    from .store import stored
    from .texts import texts
    from .translators import translators_workbook

    of, folder = known(language), _folder(form)
    found = all_of(folder)
    with whole(out.parent) as work:
        (work / out.name).write_bytes(translators_workbook(found, of, stored(folder, of.code)))
    typer.echo(f"{found.id}, {of.column}: {len(texts(found))} văn bản / texts")
    typer.echo(f"đã ghi / wrote {out}")


@translate.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Sổ dịch đã điền (the workbook that came back)")],
    form: Annotated[str | None, typer.Option(help="Thư mục biểu mẫu, nếu không phải bản kèm theo (form folder)")] = None,
) -> None:
    """Nhập sổ dịch: ô nào sai thì báo tên ô và không ghi gì. (Read the workbook back; a wrong cell is named.)"""
    from ..errors import refuse
    from ..reading import read_yaml
    from ..shelf import form_folders
    from .shelved import all_of, save
    from .store import stored
    from .taken import open_workbook, take

    book = open_workbook(file)
    folders = form_folders([form] if form else None)
    folder = next((f for f in folders if form or read_yaml(f / "form.yaml").get("id") == book.form), None)
    if folder is None:
        raise refuse("FORM-088", file.name, expected=", ".join(f.name for f in folders), got=book.form)
    taken = take(book, all_of(folder), stored(folder, book.code), file.name)
    for path in save(folder, book.code, taken.rows):
        typer.echo(f"đã ghi / wrote {path}")
    typer.echo(f"nhận {len(taken.rows)} văn bản mới hoặc đã sửa / texts new or changed")
    if taken.stale:
        told = "câu tiếng Việt đã đổi sau khi xuất sổ; bản dịch được giữ nhưng chưa dùng / source changed since, kept, not in use"
        typer.echo(f"lưu ý / note: {len(taken.stale)} {told}: {', '.join(taken.stale)}", err=True)
        raise typer.Exit(3)


@translate.command("status")
def status_(
    form: Annotated[list[str] | None, typer.Argument(help="Tên biểu mẫu hoặc thư mục (form)")] = None,
    language: Annotated[list[str] | None, _LANGUAGE] = None,
) -> None:
    """Nói văn bản nào còn thiếu tiếng nào. (Which texts lack which language.)"""
    from ..shelf import form_folders
    from .digests import begun
    from .known import language as known
    from .known import languages
    from .shelved import all_of
    from .status import status
    from .texts import texts

    for folder in form_folders(form):
        found, wanted = all_of(folder), [known(code) for code in language or begun(folder)]
        n = len(texts(found))
        typer.echo(f"{found.id}: tiếng Việt và tiếng Anh đủ {n} văn bản / Vietnamese and English complete, {n} texts")
        for of in wanted:
            for line in status(folder, found, of):
                typer.echo(line)
        none = [x.column for x in languages() if x not in wanted and not language]
        if none:
            typer.echo(f"  chưa ai dịch / not begun: {', '.join(none)}")
