"""YAML nodes -> the records of a questionnaire, collecting every problem with its file and line.

Imports the records of this room and reading.  What a node may hold stands in the tables below; docs/questionnaire.md explains it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast, get_args

from .condition import Condition, ConditionError, parse
from .errors import Problem, problem
from .question import (
    HIDDEN,
    Choice,
    ChoiceList,
    Key,
    Label,
    Question,
    Questionnaire,
    QuestionType,
    Scale,
    Score,
    Section,
)  # fmt: skip
from .reading import LINE, Node, fits, known, line, said, shaped

HEAD: Mapping[str, str] = {
    "id": "text!", "title": "label!", "version": "text!", "scales": "parts?", "bank": "text",
    "mode": "interviewer | self | office", "purpose": "label", "serves": "parts", "options": "parts", "instance_name": "names",
    "excel": "card | table",
}  # fmt: skip
"""What a node may hold: attribute -> kind (reading.KINDS, or words to choose from); `!` needed, `?` may be left empty."""
SCALE: Mapping[str, str] = {
    "kind": "right | likert | mean_of!", "label": "label!", "min_answered": "whole", "low": "whole", "high": "whole",
    "of": "names",
}  # fmt: skip
CHOICE: Mapping[str, str] = {"code": "text!", "vi": "text!", "en": "text!", "why": "dont_know | refused?", "columns": "parts"}
SECTION: Mapping[str, str] = {
    "section": "text!", "label": "label!", "only_if": "text", "relevant": "text", "repeat": "text", "appearance": "text",
    "option": "text", "questions": "rows!",
}  # fmt: skip
QUESTION: Mapping[str, str] = {
    "name": "text!", "type": "text!", "ask": "label", "hint": "label", "list": "text", "file": "text", "filter": "text",
    "only_if": "text", "relevant": "text", "must": "text", "must_message": "label", "constraint": "text", "range": "range",
    "required": "switch", "appearance": "text", "calculate": "text", "value_type": "int | decimal | string | date",
    "private": "switch", "score": "parts", "field": "text", "changed": "waves", "since": "whole", "source": "text",
    "sum_of": "names", "order": "fixed | random", "order_why": "text", "read_out": "switch", "parameters": "text",
    "option": "text",
}  # fmt: skip
USE: Mapping[str, str] = {"use": "text!"} | {
    name: QUESTION[name]
    for name in ("hint", "only_if", "relevant", "appearance", "required", "order", "order_why", "read_out", "option")
}
USE_ALL: Mapping[str, str] = {"use_all": "text!"} | {name: kind for name, kind in USE.items() if name != "use"}
SCORE: Mapping[str, str] = {"scale": "text!", "key": "rows", "reverse": "switch"}
KEY: Mapping[str, str] = {
    "value": "text!", "law": "text!", "article": "text!", "read_on": "day?", "valid_from": "day!", "valid_to": "day?",
    "source": "text",
}  # fmt: skip


def label(node: Any) -> Label:
    """{vi, en} -> Label. KeyError or TypeError when a language is missing."""
    return Label(str(node["vi"]).strip(), str(node["en"]).strip())


def head_of(node: Any, problems: list[Problem]) -> Questionnaire | None:
    """form.yaml -> a questionnaire without lists and sections; None when it cannot be one."""
    place = f"form.yaml:{line(node)}"
    ok = shaped(node, HEAD, place, problems)
    if not isinstance(node, dict):
        return None
    scales = dict(_scales(node, place, problems))
    serves = dict(_parts(node, "serves", "names", place, problems))
    options = dict(_parts(node, "options", "switch", place, problems))
    if not ok:
        return None
    return Questionnaire(
        str(node["id"]), label(node["title"]), str(node["version"]), (), {}, scales,
        mode=node.get("mode", "interviewer"),
        purpose=_maybe(node, "purpose"),
        serves={name: tuple(feeding) for name, feeding in serves.items()},
        options=options,
        instance_name=tuple(node.get("instance_name", ())),
        excel=node.get("excel"),
    )  # fmt: skip


def _parts(node: Node, name: str, kind: str, place: str, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    """The entries of a mapping attribute that are of the kind wanted; the others are told."""
    found = node.get(name)
    for key, value in found.items() if isinstance(found, dict) else ():
        if key == LINE:
            continue
        if fits(value, kind):
            yield str(key), value
        else:
            shaped({str(key): value, LINE: line(found)}, {str(key): kind}, f"{place} ({name})", problems)


def _scales(node: Node, place: str, problems: list[Problem]) -> Iterator[tuple[str, Scale]]:
    found = node.get("scales")
    rows = {str(k): row for k, row in found.items() if k != LINE} if isinstance(found, dict) else {}
    for name, row in rows.items():
        here = f"form.yaml:{line(row)} ({name})"
        if not shaped(row, SCALE, here, problems) or not isinstance(row, dict):
            continue
        lost = [part for part in row.get("of", ()) if part not in rows]
        if lost or (row["kind"] == "mean_of" and not row.get("of")):
            problems.append(problem("FORM-014", f"{place} ({name})", expected=", ".join(rows), got=", ".join(lost)))
        yield name, Scale(
            name, label(row["label"]), row["kind"], row.get("min_answered", 0), row.get("low", 0), row.get("high", 0),
            tuple(row.get("of", ())),
        )  # fmt: skip


def choice_lists(node: Any, problems: list[Problem], file: str = "lists.yaml") -> dict[str, ChoiceList]:
    """lists.yaml -> choice lists by name."""
    found: dict[str, ChoiceList] = {}
    if not isinstance(node, dict):
        problems.append(problem("FORM-023", f"{file}:1", expected="list_name: [{code: …, vi: …, en: …}]", got=said(node)))
        return found
    for name, rows in node.items():
        if name == LINE:
            continue
        if not isinstance(rows, list):
            expected = f"{name}: [{{code: …, vi: …, en: …}}]"
            problems.append(problem("FORM-070", f"{file}:{line(node)} ({name})", expected=expected, got=said(rows), name=name))
            continue
        choices = tuple(_choices(str(name), rows, problems, file))
        places = {str(row["code"]): f"{file}:{line(row)}" for row in rows if isinstance(row, dict) and "code" in row}
        found[str(name)] = ChoiceList(str(name), choices, places)
    return found


def _choices(name: str, rows: list[Any], problems: list[Problem], file: str) -> list[Choice]:
    found: list[Choice] = []
    for row in rows:
        place = f"{file}:{line(row)} ({name})"
        if isinstance(row, dict) and "code" in row and not isinstance(row["code"], str):
            problems.append(problem("FORM-003", place, expected='"…"', got=said(row["code"]), name=name))
            known(row, tuple(CHOICE), place, problems)
        elif shaped(row, CHOICE, place, problems):
            if row["code"] in [c.code for c in found]:
                problems.append(problem("FORM-004", place, got=row["code"], name=name))
            columns = tuple((str(k), str(v)) for k, v in row.get("columns", {}).items() if k != LINE)
            found.append(Choice(row["code"], label(row), row.get("why"), columns))
    return found


@dataclass(frozen=True)
class Bank:
    """The item bank that forms share. items: name -> (file, node); files: file stem -> its items in order.

    whole: False when a file of it cannot be read (that is told already; what forms use of it is then not judged).
    """

    items: Mapping[str, tuple[str, Node]] = field(default_factory=dict)
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lists: Mapping[str, ChoiceList] = field(default_factory=dict)
    whole: bool = True


def section(node: Any, file: str, problems: list[Problem], bank: Bank) -> Section | None:
    """A section with all that it holds; None when it cannot be one (the problems say why)."""
    place = f"{file}:{line(node)} ({node.get('section', '?') if isinstance(node, dict) else '?'})"
    ok = shaped(node, SECTION, place, problems)
    rows = node.get("questions") if isinstance(node, dict) else None
    items = [item for child in (rows if isinstance(rows, list) else ()) for item in _items(child, place, problems, bank)]
    if not ok:
        return None
    return Section(
        str(node["section"]), label(node["label"]), tuple(items), place,
        only_if=_condition(node.get("only_if"), place, "only_if", problems), relevant=_raw(node, "relevant"),
        repeat=_raw(node, "repeat"), appearance=_raw(node, "appearance"), option=str(node.get("option", "")),
    )  # fmt: skip


def _items(child: Any, around: str, problems: list[Problem], bank: Bank) -> Iterator[Question | Section]:
    """What one entry of a section stands for: a section, a question, an item of the bank or all items of a bank file."""
    found: list[Question | Section | None] = []
    file = around.partition(":")[0]
    if not isinstance(child, dict):
        expected = "- name: … | - section: … | - {use: …} | - {use_all: …}"
        problems.append(problem("FORM-023", around, expected=expected, got=said(child)))
    elif "section" in child:
        found = [section(child, file, problems, bank)]
    elif "use_all" in child:
        names: tuple[str, ...] = ()
        if shaped(child, USE_ALL, f"{file}:{line(child)}", problems):
            if str(child["use_all"]) not in bank.files and bank.whole:
                problems.append(_not_in_bank(child["use_all"], file, child, bank.files))
            names = bank.files.get(str(child["use_all"]), ())
        found = [_used({**child, "use": name}, file, problems, bank) for name in names]
    elif "use" in child:
        if shaped(child, USE, f"{file}:{line(child)} ({child['use']})", problems):
            found = [_used(child, file, problems, bank)]
    else:
        found = [_question(child, f"{file}:{line(child)} ({child.get('name', '?')})", problems)]
    yield from (item for item in found if item)


def _used(child: Node, file: str, problems: list[Problem], bank: Bank) -> Question | None:
    """An item of the bank as a form uses it: wording, list and score are the bank's, its place in the form the form's."""
    if str(child["use"]) not in bank.items:
        if bank.whole:
            problems.append(_not_in_bank(child["use"], file, child, bank.items))
        return None
    where, node = bank.items[str(child["use"])]
    changes = {k: v for k, v in child.items() if k in USE and k != "use"}
    own, kept = f"{file}:{line(child)}", f"{where}:{line(node)}"
    place = f"{own} ({child['use']}; {kept})" if changes else f"{kept} ({child['use']})"
    return _question({**node, **changes}, place, problems)


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


def _question(node: Node, place: str, problems: list[Problem]) -> Question | None:
    kind = str(node.get("type", "?"))
    ok = shaped({k: v for k, v in node.items() if k != "ask"} | {LINE: line(node)}, QUESTION, place, problems)
    if "type" in node and kind not in get_args(QuestionType):
        problems.append(problem("FORM-009", place, expected=", ".join(get_args(QuestionType)), got=kind))
        ok = False
    ask = node.get("ask")
    if (kind not in HIDDEN or "ask" in node) and not fits(ask, "label"):
        problems.append(problem("FORM-010", place, expected="ask: {vi: …, en: …}", got=said(ask)))
        ok = False
    if isinstance(ask, dict):
        known(ask, ("vi", "en"), f"{place} ask", problems)
    told: list[Problem] = []
    score = _score(node.get("score"), place, told)
    problems += told
    ok = ok and all(p.code == "FORM-006" for p in told)
    only_if = _condition(node.get("only_if"), place, "only_if", problems) if fits(node.get("only_if"), "text") else None
    must = _condition(node.get("must"), place, "must", problems) if fits(node.get("must"), "text") else None
    if not ok:
        return None
    return _made(node, place, only_if, must, score)


def _made(node: Node, place: str, only_if: Condition | None, must: Condition | None, score: Score | None) -> Question:
    """The record of a node whose every attribute is of its kind."""
    name, kind = str(node["name"]), str(node["type"])
    span = node.get("range")
    return Question(
        name=name,
        type=cast("QuestionType", kind),
        label=label(node["ask"]) if "ask" in node else Label(name, name),
        place=place,
        hint=_maybe(node, "hint"),
        list=_raw(node, "list"),
        file=_raw(node, "file"),
        filter=_raw(node, "filter"),
        only_if=only_if,
        relevant=_raw(node, "relevant"),
        must=must,
        constraint=_raw(node, "constraint"),
        must_message=_maybe(node, "must_message"),
        range=(span[0], span[1]) if span else None,
        required=node.get("required", kind not in HIDDEN and kind != "note"),
        appearance=_raw(node, "appearance"),
        calculate=_raw(node, "calculate"),
        value_type=node.get("value_type", "string"),
        private=node.get("private", False),
        score=score,
        field=_raw(node, "field"),
        changed={int(k): str(v) for k, v in node["changed"].items() if k != LINE} if "changed" in node else None,
        since=node.get("since", 2026),
        source=str(node.get("source", "")),
        sum_of=tuple(node.get("sum_of", ())),
        order=node.get("order"),
        order_why=str(node.get("order_why", "")),
        read_out=node.get("read_out", False),
        parameters=str(node.get("parameters", "")),
        option=str(node.get("option", "")),
    )


def _raw(node: Node, name: str) -> str | None:
    """An attribute as text; a number or a date that YAML made of it becomes text again."""
    return str(node[name]) if name in node else None


def _maybe(node: Mapping[str, Any], name: str) -> Label | None:
    return label(node[name]) if name in node else None


def _score(node: Any, place: str, problems: list[Problem]) -> Score | None:
    if node is None or not isinstance(node, dict) or not shaped(node, SCORE, place, problems):
        return None
    keys = []
    for key in node.get("key", ()):
        told: list[Problem] = []
        if shaped(key, KEY, place, told):
            keys.append(
                Key(str(key["value"]), str(key["law"]), str(key["article"]), key.get("read_on"), key["valid_from"],
                    key.get("valid_to"), str(key.get("source", "")))
            )  # fmt: skip
        problems += [p for p in told if p.code == "FORM-006"]
        wrong = [p for p in told if p.code != "FORM-006"]
        if wrong:
            got = "; ".join(p.got or f"- {p.expected}" for p in wrong)
            problems.append(problem("FORM-011", place, expected="value, law, article, valid_from (2026-01-31)", got=got))
    return Score(str(node["scale"]), tuple(keys), node.get("reverse", False))
