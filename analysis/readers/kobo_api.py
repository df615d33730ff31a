"""One row of KoBoToolbox's API (/api/v2/assets/…/data/) -> what every reader hands over.

Imports raw and the codebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.codebook import Codebook

from .raw import Raw, bare_uuid, plain, review_of


def raw(row: Mapping[str, Any], book: Codebook) -> Raw:
    """Keys with slashes are paths, repeats are arrays."""
    repeats = {v.repeat for v in book.variables if v.repeat}
    identity = bare_uuid(plain(row.get("meta/instanceID")) or plain(row.get("_uuid")))
    status = row.get("_validation_status")
    return Raw(
        identity, bare_uuid(plain(row.get("meta/rootUuid"))) or identity, book.form_id, plain(row.get("__version__")) or "",
        plain(row.get("_submission_time")), review_of(status.get("uid")) if isinstance(status, dict) else None,
        {k: v for k, v in row.items() if not isinstance(v, dict | list)},
        {path: [dict(r) for r in row.get(path) or ()] for path in repeats},
    )  # fmt: skip
