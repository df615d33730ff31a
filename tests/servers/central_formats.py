"""The shapes Central gives submissions in: OData rows, service and metadata documents, csv.zip.

Written from its documentation and the recordings; imports the reader of XForms beside it only.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from .central_xform import Field, Problem, XForm, bare, safe

_TYPES = {
    "int": "Edm.Int64", "decimal": "Edm.Decimal", "boolean": "Edm.Boolean", "geopoint": "Edm.GeographyPoint",
    "geotrace": "Edm.GeographyLineString", "geoshape": "Edm.GeographyPolygon", "date": "Edm.Date",
    "dateTime": "Edm.DateTimeOffset",
}  # fmt: skip
AUDIT = ("event", "node", "start", "end", "latitude", "longitude", "accuracy", "old-value", "new-value", "user", "change-reason")


def number(text: str) -> float | int | None:
    """A number as JavaScript would print it."""
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


def children(form: XForm) -> dict[str, list[Field]]:
    found: dict[str, list[Field]] = {}
    for f in form.fields:
        found.setdefault(f.path.rpartition("/")[0], []).append(f)
    return found


def _frame(path: str, tree: Mapping[str, list[Field]]) -> dict[str, Any]:
    return {
        safe(f.name): _frame(f.path, tree) if f.type == "structure" else None
        for f in tree.get(path, ()) if f.type != "repeat"
    }  # fmt: skip


def row(form: XForm, root: Any, instance: str, *, expand: bool) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """(row of Submissions without __id and __system, repeat table -> its rows)."""
    tree = children(form)
    made = _frame("", tree)
    tables: dict[str, list[dict[str, Any]]] = {}
    link = quote(f"Submissions('{instance}')", safe="'()")
    ids, above = [f"Submissions#{instance}"], ["Submissions"]
    _fill(root, "", made, tree, instance, ids, [link], instance, above, tables, expand)
    return made, tables


def _fill(
    node: Any, path: str, into: dict[str, Any], tree: Mapping[str, list[Field]], instance: str, ids: list[str], link: list[str],
    parent: str, above: list[str], tables: dict[str, list[dict[str, Any]]], expand: bool,
) -> None:  # fmt: skip
    known = {f.name: f for f in tree.get(path, ())}
    counts: dict[str, int] = {}
    for child in node:
        f = known.get(bare(child.tag))
        if f is None:
            continue
        name = safe(f.name)
        if f.type == "structure":
            _fill(
                child,
                f.path,
                into[name],
                tree,
                instance,
                [*ids, f"{f.name}#"],
                [*link, name],
                parent,
                [*above, name],
                tables,
                expand,
            )
        elif f.type == "repeat":
            place = [*ids, f"{f.name}#{counts.get(name, 0)}"]
            counts[name] = counts.get(name, 0) + 1
            into[f"{name}@odata.navigationLink"] = "/".join([*link, name])
            bag = _frame(f.path, tree)
            own = hashlib.sha1("%%".join(place).encode(), usedforsecurity=False).hexdigest()
            _fill(child, f.path, bag, tree, instance, place, [*link, f"{name}('{own}')"], own, [*above, name], tables, expand)
            bag["__id"] = own
            if expand:
                into.setdefault(name, []).append(bag)
            owner = "-".join(["Submissions", *[a for a in above[1:] if _is_repeat(a, path, tree)]])
            flat = {k: v for k, v in bag.items() if not isinstance(v, list)} | {f"__{owner}-id": parent}
            tables.setdefault(".".join([*above, name]), []).append(flat)
        else:
            into[name] = _value(f.type, "".join(child.itertext()), into[name])


def _is_repeat(name: str, path: str, tree: Mapping[str, list[Field]]) -> bool:
    return any(f.type == "repeat" and f.name == name and path.startswith(f.path) for fs in tree.values() for f in fs)


def _value(kind: str, text: str, before: Any) -> Any:
    if not text.strip():
        return before
    if kind == "int":
        match = re.match(r"\s*[-+]?\d+", text)
        return int(match.group()) if match else None
    if kind == "decimal":
        return number(text)
    if kind == "geopoint":
        parts = [number(p) for p in text.split()]
        if len(parts) < 2 or parts[0] is None or parts[1] is None:
            return None
        point: dict[str, Any] = {"type": "Point", "coordinates": [parts[1], parts[0], *parts[2:3]]}
        if len(parts) > 3:
            point["properties"] = {"accuracy": parts[3]}
        return point
    return text


# ---- paging -----------------------------------------------------------------------------------------------------------


def skiptoken(told: Mapping[str, str]) -> str:
    return "01" + base64.b64encode(json.dumps(told, separators=(",", ":")).encode()).decode()


def opened(token: str) -> dict[str, str]:
    """What a skiptoken says; 400.35 for any other text."""
    try:
        told = json.loads(base64.b64decode(token.removeprefix("01"), validate=True)) if token.startswith("01") else None
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Problem(400.35, "Invalid $skiptoken")
    return told


def page(
    rows: Sequence[tuple[Mapping[str, str], Any]], total: int, url: str, context: str, query: Mapping[str, str], start: int
) -> str:
    """One answer of a table.  rows: (what a skiptoken would say, JSON text); start: where the page begins."""
    top = int(query["$top"]) if "$top" in query else len(rows)
    part = rows[start : start + top]
    texts = ",".join(text for _, text in part)
    told = f'{{"value":[{texts}],"@odata.context":{json.dumps(context)}'
    if part and start + top < len(rows):
        asked = [(k, v) for k, v in query.items() if k not in ("$skip", "$skiptoken")]
        after = urlencode([*asked, ("$skiptoken", skiptoken(part[-1][0]))], safe="*")
        told += f',"@odata.nextLink":{json.dumps(f"{url}?{after}")}'
    if query.get("$count", "").lower() == "true":
        told += f',"@odata.count":{total}'
    return told + "}"


# ---- documents --------------------------------------------------------------------------------------------------------


def service(form: XForm, url: str) -> dict[str, Any]:
    names = ["Submissions", *("Submissions." + f.path[1:].replace("/", ".") for f in form.fields if f.type == "repeat")]
    return {"@odata.context": f"{url}/$metadata", "value": [{"name": n, "kind": "EntitySet", "url": n} for n in names]}


_SYSTEM = (
    ("submissionDate", "DateTimeOffset"), ("updatedAt", "DateTimeOffset"), ("deletedAt", "DateTimeOffset"),
    ("submitterId", "String"),
    ("submitterName", "String"), ("attachmentsPresent", "Int64"), ("attachmentsExpected", "Int64"),
)  # fmt: skip
_ANNOTATIONS = """          <Annotation Term="{0}.ConformanceLevel" EnumMember="{0}.ConformanceLevelType/Minimal"/>
          <Annotation Term="{0}.BatchSupported" Bool="false"/>
          <Annotation Term="{0}.CountRestrictions">
            <Record><PropertyValue Property="Countable" Bool="true"/></Record>
          </Annotation>
          <Annotation Term="{0}.FilterFunctions">
            <Record>
              <PropertyValue Property="NonCountableProperties">
                <Collection>
                  <String>eq</String>
                </Collection>
              </PropertyValue>
            </Record>
          </Annotation>
          <Annotation Term="{0}.FilterFunctions">
            <Record>
              <PropertyValue Property="Filterable" Bool="true"/>
              <PropertyValue Property="RequiresFilter" Bool="false"/>
              <PropertyValue Property="NonFilterableProperties">
                <Collection>
{1}
                </Collection>
              </PropertyValue>
            </Record>
          </Annotation>
          <Annotation Term="{0}.SortRestrictions">
            <Record><PropertyValue Property="Sortable" Bool="false"/></Record>
          </Annotation>
          <Annotation Term="{0}.ExpandRestrictions">
            <Record><PropertyValue Property="Expandable" Bool="false"/></Record>
          </Annotation>"""


def metadata(form: XForm) -> str:
    """The EDMX document of a form."""
    space = f"org.opendatakit.user.{safe(form.id)}"
    tree = children(form)
    entities = ["Submissions", *("Submissions." + f.path[1:].replace("/", ".") for f in form.fields if f.type == "repeat")]
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">',
    ]
    out += ["  <edmx:DataServices>", _schema("org.opendatakit.submission"), '      <ComplexType Name="metadata">']
    out += [f'        <Property Name="{n}" Type="Edm.{t}"/>' for n, t in _SYSTEM]
    out += ['        <Property Name="status" Type="org.opendatakit.submission.Status"/>']
    out += ['        <Property Name="reviewState" Type="org.opendatakit.submission.ReviewState"/>']
    out += [
        f'        <Property Name="{n}" Type="Edm.{t}"/>'
        for n, t in (("deviceId", "String"), ("edits", "Int64"), ("formVersion", "String"))
    ]
    out += ["      </ComplexType>", *_enum("Status", ("notDecrypted", "missingEncryptedFormData"))]
    out += [*_enum("ReviewState", ("hasIssues", "edited", "rejected", "approved")), "    </Schema>", _schema(space)]
    for name in entities:
        out += [f'      <EntityType Name="{name}">', '        <Key><PropertyRef Name="__id"/></Key>']
        out += ['        <Property Name="__id" Type="Edm.String"/>']
        path = "" if name == "Submissions" else "/" + name.removeprefix("Submissions.").replace(".", "/")
        if path:
            out += [f'        <Property Name="__{_owner(path, form)}-id" Type="Edm.String"/>']
        else:
            out += ['        <Property Name="__system" Type="org.opendatakit.submission.metadata"/>']
        out += [*_properties(path, tree, space), "      </EntityType>"]
    for f in form.fields:
        if f.type == "structure":
            out += [
                f'      <ComplexType Name="{f.path[1:].replace("/", ".")}">',
                *_properties(f.path, tree, space),
                "      </ComplexType>",
            ]
    out += [f'      <EntityContainer Name="{form.id}">']
    for name in entities:
        out += [f'        <EntitySet Name="{name}" EntityType="{space}.{name}">']
        if name == "Submissions":
            tops = "\n".join(f"                  <PropertyPath>{safe(f.name)}</PropertyPath>" for f in tree[""])
            out += [_ANNOTATIONS.format("Org.OData.Capabilities.V1", tops)]
        out += ["        </EntitySet>"]
    out += ["      </EntityContainer>", "    </Schema>", "  </edmx:DataServices>", "</edmx:Edmx>"]
    return "\n".join(out)


def _schema(space: str) -> str:
    return f'    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="{space}">'


def _enum(name: str, members: Iterable[str]) -> list[str]:
    return [f'      <EnumType Name="{name}">', *(f'        <Member Name="{m}"/>' for m in members), "      </EnumType>"]


def _owner(path: str, form: XForm) -> str:
    above = [f for f in form.fields if f.type == "repeat" and path.startswith(f.path + "/")]
    return "-".join(["Submissions", *(above[-1].path[1:].split("/") if above else ())])


def _properties(path: str, tree: Mapping[str, list[Field]], space: str) -> list[str]:
    found = []
    for f in tree.get(path, ()):
        dotted = f.path[1:].replace("/", ".")
        if f.type == "repeat":
            found.append(f'        <NavigationProperty Name="{safe(f.name)}" Type="Collection({space}.Submissions.{dotted})"/>')
        else:
            kind = f"{space}.{dotted}" if f.type == "structure" else _TYPES.get(f.type, "Edm.String")
            found.append(f'        <Property Name="{safe(f.name)}" Type="{kind}"/>')
    return found


# ---- csv.zip ----------------------------------------------------------------------------------------------------------


def zipped(form: XForm, rows: Sequence[Mapping[str, Any]], *, attachments: bool) -> bytes:
    """submissions.csv.zip.  rows: id, system (as in OData), root (XML, None when it is not decrypted), files (name -> bytes)."""
    heads = [f for f in form.fields if f.type not in ("structure", "repeat")]
    main = [f for f in heads if not any(r.type == "repeat" and f.path.startswith(r.path + "/") for r in form.fields)]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{form.id}.csv", _main(main, rows))
        for r in (f for f in form.fields if f.type == "repeat"):
            archive.writestr(f"{form.id}-{r.name}.csv", _repeats(r, [f for f in heads if f.path.startswith(r.path + "/")], rows))
        if attachments:
            audits = [(x["id"], body) for x in rows for name, body in x["files"].items() if name == "audit.csv"]
            for x in rows:
                for name, body in x["files"].items():
                    if name != "audit.csv":
                        archive.writestr(f"media/{name}", body)
            if audits:
                archive.writestr(f"{form.id} - audit.csv", _audits(audits))
    return out.getvalue()


def _columns(fields: Iterable[Field], strip: str = "") -> list[str]:
    found: list[str] = []
    for f in fields:
        name = f.path.removeprefix(strip)[1:].replace("/", "-")
        found += [f"{name}-{p}" for p in ("Latitude", "Longitude", "Altitude", "Accuracy")] if f.type == "geopoint" else [name]
    return found


def _cells(fields: Iterable[Field], root: Any, strip: str = "") -> list[str]:
    found: list[str] = []
    for f in fields:
        text = _text(root, f.path.removeprefix(strip)[1:].split("/"))
        found += (text.split() + [""] * 4)[:4] if f.type == "geopoint" else [text]
    return found


def _text(node: Any, steps: Sequence[str]) -> str:
    for step in steps:
        node = next((c for c in node if bare(c.tag) == step), None) if node is not None else None
    return "" if node is None else "".join(node.itertext())


def _main(fields: Sequence[Field], rows: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO(newline="")
    w = csv.writer(out, lineterminator="\n")
    w.writerow(["SubmissionDate", *_columns(fields), "KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent",
                "AttachmentsExpected", "Status", "ReviewState", "DeviceID", "Edits", "FormVersion"])  # fmt: skip
    for x in rows:
        s = x["system"]
        status = "not decrypted" if x["root"] is None else ""
        cells = _cells(fields, x["root"]) if x["root"] is not None else [""] * len(_columns(fields))
        w.writerow([s["submissionDate"], *cells, x["id"], s["submitterId"], s["submitterName"], s["attachmentsPresent"],
                    s["attachmentsExpected"], status, s["reviewState"], s["deviceId"], s["edits"], s["formVersion"]])  # fmt: skip
    return out.getvalue()


def _repeats(repeat: Field, fields: Sequence[Field], rows: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO(newline="")
    w = csv.writer(out, lineterminator="\n")
    w.writerow([*_columns(fields, repeat.path), "PARENT_KEY", "KEY"])
    steps = repeat.path[1:].split("/")
    for x in rows:
        nodes = [x["root"]] if x["root"] is not None else []
        for step in steps:
            nodes = [c for n in nodes for c in n if bare(c.tag) == step]
        for i, node in enumerate(nodes, 1):
            w.writerow([*_cells(fields, node, repeat.path), x["id"], f"{x['id']}{repeat.path}[{i}]"])
    return out.getvalue()


def _audits(audits: Iterable[tuple[str, bytes]]) -> str:
    out = io.StringIO(newline="")
    w = csv.writer(out, lineterminator="\n")
    w.writerow(["instance ID", *AUDIT])
    for instance, body in audits:
        for line in csv.DictReader(io.StringIO(body.decode("utf-8-sig"))):
            w.writerow([instance, *(line.get(a) or "" for a in AUDIT)])
    return out.getvalue()
