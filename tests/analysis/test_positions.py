"""Places: distances against the definition and a brute-force walk along the boundary, communes against plain ray casting."""

from __future__ import annotations

import csv
import json
import math
import random
import re
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from analysis.quality import rows
from analysis.quality.boundaries import Spot, boundaries, metres, spot
from analysis.quality.positions import positions
from forms import province_folder
from tests.analysis.seen_cases import by, look, number, visit

FOLDER = province_folder("51")


@cache
def rings() -> dict[str, list[list[list[float]]]]:
    told: Any = json.loads((FOLDER / "places.geojson").read_text(encoding="utf-8"))
    return {f["properties"]["code"]: [ring for part in f["geometry"]["coordinates"] for ring in part] for f in told["features"]}


def within(code: str, lat: float, lon: float) -> bool:
    """Even-odd rule, edge by edge."""
    inside = False
    for ring in rings()[code]:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
                inside = not inside
    return inside


def walked(code: str, at: Spot) -> float:
    """Metres to the nearest of many points set along the boundary."""
    steps = 200
    return min(
        metres(at, Spot(y1 + (y2 - y1) * k / steps, x1 + (x2 - x1) * k / steps, None))
        for ring in rings()[code] for (x1, y1), (x2, y2) in pairwise(ring) for k in range(steps + 1)
    )  # fmt: skip


def test_a_degree_of_the_meridian_and_a_quarter_of_the_globe() -> None:
    assert metres(Spot(15, 108, None), Spot(16, 108, None)) == pytest.approx(111_195, abs=1)
    assert metres(Spot(0, 0, None), Spot(90, 50, None)) == pytest.approx(math.pi / 2 * 6_371_008.8)
    assert metres(Spot(15, 108, None), Spot(15, 108, None)) == 0


@pytest.mark.parametrize("code", ["21025", "21034", "23535"])
def test_metres_to_a_commune_are_those_of_a_walk_along_its_boundary(code: str) -> None:
    known, rng = boundaries("51"), random.Random(code)
    assert known is not None
    (x, y), *_ = rings()[code][0]
    met = set()
    for _ in range(4):
        at = Spot(y + rng.uniform(-0.1, 0.1), x + rng.uniform(-0.1, 0.1), 5)
        inside = within(code, at.lat, at.lon)
        met.add(inside)
        assert known.outside(code, at) == pytest.approx(0 if inside else walked(code, at), rel=0.005, abs=15)
    assert False in met


def test_the_middle_of_every_commune_lies_in_it_and_in_no_other() -> None:
    known = boundaries("51")
    assert known is not None
    with (FOLDER / "places.csv").open(encoding="utf-8-sig", newline="") as handle:
        middles = {r["code"]: Spot(float(r["lat"]), float(r["lon"]), None) for r in csv.DictReader(handle)}
    assert set(middles) == set(rings())
    assert {code: known.inside(at) for code, at in middles.items()} == {code: code for code in middles}
    assert all(within(code, at.lat, at.lon) for code, at in middles.items())
    assert known.inside(Spot(0, 0, None)) == ""


def test_a_point_reads_the_same_from_xml_and_odata() -> None:
    told = json.dumps({"type": "Point", "coordinates": [108.5, 14.6, 0], "properties": {"accuracy": 4.5}})
    assert spot(told) == spot("14.6 108.5 0 4.5") == Spot(14.6, 108.5, 4.5)
    assert spot("14.6 108.5") == Spot(14.6, 108.5, None)


@pytest.mark.parametrize(
    "text", [None, "", "14.6", "x y", "nan nan 0 5", "91 0 0 5", "0 181 0 5", "{", '{"coordinates": []}', "[]"]
)
def test_what_is_no_point_on_earth_is_none(text: str | None) -> None:
    assert spot(text) is None


# ---- in a round ----------------------------------------------------------------------------------------------------

MIDDLE = (15.11302, 108.81122)  # of 21025, a ward some 3 km across


def at(north: float = 0, east: float = 0, accuracy: float | str = 5) -> str:
    """A point so many metres from the ward's middle."""
    lat = MIDDLE[0] + north / 111_195
    return f"{lat:.6f} {MIDDLE[1] + east / 111_195 / math.cos(math.radians(lat)):.6f} 0 {accuracy}"


def test_inside_beyond_the_line_and_elsewhere() -> None:
    visits = [visit(1, gps=at()), visit(2, gps=at(north=15_000)), visit(3, gps=at(accuracy=0)), visit(4)]
    found = positions(look(visits))
    assert by(found) == {"place_elsewhere": ["uuid:0002"], "place_mock": ["uuid:0003"]}
    assert {f.severity for f in found.findings} == {"red"}
    parts = (rows.INSIDE, rows.ELSEWHERE, rows.FAR, rows.MOCK, rows.NO_POSITION)
    assert [number(found, rows.PLACE, part) for part in parts] == [1, 1, 0, 1, 1]
    assert [number(found, rows.PLACE, part, commune="21025") for part in parts] == [1, 1, 0, 1, 1]


def beyond(metres_out: float) -> str:
    """A point so far outside the ward, found by walking north."""
    known = boundaries("51")
    assert known is not None
    north = next(n for n in range(0, 20_000, 10) if known.outside("21025", spot(at(north=n)) or Spot(0, 0, None)) >= metres_out)
    return at(north=north)


@pytest.mark.parametrize(("out", "check"), [(400, None), (700, "place_border"), (1200, "place_elsewhere")])
def test_a_simplified_boundary_accuses_nobody_at_the_line(out: float, check: str | None) -> None:
    assert list(by(positions(look([visit(1, gps=beyond(out))])))) == ([check] if check else [])


def test_the_stated_accuracy_is_taken_off_first() -> None:
    point = beyond(1200).rsplit(" ", 1)[0]
    assert list(by(positions(look([visit(1, gps=f"{point} 300")])))) == ["place_border"]
    assert list(by(positions(look([visit(1, gps=f"{point} 900")])))) == []


@dataclass(frozen=True)
class Hamlet:
    psu: str
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    hamlets: tuple[Hamlet, ...]


def village(n: int, far: str) -> list[Any]:
    return [visit(k, commune="99999", gps=at(north=10 * k)) for k in range(n)] + [visit(99, commune="99999", gps=far)]


def test_far_from_the_other_interviews_of_the_hamlet() -> None:
    assert by(positions(look(village(4, at(north=9_000))))) == {"place_far": ["uuid:0099"]}
    assert by(positions(look(village(3, at(north=9_000))))) == {}  # three points are no hamlet yet
    assert by(positions(look(village(4, at(north=9_000, accuracy=101))))) == {}  # nor is a point that knows nothing
    assert by(positions(look(village(4, at(north=4_000))))) == {}


def test_the_frame_may_say_where_a_hamlet_lies() -> None:
    frame: Any = Frame((Hamlet("P01", {"lat": str(MIDDLE[0]), "lon": str(MIDDLE[1])}), Hamlet("P02")))
    assert by(positions(look([visit(1, commune="99999", gps=at(north=9_000))], frame=frame))) == {"place_far": ["uuid:0001"]}


def test_no_coordinate_in_what_is_told() -> None:
    found = positions(look([*village(5, at(north=9_000)), visit(50, gps=at(north=15_000)), visit(51, gps=at(accuracy=0))]))
    assert len(found.findings) == 3
    assert not re.search(r"\d+\.\d{2,}|15\.1|108\.8", repr(found.findings))


def test_a_round_without_points_has_no_numbers() -> None:
    found = positions(look([visit(1), visit(2)]))
    assert found.findings == found.rows == ()
