"""A short report with every kind of number in it, for tests that edit, fill or take apart a Word file many times."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

from fixture import build
from lxml import etree

from analysis.publishing import public
from analysis.results import Results
from reports import numbers, story, tables
from reports.document import Annex, Document, Frame, Heading, Judgement, Paragraph, Reference, Sentence
from reports.lookup import Lookup, composed

DRAWN = "texts/waves/2026/response/drawn"
STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"


def results(**options: Any) -> Results:
    """Only what may leave, as every report is made of."""
    return composed(public(build(**options)))


def document(kept: Results, *, stamp: str = STAMP, landscape: bool = True, contents: int = 2) -> Document:
    look = Lookup(kept)
    drawn = kept.texts["waves"]["2026"]["response"]["drawn"]
    told = numbers.tagged(numbers.whole(drawn), numbers.tag(numbers.text_key(DRAWN), "text", "", 0))
    said = [story.level(look, "score", 2030), story.change(look, "score"), story.level(look, "reach60", 2030, (("sex", "male"),))]
    scores = tables.by_group(look, "scores", "Điểm nhận thức theo nhóm", "score")
    moved = tables.changes(look, "moved", "Thay đổi của điểm số", ("score", "K"))
    answered = tables.response(look)
    assert scores is not None
    assert moved is not None
    assert answered is not None
    blocks = (
        Heading("I. KẾT QUẢ", 1),
        Paragraph((*(s for s in said if s is not None), Sentence("Chi tiết tại"), Reference("scores"), Sentence("."))),
        scores,
        Heading("1. Cỡ mẫu", 2),
        Paragraph((Sentence(f"Mẫu có {told} hộ."), Sentence("Số quyết định ....../QĐ", blank=True))),
        Heading("II. KIẾN NGHỊ", 1),
        Judgement("kiến nghị"),
    )
    frame = Frame(
        "UBND TỈNH QUẢNG NGÃI", "SỞ NỘI VỤ", "BC-SNV", "Quảng Ngãi", ("Bộ Nội vụ", "Ủy ban nhân dân tỉnh"), ("GIÁM ĐỐC",),
        ("Như trên", "Lưu: VT, BĐG"), "Sở Nội vụ",
    )  # fmt: skip
    annexes = (Annex("Thay đổi", (moved,), landscape=landscape), Annex("Kết quả tiếp cận", (answered,)))
    return Document(
        frame, "Báo cáo", "Kết quả khảo sát <thử> & đọc lại", stamp, blocks, annexes, (), contents=contents,
        digests=tuple(sorted(kept.digests.items())),
    )  # fmt: skip


def edited(content: bytes, change: Callable[[str], str], member: str = "word/document.xml") -> bytes:
    """The file with one member rewritten, as an editor would leave it; the change must change something."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == member:
                made = change(text.decode()).encode()
                assert made != text
                etree.fromstring(made)
                text = made
            new.writestr(name, text)
    return out.getvalue()
