"""Microdata in Parquet files: read by pyarrow, some row groups at a time.  Imports pyarrow and the stream; no statistics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ..design import Design
from .stream import StreamSource

ROWS = 1 << 18
MOST = 1 << 20


@dataclass(frozen=True, eq=False)
class ParquetReader:
    """Parquet files with the same columns, in order."""

    paths: tuple[Path, ...]

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns of the first file."""
        return pq.read_schema(self.paths[0])

    @property
    def names(self) -> tuple[str, ...]:
        """The columns there are."""
        return tuple(self.schema.names)

    def batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Row groups put together to about ROWS rows; larger ones in pieces.  Text comes as codes and their dictionary."""
        text = [
            name
            for name in columns
            if pa.types.is_string(self.schema.field(name).type) or pa.types.is_large_string(self.schema.field(name).type)
        ]
        for path in self.paths:
            with pq.ParquetFile(path, read_dictionary=text, pre_buffer=True) as file:
                for some in _lots([file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]):
                    if len(some) == 1 and file.metadata.row_group(some[0]).num_rows > MOST:
                        for batch in file.iter_batches(ROWS, row_groups=some, columns=list(columns)):
                            yield pa.Table.from_batches([batch])
                    else:
                        yield file.read_row_groups(some, columns=list(columns))


def parquet_source(path: str | Path | Sequence[str | Path], design: Design) -> StreamSource:
    """A Parquet file, a folder of them, or several files, under a design.  Checked when it is first asked."""
    listed = [Path(path)] if isinstance(path, str | Path) else [Path(p) for p in path]
    files = [file for one in listed for file in (sorted(one.glob("*.parquet")) if one.is_dir() else [one])]
    return StreamSource(ParquetReader(tuple(files)), design)


def _lots(sizes: Sequence[int]) -> Iterator[list[int]]:
    """Neighbouring row groups, about ROWS rows together."""
    lot: list[int] = []
    held = 0
    for i, size in enumerate(sizes):
        if lot and held + size > ROWS:
            yield lot
            lot, held = [], 0
        lot.append(i)
        held += size
    if lot:
        yield lot
