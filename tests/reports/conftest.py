"""Three reports made once: two waves (practice, unsigned), one wave (practice), two waves (real, signed)."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from fixture import build

import reports
from analysis.figures import Line, theme
from analysis.publishing import public
from analysis.results import Results
from reports import compose, framed, pictures, pictures_answers, pictures_sample
from reports.document import Document
from reports.tongue import EN, VI

VARIANTS: Mapping[str, dict[str, object]] = {
    "two": {},
    "one": {"waves": (2026,)},
    "signed": {"signed": True, "practice": False},
}
DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


@pytest.fixture(scope="session")
def results() -> dict[str, Results]:
    return {name: build(**options) for name, options in VARIANTS.items()}


@pytest.fixture(scope="session")
def documents(results: dict[str, Results]) -> dict[str, Document]:
    return {name: compose.build(public(r)) for name, r in results.items()}


@pytest.fixture(scope="session")
def english(results: dict[str, Results]) -> dict[str, Document]:
    """The same reports in the other language."""
    return {name: compose.build(public(r), EN) for name, r in results.items()}


@pytest.fixture(scope="session")
def folders(
    results: dict[str, Results],
    documents: dict[str, Document],
    english: dict[str, Document],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    """name -> folder with everything that `reports.survey` wrote; the documents are those already composed."""
    root = tmp_path_factory.mktemp("reports")
    for name, r in results.items():
        with pytest.MonkeyPatch.context() as patch:
            made = {"vi": documents[name], "en": english[name]}
            patch.setattr(compose, "build", lambda _, tongue=VI, made=made: made[tongue.code])
            reports.survey(r, root / name)
    return {name: root / name for name in results}


@pytest.fixture
def no_png(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures as SVG only: their PNG holds pixels and no text (a test of the PNG says so), and takes half of the time."""
    monkeypatch.setattr(framed, "png", lambda _: DOT)


@pytest.fixture
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are put into words but not drawn: for tests of words and tables with many reports."""

    def told(lines: Sequence[Line], *, title: str, note: str = "", **_: object) -> tuple[None, str]:
        return None, theme.alt(title, tuple(lines), note)

    monkeypatch.setattr(pictures, "forest", told)
    monkeypatch.setattr(pictures, "dots", told)
    sample = "areas flow margins pyramid spread"
    others = ((pictures, "items slope"), (pictures_answers, "likert pairs"), (pictures_sample, sample))
    for module, names in others:
        for name in names.split():
            monkeypatch.setattr(module, name, lambda *_, title, **__: (None, f"{title}. "))
    monkeypatch.setattr(framed, "png", lambda _: DOT)
    monkeypatch.setattr(framed, "svg", lambda _: b"<svg/>")
