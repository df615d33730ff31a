"""The practice reports that the tests hold us to: made anew from a seed, read as they were published, compared.

The 2026 baseline is sealed (baseline_2026_GIA-LAP.json); of the report of both waves every number that may leave stands in
published_GIA-LAP.csv.  moved.csv names, version by version, the numbers that moved since: refresh.py writes all three.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from analysis.archive.changes import Change
from analysis.archive.keep import run_kept
from analysis.archive.sealed import MADE_UP, STAMP, Baseline, seal
from analysis.intake import Given
from analysis.publishing import public
from analysis.results import Results, Row
from analysis.run import analyse
from analysis.sampling.practice import Practice, practice, write_practice
from analysis.weighting.targets import Targets, Total, targets_bytes
from forms import load_places, province_folder
from tests.analysis import world

HOME = Path(__file__).parent
BASELINE = HOME / f"baseline_2026{MADE_UP}.json"
PUBLISHED = HOME / f"published{MADE_UP}.csv"
MOVED = HOME / "moved.csv"
SEED, WAVES = 7, (2026, 2030)
SEXES = {"female": 0.51, "male": 0.49}
BANDS = {"a15": 0.02, "a16_30": 0.26, "a31_59": 0.45, "a60": 0.27}
DAY, DOCUMENT = date(2026, 11, 23), "Biên bản tập huấn số 1"
NUMBERS = ("estimate", "se", "lower", "upper", "n")
COLUMNS = (
    "key", "kind", "indicator", "estimand", "wave", "base_wave", "domain", "category", "design", "method", "unit", *NUMBERS,
    "status", "state", "publish",
)  # fmt: skip
MOVED_COLUMNS = ("version", *(f.name for f in fields(Change)))
MOVES = re.compile(r"(?i)practice (?:results|numbers)[^.]*\bmove\b")
NEITHER = re.compile(r"(?i)do(?:es)? not move|none move")


def inputs(folder: Path) -> None:
    """Sample, population totals and submissions of both waves, from the seed alone: 40 hamlets of 6 households a wave."""
    made = practice(load_places(province_folder()), SEED, psus=40, households=6, reserves=1)
    write_practice(made, folder)
    (folder / "margins.csv").write_bytes(targets_bytes(_totals(made)))
    for wave in WAVES:
        drawn = [d for d in made.sample if d.wave == wave and d.status == "main"]
        world.write_xml([world.interview(d, SEED) for d in drawn], folder / str(wave))


def _totals(made: Practice) -> Targets:
    """Residents aged 15 or over by sex, band and stratum: shares fixed here, of the persons that the frame lists."""
    rows = []
    for wave in WAVES:
        for stratum in sorted({h.stratum for h in made.frame.hamlets}):
            persons = 0.76 * sum(h.persons for h in made.frame.hamlets if h.stratum == stratum)
            for (sex, a), (band, b) in product(SEXES.items(), BANDS.items()):
                category = f"{sex}*{band}*{stratum}"
                rows.append(Total(wave, "sex*agegroup*stratum_2026", category, round(persons * a * b), STAMP, DAY))
    return Targets(tuple(rows))


def given(folder: Path, *waves: int) -> Given:
    """What a run of some waves is given."""
    return Given({w: folder / str(w) for w in waves}, folder / "sample.csv")


def report_of_both(folder: Path, sealed: Baseline) -> Results:
    """Both waves, held against a sealed baseline: DATA-217 when one of its numbers is not repeated."""
    return analyse(given(folder, *WAVES), sealed=sealed).results


def line_of(row: Row) -> dict[str, str]:
    """One published row as it stands in the file."""
    domain = ";".join(f"{k}={v}" for k, v in row.domain)
    told = {name: getattr(row, name) for name in COLUMNS if name not in ("key", "domain")} | {"key": row.key, "domain": domain}
    return {name: "" if told[name] is None else str(told[name]) for name in COLUMNS}


def row_of(line: Mapping[str, str]) -> Row:
    """The row that a line of the file says; ValueError when its key is not that of its names."""
    told: dict[str, Any] = {k: v for k, v in line.items() if k not in ("key", "domain")}
    told |= {n: float(line[n]) if line[n] else None for n in ("estimate", "se", "lower", "upper")}
    told |= {"n": int(line["n"]), "wave": int(line["wave"]), "base_wave": int(line["base_wave"]) if line["base_wave"] else None}
    pairs = [part.split("=", 1) for part in line["domain"].split(";") if part]
    row = Row(**told, domain=tuple((k, v) for k, v in pairs))
    if row.key != line["key"]:
        raise ValueError(f"{line['key']}: {row.key}")
    return row


def shown(results: Results) -> dict[str, dict[str, str]]:
    """Key -> line, of every row that may leave; how the weights were made is not repeated here."""
    kept = [r for r in public(results).rows if r.publish != "hide" and r.kind != "diagnostic"]
    return {r.key: line_of(r) for r in sorted(kept, key=lambda r: r.key)}


def read_table(path: Path) -> list[dict[str, str]]:
    """The lines of a table of this folder."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table_bytes(columns: Sequence[str], lines: Sequence[Mapping[str, object]]) -> bytes:
    """A table of this folder."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode()


def sealed_again(folder: Path) -> Baseline:
    """The baseline computed alone, kept and sealed just now, below `folder`."""
    run_kept(given(folder, 2026), None, folder / "runs", day=DAY, command=("bdg",))
    return seal(folder / "runs" / f"{DAY.isoformat()}_01", document=DOCUMENT, day=DAY)[0]


def unsaid(changelog: str, moved: Sequence[Mapping[str, str]]) -> list[str]:
    """Versions whose numbers moved though their changelog entry does not say that the practice results move."""
    entries = {part.split("]", 1)[0].lstrip("["): part for part in re.split(r"(?m)^## ", changelog)[1:]}
    lines = {v: _affected(entries[v]) for v in {m["version"] for m in moved} if v in entries}
    return sorted(v for v in {m["version"] for m in moved} if not MOVES.search(lines.get(v, "")) or NEITHER.search(lines[v]))


def _affected(entry: str) -> str:
    """The line on published numbers, up to the first empty line or heading."""
    found = re.search(r"(?ms)^(?:- )?Published numbers affected: (.*?)(?:\n\n|\n#|\Z)", entry)
    return " ".join(found.group(1).split()) if found else ""
