"""A pull killed at 20 random points, and the killing itself: that it kills, and that a loss would be seen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from forms.ledger import new_round, open_ledger
from tests.servers.killing import pulled
from tests.servers.shelf import everything

ROOT = Path(__file__).parents[2]


def test_twenty_killed_pulls_lose_and_double_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.servers.killing", str(tmp_path), "20"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["trials"], told["wrong"]) == (20, [])
    assert told["kills"] >= 10
    assert told["held"] > 60


def test_a_single_lost_or_doubled_row_would_be_seen(tmp_path: Path) -> None:
    of = new_round(tmp_path / "r", kind="practice", wave=2026, form="household", sample=None)
    pulled(of, late=True)
    with open_ledger(of, key=bytes(32)) as ledger:
        whole = everything(ledger)
        for rule in ("attachment_stays", "received_stays"):
            ledger._db.execute(f"DROP TRIGGER {rule}")
        for table in ("attachment", "received"):
            ledger._db.execute("SAVEPOINT s")
            ledger._db.execute(f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})")
            assert everything(ledger) != whole
            ledger._db.execute("ROLLBACK TO s")
        ledger._db.execute("RELEASE s")
        assert everything(ledger) == whole
