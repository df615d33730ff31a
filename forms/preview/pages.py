"""What the browser gets: the form, its list files (practice ones where the caller has none) and the bundle, by path.

Imports build's product, media, units and the province.  Made-up households only; nothing is read from a real sample unless told.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..build import Built
from ..media import Hamlet, Household, lists
from ..province import load_places, load_plan
from ..units import read_units, unit_list

_YEAR = 2026
_COMMUNES, _HAMLETS, _HOUSEHOLDS = 3, 2, 4


def practice_lists(built: Built, province: Path) -> dict[str, bytes]:
    """Small made-up lists for whatever list files the form wants: three communes with two hamlets of four households."""
    places = load_places(province)
    some = places[:: max(len(places) // _COMMUNES, 1)][:_COMMUNES]
    hamlets = [
        Hamlet(f"TH{i}{j}", place.code, f"Thôn tập huấn {j}", "rural", "0", 100)
        for i, place in enumerate(some, 1) for j in range(1, _HAMLETS + 1)
    ]  # fmt: skip
    households = [
        Household(f"{_YEAR}-{h.psu}-{n:03d}", _YEAR, h.psu, f"{n:03d}", h.commune, f"0.{(7 * k + 3 * n) % 10}5", "practice")
        for k, h in enumerate(hamlets) for n in range(1, _HOUSEHOLDS + 1)
    ]  # fmt: skip
    found = lists(households, hamlets, {p.code: p.name for p in places})
    if "units.csv" in built.xform.media:
        found["units.csv"] = unit_list(read_units(province / "units.csv", [t.id for t in load_plan(province).targets]))
    return {name: found[name] for name in built.xform.media if name in found}


def pages(built: Built, files: Mapping[str, bytes], bundle: Path) -> dict[str, tuple[str, bytes]]:
    """Path -> (media type, content) of everything the page may ask for."""
    found = {
        "/": ("text/html; charset=utf-8", (bundle / "index.html").read_bytes()),
        "/main.js": ("text/javascript; charset=utf-8", (bundle / "main.js").read_bytes()),
        "/form.xml": ("application/xml; charset=utf-8", built.xform.xml.encode()),
    }
    return found | {f"/lists/{name}": ("text/csv; charset=utf-8", content) for name, content in files.items()}
