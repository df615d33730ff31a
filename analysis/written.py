"""What a command leaves behind: files all or none, and what its numbers were made from.

Imports the forms door.  Knows no statistic.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from forms import refuse
from forms.folder import whole

if TYPE_CHECKING:
    from .intake import Intake


def writable(out: Path) -> None:
    """DATA-031 before any work is done: the name is taken by a file, or the folder cannot be written."""
    there = next(p for p in (out, *out.absolute().parents) if p.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise refuse("DATA-031", "--out", got=there.name, out=out.name)


def write(out: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """All files or none; gives their paths."""
    with whole(out) as staged:
        for name, body in files.items():
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).write_bytes(body)
    return tuple(out / name for name in files)


def digests(found: Intake) -> dict[str, str]:
    """What the numbers were made from: plan (with survey.yaml), questionnaire, form, data, code.

    Of rounds also what was received (raw_<wave>), the log of decisions and what is counted (clean_<wave>).
    """
    data = hashlib.sha256()
    for part in found.inputs:
        data.update(hashlib.sha256(part).digest())
    book = found.book
    form = hashlib.sha256(f"{book.form_id} {book.version} {book.digest}".encode()).hexdigest()
    both = hashlib.sha256(f"{found.plan.digest} {found.survey.digest}".encode()).hexdigest()
    made = {"plan": both, "questionnaire": book.digest, "form": form, "data": data.hexdigest(), "code": code_digest()}
    return {**made, **found.logs}


def parts(found: Intake) -> dict[str, str]:
    """What each input was: canonical content -> SHA-256, the same whatever export it came in; and days of fieldwork."""
    named = {name: hashlib.sha256(body).hexdigest() for name, body in zip(found.parts, found.inputs, strict=True)}
    days = {f"windows_{w}": hashlib.sha256(f"{a} {b}".encode()).hexdigest() for w, (a, b) in sorted(found.windows.items())}
    return {**named, **days}


@cache
def code_digest() -> str:
    """Digest of the programs that made the numbers, read once."""
    code = hashlib.sha256()
    root = Path(__file__).resolve().parent.parent
    for path in sorted([*(root / "forms").rglob("*.py"), *(root / "analysis").rglob("*.py")]):
        code.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return code.hexdigest()
