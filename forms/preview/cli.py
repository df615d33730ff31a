"""bdg forms preview: parse, call, say where to look.  Heavy imports inside the command."""

from __future__ import annotations

from typing import Annotated

import typer


def preview(
    form: Annotated[str, typer.Argument(help="Tên biểu mẫu hoặc thư mục (form name or folder)")] = "household",
    with_: Annotated[list[str] | None, typer.Option("--with", help="Bật công tắc của biểu mẫu (turn a switch on)")] = None,
    port: Annotated[int, typer.Option(help="Cổng; 0: cổng trống bất kỳ (port; 0 = any)")] = 0,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Mở trình duyệt (open the browser)")] = True,
    province: Annotated[str, typer.Option(help="Mã tỉnh (province)")] = "51",
) -> None:
    """Mở biểu mẫu bằng ODK Web Forms trong trình duyệt; cần Node.js. (Open a form in ODK Web Forms; needs Node.js.)"""
    import webbrowser

    from rich.progress import Progress, SpinnerColumn, TextColumn

    from ..build import build
    from ..load import province_folder
    from ..shelf import form_folder
    from .bundle import bundle
    from .pages import pages, practice_lists
    from .server import serve

    with Progress(SpinnerColumn(), TextColumn("{task.description}"), transient=True) as bar:
        task = bar.add_task("dựng biểu mẫu / building the form", total=None)
        built = build(form_folder(form), with_ or ())
        bar.update(task, description="ODK Web Forms, lần đầu mất khoảng nửa phút / first time about half a minute")
        found = pages(built, practice_lists(built, province_folder(province)), bundle())
    server = serve(found, port)
    where = f"http://127.0.0.1:{server.server_address[1]}/"
    typer.echo(f"mở / open {where}   (Ctrl+C để dừng / to stop)")
    if open_:
        webbrowser.open(where)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        typer.echo("đã dừng / stopped")
    finally:
        server.server_close()
