"""The inventory of modules in ARCHITECTURE.md, made from the tree itself.  Refresh: python -m tests.house.refresh."""

from __future__ import annotations

import re

from tests.house.tree import ROOMS, ROOT, Module, inside, modules, outside

PAGE = ROOT / "ARCHITECTURE.md"
BEGIN = "<!-- inventory: begin (python -m tests.house.refresh) -->"
END = "<!-- inventory: end -->"
_HEADER = ("| module | what it is for | may import |", "|---|---|---|")


def purpose(module: Module) -> str:
    """The first sentence of a module's docstring."""
    paragraph = " ".join(module.doc.split("\n\n")[0].split())
    return re.split(r"(?<=[.!?])\s+(?=[A-ZĐ«`])", paragraph)[0].rstrip(".")


def _listed(module: Module) -> str:
    """What it imports: its own room by short names, other rooms by full names, libraries in italics."""
    room = module.name.partition(".")[0]
    own = sorted(n.removeprefix(f"{room}.") for n in inside(module) if n.startswith(f"{room}."))
    other = sorted(n for n in inside(module) if not n.startswith(f"{room}."))
    names = [f"`{n}`" for n in (*other, *own)] + [f"*{n}*" for n in sorted(outside(module), key=str.lower)]
    return ", ".join(names) or "-"


def table() -> str:
    """The whole inventory, a heading and a table for each room."""
    groups = {"": [m for m in modules() if "/" not in m.path]}
    groups |= {room: [m for m in modules() if m.path.startswith(f"{room}/")] for room in ROOMS}
    lines: list[str] = []
    for room, members in groups.items():
        lines += [f"### {f'{room}/' if room else 'The front door'}", "", *_HEADER]
        lines += [f"| `{m.path}` | {_cell(purpose(m))} | {_cell(_listed(m))} |" for m in members]
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def page(current: str) -> str:
    """ARCHITECTURE.md with its inventory as the tree has it now."""
    before, begin, rest = current.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name}: the marks of the inventory are missing")
    return f"{before}{begin}\n\n{table()}\n{end}{after}"
