"""How people ask and note: refusals, straight-lining over both directions, length, a slow start, late sending.

Imports checks, effects, limits, noticed and rows.  Sees codes and clocks; a finding names an interview or a
person, never an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..findings import Finding
from . import rows as r
from .checks import counted, day_of
from .effects import Measured, share
from .limits import limit
from .noticed import interview, person

if TYPE_CHECKING:
    from .answered import Answered, Flags

Numbers = NDArray[np.float64]
_LEAST_FIRST, _LEAST_LATER = 2, 5
DO = {
    "straight_line": "Nghe lại hoặc phỏng vấn lại | Call back or re-interview",
    "straight_line_many": "Gặp người này, cho nghe lại cách đọc câu; chưa tính điểm thái độ của các phiếu ấy | Meet this person; "
    "hold back the attitude scores of these interviews",
    "short_interview": "Hỏi lại hộ xem có được hỏi đủ không | Ask the household whether every question was put",
    "long_interview": "Có thể quên đóng phiếu: không cần sửa | Perhaps a form left open: nothing to mend",
    "slow_start": "Kèm buổi đầu; xem lại các phiếu những ngày đầu | Accompany; look at the interviews of the first days",
    "sends_late": "Nhắc gửi phiếu trong ngày; xem mạng và máy | Send the same evening; look at network and device",
}


# ---- refusals ------------------------------------------------------------------------------------------------------


def refusals(a: Answered) -> Measured | None:
    """Persons and households that refused, of those who were met and could have taken part, percent."""
    met = [v for v in a.seen.visits if counted(v) and v.result in ("completed", "refused")]
    who, psu = (np.array([getattr(v, n) for v in met], dtype=object) for n in ("enumerator", "psu"))
    n = np.array([v.result == "refused" for v in met], dtype=float)
    return share(r.REFUSAL, who, psu, n, np.ones(len(met)), limit("refusal"), low=False)


# ---- straight-lining -----------------------------------------------------------------------------------------------


def straight(a: Answered) -> dict[str, Flags]:
    """Interviews with (nearly) one answer to all items of a scale, though they are worded both ways: scale -> which."""
    found = {}
    for scale, given in a.likert().items():
        answered = ~np.isnan(given)
        n = answered.sum(0)
        levels = np.unique(given[answered])
        most = np.max([(given == level).sum(0) for level in levels], axis=0) if levels.size else np.zeros(given.shape[1])
        both = np.all([answered[_way(a, scale, way)].any(0) for way in (True, False)], axis=0)
        enough = n >= a.seen.book.scales[scale].min_answered
        found[scale] = np.asarray(enough & both & (most >= limit("same_answer") * n) & (n > 0), dtype=bool)
    return found


def _way(a: Answered, scale: str, reverse: bool) -> Flags:
    return np.array([v.reverse is reverse for v in a.seen.book.items(scale)], dtype=bool)


def straight_lines(a: Answered) -> tuple[Measured | None, list[Finding]]:
    """Share of straight-lined interviews by enumerator; a finding each, and a red one for a person who does so often."""
    flags = straight(a)
    if not flags:
        return None, []
    any_scale = np.asarray(np.any(list(flags.values()), axis=0))
    ones = np.ones(len(any_scale))
    m = share(r.STRAIGHT_LINE, a.enumerators, a.psus, any_scale.astype(float), ones, limit("straight_line"), low=False)
    found = [
        interview(a, i, "straight_line", scale, "≥ 2", "1", DO["straight_line"])
        for scale, on in flags.items()
        for i in np.flatnonzero(on).tolist()
    ]
    if m is not None and m.middle is not None:
        most = m.middle + limit("straight_line_red")
        found += [
            person(
                a, "red" if e.lower > most else "yellow", "straight_line_many", e.code, f"≤ {m.band[1]:.0f}%",
                f"{e.lower:.0f}-{e.upper:.0f}%", DO["straight_line_many"],
            )
            for e in m.effects if e.outside
        ]  # fmt: skip
    return m, found


# ---- duration ------------------------------------------------------------------------------------------------------


def expected_minutes(a: Answered) -> Numbers:
    """Minutes that the round takes for as many questions as each interview put (middle seconds a question); NaN without any."""
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = np.where((a.asked > 0) & (a.minutes > 0), a.minutes / a.asked, np.nan)
    usual = np.nanmedian(rate) if not np.isnan(rate).all() else np.nan
    return np.asarray(a.asked * usual)


def short_ones(a: Answered) -> tuple[Measured | None, list[Finding]]:
    """Interviews far shorter or longer than the round's for as many questions."""
    told = ~np.isnan(a.minutes)
    usual = expected_minutes(a)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(told, a.minutes / usual, np.nan)
        short, long = ratio < limit("short"), ratio > limit("long")
    m = share(
        r.SHORT,
        a.enumerators[told],
        a.psus[told],
        short[told].astype(float),
        np.ones(int(told.sum())),
        limit("short_share"),
        low=False,
    )
    found = []
    for i in np.flatnonzero(short | long).tolist():
        check = "short_interview" if short[i] else "long_interview"
        least = f"≥ {limit('short') * usual[i]:.0f} min" if short[i] else f"≤ {limit('long') * usual[i]:.0f} min"
        found.append(interview(a, i, check, "end", least, f"{a.minutes[i]:.0f} min", DO[check], "yellow" if short[i] else "info"))
    return m, found


def slow_starts(a: Answered) -> Iterator[Finding]:
    """Enumerators whose first days took far longer than their later ones (lower end of the ratio's 80 % interval)."""
    usual = expected_minutes(a)
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(np.clip(a.minutes / usual, 0.05, limit("long")))
    days = np.array([d.toordinal() if (d := day_of(v)) else -1 for v in a.visits])
    for code in sorted(set(a.enumerators.tolist()) - {""}):
        mine = (a.enumerators == code) & ~np.isnan(logs) & (days > 0)
        if not mine.any():
            continue
        early = mine & (days < days[mine].min() + limit("first_days"))
        first, later = logs[early], logs[mine & ~early]
        if len(first) < _LEAST_FIRST or len(later) < _LEAST_LATER:
            continue
        least = _lower_ratio(first, later)
        if least > limit("slow_start_ratio"):
            got = f"{float(np.exp(first.mean() - later.mean())):.1f} ({len(first)}/{len(later)})"
            yield person(a, "yellow", "slow_start", code, f"≤ {limit('slow_start_ratio'):g}", got, DO["slow_start"])


def _lower_ratio(first: Numbers, later: Numbers) -> float:
    """Lower end of the 80 % interval of the ratio of two geometric means, Welch's t."""
    parts = [np.var(x, ddof=1) / len(x) for x in (first, later)]
    total = float(sum(parts))
    if total <= 0:
        return float(np.exp(first.mean() - later.mean()))
    df = total**2 / sum(p**2 / (len(x) - 1) for p, x in zip(parts, (first, later), strict=True))
    return float(np.exp(first.mean() - later.mean() - special.stdtrit(df, 0.9) * np.sqrt(total)))


def late(a: Answered) -> Iterator[Finding]:
    """Enumerators with visits that reached the server days after they ended."""
    wait, many = timedelta(days=limit("sent_late")), 2
    n: dict[str, int] = {}
    for v in a.seen.visits:
        if counted(v) and v.received_at and v.ended and _aware(v.received_at) == _aware(v.ended):
            n[v.enumerator] = n.get(v.enumerator, 0) + (v.received_at - v.ended > wait)
    for code in sorted(c for c, k in n.items() if c and k >= many):
        yield person(a, "yellow", "sends_late", code, f"≤ {limit('sent_late'):g} d", str(n[code]), DO["sends_late"])


def _aware(t: object) -> bool:
    return getattr(t, "tzinfo", None) is not None
