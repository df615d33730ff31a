"""Files from outside, opened with care: archives are read in memory, never unpacked, and bounded in size.

Standard library and forms.errors only.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from forms.errors import refuse

MOST_BYTES = 1 << 30
MOST_FILES = 200_000
_MOST_RATIO = 500


def archive(path: Path) -> Mapping[str, bytes]:
    """The files of a zip by name, in name order.

    DATA-027 when it is no zip or a broken one; DATA-017 when it climbs out of its folder, is encrypted, or would unpack
    to more than 1 GB or 500 times its size (a zip bomb).
    """
    try:
        with zipfile.ZipFile(path) as file:
            entries = [e for e in file.infolist() if not e.is_dir()]
            _check(path, entries)
            return {e.filename: file.read(e) for e in sorted(entries, key=lambda e: e.filename)}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError):
        raise refuse(
            "DATA-027", path.name, got=looks(path.read_bytes()) or "không mở được / cannot be opened", what="zip"
        ) from None


def looks(body: bytes) -> str:
    """What a file that cannot be read holds instead, '' when that cannot be told."""
    start = body[:512].lstrip().lower()
    if not start:
        return "tệp trống / an empty file"
    if start.startswith((b"<!doctype html", b"<html")):
        return "trang web / a web page"
    return ""


def place(name: str, file: str) -> str:
    """'export.zip: page.json', or the name alone where the source is one file."""
    return name if name == file else f"{name}: {file}"


def _check(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    size = sum(e.file_size for e in entries)
    if size > MOST_BYTES or len(entries) > MOST_FILES or size > _MOST_RATIO * max(path.stat().st_size, 1 << 16):
        raise refuse("DATA-017", path.name, expected=f"≤ {MOST_BYTES} byte", got=f"{size} byte, {len(entries)}", what="zip bomb")
    for e in entries:
        parts = PurePosixPath(e.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in parts.parts[0]:
            raise refuse("DATA-017", path.name, got=e.filename, what="zip path")
        if e.flag_bits & 0x1:
            raise refuse("DATA-017", path.name, got=e.filename, what="encrypted zip")


def folder(path: Path, suffix: str) -> Mapping[str, bytes]:
    """The files of a folder and its subfolders with a suffix, by relative name, in name order."""
    return {p.relative_to(path).as_posix(): p.read_bytes() for p in sorted(path.rglob(f"*{suffix}")) if p.is_file()}
