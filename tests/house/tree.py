"""The checkout as data: its modules, their syntax, what they import.  Standard library only; imports no room."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("forms", "analysis", "reports")
_SKIPPED = {"__pycache__", "out", "build", "rounds"}


@dataclass(frozen=True)
class Module:
    """One module of the package: its path from the root, dotted name, text and syntax tree."""

    path: str
    name: str
    text: str
    tree: ast.Module

    @property
    def doc(self) -> str:
        """The docstring, '' when there is none."""
        return ast.get_docstring(self.tree) or ""

    @property
    def lines(self) -> int:
        """Non-blank lines."""
        return sum(1 for line in self.text.splitlines() if line.strip())


@dataclass(frozen=True)
class Function:
    """One function or method; lines: from def to end without its docstring."""

    place: str
    node: ast.FunctionDef | ast.AsyncFunctionDef
    method: bool

    @property
    def lines(self) -> int:
        """Lines of the function without its docstring."""
        first = self.node.body[0]
        doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
        taken = (first.end_lineno or first.lineno) - first.lineno + 1 if doc else 0
        return (self.node.end_lineno or self.node.lineno) - self.node.lineno + 1 - taken


@cache
def tracked() -> tuple[Path, ...]:
    """Files that are or would be committed, from git; without git, everything that is not plainly generated."""
    listed = subprocess.run(
        ["git", "-c", "core.quotepath=off", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    ) if (ROOT / ".git").exists() else None  # fmt: skip
    if listed and listed.returncode == 0:
        names = {ROOT / line for line in listed.stdout.splitlines()}
        return tuple(sorted(p for p in names if p.is_file()))
    return tuple(sorted(p for p in ROOT.rglob("*") if p.is_file() and not _generated(p.relative_to(ROOT))))


def _generated(path: Path) -> bool:
    folders = set(path.parts[:-1]) - {".ci"}
    return bool(folders & _SKIPPED) or any(name.endswith(".egg-info") or name.startswith(".") for name in folders)


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the rooms and of the root, by path."""
    files = [*ROOT.glob("*.py"), *(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))]
    found = []
    for file in sorted(f.relative_to(ROOT).as_posix() for f in files):
        text = (ROOT / file).read_text(encoding="utf-8")
        name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        found.append(Module(file, name, text, ast.parse(text, file)))
    return tuple(found)


def functions(module: Module) -> Iterator[Function]:
    """Every function of a module, nested ones too."""
    for parent in ast.walk(module.tree):
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Function(f"{module.path}:{node.lineno} {node.name}", node, isinstance(parent, ast.ClassDef))


def imports(module: Module) -> frozenset[str]:
    """Dotted names that a module imports anywhere, late imports included; a submodule by its own name."""
    known = {m.name: m for m in modules()}
    package = module.name.split(".") if module.path.endswith("__init__.py") else module.name.split(".")[:-1]
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                whole = f"{source}.{alias.name}"
                behind = whole in known and not (source in known and alias.name in offered(known[source]))
                found.add(whole if behind else source)
    return frozenset(found - {module.name})


def offered(module: Module) -> frozenset[str]:
    """The names in a module's __all__: what a door offers may bear the name of the module behind it."""
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def inside(module: Module) -> frozenset[str]:
    """The project's own modules among the imports."""
    known = {m.name for m in modules()}
    return frozenset(name for name in imports(module) if name in known)


def outside(module: Module) -> frozenset[str]:
    """Top-level libraries among the imports that are neither ours nor Python's."""
    ours = {m.name.partition(".")[0] for m in modules()}
    tops = {name.partition(".")[0] for name in imports(module)}
    return frozenset(tops - ours - set(sys.stdlib_module_names))
