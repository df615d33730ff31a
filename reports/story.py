"""Rows of results -> sentences.  Every word of change or verdict comes from one interval (decision 4).

Imports numbers, document and lookup.  Never computes a statistic, never says
why something changed: the survey measures change and cannot separate the
plan's part.
"""

from __future__ import annotations

from itertools import groupby

from analysis.results import Row

from . import numbers
from .document import Sentence
from .lookup import EVERYBODY, Domain, Lookup, lower_first, vi, why

MEASURES_ONLY = (
    "Khảo sát đo lường mức thay đổi về nhận thức giữa hai kỳ; khảo sát không tách được phần đóng góp của Kế hoạch "
    "khỏi các yếu tố khác."
)
UNSIGNED = "Chưa có văn bản thống nhất cách tính; chưa kết luận"
NOT_DUE = "chưa đến hạn đánh giá"
NO_RELATIVE = "không xác định được thay đổi tương đối"
NOT_SHOWN = f"{numbers.HIDDEN} (không công bố do ít quan sát)"


def direction(row: Row) -> str:
    """`tăng`, `giảm`, or '' when the interval does not exclude zero (then nothing may be said)."""
    if row.lower is None or row.upper is None:
        return ""
    if row.lower > 0:
        return "tăng"
    return "giảm" if row.upper < 0 else ""


def subject(look: Lookup, indicator: str, *, first: bool = False) -> str:
    """An indicator inside a sentence; a share says that it is one.  first: it opens the sentence."""
    name = look.indicator(indicator)
    row = look.level(indicator, look.wave)
    if row is not None and row.unit == "percent" and not name.lower().startswith("tỷ lệ"):
        name = f"Tỷ lệ người dân {lower_first(name)}"
    return name if first else lower_first(name)


def shown(row: Row) -> bool:
    """True when its number may be printed."""
    return row.publish != "hide" and row.status != "not_estimable" and row.estimate is not None


def value(row: Row, *, size: bool = False) -> str:
    """`54,3% (KTC 95%: 50,1 - 58,4)`, in brackets for few observations; size: without its sign (after tăng/giảm)."""
    if row.estimate is None or row.publish == "hide":
        raise ValueError(f"row {row.key} has no number to print")
    estimate = abs(row.estimate) if size else row.estimate
    places = 0 if row.unit in {"count", "person"} else 1
    text = numbers.tagged(numbers.quantity(estimate, row.unit, places), numbers.tag(row.key, "estimate", row.unit, places))
    if row.publish == "bracket":
        text = numbers.bracketed(text)
    if row.lower is None or row.upper is None:
        return f"{text} (không tính được khoảng tin cậy)"
    return f"{text} {numbers.interval(row.lower, row.upper, row.level or 0.95, key=row.key)}"


def asked(row: Row) -> str:
    """The number of people who answered, tagged."""
    return numbers.tagged(numbers.whole(row.n), numbers.tag(row.key, "n", "", 0))


def level(look: Lookup, indicator: str, wave: int, domain: Domain = EVERYBODY, *, year: bool = True) -> Sentence | None:
    """The level of an indicator in one wave, None when there is no row; year: the sentence opens with the year."""
    row = look.level(indicator, wave, domain)
    if row is None:
        return None
    about = f"Năm {wave}, {subject(look, indicator)}" if year else subject(look, indicator, first=True)
    if row.publish == "hide":
        return Sentence(f"{about}: {NOT_SHOWN}.", (row.key,))
    if not shown(row):
        reason = f" ({why(row)})" if row.reason else ""
        return Sentence(f"{about}: không có số liệu{reason}.", (row.key,))
    return Sentence(f"{about} là {value(row)}, tính trên {asked(row)} người trả lời.", (row.key,))


def band(look: Lookup, row: Row) -> Sentence | None:
    """In which band the whole interval of a mean score lies; when it crosses a border both bands are named."""
    if not shown(row) or row.publish == "bracket" or row.lower is None or row.upper is None:
        return None
    bands = sorted(look.texts.get("bands", []), key=lambda b: float(b["from"]))
    if not bands:
        return None

    def named(at: float) -> str:
        return vi([b for b in bands if at >= float(b["from"])][-1:][0]["label"]) if at >= float(bands[0]["from"]) else ""

    low, high = lower_first(named(row.lower)), lower_first(named(row.upper))
    if low == high:
        return Sentence(f"Cả khoảng tin cậy nằm trong mức {low}.", (row.key,))
    return Sentence(f"Khoảng tin cậy nằm giữa mức {low} và mức {high}, nên chưa xếp vào một mức.", (row.key,))


def change(look: Lookup, indicator: str, domain: Domain = EVERYBODY) -> Sentence | None:
    """From the first wave to the last: both levels, the difference, and the relative change where it exists."""
    base, diff, rel = look.base, look.change(indicator, "diff", domain), look.change(indicator, "rel", domain)
    if base is None or diff is None:
        return None
    first, last = look.level(indicator, base, domain), look.level(indicator, look.wave, domain)
    rows = [r for r in (first, last, diff, rel) if r is not None]
    keys = tuple(r.key for r in rows)
    about = subject(look, indicator, first=True)
    if any(r.publish == "hide" for r in rows):
        return Sentence(f"{about}: {NOT_SHOWN}.", keys)
    if not shown(diff) or first is None or last is None or not (shown(first) and shown(last)):
        reason = why(diff) or "thiếu số liệu của một kỳ"
        return Sentence(f"{about}: không tính được thay đổi giữa hai kỳ ({reason}).", keys)
    levels = f"{about} năm {base} là {value(first)}, năm {look.wave} là {value(last)}"
    return Sentence(f"{levels}; {_moved(diff, rel)}.", keys)


def _moved(diff: Row, rel: Row | None) -> str:
    """The words of a change: `tăng`/`giảm` only if the interval excludes zero."""
    usable = rel is not None and shown(rel) and rel.lower is not None and rel.upper is not None
    deciding = rel if usable and rel is not None else diff
    word = direction(deciding)
    if not word:
        text = f"chưa đủ bằng chứng về thay đổi: chênh lệch {value(diff)}"
        return text + (f", thay đổi tương đối {value(rel)}" if usable and rel is not None else f", {NO_RELATIVE}")
    text = f"{word} {value(diff, size=word == 'tăng')}" if word == "tăng" else f"{word}, chênh lệch {value(diff)}"
    if usable and rel is not None:
        return f"{text}, thay đổi tương đối {value(rel)}"
    return f"{text}, {NO_RELATIVE}"


def standardised(look: Lookup, indicator: str) -> Sentence | None:
    """The change at the composition of the first wave, beside the observed one (decision 8)."""
    diff, rel = look.variant(indicator, "diff", "standardised"), look.variant(indicator, "rel", "standardised")
    if diff is None or not shown(diff):
        return None
    text = f"Khi giữ cơ cấu dân số như năm {look.base}, chênh lệch là {value(diff)}"
    if rel is not None and shown(rel):
        text += f", thay đổi tương đối {value(rel)}"
    return Sentence(text + ".", tuple(r.key for r in (diff, rel) if r is not None))


def kept(look: Lookup, indicator: str) -> Sentence | None:
    """Whether hamlets that were asked before answer otherwise than fresh ones in the same wave (decision 11)."""
    row = look.kept(indicator)
    if row is None or look.base is None:
        return None
    about = f"{subject(look, indicator, first=True)} năm {look.wave}, địa bàn giữ lại từ năm {look.base} so với địa bàn mới"
    if not shown(row):
        return Sentence(f"{about}: không so sánh được ({why(row) or 'thiếu số liệu'}).", (row.key,))
    if direction(row):
        said = "hai loại địa bàn khác nhau, cần xét ảnh hưởng của việc đã được hỏi ở kỳ trước"
    else:
        said = "chưa đủ bằng chứng cho thấy hai loại địa bàn khác nhau"
    return Sentence(f"{about}: chênh lệch {value(row)}; {said}.", (row.key,))


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
        head = Sentence(f"Mục tiêu II.3 tính đến năm {year}; đến kỳ này mục tiêu {NOT_DUE}. Tiến độ như sau:", ())
        return (head, progress) if progress is not None else (head,)
    if not look.signed:
        return (Sentence(f"{UNSIGNED}."),)
    return _verdict(look)


def _alone(look: Lookup, score: Row | None, year: str, *, late: bool) -> str:
    """One wave cannot show a change: it is the baseline, or it has nothing to be compared with."""
    if late:
        return f"Kết quả chỉ có năm {look.wave}, không có kỳ gốc để so sánh; chưa kết luận."
    reached = (
        f" {subject(look, 'score', first=True)} năm {look.wave}: {value(score)}." if score is not None and shown(score) else ""
    )
    if not look.baseline:
        return f"Mục tiêu II.3 tính đến năm {year}; đến kỳ này mục tiêu {NOT_DUE}.{reached}"
    return f"Mục tiêu II.3 so sánh năm {year} với năm {look.wave} (năm gốc); đến kỳ này mục tiêu {NOT_DUE}.{reached}"


def _verdict(look: Lookup) -> tuple[Sentence, ...]:
    """The signed reading's verdict; the state is printed as the one rule worded it."""
    row = look.verdict()
    if row is None:
        return (Sentence("Kết quả không có dòng đánh giá mục tiêu; chưa kết luận."),)
    if row.publish == "hide":
        return (Sentence(f"Đánh giá mục tiêu II.3: {NOT_SHOWN}.", (row.key,)),)
    if not shown(row):
        return (Sentence(f"Đánh giá mục tiêu II.3: {row.state or NO_RELATIVE}.", (row.key,)),)
    reading = "thay đổi tương đối" if row.unit == "percent" else "chênh lệch"
    about = f"{reading} của {subject(look, row.indicator)} là {value(row)}"
    return (Sentence(f"Đánh giá mục tiêu II.3: {row.state}; {about}.", (row.key,)),)


def every_group(look: Lookup) -> tuple[Sentence, ...]:
    """What may be claimed of every group of a breakdown, by each group's own interval (decision 4); signed targets only."""
    if look.base is None or not look.signed or (look.due and look.wave < look.due[0]):
        return ()
    claims = look.texts.get("all_groups", {})
    out = []
    for heading, members in groupby(look.groups, key=lambda g: (g.variable, g.heading)):
        found = [r for g in members if (r := look.verdict(g.domain)) is not None]
        claim = claims.get(f"{' '.join(look.judged)} {heading[0]}")
        if claim is None or len(found) < 2:
            continue
        # A claim about all groups would tell what a hidden group is like.
        said = vi(claim) if all(r.publish != "hide" for r in found) else "không kết luận cho mọi nhóm, vì có nhóm không công bố"
        out.append(Sentence(f"Phân theo {lower_first(heading[1])}: {said}.", tuple(r.key for r in found)))
    head = Sentence("Xét theo khoảng tin cậy riêng của từng nhóm (không hiệu chỉnh theo số nhóm):")
    return (head, *out) if out else ()


def named_groups(look: Lookup, indicator: str = "score") -> Sentence | None:
    """Groups that may be named, by simultaneous intervals only; None when the results hold none."""
    rows = [(g, look.variant(indicator, "rel", "simultaneous", g.domain)) for g in look.groups]
    known = [(g, r) for g, r in rows if r is not None and shown(r)]
    if not known:
        return None
    up = [g for g, r in known if direction(r) == "tăng"]
    named = [f"{lower_first(h)} ({', '.join(g.label for g in some)})" for h, some in groupby(up, key=lambda g: g.heading)]
    keys = tuple(r.key for _, r in known)
    if not up:
        return Sentence("Theo khoảng tin cậy đồng thời, chưa nhóm riêng lẻ nào đủ căn cứ nói là tăng.", keys)
    return Sentence(f"Theo khoảng tin cậy đồng thời, các nhóm sau đây tăng: {'; '.join(named)}.", keys)


def warnings(look: Lookup) -> tuple[Sentence, ...]:
    """What must stand beside a comparison: windows that differ, the Action Month (decision 9), strata with one PSU."""
    return tuple(
        Sentence(f"Lưu ý về kỳ khảo sát năm {wave}: {lower_first(vi(text)).rstrip('.')}.")
        for wave in look.waves
        for text in look.texts.get("waves", {}).get(str(wave), {}).get("warnings", [])
    )
