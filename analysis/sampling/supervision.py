"""The files behind one release or one look at the reserves: sample, lines so far, form, plan and, if given, submissions.

Imports releases, reserve_use, sample, readers and the doors of forms.  Reads; what is written is one call of `append`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forms import codebook, load_questionnaire, province_folder, questionnaire_folder
from forms.survey import load_survey

from ..findings import Finding
from ..readers import read_submissions
from .releases import INTERVIEWED, Release, Rules, append, check, check_field, read, release, returned, rules_of
from .reserve_use import Use, use
from .sample import Drawn, read_sample

__all__ = ["Case", "Review", "append", "propose", "review"]


@dataclass(frozen=True)
class Case:
    """A release that may be written: its line, the lines before it, the rules it was judged by."""

    line: Release
    done: tuple[Release, ...]
    rules: Rules


@dataclass(frozen=True)
class Review:
    """One wave's use of reserves and what a supervisor should look at."""

    table: tuple[Use, ...]
    findings: tuple[Finding, ...]
    rules: Rules


@dataclass(frozen=True)
class _Files:
    sample: tuple[Drawn, ...]
    done: tuple[Release, ...]
    rules: Rules
    returned: tuple[tuple[int, str, str, str], ...]


def _files(sample: Path, releases: Path, data: Path | None, province: str) -> _Files:
    form = load_questionnaire(questionnaire_folder())
    book = codebook(form)
    forms = returned(read_submissions(data, book), book) if data else ()
    return _Files(read_sample(sample), read(releases), rules_of(form, load_survey(province_folder(province))), forms)


def propose(
    sample: Path, releases: Path, data: Path | None, wave: int, psu: str, household: str, reason: str, visits: int, who: str,
    day: date, *, province: str = "51",
) -> Case:  # fmt: skip
    """The line that a release would add, or the refusal of `releases.release`; writes nothing.

    data: submissions so far, in any shape `readers` knows; a household interviewed there is not replaced.
    """
    f = _files(sample, releases, data, province)
    done = {(w, p, s) for w, p, s, result in f.returned if result in INTERVIEWED}
    line = release(f.sample, f.done, wave, psu, household, reason, visits, who, day, rules=f.rules, interviewed=done)
    return Case(line, f.done, f.rules)


def review(sample: Path, releases: Path, data: Path | None, wave: int, *, province: str = "51") -> Review:
    """One wave's table and findings: of the lines, and of what the field returned where `data` is given."""
    f = _files(sample, releases, data, province)
    lines = [x for x in check(f.done, f.sample, f.rules) if x.wave == wave]
    field = [x for x in check_field(f.done, f.sample, f.returned) if x.wave == wave] if data else []
    return Review(use(f.done, f.sample, wave), (*lines, *field), f.rules)
