"""Sizes, types and shapes that keep the house readable.  The figures are the house's own; no exception list."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from statistics import median

from tests.house.tree import ROOMS, ROOT, Function, Module, functions, inside, modules

MODULE_MOST, MODULE_MEDIAN = 400, 150
FUNCTION_MOST, FUNCTION_P95 = 60, 35
LONGEST_CHAIN = 8


def _every_function() -> Iterator[Function]:
    for module in modules():
        yield from functions(module)


def test_modules_are_short() -> None:
    assert [(m.path, m.lines) for m in modules() if m.lines > MODULE_MOST] == []
    assert median(m.lines for m in modules()) <= MODULE_MEDIAN


def test_functions_are_short() -> None:
    assert [(f.place, f.lines) for f in _every_function() if f.lines > FUNCTION_MOST] == []
    lengths = sorted(f.lines for f in _every_function())
    assert lengths[int(0.95 * (len(lengths) - 1))] <= FUNCTION_P95


def test_there_is_at_least_as_much_test_as_code() -> None:
    tests = sum(1 for p in (ROOT / "tests").rglob("*.py") for line in p.read_text(encoding="utf-8").splitlines() if line.strip())
    assert tests >= sum(m.lines for m in modules())


def _untyped(function: Function) -> bool:
    taken = function.node.args
    named = [*taken.posonlyargs, *taken.args]
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.node.decorator_list)
    if function.method and not static:
        named = named[1:]
    named += [*taken.kwonlyargs, *(a for a in (taken.vararg, taken.kwarg) if a)]
    return function.node.returns is None or any(a.annotation is None for a in named)


def test_every_function_is_fully_typed() -> None:
    assert [f.place for f in _every_function() if _untyped(f)] == []


def _is_dataclass(decorator: ast.expr) -> bool:
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(named) in ("dataclass", "dataclasses.dataclass")


def _is_frozen(decorator: ast.expr) -> bool:
    given = decorator.keywords if isinstance(decorator, ast.Call) else []
    return any(k.arg == "frozen" and isinstance(k.value, ast.Constant) and k.value.value is True for k in given)


def test_every_record_is_frozen() -> None:
    records = [
        (f"{m.path}:{c.lineno} {c.name}", _is_frozen(d))
        for m in modules() for c in ast.walk(m.tree) if isinstance(c, ast.ClassDef) for d in c.decorator_list if _is_dataclass(d)
    ]  # fmt: skip
    assert records
    assert [place for place, frozen in records if not frozen] == []


def test_no_frozen_record_is_written_through_its_back_door() -> None:
    doors = {"__setattr__", "__dict__"}
    found = [
        f"{m.path}:{n.lineno}"
        for m in modules() for n in ast.walk(m.tree)
        if isinstance(n, ast.Attribute) and n.attr in doors and isinstance(n.value, ast.Name) and n.value.id in ("object", "self")
    ]  # fmt: skip
    assert found == []


def test_every_module_says_what_it_is_for_and_what_it_may_import() -> None:
    assert [m.path for m in modules() if len(m.doc.split()) < 5] == []
    spoken = ("import", "standard library", "door", "adapter", "knows no", "never")
    rooms = [m for m in modules() if "/" in m.path and not m.path.endswith("/__init__.py")]
    assert [m.path for m in rooms if not any(word in m.doc.lower() for word in spoken)] == []


def _at_the_top(module: Module) -> frozenset[str]:
    """Imports that happen when the module is loaded: late ones and those for the type checker left out."""
    body: list[ast.stmt] = [n for n in module.tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    return inside(Module(module.path, module.name, module.text, ast.Module(body, [])))


def _cycle(graph: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """A cycle of the graph, () when there is none."""
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> tuple[str, ...]:
        if name in way:
            return (*way[way.index(name) :], name)
        if name in done:
            return ()
        for target in sorted(graph[name]):
            if found := walk(target, (*way, name)):
                return found
        done.add(name)
        return ()

    return next((found for name in sorted(graph) if (found := walk(name, ()))), ())


def test_no_import_cycle_not_even_a_late_one() -> None:
    assert _cycle({m.name: inside(m) for m in modules()}) == ()


def test_a_cycle_would_be_seen() -> None:
    graph = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"b"})}
    assert _cycle(graph) == ("b", "c", "b")


def test_the_longest_chain_of_imports() -> None:
    graph = {m.name: _at_the_top(m) for m in modules()}

    @cache
    def chain(name: str) -> tuple[str, ...]:
        return (name, *max((chain(target) for target in sorted(graph[name])), key=len, default=()))

    longest = max((chain(name) for name in graph if name.partition(".")[0] in ROOMS), key=len)
    assert len(longest) <= LONGEST_CHAIN, " -> ".join(longest)
