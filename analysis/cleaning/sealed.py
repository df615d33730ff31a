"""Values that no file may show: those of private and free-text questions stand in decisions.csv sealed with the round's key.

Imports decisions and the forms doors (ledger, codebook).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from forms import Codebook, Variable
from forms.ledger import Round, round_key, seal, unseal

from .decisions import Decision, Wanted

_MARK = "sealed:"


def secret(v: Variable | None) -> bool:
    """Whether the values of a question are never shown: private ones and free text."""
    return v is not None and (v.private or (v.type == "text" and not v.codes))


def sealed(w: Wanted, of: Round, book: Codebook) -> Wanted:
    """A decision as it may stand in a file."""
    if not secret(next((v for v in book.variables if v.name == w.question), None)):
        return w
    key, place = round_key(of), _place(of, w.instance_id, w.question)
    return replace(w, old=_MARK + seal(key, place, w.old.encode()).hex(), new=_MARK + seal(key, place, w.new.encode()).hex())


def opened(log: Sequence[Decision], of: Round) -> tuple[Decision, ...]:
    """The log with sealed values opened, to be replayed; never written anywhere."""
    if not any(d.old.startswith(_MARK) for d in log):
        return tuple(log)
    key = round_key(of)

    def plain(d: Decision, text: str) -> str:
        told = bytes.fromhex(text.removeprefix(_MARK))
        return unseal(key, _place(of, d.instance_id, d.question), told).decode()

    return tuple(replace(d, old=plain(d, d.old), new=plain(d, d.new)) if d.old.startswith(_MARK) else d for d in log)


def _place(of: Round, instance: str, question: str) -> str:
    return f"decision|{of.id}|{instance}|{question}"
