"""The training form and its made-up places: another form id, another title, hamlets that exist nowhere.

Imports the records of the room and media.  Nothing of a real sample enters here.
"""

from __future__ import annotations

from dataclasses import replace

from ..media import Hamlet, Household
from ..question import Label, Questionnaire
from .texts import say

SUFFIX = "_tt"
COMMUNES = {"00001": "Xã Tập Huấn Một", "00002": "Xã Tập Huấn Hai"}
"""Codes that no unit of the country bears."""
_HAMLETS, _HOUSEHOLDS = 4, 6


def training_form(form: Questionnaire) -> Questionnaire:
    """The same questions under an id and a title of their own, so that no server takes its answers for the survey's."""
    title = Label(f"{say('practice', 'vi')} · {form.title.vi}", f"{say('practice', 'en')} · {form.title.en}")
    return replace(form, id=form.id + SUFFIX, title=title)


def training_places(wave: int) -> tuple[tuple[Household, ...], tuple[Hamlet, ...]]:
    """Hamlets and households to practise on, every one marked as practice.

    select_u runs evenly through [0; 1) (the golden section's multiples), so that trainees meet first, middle and last lines
    of a roster; nothing is drawn.
    """
    codes = sorted(COMMUNES)
    hamlets = tuple(
        Hamlet(f"TT{i + 1:02d}", codes[i * len(codes) // _HAMLETS], f"Thôn tập huấn {i + 1}", "rural", "", _HOUSEHOLDS)
        for i in range(_HAMLETS)
    )
    households = tuple(
        Household(f"{wave}-{h.psu}-{n:03d}", wave, h.psu, f"{n:03d}", h.commune, _u(i * _HOUSEHOLDS + n), "practice")
        for i, h in enumerate(hamlets)
        for n in range(1, _HOUSEHOLDS + 1)
    )
    return households, hamlets


def _u(turn: int) -> str:
    """The fractional part of turn x 0.618034, six digits, exact."""
    return f"0.{turn * 618_034 % 1_000_000:06d}"
