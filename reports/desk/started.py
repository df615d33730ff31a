"""Beginning something new on the desk: the practice round, a real round, a report.

Imports work, talk and the standard library.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from .survey_steps import DROP
from .talk import DONE, Talk
from .work import KINDS, PRACTICE, TITLES

EXPORT = "submissions.csv.zip"


def practice(talk: Talk, home: Path, pack: Path | None) -> None:
    """The practice round with its planted faults: from the ready pack, or rehearsed here through Collect's own engine."""
    source = pack if pack is not None and (pack / "phieu" / EXPORT).exists() else home / ".tap-huan"
    sample, visits, first = source / "sample", source / "phieu", str(years()[0])
    if not (visits / EXPORT).exists():
        talk.say("Chuẩn bị vòng tập huấn, mất một đến hai phút. (Making the practice round: a minute or two.)")
        made = talk.all(
            ["analysis", "sample", "practice", "--out", sample, "--psus", "24", "--households", "15"],
            ["forms", "rehearse", "--wave", first, "--sample", sample / "sample.csv", "--out", visits, "--faults"],
        )
        if not made:
            return
    folder = home / PRACTICE
    if (
        talk.run("forms", "round", folder, "--kind", "practice", "--wave", str(years()[0]), "--sample", sample / "sample.csv")
        != DONE
    ):
        return
    (folder / DROP).mkdir()
    shutil.copyfile(visits / EXPORT, folder / DROP / EXPORT)
    if (visits / "planted.json").exists():
        shutil.copyfile(visits / "planted.json", folder / "planted.json")
    talk.say("Vòng tập huấn đã sẵn sàng: chọn nó ở màn hình đầu rồi làm từng bước. (Ready: choose it.)")


def real(talk: Talk, home: Path) -> None:
    """A real round: year, sample and server; its key must be keepable on this machine, which `bdg forms round` checks."""
    year = _year(talk)
    sample = talk.path("Tệp sample.csv của đợt (kéo tệp vào đây)")
    if sample is None:
        return
    server = talk.answer("Địa chỉ máy chủ https:// (Enter: không dùng máy chủ)")
    words: list[str | Path] = [
        "forms",
        "round",
        home / f"khao-sat-{year}",
        "--kind",
        "real",
        "--wave",
        str(year),
        "--sample",
        sample,
    ]
    if server:
        kind = ("central", "kobo")[talk.choice("Máy chủ: 1. ODK Central, 2. KoboToolbox", 2, zero=False) - 1]
        words += ["--server", server, "--server-kind", kind, "--user", talk.answer("Tài khoản (không phải mật khẩu)")]
        words += ["--project", talk.answer("Số dự án (project)")] if kind == "central" else []
    talk.run(*words)


def report(talk: Talk, home: Path) -> None:
    """A report of a year: only a folder, which the steps then fill."""
    kinds = tuple(KINDS)
    asked = ", ".join(f"{i}. {TITLES[kind]}" for i, kind in enumerate(kinds, 1))
    kind = kinds[talk.choice(f"{asked} (half-year, year, on request, final)", len(kinds), zero=False) - 1]
    folder = home / f"bao-cao-{_year(talk)}-{KINDS[kind]}"
    (folder / "nhan").mkdir(parents=True, exist_ok=True)
    talk.say(f"Đã tạo (made): {folder.name}")


def years() -> tuple[int, ...]:
    """The years of the province's plan."""
    from forms import load_plan, province_folder

    return tuple(sorted({year for target in load_plan(province_folder()).targets for year in target.values}))


def _year(talk: Talk) -> int:
    there = years()
    asked = "Năm: " + ", ".join(f"{i}. {y}" for i, y in enumerate(there, 1))
    return there[talk.choice(asked, len(there), zero=False) - 1]
