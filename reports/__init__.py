"""Reports: results.json in, Word, HTML, Excel and figures out.  Never microdata.

Doors of the room: `survey(results, out, progress=...)`, `protocol(results, out, progress=...)`.
Imports analysis.results, forms.folder and, late, the writers: asking for help must not load matplotlib.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from analysis.results import Results
from forms.errors import Problem
from forms.folder import whole

from .document import Document

__all__ = ["protocol", "survey"]

SUFFIX = "_GIA-LAP"
PROTOCOL = (
    "wave", "later", "sections", "windows", "areas", "minors", "modules", "domains", "strata", "drawn", "budget", "calendar",
    "decision", "assumptions", "gaps",
)  # fmt: skip
NEEDED = ("issuer", "plan", "target_ii3", "indicators", "domains")


def survey(
    results: Results, out: Path, *, template: Path | None = None, agreed: Path | None = None, shells: bool = False,
    progress: Callable[[str], None] | None = None,
) -> tuple[Path, ...]:  # fmt: skip
    """Write the survey report in its three forms and the figures into `out`; returns the files written.

    progress is called with a few words before each file.  Practice material carries its stamp and `_GIA-LAP` in
    every file name.  template: the province's own .docx for the Word file, its tags checked before anything is composed.
    shells: only the tables without their numbers, to be signed before fieldwork (no number, so no stamp of practice either);
    agreed: the signed list of them, other tables say «bổ sung sau».
    Raises BdgError REP-001, REP-002, REP-003, REP-020 to REP-022, REP-038.  All of it is written, or nothing.
    """
    _check(results)
    if template is not None:
        _template(template, progress or (lambda _: None))
    results = _public(replace(results, practice=False) if shells else results)
    with whole(out) as work:
        tell = progress or (lambda _: None)
        files = _empty(results, work) if shells else _write(results, work, template, agreed, tell)
        made = tuple(path.relative_to(work) for path in files)
    return tuple(out / name for name in made)


def protocol(results: Results, out: Path, *, progress: Callable[[str], None] | None = None) -> tuple[Path, ...]:
    """Write the survey protocol (phương án khảo sát): PhuongAn.docx, PhuongAn.html and its figures; returns the files written.

    Raises BdgError REP-004 when the results are not those of `bdg analysis sample protocol`, REP-003 when a text is missing,
    REP-001 for a number that is none.  All of it is written, or nothing.
    """
    _check_protocol(results)
    results = _public(results)
    with whole(out) as work:
        made = tuple(path.relative_to(work) for path in _write_protocol(results, work, progress or (lambda _: None)))
    return tuple(out / name for name in made)


def _template(template: Path, tell: Callable[[str], None]) -> None:
    """Refuse a template that cannot carry the report; name the tags that nobody knows."""
    from . import word

    for name in word.ready(template):
        tell(f"thẻ không biết, ghi thành chỗ trống / unknown tag, printed as a gap: {name}")


def _public(results: Results) -> Results:
    """Only what may leave is ever composed: no writer meets a hidden number."""
    from analysis.publishing import public

    return public(results)


def _check_protocol(results: Results) -> None:
    from forms.errors import BdgError, problem, refuse

    texts: object = results.texts
    there = texts if isinstance(texts, Mapping) else {}
    about = there.get("protocol")
    if not isinstance(about, Mapping):
        raise refuse("REP-004", "results.json", expected="texts/protocol", got=", ".join(map(str, there)) or "-")
    found = [problem("REP-003", "results.json", part=part) for part in NEEDED[:2] if not isinstance(there.get(part), Mapping)]
    found += [problem("REP-003", "results.json", part=f"protocol/{part}") for part in PROTOCOL if part not in about]
    found += _odd(results)
    if found:
        raise BdgError(found)


def _odd(results: Results) -> list[Problem]:
    """REP-001 for the first number of a row that is none."""
    from forms.errors import problem

    odd = [x for r in results.rows for x in (r.estimate, r.lower, r.upper) if x is not None and not math.isfinite(x)]
    return [problem("REP-001", "results.json", expected="results/1", got=str(odd[0]))] if odd else []


def _check(results: Results) -> None:
    """Refuse what no report can be made of, before anything is written."""
    from forms.errors import BdgError, problem

    texts: object = results.texts  # read from a file: its type is a hope
    there = texts if isinstance(texts, Mapping) else {}
    found = [problem("REP-003", "results.json", part=part) for part in NEEDED if not isinstance(there.get(part), Mapping)]
    found += _odd(results)
    if not any(r.kind == "level" and r.indicator == "score" and not r.domain for r in results.rows):
        found.append(problem("REP-002", "results.json", expected="level, score"))
    if found:
        raise BdgError(found)


def _empty(results: Results, folder: Path) -> Iterator[Path]:
    from . import compose
    from .yearly.files import write_shells

    yield from write_shells(compose.build(results), folder)


def _write(
    results: Results, folder: Path, template: Path | None, signed: Path | None, progress: Callable[[str], None]
) -> Iterator[Path]:
    from . import compose, html, word, workbook
    from .tongue import EN
    from .yearly.blanks import agreed, marked

    end = SUFFIX if results.practice else ""
    progress("hình và nội dung / figures and text")
    document, english = compose.build(results), compose.build(results, EN)
    if signed is not None:
        document, english = (marked(one, agreed(signed)) for one in (document, english))
    writers: tuple[tuple[str, Callable[[], bytes]], ...] = (
        ("BaoCao.docx", lambda: word.write(document, template)),
        ("BaoCao.html", lambda: html.write(document, english)),
        ("BangSoLieu.xlsx", lambda: workbook.write(document, results)),
    )
    for name, write in writers:
        progress(name)
        stem, dot, kind = name.partition(".")
        path = folder / f"{stem}{end}{dot}{kind}"
        path.write_bytes(write())
        yield path
    yield from _figures(document, folder, end)


def _write_protocol(results: Results, folder: Path, progress: Callable[[str], None]) -> Iterator[Path]:
    from . import html, protocol_document, word

    end = SUFFIX if results.practice else ""
    progress("hình và nội dung / figures and text")
    document = protocol_document.build(results)
    for stem, kind, write in (("PhuongAn", "docx", word.write), ("PhuongAn", "html", html.write)):
        progress(f"{stem}.{kind}")
        path = folder / f"{stem}{end}.{kind}"
        path.write_bytes(write(document))
        yield path
    yield from _figures(document, folder, end)


def _figures(document: Document, folder: Path, end: str) -> Iterator[Path]:
    """Each figure as PNG, SVG and words, in a folder of its own; nothing when there is no figure."""
    if not document.pictures():
        return
    figures = folder / "hinh"
    figures.mkdir()
    for i, picture in enumerate(document.pictures(), 1):
        for kind, content in (("png", picture.png), ("svg", picture.svg), ("txt", (picture.alt + "\n").encode())):
            path = figures / f"Hinh-{i:02d}{end}.{kind}"
            path.write_bytes(content)
            yield path
