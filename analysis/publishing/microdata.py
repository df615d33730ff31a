"""The public microdata: which columns may leave, what was done to them, and a file nobody is alone in.

Imports pandas, anonymity, families (what the published tables give away) and publish.  Reads the restricted microdata; what
leaves is a list of columns written down here, never «all but some»: a new question stays inside until it is put on the list.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from forms.errors import refuse

from ..results import Results
from .anonymity import BAND, BLANK, GROUP, LADDER, QUASI, SEX, K, band, blanked, smallest
from .families import families
from .lattice import AGE, OLDEST, Box

SCORES = ("K", "A", "score")
EXPOSURE = ("exp_any", "exp_face", "exp_channels", "exp_message", "month_heard", "month_when", "month_joined")
PRIVATE = frozenset({"V", "score_kav"})
"""Scores of the private module: published in tables, never person by person."""
WHY = "__why"
_CODE = re.compile(r"[A-Za-z0-9_]{1,24}")
MOST_CODES = 12
"""Different codes that a column of single codes may hold; more would be a text or a place."""


@dataclass(frozen=True)
class Made:
    """The public file.  starts: first years of the age bands; without: columns left out; blanks: values blanked."""

    people: pd.DataFrame
    starts: tuple[int, ...]
    without: tuple[str, ...]
    blanks: Mapping[str, int]
    k: int
    psu: bool


def public_people(people: pd.DataFrame, results: Results, secret: bytes, *, psu: bool = True) -> Made:
    """The public microdata of a run.  results: public ones; secret: bytes that nobody outside holds (the restricted file).

    PUB-001 a class of fewer than K people is left; PUB-003 a hidden number could be worked out from the file and the tables;
    PUB-004 a column that should hold codes holds something else.
    """
    starts, without = _coarse(people, results)
    given = people.assign(**{BAND: band(people["age"], starts)})
    if GROUP in without:
        given[GROUP] = BLANK
    quasi = blanked(given)
    least = smallest(quasi)
    if least < K:
        raise refuse("PUB-001", "microdata_public.csv", expected=f">= {K}", got=str(least), columns=", ".join(QUASI))
    kept = [c for c in _kept(people, results) if c in people.columns]
    found = pd.concat([quasi, people[kept]], axis=1)
    ids = _ids(people, secret)
    found.insert(1, "person", ids["person"])
    found.insert(3, "weight", people["weight"].round(0).astype(int))
    if psu:
        found.insert(3, "psu", ids["psu"])
    found = found.drop(columns=list(without)).sort_values(["wave", "person"], kind="stable").reset_index(drop=True)
    _codes_only(found)
    before = given[list(QUASI)].fillna(BLANK)
    blanks = {c: int(((quasi[c] == BLANK) & (before[c] != BLANK)).sum()) for c in QUASI if c not in without}
    return Made(found, starts, without, blanks, least, psu)


def _kept(people: pd.DataFrame, results: Results) -> list[str]:
    """The list: exposure, the items of K and A, and the scores and shares made from them, each with its __why."""
    items = results.texts.get("items", {})
    names = [*EXPOSURE, *(i for i, about in items.items() if about.get("scale") in ("K", "A")), *SCORES]
    names += sorted(str(c) for c in people.columns if re.fullmatch(r"reach\d+", str(c)))
    names += [f"{n}_cmp" for n in (*SCORES, *(c for c in names if c.startswith("reach"))) if f"{n}_cmp" in people.columns]
    return [c for n in names for c in (n, f"{n}{WHY}")]


def _ids(people: pd.DataFrame, secret: bytes) -> pd.DataFrame:
    """Meaningless ids: numbers in the order of a keyed hash; a hamlet keeps its own through the waves of one file."""
    key = hashlib.sha256(secret).digest()

    def order(text: str) -> bytes:
        return hashlib.blake2b(text.encode(), key=key, digest_size=16).digest()

    psus = {psu: f"P{i:03d}" for i, psu in enumerate(sorted(people["psu"].unique(), key=lambda p: order(f"psu {p}")), 1)}
    names = people["wave"].astype(str) + " " + people["person"].astype(str)
    rank = {name: i for i, name in enumerate(sorted(names, key=lambda n: order(f"person {n}")), 1)}
    return pd.DataFrame({"person": names.map(lambda n: f"R{rank[n]:05d}"), "psu": people["psu"].map(psus)})


def _coarse(people: pd.DataFrame, results: Results) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The finest age bands, and whether the ethnic group may stay, with which no hidden number is given away."""
    groups = sorted(str(g) for g in people[GROUP].dropna().unique())
    for without in ((), (GROUP,)):
        for starts in LADDER:
            known = list(_boxes(starts, () if without else groups))
            if not any(_given(results, known)):
                return starts, without
    raise refuse(
        "PUB-003", "microdata_public.csv", expected="-", got=", ".join(_given(results, known)), count=len(_given(results, known))
    )


def _boxes(starts: Sequence[int], groups: Sequence[str]) -> Sequence[Box]:
    """The groups that anybody can form from the file: sex by age band by ethnic group."""
    ages = [[a, b - 1] for a, b in zip(starts, [*starts[1:], OLDEST + 1], strict=True)]
    sexes = ("male", "female")
    return [{SEX: [s], AGE: a, **({GROUP: [g]} if g else {})} for s in sexes for a in ages for g in (groups or [""])]


def _given(results: Results, known: Sequence[Box]) -> list[str]:
    """Keys of hidden rows that the tables and these groups together give away, of what the file holds."""
    found = []
    for family in families(results.rows, results.texts, known):
        rows = [results.rows[i] for i in family.places]
        if rows[0].indicator in PRIVATE or rows[0].kind != "level":
            continue
        beside = [{j: 1.0} for j in range(len(rows)) if j not in family.secret]
        found += [rows[j].key for j in sorted(family.secret) if family.grid.given_away({j: 1.0}, [*beside, *family.known])]
    return found


def _codes_only(people: pd.DataFrame) -> None:
    """PUB-004 for the first column that holds anything but numbers and short codes."""
    for name in map(str, people.columns):
        column: Any = people[name].dropna()
        if pd.api.types.is_numeric_dtype(column) or name in ("person", "psu"):
            continue
        parts = {part for text in column.astype(str).unique() for part in text.split()}
        if len(parts) > 2 * MOST_CODES or not all(_CODE.fullmatch(part) for part in parts):
            raise refuse("PUB-004", f"microdata_public.csv: {name}", expected="codes", got=f"{len(parts)}", column=name)
