"""The kernel's own turns: crossed sets, pieces, threads, levels and units that turn up late, spans too wide for a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.backends import codes, frame_source, frames, gather, kernel, source
from analysis.backends.duckdb import duck_source, quoted
from analysis.backends.kernel import Extent, crossings
from analysis.backends.stream import StreamSource, ahead
from analysis.design import Design, Lonely
from analysis.totals import LEAN, SUMS, Request, Totals
from tests.analysis.backend_cases import PLAIN, REQUESTS, agree, people

DESIGN = Design("stratum", "psu", "w", "wave", Lonely("fail", "fail"), "domain")
REQUEST = Request(("y", "late", "score", ("y", "score")), ((), ("a",), ("b",), ("c",), ("a", "c")), sums=SUMS[:8])


def many(n: int = 60_000, seed: int = 3) -> pd.DataFrame:
    """Enough people for two threads and crossed groupings; `late` has nobody missing until the last rows."""
    rng = np.random.default_rng(seed)
    psu = rng.integers(0, 20, n)
    return pd.DataFrame(
        {
            "wave": rng.choice([2026, 2030], n),
            "stratum": [f"h{p % 3}" for p in psu.tolist()], "psu": [f"p{p}" for p in psu.tolist()],
            "w": rng.uniform(1, 9, n),
            "a": rng.integers(0, 3, n), "b": pd.Categorical.from_codes(rng.integers(-1, 4, n), list("wxyz")),
            "c": rng.choice(np.array(["r", "s", None], dtype=object), n),
            "y": rng.integers(0, 2, n).astype(np.int8),
            "score": np.where(rng.random(n) < 0.1, np.nan, rng.random(n)).astype(np.float32),
            "late": np.where(np.arange(n) > n - 50, np.nan, rng.random(n)),
        }
    )  # fmt: skip


def check(data: pd.DataFrame, found: Totals) -> None:
    """Every sum of every column by pandas."""
    text = {name: data[name].astype(object).map(str).to_numpy() for name in "abc"}
    key = pd.MultiIndex.from_tuples([(k[1], k[2], k[0]) for k in found.keys])
    unit = key.get_indexer(pd.MultiIndex.from_frame(data[["stratum", "psu", "wave"]]))
    w = data["w"].to_numpy()
    for j, column in enumerate(found.columns):
        y, _, x = column.variable.partition("/")
        num, den = data[y].to_numpy(float), data[x].to_numpy(float) if x else np.ones(len(data))
        inside = np.all([text[name] == code for name, code in column.domain], axis=0) & ~np.isnan(num) & ~np.isnan(den)
        each = {"n": w * 0 + 1, "w": w, "wy": w * num, "wyy": w * num**2}
        each |= {"ww": w * w, "wx": w * den, "wxy": w * den * num, "wxx": w * den**2}
        for s, name in enumerate(found.sums):
            wanted = pd.Series(each[name][inside]).groupby(unit[inside]).sum().reindex(range(len(key)), fill_value=0.0)
            held = found.values[s, :, j]  # noqa: PD011  our own field, not a frame's
            np.testing.assert_allclose(held, wanted, rtol=1e-12, atol=0, err_msg=f"{column} {name}")


def test_many_people_on_threads_in_crossed_sets() -> None:
    data = many()
    check(data, frame_source(data, DESIGN).totals(REQUEST))


def test_pieces_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    data = many(3_000)
    whole = frame_source(data, DESIGN).totals(REQUEST)
    monkeypatch.setattr(frames, "CHUNK", 113)
    agree(frame_source(data, DESIGN).totals(REQUEST), whole)


def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = many()
    two = frame_source(data, DESIGN).totals(REQUEST)

    @contextmanager
    def one(rows: int) -> Iterator[Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]]]:
        yield lambda do, items: [do(item) for item in items]

    monkeypatch.setattr(frames, "workers", one)
    found = frame_source(data, DESIGN).totals(REQUEST)
    assert np.array_equal(found.values, two.values)


@pytest.mark.parametrize("request_name", ["many at once", "missing codes", "where", "nothing missing"])
def test_spans_too_wide_for_a_table_are_sorted_instead(request_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    request = REQUESTS[request_name]
    whole = frame_source(people(), PLAIN).totals(request)
    for module, name in ((codes, "DENSE"), (codes, "SPAN"), (gather, "DENSE")):
        monkeypatch.setattr(module, name, 0)
    agree(frame_source(people(), PLAIN).totals(request), whole)
    agree(StreamSource(Pieces(people(), 31), PLAIN).totals(request), whole)


class Pieces:
    """A frame as batches; counts how often it is read."""

    def __init__(self, data: pd.DataFrame, rows: int) -> None:
        self.table, self.rows, self.passes = pa.Table.from_pandas(data, preserve_index=False), rows, 0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.table.column_names)

    def batches(self, columns: Any) -> Iterator[pa.Table]:
        self.passes += 1
        for begin in range(0, self.table.num_rows, self.rows):
            yield self.table.select(list(columns)).slice(begin, self.rows)


def test_a_stream_is_read_once() -> None:
    reader = Pieces(people(), 50)
    StreamSource(reader, PLAIN).totals(REQUESTS["many at once"])
    assert reader.passes == 1


def test_people_sorted_by_unit_and_level_come_with_new_ones_in_every_batch() -> None:
    data = many(4_000).sort_values(["psu", "wave", "c"], ignore_index=True)
    agree(StreamSource(Pieces(data, 97), DESIGN).totals(REQUEST), frame_source(data, DESIGN).totals(REQUEST))


def test_no_people_at_all() -> None:
    data = people().iloc[:0]
    for made in (frame_source(data, PLAIN), StreamSource(Pieces(data, 5), PLAIN)):
        found = made.totals(Request(("y",), ((), ("sex",)), sums=LEAN))
        assert (len(found.keys), found.columns) == (18, ())
        assert found.values.shape == (3, 18, 0)  # noqa: PD011  our own field, not a frame's


def test_narrow_columns_are_not_widened_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the kernel reads of int8 and float32 columns are views of the frame."""
    seen: list[tuple[np.dtype[Any], bool]] = []
    data = many(1_000)[["wave", "stratum", "psu", "w", "y", "score"]]
    plain = frames._pieces

    def spied(series: pd.Series[Any], name: str) -> Any:
        read = plain(series, name)

        def reader(rows: Any) -> Any:
            values = read(rows)
            seen.append((values.dtype, np.shares_memory(values, series.to_numpy())))
            return values

        return reader

    monkeypatch.setattr(frames, "_pieces", spied)
    frame_source(data, DESIGN).totals(Request(("y", "score"), sums=LEAN))
    assert seen == [(np.dtype(np.int8), True), (np.dtype(np.float32), True)]


@pytest.mark.parametrize(
    ("units", "rows", "wanted"),
    [
        (480, 10_000, ((1,), (2,), (3,))),  # few people a unit: nothing is crossed
        (480, 1_000_000, ((1, 2, 3),)),
        (480, 100_000, ((1, 2), (3,))),
        (5, 10**9, ((1, 2, 3),)),
    ],
)
def test_groupings_are_crossed_while_the_cells_are_few(units: int, rows: int, wanted: Any) -> None:
    extents = [Extent(1, gaps=False), Extent(2, gaps=False), Extent(2, gaps=True), Extent(6, gaps=False)]
    assert crossings(extents, (0,), units, rows) == wanted


def test_everybody_alone_is_a_set() -> None:
    assert crossings([Extent(1, gaps=False)], (0,), 10, 1000) == ((0,),)


def test_workers_do_things_in_order() -> None:
    with kernel.workers(10**6) as each:
        assert each(lambda i: i * i, range(50)) == [i * i for i in range(50)]


def test_reading_ahead_keeps_the_order_and_passes_errors_on() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("broken file")

    assert list(ahead(iter(range(1, 9)))) == list(range(1, 9))  # type: ignore[arg-type]  # any iterator will do here
    with pytest.raises(ValueError, match="broken file"):
        list(ahead(failing()))  # type: ignore[arg-type]  # as above


def test_paths_open_what_lies_there(tmp_path: Path) -> None:
    request = REQUESTS["everybody"]
    whole = frame_source(people(), PLAIN).totals(request)
    people().to_parquet(tmp_path / "p.parquet", index=False)
    people().to_csv(tmp_path / "p.csv", index=False)
    with duckdb.connect(str(tmp_path / "p.duckdb")) as connection:
        connection.register("given", pa.Table.from_pandas(people(), preserve_index=False))
        connection.execute("create table people as select * from given")
    agree(source(tmp_path / "p.parquet", PLAIN).totals(request), whole)
    agree(source(tmp_path, PLAIN).totals(request), whole)
    agree(source(tmp_path / "p.csv", PLAIN).totals(request), whole)
    agree(duck_source(tmp_path / "p.duckdb", PLAIN, "people").totals(request), whole)
    agree(duck_source(duckdb.read_csv(str(tmp_path / "p.csv")), PLAIN).totals(request), whole)


def test_a_name_cannot_leave_its_quotes() -> None:
    assert quoted('x"; drop table people; --') == '"x""; drop table people; --"'
