"""BaoCao.html in Chromium: axe finds no violation in either language, at full width, at 200 % zoom and on a narrow phone.

A page 1280 pixels wide at 200 % zoom has 640 to lay itself out in, at 400 % it has 320 (WCAG 2.2, 1.4.10).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import reports
from tests.reports.fixture import build
from tests.web.conftest import Run

WIDTHS = [1280, 640, 320]
KINDS: Mapping[str, dict[str, object]] = {"two": {}, "one": {"waves": (2026,)}, "signed": {"signed": True, "practice": False}}


@pytest.fixture(scope="module", params=sorted(KINDS))
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("axe") / str(request.param)
    reports.survey(build(**KINDS[request.param]), folder)  # type: ignore[arg-type]  # named options of the fixture
    return next(folder.glob("BaoCao*.html"))


@pytest.mark.parametrize(("switch", "language"), [("tieng-viet", "vi"), ("english", "en")])
def test_axe_finds_nothing_and_the_page_fits(
    page: Path, node: Run, chromium: str, tmp_path: Path, switch: str, language: str
) -> None:
    job = {"file": str(page), "chromium": chromium, "widths": WIDTHS, "language": switch, "print": str(tmp_path / "page.pdf")}
    seen = node("reports.mjs", job)
    assert seen["violations"] == []
    assert seen["passes"] > 30
    assert seen["scrolls"] == WIDTHS  # nothing to scroll sideways but the tables, each in its own frame
    assert (seen["first"], seen["shown"]) == ("skip", [language])  # by the keyboard alone
    assert (seen["errors"], seen["asked"]) == ([], [])
    assert seen["printed"] > 50_000


def test_the_page_is_small_enough_to_send(page: Path) -> None:
    assert page.stat().st_size < 3_000_000
