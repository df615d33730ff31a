"""The steps of the weighting chain that are repeated for every replicate, on arrays: response, calibration <-> trimming.

Imports numpy, classes, cycle, distances and units.  Weights, households' places and categories as numbers; no columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..units import FloatArray, IntArray
from .classes import ResponseClasses
from .cycle import Cells, Cycled, cycle
from .distances import Distance


@dataclass(frozen=True, eq=False)
class Chain:
    """All that the chain needs, as arrays, and does not change from replicate to replicate.

    start: (n,) base times household factor.  home: (n,) row of each person's household.  base: (H,) households' base weights.
    cells: wave -> controls, none where a wave is not calibrated.  stratum: (n,) number of the sampling stratum in its wave.
    """

    start: FloatArray
    home: IntArray
    base: FloatArray
    wave: IntArray
    stratum: IntArray
    classes: ResponseClasses | None
    cells: Mapping[int, Cells]
    distance: Distance
    trim: float | None

    def response(self, times: FloatArray) -> FloatArray:
        """Response factors (n, R) when households count (H, R) times; 1 for people who are not drawn."""
        if self.classes is None:
            return np.ones((len(self.home), times.shape[1]))
        factor = self.classes.factors(self.base[:, None] * times)[self.home]
        return np.where(times[self.home] > 0, factor, 1.0)

    def cycled(self, times: FloatArray) -> tuple[FloatArray, dict[int, Cycled]]:
        """Response factors (n, R) and, wave by wave, calibration and trimming."""
        answered = self.response(times)
        made = {}
        for t in np.unique(self.wave).tolist():
            at = np.flatnonzero(self.wave == t)
            start = self.start[at, None] * answered[at]
            counted = times[self.home[at]]
            made[int(t)] = cycle(start, counted, self.cells.get(int(t)), self.stratum[at], self.distance, self.trim)
        return answered, made
