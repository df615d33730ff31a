"""The latent awareness behind scored items: practice.yaml, and the chance of each answer given it.

Imports reading and the codebook.  No figure here says anything about a real place or person.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from ..codebook import Variable
from ..reading import plain, read_yaml

STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
MODEL = Path(__file__).with_name("practice.yaml")


@cache
def read_model(path: Path = MODEL) -> Mapping[str, Any]:
    """The parameters of the invented population (practice.yaml)."""
    found = plain(read_yaml(path))
    return dict(found) if isinstance(found, dict) else {}


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), safe at both ends."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def difficulty(model: Mapping[str, Any], scale: str, number: int, items: int) -> float:
    """The difficulty of item `number` of `items` in a scale, evenly spread around 0."""
    spread = float(model["spread"])
    return -spread + 2 * spread * number / max(items - 1, 1) if scale else 0.0


def right_share(model: Mapping[str, Any], scale: str, theta: float, number: int, items: int) -> float:
    """P(right answer | theta) of a right/wrong item."""
    return logistic(model["offset"][scale] + model["slope"][scale] * theta - difficulty(model, scale, number, items))


def likert(model: Mapping[str, Any], theta: float, number: int, items: int) -> list[float]:
    """P(answer >= 2), ..., P(answer >= 5) of an attitude item in the egalitarian direction, falling."""
    base = model["offset"]["A"] + model["slope"]["A"] * theta - difficulty(model, "A", number, items)
    return [logistic(base + step) for step in model["likert_steps"]]


def scored(model: Mapping[str, Any], rng: Random, item: Variable, theta: float, number: int, items: int, day: date) -> str:
    """One scored answer of a person with this awareness."""
    scale = str(item.scale)
    if rng.random() < float(model["no_answer"][scale]):
        return "ref"
    if scale == "A":
        u, steps = rng.random(), likert(model, theta, number, items)
        level = 1 + sum(u < p for p in steps)
        return str(6 - level if item.reverse else level)
    right = item.right_answer(day)
    if rng.random() < right_share(model, scale, theta, number, items):
        return str(right)
    if rng.random() < float(model["dont_know"]):
        return "dk"
    return rng.choice([c.code for c in item.choices if c.why is None and c.code != right])
