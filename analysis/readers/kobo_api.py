"""One row of KoboToolbox's API (/api/v2/assets/…/data/) -> what every reader hands over.

Imports raw and the codebook.  Knows no server: the ledger holds such rows; the account, the device and the place that the server
adds to them are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from forms.codebook import Codebook

from .raw import Raw, bare_uuid, plain, review_of


def raw(row: Mapping[str, Any], book: Codebook) -> Raw:
    """Keys with slashes are paths from the form's root, also within repeats, which are arrays (an array inside its outer row).

    `meta/rootUuid` is the first version's id; a submission that was never edited has its own there.
    """
    repeats = {v.repeat for v in book.variables if v.repeat}
    identity = bare_uuid(plain(row.get("meta/instanceID")) or plain(row.get("_uuid")))
    status = row.get("_validation_status")
    return Raw(
        identity, bare_uuid(plain(row.get("meta/rootUuid"))) or identity, book.form_id, plain(row.get("__version__")) or "",
        plain(row.get("_submission_time")), review_of(status.get("uid")) if isinstance(status, dict) else None,
        {k: v for k, v in row.items() if not isinstance(v, dict | list)},
        {path: tuple(_rows([row], path)) for path in sorted(repeats)},
    )  # fmt: skip


def _rows(within: Iterable[Mapping[str, Any]], path: str) -> Iterable[Mapping[str, Any]]:
    """The rows of a repeat, in the order of the form; those of an inner repeat from each row of the outer one."""
    for row in within:
        found = row.get(path)
        if isinstance(found, list):
            yield from (r for r in found if isinstance(r, dict))
            continue
        for key, inner in row.items():
            if isinstance(inner, list) and path.startswith(f"{key}/"):
                yield from _rows([r for r in inner if isinstance(r, dict)], path)
