"""What opens an official report: whose it is, what it rests on, what it is about, and what it is for.

Imports lookup, numbers, story, tables and document.  What the plan does not say (its number, its date)
is printed as a marked gap, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import story, tables
from .document import Block, Frame, Heading, Paragraph, Sentence
from .lookup import Lookup, lower_first, vi

# Bases stand by legal rank, older first within a rank (custom of the office; the decree only sets their look).
RANKS = ("Luật", "Bộ luật", "Nghị quyết", "Pháp lệnh", "Nghị định", "Quyết định", "Thông tư", "Chỉ thị", "Kế hoạch", "Công văn")
NUMBER_GAP = "....../KH-UBND"
DATE_GAP, DATE_GAP_EN = "ngày ...... tháng ...... năm ......", "of ......"
BASELINE = "Kết quả của kỳ này là số liệu gốc để so sánh với các kỳ khảo sát sau."
BASELINE_EN = "The results of this wave are the baseline for the waves that follow."


def subject(look: Lookup) -> str:
    """What the report is about; a wave in the plan's base year says that it is the baseline."""
    say = look.tongue.say
    if look.base is not None:
        kind = say(f"{look.wave}, so sánh với năm {look.base}", f"{look.wave}, compared with {look.base}")
    else:
        kind = f"{look.wave}{say(' (số liệu gốc)', ' (baseline)')}" if look.baseline else f"{look.wave}"
    return say(
        f"Kết quả khảo sát nhận thức về bình đẳng giới trên địa bàn {tables.province(look)} năm {kind}",
        f"Results of the survey of awareness of gender equality in {tables.province(look)}, {kind}",
    )


def frame(look: Lookup) -> Frame:
    """The issuing agency's lines; an agency with a director never signs «TM.»."""
    issuer, label = dict[str, object](look.texts.get("issuer", {})), look.tongue.label

    def words(name: str) -> str:
        return label(issuer.get(name, ""))

    def several(name: str) -> tuple[str, ...]:
        kept = issuer.get(name, ())
        return tuple(label(x) for x in kept) if isinstance(kept, list | tuple) else (label(kept),)

    lines = list(several("authority")) if issuer.get("authority") else [words("signer_title"), words("signer_second")]
    lines = [x for x in lines if x]
    # A director signs for himself: «TM.» belongs to the people's committee only.
    if any("GIÁM ĐỐC" in line.upper() for line in lines):
        lines = [line for line in lines if not line.upper().startswith("TM.")]
    recipients = (*several("recipients"), words("archive")) if words("archive") else several("recipients")
    return Frame(
        words("superior"),
        words("agency"),
        words("symbol"),
        words("place"),
        several("addressees"),
        tuple(lines),
        recipients,
        words("name"),
    )


def bases(look: Lookup) -> Iterator[Paragraph]:
    """«Căn cứ ...;», the province's own plan last and closed by a full stop (NĐ 30/2020/NĐ-CP, Phụ lục I)."""
    plan, tongue = look.texts.get("plan", {}), look.tongue
    cited = sorted(look.texts.get("plan", {}).get("documents", []), key=lambda d: (_rank(vi(d["cite"])), str(d.get("date", ""))))
    lines = [
        [Sentence(tongue.say(f"Căn cứ {_plain(vi(d['cite']))}", f"Pursuant to {tongue.label(d['cite']).rstrip(';. ')}"))]
        for d in cited
    ]
    if vi(plan.get("title")):
        lines.append(list(_plan(look)))
    for i, parts in enumerate(lines, 1):
        yield Paragraph((*parts, Sentence("." if i == len(lines) else ";")), "basis")


def _plain(cite: str) -> str:
    """A citation without «Căn cứ» before it or a mark after it."""
    text = cite.rstrip(";. ")
    return text[len("Căn cứ ") :] if text.lower().startswith("căn cứ ") else text


def _rank(cite: str) -> int:
    text = _plain(cite)
    return next((i for i, kind in enumerate(RANKS) if text.startswith(kind)), len(RANKS) - 2)


def _plan(look: Lookup) -> Iterator[Sentence]:
    """The plan that the survey serves; its number and date are gaps until the plan's file has them."""
    plan, tongue = look.texts["plan"], look.tongue
    say = tongue.say
    number, date = str(plan.get("number") or ""), str(plan.get("date") or "")
    yield Sentence(say("Căn cứ Kế hoạch số", "Pursuant to Plan"))
    yield Sentence(number, ("texts/plan/number",)) if number else Sentence(NUMBER_GAP, blank=True)
    dated = f"{say('ngày', 'of')} {tongue.date(date)}"
    yield Sentence(dated, ("texts/plan/date",)) if date else Sentence(say(DATE_GAP, DATE_GAP_EN), blank=True)
    yield Sentence(say(f"của Ủy ban nhân dân {tables.province(look)}", f"of the People's Committee of {tables.province(look)}:"))
    yield Sentence(tongue.label(plan["title"]).removeprefix("Kế hoạch ").rstrip(";. "))


def opening(look: Lookup) -> Iterator[Block]:
    """Bases, then who reports what; the agency is named where the plan's file says how it is written in a sentence."""
    yield from bases(look)
    about, agency = subject(look), frame(look).named
    say = look.tongue.say
    text = say(f"{agency} báo cáo {lower_first(about)}", f"{agency} reports: {lower_first(about)}") if agency else about
    yield Paragraph((Sentence(say(f"{text} như sau:", f"{text}.")),))


def purpose(look: Lookup) -> Iterator[Block]:
    """Sections I.1 and I.2: what is measured, for which plan, of whom."""
    say, label, place = look.tongue.say, look.tongue.label, tables.province(look)
    title = label(look.texts.get("plan", {}).get("title"))
    about = say(f" theo {title}", f" under the {title}") if title else ""
    measured = say("Đo lường nhận thức về bình đẳng giới của người dân", "To measure residents' awareness of gender equality")
    aim = [Sentence(f"{measured}{about}.")]
    if look.baseline:
        aim.append(Sentence(say(BASELINE, BASELINE_EN)))
    if look.base is not None:
        aim.append(story.measures_only(look.tongue))
    people = lower_first(label(look.plan_target.get("population"))).rstrip(".")
    scope = say(f" Đối tượng của mục tiêu II.3: {people}.", f" Target II.3 is about {people}.") if people else ""
    where = say(f"Khảo sát tiến hành tại hộ gia đình trên địa bàn {place}.", f"The survey was made in households of {place}.")
    yield Heading(say("1. Mục đích", "1. Purpose"), 2)
    yield Paragraph(tuple(aim))
    yield Heading(say("2. Phạm vi, đối tượng", "2. Scope and population"), 2)
    yield Paragraph((Sentence(f"{where}{scope}"),))
