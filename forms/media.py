"""The list files that travel with a form: communes, hamlets and the wave's sampled households.

Reads sample.csv, frame.csv and releases.csv (contract), writes CSV bytes.  Standard library; never draws, never releases,
never sees a person.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from .arms import arms
from .errors import headers, refuse
from .formulas import row as tamed
from .formulas import wild

HOUSEHOLD = (
    "name", "label", "key", "psu", "ssu", "select_u", "vignette_arm", "list_arm", "form_arm", "panel_code", "panel_sex",
    "panel_birth",
)  # fmt: skip
"""Columns of households.csv.  name, the value of a choice, is the key; panel_*: empty unless a panel was asked for."""
_ALWAYS = ("name", "label", "key", "psu")
_NEED_SAMPLE = ("wave", "stratum", "psu", "ssu", "household", "commune", "select_u", "status", "round_kind")
_NEED_FRAME = ("psu", "commune", "hamlet", "area")
_NEED_RELEASES = ("seq", "wave", "psu", "ssu", "replaces")


@dataclass(frozen=True)
class Household:
    """One sampled household as the phone needs it. key: <wave>-<psu>-<ssu>; select_u picks the person.

    replaces: of a released reserve, the household in whose place it stands; '' of a main household.
    panel_*: of a person who is asked again, a code, the sex and the year of birth; '' of everybody else.
    """

    key: str
    wave: int
    psu: str
    ssu: str
    commune: str
    select_u: str
    round_kind: str
    replaces: str = ""
    panel_code: str = ""
    panel_sex: str = ""
    panel_birth: str = ""


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
            "FORM-032", path.name, expected=", ".join(need), got=headers(reader.fieldnames or ()), columns=", ".join(missing)
        )
    return [{k: wild(v) if isinstance(v, str) else v for k, v in cells.items()} for cells in reader]


def read_households(sample: Path, wave: int, releases: Path | None = None) -> tuple[Household, ...]:
    """The wave's main households and its released reserves, in sample order; a reserve that nobody released is not there.

    releases: None = releases.csv beside the sample where there is one.  FORM-030 when the sample has no household of the
    wave, DATA-057 when a release names a household that is not among the sample's reserves, DATA-002 a select_u that
    is no number of [0; 1).
    """
    need = tuple(n for n in _NEED_SAMPLE if n not in ("household", "ssu", "round_kind"))
    rows = [r for r in read_rows(sample, need) if r["wave"] == str(wave)]
    released = _released(releases or sample.with_name("releases.csv"), wave, required=releases is not None)
    reserves = {(r["psu"], _number(r)) for r in rows if r["status"] == "reserve"}
    for psu, ssu in released:
        if (psu, ssu) not in reserves:
            got = f"{wave} {psu} {ssu}"
            raise refuse("DATA-057", "releases.csv", expected=f"{sample.name}: reserve", got=got, ssu=ssu, psu=psu)
    found = tuple(
        _household(r, released.get((r["psu"], _number(r)), ""))
        for r in rows
        if r["status"] == "main" or (r["psu"], _number(r)) in released
    )
    if not found:
        raise refuse("FORM-030", sample.name, wave=wave)
    return found


def _released(path: Path, wave: int, *, required: bool) -> dict[tuple[str, str], str]:
    """(psu, ssu) of every reserve released in a wave -> the household it replaces."""
    if not required and not path.exists():
        return {}
    return {(r["psu"], r["ssu"]): r["replaces"] for r in read_rows(path, _NEED_RELEASES) if r["wave"] == str(wave)}


def _number(row: Mapping[str, str]) -> str:
    return row.get("household") or row.get("ssu") or ""


def _household(row: Mapping[str, str], replaces: str) -> Household:
    number = _number(row)
    return Household(
        f"{row['wave']}-{row['psu']}-{number}", int(row["wave"]), row["psu"], number, row["commune"],
        _plain(row), row.get("round_kind") or "real", replaces,
    )  # fmt: skip


def _plain(row: Mapping[str, str]) -> str:
    """select_u without an exponent: XPath knows none, and 1.2e-05 would select nobody."""
    try:
        u = Decimal(row["select_u"])
        fits = 0 <= u < 1
    except InvalidOperation:
        fits = False
    if not fits:
        raise refuse("DATA-002", "sample.csv", expected="[0; 1)", got=row["select_u"], column="select_u")
    return format(u, "f")


def read_hamlets(frame: Path) -> tuple[Hamlet, ...]:
    """The PSUs of the frame."""
    return tuple(
        Hamlet(r["psu"], r["commune"], r["hamlet"], r["area"], r.get("dtts") or "", int(r.get("households") or 0))
        for r in read_rows(frame, _NEED_FRAME)
    )


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A list file: commas, one line a row, UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(map(tamed, rows))
    return out.getvalue().encode()


def lists(
    households: Sequence[Household],
    hamlets: Sequence[Hamlet],
    communes: Mapping[str, str],
    looked_up: Collection[str] | None = None,
) -> dict[str, bytes]:
    """communes.csv, hamlets.csv, households.csv: only what this wave's sample touches.

    communes: code -> name of every unit of the province.  looked_up: columns of households.csv that the form reads (the
    others are left out: the phone loads every cell); None = all.  FORM-033 when the sample names what is not there.
    """
    by_psu = {h.psu: h for h in hamlets}
    touched = list(dict.fromkeys(h.psu for h in households))
    unknown = [psu for psu in touched if psu not in by_psu] + [h.commune for h in households if h.commune not in communes]
    if unknown:
        raise refuse("FORM-033", "sample.csv", got=", ".join(sorted(set(unknown))[:5]))
    ((wave, kind),) = {(h.wave, h.round_kind) for h in households}
    columns = [name for name in HOUSEHOLD if looked_up is None or name in _ALWAYS or name in looked_up]
    codes = sorted({by_psu[psu].commune for psu in touched})
    return {
        "communes.csv": csv_bytes(("name", "label"), [(code, communes[code]) for code in codes]),
        "hamlets.csv": csv_bytes(
            ("name", "label", "commune", "wave", "round_kind"),
            [(psu, by_psu[psu].hamlet, by_psu[psu].commune, str(wave), kind) for psu in sorted(touched)],
        ),
        "households.csv": csv_bytes(columns, [[row[c] for c in columns] for row in map(household_row, households)]),
    }


def household_row(household: Household) -> dict[str, str]:
    """What households.csv may say of a household, by column."""
    h, arm = household, arms(household.key, household.select_u)
    cells = (
        h.key, _called(h), h.key, h.psu, h.ssu, h.select_u, arm.vignette, arm.list, arm.form, h.panel_code, h.panel_sex,
        h.panel_birth,
    )  # fmt: skip
    return dict(zip(HOUSEHOLD, cells, strict=True))


def _called(household: Household) -> str:
    """What the interviewer reads: a reserve says for whom it stands."""
    return f"Hộ {household.ssu}" + (f" (dự phòng, thay hộ {household.replaces})" if household.replaces else "")
