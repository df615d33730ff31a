"""The figures of the sample: who lives there and who was interviewed, what became of every household, the weights, the map.

Imports framed, lookup, tables, document and analysis' figures.  Rows of kind diagnostic and texts in; a Picture or None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.figures import AgeBand, Ages, Area, Line, Stage, Stream, areas, flow, margins, pyramid, spread
from analysis.results import Row

from . import numbers, tables
from .document import Picture
from .framed import line, picture
from .lookup import Lookup
from .story import subject

KNOWN, SAMPLE = "known total", "before calibration"
MAPPED = ("khu_vuc", "former_province", "area")
# What is lost on the way to the next step (codes of the form's result, analysis/weighting/outcomes.py), and the step's name.
GONE = (
    (("no_form", "unknown"), "Hộ trong mẫu", "Households of the sample"),
    (("not_found", "moved", "no_eligible"), "Đã đến, có phiếu", "Visited, with a form"),
    (("nobody_home",), "Hộ có ở địa bàn", "Lives in the hamlet"),
    (("absent", "refused", "partial", "incapable", "language", "panel"), "Gặp được hộ", "Household met"),
)
RESULT = {
    "no_form": ("chưa có phiếu", "no form"), "unknown": ("phiếu không ghi kết quả", "no result"),
    "not_found": ("không tìm thấy", "not found"), "moved": ("đã chuyển đi", "moved away"),
    "no_eligible": ("không có người từ 15 tuổi", "nobody aged 15 or over"), "nobody_home": ("không ai ở nhà", "nobody home"),
    "absent": ("người được chọn đi vắng", "selected person away"), "refused": ("từ chối", "refused"),
    "partial": ("bỏ dở", "broken off"), "incapable": ("không trả lời được", "unable to answer"),
    "language": ("không có phiên dịch", "no interpreter"), "panel": ("người của kỳ trước", "person of an earlier wave"),
}  # fmt: skip


def people(look: Lookup, stamp: str) -> Picture | None:
    """Age and sex of the sample against the known totals, a pyramid a wave; None where no total is known."""
    rows = {(r.wave, r.category, r.method): r for r in look.results.rows if r.kind == "diagnostic" and r.indicator == "age_sex"}
    domains = look.texts.get("domains", {})
    if not rows or "agegroup" not in domains or "sex" not in domains:
        return None
    label = look.tongue.label
    ages, sexes = domains["agegroup"]["codes"], [c for c in ("male", "female") if c in domains["sex"]["codes"]]
    if len(sexes) != 2:
        return None

    def both(wave: int, sex: str, age: str) -> tuple[Line, Line]:
        known, sample = (_number(look, rows.get((wave, f"{sex}*{age}", method))) for method in (KNOWN, SAMPLE))
        return known, sample

    shown = tuple(
        Ages(tables.year(look, w), tuple(AgeBand(label(ages[a]), both(w, "male", a), both(w, "female", a)) for a in ages))
        for w in look.waves if any(wave == w for wave, _, _ in rows)
    )  # fmt: skip
    say = look.tongue.say
    title = say(
        f"Cơ cấu tuổi và giới của mẫu so với dân số, {look.period}",
        f"Age and sex of the sample and the population, {look.period}",
    )
    axis = say("% dân số từ 15 tuổi trở lên", "% of residents aged 15 or over")
    names = (label(domains["sex"]["codes"]["male"]), label(domains["sex"]["codes"]["female"]))
    made = pyramid(shown, sexes=names, title=title, axis=axis, stamp=stamp, note=tables.source(look), lang=look.tongue.code)
    return picture(look, "pyramid", title, made, [rows[k] for k in sorted(rows)])


def _number(look: Lookup, row: Row | None) -> Line:
    made = line(look, "", "", row)
    return made if row is None or not made.drawn or row.estimate is None else Line("", row, look.tongue.number(row.estimate))


def response(look: Lookup, stamp: str) -> Picture | None:
    """What became of the main households, wave by wave, down to the interviews."""
    streams = []
    for w in look.waves:
        about = look.texts.get("waves", {}).get(str(w), {}).get("response") or {}
        stages = _stages(look, about)
        if stages:
            streams.append(Stream(tables.year(look, w), stages))
    if not streams:
        return None
    say = look.tongue.say
    title = say(f"Từ hộ được chọn đến phiếu phỏng vấn xong, {look.period}", f"From drawn households to interviews, {look.period}")
    note = say("Chỉ tính hộ chính thức và hộ dự phòng đã dùng.", "Main households and the reserve households that were used.")
    made = flow(streams, title=title, axis=say("Số hộ", "Households"), stamp=stamp, note=f"{note} {tables.source(look)}",
                lang=look.tongue.code)  # fmt: skip
    return picture(look, "response_flow", title, made, ())


def _stages(look: Lookup, about: Mapping[str, Any]) -> tuple[Stage, ...]:
    """Steps from the last results of all visits; a step that a hidden count would give away has no number."""
    told: Mapping[str, Any] = about.get("contacts") or {}
    if not told.get("completed"):
        return ()
    counts, done = _counts(told), float(told["completed"])
    known = {code for codes, _, _ in GONE for code in codes}
    other = tuple(sorted(set(counts) - known - {"completed"}))
    steps: list[tuple[str, list[str]]] = []
    name = look.tongue.say(*GONE[0][1:])
    for i, (codes, *_) in enumerate(GONE):
        here = [c for c in (*codes, *(other if i == len(GONE) - 1 else ())) if c in counts and counts[c] != 0]
        steps += [(name, here)] if here else []
        name = look.tongue.say(*GONE[i + 1][1:]) if here and i + 1 < len(GONE) else name
    lefts = _lefts(told, counts, [here for _, here in steps])
    out = [
        Stage(name, left, _count(look, left), "; ".join(f"{_word(look, c)} {_count(look, counts[c])}" for c in here))
        for (name, here), left in zip(steps, lefts, strict=True)
    ]
    whole = out[0].count if out else None
    share = f" ({look.tongue.quantity(100 * done / whole, 'percent')})" if whole else ""
    return (*out, Stage(look.tongue.say("Phỏng vấn xong", "Interviewed"), done, _count(look, done) + share))


def _lefts(told: Mapping[str, Any], counts: Mapping[str, float | None], steps: Sequence[Sequence[str]]) -> list[float | None]:
    """Households at each step; None where two numbers told would give a hidden count between them away."""
    if any(not isinstance(n, int | float) for n in told.values()):
        return [None] * len(steps)
    hidden = [[float(told[c]) for c in here if counts[c] is None] for here in steps]
    left, since = float(sum(told.values())), list[float]()
    out: list[float | None] = [None if _given_away([n for some in hidden for n in some]) else left]
    for i, here in enumerate(steps[:-1]):
        left -= sum(float(told[c]) for c in here)
        since += hidden[i]
        safe = out[0] is not None and not _given_away(since) and not _given_away([n for some in hidden[i + 1 :] for n in some])
        out.append(left if safe else None)
        since = [] if safe else since
    return out[: len(steps)]


def _given_away(hidden: Sequence[float]) -> bool:
    """Whether the sum of hidden counts says what each of them is: a single one, or all as small or as large as can be."""
    return bool(hidden) and (len(hidden) == 1 or sum(hidden) in (len(hidden), (tables.SMALLEST - 1) * len(hidden)))


def _counts(told: Mapping[str, Any]) -> dict[str, float | None]:
    """The counts that may be printed; of 1 to 4 households None, and of the next smallest ones until no sum tells them."""
    counts = {c: float(n) if isinstance(n, int | float) else None for c, n in told.items()}
    few = {c for c, n in counts.items() if c != "completed" and (n is None or 0 < n < tables.SMALLEST)}
    rest = sorted(((n, c) for c, n in counts.items() if n and c not in few and c != "completed"), reverse=True)
    known = all(counts[c] is not None for c in few)
    while few and rest and (len(few) == 1 or (known and _given_away([counts[c] or 0.0 for c in few]))):
        few.add(rest.pop()[1])
    return {c: None if c in few else n for c, n in counts.items()}


def _word(look: Lookup, code: str) -> str:
    vi, en = RESULT.get(code, (code, code))
    return look.tongue.say(vi, en)


def _count(look: Lookup, count: float | None) -> str:
    return numbers.HIDDEN if count is None else look.tongue.whole(count)


def zones(look: Lookup, stamp: str) -> Picture | None:
    """The score by zone, or by former province, on a reference map; None where it is not known which commune belongs where."""
    told = look.texts.get("areas") or {}
    shapes = {c: [[int(n) for n in ring.split()] for ring in rings] for c, rings in (told.get("shapes") or {}).items()}
    for variable in MAPPED:
        of = (told.get("groups") or {}).get(variable) or {}
        groups = [g for g in look.present("score", look.wave) if g.variable == variable]
        if shapes and len(groups) > 1 and all(g.code in of.values() for g in groups):
            break
    else:
        return None
    rows = [look.level("score", look.wave, g.domain) for g in groups]
    found = [
        Area(line(look, g.label, "", row), frozenset(c for c, code in of.items() if code == g.code))
        for g, row in zip(groups, rows, strict=True)
    ]  # fmt: skip
    say = look.tongue.say
    of_what, by = subject(look, "score", first=True), groups[0].heading
    title = say(f"{of_what} (điểm, KTC 95%) theo {by[:1].lower() + by[1:]}, năm {look.wave}",
                f"{of_what} (points, 95% CI) by {by[:1].lower() + by[1:]}, {look.wave}")  # fmt: skip
    made = areas(shapes, found, title=title, stamp=stamp, note=tables.source(look), lang=look.tongue.code)
    return picture(look, "map", title, made, rows)


def _sorted(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda r: r.key)


def weights(look: Lookup, stamp: str) -> Picture | None:
    """How far the weights lie apart within strata."""
    rows = [r for r in look.results.rows if r.kind == "diagnostic" and r.indicator == "weights" and r.estimand == "quantile"]
    if not rows or any(r.estimate is None for r in rows):
        return None
    title = look.tongue.say(f"Quyền số theo tầng, {look.period}", f"Weights by stratum, {look.period}")
    names = {code: look.stratum(code) for r in rows for _, code in r.domain}
    made = spread(rows, trim=None, labels=names, title=title, stamp=stamp, note=tables.source(look), lang=look.tongue.code)
    return picture(look, "weights_figure", title, made, _sorted(rows))


def totals(look: Lookup, wave: int, stamp: str) -> Picture | None:
    """Residents by the weights before and after calibration against the known totals of a wave."""
    rows = [r for r in look.results.rows if r.kind == "diagnostic" and r.indicator.startswith("margin ") and r.wave == wave]
    if not rows or any(not r.estimate for r in rows if r.method == "control") or any(r.estimate is None for r in rows):
        return None
    label = look.tongue.label
    named = {v: label(about["label"]) for v, about in look.texts.get("domains", {}).items()}
    named |= {c: label(x) for about in look.texts.get("domains", {}).values() for c, x in about["codes"].items()}
    named |= {code: look.stratum(code) for code in look.texts.get("strata", {})}
    named.setdefault("stratum", look.tongue.say("Tầng", "Stratum"))
    title = look.tongue.say(
        f"Tổng dân số theo quyền số so với tổng đã biết, năm {wave}", f"Residents by the weights against the known totals, {wave}"
    )
    order = {code: i for i, code in enumerate(named)}
    rows.sort(key=lambda r: (r.indicator, [(order.get(c, len(order)), c) for c in r.category.split(" + ")[0].split("*")]))
    made = margins(rows, wave=wave, labels=named, title=title, stamp=stamp, note=tables.source(look), lang=look.tongue.code)
    return picture(look, f"totals_{wave}", title, made, _sorted(rows))
