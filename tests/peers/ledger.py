"""What is compared with svy: every pair of numbers is judged and counted, and two tables tell the run's outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest


@dataclass(frozen=True)
class Ledger:
    """agreed: what -> relative differences; differed: rows of what, svy, ours, R."""

    agreed: dict[str, list[float]] = field(default_factory=dict)
    differed: list[tuple[str, float, float, float | None]] = field(default_factory=list)

    def same(self, what: str, theirs: Any, ours: Any, most: float = 1e-9, *, gaps: bool = False) -> None:
        """Both hold the same finite numbers, none further apart than `most`, relative to ours; gaps: NaN at the same places."""
        a, b = (np.asarray(v, dtype=np.float64).ravel() for v in (theirs, ours))
        assert a.shape == b.shape, f"{what}: {a.shape} of svy, {b.shape} of ours"
        if gaps:
            assert (np.isnan(a) == np.isnan(b)).all(), f"{what}: NaN of svy {a}, of ours {b}"
            a, b = a[~np.isnan(a)], b[~np.isnan(b)]
        assert len(a), f"{what}: nothing compared"
        assert np.isfinite(a).all(), f"{what}: svy gave {a}"
        assert np.isfinite(b).all(), f"{what}: we gave {b}"
        apart = np.abs(a - b) / np.where(b == 0, 1.0, np.abs(b))
        self.agreed.setdefault(what, []).extend(apart.tolist())
        assert apart.max() <= most, f"{what}: svy {a}, ours {b}, apart {apart.max():.2g}"

    def other(
        self, what: str, theirs: float, ours: float, *, recorded: float, r: float | None = None, digits: float = 1e-8,
        rel: float = 1e-4,
    ) -> None:  # fmt: skip
        """svy still gives the figure written down (to its printed digits, `rel`), ours is another, and R's (to `digits`)."""
        assert theirs == pytest.approx(recorded, rel=rel), f"{what}: svy no longer gives {recorded}"
        assert abs(theirs - ours) > 1e-7 * abs(ours), f"{what}: no difference"
        if r is not None:
            assert ours == pytest.approx(r, rel=digits), f"{what}: ours is not R's"
        self.differed.append((what, theirs, ours, r))

    def agreed_lines(self) -> Iterator[str]:
        """A line for each kind of number that is the same."""
        yield from _lines(
            ("what", "numbers", "largest relative difference"),
            [(w, str(len(d)), f"{max(d):.1e}") for w, d in self.agreed.items()],
        )

    def differed_lines(self) -> Iterator[str]:
        """A line for each number that is not."""
        rows = [
            (w, f"{a:.6g}", f"{b:.6g}", "-" if r is None else f"{r:.6g}", f"{a / b - 1:+.4%}") for w, a, b, r in self.differed
        ]
        yield from _lines(("what", "svy", "ours", "R", "svy/ours - 1"), rows)


def _lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    wide = [max(len(row[k]) for row in (heads, *rows)) for k in range(len(heads))]
    for first, *rest in (heads, *rows):
        yield "  ".join([first.ljust(wide[0]), *(cell.rjust(w) for cell, w in zip(rest, wide[1:], strict=True))])
