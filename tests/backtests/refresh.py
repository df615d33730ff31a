"""Write the published practice reports anew and note what moved: python -m tests.backtests.refresh (from the root).

Run it only when a number is meant to move: moved.csv then asks the changelog entry of this version to say so.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from dataclasses import asdict
from pathlib import Path

from analysis.archive.changes import changes
from analysis.archive.sealed import Baseline, as_row, read_baseline
from analysis.publishing import public
from analysis.results import Results, Row
from tests.backtests import published as was
from tests.house.tree import ROOT


def main() -> None:
    """Make both reports, compare them with the files, write."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        was.inputs(folder)
        sealed = _standing(was.sealed_again(folder))
        both = public(was.report_of_both(folder, sealed))
    moved = was.read_table(was.MOVED) if was.MOVED.exists() else []
    known = {(m["version"], m["key"]) for m in moved}
    new = tuple(as_row(sealed.wave, told) for told in sealed.rows.values()), both.rows
    for now, old in zip(new, (_sealed(), _published()), strict=True):
        found = changes(Results(True, {}, old, {}), Results(True, {}, now, {}), "", was.WAVES)
        moved += [{"version": version, **asdict(c)} for c in found if (version, c.key) not in known]
        known |= {(version, c.key) for c in found}
    files = {
        was.BASELINE: sealed.body(), was.PUBLISHED: was.table_bytes(was.COLUMNS, list(was.shown(both).values())),
        was.MOVED: was.table_bytes(was.MOVED_COLUMNS, moved),
    }  # fmt: skip
    for path, body in files.items():
        same = path.exists() and path.read_bytes() == body
        path.write_bytes(body)
        sys.stdout.write(f"{'không đổi / unchanged' if same else 'đã ghi / wrote'} {path.name}\n")
    sys.stdout.write(f"số đã công bố thay đổi ở bản này / published numbers moved in {version}: {len(known)}\n")


def _standing(now: Baseline) -> Baseline:
    """The seal that is there, while it says the same; programs alone make no new one."""
    if not was.BASELINE.exists():
        return now
    old = read_baseline(was.BASELINE)
    yardstick = ("target", "asked", "thresholds", "bands", "items", "rows")
    return old if all(getattr(old, name) == getattr(now, name) for name in yardstick) else now


def _sealed() -> tuple[Row, ...]:
    if not was.BASELINE.exists():
        return ()
    made = read_baseline(was.BASELINE)
    return tuple(as_row(made.wave, told) for told in made.rows.values())


def _published() -> tuple[Row, ...]:
    return tuple(was.row_of(line) for line in was.read_table(was.PUBLISHED)) if was.PUBLISHED.exists() else ()


if __name__ == "__main__":
    main()
