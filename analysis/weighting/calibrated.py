"""What a change of weights leaves behind: the frame, the design that knows of it, and a log of what was done.

Imports numpy and design; pandas only when a frame is asked for.  The log holds counts, weights and row positions, never
a person's values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..design import Design
from ..units import FloatArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Control:
    """One control total: its name, the total wanted, and the weighted sum of the sample before and after."""

    name: str
    total: float
    before: float
    after: float


@dataclass(frozen=True)
class Step:
    """What was done to the weights of one wave (wave 0: all rows together).

    low, high: people whose ratio after/before stands at a bound.  redundant: controls that follow from the others.
    kish_*: n sum w^2 / (sum w)^2, the part of the design effect due to unequal weights (Kish 1965).
    trimmed: positions of the rows that were trimmed.  notes: what else must be known, Vietnamese | English.
    """

    wave: int
    kind: str
    people: int
    controls: tuple[Control, ...]
    redundant: int
    iterations: int
    low: int
    high: int
    ratio_min: float
    ratio_max: float
    weight_min: float
    weight_max: float
    total_before: float
    total_after: float
    kish_before: float
    kish_after: float
    trimmed: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def record(self) -> dict[str, Any]:
        """The step as one flat row."""
        lists = {"controls": len(self.controls), "trimmed": len(self.trimmed), "notes": "; ".join(self.notes)}
        return {**asdict(self), **lists}


@dataclass(frozen=True, eq=False)
class Calibrated:
    """data: a copy with the new weight column (and replicate columns); design: reads it and knows the step; log."""

    data: pd.DataFrame
    design: Design
    log: tuple[Step, ...]

    @property
    def steps(self) -> pd.DataFrame:
        """The log, one row a step."""
        import pandas as pd

        return pd.DataFrame([step.record for step in self.log])

    @property
    def controls(self) -> pd.DataFrame:
        """Every control: wave, name, total, before, after."""
        import pandas as pd

        return pd.DataFrame([{"wave": step.wave, **asdict(c)} for step in self.log for c in step.controls])

    def _repr_html_(self) -> str:
        return str(self.steps.to_html(index=False)) + str(self.controls.to_html(index=False))


def kish(weight: FloatArray) -> float:
    """1 + the squared coefficient of variation of the weights."""
    total = float(weight.sum())
    return float(len(weight) * (weight @ weight) / total**2) if total else float("nan")


def step_of(
    wave: int, kind: str, before: FloatArray, after: FloatArray, controls: Sequence[Control] = (), *,
    redundant: int = 0, iterations: int = 0, bounds: tuple[float, float] = (-np.inf, np.inf),
    trimmed: Sequence[int] = (), notes: Sequence[str] = (),
) -> Step:  # fmt: skip
    """The log entry of one wave's weights (n,) before and after."""
    ratio = after / np.where(before > 0, before, np.nan)
    edge = 1e-9
    return Step(
        wave=wave,
        kind=kind,
        people=len(after),
        controls=tuple(controls),
        redundant=redundant,
        iterations=iterations,
        low=int((ratio <= bounds[0] * (1 + edge)).sum()) if bounds[0] > 0 else 0,
        high=int((ratio >= bounds[1] * (1 - edge)).sum()),
        ratio_min=float(np.nanmin(ratio)),
        ratio_max=float(np.nanmax(ratio)),
        weight_min=float(after.min()),
        weight_max=float(after.max()),
        total_before=float(before.sum()),
        total_after=float(after.sum()),
        kish_before=kish(before),
        kish_after=kish(after),
        trimmed=tuple(trimmed),
        notes=tuple(notes),
    )


def with_columns(data: pd.DataFrame, columns: dict[str, FloatArray]) -> pd.DataFrame:
    """A copy of the frame with new columns, put beside it in one go."""
    import pandas as pd

    return pd.concat([data, pd.DataFrame(columns, index=data.index)], axis=1)
