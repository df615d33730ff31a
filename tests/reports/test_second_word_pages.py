"""Paper, read a second time: figures gathered, tables kept together, labels that do not part, an edited file found out."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
import yearly_fixture
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from reading import W
from word_small import document as small
from word_small import edited
from word_small import results as small_results

from analysis.publishing import public
from analysis.results import Results
from reports import numbers
from reports.document import (
    Block,
    Cell,
    Column,
    Document,
    Heading,
    Judgement,
    Paragraph,
    Picture,
    Sentence,
    Table,
    TableRow,
    labels,
)
from reports.word import order, write
from reports.word.readback import Finding, verify
from reports.yearly import build as yearly

CONTROL = re.compile(r"<w:sdt>.*?</w:sdt>", re.DOTALL)
TEXT = re.compile(r"(<w:t(?: [^>]*)?>)([^<]*)(</w:t>)")
WIDE_MM = 160.0


def png(wide: int, high: int) -> bytes:
    """A white image, written by the rules of PNG and not by us."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    lines = b"".join(b"\0" + b"\xff" * wide for _ in range(high))
    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


SHORT, TALL = png(16, 8), png(16, 20)


def picture(name: str, content: bytes) -> Picture:
    return Picture(anchor=name, caption=f"Hình {name}", alt="alt", png=content, svg=b"<svg/>", width_mm=WIDE_MM)


def table(name: str, lines: int, notes: int = 1, *, grouped: bool = False) -> Table:
    columns = (Column("Nhóm"), Column("Số", "count", "Năm 2026" if grouped else ""))
    rows = tuple(TableRow((Cell(f"dòng {i}"), Cell(str(i)))) for i in range(lines))
    return Table(name, f"Biểu {name}", columns, rows, "", "Nguồn: thử.", tuple(f"Ghi chú {i}." for i in range(notes - 1)))


def words(text: str) -> Paragraph:
    return Paragraph((Sentence(text),))


@cache
def frame_of() -> Document:
    return small(small_results())


def holding(blocks: Sequence[Block]) -> Document:
    return replace(frame_of(), blocks=tuple(blocks), annexes=(), contents=0)


# ---- figures that take a page stand together


KINDS = st.sampled_from(["1", "2", "text", "table", "short", "tall", "blank"])


def blocks_of(kinds: Sequence[str]) -> list[Block]:
    make: dict[str, Callable[[str], Block]] = {
        "1": lambda n: Heading(f"I. {n}", 1), "2": lambda n: Heading(f"1. {n}", 2), "text": words, "table": lambda n: table(n, 2),
        "short": lambda n: picture(n, SHORT), "tall": lambda n: picture(n, TALL), "blank": Judgement,
    }  # fmt: skip
    return [make[kind](f"b{i}") for i, kind in enumerate(kinds)]


def slowly(kinds: Sequence[str]) -> list[int]:
    """The plain oracle: numbers of the blocks in their new order; sections cut by hand, figures at the last one's place."""
    out: list[int] = []
    cuts = [0, *(i for i, k in enumerate(kinds) if k == "1"), len(kinds)]
    for start, stop in pairwise(cuts):
        inside = list(range(start, stop))
        figures = [i for i in inside if kinds[i] in ("short", "tall")]
        if any(kinds[i] == "tall" for i in inside):
            for i in inside:
                if i == figures[-1]:
                    out += figures
                elif i not in figures:
                    out.append(i)
        else:
            out += inside
    return out


@given(st.lists(KINDS, max_size=24))
@settings(max_examples=200, deadline=None)
def test_figures_gather_where_the_plain_oracle_puts_them_and_nothing_else_moves(kinds: list[str]) -> None:
    blocks = blocks_of(kinds)
    before = holding(blocks)
    after = order.settled(before)
    assert list(after.blocks) == [blocks[i] for i in slowly(kinds)]
    assert labels(after) == labels(before)
    assert order.settled(after) == after
    still = [b for b in blocks if not isinstance(b, Picture)]
    assert [b for b in after.blocks if not isinstance(b, Picture)] == still


@given(st.integers(1, 60), st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_the_height_on_paper_is_what_the_image_says(wide: int, high: int) -> None:
    assert order.height_mm(picture("p", png(wide, high))) == pytest.approx(WIDE_MM * high / wide)


def test_a_figure_without_an_image_is_not_tall_and_the_words_in_between_come_first() -> None:
    assert order.height_mm(picture("p", b"")) == 0.0
    made = [Heading("I. A", 1), picture("p", TALL), words("giữa"), picture("q", SHORT), words("cuối")]
    assert [type(b).__name__ for b in order.settled(holding(made)).blocks] == [
        "Heading", "Paragraph", "Picture", "Picture", "Paragraph"
    ]  # fmt: skip


def test_the_word_file_follows_the_gathered_order_and_numbers_figures_as_the_text_names_them() -> None:
    made = [Heading("I. A", 1), words("a"), picture("p", TALL), table("t", 2), picture("q", SHORT), words("./.")]
    tree = body(write(holding(made)))
    captions = [said(p) for p in tree.iter(f"{W}p") if style(p) in ("Caption", "BdgTenHinh")]
    assert captions == ["Biểu số\u00a001. Biểu t", "Hình\u00a01. Hình p", "Hình\u00a02. Hình q"]


# ---- tables that stay together


def body(content: bytes) -> Any:
    return etree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml"))


def said(node: Any) -> str:
    return "".join(t.text or "" for t in node.iter(f"{W}t"))


def style(paragraph: Any) -> str:
    mark = paragraph.find(f"{W}pPr/{W}pStyle")
    return "Normal" if mark is None else str(mark.get(f"{W}val"))


def kept(node: Any) -> bool:
    return node.find(f"{W}pPr/{W}keepNext") is not None


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize(("lines", "notes"), [(1, 1), (3, 2), (8, 1), (9, 3), (12, 1), (40, 2)])
def test_short_tables_stay_whole_and_long_ones_leave_no_single_line(lines: int, notes: int, grouped: bool) -> None:
    tree = body(write(holding([words("a"), table("t", lines, notes, grouped=grouped), words("b")])))
    grid = next(t for t in tree.iter(f"{W}tbl") if t.find(f"{W}tblPr/{W}tblCaption") is not None)
    rows = [any(kept(p) for p in r.find(f"{W}tc").iter(f"{W}p")) for r in grid.findall(f"{W}tr")]
    heads = 2 if grouped else 1
    inside = rows[heads:]
    assert all(rows[:heads])
    assert all(r.find(f"{W}trPr/{W}cantSplit") is not None for r in grid.findall(f"{W}tr"))
    if lines <= 8:
        assert all(inside)
    else:
        assert [i for i, held in enumerate(inside) if held] == [0, lines - 3, lines - 2, lines - 1]
    below = []
    at = grid.getnext()
    while style(at) == "BdgNguon":
        below.append(kept(at))
        at = at.getnext()
    assert below == [True] * (notes - 1) + [False]


# ---- labels, aliases, titles


def test_a_label_never_parts_from_its_number_and_a_title_ends_on_two_words() -> None:
    tree = body(write(frame_of()))
    for name in tree.iter(f"{W}instrText"):
        if (name.text or "").strip().startswith("REF "):
            shown = said(name.getparent().getparent())
            assert re.search(r"(Biểu số|Hình)\u00a0\d", shown), shown
    title = next(p for p in tree.iter(f"{W}p") if style(p) == "BdgTrichYeu")
    assert said(title).replace("\u00a0", " ") == frame_of().subject
    assert said(title).count("\u00a0") == 1
    assert said(title).endswith("đọc\u00a0lại")


@pytest.mark.usefixtures("no_drawing")
def test_no_number_of_a_full_count_is_said_to_be_of_a_confidence_interval() -> None:
    content, _ = half_year()
    aliases = {str(a.get(f"{W}val")) for a in body(content).iter(f"{W}alias")}
    assert any(a.startswith("Cận dưới (") for a in aliases)
    assert not [a for a in aliases if "tin cậy" in a]


@pytest.mark.parametrize("practice", [True, False])
def test_only_practice_material_carries_the_word_of_practice(practice: bool) -> None:
    made = write(replace(frame_of(), stamp="SỐ LIỆU GIẢ LẬP" if practice else ""))
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        held = [n for n in package.namelist() if b"practice" in package.read(n)]
    assert bool(held) is practice


# ---- a file edited by hand


@cache
def half_year() -> tuple[bytes, Results]:
    found = public(yearly_fixture.build("halfyear", 2027))
    return write(yearly("halfyear", found)), found


@cache
def xml_of() -> str:
    return zipfile.ZipFile(io.BytesIO(half_year()[0])).read("word/document.xml").decode()


def after(change: Callable[[str], str]) -> tuple[Finding, ...]:
    content, found = half_year()
    return verify(edited(content, change), found).findings


def put(at: re.Match[str], new: str) -> Callable[[str], str]:
    return lambda text: text[: at.start()] + new + text[at.end() :]


def other_digit(text: str, draw: random.Random) -> str:
    places = [i for i, c in enumerate(text) if c.isdigit()]
    i = draw.choice(places)
    return text[:i] + str((int(text[i]) + draw.randint(1, 9)) % 10) + text[i + 1 :]


@pytest.mark.usefixtures("no_drawing")
@pytest.mark.parametrize("seed", range(8))
def test_every_way_to_spoil_a_number_of_a_yearly_report_is_found(seed: int) -> None:
    draw = random.Random(seed)
    assert verify(*half_year()).findings == ()
    found = [m for m in CONTROL.finditer(xml_of()) if any(c.isdigit() for c in TEXT.findall(m[0])[0][1])]
    at = draw.choice(found)
    control = at[0]
    shown = TEXT.search(control)
    assert shown is not None
    changed = other_digit(shown[2], draw)
    spoilt = after(put(at, control.replace(shown[0], shown[1] + changed + shown[3])))
    assert [(f.kind, f.says, f.wanted) for f in spoilt] == [("differs", changed, shown[2])]
    gone = after(put(at, f"<w:r><w:t>{shown[2]}</w:t></w:r>"))
    assert [f.kind for f in gone] == ["removed"]
    assert [f.kind for f in after(put(at, control * 2))] == ["repeated"]
    broken = after(put(at, re.sub(r'(<w:tag w:val="[0-9a-f]{6})', r"\1zz", control)))
    assert {f.kind for f in broken} == {"removed"} or "broken" in {f.kind for f in broken}
    emptied = after(put(at, control.replace(shown[0], shown[1] + shown[3])))
    assert "broken" in {f.kind for f in emptied}


def test_a_minus_lost_in_a_table_is_told_even_where_a_line_speaks_of_a_fall() -> None:
    """«giảm» may stand for the minus right before a number in a sentence, never in the name of a line."""
    base = small_results()
    row = next(r for r in base.rows if r.kind == "level" and r.indicator == "score" and not r.domain and r.wave == 2030)
    fallen = replace(base, rows=tuple(replace(r, estimate=-4.2, lower=-6.0, upper=-1.0) if r is row else r for r in base.rows))
    cell = Cell("-4,2", value=-4.2, key=row.key)
    lined = Table(
        "t", "Thay đổi", (Column("Nhóm"), Column("Số", "count")), (TableRow((Cell("Hộ giảm nghèo"), cell)),), "", "", ()
    )
    tagged = numbers.tagged("-4,2 điểm", numbers.tag(row.key, "estimate", "point", 1))
    for block, wrong in ((lined, True), (words(f"Điểm giảm, chênh lệch {tagged} so với kỳ trước"), False)):
        content = write(replace(holding([words("a"), block, words("b")])))
        lost = edited(content, lambda text: text.replace(">-4,2", ">4,2"))
        assert [f.kind for f in verify(lost, fallen).findings if f.kind != "version"] == (["differs"] if wrong else [])
