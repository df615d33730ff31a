"""KoboToolbox's converter: an environment of its own (`make kobo`), asked through a process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = next((p for p in (ROOT / ".venv-kobo/bin/python", ROOT / ".venv-kobo/Scripts/python.exe") if p.exists()), None)
Converter = Callable[[Path], dict[str, Any]]


@pytest.fixture(scope="session")
def converter() -> Converter:
    """What the server's converter says of every .xlsx of a folder."""
    assert PYTHON is not None, "no .venv-kobo: run `make kobo` (make test does)"

    def convert(folder: Path) -> dict[str, Any]:
        done = subprocess.run(
            [str(PYTHON), "-I", str(Path(__file__).with_name("convert.py")), str(folder)], capture_output=True, text=True,
            encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return convert
