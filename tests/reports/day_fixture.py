"""A day that was never lived, of any size: results.json and findings.json as the daily checks write them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from analysis.quality import rows as r
from analysis.results import Results, Row

DAY = date(2026, 10, 18)
CODES = ("straight_line", "same_household", "place_elsewhere")


def flag(
    number: int, check: str = "straight_line", severity: str = "yellow", enumerator: str = "6", **more: str
) -> dict[str, str]:
    """One line of findings.json."""
    plain = {
        "id": f"{number:012x}", "check": check, "severity": severity, "wave": 2026, "instance_id": f"uuid:{number:08d}-aaaa-bbbb",
        "psu": f"GL{number % 7:04d}", "enumerator": enumerator, "question": "A", "expected": "≥ 2", "got": "1",
        "do": "Nghe lại hoặc phỏng vấn lại | Call back", "state": "open",
    }  # fmt: skip
    return {**plain, **more}


def day_rows(communes: int = 6, people: int = 12) -> list[Row]:
    """Rows of every indicator that the page prints."""
    count, measured, wave = r.count, r.measured, 2026
    names = (r.TARGET, 1380), (r.DONE, 659), (r.REFUSED, 37), (r.OTHER, 14), (r.RESERVE_USED, 9), (r.LEFT, 670)
    found = [count(wave, r.PROGRESS, c, n) for c, n in names]
    for i in range(communes):
        at = {"commune": f"{21000 + i}"}
        found += [count(wave, r.PROGRESS, c, n // 10 + i % 5, at) for c, n in names]
        found += [count(wave, r.PLACE, c, i % 2, at) for c in (r.INSIDE, r.ELSEWHERE, r.FAR, r.MOCK)]
    for band in ("a15", "a60"):
        for sex in ("female", "male"):
            found.append(count(wave, r.PROGRESS, r.DONE, 65, {"agegroup": band, "sex": sex}))
            found.append(count(wave, r.PROGRESS, r.TARGET, 156.4, {"agegroup": band, "sex": sex}))
    for back in range(14):
        at = {"day": (DAY - timedelta(days=back)).isoformat()}
        found += [count(wave, r.DAY_COUNT, r.VISITS, 55 - back, at), count(wave, r.DAY_COUNT, r.DONE, 48 - back, at)]
    for i in range(people):
        at = {"enumerator": str(i + 1)}
        found += [count(wave, r.TEAM_COUNT, c, 10 + i, at) for c in (r.DONE, r.DONE_DAY, r.LEFT)]
        for name in r.PEOPLE:
            out = r.OUTSIDE if i == people - 1 else ""
            found.append(measured(wave, name, 20.0 + i, "percent", domain=at, within=(15.0 + i, 26.0 + i), n=40, state=out))
    found += [measured(wave, name, 21.5, "percent", n=400) for name in r.PEOPLE]
    found.append(measured(wave, r.FINISH, 12.0, "count", within=(10.0, 16.0), n=670, estimand="quantile"))
    found += [count(wave, r.RESERVE, c, n) for c, n in ((r.MAIN, 1380), (r.RESERVES, 120), (r.RELEASED, 9))]
    found.append(count(wave, r.RESERVE_REASON, "moved", 9))
    steps = (r.ISSUED, 1380), (r.WORKED, 740), (r.MET, 703), (r.ELIGIBLE, 697), (r.AGREED, 660), (r.DONE, 659)
    found += [count(wave, r.FLOW, c, n) for c, n in steps]
    found += [measured(wave, r.RATE, 93.6, "percent", category=c, n=700) for c in ("rr1", "con1", "coop1", "ref1")]
    for i in range(20):
        found += [measured(wave, name, 30.0 - i, "percent", category=f"k{i:02d}", n=600) for name in (r.ITEM_DK, r.ITEM_MISSING)]
        found.append(measured(wave, r.QUESTION_TIME, 0.5 + i / 60, "minute", category=f"k{i:02d}", n=600, estimand="quantile"))
        found.append(measured(wave, r.BACKCHECK_ITEM, 3.0 + i, "percent", category=f"k{i:02d}", within=(1.0 + i, 6.0 + i), n=40))
    found += [count(wave, r.HOUR, "", 3 + d, {"weekday": str(d), "hour": f"{h:02d}"}) for d in range(1, 8) for h in (7, 9, 22)]
    found += [count(wave, r.PLACE, c, n) for c, n in ((r.INSIDE, 611), (r.ELSEWHERE, 55), (r.NO_POSITION, 92))]
    found += [count(wave, r.DUPLICATE, c, 2) for c in (r.SAME_HOUSEHOLD, r.NEAR)]
    found += [count(wave, r.VERSION, "7", 700), count(wave, r.VERSION, "6", 42, state=r.OUTSIDE)]
    found += [count(wave, r.EDITED, r.ANY, 12), count(wave, r.EDITED, r.CONTENT, 0)]
    found += [count(wave, r.BACKCHECK, c, n) for c, n in ((r.PLANNED, 100), (r.DONE, 40), (r.MATCHED, 38))]
    found += [measured(wave, r.BACKCHECK_KIND, 5.0, "percent", category=k, within=(3.0, 8.0), n=60) for k in "123"]
    found.append(Row("diagnostic", r.PLAUSIBILITY, "total", wave, "point", estimate=21.0, upper=108.0, level=None))
    found.append(Row("diagnostic", r.POINTS, "total", wave, "point", category="short", estimate=6.0, upper=10.0, level=None))
    return found


def day_texts(communes: int = 6, people: int = 12) -> dict[str, Any]:
    """texts["daily"]."""
    square = ["0 0 90 0 90 90 0 90"]
    return {
        r.T_DAY: DAY.isoformat(),
        r.T_ROUND: {"name": "thu-2026", "kind": "practice", "wave": 2026, "form": "bdg_household", "version": "7",
                    "title": {"vi": "Khảo sát <b>đời sống</b>", "en": "Survey"}},
        r.T_WINDOW: {"start": "2026-10-05", "end": "2026-10-30"},
        r.T_COMMUNES: {f"{21000 + i}": {"name": f"Xã Sơn Tây Thượng {i:02d}", "area": "rural"} for i in range(communes)},
        r.T_PEOPLE: {str(i + 1): 9 if i == 0 else 40 for i in range(people)},
        r.T_ITEMS: {f"k{i:02d}": {"vi": f"Theo luật, vợ chồng ${{x}} có quyền ngang nhau khi chọn cách làm {i}", "en": "q"}
                    for i in range(20)},
        r.T_RESULTS: {"moved": {"vi": "hộ đã chuyển đi", "en": "moved"}},
        r.T_CELLS: [["a15", "15 tuổi", "15"], ["a60", "từ 60 tuổi trở lên", "60+"]],
        r.T_SEXES: [["female", "nữ", "female"], ["male", "nam", "male"]],
        r.T_CHECKS: {c: {"vi": f"Loại {c}", "en": c} for c in CODES},
        r.T_POINTS: {"short": {"vi": "Phiếu quá nhanh", "en": "short", "source": "x"}},
        r.T_QUOTA: {"source": "Thống kê tỉnh (2026-01-01)"},
        r.T_MAP: {"shapes": {f"{21000 + i}": square for i in range(communes)}},
        r.T_SERVER: {"pulled": "2026-10-18T20:00", "there": 775, "here": 775, "state": "complete"},
        "held": {"submissions": 775, "deleted": 1, "erased": 2, "refused": 0, "apart": 42, "rejected": 3},
        "labels": {},
    }  # fmt: skip


def write_day(
    folder: Path, *, communes: int = 6, people: int = 12, practice: bool = True, flags: list[dict[str, str]] | None = None,
    rows: list[Row] | None = None, texts: dict[str, Any] | None = None,
) -> Path:  # fmt: skip
    """results.json and findings.json in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    given = day_rows(communes, people) if rows is None else rows
    told = {"daily": day_texts(communes, people) if texts is None else texts}
    digests = {"data": "a" * 64, "form": "b" * 64, "code": "c" * 64}
    (folder / "results.json").write_bytes(Results(practice, digests, tuple(given), told).json_bytes())
    lines = [flag(i) for i in range(30)] if flags is None else flags
    (folder / "findings.json").write_text(json.dumps(lines, ensure_ascii=False), encoding="utf-8")
    return folder
