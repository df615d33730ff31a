"""The method note of results.json: every choice that a reader could question, in both languages.

Imports told, scoring and the plan's records.  Words and numbers of the rows only: no estimate is made here.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from forms.plan import Plan
from forms.question import Label

from .told import LONELY_WORDS, Told, lonely_strata, office, span, words

if TYPE_CHECKING:
    from .scoring import Comparison

_FIXED: tuple[tuple[str, str, str], ...] = (
    (
        "design",
        ("Mẫu phân tầng ba giai đoạn: địa bàn điều tra (thôn, tổ dân phố) chọn theo xác suất tỷ lệ với số hộ, hộ chọn "
        "ngẫu nhiên trong địa bàn, mỗi hộ phỏng vấn một người từ 15 tuổi trở lên do số ngẫu nhiên cho trước chọn."),
        ("Stratified three-stage sample: hamlets with probability proportional to households, households at random "
        "within hamlets, one person aged 15 or over per household chosen by a random number given beforehand."),
    ),
    (
        "variance",
        ("Sai số tính theo địa bàn điều tra trong tầng (tuyến tính hóa, coi như chọn có hoàn lại); địa bàn không có "
        "phỏng vấn vẫn được tính."),
        ("Standard errors from PSUs within strata (linearisation, as if drawn with replacement); a PSU without "
        "interviews still counts."),
    ),
    (
        "change",
        "Sai số của thay đổi có tính phần chung do các địa bàn được giữ lại giữa hai kỳ (wave_centred).",
        "The standard error of change takes account of the hamlets kept between the waves (wave_centred).",
    ),
    (
        "interval",
        ("Khoảng tin cậy 95% Fieller của thay đổi tương đối quyết định mọi chữ trong kết luận; khoảng log và delta chỉ"
        " để đối chiếu."),
        ("The 95% Fieller interval of the relative change decides every word of the verdict; log and delta intervals "
        "are for comparison."),
    ),
    (
        "missing",
        ("«Không được hỏi», «không biết», «từ chối» và «bỏ trống» được giữ riêng. Câu hiểu biết trả lời «không biết» "
        "tính là chưa đúng; từ chối là không có số liệu."),
        ("Not asked, do not know, refused and missing are kept apart. In knowledge items «do not know» counts as not "
        "right; a refusal is missing."),
    ),
    (
        "violence",
        ("Điểm V chỉ tính trong số người từ 18 tuổi trở lên được hỏi riêng, nên công bố riêng, không nằm trong điểm nhận "
        "thức."),
        ("V is computed among people aged 18 or over asked in private; it is published on its own and is not part of the "
        "awareness score."),
    ),
    (
        "effect",
        "Khảo sát đo mức thay đổi; không tách được phần đóng góp của Kế hoạch với các nguyên nhân khác.",
        "The survey measures the change; it cannot separate the plan's part from other causes.",
    ),
)  # fmt: skip
_DF_WORDS = {
    "domain": (
        "Bậc tự do: số địa bàn trừ số tầng có người của nhóm.",
        "Degrees of freedom: PSUs minus strata that hold the group.",
    ),
    "design": ("Bậc tự do: số địa bàn trừ số tầng của cả mẫu.", "Degrees of freedom: PSUs minus strata of the whole sample."),
}


def method_note(told: Told) -> list[dict[str, str]]:
    """Every note: {id, vi, en}, in the order in which the report prints them."""
    plan = told.plan
    notes = [{"id": i, "vi": vi, "en": en} for i, vi, en in _FIXED]
    if told.weights:
        notes.insert(1, {"id": "weights", **words(told.weights)})
    if told.area:
        notes.append({"id": "area", **words(told.area)})
    if told.cleaning:
        notes.append({"id": "cleaning", **words(told.cleaning)})
    if told.baseline:
        notes.append({"id": "baseline", **words(told.baseline)})
    notes.append(_note("df", _DF_WORDS[plan.df_rule]))
    notes.append(_single(told))
    notes.append(_threshold(plan))
    notes += _ceiling(told)
    if told.compared:
        notes += [_comparison(told.compared), *_zero(told)]
    spans = "; ".join(f"{w}: {span(*told.windows[w])}" for w in sorted(told.windows))
    notes.append(_note("windows", (f"Thời gian thu thập: {spans}.", f"Fieldwork: {spans}.")))
    return notes


def _single(told: Told) -> dict[str, str]:
    """What the plan's rule does with a stratum of one PSU, and where there is one."""
    level, change = told.plan.lonely["level"], told.plan.lonely["change"]
    alone = {t.wave: lonely_strata(t) for t in told.waves if lonely_strata(t)}
    which = "; ".join(f"{w}: {', '.join(h)}" for w, h in alone.items())
    vi = f"Tầng chỉ có một địa bàn («{level}»): {LONELY_WORDS[level][0]}; với thay đổi («{change}»): {LONELY_WORDS[change][0]}. "
    en = f"A stratum with a single PSU ({level}): {LONELY_WORDS[level][1]}; for change ({change}): {LONELY_WORDS[change][1]}. "
    found = (f"Có ở {which}.", f"Found in {which}.") if which else ("Không có tầng nào như vậy.", "There is none.")
    return _note("lonely", (vi + found[0], en + found[1]))


def _ceiling(told: Told) -> list[dict[str, str]]:
    """Groups whose baseline leaves no room for the target's upper mark (switch A5), with the gap to 100 closed since."""
    asked = [v for t in told.plan.targets if t.id == "II.3" for _, v in sorted(t.values.items())]
    if not asked:
        return []
    top = 100 / (1 + (asked[-1].high or asked[-1].low) / 100)
    waves = sorted(told.windows)
    at = {
        (r.wave, r.domain): r.estimate for r in told.rows if r.kind == "level" and r.indicator == "score" and r.publish == "show"
    }
    names = {(d.id, c.code): c.label for d in told.plan.domains for c in d.codes}
    high: list[tuple[str, str]] = []
    for (wave, domain), base in sorted(at.items()):
        if wave != waves[0] or base is None or base < top:
            continue
        label = names[domain[0]] if domain else Label("Chung", "Overall")
        now = at.get((waves[-1], domain)) if len(waves) > 1 else None
        closed = None if now is None else 100 * (now - base) / (100 - base)
        high.append((
            f"{label.vi} {_vi(base)} điểm" + (f", khoảng cách đã thu hẹp {_vi(closed)}%" if closed is not None else ""),
            f"{label.en} {base:.1f} points" + (f", gap closed {closed:.1f}%" if closed is not None else ""),
        ))  # fmt: skip
    found = ("; ".join(vi for vi, _ in high), "; ".join(en for _, en in high)) if high else ("không có nhóm nào", "no group")
    return [_note("ceiling", (
        f"Đã ở mức cao (trần) từ năm {waves[0]}, từ {_vi(top)} điểm trở lên: {found[0]}.",
        f"Near the ceiling already in {waves[0]}, {top:.1f} points or more: {found[1]}.",
    ))]  # fmt: skip


def _note(name: str, pair: tuple[str, str]) -> dict[str, str]:
    return {"id": name, "vi": pair[0], "en": pair[1]}


def _threshold(plan: Plan) -> dict[str, str]:
    t = plan.target_ii3
    signed = (
        (
            f"Cách tính mục tiêu theo {t.document} ngày {_signed_on(t.date)} ({t.decided_by}).",
            f"Target as decided in {t.document} of {_signed_on(t.date)} ({t.decided_by}).",
        )
        if t.signed
        else (
            "Chưa có văn bản thống nhất cách tính; chưa kết luận.",
            "There is no signed decision on the reading yet; no conclusion.",
        )
    )
    return _note("threshold", (
        f"«Nhận thức đạt yêu cầu» là từ {t.threshold:g} điểm trở lên. {signed[0]}",
        f"“Awareness reached” means {t.threshold:g} points or more. {signed[1]}",
    ))  # fmt: skip


def _signed_on(text: str) -> str:
    """The plan's ISO date as the office writes it; any other wording stays."""
    try:
        return office(date.fromisoformat(text))
    except ValueError:
        return text


def _comparison(compared: Comparison) -> dict[str, str]:
    if not compared.needed:
        return _note("comparison", (
            "Không câu nào đổi lời hoặc đổi đáp án giữa hai kỳ: điểm so sánh giữa hai kỳ chính là điểm của từng kỳ.",
            "No item changed its wording or key between the waves: the comparison score is the score itself.",
        ))  # fmt: skip
    gone = "; ".join(f"{name} ({why})" for name, why in sorted(compared.dropped.items()))
    return _note("comparison", (
        f"Điểm so sánh giữa hai kỳ bỏ các câu đã đổi ở cả hai kỳ: {gone}.",
        f"The comparison score of the two waves leaves out, in both, the items that changed: {gone}.",
    ))  # fmt: skip


def _zero(told: Told) -> list[dict[str, str]]:
    """The relative change of A on its two scales: 0-100 and the answers' own 1-5 (decision 5)."""
    base, later = told.waves[0].wave, told.waves[-1].wave
    level = {r.wave: r.estimate for r in told.rows if r.kind == "level" and r.indicator == "A" and not r.domain}
    scale = told.book.scales.get("A")
    p, q = level.get(base), level.get(later)
    if scale is None or not p or q is None:
        return []
    step = (scale.high - scale.low) / 100
    raw = [scale.low + step * x for x in (p, q)]
    hundred, five = 100 * (q / p - 1), 100 * (raw[1] / raw[0] - 1)
    return [
        _note("zero", (
            ("Thay đổi tương đối của điểm phụ thuộc gốc 0 của thang: điểm thái độ thay đổi "
            f"{_vi(hundred)}% trên thang 0 - 100 và {_vi(five)}% trên thang {scale.low} - {scale.high}."),
            ("The relative change of a score depends on where its zero lies: attitude changed by "
            f"{hundred:.1f}% on 0-100 and {five:.1f}% on {scale.low}-{scale.high}."),
        ))
    ]  # fmt: skip


def _vi(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")
