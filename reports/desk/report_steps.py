"""The steps of a half-yearly, yearly or final report: templates out, returns in, targets, report, a last look at the Word file.

Imports work, step, survey_steps, talk and the standard library.
"""

from __future__ import annotations

import csv
from pathlib import Path

from .step import Step
from .survey_steps import latest, verify
from .talk import DONE, Talk
from .work import Yearly, keep, marks, surveys

FORMS = ("unit", "media", "convention")
TITLES = {"unit": "báo cáo đơn vị", "media": "phiếu cơ quan truyền thông", "convention": "phiếu hương ước, quy ước"}
PERIOD = {"halfyear": "six_months", "annual": "annual", "adhoc": "adhoc", "final": "annual"}
TEMPLATES, DROP, READ, TARGETS, REPORT = "mau", "nhan", "so-lieu", "chi-tieu", "bao-cao"


def report_steps(desk: Path, at: Yearly) -> tuple[Step, ...]:
    """The five steps of one report as things stand."""
    kept = marks(at.home)
    forms = _forms(at)
    made = all((at.home / TEMPLATES / f).is_dir() for f in forms)
    read = bool(at.mark) and kept.get("doc") == at.mark
    counted = read and kept.get("chi-tieu") == at.mark and (at.home / TARGETS / "results.json").exists()
    word = sorted((at.home / REPORT).glob("*.docx"))
    written = counted and bool(word) and kept.get("bao-cao") == at.mark
    return (
        Step(
            "mau", "Tạo mẫu Excel cho các đơn vị", "make the units' templates", done=made, note="",
            act=lambda t: _templates(t, at), optional=True,
        ),
        Step(
            "doc", "Đọc các mẫu đã điền", "read the returns", read,
            _silent(at) if read else f"Chép mẫu đã điền vào «{DROP}».", lambda t: _returns(t, at),
        ),
        Step("chi-tieu", "Tính năm mục tiêu", "count the five targets", counted, "", lambda t: _targets(t, desk, at)),
        Step(
            "bao-cao", "Làm báo cáo", "write the report", written, f"Tệp: {REPORT}/{word[0].name}" if written else "",
            lambda t: _report(t, at),
        ),
        Step(
            "soat", "Soát tệp Word đã sửa với số liệu", "compare the edited Word file with the numbers", done=False, note="",
            act=lambda t: verify(t, at.home / REPORT, at.home / TARGETS), optional=True,
        ),
    )  # fmt: skip


def _forms(at: Yearly) -> tuple[str, ...]:
    """Half-yearly and on request only the units report; media agencies and conventions are once a year."""
    return FORMS[:1] if at.kind in ("halfyear", "adhoc") else FORMS


def _silent(at: Yearly) -> str:
    """How many units have not reported, form by form."""
    told = []
    for form in _forms(at):
        path = at.home / READ / form / "not_reported.csv"
        if path.exists():
            with path.open(encoding="utf-8-sig", newline="") as file:
                told.append(f"{TITLES[form]}: {sum(1 for _ in csv.DictReader(file))}")
    return "Chưa báo cáo (not reported) - " + "; ".join(told) + "." if told else ""


def _templates(talk: Talk, at: Yearly) -> bool:
    done = True
    for form in _forms(at):
        words: list[str | Path] = ["forms", "template", form, "--year", str(at.year), "--out", at.home / TEMPLATES / form]
        done = talk.run(*words, *(("--period", PERIOD[at.kind]) if form == "unit" else ())) == DONE and done
        (at.home / DROP / form).mkdir(parents=True, exist_ok=True)
    talk.say(f"  Gửi các tệp trong «{TEMPLATES}» cho đơn vị; tệp điền xong chép vào «{DROP}/<tên mẫu>».")
    return done


def _returns(talk: Talk, at: Yearly) -> bool:
    """Every form whose folder holds files; a form without a file is left out and its target says so."""
    there = [f for f in _forms(at) if any((at.home / DROP / f).glob("**/*.xls*"))]
    if not there:
        talk.say(f"  Chưa có tệp nào trong «{at.home / DROP}». (No file there yet.)")
        return False
    for form in there:
        words: list[str | Path] = ["analysis", "returns", at.home / DROP / form, "--form", form, "--out", at.home / READ / form]
        words += ["--year", str(at.year), *(("--period", PERIOD[at.kind]) if form == "unit" else ())]
        if talk.run(*words) not in (DONE, 3):
            return False
    keep(at.home, "doc", at.mark)
    return True


def _targets(talk: Talk, desk: Path, at: Yearly) -> bool:
    """The forms that were read, and the last run of every real survey up to this year; practice never joins real returns."""
    words: list[str | Path] = ["analysis", "targets", "--year", str(at.year), "--kind", at.kind]
    for form in _forms(at):
        if (at.home / READ / form / "returns.csv").exists():
            words += [f"--{form}", at.home / READ / form]
    for one in (s for s in surveys(desk) if s.round.wave <= at.year and not s.round.practice):
        run = latest(one.home)
        if run is not None:
            words += ["--survey", run / "results.json"]
    if talk.run(*words, "--out", at.home / TARGETS) not in (DONE, 3):
        return False
    keep(at.home, "chi-tieu", at.mark)
    return True


def _report(talk: Talk, at: Yearly) -> bool:
    if talk.run("reports", at.kind, at.home / TARGETS / "results.json", "--out", at.home / REPORT) != DONE:
        return False
    keep(at.home, "bao-cao", at.mark)
    talk.say(f"  Báo cáo ở thư mục (the report is in): {at.home / REPORT}")
    return True
