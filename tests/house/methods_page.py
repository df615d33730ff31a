"""docs/methods.md, made from docs/methods.in.md and the specs that are marked `shown`.  Refresh: python -m tests.house.refresh.

In the prose a line `<!-- spec: test_name -->` is replaced by that spec: its hand arithmetic (the docstring), its table, the
call through the door and what the call gives now.  `reason(module.NAME)` in a table is replaced by that reason in both
languages; every reason of analysis must be named once.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from analysis import Design, Lonely
from forms.errors import BdgError
from tests.house.tree import ROOT, modules
from tests.spec.shown import MARK, Call, Shown, written_down

SOURCE = ROOT / "docs" / "methods.in.md"
PAGE = ROOT / "docs" / "methods.md"
HEAD = (
    "<!-- Tệp này sinh ra từ methods.in.md và các ca mẫu trong tests/spec bằng `python -m tests.house.refresh`; không sửa tay.\n"
    "     Made from methods.in.md and the specs in tests/spec; do not edit. -->\n\n"
)
BASE = Design("stratum", "psu", "w", "wave", Lonely("certainty", "certainty"), "domain")
SILENT = {"dont_know": "don't know", "not_asked": "not asked"}
USUAL = ("domain", "category", "wave", "estimand", "estimate", "se", "df", "lower", "upper", "interval", "p_value", "n", "status")
WIDTH = 148
FACTOR = re.compile(r"(?<=[\d\s)])\*(?=[\d\s(])")
BEGINS = re.compile(r"(?:[-+*>#=]+|\d+[.)])\s")
SPEC = re.compile(r"(?m)^<!-- spec: (\w+) -->$")
HOLE = re.compile(r"\{\w+\}")
REASON = re.compile(r"reason\((\w+\.[A-Z_]+)\)")


def page() -> str:
    """The whole page.  ValueError when a spec or a reason is named that is not there, or is there and not named once."""
    prose = SOURCE.read_text(encoding="utf-8").partition("-->\n")[2].lstrip("\n")
    known, told = specs(), reasons()
    for what, there, named in (("specs", known, SPEC.findall(prose)), ("reasons", told, REASON.findall(prose))):
        odd = sorted({*there} ^ {*named} | {name for name in named if named.count(name) > 1})
        if odd:
            raise ValueError(f"{what} to be named once in {SOURCE.name}: {', '.join(odd)}")
    prose = REASON.sub(lambda found: told[found.group(1)], prose)
    return HEAD + SPEC.sub(lambda found: printed(known[found.group(1)]), prose)


def specs() -> dict[str, Callable[..., None]]:
    """Every spec that is marked, by name."""
    names = sorted(path.stem for path in (ROOT / "tests" / "spec").glob("test_spec_*.py"))
    found = [vars(importlib.import_module(f"tests.spec.{name}")) for name in names]
    return {name: value for module in found for name, value in module.items() if hasattr(value, MARK)}


def reasons() -> dict[str, str]:
    """Every reason that statistics give, «tiếng Việt | English» in the code, as `tiếng Việt<br>*English*`."""
    found = {}
    for module in modules():
        if module.name.partition(".")[0] != "analysis":
            continue
        for name, text in _constants(module.tree):
            vi, bar, en = HOLE.sub("…", text).partition(" | ")
            if bar:
                found[f"{module.name.rpartition('.')[2]}.{name}"] = f"{vi.strip()}<br>*{en.strip()}*"
    return found


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Texts assigned at the top of a module, f-strings with their parts of earlier texts."""
    known: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = _text(node.value, known)
            if text is not None:
                known[node.targets[0].id] = text
                yield node.targets[0].id, text


def _text(value: ast.expr, known: Mapping[str, str]) -> str | None:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    if isinstance(value, ast.JoinedStr):
        parts = [
            known.get(ast.unparse(p.value), "…") if isinstance(p, ast.FormattedValue) else _text(p, known) for p in _parts(value)
        ]
        return "".join(part or "" for part in parts)
    return None


def _parts(value: ast.JoinedStr) -> list[ast.expr]:
    return [part for part in ast.iter_child_nodes(value) if isinstance(part, ast.expr)]


def printed(spec: Callable[..., None]) -> str:
    """A spec as Markdown."""
    mark: Shown = getattr(spec, MARK)
    with written_down() as calls:
        spec(**mark.given)
    if not calls:
        raise ValueError(f"{spec.__name__} asks nothing by `ask`")
    title = mark.title or spec.__name__.removeprefix("test_").replace("_", " ").capitalize()
    said = f"**{title}.** {' '.join((spec.__doc__ or '').split())}".rstrip()
    lines = [f"> {line}" for line in wrapped(said)] + [">"]
    for i, call in enumerate(calls):
        before, after = (calls[i - 1] if i else None), (calls[i + 1] if i + 1 < len(calls) else None)
        if isinstance(call.subject, pd.DataFrame) and not (before and _known(before, call.subject)):
            lines += [*_table(call.subject, call.design), ">"]
        lines += [f"> {line}" for line in ("```python", *_code(call, before, after), "```")] + [">"]
        lines += [f"> {line}" for line in answer(call.answer, mark.fields)] + [">"]
    return "\n".join(line.rstrip() for line in lines[:-1])


def wrapped(text: str) -> list[str]:
    """Lines of a paragraph: a star between factors is no emphasis, and no line begins like a list, a heading or a quotation."""
    lines = textwrap.wrap(FACTOR.sub("·", text), WIDTH, break_long_words=False, break_on_hyphens=False)
    for i in range(1, len(lines)):
        while BEGINS.match(lines[i]):
            first, _, rest = lines[i].partition(" ")
            lines[i - 1], lines[i] = f"{lines[i - 1]} {first}", rest
    return lines


def _known(before: Call, data: pd.DataFrame) -> bool:
    """The table was printed with the call before, or is what it made."""
    return (isinstance(before.subject, pd.DataFrame) and before.subject.equals(data)) or getattr(
        before.answer, "data", None
    ) is data


def _table(data: pd.DataFrame, design: Design | None) -> list[str]:
    """The microdata: columns that do not vary in a line below, alike rows once, PSUs without an interview named."""
    seen = data[[c for c in data.columns if not str(c).endswith("__why")]].astype(object)
    for name in seen.columns:
        if f"{name}__why" in data.columns:
            silent = data[name].isna()
            seen.loc[silent, name] = data.loc[silent, f"{name}__why"].map(lambda kind: SILENT.get(kind, kind))
    fixed = {c: seen[c].iloc[0] for c in ("wave", "stratum", "w") if c in seen and len(set(seen[c])) == 1}
    rows = [tuple(row) for row in seen.drop(columns=list(fixed)).itertuples(index=False)]
    head = [str(c) for c in seen.columns if c not in fixed]
    once = list(dict.fromkeys(rows))
    if len(once) < len(rows):
        head, rows = [*head, "people"], [(*row, rows.count(row)) for row in once]
    lines = [f"> {line}" for line in markdown(head, rows)]
    told = f"Every row: {', '.join(f'{c} {short(v)}' for c, v in fixed.items())}. " if fixed else ""
    if design is not None and design.sampled and {"wave", "stratum", "psu"} <= {*data.columns}:
        met = {(int(t), h, i) for t, h, i in data[["wave", "stratum", "psu"]].itertuples(index=False)}
        told += "".join(
            f"Drawn without an interview: PSU {i} of stratum {h}, {t}." for t, h, i in sorted({*design.sampled} - met)
        )
    return [*lines, *([">", f"> {told.strip()}"] if told else [])]


def markdown(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """A Markdown table."""
    cells = [head, ["---"] * len(head), *([short(value) for value in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in cells]


def _code(call: Call, before: Call | None, after: Call | None) -> list[str]:
    """The call as a person would write it; `base` is the design of section 1."""
    use = "rows = " if after and after.subject is call.answer else "made = " if after and _made(call, after) else ""
    given = [f"{n}={source(v)}" for n, v in call.given.items() if not _left_out(call, n, v)]
    positional = {"y", "formula", "rows", "cols", "items", "margins", "kind", "what", "name"}
    first = [
        g.partition("=")[2]
        for g in given
        if g.partition("=")[0] in positional and call.defaults.get(g.partition("=")[0], "") != ()
    ]
    named = [g for g in given if g.partition("=")[2] not in first or g.partition("=")[0] not in positional]
    if call.design is None:
        return [f"rows.{call.name}({', '.join([*first, *named])})"]
    if before and _made(before, call):
        return [f"{use}{call.name}(made.data, made.design, {', '.join([*first, *named])})"]
    differs = [
        f"{f.name}={source(getattr(call.design, f.name))}"
        for f in fields(Design)
        if f.name != "sampled" and source(getattr(call.design, f.name)) != source(getattr(BASE, f.name))
    ]
    lines = [f"design = replace(base, {', '.join(differs)})"] if differs else []
    return [*lines, f"{use}{call.name}(data, {'design' if differs else 'base'}, {', '.join([*first, *named])})"]


def _made(call: Call, later: Call) -> bool:
    """The later call asks about the table and the design that this one made."""
    return later.design is not None and getattr(call.answer, "design", None) is later.design


def _left_out(call: Call, name: str, value: Any) -> bool:
    default = call.defaults.get(name)
    return (value is default) or (not isinstance(value, np.ndarray) and (value == default or value in ({}, ())))


def source(value: Any) -> str:
    """A value as Python writes it."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{source(k)}: {source(v)}" for k, v in value.items()) + "}"
    if isinstance(value, np.ndarray):
        return source([[float(short(v)) for v in row] for row in value.tolist()])
    if isinstance(value, list | tuple):
        inside = ", ".join(source(v) for v in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    if hasattr(value, "__dataclass_fields__"):
        chosen = [f for f in fields(value) if source(getattr(value, f.name)) != source(f.default)]
        return f"{type(value).__name__}({', '.join(f'{f.name}={source(getattr(value, f.name))}' for f in chosen)})"
    return repr(value)


def short(value: Any) -> str:
    """A number with five digits, nothing as -, domains as words."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "-"
    if isinstance(value, float | np.floating):
        return f"{value:.5g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    if isinstance(value, tuple):
        return ", ".join(f"{k} {v}" for k, v in value) or "all"
    return str(value)


def answer(given: Any, extra: Sequence[str] = ()) -> list[str]:
    """What came out, as lines of Markdown."""
    if isinstance(given, BdgError):
        one = given.problems[0]
        return [f"refused, {one.code}: {one.entry.en.format_map(dict(one.facts))}"]
    if hasattr(given, "tests"):  # a cross table
        return answer(given.tests[0])
    if hasattr(given, "symbol"):  # a test
        return [str(given).partition(f" ({given.reason}")[0]]
    if hasattr(given, "r_names"):  # a model
        return _frame(given.frame, ("coefficient", "estimate", "se", "statistic", "df", "p_value"))
    if hasattr(given, "data"):  # new weights
        return _frame(given.data, [c for c in given.data.columns if c not in ("wave", "stratum") and not c.endswith("__why")])
    if hasattr(given, "estimates"):  # a scale
        return _rows(list(given.estimates), extra, ("estimand", "category"))
    if hasattr(given, "spread"):  # a contrast
        ends = given.interval()
        rows = [(n, v, s, given.df, *e) for n, v, s, e in zip(given.names, given.value, given.se, ends, strict=True)]
        return markdown(("name", "value", "se", "df", "lower", "upper"), [tuple(map(_plain, row)) for row in rows])
    if isinstance(given, tuple):  # trends
        names = ("slope", "se", "df", "lower", "upper", "p_value", "start", "linearity", "linearity_p")
        return markdown(("name", *names), [(name, *(getattr(line, n) for n in names)) for name, line in given])
    return _rows(list(given), extra)


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, np.floating) else value


def _frame(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    return markdown([str(n) for n in names], [tuple(map(_plain, row)) for row in frame[list(names)].itertuples(index=False)])


def _rows(rows: Sequence[Any], extra: Sequence[str] = (), leading: Sequence[str] = ()) -> list[str]:
    """Rows of results that have a number: the usual fields that say something; then what has none, and why."""
    none = [row for row in rows if row.status == "not_estimable"]
    rows = [row for row in rows if row.status != "not_estimable"]
    told: dict[str, list[str]] = {}
    for row in none:
        method = row.method.rpartition(", ")[2] if " " not in row.method.rpartition(", ")[2] else ""
        name = " ".join(filter(None, (row.estimand, row.category, method)))
        told.setdefault(row.reason.partition(" | ")[2], []).append(name.removesuffix("wave_centred").strip())
    said = [line for reason, names in told.items() for line in ("", f"not estimable: {', '.join(names)} ({reason})")]
    if not rows:
        return said[1:]
    few = len(rows) == 1
    varies = {n for n in USUAL if len({short(getattr(row, n)) for row in rows}) > 1}
    silent = {n for n in USUAL if all(getattr(row, n) in (None, "", ()) for row in rows)}
    words = ("domain", "category", "wave", "estimand")
    names = [n for n in (*leading, *USUAL) if n in leading or n not in words or (n in varies and not few)]
    names = [n for n in dict.fromkeys(names) if n not in silent or n in leading] + list(extra)
    lines = markdown(names, [[getattr(row, n) for n in names] for row in rows])
    return [*lines, *said]
