"""False alarms and planted faults of the checks of records: clean and spoilt rehearsals of many seeds, each through the engine.

    python benchmarks/records.py 20 12    # rounds, households a hamlet

Prints a line a round and the sums.  Every fourth seed is conducted a second time with planted faults.  Nothing is left behind.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file: the rooms lie beside benchmarks/

from analysis.quality.checks import run_checks
from analysis.quality.field import read_field
from analysis.quality.record_checks import RECORDS
from analysis.readers.receive import receive
from analysis.sampling.practice import practice, write_practice
from forms import load_places, province_folder, questionnaire_folder
from forms.build import build
from forms.ledger import new_round
from forms.rehearsal.rehearse import rehearse

WINDOW = (date(2026, 10, 5), date(2026, 10, 30))
FOUND_BY = {
    "old_version": {"old_version"}, "next_commune": {"place_elsewhere", "place_border"},
    "duplicate": {"same_household", "same_visit"}, "fabricator": {"near_duplicate", "unread"},
}  # fmt: skip


def conduct(seed: int, households: int, work: Path, *, faulty: bool) -> Path:
    """One rehearsal."""
    made = practice(load_places(province_folder("51")), seed, psus=30, households=households)
    write_practice(made, work / "sample")
    sample, folder = work / "sample" / "sample.csv", questionnaire_folder("household")
    rehearse(
        folder, sample, sample.with_name("frame.csv"), 2026, WINDOW, seed, work / "out", processes=1, faulty=faulty, audited=True,
        turned_on=("gps",), built=build(folder, ("gps",), validated=False),
    )  # fmt: skip
    return work / "out"


def one(seed: int, households: int, *, faulty: bool) -> tuple[int, Counter[tuple[str, str]], Counter[str], Counter[str]]:
    """(interviews, findings by check and severity, planted, found of them)."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        out = conduct(seed, households, work, faulty=faulty)
        of = new_round(work / "round", kind="practice", wave=2026, form="household", sample=work / "sample" / "sample.csv")
        receive(of.home, [out / "submissions.csv.zip"])
        seen = read_field(of.home)
        found = run_checks(seen, RECORDS).findings
        planted: Counter[str] = Counter()
        met: Counter[str] = Counter()
        if faulty:
            told = json.loads((out / "planted.json").read_text(encoding="utf-8"))["planted"]
            points = {v.instance_id for v in seen.visits if v.answers.get("gps")}
            flagged = {check: {f.instance_id for f in found if f.check in names} for check, names in FOUND_BY.items()}
            for row in told:
                if row["fault"] in FOUND_BY and (row["fault"] != "next_commune" or row["instance_id"] in points):
                    planted[row["fault"]] += 1
                    met[row["fault"]] += row["instance_id"] in flagged[row["fault"]]
        return len(seen.visits), Counter((f.check, f.severity) for f in found), planted, met


def main(rounds: int, households: int) -> None:
    """Print what was found."""
    os.environ.setdefault("BDG_ROUND_KEY", base64.b64encode(bytes(32)).decode())
    alarms: Counter[tuple[str, str]] = Counter()
    visits = red = 0
    planted: Counter[str] = Counter()
    met: Counter[str] = Counter()
    for seed in range(1, rounds + 1):
        n, found, _, _ = one(seed, households, faulty=False)
        visits, alarms = visits + n, alarms + found
        red += any(severity == "red" for _, severity in found)
        print(f"clean {seed}: {n} visits, {dict(found)}", flush=True)
        if seed % 4 == 0:
            _, found, there, seen = one(seed, households, faulty=True)
            planted, met = planted + there, met + seen
            print(f"spoilt {seed}: {dict(found)}", flush=True)
    reds = sum(k for (_, severity), k in alarms.items() if severity == "red")
    print(f"clean rounds with a red finding: {red}/{rounds}; red findings: {reds} of {visits} visits; all: {dict(alarms)}")
    for fault, n in planted.items():
        print(f"{fault}: found {met[fault]} of {n}")


if __name__ == "__main__":
    numbers = [int(a) for a in sys.argv[1:] if re.fullmatch(r"\d+", a)]
    main(*[*numbers, *(20, 12)[len(numbers) :]][:2])
