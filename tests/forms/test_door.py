"""A lazy door: a name costs nothing until it is asked for, and stays what the door says it is."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from forms.door import lazy


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A small package behind a door: the function `paint` of paint.py, `Brush` of tools_of.py; noise.py is no part of it."""
    folder = tmp_path / "painted_room"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from forms.door import lazy\n"
        "lazy(__name__, {'paint': 'paint', 'Brush': 'tools_of', 'lost': 'paint', 'far': 'nowhere'})\n",
        encoding="utf-8",
    )
    (folder / "paint.py").write_text("def paint():\n    return 'blue'\n", encoding="utf-8")
    (folder / "tools_of.py").write_text("class Brush:\n    pass\n", encoding="utf-8")
    (folder / "noise.py").write_text("LOUD = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("painted_room")
    for name in [n for n in sys.modules if n.partition(".")[0] == "painted_room"]:
        del sys.modules[name]


def test_nothing_is_loaded_before_it_is_asked_for(room: ModuleType) -> None:
    assert "painted_room.paint" not in sys.modules
    assert room.paint() == "blue"
    assert "painted_room.paint" in sys.modules
    assert "painted_room.tools_of" not in sys.modules


def test_a_function_is_not_covered_by_the_submodule_of_its_name(room: ModuleType) -> None:
    """Importing a submodule binds its name in the package; the door keeps its own."""
    for _ in range(2):
        importlib.import_module("painted_room.paint")
        assert isinstance(room.paint, FunctionType)
        assert room.paint() == "blue"
    assert isinstance(sys.modules["painted_room.paint"], ModuleType)


def test_a_submodule_that_the_door_does_not_name_is_bound_as_usual(room: ModuleType) -> None:
    importlib.import_module("painted_room.noise")
    assert room.noise.LOUD == 1
    importlib.import_module("painted_room.tools_of")
    assert isinstance(room.tools_of, ModuleType)
    assert room.Brush is room.tools_of.Brush


def test_an_unknown_name_is_an_attribute_error(room: ModuleType) -> None:
    with pytest.raises(AttributeError, match=r"painted_room.*pain"):
        room.pain  # noqa: B018  asking is the test
    assert not hasattr(room, "noise")
    with pytest.raises(ImportError):
        exec("from painted_room import pain")


def test_a_name_that_its_module_does_not_have_says_so(room: ModuleType) -> None:
    with pytest.raises(AttributeError, match="lost"):
        room.lost  # noqa: B018
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        room.far  # noqa: B018


def test_a_name_can_still_be_replaced_in_a_test(room: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a module is kept out; a function may take a name's place, and leaves it again."""
    with monkeypatch.context() as patch:
        patch.setattr(room, "paint", lambda: "red")
        assert room.paint() == "red"
    assert room.paint() == "blue"


def test_a_package_that_is_not_loaded_cannot_have_a_door() -> None:
    with pytest.raises(KeyError):
        lazy("no_such_room", {})


@pytest.mark.parametrize(("name", "module"), [("codebook", "codebook"), ("Plan", "plan"), ("refuse", "errors")])
def test_forms_keeps_its_names(name: str, module: str) -> None:
    import forms

    inside = importlib.import_module(f"forms.{module}")
    assert getattr(forms, name) is getattr(inside, name)
    assert not isinstance(getattr(forms, name), ModuleType)


@pytest.mark.parametrize("package", ["forms", "analysis"])
def test_a_room_opens_without_loading_itself(package: str) -> None:
    """Counted in a fresh process: `import room` loads the door and nothing behind it."""
    program = f"import sys, {package}; print([m for m in sys.modules if m.startswith('{package}.')])"
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert set(eval(ran.stdout)) <= {f"{package}.door"}
