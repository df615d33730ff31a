"""The steps of a survey round: submissions in, checks, decisions, numbers, report, a last look at the edited Word file.

Imports work, leaving, step, talk and the standard library.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from .leaving import leaving
from .step import Step
from .talk import DONE, Talk
from .work import Survey, keep, marks, survey, surveys

RUNS, DAILY, REPORT, SHEET, DROP = "luu-tru", "trang-theo-doi", "bao-cao", "quyet-dinh.xlsx", "nhan"


def survey_steps(desk: Path, at: Survey) -> tuple[Step, ...]:
    """The six steps of one round as things stand, and the optional ones of leaving."""
    kept = marks(at.home)
    red = _red(at.home)
    checked = kept.get("kiem-tra") == at.mark
    run = latest(at.home)
    made = kept.get("tinh") == at.mark and run is not None
    word = _word(at.home)
    written = made and word is not None and run is not None and kept.get("bao-cao") == run.name
    return (
        Step(
            "nhan", "Đưa phiếu vào", "take submissions in", at.received > 0, f"Đã nhận {at.received} phiếu.",
            lambda t: _receive(t, at),
        ),
        Step(
            "kiem-tra", "Kiểm tra chất lượng, xem trang theo dõi", "checks and the daily page", checked,
            f"Còn {red} điểm đỏ." if checked else "", lambda t: _check(t, at.home),
        ),
        Step(
            "quyet-dinh", "Quyết định từng điểm đỏ: giữ, sửa hay bỏ", "decide about red findings", checked and not red,
            f"Còn {red} điểm chờ quyết định." if red else "", lambda t: _decide(t, at.home),
        ),
        Step("tinh", "Tính số liệu", "compute", made, f"Lần tính: {run.name}." if run else "", lambda t: _compute(t, desk, at)),
        Step("bao-cao", "Làm báo cáo khảo sát", "write the survey report", written, _where(word), lambda t: _report(t, at.home)),
        Step(
            "soat", "Soát tệp Word đã sửa với số liệu", "compare the edited Word file with the numbers", done=False, note="",
            act=lambda t: verify(t, at.home / REPORT, latest(at.home)), optional=True,
        ),
        *leaving(at.home, run if made else None, baseline=not _earlier(desk, at)),
    )  # fmt: skip


def _earlier(desk: Path, at: Survey) -> list[Survey]:
    """Rounds of the same kind and an earlier wave that hold submissions."""
    return [s for s in surveys(desk) if s.round.kind == at.round.kind and s.round.wave < at.round.wave and s.received]


def latest(home: Path) -> Path | None:
    """The folder of the last run, None before the first."""
    found = sorted(p.parent for p in (home / RUNS).glob("*/results.json"))
    return found[-1] if found else None


def _red(home: Path) -> int:
    """Open red findings of the last day looked at."""
    days = sorted((home / "out").glob("daily-*/findings.json"))
    if not days:
        return 0
    try:
        found = json.loads(days[-1].read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0
    rows = found if isinstance(found, list) else found.get("findings", [])
    return sum(row.get("severity") == "red" and row.get("state") == "open" for row in rows)


def _word(home: Path) -> Path | None:
    found = sorted((home / REPORT).glob("BaoCao*.docx"))
    return found[0] if found else None


def _where(word: Path | None) -> str:
    return f"Tệp: {REPORT}/{word.name}" if word else ""


def _receive(talk: Talk, at: Survey) -> bool:
    """From the server when the round has one, else files: those dropped into the round's folder, or a path."""
    if at.round.server and talk.yes("Lấy phiếu từ máy chủ của đợt?"):
        return talk.run("forms", "pull", at.home) in (DONE, 3)
    drop = at.home / DROP
    drop.mkdir(exist_ok=True)
    files: Sequence[Path] = sorted(p for p in drop.iterdir() if not p.name.startswith(("~$", ".")))
    if files:
        talk.say("  Có trong thư mục «nhan» / found: " + ", ".join(p.name for p in files))
    else:
        talk.say(f"  Chép tệp xuất (KoBo hoặc ODK Central) vào thư mục «{DROP}» của đợt, hoặc kéo tệp vào cửa sổ này.")
    given = talk.path("Tệp khác (Enter: dùng các tệp trong thư mục «nhan»)")
    chosen = [given] if given else sorted(p for p in drop.iterdir() if not p.name.startswith(("~$", ".")))
    if not chosen:
        talk.say("  Chưa có tệp nào. (No file yet.)")
        return False
    return talk.run("analysis", "receive", at.home, *chosen) in (DONE, 3)


def _check(talk: Talk, home: Path) -> bool:
    if not talk.all(["analysis", "quality", home], ["reports", "daily", home, "--out", home / DAILY]):
        return False
    keep(home, "kiem-tra", survey(home).mark)
    pages = sorted((home / DAILY).glob("TheoDoi-*.html"))
    talk.say(f"  Mở trang này bằng trình duyệt (open in a browser): {pages[-1]}" if pages else "")
    _planted(talk, home)
    return True


def _planted(talk: Talk, home: Path) -> None:
    """In the practice round: which faults were planted, in the words of the rehearsal that planted them."""
    try:
        found = json.loads((home / "planted.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    talk.say("  Vòng tập huấn có lỗi cài sẵn; hãy tìm trên trang (planted faults, look for them on the page):")
    for words in found.get("notice", {}).values():
        talk.say(f"  - {words['vi']}")


def _decide(talk: Talk, home: Path) -> bool:
    """Write the sheet, or take in the one that was filled in; checks are made anew afterwards."""
    sheet = home / SHEET
    if not sheet.exists() or not talk.yes(f"Đã điền và lưu «{SHEET}» chưa?"):
        if not sheet.exists() or talk.yes("Viết bảng mới đè lên bảng cũ?"):
            talk.run("analysis", "decide", home, "--sheet", sheet)
        talk.say(f"  Mở «{sheet}» bằng Excel, chọn cách xử lý, ghi lý do, lưu rồi đóng lại; sau đó chọn lại bước này.")
        return False
    given: tuple[str | Path, ...] = ("analysis", "decide", home, "--from", sheet)
    if talk.run(*given, "--preview") != DONE or not talk.yes("Ghi các quyết định trên vào nhật ký? Nhật ký không xóa được"):
        return False
    return talk.run(*given, "--yes") in (DONE, 3) and _check(talk, home)


def _compute(talk: Talk, desk: Path, at: Survey) -> bool:
    """One run into the archive; a later wave is compared with the first round of its kind on the desk."""
    earlier = _earlier(desk, at)
    waves = [*earlier[:1], at]
    if earlier:
        talk.say(f"  So sánh với năm gốc / compared with: {earlier[0].title}")
    words: list[str | Path] = ["analysis", "run"]
    for one in waves:
        words += ["--wave", f"{one.round.wave}={one.home}"]
    code = talk.run(*words, "--sample", at.round.sample, "--archive", at.home / RUNS)
    if code == DONE:
        keep(at.home, "tinh", survey(at.home).mark)
    return code == DONE


def _report(talk: Talk, home: Path) -> bool:
    run = latest(home)
    if run is None or talk.run("reports", "survey", run / "results.json", "--out", home / REPORT) != DONE:
        return False
    keep(home, "bao-cao", run.name)
    talk.say(f"  Báo cáo ở thư mục (the report is in): {home / REPORT}")
    return True


def verify(talk: Talk, folder: Path, run: Path | None) -> bool:
    """Compare a Word file, as staff have edited it, with the results it was made from."""
    found = sorted(folder.glob("*.docx"))
    if not found or run is None:
        talk.say("  Chưa có báo cáo Word. (No Word report yet.)")
        return False
    given = talk.path(f"Tệp Word (Enter: {found[0].name})")
    return talk.run("reports", "verify", given or found[0], run / "results.json") == DONE
