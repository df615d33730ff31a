"""One lock serves pip, make and conda; pyproject, Makefile, environment.yml, README and lock say the same."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT

LOCKED = "--require-hashes -r requirements.lock"
EDITABLE = "--no-deps --no-build-isolation -e ."
SPARK = "tests/spark/requirements.lock"


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _project() -> dict[str, Any]:
    return tomllib.loads(_text("pyproject.toml"))


def _entries(lock: str = "requirements.lock") -> list[str]:
    """Entries of a lock, each with its hashes, continuation lines joined."""
    joined = _text(lock).replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _pins(lock: str = "requirements.lock") -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for entry in _entries(lock):
        pin = Requirement(entry.partition(" --hash")[0].strip())
        found.setdefault(canonicalize_name(pin.name), []).append(pin)
    return found


def test_conda_takes_python_pip_and_the_same_lock() -> None:
    environment = yaml.safe_load(_text("environment.yml"))
    project = _project()["project"]
    assert environment["name"] == project["name"]
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    python, pip, section = environment["dependencies"]
    assert pip == "pip"
    # conda writes this list to a file beside environment.yml: a line of it is a line of a requirements file
    assert section == {"pip": ["--require-hashes", "-r requirements.lock"]}
    name, _, version = python.partition("=")
    assert name == "python"
    assert SpecifierSet(project["requires-python"]).contains(f"{version}.0")
    assert _project()["tool"]["mypy"]["python_version"] == version
    assert _project()["tool"]["ruff"]["target-version"] == f"py{version.replace('.', '')}"
    assert f"--python-version {version} " in _text("Makefile")


@pytest.mark.parametrize("name", ["Makefile", "README.md"])
def test_both_steps_of_the_installation_are_written_out(name: str) -> None:
    text = _text(name)
    assert LOCKED in text
    assert EDITABLE in text


def _missing(wanted: Sequence[str], lock: str) -> list[str]:
    """The requirements that a lock does not meet."""
    pins = _pins(lock)
    missing = []
    for line in wanted:
        need = Requirement(line)
        versions = [str(s.version) for pin in pins.get(canonicalize_name(need.name), []) for s in pin.specifier]
        if not versions or not all(need.specifier.contains(v) for v in versions):
            missing.append(f"{line}: {versions}")
    return missing


def test_every_requirement_is_in_the_lock() -> None:
    settings = _project()
    extras = dict(settings["project"]["optional-dependencies"])
    spark = extras.pop("spark")
    wanted = [
        *settings["build-system"]["requires"],
        *settings["project"]["dependencies"],
        *(x for e in extras.values() for x in e),
    ]
    assert _missing(wanted, "requirements.lock") == []
    assert _missing(spark, SPARK) == []


def test_every_entry_is_pinned_and_hashed() -> None:
    assert len(_entries()) > 50
    loose = [e for e in [*_entries(), *_entries(SPARK)] if not re.search(r"--hash=sha256:[0-9a-f]{64}(\s|$)", e)]
    assert loose == []
    unpinned = [str(pin) for pins in _pins().values() for pin in pins if [s.operator for s in pin.specifier] != ["=="]]
    assert unpinned == []


def test_the_lock_holds_no_address_and_no_option() -> None:
    """It must install from whatever index or mirror the office uses."""
    text = _text("requirements.lock")
    assert "://" not in text
    assert [pin.name for pins in _pins().values() for pin in pins if pin.url] == []
    assert re.findall(r"(?m)^\s*-.*$", "\n".join(e.partition(" --hash")[0] for e in _entries())) == []


def test_the_lock_is_universal() -> None:
    markers = {str(pin.marker) for pins in _pins().values() for pin in pins if pin.marker}
    assert any("win32" in m for m in markers)
    assert any("darwin" in m for m in markers)


def test_each_dependency_says_why() -> None:
    block = _text("pyproject.toml").partition("dependencies = [")[2].partition("\n]")[0]
    assert [line for line in block.splitlines() if line.strip() and "#" not in line] == []


def test_what_decides_is_what_the_readme_says() -> None:
    assert "make test" in _text(".ci/run")
    assert "make test" in _text("README.md")
    assert re.search(r"(?m)^test: check\b", _text("Makefile"))
