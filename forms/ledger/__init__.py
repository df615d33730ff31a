"""A survey round on disk: round.yaml, the ledger of everything that was received, and the keys of what is restricted.

Imports the parts of this folder.  A door of its own: analysis reads rounds through these names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..door import lazy

if TYPE_CHECKING:
    from .arrival import Arrival, Attachment, Standing, Stored
    from .cipher import seal, unseal
    from .keys import round_key
    from .published import Published, read_published
    from .round import Round, is_round, new_round, read_round
    from .store import Ledger, open_ledger

_HOME = {
    "arrival": ("Arrival", "Attachment", "Standing", "Stored"),
    "cipher": ("seal", "unseal"),
    "keys": ("round_key",),
    "published": ("Published", "read_published"),
    "round": ("Round", "is_round", "new_round", "read_round"),
    "store": ("Ledger", "open_ledger"),
}

lazy(__name__, {name: module for module, names in _HOME.items() for name in names})

__all__ = [
    "Arrival",
    "Attachment",
    "Ledger",
    "Published",
    "Round",
    "Standing",
    "Stored",
    "is_round",
    "new_round",
    "open_ledger",
    "read_published",
    "read_round",
    "round_key",
    "seal",
    "unseal",
]
