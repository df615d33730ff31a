"""Sentences of the yearly reports: fixed wording around numbers of rows, never a reason why something is so.

Imports read, story, numbers, lookup and document.  «%», «điểm» and «điểm phần trăm» come with the unit of the row; a year
without a survey is said to be one, and no score is made for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import numbers, story
from ..document import Sentence
from ..lookup import lower_first
from .read import AWARENESS, CENSUS, Entry, Line, Read, Task

SHOWN_LINES = 3
TOTAL = "_total"
FORMS = {
    "unit": ("Biểu của đơn vị có nghĩa vụ", "Returns of obliged units"),
    "media": ("Biểu của cơ quan truyền thông", "Returns of media agencies"),
    "convention": ("Biểu rà soát hương ước, quy ước", "Returns on community conventions"),
}


def period(read: Read) -> Iterator[Sentence]:
    """Which days the figures are about, the day on which returns were counted, whether there is a survey."""
    say, about = read.tongue.say, read.report
    first, last, as_of = (read.tongue.date(str(about[name])) for name in ("from", "to", "as_of"))
    if about["from"] and about["to"]:
        text = say(
            f"Số liệu báo cáo hành chính tính từ ngày {first} đến ngày {last}", f"Administrative figures cover {first} to {last}"
        )
    else:
        text = say("Chưa có biểu báo cáo nào ghi kỳ số liệu", "No return names the days that its figures cover")
    if about["as_of"]:
        text += say(f", theo các biểu nhận được đến ngày {as_of}", f", from the returns received by {as_of}")
    yield Sentence(f"{text}.", ("texts/report/from", "texts/report/to", "texts/report/as_of"))
    yield survey_of_the_year(read)


def survey_of_the_year(read: Read) -> Sentence:
    """Whether the year has a survey; where it has none, that its score is not made up from other years."""
    say, year = read.tongue.say, read.year
    if read.surveyed:
        return Sentence(
            say(
                f"Năm {year} có khảo sát hộ gia đình; kết quả khảo sát phục vụ quản lý, không phải số liệu thống kê chính thức.",
                f"{year} has a household survey; its results serve management and are no official statistics.",
            ),
            ("texts/report/survey_this_year",),
        )
    if read.report["survey_this_year"]:
        return Sentence(
            say(f"Chưa có kết quả khảo sát năm {year}.", f"The results of the {year} survey are not in yet."),
            ("texts/report/survey_this_year",),
        )
    return Sentence(
        say(
            f"Năm {year} không khảo sát: không có điểm nhận thức của năm {year} và không nội suy từ các năm khác.",
            f"There was no survey in {year}: no awareness score exists for {year}, and none is interpolated from other years.",
        ),
        ("texts/report/survey_this_year",),
    )


def action_month(read: Read) -> Sentence:
    """What is known of the Action Month when the figures are counted: nothing yet, provisional figures, or all of them."""
    say, about = read.tongue.say, read.report
    first, last = str(about["action_month"]["from"]), str(about["action_month"]["to"])
    until = read.tongue.date(last)
    days = say(f"từ ngày {read.tongue.date(first)} đến ngày {until}", f"{read.tongue.date(first)} to {until}")
    month = say(f"Tháng hành động năm {read.year} ({days})", f"The Action Month of {read.year} ({days})")
    keys = ("texts/report/action_month/to", "texts/report/supplements")
    waited = bool(about["provisional"]) or int(about["supplements"]) < _reported(read)
    if first > read.counted_on:
        text = say(
            "diễn ra sau kỳ số liệu này; mục tiêu II.2 thuộc báo cáo năm", "comes later; target II.2 belongs to the annual report"
        )
    elif not about["supplements"] and last > read.counted_on:
        text = say(
            f"chưa kết thúc khi chốt số liệu; số liệu về mục tiêu II.2 là số liệu sơ bộ, được bổ sung sau ngày {until}",
            f"is not over when the figures are counted; those on target II.2 are provisional and are completed after {until}",
        )
    elif not about["supplements"] and waited:
        text = say(
            "đã kết thúc, chưa đơn vị nào gửi số liệu bổ sung; số liệu về mục tiêu II.2 là số liệu sơ bộ",
            "is over and no unit has completed its figures yet; those on target II.2 are provisional",
        )
    elif waited:
        sent = read.figure("texts/report/supplements", int(about["supplements"]))
        text = say(
            f"đã được {sent} đơn vị gửi số liệu bổ sung; số liệu về mục tiêu II.2 của các đơn vị khác là số liệu sơ bộ",
            f"has been completed by {sent} units; the figures of the others on target II.2 are provisional",
        )
    else:
        text = say("đã có số liệu đầy đủ của các đơn vị báo cáo", "is complete in the figures of the units that reported")
    return Sentence(f"{month} {text}.", keys)


def _reported(read: Read) -> int:
    """Units whose return counts; each of them owes the supplement after the Action Month, whatever the kind of report."""
    return int(read.texts["forms"].get("unit", {}).get("reported") or 0)


def reporting(read: Read) -> Iterator[Sentence]:
    """How many owed a return, sent it, did not, and were left out, form by form."""
    say = read.tongue.say
    for name, about in read.forms:
        path = f"texts/forms/{name}"
        said = {k: read.figure(f"{path}/{k}", about[k]) for k in ("owing", "reported", "silent", "left_out") if k in about}
        keys = tuple(f"{path}/{k}" for k in said)
        label = say(*FORMS.get(name, (name, name)))
        text = say(
            f"{label}: {said['reported']} trong {said['owing']} đơn vị đã báo cáo",
            f"{label}: {said['reported']} of {said['owing']} units reported",
        )
        if about.get("silent"):
            text += say(f", {said['silent']} đơn vị chưa báo cáo", f", {said['silent']} did not")
        if about.get("left_out"):
            text += say(
                f", trong đó {said['left_out']} đơn vị có gửi nhưng biểu không dùng được",
                f", of which {said['left_out']} sent one that could not be used",
            )
        else:
            keys = keys[:3]
        yield Sentence(f"{text}.", keys)
    yield Sentence(
        say(
            "Đơn vị chưa báo cáo vẫn nằm trong mẫu số và tính là chưa đạt; tên các đơn vị ghi tại phụ lục.",
            "Units that did not report stay in the denominator and count as not met; the annex names them.",
        )
    )


def measured(read: Read, entry: Entry) -> str:
    """The number of a line: «198/250 đơn vị, 79,2% (79,2 - 84,0)», or why there is none; '' for neither."""
    row, tongue = entry.row, read.tongue
    said = read.counted(entry) if entry.said else ""
    if row is None:
        return said
    if row.publish == "hide":
        return story.not_shown(tongue)
    if not story.shown(row):
        return said
    if CENSUS not in (row.design, row.method):
        return story.value(row, tongue=tongue)
    share = numbers.tagged(tongue.quantity(row.estimate or 0.0, row.unit), numbers.tag(row.key, "estimate", row.unit, 1))
    both = ", ".join(x for x in (said, share) if x)
    if row.lower is None or row.upper is None or row.lower == row.upper:
        return both
    limits = tongue.span(row.lower, row.upper, key=row.key)
    return both + tongue.say(
        f" (hai cận: {limits})",
        f" (bounds: {limits})",
    )


def line(read: Read, entry: Entry) -> Sentence:
    """One line of the dashboard as a sentence: what it is, its number, the verdict's words, progress, what is missing.

    Of a year without a survey II.3 says only how it stands: the last score and what the year lacks follow in sentences.
    """
    say, told_below = read.tongue.say, entry.target == AWARENESS and not read.surveyed and read.look is not None
    said = measured(read, entry)
    keys = tuple(dict.fromkeys([*(r.key for r in (entry.row, *entry.also) if r is not None), f"{entry.path}/state"]))
    text = f"{entry.label}: {said}" if said else entry.label
    if entry.state:
        text += f"; {say('đánh giá', 'assessment')}: {lower_first(entry.state)}" if said else f": {entry.state}"
    if entry.progress and entry.progress != entry.said:
        latest = "" if told_below else _latest(read, entry)
        named = "" if latest or told_below else f"{say('tiến độ', 'progress')}: "
        text += f"; {named}{entry.progress.rstrip('.')}{latest}"
        keys = (*keys, f"{entry.path}/progress")
    if entry.missing and not told_below:
        text += f"; {say('còn thiếu', 'missing')}: {lower_first(entry.missing).rstrip('.')}"
        keys = (*keys, f"{entry.path}/missing")
    return Sentence(f"{text}.", keys)


def _latest(read: Read, entry: Entry) -> str:
    """The last survey's number beside a line that has none of its own year."""
    row = (
        next((r for r in entry.also if CENSUS not in (r.design, r.method) and story.shown(r)), None)
        if entry.row is None
        else None
    )
    return "" if row is None else f", {story.value(row, tongue=read.tongue)}"


def awareness(read: Read) -> Iterator[Sentence]:
    """Target II.3 beside its dashboard line: the last measured score, or the verdict's sentences in a survey year."""
    look = read.look
    if look is None:
        return
    if read.surveyed:
        yield from story.target(look)
        return
    last = story.level(look, "score", look.wave, year=False)
    if last is not None:
        said = read.tongue.say(f"Lần khảo sát gần nhất là năm {look.wave}.", f"The last survey was in {look.wave}.")
        yield Sentence(said, ("texts/report/survey_waves",))
        yield last


def task(read: Read, about: Task) -> Iterator[Sentence]:
    """The first figures of a task, from how many units they come, and how many wrote about it."""
    say = read.tongue.say
    given = [x for x in about.lines if x.row.estimate is not None and x.row.publish != "hide"]
    if given:
        told = "; ".join(f"{lower_first(x.label)}: {amount(read, x)}" for x in given[:SHOWN_LINES])
        yield Sentence(say(f"Số liệu chính: {told}.", f"Main figures: {told}."), tuple(x.row.key for x in given[:SHOWN_LINES]))
    elif about.lines:
        yield Sentence(
            say("Chưa đơn vị nào có số liệu của mục này.", "No unit has figures on this."), tuple(x.row.key for x in about.lines)
        )
    if about.told:
        units = read.figure(about.path, about.told)
        yield Sentence(
            say(
                f"Có {units} đơn vị tự viết kết quả về nhiệm vụ này trong biểu báo cáo.",
                f"{units} units wrote about this task in their returns.",
            ),
            (about.path,),
        )


def amount(read: Read, about: Line) -> str:
    """A sum with its unit, tagged."""
    row = about.row
    if row.estimate is None:
        raise ValueError(f"row {row.key} has no number to print")
    return numbers.tagged(read.tongue.quantity(row.estimate, row.unit, 0), numbers.tag(row.key, "estimate", row.unit, 0))


def funding(read: Read) -> Iterator[Sentence]:
    """What was planned and spent in all; sums of the units that gave a figure."""
    say = read.tongue.say
    for part, vi, en in (
        ("planned", "Kinh phí dự kiến cả năm", "Planned for the year"),
        ("spent", "Kinh phí đã chi trong kỳ", "Spent in the period"),
    ):
        given = [x for x in read.money(part) if x.row.estimate is not None and x.row.publish != "hide"]
        lines = [x for x in given if x.row.indicator.endswith(TOTAL)] or given
        if lines:
            told = "; ".join(f"{lower_first(x.label)}: {amount(read, x)}" for x in lines)
            yield Sentence(say(f"{vi}: {told}.", f"{en}: {told}."), tuple(x.row.key for x in lines))
        else:
            yield Sentence(say(f"{vi}: chưa có số liệu.", f"{en}: no figures."), (f"texts/funding/{part}",))


def data_limits(read: Read) -> Iterator[str]:
    """What the figures of the report cannot show."""
    say = read.tongue.say
    yield say(
        "Số liệu hành chính do đơn vị tự báo cáo; tổng số cộng các đơn vị có số liệu, không suy rộng cho đơn vị chưa báo cáo.",
        "Administrative figures are the units' own; totals add those that gave a figure and are not extended to the silent ones.",
    )
    yield say(
        "Dưới 10 đơn vị thì ghi số đơn vị, không ghi tỷ lệ phần trăm; số liệu của toàn bộ đơn vị không có khoảng tin cậy.",
        "Below ten units the numbers are given, no percentage; a full count has no confidence interval.",
    )
    yield say(
        "Khoảng trong ngoặc của số liệu hành chính là hai cận: phần chưa báo cáo, chưa có số liệu, chưa rà soát đều chưa đạt "
        "hoặc đều đạt.",
        "The range beside an administrative share is its two bounds: none, or all, of what was not reported, has no figures or "
        "was not reviewed meets it.",
    )
    if read.surveyed and read.look is not None and read.look.base is not None:
        yield say(story.MEASURES_ONLY, story.MEASURES_ONLY_EN)
