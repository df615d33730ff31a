"""What a Word file remembers of its making: the digests of its results and how often each number stands in it.

A custom XML part, which Word and LibreOffice keep when somebody edits the file; so a number deleted or copied is seen later.
Imports python-docx.  No clock, no path, no number itself.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from docx.document import Document as WordDocument
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part

SPACE = "urn:bdg:report:1"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
_DATASTORE = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"


@dataclass(frozen=True)
class Manifest:
    """What the file says of itself.  digests: of what the numbers were made from; tags: tag -> how often it was written."""

    digests: Mapping[str, str]
    tags: Mapping[str, int]
    practice: bool


def attach(word: WordDocument, digests: Iterable[tuple[str, str]], told: Iterable[str], *, practice: bool) -> None:
    """Put the manifest into the file."""
    lines = [f"<from name={quoteattr(name)} sha256={quoteattr(digest)}/>" for name, digest in digests]
    lines += [f'<number tag={quoteattr(tag)} times="{times}"/>' for tag, times in sorted(Counter(told).items())]
    made_up = ' practice="1"' if practice else ""  # a real report carries no word of practice
    content = f'{_HEAD}<report xmlns="{SPACE}"{made_up}>{"".join(lines)}</report>'.encode()
    package = word.part.package
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, content.decode())).upper()
    about = (
        f'{_HEAD}<ds:datastoreItem ds:itemID="{{{name}}}" xmlns:ds="{_DATASTORE}"><ds:schemaRefs>'
        f'<ds:schemaRef ds:uri="{SPACE}"/></ds:schemaRefs></ds:datastoreItem>'
    ).encode()
    number = 1 + sum(str(p.partname).startswith("/customXml/itemProps") for p in package.iter_parts())
    item = Part(PackURI(f"/customXml/item{number}.xml"), CONTENT_TYPE.XML, content, package)
    properties = PackURI(f"/customXml/itemProps{number}.xml")
    item.relate_to(Part(properties, CONTENT_TYPE.OFC_CUSTOM_XML_PROPERTIES, about, package), RELATIONSHIP_TYPE.CUSTOM_XML_PROPS)
    word.part.relate_to(item, RELATIONSHIP_TYPE.CUSTOM_XML)


def read(members: Mapping[str, Any]) -> Manifest | None:
    """The manifest among the parsed XML members of a file; None when it has none."""
    for root in members.values():
        if root.tag == f"{{{SPACE}}}report":
            digests = {str(f.get("name")): str(f.get("sha256")) for f in root.iter(f"{{{SPACE}}}from")}
            tags = {str(n.get("tag")): int(n.get("times") or 0) for n in root.iter(f"{{{SPACE}}}number")}
            return Manifest(digests, tags, root.get("practice") == "1")
    return None
