"""Nodes -> the YAML files of a questionnaire folder, one attribute a line, texts quoted; the same nodes, the same bytes.

Imports condition and yaml.  Knows no XLSForm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, assert_never

from ..condition import Both, Chose, Compare, Condition, Either, Not

Node = dict[str, Any]
_PLAIN = re.compile(r"(?!(?:yes|no|true|false|on|off|null|y|n)$)[A-Za-z_][A-Za-z0-9_]*", re.IGNORECASE)


def grammar(tree: Condition) -> str:
    """A condition as a person writes it in YAML."""
    match tree:
        case Compare(name, op, value, other):
            return f"{name} {op} ${{{value}}}" if other else f"{name} {op} {value}"
        case Chose(name, value):
            return f"chose({name}, {value})"
        case Not(of):
            return f"not ({grammar(of)})"
        case Both(of):
            return " and ".join(f"({grammar(p)})" if isinstance(p, Either | Both) else grammar(p) for p in of)
        case Either(of):
            return " or ".join(f"({grammar(p)})" if isinstance(p, Either | Both) else grammar(p) for p in of)
        case _:
            assert_never(tree)


def files_of(source: str, head: Node, lists: Mapping[str, Sequence[Node]], sections: Sequence[Node]) -> dict[str, str]:
    """File name -> text: form.yaml, lists.yaml and a file for each section."""
    mark = f"# Nhập từ / imported from {source}: kiểm tra lại trước khi dùng / look through it before use.\n"
    files = {"form.yaml": mark + "".join(f"{name}: {_value(value)}\n" for name, value in head.items())}
    rows = (f"{_value(name)}:\n" + "".join(f"  - {_value(choice)}\n" for choice in found) for name, found in lists.items())
    files["lists.yaml"] = mark + ("\n".join(rows) or "{}\n")
    for number, section in enumerate(sections, 1):
        slug = re.sub(r"[^A-Za-z0-9]+", "_", str(section["section"])).strip("_").lower() or "section"
        files[f"{number * 10:04d}_{slug}.yaml"] = mark + "".join(f"{line}\n" for line in _section(section))
    return files


def _section(node: Node) -> Iterator[str]:
    for name, value in node.items():
        if name not in ("questions", "ungrouped"):
            yield f"{name}: {_value(value)}"
    if not node["questions"]:
        yield "questions: []"
        return
    yield "questions:"
    for child in node["questions"]:
        lines = list(_section(child)) if "section" in child else [f"{name}: {_value(value)}" for name, value in child.items()]
        yield from (f"  - {lines[0]}", *(f"    {line}" for line in lines[1:]))


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case dict():
            return "{" + ", ".join(f"{_value(str(k))}: {_value(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(_value(v) for v in value) + "]"
        case _:
            return _quoted(str(value))


def _quoted(text: str) -> str:
    import yaml

    if _PLAIN.fullmatch(text):
        return text
    return str(yaml.dump(text, allow_unicode=True, default_style='"', width=10**9)).strip()
