"""Phương án khảo sát: the protocol's results.json -> Document in the ten parts of a survey plan, and three annexes.

Imports lookup, opening, tables, protocol_words, protocol_tables, story, numbers and document.  Never sees microdata; every
number is a row or stands in texts["protocol"].  Order of the parts: Law on Statistics 89/2015/QH13, Article 31, as survey.yaml
cites it (texts, protocol.layout).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from analysis.figures import planned, png, svg
from analysis.results import Results

from . import numbers, opening, story, tables
from . import protocol_tables as shown
from . import protocol_words as said
from .document import Annex, Block, Document, Heading, Paragraph, Picture, Reference, Sentence, Table
from .lookup import Lookup, composed, lower_first, vi

DECREE = "Quyết định số ......./QĐ-......."
KIND = "Phương án"
SIGNED_FIRST = (
    "Dự thảo dưới đây được ký trước khi thu thập thông tin; chưa có số, ngày thì báo cáo chưa kết luận về mục tiêu II.3."
)
FOUR_WAYS = "Bốn cách tính và điều mẫu dự kiến chứng minh được theo từng cách để người quyết định cân nhắc."
ASSUMED = "Cỡ mẫu được tính theo các giả định dưới đây; sau kỳ gốc phải thay bằng số đo được và tính lại."
OTHERS = "Các cỡ mẫu khác và ảnh hưởng của từng giả định để đối chiếu."
NO_STUDY = "Chưa tính khả năng chứng minh của mẫu."
TO_CHECK = "Văn bản cần kiểm tra trước khi ký"
REMOVE = "Cơ quan soạn thảo xóa phụ lục này khi ban hành."


def build(results: Results) -> Document:
    """The whole protocol as a document; «DỰ THẢO» while anything in it is open."""
    from .compose import STAMP

    kept = composed(results)
    look, read = Lookup(kept), shown.Read(kept)
    blocks: list[Block] = list(opening.bases(look))
    for i, (title, inside) in enumerate(_sections(read), 1):
        blocks += [Heading(f"{numbers.roman(i)}. {title.upper()}", 1), *inside]
    blocks[-1] = _open_ended(blocks[-1])
    subject = f"Khảo sát nhận thức về bình đẳng giới trên địa bàn {tables.province(look)} năm {read.wave}"
    stamp, frame = STAMP if kept.practice else "", replace(opening.frame(look), addressees=())
    return Document(
        frame, KIND, subject, stamp, tuple(blocks), tuple(_annexes(read)), (), _attached(),
        draft=bool(read.protocol["gaps"]), annexed="Phương án khảo sát",
        digests=tuple(sorted(kept.digests.items())),
    )  # fmt: skip


def _open_ended(block: Block) -> Block:
    """The last paragraph without its full stop: «./.» follows."""
    if not isinstance(block, Paragraph) or not isinstance(last := block.parts[-1], Sentence):
        return block
    return Paragraph((*block.parts[:-1], Sentence(last.text.rstrip("."), last.keys)), block.role)


def _attached() -> Paragraph:
    """What issues the protocol; its number, date and issuer are blank until they are known."""
    parts = (
        Sentence("(Kèm theo"), Sentence(DECREE, blank=True), Sentence("ngày ...... tháng ...... năm ......", blank=True),
        Sentence("của"), Sentence("..............", blank=True), Sentence(")"),
    )  # fmt: skip
    return Paragraph(parts, "basis")


def _sections(read: shown.Read) -> Iterator[tuple[str, list[Block]]]:
    yield "Mục đích, yêu cầu", list(_purpose(read))
    yield "Phạm vi, đối tượng, đơn vị khảo sát", list(_scope(read))
    yield "Loại khảo sát, mẫu khảo sát", list(_sample(read))
    yield "Thời gian, phương pháp thu thập thông tin", list(_time(read))
    yield "Nội dung, phiếu khảo sát", list(_content(read))
    yield "Phân loại, phân tổ sử dụng", list(_classes(read))
    yield "Quy trình xử lý, tổng hợp, công bố", list(_process(read))
    yield "Kế hoạch tiến hành", _with(said.paragraphs(read.protocol, "calendar"), shown.calendar(read))
    yield "Tổ chức thực hiện", list(_organisation(read))
    yield "Kinh phí, điều kiện vật chất", list(_money(read))


def _with(before: Iterable[Block], *shown_: Table | Picture | None) -> list[Block]:
    """Blocks, the last paragraph of which points to what follows, and what follows."""
    blocks, there = list(before), [s for s in shown_ if s is not None]
    pointers: list[Sentence | Reference] = []
    for i, item in enumerate(there):
        pointers += [Sentence("Chi tiết tại" if i == 0 else "và"), Reference(item.anchor)]
    if there and isinstance(blocks[-1], Paragraph):
        blocks[-1] = Paragraph((*blocks[-1].parts, *pointers, Sentence(".")), blocks[-1].role)
    return [*blocks, *there]


def _purpose(read: shown.Read) -> Iterator[Block]:
    yield Heading("1. Mục đích", 2)
    yield from said.paragraphs(read.protocol, "purpose")
    yield Paragraph((Sentence(story.MEASURES_ONLY),))
    yield Heading("2. Yêu cầu", 2)
    yield from said.items(read.protocol, "requirement")


def _scope(read: shown.Read) -> Iterator[Block]:
    yield Heading("1. Phạm vi", 2)
    yield from said.paragraphs(read.protocol, "scope")
    yield Heading("2. Đối tượng", 2)
    yield from said.paragraphs(read.protocol, "people")
    yield Heading("3. Đơn vị khảo sát", 2)
    yield from said.items(read.protocol, "unit")


def _sample(read: shown.Read) -> Iterator[Block]:
    yield Heading("1. Loại khảo sát, cỡ mẫu", 2)
    yield from _with(said.paragraphs(read.protocol, "type"), shown.sizes(read))
    yield Heading("2. Các bước chọn mẫu", 2)
    steps = [*said.items(read.protocol, "step"), *said.paragraphs(read.protocol, "strata")]
    yield from _with(steps, shown.strata(read))
    yield Heading("3. Mẫu chứng minh được gì và không chứng minh được gì", 2)
    power = read.results.texts.get("power", {})
    told = [
        said.plain(power[name], f"texts/power/{name}") for name in ("paragraph", "cannot", "sensitivity") if vi(power.get(name))
    ]
    yield from _with(told or [Paragraph((Sentence(NO_STUDY),))], shown.power(read), shown.chances(read))


def _time(read: shown.Read) -> Iterator[Block]:
    yield Heading("1. Thời gian", 2)
    for i, window in enumerate(read.protocol["windows"]):
        path = f"texts/protocol/windows/{i}"
        parts = [Sentence(f"Kỳ năm {window['wave']}:", (f"{path}/wave",))]
        if window["start"]:
            days = f"từ ngày {numbers.short_date(window['start'])} đến ngày {numbers.short_date(window['end'])}."
            parts.append(Sentence(f"thu thập thông tin {days}", (f"{path}/start", f"{path}/end")))
        notes = [(vi(note), f"{path}/notes/{k}") for k, note in enumerate(window["notes"])]
        first = not window["start"]
        parts += [Sentence(lower_first(text) if first and k == 0 else text, (key,)) for k, (text, key) in enumerate(notes)]
        yield Paragraph(tuple(parts))
    yield from said.paragraphs(read.protocol, "time")
    yield Heading("2. Phương pháp thu thập thông tin", 2)
    yield from said.paragraphs(read.protocol, "method")


def _content(read: shown.Read) -> Iterator[Block]:
    yield from _with(said.paragraphs(read.protocol, "content"), shown.modules(read))


def _classes(read: shown.Read) -> Iterator[Block]:
    areas = said.plain(read.protocol["areas"], "texts/protocol/areas")
    yield from _with([areas, *said.paragraphs(read.protocol, "class")], shown.domains(read))


def _process(read: shown.Read) -> Iterator[Block]:
    yield Heading("1. Kiểm tra, quyền số, ước lượng", 2)
    yield from said.items(read.protocol, "process")
    yield Heading("2. Công bố", 2)
    yield from said.paragraphs(read.protocol, "publish")


def _organisation(read: shown.Read) -> Iterator[Block]:
    yield Heading("1. Phân công", 2)
    yield from said.items(read.protocol, "organise")
    yield Heading("2. Đạo đức khảo sát", 2)
    yield from said.items(read.protocol, "ethics")
    for i, note in enumerate(read.protocol["minors"]):
        yield Paragraph((Sentence(f"- {vi(note)}", (f"texts/protocol/minors/{i}",)),), "item")
    yield Heading("3. Bảo vệ dữ liệu cá nhân", 2)
    yield from said.items(read.protocol, "data")


def _money(read: shown.Read) -> Iterator[Block]:
    yield Heading("1. Kinh phí", 2)
    yield from _with(said.paragraphs(read.protocol, "money"), shown.budget(read))
    yield Heading("2. Điều kiện vật chất", 2)
    yield from said.paragraphs(read.protocol, "means")


# ---- annexes -------------------------------------------------------------------------------------------------------


def _annexes(read: shown.Read) -> Iterator[Annex]:
    yield Annex("Dự thảo văn bản thống nhất cách tính mục tiêu II.3", tuple(_decision(read)))
    if read.results.texts.get("power"):
        yield Annex("Giả định khi tính cỡ mẫu", tuple(_assumptions(read)))
    open_, cited = shown.gaps(read), tuple(_sources(read))
    blocks: list[Block] = [Paragraph((Sentence(REMOVE),))]
    if open_ is not None:
        yield Annex("Những nội dung còn để trống", (*blocks, open_, *((Heading(TO_CHECK, 2), *cited) if cited else ())))
    elif cited:
        yield Annex(TO_CHECK, (*blocks, *cited))


def _decision(read: shown.Read) -> Iterator[Block]:
    yield Paragraph((Sentence(SIGNED_FIRST),))
    parts = read.protocol["sections"]["decision"]
    for i, part in enumerate(parts):
        sentences = said.sentences(part, f"texts/protocol/sections/decision/{i}")
        first = sentences[0]
        yield Paragraph((Sentence(f"{i}. {first.text}", first.keys), *sentences[1:]) if i else sentences)
    yield from said.paragraphs(read.protocol, "decision_blank")
    yield from _with([Paragraph((Sentence(FOUR_WAYS),))], shown.ways(read))


def _assumptions(read: shown.Read) -> Iterator[Block]:
    from .compose import STAMP

    curves = read.results.texts.get("power", {}).get("curves")
    stamp = STAMP if read.results.practice else ""
    drawn = [
        Picture(name, caption, png(figure), svg(figure), alt) for name, caption, figure, alt in planned(curves, stamp=stamp)
    ] if curves else []  # fmt: skip
    yield from _with([Paragraph((Sentence(ASSUMED),))], shown.assumptions(read))
    yield from _with([Paragraph((Sentence(OTHERS),))], *(shown.told(read, name) for name in ("plans", "assumptions")), *drawn)


def _sources(read: shown.Read) -> Iterator[Block]:
    """Documents that need a look before signing, and where the order of the parts comes from."""
    layout = read.protocol.get("layout")
    cited = list(read.results.texts["plan"]["documents"])
    noted = [f"{vi(d['cite'])}: {vi(d['note'])}" for d in cited if d.get("note")]
    if layout:
        noted.append(f"Bố cục của phương án theo {vi(layout['cite'])}. Nguồn đọc: {layout['source']}. {vi(layout['note'])}")
    for text in noted:
        yield Paragraph((Sentence(f"- {text}"),), "item")
