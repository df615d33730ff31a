"""A form on Central: how it stands, and publishing it as a draft that is checked before it goes live.

Imports base, the session beside it and errors.  Central itself publishes a form whose files are missing and hides warnings when
asked to; neither is done here.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ..errors import refuse
from .base import Bundle, FormState
from .central_session import CentralSession, understood
from .wire import read_json

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WARNED = 400.16
_TAKEN = 409.6
_ENCRYPTED = "[encrypted:"
_SHOWN = 3


def state(session: CentralSession, form: str) -> FormState | None:
    """What stands under a form's path, None when nothing does."""
    told = session.told(form, ok=(200, 404), headers={"X-Extended-Metadata": "true"})
    if told is None:
        return None
    with understood(session.place(form)):
        draft = told["publishedAt"] is None
        media = _media(session, f"{form}/draft" if draft else form)
        version = str(told["version"] or "").partition(_ENCRYPTED)[0]
        digests = {name: hash_ if kept else "" for name, (hash_, kept, _) in media.items()}
        return FormState(told["xmlFormId"], version, "draft" if draft else told["state"], digests, told.get("submissions"))


def _media(session: CentralSession, form: str) -> dict[str, tuple[str, bool, bool]]:
    """File name -> (MD5, the server holds it, it is there or is a linked list)."""
    listed = session.told(f"{form}/attachments")
    with understood(session.place(f"{form}/attachments")):
        return {f["name"]: (f.get("hash") or "", bool(f.get("blobExists", f["exists"])), bool(f["exists"])) for f in listed}


def publish(session: CentralSession, forms: str, bundle: Bundle, changed: Sequence[str], accepted: Collection[str]) -> None:
    """Draft, files, check, publish, open.  SERV-026 to SERV-028; whatever fails before the last step leaves the old form live."""
    form = f"{forms}/{quote(bundle.form_id, safe='')}"
    before = state(session, form)
    if before is not None and before.state != "draft" and before.version == bundle.version:
        raise refuse("SERV-028", session.place(form), expected="phiên bản mới / a new version", got=bundle.version)
    _draft(session, forms, form, bundle, accepted, new=before is None)
    _upload(session, form, bundle, changed)
    status, _, body = session.fetch("POST", f"{form}/draft/publish", ok=(200, 409))
    if status == 409:
        told = read_json(body, session.place(form))
        code = told.get("code") if isinstance(told, dict) else None
        if code == _TAKEN:
            raise refuse("SERV-028", session.place(form), expected="phiên bản mới / a new version", got=bundle.version)
        raise refuse("SERV-005", session.place(form), expected="HTTP 200", got=f"HTTP 409 ({str(code)[:12]})")
    after = state(session, form)
    if after is None or after.version != bundle.version:
        got = "-" if after is None else after.version
        raise refuse("SERV-020", session.place(form), expected=bundle.version, got=got)
    if after.state != "open":
        session.fetch("PATCH", form, json={"state": "open"})


def _draft(session: CentralSession, forms: str, form: str, bundle: Bundle, accepted: Collection[str], *, new: bool) -> None:
    """The workbook as a draft.  Warnings come back as a refusal first, and are ignored only when each of them was accepted."""
    path = forms if new else f"{form}/draft"
    sent: dict[str, Any] = {
        "data": bundle.xlsx,
        "headers": {"Content-Type": _XLSX, "X-XlsForm-FormId-Fallback": quote(bundle.form_id, safe="")},
    }
    status, _, body = session.fetch("POST", path, ok=(200, 400), params={"ignoreWarnings": "false"}, **sent)
    if status == 400:
        told = read_json(body, session.place(path))
        found = warnings(told)
        if found is None or not all(w in accepted for w in found):
            if found is None:
                code = str(told.get("code", "") if isinstance(told, dict) else "")[:12]
                raise refuse("SERV-030", session.place(path), expected="XLSForm", got=f"HTTP 400 ({code})")
            raise refuse("SERV-026", session.place(path), expected="0", got=_listed(found))
        _, _, body = session.fetch("POST", path, params={"ignoreWarnings": "true"}, **sent)
    if new:
        made = read_json(body, session.place(path))
        with understood(session.place(path)):
            if made["xmlFormId"] != bundle.form_id:
                session.fetch("DELETE", f"{forms}/{quote(str(made['xmlFormId']), safe='')}")
                raise refuse("SERV-020", session.place(path), expected=bundle.form_id, got=str(made["xmlFormId"]))


def warnings(told: Any) -> tuple[str, ...] | None:
    """Types of Central's own warnings (structureChanged, …) and texts of the converter's; None when it warned of nothing."""
    if not isinstance(told, dict) or told.get("code") != _WARNED:
        return None
    details = told.get("details")
    given = details.get("warnings") if isinstance(details, dict) else None
    given = given if isinstance(given, dict) else {}
    flow = given.get("workflowWarnings") or ()
    texts = given.get("xlsFormWarnings") or ()
    return (*(str(w.get("type")) for w in flow if isinstance(w, dict)), *(str(t) for t in texts))


def _listed(found: Sequence[str]) -> str:
    more = f" (+{len(found) - _SHOWN})" if len(found) > _SHOWN else ""
    return "; ".join(text[:120] for text in found[:_SHOWN]) + more


def _upload(session: CentralSession, form: str, bundle: Bundle, changed: Sequence[str]) -> None:
    """Every named file, and every other one whose content on the draft is not ours; then all that the form wants is there."""
    there = _media(session, f"{form}/draft")
    if strange := sorted(set(bundle.media) - set(there)):
        raise refuse("SERV-027", session.place(form), expected=", ".join(sorted(there)) or "-", got=f"+ {', '.join(strange)}")
    for name, content in sorted(bundle.media.items()):
        if name in changed or there[name][0] != _md5(content) or not there[name][1]:
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            path = f"{form}/draft/attachments/{quote(name, safe='')}"
            session.fetch("POST", path, data=content, headers={"Content-Type": kind})
    held = _media(session, f"{form}/draft")
    if missing := sorted(_missing(held, bundle.media)):
        raise refuse("SERV-027", session.place(form), expected=", ".join(sorted(held)), got=f"- {', '.join(missing)}")


def _missing(held: Mapping[str, tuple[str, bool, bool]], media: Mapping[str, bytes]) -> list[str]:
    wrong = [name for name, content in media.items() if held.get(name, ("", False, False))[0] != _md5(content)]
    return [*wrong, *(name for name, (_, _, there) in held.items() if not there)]


def _md5(content: bytes) -> str:
    """Central's own digest of a file: to compare, never to trust."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
