"""What the tool fills in below a heading: for each name of content, its blocks.

Imports read, outline, sentences, tables, sums, trend, and of the survey report story, tables and, late, annex and pictures.
Headings of level 2 come without their number: the report numbers them where they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .. import story
from .. import tables as surveyed
from ..document import Block, Heading, Judgement, Paragraph, Picture, Reference, Sentence, Table
from ..lookup import Lookup
from . import sentences, sums, tables, trend
from .outline import Outline
from .read import AWARENESS, Entry, Read

EACH_GROUP = (
    "Mỗi nhóm có khoảng tin cậy riêng; không xếp hạng các nhóm theo kết quả này.",
    "Each group has its own interval; groups are not ranked by these results.",
)


@dataclass(frozen=True)
class Filling:
    """What every content is made from.  look: all the words of the results, surveys or not; stamp: '' or the practice stamp."""

    read: Read
    look: Lookup
    outline: Outline
    stamp: str


def fill(name: str, filling: Filling) -> tuple[Block, ...]:
    """The blocks of one content."""
    return tuple(_MAKE[name](filling))


def say(parts: Iterable[Sentence | Reference | None]) -> Paragraph:
    """Sentences as one paragraph."""
    return Paragraph(tuple(p for p in parts if p is not None))


def _items(texts: Iterable[str]) -> Iterator[Block]:
    for text in texts:
        yield Paragraph((Sentence(f"- {text}"),), "item")


def _with(read: Read, said: Iterable[Sentence | None], *shown: Table | Picture | None) -> Iterator[Block]:
    """A paragraph that points to what follows, and what follows; a sentence when there is nothing at all."""
    spoken, there = [s for s in said if s is not None], [s for s in shown if s is not None]
    if not spoken and not there:
        spoken = [Sentence(read.tongue.say("Kỳ này không có số liệu cho mục này.", "There are no figures for this part."))]
    pointers: list[Sentence | Reference] = []
    for i, item in enumerate(there):
        between = read.tongue.say("và", "and") if i == len(there) - 1 else ","
        pointers += [Sentence(read.tongue.say("Chi tiết tại", "See") if i == 0 else between), Reference(item.anchor)]
    yield say([*spoken, *pointers, *([Sentence(".")] if pointers else [])])
    yield from there


def _period(at: Filling) -> Iterator[Block]:
    yield say(sentences.period(at.read))


def _reporting(at: Filling) -> Iterator[Block]:
    yield from _with(at.read, sentences.reporting(at.read), sums.returns(at.read))


def _dashboard(at: Filling) -> Iterator[Block]:
    read = at.read
    lead = read.tongue.say(
        "Kết quả chung ghi tại biểu dưới đây; từng mục tiêu ghi ở các mục tiếp theo.",
        "The table shows all targets; each is told below.",
    )
    yield from _with(read, [Sentence(lead)], tables.dashboard(read))


def _targets(at: Filling) -> Iterator[Block]:
    """Each target under a heading of its own: what the plan asks, every line, what stands beside it."""
    read = at.read
    wordings = {str(t["id"]): read.tongue.label(t.get("wording")) for t in read.texts["plan"].get("targets", [])}
    for name in dict.fromkeys(e.target for e in read.dashboard):
        title = read.tongue.label(at.outline.targets.get(name)) or read.tongue.say(f"Mục tiêu {name}", f"Target {name}")
        yield Heading(title, 2)
        if wordings.get(name):
            asked = read.tongue.say("Kế hoạch đề ra", "The plan asks")
            yield say([Sentence(f"{asked}: {wordings[name].rstrip('.')}.", ("texts/plan/targets",))])
        for entry in _told(at, name):
            said = sentences.line(read, entry)
            yield Paragraph((Sentence(f"- {said.composed}", said.keys),), "item")
        yield from _beside(at, name)


def _told(at: Filling, target: str) -> Iterator[Entry]:
    """The lines of a target; in a survey year II.3 is told by the survey's own sentences, not twice.

    Once a reading is signed the other readings are lines; until then all stand in a table without a verdict.
    """
    judged = target == AWARENESS and at.read.surveyed
    signed = bool(at.read.texts["target_ii3"].get("signed"))
    said = {id(e.row) for e in at.read.target(target) if e.headline}
    yield from (e for e in at.read.target(target) if not judged or (signed and id(e.row) not in said))


def _beside(at: Filling, target: str) -> Iterator[Block]:
    """The Action Month beside II.2, the survey beside II.3."""
    read = at.read
    if target == "II.2":
        yield say([sentences.action_month(read)])
    if target == AWARENESS:
        if not read.surveyed:
            yield say([sentences.survey_of_the_year(read), *sentences.awareness(read)])
        else:
            yield from _judged(at)


def _judged(at: Filling) -> Iterator[Block]:
    """The survey year: what may be said of II.3, with all four readings while none is signed."""
    read, look = at.read, at.read.look
    if look is None:
        return
    due = look.base is not None and not (look.due and look.wave < look.due[0])
    readings = surveyed.four_results(look) if due and not look.signed else None
    groups = None
    if due:
        caption = read.tongue.say(
            f"Đánh giá mục tiêu II.3 theo nhóm, năm {look.wave} so với năm {look.base}",
            f"Target II.3 by group, {look.wave} against {look.base}",
        )
        groups = surveyed.verdicts_by_group(look, "verdicts", caption)
    share = story.level(look, look.share_indicator, look.wave) if look.base is None else None
    yield from _with(read, [*sentences.awareness(read), share, *story.every_group(look)], readings, groups)
    if beside := [*story.warnings(look), *([story.measures_only(read.tongue)] if look.base is not None else [])]:
        yield say(beside)


def _change(at: Filling) -> Iterator[Block]:
    """Both surveys side by side; said to be missing where there are not two."""
    read, look = at.read, at.read.look
    if look is None or look.base is None:
        years = ", ".join(str(w) for w in read.report["survey_waves"]) or "-"
        yield say(
            [
                Sentence(
                    read.tongue.say(
                        f"Chưa có đủ hai kỳ khảo sát để so sánh (kỳ đã có: {years}); chưa kết luận về thay đổi.",
                        f"There are not two surveys to compare (there: {years}); nothing is concluded on change.",
                    ),
                    ("texts/report/survey_waves",),
                )
            ]
        )
        return
    from .. import pictures

    against = read.tongue.say(f"năm {look.wave} so với năm {look.base}", f"{look.wave} against {look.base}")
    points = tuple(look.compared(n) for n in ("score", "K", "A"))
    judged = look.judged[0]
    grouped = read.tongue.say(
        f"Thay đổi của {story.subject(look, judged)} theo nhóm", f"Change of {story.subject(look, judged)} by group"
    )
    yield from _with(
        read,
        [*(story.change(look, n) for n in points), story.standardised(look, points[0]), story.measures_only(read.tongue)],
        surveyed.changes(
            look, "change_points", read.tongue.say(f"Thay đổi của điểm số, {against}", f"Change of scores, {against}"), points
        ),
    )
    yield from _with(
        read,
        [Sentence(read.tongue.say(*EACH_GROUP)), story.named_groups(look, judged)],
        surveyed.changes_by_group(look, "change_groups", f"{grouped}, {against}", judged),
        pictures.changed(look, at.stamp),
    )


def _trend(at: Filling) -> Iterator[Block]:
    table = trend.trend(at.read)
    say_ = at.read.tongue.say
    none = say_("Chưa có kết quả của các năm trước.", "There are no results of earlier years.")
    lead = say_(
        "Kết quả từng năm lấy từ báo cáo của năm đó, không tính lại; điểm nhận thức chỉ có ở năm khảo sát.",
        "Each year's results are those of its own report, not computed again; a score exists in survey years only.",
    )
    yield from _with(at.read, [Sentence(none if table is None else lead)], table)


def _tasks(at: Filling) -> Iterator[Block]:
    read = at.read
    for task in read.tasks:
        yield Heading(task.title, 2)
        yield from _with(read, sentences.task(read, task), sums.tasks(read, task))
        yield Judgement(
            read.tongue.say(
                f"kết quả nổi bật, cách làm của nhiệm vụ {task.id}", f"the main results and ways of working of task {task.id}"
            )
        )


def _funding(at: Filling) -> Iterator[Block]:
    yield from _with(at.read, sentences.funding(at.read), sums.funding(at.read))


def _data_limits(at: Filling) -> Iterator[Block]:
    yield from _items(sentences.data_limits(at.read))


def _detail(at: Filling) -> Iterator[Block]:
    yield tables.detail(at.read)
    if (kinds := tables.by_kind(at.read)) is not None:
        yield kinds


def _silent(at: Filling) -> Iterator[Block]:
    table = sums.silent(at.read)
    if table is not None:
        yield table
        return
    none = at.read.tongue.say("Mọi đơn vị phải báo cáo đều đã báo cáo.", "Every unit that had to report has reported.")
    yield say([Sentence(none, ("units",))])


def _method(at: Filling) -> Iterator[Block]:
    """How the plan's open points are read, and what the numbers were made from."""
    yield from _items(method_lines(at))
    for table in (tables.definitions(at.read), surveyed.switches(at.look), surveyed.digests(at.look)):
        if table is not None:
            yield table


def method_lines(at: Filling) -> Sequence[str]:
    """The method note as lines."""
    tongue, survey = at.read.tongue, at.read.look
    if survey is None:
        return [tables.ranges(at.read)]
    if not at.read.surveyed:
        where = tongue.say(
            f"Cách đo và sai số của số liệu khảo sát: xem báo cáo kết quả khảo sát năm {survey.wave}.",
            f"How the survey measures and how precise it is: see the report of the {survey.wave} survey.",
        )
        return [tables.ranges(at.read), where]
    return [tables.ranges(at.read), *(tongue.label(m) for m in at.look.texts.get("method", []))]


def workbook_lines(at: Filling) -> tuple[tuple[str, str], ...]:
    """(subject, text) for the sheet of the method."""
    from .. import annex

    return (("ranges", tables.ranges(at.read)), *annex.method_lines(at.look))


_MAKE: Mapping[str, Callable[[Filling], Iterator[Block]]] = {
    "period": _period, "reporting": _reporting, "dashboard": _dashboard, "targets": _targets, "change": _change, "trend": _trend,
    "tasks": _tasks, "funding": _funding, "data_limits": _data_limits, "detail": _detail, "silent": _silent, "method": _method,
}  # fmt: skip
