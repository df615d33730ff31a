"""The same persons again in a later wave, by pseudonymous code: panel.csv -> what households.csv tells the interviewer of them.

Reads one CSV.  Holds a code, a sex and a year of birth, nothing else; a file with any further column is refused, because it would
be a name.  A panel is off by default and its answers never enter the headline (decision 11).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from .errors import BdgError, Problem, headers, problem, refuse
from .media import Household

SWITCH = "panel"
"""The switch of form.yaml that puts a panel's questions into a form."""
COLUMNS = ("wave", "psu", "household", "panel_code", "panel_sex", "panel_birth")
_CODE = re.compile(r"(?=(?:[^0-9]*[0-9]){2})[A-Z0-9]{4,8}")
"""Four to eight capitals and digits, at least two of them digits: no name, no telephone, no citizen's number."""
_SEXES = ("male", "female")
_OLDEST = 110
_YOUNGEST = 15


def read_panel(path: Path) -> tuple[dict[str, str], ...]:
    """Rows of panel.csv. FORM-085 when it holds other columns than `COLUMNS`, FORM-084 for every cell that cannot be right."""
    try:
        text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise refuse("FORM-085", path.name, expected=",".join(COLUMNS), got=type(error).__name__) from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if sorted(reader.fieldnames or ()) != sorted(COLUMNS):
        raise refuse("FORM-085", path.name, expected=",".join(COLUMNS), got=headers(reader.fieldnames or ()))
    rows = tuple({name: (row[name] or "").strip() for name in COLUMNS} | {"line": str(reader.line_num)} for row in reader)
    if problems := [p for row in rows for p in _wrong(row, path.name)]:
        raise BdgError(problems)
    return rows


def _wrong(row: Mapping[str, str], name: str) -> Iterator[Problem]:
    place = f"{name}:{row['line']}"
    if not _CODE.fullmatch(row["panel_code"]):
        yield problem("FORM-084", place, expected="4-8 chữ hoa, chữ số / capitals and digits", column="panel_code")
    if row["panel_sex"] not in _SEXES:
        yield problem("FORM-084", place, expected=" | ".join(_SEXES), got=row["panel_sex"], column="panel_sex")
    wave = int(row["wave"]) if re.fullmatch(r"\d{4}", row["wave"]) else 0
    if not wave:
        yield problem("FORM-084", place, expected="2030", got=row["wave"], column="wave")
    elif not (re.fullmatch(r"\d{4}", row["panel_birth"]) and _YOUNGEST <= wave - int(row["panel_birth"]) <= _OLDEST):
        expected = f"{wave - _OLDEST} - {wave - _YOUNGEST}"
        yield problem("FORM-084", place, expected=expected, got=row["panel_birth"], column="panel_birth")


def with_panel(households: Sequence[Household], path: Path, wave: int) -> tuple[Household, ...]:
    """The wave's households, those of the panel with code, sex and year of birth of the person to ask again.

    FORM-086 for a person whose household is not on the wave's list, and for a household or a code that stands twice.
    """
    rows = [row for row in read_panel(path) if row["wave"] == str(wave)]
    if not rows:
        raise refuse("FORM-086", path.name, expected=str(wave), got="0")
    known = {(h.psu, h.ssu) for h in households}
    problems: list[Problem] = []
    people: dict[tuple[str, str], Mapping[str, str]] = {}
    codes: set[str] = set()
    for row in rows:
        home = (row["psu"], row["household"])
        if home not in known or home in people or row["panel_code"] in codes:
            problems.append(problem("FORM-086", f"{path.name}:{row['line']}", got=f"{wave} {home[0]} {home[1]}"))
        people[home] = row
        codes.add(row["panel_code"])
    if problems:
        raise BdgError(problems)
    return tuple(_asked_again(h, people[h.psu, h.ssu]) if (h.psu, h.ssu) in people else h for h in households)


def _asked_again(household: Household, row: Mapping[str, str]) -> Household:
    code, sex, birth = (row[name] for name in COLUMNS[3:])
    return replace(household, panel_code=code, panel_sex=sex, panel_birth=birth)
