"""The names of the public door that this runner asks; trimming stands beside the door."""

from __future__ import annotations

from analysis import (
    Design,
    Lonely,
    Pps,
    Replicates,
    calibrate,
    change,
    compare,
    estimate,
    glm,
    reliability,
    replicate,
    tabulate,
)
from analysis.weighting.trimming import trim

__all__ = [
    "Design", "Lonely", "Pps", "Replicates", "calibrate", "change", "compare", "estimate", "glm", "reliability", "replicate",
    "tabulate", "trim",
]  # fmt: skip
