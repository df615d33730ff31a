"""A run held against the sealed baseline: refused where the yardstick or the numbers of the sealed wave are others.

Imports sealed, changes, the records of plan and codebook and the error catalogue.  Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from forms.codebook import Codebook
from forms.errors import BdgError, Problem, problem, refuse
from forms.plan import Plan
from forms.question import Label

from ..results import Results, Row
from .changes import NUMBERS, near, same_numbers
from .record import item_digests
from .sealed import Baseline, as_row, short

_SHOWN = 3


@dataclass(frozen=True)
class Held:
    """What the run says of its baseline.  digest: '' when none is sealed; said: the sentence of the method note."""

    said: Label
    digest: str = ""
    stands: int | None = None


def one_kind(kept: bool | None, *, practice: bool) -> None:
    """DATA-216 when an archive keeps the other kind of runs; None: it is empty."""
    if kept is not None and kept != practice:
        want, got = ("practice" if made_up else "real" for made_up in (kept, practice))
        raise refuse("DATA-216", "--archive", expected=want, got=got)


def before(sealed: Baseline | None, waves: Collection[int], plan: Plan, book: Codebook, *, practice: bool) -> Held | None:
    """Before anything is computed; None when there is nothing to compare (one wave, no seal, or the sealed wave alone is run).

    DATA-220 sealed for another province, or practice beside real; DATA-218 threshold, bands or target of the plan are others
    than those sealed; DATA-219 a scored item is another one and the questionnaire does not say so.
    """
    if sealed is None:
        return Held(_unsealed(min(waves))) if len(waves) > 1 else None
    if (sealed.practice, sealed.province) != (practice, plan.province):
        want, got = (f"{p}, {'practice' if made_up else 'real'}" for p, made_up in (
            (plan.province, practice), (sealed.province, sealed.practice)))  # fmt: skip
        raise refuse("DATA-220", f"baseline_{sealed.wave}", expected=want, got=got)
    later = [w for w in sorted(waves) if w > sealed.wave]
    if not later:
        return None
    if wrong := [*_yardstick(sealed, plan), *_items(sealed, book, later)]:
        raise BdgError(wrong)
    said = _said(sealed, other=sealed.questionnaire != book.digest)
    return Held(said, sealed.digest, sealed.wave if sealed.wave in waves else None)


def _yardstick(sealed: Baseline, plan: Plan) -> Iterator[Problem]:
    place, name = f"baseline_{sealed.wave} ({sealed.name})", f"baseline_{sealed.wave}"
    told, now = sealed.target, plan.target_ii3
    fixed = ("threshold", "outcome", "reading", "level") if told.get("signed") else ("threshold",)
    for field in fixed:
        if told[field] != getattr(now, field):
            yield problem("DATA-218", f"plan.yaml: target_ii3.{field}", expected=told[field], got=getattr(now, field), name=name)
    asked = next((t for t in plan.targets if t.id == "II.3"), None)
    values = {str(y): {"low": v.low, "high": v.high} for y, v in sorted(asked.values.items())} if asked else {}
    if values != {y: dict(v) for y, v in sealed.asked.items()}:
        yield problem("DATA-218", "plan.yaml: targets II.3", expected=_short(sealed.asked), got=_short(values), name=name)
    if gone := sorted(set(sealed.thresholds) - set(plan.thresholds)):
        yield problem("DATA-218", "plan.yaml: thresholds", expected=", ".join(map(str, gone)), got="-", name=name)
    bands = tuple(start for start, _ in plan.score_bands)
    if bands != sealed.bands:
        yield problem("DATA-218", f"plan.yaml: score_bands; {place}", expected=sealed.bands, got=bands, name=name)


def _short(values: object) -> str:
    return str(values).replace("'", "")


def _items(sealed: Baseline, book: Codebook, later: Collection[int]) -> Iterator[Problem]:
    """Scored items and scales that are others than when the wave was sealed, and do not say so (`changed`)."""
    now = item_digests(book)
    excused = {v.name for v in book.variables if any(sealed.wave < wave <= max(later) for wave in v.changed)}
    for name, digest in sealed.items.items():
        if name not in excused and now.get(name) != digest:
            yield problem("DATA-219", name, expected=short(digest), got=short(now.get(name, "-")), name=name, wave=sealed.wave)


def unlike(sealed: Baseline, results: Results) -> list[tuple[Row, Row | None]]:
    """The sealed rows that a run does not repeat, each with what it says instead; the headline first, groups last.

    A count that might not leave is sealed as 0: it is not compared.
    """
    now = {r.key: r for r in results.rows}
    old = [as_row(sealed.wave, told) for _, told in sorted(sealed.rows.items())]
    pairs = [(row, now.get(row.key)) for row in old]
    wrong = [(row, new) for row, new in pairs if new is None or not same_numbers(row, new if row.n else replace(new, n=0))]
    return sorted(wrong, key=lambda w: (w[0].kind != "level", bool(w[0].domain), w[0].indicator != "score", w[0].key))


def after(sealed: Baseline, results: Results) -> None:
    """Once it is computed: every number that was sealed is there and is the same.  DATA-217 names the first few that are not."""
    if not (wrong := unlike(sealed, results)):
        return
    told = [_told(old, new) for old, new in wrong[:_SHOWN]]
    want, got = ("; ".join(pair[i] for pair in told) for i in (0, 1))
    place = f"baseline_{sealed.wave}"
    raise refuse("DATA-217", place, expected=want, got=got, count=len(wrong), wave=sealed.wave, name=sealed.name)


def _told(old: Row, new: Row | None) -> tuple[str, str]:
    """What was sealed and what the run says, in the numbers that differ."""
    named = [old.indicator, *(f"{k}={v}" for k, v in old.domain), old.category, f"[{old.key}]"]
    place = " ".join(part for part in named if part)
    names = [n for n in (*NUMBERS, "state") if new is None or not _alike(getattr(old, n), getattr(new, n))] or ["status"]
    want, have = (", ".join(f"{n} {_number(getattr(r, n))}" for n in names) if r else "-" for r in (old, new))
    return f"{place} {want}", f"{place} {have}"


def _alike(one: float | str | None, two: float | str | None) -> bool:
    return one == two if isinstance(one, str) or isinstance(two, str) else near(one, two)


def _number(value: float | str | None) -> str:
    return "-" if value is None else value if isinstance(value, str) else f"{value:.10g}"


def _said(sealed: Baseline, *, other: bool) -> Label:
    vi = (
        f"Số liệu gốc năm {sealed.wave} đã niêm phong ({sealed.name}; mã kiểm tra toàn vẹn {short(sealed.digest)}); "
        f"lần tính này cho đúng {len(sealed.rows)} số đã công bố."
    )
    en = (
        f"The baseline of {sealed.wave} was sealed ({sealed.name}; digest {short(sealed.digest)}); "
        f"this run gives the same {len(sealed.rows)} published numbers."
    )
    if sealed.reason:
        vi += f" Bản niêm phong này thay bản trước: {sealed.reason}."
        en += f" It replaces an earlier seal: {sealed.reason}."
    if not sealed.target.get("signed"):
        vi += " Khi niêm phong chưa có văn bản thống nhất cách tính mục tiêu II.3."
        en += " When it was sealed the way to judge target II.3 was not signed."
    if other:
        vi += " Bộ câu hỏi có thay đổi ở câu không tính điểm, hoặc ở câu đã khai báo thay đổi."
        en += " The questionnaire differs in unscored questions, or in items declared as changed."
    return Label(vi, en)


def _unsealed(wave: int) -> Label:
    return Label(
        f"Số liệu gốc năm {wave} chưa được niêm phong: chưa kiểm được số liệu năm {wave} ở đây có đúng số đã công bố hay không.",
        f"The baseline of {wave} is not sealed: whether the numbers of {wave} here are those published was not checked.",
    )
