"""Do the 95 % intervals hold the truth?  Three proofs; they gate nothing.

    python benchmarks/coverage.py [--surveys 2000] [--out DIR]     two-wave surveys of a population with known truth
    python benchmarks/coverage.py --seeds 200                      synthetic provinces, the whole chain but the engine
    python benchmarks/coverage.py --weighted 1000               a province of known people: nonresponse, weights, merged hamlets
    python benchmarks/coverage.py --surveys 10000 --plan few --overlap 30      one cell again, the first 2000 the same
    ... [--processes 2] [--seed 1] [--first 1]

Surveys: overlaps 0, 30, 60, 100 %; four designs; a score, a share and a rare share; everybody, women, a minority; by
wave_centred, unbiased, stacked, independent.  Prints a Markdown table; --out writes coverage.md and coverage.csv.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file: the rooms and benchmarks/ lie beside each other


def surveys(number: int, seed: int, processes: int, out: Path | None, plans: list[str], overlaps: list[int]) -> None:
    """Simulate, print the tables, write them where asked."""
    from rich.console import Console
    from rich.progress import Progress

    from benchmarks import overlap
    from benchmarks.coverage_table import as_csv, as_markdown

    begun = time.monotonic()
    jobs = list(overlap.jobs(number, seed, [o / 100 for o in overlaps] or overlap.OVERLAPS, plans))
    with ProcessPoolExecutor(processes) as pool, Progress(console=Console(stderr=True)) as bar:
        found = list(bar.track(pool.map(overlap.run, jobs), total=len(jobs), description="surveys"))
    lines = overlap.gathered(jobs, found)
    text = as_markdown(lines, number, seed, time.monotonic() - begun)
    print(text)
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "coverage.md").write_text(text, encoding="utf-8")
        (out / "coverage.csv").write_text(as_csv(lines), encoding="utf-8")


def main() -> None:
    """Run what was asked for: the surveys unless only provinces were."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--surveys", type=int, default=0, help="simulated surveys per design and overlap (2000)")
    parser.add_argument("--seeds", type=int, default=0, help="synthetic provinces")
    parser.add_argument("--weighted", type=int, default=0, help="surveys of a province of known people, weights included")
    parser.add_argument("--first", type=int, default=1, help="first seed of the provinces")
    parser.add_argument("--seed", type=int, default=1, help="seed of the surveys")
    parser.add_argument("--plan", action="append", default=[], choices=("many", "few", "pairs", "moved"))
    parser.add_argument("--overlap", action="append", default=[], type=int, metavar="PERCENT")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=None, help="folder for coverage.md and coverage.csv")
    asked = parser.parse_args()
    if asked.seeds:
        from benchmarks.provinces import provinces

        provinces(range(asked.first, asked.first + asked.seeds), asked.processes)
    if asked.weighted:
        from benchmarks.surveyed import weighted

        weighted(range(asked.first, asked.first + asked.weighted), asked.processes)
    if asked.surveys or not (asked.seeds or asked.weighted):
        surveys(asked.surveys or 2000, asked.seed, asked.processes, asked.out, asked.plan, asked.overlap)


if __name__ == "__main__":
    main()
