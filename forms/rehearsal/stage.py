"""What stands around a rehearsal: the list files that a form wants, the places, and what is true of the invented province.

Imports the province's records, media, units and truth.  Never draws a sample.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from ..build import Built
from ..codebook import codebook
from ..errors import refuse
from ..load import province_folder
from ..media import Household, csv_bytes, lists, read_hamlets, read_rows
from ..province import load_places, load_plan
from ..question import Questionnaire
from ..units import read_units, unit_list
from .latent import STAMP, read_model
from .model import FormModel, shares
from .people import OWN, own_shares
from .respondent import Point
from .truth import Truth, scale_means


def list_files(built: Built, households: Sequence[Household], frame: Path | None, province: str) -> dict[str, bytes]:
    """The list files of a form by name, from the sample and the province. FORM-103 for one that nobody can make."""
    places = {p.code: p.name for p in load_places(province_folder(province))}
    wanted = [name for name in built.xform.media if name.endswith(".csv")]
    made = lists(households, read_hamlets(frame), places) if households and frame else {}
    for name in wanted:
        if name in made:
            continue
        if name == "communes.csv":
            made[name] = csv_bytes(("name", "label"), sorted(places.items()))
        elif name == "units.csv":
            targets = [t.id for t in load_plan(province_folder(province)).targets]
            made[name] = unit_list(read_units(province_folder(province) / "units.csv", targets))
        else:
            raise refuse(
                "FORM-103", built.form.id, expected="communes.csv, units.csv, hamlets.csv, households.csv", got=name, file=name
            )
    return made


def places_of(province: str) -> Mapping[str, Point]:
    """Commune -> its middle (latitude, longitude), where places.csv says so."""
    rows = read_rows(province_folder(province) / "places.csv", ("code",))
    return {r["code"]: (float(r["lat"]), float(r["lon"])) for r in rows if r.get("lat") and r.get("lon")}


def rooms_of(province: str) -> Mapping[str, float]:
    """Commune -> degrees from its middle (places.csv) to its boundary at the nearest; {} for a province without outlines."""
    path = province_folder(province) / "places.geojson"
    if not path.exists():
        return {}
    shapes = {f["properties"]["code"]: f["geometry"]["coordinates"] for f in json.loads(path.read_text("utf-8"))["features"]}
    middles = places_of(province)
    return {
        code: min(_to_edge(middles[code], one, other) for part in parts for ring in part for one, other in pairwise(ring))
        for code, parts in shapes.items() if code in middles
    }  # fmt: skip


def _to_edge(at: Point, one: Sequence[float], other: Sequence[float]) -> float:
    """From a point to a stretch of boundary (longitude first), in degrees."""
    dx, dy = other[0] - one[0], other[1] - one[1]
    along = ((at[1] - one[0]) * dx + (at[0] - one[1]) * dy) / (dx * dx + dy * dy or 1.0)
    along = min(max(along, 0.0), 1.0)
    return math.hypot(at[1] - one[0] - along * dx, at[0] - one[1] - along * dy)


def truths(form: Questionnaire, model: FormModel, wave: int, seed: int, frame: Path | None, day: date) -> bytes:
    """truth.json: what is true of the invented people by the models that make them, whatever a sample finds.

    means: of the scores, over all residents aged 15 or over of the frame on a day (households), or over whoever may fill in the
    form (others).  shares: of each answer among those asked, where the model says so exactly.
    """
    book, people = codebook(form), read_model()
    items = {scale: len(book.items(scale)) for scale in ("K", "A", "V")}
    means: dict[str, float] = {}
    if frame and items["K"] and items["A"]:
        hamlets = [h for h in read_hamlets(frame) if h.psu in _existing(frame, day)]
        means["score"] = Truth(people, items).mean(hamlets, wave, seed)
    elif any(items.values()) and str(wave) in model.level:
        means = scale_means(people, model.level[str(wave)], {k: n for k, n in items.items() if n})
    known = shares(model, form, book)
    if frame:  # people of households answer some questions by a model of their own
        asked = {v.name for v in book.variables}
        known = {name: said for name, said in known.items() if name not in OWN}
        for name, said in own_shares(people, wave).items():
            known |= {name: {code: round(share, 12) for code, share in sorted(said.items())}} if name in asked else {}
    document = {
        "stamp": STAMP, "form": form.id, "wave": wave, "seed": seed, "on": day.isoformat(),
        "means": {name: round(value, 9) for name, value in sorted(means.items())}, "shares": known,
    }  # fmt: skip
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _existing(frame: Path, day: date) -> set[str]:
    """The hamlets of a frame on a day: listed by then, not yet replaced (psu_links.csv beside it)."""
    listed = {r["psu"] for r in read_rows(frame, ("psu",)) if (r.get("as_of") or "") <= day.isoformat()}
    links = frame.with_name("psu_links.csv")
    gone = read_rows(links, ("old_psu", "new_psu", "date")) if links.exists() else []
    return listed - {r["old_psu"] for r in gone if r["old_psu"] != r["new_psu"] and r["date"] <= day.isoformat()}
