"""The plan and the questionnaire are read once for the whole room: reading YAML takes half the time of a small run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module

import pytest

from forms import load_plan, load_questionnaire


@pytest.fixture(scope="session", autouse=True)
def read_once() -> Iterator[None]:
    """Both records are frozen, so one copy serves every run."""
    patch = pytest.MonkeyPatch()
    patch.setattr(import_module("analysis.intake"), "load_plan", cache(load_plan))
    patch.setattr(import_module("analysis.intake"), "load_questionnaire", cache(load_questionnaire))
    yield
    patch.undo()
