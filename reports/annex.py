"""The annexes: detailed tables, and the method note that prints every choice a reader could question.

Imports lookup, tables, numbers and document.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import numbers, story, tables
from .document import Annex, Block, Heading, Paragraph, Sentence
from .lookup import Lookup, vi


def build(look: Lookup) -> tuple[Annex, ...]:
    """Phụ lục I (tables) and II (method)."""
    details = tuple(t for t in _details(look) if t is not None)
    method = (Annex("Ghi chú phương pháp", tuple(_method(look))),)
    return (Annex("Biểu số liệu chi tiết", details), *method) if details else method


def _details(look: Lookup) -> Iterator[Block | None]:
    yield tables.indicators(
        look, "thresholds", "Tỷ lệ người dân có điểm nhận thức đạt ngưỡng", look.indicators("reach50", "reach60", "reach70")
    )
    yield tables.indicators(
        look,
        "scores_all",
        "Các điểm số (thang 0 - 100), gồm điểm để kiểm tra độ nhạy",
        look.indicators("score", "K", "A", "V", "score_kav", "score_cmp", "K_cmp", "A_cmp"),
    )
    for name, anchor in (("K", "k_groups"), ("A", "a_groups"), (look.share_indicator, "reach_groups")):
        if look.present(name, look.wave):
            yield tables.by_group(look, anchor, f"{look.indicator(name)} theo nhóm", name)
    if look.base is not None:
        yield tables.other_methods(look, look.compared("score"))


def method_lines(look: Lookup) -> tuple[tuple[str, str], ...]:
    """(subject, text): the method note as plain lines, for the sheet «Ghi chú phương pháp»."""
    out = [(m["id"], vi(m)) for m in look.texts.get("method", [])]
    out += [
        (f"indicator {name}", f"{vi(about['label'])}: {vi(about['note'])}")
        for name, about in look.texts.get("indicators", {}).items()
        if about.get("note")
    ]
    for s in look.texts.get("switches", []):
        choice = vi(s.get("choice_label")) or str(s["choice"])
        note = vi(s.get("note"))
        out.append((s["id"], f"{vi(s['point'])}: {choice}." + (f" {note}" if note else "")))
    out += [("overlap", text) for text in _overlap(look)]
    out += [("warning", s.text) for s in story.warnings(look)]
    out += [
        (d["id"], f"{vi(d['cite'])}: {vi(d['note'])}") for d in look.texts.get("plan", {}).get("documents", []) if d.get("note")
    ]
    out += [(f"digest {name}", value) for name, value in sorted(look.results.digests.items())]
    return tuple(out)


def _overlap(look: Lookup) -> list[str]:
    kept = look.texts.get("overlap", {})
    if look.base is None or not kept:
        return []
    first, last = kept.get(f"psus_{look.base}"), kept.get(f"psus_{look.wave}")
    if first is None or last is None:
        return []
    return [
        (
            f"Kỳ {look.base} có {numbers.whole(first)} địa bàn, kỳ {look.wave} có {numbers.whole(last)} địa bàn; "
            f"{numbers.whole(kept.get('common', 0))} địa bàn có mặt ở cả hai kỳ. Sai số của thay đổi tính cả phần chung này."
        )
    ]


def _lines(texts: list[str]) -> list[Block]:
    return [Paragraph((Sentence(f"- {t}"),), "item") for t in texts]


def _method(look: Lookup) -> Iterator[Block]:
    parts: list[tuple[str, list[Block]]] = []
    notes = [vi(m) for m in look.texts.get("method", [])]
    notes += [
        f"{vi(about['label'])}: {vi(about['note'])}" for about in look.texts.get("indicators", {}).values() if about.get("note")
    ]
    if notes:
        parts.append(("Cách tính", _lines(notes)))
    switches = tables.switches(look)
    if switches is not None:
        parts.append(("Các điểm chưa rõ của Kế hoạch", [switches]))
    cited = [f"{vi(d['cite'])}: {vi(d['note'])}" for d in look.texts.get("plan", {}).get("documents", []) if d.get("note")]
    if cited:
        parts.append(("Văn bản cần kiểm tra trước khi ký (cơ quan soạn thảo xóa mục này khi ban hành)", _lines(cited)))
    weights = tables.weights(look)
    design = [*_lines(_overlap(look)), *([weights] if weights is not None else [])]
    if design:
        parts.append(("Địa bàn chung và quyền số", design))
    windows = [s.text for s in story.warnings(look)]
    if windows:
        parts.append(("Lưu ý về các kỳ khảo sát", _lines(windows)))
    bands = sorted(look.texts.get("bands", []), key=lambda b: float(b["from"]))
    if bands:
        said = "; ".join(f"từ {numbers.whole(float(b['from']))} điểm: {vi(b['label']).lower()}" for b in bands)
        parts.append(("Mức điểm", _lines([f"{said}."])))
    digests = tables.digests(look)
    if digests is not None:
        parts.append(("Mã kiểm tra toàn vẹn", [digests]))
    for i, (title, blocks) in enumerate(parts, 1):
        yield Heading(f"{i}. {title}", 2)
        yield from blocks
