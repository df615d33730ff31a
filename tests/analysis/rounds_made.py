"""A small practice round on disk with a few made-up visits: what tests of cleaning begin from."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from analysis.readers.raw import Raw
from analysis.readers.rounds import form_of
from analysis.readers.stored import arrival
from forms import Codebook, codebook, load_questionnaire, questionnaire_folder
from forms.ledger import Round, new_round, open_ledger, round_key
from forms.submission import Submission

KEY = base64.b64encode(bytes(range(32))).decode()


@cache
def book() -> Codebook:
    """The household form's codebook."""
    return codebook(load_questionnaire(questionnaire_folder()))


def instance(n: int) -> str:
    """A made-up instance id."""
    return f"uuid:{n:08x}-0000-4000-8000-000000000000"


def cells(form: Codebook, n: int, **more: str | None) -> dict[str, str | None]:
    """Answers by path of visit n: a completed interview unless told otherwise."""
    told: dict[str, str | None] = {
        "questionnaire_digest": form.digest, "round_kind": "practice", "wave": "2026", "interviewer": str(1 + n % 3),
        "commune": "20551", "psu": f"P{n // 4:03d}", "ssu": f"{n % 4 + 1}", "interview_date": "2026-10-05", "result": "completed",
        "consent": "yes", "n_eligible": "2", "sex": "female", "age": str(20 + n), "k01": "t", "a01": "2", **more,
    }  # fmt: skip
    paths = {v.name: v.path for v in form.variables if not v.repeat}
    return {paths[name]: value for name, value in told.items() if name in paths}


def submissions(count: int, **more: str | None) -> tuple[Submission, ...]:
    """Visits as a reader hands them over."""
    form = book()
    every = {v.path: None for v in form.variables if not v.repeat}
    return tuple(
        Submission(
            instance(n), instance(n), form.form_id, form.version, form.digest, 2026, "csv", None, None,
            {**every, **cells(form, n, **more)}, {},
        )
        for n in range(count)
    )  # fmt: skip


def practice_round(home: Path, answers: Sequence[Mapping[str, str | None]]) -> Round:
    """A round whose ledger holds one visit a mapping.  The key must stand in BDG_ROUND_KEY."""
    of = new_round(home, kind="practice", wave=2026, form="household", sample=None, keep_key=lambda r: round_key(r, make=True))
    form = form_of(of)
    with open_ledger(of) as ledger:
        pull = ledger.begin("file", "made.csv")
        raws = [
            Raw(instance(n), instance(n), form.form_id, form.version, None, None, cells(form, n, **dict(a)))
            for n, a in enumerate(answers)
        ]
        ledger.add(pull, [arrival(r, form, "csv") for r in raws])
        ledger.end(pull, "complete")
    return of
