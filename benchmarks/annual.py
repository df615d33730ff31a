"""The annual report's work, timed: 21 outcomes, 8 breakdowns, 2 waves, every change with its SE (21 x 33 = 693 numbers).

    python benchmarks/annual.py --rows 10000 --peers            # in memory, beside svy and R survey where they are
    python benchmarks/annual.py --rows 1000000 --source parquet # beside DuckDB's single GROUP BY on the same file
    python benchmarks/annual.py --rows 100000000 --source parquet --dir out/annual --repeat 1

People are invented: two waves, 12 strata, 240 hamlets a wave of which 60 % are in both, 14 yes/no outcomes (int8) and 7
scores (float32, one decimal), 8 breakdowns of 2 to 6 levels as text.  Everything from the frame (or file) in hand to the
last SE is timed: numbering the units, the sums, the changes.  Each figure is the least of --repeat runs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file: the rooms lie beside benchmarks/

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis import Design, Lonely, change
from analysis.backends import duck_source, frame_source, parquet_source
from analysis.backends.duckdb import relation
from analysis.totals import LEAN, Request, TotalsSource

HERE = Path(__file__).parent
LEVELS = (2, 3, 4, 5, 6, 2, 6, 4)
OUTCOMES = tuple(f"y{i:02d}" for i in range(21))
BREAKDOWNS = tuple(f"b{i}" for i in range(8))
BY: list[list[str]] = [[], *([b] for b in BREAKDOWNS)]
DESIGN = Design("stratum", "psu", "w", "wave", Lonely("certainty", "certainty"), "domain")
PSUS, STRATA, KEPT = 240, 12, 144
PIECE = 1_000_000
FIRST = {10_000: (3.4, 1.2), 100_000: (8.5, 5.5), 1_000_000: (88.5, 48.1)}


def people(rows: int, seed: int, missing: float) -> pd.DataFrame:
    """Some of the people; the two waves are mixed."""
    rng = np.random.default_rng([2026, seed])
    late = rng.random(rows) < 0.5
    psu = rng.integers(0, PSUS, rows)
    psu = np.where(late & (psu >= KEPT), psu + PSUS, psu)
    base = np.random.default_rng(1).uniform(50, 300, 2 * PSUS)
    data: dict[str, Any] = {
        "wave": np.where(late, 2030, 2026).astype(np.int16),
        "stratum": _text("H", psu % STRATA),
        "psu": _text("T", psu),
        "w": base[psu] * rng.integers(1, 5, rows),
    }
    data |= {b: _text("g", rng.integers(0, levels, rows)) for b, levels in zip(BREAKDOWNS, LEVELS, strict=True)}
    effect = np.random.default_rng(2).normal(0, 0.06, 2 * PSUS)[psu] + 0.05 * late
    for i, name in enumerate(OUTCOMES):
        chance = 0.3 + 0.015 * i + effect
        if i < 14:
            values = (rng.random(rows) < chance).astype(np.int8)
            data[name] = values
        else:
            data[name] = np.round(100 * np.clip(chance + rng.normal(0, 0.2, rows), 0, 1), 1).astype(np.float32)
        if missing:
            data[name] = np.where(rng.random(rows) < missing, np.float32("nan"), data[name].astype(np.float32))
    return pd.DataFrame(data)


def _text(letter: str, codes: Any) -> Any:
    names = pa.array([f"{letter}{i:03d}" for i in range(int(codes.max()) + 1 if len(codes) else 1)])
    return pd.Series(pd.array(names.take(pa.array(codes)), dtype="str"))


def written(folder: Path, rows: int, missing: float) -> Path:
    """The Parquet file of so many rows, made piece by piece when it is not there."""
    path = folder / f"annual-{rows}{'-missing' if missing else ''}.parquet"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    writer: pq.ParquetWriter | None = None
    for seed, begin in enumerate(range(0, rows, PIECE)):
        table = pa.Table.from_pandas(people(min(PIECE, rows - begin), seed, missing), preserve_index=False)
        writer = writer or pq.ParquetWriter(part, table.schema)
        writer.write_table(table, row_group_size=122_880)
    if writer:
        writer.close()
    part.rename(path)
    return path


def least(repeat: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """The least wall time of some runs, and the last result."""
    best, made = float("inf"), None
    for _ in range(repeat):
        begin = time.perf_counter()
        made = work()
        best = min(best, time.perf_counter() - begin)
    return best, made


def report(data: Any) -> Any:
    """The work: every change with its SE."""
    found = change(data, DESIGN, list(OUTCOMES), wave=2030, base=2026, by=BY, reading="points")
    se = np.asarray(found.columns["se"], dtype=np.float64)
    if len(se) != 693 or not np.isfinite(se).all():
        raise RuntimeError(f"{np.isfinite(se).sum()} of 693 changes have an SE")
    return found


def timed(name: str, repeat: int, source: Callable[[], TotalsSource], data: Callable[[], Any]) -> tuple[float, Any]:
    """Print the sums alone and the whole work."""
    request = Request(OUTCOMES, tuple(map(tuple, BY)), sums=LEAN)
    sums, _ = least(repeat, lambda: source().totals(request))
    whole, table = least(repeat, lambda: report(data()))
    print(f"{name:28s} sums {sums:8.3f} s   whole work {whole:8.3f} s")
    return whole, table


def grouped(path: Path, repeat: int) -> float:
    """DuckDB's single GROUP BY wave, stratum, psu and one breakdown, with the same aggregates."""
    sums = ", ".join(f"count({y}), sum(case when {y} is null then 0 else w end), sum(w * {y})" for y in OUTCOMES)
    seconds, _ = least(
        repeat, lambda: relation(path).aggregate(f"wave, stratum, psu, b0, {sums}", "wave, stratum, psu, b0").to_arrow_table()
    )
    print(f"{'DuckDB, one GROUP BY':28s} {seconds:13.3f} s")
    return seconds


def grouping_sets(path: Path, repeat: int) -> float:
    """All groupings in DuckDB by GROUPING SETS."""
    ids = "wave, stratum, psu"
    sums = ", ".join(f"count({y}), sum(w * {y})" for y in OUTCOMES) + ", sum(w)"
    sets = ", ".join([f"({ids})", *(f"({ids}, {b})" for b in BREAKDOWNS)])
    wanted = f"{ids}, {', '.join(BREAKDOWNS)}, {sums}"
    seconds, _ = least(repeat, lambda: relation(path).aggregate(wanted, f"GROUPING SETS ({sets})").to_arrow_table())
    print(f"{'DuckDB, GROUPING SETS':28s} {seconds:13.3f} s")
    return seconds


def peers(frame: pd.DataFrame, table: pd.DataFrame, ours: float, python: str, rscript: str | None, repeat: int) -> None:
    """Svy and R survey on the same people: their seconds, the ratio to ours, and whether the changes agree."""
    rows = len(frame)
    repeat = min(repeat, max(1, 300_000 // rows))
    print(f"context, not measured here: first figures on 2 cores at {rows}: " + _first(rows))
    with tempfile.TemporaryDirectory() as folder:
        if python:
            path = Path(folder) / "people.parquet"
            frame.to_parquet(path, index=False)
            _peer("svy", [python, str(HERE / "annual_svy.py"), str(path), str(repeat)], table, ours)
        if rscript:
            path = Path(folder) / "people.csv"
            frame.to_csv(path, index=False, float_format="%.17g")
            _peer("R survey", [rscript, str(HERE / "annual.R"), str(path), str(min(repeat, 3))], table, ours)
        else:
            print("R survey: no Rscript here, not measured")


def _first(rows: int) -> str:
    return "R {} s, svy {} s".format(*FIRST[rows]) if rows in FIRST else "none"


def _peer(name: str, command: list[str], table: pd.DataFrame, ours: float) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{name}: failed\n{done.stderr[-2000:]}")
        return
    told = json.loads(done.stdout.splitlines()[-1])
    theirs = {(c["y"], c["by"], c["level"]): (c["estimate"], c["se"]) for c in told["changes"]}
    near, low, high = _apart(table, theirs)
    print(f"{name:28s} {told['seconds']:13.3f} s   {told['seconds'] / ours:6.1f} times ours   {told['version']}")
    print(f"{'':28s} {len(theirs)} changes; estimates within {near:.1e}; its SE (stacked) over ours {low:.3f}-{high:.3f}")


def _apart(table: pd.DataFrame, theirs: dict[tuple[str, str, str], tuple[float, float]]) -> tuple[float, float, float]:
    """The largest relative distance of the estimates; the range of the ratios of the SEs."""
    far, ratios = 0.0, []
    for row in table.to_dict("records"):
        by = next((b for b in BREAKDOWNS if pd.notna(row[b])), "")
        estimate, se = theirs[row["indicator"], by, row[by] if by else ""]
        far = max(far, abs(estimate - row["estimate"]) / abs(row["estimate"]))
        ratios.append(se / row["se"])
    return far, min(ratios), max(ratios)


def _settings() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--source", choices=("frame", "parquet"), default="frame")
    parser.add_argument("--dir", type=Path, default=Path("out/annual"), help="where Parquet files are made and kept")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--missing", type=float, default=0.0, help="share of each outcome without an answer")
    parser.add_argument("--category", action="store_true", help="text as pandas categories")
    parser.add_argument("--peers", action="store_true", help="time svy and R survey too")
    parser.add_argument("--svy-python", default="", help="a Python that has svy 0.35; by default an environment is made in --dir")
    parser.add_argument("--rscript", default="", help="an Rscript that has survey; by default the one on the path")
    parser.add_argument("--check", action="store_true", help="a file: compare its sums with the frame's")
    return parser.parse_args()


def _svy_python(given: str, folder: Path) -> str:
    """The Python of svy's own environment, made when it is not there."""
    if given:
        return given
    home = folder / "svy"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "svy==0.35.0"], check=True)
    return str(python)


def main() -> None:
    """Make the people, do the work, print the figures."""
    told = _settings()
    print(f"rows {told.rows}, {PSUS} PSUs a wave ({KEPT} in both), {os.cpu_count()} cores, missing {told.missing:g}")
    if told.source == "frame":
        frame = pd.concat(list(_pieces(told.rows, told.missing)), ignore_index=True)
        if told.category:
            frame = frame.astype(dict.fromkeys(("stratum", "psu", *BREAKDOWNS), "category"))
        ours, table = timed("bdg, frame", told.repeat, lambda: frame_source(frame, DESIGN), lambda: frame)
        if told.peers:
            peers(
                frame,
                table.frame,
                ours,
                _svy_python(told.svy_python, told.dir),
                told.rscript or shutil.which("Rscript"),
                told.repeat,
            )
        return
    path = written(told.dir, told.rows, told.missing)
    print(f"on disk {path.stat().st_size / 1e6:.1f} MB")
    ours, _ = timed("bdg, Parquet", told.repeat, lambda: parquet_source(path, DESIGN), lambda: path)
    print(f"peak memory of this process so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    single = grouped(path, told.repeat)
    print(f"{'':28s} the whole work takes {ours / single:.2f} times the single GROUP BY")
    if told.rows <= PIECE:
        timed("bdg, Parquet through DuckDB", told.repeat, lambda: duck_source(path, DESIGN), lambda: duck_source(path, DESIGN))
        grouping_sets(path, told.repeat)
    if told.check:
        request = Request(OUTCOMES, tuple(map(tuple, BY)), sums=LEAN)
        one, other = parquet_source(path, DESIGN).totals(request), frame_source(pd.read_parquet(path), DESIGN).totals(request)
        np.testing.assert_allclose(one.values, other.values, rtol=1e-12)
        print("the file's sums are the frame's to 1e-12")


def _pieces(rows: int, missing: float) -> Iterator[pd.DataFrame]:
    for seed, begin in enumerate(range(0, rows, PIECE)):
        yield people(min(PIECE, rows - begin), seed, missing)


if __name__ == "__main__":
    main()
