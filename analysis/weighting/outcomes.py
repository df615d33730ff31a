"""What became of every issued household, in the words of AAPOR, and the outcome rates that follow.

Imports numpy, pandas, results, classes (codes as texts) and the error catalogue.
Sees result codes and probabilities of selection, never an answer.
Source: AAPOR (2016, 2023) Standard Definitions: in-person household surveys, tables of final dispositions and of outcome rates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from forms.errors import refuse

from ..results import Row
from ..units import FloatArray
from .classes import code

if TYPE_CHECKING:
    import pandas as pd

Disposition = Literal["I", "P", "R", "NC", "O", "UH", "UO", "NE", ""]
Cases = Literal["main", "issued"]
INTERVIEW = "I"
ELIGIBLE = ("I", "P", "R", "NC", "O")
UNKNOWN = ("UH", "UO")
INELIGIBLE = ("NE",)
GROUPS = (*ELIGIBLE, *UNKNOWN, *INELIGIBLE)
RATES = ("rr1", "rr3", "e", "coop1", "con1", "ref1")
NO_FORM, NO_RESULT = "", "unknown"
NO_CASES = "không có hộ nào trong mẫu số | no case in the denominator"
NOT_KNOWN = "không biết hộ nào thuộc hay không thuộc đối tượng | eligibility is known of no case"


@dataclass(frozen=True)
class Outcome:
    """How a result code of the form counts.  aapor: code of the in-person table; why: the choice made, where there was one."""

    result: str
    group: Disposition
    aapor: str
    why: str = ""


OUTCOMES: Mapping[str, Outcome] = {
    o.result: o
    for o in (
        Outcome("completed", "I", "1.1"),
        Outcome("partial", "R", "2.12", "phỏng vấn dở dang không vào số liệu | a break-off: too little was asked to be used"),
        Outcome("refused", "R", "2.11", "hộ hoặc người được chọn | by the household or by the selected person"),
        Outcome("nobody_home", "NC", "2.24", "hộ có trong danh sách, nhà có người ở | a listed, lived-in household"),
        Outcome("absent", "NC", "2.25", "người được chọn vắng, hộ đã gặp | the selected person is away, the household was met"),
        Outcome("incapable", "O", "2.32"),
        Outcome("language", "O", "2.33", "không có người dịch phù hợp | no common language and no suitable interpreter"),
        Outcome("panel", "O", "2.36", "người của kỳ trước trả lời thay | a person of an earlier wave, not the random one"),
        Outcome("not_found", "UH", "3.18", "không tách được nhà bỏ trống | an empty dwelling has no code of its own, so unknown"),
        Outcome(NO_FORM, "UH", "3.11", "không có phiếu | no form came back: not worked, as far as anybody knows"),
        Outcome(NO_RESULT, "UO", "3.90", "phiếu không có kết quả | a form without a result"),
        Outcome("moved", "NE", "4.60", "hộ không còn ở địa bàn | the household no longer lives in the hamlet"),
        Outcome("no_eligible", "NE", "4.70"),
    )
}


def disposition(result: str, *, interviewed: bool, place: str = "") -> Disposition:
    """Where a household counts, from the form's result code ('' without a form).

    A form that says completed without consent is a refusal.  BdgError STAT-090: a code that nobody has classified.
    """
    if result not in OUTCOMES:
        raise refuse("STAT-090", place, expected=", ".join(k for k in OUTCOMES if k), got=result, code=result)
    group = OUTCOMES[result].group
    return "R" if group == INTERVIEW and not interviewed else group


@dataclass(frozen=True)
class Tally:
    """One group of cases and its rates, fractions or None where the denominator is 0.

    domain: as in results.Row.  n: issued cases; count: cases by disposition, weighted or not.
    rr1 counts every case of unknown eligibility as eligible, rr3 the share e of them (eligible among the cases whose
    eligibility is known, of the same group; of the wave where the group knows none).
    """

    wave: int
    domain: tuple[tuple[str, str], ...]
    cases: Cases
    weighted: bool
    n: int
    count: Mapping[str, float]
    rr1: float | None
    rr3: float | None
    e: float | None
    coop1: float | None
    con1: float | None
    ref1: float | None


@dataclass(frozen=True, eq=False)
class Rates:
    """The outcome rates of one or more waves; tallies in order of wave, cases, weights and domain (everybody first)."""

    tallies: tuple[Tally, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """A row a tally: wave, domain (text), cases, weighted, n, the counts by disposition, the rates as fractions."""
        import pandas as pd

        return pd.DataFrame([
            {"wave": t.wave, "domain": ", ".join(f"{k}={v}" for k, v in t.domain), "cases": t.cases, "weighted": t.weighted,
             "n": t.n, **t.count, **{name: getattr(t, name) for name in RATES}}
            for t in self.tallies
        ])  # fmt: skip

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rates in percent, kind diagnostic, and the counts of cases by disposition (unweighted)."""
        return tuple(row for t in self.tallies for row in (*_rate_rows(t), *_count_rows(t)))


def rates(households: pd.DataFrame, by: str | None = "stratum") -> Rates:
    """AAPOR outcome rates by wave, for everybody and by a column; main households (the headline) and all issued ones.

    households: Tidy.households, one wave or more.  In the headline a household that a reserve stood in for is what it was: a
    non-response.  Unweighted, and weighted by 1/(p_psu p_household).  BdgError STAT-091 no such column.
    """
    if by is not None and by not in households.columns:
        raise refuse("STAT-091", expected=", ".join(map(str, households.columns)), got=by, column=by)
    found: list[Tally] = []
    for wave, part in households.groupby("wave", sort=True):
        for cases in ("main", "issued"):
            issued = part["issued"].to_numpy(dtype=bool) & ((part["status"] == "main").to_numpy() | (cases == "issued"))
            for weighted in (False, True):
                found += _tallies(part[issued], int(str(wave)), by, "main" if cases == "main" else "issued", weighted)
    return Rates(tuple(found))


def base_weight(households: pd.DataFrame) -> FloatArray:
    """1/(p_psu p_household): of a reserve, that of the household it stands for."""
    p = households["p_psu"].to_numpy(dtype=np.float64) * households["p_household"].to_numpy(dtype=np.float64)
    return np.asarray(1.0 / p, dtype=np.float64)


def _tallies(part: pd.DataFrame, wave: int, by: str | None, cases: Cases, weighted: bool) -> list[Tally]:
    group = part["disposition"].to_numpy(dtype=object)
    weight = base_weight(part) if weighted else np.ones(len(part))
    whole = _tally(group, weight, wave, (), cases, weighted, None)
    codes = np.array([code(v) for v in part[by]] if by else [], dtype=object)
    return [whole] + [
        _tally(group[codes == c], weight[codes == c], wave, ((str(by), c),), cases, weighted, whole.e) for c in sorted(set(codes))
    ]


def _tally(
    group: np.ndarray, weight: FloatArray, wave: int, domain: tuple[tuple[str, str], ...], cases: Cases, weighted: bool,
    otherwise: float | None,
) -> Tally:  # fmt: skip
    count = {g: float(weight[group == g].sum()) for g in GROUPS}
    i, p, r, nc, o, uh, uo, ne = (count[g] for g in GROUPS)
    known = i + p + r + nc + o
    e = _share(known, known + ne)
    e = otherwise if e is None else e
    every = known + uh + uo
    rr3 = None if e is None and uh + uo > 0 else _share(i, known + (e or 0.0) * (uh + uo))
    return Tally(
        wave, domain, cases, weighted, len(group), count, _share(i, every), rr3, e, _share(i, i + p + r + o),
        _share(i + p + r + o, every), _share(r, every),
    )  # fmt: skip


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _rate_rows(t: Tally) -> list[Row]:
    method = "base_weighted" if t.weighted else "unweighted"
    plain = Row(
        "diagnostic", "outcome", "", t.wave, "percent", domain=t.domain, category=t.cases, level=None, n=t.n, method=method
    )
    found = []
    for name in RATES:
        value = getattr(t, name)
        if value is None:
            why = NOT_KNOWN if name in ("e", "rr3") and t.n else NO_CASES
            found.append(replace(plain, estimand=name, status="not_estimable", reason=why))
        else:
            found.append(replace(plain, estimand=name, estimate=100.0 * value))
    return found


def _count_rows(t: Tally) -> list[Row]:
    if t.weighted:
        return []
    return [
        Row("diagnostic", "outcome", "count", t.wave, "count", domain=t.domain, category=f"{t.cases} {g}", estimate=t.count[g],
            level=None, n=t.n, method="unweighted")
        for g in GROUPS
    ]  # fmt: skip
