"""One process, one form, JavaRosa itself: what each question says in a language, and the XML of what was answered.

Run as `python -m tests.forms.walk`: a job in JSON on standard input, what was seen on standard output.  Unlike drive.py it knows
no questionnaire, only an XForm: it walks whatever form lies there and answers what it is told to answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from forms.rehearsal.engine import Engine
from tests.forms.writing import ROOT

WHOLE = ("interviewer", "visit", "hh_size", "n_eligible", "m_age", "age")


def walk(xform: Path, *interviews: Mapping[str, str | Sequence[str]], language: str = "Tiếng Việt (vi)") -> dict[str, Any]:
    """Answer a form as often as there are interviews (question -> answer, or answers by the row of a repeat)."""
    job = {"xform": str(xform), "language": language, "interviews": interviews}
    done = subprocess.run(
        [sys.executable, "-m", "tests.forms.walk"], input=json.dumps(job), capture_output=True, text=True, encoding="utf-8",
        cwd=ROOT, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """Every interview of the job: the screens it met and the instance it left."""
    job = json.load(sys.stdin)
    engine = Engine(Path(job["xform"]), Path(job["xform"]).parent)
    engine.language(job["language"])
    done = [one(engine, answers) for answers in job["interviews"]]
    json.dump({"languages": engine.languages(), "interviews": done}, sys.stdout)


def one(engine: Engine, answers: Mapping[str, str | list[str]]) -> dict[str, Any]:
    """One interview to the end of the form; questions that are not in `answers` stay empty."""
    engine.begin({})
    screens: dict[str, Any] = {}
    while (stop := engine.step()) is not None:
        shown = engine.screen()
        screens[stop.name] = {
            "text": shown.text,
            "choices": list(shown.choices),
            "constraint": shown.constraint,
            "required": shown.required,
        }
        if stop.name in answers:
            told = answers[stop.name]
            text = told if isinstance(told, str) else told[max(stop.repeat - 1, 0)]
            outcome = engine.answer(stop.name, "integer" if stop.name in WHOLE else "select_one", text)
            assert outcome == "ok", f"{stop.name} = {text}: {outcome}, {[c for c, _ in shown.choices][:5]}"
    return {"screens": screens, "xml": engine.finish({}, validate=False)[1]}


if __name__ == "__main__":
    main()
