"""YAML files with line marks, so that every message can name file and line; the shapes that nodes must have; digests.

Imports yaml and errors.  Knows nothing of questionnaires or plans.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import yaml

from .errors import BdgError, Problem, problem, refuse

Node = dict[str, Any]
LINE = "__line__"


_Safe: type[yaml.SafeLoader] = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # libyaml's where the wheel has it: five times as fast


class _Loader(_Safe):  # type: ignore[misc,valid-type]  # one of two classes with the same face
    """The safe loader; every mapping also knows its line."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Node:
    seen: set[object] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if isinstance(key, list | dict | set):
            raise yaml.constructor.ConstructorError(None, None, f"{key} : …", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", key_node.start_mark)
        seen.add(key)
    found = cast("Node", yaml.SafeLoader.construct_mapping(loader, node, deep=True))
    found[LINE] = node.start_mark.line + 1
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path, called: str = "") -> Any:
    """One YAML file, texts in NFC. FORM-001 when it cannot be read as YAML, FORM-002 when it does not exist.

    called: its name in messages, the file's own by default.
    """
    try:
        text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8"))
        return yaml.load(text, Loader=_Loader)  # noqa: S506  _Loader is a SafeLoader
    except OSError:
        raise refuse("FORM-002", called or path.name, expected=path.name) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{called or path.name}:{mark.line + 1 if mark else 1}"
        raise refuse("FORM-001", place, got=getattr(error, "problem", error)) from None


def read_if_sound(path: Path, problems: list[Problem], called: str = "") -> Any:
    """One YAML file; None, and the problem told, when it cannot be read. An empty file is an empty text."""
    try:
        node = read_yaml(path, called)
    except BdgError as error:
        problems += error.problems
        return None
    return "" if node is None else node


def plain(value: Any) -> Any:
    """The same value without line marks, dates as ISO text: what digests are taken over."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items() if k != LINE}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def digest(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def line(node: Any) -> int:
    """The line on which a mapping of read_yaml began, 1 for anything else."""
    return int(node.get(LINE, 1)) if isinstance(node, dict) else 1


def known(node: Mapping[str, Any], allowed: Collection[str], place: str, problems: list[Problem]) -> None:
    """FORM-006 for every attribute that nobody reads: mostly typing errors; the nearest known name comes first."""
    from difflib import get_close_matches

    strange = sorted(str(k) for k in node if k != LINE and k not in allowed)
    for name in strange:
        near = get_close_matches(name, allowed, 1)
        expected = ", ".join([*near, *(n for n in sorted(allowed) if n not in near)])
        problems.append(problem("FORM-006", place, expected=expected, got=name))


def _text(value: Any) -> bool:
    return isinstance(value, str | int | float | date) and not isinstance(value, bool) and str(value).strip() != ""


def _label(value: Any) -> bool:
    """{vi, en}, both with words."""
    return isinstance(value, dict) and all(isinstance(value.get(k), str) and value[k].strip() for k in ("vi", "en"))


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _span(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_whole(v) for v in value) and value[0] <= value[1]


def _waves(value: Any) -> bool:
    return isinstance(value, dict) and all(str(k).isdecimal() and _text(v) for k, v in value.items() if k != LINE)


KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "text": (_text, "một dòng chữ / a text"),
    "label": (_label, "{vi: …, en: …}"),
    "switch": (lambda v: isinstance(v, bool), "true | false"),
    "whole": (_whole, "số nguyên / a whole number"),
    "range": (_span, "[từ, đến] / [from, to]: 2 số nguyên / whole numbers"),
    "day": (lambda v: isinstance(v, date), "ngày / a date (2026-01-31)"),
    "names": (lambda v: isinstance(v, list) and all(isinstance(n, str) for n in v), "[tên, tên / name, name]"),
    "waves": (_waves, "{2030: lý do / reason}"),
    "rows": (lambda v: isinstance(v, list), "danh sách các mục, mỗi mục một dấu - / a list of entries, each with a dash"),
    "parts": (lambda v: isinstance(v, dict), "{tên: giá trị / name: value}"),
}
"""What an attribute may hold: its test and its name in words."""


def shaped(node: Any, shape: Mapping[str, str], place: str, problems: list[Problem]) -> bool:
    """Whether a mapping has the attributes it needs, each of the right kind; every one that has not is told.

    shape: attribute -> a kind of KINDS or words to choose from («a | b»); `!` behind it: needed; `?`: may be left empty.
    Unknown attributes are told (FORM-006) and do no other harm.  FORM-070 wrong kind, FORM-071 missing, FORM-072 not a choice.
    """
    if not isinstance(node, dict):
        problems.append(problem("FORM-023", place, expected=", ".join(f"{name}: …" for name in shape), got=said(node)))
        return False
    known(node, tuple(shape), place, problems)
    wrong: list[Problem] = []
    for name, kind in shape.items():
        if name not in node:
            if kind.endswith("!"):
                wrong.append(problem("FORM-071", place, expected=f"{name}: {_words(kind)}", name=name))
        elif fits(node[name], kind):
            if kind.rstrip("!?") == "label":
                known(node[name], ("vi", "en"), f"{place} {name}", problems)
        elif not (node[name] is None and kind.endswith("?")):
            if " | " in kind:
                wrong.append(problem("FORM-072", place, expected=_words(kind), got=f"{name}: {plain(node[name])}", name=name))
            else:
                wrong.append(problem("FORM-070", place, expected=f"{name}: {_words(kind)}", got=said(node[name]), name=name))
    problems += wrong
    return not wrong


def fits(value: Any, kind: str) -> bool:
    """Whether a value is of a kind (see `shaped`)."""
    bare = kind.rstrip("!?")
    return value in bare.split(" | ") if " | " in bare else KINDS[bare][0](value)


def _words(kind: str) -> str:
    bare = kind.rstrip("!?")
    return bare if " | " in bare else KINDS[bare][1]


def said(value: Any) -> str:
    """A value in plain words for a message, without a word of Python."""
    if isinstance(value, str):
        return f"chữ / text «{value}»" if value.strip() else "chữ trống / empty text"
    if isinstance(value, list):
        return "danh sách / list [" + ", ".join(_short(v) for v in value[:5]) + (", …]" if len(value) > 5 else "]")
    if isinstance(value, dict):
        return "các mục / entries {" + ", ".join(str(k) for k in value if k != LINE) + "}"
    if isinstance(value, bool):
        return f"{str(value).lower()} (đúng hoặc sai / true or false)"
    kind = "số / number" if isinstance(value, int | float) else "ngày / date"
    return "trống / nothing" if value is None else f"{kind} {value}"


def _short(value: Any) -> str:
    return "…" if isinstance(value, list | dict) else str(value)


class sound:  # noqa: N801  reads as a word: `with sound(place, problems):`
    """FORM-023 instead of a trace when a node is not of the shape its reader expects."""

    def __init__(self, place: str, problems: list[Problem]) -> None:
        self._place, self._problems = place, problems

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        """Swallow the errors that a node of the wrong shape gives, and only those."""
        if kind is None or not issubclass(kind, KeyError | TypeError | ValueError | AttributeError | IndexError):
            return False
        lost = f"thiếu / missing: {error.args[0]}" if isinstance(error, KeyError) and error.args else str(error)
        self._problems.append(problem("FORM-023", self._place, got=lost))
        return True
