"""What a Central holds and what it does with it: projects, forms, submissions, app users, entities.  No HTTP here.

Written from Central's documentation and the recordings; rules that matter carry Central's own codes.  Imports the two modules
beside it.
"""

from __future__ import annotations

import json
import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from . import central_formats as formats
from .central_xform import Problem, Sent, XForm, convert, parse, sent

ENCRYPTED = "[encrypted:"
NOT_FOUND = "Could not find the resource you were looking for."


def not_found() -> Problem:
    return Problem(404.1, NOT_FOUND)


@dataclass
class Version:
    """One definition of a form."""

    form: XForm
    at: str
    xlsx: bytes | None = None
    published: str | None = None
    blobs: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    linked: set[str] = field(default_factory=set)


@dataclass
class Form:
    """A form: its published versions, newest last, and its draft."""

    id: str
    created: str
    updated: str | None = None
    state: str = "open"
    versions: list[Version] = field(default_factory=list)
    draft: Version | None = None
    users: set[int] = field(default_factory=set)

    @property
    def current(self) -> Version | None:
        return self.versions[-1] if self.versions else None


@dataclass
class Def:
    """One version of a submission."""

    sent: Sent
    at: str
    submitter: int
    agent: str
    device: str | None = None
    files: dict[str, bytes | None] = field(default_factory=dict)
    cached: dict[str, Any] = field(default_factory=dict)


@dataclass
class Submission:
    """A submission: all its versions, oldest first."""

    id: str
    form: str
    n: int
    at: str
    updated: str | None = None
    deleted: str | None = None
    review: str | None = None
    defs: list[Def] = field(default_factory=list)
    encrypted: bool = False
    comments: list[dict[str, Any]] = field(default_factory=list)
    audits: list[dict[str, Any]] = field(default_factory=list)

    @property
    def current(self) -> Def:
        return self.defs[-1]


@dataclass
class Person:
    id: int
    kind: str
    name: str
    at: str
    token: str | None = None

    def told(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": self.kind,
            "displayName": self.name,
            "createdAt": self.at,
            "updatedAt": None,
            "deletedAt": None,
        }


@dataclass
class Entity:
    uuid: str
    at: str
    versions: list[dict[str, Any]] = field(default_factory=list)
    updated: str | None = None

    @property
    def current(self) -> dict[str, Any]:
        return self.versions[-1]


@dataclass
class Dataset:
    name: str
    at: str
    properties: dict[str, str] = field(default_factory=dict)
    entities: dict[str, Entity] = field(default_factory=dict)
    forms: list[str] = field(default_factory=list)


@dataclass
class Project:
    id: int
    name: str
    at: str
    updated: str | None = None
    key: int | None = None
    passphrase: str = ""
    forms: dict[str, Form] = field(default_factory=dict)
    submissions: dict[str, Submission] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    app_users: list[int] = field(default_factory=list)


class World:
    """All of it, and the clock: every event is one millisecond after the one before."""

    def __init__(self, user: str, password: str) -> None:
        self.clock = datetime(2026, 10, 1, tzinfo=UTC)
        self.user, self.password = user, password
        self.projects: dict[int, Project] = {}
        self.people: dict[int, Person] = {}
        self.admin = self.person("user", user, number=5)
        self.audits: list[dict[str, Any]] = []
        self._n = 0
        self.agent = "standin"

    # ---- clock and people ---------------------------------------------------------------------------------------------

    def now(self, at: str | None = None) -> str:
        if at is not None:
            return at
        self.clock += timedelta(milliseconds=1)
        return self.clock.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def person(
        self, kind: str, name: str, *, number: int | None = None, token: str | None = None, at: str | None = None
    ) -> Person:
        made = Person(number or max(7, *self.people) + 1, kind, name, self.now(at), token)
        self.people[made.id] = made
        return made

    def project(self, number: int) -> Project:
        if number not in self.projects:
            raise not_found()
        return self.projects[number]

    def add_project(self, name: str, at: str | None = None) -> int:
        n = max(self.projects, default=0) + 1
        self.projects[n] = Project(n, name, self.now(at))
        return n

    def form(self, project: int, form_id: str) -> Form:
        forms = self.project(project).forms
        if form_id not in forms:
            raise not_found()
        return forms[form_id]

    def add_app_user(self, project: int, name: str, *, token: str | None = None, at: str | None = None) -> Person:
        made = self.person("field_key", name, token=token or _app_token(), at=at)
        self.project(project).app_users.append(made.id)
        return made

    # ---- forms --------------------------------------------------------------------------------------------------------

    def _read(
        self, project: Project, body: bytes, kind: str, fallback: str, ignore: bool
    ) -> tuple[XForm, bytes | None, list[str]]:
        if "spreadsheetml" in kind or "ms-excel" in kind:
            xml, warnings = convert(body, fallback)
            form, xlsx = parse(xml), body
        else:
            form, warnings, xlsx = parse(body.decode("utf-8")), [], None
        if project.key is not None:
            form = replace(form, version=f"{form.version}{ENCRYPTED}{form.digest('md5')[:8]}]")
        return form, xlsx, warnings

    def _warn(self, told: list[str], workflow: list[dict[str, Any]], ignore: bool) -> None:
        if (told or workflow) and not ignore:
            said = "valid, with warnings"
            warnings = {k: v for k, v in (("xlsFormWarnings", told), ("workflowWarnings", workflow)) if v}
            raise Problem(400.16, said, {"warnings": warnings})

    def create_form(
        self, project: int, body: bytes, kind: str, *, fallback: str = "", ignore: bool = False, at: str | None = None
    ) -> Form:
        home = self.project(project)
        read, xlsx, warnings = self._read(home, body, kind, fallback, ignore)
        if read.id in home.forms:
            told = "it is there already"
            raise Problem(
                409.3, told, {"fields": ["projectId", "xmlFormId"], "values": [str(project), read.id], "table": "forms"}
            )
        self._warn(warnings, [], ignore)
        made = Form(read.id, self.now(at))
        made.draft = Version(read, made.created, xlsx)
        self._link(home, made.draft)
        home.forms[read.id] = made
        return made

    def _link(self, home: Project, v: Version) -> None:
        for name in v.form.files:
            if name.removesuffix(".csv") in home.datasets and name.endswith(".csv") and name not in v.blobs:
                v.linked.add(name)

    def draft(self, project: int, form_id: str, body: bytes, kind: str, *, fallback: str = "", ignore: bool = False) -> None:
        home, form = self.project(project), self.form(project, form_id)
        before = form.draft or form.current
        assert before is not None
        if body:
            read, xlsx, warnings = self._read(home, body, kind, fallback, ignore)
            if read.id != form_id:
                told = f"the draft of {form_id} says {read.id}"
                raise Problem(400.8, told, {"field": "xmlFormId", "value": read.id})
            self._same_types(form, read)
            self._warn(warnings, self._structure(form, read), ignore)
        else:
            if form.current is None:
                raise Problem(400.2, "no xml", {"field": "xml"})
            read, xlsx = form.current.form, form.current.xlsx
        source = form.current or before
        form.draft = Version(read, self.now(), xlsx, blobs={k: v for k, v in source.blobs.items() if k in read.files})
        self._link(home, form.draft)

    def _same_types(self, form: Form, read: XForm) -> None:
        known = {f.path: f.type for v in form.versions for f in v.form.fields}
        for f in read.fields:
            was = known.get(f.path, f.type)
            if was != f.type and f.type != "string":
                told = f"field {f.path} had the type {was}"
                raise Problem(400.17, told, {"path": f.path, "type": was})
            if was in ("structure", "repeat") and f.type == "string":
                raise Problem(400.17, f"type of {f.path} was {was}", {"path": f.path, "type": was})

    def _structure(self, form: Form, read: XForm) -> list[dict[str, Any]]:
        if form.current is None:
            return []
        gone = sorted({f.name for f in form.current.form.fields if f.type != "structure"} - {f.name for f in read.fields})
        moved = sorted({f.path for f in form.current.form.fields} - {f.path for f in read.fields})
        if not moved:
            return []
        reason = "fields that are gone or moved"
        return [{"type": "structureChanged", "details": gone or [m.rpartition("/")[2] for m in moved], "reason": reason}]

    def attach(self, project: int, form_id: str, name: str, body: bytes, kind: str = "text/csv") -> None:
        draft = self.form(project, form_id).draft
        if draft is None or name not in draft.form.files:
            raise not_found()
        draft.blobs[name] = (body, self.now())
        draft.linked.discard(name)

    def publish(self, project: int, form_id: str, version: str | None = None, at: str | None = None) -> None:
        home, form = self.project(project), self.form(project, form_id)
        draft = form.draft
        if draft is None:
            raise not_found()
        if version is not None:
            draft.form = replace(draft.form, version=version, xml=_versioned(draft.form.xml, draft.form.version, version))
        if any(v.form.version == draft.form.version for v in form.versions):
            told = f"form {form_id} has a version {draft.form.version}"
            raise Problem(409.6, told, {"xmlFormId": form_id, "version": draft.form.version})
        draft.published = self.now(at)
        form.versions.append(draft)
        form.draft = None
        form.updated = draft.published
        for name, properties in draft.form.datasets.items():
            made = home.datasets.setdefault(name, Dataset(name, draft.published))
            made.forms.append(form_id)
            for p in properties:
                made.properties.setdefault(p, draft.published)

    def set_state(self, form: Form, state: str) -> None:
        form.state, form.updated = state, self.now()
        told = {"actorId": 5, "action": "form.update", "acteeId": actee(form.id), "details": {"data": {"state": state}}}
        self.audits.append({**told, "loggedAt": self.now(), "notes": None})

    # ---- submissions --------------------------------------------------------------------------------------------------

    def version(self, form: Form, version: str) -> Version:
        for v in form.versions:
            if v.form.version == version:
                return v
        told = f"no version '{version}' of the form"
        raise Problem(404.6, told, {"formVersion": version})

    def submit(
        self, project: int, xml: bytes, files: Mapping[str, bytes] = {}, *, by: int = 5, device: str | None = None,
        at: str | None = None, encrypted: bool = False,
    ) -> Submission:  # fmt: skip
        home, read = self.project(project), sent(xml)
        form = self.form(project, read.form_id)
        if form.state != "open" and not (form.state == "closing"):
            raise Problem(
                409.2,
                "the form takes no submissions",
            )
        definition = self.version(form, read.version)
        there = home.submissions.get(read.instance_id)
        if there is not None:
            return self._again(there, read, files)
        if any(d.sent.instance_id == read.instance_id for s in home.submissions.values() for d in s.defs[1:]):
            raise Problem(409.1, "another XML under this instanceID")
        self._n += 1
        made = Submission(read.instance_id, read.form_id, self._n, self.now(at), encrypted=encrypted)
        made.defs.append(Def(read, made.at, by, self.agent, device, self._expected(definition.form, read, files, encrypted)))
        home.submissions[made.id] = made
        self._audit(made, by, "submission.create")
        self._entity(home, definition.form, read)
        return made

    def _again(self, there: Submission, read: Sent, files: Mapping[str, bytes]) -> Submission:
        if there.deleted:
            raise Problem(409.16, "has been deleted")
        if there.current.sent.xml != read.xml:
            raise Problem(
                409.1,
                "another XML under this instanceID",
            )
        for name, body in files.items():
            if name in there.current.files:
                there.current.files[name] = body
        return there

    def _expected(self, form: XForm, read: Sent, files: Mapping[str, bytes], encrypted: bool) -> dict[str, bytes | None]:
        if encrypted:
            return {"submission.xml.enc": None} | dict(files)
        paths = [f.path for f in form.fields if f.type == "binary"]
        names = [t for p in paths if (t := formats._text(read.root, p[1:].split("/")).strip())]
        return {n: files.get(n) for n in names}

    def _audit(self, s: Submission, by: int, action: str, **details: Any) -> None:
        told = (details or {"instanceId": s.current.sent.instance_id}) | {"submissionId": s.n, "submissionDefId": s.n}
        event = {
            "actorId": by,
            "action": action,
            "acteeId": actee(s.form),
            "details": told,
            "loggedAt": self.now(),
            "notes": None,
        }
        s.audits.insert(0, event)

    def _entity(self, home: Project, form: XForm, read: Sent) -> None:
        node = next((n for n in read.root.iter() if n.tag.rpartition("}")[2] == "entity" and n.get("dataset")), None)
        if node is None or node.get("create") not in ("1", "true") or node.get("dataset") not in home.datasets:
            return
        label = next((c.text or "" for c in node if c.tag.rpartition("}")[2] == "label"), "")
        at = self.now()
        one = Entity(node.get("id") or str(uuid.uuid4()), at)
        one.versions.append({"label": label, "data": {}, "version": 1, "baseVersion": None, "createdAt": at, "creatorId": 5})
        home.datasets[node.get("dataset", "")].entities[one.uuid] = one

    def find(self, project: int, form_id: str, instance: str) -> Submission:
        s = self.project(project).submissions.get(instance)
        if s is None or s.form != form_id or s.deleted:
            raise not_found()
        return s

    def edit(self, project: int, form_id: str, instance: str, xml: bytes, *, by: int = 5, at: str | None = None) -> Submission:
        s, read = self.find(project, form_id, instance), sent(xml)
        if not read.deprecated:
            said = "an edit names its deprecatedID"
            raise Problem(400.19, said)
        if read.deprecated != s.current.sent.instance_id:
            known = any(d.sent.instance_id == read.deprecated for d in s.defs)
            if not known:
                raise Problem(
                    404.5,
                    f"no submission {read.deprecated} to edit",
                )
            said = f"the version {read.deprecated} is not the newest"
            raise Problem(409.9, said)
        if any(d.sent.instance_id == read.instance_id for d in s.defs):
            raise Problem(
                409.8,
                "this instanceID is taken",
            )
        form = self.version(self.form(project, form_id), read.version).form
        files = {k: v for k, v in s.current.files.items() if v is not None}
        at = self.now(at)
        s.defs.append(Def(read, at, by, self.agent, None, self._expected(form, read, files, s.encrypted)))
        s.updated, s.review = at, "edited"
        self._audit(s, by, "submission.update.version")
        return s

    def review(self, project: int, form_id: str, instance: str, state: str | None, at: str | None = None) -> Submission:
        s = self.find(project, form_id, instance)
        if state not in (None, "approved", "rejected", "hasIssues", "edited"):
            raise Problem(400.8, f"no state {state}")
        s.review, s.updated = state, self.now(at)
        self._audit(s, 5, "submission.update", reviewState=state)
        return s

    def delete(self, project: int, form_id: str, instance: str) -> None:
        self.find(project, form_id, instance).deleted = self.now()

    def purge(self, project: int, instance: str) -> None:
        """What Central does 30 days after a deletion."""
        del self.project(project).submissions[instance]

    # ---- entities -----------------------------------------------------------------------------------------------------

    def dataset(self, project: int, name: str) -> Dataset:
        sets = self.project(project).datasets
        if name not in sets:
            raise not_found()
        return sets[name]

    def add_dataset(self, project: int, name: str, at: str | None = None) -> Dataset:
        home = self.project(project)
        if name in home.datasets:
            raise Problem(409.3, "it is there already")
        if not re.fullmatch(r"[A-Za-z_][\w-]*", name) or name.startswith("__"):
            raise Problem(400.8, f"{name} is no name of a list")
        home.datasets[name] = Dataset(name, self.now(at))
        return home.datasets[name]

    def add_property(self, project: int, name: str, prop: str, at: str | None = None) -> None:
        home = self.dataset(project, name)
        if prop in home.properties:
            raise Problem(409.3, "it is there already")
        if not re.fullmatch(r"[A-Za-z_][\w.-]*", prop) or prop.lower() in ("name", "label") or prop.startswith("__"):
            raise Problem(400.8, f"{prop} is no name of a property")
        home.properties[prop] = self.now(at)

    def add_entities(self, project: int, name: str, told: list[Mapping[str, Any]], at: str | None = None) -> list[Entity]:
        """All of them or none."""
        home = self.dataset(project, name)
        made: list[Entity] = []
        for one in told:
            data = dict(one.get("data") or {})
            self._sound(home, one.get("label"), data)
            key = str(one.get("uuid") or uuid.uuid4()).lower()
            try:
                uuid.UUID(key)
            except ValueError:
                raise Problem(400.28, f"no uuid: {key}") from None
            if key in home.entities or any(m.uuid == key for m in made):
                raise Problem(409.3, "it is there already")
            when = self.now(at)
            entity = Entity(key, when)
            entity.versions.append(
                {"label": one["label"], "data": data, "version": 1, "baseVersion": None, "createdAt": when, "creatorId": 5}
            )
            made.append(entity)
        home.entities.update((m.uuid, m) for m in made)
        return made

    def _sound(self, home: Dataset, label: Any, data: Mapping[str, Any], *, new: bool = True) -> None:
        if new and not (isinstance(label, str) and label):
            raise Problem(400.28, "no label")
        for k, v in data.items():
            if k not in home.properties:
                raise Problem(400.28, f"no property {k}")
            if not isinstance(v, str):
                raise Problem(400.11, f"{k} is no text")

    def update_entity(
        self, project: int, name: str, key: str, told: Mapping[str, Any], base: int | None, *, force: bool = False
    ) -> Entity:
        home = self.dataset(project, name)
        if key not in home.entities:
            raise not_found()
        one = home.entities[key]
        self._sound(home, told.get("label"), told.get("data") or {}, new=False)
        if not force and base != one.current["version"]:
            said = f"version {one.current['version']} stands, {base} was given"
            raise Problem(409.15, said, {"current": one.current["version"], "provided": base})
        at = self.now()
        data = one.current["data"] | dict(told.get("data") or {})
        was, label = one.current["version"], told.get("label") or one.current["label"]
        one.versions.append(
            {"label": label, "data": data, "version": was + 1, "baseVersion": was, "createdAt": at, "creatorId": 5}
        )
        one.updated = at
        return one


def actee(form_id: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, form_id))


def _versioned(xml: str, was: str, now: str) -> str:
    return xml.replace(f'version="{was}"', f'version="{now}"', 1)


def filtered(rows: list[Submission], text: str, systems: Any) -> list[Submission]:
    """Rows a $filter keeps; 501.5 for a field that is not one of __system."""
    pattern = re.compile(r"\s*(?:(\(|\))|(and|or|not)\b|([\w/]+)\s+(eq|ne|lt|le|gt|ge)\s+('[^']*'|[^\s()]+))", re.IGNORECASE)
    at, code = 0, []
    while at < len(text.rstrip()):
        match = pattern.match(text, at)
        if match is None:
            raise Problem(400.18, "the filter cannot be read", {"reason": "?"})
        paren, word, name, op, value = match.groups()
        if paren or word:
            code.append(paren or word.lower())
        else:
            if not name.startswith("__system/") or name.removeprefix("__system/") not in _FILTERS:
                said = f"no filter on {name} at {match.start(3)}"
                raise Problem(501.5, said, {"at": match.start(3), "text": name})
            key = name.removeprefix("__system/")
            code.append(f"_c(s[{key!r}], {op.lower()!r}, {value.strip(chr(39))!r})")
        at = match.end()
    test = compile(" ".join(code), "filter", "eval")
    return [r for r in rows if eval(test, {"_c": _compare, "s": systems(r), "__builtins__": {}})]


_FILTERS = ("submissionDate", "updatedAt", "deletedAt", "submitterId", "reviewState")


def _compare(have: Any, op: str, text: str) -> bool:
    want = None if text == "null" else text
    if op in ("eq", "ne"):
        return bool((have == want) == (op == "eq"))
    if have is None or want is None:
        return False
    mine, theirs = _moment(str(have)), _moment(str(want))
    return bool({"lt": mine < theirs, "le": mine <= theirs, "gt": mine > theirs, "ge": mine >= theirs}[op])


def _moment(text: str) -> Any:
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def decoded(query: str) -> dict[str, Any]:
    """A JSON body, or a problem."""
    try:
        told = json.loads(query or "{}")
    except ValueError:
        raise Problem(400.1, "no JSON") from None
    if not isinstance(told, dict):
        raise Problem(400.1, "no JSON object")
    return told


def _app_token() -> str:
    """A token of an app user, shaped as Central's are."""
    return "".join(secrets.choice(_LETTERS) for _ in range(64))


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!$"
