"""What an office asks of a table before it signs: do sums, totals and parts agree, and is each printed number that of its row?

Imports analysis.results, lookup and document.  Computes differences between published numbers, never a statistic; a hidden number
is in no comparison, and where one is hidden no difference that could give it back is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from analysis.results import Results, Row

from .document import Cell, Document
from .lookup import is_headline

Verdict = Literal["khớp", "KHÔNG KHỚP", "không kiểm tra được", "để biết"]
EXACT, ROUNDED = 1e-6, 0.051
UNTOLD = "có ô không công bố nên không ghi sai lệch"
_PUBLISH = {"show": "công bố", "bracket": "công bố trong ngoặc đơn", "hide": "không công bố"}
_FINDING = {"red": "mức đỏ", "yellow": "mức vàng", "info": "để biết"}


@dataclass(frozen=True)
class Check:
    """One comparison.  compared: how many pairs, or how many there are; largest: the greatest difference among them.

    allowed: what may remain of rounding.  note: where it did not agree, five places at most, or why nothing could be compared.
    """

    about: str
    compared: int
    largest: float | None
    allowed: float
    verdict: Verdict
    note: str = ""


def checks(results: Results, document: Document) -> tuple[Check, ...]:
    """Every check, those of the printed tables first; one for which the results hold nothing says so."""
    rows = sorted((r for r in results.rows if r.publish != "hide" and r.estimate is not None), key=lambda r: r.key)
    return (
        _printed(results, document),
        _compared("Giới hạn dưới ≤ kết quả ≤ giới hạn trên", _outside(rows), EXACT),
        _compared("Tỷ lệ và điểm nằm từ 0 đến 100", _beyond(rows), EXACT),
        _compared("Chênh lệch = mức của kỳ sau trừ mức của kỳ trước", _differences(rows, "diff"), EXACT),
        _compared("Thay đổi tương đối = 100 × (kỳ sau / kỳ trước - 1)", _differences(rows, "rel"), EXACT),
        _compared("Dòng đánh giá mục tiêu trùng với dòng thay đổi", _targets(rows), EXACT),
        *_texts(results.texts),
        *_counts(results),
    )


def _compared(about: str, pairs: Iterable[tuple[str, float]], allowed: float, note: str = "") -> Check:
    """pairs: (where, absolute difference)."""
    found = list(pairs)
    if not found:
        return Check(about, 0, None, allowed, "không kiểm tra được", note or "kết quả không có số liệu để so")
    bad = [where for where, gap in found if gap > allowed]
    largest = max(gap for _, gap in found)
    told = "; ".join([*bad[:5], *(["..."] if len(bad) > 5 else [])])
    return Check(about, len(found), largest, allowed, "KHÔNG KHỚP" if bad else "khớp", told or note)


def _printed(results: Results, document: Document) -> Check:
    """Each number of a table that names a row against that row."""
    by = {r.key: r for r in results.rows}
    found = ((c, by[c.key]) for t in document.tables() for line in t.rows for c in line.cells if c.key in by)
    pairs = (pair for cell, row in found for pair in _cell(cell, row))
    return _compared("Số in trên các biểu trùng với dòng của results.json", pairs, EXACT)


def _cell(cell: Cell, row: Row) -> Iterator[tuple[str, float]]:
    held = row.n if cell.shows == "n" else row.estimate
    for said, kept in ((cell.value, held), (cell.lower, row.lower), (cell.upper, row.upper)):
        if said is not None:
            yield row.key, abs(said - kept) if kept is not None else float("inf")


def _outside(rows: Iterable[Row]) -> Iterator[tuple[str, float]]:
    for r in rows:
        if r.estimate is not None and r.lower is not None and r.upper is not None:
            yield r.key, max(r.lower - r.estimate, r.estimate - r.upper, 0.0)


def _beyond(rows: Iterable[Row]) -> Iterator[tuple[str, float]]:
    for r in rows:
        if r.kind in {"level", "share"} and r.unit in {"percent", "point"} and r.estimate is not None:
            yield r.key, max(-r.estimate, r.estimate - 100.0, 0.0)


def _name(row: Row, wave: int) -> tuple[Any, ...]:
    return (row.indicator, wave, row.domain, row.category)


def _differences(rows: list[Row], estimand: str) -> Iterator[tuple[str, float]]:
    """Changes of the headline against the two levels they were made from."""
    levels = {_name(r, r.wave): r.estimate for r in rows if r.kind == "level" and is_headline(r)}
    for r in rows:
        if r.kind != "change" or r.estimand != estimand or r.base_wave is None or r.estimate is None or not is_headline(r):
            continue
        first, last = levels.get(_name(r, r.base_wave)), levels.get(_name(r, r.wave))
        if first is not None and last is not None and (estimand == "diff" or first):
            yield r.key, abs(r.estimate - (last - first if estimand == "diff" else 100.0 * (last / first - 1.0)))


def _targets(rows: list[Row]) -> Iterator[tuple[str, float]]:
    moved = {(*_name(r, r.wave), r.estimand): r for r in rows if r.kind == "change" and is_headline(r)}
    for r in rows:
        change = moved.get((*_name(r, r.wave), r.estimand)) if r.kind == "target" and r.base_wave is not None else None
        if change is None or r.estimate is None or change.estimate is None:
            continue
        pairs = ((r.estimate, change.estimate), (r.lower, change.lower), (r.upper, change.upper))
        yield r.key, max(abs(a - b) for a, b in pairs if a is not None and b is not None)


def _texts(texts: Mapping[str, Any]) -> Iterator[Check]:
    """The tables that come from texts: households, people by group, forms of the units."""
    told = {w: about.get("response") or {} for w, about in sorted(texts.get("waves", {}).items())}
    yield _compared("Số hộ được chọn = hộ chính thức + hộ dự phòng", _sums(told, "drawn", ("main", "reserve")), EXACT)
    ends = ("interviewed", "no_consent", "not_interviewed")
    reached = {w: t | {"tried": t["main"] + (t.get("reserve_used") or 0)} for w, t in told.items() if t.get("main") is not None}
    yield _compared(
        "Hộ chính thức + hộ dự phòng đã dùng = phỏng vấn xong + không đồng ý + không gặp", _sums(reached, "tried", ends), EXACT
    )
    yield from _profiles(texts.get("sample_profile", {}), {w: t.get("interviewed") for w, t in told.items()})
    forms = texts.get("forms")
    if forms:
        yield _compared("Đơn vị phải báo cáo = đã báo cáo + chưa báo cáo", _sums(forms, "owing", ("reported", "silent")), EXACT)


def _sums(told: Mapping[str, Mapping[str, Any]], whole: str, parts: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    for name, about in told.items():
        if all(about.get(p) is not None for p in (whole, *parts)):
            yield f"{name}: {about[whole]} và {sum(about[p] for p in parts)}", abs(about[whole] - sum(about[p] for p in parts))


def _profiles(kept: Mapping[str, Any], interviewed: Mapping[str, int | None]) -> Iterator[Check]:
    """People and shares by group; a breakdown with a hidden group is left out, for its difference would be the hidden number."""
    people, shares, secret = list[tuple[str, float]](), list[tuple[str, float]](), 0
    for wave, by in sorted(kept.items()):
        for variable, codes in sorted(by.items()):
            whole = interviewed.get(wave)
            if len(codes) < 2:
                continue
            if any(a.get(name) is None for a in codes.values() for name in ("n", "percent_weighted")):
                secret += 1
                continue
            if whole is not None:
                people.append((f"{wave} {variable}", max(sum(a["n"] for a in codes.values()) - whole, 0)))
            shares.append((f"{wave} {variable}", abs(sum(a["percent_weighted"] for a in codes.values()) - 100.0)))
    note = f"{secret} phân tổ không so: {UNTOLD}" if secret else ""
    yield _compared("Số người của các nhóm không vượt số người đã phỏng vấn", people, EXACT, note)
    yield _compared("Tỷ lệ có quyền số của các nhóm cộng lại bằng 100%", shares, ROUNDED, note)


def _counts(results: Results) -> Iterator[Check]:
    """What there is: rows by publication mark, rows with a caution, findings, digests of the inputs."""
    for mark, words in _PUBLISH.items():
        yield Check(f"Số dòng kết quả: {words}", sum(r.publish == mark for r in results.rows), None, 0.0, "để biết")
    for status, words in (("caution", "cần thận trọng"), ("not_estimable", "không ước lượng được")):
        yield Check(f"Số dòng kết quả: {words}", sum(r.status == status for r in results.rows), None, 0.0, "để biết")
    found: Mapping[str, Any] = results.texts.get("findings") or {}
    if not found:
        yield Check("Điểm bất thường của số liệu", 0, None, 0.0, "không kiểm tra được", "xem findings.json bên cạnh results.json")
    for severity, words in _FINDING.items() if found else ():
        about = found.get(severity, {})
        number, note = about.get("open", 0) + about.get("decided", 0), f"còn chờ quyết định: {about.get('open', 0)}"
        yield Check(f"Điểm bất thường của số liệu: {words}", number, None, 0.0, "để biết", note)
    for name, digest in sorted(results.digests.items()):
        yield Check(f"Mã kiểm tra toàn vẹn (SHA-256): {name}", 1, None, 0.0, "để biết", digest)
