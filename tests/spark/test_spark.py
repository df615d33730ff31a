"""Spark answers every request as a frame does, refuses what a frame refuses, and gives the same arrays.

Runs in an environment of its own (`make spark`): the lock of the project holds no Spark.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.backends import frame_source, spark_source
from analysis.design import Design
from analysis.totals import TotalsSource
from tests.analysis.backend_cases import BAD, DESIGNS, EVERYTHING, PLAIN, REQUESTS, agree, people, refused

Make = Callable[[pd.DataFrame, Design], TotalsSource]


@pytest.fixture(scope="session")
def make(spark: Any) -> Make:
    """A frame as a Spark frame of two partitions; NaN as null."""

    def made(data: pd.DataFrame, design: Design) -> TotalsSource:
        rows = [tuple(map(_plain, row)) for row in data.astype(object).itertuples(index=False, name=None)]
        return spark_source(spark.createDataFrame(rows, schema=_schema(data)).repartition(2), design)

    return made


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _schema(data: pd.DataFrame) -> Any:
    from pyspark.sql import types

    def kind(column: pd.Series[Any]) -> Any:
        if column.dtype == np.float32:
            return types.FloatType()
        if column.dtype == np.int8:
            return types.ByteType()
        if column.dtype.kind == "i":
            return types.LongType()
        return types.DoubleType() if column.dtype.kind == "f" else types.StringType()

    return types.StructType([types.StructField(str(name), kind(data[name])) for name in data.columns])


@pytest.mark.parametrize("request_name", REQUESTS)
def test_spark_answers_as_the_frame_does(make: Make, request_name: str) -> None:
    request = REQUESTS[request_name]
    agree(make(people(), PLAIN).totals(request), frame_source(people(), PLAIN).totals(request))


@pytest.mark.parametrize("design_name", [name for name in DESIGNS if name != "every row a unit"])
def test_every_design_is_numbered_alike(make: Make, design_name: str) -> None:
    design, request = DESIGNS[design_name], REQUESTS["many at once"]
    agree(make(people(), design).totals(request), frame_source(people(), design).totals(request))


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused_with_the_same_code(make: Make, what: str) -> None:
    code, data, design = BAD[what]
    assert refused(make, data, design, EVERYTHING) == code


def test_arrays_are_alike_in_any_order(make: Make) -> None:
    columns = ["w", "y", "yes", "answer", "level"]
    sources = make(people(), PLAIN), frame_source(people(), PLAIN)
    found, wanted = (pd.DataFrame(dict(s.arrays(columns))).sort_values("w", ignore_index=True) for s in sources)
    pd.testing.assert_frame_equal(found, wanted)
