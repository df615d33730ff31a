"""YAML files with line marks, so that every message can name file and line; and digests of what was read.

Imports yaml and errors.  Knows nothing of questionnaires or plans.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import yaml

from .errors import Problem, problem, refuse

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
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", key_node.start_mark)
        seen.add(key)
    found = cast("Node", yaml.SafeLoader.construct_mapping(loader, node, deep=True))
    found[LINE] = node.start_mark.line + 1
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> Any:
    """One YAML file, texts in NFC. FORM-001 when it cannot be read as YAML or does not exist."""
    try:
        text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8"))
        return yaml.load(text, Loader=_Loader)  # noqa: S506  _Loader is a SafeLoader
    except FileNotFoundError:
        raise refuse("FORM-002", path.name, expected=path.name) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise refuse("FORM-001", f"{path.name}:{mark.line + 1 if mark else 1}", got=getattr(error, "problem", error)) from None


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
    """FORM-006 for every attribute that nobody reads: mostly typing errors."""
    strange = sorted(str(k) for k in node if k != LINE and k not in allowed)
    problems.extend(problem("FORM-006", place, expected=", ".join(sorted(allowed)), got=name) for name in strange)


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
        self._problems.append(problem("FORM-023", self._place, got=f"{kind.__name__}: {error}"))
        return True
