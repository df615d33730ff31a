"""Limits of the checks of answers and people (limits.yaml), each with its reason.  Imports yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("limits.yaml")


@cache
def limits() -> Mapping[str, Mapping[str, Any]]:
    """Every limit: value, unit, why {vi, en}, source."""
    import yaml

    found: Mapping[str, Mapping[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def limit(name: str) -> float:
    """The value of a limit.  KeyError for a name that is not in limits.yaml."""
    return float(limits()[name]["value"])
