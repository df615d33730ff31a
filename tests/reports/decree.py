"""A ruler for any Word report: each rule of layout.py measured in the produced file, whatever kind of report it is.

Reads the file with lxml only; nothing of the writer is used but the table of rules and the width of a line of Times.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree
from reading import W, mm, style_of, styled, words

from reports import layout

Measured = list[float]
SHOWN = {"size_pt": "sz", "bold": "b", "italic": "i"}
BOLD_IN_CELLS = ("cell", "bold")  # a table names the block that follows in bold; nothing else departs from its style


@dataclass(frozen=True)
class Paper:
    """A Word file opened: its text, its styles, its headers."""

    body: Any
    styles: Any
    headers: tuple[Any, ...]

    @property
    def trees(self) -> tuple[Any, ...]:
        return (self.body, *self.headers)

    @cached_property
    def runs(self) -> Mapping[str, list[Any]]:
        """Style id -> the properties of every run in its paragraphs, None for a run that has none."""
        found: dict[str, list[Any]] = {}
        for tree in self.trees:
            for p in tree.iter(f"{W}p"):
                found.setdefault(style_of(p), []).extend(r.find(f"{W}rPr") for r in p.iter(f"{W}r"))
        return found


def opened(path: Path) -> Paper:
    with zipfile.ZipFile(path) as z:
        trees = {n: etree.fromstring(z.read(n)) for n in z.namelist() if re.match(r"word/(document|styles|header\d*)\.xml$", n)}
    headers = tuple(t for n, t in sorted(trees.items()) if "header" in n)
    return Paper(trees["word/document.xml"], trees["word/styles.xml"], headers)


def _sections(paper: Paper, *, landscape: bool) -> Iterator[Any]:
    for section in paper.body.iter(f"{W}sectPr"):
        if (section.find(f"{W}pgSz").get(f"{W}orient") == "landscape") is landscape:
            yield section


def _page(side: str, attribute: str, *ways: bool) -> Callable[[Paper], Measured]:
    return lambda paper: [mm(s.find(f"{W}{side}").get(f"{W}{attribute}")) for w in ways for s in _sections(paper, landscape=w)]


def style(paper: Paper, element: str) -> Any:
    wanted = layout.style(element).style_id
    return next((s for s in paper.styles.iter(f"{W}style") if s.get(f"{W}styleId") == wanted), None)


def _body(child: str, attribute: str, unit: float) -> Callable[[Paper], Measured]:
    """A property of body paragraphs as they stand in the text: their own where they have one, else their style's."""

    def measure(paper: Paper) -> Measured:
        default = style(paper, "body").find(f"{W}pPr/{W}{child}").get(f"{W}{attribute}")
        found, greeting = [], False
        for p in paper.body.find(f"{W}body").findall(f"{W}p"):
            greeting = words(p).startswith("Kính gửi") or (greeting and words(p).startswith("- "))
            own = p.find(f"{W}pPr/{W}{child}")
            if style_of(p) == "Normal" and p.find(f"{W}pPr/{W}sectPr") is None and not greeting:
                value = None if own is None else own.get(f"{W}{attribute}")
                found.append(int(value or default) * unit)
        return found

    return measure


def lines(paper: Paper) -> Measured:
    """Lengths of the drawn lines in order: under the agency, under the motto, under the title."""
    found = []
    for p in styled(paper.body, "line"):
        if p.find(f"{W}pPr/{W}pBdr/{W}top") is not None:
            cell = next(p.iterancestors(f"{W}tc"), None)
            room = layout.BODY_MM if cell is None else mm(cell.find(f"{W}tcPr/{W}tcW").get(f"{W}w"))
            indent = p.find(f"{W}pPr/{W}ind")
            found.append(room - mm(indent.get(f"{W}left")) - mm(indent.get(f"{W}right")))
    return found


def _share(at: int, element: str) -> Callable[[Paper], Measured]:
    def measure(paper: Paper) -> Measured:
        look, text = layout.style(element), words(styled(paper.body, element)[0])
        long = min(layout.text_width_mm(text, look.size_pt, bold=look.bold), layout.BODY_MM)
        return [lines(paper)[at] / long]

    return measure


def _signature_edge(paper: Paper) -> Measured:
    """Where the signer's half begins; a text that another document issues has none."""
    signed = styled(paper.body, "authority")
    if not signed:
        return []
    cell = next(signed[0].iterancestors(f"{W}tc"))
    before = sum(mm(c.find(f"{W}tcPr/{W}tcW").get(f"{W}w")) for c in cell.itersiblings(f"{W}tc", preceding=True))
    return [before / layout.BODY_MM]


def _signature_room(paper: Paper) -> Measured:
    signed = styled(paper.body, "authority")
    if not signed:
        return []
    assert words(signed[-1]) == ""
    return [mm(signed[-1].find(f"{W}pPr/{W}spacing").get(f"{W}before"))]


MEASURES: Mapping[tuple[str, str], Callable[[Paper], Measured]] = {
    ("page", "width_mm"): _page("pgSz", "w", False),
    ("page", "height_mm"): _page("pgSz", "h", False),
    ("landscape", "width_mm"): _page("pgSz", "w", True),
    ("landscape", "height_mm"): _page("pgSz", "h", True),
    ("page", "top_mm"): _page("pgMar", "top", False, True),
    ("page", "bottom_mm"): _page("pgMar", "bottom", False, True),
    ("page", "left_mm"): _page("pgMar", "left", False, True),
    ("page", "right_mm"): _page("pgMar", "right", False, True),
    ("page", "header_mm"): _page("pgMar", "header", False, True),
    ("body", "first_line_mm"): _body("ind", "firstLine", 25.4 / 1440),
    ("body", "after_pt"): _body("spacing", "after", 1 / 20),
    ("body", "line_spacing"): _body("spacing", "line", 1 / 240),
    ("agency_line", "share_of_text"): _share(0, "agency"),
    ("motto_line", "share_of_text"): _share(1, "motto"),
    ("title_line", "share_of_text"): _share(2, "subject"),
    ("signature", "left_edge_share"): _signature_edge,
    ("signature", "space_mm"): _signature_room,
}


def _look(paper: Paper, element: str, rule: str) -> Measured:
    """A property of the runs of an element as a reader sees it: the run's own, else that of its style."""
    node = style(paper, element)
    if node is None:
        return []
    node = node.find(f"{W}rPr/{W}{SHOWN[rule]}")

    def value(found: Any) -> float:
        kept = found.get(f"{W}val")
        return int(kept) / 2 if rule == "size_pt" else float(kept not in {"0", "false"})

    seen = [value(node)]
    for about in paper.runs.get(layout.style(element).style_id, []):
        own = None if about is None else about.find(f"{W}{SHOWN[rule]}")
        seen.append(value(node if own is None else own))
    return seen


def measured(paper: Paper, rule: layout.Rule) -> Measured:
    """What the file shows for a rule, everywhere; nothing where the file has no such place."""
    name = (rule.element, rule.rule)
    return MEASURES[name](paper) if name in MEASURES else _look(paper, *name)


def broken(path: Path) -> list[str]:
    """Every place of a file that a clerk with a ruler and the decree would send back."""
    paper = opened(path)
    out = []
    for rule in layout.rules():
        seen = measured(paper, rule)
        low, high = rule.allowed
        for value in seen[:1] if (rule.element, rule.rule) == BOLD_IN_CELLS else seen:
            if not low - 0.02 <= value <= high + 0.02:
                out.append(f"{rule.element} {rule.rule}: {value:.2f} ({rule.source})")
    return [*out, *_faces(paper), *_heading(paper), *_numbered(paper), *_signed(paper)]


def _faces(paper: Paper) -> Iterator[str]:
    """Times New Roman in all four slots of every style; no run names another face or size."""
    for node in paper.styles.iter(f"{W}rFonts"):
        if {node.get(f"{W}{slot}") for slot in layout.FACE_SLOTS} != {layout.FACE}:
            yield "face of a style"
    for tree in paper.trees:
        if any(c.tag in {f"{W}sz", f"{W}rFonts", f"{W}i", f"{W}color"} for r in tree.iter(f"{W}rPr") for c in r):
            yield "a run departs from its style"


def _heading(paper: Paper) -> Iterator[str]:
    """Quốc hiệu and tiêu ngữ word for word, top right; the agency top left; kind and subject below; capitals in capitals."""
    if [words(p) for p in styled(paper.body, "nation")] != ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]:
        yield "quốc hiệu"
    if [words(p) for p in styled(paper.body, "motto")] != ["Độc lập - Tự do - Hạnh phúc"]:
        yield "tiêu ngữ"
    left, right = list(next(paper.body.iter(f"{W}tr")).iter(f"{W}tc"))
    if not styled(left, "agency") or not styled(right, "nation") or len(lines(paper)) != 3:
        yield "heading block"
    for element in (s for s in layout.STYLES if s.capitals):
        if any(words(p) != words(p).upper() for tree in paper.trees for p in styled(tree, element.element)):
            yield f"capitals: {element.element}"
    if len(styled(paper.body, "kind")) != 1 or len(styled(paper.body, "subject")) != 1:
        yield "kind and subject"
    for p in styled(paper.body, "symbol"):
        if not re.fullmatch(r"Số: {8}/[A-ZĐ]+-[A-ZĐ]+", words(p)):
            yield "number line"
    for p in styled(paper.body, "place_date"):
        if not re.fullmatch(r"[^,]+, ngày {6}tháng {6}năm", words(p)):
            yield "date line"


def _numbered(paper: Paper) -> Iterator[str]:
    """PAGE alone in the middle of the top margin, not on the first page of a section; annexes count from 1."""
    sections = list(paper.body.iter(f"{W}sectPr"))
    if any(s.find(f"{W}titlePg") is None for s in sections):
        yield "first page"
    numbered = [h for h in paper.headers if any(" PAGE " in (i.text or "") for i in h.iter(f"{W}instrText"))]
    if len(numbered) != len(sections) or len(paper.headers) != 2 * len(sections):
        yield "page numbers"
    if any(len(styled(h, "page_number")) != 1 for h in numbered):
        yield "page number's style"
    if [s.find(f"{W}pgNumType") is not None for s in sections] != [False, *[True] * (len(sections) - 1)]:
        yield "annexes numbered from 1"


def _signed(paper: Paper) -> Iterator[str]:
    """Recipients left, each closed as the decree says, Lưu last; TM. never above GIÁM ĐỐC; «./.» once, right before them."""
    titles = [words(p) for p in styled(paper.body, "authority")]
    if not titles:
        return
    if titles[-1] or (titles[0].startswith("TM.") and any("GIÁM ĐỐC" in t for t in titles)):
        yield "signature"
    items = [words(p) for p in styled(paper.body, "recipients")]
    if [i[:2] for i in items] != ["- "] * len(items) or [i[-1] for i in items] != [*[";"] * (len(items) - 1), "."]:
        yield "recipients"
    if not items[-1].startswith("- Lưu: VT"):
        yield "Lưu"
    ended = [p for p in paper.body.iter(f"{W}p") if words(p).endswith("./.")]
    if len(ended) != 1 or not next((words(p) for p in ended[0].itersiblings() if words(p)), "").startswith("Nơi nhận:"):
        yield "./."
