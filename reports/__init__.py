"""Reports: results.json in, BaoCao.docx, BaoCao.html, BangSoLieu.xlsx and figures out.  Never microdata.

Door of the room: `survey(results, out, progress=...)`.  Imports analysis.results
and, late, the writers: asking for help must not load matplotlib.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from analysis.results import Results

__all__ = ["survey"]

SUFFIX = "_GIA-LAP"
NEEDED = ("issuer", "plan", "target_ii3", "indicators", "domains")


def survey(results: Results, out: Path, *, progress: Callable[[str], None] | None = None) -> tuple[Path, ...]:
    """Write the survey report in its three forms and the figures into `out`; returns the files written.

    progress is called with a few words before each file.  Practice material carries its stamp and `_GIA-LAP` in
    every file name.  Raises BdgError REP-002, REP-003.
    Everything is made beside `out` first and moved when all of it is there: nothing half-written.
    """
    _check(results)
    out.parent.mkdir(parents=True, exist_ok=True)
    workplace = Path(tempfile.mkdtemp(prefix=".bdg-", dir=out.parent))
    try:
        made = [(p.relative_to(workplace), p) for p in _write(results, workplace, progress or (lambda _: None))]
        for name, path in made:
            target = out / name
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        return tuple(out / name for name, _ in made)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _check(results: Results) -> None:
    """Refuse what no report can be made of, before anything is written."""
    from forms.errors import BdgError, problem

    found = [problem("REP-003", "results.json", part=part) for part in NEEDED if part not in results.texts]
    if not any(r.kind == "level" and r.indicator == "score" and not r.domain for r in results.rows):
        found.append(problem("REP-002", "results.json", expected="level, score"))
    if found:
        raise BdgError(found)


def _write(results: Results, folder: Path, progress: Callable[[str], None]) -> Iterator[Path]:
    from . import compose, html, word, workbook

    end = SUFFIX if results.practice else ""
    progress("hình và nội dung / figures and text")
    document = compose.build(results)
    for name, write in (("BaoCao.docx", word.write), ("BaoCao.html", html.write), ("BangSoLieu.xlsx", workbook.write)):
        progress(name)
        stem, dot, kind = name.partition(".")
        path = folder / f"{stem}{end}{dot}{kind}"
        path.write_bytes(write(document))
        yield path
    figures = folder / "hinh"
    figures.mkdir()
    for i, picture in enumerate(document.pictures(), 1):
        for kind, content in (("png", picture.png), ("svg", picture.svg), ("txt", (picture.alt + "\n").encode())):
            path = figures / f"Hinh-{i:02d}{end}.{kind}"
            path.write_bytes(content)
            yield path
