"""The yearly reports' pages in Chromium: axe finds no violation in either language at any width."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.yearly.files import Order, yearly
from tests.reports.yearly_fixture import build
from tests.web.conftest import Run

WIDTHS = [1280, 360]
KINDS = {"halfyear": 2027, "annual": 2030, "adhoc": 2028, "final": 2030}


@pytest.fixture(scope="module", params=sorted(KINDS))
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    kind = str(request.param)
    folder = tmp_path_factory.mktemp("axe") / kind
    waves = (2026, 2030) if KINDS[kind] == 2030 else (2026,)
    yearly(build(kind, KINDS[kind], waves=waves, as_of=None if kind != "adhoc" else "2028-05-31"), Order(kind), folder)
    return next(folder.glob("*.html"))


@pytest.mark.parametrize(("switch", "language"), [("tieng-viet", "vi"), ("english", "en")])
def test_axe_finds_nothing_in_a_yearly_report(
    page: Path, node: Run, chromium: str, tmp_path: Path, switch: str, language: str
) -> None:
    job = {"file": str(page), "chromium": chromium, "widths": WIDTHS, "language": switch, "print": str(tmp_path / "page.pdf")}
    seen = node("reports.mjs", job)
    assert seen["violations"] == []
    assert seen["passes"] > 20
    assert seen["scrolls"] == WIDTHS
    assert seen["shown"] == [language]
    assert (seen["errors"], seen["asked"]) == ([], [])
    assert page.stat().st_size < 3_000_000
