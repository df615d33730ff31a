"""run.json: what a run was made of and with, so that it can be made again and told apart from the next.

Imports the records of plan and codebook and the error catalogue.  Holds digests and names, never an answer, a path or a clock
time; the day is given.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from forms.codebook import Codebook, Variable
from forms.errors import refuse

SCHEMA = "run/1"
FILE = "run.json"
KEPT = ("results.json", "results.csv")
"""What the record vouches for; findings and microdata are not among them, since a person who asks to be forgotten leaves both."""
LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "PyYAML")
_LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"


@dataclass(frozen=True)
class Record:
    """One archived run.

    files: name -> SHA-256.  digests: those of results.json.  inputs: canonical content of every input -> SHA-256, the same
    whatever export it came from.  items: scored item or scale -> digest of what makes it comparable.  lock: of
    requirements.lock, '' where there is none.  baseline: digest of the sealed baseline it was held against, '' without.
    before: the run of the archive it was compared with, '' for the first; changed: published numbers that differ; new: rows
    that were not there.
    """

    day: str
    command: tuple[str, ...]
    practice: bool
    province: str
    waves: tuple[int, ...]
    files: Mapping[str, str]
    digests: Mapping[str, str]
    inputs: Mapping[str, str]
    items: Mapping[str, str]
    versions: Mapping[str, str]
    lock: str
    baseline: str = ""
    before: str = ""
    changed: int = 0
    new: int = 0

    def body(self) -> bytes:
        """run.json."""
        return (json.dumps({"schema": SCHEMA, **asdict(self)}, ensure_ascii=False, indent=1) + "\n").encode()


def read_record(run: Path) -> Record:
    """The record of a run's folder.  DATA-221 when it is none; DATA-224 when a file it vouches for was changed."""
    try:
        raw: dict[str, Any] = json.loads((run / FILE).read_bytes())
        if raw.pop("schema") != SCHEMA:
            raise refuse("DATA-221", run.name, expected=SCHEMA, got=f"{FILE}: schema")
        told = Record(**{**raw, "command": tuple(raw["command"]), "waves": tuple(raw["waves"])})
        wanted, _ = {name: told.files[name] for name in KEPT}, told.waves[0]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as fault:
        raise refuse("DATA-221", run.name, expected=FILE, got=type(fault).__name__) from None
    for name, digest in wanted.items():
        there = sha256((run / name).read_bytes()) if (run / name).is_file() else "-"
        if there != digest:
            raise refuse("DATA-224", run.name, expected=digest[:12], got=there[:12], file=name)
    return told


def sha256(body: bytes) -> str:
    """SHA-256 of some bytes."""
    return hashlib.sha256(body).hexdigest()


def lock_digest() -> str:
    """Of requirements.lock beside the programs, lines as on Unix; '' where the programs were installed without it."""
    return sha256(_LOCK.read_bytes().replace(b"\r\n", b"\n")) if _LOCK.is_file() else ""


def versions() -> dict[str, str]:
    """What computed: Python, the libraries that touch a number, the kind of machine (never its name)."""
    found = {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def tidy_command(words: Sequence[str]) -> tuple[str, ...]:
    """A command without the folders of this machine: of an absolute path only its last part is kept (YEAR=PATH likewise)."""
    return tuple(_bare(word) for word in words)


def _bare(word: str) -> str:
    head, mark, tail = word.partition("=")
    path = tail if mark else word
    bare = path
    for kind in (PurePosixPath, PureWindowsPath):
        if kind(path).is_absolute():
            bare = kind(path).name
    return f"{head}{mark}{bare}" if mark else bare


def typed() -> tuple[str, ...]:
    """The command as it was typed, from `bdg` on, tidied."""
    return ("bdg", *tidy_command(sys.argv[1:]))


def item_digests(book: Codebook) -> dict[str, str]:
    """Every scored item and every scale -> digest of what a respondent is asked and how it counts.

    Words in Vietnamese, codes, key, direction: what makes two waves comparable.  The rest of the form may change.
    """
    found = {v.name: _digest(_item(v)) for v in book.variables if v.scale}
    scales = {f"scale {name}": _digest([s.kind, s.min_answered, s.low, s.high, list(s.of)]) for name, s in book.scales.items()}
    return dict(sorted({**found, **scales}.items()))


def _item(v: Variable) -> list[Any]:
    choices = [[c.code, c.label.vi, c.why] for c in v.choices]
    keys = [[k.value, k.valid_from.isoformat(), k.valid_to.isoformat() if k.valid_to else None] for k in v.key]
    return [v.type, v.label.vi, choices, v.scale, keys, v.reverse]


def _digest(content: Any) -> str:
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode())
