"""Two ways to make a finding of the checks of people: about an interview, about an enumerator.

Imports findings.  Codes only: what is expected and what was got are numbers and the names of questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..findings import Finding

if TYPE_CHECKING:
    from .answered import Answered

Severity = Literal["red", "yellow", "info"]


def interview(
    a: Answered, i: int, check: str, question: str, expected: str, got: str, do: str, severity: Severity = "yellow"
) -> Finding:
    """A finding about the interview at place `i`."""
    v = a.visits[i]
    return Finding(check, severity, a.seen.round.wave, v.instance_id, v.psu, v.enumerator, question, expected, got, do)


def person(
    a: Answered, severity: Severity, check: str, code: str, expected: str, got: str, do: str, question: str = ""
) -> Finding:
    """A finding about an enumerator; of the round, or of one question in it, where `code` is empty."""
    return Finding(check, severity, a.seen.round.wave, "", "", code, question, expected, got, do)
