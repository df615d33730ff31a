"""Section «KẾT QUẢ» of the survey report: each part its sentences, its table and its figure.

Imports lookup, story, tables, pictures, numbers, blocks and document.  Numbers come from rows by way of story and tables.
"""

from __future__ import annotations

from collections.abc import Iterable

from . import numbers, pictures, pictures_answers, pictures_sample, story, tables
from .blocks import pointed
from .document import Block, Heading, Judgement, Picture, Sentence, Table
from .lookup import Lookup

BEHAVIOUR = ("behaviour", "behaviour_share", "B")
Part = tuple[str, Iterable[Sentence | None], tuple[Table | Picture | None, ...]]


def build(look: Lookup, stamp: str) -> list[Block]:
    """The parts under numbered headings, and the blank in which people write what they make of it."""
    blocks: list[Block] = []
    for i, (title, said, shown) in enumerate(_parts(look, stamp), 1):
        blocks += [Heading(f"{i}. {title}", 2), *pointed(look, said, *shown)]
    return [*blocks, Judgement(look.tongue.say("nhận xét về kết quả chung và theo nhóm", "on the results, overall and by group"))]


def _parts(look: Lookup, stamp: str) -> tuple[Part, ...]:
    say, last = look.tongue.say, look.wave
    reached = [story.level(look, n, last, year=i == 0) for i, n in enumerate(look.indicators(*tables.EXPOSURE))]
    heard = say("Tiếp cận truyền thông về bình đẳng giới", "Reached by communication on gender equality")
    right = say(
        "Tỷ lệ người dân trả lời đúng từng câu hỏi hiểu biết", "Share of people who answered each knowledge question right"
    )
    equal = say(
        "Tỷ lệ người dân có thái độ bình đẳng theo từng câu hỏi", "Share of people with an equal attitude on each question"
    )
    acts = say("Nhận biết các hành vi bạo lực, tính trên những người được hỏi", "Acts recognised as violence, among those asked")
    behaviour = look.indicators(*BEHAVIOUR)
    return (
        (say("Tiếp cận truyền thông", "Communication"), reached, _reached(look, stamp, heard)),
        (
            say("Hiểu biết", "Knowledge"),
            [story.level(look, "K", last)],
            (tables.indicators(look, "knowledge", right, look.items("K")),),
        ),
        (
            say("Thái độ", "Attitudes"),
            [story.level(look, "A", last)],
            (tables.indicators(look, "attitudes", equal, look.items("A")), pictures_answers.opinions(look, stamp)),
        ),
        (
            say("Nhận biết bạo lực", "Recognition of violence"),
            [*_asked(look), story.level(look, "V", last)],
            (tables.indicators(look, "violence", acts, look.items("V")),),
        ),
        (say("Điểm nhận thức theo nhóm", "Awareness score by group"), _scores(look), _scored(look, stamp)),
        (
            say("Hành vi", "Behaviour"),
            [story.level(look, n, last) for n in behaviour],
            (tables.indicators(look, "behaviour", say("Hành vi", "Behaviour"), behaviour),),
        ),
    )


def _asked(look: Lookup) -> list[Sentence]:
    """V is asked in private: say of how many, and how many were not asked (decision 6)."""
    row, tongue = look.level("V", look.wave), look.tongue
    if row is None or row.publish == "hide":
        return []
    missed, asked = int(row.n_missing.get("not_asked", 0)), row.n + sum(row.n_missing.values())
    told = numbers.HIDDEN if 0 < missed < tables.SMALLEST else tongue.say(f"{tongue.whole(missed)} người", tongue.whole(missed))
    share = ""
    if missed >= tables.SMALLEST:
        part = tongue.quantity(100 * missed / asked, "percent")
        share = tongue.say(f" ({part} số người tham gia)", f" ({part} of those who took part)")
    people = story.asked(row, tongue)
    text = tongue.say(
        f"Các câu hỏi này chỉ hỏi khi người trả lời ở một mình và đồng ý: năm {look.wave}, {people} người "
        f"được hỏi và trả lời, {told} không được hỏi{share}.",
        f"These questions are asked only of people who are alone and agree: in {look.wave}, {people} people were asked and "
        f"answered, {told} were not asked{share}.",
    )
    return [Sentence(text, (row.key,))]


def _scores(look: Lookup) -> list[Sentence | None]:
    row = look.level("score", look.wave)
    caution = look.tongue.say(
        "Biểu mô tả từng nhóm; không suy ra hai nhóm khác nhau chỉ từ việc so hai khoảng tin cậy.",
        "The table describes each group; comparing two intervals does not show that two groups differ.",
    )
    return [
        story.level(look, "score", look.wave),
        story.band(look, row) if row is not None else None,
        story.level(look, look.share_indicator, look.wave, year=False),
        Sentence(caution) if look.present("score", look.wave) else None,
    ]


def _scored(look: Lookup, stamp: str) -> tuple[Table | Picture | None, ...]:
    caption = look.tongue.say("Điểm nhận thức về bình đẳng giới theo nhóm", "Awareness score by group")
    return tables.by_group(look, "scores", caption, "score"), pictures.levels(look, stamp), pictures_sample.zones(look, stamp)


def _reached(look: Lookup, stamp: str, caption: str) -> tuple[Table | Picture | None, ...]:
    return tables.indicators(look, "exposure", caption, tables.EXPOSURE), pictures_answers.channels(look, stamp)
