"""What `bdg analysis backcheck` does: the list of households due, and a filled-in list taken into the round.

Imports backcheck, backs, field, written and the ledger's door.  Says counts only.
"""

from __future__ import annotations

from pathlib import Path

from forms import refuse
from forms.ledger import read_round

from ..readers.rounds import form_of
from ..written import writable, write
from .backcheck import due, sheet
from .backs import read_backs, receive_backs
from .field import read_field


def take_in(home: Path, file: Path) -> tuple[str, ...]:
    """Take a file of back-checks into a round, sealed.  BdgError as of backs.read_csv; nothing is taken in then."""
    of = read_round(home)
    new = receive_backs(of, file, form_of(of))
    whole = len(read_backs(of))
    return (f"đã nhận (taken in): {len(new)} hộ (households); trong đợt (in the round): {whole}",)


def list_due(home: Path, out: Path) -> tuple[str, ...]:
    """Write the households that are due and not yet checked as a CSV to fill in.  DATA-031 when something lies in the way."""
    if out.exists():
        raise refuse("DATA-031", "--list", got=out.name, out=out.name)
    seen = read_field(home)
    writable(out.parent)
    (path,) = write(out.parent, {out.name: sheet(seen)})
    return (
        f"cần kiểm tra lại (due): {len(due(seen))} hộ (households), đã có (done): {len(seen.backs)}",
        f"đã ghi / wrote {path}",
    )
