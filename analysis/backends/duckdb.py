"""Microdata where DuckDB can read them: its tables, CSV files, views.  Imports duckdb late and the stream; no statistics.

Totals come from streaming Arrow batches into the kernel, not from GROUPING SETS in SQL, which took several times as long
(docs/backends.md).  Columns are named as quoted identifiers; no value of a request is ever put into SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from ..design import Design
from .stream import StreamSource

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

ROWS = 1 << 17


@dataclass(frozen=True, eq=False)
class DuckReader:
    """A relation of DuckDB: a table, a view, a file or any query."""

    relation: DuckDBPyRelation

    @property
    def names(self) -> tuple[str, ...]:
        """The columns there are."""
        return tuple(self.relation.columns)

    def batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """The relation's rows, streamed; DuckDB keeps no more of them than its buffers."""
        chosen = self.relation.project(", ".join(map(quoted, columns)))
        for batch in chosen.to_arrow_reader(ROWS):
            yield pa.Table.from_batches([batch])


def duck_source(
    data: DuckDBPyConnection | DuckDBPyRelation | str | Path, design: Design, table: str = ""
) -> StreamSource:  # fmt: skip
    """Microdata in DuckDB under a design.  Checked when it is first asked.

    data: a connection (with table, a name or schema.name), a relation, or the path of a .csv or .parquet file (globs
    too) or of a DuckDB file (with table), which is opened to be read only.
    """
    return StreamSource(DuckReader(relation(data, table)), design)


def relation(data: DuckDBPyConnection | DuckDBPyRelation | str | Path, table: str = "") -> DuckDBPyRelation:
    """The relation meant."""
    import duckdb

    if isinstance(data, duckdb.DuckDBPyRelation):
        return data
    if isinstance(data, duckdb.DuckDBPyConnection):
        return data.table(table)
    path = Path(data)
    if path.suffix == ".parquet":
        return duckdb.connect().read_parquet(str(path))
    if path.suffix in (".csv", ".gz", ".tsv"):
        return duckdb.connect().read_csv(str(path))
    return duckdb.connect(str(path), read_only=True).table(table)


def quoted(name: str) -> str:
    """An identifier of SQL, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
