"""A yearly report, or its empty tables, as files in a folder: Word, HTML in two languages, Excel and the figures.

Imports blanks and, late, report and the writers.  Only what may leave is composed: results pass analysis.publishing first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.results import Results
from forms.folder import whole

from ..document import Document
from ..tongue import EN, VI
from .blanks import agreed, agreed_bytes, marked, shells

SUFFIX = "_GIA-LAP"
STEMS = {"halfyear": "BaoCao6Thang", "annual": "BaoCaoNam", "adhoc": "BaoCaoDotXuat", "final": "BaoCaoTongKet"}
SHELLS = "MauBieu"


@dataclass(frozen=True)
class Order:
    """How a report is wanted.  outline, template, agreed: files; deputy: signed by a deputy; shells: the empty tables only."""

    kind: str
    issuer: str = "department"
    deputy: bool = False
    outline: Path | None = None
    template: Path | None = None
    agreed: Path | None = None
    shells: bool = False


def yearly(results: Results, order: Order, out: Path, *, progress: Callable[[str], None] | None = None) -> tuple[Path, ...]:
    """Write a yearly report into `out`; returns the files written.  All of it is written, or nothing.

    Practice material carries its stamp and `_GIA-LAP` in every name, empty tables carry neither: they hold no number.
    Raises what report.build raises, REP-038 for a list of agreed tables that is none, and the Word writer's for a template.
    """
    from analysis.publishing import public

    tell = progress or (lambda _: None)
    if order.template is not None:
        _ready(order.template, tell)
    tell("nội dung / text")
    kept = public(replace(results, practice=False) if order.shells else results)
    document = _document(kept, order)
    with whole(out) as work:
        files = write_shells(document, work) if order.shells else _report(kept, order, document, work, tell)
        made = tuple(path.relative_to(work) for path in files)
    return tuple(out / name for name in made)


def _ready(template: Path, tell: Callable[[str], None]) -> None:
    """Refuse a template that cannot carry the report; name the tags that nobody knows."""
    from .. import word

    for name in word.ready(template):
        tell(f"thẻ không biết, ghi thành chỗ trống / unknown tag, printed as a gap: {name}")


def _document(results: Results, order: Order, *, english: bool = False) -> Document:
    from .report import build

    made = build(order.kind, results, EN if english else VI, order.issuer, order.outline, deputy=order.deputy)
    return made if order.agreed is None else marked(made, agreed(order.agreed))


def write_shells(document: Document, folder: Path) -> Iterator[Path]:
    """The document's tables without numbers as Word and Excel, and the list of tables for `--agreed`."""
    from .. import word, workbook

    empty = shells(document)
    for kind, content in (("docx", word.write(empty)), ("xlsx", workbook.write(empty)), ("json", agreed_bytes(empty))):
        path = folder / f"{SHELLS}.{kind}"
        path.write_bytes(content)
        yield path


def _report(results: Results, order: Order, document: Document, folder: Path, tell: Callable[[str], None]) -> Iterator[Path]:
    from .. import html, word, workbook

    end = SUFFIX if results.practice else ""
    stem = STEMS[order.kind]
    writers: tuple[tuple[str, Callable[[], bytes]], ...] = (
        (f"{stem}{end}.docx", lambda: word.write(document, order.template)),
        (f"{stem}{end}.html", lambda: html.write(document, _document(results, order, english=True))),
        (f"BangSoLieu{end}.xlsx", lambda: workbook.write(document, results)),
    )
    for name, write in writers:
        tell(name)
        path = folder / name
        path.write_bytes(write())
        yield path
    yield from _figures(document, folder, end)


def _figures(document: Document, folder: Path, end: str) -> Iterator[Path]:
    """Each figure as PNG, SVG and words, in a folder of its own; nothing when there is no figure."""
    for i, picture in enumerate(document.pictures(), 1):
        (folder / "hinh").mkdir(exist_ok=True)
        for kind, content in (("png", picture.png), ("svg", picture.svg), ("txt", (picture.alt + "\n").encode())):
            path = folder / "hinh" / f"Hinh-{i:02d}{end}.{kind}"
            path.write_bytes(content)
            yield path
