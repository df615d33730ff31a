"""bdg analysis sample …: parse, call, say what was written.  No logic, no question asked; heavy imports inside the commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Khung mẫu, cỡ mẫu, chọn mẫu, phương án khảo sát. (Frame, size, draw, protocol.)")

_OUT = Annotated[Path, typer.Option("--out", help="Thư mục ghi kết quả (output folder)")]
_PROVINCE = Annotated[str, typer.Option(help="Mã tỉnh (province)")]
_FRAME = Annotated[Path, typer.Option(help="frame.csv")]
_LINKS = Annotated[Path | None, typer.Option(help="psu_links.csv (mặc định: cạnh frame.csv)")]
_SAMPLE = Annotated[Path, typer.Option(help="sample.csv")]
_SEED = Annotated[int, typer.Option(help="Số gieo (seed)")]


def _say(written: tuple[Path, ...]) -> None:
    for path in written:
        typer.echo(f"đã ghi / wrote {path}")


@app.command()
def practice(
    out: _OUT,
    seed: _SEED = 1,
    psus: Annotated[int, typer.Option(help="Số địa bàn mỗi kỳ (PSUs a wave)")] = 60,
    households: Annotated[int, typer.Option(help="Số hộ mỗi địa bàn (households a PSU)")] = 23,
    province: _PROVINCE = "51",
) -> None:
    """Dàn mẫu giả lập và mẫu hai kỳ, có đóng dấu tập huấn. (A stamped synthetic frame and the sample of two waves.)"""
    from forms import load_places, province_folder

    from .practice import practice as draw
    from .practice import write_practice

    made = draw(load_places(province_folder(province)), seed, psus=psus, households=households)
    _say(write_practice(made, out))
