"""Where tall figures stand on paper: together, so that the text before them fills its pages.

Imports document and sheet.  A figure that takes a page of its own leaves the page before it empty from where it was named;
four of them scattered through a section leave four such pages.  Their order, and so every number of a figure, stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..document import Block, Document, Heading, Picture
from .sheet import PORTRAIT_PICTURE_MM

TALL_MM = PORTRAIT_PICTURE_MM / 2
_SIZE = slice(16, 24)
"""Where a PNG says how wide and how high it is: four bytes each, the first of its header chunk."""


def height_mm(picture: Picture) -> float:
    """How high it stands on the page; 0 for one without an image."""
    size = picture.png[_SIZE]
    wide, high = int.from_bytes(size[:4]), int.from_bytes(size[4:])
    return picture.width_mm * high / wide if wide else 0.0


def settled(document: Document) -> Document:
    """The same document for paper: in a section with a tall figure all figures stand where its last one stood."""
    return replace(document, blocks=tuple(b for s in _sections(document.blocks) for b in _gathered(s)))


def _sections(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """The blocks of each heading of level 1, after those before the first."""
    section: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading) and block.level == 1:
            yield section
            section = []
        section.append(block)
    yield section


def _gathered(section: list[Block]) -> list[Block]:
    pictures = [b for b in section if isinstance(b, Picture)]
    if not any(height_mm(p) > TALL_MM for p in pictures):
        return section
    last = max(i for i, b in enumerate(section) if isinstance(b, Picture))
    return [b for b in section[:last] if not isinstance(b, Picture)] + pictures + section[last + 1 :]
