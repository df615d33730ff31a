"""What is measured and for whom: indicator columns, and the plan's groups as columns.

Imports the forms door (codebook, conditions, plan), tidy, scoring, masks, the names of the classes (sampling.lineage) and the
words of a result row; knows no statistics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from forms.codebook import Codebook
from forms.condition import Condition, names
from forms.errors import refuse
from forms.plan import Domain, Plan
from forms.question import Label

from .masks import Texts, mask
from .results import Unit
from .sampling.lineage import BASE_CLASSES
from .scoring import Comparison
from .tidied import Tidy, why_of

_MESSAGES = frozenset({
    "equal_rights", "no_violence", "share_housework", "girls_school", "boys_girls", "women_leaders", "property", "early_marriage",
    "help_line", "other",
})  # fmt: skip
_TWO = frozenset({"2", "3plus"})
_YES = frozenset({"yes"})
ZONES = frozenset({"khu_vuc", "dtts"})
"""Classes that a province fills in from an official list; until all of them are known no group may rest on them."""


@dataclass(frozen=True)
class Indicator:
    """One measured thing.  column: of the working frame; by_domain: whether it is broken down by the plan's groups."""

    id: str
    stat: Literal["mean", "proportion"]
    unit: Unit
    label: Label
    note: Label
    by_domain: bool = True


@dataclass(frozen=True)
class Share:
    """A share made from one question.  yes: codes that count.  gate: the earlier question whose codes `zero` mean 0 here."""

    id: str
    question: str
    yes: frozenset[str]
    label: Label
    gate: str = ""
    zero: frozenset[str] = frozenset({"0", "no", "dk"})


SHARES = (
    Share(
        "exposed2_any", "exp_any", _TWO,
        Label("Được truyền thông từ 2 lần trở lên trong 12 tháng", "Reached twice or more in 12 months"),
    ),
    Share(
        "reached_any", "exp_any", _TWO | {"1"},
        Label("Được truyền thông ít nhất một lần trong 12 tháng, bất kỳ cách nào", "Reached in 12 months, any channel"),
    ),
    Share(
        "exposed2_face", "exp_face", _TWO,
        Label("Được truyền thông trực tiếp từ 2 lần trở lên trong 12 tháng", "Reached face to face twice or more in 12 months"),
        "exp_any",
    ),
    Share(
        "recalled", "exp_message", _MESSAGES, Label("Nhớ được ít nhất một nội dung", "Recalls at least one message"), "exp_any",
    ),
    Share("heard_month", "month_heard", _YES, Label("Đã nghe nói về Tháng hành động", "Has heard of the Action Month")),
    Share(
        "joined_month", "month_joined", _YES, Label("Đã tham gia hoạt động Tháng hành động", "Took part in the Action Month"),
        "month_heard",
    ),
)  # fmt: skip
_NONE = Label("", "")
_ADULTS = Label("tính trong số người từ 18 tuổi trở lên được hỏi riêng", "among people aged 18 or over asked in private")


def share_columns(book: Codebook, wave: Tidy) -> dict[str, Any]:
    """1/0 columns of the shares with their __why: dk is 0, refused is missing, not asked by a gate of zero is 0."""
    have = {v.name for v in book.variables}
    found: dict[str, Any] = {}
    for share in SHARES:
        if share.question in have:
            found[share.id], found[f"{share.id}__why"] = _share(book, wave, share)
    return found


def _share(book: Codebook, wave: Tidy, share: Share) -> tuple[Any, Texts]:
    rows = len(wave.days)
    own = why_of(book[share.question], wave.answers, rows)
    value, why = np.full(rows, np.nan), own.copy()
    for i, text in enumerate(wave.answers[share.question]):
        if own[i] in ("answered", "dont_know"):
            value[i] = float(bool(share.yes & set((text or "").split())))
        elif own[i] == "not_asked" and share.gate:
            before = wave.answers[share.gate][i]
            if before in share.zero:
                value[i] = 0.0
            elif before == "ref":
                why[i] = "refused"
    why[~np.isnan(value)] = "answered"
    return value, why


def indicators(book: Codebook, plan: Plan, have: Iterable[str], compared: Comparison | None) -> tuple[Indicator, ...]:
    """Every indicator whose column is there, scores first, then shares, then items."""
    columns = set(have)
    found: list[Indicator] = []
    ends = ("", "_cmp") if compared and compared.needed else ("",)
    for end in ends:
        note = Label("điểm so sánh giữa hai kỳ", "comparison score of two waves") if end else _NONE
        found += [
            Indicator(s.name + end, "mean", "point", s.label, _also(note, _ADULTS) if "V" in (s.name, *s.of) else note)
            for s in book.scales.values()
        ]
        found += [
            Indicator(
                f"reach{t}{end}", "proportion", "percent",
                Label(f"Nhận thức đạt yêu cầu (từ {t} điểm trở lên)", f"Awareness reached ({t} points or more)"), note,
            )
            for t in plan.thresholds
        ]  # fmt: skip
    found += [Indicator(s.id, "proportion", "percent", s.label, _NONE) for s in SHARES]
    for v in book.variables:
        if v.scale:
            right = book.scales[v.scale].kind == "right"
            note = Label("trả lời đúng", "right answer") if right else Label("ý kiến theo hướng bình đẳng", "egalitarian answer")
            found.append(Indicator(f"item_{v.name}", "proportion", "percent", v.label, note, by_domain=False))
    return tuple(i for i in found if i.id in columns)


def _also(one: Label, two: Label) -> Label:
    return Label(f"{one.vi}; {two.vi}", f"{one.en}; {two.en}") if one.vi else two


# ---- the plan's groups ---------------------------------------------------------------------------------------------


def domain_columns(
    people: pd.DataFrame, plan: Plan, communes: Mapping[str, str] | None = None
) -> tuple[dict[str, Texts], dict[str, Label]]:
    """Columns of the plan's domains, and the domains refused with the reason.

    Plain classes are those of the first wave's classification.  Where a later wave classifies anybody otherwise (columns
    area_2030 ...), the domain comes a second time as <id>_<year>, both waves by that year's classification.
    A domain is refused where a zone column it needs is empty, or unknown for some sampled hamlet that is not outside the
    zones (dtts 0): it would silently leave people out.  communes: PSU id -> commune, to say how many.
    BdgError DATA-023 an unknown column, DATA-025 overlapping codes.
    """
    texts = {str(c): _texts(people[c]) for c in people.columns if not str(c).endswith("__why")}
    made = {d.id: _made(d, texts, len(people), communes or {}) for d in plan.domains}
    for year in _later_years(texts):
        seen = {**texts, **{c: texts[f"{c}_{year}"] for c in BASE_CLASSES if f"{c}_{year}" in texts}}
        for d in plan.domains:
            other = _made(d, seen, len(people), communes or {})
            if not _same(made[d.id], other):
                made[f"{d.id}_{year}"] = other
    found = {name: column for name, column in made.items() if not isinstance(column, Label)}
    return found, {name: why for name, why in made.items() if isinstance(why, Label)}


def by_every_year(plan: Plan, names: Iterable[str]) -> Plan:
    """The plan with the domains that `domain_columns` added for a later classification, each after the one it repeats.

    names: ids of all domains, computed or refused.  The digest stays that of the plan as it was written.
    """
    known = {d.id for d in plan.domains}
    years: dict[str, list[int]] = {}
    for name in names:
        base, _, year = name.rpartition("_")
        if name not in known and base in known and year.isdigit():
            years.setdefault(base, []).append(int(year))
    return replace(
        plan, domains=tuple(one for d in plan.domains for one in (d, *(_by_year(d, y) for y in sorted(years.get(d.id, ())))))
    )


def _by_year(domain: Domain, year: int) -> Domain:
    """The domain by a later classification; its codes say so too, for a group is often named without its domain."""

    def told(label: Label) -> Label:
        return Label(f"{label.vi} (phân loại năm {year})", f"{label.en} ({year} classification)")

    codes = tuple(replace(c, label=told(c.label)) for c in domain.codes)
    return replace(domain, id=f"{domain.id}_{year}", label=told(domain.label), codes=codes)


def _later_years(texts: Mapping[str, Texts]) -> list[int]:
    """The years of the classification columns without the first one, whose classes stand in the plain columns."""
    found = {int(m[1]) for name in texts if (m := re.fullmatch(rf"(?:{'|'.join(BASE_CLASSES)})_(\d{{4}})", name))}
    return sorted(found)[1:]


def _same(one: Texts | Label, two: Texts | Label) -> bool:
    if isinstance(one, Label) or isinstance(two, Label):
        return isinstance(one, Label) and isinstance(two, Label)
    return bool(one.tolist() == two.tolist())


def _made(domain: Domain, texts: Mapping[str, Texts], rows: int, communes: Mapping[str, str]) -> Texts | Label:
    """A domain's column, or why it is refused."""
    named = {domain.id, *(n for c in domain.codes if c.among for n in names(c.among))}
    for column in dict.fromkeys(filter(None, (domain.needs, *sorted(named & ZONES)))):
        if column not in texts or all(t is None for t in texts[column]):
            return Label(
                f"Không tính: cột «{column}» của khung địa bàn chưa có số liệu.",
                f"Not computed: column «{column}» of the frame is empty.",
            )
        if column in ZONES and (left := _unknown(column, texts)):
            return _incomplete(column, {texts["psu"][i] or "" for i in left} if "psu" in texts else set(), len(left), communes)
    return _domain(domain, texts, rows)


def _unknown(column: str, texts: Mapping[str, Texts]) -> list[int]:
    """Rows whose zone nobody has told: empty, and not outside the zones."""
    outside = texts.get("dtts") if column == "khu_vuc" else None
    return [i for i, t in enumerate(texts[column]) if t is None and (outside is None or outside[i] != "0")]


def _incomplete(column: str, psus: set[str], people: int, communes: Mapping[str, str]) -> Label:
    places = {communes[p] for p in psus if p in communes}
    lack = Label(f"{people} người", f"{people} people")
    if psus:
        lack = Label(f"{len(psus)} địa bàn mẫu", f"{len(psus)} sampled hamlets")
    if places:
        lack = Label(f"{len(places)} xã ({lack.vi})", f"{len(places)} communes ({lack.en})")
    return Label(
        f"Không tính: còn {lack.vi} chưa có «{column}»; tính phần đã có sẽ bỏ sót người mà không ai thấy.",
        f"Not computed: {lack.en} still without «{column}»; what is there would leave people out unseen.",
    )


def _domain(domain: Domain, texts: Mapping[str, Texts], rows: int) -> Texts:
    out: Texts = np.full(rows, None, dtype=object)
    for code in domain.codes:
        inside = _among(domain, code.among, texts, rows) if code.among else _column(domain.id, texts) == code.code
        if any(out[inside] != None):  # noqa: E711  elementwise on objects
            raise refuse("DATA-025", "plan.yaml", got=code.code, domain=domain.id)
        out[inside] = code.code
    return out


def _among(domain: Domain, tree: Condition, texts: Mapping[str, Texts], rows: int) -> Any:
    for name in names(tree):
        _column(name, texts, domain.id)
    return mask(tree, texts, rows)


def _column(name: str, texts: Mapping[str, Texts], domain: str = "") -> Texts:
    if name not in texts:
        raise refuse("DATA-023", f"plan.yaml: {domain or name}", expected=", ".join(sorted(texts)[:12]), got=name, name=name)
    return texts[name]


def _texts(column: pd.Series[Any]) -> Texts:
    values = [None if pd.isna(v) else str(int(v)) if isinstance(v, float) and v.is_integer() else str(v) for v in column.tolist()]
    out: Texts = np.empty(len(values), dtype=object)
    out[:] = values
    return out
