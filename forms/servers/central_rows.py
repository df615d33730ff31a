"""What Central sends of submissions -> arrivals: rows of OData, XML of versions, audit logs cut out of the merged file.

Standard library, defusedxml, errors and ledger.arrival.  Pure: bytes and JSON in, records out; knows no HTTP.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import refuse
from ..ledger.arrival import Arrival, Attachment, Standing

KIND = "round_kind"
"""The form's own field that says practice or real."""
AUDIT = "audit.csv"
_REVIEW = {"hasIssues": "has_issues", None: "received"}
_SYSTEM = "__system"
_ALWAYS = ("event", "node", "start", "end")
_OWNER = "instance ID"


def whole_id(text: str) -> str:
    """An instance id as every door of the project writes it: 'uuid:…'."""
    return text if text.startswith("uuid:") else f"uuid:{text}"


def arrival(row: Any, form_id: str, place: str) -> Arrival:
    """One row of Submissions with $expand=*.  SERV-021 when it lacks what every row of Central has.

    The body is the row as it came, without __system: that changes on the server without an edit.
    """
    if not isinstance(row, dict) or not isinstance(row.get("__id"), str) or not isinstance(row.get(_SYSTEM), dict):
        raise refuse("SERV-021", place, expected="__id, __system", got=type(row).__name__)
    system = row[_SYSTEM]
    body = {k: v for k, v in row.items() if k != _SYSTEM}
    meta = row.get("meta")
    own = meta.get("instanceID") if isinstance(meta, dict) else None
    root = whole_id(row["__id"])
    return Arrival(
        whole_id(own) if isinstance(own, str) and own else root, root, form_id, str(system.get("formVersion") or ""),
        _text(system.get("submissionDate")), "odata", json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        _kind(row), standing(system), files=present if isinstance(present := system.get("attachmentsPresent"), int) else None,
    )  # fmt: skip


def standing(system: Mapping[str, Any]) -> Standing:
    """How a submission stands, from its __system."""
    review, edits = system.get("reviewState"), system.get("edits")
    return Standing(
        _REVIEW.get(review, _text(review)), _text(system.get("deletedAt")), _text(system.get("updatedAt")),
        edits if isinstance(edits, int) else None,
    )  # fmt: skip


def encrypted(row: Any) -> bool:
    """Whether Central could not open a submission."""
    return isinstance(row, dict) and isinstance(row.get(_SYSTEM), dict) and row[_SYSTEM].get("status") is not None


def version(xml: bytes, root_id: str, form_id: str, received_at: str | None, place: str) -> Arrival:
    """One version of a submission from its XML, byte for byte.  SERV-021 when it is not a submission's XML."""
    node = _parsed(xml, place)
    told = {_bare(n.tag): (n.text or "").strip() for n in node.iter() if _bare(n.tag) in ("instanceID", KIND)}
    if not told.get("instanceID"):
        raise refuse("SERV-021", place, expected="meta/instanceID", got="-")
    own, form_version = whole_id(told["instanceID"]), str(node.get("version") or "")
    return Arrival(own, root_id, form_id, form_version, received_at, "xml", xml, told.get(KIND, ""))


def files_of(a: Arrival, paths: Sequence[str]) -> tuple[str, ...]:
    """Names of the files an arrival's own answers speak of.  paths: the form's questions that hold files ('/meta/audit')."""
    if a.shape == "xml":
        node = _parsed(a.body, a.instance_id)
        found = [_bare_text(n) for path in paths for n in _nodes(node, path[1:].split("/"))]
    else:
        row = json.loads(a.body)
        found = [v for path in paths for v in _values(row, path[1:].split("/"))]
    return tuple(dict.fromkeys(name for name in found if name))


def plain_audit(body: bytes) -> bytes:
    """A log in the one form both ways of fetching it give: columns that hold something, one line end; other files as they are."""
    try:
        header, *lines = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
    except (UnicodeDecodeError, csv.Error, ValueError):
        return body
    sound = lines and set(_ALWAYS) <= set(header) and all(len(line) == len(header) for line in lines)
    return _log(header, lines) if sound else body


def split_audits(merged: bytes, place: str) -> Iterator[tuple[str, Attachment]]:
    """(root id, audit.csv) of every submission in the file Central merges.  SERV-021 when it is not that file."""
    by: dict[str, list[list[str]]] = {}
    try:
        reader = csv.reader(io.StringIO(merged.decode("utf-8-sig"), newline=""), strict=True)
        header = next(reader)
        owner = header.index(_OWNER)
        for line in reader:
            by.setdefault(line[owner], []).append(line)
    except (UnicodeDecodeError, csv.Error, ValueError, StopIteration, IndexError):
        raise refuse("SERV-021", place, expected=_OWNER, got="-") from None
    if any(len(line) != len(header) for lines in by.values() for line in lines):
        raise refuse("SERV-021", place, expected=f"{len(header)} ô / cells", got="-")
    for instance, lines in by.items():
        yield whole_id(instance), Attachment(AUDIT, _log(header, lines, owner))


def _log(header: Sequence[str], lines: Sequence[Sequence[str]], owner: int = -1) -> bytes:
    """One submission's log: the columns that it has, as the phone wrote them."""
    columns = list(zip(*lines, strict=True))
    kept = [i for i, name in enumerate(header) if i != owner and (name in _ALWAYS or any(columns[i]))]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([header[i] for i in kept])
    writer.writerows(zip(*(columns[i] for i in kept), strict=True))
    return out.getvalue().encode()


def _parsed(xml: bytes, place: str) -> Any:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        return fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as fault:
        raise refuse("SERV-021", place, expected="XML", got=type(fault).__name__) from None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _kind(value: Any) -> str:
    """The round's kind wherever the form keeps it, '' where there is none."""
    if not isinstance(value, dict):
        return ""
    if isinstance(value.get(KIND), str):
        return str(value[KIND])
    return next((found for v in value.values() if (found := _kind(v))), "")


def _bare(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def _bare_text(node: Any) -> str:
    return (node.text or "").strip()


def _nodes(node: Any, steps: Sequence[str]) -> list[Any]:
    found = [node]
    for step in steps:
        found = [c for n in found for c in n if _bare(c.tag) == step]
    return found


def _values(value: Any, steps: Sequence[str]) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _values(one, steps)
    elif not steps:
        if isinstance(value, str):
            yield value
    elif isinstance(value, dict):
        yield from _values(value.get(steps[0]), steps[1:])
