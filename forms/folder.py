"""Writing a folder whole: every file of a command reaches its place, or none does.

Imports errors only; every room that writes uses it.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import BdgError, refuse

_DISK = {
    errno.ENOSPC, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR, errno.EISDIR,
    errno.ENAMETOOLONG, errno.EIO,
}  # fmt: skip
"""What a disk or a folder may refuse; any other OSError is our bug and keeps its trace."""
_STALE = 86_400
"""Seconds after which a folder left by a killed run is nobody's: it may hold microdata and must not stay."""


def _sweep(out: Path) -> None:
    for left in out.parent.glob(f".{out.name}-*"):
        if left.is_dir() and left.stat().st_mtime < time.time() - _STALE:
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """A folder beside `out` to write into; its files are moved into `out` only if nothing was raised.

    A new `out` appears by one rename.  In an old one files of the same name are replaced, each by one rename; others stay.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise _unwritable(out, error) from None
    try:
        yield work
        _move(work, out)
    except OSError as error:
        if error.errno not in _DISK:
            raise
        raise _unwritable(out, error) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _move(work: Path, out: Path) -> None:
    if not out.exists():
        mask = os.umask(0)
        os.umask(mask)
        work.chmod(0o777 & ~mask)  # mkdtemp makes it the owner's alone
        work.rename(out)
        return
    if work.stat().st_dev != out.stat().st_dev:
        carry(work, out)
        return
    for path in sorted(p for p in work.rglob("*") if p.is_file()):
        target = out / path.relative_to(work)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


def carry(work: Path, out: Path) -> None:
    """Move to another disk (`out` is its top folder): copied whole beside the old files first, renamed only then."""
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out) as inside:
        for path in sorted(p for p in work.rglob("*") if p.is_file()):
            target = Path(inside) / path.relative_to(work)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        _move(Path(inside), out)


def _unwritable(out: Path, error: OSError) -> BdgError:
    return refuse("DATA-031", "--out", got=error.strerror or type(error).__name__, out=out.name)
