"""One process, one form, JavaRosa itself: interviews described in JSON on standard input, what happened on standard output.

Run as `python -m tests.forms.drive`; the engine allows one form a process, so tests never start it in their own.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from forms.codebook import codebook
from forms.load import load_questionnaire
from forms.media import Household, read_hamlets, read_households
from forms.rehearsal.engine import Engine
from forms.rehearsal.interview import Interviewer
from forms.rehearsal.people import People, Respondent

DAY = date(2026, 10, 12)


def main() -> None:
    """Conduct every interview of the job in turn, in one Interviewer."""
    job = json.load(sys.stdin)
    form = load_questionnaire(Path(job["folder"]))
    engine = Engine(Path(job["xform"]), Path(job["xform"]).parent)
    engine.language(job.get("language", "Tiếng Việt (vi)"))
    hidden = {q.type: "/".join((*p, q.name)) for p, q in form.questions() if q.type in ("start", "end", "today", "deviceid")}
    interviewer = Interviewer(engine, {q.name: q for _, q in form.questions()}, 1, {str(k): v for k, v in hidden.items()})
    done = []
    for number, wanted in enumerate(job["interviews"]):
        found = interviewer.conduct(_who(job, form, wanted, number))
        done.append({"asked": found.asked, "hits": dict(found.hits), "xml": found.xml})
    tally = interviewer.tally
    json.dump(
        {
            "interviews": done, "messages": tally.messages, "invalid": dict(tally.invalid), "hits": dict(tally.hits),
            "offered": {k: sorted(v) for k, v in tally.offered.items()},
        },
        sys.stdout,
    )  # fmt: skip


def _who(job: dict[str, Any], form: Any, wanted: dict[str, Any], number: int) -> Respondent:
    """A synthetic respondent of the sample with some answers replaced, or one made of the given answers only."""
    if "sample" not in job:
        nobody = Household(f"2026-P-{number:03d}", 2026, "P", f"{number:03d}", "21025", "0.5", "practice")
        return Respondent(nobody, DAY, datetime(2026, 10, 12, 9), wanted["answers"], wanted.get("rosters", {}))
    household = read_households(Path(job["sample"]), 2026)[number]
    hamlet = {h.psu: h for h in read_hamlets(Path(job["frame"]))}[household.psu]
    who = People(codebook(form), 2026, 1, (DAY, DAY)).respondent(household, hamlet)
    return replace(who, answers={**who.answers, **wanted["answers"]}, rosters={**who.rosters, **wanted.get("rosters", {})})


if __name__ == "__main__":
    main()
