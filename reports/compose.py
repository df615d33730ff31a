"""Báo cáo kết quả khảo sát: results.json -> Document, sections I to VII and the annexes.

Imports lookup, opening, story, tables, annex, numbers, document and analysis' figures.
Never sees microdata; every sentence carries the keys of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable

from analysis.results import Results

from . import annex, numbers, opening, pictures, rates, story, tables
from .document import Block, Document, Heading, Judgement, Paragraph, Picture, Reference, Role, Sentence, Table
from .lookup import Lookup, composed, lower_first, vi

STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
EXPOSURE = ("exposed2_any", "exposed2_face", "recalled", "heard_month", "joined_month")
BEHAVIOUR = ("behaviour", "behaviour_share", "B")
SAMPLE = (
    "là một mẫu xác suất phân tầng ba giai đoạn: chọn địa bàn điều tra (thôn, tổ dân phố) trong từng tầng, chọn hộ "
    "trong địa bàn, rồi chọn ngẫu nhiên một người trong hộ. Mọi kết quả đều có quyền số."
)
MEASURES = (
    "Điểm nhận thức (từ 0 đến 100 điểm) là trung bình của điểm hiểu biết (K) và điểm thái độ (A).",
    "Nhận biết bạo lực (V) được công bố riêng.",
    "Mỗi kết quả đi kèm khoảng tin cậy 95% (viết tắt là KTC 95%).",
)
COMPARED = (
    "Chỉ nói tăng hoặc giảm khi khoảng tin cậy của thay đổi không chứa 0.",
    "Chênh lệch của điểm số ghi là «điểm», của tỷ lệ ghi là «điểm phần trăm», thay đổi tương đối ghi là «%».",
)
ELSEWHERE = "Phương pháp đầy đủ ghi tại Phụ lục «Ghi chú phương pháp»."
EACH_GROUP = "Mỗi nhóm có khoảng tin cậy riêng; không xếp hạng các nhóm theo kết quả này."
LIMITS = (
    "Kết quả là ước lượng từ mẫu nên luôn có sai số; chỉ đọc cùng khoảng tin cậy.",
    "Câu trả lời do người dân tự khai, có thể nghiêng về điều được cho là nên nói.",
    "Nhóm có ít người trả lời không được công bố hoặc chỉ ghi trong ngoặc đơn; không xếp hạng xã, phường, đặc khu.",
    story.MEASURES_ONLY,
)
NO_ROWS = "Kỳ này không có số liệu cho mục này."


def build(results: Results) -> Document:
    """The whole report as a document; one wave gives a baseline report without a section of change."""
    look = Lookup(composed(results))
    stamp = STAMP if results.practice else ""
    sections = [
        ("THÔNG TIN CHUNG", _general(look)),
        ("ĐẶC ĐIỂM MẪU", _profile(look)),
        ("KẾT QUẢ", _results(look, stamp)),
    ]
    if look.base is not None:
        sections.append((f"SO SÁNH VỚI NĂM {look.base}", _comparison(look, stamp)))
    sections += [
        ("ĐÁNH GIÁ MỤC TIÊU II.3", _target(look)),
        ("HẠN CHẾ CỦA KHẢO SÁT", _limits()),
        ("KIẾN NGHỊ", [Judgement("kiến nghị đối với UBND tỉnh, các sở, ban, ngành và địa phương")]),
    ]
    blocks = list(opening.opening(look))
    for i, (title, inside) in enumerate(sections, 1):
        blocks += [Heading(f"{numbers.roman(i)}. {title}", 1), *inside]
    frame, about = opening.frame(look), opening.subject(look)
    return Document(frame, "Báo cáo", about, stamp, tuple(blocks), annex.build(look), annex.method_lines(look))


def _say(parts: Iterable[Sentence | Reference | None], role: Role = "body") -> Paragraph:
    return Paragraph(tuple(p for p in parts if p is not None), role)


def _with(sentences: Iterable[Sentence | None], *shown: Table | Picture | None) -> list[Block]:
    """A paragraph that points to what follows, and what follows; a note when there is nothing at all."""
    said = [s for s in sentences if s is not None]
    there = [s for s in shown if s is not None]
    if not said and not there:
        return [_say([Sentence(NO_ROWS)])]
    pointers: list[Sentence | Reference] = []
    for i, item in enumerate(there):
        pointers += [Sentence("Chi tiết tại" if i == 0 else "và"), Reference(item.anchor)]
    return [_say([*said, *pointers, *([Sentence(".")] if pointers else [])]), *there]


def _general(look: Lookup) -> list[Block]:
    return [
        *opening.purpose(look),
        Heading("3. Thời gian", 2),
        _say([*_windows(look), *story.warnings(look)]),
        Heading("4. Phương pháp", 2),
        *_method(look),
        Heading("5. Cỡ mẫu và tỷ lệ trả lời", 2),
        *_with([*_answered(look), *(rates.sentence(look, w) for w in look.waves)], tables.response(look), rates.table(look)),
    ]


def _windows(look: Lookup) -> list[Sentence]:
    out = []
    for wave in look.waves:
        about = look.texts.get("waves", {}).get(str(wave), {})
        start, end = about.get("field_start"), about.get("field_end")
        if start and end:
            first = numbers.short_date(start)
            out.append(Sentence(f"Kỳ khảo sát năm {wave}: từ ngày {first} đến ngày {numbers.short_date(end)}."))
    return out or [Sentence("Thời gian khảo sát chưa được ghi trong kết quả.")]


def _method(look: Lookup) -> list[Block]:
    waves = "Mỗi kỳ khảo sát" if look.base else "Khảo sát"
    said = (*MEASURES, *(COMPARED if look.base is not None else ()), ELSEWHERE)
    return [_say([Sentence(f"{waves} {SAMPLE}")]), _say([Sentence(text) for text in said])]


def _answered(look: Lookup) -> list[Sentence]:
    out = []
    for wave in look.waves:
        about = look.texts.get("waves", {}).get(str(wave), {}).get("response")
        if not about:
            continue
        path = f"texts/waves/{wave}/response"
        drawn, done = about.get("drawn"), about.get("interviewed")
        if drawn is None or done is None:
            continue
        text, keys = f"Năm {wave}, mẫu có {numbers.whole(drawn)} hộ", [f"{path}/drawn"]
        if about.get("main") is not None and about.get("reserve") is not None:
            text += f" ({numbers.whole(about['main'])} hộ chính thức, {numbers.whole(about['reserve'])} hộ dự phòng)"
            keys += [f"{path}/main", f"{path}/reserve"]
        text += f"; phỏng vấn xong {numbers.whole(done)} người"
        if about.get("rate") is not None:
            text += f", tỷ lệ trả lời {numbers.quantity(about['rate'], 'percent')}"
            keys.append(f"{path}/rate")
        out.append(Sentence(text + ".", (*keys, f"{path}/interviewed")))
    return out


def _profile(look: Lookup) -> list[Block]:
    said = [Sentence("Cột «Tỷ lệ có quyền số» mô tả cơ cấu dân số mà mẫu đại diện, không phải cơ cấu của số người đã phỏng vấn.")]
    refused = [
        Sentence(f"Không phân tổ theo «{lower_first(vi(about['label']))}». {vi(about['refused']).rstrip('.')}.")
        for about in look.texts.get("domains", {}).values()
        if about.get("refused")
    ]
    return _with([*said, *refused], tables.profile(look))


def _results(look: Lookup, stamp: str) -> list[Block]:
    last = look.wave
    parts = (
        (
            "Tiếp cận truyền thông",
            [story.level(look, n, last, year=i == 0) for i, n in enumerate(look.indicators(*EXPOSURE))],
            (tables.indicators(look, "exposure", "Tiếp cận truyền thông về bình đẳng giới", EXPOSURE),),
        ),
        (
            "Hiểu biết",
            [story.level(look, "K", last)],
            (tables.indicators(look, "knowledge", "Tỷ lệ người dân trả lời đúng từng câu hỏi hiểu biết", look.items("K")),),
        ),
        (
            "Thái độ",
            [story.level(look, "A", last)],
            (tables.indicators(look, "attitudes", "Tỷ lệ người dân có thái độ bình đẳng theo từng câu hỏi", look.items("A")),),
        ),
        (
            "Nhận biết bạo lực",
            [*_asked(look), story.level(look, "V", last)],
            (
                tables.indicators(
                    look, "violence", "Nhận biết các hành vi bạo lực, tính trên những người được hỏi", look.items("V")
                ),
            ),
        ),
        (
            "Điểm nhận thức theo nhóm",
            _scores(look),
            (
                tables.by_group(look, "scores", "Điểm nhận thức về bình đẳng giới theo nhóm", "score"),
                pictures.levels(look, stamp),
            ),
        ),
        (
            "Hành vi",
            [story.level(look, n, last) for n in look.indicators(*BEHAVIOUR)],
            (tables.indicators(look, "behaviour", "Hành vi", look.indicators(*BEHAVIOUR)),),
        ),
    )
    blocks: list[Block] = []
    for i, (title, said, shown) in enumerate(parts, 1):
        blocks += [Heading(f"{i}. {title}", 2), *_with(said, *shown)]
    return [*blocks, Judgement("nhận xét về kết quả chung và theo nhóm")]


def _asked(look: Lookup) -> list[Sentence]:
    """V is asked in private: say of how many, and how many were not asked (decision 6)."""
    row = look.level("V", look.wave)
    if row is None or row.publish == "hide":
        return []
    missed, asked = int(row.n_missing.get("not_asked", 0)), row.n + sum(row.n_missing.values())
    told = numbers.HIDDEN if 0 < missed < tables.SMALLEST else f"{numbers.whole(missed)} người"
    share = f" ({numbers.quantity(100 * missed / asked, 'percent')} số người tham gia)" if missed >= tables.SMALLEST else ""
    text = (
        f"Các câu hỏi này chỉ hỏi khi người trả lời ở một mình và đồng ý: năm {look.wave}, {numbers.whole(row.n)} người "
        f"được hỏi và trả lời, {told} không được hỏi{share}."
    )
    return [Sentence(text, (row.key,))]


def _scores(look: Lookup) -> list[Sentence | None]:
    row = look.level("score", look.wave)
    own = [
        story.level(look, "score", look.wave),
        story.band(look, row) if row is not None else None,
        story.level(look, look.share_indicator, look.wave, year=False),
    ]
    caution = Sentence("Biểu mô tả từng nhóm; không suy ra hai nhóm khác nhau chỉ từ việc so hai khoảng tin cậy.")
    return [*own, caution if look.present("score", look.wave) else None]


def _comparison(look: Lookup, stamp: str) -> list[Block]:
    against = f"năm {look.wave} so với năm {look.base}"
    score, share = look.compared("score"), look.compared(look.share_indicator)
    points, shares = (score, look.compared("K"), look.compared("A"), "V"), (share, *EXPOSURE)
    judged = look.judged[0]
    group_caption = f"Thay đổi của {story.subject(look, judged)} theo nhóm, {against}"
    return [
        Heading("1. Thay đổi chung", 2),
        *_with(
            [story.change(look, points[0]), story.standardised(look, score), *(story.change(look, n) for n in points[1:3])],
            tables.changes(look, "change_points", f"Thay đổi của điểm số, {against}", points),
        ),
        *_with(
            [story.change(look, share)],
            tables.changes(look, "change_shares", f"Thay đổi của các tỷ lệ, {against}", shares),
        ),
        Heading("2. Thay đổi theo nhóm", 2),
        *_with(
            [Sentence(EACH_GROUP), story.named_groups(look, judged)],
            tables.changes_by_group(look, "change_groups", group_caption, judged),
            pictures.changed(look, stamp),
        ),
        _say([Sentence(story.MEASURES_ONLY), story.kept(look, score), *story.warnings(look)]),
        Judgement("nhận xét về thay đổi giữa hai kỳ"),
    ]


def _target(look: Lookup) -> list[Block]:
    wording, clause = vi(look.plan_target.get("wording")), look.plan_target.get("clause", "")
    where = f" (mục {clause})" if clause not in {"", "II.3"} else ""
    said = [Sentence(f"Mục tiêu II.3 của Kế hoạch{where}: {lower_first(wording).rstrip('.')}.")] if wording else []
    decided = look.target
    if look.signed:
        signed = f"ngày {numbers.short_date(str(decided['date']))}"
        who = f" của {vi(decided.get('decided_by'))}" if decided.get("decided_by") else ""
        said.append(Sentence(f"Cách tính theo {decided['document']} {signed}{who}."))
    blocks: list[Block] = [_say(said)] if said else []
    due = look.base is not None and not (look.due and look.wave < look.due[0])
    readings = tables.four_results(look) if due and not look.signed else None
    groups = (
        tables.verdicts_by_group(look, "verdicts", f"Đánh giá mục tiêu II.3 theo nhóm, năm {look.wave} so với năm {look.base}")
        if due
        else None
    )
    blocks += _with([*story.target(look), *story.every_group(look)], readings, groups)
    closing = [*story.warnings(look), *([Sentence(story.MEASURES_ONLY)] if look.base else [])]
    return [*blocks, *([_say(closing)] if closing else []), Judgement("nhận xét về mức độ đạt mục tiêu II.3")]


def _limits() -> list[Block]:
    items = [Paragraph((Sentence(f"- {t}"),), "item") for t in LIMITS]
    return [*items, Judgement("hạn chế khác trong quá trình tổ chức khảo sát")]
