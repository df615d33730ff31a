"""Document -> the bytes of BaoCao.docx, by the rules of layout.py or in the province's own template.

Imports document, ooxml, wordstyles, package and the modules of the folder.
"""

from __future__ import annotations

import io
from pathlib import Path

from .. import ooxml, wordstyles
from ..document import Document, labels
from ..package import rezip
from . import contents, letterhead, manifest, order, pages
from .sheet import Sheet


def write(document: Document, template: Path | None = None) -> bytes:
    """The bytes of the Word file; the same document gives the same bytes.

    template: the province's own .docx (template.py says which tags it may hold).  Raises BdgError REP-020 to REP-022 for a
    template that cannot carry this report.
    """
    document = order.settled(document)
    if template is not None:
        from .template import fill

        return fill(document, template)
    word = wordstyles.blank(document.subject, stamped=bool(document.stamp))
    sheet = Sheet(word, document, labels(document), ooxml.Ids(), ooxml.Ids(1001), [])
    pages.paper(word.sections[0], document.stamp)
    letterhead.head(sheet)
    contents.write(sheet)
    pages.body(sheet)
    if document.attached is None:
        letterhead.signature(sheet)
    for number, annex in enumerate(document.annexes, 1):
        pages.annex(sheet, number, annex)
    manifest.attach(word, document.digests, sheet.told, practice=bool(document.stamp))
    out = io.BytesIO()
    word.save(out)
    return rezip(out.getvalue())
