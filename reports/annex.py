"""The annexes: detailed tables, and the method note that prints every choice a reader could question.

Imports lookup, tables, numbers and document.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import pictures_sample, story, tables
from .document import Annex, Block, Heading, Paragraph, Sentence
from .lookup import Lookup


def build(look: Lookup, stamp: str) -> tuple[Annex, ...]:
    """Phụ lục I (tables) and II (method)."""
    details = tuple(t for t in _details(look) if t is not None)
    say = look.tongue.say
    method = (Annex(say("Ghi chú phương pháp", "Notes on the method"), tuple(_method(look, stamp))),)
    return (Annex(say("Biểu số liệu chi tiết", "Detailed tables"), details), *method) if details else method


def _details(look: Lookup) -> Iterator[Block | None]:
    say = look.tongue.say
    reached = say("Tỷ lệ người dân có điểm nhận thức đạt ngưỡng", "Share of people whose score reaches a threshold")
    yield tables.indicators(look, "thresholds", reached, look.indicators("reach50", "reach60", "reach70"))
    yield tables.indicators(
        look,
        "scores_all",
        say(
            "Các điểm số (thang 0 - 100), gồm điểm để kiểm tra độ nhạy",
            "All scores (0-100), those of the sensitivity checks included",
        ),
        look.indicators("score", "K", "A", "V", "score_kav", "score_cmp", "K_cmp", "A_cmp"),
    )
    for name, anchor in (("K", "k_groups"), ("A", "a_groups"), (look.share_indicator, "reach_groups")):
        if look.present(name, look.wave):
            yield tables.by_group(look, anchor, f"{look.indicator(name)} {say('theo nhóm', 'by group')}", name)
    if look.base is not None:
        yield tables.other_methods(look, look.compared("score"))


def method_lines(look: Lookup) -> tuple[tuple[str, str], ...]:
    """(subject, text): the method note as plain lines, for the sheet «Ghi chú phương pháp»."""
    label = look.tongue.label
    out = [(m["id"], label(m)) for m in look.texts.get("method", [])]
    out += [
        (f"indicator {name}", f"{label(about['label'])}: {label(about['note'])}")
        for name, about in look.texts.get("indicators", {}).items()
        if about.get("note")
    ]
    for s in look.texts.get("switches", []):
        choice = label(s.get("choice_label")) or str(s["choice"])
        note = label(s.get("note"))
        out.append((s["id"], f"{label(s['point'])}: {choice}." + (f" {note}" if note else "")))
    out += [("overlap", text) for text in _overlap(look)]
    out += [("warning", s.text) for s in story.warnings(look)]
    cited = (d for d in look.texts.get("plan", {}).get("documents", []) if d.get("note"))
    out += [(d["id"], f"{label(d['cite'])}: {label(d['note'])}") for d in cited]
    out += [(f"digest {name}", value) for name, value in sorted(look.results.digests.items())]
    return tuple(out)


def _overlap(look: Lookup) -> list[str]:
    kept = look.texts.get("overlap", {})
    if look.base is None or not kept:
        return []
    first, last = kept.get(f"psus_{look.base}"), kept.get(f"psus_{look.wave}")
    if first is None or last is None:
        return []
    before, after, both = (look.tongue.whole(x) for x in (first, last, kept.get("common", 0)))
    return [
        look.tongue.say(
            f"Kỳ {look.base} có {before} địa bàn, kỳ {look.wave} có {after} địa bàn; "
            f"{both} địa bàn có mặt ở cả hai kỳ. Sai số của thay đổi tính cả phần chung này.",
            f"{before} hamlets in {look.base}, {after} in {look.wave}; {both} are in both waves. "
            "The error of the change takes account of this common part.",
        )
    ]


def _lines(texts: list[str]) -> list[Block]:
    return [Paragraph((Sentence(f"- {t}"),), "item") for t in texts]


def _method(look: Lookup, stamp: str) -> Iterator[Block]:
    """Whatever there is to say, under numbered headings."""
    say = look.tongue.say
    switches, weights, digests = tables.switches(look), tables.weights(look), tables.digests(look)
    figures = (pictures_sample.weights(look, stamp), *(pictures_sample.totals(look, w, stamp) for w in look.waves))
    drawn = [figure for figure in figures if figure is not None]
    parts: tuple[tuple[str, list[Block]], ...] = (
        (say("Cách tính", "How it is computed"), _lines(_computed(look))),
        (say("Các điểm chưa rõ của Kế hoạch", "What the Plan leaves unclear"), [switches] if switches is not None else []),
        (
            say(
                "Văn bản cần kiểm tra trước khi ký (cơ quan soạn thảo xóa mục này khi ban hành)",
                "Documents to check before signing (the drafting office deletes this part on issue)",
            ),
            _lines(_to_check(look)),
        ),
        (
            say("Địa bàn chung và quyền số", "Common hamlets and weights"),
            [*_lines(_overlap(look)), *([weights] if weights is not None else []), *drawn],
        ),
        (say("Lưu ý về các kỳ khảo sát", "Notes on the waves"), _lines([s.text for s in story.warnings(look)])),
        (say("Mức điểm", "Bands of the score"), _lines(_bands(look))),
        (say("Mã kiểm tra toàn vẹn", "Digests"), [digests] if digests is not None else []),
    )
    for i, (title, blocks) in enumerate((p for p in parts if p[1]), 1):
        yield Heading(f"{i}. {title}", 2)
        yield from blocks


def _computed(look: Lookup) -> list[str]:
    label, indicators = look.tongue.label, look.texts.get("indicators", {}).values()
    notes = [label(m) for m in look.texts.get("method", [])]
    return notes + [f"{label(about['label'])}: {label(about['note'])}" for about in indicators if about.get("note")]


def _to_check(look: Lookup) -> list[str]:
    label, cited = look.tongue.label, look.texts.get("plan", {}).get("documents", [])
    return [f"{label(d['cite'])}: {label(d['note'])}" for d in cited if d.get("note")]


def _bands(look: Lookup) -> list[str]:
    tongue = look.tongue
    bands = sorted(look.texts.get("bands", []), key=lambda b: float(b["from"]))
    said = (
        tongue.say(f"từ {tongue.whole(float(b['from']))} điểm: ", f"from {tongue.whole(float(b['from']))} points: ")
        + tongue.label(b["label"]).lower()
        for b in bands
    )
    return [f"{'; '.join(said)}."] if bands else []
