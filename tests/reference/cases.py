"""Reads tests/reference/<name>: the data as a frame and R's results as dictionaries."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).parent


@cache
def data(name: str) -> pd.DataFrame:
    """The data; codes as text, numbers as float."""
    return pd.read_csv(HERE / name / "data.csv", dtype={"psu": str, "cds": str, "dnum": str, "stratum": str})


def results(name: str, *stats: str) -> list[dict[str, Any]]:
    """The entries of these kinds, in file order."""
    entries: list[dict[str, Any]] = json.loads((HERE / name / "expected.json").read_text(encoding="utf-8"))["results"]
    return [entry for entry in entries if entry["stat"] in stats]


def name_of(entry: dict[str, Any]) -> str:
    """The test id: R's entry and its call."""
    return f"{entry['id']} {entry['stat']}"
