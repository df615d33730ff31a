"""YAML nodes -> the records of a questionnaire, collecting every problem with its file and line.

Imports the records of this room and reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast, get_args

from .condition import Condition, ConditionError, parse
from .errors import Problem, problem
from .question import (
    HIDDEN,
    Choice,
    ChoiceList,
    Key,
    Label,
    Layout,
    Mode,
    Question,
    Questionnaire,
    QuestionType,
    Scale,
    ScaleKind,
    Score,
    Section,
)  # fmt: skip
from .reading import LINE, Node, known, line, plain, sound

_VALUES = ("int", "decimal", "string", "date")
_ORDERS = (None, "fixed", "random")
_HEAD = (
    "id", "title", "version", "scales", "bank", "mode", "purpose", "serves", "options", "instance_name", "excel",
)  # fmt: skip
_SCALE = ("kind", "label", "min_answered", "low", "high", "of")
_SECTION = ("section", "label", "only_if", "repeat", "appearance", "option", "questions")
_QUESTION = (
    "name", "type", "ask", "hint", "list", "file", "filter", "only_if", "must", "must_message", "constraint", "range", "required",
    "appearance", "calculate", "value_type", "private", "score", "field", "changed", "since", "source", "sum_of", "order",
    "order_why", "read_out", "parameters", "option",
)  # fmt: skip
_USE = ("use", "hint", "only_if", "appearance", "required", "order", "order_why", "read_out", "option")
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
        scales = {str(k): _scale(str(k), v, problems) for k, v in (node.get("scales") or {}).items() if k != LINE}
        for scale in scales.values():
            lost = [name for name in scale.of if name not in scales]
            if lost or (scale.kind == "mean_of" and not scale.of):
                problems.append(problem("FORM-014", f"{place} ({scale.name})", expected=", ".join(scales), got=", ".join(lost)))
        return Questionnaire(
            str(node["id"]), label(node["title"]), str(node["version"]), (), {}, scales,
            mode=_one_of(node, "mode", get_args(Mode), "interviewer"),
            purpose=_maybe(node, "purpose"),
            serves={str(k): _names(v) for k, v in (node.get("serves") or {}).items() if k != LINE},
            options={str(k): _switch(v) for k, v in (node.get("options") or {}).items() if k != LINE},
            instance_name=_names(node.get("instance_name", ())),
            excel=_one_of(node, "excel", get_args(Layout), None),
        )  # fmt: skip
    return None


def _one_of(node: Node, name: str, allowed: tuple[str, ...], default: Any) -> Any:
    if name not in node:
        return default
    if node[name] not in allowed:
        raise ValueError(f"{name}: {node[name]} ({', '.join(allowed)})")
    return node[name]


def _names(node: Any) -> tuple[str, ...]:
    if not isinstance(node, list | tuple) or any(not isinstance(name, str) for name in node):
        raise TypeError(f"[{node}]")
    return tuple(node)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"true | false: {value}")
    return value


def _scale(name: str, node: Node, problems: list[Problem]) -> Scale:
    place = f"form.yaml:{line(node)} ({name})"
    known(node, _SCALE, place, problems)
    if node["kind"] not in get_args(ScaleKind):
        problems.append(problem("FORM-014", place, expected=", ".join(get_args(ScaleKind)), got=node["kind"]))
    return Scale(
        name, label(node["label"]), node["kind"], int(node.get("min_answered", 0)), int(node.get("low", 0)),
        int(node.get("high", 0)), tuple(node.get("of", ())),
    )  # fmt: skip


def choice_lists(node: Any, problems: list[Problem], file: str = "lists.yaml") -> dict[str, ChoiceList]:
    """lists.yaml -> choice lists by name."""
    found: dict[str, ChoiceList] = {}
    with sound(f"{file}:1", problems):
        for name, rows in node.items():
            if name != LINE:
                found[str(name)] = ChoiceList(str(name), tuple(_choices(str(name), rows, problems, file)))
    return found


def _choices(name: str, rows: Any, problems: list[Problem], file: str) -> list[Choice]:
    found: list[Choice] = []
    for row in rows:
        place = f"{file}:{line(row)} ({name})"
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


@dataclass(frozen=True)
class Bank:
    """The item bank that forms share. items: name -> (file, node); files: file stem -> its items in order."""

    items: Mapping[str, tuple[str, Node]] = field(default_factory=dict)
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lists: Mapping[str, ChoiceList] = field(default_factory=dict)


def section(node: Any, file: str, problems: list[Problem], bank: Bank) -> Section | None:
    """A section with all that it holds; None when it cannot be one (the problems say why)."""
    place = f"{file}:{line(node)} ({node.get('section', '?') if isinstance(node, dict) else '?'})"
    with sound(place, problems):
        known(node, _SECTION, place, problems)
        items = [item for child in node["questions"] for item in _items(child, file, problems, bank)]
        return Section(
            str(node["section"]), label(node["label"]), tuple(items), place,
            _condition(node.get("only_if"), place, "only_if", problems), node.get("repeat"), node.get("appearance"),
            str(node.get("option", "")),
        )  # fmt: skip
    return None


def _items(child: Node, file: str, problems: list[Problem], bank: Bank) -> Iterator[Question | Section]:
    """What one entry of a section stands for: a section, a question, an item of the bank or all items of a bank file."""
    found: list[Question | Section | None]
    if "section" in child:
        found = [section(child, file, problems, bank)]
    elif "use_all" in child:
        known(child, ("use_all", *_USE[1:]), f"{file}:{line(child)}", problems)
        names = bank.files.get(str(child["use_all"]))
        if names is None:
            problems.append(_not_in_bank(child["use_all"], file, child, bank.files))
        found = [_used({**child, "use": name}, file, problems, bank) for name in names or ()]
    elif "use" in child:
        known(child, _USE, f"{file}:{line(child)} ({child['use']})", problems)
        found = [_used(child, file, problems, bank)]
    else:
        found = [_question(child, file, problems)]
    yield from (item for item in found if item)


def _used(child: Node, file: str, problems: list[Problem], bank: Bank) -> Question | None:
    """An item of the bank as a form uses it: wording, list and score are the bank's, its place in the form the form's."""
    if child["use"] not in bank.items:
        problems.append(_not_in_bank(child["use"], file, child, bank.items))
        return None
    where, node = bank.items[child["use"]]
    changes = {k: v for k, v in child.items() if k in _USE[1:]}
    return _question({**node, **changes}, where, problems)


def _not_in_bank(name: object, file: str, child: Node, known_names: Mapping[str, object]) -> Problem:
    return problem("FORM-034", f"{file}:{line(child)}", expected=", ".join(known_names) or "bank: ../bank", got=name, name=name)


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
    if kind not in HIDDEN and not (isinstance(ask, dict) and ask.get("vi") and ask.get("en")):
        problems.append(problem("FORM-010", place, expected="ask: {vi: …, en: …}", got=plain(ask)))
        return None
    with sound(place, problems):
        span, changed = node.get("range"), node.get("changed")
        if node.get("value_type", "string") not in _VALUES:
            raise ValueError(f"value_type: {node['value_type']}")
        if node.get("order") not in _ORDERS:
            raise ValueError(f"order: {node['order']}")
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
            required=bool(node.get("required", kind not in HIDDEN and kind != "note")),
            appearance=node.get("appearance"),
            calculate=node.get("calculate"),
            value_type=node.get("value_type", "string"),
            private=bool(node.get("private", False)),
            score=_score(node.get("score"), place, problems),
            field=node.get("field"),
            changed={int(k): str(v or "") for k, v in changed.items() if k != LINE} if changed is not None else None,
            since=int(node.get("since", 2026)),
            source=str(node.get("source", "")),
            sum_of=_names(node.get("sum_of", ())),
            order=node.get("order"),
            order_why=str(node.get("order_why", "")),
            read_out=_switch(node.get("read_out", False)),
            parameters=str(node.get("parameters", "")),
            option=str(node.get("option", "")),
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
