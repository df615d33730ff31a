"""XLSForm -> the files of a questionnaire folder, and a finding for whatever could not be kept as it was.

Imports the modules of this folder and the records of the room.  Names are never changed, words never invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..cells import Cell
from ..errors import Problem, problem
from ..question import DRAFT, HIDDEN, Label
from ..wording import REQUIRED, REQUIRED_HERE
from .grid import Grid, Row, read_grid
from .rules import rules_of, split_relevant
from .written import Node, files_of, grammar

_TYPES: Mapping[str, str] = {
    "string": "text", "q string": "text", "add text prompt": "text", "int": "integer", "q int": "integer", "photo": "image",
    "q image": "image", "gps": "geopoint", "location": "geopoint", "q geopoint": "geopoint", "start time": "start",
    "end time": "end", "device id": "deviceid", "q note": "note", "add note prompt": "note", "q calculate": "calculate",
    "q date": "date", "q decimal": "decimal", "q audio": "audio",
} | {kind: kind for kind in (
    "note", "integer", "decimal", "text", "date", "time", "geopoint", "image", "audio", "calculate", "start", "end", "today",
    "deviceid", "audit",
)}  # fmt: skip
_SELECT = re.compile(
    r"(?:add )?(?P<kind>select[_ ]one|select1|select[_ ]multiple|select all that apply)(?P<file>[_ ]from[_ ]file)?(?: prompt)?"
    r"(?: (?:using|from))?\s+(?P<list>\S+)(?P<other>\s+or[_ ](?:other|specify))?",
    re.IGNORECASE,
)
_GROUP = re.compile(r"(?P<way>begin|end)[_ ](?P<kind>group|repeat|loop|lgroup|looped group)(?:\s.*)?", re.IGNORECASE)
_YES, _NO = ("yes", "true", "true()"), ("", "no", "false", "false()")
_NAMED = re.compile(r"concat\((\$\{[^{}]+\}(?:, '-', \$\{[^{}]+\})*)\)")
_ROOT = re.compile(r"(?<![\w.\])}'\"*/])/([A-Za-z_][\w.-]*)/")
_VARIANT = re.compile(r"-(?:central|kobo)(?:\+[\w.+]*)?$")
"""What our own builder adds to a version (variant.py)."""
_VALUES = {"int": "int", "integer": "int", "decimal": "decimal", "date": "date", "string": "string"}


@dataclass(frozen=True)
class Imported:
    """What came of an XLSForm. files: name -> text; findings: what was not kept as it was; rows: question -> its place."""

    files: Mapping[str, str]
    findings: tuple[Problem, ...]
    rows: Mapping[str, str] = field(default_factory=dict)


def import_xlsform(path: Path) -> Imported:
    """Read an XLSForm. FORM-079 when the file is none."""
    found: list[Problem] = []
    grid = read_grid(path, found)
    made = _Maker(path, grid, found)
    head, lists, sections = made.head(), made.lists(), made.sections()
    return Imported(files_of(path.name, head, lists, sections), tuple(dict.fromkeys(found)), made.rows)


def _passed_over(row: Row, lang: str, kept: tuple[str | None, ...]) -> Iterator[Cell]:
    """The texts of a row in a language that is not kept; one without a language is, where nothing else stands beside it."""
    for (column, at), cell in row.texts.items():
        if at == lang and (lang or any((column, other) in row.texts for other in kept if other is not None)):
            yield cell


class _Maker:
    """One form on its way: what was met so far."""

    def __init__(self, path: Path, grid: Grid, found: list[Problem]) -> None:
        self._path, self._grid, self._found = path, grid, found
        self.rows: dict[str, str] = {}
        self._codes: dict[str, list[str]] = {}
        for row in grid.choices:
            self._codes.setdefault(row.get("list_name"), []).append(row.get("name"))
        self._kinds = {row.get("name"): row for row in grid.survey}
        self._languages = self._told_languages()

    def _told_languages(self) -> tuple[str, str]:
        """(the column that is Vietnamese, the one that is English); other languages are told once."""
        every = dict.fromkeys(lang for row in (*self._grid.survey, *self._grid.choices) for _, lang in row.texts)
        vi = next((lang for lang in every if lang.lower() in ("vi", "vietnamese", "tiếng việt", "vie")), None)
        en = next((lang for lang in every if lang.lower() in ("en", "english", "eng")), None)
        rest = [lang for lang in every if lang not in (vi, en)]
        if vi is None and rest:
            vi = "" if "" in rest else rest[0]
            rest.remove(vi)
        for lang in rest:
            cells = [c for r in (*self._grid.survey, *self._grid.choices) for c in _passed_over(r, lang, (vi, en))]
            if not cells:
                continue
            got = f"{cells[0].text[:60]} ({len(cells)})"
            self._lost(cells[0].place, f"label::{lang}", got, "vi, en; bdg forms translate")
        return vi if vi is not None else en or "", en if en is not None else vi or ""

    def _lost(self, place: str, what: str, got: str, expected: str = "-") -> None:
        self._found.append(problem("FORM-075", place, expected=expected, got=" ".join(got.split())[:80], what=what))

    def _changed(self, place: str, what: str, got: str, expected: str) -> None:
        self._found.append(problem("FORM-078", place, expected=expected, got=got[:80], what=what))

    def _text(self, row: Row, column: str) -> Label | None:
        """A text in both languages; one that is missing is the other's, which the lint then tells."""
        vi, en = (row.texts.get((column, lang)) for lang in self._languages)
        if vi is None and en is None:
            vi = row.texts.get((column, ""))
        vi = en if vi is None else vi
        return Label(vi.text, (vi if en is None else en).text) if vi is not None else None

    # ---- form.yaml and lists.yaml

    def head(self) -> Node:
        row = self._grid.settings
        title = row.get("form_title").removesuffix(f" - {DRAFT}") or self._path.stem
        node: Node = {"id": row.get("form_id") or self._path.stem, "title": {"vi": title, "en": title}}
        node["version"] = _VARIANT.sub("", row.get("version")) or "1"
        if not row.get("version"):
            self._changed(row.place, "version", "-", "1")
        named = row.get("instance_name")
        if named and (said := _NAMED.fullmatch(" ".join(named.split()))):
            node["instance_name"] = re.findall(r"\$\{([^{}]+)\}", said.group(1))
        elif named:
            self._lost(row.cell("instance_name"), "instance_name", named, "concat(${a}, '-', ${b})")
        if row.get("style") != "pages":
            self._changed(row.cell("style"), "style", row.get("style") or "-", "pages")
        return node

    def lists(self) -> dict[str, list[Node]]:
        filters = " ".join(row.get("choice_filter") for row in self._grid.survey)
        found: dict[str, list[Node]] = {}
        told: set[str] = set()
        for row in self._grid.choices:
            label = self._text(row, "label")
            if not row.get("list_name") or not row.get("name"):
                self._lost(row.place, "list_name, name", f"{row.get('list_name')} {row.get('name')}", "list_name, name")
                continue
            if label is None:
                label = Label(row.get("name"), row.get("name"))
                self._changed(row.place, "label", "-", label.vi)
            node: Node = {"code": row.get("name"), "vi": label.vi, "en": label.en}
            node |= {"why": {"dk": "dont_know", "ref": "refused"}[row.get("name")]} if row.get("name") in ("dk", "ref") else {}
            columns = {name: cell.text for name, cell in row.extra.items() if re.search(rf"\b{re.escape(name)}\b", filters)}
            node |= {"columns": columns} if columns else {}
            for name, cell in row.extra.items():
                if name not in columns and name not in told:
                    told.add(name)
                    self._found.append(
                        problem("FORM-076", cell.place, expected="label, choice_filter", got=cell.text[:60], what=name)
                    )
            found.setdefault(row.get("list_name"), []).append(node)
        return found

    # ---- sections

    def sections(self) -> list[Node]:
        """The tree of groups; questions that stand in none are put into one."""
        top: list[Node] = []
        stack: list[tuple[Node, Row]] = []
        for row in self._grid.survey:
            kind = " ".join(row.get("type").split())
            group = _GROUP.fullmatch(kind)
            if not kind and not row.get("name"):
                continue
            if group and group.group("way").lower() == "begin":
                node = self._group(row, repeat=group.group("kind").lower() != "group")
                self._into(top, stack, row, node)
                stack.append((node, row))
            elif group:
                if stack:
                    stack.pop()
                else:
                    self._lost(row.cell("type"), kind, kind, "begin group")
            else:
                question = self._question(row, kind)
                if question:
                    self._into(top, stack, row, question)
        for _, row in stack:
            self._lost(row.cell("type"), row.get("type"), row.get("name"), "end group, end repeat")
        return top

    def _into(self, top: list[Node], stack: Sequence[tuple[Node, Row]], row: Row, node: Node) -> None:
        if stack:
            stack[-1][0]["questions"].append(node)
        elif "section" in node:
            top.append(node)
        else:
            if not top or not top[-1].get("ungrouped"):
                name = next(n for n in (f"part{i}" for i in range(1, 999)) if n not in self._kinds and n not in self.rows)
                self.rows[name] = row.place
                number = name.removeprefix("part")
                label = {"vi": f"Phần {number}", "en": f"Part {number}"}
                top.append({"section": name, "label": label, "questions": [], "ungrouped": True})
                self._changed(row.place, row.get("name"), row.get("name"), f"section: {name}")
            top[-1]["questions"].append(node)

    def _group(self, row: Row, *, repeat: bool) -> Node:
        name = row.get("name")
        self.rows[name] = row.place
        label = self._text(row, "label")
        if label is None:
            label = Label(name, name)
            self._changed(row.place, f"label ({name})", "-", name)
        node: Node = {"section": name, "label": {"vi": label.vi, "en": label.en}, **self._relevant(row)}
        if repeat:
            node["repeat"] = " ".join(row.get("repeat_count").split()) or "free"
            self._rooted(row, "repeat_count")
        if row.get("appearance"):
            node["appearance"] = row.get("appearance")
        for column in ("required", "constraint", "calculation", "choice_filter", "bind::type"):
            if row.get(column):
                self._lost(row.cell(column), column, row.get(column))
        return node | {"questions": []}

    def _relevant(self, row: Row) -> Node:
        condition, raw = split_relevant(row.get("relevant"), self._counts(row))
        self._rooted(row, "relevant")
        return ({"only_if": grammar(condition)} if condition else {}) | ({"relevant": raw} if raw else {})

    def _rooted(self, row: Row, column: str) -> None:
        """A path from the root breaks when the root is called otherwise, or a group is put around."""
        root = self._grid.settings.get("name") or "data"
        for found in _ROOT.findall(re.sub(r"'[^']*'|\"[^\"]*\"|\]/", "''", row.get(column))):
            if found != "data" or root != "data":
                self._changed(row.cell(column), column, f"/{found}/…", "/data/…, ${…}")

    def _counts(self, row: Row) -> Any:
        def counts(name: str) -> bool:
            asked = row if name == "." else self._kinds.get(name)
            kind = " ".join(asked.get("type").split()) if asked else ""
            select = _SELECT.fullmatch(kind)
            if select:
                codes = self._codes.get(select.group("list"), [])
                return bool(codes) and all(not re.fullmatch(r"[-+]?[\d.]+", c) or str(int(float(c))) == c for c in codes)
            whole = asked is not None and asked.get("bind::type") == "int"
            return _TYPES.get(kind) == "integer" or (kind == "calculate" and whole)

        return counts

    def _question(self, row: Row, kind: str) -> Node | None:
        name = row.get("name")
        select = _SELECT.fullmatch(kind)
        type_ = _TYPES.get(kind.lower(), "")
        if select:
            type_ = "select_multiple" if re.search("multiple|all", select.group("kind"), re.IGNORECASE) else "select_one"
        if not type_ or not name:
            label = self._text(row, "label")
            got = f"{kind} {name}: {label.vi if label else '-'}"
            self._found.append(
                problem("FORM-077", row.cell("type"), expected=", ".join(sorted(set(_TYPES.values()))), got=got, type=kind)
            )
            return None
        self.rows[name] = row.place
        node: Node = {"name": name, "type": type_, **self._choices_of(row, select)}
        if type_ in HIDDEN:
            return node | self._hidden(row, type_)
        node |= self._relevant(row) | self._stops(row, type_, select) | self._needed(row, type_)
        if row.get("appearance"):
            node["appearance"] = row.get("appearance")
        node |= self._parameters(row)
        for column in ("calculation", "repeat_count", "bind::type"):
            if row.get(column):
                self._lost(row.cell(column), column, row.get(column))
        label, hint = self._text(row, "label"), self._text(row, "hint")
        if label is None:
            label, hint = (hint, None) if hint else (Label(name, name), None)
            self._changed(row.place, f"label ({name})", "-", label.vi)
        node["ask"] = {"vi": label.vi, "en": label.en}
        return node | ({"hint": {"vi": hint.vi, "en": hint.en}} if hint else {})

    def _choices_of(self, row: Row, select: re.Match[str] | None) -> Node:
        if select is None:
            return {}
        if select.group("other"):
            self._lost(row.cell("type"), "or_other", row.get("type"), "other: … + text")
        filtered = " ".join(row.get("choice_filter").split())
        self._rooted(row, "choice_filter")
        where = {"file": select.group("list")} if select.group("file") else {"list": select.group("list")}
        return where | ({"filter": filtered} if filtered else {})

    def _hidden(self, row: Row, type_: str) -> Node:
        node: Node = {}
        if type_ == "calculate":
            node = {"calculate": " ".join(row.get("calculation").split()), **self._relevant(row)}
            self._rooted(row, "calculation")
            value = row.get("bind::type")
            if value and value not in _VALUES:
                self._lost(row.cell("bind::type"), "bind::type", value, ", ".join(_VALUES))
            elif value:
                node["value_type"] = _VALUES[value]
        elif row.get("relevant"):
            self._lost(row.cell("relevant"), "relevant", row.get("relevant"))
        if row.get("parameters"):
            node["parameters"] = row.get("parameters")
        for column in ("constraint", "appearance", "choice_filter"):
            if row.get(column):
                self._lost(row.cell(column), column, row.get(column))
        return node

    def _stops(self, row: Row, type_: str, select: re.Match[str] | None) -> Node:
        codes = self._codes.get(select.group("list"), []) if select and not select.group("file") else []
        exclusive = [c for c in codes if c in ("dk", "ref", "none")] if type_ == "select_multiple" else []
        counts = self._counts(row)
        rules = rules_of(row.get("constraint"), self._text(row, "constraint_message"), exclusive, counts)
        self._rooted(row, "constraint")
        node: Node = {"range": list(rules.range)} if rules.range else {}
        condition, _ = split_relevant(rules.must, counts)
        node |= {"must": grammar(condition)} if condition else {}
        node |= {"constraint": rules.text} if rules.text else {}
        node |= {"must_message": {"vi": rules.message.vi, "en": rules.message.en or rules.message.vi}} if rules.message else {}
        node |= {"sum_of": list(rules.sum_of)} if rules.sum_of else {}
        if exclusive and not rules.alone:
            self._changed(row.cell("type"), row.get("name"), "-", f"{', '.join(exclusive)}: một mình / alone")
        return node

    def _needed(self, row: Row, type_: str) -> Node:
        said = row.get("required").lower()
        if said not in (*_YES, *_NO):
            self._lost(row.cell("required"), "required", row.get("required"), "yes, no")
        message = self._text(row, "required_message")
        if message and message.vi not in (REQUIRED.label.vi, REQUIRED_HERE.label.vi):
            self._lost(row.place, "required_message", message.vi, REQUIRED.label.vi)
        if type_ == "note":
            return {}
        return {} if said in _YES else {"required": False}

    def _parameters(self, row: Row) -> Node:
        words = row.get("parameters").split()
        shuffled = [w for w in words if re.fullmatch(r"randomize\s*=\s*true", w, re.IGNORECASE)]
        rest = " ".join(w for w in words if w not in shuffled)
        return ({"order": "random"} if shuffled else {}) | ({"parameters": rest} if rest else {})
