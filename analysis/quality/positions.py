"""Where interviews were: in their commune, near their hamlet, and by a phone that measured rather than made it up.

Imports field, checks, record_rules, rows and boundaries.  Tells communes and rounded distances, never a coordinate.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from ..findings import Finding
from ..results import Row
from . import rows
from .boundaries import Boundaries, Spot, boundaries, metres, spot
from .checks import Checked, counted
from .field import Field, Visit
from .record_rules import finding, limits

_PARTS = (rows.INSIDE, rows.ELSEWHERE, rows.FAR, rows.MOCK, rows.NO_POSITION)


@dataclass(frozen=True)
class _Seen:
    """One visit with its point: metres outside the commune and from the hamlet, both after the stated accuracy."""

    visit: Visit
    at: Spot
    outside: float
    from_hamlet: float | None


def positions(seen: Field) -> Checked:
    """Points outside the commune recorded, far from the hamlet, or made up.  A form without a point, or a province without
    outlines, has no such numbers at all.
    """
    name = _question(seen)
    known = boundaries(seen.round.province)
    visits = [v for v in seen.visits if counted(v)]
    points = {v.instance_id: at for v in visits if (at := spot(v.answers.get(name)))} if name else {}
    if known is None or not points:
        return Checked()
    judged = _judge(seen, [v for v in visits if v.instance_id in points], points, known)
    found: list[Finding] = []
    parts: dict[str, str] = {v.instance_id: rows.NO_POSITION for v in visits if v.completed}
    for one in judged:
        part, told = _told(seen, one, name, known)
        parts[one.visit.instance_id] = part
        found += told
    return Checked(tuple(found), _rows(seen, {v.instance_id: v for v in visits}, parts))


def _question(seen: Field) -> str:
    """The name of the form's own question for a point ('' none): the one that holds points, by name in all our forms."""
    return next((v.name for v in seen.book.variables if v.name == "gps" and not v.repeat), "")


def _judge(seen: Field, visits: Sequence[Visit], points: Mapping[str, Spot], known: Boundaries) -> list[_Seen]:
    middles = _middles(seen, visits, points)
    found = []
    for v in visits:
        at = points[v.instance_id]
        sure = at.accuracy or 0.0
        outside = known.outside(v.commune, at) if v.commune in known.shapes else 0.0
        middle = middles.get(v.instance_id)
        away = max(metres(at, middle) - sure, 0.0) if middle and sure <= limits("places")["worst_accuracy_m"] else None
        found.append(_Seen(v, at, max(outside - sure, 0.0), away))
    return found


def _middles(seen: Field, visits: Sequence[Visit], points: Mapping[str, Spot]) -> dict[str, Spot]:
    """Visit -> where its hamlet lies: frame.csv's own columns lat and lon, else the median of the hamlet's other points."""
    told = {h.psu: at for h in (seen.frame.hamlets if seen.frame else ()) if (at := spot(_place(h.extra)))}
    at_hamlet: dict[str, list[Visit]] = defaultdict(list)
    for v in visits:
        at_hamlet[v.psu].append(v)
    found = {}
    for psu, group in at_hamlet.items():
        for v in group:
            others = [points[o.instance_id] for o in group if o is not v]
            if psu in told:
                found[v.instance_id] = told[psu]
            elif len(others) >= limits("places")["hamlet_points"]:
                found[v.instance_id] = Spot(median(p.lat for p in others), median(p.lon for p in others), None)
    return found


def _place(extra: Mapping[str, str]) -> str:
    return f"{extra.get('lat', '')} {extra.get('lon', '')}"


def _told(seen: Field, one: _Seen, name: str, known: Boundaries) -> tuple[str, list[Finding]]:
    """Which part of the numbers a visit belongs to, and what to look at."""
    rule, v = limits("places"), one.visit
    if one.at.accuracy == 0:
        return rows.MOCK, [finding(seen, v, "place_mock", "red", question=name, expected="> 0", got="0")]
    if one.outside > rule["boundary_m"]:
        where = known.inside(one.at) or "-"
        told = f"{where}; {_km(one.outside)} km"
        if one.outside > rule["elsewhere_m"]:
            return rows.ELSEWHERE, [finding(seen, v, "place_elsewhere", "red", question=name, expected=v.commune, got=told)]
        return rows.ELSEWHERE, [finding(seen, v, "place_border", "yellow", question=name, expected=v.commune, got=told)]
    if one.from_hamlet is not None and one.from_hamlet > rule["hamlet_m"]:
        limit = f"≤ {rule['hamlet_m'] / 1000:g} km"
        return rows.FAR, [
            finding(seen, v, "place_far", "yellow", question=name, expected=limit, got=f"{_km(one.from_hamlet)} km")
        ]
    return rows.INSIDE, []


def _km(distance: float) -> str:
    """Kilometres to the half: enough to act, too rough to find a house."""
    return f"{round(distance / 500) / 2:g}"


def _rows(seen: Field, visits: Mapping[str, Visit], parts: Mapping[str, str]) -> tuple[Row, ...]:
    whole = Counter(parts.values())
    by: Counter[tuple[str, str]] = Counter((visits[i].commune, part) for i, part in parts.items())
    wave, n = seen.round.wave, len(parts)
    found = [rows.count(wave, rows.PLACE, part, whole[part], n=n) for part in _PARTS]
    for commune in sorted({c for c, _ in by if c}):
        found += [rows.count(wave, rows.PLACE, part, by[commune, part], {"commune": commune}) for part in _PARTS]
    return tuple(found)
