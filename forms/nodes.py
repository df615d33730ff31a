"""YAML nodes -> the records of a questionnaire, collecting every problem with its file and line.

Imports the records of this room and reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast, get_args

from .condition import Condition, ConditionError, parse
from .errors import Problem, problem
from .question import Choice, ChoiceList, Key, Label, Question, Questionnaire, QuestionType, Scale, ScaleKind, Score, Section
from .reading import LINE, Node, known, line, plain, sound

_HIDDEN = ("calculate", "start", "end", "today", "deviceid")
_VALUES = ("int", "decimal", "string", "date")
_HEAD = ("id", "title", "version", "scales")
_SCALE = ("kind", "label", "min_answered", "low", "high", "of")
_SECTION = ("section", "label", "only_if", "repeat", "questions")
_QUESTION = (
    "name", "type", "ask", "hint", "list", "file", "filter", "only_if", "must", "must_message", "constraint", "range", "required",
    "appearance", "calculate", "value_type", "private", "score", "field", "changed", "since", "source",
)  # fmt: skip
_SCORE = ("scale", "key", "reverse")
_KEY = ("value", "law", "article", "read_on", "valid_from", "valid_to", "source")
_CHOICE = ("code", "vi", "en", "why")


def label(node: Any) -> Label:
    """{vi, en} -> Label. KeyError or TypeError when a language is missing."""
    vi, en = node["vi"], node["en"]
    if not (isinstance(vi, str) and isinstance(en, str) and vi.strip() and en.strip()):
        raise TypeError("vi, en")
    return Label(vi.strip(), en.strip())


def head_of(node: Any, problems: list[Problem]) -> Questionnaire | None:
    """form.yaml -> a questionnaire without lists and sections; None when it cannot be one."""
    place = f"form.yaml:{line(node)}"
    with sound(place, problems):
        known(node, _HEAD, place, problems)
        scales = {str(k): _scale(str(k), v, problems) for k, v in node["scales"].items() if k != LINE}
        for scale in scales.values():
            lost = [name for name in scale.of if name not in scales]
            if lost or (scale.kind == "mean_of" and not scale.of):
                problems.append(problem("FORM-014", f"{place} ({scale.name})", expected=", ".join(scales), got=", ".join(lost)))
        return Questionnaire(str(node["id"]), label(node["title"]), str(node["version"]), (), {}, scales)
    return None


def _scale(name: str, node: Node, problems: list[Problem]) -> Scale:
    place = f"form.yaml:{line(node)} ({name})"
    known(node, _SCALE, place, problems)
    if node["kind"] not in get_args(ScaleKind):
        problems.append(problem("FORM-014", place, expected=", ".join(get_args(ScaleKind)), got=node["kind"]))
    return Scale(
        name, label(node["label"]), node["kind"], int(node.get("min_answered", 0)), int(node.get("low", 0)),
        int(node.get("high", 0)), tuple(node.get("of", ())),
    )  # fmt: skip


def choice_lists(node: Any, problems: list[Problem]) -> dict[str, ChoiceList]:
    """lists.yaml -> choice lists by name."""
    found: dict[str, ChoiceList] = {}
    with sound("lists.yaml:1", problems):
        for name, rows in node.items():
            if name != LINE:
                found[str(name)] = ChoiceList(str(name), tuple(_choices(str(name), rows, problems)))
    return found


def _choices(name: str, rows: Any, problems: list[Problem]) -> list[Choice]:
    found: list[Choice] = []
    for row in rows:
        place = f"lists.yaml:{line(row)} ({name})"
        with sound(place, problems):
            known(row, _CHOICE, place, problems)
            if not isinstance(row.get("code"), str):
                problems.append(problem("FORM-003", place, expected='"…"', got=row.get("code"), name=name))
                continue
            if row["code"] in [c.code for c in found]:
                problems.append(problem("FORM-004", place, got=row["code"], name=name))
            if row.get("why") not in (None, "dont_know", "refused"):
                raise ValueError(f"why: {row['why']}")
            found.append(Choice(row["code"], label(row), row.get("why")))
    return found


def section(node: Any, file: str, problems: list[Problem]) -> Section | None:
    """A section with all that it holds; None when it cannot be one (the problems say why)."""
    place = f"{file}:{line(node)} ({node.get('section', '?') if isinstance(node, dict) else '?'})"
    with sound(place, problems):
        known(node, _SECTION, place, problems)
        items = [
            section(child, file, problems) if "section" in child else _question(child, file, problems)
            for child in node["questions"]
        ]
        return Section(
            str(node["section"]), label(node["label"]), tuple(i for i in items if i), place,
            _condition(node.get("only_if"), place, "only_if", problems), node.get("repeat"),
        )  # fmt: skip
    return None


def _condition(text: object, place: str, where: str, problems: list[Problem]) -> Condition | None:
    if text is None:
        return None
    try:
        return parse(str(text))
    except ConditionError as error:
        problems.append(problem("FORM-005", place, expected="name = code [and|or|not …]", got=error, where=where))
        return None


def _question(node: Node, file: str, problems: list[Problem]) -> Question | None:
    name, kind = str(node.get("name", "?")), str(node.get("type", "?"))
    place = f"{file}:{line(node)} ({name})"
    known(node, _QUESTION, place, problems)
    if kind not in get_args(QuestionType):
        problems.append(problem("FORM-009", place, expected=", ".join(get_args(QuestionType)), got=kind))
    ask = node.get("ask")
    if kind not in _HIDDEN and not (isinstance(ask, dict) and ask.get("vi") and ask.get("en")):
        problems.append(problem("FORM-010", place, expected="ask: {vi: …, en: …}", got=plain(ask)))
        return None
    with sound(place, problems):
        span, changed = node.get("range"), node.get("changed")
        if node.get("value_type", "string") not in _VALUES:
            raise ValueError(f"value_type: {node['value_type']}")
        return Question(
            name=name,
            type=cast("QuestionType", kind),
            label=label(ask) if ask else Label(name, name),
            place=place,
            hint=_maybe(node, "hint"),
            list=node.get("list"),
            file=node.get("file"),
            filter=node.get("filter"),
            only_if=_condition(node.get("only_if"), place, "only_if", problems),
            must=_condition(node.get("must"), place, "must", problems),
            constraint=node.get("constraint"),
            must_message=_maybe(node, "must_message"),
            range=_range(span) if span is not None else None,
            required=bool(node.get("required", kind not in _HIDDEN and kind != "note")),
            appearance=node.get("appearance"),
            calculate=node.get("calculate"),
            value_type=node.get("value_type", "string"),
            private=bool(node.get("private", False)),
            score=_score(node.get("score"), place, problems),
            field=node.get("field"),
            changed={int(k): str(v or "") for k, v in changed.items() if k != LINE} if changed is not None else None,
            since=int(node.get("since", 2026)),
            source=str(node.get("source", "")),
        )
    return None


def _maybe(node: Mapping[str, Any], name: str) -> Label | None:
    return label(node[name]) if name in node else None


def _range(span: Any) -> tuple[int, int]:
    low, high = span
    if not (isinstance(low, int) and isinstance(high, int) and low <= high):
        raise ValueError(f"range: {span}")
    return low, high


def _score(node: Node | None, place: str, problems: list[Problem]) -> Score | None:
    if node is None:
        return None
    known(node, _SCORE, place, problems)
    keys = []
    for key in node.get("key", ()):
        known(key, _KEY, place, problems)
        missing = [f for f in ("value", "law", "article", "valid_from") if not key.get(f)]
        days = [f for f in ("valid_from", "valid_to", "read_on") if key.get(f) is not None and not isinstance(key[f], date)]
        if missing or days:
            got = ", ".join([*(f"- {f}" for f in missing), *(f"{f}: {key[f]}" for f in days)])
            problems.append(problem("FORM-011", place, expected="value, law, article, valid_from (2026-01-31)", got=got))
            continue
        keys.append(
            Key(str(key["value"]), str(key["law"]), str(key["article"]), key.get("read_on"), key["valid_from"],
                key.get("valid_to"), str(key.get("source", "")))
        )  # fmt: skip
    return Score(str(node["scale"]), tuple(keys), bool(node.get("reverse", False)))
