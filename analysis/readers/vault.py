"""Files as they came in, kept sealed in a round's raw/ folder: what was received can always be read again, by the round only.

Imports the ledger door (seal, round_key) and the standard library.  Never shows a file name's folder or a byte of a file.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forms.errors import refuse
from forms.ledger import Round, round_key, seal, unseal

_SUFFIX = ".sealed"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Kept:
    """A file of raw/.  name: as it was called; a folder is kept as a zip of its files, its name ending in '/'."""

    sha256: str
    name: str
    body: bytes


def packed(path: Path) -> bytes:
    """A file's bytes; a folder as a zip of its files with fixed dates, so that the same files are the same bytes;
    what is sealed is compressed then.
    """
    if not path.is_dir():
        return path.read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        for p in sorted(q for q in path.rglob("*") if q.is_file()):
            file.writestr(zipfile.ZipInfo(p.relative_to(path).as_posix(), _EPOCH), p.read_bytes(), zipfile.ZIP_STORED)
    return out.getvalue()


def keep(of: Round, name: str, body: bytes) -> tuple[str, bool]:
    """Seal a file into raw/, whole or not at all.  Gives (SHA-256, whether it was new).  DATA-098 when the disk refuses it."""
    sha = hashlib.sha256(body).hexdigest()
    target = of.raw / f"{sha}{_SUFFIX}"
    if target.exists():
        return sha, False
    head = name.encode()
    sealed = seal(round_key(of), _place(of, sha), len(head).to_bytes(4, "big") + head + body)
    try:
        of.raw.mkdir(exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=".", suffix=".part", dir=of.raw)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            Path(part).replace(target)
        finally:
            Path(part).unlink(missing_ok=True)
    except OSError as fault:
        raise refuse("DATA-098", "raw", got=fault.strerror or type(fault).__name__, name=of.name) from None
    return sha, True


def kept(of: Round) -> Iterator[Kept]:
    """Every file that came in, opened again, in digest order.  DATA-093 when one cannot be opened with the round's key."""
    for path in sorted(of.raw.glob(f"*{_SUFFIX}")):
        sha = path.name.removesuffix(_SUFFIX)
        plain = unseal(round_key(of), _place(of, sha), path.read_bytes())
        length = int.from_bytes(plain[:4], "big")
        yield Kept(sha, plain[4 : 4 + length].decode(), plain[4 + length :])


def _place(of: Round, sha: str) -> str:
    return f"raw|{of.id}|{of.kind}|{sha}"
