"""Places microdata may live in.  Statistics meet them only as a TotalsSource."""

from __future__ import annotations

import pandas as pd

from ..design import Design
from ..totals import TotalsSource
from .frames import FrameSource, frame_source

Data = pd.DataFrame | TotalsSource


def source(data: Data, design: Design) -> TotalsSource:
    """The data as a TotalsSource; a frame is checked against the design, which is then the one its sums follow."""
    return frame_source(data, design) if isinstance(data, pd.DataFrame) else data


__all__ = ["Data", "FrameSource", "frame_source", "source"]
