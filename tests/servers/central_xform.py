"""What Central reads in an XForm and in a submission's XML: field list, versions, expected files; not by our own builder.

Standard library (xml.etree), and pyxform to convert a workbook.  Used by the stand-in Central; imports nothing of the project.
"""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

_KINDS = {"images": "image", "audio": "audio", "video": "video", "file": "file", "file-csv": "file", "instance": "file"}


class Problem(Exception):
    """What Central refuses: its code, message and details."""

    def __init__(self, code: float, message: str, details: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.details = code, message, details


def bare(tag: str) -> str:
    return tag.rpartition("}")[2]


@dataclass(frozen=True)
class Field:
    """One node of the primary instance, in document order."""

    path: str
    type: str
    multiple: bool = False

    @cached_property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def told(self, *, odata: bool = False) -> dict[str, Any]:
        name = safe(self.name) if odata else self.name
        path = "/" + "/".join(safe(p) for p in self.path.split("/")[1:]) if odata else self.path
        binary = True if self.type == "binary" else None
        return {
            "path": path,
            "name": name,
            "type": self.type,
            "binary": binary,
            "selectMultiple": True if self.multiple else None,
        }


@cache
def safe(name: str) -> str:
    """A name as OData allows it."""
    return re.sub(r"^(?=[^A-Za-z_])|[^A-Za-z0-9_]+", "_", name)


@dataclass(frozen=True)
class XForm:
    """What Central keeps of one form definition."""

    id: str
    version: str
    title: str
    xml: str
    fields: tuple[Field, ...]
    files: dict[str, str]
    datasets: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def digest(self, kind: str) -> str:
        return hashlib.new(kind, self.xml.encode(), usedforsecurity=False).hexdigest()


def convert(xlsx: bytes, fallback: str) -> tuple[str, list[str]]:
    """(XForm, warnings) of a workbook, as Central's pyxform service gives them."""
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert as pyxform

    warnings: list[str] = []
    try:
        return str(pyxform(xlsform=xlsx, warnings=warnings, file_type=".xlsx", form_name=fallback or None).xform), warnings
    except PyXFormError as fault:
        said = "not a valid XLSForm"
        raise Problem(400.15, said, {"error": str(fault), "warnings": warnings}) from None


def parse(xml: str) -> XForm:
    try:
        root = ET.fromstring(xml)
    except ET.ParseError:
        raise Problem(400.1, "no XML") from None
    instance = next((c for i in root.iter() if bare(i.tag) == "instance" for c in i), None)
    if instance is None or "id" not in instance.attrib:
        raise Problem(400.2, "no form id")
    types = {n.get("nodeset", ""): n.get("type", "string") for n in root.iter() if bare(n.tag) == "bind"}
    repeats = {n.get("nodeset", "") for n in root.iter() if bare(n.tag) == "repeat"}
    several = {n.get("ref", "") for n in root.iter() if bare(n.tag) == "select"}
    top = f"/{bare(instance.tag)}"
    fields = tuple(_fields(instance, top, "", types, repeats, several))
    title = next((n.text or "" for n in root.iter() if bare(n.tag) == "title"), "")
    return XForm(
        instance.get("id", ""), instance.get("version", ""), title, xml, fields, _files(root), _datasets(instance, root, top)
    )


def _fields(node: Any, xpath: str, path: str, types: Any, repeats: Any, several: Any) -> Any:
    seen: set[str] = set()
    for child in node:
        name = bare(child.tag)
        if name in seen:
            continue  # a repeat's template comes first
        seen.add(name)
        here, there = f"{xpath}/{name}", f"{path}/{name}"
        if here in repeats:
            yield Field(there, "repeat")
        elif len(child) or (child.attrib.keys() and name == "entity"):
            yield Field(there, "structure")
        else:
            kind = types.get(here, "string")
            yield Field(there, {"select1": "string", "select": "string"}.get(kind, kind), here in several)
        yield from _fields(child, here, there, types, repeats, several)


def _files(root: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in root.iter():
        told = node.get("src", "") if bare(node.tag) == "instance" else (node.text or "") if bare(node.tag) == "value" else ""
        if match := re.match(r"jr://(?!instance/)([\w-]+)/(.+)$", told.strip()):
            found[match.group(2)] = _KINDS.get(match.group(1), "file")
    return dict(sorted(found.items()))


def _datasets(instance: Any, root: Any, top: str) -> dict[str, tuple[str, ...]]:
    names = [n.get("dataset", "") for n in instance.iter() if bare(n.tag) == "entity" and n.get("dataset")]
    saved = tuple(
        v for n in root.iter() if bare(n.tag) == "bind" for k, v in n.attrib.items() if bare(k) == "saveto" and n.get("nodeset")
    )
    return dict.fromkeys(names, saved)


@dataclass(frozen=True)
class Sent:
    """What Central reads in a submission before it keeps it."""

    form_id: str
    version: str
    instance_id: str
    instance_name: str | None
    deprecated: str | None
    root: Any
    xml: str


def sent(xml: bytes) -> Sent:
    try:
        root = ET.fromstring(xml)
    except ET.ParseError:
        raise Problem(400.1, "no XML") from None
    told = {}
    meta = next((c for c in root if bare(c.tag) == "meta"), None)
    for child in meta if meta is not None else ():
        told[bare(child.tag)] = (child.text or "").strip()
    if not root.get("id"):
        raise Problem(400.2, "no form id")
    if not told.get("instanceID"):
        raise Problem(400.2, "no instanceID")
    return Sent(
        root.get("id", ""), root.get("version", ""), told["instanceID"], told.get("instanceName") or None,
        told.get("deprecatedID") or None, root, xml.decode("utf-8"),
    )  # fmt: skip
