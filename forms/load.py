"""YAML -> records, remembering file and line for every message.

Imports the records of this room and yaml.  Never numpy, never data.
"""

from __future__ import annotations

import csv
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast, get_args

import yaml

from .condition import Condition, ConditionError, parse
from .errors import BdgError, Problem, problem, refuse
from .question import Choice, ChoiceList, Key, Label, Question, Questionnaire, QuestionType, Scale, Score, Section

Node = dict[str, Any]
LINE = "__line__"
_HERE = Path(__file__).parent


class _Loader(yaml.SafeLoader):
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


def questionnaire_folder(name: str = "household") -> Path:
    """Where a shipped questionnaire lies."""
    return _HERE / "questionnaires" / name


def province_folder(code: str = "51") -> Path:
    """Where a province's facts lie."""
    return _HERE / "provinces" / code


def load_questionnaire(folder: Path) -> Questionnaire:
    """Read form.yaml, lists.yaml and the section files of a folder in name order.

    BdgError with every problem of the folder at once; cross-checks are check.py's.
    """
    if not (folder / "form.yaml").exists():
        raise refuse("FORM-002", folder.name, expected="form.yaml", got=", ".join(sorted(p.name for p in folder.glob("*"))[:5]))
    head = read_yaml(folder / "form.yaml")
    problems: list[Problem] = []
    lists = dict(_lists(read_yaml(folder / "lists.yaml"), problems))
    sections = [_section(read_yaml(path), path.name, problems) for path in sorted(folder.glob("[0-9]*.yaml"))]
    scales = {str(k): _scale(str(k), v) for k, v in head["scales"].items() if k != LINE}
    if problems:
        raise BdgError(problems)
    form = Questionnaire(str(head["id"]), _label(head["title"]), str(head["version"]), tuple(sections), lists, scales)
    scored = tuple(q.name for _, q in form.questions() if q.score)
    return replace(form, digest=questionnaire_digest(form), draft=untested(folder / "evidence" / "cognitive.csv", scored))


def untested(path: Path, scored: tuple[str, ...]) -> tuple[str, ...]:
    """Scored items without a cognitive test of at least 8 people in 3 groups, or a named written waiver (decision 16)."""
    if not path.exists():
        return scored
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    done = {r["item"] for r in rows if r["waived_by"].strip() or (int(r["people"] or 0) >= 8 and int(r["groups"] or 0) >= 3)}
    return tuple(name for name in scored if name not in done)


def questionnaire_digest(form: Questionnaire) -> str:
    """Digest over all that a respondent meets and all that scoring uses (lines and file names left out)."""
    parts = {question.name: question_digest(form, question, path) for path, question in form.questions()}
    scales = {name: repr(scale) for name, scale in form.scales.items()}
    return digest({"id": form.id, "questions": list(parts.items()), "scales": scales})


def question_digest(form: Questionnaire, question: Question, path: tuple[str, ...]) -> str:
    """Digest of one question: wording, choices, order, condition, constraint and scoring."""
    seen = replace(question, place="", changed=None, source="", score=None)
    choices = form.choices(question)
    score = question.score
    keys = [(k.value, k.valid_from.isoformat(), k.valid_to and k.valid_to.isoformat()) for k in score.key] if score else []
    return digest([path, repr(seen), repr(choices), score and (score.scale, score.reverse), keys])


def _label(node: Any) -> Label:
    return Label(str(node["vi"]).strip(), str(node["en"]).strip())


def _lists(node: Node, problems: list[Problem]) -> Iterator[tuple[str, ChoiceList]]:
    for name, rows in node.items():
        if name == LINE:
            continue
        choices = []
        for row in rows:
            place = f"lists.yaml:{row[LINE]} ({name})"
            if not isinstance(row.get("code"), str):
                problems.append(problem("FORM-003", place, expected='"…"', got=row.get("code"), name=name))
                continue
            choices.append(Choice(row["code"], _label(row), row.get("why")))
        codes = [c.code for c in choices]
        twice = sorted({c for c in codes if codes.count(c) > 1})
        problems.extend(problem("FORM-004", f"lists.yaml ({name})", got=code, name=name) for code in twice)
        yield name, ChoiceList(name, tuple(choices))


def _scale(name: str, node: Node) -> Scale:
    return Scale(
        name, _label(node["label"]), node["kind"], int(node.get("min_answered", 0)), int(node.get("low", 0)),
        int(node.get("high", 0)), tuple(node.get("of", ())),
    )  # fmt: skip


def _section(node: Node, file: str, problems: list[Problem]) -> Section:
    place = f"{file}:{node[LINE]} ({node.get('section', '?')})"
    items: list[Question | Section] = [
        _section(child, file, problems) if "section" in child else _question(child, file, problems) for child in node["questions"]
    ]
    return Section(
        str(node["section"]), _label(node["label"]), tuple(items), place,
        _condition(node.get("only_if"), place, "only_if", problems), node.get("repeat"),
    )  # fmt: skip


def _condition(text: object, place: str, where: str, problems: list[Problem]) -> Condition | None:
    if text is None:
        return None
    try:
        return parse(str(text))
    except ConditionError as error:
        problems.append(problem("FORM-005", place, expected="name = code [and|or|not …]", got=error, where=where))
        return None


_KNOWN = {
    "name",
    "type",
    "ask",
    "hint",
    "list",
    "file",
    "filter",
    "only_if",
    "must",
    "must_message",
    "constraint",
    "range",
    "required",
    "appearance",
    "calculate",
    "value_type",
    "private",
    "score",
    "field",
    "changed",
    "since",
    "source",
    LINE,
}


def _question(node: Node, file: str, problems: list[Problem]) -> Question:
    name, kind = str(node.get("name", "?")), str(node.get("type", "?"))
    place = f"{file}:{node[LINE]} ({name})"
    unknown = sorted(set(node) - _KNOWN)
    problems.extend(problem("FORM-006", place, expected=", ".join(sorted(_KNOWN - {LINE})), got=name) for name in unknown)
    if kind not in get_args(QuestionType):
        problems.append(problem("FORM-009", place, expected=", ".join(get_args(QuestionType)), got=kind))
    hidden = kind in ("calculate", "start", "end", "today", "deviceid")
    if not hidden and not (isinstance(node.get("ask"), dict) and node["ask"].get("vi") and node["ask"].get("en")):
        problems.append(problem("FORM-010", place, expected="ask: {vi: …, en: …}", got=plain(node.get("ask"))))
        node = {**node, "ask": {"vi": "?", "en": "?"}}
    span = node.get("range")
    return Question(
        name=name,
        type=cast("QuestionType", kind),
        label=_label(node["ask"]) if "ask" in node else Label(name, name),
        place=place,
        hint=_label(node["hint"]) if "hint" in node else None,
        list=node.get("list"),
        file=node.get("file"),
        filter=node.get("filter"),
        only_if=_condition(node.get("only_if"), place, "only_if", problems),
        must=_condition(node.get("must"), place, "must", problems),
        constraint=node.get("constraint"),
        must_message=_label(node["must_message"]) if "must_message" in node else None,
        range=(int(span[0]), int(span[1])) if span else None,
        required=bool(node.get("required", not hidden and kind != "note")),
        appearance=node.get("appearance"),
        calculate=node.get("calculate"),
        value_type=node.get("value_type", "string"),
        private=bool(node.get("private", False)),
        score=_score(node.get("score"), place, problems),
        field=node.get("field"),
        changed={int(k): str(v) for k, v in node["changed"].items() if k != LINE} if "changed" in node else None,
        since=int(node.get("since", 2026)),
        source=str(node.get("source", "")),
    )


def _score(node: Node | None, place: str, problems: list[Problem]) -> Score | None:
    if node is None:
        return None
    keys = []
    for key in node.get("key", ()):
        missing = [f for f in ("value", "law", "article", "valid_from") if not key.get(f)]
        if missing:
            problems.append(problem("FORM-011", place, expected="value, law, article, valid_from", got=f"- {', '.join(missing)}"))
            continue
        keys.append(
            Key(str(key["value"]), str(key["law"]), str(key["article"]), key.get("read_on"), key["valid_from"],
                key.get("valid_to"), str(key.get("source", "")))
        )  # fmt: skip
    return Score(str(node["scale"]), tuple(keys), bool(node.get("reverse", False)))


def lines(mapping: Mapping[str, Any]) -> int:
    """The line on which a mapping of read_yaml began."""
    return int(mapping.get(LINE, 1))
