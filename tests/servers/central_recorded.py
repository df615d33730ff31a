"""A stand-in Central that holds what the recorded one held: the same form, people, submissions, entities, at the same times.

What the recordings do not show (397 of the 400 submissions, 499 of the 501 entities) are synthetic rows of the same shape.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from .central_standin import PASSWORD, CentralStandin
from .central_world import Entity, World

HERE = Path(__file__).with_name("recorded")
SERVER = "http://127.0.0.1:8383"
FORM = "wash_aware"
EDITED = "uuid:047d1e47-de53-48b3-8c2d-e1353133e6cf"
DAY = "2026-11-22T22"


def recording(n: int) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((HERE / f"{n:02d}.json").read_text(encoding="utf-8"))
    return told


def body(n: int) -> Any:
    return json.loads(recording(n)["body"])


def xform(
    fields: list[dict[str, Any]], form_id: str, version: str, title: str, *, files: dict[str, str], dataset: str = ""
) -> str:
    """An XForm with these fields in this order."""
    binds, selects, repeats = [], [], []
    for f in fields:
        if f["type"] == "repeat":
            repeats.append(f'<repeat nodeset="/data{f["path"]}"/>')
        elif f["type"] != "structure":
            binds.append(f'<bind nodeset="/data{f["path"]}" type="{f["type"]}"/>')
        if f["selectMultiple"]:
            selects.append(f'<select ref="/data{f["path"]}"/>')
    media = "".join(
        f'<instance id="{name.partition(".")[0]}" src="jr://file-csv/{name}"/>'
        if kind == "file"
        else f"<value>jr://{kind}/{name}</value>"
        for name, kind in files.items()
    )
    saved = "".join(f'<bind nodeset="/data/main/{p}" entities:saveto="{p}"/>' for p in ("commune", "age")) if dataset else ""
    space = 'xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/2002/xforms" xmlns:jr="http://openrosa.org/javarosa"'
    entities = 'xmlns:entities="http://www.opendatakit.org/xforms/entities"'
    data = f'<data id="{form_id}" version="{version}">{_nodes(fields, "", None, dataset)}</data>'
    model = f"<model><instance>{data}</instance>{media}{''.join(binds)}{saved}</model>"
    head, body_ = f"<h:head><h:title>{title}</h:title>{model}</h:head>", f"<h:body>{''.join(selects)}{''.join(repeats)}</h:body>"
    return f"<h:html {space} {entities}>{head}{body_}</h:html>"


def _nodes(fields: list[dict[str, Any]], path: str, values: Any, dataset: str = "") -> str:
    """The nodes below a path, empty or with a row's values."""
    out = []
    for f in fields:
        if f["path"].rpartition("/")[0] != path:
            continue
        name, value = f["name"], values.get(f["name"]) if isinstance(values, dict) else None
        if f["type"] == "structure":
            mark = f' dataset="{dataset}" id="" create="1"' if name == "entity" and dataset else ""
            out.append(f"<{name}{mark}>{_nodes(fields, f['path'], value, dataset)}</{name}>")
        elif f["type"] == "repeat":
            some = [None] if values is None else value or []
            out += [f"<{name}>{_nodes(fields, f['path'], one)}</{name}>" for one in some]
        else:
            out.append(f"<{name}>{_text(value)}</{name}>")
    return "".join(out)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        lon, lat, altitude = value["coordinates"]
        return f"{lat} {lon} {altitude} {value['properties']['accuracy']}"
    return "" if value is None else escape(str(value))


def submission(fields: list[dict[str, Any]], row: dict[str, Any], version: str, deprecated: str = "") -> str:
    """The XML that gives a row."""
    inner = _nodes(fields, "", row)
    if deprecated:
        inner = inner.replace("</instanceName></meta>", f"</instanceName><deprecatedID>{deprecated}</deprecatedID></meta>")
    return f'<data id="{FORM}" version="{version}">{inner}</data>'


def recorded_world(user: str) -> World:
    """Everything the recordings speak of."""
    w = World(user, PASSWORD)
    w.admin.at = f"{DAY[:-2]}21:54:37.881Z"
    made = {"Nhận thức 2026": "04:00.869", "Mã hoá": "12:53.849", "Tự khoá": "12:54.667", "bulk": "14:10.777"}
    for name, at in made.items():
        w.add_project(name, at=f"{DAY}:{at}Z")
    w.projects[2].key, w.projects[2].updated = 1, f"{DAY}:12:54.243Z"
    team = w.add_app_user(1, "Điều tra viên 01", token="<token>", at=f"{DAY}:04:01.520Z")
    fields = body(7)
    _forms(w, fields)
    w.projects[1].forms[FORM].users.add(team.id)
    _submissions(w, fields, team.id)
    _lists(w)
    form = w.projects[1].forms[FORM]
    w.clock = datetime(2026, 11, 22, 22, 15, 28, tzinfo=UTC)
    for state in ("closing", "closed", "open"):
        w.set_state(form, state)
    form.updated = f"{DAY}:15:28.743Z"
    return w


def _forms(w: World, fields: list[dict[str, Any]]) -> None:
    files = {f["name"]: f["type"] for f in body(6)}
    for told in reversed(body(5)):
        text = xform(fields, FORM, told["version"], told["name"], files=files, dataset="respondents").encode()
        if FORM in w.projects[1].forms:
            w.draft(1, FORM, text, "application/xml")
        else:
            w.create_form(1, text, "application/xml", at=told["createdAt"])
            w.attach(1, FORM, "communes.csv", b"name,label\n")
            w.attach(1, FORM, "provinces.csv", b"name,label\n")
        w.publish(1, FORM, at=told["publishedAt"])
        w.projects[1].forms[FORM].versions[-1].xlsx = b"xlsx"
    one = [
        {"path": "/q", "name": "q", "type": "string", "selectMultiple": None},
        *(f for f in fields if f["path"].startswith("/meta")),
    ]
    w.create_form(
        1,
        xform(one, "followup", "1", "Theo dõi", files={}, dataset="respondents").encode(),
        "application/xml",
        at=f"{DAY}:05:36.963Z",
    )
    w.publish(1, "followup", at=f"{DAY}:05:36.985Z")
    w.projects[1].forms["followup"].updated = f"{DAY}:05:36.986Z"
    w.projects[1].forms["followup"].versions[-1].xlsx = b"xlsx"
    sent = {"meta": {"instanceID": "uuid:00000000-0000-4000-8000-00000000f011"}}
    w.submit(1, submission(one, sent, "1").replace(FORM, "followup").encode(), at=f"{DAY}:05:37.314Z")
    w.projects[1].datasets["respondents"].at = f"{DAY}:04:01.314Z"
    w.projects[1].datasets["respondents"].forms = [FORM]


def _submissions(w: World, fields: list[dict[str, Any]], team: int) -> None:
    first, second = body(11)["value"]
    w.agent = "python-requests/2.34.2"
    for n in range(397):
        made = f"uuid:00000000-0000-4000-8000-{n:012d}"
        members = [{"m_name": f"Tên {i + 1}", "m_age": 30 + i} for i in range(2 if n else 0)]
        row = {"consent": "yes", "main": {"age": "40", "member": members}, "meta": {"instanceID": made, "instanceName": "x"}}
        w.submit(1, submission(fields, row, "2026112201.1").encode(), by=team, at=f"{DAY}:04:0{n % 4}.{n:03d}Z")
    old = {
        **second,
        "meta": {**second["meta"], "instanceID": EDITED, "instanceName": "p20_c019 - 34"},
        "main": {**second["main"], "age": "34"},
    }
    w.submit(1, submission(fields, old, "2026112201.1").encode(), by=team, at=f"{DAY}:04:05.755Z")
    w.submit(1, submission(fields, second, "2026112201.1").encode(), by=team, at=second["__system"]["submissionDate"])
    w.agent = "pyodk v1.3.0"
    new = {
        **old,
        "meta": {**old["meta"], "instanceID": "uuid:ebaab36c-da16-4bb3-8d71-68f8eff59d6c"},
        "main": {**old["main"], "age": "55"},
    }
    w.edit(1, FORM, EDITED, submission(fields, new, "2026112201.1", EDITED).encode(), at=f"{DAY}:05:36.254Z")
    w.review(1, FORM, EDITED, "approved", at=f"{DAY}:05:36.378Z")
    w.projects[1].submissions[EDITED].comments = body(18)
    w.projects[1].submissions[EDITED].audits.insert(2, body(19)[2])
    w.submit(1, submission(fields, first, "2026112201").encode(), at=first["__system"]["submissionDate"])


def _lists(w: World) -> None:
    w.add_dataset(1, "panel", at=f"{DAY}:05:36.422Z")
    for p in ("wave", "commune"):
        w.add_property(1, "panel", p)
    rows = body(27)["value"]
    told = [{"label": f"HH {n}", "data": {"wave": "1", "commune": f"p01_c{n}"}} for n in range(499)]
    known = {"uuid": rows[1]["__id"], "label": "HH 499", "data": {"wave": "1", "commune": "p01_c499"}}
    w.add_entities(1, "panel", [*told, known], at=rows[1]["__system"]["createdAt"])
    w.update_entity(1, "panel", rows[1]["__id"], {"data": {"wave": "2"}}, 1)
    w.projects[1].datasets["panel"].entities[rows[1]["__id"]].updated = rows[1]["__system"]["updatedAt"]
    w.add_entities(1, "panel", [{"uuid": rows[0]["__id"], "label": "HH new", "data": {"wave": "1", "commune": "x"}}],
                   at=rows[0]["__system"]["createdAt"])  # fmt: skip
    respondents = w.projects[1].datasets["respondents"]
    respondents.properties = dict.fromkeys(("commune", "age"), f"{DAY}:04:01.327Z")
    for n in range(364):
        one = Entity(f"00000000-0000-4000-9000-{n:012d}", f"{DAY}:05:46.{423 + n}Z")
        one.versions.append({"label": "x", "data": {}, "version": 1, "baseVersion": None, "createdAt": one.at, "creatorId": 5})
        respondents.entities[one.uuid] = one


def stand_for(central: CentralStandin) -> None:
    """Roles as the recorded server lists them: system data that no client changes."""
    central.roles = body(23)
