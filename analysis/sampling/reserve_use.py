"""How the reserves were used: the supervisor's table by hamlet, reason and enumerator, and what a release says on the screen.

Imports releases and sample.  Codes and counts only; never sees a submission.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..findings import Finding
from .releases import Release, Rules, head
from .sample import Drawn


@dataclass(frozen=True)
class Use:
    """Reserves released in one group.  main, reserves: households drawn there, None for a reason or an enumerator."""

    wave: int
    by: Literal["all", "psu", "reason", "who"]
    code: str
    released: int
    main: int | None = None
    reserves: int | None = None


def use(releases: Sequence[Release], sample: Sequence[Drawn], wave: int) -> tuple[Use, ...]:
    """One wave: all together, every hamlet drawn, each reason, each enumerator; within each the most used first."""
    lines = [r for r in releases if r.wave == wave]
    drawn = [d for d in sample if d.wave == wave]
    main, spare = (Counter(d.psu for d in drawn if d.status == status) for status in ("main", "reserve"))
    used = Counter(r.psu for r in lines)
    found = [Use(wave, "all", "", len(lines), sum(main.values()), sum(spare.values()))]
    found += [Use(wave, "psu", psu, used[psu], main[psu], spare[psu]) for psu in _most(Counter({p: used[p] for p in main}))]
    reasons, people = Counter(r.reason for r in lines), Counter(r.who for r in lines)
    found += [Use(wave, "reason", code, reasons[code]) for code in _most(reasons)]
    found += [Use(wave, "who", code, people[code]) for code in _most(people)]
    return tuple(found)


def _most(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda code: (-counts[code], code))


def use_lines(table: Sequence[Use], rules: Rules) -> Iterator[str]:
    """The table as text; hamlets without a release are counted, not listed."""
    for row in table:
        match row.by:
            case "all":
                yield f"kỳ {row.wave}: đã cấp {row.released}/{row.reserves} hộ dự phòng (released), {row.main} hộ chính (main)"
                idle = sum(1 for r in table if r.by == "psu" and not r.released)
                yield f"địa bàn chưa dùng hộ dự phòng (hamlets without a release): {idle}"
            case "psu" if row.released:
                yield f"  {row.code}: {row.released}/{row.reserves}, {row.main} hộ chính (main)"
            case "reason":
                label = rules.reasons.get(row.code)
                yield f"lý do (reason) {row.code}: {row.released}" + (f" - {label.vi}" if label else "")
            case "who":
                yield f"điều tra viên (enumerator) {row.code}: {row.released}"


def release_lines(line: Release, rules: Rules, done: Sequence[Release]) -> Iterator[str]:
    """What a release says before and after it is written; the digest is for the records on paper."""
    reason = rules.reasons[line.reason]
    yield f"kỳ {line.wave}, địa bàn {line.psu}: hộ dự phòng {line.ssu} thay hộ {line.replaces}"
    yield f"  (wave {line.wave}, PSU {line.psu}: reserve {line.ssu} in the place of household {line.replaces})"
    yield f"  lý do / reason: {reason.vi} ({reason.en})"
    yield f"  số lần đến / visits: {line.visits}; điều tra viên / enumerator: {line.who}"
    yield f"  dòng / line {line.seq}, mã kiểm tra toàn vẹn (SHA-256): {head((*done, line))}"


def finding_lines(found: Sequence[Finding]) -> Iterator[str]:
    """Findings as text, the red ones first."""
    for f in sorted(found, key=lambda f: (f.severity != "red", f.wave, f.psu, f.question, f.check)):
        yield f"[{f.severity}] {f.check} {f.wave} {f.question}: {f.expected} / {f.got} - {f.do}"
