"""Pulls killed at random points, then repeated: what is left must be what an undisturbed pull leaves.

    python -m tests.servers.killing FOLDER NUMBER [SEED]      # prints one JSON line; exit 1 when anything was lost or doubled

Each trial begins a round, kills the pull (SIGKILL, no handler runs) one to three times, each time at a point drawn at random,
and pulls once more in peace.  Half of the points are lines of the project's own code, counted by a tracer; the others are
moments, so that SQLite is hit in the middle of a write.  Meanwhile the server changes, as it does in the field.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from forms.ledger import Round, new_round, open_ledger
from forms.servers.pull import pull
from tests.servers.shelf import FORM, Shelf, everything

_OURS = str(Path(__file__).parents[2] / "forms")


def server(late: bool) -> Shelf:
    """The same server in every process; late: after the interruptions."""
    there = Shelf(size=5)
    for i in range(23):
        there.send(f"{i:02}", "a" * 2000, files={"audit.csv": b"event\n" * 300 + b"%d" % i, "p.jpg": bytes([i]) * 5000})
    for i in (2, 9, 21):
        there.edit(f"uuid:{i:02}", "b")
    there.edit("uuid:09", "c")
    there.send("stray", kind="real")
    there.delete("uuid:11")
    if late:
        there.edit("uuid:20", "late")
        there.delete("uuid:05")
        there.send("late")
    return there


def pulled(of: Round, late: bool) -> None:
    with open_ledger(of, key=bytes(32)) as ledger:
        pull(server(late), ledger, FORM)


def _lines(limit: int) -> Any:
    """A tracer that counts lines of the project and kills at the one numbered `limit`; 0 never."""
    seen = [0]

    def local(frame: FrameType, event: str, _: object) -> Any:
        if event == "line":
            seen[0] += 1
            if seen[0] == limit:
                os.kill(os.getpid(), signal.SIGKILL)
        return local

    def outer(frame: FrameType, event: str, arg: object) -> Any:
        return local if frame.f_code.co_filename.startswith(_OURS) else None

    return seen, outer


def _child(of: Round, limit: int | None) -> int:
    """A process that pulls; its id.  It is killed at a line, or lives until somebody else kills it."""
    child = os.fork()
    if child:
        return child
    if limit is not None:
        sys.settrace(_lines(limit)[1])
    pulled(of, late=False)
    os._exit(0)


def trial(folder: Path, draw: random.Random, number: int, lines: int, seconds: float) -> tuple[int, list[Any]]:
    """(how often the pull was really killed, all that the ledger holds in the end)."""
    of = new_round(folder / f"r{number}", kind="practice", wave=2026, form="household", sample=None)
    kills = 0
    for _ in range(draw.choice((1, 1, 2, 3))):
        by_line = number % 2 == 0
        child = _child(of, draw.randrange(1, lines) if by_line else None)
        if not by_line:
            time.sleep(draw.uniform(0, seconds))
            os.kill(child, signal.SIGKILL)
        kills += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        with open_ledger(of, key=bytes(32)) as ledger:
            assert ledger._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            list(ledger.stored(latest=False))
    pulled(of, late=True)
    with open_ledger(of, key=bytes(32)) as ledger:
        return kills, everything(ledger)


def main(folder: Path, number: int, seed: int = 1) -> int:
    of = new_round(folder / "first", kind="practice", wave=2026, form="household", sample=None)
    seen, tracer = _lines(0)
    sys.settrace(tracer)
    pulled(of, late=False)
    sys.settrace(None)
    begun = time.perf_counter()
    other = new_round(folder / "second", kind="practice", wave=2026, form="household", sample=None)
    pulled(other, late=False)
    seconds = time.perf_counter() - begun
    pulled(of, late=True)
    with open_ledger(of, key=bytes(32)) as ledger:
        wanted = everything(ledger)
    draw = random.Random(seed)
    made = [trial(folder, draw, i, seen[0], seconds) for i in range(number)]
    wrong = [i for i, (_, found) in enumerate(made) if found != wanted]
    said = {"trials": number, "kills": sum(k for k, _ in made), "lines": seen[0], "held": len(wanted), "wrong": wrong}
    sys.stdout.write(json.dumps(said) + "\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), *map(int, sys.argv[3:])))
