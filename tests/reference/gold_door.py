"""The names of the public door that this runner asks."""

from __future__ import annotations

from analysis import Design, Lonely, estimate
from analysis.calibration import calibrate
from analysis.change import change
from analysis.compare import compare
from analysis.design import Pps, Replicates
from analysis.models.glm import glm
from analysis.reliability import reliability
from analysis.replicates import replicate
from analysis.tables import tabulate
from analysis.trimming import trim

__all__ = [
    "Design",
    "Lonely",
    "Pps",
    "Replicates",
    "calibrate",
    "change",
    "compare",
    "estimate",
    "glm",
    "reliability",
    "replicate",
    "tabulate",
    "trim",
]
