"""What a room offers, who comes in by which door, and what asking for help may cost."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys

import pytest

from tests.house.tree import ROOMS, ROOT, Module, imports, modules

MOST_NAMES = 15
HEAVY = ("pandas", "numpy", "matplotlib", "scipy", "statsmodels", "jpype", "pyarrow", "docx", "pyxform", "xlsxwriter")
# the ground: records without input or output that every later room may name, beside the doors
GROUND = {
    "forms.errors", "forms.question", "forms.condition", "forms.codebook", "forms.plan", "forms.submission", "forms.survey",
    "forms.door", "forms.folder",  # how a room opens and how it writes: standard library only
    "forms.formulas",  # how a text reaches a spreadsheet: standard library only
    "forms.units",  # the units that the plan obliges: the census, the returns and the forms read one list
    "forms.returns",  # a door of its own: where a question stands in an Excel template, what an answer is held against
    "forms.foreign",  # the codebook of any XLSForm, for surveys that are not ours
    "forms.ledger",  # a door of its own: a round on disk, what was received in it, its keys
    "forms.sealed",  # pure: an encrypted submission's bytes in, its XML and files out
    "analysis.results",
    "analysis.publishing",  # a door of its own: what may leave; pure, rows in and rows out
    "analysis.figures",  # a door of its own: result rows in, pictures out
}  # fmt: skip


@pytest.mark.parametrize("room", ROOMS)
def test_a_door_offers_few_names_and_each_opens(room: str) -> None:
    door = importlib.import_module(room)
    assert 0 < len(door.__all__) <= MOST_NAMES
    assert sorted(set(door.__all__)) == sorted(door.__all__)
    assert [name for name in door.__all__ if not getattr(door, name).__doc__] == []


def _crossing(module: Module) -> set[str]:
    """Modules of other rooms that a module names."""
    room = module.name.partition(".")[0]
    return {name for name in imports(module) if name.partition(".")[0] in ROOMS and name.partition(".")[0] != room}


def test_rooms_meet_at_doors_or_on_the_ground() -> None:
    allowed = {*ROOMS, *GROUND}
    crossing = {m.path: sorted(_crossing(m) - allowed) for m in modules() if "/" in m.path}
    assert {path: names for path, names in crossing.items() if names} == {}


def _absolute(module: Module) -> list[str]:
    room = module.name.partition(".")[0]
    return [
        f"{module.path}:{node.lineno}" for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] == room
    ]  # fmt: skip


def test_inside_a_room_imports_are_relative() -> None:
    assert [place for m in modules() if "/" in m.path for place in _absolute(m)] == []


@pytest.mark.parametrize("words", [[], ["forms", "build"], ["analysis", "run"], ["reports", "survey"]], ids=" ".join)
def test_help_costs_no_heavy_library(words: list[str]) -> None:
    """Modules are counted, not seconds: a timing would depend on the machine."""
    program = (
        "import json, sys\n"
        f"sys.argv = ['bdg', *{words!r}, '--help']\n"
        "import bdg\n"
        "try:\n    bdg.main()\nexcept SystemExit as end:\n    code = end.code\n"
        f"print('\\n' + json.dumps([code, sorted(set({HEAVY!r}) & set(sys.modules))]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True)
    code, loaded = json.loads(done.stdout.splitlines()[-1])
    assert not code
    assert loaded == []
    assert "Usage" in done.stdout
