"""One ledger for the run, printed at its end.

Runs in an environment of its own (`make peers`): the lock of the project holds no svy.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.peers.ledger import Ledger

LEDGER = pytest.StashKey[Ledger]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEDGER] = Ledger()


@pytest.fixture(scope="session")
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """One for the whole run."""
    return request.config.stash[LEDGER]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The two tables."""
    import svy

    held = config.stash[LEDGER]
    total = sum(len(apart) for apart in held.agreed.values())
    for title, lines in ((f"the same, {total} numbers", held.agreed_lines()), ("not the same", held.differed_lines())):
        terminalreporter.section(f"svy {svy.__version__}: {title}")
        for line in lines:
            terminalreporter.write_line(line)
