"""ODK Web Forms, bundled once by npm into the user's cache: the one place of bdg that needs Node.

Standard library, platformdirs and errors.  Knows no form.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..errors import refuse
from ..folder import whole

_WEB = Path(__file__).with_name("web")
_SOURCES = ("package.json", "package-lock.json", "main.js", "index.html")
_OLDEST_NODE = (20, 19)
_MINUTES = 10


def bundle() -> Path:
    """The folder with index.html and main.js, made on first use and whenever a source changes.

    FORM-120 no Node or npm; FORM-121 Node is too old; FORM-122 npm or esbuild failed.
    """
    from platformdirs import user_cache_path

    digest = hashlib.sha256(b"\0".join((_WEB / name).read_bytes() for name in _SOURCES)).hexdigest()[:12]
    found = user_cache_path("bdg", appauthor=False) / f"web-forms-{digest}"
    if not (found / "main.js").exists():
        _make(found)
    return found


def _program(name: str) -> str:
    """Node or npm: beside this Python (a wheel may bring it) or on the path."""
    beside = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    found = shutil.which(name, path=beside)
    if not found:
        raise refuse("FORM-120", name, expected=f"Node.js ≥ {'.'.join(map(str, _OLDEST_NODE))}", got="-")
    return found


def _make(target: Path) -> None:
    node, npm = _program("node"), _program("npm")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=60).stdout.strip()
    version = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
    if version < _OLDEST_NODE:
        raise refuse("FORM-121", "node", expected=f"≥ {'.'.join(map(str, _OLDEST_NODE))}", got=said or "?")
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        for name in _SOURCES:
            shutil.copyfile(_WEB / name, work / name)
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work, "npm ci")
        esbuild = [node, "node_modules/esbuild/bin/esbuild", "main.js", "--bundle", "--format=esm", "--minify"]
        _run([*esbuild, "--outfile=bundled.js", "--log-level=error"], work, "esbuild")
        with whole(target) as made_there:
            shutil.copyfile(work / "bundled.js", made_there / "main.js")
            shutil.copyfile(work / "index.html", made_there / "index.html")


def _run(command: list[str], where: Path, name: str) -> None:
    """One step; its last words are told when it fails, without paths and addresses."""
    try:
        done = subprocess.run(
            command, cwd=where, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
            timeout=60 * _MINUTES,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise refuse("FORM-122", name, expected=f"< {_MINUTES} min", got="time-out", step=name) from None
    if done.returncode != 0:
        last = " | ".join([line for line in done.stderr.splitlines() if line.strip()][-4:])
        raise refuse("FORM-122", name, got=re.sub(r"\w+://\S+|(?:/[\w.@-]+){2,}", "…", last)[:400] or done.returncode, step=name)
