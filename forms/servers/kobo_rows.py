"""One row of KoBoToolbox's data API -> an arrival for the ledger: the answers as received, how it stands kept apart.

Imports errors and ledger.arrival.  Pure: no request is made here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ..errors import refuse
from ..ledger.arrival import Arrival, Standing

REVIEW: Final = {
    "validation_status_approved": "approved",
    "validation_status_not_approved": "rejected",
    "validation_status_on_hold": "has_issues",
}
_ITS_OWN = frozenset({
    "_attachments", "_bamboo_dataset_id", "_geolocation", "_notes", "_status", "_submitted_by", "_supplementalDetails", "_tags",
    "_validation_status",
})  # fmt: skip
"""What the server adds or changes without anybody editing the submission, and who sent it: never part of what was answered."""


def arrival(row: Mapping[str, Any], form_id: str, version: str, place: str) -> Arrival:
    """A row as it enters the ledger.  version: of the form, as the project names it; place: for messages.

    SERV-011 for a row without an id.  The review of a row nobody judged is «received», so that a judgement taken back is seen.
    """
    instance = _uuid(row.get("meta/instanceID") or row.get("_uuid"))
    if not instance or not isinstance(row.get("_id"), int):
        raise refuse("SERV-011", place, expected="_id, _uuid, meta/instanceID", got="-")
    kept = {k: v for k, v in row.items() if k not in _ITS_OWN}
    body = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    status = row.get("_validation_status")
    told = str(status.get("uid") or "") if isinstance(status, dict) else ""
    kinds = [str(v) for k, v in row.items() if k.rpartition("/")[2] == "round_kind" and isinstance(v, str)]
    return Arrival(
        instance_id=instance, root_id=_uuid(row.get("meta/rootUuid")) or instance, form_id=form_id, form_version=version,
        received_at=received(row.get("_submission_time")), shape="kobo", body=body, round_kind=kinds[0] if kinds else "",
        standing=Standing(review=REVIEW.get(told, told or "received")), files=len(files(row)), sealed="encryptedXmlFile" in row,
    )  # fmt: skip


def files(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The attachments of a row that were not deleted."""
    return [f for f in row.get("_attachments") or () if isinstance(f, dict) and not f.get("is_deleted")]


def number_of(of: Arrival) -> int:
    """KoBo's own number of a submission, which stays through edits."""
    return int(json.loads(of.body)["_id"])


def received(value: object) -> str | None:
    """KoBo's time of arrival, which is UTC without saying so, as a time that says it."""
    if not isinstance(value, str) or not value:
        return None
    try:
        told = datetime.fromisoformat(value)
    except ValueError:
        return value
    return value if told.tzinfo else f"{value}Z"


def _uuid(value: object) -> str:
    text = str(value or "").strip()
    return text if not text or text.startswith("uuid:") else f"uuid:{text}"
