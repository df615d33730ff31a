"""The two figures of a study as files' bytes, drawn in a second process while the first one computes.

Imports curves (the record); the figures late, since matplotlib takes as long to load as the study to compute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
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
    """Both figures: .png, .svg and .txt of each."""
    from ..figures import png, svg
    from ..figures.power import cost_plane, power_curves

    files: dict[str, bytes] = {}
    alts: dict[str, str] = {}
    for stem, draw in zip(FIGURES, (power_curves, cost_plane), strict=True):
        figure, alts[stem] = draw(curves)
        files |= {f"{stem}.png": png(figure), f"{stem}.svg": svg(figure), f"{stem}.txt": (alts[stem] + "\n").encode()}
    return Drawn(files, alts)


def ready() -> None:
    """Load what drawing needs."""
    from ..figures import power

    del power


@contextmanager
def beside() -> Iterator[Executor]:
    """A second process that is already loading what drawing needs."""
    with ProcessPoolExecutor(1) as pool:
        pool.submit(ready)
        yield pool
