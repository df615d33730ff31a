"""Which request of a stand-in Central means what.  Imports the world and the formats beside it."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from . import central_formats as formats
from .central_world import Dataset, Entity, Form, Project, Submission, Version, World, actee, decoded, filtered, not_found
from .central_xform import Problem, bare, safe, sent

JSON = "application/json; charset=utf-8"
XML = "application/xml; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def openrosa(self) -> bool:
        return self.path.startswith("/v1/key/") or self.path.endswith("/submission") or self.path.endswith("/formList")

    @property
    def extended(self) -> bool:
        return any(k.lower() == "x-extended-metadata" and v == "true" for k, v in self.headers.items())

    def header(self, name: str) -> str:
        return next((v for k, v in self.headers.items() if k.lower() == name.lower()), "")


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def said(told: Any, status: int = 200, kind: str = JSON) -> Answer:
    return Answer(status, json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), kind)


SUCCESS = {"success": True}
Act = Callable[..., Answer]
_ROUTES: list[tuple[str, re.Pattern[str], Act]] = []


def on(method: str, pattern: str) -> Callable[[Act], Act]:
    parts = re.sub(r"<(\w+)>", r"(?P<\1>[^/]+?)", re.escape(pattern).replace(r"\<", "<").replace(r"\>", ">"))

    def kept(act: Act) -> Act:
        _ROUTES.append((method, re.compile(f"/v1{parts}"), act))
        _ROUTES.sort(key=lambda known: -len(re.sub(r"\(.*?\)", "", known[1].pattern)))  # the most said comes first
        return act

    return kept


def route(c: Any, r: Request) -> Answer:
    """The answer to one request.  Anything unknown is 404.1, as on Central."""
    path = r.path
    if path == "/v1/sessions" and r.method == "POST":
        return _login(c, r)
    key = re.match(r"/v1/key/([^/]+)(/.*)", path)
    app_user = None
    if key:
        app_user = next((p for p in c.world.people.values() if p.token == key.group(1)), None)
        if app_user is None:
            raise Problem(403.1, "no right to do this")
        path = "/v1" + key.group(2)
    elif not _known(c, r):
        if r.header("authorization"):
            raise Problem(401.2, "log-in refused")
        raise Problem(403.1, "no right to do this")
    for method, pattern, act in _ROUTES:
        if (match := pattern.fullmatch(path)) and (method == r.method or (r.method == "HEAD" and method == "GET")):
            named: dict[str, Any] = {k: unquote(v) for k, v in match.groupdict().items()}
            if "p" in named:
                named["p"] = int(named["p"]) if named["p"].isdigit() else -1
            if app_user is not None and act not in _FOR_PHONES:
                raise Problem(403.1, "no right to do this")
            return act(c, r, **named, **({"user": app_user} if act in _FOR_PHONES else {}))
    raise not_found()


def _known(c: Any, r: Request) -> bool:
    return r.header("authorization").removeprefix("Bearer ") in c.tokens


def _login(c: Any, r: Request) -> Answer:
    told = decoded(r.body.decode())
    if (told.get("email"), told.get("password")) != (c.user, c.password):
        raise Problem(401.2, "log-in refused")
    token = secrets.token_urlsafe(48)
    c.tokens.add(token)
    now = c.world.now()
    return said({"token": token, "csrf": secrets.token_urlsafe(48), "expiresAt": now, "createdAt": now})


# ---- users, projects, roles ---------------------------------------------------------------------------------------------


@on("GET", "/users/current")
def _me(c: Any, r: Request) -> Answer:
    a = c.world.admin
    return said({"email": a.name, "lastLoginAt": c.world.now(), **a.told()} | ({"verbs": VERBS} if r.extended else {}))


def _project(p: Project) -> dict[str, Any]:
    told = {"id": p.id, "name": p.name, "description": None, "archived": None, "keyId": p.key}
    return told | {"createdAt": p.at, "updatedAt": p.updated, "deletedAt": None}


@on("GET", "/projects")
def _projects(c: Any, r: Request) -> Answer:
    return said([{**_project(p), "verbs": VERBS} for p in sorted(c.world.projects.values(), key=lambda p: p.name)])


@on("POST", "/projects")
def _new_project(c: Any, r: Request) -> Answer:
    name = decoded(r.body.decode()).get("name")
    if not name:
        raise Problem(400.2, "no name", {"field": "name"})
    return said(_project(c.world.project(c.world.add_project(str(name)))))


@on("GET", "/projects/<p>")
def _one_project(c: Any, r: Request, p: int) -> Answer:
    return said(_project(c.world.project(p)))


@on("POST", "/projects/<p>/key")
def _encrypt(c: Any, r: Request, p: int) -> Answer:
    home = c.world.project(p)
    home.key, home.passphrase = p, str(decoded(r.body.decode()).get("passphrase"))
    return said(SUCCESS)


@on("GET", "/roles")
def _roles(c: Any, r: Request) -> Answer:
    return said(c.roles)


@on("GET", "/projects/<p>/app-users")
def _app_users(c: Any, r: Request, p: int) -> Answer:
    found = [c.world.people[n] for n in c.world.project(p).app_users]
    return said([{"projectId": p, **u.told(), "token": u.token} for u in found])


@on("POST", "/projects/<p>/app-users")
def _new_app_user(c: Any, r: Request, p: int) -> Answer:
    c.world.project(p)
    made = c.world.add_app_user(p, str(decoded(r.body.decode())["displayName"]))
    return said({"projectId": p, **made.told(), "token": made.token})


@on("POST", "/projects/<p>/forms/<f>/assignments/<role>/<actor>")
def _assign(c: Any, r: Request, p: int, f: str, role: str, actor: str) -> Answer:
    form = c.world.form(p, f)
    if role not in ("2", "app-user") or int(actor) not in c.world.people:
        raise not_found()
    if int(actor) in form.users:
        raise Problem(409.3, "it is there already")
    form.users.add(int(actor))
    return said(SUCCESS)


@on("GET", "/projects/<p>/forms/<f>/assignments")
def _assigned(c: Any, r: Request, p: int, f: str) -> Answer:
    return said([{"actorId": n, "roleId": 2} for n in sorted(c.world.form(p, f).users)])


# ---- forms --------------------------------------------------------------------------------------------------------------


def _form(p: int, form: Form, v: Version, world: World, *, extended: bool = False, one: bool = False) -> dict[str, Any]:
    x = v.form
    told: dict[str, Any] = {
        "projectId": p, "xmlFormId": form.id, "state": form.state, "enketoId": None, "enketoOnceId": None,
        "createdAt": form.created, "updatedAt": form.updated, "webformsEnabled": True, "keyId": world.project(p).key,
        "version": x.version, "hash": x.digest("md5"), "sha": x.digest("sha1"), "sha256": x.digest("sha256"),
        "draftToken": "t" * 64 if v is form.draft else None, "publishedAt": v.published, "name": x.title,
    }  # fmt: skip
    if extended:
        mine = [s for s in world.project(p).submissions.values() if s.form == form.id and not s.deleted]
        states = [s.review or "received" for s in mine]
        told |= {
            "submissions": len(mine), "entityRelated": bool(x.datasets),
            "reviewStates": {k: states.count(k) for k in ("received", "hasIssues", "edited")},
            "lastSubmission": max((s.at for s in mine), default=None), "excelContentType": XLSX if v.xlsx or not x.xml else None,
            "publicLinks": 0, "createdBy": world.admin.told(),
        }  # fmt: skip
    return told | ({"publishNotes": None} if one and extended else {})


def _shown(form: Form) -> Version:
    v = form.current or form.draft
    if v is None:
        raise not_found()
    return v


@on("GET", "/projects/<p>/forms")
def _forms(c: Any, r: Request, p: int) -> Answer:
    return said([_form(p, f, _shown(f), c.world, extended=r.extended) for f in c.world.project(p).forms.values()])


@on("POST", "/projects/<p>/forms")
def _new_form(c: Any, r: Request, p: int) -> Answer:
    fallback, ignore = unquote(r.header("X-XlsForm-FormId-Fallback")), r.query.get("ignoreWarnings", "").lower() == "true"
    form = c.world.create_form(p, r.body, r.header("Content-Type"), fallback=fallback, ignore=ignore)
    if r.query.get("publish", "").lower() == "true":
        c.world.publish(p, form.id)
    return said(_form(p, form, _shown(form), c.world))


@on("GET", "/projects/<p>/forms/<f>.xml")
def _form_xml(c: Any, r: Request, p: int, f: str, user: Any = None) -> Answer:
    return Answer(200, _shown(c.world.form(p, f)).form.xml.encode(), XML)


@on("GET", "/projects/<p>/forms/<f>.xlsx")
def _form_xlsx(c: Any, r: Request, p: int, f: str) -> Answer:
    body = _shown(c.world.form(p, f)).xlsx
    if body is None:
        raise not_found()
    return Answer(200, body, XLSX)


@on("GET", "/projects/<p>/forms/<f>/versions")
def _versions_of_form(c: Any, r: Request, p: int, f: str) -> Answer:
    form = c.world.form(p, f)
    return said([_form(p, form, v, c.world) for v in reversed(form.versions)])


@on("GET", "/projects/<p>/forms/<f>/fields")
def _fields(c: Any, r: Request, p: int, f: str) -> Answer:
    odata = r.query.get("odata", "").lower() == "true"
    return said([x.told(odata=odata) for x in _shown(c.world.form(p, f)).form.fields])


def _files(v: Version) -> list[dict[str, Any]]:
    found = []
    for name, kind in v.form.files.items():
        blob = v.blobs.get(name)
        linked = name in v.linked
        digest = hashlib.md5(blob[0], usedforsecurity=False).hexdigest() if blob else ("0" * 32 if linked else None)
        told = {
            "name": name,
            "type": kind,
            "hash": digest,
            "exists": bool(blob) or linked,
            "blobExists": bool(blob),
            "datasetExists": linked,
        }
        found.append(told | ({"updatedAt": blob[1]} if blob else {}))
    return found


@on("GET", "/projects/<p>/forms/<f>/attachments")
def _attachments_of_form(c: Any, r: Request, p: int, f: str) -> Answer:
    form = c.world.form(p, f)
    return said(_files(_shown(form)))


@on("GET", "/projects/<p>/forms/<f>/attachments/<name>")
def _form_file(c: Any, r: Request, p: int, f: str, name: str, user: Any = None) -> Answer:
    return _file({n: b for n, (b, _) in _shown(c.world.form(p, f)).blobs.items()}, name)


@on("POST", "/projects/<p>/forms/<f>/draft")
def _new_draft(c: Any, r: Request, p: int, f: str) -> Answer:
    ignore = r.query.get("ignoreWarnings", "").lower() == "true"
    c.world.draft(p, f, r.body, r.header("Content-Type"), fallback=unquote(r.header("X-XlsForm-FormId-Fallback")), ignore=ignore)
    return said(SUCCESS)


@on("GET", "/projects/<p>/forms/<f>/draft")
def _draft(c: Any, r: Request, p: int, f: str) -> Answer:
    form = c.world.form(p, f)
    if form.draft is None:
        raise not_found()
    return said(_form(p, form, form.draft, c.world, extended=r.extended))


@on("DELETE", "/projects/<p>/forms/<f>/draft")
def _drop_draft(c: Any, r: Request, p: int, f: str) -> Answer:
    form = c.world.form(p, f)
    if form.current is None:
        raise Problem(
            409.7,
            "the form has no other version",
        )
    if form.draft is None:
        raise not_found()
    form.draft = None
    return said(SUCCESS)


@on("GET", "/projects/<p>/forms/<f>/draft/attachments")
def _draft_files(c: Any, r: Request, p: int, f: str) -> Answer:
    draft = c.world.form(p, f).draft
    if draft is None:
        raise not_found()
    return said(_files(draft))


@on("POST", "/projects/<p>/forms/<f>/draft/attachments/<name>")
def _attach(c: Any, r: Request, p: int, f: str, name: str) -> Answer:
    c.world.attach(p, f, name, r.body)
    return said(next(x for x in _files(c.world.form(p, f).draft) if x["name"] == name))


@on("POST", "/projects/<p>/forms/<f>/draft/publish")
def _publish(c: Any, r: Request, p: int, f: str) -> Answer:
    c.world.publish(p, f, r.query.get("version"))
    return said(SUCCESS)


@on("GET", "/projects/<p>/forms/<f>")
def _one_form(c: Any, r: Request, p: int, f: str) -> Answer:
    form = c.world.form(p, f)
    return said(_form(p, form, _shown(form), c.world, extended=r.extended, one=True))


@on("PATCH", "/projects/<p>/forms/<f>")
def _patch_form(c: Any, r: Request, p: int, f: str) -> Answer:
    form, state = c.world.form(p, f), decoded(r.body.decode()).get("state")
    if state not in ("open", "closing", "closed"):
        raise Problem(400.8, f"no state {state}")
    c.world.set_state(form, state)
    return said(_form(p, form, _shown(form), c.world))


@on("DELETE", "/projects/<p>/forms/<f>")
def _drop_form(c: Any, r: Request, p: int, f: str) -> Answer:
    c.world.form(p, f)
    del c.world.project(p).forms[f]
    return said(SUCCESS)


# ---- OpenRosa -----------------------------------------------------------------------------------------------------------


@on("GET", "/projects/<p>/formList")
def _form_list(c: Any, r: Request, p: int, user: Any = None) -> Answer:
    base = f"{c.url}{r.path.removesuffix('/formList')}/forms"
    forms = [
        f for f in c.world.project(p).forms.values() if f.current and f.state == "open" and (user is None or user.id in f.users)
    ]
    items = "".join(
        f"<xform><formID>{f.id}</formID><name>{f.current.form.title}</name><version>{f.current.form.version}</version>"
        f"<hash>md5:{f.current.form.digest('md5')}</hash><downloadUrl>{base}/{f.id}.xml</downloadUrl>"
        + (f"<manifestUrl>{base}/{f.id}/manifest</manifestUrl>" if f.current.form.files else "") + "</xform>"
        for f in forms if f.current
    )  # fmt: skip
    xml = f'<?xml version="1.0" encoding="UTF-8"?><xforms xmlns="http://openrosa.org/xforms/xformsList">{items}</xforms>'
    return Answer(200, xml.encode(), "text/xml; charset=utf-8", {"X-OpenRosa-Version": "1.0"})


@on("GET", "/projects/<p>/forms/<f>/manifest")
def _manifest(c: Any, r: Request, p: int, f: str, user: Any = None) -> Answer:
    v = _shown(c.world.form(p, f))
    base = f"{c.url}{r.path.removesuffix('/manifest')}/attachments"
    items = "".join(
        f"<mediaFile><filename>{x['name']}</filename><hash>md5:{x['hash']}</hash>"
        f"<downloadUrl>{base}/{x['name']}</downloadUrl></mediaFile>"
        for x in _files(v) if x["exists"]
    )  # fmt: skip
    xml = f'<?xml version="1.0" encoding="UTF-8"?><manifest xmlns="http://openrosa.org/xforms/xformsManifest">{items}</manifest>'
    return Answer(200, xml.encode(), "text/xml; charset=utf-8", {"X-OpenRosa-Version": "1.0"})


@on("GET", "/projects/<p>/submission")
def _can_send(c: Any, r: Request, p: int, user: Any = None) -> Answer:
    c.world.project(p)
    return Answer(204, b"", "text/xml; charset=utf-8", {"X-OpenRosa-Version": "1.0"})


@on("POST", "/projects/<p>/submission")
def _send(c: Any, r: Request, p: int, user: Any = None) -> Answer:
    files = parts(r)
    if "xml_submission_file" not in files:
        raise Problem(400.7, "no xml_submission_file", {"field": "xml_submission_file"})
    xml = files.pop("xml_submission_file")
    form = c.world.form(p, sent(xml).form_id)
    if user is not None and user.id not in form.users:
        raise Problem(403.1, "no right to do this")
    c.world.submit(p, xml, files, by=user.id if user else 5, device=r.query.get("deviceID"))
    told = (
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response" items="0">\n'
        '  <message nature="submit_success">full submission upload was successful!</message>\n</OpenRosaResponse>'
    )
    return Answer(201, told.encode(), "text/xml; charset=utf-8", {"X-OpenRosa-Version": "1.0"})


_FOR_PHONES = (_form_list, _manifest, _can_send, _send, _form_xml, _form_file)


def parts(r: Request) -> dict[str, bytes]:
    """The files of a multipart body: by file name, the submission itself under its field's name."""
    match = re.search(r'boundary="?([^";]+)', r.header("Content-Type"))
    found: dict[str, bytes] = {}
    for part in r.body.split(b"--" + str(match.group(1)).encode())[1:-1] if match else ():
        head, _, body = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        names: dict[str, str] = dict(re.findall(r'(\bname|filename)="([^"]*)"', head.decode("utf-8", "replace")))
        field_name = names.get("name", "")
        name = field_name if field_name == "xml_submission_file" else names.get("filename", field_name)
        found[name] = body.removesuffix(b"\r\n")
    return found


# ---- submissions, REST --------------------------------------------------------------------------------------------------


def _version_told(s: Submission, i: int, world: World, *, extended: bool = False) -> dict[str, Any]:
    d = s.defs[i]
    told = {"submitterId": d.submitter, "createdAt": d.at, "instanceName": d.sent.instance_name, "instanceId": d.sent.instance_id,
            "current": i == len(s.defs) - 1, "deviceId": d.device, "userAgent": d.agent}  # fmt: skip
    return told | ({"submitter": world.people[d.submitter].told()} if extended else {})


def _submission(s: Submission, world: World, *, extended: bool = False) -> dict[str, Any]:
    first = s.defs[0]
    told: dict[str, Any] = {"instanceId": s.id, "submitterId": first.submitter, "deviceId": first.device, "createdAt": s.at}
    told |= {"updatedAt": s.updated, "reviewState": s.review, "userAgent": first.agent, "deletedAt": s.deleted}
    if extended:
        told["submitter"] = world.people[first.submitter].told()
    told["currentVersion"] = _version_told(s, -1 % len(s.defs), world, extended=extended)
    return told


def _of(c: Any, p: int, f: str, *, deleted: bool = False) -> list[Submission]:
    c.world.form(p, f)
    mine = [s for s in c.world.project(p).submissions.values() if s.form == f and bool(s.deleted) == deleted]
    return sorted(mine, key=lambda s: (s.at, s.n), reverse=True)


@on("GET", "/projects/<p>/forms/<f>/submissions")
def _submissions(c: Any, r: Request, p: int, f: str) -> Answer:
    rows = _of(c, p, f, deleted=r.query.get("deleted", "").lower() == "true")
    start = int(r.query.get("offset", 0))
    rows = rows[start : start + int(r.query.get("limit", len(rows)))]
    return said([_submission(s, c.world, extended=r.extended) for s in rows])


@on("POST", "/projects/<p>/forms/<f>/submissions")
def _post_submission(c: Any, r: Request, p: int, f: str) -> Answer:
    form_id = sent(r.body).form_id
    if form_id != f:
        raise Problem(400.8, f"the form of the address is {f}, of the XML {form_id}")
    if sent(r.body).instance_id in c.world.project(p).submissions:
        raise Problem(409.3, "it is there already")
    return said(_submission(c.world.submit(p, r.body), c.world))


@on("GET", "/projects/<p>/forms/<f>/submissions.csv.zip")
def _csv(c: Any, r: Request, p: int, f: str, passphrases: Mapping[str, str] = {}) -> Answer:
    home, rows = c.world.project(p), _of(c, p, f)
    if passphrases and passphrases.get(str(home.key)) != home.passphrase:
        raise Problem(400.12, "the passphrase opens nothing")
    if "$filter" in r.query:
        rows = filtered(rows, r.query["$filter"], _system)
    form = _shown(c.world.form(p, f)).form
    told = [
        {"id": s.id, "system": _system(s), "root": s.current.sent.root if not s.encrypted or passphrases else None,
         "files": {k: v for k, v in s.current.files.items() if v is not None}}
        for s in rows
    ]  # fmt: skip
    body = formats.zipped(form, told, attachments=r.query.get("attachments", "true").lower() != "false")
    return Answer(200, body, "application/zip", {"Content-Disposition": f'attachment; filename="{f}.zip"'})


@on("POST", "/projects/<p>/forms/<f>/submissions.csv.zip")
def _csv_opened(c: Any, r: Request, p: int, f: str) -> Answer:
    return _csv(c, r, p, f, passphrases={k: str(v) for k, v in decoded(r.body.decode()).items()})


@on("GET", "/projects/<p>/forms/<f>/submissions/keys")
def _keys(c: Any, r: Request, p: int, f: str) -> Answer:
    home = c.world.project(p)
    locked = any(s.encrypted for s in _of(c, p, f))
    return said(
        [{"id": home.key, "public": "…", "managed": True, "hint": None, "createdAt": home.at}] if home.key and locked else []
    )


@on("GET", "/projects/<p>/forms/<f>/submissions/<i>.xml")
def _xml(c: Any, r: Request, p: int, f: str, i: str) -> Answer:
    return Answer(200, c.world.find(p, f, i).current.sent.xml.encode(), XML)


@on("GET", "/projects/<p>/forms/<f>/submissions/<i>/versions")
def _versions(c: Any, r: Request, p: int, f: str, i: str) -> Answer:
    s = c.world.find(p, f, i)
    return said([_version_told(s, n, c.world, extended=r.extended) for n in reversed(range(len(s.defs)))])


def _def(c: Any, p: int, f: str, i: str, v: str) -> Any:
    found = next((d for d in c.world.find(p, f, i).defs if d.sent.instance_id == v), None)
    if found is None:
        raise not_found()
    return found


@on("GET", "/projects/<p>/forms/<f>/submissions/<i>/versions/<v>.xml")
def _version_xml(c: Any, r: Request, p: int, f: str, i: str, v: str) -> Answer:
    return Answer(200, _def(c, p, f, i, v).sent.xml.encode(), XML)


def _listed(files: Mapping[str, bytes | None]) -> list[dict[str, Any]]:
    return [{"name": n, "exists": b is not None} for n, b in sorted(files.items())]


def _file(files: Mapping[str, bytes | None], name: str) -> Answer:
    body = files.get(name)
    if body is None:
        raise not_found()
    return Answer(200, body, "text/csv" if name.endswith(".csv") else "application/octet-stream")


@on("GET", "/projects/<p>/forms/<f>/submissions/<i>/attachments")
def _list_files(c: Any, r: Request, p: int, f: str, i: str) -> Answer:
    return said(_listed(c.world.find(p, f, i).current.files))


@on("GET", "/projects/<p>/forms/<f>/submissions/<i>/attachments/<name>")
def _get_file(c: Any, r: Request, p: int, f: str, i: str, name: str) -> Answer:
    return _file(c.world.find(p, f, i).current.files, name)


@on("POST", "/projects/<p>/forms/<f>/submissions/<i>/attachments/<name>")
def _put_file(c: Any, r: Request, p: int, f: str, i: str, name: str) -> Answer:
    files = c.world.find(p, f, i).current.files
    if name not in files:
        raise not_found()
    files[name] = r.body
    return said(SUCCESS)


@on("GET", "/projects/<p>/forms/<f>/submissions/<i>/versions/<v>/attachments")
def _list_version_files(c: Any, r: Request, p: int, f: str, i: str, v: str) -> Answer:
    return said(_listed(_def(c, p, f, i, v).files))


@on("GET", "/projects/<p>/forms/<f>/submissions/<i>/versions/<v>/attachments/<name>")
def _get_version_file(c: Any, r: Request, p: int, f: str, i: str, v: str, name: str) -> Answer:
    return _file(_def(c, p, f, i, v).files, name)


@on("GET", "/projects/<p>/forms/<f>/submissions/<i>/comments")
def _comments(c: Any, r: Request, p: int, f: str, i: str) -> Answer:
    return said(c.world.find(p, f, i).comments)


@on("GET", "/projects/<p>/forms/<f>/submissions/<i>/audits")
def _audits(c: Any, r: Request, p: int, f: str, i: str) -> Answer:
    return said(c.world.find(p, f, i).audits)


@on("GET", "/projects/<p>/forms/<f>/submissions/<i>/diffs")
def _diffs(c: Any, r: Request, p: int, f: str, i: str) -> Answer:
    s = c.world.find(p, f, i)
    found = {}
    for old, new in zip(s.defs, s.defs[1:], strict=False):
        found[new.sent.instance_id] = list(_changes(old.sent.root, new.sent.root, []))
    return said(found)


def _leaves(node: Any, path: list[str]) -> Any:
    for child in node:
        here = [*path, bare(child.tag)]
        if len(child):
            yield from _leaves(child, here)
        else:
            yield tuple(here), (child.text or "").strip()


def _changes(old: Any, new: Any, path: list[str]) -> Any:
    a, b = dict(_leaves(old, path)), dict(_leaves(new, path))
    for key in [*a, *(k for k in b if k not in a)]:
        if a.get(key, "") != b.get(key, ""):
            told = {k: v for k, v in (("old", a.get(key)), ("new", b.get(key))) if v}
            yield {**told, "path": list(key)}


@on("GET", "/projects/<p>/forms/<f>/submissions/<i>")
def _one(c: Any, r: Request, p: int, f: str, i: str) -> Answer:
    return said(_submission(c.world.find(p, f, i), c.world, extended=r.extended))


@on("PUT", "/projects/<p>/forms/<f>/submissions/<i>")
def _edit(c: Any, r: Request, p: int, f: str, i: str) -> Answer:
    return said(_submission(c.world.edit(p, f, i, r.body), c.world))


@on("PATCH", "/projects/<p>/forms/<f>/submissions/<i>")
def _review(c: Any, r: Request, p: int, f: str, i: str) -> Answer:
    return said(_submission(c.world.review(p, f, i, decoded(r.body.decode()).get("reviewState")), c.world))


@on("DELETE", "/projects/<p>/forms/<f>/submissions/<i>")
def _delete(c: Any, r: Request, p: int, f: str, i: str) -> Answer:
    c.world.delete(p, f, i)
    return said(SUCCESS)


# ---- OData --------------------------------------------------------------------------------------------------------------


def _system(s: Submission, world: World | None = None) -> dict[str, Any]:
    first, files = s.defs[0], s.current.files
    name = world.people[first.submitter].name if world else ""
    return {
        "submissionDate": s.at, "updatedAt": s.updated, "submitterId": str(first.submitter), "submitterName": name,
        "attachmentsPresent": sum(v is not None for v in files.values()), "attachmentsExpected": len(files),
        "status": "notDecrypted" if s.encrypted else None, "reviewState": s.review, "deviceId": first.device,
        "edits": len(s.defs) - 1, "formVersion": s.current.sent.version, "deletedAt": s.deleted,
    }  # fmt: skip


@on("GET", "/projects/<p>/forms/<f>.svc")
def _service(c: Any, r: Request, p: int, f: str) -> Answer:
    told = formats.service(_shown(c.world.form(p, f)).form, f"{c.url}{r.path}")
    return said(told, kind=f"{JSON}; odata.metadata=minimal")


@on("GET", "/projects/<p>/forms/<f>.svc/$metadata")
def _metadata(c: Any, r: Request, p: int, f: str) -> Answer:
    return Answer(200, formats.metadata(_shown(c.world.form(p, f)).form).encode(), XML)


def _row(s: Submission, v: Version, *, expand: bool) -> tuple[str, dict[str, list[dict[str, Any]]]]:
    """(JSON of a row up to __system, its repeat tables); kept with the version, so that a page is quick."""
    key = f"{id(v)} {expand}"
    if key not in s.current.cached:
        made: dict[str, Any] = {}
        tables: dict[str, list[dict[str, Any]]] = {}
        if not s.encrypted:
            made, tables = formats.row(v.form, s.current.sent.root, s.id, expand=expand)
        text = json.dumps({**made, "__id": s.id}, ensure_ascii=False, separators=(",", ":"))
        s.current.cached[key] = (text[:-1], tables)
    found: tuple[str, dict[str, list[dict[str, Any]]]] = s.current.cached[key]
    return found


@on("GET", "/projects/<p>/forms/<f>.svc/<table>")
def _table(c: Any, r: Request, p: int, f: str, table: str) -> Answer:
    form = c.world.form(p, f)
    v = form.current
    if v is None:
        raise not_found()
    q = r.query
    if q.get("$expand", "*") != "*":
        raise Problem(
            501.6,
            "only $expand=*",
        )
    if "$select" in q and "$expand" in q:
        raise Problem(501.11, "not both $select and $expand")
    if "$skiptoken" in q:
        formats.opened(q["$skiptoken"])
    known = _of(c, p, f)
    if "$filter" in q:
        known = filtered([*known, *_of(c, p, f, deleted=True)] if "deletedAt" in q["$filter"] else known, q["$filter"], _system)
        known.sort(key=lambda s: (s.at, s.n), reverse=True)
    url = f"{c.url}{r.path}"
    context = f"{c.url}{r.path.rpartition('/')[0]}/$metadata#{table}"
    if table != "Submissions":
        name = table.removeprefix("Submissions.")
        if not any(x.type == "repeat" and x.path[1:].replace("/", ".") == name for x in v.form.fields):
            raise not_found()
        lines = [x for s in known for x in _row(s, v, expand=False)[1].get(table, ())]
        rows = [({"repeatId": x["__id"]}, json.dumps(x, ensure_ascii=False, separators=(",", ":"))) for x in lines]
        start = _start(q, rows, lambda told, k: told.get("repeatId") == k[0]["repeatId"])
        return Answer(200, formats.page(rows, len(rows), url, context, q, start).encode())
    expand, only = "$expand" in q, q.get("$select", "")
    rest = _after(known, q, c.world.project(p))
    top = int(q["$top"]) if "$top" in q else len(rest)
    shown = [({"instanceId": s.id}, _text(c, s, v, expand, only) if n < top else "") for n, s in enumerate(rest)]
    return Answer(200, formats.page(shown, len(known), url, context, q, 0).encode())


def _text(c: Any, s: Submission, v: Version, expand: bool, only: str) -> str:
    system = json.dumps(_system(s, c.world), ensure_ascii=False, separators=(",", ":"))
    if not only:
        return f'{_row(s, v, expand=expand)[0]},"__system":{system}}}'
    whole = json.loads(f'{_row(s, v, expand=expand)[0]},"__system":{system}}}')
    names = [n.strip() for n in only.split(",")]
    if unknown := [n for n in names if n.partition("/")[0] not in whole]:
        raise Problem(400.23, f"no property {unknown[0]}", {"property": unknown[0]})
    return json.dumps({n: whole[n] for n in names if n in whole}, ensure_ascii=False, separators=(",", ":"))


def _after(known: list[Submission], q: Mapping[str, str], home: Project) -> list[Submission]:
    """The rows after a skiptoken; none when its submission is gone for good, as on Central."""
    if "$skiptoken" in q:
        last = home.submissions.get(formats.opened(q["$skiptoken"]).get("instanceId", ""))
        return [] if last is None else [s for s in known if (s.at, s.n) < (last.at, last.n)]
    return known[int(q.get("$skip", 0)) :]


def _start(q: Mapping[str, str], rows: list[Any], same: Callable[[Mapping[str, str], Any], bool]) -> int:
    if "$skiptoken" in q:
        told = formats.opened(q["$skiptoken"])
        return next((n + 1 for n, x in enumerate(rows) if same(told, x)), len(rows))
    return int(q.get("$skip", 0))


# ---- entity lists -------------------------------------------------------------------------------------------------------


def _dataset(d: Dataset, p: int, *, extended: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": d.name,
        "createdAt": d.at,
        "projectId": p,
        "approvalRequired": False,
        "ownerOnly": False,
        "deletedAt": None,
    }
    if extended:
        last = max((e.at for e in d.entities.values()), default=None)
        told |= {"entities": len(d.entities), "lastEntity": last, "conflicts": 0}
    return told


@on("GET", "/projects/<p>/datasets")
def _datasets(c: Any, r: Request, p: int) -> Answer:
    return said([_dataset(d, p, extended=r.extended) for _, d in sorted(c.world.project(p).datasets.items())])


@on("POST", "/projects/<p>/datasets")
def _new_dataset(c: Any, r: Request, p: int) -> Answer:
    c.world.add_dataset(p, str(decoded(r.body.decode()).get("name")))
    return _one_dataset(c, r, p, str(decoded(r.body.decode()).get("name")))


@on("GET", "/projects/<p>/datasets/<d>")
def _one_dataset(c: Any, r: Request, p: int, d: str) -> Answer:
    one, home = c.world.dataset(p, d), c.world.project(p)
    names = [{"name": _shown(home.forms[f]).form.title, "xmlFormId": f} for f in dict.fromkeys(one.forms)]
    forms = [{"xmlFormId": x["xmlFormId"], "name": x["name"]} for x in names]
    props = [{"name": n, "publishedAt": at, "odataName": safe(n), "forms": forms} for n, at in one.properties.items()]
    last = max((e.updated or e.at for e in one.entities.values()), default=None)
    return said(_dataset(one, p) | {"lastUpdate": last, "linkedForms": [], "sourceForms": names, "draftLinkedForms": [],
                                    "draftSourceForms": [], "properties": props})  # fmt: skip


@on("POST", "/projects/<p>/datasets/<d>/properties")
def _property(c: Any, r: Request, p: int, d: str) -> Answer:
    c.world.add_property(p, d, str(decoded(r.body.decode()).get("name")))
    return said(SUCCESS)


def _newest(d: Dataset) -> list[Entity]:
    found = list(d.entities.values())
    found.reverse()
    return sorted(found, key=lambda e: e.at, reverse=True)


def _entity(e: Entity, *, whole: bool = False) -> dict[str, Any]:
    v = e.current
    told = {"current": True, "label": v["label"], "creatorId": 5, "userAgent": "pyodk v1.3.0", "version": v["version"],
            "baseVersion": v["baseVersion"], "conflictingProperties": None, "createdAt": v["createdAt"], "branchId": None,
            "trunkVersion": None, "branchBaseVersion": None}  # fmt: skip
    if whole:
        told["data"] = v["data"]
    return {
        "uuid": e.uuid,
        "creatorId": 5,
        "conflict": None,
        "createdAt": e.at,
        "updatedAt": e.updated,
        "deletedAt": None,
        "currentVersion": told,
    }


@on("GET", "/projects/<p>/datasets/<d>/entities")
def _entities(c: Any, r: Request, p: int, d: str) -> Answer:
    return said([_entity(e) for e in _newest(c.world.dataset(p, d))])  # limit is not heeded: recorded/26.json


@on("POST", "/projects/<p>/datasets/<d>/entities")
def _new_entities(c: Any, r: Request, p: int, d: str) -> Answer:
    told = decoded(r.body.decode())
    if "entities" in told:
        if not (told.get("source") or {}).get("name"):
            raise Problem(400.2, "no source")
        c.world.add_entities(p, d, told["entities"])
        return said(SUCCESS)
    return said(_entity(c.world.add_entities(p, d, [told])[0], whole=True))


@on("GET", "/projects/<p>/datasets/<d>/entities/<u>")
def _one_entity(c: Any, r: Request, p: int, d: str, u: str) -> Answer:
    home = c.world.dataset(p, d)
    if u not in home.entities:
        raise not_found()
    return said(_entity(home.entities[u], whole=True))


@on("PATCH", "/projects/<p>/datasets/<d>/entities/<u>")
def _patch_entity(c: Any, r: Request, p: int, d: str, u: str) -> Answer:
    base = int(r.query["baseVersion"]) if "baseVersion" in r.query else None
    force = r.query.get("force", "").lower() == "true"
    return said(_entity(c.world.update_entity(p, d, u, decoded(r.body.decode()), base, force=force), whole=True))


@on("GET", "/projects/<p>/datasets/<d>.svc/Entities")
def _entity_table(c: Any, r: Request, p: int, d: str) -> Answer:
    home = c.world.dataset(p, d)
    rows = []
    for e in _newest(home):
        v = e.current
        system = {"createdAt": e.at, "creatorId": "5", "creatorName": c.user, "updates": v["version"] - 1, "updatedAt": e.updated,
                  "deletedAt": None, "version": v["version"], "conflict": None}  # fmt: skip
        told = {"__id": e.uuid, "label": v["label"], "__system": system, **{k: v["data"].get(k) for k in home.properties}}
        rows.append(({"uuid": e.uuid}, json.dumps(told, ensure_ascii=False, separators=(",", ":"))))
    start = _start(r.query, rows, lambda told, k: told.get("uuid") == k[0]["uuid"])
    context = f"{c.url}{r.path.rpartition('/')[0]}/$metadata#Entities"
    return Answer(200, formats.page(rows, len(rows), f"{c.url}{r.path}", context, r.query, start).encode())


@on("GET", "/audits")
def _all_audits(c: Any, r: Request) -> Answer:
    homes = c.world.projects.values()
    found = [*c.world.audits, *(a for p in homes for s in p.submissions.values() for a in s.audits)]
    found.sort(key=lambda a: a["loggedAt"], reverse=True)
    found = found[: int(r.query.get("limit", len(found)))]
    forms = {actee(f.id): _form(p.id, f, _shown(f), c.world) for p in homes for f in p.forms.values()}
    if r.extended:
        found = [{**a, "actor": c.world.people[a["actorId"]].told(), "actee": forms.get(a["acteeId"])} for a in found]
    return said(found)


VERBS = [
    "actor_property.list", "actor_property.update", "analytics.read", "assignment.create", "assignment.delete", "assignment.list",
    "audit.read", "backup.run", "config.read", "config.set", "dataset.create", "dataset.delete", "dataset.list", "dataset.read",
    "dataset.update", "entity.create", "entity.delete", "entity.list", "entity.read", "entity.restore", "entity.update",
    "field_key.create", "field_key.delete", "field_key.list", "field_key.update", "form.create", "form.delete", "form.list",
    "form.read", "form.restore", "form.update", "project.create", "project.delete", "project.read", "project.update",
    "public_link.create", "public_link.delete", "public_link.list", "public_link.read", "public_link.update", "role.create",
    "role.delete", "role.update", "session.end", "submission.create", "submission.delete", "submission.list", "submission.read",
    "submission.restore", "submission.update", "user.create", "user.delete", "user.list", "user.password.invalidate", "user.read",
    "user.update",
]  # fmt: skip
