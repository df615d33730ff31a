"""The whole chain through the public commands, each step made once for all tests and all processes of the session."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chain import plant

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300
MINE = "của tôi.txt"
EXPORTS = {"xml": "xml", "odata": "odata", "csv": "submissions.csv.zip", "kobo": "kobo.xlsx"}
# plain: as exported.  strange: with a person's traces in columns that are no question.  signed: with traces in every field,
# by a province whose decision on target II.3 is signed.  Each format serves once; tests/analysis swaps the waves.
RUNS = {"plain": ("xml", "odata"), "strange": ("csv", "kobo"), "signed": ("xml", "odata")}


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


def command(*words: str | Path) -> list[str]:
    """The words of a call of bdg by this interpreter."""
    return [sys.executable, "-m", "bdg", *map(str, words)]


def surroundings(seed: int = 0) -> dict[str, str]:
    """Another hash seed and another clock zone for each call: neither may show in a file."""
    zone = ("UTC", "Asia/Ho_Chi_Minh", "America/Los_Angeles")[seed % 3]
    return {**os.environ, "PYTHONHASHSEED": str(seed), "TZ": zone, "PYTHONUTF8": "1", "NO_COLOR": "1", "COLUMNS": "200"}


def bdg(*words: str | Path, cwd: Path = ROOT, seed: int = 0) -> Done:
    """Run bdg in a process of its own."""
    ran = subprocess.run(
        command(*words), cwd=cwd, env=surroundings(seed), capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    return Done(ran.returncode, ran.stdout, ran.stderr)


def there(out: Path) -> list[str]:
    """The files below a folder."""
    return sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()) if out.exists() else []


def cut(words: Sequence[str | Path], out: Path, moment: float | None) -> None:
    """Start bdg and kill it after so many seconds, or (None) as soon as something new lies beside `out`."""
    before, still = set(out.parent.iterdir()), subprocess.DEVNULL
    with subprocess.Popen(command(*words), cwd=ROOT, env=surroundings(), stdout=still, stderr=still) as run:
        limit = time.monotonic() + (PATIENCE if moment is None else moment)
        while time.monotonic() < limit and run.poll() is None and not (moment is None and set(out.parent.iterdir()) - before):
            time.sleep(0.002)
        run.kill()
        run.wait()


@dataclass(frozen=True)
class Chain:
    """Where the steps lie, and how they are made."""

    home: Path

    def once(self, name: str, make: Callable[[Path], object]) -> Path:
        """The folder `name`, made by whoever comes first; the others wait for it."""
        place, done, failed = (self.home / f"{name}{end}" for end in ("", ".done", ".failed"))
        try:
            os.close(os.open(self.home / f"{name}.lock", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            limit = time.monotonic() + PATIENCE
            while not done.exists():
                assert not failed.exists(), f"{name} failed in another process"
                assert time.monotonic() < limit, f"{name} never came"
                time.sleep(0.1)
            return place
        try:
            make(place)
        except BaseException:
            failed.touch()
            raise
        done.touch()
        return place

    def step(self, name: str, *words: str | Path, seed: int = 0, cwd: Path = ROOT) -> Path:
        """`bdg words --out <folder name>`; what it said lies beside the folder."""

        def make(place: Path) -> None:
            ran = bdg(*words, "--out", place, seed=seed, cwd=cwd)
            (self.home / f"{name}.said").write_text(ran.out + ran.err, encoding="utf-8")
            assert ran.code == 0, ran.err

        return self.once(name, make)

    def said(self, name: str) -> str:
        """All that a step printed."""
        return (self.home / f"{name}.said").read_text(encoding="utf-8")

    @property
    def sample(self) -> Path:
        """The sample of both waves: 24 hamlets of 3 households each."""
        return self.step("sample", "analysis", "sample", "practice", "--psus", "24", "--households", "3") / "sample.csv"

    def rehearsed(self, wave: int) -> Path:
        """Every household of a wave interviewed through Collect's engine; its four exports."""
        sample = self.sample
        return self.step(f"rehearsal-{wave}", "forms", "rehearse", "--sample", sample, "--wave", str(wave), "--processes", "1")

    def export(self, wave: int, kind: str) -> Path:
        """One export of one wave."""
        return self.rehearsed(wave) / EXPORTS[kind]

    def given(self, name: str) -> dict[int, Path]:
        """The exports of a run, planted if its name says so."""
        kinds = dict(zip((2026, 2030), RUNS[name], strict=True))
        if name == "plain":
            return {wave: self.export(wave, kind) for wave, kind in kinds.items()}

        def put(place: Path) -> None:
            for wave, kind in kinds.items():
                plant.PLANTS[kind](self.export(wave, kind), place / str(wave) / EXPORTS[kind])

        folder = self.once(f"given-{name}", put)
        return {wave: folder / str(wave) / EXPORTS[kind] for wave, kind in kinds.items()}

    def run_words(self, given: Mapping[int, Path]) -> list[str | Path]:
        """`analysis run` of some waves, without --out."""
        waves = [word for wave, path in given.items() for word in ("--wave", f"{wave}={path}")]
        return ["analysis", "run", *waves, "--sample", self.sample]

    def analysed(self, name: str) -> Path:
        """A run of both waves."""
        more = ("--province", "98") if name == "signed" else ()
        given = self.given(name)
        return self.step(f"run-{name}", *self.run_words(given), *more, seed=list(RUNS).index(name), cwd=self._checkout(name))

    def one_wave(self) -> Path:
        """The baseline alone, into a folder where a first run was killed as it began to write and somebody keeps a file."""

        def make(place: Path) -> None:
            place.mkdir()
            out = place / "out"
            words = [*self.run_words({2026: self.export(2026, "kobo")}), "--out", out]
            cut(words, out, None)
            (place / "left.txt").write_text("\n".join(there(out)), encoding="utf-8")
            out.mkdir(exist_ok=True)
            (out / MINE).write_text("ghi chú", encoding="utf-8")
            ran = bdg(*words, seed=4)
            assert ran.code == 0, ran.err

        return self.once("run-2026", make) / "out"

    def left(self) -> list[str]:
        """What the killed run had left in its folder."""
        return (self.one_wave().parent / "left.txt").read_text(encoding="utf-8").splitlines()

    def reported(self, name: str) -> Path:
        """The reports of both waves."""
        results = self.analysed(name) / "results.json"
        return self.step(f"report-{name}", "reports", "survey", results, cwd=self._checkout(name))

    def _checkout(self, name: str) -> Path:
        """Where bdg is called: for the signed run a copy of the checkout that has a province 98."""
        if name != "signed":
            return ROOT

        def copy(place: Path) -> None:
            for room in ("forms", "analysis", "reports"):
                shutil.copytree(ROOT / room, place / room)
            shutil.copy2(ROOT / "bdg.py", place / "bdg.py")
            shelf = place / "forms" / "provinces"
            shutil.copytree(shelf / "51", shelf / "98")
            plant.sign(shelf / "98" / "plan.yaml")

        return self.once("checkout", copy)


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """The session's chain; the processes of one session share it."""
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "chain"
    home.mkdir(exist_ok=True)
    return Chain(home)
