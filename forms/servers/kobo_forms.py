"""Forms on KoboToolbox: which project bears a form's id, what stands there, importing, files, deploying, exports.

Imports base, kobo_wire, wire and errors.  Every change but the last (deployment) leaves the live form as it was.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..errors import BdgError, refuse
from .base import Bundle, FormState
from .kobo_wire import API, Wire
from .wire import where

_STATES: Final = {"deployed": "open", "archived": "closed", "draft": "draft"}
_OVER = ("complete", "error")
_EXPORT: Final[Mapping[str, Any]] = {
    "type": "xls", "lang": "_xml", "group_sep": "/", "multiple_select": "both", "fields_from_all_versions": True,
    "hierarchy_in_labels": True, "include_media_url": False, "xls_types_as_text": False, "flatten": False, "fields": [],
    "submissions_id": [], "query": {},
}  # fmt: skip


class Forms:
    """The projects («assets») of one account.  asset: the uid to use, '' = found by the form's id."""

    def __init__(self, wire: Wire, asset: str = "") -> None:
        self._wire = wire
        self._asset = asset
        self._uids: dict[str, str] = {}

    def uid(self, form_id: str) -> str:
        """The project that bears a form's id.  SERV-004 when none does, SERV-044 when several do."""
        found = self._find(form_id)
        if found is None:
            raise refuse("SERV-004", where(f"{self._wire.url}{API}assets/"), expected=form_id, got="-")
        return found

    def state(self, form_id: str) -> FormState | None:
        """What stands under a form's id."""
        uid = self._find(form_id)
        if uid is None:
            return None
        asset = self._wire.get(f"assets/{uid}/")
        live = asset.get("deployed_version_id")
        version = _version(asset) if live == asset.get("version_id") else self.version(uid, str(live or ""))
        count = asset.get("deployment__submission_count")
        return FormState(
            form_id, version, _STATES.get(str(asset.get("deployment_status")), "draft"), self._media(uid),
            count if isinstance(count, int) else None,
        )  # fmt: skip

    def version(self, uid: str, version: str) -> str:
        """The form's own version behind one of KoBo's version ids, '' where KoBo keeps none."""
        if not version:
            return ""
        try:
            return _version(self._wire.get(f"assets/{uid}/versions/{version}/"))
        except BdgError as fault:
            if fault.problems[0].code == "SERV-004":
                return ""
            raise

    def publish(self, bundle: Bundle, changed: Sequence[str]) -> None:
        """Import the form into its project (a new one where there is none), replace the files, deploy, and look.

        SERV-046 the server cannot convert it, SERV-047 it takes too long, SERV-048 it is not what is live afterwards.
        """
        uid = self._imported(bundle)
        there = {str(f["metadata"].get("filename")): str(f["uid"]) for f in self._files(uid)}
        for name in changed:
            if name in there:
                self._wire.drop(f"assets/{uid}/files/{there[name]}/")
            self._upload(uid, name, bundle.media[name])
        asset = self._wire.get(f"assets/{uid}/")
        wanted = asset.get("version_id")
        if asset.get("has_deployment"):
            self._wire.send("PATCH", f"assets/{uid}/deployment/", json={"version_id": wanted, "active": True})
        else:
            self._wire.send("POST", f"assets/{uid}/deployment/", json={"active": True})
        after = self._wire.get(f"assets/{uid}/")
        if after.get("deployed_version_id") != wanted or after.get("deployment__active") is not True:
            raise refuse(
                "SERV-048", where(f"{self._wire.url}{API}assets/{uid}/"), expected=wanted, got=after.get("deployed_version_id")
            )

    def export(self, form_id: str) -> bytes:
        """An XLSX export: asked for, waited for, fetched, and removed from the server again."""
        uid = self.uid(form_id)
        asked = self._wire.send("POST", f"assets/{uid}/exports/", json=dict(_EXPORT))
        path = f"assets/{uid}/exports/{asked.get('uid')}/"
        told = self._wire.until(path, lambda t: t.get("status") in _OVER)
        if told.get("status") == "error" or not told.get("result"):
            raise refuse("SERV-046", where(f"{self._wire.url}{API}{path}"), expected="complete", got=told.get("status"))
        try:
            return self._wire.bytes_of(str(told["result"]))
        finally:
            self._wire.drop(path)

    # ---- inside ----------------------------------------------------------------------------------------------------

    def _find(self, form_id: str) -> str | None:
        if form_id not in self._uids:
            found = [self._asset] if self._asset else self._bearing(form_id)
            if len(found) > 1:
                raise refuse("SERV-044", "round.yaml: project", expected=" | ".join(sorted(found)), got=form_id, form=form_id)
            if not found:
                return None
            self._uids[form_id] = found[0]
        return self._uids[form_id]

    def _bearing(self, form_id: str) -> list[str]:
        """Projects whose form has this id.  KoBo calls every form by the project's uid; the id it was written with is in the
        settings of its content, which only the project itself shows.
        """
        query = {"q": "asset_type:survey"}
        uids = [str(a["uid"]) for a in self._wire.every("assets/", query) if a.get("asset_type") == "survey"]
        return [uid for uid in uids if form_id in _ids(self._wire.get(f"assets/{uid}/"))]

    def _imported(self, bundle: Bundle) -> str:
        uid = self._find(bundle.form_id)
        fields = {
            "base64Encoded": f"base64,{base64.b64encode(bundle.xlsx).decode()}",
            "name": f"{bundle.form_id}.xlsx",
            "library": "false",
        }
        if uid:
            fields |= {"destination": f"{self._wire.url}{API}assets/{uid}/", "assetUid": uid}
        asked = self._wire.send("POST", "imports/", files={k: (None, v) for k, v in fields.items()})
        path = f"imports/{asked.get('uid')}/"
        told = self._wire.until(path, lambda t: t.get("status") in _OVER)
        said = told.get("messages") or {}
        made = [m.get("uid") for key in ("updated", "created") for m in said.get(key) or ()]
        if told.get("status") != "complete" or not made or (uid and made[0] != uid):
            got = f"{said.get('error_type') or told.get('status')}: {str(said.get('error') or '')[:200]}"
            raise refuse("SERV-046", where(f"{self._wire.url}{API}{path}"), expected="complete", got=got)
        self._uids[bundle.form_id] = str(made[0])
        return str(made[0])

    def _upload(self, uid: str, name: str, body: bytes) -> None:
        told = {
            "file_type": "form_media", "description": name, "base64Encoded": f"base64,{base64.b64encode(body).decode()}",
            "metadata": {"filename": name},
        }  # fmt: skip
        self._wire.send("POST", f"assets/{uid}/files/", json=told)

    def _files(self, uid: str) -> list[Mapping[str, Any]]:
        found = self._wire.every(f"assets/{uid}/files/", {"file_type": "form_media"})
        return [f for f in found if isinstance(f.get("metadata"), dict) and f.get("file_type") == "form_media"]

    def _media(self, uid: str) -> dict[str, str]:
        """File name -> MD5; KoBo writes the kind of digest before it."""
        told = [f["metadata"] for f in self._files(uid)]
        return {str(m.get("filename")): str(m.get("hash") or "").rpartition(":")[2] for m in told}


def _settings(asset: Mapping[str, Any]) -> Mapping[str, Any]:
    content = asset.get("content")
    found = content.get("settings") if isinstance(content, dict) else None
    return found if isinstance(found, dict) else {}


def _ids(asset: Mapping[str, Any]) -> set[str]:
    return {str(v) for k in ("id_string", "form_id") if (v := _settings(asset).get(k))}


def _version(asset: Mapping[str, Any]) -> str:
    return str(_settings(asset).get("version") or "")
