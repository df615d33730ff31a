"""Notebooks as they are committed: a short course, through doors only, without outputs.  tests/chain runs them."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.house.tree import ROOMS, ROOT

BOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = ["01_tour", "02_baseline", "03_change", "04_items", "05_weights", "06_power", "07_replicate"]
# rooms, and the doors of two folders of analysis; everything else a notebook may need is a library of its readers
ALLOWED = {*ROOMS, "analysis.power", "analysis.scale", "pandas", "matplotlib", "dataclasses"}
MOST_CODE, MOST_LINES, MOST_WIDE = 7, 18, 130
STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"


def _cells(book: Path) -> Any:
    return nbformat.reads(book.read_text(encoding="utf-8"), as_version=4).cells  # type: ignore[no-untyped-call]  # nbformat is untyped


def _code(book: Path) -> list[Any]:
    return [cell for cell in _cells(book) if cell.cell_type == "code"]


def test_there_are_seven() -> None:
    assert [book.stem for book in BOOKS] == NAMES


@pytest.mark.parametrize("book", BOOKS, ids=lambda b: b.stem)
def test_nothing_of_a_run_is_committed(book: Path) -> None:
    nbformat.validate(nbformat.reads(book.read_text(encoding="utf-8"), as_version=4))  # type: ignore[no-untyped-call]  # untyped
    assert [cell.id for cell in _code(book) if cell.outputs or cell.execution_count is not None] == []


@pytest.mark.parametrize("book", BOOKS, ids=lambda b: b.stem)
def test_a_notebook_comes_in_by_the_doors(book: Path) -> None:
    for cell in _code(book):
        for node in ast.walk(ast.parse(cell.source)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert set(names) <= ALLOWED, cell.id
            reached = node.attr if isinstance(node, ast.Attribute) else ""
            assert not reached.startswith("_"), (cell.id, reached)


@pytest.mark.parametrize("book", BOOKS, ids=lambda b: b.stem)
def test_a_notebook_states_its_question_and_ends_in_an_exercise_with_its_answer(book: Path) -> None:
    cells = _cells(book)
    first, last = cells[0], next(c for c in reversed(cells) if c.cell_type == "code")
    assert first.source.startswith(f"# {int(book.stem[:2])}. ")
    assert "**Câu hỏi.**" in first.source
    assert STAMP in first.source
    assert "make demo" in first.source
    before = cells[cells.index(last) - 1]
    assert before.source.startswith("## Bài tập / Exercise")
    assert last.id.endswith("-answer")
    assert last.metadata == {"jupyter": {"source_hidden": True}}
    assert [c.id for c in cells if c.id.endswith("-answer")] == [last.id]


@pytest.mark.parametrize("book", BOOKS, ids=lambda b: b.stem)
def test_few_short_cells_and_every_text_in_both_languages(book: Path) -> None:
    """Vietnamese first; the English beside it stands in italics or after a stroke."""
    code = _code(book)
    assert len(code) <= MOST_CODE
    assert [c.id for c in code if len(c.source.splitlines()) > MOST_LINES] == []
    assert [c.id for c in code for line in c.source.splitlines() if len(line) > MOST_WIDE] == []
    texts = [c for c in _cells(book) if c.cell_type == "markdown"]
    assert [c.id for c in texts if not re.search(r"(?<!\*)\*[A-Z][^*]+\*", c.source)] == []
    heads = [line for c in texts for line in c.source.splitlines() if line.startswith("#")]
    assert [line for line in heads if " / " not in line] == []


def test_replicating_takes_ten_lines() -> None:
    (ten,) = [c for c in _code(BOOKS[-1]) if c.id == "again-ten"]
    assert len([line for line in ten.source.splitlines() if line.strip()]) == 10


def test_cells_are_told_apart_by_name() -> None:
    ids = [cell.id for book in BOOKS for cell in _cells(book)]
    assert len(set(ids)) == len(ids)
