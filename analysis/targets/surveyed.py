"""What the surveys found, taken over as it stands: rows by key, never computed again, and the words of the last one.

Imports results, verdict and forms.errors.  Never sees an interview.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forms.errors import refuse
from forms.question import Label

from ..results import SCHEMA, Results, Row, read_results
from ..verdict import NO_DIFFERENCE, WORDS

KINDS = frozenset({"level", "change", "contrast", "target", "share", "test"})
_SURVEY = ("waves", "indicators", "domains")
LINE = ("target", "part", "headline", "label", "key", "said", "state", "missing")
"""What is kept of a line of an earlier year's table."""
_OWN = ("dashboard", "tasks", "report", "forms")


@dataclass(frozen=True)
class Surveys:
    """The surveys given.  rows: of every one, each key once; waves: years with a survey, in order; texts: of the last one."""

    rows: tuple[Row, ...] = ()
    waves: tuple[int, ...] = ()
    texts: Mapping[str, Any] | None = None
    digests: Mapping[str, str] | None = None
    practice: bool | None = None

    def level(self, indicator: str, wave: int) -> Row | None:
        """The level of everybody in a wave."""
        found = [
            r for r in self.rows if (r.kind, r.indicator, r.wave, r.domain, r.category) == ("level", indicator, wave, (), "")
        ]
        return min((r for r in found if r.method in ("", "linearised")), key=lambda r: r.key, default=None) or (
            min(found, key=lambda r: r.key) if found else None
        )

    def target(self, indicator: str, estimand: str) -> Row | None:
        """The target row of everybody in the last wave: the change that decides (wave_centred), by a reading."""
        last = self.waves[-1] if self.waves else 0
        found = [
            r for r in self.rows
            if (r.kind, r.indicator, r.estimand, r.wave, r.domain) == ("target", indicator, estimand, last, ())
        ]  # fmt: skip
        return min(found, key=lambda r: (r.method != "wave_centred", r.key), default=None)

    def compared(self, indicator: str) -> str:
        """The indicator that may be compared between waves (decision 13)."""
        other = f"{indicator}_cmp"
        return other if any(r.indicator == other and r.kind == "target" for r in self.rows) else indicator


def read_surveys(paths: Sequence[Path]) -> Surveys:
    """Results of `bdg analysis run`, in the order of their last wave.

    BdgError DATA-205 (no results of this version, or none of a survey), DATA-206 (practice beside real), DATA-207 (two numbers
    for one row).
    """
    found = [(path, read(path)) for path in paths]
    for path, one in found:
        if any(name not in one.texts for name in _SURVEY) or "dashboard" in one.texts:
            raise refuse("DATA-205", path.name, expected="bdg analysis run", got=", ".join(sorted(one.texts)[:5]))
    same_kind([(path.name, one.practice) for path, one in found])
    rows = agreed((path.name, r) for path, one in found for r in one.rows if r.kind in KINDS and r.method != "census")
    if not found:
        return Surveys()
    last = max((one for _, one in found), key=lambda one: (_waves(one), one.digests.get("data", "")))
    waves = tuple(sorted({w for _, one in found for w in _waves(one)}))
    if not waves:
        raise refuse("DATA-205", found[0][0].name, expected="waves", got="-")
    return Surveys(tuple(rows.values()), waves, last.texts, _digests([one for _, one in found]), last.practice)


def agreed(rows: Iterable[tuple[str, Row]]) -> dict[str, Row]:
    """(where it stands, row) -> each row once, by key.  DATA-207 when one key has two numbers."""
    found: dict[str, Row] = {}
    for place, row in rows:
        known = found.setdefault(row.key, row)
        if (known.estimate, known.se) != (row.estimate, row.se):
            old, new = (f"{row.indicator} {row.wave}: {r.estimate} (SE {r.se})" for r in (known, row))
            raise refuse("DATA-207", place, expected=old, got=new, key=row.key)
    return found


def own_folder(out: Path, year: int, kind: str) -> None:
    """DATA-211 when a folder holds results that are not this report's: a survey's, or another year's."""
    there = out / "results.json"
    if not there.is_file():
        return
    try:
        report = json.loads(there.read_bytes())["texts"]["report"]
        got = f"{report['year']} {report['kind']}"
    except (OSError, ValueError, LookupError, TypeError):
        got = f"results.json: {_version(there) or '?'}"
    if got != f"{year} {kind}":
        raise refuse("DATA-211", "--out", expected=f"{year} {kind}", got=got, out=out.name)


def read(path: Path) -> Results:
    """results.json of this version.  DATA-205."""
    try:
        found = read_results(path)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as fault:
        got = "không có tệp / no such file" if isinstance(fault, FileNotFoundError) else _version(path) or type(fault).__name__
        raise refuse("DATA-205", path.name, expected=SCHEMA, got=got) from None
    parts = (found.texts, found.digests, *(r.n_missing for r in found.rows))
    plain = found.practice in (True, False) and all(isinstance(r.kind, str) for r in found.rows)
    if not plain or not all(isinstance(part, Mapping) for part in parts):
        raise refuse("DATA-205", path.name, expected=SCHEMA, got="rows, texts, digests, practice: ?")
    return found


def _version(path: Path) -> str:
    try:
        said = json.loads(path.read_bytes())
        return str(said.get("schema", ""))[:40] if isinstance(said, dict) else ""
    except (ValueError, OSError):
        return ""


def same_kind(given: Sequence[tuple[str, bool]]) -> None:
    """DATA-206 when practice and real material stand side by side."""
    if len({practice for _, practice in given}) > 1:
        got = ", ".join(f"{name}: {'giả lập / practice' if practice else 'thật / real'}" for name, practice in given)
        raise refuse("DATA-206", "", expected="1", got=got)


def _waves(one: Results) -> tuple[int, ...]:
    told = one.texts["waves"]
    return tuple(sorted(int(w) for w in told if str(w).isdecimal())) if isinstance(told, Mapping) else ()


def _digests(found: Sequence[Results]) -> dict[str, str]:
    return {f"survey_{'_'.join(map(str, _waves(one)))}": one.digests.get("data", "") for one in found}


# ---- words of a verdict --------------------------------------------------------------------------------------------------------


def verdict_label(state: str) -> Label:
    """The verdict of a row in both languages: the row has the Vietnamese, and the English is the other half of the same word."""
    for vi, en in (*WORDS.values(), NO_DIFFERENCE):
        shape = (
            re.escape(vi).replace(re.escape("{high}"), "(?P<high>.+?)").replace(re.escape("{threshold}"), "(?P<threshold>.+?)")
        )
        if (match := re.fullmatch(shape, state)) is not None:
            return Label(state, en.format(**{k: _english(v) for k, v in match.groupdict().items()}))
    return Label(state, {"chưa đến hạn đánh giá": "not due yet"}.get(state, state))


def _english(quantity: str) -> str:
    return quantity.replace(",", ".").replace("điểm phần trăm", "percentage points").replace("điểm", "points")


# ---- earlier years of the plan -------------------------------------------------------------------------------------------------


def read_past(paths: Sequence[Path], year: int) -> tuple[Results, ...]:
    """Results of `bdg analysis targets` of earlier years, in order.  DATA-205, DATA-208 (a year twice, or not before)."""
    found = []
    for path in paths:
        one = read(path)
        if any(name not in one.texts for name in _OWN):
            raise refuse("DATA-205", path.name, expected="bdg analysis targets", got=", ".join(sorted(one.texts)[:5]))
        try:
            _ = [line[k] for line in one.texts["dashboard"] for k in LINE]
            found.append((int(one.texts["report"]["year"]), path.name, one))
        except (KeyError, TypeError, ValueError) as fault:
            raise refuse("DATA-205", path.name, expected=", ".join(_OWN), got=f"{type(fault).__name__}: {fault}"[:60]) from None
    found.sort(key=lambda pair: pair[:2])
    years = [y for y, _, _ in found]
    if len(set(years)) != len(years) or any(y >= year for y in years):
        raise refuse("DATA-208", "--past", expected=f"< {year}", got=", ".join(map(str, years)))
    return tuple(one for _, _, one in found)
