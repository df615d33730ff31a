"""A folder or zip of submission XML, as ODK Collect writes and Central or Briefcase keep it.

Imports defusedxml, raw, files and forms.errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from forms.codebook import Codebook
from forms.errors import refuse

from .files import looks, place
from .raw import Cell, File, Raw, bare_uuid, plain

_ENCODING = re.compile(rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""")


def read(name: str, files: Mapping[str, bytes], book: Codebook) -> File:
    """Every submission of the files; files that are not a submission of this form are an error, not skipped."""
    repeats = frozenset(v.repeat for v in book.variables if v.repeat)
    return File(name, "xml", tuple(_one(place(name, file), body, repeats, book) for file, body in files.items()), None)


def _one(file: str, body: bytes, repeats: frozenset[str], book: Codebook) -> Raw:
    root = _parse(file, body)
    answers: dict[str, Cell] = {}
    rows: dict[str, list[Mapping[str, Cell]]] = {}
    try:
        _walk(root, "", repeats, answers, rows)
    except RecursionError:
        raise refuse("DATA-017", file, got="RecursionError", what="XML") from None
    identity = bare_uuid(plain(answers.get("meta/instanceID")) or root.get("instanceID"))
    if root.get("id", "") != book.form_id or not identity:
        blank = "biểu mẫu trắng / a blank form" if _local(root.tag) == "html" else ""
        got = blank or root.get("id") or _local(root.tag)
        raise refuse("DATA-010", file, expected=book.form_id, got=got, form=book.form_id)
    return Raw(
        identity, identity, root.get("id", ""), root.get("version", ""), root.get("submissionDate"), None, answers, rows,
        bare_uuid(plain(answers.get("meta/deprecatedID"))), file,
    )  # fmt: skip


def _parse(file: str, body: bytes) -> ET.Element:
    """The root element.  Document type declarations are refused: entities can read files and fill memory."""
    other = looks(body)
    try:
        root: ET.Element = ET.fromstring(body) if _plain(body) else fromstring(body, forbid_dtd=True)  # noqa: S314  see _plain
    except (ET.ParseError, LookupError) as fault:
        raise refuse("DATA-027", file, got=other or type(fault).__name__, what="XML") from None
    except (DefusedXmlException, ValueError) as fault:
        if other:
            raise refuse("DATA-027", file, got=other, what="XML") from None
        raise refuse("DATA-017", file, got=type(fault).__name__, what="XML") from None
    return root


def _plain(body: bytes) -> bool:
    """Whether the fast parser is as safe: no document type, and UTF-8 (said or by default), in which none could hide."""
    said = _ENCODING.match(body)
    return b"<!DOCTYPE" not in body and b"\0" not in body and (said is None or said[1].lower() == b"utf-8")


def _walk(
    node: ET.Element,
    path: str,
    repeats: frozenset[str],
    answers: dict[str, Cell],
    rows: dict[str, list[Mapping[str, Cell]]],
) -> None:
    for child in node:
        here = f"{path}/{_local(child.tag)}" if path else _local(child.tag)
        if here in repeats:
            inside: dict[str, Cell] = {}
            _walk(child, here, repeats, inside, rows)
            rows.setdefault(here, []).append(inside)
        elif len(child):
            _walk(child, here, repeats, answers, rows)
        else:
            answers[here] = child.text


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
