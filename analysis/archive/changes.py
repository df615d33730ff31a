"""Which published numbers changed between two runs, by how much, and what differs between the runs: changes.csv.

Imports results and record.  Pure: records in, lines out.  A number that is hidden in either run is never shown in the line.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass, fields

from forms.formulas import tame

from ..results import Results, Row
from .record import Record

SAME = 1e-9
"""Relative: below it two machines' arithmetic, above it another number."""
NUMBERS = ("estimate", "se", "lower", "upper", "n")
WHY: Mapping[str, tuple[str, str]] = {
    "plan": ("kế hoạch, cách chọn mẫu và quyền số (plan.yaml, survey.yaml)", "plan and survey settings"),
    "questionnaire": ("bộ câu hỏi", "questionnaire"),
    "form": ("phiên bản biểu mẫu", "version of the form"),
    "code": ("chương trình", "programs"),
    "sample": ("mẫu", "sample"),
    "frame": ("khung mẫu", "frame"),
    "links": ("liên kết địa bàn", "links between hamlets"),
    "margins": ("tổng dân số (margins.csv)", "population totals (margins.csv)"),
    "releases": ("phiếu cấp hộ dự phòng", "releases of reserves"),
    "waves": ("các kỳ được tính", "waves analysed"),
    "lock": ("phiên bản thư viện (requirements.lock)", "locked libraries"),
    "versions": ("thư viện hoặc máy tính", "libraries or machine"),
    "baseline": ("bản niêm phong số liệu gốc", "sealed baseline"),
}
OF_A_WAVE: Mapping[str, tuple[str, str]] = {
    "raw": ("phiếu nhận về kỳ {wave}", "what was received in wave {wave}"),
    "decisions": ("quyết định làm sạch kỳ {wave}", "cleaning decisions of wave {wave}"),
    "windows": ("thời gian thu thập kỳ {wave}", "days of fieldwork of wave {wave}"),
    "answers": ("số liệu kỳ {wave}", "data of wave {wave}"),
}
UNKNOWN = ("không rõ: mọi mã kiểm tra đều như nhau", "unknown: every digest is the same")


@dataclass(frozen=True)
class Change:
    """One published number that is not what it was.

    change: number, verdict, shown (hidden before), hidden, gone.  difference: after - before in the row's unit.
    """

    key: str
    kind: str
    indicator: str
    estimand: str
    wave: int
    base_wave: int | None
    domain: str
    category: str
    method: str
    unit: str
    change: str
    before: float | None
    after: float | None
    difference: float | None
    lower_before: float | None
    lower_after: float | None
    upper_before: float | None
    upper_after: float | None
    n_before: int | None
    n_after: int | None
    state_before: str
    state_after: str
    why: str


def changes(before: Results, after: Results, why: str, waves: Collection[int]) -> tuple[Change, ...]:
    """Every number published in `before` or shown anew in `after` that is not the same in both, by key; new rows are none.

    waves: those that both runs analysed; a number of another wave was not computed again and is none of them.
    """
    now = {r.key: r for r in after.rows}
    known = [r for r in before.rows if r.wave in waves and r.base_wave in (None, *waves)]
    found = [c for r in known if (c := _one(r, now.get(r.key), why))]
    return tuple(sorted(found, key=lambda c: c.key))


def new_rows(before: Results, after: Results) -> int:
    """How many published rows were not there before."""
    known = {r.key for r in before.rows}
    return sum(r.publish != "hide" and r.key not in known for r in after.rows)


def same_numbers(one: Row, two: Row) -> bool:
    """Whether two rows say the same: estimate, standard error, interval, n, to a relative 1e-9; verdict and status exactly."""
    if (one.status, one.state) != (two.status, two.state):
        return False
    return all(near(getattr(one, name), getattr(two, name)) for name in NUMBERS)


def near(one: float | None, two: float | None) -> bool:
    """Equal numbers, or both none."""
    if one is None or two is None:
        return one is two
    return math.isclose(one, two, rel_tol=SAME, abs_tol=SAME)


def _one(before: Row, after: Row | None, why: str) -> Change | None:
    was, now = before.publish != "hide", after is not None and after.publish != "hide"
    if not was and not now:
        return None
    if after is None:
        return _line(before, "gone", before, None, why)
    if was and now:
        if same_numbers(before, after):
            return None
        return _line(before, "verdict" if before.state != after.state else "number", before, after, why)
    return _line(before, "hidden" if was else "shown", before if was else None, after if now else None, why)


def _line(named: Row, change: str, before: Row | None, after: Row | None, why: str) -> Change:
    one, two = (before.estimate if before else None), (after.estimate if after else None)
    domain = json.dumps(dict(named.domain), ensure_ascii=False) if named.domain else ""
    return Change(
        named.key, named.kind, named.indicator, named.estimand, named.wave, named.base_wave, domain, named.category, named.method,
        named.unit, change,
        one, two, None if one is None or two is None else two - one,
        before.lower if before else None, after.lower if after else None, before.upper if before else None,
        after.upper if after else None, before.n if before else None, after.n if after else None,
        before.state if before else "", after.state if after else "", why,
    )  # fmt: skip


def differs(before: Record, after: Record) -> tuple[str, ...]:
    """Names of what the two runs were not alike in: of the inputs first, then settings, programs, libraries."""
    logged = [{k for k in one.digests if k.startswith(("raw_", "decisions_"))} for one in (before, after)]
    known = {k for k in logged[0] ^ logged[1] if k.rpartition("_")[2] in map(str, {*before.waves} & {*after.waves})}
    was, now = _made_of(before, known), _made_of(after, known)
    if min(len(before.waves), len(after.waves)) == 1:  # one wave alone is held against no baseline
        was, now = ({k: v for k, v in made.items() if k != "baseline"} for made in (was, now))
    found = [name for name in (*was, *(k for k in now if k not in was)) if was.get(name) != now.get(name)]
    gone = {wave for wave in (*before.waves, *after.waves) if (wave in before.waves) != (wave in after.waves)}
    return tuple(n for n in found if not any(n.endswith(f"_{wave}") for wave in gone))


def _made_of(of: Record, alone: Collection[str]) -> dict[str, object]:
    """Everything that can explain a number.  Answers explain themselves only where no log of what was received does.

    alone: logs that the other run has not, since one of both read a file and not a round: they explain nothing.
    """
    logs = {k: v for k, v in of.digests.items() if k.startswith(("raw_", "decisions_")) and k not in alone}
    inputs = {k: v for k, v in of.inputs.items() if not (k.startswith("answers_") and f"raw_{k.rpartition('_')[2]}" in logs)}
    rest = {k: of.digests.get(k, "") for k in ("plan", "questionnaire", "form", "code")}
    return {"waves": of.waves, **logs, **inputs, **rest, "lock": of.lock, "versions": dict(of.versions), "baseline": of.baseline}


def why_of(names: tuple[str, ...]) -> str:
    """The names in words, both languages: «… | …»."""
    pairs = [_words(name) for name in names] or [UNKNOWN]
    return f"{'; '.join(vi for vi, _ in pairs)} | {'; '.join(en for _, en in pairs)}"


def _words(name: str) -> tuple[str, str]:
    base, _, wave = name.rpartition("_")
    if base in OF_A_WAVE:
        vi, en = OF_A_WAVE[base]
        return vi.format(wave=wave), en.format(wave=wave)
    return WHY[name]


def changes_csv(found: tuple[Change, ...]) -> bytes:
    """changes.csv: a head, a line a change; an empty cell where there is no number."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f.name for f in fields(Change)])
    writer.writerows([tame(cell) if isinstance(cell, str) else cell for cell in astuple(c)] for c in found)
    return out.getvalue().encode()
