"""Places microdata may live in; statistics meet them only as a TotalsSource.  Imports each library when it is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from forms.door import lazy

if TYPE_CHECKING:
    import pandas as pd

    from ..design import Design
    from ..totals import TotalsSource
    from .duckdb import duck_source
    from .files import parquet_source
    from .frames import FrameSource, frame_source
    from .spark import spark_source
    from .stream import StreamSource

    Data = pd.DataFrame | TotalsSource | Path
else:
    Data = Any


def source(data: Data, design: Design) -> TotalsSource:
    """The data as a TotalsSource; a frame is checked against the design, which is then the one its sums follow.

    A path is a Parquet file or a folder of them, or what DuckDB reads (CSV).
    """
    if isinstance(data, Path):
        from .duckdb import duck_source
        from .files import parquet_source

        return parquet_source(data, design) if data.is_dir() or data.suffix == ".parquet" else duck_source(data, design)
    import pandas as pd

    from .frames import frame_source

    return frame_source(data, design) if isinstance(data, pd.DataFrame) else data


_HOME = {
    "duck_source": "duckdb",
    "frame_source": "frames",
    "FrameSource": "frames",
    "parquet_source": "files",
    "spark_source": "spark",
    "StreamSource": "stream",
}

lazy(__name__, _HOME)

__all__ = ["Data", "FrameSource", "StreamSource", "duck_source", "frame_source", "parquet_source", "source", "spark_source"]
