"""Files that may tell who somebody is, sealed with the round's key in its folder restricted/.

Imports chained (files replaced in one step) and the forms doors.  What is sealed for one name of one round opens nowhere else.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from forms.errors import refuse
from forms.ledger import Round, round_key, seal, unseal

from ..chained import put

_SUFFIX = ".sealed"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")


def keep(of: Round, name: str, body: bytes) -> None:
    """Seal a file, in place of the one of that name.  DATA-150 for a name that is no plain file name."""
    if not _NAME.fullmatch(name):
        raise refuse("DATA-150", "restricted", expected="A-Z a-z 0-9 . _ -", got=f"{len(name)} ký tự / characters")
    of.restricted.mkdir(exist_ok=True)
    put(of.restricted / f"{name}{_SUFFIX}", seal(round_key(of), _place(of, name), body))


def opened(of: Round, name: str) -> bytes:
    """A file again.  DATA-150 when there is none, DATA-093 when the key is another one or the file was moved or changed."""
    path = of.restricted / f"{name}{_SUFFIX}"
    if not path.exists():
        raise refuse("DATA-150", "restricted", expected=", ".join(names(of)) or "-", got=name)
    return unseal(round_key(of), _place(of, name), path.read_bytes())


def names(of: Round) -> tuple[str, ...]:
    """What is kept, in name order."""
    return tuple(sorted(p.name.removesuffix(_SUFFIX) for p in of.restricted.glob(f"*{_SUFFIX}")))


def remove(of: Round, name: str) -> bool:
    """Delete a file: its bytes are overwritten, then it goes.  Gives whether it was there."""
    path = of.restricted / f"{name}{_SUFFIX}"
    if not path.exists():
        return False
    wipe(path)
    return True


def wipe(path: Path) -> None:
    """Overwrite a file's bytes and remove it.  A disk that keeps old blocks still holds only what is sealed."""
    with path.open("r+b") as file:
        file.write(b"\0" * path.stat().st_size)
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _place(of: Round, name: str) -> str:
    return f"restricted|{of.id}|{of.kind}|{name}"
