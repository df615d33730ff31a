"""The two figures of a study as files' bytes, drawn in a second process while the first one computes.

Imports curves (the record); the figures late, since matplotlib takes as long to load as the study to compute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .curves import Curves

FIGURES = ("kha_nang_chung_minh", "chi_phi")


@dataclass(frozen=True)
class Drawn:
    """files: name -> bytes, in order; alts: stem -> the figure in words."""

    files: Mapping[str, bytes]
    alts: Mapping[str, str]


def drawn(curves: Curves) -> Drawn:
    """Both figures: .png and .txt of each."""
    return joined(one(curves, stem) for stem in FIGURES)


def one(curves: Curves, stem: str) -> Drawn:
    """One figure."""
    from ..figures import png
    from ..figures.power import cost_plane, power_curves

    draw = dict(zip(FIGURES, (power_curves, cost_plane), strict=True))[stem]
    figure, alt = draw(curves)
    return Drawn({f"{stem}.png": png(figure), f"{stem}.txt": (alt + "\n").encode()}, {stem: alt})


def joined(parts: Iterable[Drawn]) -> Drawn:
    """Several figures as one record, in order."""
    files: dict[str, bytes] = {}
    alts: dict[str, str] = {}
    for part in parts:
        files |= part.files
        alts |= part.alts
    return Drawn(files, alts)
