"""Small questionnaires written by the tests themselves, and what every refusal must look like."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from forms.errors import BdgError, Problem

ROOT = Path(__file__).parents[2]

FORM = """\
id: tiny
title: {vi: Khảo sát nhỏ, en: Small survey}
version: "1"
scales:
  K: {kind: right, min_answered: 1, label: {vi: Hiểu biết, en: Knowledge}}
  A: {kind: likert, low: 1, high: 3, min_answered: 1, label: {vi: Thái độ, en: Attitude}}
  total: {kind: mean_of, of: [K, A], label: {vi: Chung, en: Total}}
"""

LISTS = """\
yes_no:
  - {code: "yes", vi: Có, en: "Yes"}
  - {code: "no", vi: Không, en: "No"}
truth:
  - {code: t, vi: Đúng, en: "True"}
  - {code: f, vi: Sai, en: "False"}
  - {code: dk, vi: Không biết, en: Do not know, why: dont_know}
agree3:
  - {code: "1", vi: Phản đối, en: Against}
  - {code: "2", vi: Vừa phải, en: Between}
  - {code: "3", vi: Tán thành, en: In favour}
ways:
  - {code: tv, vi: Ti vi, en: Television}
  - {code: radio, vi: Ra-đi-ô, en: Radio}
  - {code: none, vi: Không cách nào, en: None}
  - {code: ref, vi: Không trả lời, en: No answer, why: refused}
"""

FIRST = """\
section: m1
label: {vi: Người trả lời, en: Respondent}
questions:
  - name: consent
    type: select_one
    list: yes_no
    ask: {vi: "Ông/Bà có đồng ý?", en: "Do you agree?"}
  - name: age
    type: integer
    range: [15, 110]
    ask: {vi: "Tuổi tròn?", en: "Age?"}
  - name: phone
    type: text
    private: true
    required: false
    only_if: age >= 18
    ask: {vi: "Số máy?", en: "Phone?"}
"""

SCORED = """\
section: m2
label: {vi: Câu tính điểm, en: Scored}
only_if: consent = yes
questions:
  - name: k1
    type: select_one
    list: truth
    ask: {vi: "Nam nữ có quyền như nhau.", en: "Men and women have equal rights."}
    score:
      scale: K
      key:
        - {value: t, law: Luật A, article: Điều 1, valid_from: 2007-07-01, valid_to: null, read_on: null}
  - name: a1
    type: select_one
    list: agree3
    only_if: age >= 18
    ask: {vi: "Việc nhà là việc chung.", en: "Housework is shared work."}
    score: {scale: A, reverse: true}
  - name: ways
    type: select_multiple
    list: ways
    ask: {vi: "Nghe qua cách nào?", en: "Heard through which?"}
"""

FILES: Mapping[str, str] = {"form.yaml": FORM, "lists.yaml": LISTS, "10_first.yaml": FIRST, "20_scored.yaml": SCORED}


def write_form(folder: Path, **files: str) -> Path:
    """The small questionnaire in a folder; keyword first, scored, lists, form replace a file's text."""
    names = {"form": "form.yaml", "lists": "lists.yaml", "first": "10_first.yaml", "scored": "20_scored.yaml"}
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in {**FILES, **{names[k]: v for k, v in files.items()}}.items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder


EVIDENCE = "item,date,people,groups,problem,change,waived_by,waiver_document,wording\n"


def with_evidence(folder: Path, rows: str | None = None) -> Path:
    """The folder with records of cognitive tests; by default a written waiver for every scored item."""
    waived = "k1,2026-08-01,,,,,Người có thẩm quyền (giả lập),Văn bản giả lập số 1,\n"
    (folder / "evidence").mkdir(exist_ok=True)
    text = EVIDENCE + (waived + waived.replace("k1", "a1") if rows is None else rows)
    (folder / "evidence" / "cognitive.csv").write_text(text, encoding="utf-8")
    return folder


def edited(folder: Path, file: str, old: str, new: str) -> Path:
    """The small questionnaire with one passage of one file changed."""
    assert FILES[file].count(old) == 1, f"{old!r} must stand once in {file}"
    write_form(folder)
    (folder / file).write_text(FILES[file].replace(old, new), encoding="utf-8")
    return folder


def line_of(folder: Path, file: str, needle: str) -> int:
    """The first line of a file that holds a text."""
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, 1) if needle in line)


def refused(call: Callable[[], object]) -> tuple[Problem, ...]:
    """The problems of a call that must be refused; each is told in both languages, with what to do and a code."""
    with pytest.raises(BdgError) as caught:
        call()
    for problem in caught.value.problems:
        assert_told(problem)
    return caught.value.problems


def assert_told(problem: Problem) -> None:
    """A refusal reads: place, Vietnamese, (English), expected or got, what to do in both languages, [code]."""
    lines = problem.text().splitlines()
    facts = dict(problem.facts)
    assert lines[0] == f"{problem.place}: {problem.entry.vi.format_map(facts)}"
    assert lines[1].strip() == f"({problem.entry.en.format_map(facts)})"
    assert lines[-1].strip() == f"[{problem.code}]"
    do = next(line for line in lines if "cách xử lý / do:" in line)
    assert problem.entry.do_vi.format_map(facts) in do
    assert f"({problem.entry.do_en.format_map(facts)})" in do
    assert "Traceback" not in problem.text()


def python(*args: str, hash_seed: str = "0", ok: bool = True) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter on this project; its output as text."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8", "COLUMNS": "400"}
    done = subprocess.run(
        [sys.executable, *args], capture_output=True, text=True, encoding="utf-8", env=env, cwd=ROOT, timeout=300, check=False
    )
    assert not ok or done.returncode == 0, done.stdout + done.stderr
    return done


def drive(job: Mapping[str, Any]) -> dict[str, Any]:
    """Conduct the interviews of a job in a process of its own (see drive.py)."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.forms.drive"], input=json.dumps(job), capture_output=True, text=True, encoding="utf-8",
        cwd=ROOT, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
