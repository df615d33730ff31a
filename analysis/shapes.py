"""The communes as shapes for a reference map, and to which group of places each belongs.  No legal boundary, no household.

Imports the forms door (places) and the frame's records.  places.geojson is the province's own file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from forms import Place

from .sampling.frame import Hamlet

_WIDE = 400
_EARTH = 0.0174532925199433
GROUPED = ("khu_vuc", "former_province", "area")


def shapes(province: Path) -> dict[str, list[str]]:
    """Commune code -> rings of a map _WIDE units wide, as `x y x y …`; nothing where the province has no places.geojson."""
    path = province / "places.geojson"
    if not path.exists():
        return {}
    drawn_ones = drawn(json.loads(path.read_bytes()))
    return {code: [" ".join(map(str, ring)) for ring in some] for code, some in drawn_ones.items()}


def grouped(hamlets: Sequence[Hamlet], places: Sequence[Place]) -> dict[str, dict[str, str]]:
    """Variable -> commune -> code.  A commune that nobody has classified is left out.

    A variable in which the hamlets of one commune differ classifies hamlets, not communes: it is left out whole.
    """
    known: Mapping[str, Mapping[str, str]] = {
        "khu_vuc": {p.code: p.khu_vuc for p in places}, "area": {p.code: p.area for p in places},
        "former_province": {p.code: p.former_province for p in places},
    }  # fmt: skip
    found: dict[str, dict[str, set[str]]] = {name: {} for name in GROUPED}
    for h in hamlets:
        own = {"khu_vuc": h.khu_vuc, "area": h.area, "former_province": ""}
        for name in GROUPED:
            found[name].setdefault(h.commune, set()).add(own[name] or known[name].get(h.commune, ""))
    whole = {name: of for name, of in found.items() if all(len(some) == 1 for some in of.values())}
    return {name: {c: code for c, (code,) in sorted(of.items()) if code} for name, of in whole.items()}


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
