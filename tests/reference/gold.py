"""Runs the results of R in a folder of reference files through the public door of `analysis`, and counts every number.

    python tests/reference/gold.py DIR [--verbose] [--stat NAME]

DIR holds <name>.json (schema gold/1) and the csv files that they name.  Ends with `N passed, M failed, K unsupported`;
exit code 0 when nothing failed.  Numbers where R is wrong or stops are listed one by one with our answer, and count as passed.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
for place in (HERE.parent.parent, HERE):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from gold_known import LOOSER  # noqa: E402 - the folder of this script must be on the path first
from gold_numbers import HOW, Check  # noqa: E402
from gold_run import Outcome, outcomes  # noqa: E402

STATES = ("passed", "documented", "failed", "unsupported")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 nothing failed, 1 something did, 2 no reference files there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--verbose", action="store_true", help="list failures: id, call, what, ours, R's, relative difference")
    parser.add_argument("--stat", default="", help="only results of this stat")
    given = parser.parse_args(arguments)
    files = sorted(given.folder.glob("*.json"))
    if not files:
        sys.stderr.write(f"{given.folder}: no reference files (*.json)\n")
        return 2
    found: list[Outcome] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in files:
            found += outcomes(path, given.stat)
    sys.stdout.write("\n".join(report(found, len(files), verbose=given.verbose)) + "\n")
    return 1 if any(c.state == "failed" for o in found for c in o.checks) else 0


def report(found: Sequence[Outcome], files: int, *, verbose: bool) -> list[str]:
    """The printed lines."""
    lines = [f"{len(found)} results of {files} files; {HOW}", ""]
    lines += [f"at 1e-6: {', '.join(sorted(x.beside | x.words))} ({', '.join(sorted(x.keys)) or 'all'}): {x.why}" for x in LOOSER]
    lines += table(found)
    known = [f"{o.id} {o.stat} {o.call}\n    {line}" for o in found for line in o.known]
    lines += ["", f"R is wrong or stops; ours ({len(known)}):", *(known or ["none"])]
    left = {
        (o.stat, o.note.strip().splitlines()[-1] if o.note.strip() else "no such number") for o in found if _any(o, "unsupported")
    }
    lines += ["", "unsupported:", *(sorted(f"{stat}: {note}" for stat, note in left) or ["none"])]
    if verbose:
        lines += ["", "failures:", *(failures(found) or ["none"])]
    total = {state: sum(c.state == state for o in found for c in o.checks) for state in STATES}
    lines += ["", f"of the passed, {total['documented']} numbers are documented cases where R is wrong"]
    lines.append(f"{total['passed'] + total['documented']} passed, {total['failed']} failed, {total['unsupported']} unsupported")
    return lines


def table(found: Sequence[Outcome]) -> list[str]:
    """A row a stat: results, numbers by state, the largest relative difference of those that passed."""
    head = f"{'stat':<22}{'results':>8}{'passed':>8}{'known':>7}{'failed':>8}{'unsupp.':>8}{'largest':>11}"
    lines = [head]
    for stat in sorted({o.stat for o in found}):
        some = [o for o in found if o.stat == stat]
        checks = [c for o in some for c in o.checks]
        count = {state: sum(c.state == state for c in checks) for state in STATES}
        away = max((c.gap for c in checks if c.state == "passed" and c.gap is not None), default=0.0)
        lines.append(
            f"{stat:<22}{len(some):>8}{count['passed']:>8}{count['documented']:>7}{count['failed']:>8}{count['unsupported']:>8}{away:>11.1e}"
        )
    return lines


def failures(found: Sequence[Outcome]) -> list[str]:
    """Every number that failed."""
    lines: list[str] = []
    for o in found:
        bad = [c for c in o.checks if c.state == "failed"]
        if not bad:
            continue
        lines.append(f"{o.id} {o.stat}: {o.call}")
        lines += [f"    {row}" for row in o.note.strip().splitlines()]
        lines += [f"    {_shown(c)}" for c in bad[:12] if c.ours is not None]
        lines += [f"    ... {len(bad)} numbers in all"] if len(bad) > 12 else []
    return lines


def _shown(check: Check) -> str:
    gap = "" if check.gap is None else f"{check.gap:.2e}"
    return f"{check.what}: ours {check.ours!r}, R {check.theirs!r}, relative difference {gap}"


def _any(outcome: Outcome, state: str) -> bool:
    return any(c.state == state for c in outcome.checks)


if __name__ == "__main__":
    raise SystemExit(main())
