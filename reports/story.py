"""Rows of results -> sentences, in the lookup's language.  Every word of change or verdict comes from one interval (decision 4).

Imports numbers, tongue, states, document and lookup.  Never computes a statistic, never says
why something changed: the survey measures change and cannot separate the
plan's part.
"""

from __future__ import annotations

from itertools import groupby

from analysis.results import Row

from . import numbers, states
from .document import Sentence
from .lookup import EVERYBODY, Domain, Lookup, lower_first, why
from .tongue import VI, Tongue

MEASURES_ONLY = (
    "Khảo sát đo lường mức thay đổi về nhận thức giữa hai kỳ; khảo sát không tách được phần đóng góp của Kế hoạch "
    "khỏi các yếu tố khác."
)
MEASURES_ONLY_EN = (
    "The survey measures the change in awareness between the two waves; it cannot separate the Plan's part from other factors."
)
UNSIGNED, UNSIGNED_EN = (
    "Chưa có văn bản thống nhất cách tính; chưa kết luận",
    "No signed decision on the reading yet; no conclusion",
)
NOT_DUE, NOT_DUE_EN = "chưa đến hạn đánh giá", "not due yet"
NO_RELATIVE, NO_RELATIVE_EN = "không xác định được thay đổi tương đối", "the relative change cannot be determined"
NOT_SHOWN = f"{numbers.HIDDEN} (không công bố do ít quan sát)"
NOT_SHOWN_EN = f"{numbers.HIDDEN} (not published: too few observations)"


def not_shown(tongue: Tongue = VI) -> str:
    """What stands in the place of a number that is not published."""
    return tongue.say(NOT_SHOWN, NOT_SHOWN_EN)


def measures_only(tongue: Tongue = VI) -> Sentence:
    """The fixed sentence: the survey measures the change and gives no cause (decision 8)."""
    return Sentence(tongue.say(MEASURES_ONLY, MEASURES_ONLY_EN))


def direction(row: Row, tongue: Tongue = VI) -> str:
    """`tăng`, `giảm` (`up`, `down`), or '' when the interval does not exclude zero (then nothing may be said)."""
    if row.lower is None or row.upper is None:
        return ""
    if row.lower > 0:
        return tongue.say("tăng", "up")
    return tongue.say("giảm", "down") if row.upper < 0 else ""


def subject(look: Lookup, indicator: str, *, first: bool = False) -> str:
    """An indicator inside a sentence; a share says that it is one.  first: it opens the sentence."""
    name = look.indicator(indicator)
    row = look.level(indicator, look.wave)
    share = row is not None and row.unit == "percent"
    if look.tongue.code == "en":
        if share and not name.lower().startswith("share"):
            return f"{'Share' if first else 'the share'} of people with “{name}”"
        return name if first else f"the {lower_first(name)}"
    if share and not name.lower().startswith("tỷ lệ"):
        name = f"Tỷ lệ người dân {lower_first(name)}"
    return name if first else lower_first(name)


def shown(row: Row) -> bool:
    """True when its number may be printed."""
    return row.publish != "hide" and row.status != "not_estimable" and row.estimate is not None


def value(row: Row, *, size: bool = False, tongue: Tongue = VI) -> str:
    """`54,3% (KTC 95%: 50,1 - 58,4)`, in brackets for few observations; size: without its sign (after tăng/giảm)."""
    if row.estimate is None or row.publish == "hide":
        raise ValueError(f"row {row.key} has no number to print")
    estimate = abs(row.estimate) if size else row.estimate
    places = 0 if row.unit in numbers.WHOLE else 1
    text = numbers.tagged(tongue.quantity(estimate, row.unit, places), numbers.tag(row.key, "estimate", row.unit, places))
    if row.publish == "bracket":
        text = numbers.bracketed(text)
    if row.lower is None or row.upper is None:
        return f"{text} {tongue.say('(không tính được khoảng tin cậy)', '(no interval can be computed)')}"
    return f"{text} {tongue.interval(row.lower, row.upper, row.level or 0.95, key=row.key)}"


def asked(row: Row, tongue: Tongue = VI) -> str:
    """The number of people who answered, tagged."""
    return numbers.tagged(tongue.whole(row.n), numbers.tag(row.key, "n", "", 0))


def level(look: Lookup, indicator: str, wave: int, domain: Domain = EVERYBODY, *, year: bool = True) -> Sentence | None:
    """The level of an indicator in one wave, None when there is no row; year: the sentence opens with the year."""
    row, tongue = look.level(indicator, wave, domain), look.tongue
    if row is None:
        return None
    opened = f"{tongue.say('Năm', 'In')} {wave}, {subject(look, indicator)}"
    about = opened if year else subject(look, indicator, first=True)
    if row.publish == "hide":
        return Sentence(f"{about}: {not_shown(tongue)}.", (row.key,))
    if not shown(row):
        reason = f" ({why(row, tongue)})" if row.reason else ""
        return Sentence(f"{about}: {tongue.say('không có số liệu', 'no figure')}{reason}.", (row.key,))
    said, people = value(row, tongue=tongue), asked(row, tongue)
    number = tongue.say(f"{about} là {said}, tính trên {people} người trả lời.", f"{about} is {said}, from {people} respondents.")
    return Sentence(number, (row.key,))


def band(look: Lookup, row: Row) -> Sentence | None:
    """In which band the whole interval of a mean score lies; when it crosses a border both bands are named."""
    if not shown(row) or row.publish == "bracket" or row.lower is None or row.upper is None:
        return None
    bands = sorted(look.texts.get("bands", []), key=lambda b: float(b["from"]))
    if not bands:
        return None

    def named(at: float) -> str:
        return (
            look.tongue.label([b for b in bands if at >= float(b["from"])][-1]["label"]) if at >= float(bands[0]["from"]) else ""
        )

    say = look.tongue.say
    low, high = lower_first(named(row.lower)), lower_first(named(row.upper))
    if low == high:
        return Sentence(
            say(f"Cả khoảng tin cậy nằm trong mức {low}.", f"The whole interval lies in the band “{low}”."), (row.key,)
        )
    across = say(
        f"Khoảng tin cậy nằm giữa mức {low} và mức {high}, nên chưa xếp vào một mức.",
        f"The interval reaches from the band “{low}” into “{high}”, so no single band is named.",
    )
    return Sentence(across, (row.key,))


def change(look: Lookup, indicator: str, domain: Domain = EVERYBODY) -> Sentence | None:
    """From the first wave to the last: both levels, the difference, and the relative change where it exists."""
    base, diff, rel = look.base, look.change(indicator, "diff", domain), look.change(indicator, "rel", domain)
    if base is None or diff is None:
        return None
    first, last = look.level(indicator, base, domain), look.level(indicator, look.wave, domain)
    rows = [r for r in (first, last, diff, rel) if r is not None]
    keys = tuple(r.key for r in rows)
    about, tongue = subject(look, indicator, first=True), look.tongue
    if any(r.publish == "hide" for r in rows):
        return Sentence(f"{about}: {not_shown(tongue)}.", keys)
    if not shown(diff) or first is None or last is None or not (shown(first) and shown(last)):
        reason = why(diff, tongue) or tongue.say("thiếu số liệu của một kỳ", "one wave has no figure")
        none = tongue.say("không tính được thay đổi giữa hai kỳ", "no change between the waves can be computed")
        return Sentence(f"{about}: {none} ({reason}).", keys)
    before, after = value(first, tongue=tongue), value(last, tongue=tongue)
    levels = tongue.say(
        f"{about} năm {base} là {before}, năm {look.wave} là {after}",
        f"{about} was {before} in {base} and {after} in {look.wave}",
    )
    return Sentence(f"{levels}; {_moved(diff, rel, tongue)}.", keys)


def _moved(diff: Row, rel: Row | None, tongue: Tongue) -> str:
    """The words of a change: `tăng`/`giảm` only if the interval excludes zero."""
    usable = rel is not None and shown(rel) and rel.lower is not None and rel.upper is not None
    word = direction(rel if usable and rel is not None else diff)
    rising = word == "tăng"
    gap = value(diff, size=rising, tongue=tongue)
    if not word:
        text = tongue.say("chưa đủ bằng chứng về thay đổi: chênh lệch", "not enough evidence of a change: difference") + f" {gap}"
    elif rising:
        text = f"{tongue.say('tăng', 'up by')} {gap}"
    else:
        text = f"{tongue.say('giảm, chênh lệch', 'down, difference')} {gap}"
    if usable and rel is not None:
        return f"{text}, {tongue.say('thay đổi tương đối', 'relative change')} {value(rel, tongue=tongue)}"
    return f"{text}, {tongue.say(NO_RELATIVE, NO_RELATIVE_EN)}"


def standardised(look: Lookup, indicator: str) -> Sentence | None:
    """The change at the composition of the first wave, beside the observed one (decision 8)."""
    diff, rel = look.variant(indicator, "diff", "standardised"), look.variant(indicator, "rel", "standardised")
    if diff is None or not shown(diff):
        return None
    tongue = look.tongue
    text = tongue.say(
        f"Khi giữ cơ cấu dân số như năm {look.base}, chênh lệch là",
        f"With the population's composition of {look.base} the difference is",
    )
    text += f" {value(diff, tongue=tongue)}"
    if rel is not None and shown(rel):
        text += f", {tongue.say('thay đổi tương đối', 'the relative change')} {value(rel, tongue=tongue)}"
    return Sentence(text + ".", tuple(r.key for r in (diff, rel) if r is not None))


def kept(look: Lookup, indicator: str) -> Sentence | None:
    """Whether hamlets that were asked before answer otherwise than fresh ones in the same wave (decision 11)."""
    row, tongue = look.kept(indicator), look.tongue
    if row is None or look.base is None:
        return None
    about = subject(look, indicator, first=True) + tongue.say(
        f" năm {look.wave}, địa bàn giữ lại từ năm {look.base} so với địa bàn mới",
        f" in {look.wave}, hamlets kept from {look.base} against fresh hamlets",
    )
    if not shown(row):
        reason = why(row, tongue) or tongue.say("thiếu số liệu", "no figures")
        return Sentence(f"{about}: {tongue.say('không so sánh được', 'no comparison is possible')} ({reason}).", (row.key,))
    if direction(row):
        said = tongue.say(
            "hai loại địa bàn khác nhau, cần xét ảnh hưởng của việc đã được hỏi ở kỳ trước",
            "the two kinds of hamlets differ; having been asked before has to be considered",
        )
    else:
        said = tongue.say(
            "chưa đủ bằng chứng cho thấy hai loại địa bàn khác nhau", "not enough evidence that the two kinds of hamlets differ"
        )
    return Sentence(f"{about}: {tongue.say('chênh lệch', 'difference')} {value(row, tongue=tongue)}; {said}.", (row.key,))


def target(look: Lookup) -> tuple[Sentence, ...]:
    """What may be said of target II.3: not due, not signed, or the one verdict with its interval."""
    due = look.due
    score = look.level("score", look.wave)
    keys = (score.key,) if score is not None else ()
    year = str(due[0]) if due else "2030"
    if look.base is None:
        return (Sentence(_alone(look, score, year, late=bool(due) and look.wave >= int(year)), keys),)
    if due and look.wave < due[0]:
        progress = change(look, look.compared("score"))
        head = look.tongue.say(
            f"Mục tiêu II.3 tính đến năm {year}; đến kỳ này mục tiêu {NOT_DUE}. Tiến độ như sau:",
            f"Target II.3 is set for {year}; in this wave it is {NOT_DUE_EN}. The progress:",
        )
        return (Sentence(head), progress) if progress is not None else (Sentence(head),)
    if not look.signed:
        return (Sentence(f"{look.tongue.say(UNSIGNED, UNSIGNED_EN)}."),)
    return _verdict(look)


def _alone(look: Lookup, score: Row | None, year: str, *, late: bool) -> str:
    """One wave cannot show a change: it is the baseline, or it has nothing to be compared with."""
    tongue = look.tongue
    if late:
        return tongue.say(
            f"Kết quả chỉ có năm {look.wave}, không có kỳ gốc để so sánh; chưa kết luận.",
            f"The results hold {look.wave} alone, without a baseline to compare with; no conclusion.",
        )
    reached = ""
    if score is not None and shown(score):
        when = tongue.say(f" năm {look.wave}", f" in {look.wave}")
        reached = f" {subject(look, 'score', first=True)}{when}: {value(score, tongue=tongue)}."
    if not look.baseline:
        return (
            tongue.say(
                f"Mục tiêu II.3 tính đến năm {year}; đến kỳ này mục tiêu {NOT_DUE}.",
                f"Target II.3 is set for {year}; in this wave it is {NOT_DUE_EN}.",
            )
            + reached
        )
    return (
        tongue.say(
            f"Mục tiêu II.3 so sánh năm {year} với năm {look.wave} (năm gốc); đến kỳ này mục tiêu {NOT_DUE}.",
            f"Target II.3 compares {year} with {look.wave} (the base year); in this wave it is {NOT_DUE_EN}.",
        )
        + reached
    )


def _verdict(look: Lookup) -> tuple[Sentence, ...]:
    """The signed reading's verdict; the state is printed as the one rule worded it."""
    row, tongue = look.verdict(), look.tongue
    if row is None:
        none = tongue.say(
            "Kết quả không có dòng đánh giá mục tiêu; chưa kết luận.", "The results hold no row for the target; no conclusion."
        )
        return (Sentence(none),)
    head = tongue.say("Đánh giá mục tiêu II.3", "Target II.3")
    if row.publish == "hide":
        return (Sentence(f"{head}: {not_shown(tongue)}.", (row.key,)),)
    said = states.state(row.state, tongue)
    if not shown(row):
        return (Sentence(f"{head}: {said or tongue.say(NO_RELATIVE, NO_RELATIVE_EN)}.", (row.key,)),)
    relative = row.unit == "percent"
    reading = tongue.say("thay đổi tương đối", "relative change") if relative else tongue.say("chênh lệch", "difference")
    about = (
        f"{reading} {tongue.say('của', 'of')} {subject(look, row.indicator)} {tongue.say('là', 'is')} {value(row, tongue=tongue)}"
    )
    return (Sentence(f"{head}: {said}; {about}.", (row.key,)),)


def every_group(look: Lookup) -> tuple[Sentence, ...]:
    """What may be claimed of every group of a breakdown, by each group's own interval (decision 4); signed targets only."""
    if look.base is None or not look.signed or (look.due and look.wave < look.due[0]):
        return ()
    claims, say = look.texts.get("all_groups", {}), look.tongue.say
    withheld = say("không kết luận cho mọi nhóm, vì có nhóm không công bố", "no conclusion for every group: one is not published")
    out = []
    for heading, members in groupby(look.groups, key=lambda g: (g.variable, g.heading)):
        found = [r for g in members if (r := look.verdict(g.domain)) is not None]
        claim = claims.get(f"{' '.join(look.judged)} {heading[0]}")
        if claim is None or len(found) < 2:
            continue
        # A claim about all groups would tell what a hidden group is like.
        said = look.tongue.label(claim) if all(r.publish != "hide" for r in found) else withheld
        out.append(Sentence(f"{say('Phân theo', 'By')} {lower_first(heading[1])}: {said}.", tuple(r.key for r in found)))
    head = Sentence(
        say(
            "Xét theo khoảng tin cậy riêng của từng nhóm (không hiệu chỉnh theo số nhóm):",
            "By each group's own interval (not corrected for the number of groups):",
        )
    )
    return (head, *out) if out else ()


def named_groups(look: Lookup, indicator: str = "score") -> Sentence | None:
    """Groups that may be named, by simultaneous intervals only; None when the results hold none."""
    rows = [(g, look.variant(indicator, "rel", "simultaneous", g.domain)) for g in look.groups]
    known = [(g, r) for g, r in rows if r is not None and shown(r)]
    if not known:
        return None
    keys, say = tuple(r.key for _, r in known), look.tongue.say

    def quoted(label: str) -> str:
        return say(f"«{label}»", f"“{label}”")

    up = [g for g, r in known if direction(r) == "tăng"]
    named = [f"{lower_first(h)} ({', '.join(quoted(g.label) for g in some)})" for h, some in groupby(up, key=lambda g: g.heading)]
    if not up:
        return Sentence(
            say(
                "Theo khoảng tin cậy đồng thời, chưa nhóm riêng lẻ nào đủ căn cứ nói là tăng.",
                "By simultaneous intervals there is not enough evidence that any single group went up.",
            ),
            keys,
        )
    head = say("Theo khoảng tin cậy đồng thời, các nhóm sau đây tăng", "By simultaneous intervals these groups went up")
    return Sentence(f"{head}: {'; '.join(named)}.", keys)


def warnings(look: Lookup) -> tuple[Sentence, ...]:
    """What must stand beside a comparison: windows that differ, the Action Month (decision 9), strata with one PSU."""
    return tuple(
        Sentence(f"{look.tongue.say('Lưu ý về kỳ khảo sát năm', 'Note on the wave of')} {wave}: {_ended(look, text)}.")
        for wave in look.waves
        for text in look.texts.get("waves", {}).get(str(wave), {}).get("warnings", [])
    )


def _ended(look: Lookup, text: object) -> str:
    return lower_first(look.tongue.label(text)).rstrip(".")
