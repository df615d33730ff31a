"""How often the 80 % range of the finish holds in rounds played by another model than its own (tests/analysis/rounds.py).

    python benchmarks/finish.py --rounds 400

Rounds differ in teams, hamlets, speed (3-7 visits a day, 10-40 % between teams), weekends (none, half, whole), rain by region,
teams that begin 2-6 days late, whether those who are done help others (three of four rounds), and reserves.  Looked at after a
quarter, half and three quarters of each.  Exit 1 when the range does not hold in 70-90 % of all.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file: the rooms lie beside benchmarks/

from analysis.quality.finish import finish
from tests.analysis.rounds import checkpoints

SHARES = (0.25, 0.5, 0.75)
PARTS = ("teams", "weekend", "rain", "late", "helps", "replaced")


def main() -> int:
    """Play, forecast, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=400)
    rounds = parser.parse_args().rounds
    start, none = time.perf_counter(), 0
    held: dict[str, list[int]] = defaultdict(list)
    for share, kind, work, truth in checkpoints(rounds, SHARES):
        found = finish(work)
        if found is None:
            none += 1
            continue
        side = -1 if truth < found.lower else 1 if truth > found.upper else 0
        for name in ("all", f"after {share:.0%}", *(f"{part} {getattr(kind, part)}" for part in PARTS)):
            held[name].append(side)
    print(f"{rounds} rounds, {none} without a forecast, {time.perf_counter() - start:.0f} s")
    print(f"{'':<14}{'n':>6}{'held':>8}{'sooner':>8}{'later':>8}")
    for name in sorted(held, key=lambda n: (n != "all", not n.startswith("after"), n)):
        sides = held[name]
        print(f"{name:<14}{len(sides):>6}", *(f"{sides.count(s) / len(sides):>7.1%}" for s in (0, -1, 1)))
    return 0 if 0.7 <= held["all"].count(0) / len(held["all"]) <= 0.9 else 1


if __name__ == "__main__":
    raise SystemExit(main())
