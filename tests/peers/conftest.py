"""The ledger of the comparison with svy: every pair of numbers is judged and counted, and two tables end the run.

Runs in an environment of its own (`make peers`): the lock of the project holds no svy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest


@dataclass(frozen=True)
class Ledger:
    """agreed: what -> relative differences; differed: rows of what, svy, ours, R."""

    agreed: dict[str, list[float]] = field(default_factory=dict)
    differed: list[tuple[str, float, float, float | None]] = field(default_factory=list)

    def same(self, what: str, theirs: Any, ours: Any, most: float = 1e-9) -> None:
        """Both hold the same finite numbers, none further apart than `most`, relative to ours."""
        a, b = (np.asarray(v, dtype=np.float64).ravel() for v in (theirs, ours))
        assert a.shape == b.shape, f"{what}: {a.shape} of svy, {b.shape} of ours"
        assert len(a), f"{what}: nothing compared"
        assert np.isfinite(a).all(), f"{what}: svy gave {a}"
        assert np.isfinite(b).all(), f"{what}: we gave {b}"
        apart = np.abs(a - b) / np.where(b == 0, 1.0, np.abs(b))
        self.agreed.setdefault(what, []).extend(apart.tolist())
        assert apart.max() <= most, f"{what}: svy {a}, ours {b}, apart {apart.max():.2g}"

    def other(
        self, what: str, theirs: float, ours: float, *, recorded: float, r: float | None = None, digits: float = 1e-8, rel: float = 1e-4
    ) -> None:  # fmt: skip
        """svy still gives the figure written down (to its printed digits, `rel`), ours is another, and R's (to `digits`)."""
        assert theirs == pytest.approx(recorded, rel=rel), f"{what}: svy no longer gives {recorded}"
        assert abs(theirs - ours) > 1e-7 * abs(ours), f"{what}: no difference"
        if r is not None:
            assert ours == pytest.approx(r, rel=digits), f"{what}: ours is not R's"
        self.differed.append((what, theirs, ours, r))


LEDGER = pytest.StashKey[Ledger]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEDGER] = Ledger()


@pytest.fixture(scope="session")
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """One for the whole run."""
    return request.config.stash[LEDGER]


def _lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    wide = [max(len(row[k]) for row in [heads, *rows]) for k in range(len(heads))]
    return ["  ".join(cell.ljust(w) if k == 0 else cell.rjust(w) for k, (cell, w) in enumerate(zip(row, wide, strict=True))) for row in (heads, *rows)]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The two tables."""
    import svy

    held = config.stash[LEDGER]
    agreed = [(what, str(len(apart)), f"{max(apart):.1e}") for what, apart in held.agreed.items()]
    total = sum(len(apart) for apart in held.agreed.values())
    terminalreporter.section(f"svy {svy.__version__}: the same, {total} numbers")
    for line in _lines(("what", "numbers", "largest relative difference"), agreed):
        terminalreporter.write_line(line)
    differed = [(what, f"{a:.6g}", f"{b:.6g}", "-" if r is None else f"{r:.6g}", f"{a / b - 1:+.2%}") for what, a, b, r in held.differed]
    terminalreporter.section(f"svy {svy.__version__}: not the same")
    for line in _lines(("what", "svy", "ours", "R", "svy/ours"), differed):
        terminalreporter.write_line(line)
