"""The practice province: made-up hamlets on the real commune codes, so that every step can be tried without data.

Imports frame, sample, draw and the forms door (places).  Holds no person; the answers are simulated in forms/rehearsal.
Every row carries the stamp, every number is invented, nothing here may be read as a fact about the province.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np

from forms.folder import whole

from .draw import WaveDraw, draw
from .frame import STAMP, Frame, Hamlet, Link, frame_bytes, link_bytes
from .sample import Drawn, sample_bytes

BASE, LATER = 2026, 2030
WINDOWS = {BASE: (date(2026, 10, 5), date(2026, 10, 30)), LATER: (date(2030, 10, 7), date(2030, 10, 31))}
_LISTED, _RELISTED, _LINKED = date(2026, 8, 31), date(2030, 8, 31), date(2029, 1, 1)


class PlaceLike(Protocol):
    """What is needed of a commune."""

    @property
    def code(self) -> str:
        """Five digits, text."""

    @property
    def zone(self) -> str:
        """do_thi, dong_bang_ven_bien, mien_nui_..., hai_dao."""

    @property
    def area(self) -> str:
        """The kind of area: urban or rural."""

    @property
    def former_province(self) -> str:
        """The province before the merger."""


@dataclass(frozen=True)
class Practice:
    """A practice province: its frame with links, and the drawn households of both waves."""

    frame: Frame
    sample: tuple[Drawn, ...]
    seed: int


def practice(
    places: Sequence[PlaceLike], seed: int, *, psus: int = 60, households: int = 20, reserves: int = 2, keep: float = 0.5
) -> Practice:
    """Frame and sample of both waves, the same for the same seed.

    About ten hamlets a commune with 60-320 households.  Strata of 2026: zone x former province.  Strata of 2030 cross
    them: towns together, the plain by size of hamlet, the mountains of both former provinces together by khu vực.
    """
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 51])))
    hamlets: list[Hamlet] = []
    for place in sorted(places, key=lambda p: p.code):
        hamlets += _commune(place, len(hamlets), rng)
    frame = Frame(tuple(hamlets))
    base = WaveDraw(BASE, _LISTED, psus, households, reserves)
    first = draw(frame, [base], seed, kind="practice")
    frame = _change(frame, sorted({d.psu for d in first}), rng)
    later = WaveDraw(LATER, _RELISTED, psus, households, reserves, keep)
    return Practice(frame, draw(frame, [base, later], seed, kind="practice"), seed)


def write_practice(made: Practice, out: Path) -> tuple[Path, ...]:
    """frame.csv, psu_links.csv, sample.csv and waves.yaml in a folder; gives their paths."""
    files = {
        "frame.csv": frame_bytes(made.frame),
        "psu_links.csv": link_bytes(made.frame),
        "sample.csv": sample_bytes(made.sample),
        "waves.yaml": _waves(made.seed),
    }
    with whole(out) as work:
        for name, body in files.items():
            (work / name).write_bytes(body)
    return tuple(out / name for name in files)


def _waves(seed: int) -> bytes:
    lines = [f"# {STAMP}", "kind: practice", f"seed: {seed}", "waves:"]
    for wave, (start, end) in WINDOWS.items():
        lines.append(f"  {wave}: {{field_start: {start.isoformat()}, field_end: {end.isoformat()}}}")
    return ("\n".join(lines) + "\n").encode()


def _commune(place: PlaceLike, before: int, rng: np.random.Generator) -> list[Hamlet]:
    island, mountain = "hai_dao" in place.zone, "mien_nui" in place.zone
    count = 10 if island else int(rng.integers(8, 13))
    middle = 200.0 if place.area == "urban" else 120.0 if mountain else 165.0
    kv_main = int(rng.choice([1, 2, 3], p=[0.15, 0.3, 0.55])) if mountain else 0
    found = []
    for n in range(before + 1, before + count + 1):
        households = int(np.clip(round(middle * np.exp(rng.normal(0.0, 0.35))), 60, 320))
        kv = str(int(np.clip(kv_main + rng.choice([-1, 0, 0, 0, 1]), 1, 3))) if mountain else ""
        found.append(
            Hamlet(
                psu=f"GL{n:04d}",
                commune=place.code,
                hamlet=f"{'Tổ dân phố' if place.area == 'urban' else 'Thôn'} GL-{n:03d}",
                households=households,
                persons=round(households * rng.uniform(3.2, 4.4)),
                area=place.area,
                stratum=f"{_zone(place.zone)}_{'kt' if _kon_tum(place.former_province) else 'qn'}",
                khu_vuc=kv,
                dtts="1" if mountain and rng.random() < (0.9 if kv == "3" else 0.6) else "0",
                source=STAMP,
                as_of=_LISTED,
                extra={f"stratum_{LATER}": _later_stratum(place.zone, households, kv)},
            )
        )
    return found


def _zone(zone: str) -> str:
    for known in ("do_thi", "dong_bang", "mien_nui", "hai_dao"):
        if known in zone:
            return known
    return zone


def _kon_tum(former: str) -> bool:
    return "kon_tum" in former or "Kon Tum" in former


def _later_stratum(zone: str, households: int, kv: str) -> str:
    short = _zone(zone)
    if short == "dong_bang":
        return "dong_bang_lon" if households >= 165 else "dong_bang_nho"
    return f"mien_nui_kv{'3' if kv == '3' else '12'}" if short == "mien_nui" else short


def _change(frame: Frame, drawn: Sequence[str], rng: np.random.Generator) -> Frame:
    """A few hamlets renamed, merged, split or dissolved before the later wave, some of them drawn in the base wave."""
    by = frame.by_psu()
    large = [h.psu for h in frame.hamlets if h.households >= 180 and "hai_dao" not in h.stratum]
    renamed = [str(p) for p in rng.choice(sorted(drawn), 4, replace=False)]
    split = [str(p) for p in rng.choice([p for p in large if p not in renamed], 2, replace=False)]
    pairs = _pairs(frame, {*renamed, *split})
    merged = [pairs[int(i)] for i in rng.choice(len(pairs), 2, replace=False)]
    hamlets, links = list(frame.hamlets), []
    for old in renamed:
        new = _copy(by[old], f"{old}-2", by[old].households)
        hamlets.append(new)
        links.append(Link(old, new.psu, "renamed", by[old].households, _LINKED, STAMP))
    for old in split:
        part = round(by[old].households * 0.6)
        for suffix, size in (("A", part), ("B", by[old].households - part)):
            hamlets.append(_copy(by[old], f"{old}-{suffix}", size))
            links.append(Link(old, f"{old}-{suffix}", "split", size, _LINKED, STAMP))
    for a, b in merged:
        new = replace(_copy(by[a], f"{a}-M", by[a].households + by[b].households), persons=by[a].persons + by[b].persons)
        hamlets.append(new)
        links += [Link(old, new.psu, "merged", by[old].households, _LINKED, STAMP) for old in (a, b)]
    return Frame(tuple(hamlets), tuple(sorted(links, key=lambda k: (k.old_psu, k.new_psu))))


def _pairs(frame: Frame, taken: set[str]) -> list[tuple[str, str]]:
    """Small neighbours of one commune and the same later stratum, each hamlet in one pair at most."""
    small = [h for h in frame.hamlets if h.households < 120 and h.psu not in taken]
    return [(a.psu, b.psu) for a, b in zip(small[::2], small[1::2], strict=False) if _kind(a) == _kind(b)]


def _kind(h: Hamlet) -> tuple[str, ...]:
    """What two hamlets must share to be merged."""
    return h.commune, h.stratum, h.khu_vuc, h.dtts, h.stratum_in(LATER)


def _copy(old: Hamlet, psu: str, households: int) -> Hamlet:
    """The hamlet under a new id; the later stratum stays, a wave's stratum is fixed before its draw."""
    share = households / old.households
    return replace(
        old, psu=psu, hamlet=f"{old.hamlet.split(' GL-')[0]} GL-{psu.removeprefix('GL')}", households=households,
        persons=round(old.persons * share), as_of=_LINKED,
    )  # fmt: skip
