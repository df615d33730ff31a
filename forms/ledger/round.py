"""A survey round: one folder with round.yaml, the files of its sample, its ledger, what is restricted, and its runs.

Imports errors, folder and reading.  A round is practice or real from its first day; nothing changes that.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Literal

from ..errors import BdgError, Problem, problem, refuse
from ..folder import whole
from ..reading import read_if_sound, shaped

Kind = Literal["practice", "real"]
FILE = "round.yaml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_SHAPE = {
    "id": "text!", "name": "text!", "kind": "practice | real!", "wave": "whole!", "form": "text!", "province": "text!",
    "server": "text?", "server_kind": "central | kobo | none?", "project": "text?", "user": "text?",
    "field_start": "day?", "field_end": "day?",
}  # fmt: skip
_SAMPLE = ("frame.csv", "psu_links.csv", "waves.yaml", "margins.csv", "releases.csv")


@dataclass(frozen=True)
class Round:
    """round.yaml and where it lies.

    id: 16 hex digits drawn when the round was made: names its key; form: name of the questionnaire's folder, or a path;
    server: address ('' none yet); server_kind: central, kobo or none; project: Central's number; user: account on the server
    (never a password); field_start, field_end: first and last day of fieldwork, None while nobody has decided.
    """

    home: Path
    id: str
    name: str
    kind: Kind
    wave: int
    form: str
    province: str = "51"
    server: str = ""
    server_kind: str = "none"
    project: str = ""
    user: str = ""
    field_start: date | None = None
    field_end: date | None = None

    @property
    def ledger(self) -> Path:
        """Everything received."""
        return self.home / "ledger.sqlite"

    @property
    def raw(self) -> Path:
        """Files as they came in, sealed."""
        return self.home / "raw"

    @property
    def restricted(self) -> Path:
        """Contact sheets, places, audit logs: sealed."""
        return self.home / "restricted"

    @property
    def decisions(self) -> Path:
        """decisions.csv, append-only."""
        return self.home / "decisions.csv"

    @property
    def sample(self) -> Path:
        """sample.csv of this round; frame.csv, releases.csv and the others lie beside it."""
        return self.home / "sample" / "sample.csv"

    @property
    def practice(self) -> bool:
        """Everything made of this round is stamped."""
        return self.kind == "practice"


def is_round(path: Path) -> bool:
    """Whether a path is a round's folder."""
    return (path / FILE).is_file()


def read_round(home: Path) -> Round:
    """The round of a folder.  DATA-094 when it is none, DATA-095 with every attribute of round.yaml that is wrong."""
    if not is_round(home):
        raise refuse("DATA-094", home.name, expected=FILE, got="không có / not there")
    found: list[Problem] = []
    node: Any = read_if_sound(home / FILE, found)
    if not found and shaped(node, _SHAPE, FILE, found):
        values: dict[str, Any] = {k: v for k, v in node.items() if k in _SHAPE and v not in (None, "")}
        values |= {k: str(v) for k, v in values.items() if _text(k)}
        return Round(home, **values)
    raise BdgError([problem("DATA-095", FILE, expected=p.expected, got=p.got, line=p.place) for p in found])


def _text(name: str) -> bool:
    return _SHAPE[name].startswith("text")


def new_round(
    home: Path, *, kind: Kind, wave: int, form: str, sample: Path | None, province: str = "51", server: str = "",
    server_kind: str = "none", project: str = "", user: str = "", field_start: date | None = None, field_end: date | None = None,
    keep_key: Callable[[Round], object] = lambda _: None,
) -> Round:  # fmt: skip
    """A new round's folder, whole or not at all; the sample's files are copied into it.

    keep_key: called with the round before its folder appears; where a key cannot be kept there is no round.
    DATA-096 when the folder is there already; DATA-097 for a name that is no file name, a missing sample, or a sample of the
    other kind (a practice sample in a real round, or the reverse).
    """
    if home.exists():
        raise refuse("DATA-096", home.name, expected="tên mới / a new name", got=home.name)
    if not _NAME.fullmatch(home.name):
        raise refuse("DATA-097", home.name, expected="A-Z a-z 0-9 . _ -", got=home.name)
    if sample is not None:
        _same_kind(sample, kind)
    made = Round(
        home, secrets.token_hex(8), home.name, kind, wave, form, province, server, server_kind, project, user, field_start,
        field_end,
    )  # fmt: skip
    with whole(home) as staged:
        if sample is not None:
            (staged / "sample").mkdir()
            for path in (sample, *(sample.with_name(n) for n in _SAMPLE)):
                if path.exists():
                    shutil.copyfile(path, staged / "sample" / ("sample.csv" if path == sample else path.name))
        for name in ("raw", "restricted", "out"):
            (staged / name).mkdir()
        (staged / FILE).write_text(_yaml(made), encoding="utf-8")
        keep_key(made)
    return made


def _same_kind(sample: Path, kind: Kind) -> None:
    from ..media import read_rows

    if not sample.exists():
        raise refuse("DATA-097", "--sample", expected="sample.csv", got="không có tệp / no such file")
    found = sorted({r.get("round_kind") or "real" for r in read_rows(sample, ("wave", "psu", "ssu"))} - {kind})
    if found:
        raise refuse("DATA-097", sample.name, expected=kind, got=", ".join(found))


def _yaml(made: Round) -> str:
    lines = [f"{f.name}: {_shown(getattr(made, f.name))}" for f in fields(made) if f.name != "home"]
    head = (
        "# Một đợt khảo sát. Không ghi mật khẩu, mã truy cập vào đây. | A survey round. Never a password or token in this file."
    )
    return "\n".join([head, *lines]) + "\n"


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "null"
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, int) else f'"{value}"'
