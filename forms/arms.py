"""Which half of an experiment a sampled household belongs to: vignettes, list experiment, questionnaire of a half-sample.

Standard library only.  Draws nothing: each arm is one bit of a digest of the household's key and of the number that the sample
gave it, so the same sample always gives the same arms, on every machine, and a second visit meets the same questions.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Arms:
    """1 or 2 each, as text.

    vignette: which version of the vignettes is told; list: with or without the sensitive line of the list experiment;
    form: which questionnaire of a split half-sample (our own wording, or that of a later questionnaire it is bridged to).
    """

    vignette: str
    list: str
    form: str


def arms(key: str, select_u: str) -> Arms:
    """The arms of a household: bits 0, 1 and 2 of the first byte of SHA-256 of «key select_u».

    select_u is written in its shortest form (0.50 and 0.5 are one number).  A bit of a digest is even over households and
    tells nothing of the others nor of floor(u n), the person picked: each arm is balanced in expectation, not by count.
    """
    number = Decimal(select_u)
    text = format(number.normalize(), "f") if number else "0"
    bits = hashlib.sha256(f"{key} {text}".encode()).digest()[0]
    vignette, of_list, form = (str(1 + (bits >> place & 1)) for place in range(3))
    return Arms(vignette, of_list, form)
