"""The strata hamlets are drawn in: the frame's own column, or columns of places.csv that survey.yaml names.

Imports frame, sample, forms.errors, forms.survey and the forms door (Place, Plan).  Never draws and never sees a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from forms import Place, Plan
from forms.errors import refuse
from forms.question import Label
from forms.survey import StratumWords

from .frame import Frame, Hamlet
from .sample import Drawn, hamlets_of, waves_of

COLUMNS = ("zone", "former_province", "area", "type", "khu_vuc", "dtts")
"""Columns of places.csv that may make strata: short codes, never names."""
OUTSIDE = "0"
_JOIN = "."


def stratified(frame: Frame, places: Sequence[Place], columns: Sequence[str]) -> Frame:
    """The frame with its strata.  columns: survey.yaml `stratify`; () leaves the frame's own `stratum`, `stratum_<year>`.

    Otherwise the stratum is the codes of the hamlet's commune joined by a dot (do_thi.quang_ngai), and `stratum_<year>`
    those of its commune of that year where the frame has `commune_<year>`.  khu_vuc is 0 where dtts is 0 (outside the zones).
    BdgError PLAN-001 a column that is none of COLUMNS; DATA-038 a column that is empty for communes of the frame.
    """
    if not columns:
        return frame
    if strange := [c for c in columns if c not in COLUMNS]:
        raise refuse("PLAN-001", "survey.yaml", expected=", ".join(COLUMNS), got=strange[0], field="selection.stratify")
    names = _names(frame, {p.code: p for p in places}, columns)
    return replace(frame, hamlets=tuple(_placed(h, names) for h in frame.hamlets))


def as_drawn(frame: Frame, sample: Sequence[Drawn], places: Sequence[Place], columns: Sequence[str]) -> Frame:
    """The frame with the strata its waves were drawn in, in `stratum_<wave>`, so that people of other waves get them too.

    A wave whose sampled strata are the frame's own is left; one whose strata are those of `stratified` gets these.  The draw
    does not rewrite frame.csv: read alone, its column `stratum` would name strata that nobody drew from.
    BdgError as `stratified`.
    """
    if not columns:
        return frame
    made, own = stratified(frame, places, columns).by_psu(), frame.by_psu()
    for wave in waves_of(sample):
        drawn = {psu: d.stratum for psu, d in hamlets_of(sample, wave).items() if psu in own}
        fits = [all(rows[psu].stratum_in(wave) == name for psu, name in drawn.items()) for rows in (own, made)]
        if fits == [False, True]:
            hamlets = (replace(h, extra={**h.extra, f"stratum_{wave}": made[h.psu].stratum_in(wave)}) for h in frame.hamlets)
            frame = replace(frame, hamlets=tuple(hamlets))
    return frame


def named(codes: Iterable[str], words: StratumWords, plan: Plan, columns: Sequence[str]) -> dict[str, Label]:
    """What reports call the strata: by their own name, or put together from the words of the columns that made them.

    columns: survey.yaml `stratify`.  A stratum for which there are no words is left out: its code is printed.
    """
    parts = {column: dict(words.parts.get(column, {})) for column in columns}
    for domain in plan.domains:
        if domain.id in parts:
            parts[domain.id] |= {c.code: c.label for c in domain.codes}
    found = {code: words.strata.get(code) or _put_together(code.split(_JOIN), parts) for code in sorted(set(codes))}
    return {code: label for code, label in found.items() if label is not None}


def _put_together(values: Sequence[str], parts: Mapping[str, Mapping[str, Label]]) -> Label | None:
    if not parts or len(values) != len(parts):
        return None
    some = [of.get(value) for value, of in zip(values, parts.values(), strict=True)]
    known = [label for label in some if label is not None]
    return Label(", ".join(x.vi for x in known), ", ".join(x.en for x in known)) if len(known) == len(some) else None


def _names(frame: Frame, places: Mapping[str, Place], columns: Sequence[str]) -> dict[str, str]:
    """Commune -> stratum, for every commune that the frame names in any year."""
    named = {h.commune for h in frame.hamlets}
    named |= {value for h in frame.hamlets for key, value in h.extra.items() if key.startswith("commune_") and value}
    lists = {code: [_value(places[code], c) for c in columns] for code in sorted(named & set(places))}
    for at, column in enumerate(columns):
        empty = [f"{code} {places[code].name}" for code, values in lists.items() if not values[at]]
        if empty:
            place = f"places.csv: {column}"
            raise refuse("DATA-038", place, expected=", ".join(COLUMNS), got=", ".join(empty), column=column, count=len(empty))
    return {code: _JOIN.join(values) for code, values in lists.items()}


def _value(place: Place, column: str) -> str:
    value = str(getattr(place, column))
    return OUTSIDE if column == "khu_vuc" and not value and place.dtts == "0" else value


def _placed(h: Hamlet, names: Mapping[str, str]) -> Hamlet:
    """A hamlet in the stratum of its commune; a commune that is no place keeps the frame's own (read_frame refuses it)."""
    extra = {key: value for key, value in h.extra.items() if not key.startswith("stratum_")}
    years = [key.removeprefix("commune_") for key, value in h.extra.items() if key.startswith("commune_") and value]
    extra |= {f"stratum_{year}": names.get(h.extra[f"commune_{year}"], h.stratum) for year in years}
    return replace(h, stratum=names.get(h.commune, h.stratum), extra=extra)
