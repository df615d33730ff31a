"""The folder for a Windows PC without internet: wheels of the lock, ours, the two batch files, the guide, a practice round.

    python -m reports.desk.offline build/offline

Imports forms.errors, forms.folder and the standard library; runs pip and bdg.  The machine that builds the folder needs a
network; the one that uses it needs Python of the same version, or its official installer laid into `python/` by the builder.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from forms.folder import whole

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WHEELS, PACK, LIST = "banh-xe", "TapHuan", "DANH-SACH.txt"
PYTHON, PLATFORM = "3.12", "win_amd64"
LOCK = "requirements.lock"
ENDED = ("\r\n", "\n")
_CPYTHON = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
MARKERS = {
    "win_amd64": _CPYTHON | {
        "sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64",
    },
}  # fmt: skip
"""Platform, as pip names it -> what environment markers say there (PEP 508)."""
Run = Callable[[Sequence[str]], object]


def offline(out: Path, run: Run, *, python: str = PYTHON, platform: str = PLATFORM) -> Path:
    """Build the folder, whole or not at all; run: starts a command and raises when it fails.  Gives the folder.

    python, platform: of the PC that will use it, as pip names them.  Ends with DANH-SACH.txt: SHA-256 and name of every file.
    """
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)  # what an earlier version left would travel in our wheel
    with whole(out) as staged:
        (staged / LOCK).write_text(locked((ROOT / LOCK).read_text(encoding="utf-8"), python, platform), encoding="utf-8")
        for words in commands(staged, python, platform):
            run(words)
        for path in sorted((HERE / "windows").iterdir()):
            body = path.read_text(encoding="utf-8").replace("@PYTHON@", python)
            if path.suffix == ".bat":
                body = body.replace("\n", "\r\n")
            (staged / path.name).write_bytes(body.encode())
        (staged / "python").mkdir()
        (staged / LIST).write_text("".join(_listed(staged)), encoding="utf-8")
    return out


def commands(folder: Path, python: str, platform: str) -> Iterator[list[str]]:
    """The calls of pip and bdg, in order: wheels by their hashes, our own, the practice sample and its visits."""
    pip, bdg = [sys.executable, "-m", "pip"], [sys.executable, "-m", "bdg"]
    wheels, pack = str(folder / WHEELS), folder / PACK
    sample, visits = pack / "sample", pack / "phieu"
    yield [
        *pip, "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--platform", platform,
        "--python-version", python, "--requirement", str(folder / LOCK), "--dest", wheels,
    ]  # fmt: skip
    yield [*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, str(ROOT)]
    yield [*bdg, "analysis", "sample", "practice", "--out", str(sample), "--psus", "24", "--households", "15"]
    yield [
        *bdg, "forms", "rehearse", "--wave", "2026", "--sample", str(sample / "sample.csv"), "--out", str(visits), "--faults",
    ]  # fmt: skip


def locked(lock: str, python: str, platform: str) -> str:
    """The entries of the lock that the PC needs, each without its marker.

    pip judges markers by the machine it runs on, whatever --platform says: on Linux it would leave out what only Windows needs.
    """
    from packaging.requirements import Requirement

    there = MARKERS[platform] | {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    kept = []
    for entry in re.split(r"(?m)^(?=[A-Za-z0-9])", lock):
        head, _, hashes = entry.partition("\\\n")
        asked = Requirement(head) if head.strip() else None
        if asked is not None and (asked.marker is None or asked.marker.evaluate(there)):
            kept.append(f"{asked.name}{asked.specifier} \\\n{hashes}")
    return "".join(kept)


def _listed(folder: Path) -> Iterator[str]:
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        yield f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"


def main(words: Sequence[str] | None = None) -> None:
    """`python -m reports.desk.offline OUT [--python 3.12]`."""
    parser = argparse.ArgumentParser(
        description="Thư mục cài cho máy Windows không có mạng. (A folder for a PC without internet.)"
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--python", default=PYTHON, help="phiên bản Python của máy đích (of the target PC)")
    parser.add_argument(
        "--platform", default=PLATFORM, choices=sorted(MARKERS), help="nền của máy đích, như pip gọi (as pip names it)"
    )
    given = parser.parse_args(words)

    def run(command: Sequence[str]) -> None:
        print("> " + " ".join(Path(w).name if "/" in w else w for w in command), flush=True)  # noqa: T201  a build tool speaks
        subprocess.run(command, check=True)

    print(offline(given.out, run, python=given.python, platform=given.platform))  # noqa: T201


if __name__ == "__main__":
    main()
