"""What edited submissions said when they were first sent.

Imports the ledger's door; readers.stored and readers.raw inside.  Decodes edited submissions only.
"""

from __future__ import annotations

from collections.abc import Mapping

from forms.codebook import Codebook
from forms.ledger import Ledger


def first_answers(ledger: Ledger, book: Codebook) -> dict[str, Mapping[str, str | None]]:
    """Root id -> answers by question of the first version, of every submission that came in more than one.

    BdgError DATA-027: a body that cannot be read.
    """
    from ..readers.raw import submission
    from ..readers.stored import decode

    edited = {line.root_id for line in ledger.stored(latest=False, bodies=False) if line.seq > 0}
    if not edited:
        return {}
    firsts = [x for x in ledger.stored(latest=False) if x.root_id in edited and x.seq == 0]
    found: dict[str, Mapping[str, str | None]] = {}
    for line in firsts:
        if line.body is not None and line.form_id in ("", book.form_id):
            raw, source = decode(line, book)
            made = submission(raw, book, source)
            found[line.root_id] = {v.name: made.answers.get(v.path) for v in book.variables if not v.repeat}
    return found
