"""The one record every reader ends in: nothing later knows where a submission came from.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Source = Literal["xml", "odata", "csv", "kobo", "excel"]
Answers = Mapping[str, str | None]


@dataclass(frozen=True)
class Submission:
    """One submission as received.

    answers: path without the root ("m5/k01") -> text, None where the form left it out or it stayed empty.
    repeats: path of the repeat ("m1/member") -> one Answers per row (full paths), all-null ghost rows dropped.
    wave: read from the form's own hidden field, None when it is absent or empty.
    """

    instance_id: str
    root_id: str
    form_id: str
    form_version: str
    questionnaire_digest: str
    wave: int | None
    source: Source
    received_at: str | None
    review: str | None
    answers: Answers
    repeats: Mapping[str, tuple[Answers, ...]]
