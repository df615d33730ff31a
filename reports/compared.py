"""Sections «SO SÁNH» and «ĐÁNH GIÁ MỤC TIÊU II.3» of the survey report.

Imports lookup, story, tables, pictures, blocks and document.  Says nothing of a cause, and no verdict that is not a row's.
"""

from __future__ import annotations

from . import pictures, story, tables
from .blocks import paragraph, pointed
from .document import Block, Heading, Judgement, Sentence
from .lookup import Lookup, lower_first

EACH_GROUP = "Mỗi nhóm có khoảng tin cậy riêng; không xếp hạng các nhóm theo kết quả này."
EACH_GROUP_EN = "Each group has its own interval; the groups are not ranked by these results."


def comparison(look: Lookup, stamp: str) -> list[Block]:
    """What changed between the two waves, overall and by group."""
    say, against = look.tongue.say, tables.against(look)
    score, share, judged = look.compared("score"), look.compared(look.share_indicator), look.judged[0]
    points, shares = (score, look.compared("K"), look.compared("A"), "V"), (share, *tables.EXPOSURE)
    grouped = say(f"Thay đổi của {story.subject(look, judged)} theo nhóm", f"Change of {story.subject(look, judged)} by group")
    scores = tables.changes(look, "change_points", f"{say('Thay đổi của điểm số', 'Change of the scores')}, {against}", points)
    rates = tables.changes(look, "change_shares", f"{say('Thay đổi của các tỷ lệ', 'Change of the shares')}, {against}", shares)
    said = [story.change(look, points[0]), story.standardised(look, score), *(story.change(look, n) for n in points[1:3])]
    return [
        Heading(say("1. Thay đổi chung", "1. Change overall"), 2),
        *pointed(look, said, scores, pictures.moved(look, "K", stamp), pictures.moved(look, "A", stamp)),
        *pointed(look, [story.change(look, share)], rates),
        Heading(say("2. Thay đổi theo nhóm", "2. Change by group"), 2),
        *pointed(
            look,
            [Sentence(say(EACH_GROUP, EACH_GROUP_EN)), story.named_groups(look, judged)],
            tables.changes_by_group(look, "change_groups", f"{grouped}, {against}", judged),
            pictures.changed(look, stamp),
            pictures.slopes(look, stamp),
        ),
        paragraph([story.measures_only(look.tongue), story.kept(look, score), *story.warnings(look)]),
        Judgement(say("nhận xét về thay đổi giữa hai kỳ", "on the change between the waves")),
    ]


def target(look: Lookup) -> list[Block]:
    """What the plan wants of target II.3, by which decision it is judged, and what may be said."""
    said = [*_wanted(look), *_decided(look)]
    blocks: list[Block] = [paragraph(said)] if said else []
    due, say = look.base is not None and not (look.due and look.wave < look.due[0]), look.tongue.say
    readings = tables.four_results(look) if due and not look.signed else None
    caption = f"{say('Đánh giá mục tiêu II.3 theo nhóm', 'Target II.3 by group')}, {tables.against(look)}"
    groups = tables.verdicts_by_group(look, "verdicts", caption) if due else None
    blocks += pointed(look, [*story.target(look), *story.every_group(look)], readings, groups)
    closing = [*story.warnings(look), *([story.measures_only(look.tongue)] if look.base else [])]
    blank = Judgement(say("nhận xét về mức độ đạt mục tiêu II.3", "on how far target II.3 is met"))
    return [*blocks, *([paragraph(closing)] if closing else []), blank]


def _wanted(look: Lookup) -> list[Sentence]:
    wording, clause = look.tongue.label(look.plan_target.get("wording")), look.plan_target.get("clause", "")
    where = look.tongue.say(f" (mục {clause})", f" (section {clause})") if clause not in {"", "II.3"} else ""
    text = lower_first(wording).rstrip(".")
    about = look.tongue.say(f"Mục tiêu II.3 của Kế hoạch{where}: {text}.", f"Target II.3 of the Plan{where}: {text}.")
    return [Sentence(about)] if wording else []


def _decided(look: Lookup) -> list[Sentence]:
    if not look.signed:
        return []
    decided, tongue = look.target, look.tongue
    day, by = tongue.date(str(decided["date"])), tongue.label(decided.get("decided_by"))
    who = tongue.say(f" của {by}", f" by {by}") if by else ""
    document = decided["document"]
    return [Sentence(tongue.say(f"Cách tính theo {document} ngày {day}{who}.", f"Reading by {document} of {day}{who}."))]
