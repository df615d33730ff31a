"""Does the closed form of power hold?  Simulated two-wave surveys judged by the report's own rule; gates nothing.

    python benchmarks/power.py [--surveys 4000] [--seed 1] [--out DIR]

Every line is a plan whose true rise is the smallest one that the closed form proves to be 10 % or more with 80 % power.  Prints a
Markdown table, in percent: power of proving 10 % (simulated, closed 80), of proving 15 %, of any rise, of 10 points; and the mean
estimated variance of the change, and its variance over the surveys, both over the closed form's.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file: the rooms and benchmarks/ lie beside each other

from analysis.power.closed import DETECT, points, power, relative
from analysis.power.simulate import simulate
from analysis.power.solve import smallest
from analysis.power.survey import Scenario

SCORE = Scenario(
    "mean", 55, 0.10, 120, 20, sd=18, response=0.85, weighting=1.25, overlap=0.6, correlation=0.7, strata=6
)  # fmt: skip
SHARE = replace(SCORE, kind="share", baseline=40, sd=None, icc=0.05)
PLANS = {
    "score, 120 x 20": SCORE,
    "score, 150 x 14": replace(SCORE, psus=150, households=14),
    "score, 100 x 20": replace(SCORE, psus=100),
    "score, no hamlet kept": replace(SCORE, overlap=0.0),
    "score, all kept, correlation .9": replace(SCORE, overlap=1.0, correlation=0.9),
    "score, weights within hamlets": replace(SCORE, weights="persons"),
    "score, ICC .15": replace(SCORE, icc=0.15),
    "score, minority (25 % in 40 % of hamlets)": replace(SCORE, share=0.25, lives=0.4),
    "score, urban (24 hamlets)": replace(SCORE, share=0.2, lives=0.2),
    "score, urban, equal weights": replace(SCORE, share=0.2, lives=0.2, weighting=1.0),
    "share, 120 x 20": SHARE,
    "share, youth (25 %)": replace(SHARE, share=0.25),
    "share, urban (24 hamlets)": replace(SHARE, share=0.2, lives=0.2),
    "share, urban, equal weights": replace(SHARE, share=0.2, lives=0.2, weighting=1.0),
    "share 15 %, 120 x 20": replace(SHARE, baseline=15),
}


def line(name: str, s: Scenario, surveys: int, seed: int) -> str:
    """One plan, simulated and closed side by side."""
    now = smallest(s, relative(10)).value
    if now is None:
        return f"| {name} | - | not possible |"
    found = simulate(s, now, surveys, seed, low=10, high=15)
    v1, v2, cov = s.moments(now)
    closed = [100 * power(s, now, claim) for claim in (relative(10), relative(15), DETECT, points(10))]
    got = [100 * found.proven(what) for what in ("met", "high", "up")] + [100 * found.proven("met", reading="points")]
    cells = [f"{a:.1f} ({b:.1f})" for a, b in zip(got, closed, strict=True)]
    ratios = [found.estimated / (v1 + v2 - 2 * cov), found.variance / (v1 + v2 - 2 * cov)]
    rise = 100 * (now / s.baseline - 1)
    return f"| {name} | {rise:.1f} | {' | '.join(cells)} | {ratios[0]:.3f} | {ratios[1]:.3f} |"


def main() -> None:
    """Print the table, write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--surveys", type=int, default=4000, help="simulated surveys a plan")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=None, help="folder for power.md")
    asked = parser.parse_args()
    head = "| plan | true rise % | >= 10 % | >= 15 % | any rise | >= 10 points | estimated variance | variance |"
    lines = [head, "|---" * 8 + "|"]
    print("\n".join(lines), flush=True)
    for name, s in PLANS.items():
        lines.append(line(name, s, asked.surveys, asked.seed))
        print(lines[-1], flush=True)
    if asked.out:
        asked.out.mkdir(parents=True, exist_ok=True)
        (asked.out / "power.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
