"""Microdata on a Spark cluster: Spark sums, only sums come back.  Imports pyspark late, sql and database; no statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from ..design import Design
from .codes import text
from .database import Answer, SqlSource
from .sql import NUMERIC, SPARK, TEXT, TRUTH, Dialect

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

NUMBERS = ("ByteType", "ShortType", "IntegerType", "LongType", "FloatType", "DoubleType", "DecimalType")


@dataclass(frozen=True, eq=False)
class Spark:
    """A Spark frame, seen by SQL as a view of a name of its own."""

    people: DataFrame
    table: str

    @property
    def dialect(self) -> Dialect:
        """How Spark writes SQL."""
        return SPARK

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Column -> number, text or truth."""
        return {field.name: _kind(type(field.dataType).__name__) for field in self.people.schema.fields}

    def run(self, query: str) -> Answer:
        """The answer of a query, collected."""
        answer = self.people.sparkSession.sql(query)
        rows = answer.collect()
        return {name: [row[j] for row in rows] for j, name in enumerate(answer.columns)}

    def arrays(self, columns: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Named arrays, collected to the driver."""
        wanted = [SPARK.name(name) for name in columns]
        rows = self.people.select(*wanted).collect()
        return {name: _array([row[j] for row in rows], self.kinds[name]) for j, name in enumerate(columns)}


def spark_source(people: DataFrame, design: Design) -> SqlSource:
    """A Spark frame under a design.  Checked when it is first asked; the extra `spark` installs pyspark."""
    view = f"people_{uuid4().hex}"
    people.createOrReplaceTempView(view)
    return SqlSource(Spark(people, view), design)


def _kind(name: str) -> str:
    return NUMERIC if name in NUMBERS else TRUTH if name == "BooleanType" else TEXT


def _array(values: Sequence[Any], kind: str) -> NDArray[Any]:
    if kind in (NUMERIC, TRUTH):
        return np.array([np.nan if v is None else float(v) for v in values])
    out = np.empty(len(values), dtype=object)
    out[:] = [None if v is None else text(v) for v in values]
    return out
