"""One case, every backend: frames, Parquet, DuckDB tables and CSV answer every request alike, and as a plain loop does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.backends import StreamSource, duck_source, frame_source, parquet_source
from analysis.backends.database import SqlSource
from analysis.design import Design
from analysis.totals import TotalsSource
from tests.analysis.backend_cases import (
    BAD,
    DESIGNS,
    EVERYTHING,
    PLAIN,
    REQUESTS,
    UNITS,
    agree,
    matches_the_oracle,
    people,
    refused,
)
from tests.analysis.duck_sql import DuckDatabase

Place = Callable[[pd.DataFrame, Design, Path], TotalsSource]


@dataclass(frozen=True, eq=False)
class Batches:
    """A table in small pieces."""

    table: pa.Table
    rows: int

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.table.column_names)

    def batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        for begin in range(0, self.table.num_rows, self.rows):
            yield self.table.select(list(columns)).slice(begin, self.rows)


def _frame(data: pd.DataFrame, design: Design, _: Path) -> TotalsSource:
    return frame_source(data, design)


def _categories(data: pd.DataFrame, design: Design, _: Path) -> TotalsSource:
    """Text as categories, one of them unused, numbers as nullable ones."""
    text = [name for name in data.columns if data[name].dtype == "str"]
    held = data.astype(dict.fromkeys(text, "category")).astype(
        {"yes": "Int8", "y": "Float64"} if data["y"].dtype == float else {}
    )
    if "sex" in held:
        held["sex"] = held["sex"].cat.add_categories(["unused"])
    return frame_source(held, design)


def _objects(data: pd.DataFrame, design: Design, _: Path) -> TotalsSource:
    text = [name for name in data.columns if data[name].dtype == "str"]
    return frame_source(data.astype(dict.fromkeys(text, object)), design)


def _parquet(data: pd.DataFrame, design: Design, folder: Path) -> TotalsSource:
    """Two files in small row groups, so that levels and units keep appearing."""
    cut = len(data) // 3
    for i, some in enumerate((data.iloc[:cut], data.iloc[cut:])):
        table = pa.Table.from_pandas(some.assign(N=some["N"].astype(float)) if "N" in some else some, preserve_index=False)
        pq.write_table(table, folder / f"part{i}.parquet", row_group_size=7)
    return parquet_source(folder, design)


def _table(data: pd.DataFrame, design: Design, _: Path) -> TotalsSource:
    connection = duckdb.connect()
    connection.register("given", pa.Table.from_pandas(data, preserve_index=False))
    connection.execute('create table "the people" as select * from given')
    return duck_source(connection, design, '"the people"')


def _duck_parquet(data: pd.DataFrame, design: Design, folder: Path) -> TotalsSource:
    data.to_parquet(folder / "people.parquet", index=False)
    return duck_source(folder / "people.parquet", design)


def _csv(data: pd.DataFrame, design: Design, folder: Path) -> TotalsSource:
    data.astype({"score": float}).to_csv(folder / "people.csv", index=False)
    return duck_source(folder / "people.csv", design)


def _sql(data: pd.DataFrame, design: Design, _: Path) -> TotalsSource:
    """What Spark is asked, asked of DuckDB."""
    connection = duckdb.connect()
    connection.register("given", pa.Table.from_pandas(data, preserve_index=False))
    return SqlSource(DuckDatabase(connection, "given"), design)


PLACES: dict[str, Place] = {
    "frame": _frame, "categories": _categories, "objects": _objects, "parquet": _parquet, "duckdb table": _table,
    "duckdb parquet": _duck_parquet, "csv": _csv,
    "grouping sets": _sql,
}  # fmt: skip


@pytest.mark.parametrize("request_name", REQUESTS)
def test_a_frame_answers_as_the_plain_loop_does(request_name: str) -> None:
    matches_the_oracle(frame_source(people(), PLAIN), people(), REQUESTS[request_name], ("wave", "stratum", "psu"))


@pytest.mark.parametrize("place", [name for name in PLACES if name != "frame"])
@pytest.mark.parametrize("request_name", REQUESTS)
def test_every_place_answers_as_the_frame_does(place: str, request_name: str, tmp_path: Path) -> None:
    request = REQUESTS[request_name]
    agree(PLACES[place](people(), PLAIN, tmp_path).totals(request), frame_source(people(), PLAIN).totals(request))


@pytest.mark.parametrize("place", [name for name in PLACES if name != "frame"])
@pytest.mark.parametrize("design_name", DESIGNS)
def test_every_design_is_numbered_alike(place: str, design_name: str, tmp_path: Path) -> None:
    design, request = DESIGNS[design_name], REQUESTS["many at once"]
    data = people().assign(house=people()["psu"] + people()["house"]) if design_name == "every row a unit" else people()
    agree(PLACES[place](data, design, tmp_path).totals(request), frame_source(data, design).totals(request))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused_with_the_same_code(place: str, what: str, tmp_path: Path) -> None:
    code, data, design = BAD[what]
    assert refused(lambda held, drawn: PLACES[place](held, drawn, tmp_path), data, design, EVERYTHING) == code


@pytest.mark.parametrize("place", PLACES)
def test_arrays_are_alike(place: str, tmp_path: Path) -> None:
    columns = ["y", "yes", "score", "age", "answer", "wave", "level"]
    wanted = frame_source(people(), PLAIN).arrays(columns)
    found = PLACES[place](people(), PLAIN, tmp_path).arrays(columns)
    assert list(found) == columns
    for name in columns:
        assert found[name].dtype == wanted[name].dtype
        if wanted[name].dtype == object:
            assert found[name].tolist() == wanted[name].tolist()
        else:
            np.testing.assert_array_equal(found[name], wanted[name])


@pytest.mark.parametrize("place", PLACES)
def test_two_stages_keep_their_sizes_and_the_silent_units(place: str, tmp_path: Path) -> None:
    found = PLACES[place](people(), DESIGNS["two stages"], tmp_path).totals(REQUESTS["everybody"])
    assert {key[:3] for key in found.keys} == set(UNITS)
    assert [key for key in found.keys if key[3] == ""] == [(*UNITS[2], ""), (*UNITS[13], "")]
    assert found.sizes is not None
    assert set(found.sizes[:, 0]) == {60.0}
    assert set(found.sizes[:, 1]) == {1.0, 20.0}


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(0, 200), st.sampled_from(sorted(REQUESTS)))
def test_random_people_in_a_frame_and_in_row_groups(seed: int, n: int, request_name: str) -> None:
    data, request = people(seed, n), REQUESTS[request_name]
    design = PLAIN
    batches = Batches(pa.Table.from_pandas(data, preserve_index=False), 1 + seed % 60)
    agree(StreamSource(batches, design).totals(request), frame_source(data, design).totals(request))
