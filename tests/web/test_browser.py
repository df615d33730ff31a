"""Every form in ODK Web Forms, in Chromium, at the width of a cheap phone: nothing is cut off, nothing breaks, it can be sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from forms import province_folder, questionnaire_folder
from forms.build import Built, build
from forms.preview.bundle import bundle
from forms.preview.pages import pages, practice_lists
from forms.preview.server import serve
from forms.shelf import shipped
from tests.web.conftest import Run

WIDTH = 360
# words of a question -> which choice, or what number: what a person would have to know to get to the end
ANSWERS = [["tuổi tròn", 40], ["bao nhiêu người từ 15", 1], ["Năm ", 2026], ["năm báo cáo", 2026]]
SENT = {"household", "officials", "enterprise"}


@pytest.fixture(scope="session", params=shipped())
def served(request: pytest.FixtureRequest) -> Iterator[tuple[str, Built, str]]:
    """A form's name, the form, and where the browser finds it."""
    built = build(questionnaire_folder(str(request.param)))
    server = serve(pages(built, practice_lists(built, province_folder()), bundle()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield str(request.param), built, f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_a_form_fits_a_small_screen_and_goes_to_its_end(
    served: tuple[str, Built, str], node: Run, chromium: str, tmp_path: Path
) -> None:
    name, built, url = served
    totals = [[q.label.vi[:60], 2 * len(q.sum_of)] for _, q in built.form.questions() if q.sum_of]  # every number is 2
    job = {"url": url, "width": WIDTH, "chromium": chromium, "answers": [*totals, *ANSWERS], "shots": str(tmp_path), "name": name}
    seen = node("browse.mjs", job)
    assert (seen["errors"], seen["wide"], seen["scroll"]) == ([], [], WIDTH)
    assert seen["filled"] >= 8
    assert (tmp_path / f"{name}-first.png").stat().st_size > 5_000
    if name in SENT:
        assert f'id="{built.form.id}"' in seen["submission"]
        assert built.form.digest in seen["submission"]


def test_the_texts_of_the_form_are_shown_not_the_program_s_english(
    served: tuple[str, Built, str], node: Run, chromium: str
) -> None:
    """An empty form that is sent says what is missing in Vietnamese: built-in texts of ODK Web Forms are English."""
    name, _, url = served
    seen = node("browse.mjs", {"url": url, "width": WIDTH, "chromium": chromium, "answers": [], "name": name, "empty": True})
    messages = [m for m in seen["violations"] if m.strip()]
    assert any("cần có trả lời" in m for m in messages)
    assert not [m for m in messages if "Condition not satisfied" in m]
