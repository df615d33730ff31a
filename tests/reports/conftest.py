"""Three reports made once: two waves (practice, unsigned), one wave (practice), two waves (real, signed)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from fixture import build

import reports
from analysis.results import Results
from reports import compose
from reports.document import Document

VARIANTS: Mapping[str, dict[str, object]] = {
    "two": {},
    "one": {"waves": (2026,)},
    "signed": {"signed": True, "practice": False},
}


@pytest.fixture(scope="session")
def results() -> dict[str, Results]:
    return {name: build(**options) for name, options in VARIANTS.items()}


@pytest.fixture(scope="session")
def documents(results: dict[str, Results]) -> dict[str, Document]:
    return {name: compose.build(r) for name, r in results.items()}


@pytest.fixture(scope="session")
def folders(results: dict[str, Results], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """name -> folder with everything that `reports.survey` wrote."""
    root = tmp_path_factory.mktemp("reports")
    for name, r in results.items():
        reports.survey(r, root / name)
    return {name: root / name for name in results}
