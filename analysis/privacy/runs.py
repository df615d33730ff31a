"""A file that a run left, without a person: the table formats of runs beside the formats of exports (stripped).

Imports stripped and (inside) pandas.  The one place here that reads Parquet.
"""

from __future__ import annotations

import io
from collections.abc import Collection

from .stripped import without


def rows_without(name: str, body: bytes, marks: Collection[str]) -> bytes | None:
    """As stripped.without; of a Parquet table the rows that bear one of the marks in any text column go."""
    if not name.endswith(".parquet"):
        return without(name, body, marks)
    import pandas as pd

    table = pd.read_parquet(io.BytesIO(body))
    texts = [c for c in table.columns if not pd.api.types.is_numeric_dtype(table[c])]
    hit = table[texts].map(lambda cell: isinstance(cell, str) and _bare(cell) in marks).any(axis=1)
    if not hit.any():
        return body
    out = io.BytesIO()
    table[~hit].reset_index(drop=True).to_parquet(out, index=False)
    return out.getvalue()


def _bare(cell: str) -> str:
    return cell.removeprefix("uuid:").lower()
