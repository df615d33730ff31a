"""The outlines of the province's communes and the reserves' bookkeeping, for the day's page.  No point of a household anywhere.

Imports checks, rows, the releases of this room, and forms (the province's folder).  places.geojson is the province's own file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from forms import province_folder

from ..sampling import releases
from . import rows as r
from .checks import Checked, counted

if TYPE_CHECKING:
    from .field import Field

_WIDE = 400
_EARTH = 0.0174532925199433


def outlines(seen: Field) -> Checked:
    """The check that finds nothing: communes as rings in whole units of a map _WIDE units wide; nothing without the file."""
    path = province_folder(seen.round.province) / "places.geojson"
    if not path.exists():
        return Checked()
    shapes = drawn(json.loads(path.read_bytes()))
    return Checked(texts={r.T_MAP: {"shapes": {c: [" ".join(map(str, ring)) for ring in some] for c, some in shapes.items()}}})


def drawn(features: dict[str, Any]) -> dict[str, list[list[int]]]:
    """Commune code -> rings [x, y, x, y, …]: longitude shrunk by the cosine of the middle latitude, rounded, repeats left out."""
    rings = {str(f["properties"]["code"]): list(_rings(f["geometry"])) for f in features["features"]}
    points = [p for some in rings.values() for ring in some for p in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    squeeze = math.cos((south + north) / 2 * _EARTH)
    scale = _WIDE / ((east - west) * squeeze)

    def place(x: float, y: float) -> tuple[int, int]:
        return round((x - west) * squeeze * scale), round((north - y) * scale)

    found = {code: [flat for ring in some if (flat := _flat([place(x, y) for x, y in ring]))] for code, some in rings.items()}
    return dict(sorted(found.items()))


def _rings(geometry: dict[str, Any]) -> Iterator[list[tuple[float, float]]]:
    """Outer rings only: a commune inside another is drawn over it."""
    many = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in many:
        yield [(float(p[0]), float(p[1])) for p in polygon[0]]


def _flat(points: list[tuple[int, int]]) -> list[int]:
    kept = [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]
    return [n for p in kept for n in p] if len(set(kept)) > 2 else []


def reserves(seen: Field) -> Checked:
    """The check of what was released against what the field returned: findings of analysis.sampling.releases."""
    if not seen.sample:
        return Checked()
    came = [(seen.round.wave, v.psu, v.ssu, v.result) for v in seen.visits if counted(v)]
    return Checked((*releases.check(seen.releases, seen.sample), *releases.check_field(seen.releases, seen.sample, came)))
