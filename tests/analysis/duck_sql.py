"""The SQL that Spark runs, run on DuckDB: the same query in another dialect, so that it is tested without Spark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from analysis.backends.sql import DUCKDB, NUMERIC, TEXT, TRUTH, Dialect


@dataclass(frozen=True, eq=False)
class DuckDatabase:
    """A DuckDB table as a `Database`."""

    connection: DuckDBPyConnection
    table: str

    @property
    def dialect(self) -> Dialect:
        return DUCKDB

    @property
    def kinds(self) -> Mapping[str, str]:
        found = self.connection.sql(f"SELECT * FROM {self.table} LIMIT 0")
        named = zip(found.columns, map(str, found.types), strict=True)
        return {name: TEXT if kind == "VARCHAR" else TRUTH if kind == "BOOLEAN" else NUMERIC for name, kind in named}

    def run(self, query: str) -> Mapping[str, Sequence[Any]]:
        answer = self.connection.sql(query)
        rows = answer.fetchall()
        return {name: [row[j] for row in rows] for j, name in enumerate(answer.columns)}

    def arrays(self, columns: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        found = self.run(f"SELECT {', '.join(map(DUCKDB.name, columns))} FROM {self.table}")
        kinds = self.kinds
        return {
            name: np.array([np.nan if v is None else float(v) for v in values])
            if kinds[name] != TEXT
            else np.array(values, dtype=object)
            for name, values in found.items()
        }
