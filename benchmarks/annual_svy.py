"""svy's part of annual.py, run by a Python of its own: every change with its SE, the waves stacked, one JSON line out.

python annual_svy.py people.parquet 3
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
from typing import Any

import polars as pl
import svy

OUTCOMES = [f"y{i:02d}" for i in range(21)]
BREAKDOWNS = ["", *(f"b{i}" for i in range(8))]


def changes(data: pl.DataFrame) -> list[dict[str, Any]]:
    """Means by wave and level, and the contrast of the two waves in each level."""
    sample = svy.Sample(data, svy.Design(stratum="stratum", psu="psu", wgt="w"))
    missing = any(data[y].null_count() for y in OUTCOMES)
    found = []
    for by in BREAKDOWNS:
        levels = sorted(data[by].unique().to_list()) if by else [""]
        keys = {level: ((2026, level), (2030, level)) if by else ((2026,), (2030,)) for level in levels}
        wanted = {level or "all": svy.estd(*now) - svy.estd(*base) for level, (base, now) in keys.items()}
        for y in OUTCOMES:
            made = sample.estimation.mean(y, by=["wave", by] if by else "wave", drop_nulls=missing)
            for row in made.contrast(wanted).to_polars().iter_rows(named=True):
                level = "" if not by else row["contrast"]
                found.append({"y": y, "by": by, "level": level, "estimate": row["est"], "se": row["se"]})
    return found


def main() -> None:
    """Time it."""
    data = pl.read_parquet(sys.argv[1]).with_columns(pl.col(pl.Float32).fill_nan(None))
    best, found = float("inf"), []
    for _ in range(int(sys.argv[2])):
        begin = time.perf_counter()
        found = changes(data)
        best = min(best, time.perf_counter() - begin)
    print(json.dumps({"seconds": best, "version": f"svy {importlib.metadata.version('svy')}", "changes": found}))


if __name__ == "__main__":
    main()
