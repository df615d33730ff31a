"""Who issues a yearly report, and how it opens: agency, signature, recipients, bases, title.

Imports read, outline, opening, lookup, tables and document.  A department signs by its director, never «TM.», which belongs to
the People's Committee; what the plan does not say stays a marked gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from analysis.results import Results
from forms.errors import refuse

from .. import opening, tables
from ..document import Block, Frame, Paragraph, Sentence
from ..lookup import Lookup, lower_first
from .outline import PLACES, Label
from .read import Read

ISSUERS = ("department", "province")
COMMITTEE = "TM."


def issued(results: Results, issuer: str) -> Results:
    """The same results with the chosen issuer in the place of the default; REP-034 when the plan names none of that kind."""
    known: Mapping[str, Any] = results.texts.get("issuers") or {}
    if issuer not in known:
        raise refuse("REP-034", "results.json", expected=", ".join(known) or "-", got=issuer, issuer=issuer)
    return replace(results, texts=dict(results.texts) | {"issuer": known[issuer]})


def signed(results: Results, issuer: str, *, deputy: bool) -> Results:
    """As `issued`, for a report whose frame is made from the texts alone: the lines of authority stand ready in them."""
    made = issued(results, issuer)
    lines = list(authority(made.texts["issuer"], deputy=deputy))
    return replace(made, texts=dict(made.texts) | {"issuer": dict(made.texts["issuer"]) | {"authority": lines}})


def frame(read: Read, look: Lookup, *, deputy: bool) -> Frame:
    """The lines around the text; deputy: signed for the head by a deputy (KT.)."""
    return replace(opening.frame(look), authority=authority(read.texts["issuer"], deputy=deputy))


def authority(issuer: Mapping[str, Any], *, deputy: bool) -> tuple[str, ...]:
    """`GIÁM ĐỐC`; `KT. GIÁM ĐỐC`, `PHÓ GIÁM ĐỐC`; `TM. ỦY BAN NHÂN DÂN`, `KT. CHỦ TỊCH`, `PHÓ CHỦ TỊCH`."""
    head = [str(x) for x in (issuer.get("signer_title"), issuer.get("signer_second")) if x]
    if any("GIÁM ĐỐC" in line.upper() for line in head):
        head = [line for line in head if not line.upper().startswith(COMMITTEE)]
    second: Sequence[str] = issuer.get("signer_deputy") or ()
    if not deputy or not second:
        return tuple(head)
    return (*(line for line in head if line.upper().startswith(COMMITTEE)), *map(str, second))


def filled(read: Read, look: Lookup, label: Label) -> str:
    """A subject or closing line of an outline with plan, year and date put in."""
    title = read.tongue.label(read.texts["plan"].get("title"))
    plan = lower_first(title) if read.tongue.code == "en" else title
    facts = {
        "plan": plan, "year": str(read.year), "province": tables.province(look),
        "as_of": read.tongue.date(read.counted_on),
    }  # fmt: skip
    text = read.tongue.label(label)
    for name in PLACES:
        text = text.replace(f"{{{name}}}", facts[name])
    return text


def opened(read: Read, look: Lookup, subject: str) -> Iterator[Block]:
    """Bases, then who reports what."""
    yield from opening.bases(look)
    agency = opening.frame(look).named
    text = f"{agency} {read.tongue.say('báo cáo', 'reports:')} {lower_first(subject)}" if agency else subject
    yield Paragraph((Sentence(read.tongue.say(f"{text} như sau:", f"{text}:")),))
