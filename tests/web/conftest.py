"""`make web`: what needs Node.  The packages lie in tests/web/node_modules, installed from package-lock.json by the Makefile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
Run = Callable[[str, Mapping[str, Any]], dict[str, Any]]


@pytest.fixture(scope="session")
def node() -> Run:
    """Runs a script of this folder with a job on its standard input; its JSON answer."""

    def run(script: str, job: Mapping[str, Any]) -> dict[str, Any]:
        done = subprocess.run(
            ["node", script], input=json.dumps(job), capture_output=True, text=True, encoding="utf-8", cwd=HERE, timeout=600,
            check=False, env={**os.environ, "TZ": "Asia/Ho_Chi_Minh"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return run


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser of this machine (BDG_CHROMIUM, or what the path has)."""
    found = os.environ.get("BDG_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "BDG_CHROMIUM=…/chromium make web"
    return found
