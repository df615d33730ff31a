"""The list files that travel with a form: communes, hamlets and the wave's sampled households.

Reads sample.csv and frame.csv (contract), writes CSV bytes.  Standard library; never draws, never sees a person.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import refuse

_NEED_SAMPLE = ("wave", "stratum", "psu", "ssu", "household", "commune", "select_u", "status", "round_kind")
_NEED_FRAME = ("psu", "commune", "hamlet", "area")


@dataclass(frozen=True)
class Household:
    """One sampled household as the phone needs it. key: <wave>-<psu>-<ssu>; select_u picks the person."""

    key: str
    wave: int
    psu: str
    ssu: str
    commune: str
    select_u: str
    round_kind: str


@dataclass(frozen=True)
class Hamlet:
    """One PSU of the frame. dtts: '1' in the ethnic-minority area, '' unknown."""

    psu: str
    commune: str
    hamlet: str
    area: str
    dtts: str
    households: int


def read_rows(path: Path, need: Sequence[str]) -> list[dict[str, str]]:
    """A contract CSV as text rows in NFC. FORM-032 when it is missing or lacks a column."""
    try:
        text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise refuse("FORM-032", path.name, expected=path.name, columns=", ".join(need)) from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in need if name not in (reader.fieldnames or ())]
    if missing:
        raise refuse(
            "FORM-032", path.name, expected=", ".join(need), got=", ".join(reader.fieldnames or ()), columns=", ".join(missing)
        )
    return list(reader)


def read_households(sample: Path, wave: int) -> tuple[Household, ...]:
    """The wave's main households, in sample order. FORM-030 when the sample has none."""
    need = tuple(n for n in _NEED_SAMPLE if n not in ("household", "ssu", "round_kind"))
    rows = [r for r in read_rows(sample, need) if r["wave"] == str(wave) and r["status"] == "main"]
    found = tuple(_household(r) for r in rows)
    if not found:
        raise refuse("FORM-030", sample.name, wave=wave)
    return found


def _household(row: Mapping[str, str]) -> Household:
    number = row.get("household") or row.get("ssu") or ""
    return Household(
        f"{row['wave']}-{row['psu']}-{number}", int(row["wave"]), row["psu"], number, row["commune"],
        row["select_u"], row.get("round_kind") or "real",
    )  # fmt: skip


def read_hamlets(frame: Path) -> tuple[Hamlet, ...]:
    """The PSUs of the frame."""
    return tuple(
        Hamlet(r["psu"], r["commune"], r["hamlet"], r["area"], r.get("dtts") or "", int(r.get("households") or 0))
        for r in read_rows(frame, _NEED_FRAME)
    )


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def field_lists(sample: Path, frame: Path, wave: int, communes: Mapping[str, str]) -> dict[str, bytes]:
    """The list files of a real or practice wave, to be uploaded with the form."""
    return lists(read_households(sample, wave), read_hamlets(frame), communes)


def lists(households: Sequence[Household], hamlets: Sequence[Hamlet], communes: Mapping[str, str]) -> dict[str, bytes]:
    """communes.csv, hamlets.csv, households.csv: only what this wave's sample touches.

    communes: code -> name of every unit of the province.  FORM-033 when the sample names one that is not in it.
    """
    by_psu = {h.psu: h for h in hamlets}
    touched = list(dict.fromkeys(h.psu for h in households))
    unknown = [psu for psu in touched if psu not in by_psu] + [h.commune for h in households if h.commune not in communes]
    if unknown:
        raise refuse("FORM-033", "sample.csv", got=", ".join(sorted(set(unknown))[:5]))
    ((wave, kind),) = {(h.wave, h.round_kind) for h in households}
    codes = sorted({by_psu[psu].commune for psu in touched})
    return {
        "communes.csv": _csv(("name", "label"), [(code, communes[code]) for code in codes]),
        "hamlets.csv": _csv(
            ("name", "label", "commune", "wave", "round_kind"),
            [(psu, by_psu[psu].hamlet, by_psu[psu].commune, str(wave), kind) for psu in sorted(touched)],
        ),
        "households.csv": _csv(
            ("name", "label", "psu", "select_u"),
            [(h.key, f"Hộ {h.ssu}", h.psu, h.select_u) for h in households],
        ),
    }
