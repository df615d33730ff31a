"""Results of `bdg analysis targets` and an outline -> the document of a yearly report.

Imports read, outline, issue, sections, document, lookup, numbers and, late, compose.  Fills in; what people judge is left as
marked blanks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from analysis.results import Results

from .. import numbers
from ..document import Annex, Block, Document, Heading, Judgement, Paragraph, Sentence
from ..lookup import Lookup, composed
from ..tongue import VI, Tongue
from . import issue
from .outline import Part, outline
from .read import Read, check
from .sections import Filling, fill, workbook_lines

LANDSCAPE = frozenset({"detail"})
"""Contents whose tables are too wide for an upright page."""


def build(
    kind: str, results: Results, tongue: Tongue = VI, issuer: str = "department", outline_file: Path | None = None, *,
    deputy: bool = False,
) -> Document:  # fmt: skip
    """A report of one kind (halfyear, annual, adhoc, final) in one language.

    issuer: department (Sở) or province (UBND tỉnh); deputy: signed by a deputy.  outline_file: other headings than ours.
    Raises BdgError: REP-003 a text is missing, REP-030 and REP-031 the outline, REP-032 other results, REP-033 another kind,
    REP-034 an issuer that the plan does not name, REP-035 a line that names no row.
    """
    from ..compose import STAMP

    check(results, kind)
    frame_of = outline(kind, outline_file)
    kept = issue.issued(composed(results), issuer)
    read, look = Read(kept, tongue), Lookup(kept, tongue)
    at = Filling(read, look, frame_of, STAMP if kept.practice else "")
    subject = issue.filled(read, look, frame_of.subject)
    blocks = (
        *issue.opened(read, look, subject),
        *(b for i, part in enumerate(frame_of.sections, 1) for b in _section(at, i, part)),
        Paragraph((Sentence(issue.filled(read, look, frame_of.closing)),)),
    )
    return Document(
        issue.frame(read, look, deputy=deputy), tongue.say("Báo cáo", "Report"), subject, at.stamp, blocks,
        tuple(_annex(at, part) for part in frame_of.annexes),
        workbook_lines(at), contents=1, digests=tuple(sorted(kept.digests.items())), language=tongue.code,
    )  # fmt: skip


def _annex(at: Filling, part: Part) -> Annex:
    wide = bool(LANDSCAPE & set(part.content))
    return Annex(at.read.tongue.label(part.heading), _numbered(_inside(at, part)), landscape=wide)


def _section(at: Filling, number: int, part: Part) -> Iterator[Block]:
    heading = at.read.tongue.label(part.heading).upper()
    yield Heading(f"{numbers.roman(number)}. {heading}", 1)
    inside = list(_inside(at, part))
    for one in part.parts:
        inside += [Heading(at.read.tongue.label(one.heading), 2), *_inside(at, one)]
    yield from _numbered(inside)


def _inside(at: Filling, part: Part) -> Iterator[Block]:
    """What the tool fills in, then what people write."""
    for name in part.content:
        yield from fill(name, at)
    for prompt in part.prompts:
        yield Judgement(at.read.tongue.label(prompt))


def _numbered(blocks: Iterator[Block] | list[Block]) -> tuple[Block, ...]:
    """Headings of level 2 with their numbers, in order."""
    out: list[Block] = []
    number = 0
    for block in blocks:
        if isinstance(block, Heading) and block.level == 2:
            number += 1
            out.append(Heading(f"{number}. {block.text}", 2))
        else:
            out.append(block)
    return tuple(out)
