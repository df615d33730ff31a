"""Small pieces every report is put together from: a paragraph, and a paragraph that points to the tables below it.

Imports document and lookup only.  Adds no words but those that point.
"""

from __future__ import annotations

from collections.abc import Iterable

from .document import Block, Paragraph, Picture, Reference, Role, Sentence, Table
from .lookup import Lookup

NO_ROWS = "Kỳ này không có số liệu cho mục này."
NO_ROWS_EN = "This wave has no figures for this part."


def paragraph(parts: Iterable[Sentence | Reference | None], role: Role = "body") -> Paragraph:
    """Those of the parts that are there, one after the other."""
    return Paragraph(tuple(p for p in parts if p is not None), role)


def pointed(look: Lookup, sentences: Iterable[Sentence | None], *shown: Table | Picture | None) -> list[Block]:
    """A paragraph that points to what follows, and what follows; a note when there is nothing at all."""
    say = look.tongue.say
    said = [s for s in sentences if s is not None]
    there = [s for s in shown if s is not None]
    if not said and not there:
        return [paragraph([Sentence(say(NO_ROWS, NO_ROWS_EN))])]
    pointers: list[Sentence | Reference] = []
    for i, item in enumerate(there):
        between = say("và", "and") if i == len(there) - 1 else ","
        pointers += [Sentence(say("Chi tiết tại", "Details:") if i == 0 else between), Reference(item.anchor)]
    return [paragraph([*said, *pointers, *([Sentence(".")] if pointers else [])]), *there]
