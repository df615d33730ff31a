"""The order of rows in memory, the file they came through and the letters they were typed in leave no trace in a report."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.results import Results, read_results
from reports import compose, html, pictures_sample, word, workbook
from reports.checks import checks
from reports.lookup import Lookup, composed
from reports.tongue import EN
from tests.reports.fixture import build
from tests.reports.test_pictures import every, full


def shuffled(results: Results, seed: int) -> Results:
    rows = list(results.rows)
    random.Random(seed).shuffle(rows)
    return replace(results, rows=tuple(rows))


def through_a_file(results: Results, folder: Path) -> Results:
    path = folder / "results.json"
    path.write_bytes(results.json_bytes())
    return read_results(path)


def written(results: Results, *, everything: bool) -> dict[str, bytes]:
    """The workbook, which the checks go into; everything: Word and the page of both languages too."""
    document = compose.build(results)
    made = {"xlsx": workbook.write(document, results)}
    if everything:
        made |= {"html": html.write(document, compose.build(results, EN)), "docx": word.write(document)}
    return made


def broken(results: Results) -> Results:
    """Many checks fail at once: their notes name five places at most, and must name the same five."""
    rows = tuple(
        replace(r, estimate=r.estimate + 7) if r.kind == "change" and r.estimate is not None and r.publish != "hide" else r
        for r in results.rows
    )
    return replace(results, rows=rows)


MADE: dict[str, Callable[[], Results]] = {
    "one": lambda: full(waves=(2026,)), "wrong": lambda: broken(build()), "signed": lambda: build(signed=True),
}  # fmt: skip


@pytest.mark.usefixtures("no_drawing")
@pytest.mark.parametrize("name", MADE)
def test_rows_in_any_order_and_from_a_file_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    made = MADE[name]()
    first = written(made, everything=name == "one")
    again = written(through_a_file(shuffled(made, 3), tmp_path), everything=name == "one")
    assert {kind for kind in first if again[kind] != first[kind]} == set()


@pytest.mark.usefixtures("no_drawing")
def test_a_failed_check_names_the_same_places_whatever_the_order() -> None:
    made = broken(build())
    document = compose.build(made)
    found = checks(made, document)
    assert any(c.verdict == "KHÔNG KHỚP" and c.note.endswith("...") for c in found)
    assert all(checks(shuffled(made, seed), document) == found for seed in range(5))


@pytest.mark.usefixtures("no_png")
def test_figures_do_not_know_the_order_of_rows() -> None:
    made = full(waves=(2026,))
    first, again = every(composed(made)), every(composed(shuffled(made, 9)))
    for name, picture in first.items():
        other = again[name]
        if picture is None or other is None:
            assert picture is other, name
            continue
        assert (other.svg, other.alt, other.keys) == (picture.svg, picture.alt, picture.keys), name


def test_rows_that_need_no_mending_are_the_same_rows() -> None:
    made = build()
    assert {id(r) for r in composed(made).rows} == {id(r) for r in made.rows}
    assert [r.key for r in composed(made).rows] == sorted(r.key for r in made.rows)


def test_decomposed_words_of_rows_and_texts_are_composed_and_keys_stay() -> None:
    def apart(part: Any) -> Any:
        if isinstance(part, dict):
            return {k: apart(v) for k, v in part.items()}
        if isinstance(part, list):
            return [apart(v) for v in part]
        return unicodedata.normalize("NFD", part) if isinstance(part, str) else part

    made = build()
    rows = tuple(replace(r, reason=apart(r.reason), state=apart(r.state)) for r in made.rows)
    loose = replace(made, rows=rows, texts=apart(dict(made.texts)))
    assert loose != made
    assert composed(loose) == composed(made)
    assert [r.key for r in rows] == [r.key for r in made.rows]


def test_a_key_is_worked_out_once_and_moves_with_its_row() -> None:
    row = build().rows[0]
    before = row.key
    assert row.key is before
    assert replace(row, estimate=1.0).key == before
    assert replace(row, wave=row.wave + 1).key != before
    assert replace(row) == row
    assert hash(row.key) == hash(replace(row).key)


@pytest.mark.usefixtures("no_png")
def test_the_flow_stands_in_both_languages_with_the_same_numbers() -> None:
    made = full()
    vi, en = (pictures_sample.response(Lookup(made, tongue) if tongue else Lookup(made), "") for tongue in (None, EN))
    assert vi is not None
    assert en is not None
    digits = [[c for c in picture.alt.split(". ")[1] if c.isdigit()] for picture in (vi, en)]
    assert digits[0] == digits[1]
    assert len(digits[0]) > 10
