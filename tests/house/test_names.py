"""Rooms with everyday names must be the rooms of this checkout, and nothing else may bear their names."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOMS, ROOT, modules, tracked

VAGUE = {"utils", "util", "helpers", "helper", "misc", "common", "stuff", "tools"}


@pytest.mark.parametrize("name", [*ROOMS, "bdg"])
def test_a_room_is_imported_from_this_checkout(name: str) -> None:
    file = importlib.import_module(name).__file__
    assert file is not None
    assert Path(file).resolve().is_relative_to(ROOT)


def test_nothing_else_is_named_like_a_room() -> None:
    """A file notebooks/analysis.py would be imported in place of the room; folders of tests mirror the rooms without code."""
    names = {*ROOMS, "bdg"}
    paths = [p.relative_to(ROOT) for p in tracked()]
    files = [p.as_posix() for p in paths if p.suffix == ".py" and p.stem in names and p.as_posix() != "bdg.py"]
    assert files == []
    folders = {parent for p in paths for parent in p.parents if parent.name in names and len(parent.parts) > 1}
    assert {f.as_posix() for f in folders} <= {f"tests/{room}" for room in ROOMS}
    assert [p.as_posix() for p in paths if p.parts[0] == "tests" and p.name == "__init__.py"] == []


def test_no_module_with_a_name_that_says_nothing() -> None:
    parts = {part for m in modules() for part in m.name.split(".")}
    assert parts & VAGUE == set()
    assert [m.name for m in modules() if not re.fullmatch(r"[a-z][a-z0-9_.]*", m.name)] == []


def test_every_root_module_is_installed() -> None:
    """What bdg.py imports at the root must be in the build settings, or the command works from the checkout only."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = settings["tool"]["setuptools"]["py-modules"]
    assert sorted(listed) == sorted(m.name for m in modules() if "/" not in m.path)


def test_no_two_test_files_share_a_name() -> None:
    """Folders of tests hold no __init__.py, so pytest knows a file by its name alone."""
    names = [p.name for p in tracked() if p.name.startswith("test_") and p.suffix == ".py"]
    assert sorted(names) == sorted(set(names))
