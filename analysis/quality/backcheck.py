"""Back-checks against the interviews: how often the second answer differs, by kind of question and by question.

Imports field, checks, record_rules, rows, backs and intervals.  Says which questions differ, never which answers.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from forms.codebook import Variable

from ..csvtable import table_bytes
from ..findings import Finding
from ..intervals import korn_graubard
from ..results import Row
from . import rows
from .backs import Back, kinds, rules
from .checks import Checked, counted
from .field import Field, Visit
from .record_rules import finding

_NO_PAIR = "chưa có cặp câu trả lời | no pair of answers yet"
_METHOD = "korn_graubard"


@dataclass(frozen=True)
class _Pair:
    """One household asked twice.  differs: question -> whether the two answers differ, of those given both times."""

    visit: Visit
    back: Back
    differs: Mapping[str, bool]


def back_checks(seen: Field) -> Checked:
    """Planned, done and matched back-checks, disagreement by kind and question with 80 % intervals, and what to look at.

    A no-answer (don't know, refused) on either side is no pair.  No numbers but the plan until there is a back-check.
    """
    of = {name: kind for name, kind in kinds(seen.round.form).items() if any(v.name == name for v in seen.book.variables)}
    whole = _interviews(seen)
    wave, plan = seen.round.wave, math.ceil(rules()["share"] * len(whole))
    planned = rows.count(wave, rows.BACKCHECK, rows.PLANNED, plan, n=len(whole))
    if not of or not seen.backs:
        return Checked(rows=(planned,)) if of and whole else Checked()
    pairs = [_pair(seen, whole[b.psu, b.ssu], b, of) for b in seen.backs if (b.psu, b.ssu) in whole]
    alone = [b for b in seen.backs if (b.psu, b.ssu) not in whole]
    told = [f for p in pairs for f in _told(seen, p, of)]
    told += [
        finding(seen, None, "backcheck_unmatched", "yellow", psu=b.psu, question=f"ssu {b.ssu}", expected="1", got="0")
        for b in alone
    ]
    table, marked = _tables(seen, pairs, of)
    counts = (
        planned, rows.count(wave, rows.BACKCHECK, rows.DONE, len(seen.backs)),
        rows.count(wave, rows.BACKCHECK, rows.MATCHED, len(pairs)),
    )  # fmt: skip
    return Checked((*told, *marked), (*counts, *table))


def _interviews(seen: Field) -> dict[tuple[str, str], Visit]:
    """The completed interview of each household; of two of one household the first that was begun."""
    found: dict[tuple[str, str], Visit] = {}
    for v in sorted(seen.visits, key=lambda v: (str(v.started), v.instance_id)):
        if counted(v) and v.completed:
            found.setdefault((v.psu, v.ssu), v)
    return found


def _pair(seen: Field, v: Visit, b: Back, of: Mapping[str, int]) -> _Pair:
    differs = {}
    for name in of:
        first, second = v.answers.get(name), b.answers.get(name)
        q = seen.book[name]
        if first and second and not {first, second} & {c.code for c in q.choices if c.why}:
            differs[name] = _differs(q, first, second)
    return _Pair(v, b, differs)


def _differs(q: Variable, first: str, second: str) -> bool:
    """Numbers may differ by the tolerance of backcheck.yaml."""
    if q.type not in ("integer", "decimal") and q.name not in rules()["tolerance"]:
        return first != second
    try:
        return abs(float(first) - float(second)) > float(rules()["tolerance"].get(q.name, 0))
    except ValueError:
        return True


def _told(seen: Field, p: _Pair, of: Mapping[str, int]) -> Iterator[Finding]:
    if p.back.happened is False:
        asked = rules()["happened"]["question"]
        yield finding(seen, p.visit, "backcheck_nobody_came", "red", question=asked, expected="yes", got="no")
        return
    facts = [name for name in p.differs if of[name] == 1]
    wrong = [name for name in facts if p.differs[name]]
    rule = rules()["person"]
    if len(wrong) >= rule["differ"] and len(wrong) >= rule["share"] * len(facts):
        got = f"{len(wrong)}/{len(facts)}: {', '.join(wrong)}"
        yield finding(seen, p.visit, "backcheck_person", "red", expected=f"< {rule['differ']}", got=got)


def _tables(seen: Field, pairs: Sequence[_Pair], of: Mapping[str, int]) -> tuple[list[Row], list[Finding]]:
    """Rows by kind and question; findings of questions whose whole interval lies above the mark of their kind."""
    table = [_row(seen, rows.BACKCHECK_KIND, str(kind), kind, _by_household(pairs, kind, of)) for kind in (1, 2, 3)]
    found = []
    items: dict[str, list[bool]] = defaultdict(list)
    for p in pairs:
        for name, differs in p.differs.items():
            items[name].append(differs)
    for name, given in sorted(items.items()):
        row = _row(seen, rows.BACKCHECK_ITEM, name, of[name], [(int(d), 1) for d in given])
        table.append(row)
        if row.state and of[name] > 1:
            limit = f"≤ {rules()['mark'][of[name]]:.0%}"
            found.append(
                finding(seen, None, "backcheck_item", "yellow", question=name, expected=limit, got=f"{sum(given)}/{len(given)}")
            )
    return table, found


def _by_household(pairs: Sequence[_Pair], kind: int, of: Mapping[str, int]) -> list[tuple[int, int]]:
    """(differing, compared) answers of a kind in each household with any."""
    each = [[differs for name, differs in p.differs.items() if of[name] == kind] for p in pairs]
    return [(sum(given), len(given)) for given in each if given]


def _row(seen: Field, indicator: str, category: str, kind: int, given: Sequence[tuple[int, int]]) -> Row:
    """Disagreement in percent of the answers compared; households are the units: one bad household is not many answers."""
    wave, n = seen.round.wave, sum(m for _, m in given)
    if not n:
        return rows.measured(wave, indicator, None, "percent", category=category, reason=_NO_PAIR)
    share = sum(d for d, _ in given) / n
    low, high = interval(given)
    within = (100 * low, 100 * high) if not math.isnan(low) else None
    marked = n >= rules()["least_pairs"] and low > rules()["mark"][kind]
    return rows.measured(
        wave, indicator, 100 * share, "percent", category=category, n=n, within=within,
        method=_METHOD if within else "", state=rows.OUTSIDE if marked else "",
    )  # fmt: skip


def interval(given: Sequence[tuple[int, int]], confidence: float = rows.LEVEL) -> tuple[float, float]:
    """Korn and Graubard's interval of a share of answers that come in households: (differing, compared) of each.

    NaN for a single household.  Where nothing or everything differs, the households count, not the answers.
    """
    homes, n = len(given), sum(m for _, m in given)
    if homes < 2:
        return math.nan, math.nan
    share = sum(d for d, _ in given) / n
    spread = homes / (homes - 1) * sum((d - share * m) ** 2 for d, m in given) / n**2
    effective = min(share * (1 - share) / spread, n) if spread > 0 and 0 < share < 1 else homes
    found = korn_graubard(share, effective, n, homes - 1, confidence)
    return found.lower, found.upper


# ---- who is to be asked again ------------------------------------------------------------------------------------------


def due(seen: Field) -> tuple[Visit, ...]:
    """The interviews to check again: a fixed share by the round's own lot, and the first by lot of everybody who has too few.

    The lot depends on the round and the interview alone: who was drawn stays drawn when more interviews come in.
    """
    whole = list(_interviews(seen).values())
    lot = {v.instance_id: _lot(seen.round.id, v.instance_id) for v in whole}
    drawn = {v.instance_id for v in whole if lot[v.instance_id] < rules()["share"]}
    by: dict[str, list[Visit]] = defaultdict(list)
    for v in sorted(whole, key=lambda v: lot[v.instance_id]):
        by[v.enumerator].append(v)
    for group in by.values():
        drawn |= {v.instance_id for v in group[: rules()["least_per_enumerator"]]}
    return tuple(v for v in sorted(whole, key=lambda v: (v.psu, v.ssu)) if v.instance_id in drawn)


def _lot(of: str, instance: str) -> float:
    return int.from_bytes(hashlib.sha256(f"backcheck|{of}|{instance}".encode()).digest()[:8], "big") / 2**64


def sheet(seen: Field) -> bytes:
    """A CSV to fill in: the households that are due and not yet checked, with empty columns for the questions; no answer given
    before, so that nobody copies.
    """
    done = {(b.psu, b.ssu) for b in seen.backs}
    columns = ["psu", "ssu", "enumerator", "day", "checker", rules()["happened"]["question"], *kinds(seen.round.form)]
    lines = [
        {"psu": v.psu, "ssu": v.ssu, "enumerator": v.enumerator, "day": v.day.isoformat() if v.day else ""}
        for v in due(seen) if (v.psu, v.ssu) not in done
    ]  # fmt: skip
    return table_bytes(columns, lines)
