"""What a pull costs and whether it can be broken: 3,000 submissions from the stand-in Central, memory by pages, 200 kills.

    python benchmarks/pull.py [--rows 3000] [--kills 200]

Prints three tables; exit 1 when 3,000 rows take more than 5 s, memory grows with the number of pages, or a kill lost or doubled
anything.  The stand-in answers from another thread of the same process, so its work is part of the time.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
import tracemalloc
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from forms.build import build  # noqa: E402
from forms.ledger import Arrival, Attachment, Round, new_round, open_ledger  # noqa: E402
from forms.servers.base import Page  # noqa: E402
from forms.servers.central import Central  # noqa: E402
from forms.servers.pull import Pulled, pull  # noqa: E402
from forms.shelf import form_folder  # noqa: E402
from tests.servers.central_standin import CentralStandin, standin  # noqa: E402
from tests.servers.shelf import FORM, Shelf  # noqa: E402

MOST_SECONDS = 5.0
KEY = bytes(32)


def empty_interview(xform: str) -> str:
    """The blank instance of a form, every question there and no answer."""
    start = xform.index("<instance>") + len("<instance>")
    return xform[start : xform.index("</instance>", start)].strip()


def interview(blank: str, number: int, audit: str) -> str:
    """A submission: the blank form with an id of its own and a text in every empty question."""
    told = re.sub(r'<member jr:template="">.*?</member>', "", blank)
    told = told.replace("<instanceID/>", f"<instanceID>uuid:{uuid.UUID(int=number)}</instanceID>")
    told = told.replace("<audit/>", audit).replace("<round_kind/>", "<round_kind>practice</round_kind>")
    return re.sub(r"<(\w+)/>", lambda m: f"<{m[1]}>{number % 7}</{m[1]}>", told)


def log_of(number: int) -> bytes:
    """An audit log of 100 events, its times its own."""
    draw, at, lines = Random(number), 1_790_000_000_000, ["event,node,start,end"]  # noqa: S311  synthetic times need a seed
    for n in range(100):
        start, at = at, at + draw.randrange(800, 30_000)
        lines.append(f"question,/data/m{n // 10}/q{n:02},{start},{at}")
    return "\n".join(lines).encode() + b"\n"


def filled(central: CentralStandin, rows: int, *, audits: bool) -> str:
    """The household form and so many submissions of it."""
    made = build(form_folder("household"), validated=False)
    form_id = central.publish_form(made.xform.xml)
    blank = empty_interview(made.xform.xml)
    for number in range(rows):
        sent = interview(blank, number, "<audit>audit.csv</audit>" if audits else "")
        central.submit(sent, files={"audit.csv": log_of(number)} if audits else {})
    return form_id


def round_in(folder: Path, name: str) -> Round:
    """A practice round of its own."""
    return new_round(folder / name, kind="practice", wave=2026, form="household", sample=None)


def timed(central: CentralStandin, form_id: str, of: Round) -> tuple[float, float, Pulled]:
    """(seconds, seconds of work of this process, the stand-in's included) of one pull with its reconciliation."""
    begun, worked = time.perf_counter(), time.process_time()
    with open_ledger(of, key=KEY) as ledger:
        found = pull(Central(central.url, central.project, central.user, central.password), ledger, form_id)
    return time.perf_counter() - begun, time.process_time() - worked, found


class Made(Shelf):
    """A server that makes its rows when they are asked for, so that what grows is the pull's."""

    rows_there = 0

    def pages(self, form_id: str, cursor: str = "") -> Iterator[Page]:
        """50 rows of 4 kB a page."""
        for start in range(int(cursor or 0), self.rows_there, 50):
            rows = tuple(self.one(form_id, number) for number in range(start, min(start + 50, self.rows_there)))
            yield Page(rows, str(start + 50) if start + 50 < self.rows_there else "", self.rows_there)

    def one(self, form_id: str, number: int) -> Arrival:
        """The submission of a number."""
        root = f"uuid:{number:06}"
        return Arrival(root, root, form_id, "1", None, "odata", f"{number:06}".encode() * 600, files=0)

    def attachments(self, form_id: str, rows: Sequence[Arrival]) -> Iterator[tuple[str, Attachment]]:  # noqa: ARG002  # a Source
        """None came."""
        yield from ()


def memory(folder: Path, rows: int) -> float:
    """Most MB that Python held during a pull of so many rows."""
    shelf = Made()
    shelf.rows_there = rows
    with open_ledger(round_in(folder, f"m{rows}"), key=KEY) as ledger:
        tracemalloc.start()
        pull(shelf, ledger, FORM)
        most = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    return most


def pulls(folder: Path, rows: int, *, audits: bool) -> list[str]:
    """Pull twice, print how long it took; what was not as it must be."""
    wrong = []
    with standin() as central:
        form_id = filled(central, rows, audits=audits)
        of = round_in(folder, f"r{audits:d}")
        for what in ("first pull", "second pull, nothing new"):
            seconds, worked, found = timed(central, form_id, of)
            what_of = f"{what}, with audit logs" if audits else what
            counts = f"{found.listed} listed, {found.added.new} new, {found.added.files} files"
            print(f"{what_of}: {counts}, {seconds:.2f} s ({worked:.2f} s of work, the stand-in's included)")
            if found.held != rows or (not audits and min(seconds, worked) > MOST_SECONDS * rows / 3000):
                wrong.append(what_of)
        print(f"ledger: {of.ledger.stat().st_size / 1e6:.1f} MB")
    return wrong


def main() -> int:
    """Measure, print, judge."""
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=3000)
    options.add_argument("--kills", type=int, default=200)
    told = options.parse_args()
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for audits in (False, True):
            wrong += pulls(folder, told.rows, audits=audits)
        few, many = memory(folder, 500), memory(folder, 5000)
        print(f"memory of a pull: 10 pages {few:.2f} MB, 100 pages {many:.2f} MB")
        if many > few * 1.2:
            wrong.append("memory")
        (folder / "kills").mkdir()
        command = [sys.executable, "-m", "tests.servers.killing", str(folder / "kills"), str(told.kills)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        print(f"kills: {done.stdout.strip() or done.stderr[-300:]}")
        if done.returncode:
            wrong.append("kills")
    print("wrong: " + ", ".join(wrong) if wrong else "all well")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
