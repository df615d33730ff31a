"""Báo cáo kết quả khảo sát: results.json -> Document in one language, sections I to VII and the annexes.

Imports lookup, opening, story, tables, rates, outcome, compared, annex, blocks, numbers and document.
Never sees microdata; every sentence carries the keys of its rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.results import Results

from . import numbers, opening, rates, story, tables
from .blocks import paragraph, pointed
from .document import Block, Document, Heading, Judgement, Paragraph, Sentence
from .lookup import Lookup, composed, lower_first
from .tongue import VI, Tongue

STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
STAMP_EN = "SIMULATED DATA - FOR TRAINING ONLY"
SAMPLE = (
    (
        "là một mẫu xác suất phân tầng ba giai đoạn: chọn địa bàn điều tra (thôn, tổ dân phố) trong từng tầng, chọn hộ "
        "trong địa bàn, rồi chọn ngẫu nhiên một người trong hộ. Mọi kết quả đều có quyền số."
    ),
    (
        "is a stratified three-stage probability sample: hamlets within strata, households within hamlets, one person at random "
        "within the household. Every result is weighted."
    ),
)
MEASURES = (
    (
        "Điểm nhận thức (từ 0 đến 100 điểm) là trung bình của điểm hiểu biết (K) và điểm thái độ (A).",
        "The awareness score (0 to 100 points) is the mean of the knowledge score (K) and the attitude score (A).",
    ),
    ("Nhận biết bạo lực (V) được công bố riêng.", "Recognition of violence (V) is published on its own."),
    (
        "Mỗi kết quả đi kèm khoảng tin cậy 95% (viết tắt là KTC 95%).",
        "Each result stands with its 95% confidence interval (95% CI).",
    ),
)
COMPARED = (
    (
        "Chỉ nói tăng hoặc giảm khi khoảng tin cậy của thay đổi không chứa 0.",
        "Up or down is said only where the interval of the change excludes 0.",
    ),
    (
        "Chênh lệch của điểm số ghi là «điểm», của tỷ lệ ghi là «điểm phần trăm», thay đổi tương đối ghi là «%».",
        "Differences of scores are in points, of shares in percentage points; relative changes are in %.",
    ),
)
ELSEWHERE = (
    "Phương pháp đầy đủ ghi tại Phụ lục «Ghi chú phương pháp».",
    "The full method stands in the annex “Notes on the method”.",
)
LIMITS = (
    (
        "Kết quả là ước lượng từ mẫu nên luôn có sai số; chỉ đọc cùng khoảng tin cậy.",
        "The results are estimates from a sample and have errors; read them with their intervals.",
    ),
    (
        "Câu trả lời do người dân tự khai, có thể nghiêng về điều được cho là nên nói.",
        "Answers are what people said of themselves and may lean towards what is thought proper to say.",
    ),
    (
        "Nhóm có ít người trả lời không được công bố hoặc chỉ ghi trong ngoặc đơn; không xếp hạng xã, phường, đặc khu.",
        "Groups with few respondents are not published or stand in brackets; communes are not ranked.",
    ),
    (story.MEASURES_ONLY, story.MEASURES_ONLY_EN),
)


def build(results: Results, tongue: Tongue = VI) -> Document:
    """The whole report as a document; one wave gives a baseline report without a section of change."""
    from . import annex, compared, outcome  # they draw: who needs the stamp alone does not pay for matplotlib

    look = Lookup(composed(results), tongue)
    say = tongue.say
    stamp = STAMP if results.practice else ""  # in figures always the Vietnamese words: a picture may be cut out of its page
    sections = [
        (say("THÔNG TIN CHUNG", "ABOUT THE SURVEY"), _general(look, stamp)),
        (say("ĐẶC ĐIỂM MẪU", "THE SAMPLE"), _profile(look, stamp)),
        (say("KẾT QUẢ", "RESULTS"), outcome.build(look, stamp)),
    ]
    if look.base is not None:
        title = say(f"SO SÁNH VỚI NĂM {look.base}", f"COMPARISON WITH {look.base}")
        sections.append((title, compared.comparison(look, stamp)))
    sections += [
        (say("ĐÁNH GIÁ MỤC TIÊU II.3", "TARGET II.3"), compared.target(look)),
        (say("HẠN CHẾ CỦA KHẢO SÁT", "LIMITS OF THE SURVEY"), _limits(look)),
        (say("KIẾN NGHỊ", "RECOMMENDATIONS"), [_wanted(look)]),
    ]
    blocks = list(opening.opening(look))
    for i, (title, inside) in enumerate(sections, 1):
        blocks += [Heading(f"{numbers.roman(i)}. {title}", 1), *inside]
    return Document(
        opening.frame(look),
        say("Báo cáo", "Report"),
        opening.subject(look),
        say(stamp, STAMP_EN) if stamp else "",
        tuple(blocks),
        annex.build(look, stamp),
        annex.method_lines(look),
        contents=1,
        digests=tuple(sorted(results.digests.items())),
        language=tongue.code,
    )


def _wanted(look: Lookup) -> Judgement:
    return Judgement(
        look.tongue.say(
            "kiến nghị đối với UBND tỉnh, các sở, ban, ngành và địa phương",
            "recommendations to the provincial People's Committee, departments and localities",
        )
    )


def _general(look: Lookup, stamp: str) -> list[Block]:
    from . import pictures_sample

    say = look.tongue.say
    return [
        *opening.purpose(look),
        Heading(say("3. Thời gian", "3. Time"), 2),
        paragraph([*_windows(look), *story.warnings(look)]),
        Heading(say("4. Phương pháp", "4. Method"), 2),
        *_method(look),
        Heading(say("5. Cỡ mẫu và tỷ lệ trả lời", "5. Sample and response"), 2),
        *pointed(
            look,
            [*_answered(look), *(rates.sentence(look, w) for w in look.waves)],
            tables.response(look),
            rates.table(look),
            pictures_sample.response(look, stamp),
        ),
    ]


def _windows(look: Lookup) -> list[Sentence]:
    out, tongue = [], look.tongue
    for wave in look.waves:
        about = look.texts.get("waves", {}).get(str(wave), {})
        start, end = about.get("field_start"), about.get("field_end")
        if start and end:
            first, last = tongue.date(start), tongue.date(end)
            text = tongue.say(f"Kỳ khảo sát năm {wave}: từ ngày {first} đến ngày {last}.", f"Wave {wave}: {first} to {last}.")
            out.append(Sentence(text))
    none = tongue.say("Thời gian khảo sát chưa được ghi trong kết quả.", "The results do not say when the fieldwork was.")
    return out or [Sentence(none)]


def _method(look: Lookup) -> list[Block]:
    say = look.tongue.say
    waves = say("Mỗi kỳ khảo sát", "Each wave") if look.base else say("Khảo sát", "The survey")
    said = (*MEASURES, *(COMPARED if look.base is not None else ()), ELSEWHERE)
    return [paragraph([Sentence(f"{waves} {say(*SAMPLE)}")]), paragraph([Sentence(say(*pair)) for pair in said])]


def _answered(look: Lookup) -> list[Sentence]:
    """How many households were drawn and how many people interviewed, wave by wave."""
    told = ((w, look.texts.get("waves", {}).get(str(w), {}).get("response")) for w in look.waves)
    return [_reached(look, w, a) for w, a in told if a and a.get("drawn") is not None and a.get("interviewed") is not None]


def _reached(look: Lookup, wave: int, about: Mapping[str, Any]) -> Sentence:
    tongue, path = look.tongue, f"texts/waves/{wave}/response"

    def told(name: str, unit: str = "") -> str:
        text = tongue.quantity(about[name], unit) if unit else tongue.whole(about[name])
        return numbers.tagged(text, numbers.tag(numbers.text_key(f"{path}/{name}"), "text", unit, 1 if unit else 0))

    keys = ["drawn", "interviewed"]
    text = tongue.say(f"Năm {wave}, mẫu có {told('drawn')} hộ", f"In {wave} the sample had {told('drawn')} households")
    if about.get("main") is not None and about.get("reserve") is not None:
        main, reserve = told("main"), told("reserve")
        text += tongue.say(f" ({main} hộ chính thức, {reserve} hộ dự phòng)", f" ({main} main, {reserve} reserve)")
        keys[1:1] = ["main", "reserve"]
    done = told("interviewed")
    text += tongue.say(f"; phỏng vấn xong {done} người", f"; {done} people were interviewed")
    if about.get("rate") is not None:
        rate = told("rate", "percent")
        text += tongue.say(f", tỷ lệ trả lời {rate}", f", response rate {rate}")
        keys.insert(len(keys) - 1, "rate")
    return Sentence(text + ".", tuple(f"{path}/{name}" for name in keys))


def _profile(look: Lookup, stamp: str) -> list[Block]:
    from . import pictures_sample

    say, label = look.tongue.say, look.tongue.label
    weighted = say(
        "Cột «Tỷ lệ có quyền số» mô tả cơ cấu dân số mà mẫu đại diện, không phải cơ cấu của số người đã phỏng vấn.",
        "“Weighted share” describes the population that the sample stands for, not the people who were interviewed.",
    )
    refused = [
        Sentence(
            f"{say('Không phân tổ theo', 'No breakdown by')} «{lower_first(label(a['label']))}». {_reason(look, a['refused'])}."
        )
        for a in look.texts.get("domains", {}).values()
        if a.get("refused")
    ]
    return pointed(look, [Sentence(weighted), *refused], tables.profile(look), pictures_sample.people(look, stamp))


def _reason(look: Lookup, refused: object) -> str:
    return look.tongue.label(refused).rstrip(".")


def _limits(look: Lookup) -> list[Block]:
    items = [Paragraph((Sentence(f"- {look.tongue.say(*pair)}"),), "item") for pair in LIMITS]
    other = look.tongue.say("hạn chế khác trong quá trình tổ chức khảo sát", "other limits met in the course of the survey")
    return [*items, Judgement(other)]
