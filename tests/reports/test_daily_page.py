"""The supervisor's page: what it says, how it is built, what it refuses; only results.json and findings.json are there."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from day_fixture import CODES, DAY, day_rows, day_texts, flag, write_day
from reading import STAMP, Tag, named, page
from typer.testing import CliRunner

from analysis.quality import rows as r
from analysis.results import read_results
from forms.errors import BdgError
from reports import daily_figures, daily_read
from reports.cli import app
from reports.daily import MOST_BYTES, TEMPLATES, daily
from reports.daily_read import read_day
from reports.daily_tasks import due, log, tasks

HERE = Path(daily_read.__file__).parent


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("day")
    return daily(write_day(root / "in"), root / "out")


@pytest.fixture(scope="module")
def html(made: Path) -> str:
    return made.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tags(made: Path) -> tuple[Tag, ...]:
    return page(made)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without their figures, for tests of words: drawing takes nearly all of the time."""
    monkeypatch.setattr(daily_figures, "figures", lambda *_: {})


def said(html: str) -> str:
    """The text of the page without marks and styles."""
    body = re.sub(r"<style>.*?</style>|<script>.*?</script>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_names_are_those_that_the_checks_write() -> None:
    """reports may not import analysis.quality: every name it asks for is one of rows.py."""
    known = {v for k, v in vars(r).items() if k.isupper() and isinstance(v, str)}
    asked = {n for p in HERE.glob("daily*.py") for n in re.findall(r'"(daily_[a-z_]+)"', p.read_text(encoding="utf-8"))}
    assert asked
    assert asked <= known
    assert daily_read.TEXTS == r.TEXTS


def test_one_file_with_everything_inside(made: Path, html: str) -> None:
    assert [p.name for p in made.parent.iterdir()] == ["TheoDoi-2026-10-18_GIA-LAP.html"]
    assert made.stat().st_size < 1_000_000
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", html)
    assert "http" not in re.sub(r"base64,[A-Za-z0-9+/=]+", "", html)
    assert "@import" not in html


def test_language_headings_and_figures_can_be_read_aloud(tags: tuple[Tag, ...]) -> None:
    assert next(named(tags, "html")).attributes["lang"] == "vi"
    levels = [int(t.name[1]) for t in named(tags, "h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert [t.text.split(".")[0] for t in named(tags, "h2")] == [str(i) for i in range(1, 9)]
    images = list(named(tags, "img"))
    assert len(images) == 4
    assert all(len(t.attributes["alt"]) > 40 for t in images)
    body = [t for t in tags if "body" in t.path]
    assert (body[0].name, body[0].attributes["href"]) == ("a", "#noi-dung")
    ids = [t.attributes["id"] for t in tags if "id" in t.attributes]
    assert len(ids) == len(set(ids))
    for t in named(tags, "a"):
        assert t.attributes["href"].removeprefix("#") in ids


def test_every_number_names_its_row(made: Path, tags: tuple[Tag, ...]) -> None:
    keys = {row.key for row in read_results(made.parents[1] / "in" / "results.json").rows}
    used = {t.attributes["data-key"] for t in tags if t.attributes.get("data-key")}
    assert len(used) > 60
    assert used <= keys


def test_what_the_page_says(html: str) -> None:
    text = said(html)
    for words in (
        "659/1.380", "47,8%", "48 của 55 phiếu", "30/10/2026", "28/10/2026 - 03/11/2026", "có thể trễ hạn 30/10/2026",
        "65/156", "hộ đã chuyển đi 9", "gặp được 703 (95%)", "49 giây", "Kiểm tra lại", "Đã làm 40/100",
        "bản 6 (không phải bản đang dùng)",
        "775 / 775", "bị giám sát trả lại: 3", "đã xóa theo yêu cầu của người dân: 2", "21/108",
    ):  # fmt: skip
        assert words in text, words
    assert "${" not in text


def test_text_is_escaped(html: str) -> None:
    assert "<b>đời sống</b>" not in html
    assert "&lt;b&gt;đời sống" in html


def test_practice_is_stamped_everywhere_and_real_nowhere(html: str, tmp_path: Path) -> None:
    assert html.count(STAMP) >= 4
    real = daily(write_day(tmp_path / "in", practice=False), tmp_path / "out")
    assert real.name == "TheoDoi-2026-10-18.html"
    assert "GIẢ LẬP" not in real.read_text(encoding="utf-8")


def test_same_input_same_bytes(made: Path, tmp_path: Path) -> None:
    again = daily(made.parents[1] / "in", tmp_path / "out")
    assert again.read_bytes() == made.read_bytes()


def test_the_largest_province_still_fits_a_telephone(tmp_path: Path) -> None:
    flags = [flag(i, check=f"check_{i % 40}", severity=("red", "yellow", "info")[i % 3]) for i in range(2400)]
    big = daily(write_day(tmp_path / "in", communes=96, people=90, flags=flags), tmp_path / "out")
    assert big.stat().st_size < MOST_BYTES
    text = said(big.read_text(encoding="utf-8"))
    assert "Vẽ 30 trên 90 người" in text
    assert "dòng nữa trong findings.json" in text


def test_three_tasks_at_most_red_first_and_unlike(tmp_path: Path) -> None:
    flags = [flag(i, check="straight_line") for i in range(9)]
    flags += [flag(20 + i, check="same_household", severity="red", enumerator="7") for i in range(2)]
    flags += [flag(30 + i, check="same_household", severity="red", enumerator="8") for i in range(5)]
    flags += [flag(40, check="place_elsewhere", severity="red", enumerator="3")]
    flags += [flag(50 + i, check="near", severity="red", enumerator="1", state="decided") for i in range(50)]
    found = tasks(read_day(write_day(tmp_path, flags=flags)))
    assert [(t.what, t.who, t.count) for t in found] == [
        ("Loại same_household", "điều tra viên 8", 5),
        ("Loại place_elsewhere", "điều tra viên 3", 1),
        ("Loại same_household", "điều tra viên 7", 2),
    ]
    assert {t.until for t in found} == {"19/10/2026"}
    assert due(DAY, "yellow") > due(DAY, "red")


def test_yellow_ones_fill_up_and_information_is_no_task(tmp_path: Path) -> None:
    flags = [flag(1, check="same_household", severity="red", enumerator=""), flag(2), flag(3, check="x", severity="info")]
    found = tasks(read_day(write_day(tmp_path, flags=flags)))
    assert [(t.severity, t.who) for t in found] == [("red", "giám sát viên"), ("yellow", "điều tra viên 6")]
    assert (found[0].do, found[0].do_en) == ("Nghe lại hoặc phỏng vấn lại", "Call back")


@pytest.mark.usefixtures("undrawn")
def test_a_quiet_day_says_so(tmp_path: Path) -> None:
    text = said(daily(write_day(tmp_path / "in", flags=[]), tmp_path / "out").read_text(encoding="utf-8"))
    assert "Không có việc nào cần làm ngay" in text
    assert "Không có phát hiện nào" in text


def test_the_log_counts_open_and_decided(tmp_path: Path) -> None:
    flags = [flag(i, state="decided" if i % 3 == 0 else "open") for i in range(30)]
    (kind,) = log(read_day(write_day(tmp_path, flags=flags)))
    assert (kind.open, kind.decided) == (20, 10)
    assert all(f.open for f in kind.lines)
    assert len(kind.lines) + kind.more == 20


@pytest.mark.usefixtures("undrawn")
def test_checks_that_could_not_look_are_told_not_drawn(tmp_path: Path) -> None:
    kept = [x for x in day_rows() if x.indicator == r.PROGRESS and not x.domain]
    texts = {k: v for k, v in day_texts().items() if k in (r.T_DAY, r.T_ROUND)}
    text = said(daily(write_day(tmp_path / "in", rows=kept, texts=texts), tmp_path / "out").read_text(encoding="utf-8"))
    for words in ("Không có nhật ký thao tác", "Biểu mẫu không ghi vị trí", "Chưa có phiếu kiểm tra lại", "Chưa có margins.csv"):
        assert words in text, words


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("days", "words"),
    [((1.0, 2.0, 3.0), "kịp hạn"), ((10.0, 12.0, 14.0), "có thể trễ hạn"), ((13.0, 15.0, 20.0), "cả khoảng sau hạn")],
)
def test_the_finish_against_the_window(tmp_path: Path, days: tuple[float, float, float], words: str) -> None:
    low, mid, high = days
    rows = [replace(x, estimate=mid, lower=low, upper=high) if x.indicator == r.FINISH else x for x in day_rows()]
    assert words in said(daily(write_day(tmp_path / "in", rows=rows), tmp_path / "out").read_text(encoding="utf-8"))


@pytest.mark.usefixtures("undrawn")
def test_no_forecast_gives_its_reason(tmp_path: Path) -> None:
    gone = r.measured(2026, r.FINISH, None, "count", reason="chưa đủ ngày để dự báo | too few days")
    rows = [gone if x.indicator == r.FINISH else x for x in day_rows()]
    text = said(daily(write_day(tmp_path / "in", rows=rows), tmp_path / "out").read_text(encoding="utf-8"))
    assert "chưa đủ ngày để dự báo" in text
    assert "28/10/2026" not in text


@pytest.mark.usefixtures("undrawn")
def test_a_round_gives_its_last_day(tmp_path: Path) -> None:
    for day, done in (("2026-10-17", 5), ("2026-10-18", 6)):
        rows = [replace(x, estimate=float(done)) if x.indicator == r.PROGRESS and x.category == r.DONE else x for x in day_rows()]
        write_day(tmp_path / "round" / "out" / f"daily-{day}", rows=rows)
    assert "6/1.380" in said(daily(tmp_path / "round", tmp_path / "page").read_text(encoding="utf-8"))


def broken(folder: Path, what: str) -> Path:
    if what == "REP-005":
        folder.mkdir()
        return folder
    write_day(folder, texts={"day": "2026-10-18"} if what == "REP-006" else None)
    if what == "REP-001":
        (folder / "results.json").write_text("{", encoding="utf-8")
    if what == "REP-007":
        (folder / "findings.json").write_text(json.dumps([{"id": "1"}]), encoding="utf-8")
    return folder


@pytest.mark.parametrize("code", ["REP-001", "REP-005", "REP-006", "REP-007"])
def test_what_is_no_day_is_refused_and_nothing_is_written(code: str, tmp_path: Path) -> None:
    with pytest.raises(BdgError, match=code):
        daily(broken(tmp_path / "in", code), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("undrawn")
def test_a_page_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import reports.daily as writer

    monkeypatch.setattr(writer, "MOST_BYTES", 1000)
    with pytest.raises(BdgError, match="REP-008"):
        daily(write_day(tmp_path / "in"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("undrawn")
def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["daily", str(write_day(tmp_path / "in")), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0
    assert "TheoDoi-2026-10-18_GIA-LAP.html" in done.output.replace("\n", "")


def test_style_for_paper_telephone_and_grey() -> None:
    css = (TEMPLATES / "daily.css").read_text(encoding="utf-8")
    assert "size: A4" in css
    assert "max-width: 50rem" in css
    assert "break-inside: avoid" in css
    assert len(CODES) == 3
