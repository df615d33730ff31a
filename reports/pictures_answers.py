"""The figures of what people answered: opinions from one end to the other, and the channels that reached them.

Imports framed, lookup, tables, document and analysis' figures.  Rows of kind share and texts.answers (labels) in; a Picture or
None.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.figures import Item, Line, Pair, likert, pairs

from . import tables
from .document import Picture
from .framed import line, picture
from .lookup import Lookup

CHANNELS = "exp_channels"


def opinions(look: Lookup, stamp: str) -> Picture | None:
    """Every opinion of scale A in the last wave: those whose agreement is egalitarian, then those whose disagreement is."""
    told: Mapping[str, Any] = look.texts.get("answers", {})
    known = [n for n in look.items("A") if n in told and any(look.share(n, look.wave, c) for c in told[n]["codes"])]
    if not known:
        return None
    found = [_item(look, n, told[n]) for turned in (False, True) for n in known if bool(told[n]["reverse"]) is turned]
    say = look.tongue.say
    title = say(f"Ý kiến của người dân về bình đẳng giới, năm {look.wave}", f"What people think of gender equality, {look.wave}")
    axis = say("% số người có ý kiến", "% of those with an opinion")
    made = likert(found, title=title, axis=axis, stamp=stamp, note=tables.source(look), lang=look.tongue.code)
    return picture(look, "opinions", title, made, [x.row for item in found for x in (*item.answers, *item.aside)])


def _item(look: Lookup, name: str, about: Mapping[str, Any]) -> Item:
    say = look.tongue.say
    real = [c for c, answer in about["codes"].items() if not answer["why"]]
    aside = [c for c, answer in about["codes"].items() if answer["why"]]
    if about["reverse"]:
        real.reverse()
    heading = say("Đồng ý là thái độ bình đẳng", "To agree is the egalitarian answer")
    if about["reverse"]:
        heading = say("Không đồng ý là thái độ bình đẳng", "To disagree is the egalitarian answer")
    lines = {c: _plain(look, look.tongue.label(about["codes"][c]), name, c) for c in (*real, *aside)}
    return Item(look.indicator(name), tuple(lines[c] for c in real), tuple(lines[c] for c in aside), heading)


def _plain(look: Lookup, label: str, name: str, code: str) -> Line:
    """A share without its interval: a part of a bar has no room for one."""
    made = line(look, label, "", look.share(name, look.wave, code))
    return Line(label, made.row, made.text.split(" (", 1)[0] if made.drawn else made.text)


def channels(look: Lookup, stamp: str) -> Picture | None:
    """Through which channels people were reached, wave by wave, in the order of the form."""
    about = look.texts.get("answers", {}).get(CHANNELS)
    if about is None:
        return None
    waves = [w for w in look.waves if any(look.share(CHANNELS, w, c) for c in about["codes"])]
    say = look.tongue.say
    found = [
        Pair(look.tongue.label(label), tuple(line(look, str(w), "", look.share(CHANNELS, w, code)) for w in waves))
        for code, label in about["codes"].items()
        if any(look.share(CHANNELS, w, code) for w in waves)
    ]
    if not found:
        return None
    title = say(
        f"Người dân được truyền thông về bình đẳng giới qua từng cách trong 12 tháng, {look.period}",
        f"People reached with messages on gender equality by channel in 12 months, {look.period}",
    )
    axis = say("% số người từ 15 tuổi trở lên", "% of people aged 15 or over")
    note = say("Một người có thể nêu nhiều cách.", "One person may name several channels.") + " " + tables.source(look)
    made = pairs(found, waves=[str(w) for w in waves], title=title, axis=axis, stamp=stamp, note=note, lang=look.tongue.code)
    return picture(look, "channels", title, made, [x.row for pair in found for x in pair.lines])
