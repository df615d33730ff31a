"""The tree of fields of a form, as servers export it, and a submission's XML read along that tree.

Imports the records of this room and defusedxml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from ..question import Question, Questionnaire, Section

FieldType = Literal["string", "int", "decimal", "multiple", "point"]
Value = str | int | float | None
Tree = Mapping[str, "Value | Tree | list[Tree]"]


@dataclass(frozen=True)
class Field:
    """A leaf of the form."""

    name: str
    type: FieldType
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """A group, or a repeat."""

    name: str
    children: tuple[Field | Group, ...]
    repeat: bool = False


def fields(form: Questionnaire) -> Group:
    """The whole form as the root group `data`, the meta block last."""
    trail = tuple(Field("audit", "string") for _, q in form.questions() if q.type == "audit")  # pyxform puts it there
    meta = Group("meta", (*trail, Field("instanceID", "string"), Field("instanceName", "string")))
    return Group("data", (*(_group(form, s) for s in form.sections), meta))


def _group(form: Questionnaire, section: Section) -> Group:
    kept = (i for i in section.items if isinstance(i, Section) or i.type != "audit")
    children = tuple(_group(form, i) if isinstance(i, Section) else _field(form, i) for i in kept)
    return Group(section.name, children, section.repeat is not None)


def _field(form: Questionnaire, question: Question) -> Field:
    if question.type == "select_multiple" and question.list:
        return Field(question.name, "multiple", tuple(c.code for c in form.lists[question.list].choices))
    if question.type == "geopoint":
        return Field(question.name, "point")
    if question.type == "integer" or (question.type == "calculate" and question.value_type == "int"):
        return Field(question.name, "int")
    if question.type == "decimal" or (question.type == "calculate" and question.value_type == "decimal"):
        return Field(question.name, "decimal")
    return Field(question.name, "string")


def leaves(group: Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Field]]:
    """Every leaf outside repeats with its path below the root."""
    for child in group.children:
        if isinstance(child, Field):
            yield (*path, child.name), child
        elif not child.repeat:
            yield from leaves(child, (*path, child.name))


def repeats(group: Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Group]]:
    """Every repeat with its path below the root."""
    for child in group.children:
        if isinstance(child, Group):
            if child.repeat:
                yield (*path, child.name), child
            yield from repeats(child, (*path, child.name))


def read(xml: str, root: Group) -> Tree:
    """A submission's values along the tree: None where the engine left a node out or empty."""
    return _read(fromstring(xml), root)


def _read(element: Element | None, group: Group) -> Tree:
    found: dict[str, Value | Tree | list[Tree]] = {}
    for child in group.children:
        if isinstance(child, Field):
            node = element.find(child.name) if element is not None else None
            found[child.name] = _value(child, node.text if node is not None else None)
        elif child.repeat:
            found[child.name] = [_read(e, child) for e in (element.findall(child.name) if element is not None else [])]
        else:
            found[child.name] = _read(element.find(child.name) if element is not None else None, child)
    return found


def _value(field: Field, text: str | None) -> Value:
    if not text:
        return None
    if field.type == "int":
        return int(text)
    return float(text) if field.type == "decimal" else text


def at(tree: Tree, path: tuple[str, ...]) -> Value:
    """The leaf at a path."""
    found: Value | Tree | list[Tree] = tree
    for name in path:
        found = found[name] if isinstance(found, Mapping) else None
    return found if isinstance(found, str | int | float) else None


def rows(tree: Tree, path: tuple[str, ...]) -> list[Tree]:
    """The rows of the repeat at a path."""
    found: Value | Tree | list[Tree] = tree
    for name in path:
        found = found[name] if isinstance(found, Mapping) else None
    return found if isinstance(found, list) else []


def point(value: Value) -> tuple[float, ...] | None:
    """A geopoint's latitude, longitude, altitude and accuracy; None when there is none."""
    return tuple(float(x) for x in value.split()) if isinstance(value, str) and value else None


def text(value: Value) -> str:
    """A value as a CSV cell."""
    return "" if value is None else str(value)


def flat(xml: str, root: Group) -> dict[str, str]:
    """Every answer outside repeats by name of its question, as it stands in the XML; '' where there is none."""
    names, skipped = _names(root)
    found = dict.fromkeys(names, "")
    ahead = [element for element in fromstring(xml) if element.tag != "meta"]
    for element in ahead:
        if element.tag in found:
            found[element.tag] = element.text or ""
        elif element.tag not in skipped:
            ahead.extend(element)
    return found


@cache
def _names(root: Group) -> tuple[tuple[str, ...], frozenset[str]]:
    """Names of the leaves outside repeats, and of the repeats."""
    kept = tuple(path[-1] for path, _ in leaves(root) if path[0] != "meta")
    return kept, frozenset(path[-1] for path, _ in repeats(root))
