"""The last, optional steps of a round: what may leave the office, and the sealing of a baseline.

Imports step, talk and the standard library.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from .step import Step
from .talk import DONE, Talk

PUBLIC = "cong-bo"


def leaving(home: Path, run: Path | None, *, baseline: bool) -> tuple[Step, ...]:
    """Publishing, and of a baseline sealing.  run: the archived run, None while nothing was computed."""
    published = run is not None and (home / PUBLIC / run.name / "results_public.json").exists()
    publish = Step(
        "cong-bo", "Làm bản được phép công bố", "make what may leave", published,
        f"Thư mục: {PUBLIC}/{run.name}" if published and run else "", lambda t: _publish(t, home, run), optional=True,
    )  # fmt: skip
    if not baseline:
        return (publish,)
    sealed = _sealed(run)
    return (
        publish,
        Step(
            "niem-phong", "Niêm phong số liệu gốc (đã có văn bản phê duyệt)", "seal the baseline", bool(sealed), sealed,
            lambda t: _seal(t, run), optional=True,
        ),
    )  # fmt: skip


def _publish(talk: Talk, home: Path, run: Path | None) -> bool:
    """With the anonymous microdata where the rules allow it, without them where they do not."""
    if run is None:
        return False
    words: list[str | Path] = ["analysis", "publish", run, "--out", home / PUBLIC / run.name]
    code = talk.run(*words)
    if code != DONE and talk.yes("Làm bản công bố không kèm dữ liệu từng người?"):
        code = talk.run(*words, "--no-microdata")
    return code == DONE


def _sealed(run: Path | None) -> str:
    """The document and day of a seal of this archive, '' when there is none."""
    found = sorted(run.parent.glob("baseline_*.json")) if run else []
    for path in found:
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(said, dict) and said.get("document"):
            return f"Đã niêm phong: {said['document']}, {said.get('date', '')}."
    return ""


def _seal(talk: Talk, run: Path | None) -> bool:
    """Sealing is for good, so it is asked for twice; number and day are those of a real document."""
    document = talk.answer("Số văn bản phê duyệt số liệu gốc (Enter: chưa có, để sau)")
    if run is None or not document:
        return False
    day = talk.answer("Ngày của văn bản (NĂM-THÁNG-NGÀY)")
    try:
        date.fromisoformat(day)
    except ValueError:
        talk.say("  Viết ngày như 2026-12-20. (Write the day like this.)")
        return False
    if not talk.yes(f"Niêm phong {run.name} theo {document} ngày {day}? Kỳ sau phải cho đúng các số này"):
        return False
    return talk.run("analysis", "seal", run, "--document", document, "--date", day) == DONE
