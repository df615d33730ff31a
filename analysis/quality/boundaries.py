"""Points and the boundaries of communes: metres between them.  The one adapter to shapely.

Imports the forms door and shapely (inside).  Coordinates go in, metres and commune codes come out.
Source and limits of the boundaries: forms/provinces/<code>/SOURCES.md, places.geojson.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forms import province_folder

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

FILE = "places.geojson"
_DEGREE = math.pi / 180 * 6_371_008.8
"""Metres of one degree on a sphere of the Earth's mean radius (IUGG)."""


@dataclass(frozen=True)
class Spot:
    """A point as the phone gave it.  lat, lon: degrees (WGS 84); accuracy: metres, None when the phone did not say."""

    lat: float
    lon: float
    accuracy: float | None


def spot(text: str | None) -> Spot | None:
    """A geopoint's answer: «lat lon altitude accuracy», or GeoJSON as OData gives it.  None for none, or none on Earth."""
    try:
        lat, lon, accuracy = _geojson(text) if text and text.lstrip().startswith("{") else _words(text or "")
    except (ValueError, TypeError, KeyError, IndexError):
        return None
    return Spot(lat, lon, accuracy) if -90 <= lat <= 90 and -180 <= lon <= 180 else None


def _words(text: str) -> tuple[float, float, float | None]:
    parts = [float(part) for part in text.split()]
    return parts[0], parts[1], parts[3] if len(parts) > 3 else None


def _geojson(text: str) -> tuple[float, float, float | None]:
    node: Mapping[str, Any] = json.loads(text)
    at, accuracy = node["coordinates"], (node.get("properties") or {}).get("accuracy")
    return float(at[1]), float(at[0]), None if accuracy is None else float(accuracy)


def metres(one: Spot, other: Spot) -> float:
    """Between two points, on a sphere (haversine)."""
    lat1, lat2 = math.radians(one.lat), math.radians(other.lat)
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(math.radians(other.lon - one.lon) / 2) ** 2
    )
    return math.degrees(2 * math.asin(math.sqrt(min(half, 1.0)))) * _DEGREE


@dataclass(frozen=True)
class Boundaries:
    """The communes of a province: code -> outline in degrees, longitude first."""

    shapes: Mapping[str, BaseGeometry]

    def outside(self, commune: str, at: Spot) -> float:
        """Metres from a point to a commune, 0 inside it; right within 0.5 % up to 50 km (the plane that touches at the point)."""
        from shapely import transform
        from shapely.geometry import Point

        east = _DEGREE * math.cos(math.radians(at.lat))

        def flat(xy: Any) -> Any:
            return (xy - (at.lon, at.lat)) * (east, _DEGREE)

        return float(transform(self.shapes[commune], flat).distance(Point(0, 0)))

    def inside(self, at: Spot) -> str:
        """The commune a point lies in, the first by code where outlines touch; '' for none."""
        from shapely.geometry import Point

        point = Point(at.lon, at.lat)
        return next((code for code in sorted(self.shapes) if self.shapes[code].covers(point)), "")


@cache
def boundaries(province: str) -> Boundaries | None:
    """The communes of a province; None for one that ships no outlines."""
    path = province_folder(province) / FILE
    return read_boundaries(path) if path.exists() else None


def read_boundaries(path: Path) -> Boundaries:
    """A GeoJSON collection of polygons with the property `code`."""
    from shapely.geometry import shape

    features: Iterable[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["features"]
    return Boundaries({str(f["properties"]["code"]): shape(f["geometry"]) for f in features})
