"""A log that only grows: each line carries the SHA-256 of the line before it, and the file is replaced in one step.

Imports forms.errors.  What such a chain cannot show is a last line taken away; so whoever adds one prints its new digest.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from forms.errors import refuse

START = "0" * 64
"""prev_sha256 of the first line."""


class Line(Protocol):
    """One line of a chain."""

    @property
    def seq(self) -> int:
        """Its number, from 1."""
        ...

    @property
    def prev_sha256(self) -> str:
        """Digest of the line before it."""
        ...

    @property
    def sha256(self) -> str:
        """Its own digest: what the next line must carry."""
        ...


Some = TypeVar("Some", bound=Line)


def head(lines: Sequence[Line]) -> str:
    """The chain's digest after its last line."""
    return lines[-1].sha256 if lines else START


def broken(lines: Sequence[Some]) -> tuple[Some, ...]:
    """The lines that do not follow from the line before them, by number or by digest."""
    before = [START, *(r.sha256 for r in lines)]
    return tuple(r for n, r in enumerate(lines) if r.prev_sha256 != before[n] or r.seq != n + 1)


def put(path: Path, body: bytes) -> None:
    """New content in one step: a crash or a full disk leaves the old file whole.  DATA-056 when it cannot be written."""
    new = ""
    try:
        handle, new = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        Path(new).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(new).replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(new).unlink()
        raise refuse("DATA-056", path.name, got=error.strerror or type(error).__name__, file=path.name) from None
