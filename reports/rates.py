"""How many of the drawn households answered: AAPOR's response rates, as a sentence and as a table by stratum.

Imports lookup, cells, numbers, document and the table's source line.  Main households only: one that was replaced from the
reserve is a household that did not answer.
"""

from __future__ import annotations

from analysis.results import Row

from . import cells, numbers
from .document import Cell, Column, Sentence, Table, TableRow
from .lookup import Lookup
from .tables import source

_MAIN, _PLAIN = "main", "unweighted"
MEANING = (
    "RR1: số phỏng vấn chia cho mọi hộ chính thức, kể cả hộ chưa rõ có thuộc đối tượng; RR3 chỉ tính phần hộ chưa rõ được ước "
    "lượng là thuộc đối tượng (chuẩn AAPOR). Hộ được thay bằng hộ dự phòng tính là không trả lời."
)


def sentence(look: Lookup, wave: int) -> Sentence | None:
    """`Tỷ lệ trả lời của hộ chính thức: RR1 85,0%, RR3 85,6%`; None when the results hold none."""
    rows = _rates(look).get((wave, ()), {})
    said = [
        f"{name.upper()} {numbers.quantity(row.estimate, 'percent')}" for name, row in rows.items() if row.estimate is not None
    ]
    if not said:
        return None
    return Sentence(f"Tỷ lệ trả lời của hộ chính thức năm {wave}: {', '.join(said)}.", tuple(r.key for r in rows.values()))


def table(look: Lookup) -> Table | None:
    """RR1 and RR3 by stratum, wave by wave, with the number of main households."""
    found = _rates(look)
    waves = [w for w in look.waves if any(wave == w for wave, _ in found)]
    domains = sorted({domain for _, domain in found})
    if not waves or len(domains) < 2:
        return None
    lines = [
        TableRow((Cell(domain[0][1] if domain else "Chung"), *(c for w in waves for c in _cells(found.get((w, domain), {})))))
        for domain in domains
    ]
    columns = [Column("Tầng", width=2)]
    for w in waves:
        columns += [Column(name, "count", f"Năm {w}") for name in ("Số hộ", "RR1 (%)", "RR3 (%)")]
    caption = f"Tỷ lệ trả lời của hộ chính thức theo tầng, {look.period}"
    return Table("rates", caption, tuple(columns), tuple(lines), "hộ, %", source(look), (MEANING,))


def _cells(rows: dict[str, Row]) -> tuple[Cell, ...]:
    some = next(iter(rows.values()), None)
    first = Cell(numbers.NO_FIGURE, mark="none") if some is None else cells.count(some.n, some.key)
    return (first, *(_rate(rows.get(name)) for name in ("rr1", "rr3")))


def _rate(row: Row | None) -> Cell:
    return cells.figure(None if row is None else row.estimate, "" if row is None else row.key)


def _rates(look: Lookup) -> dict[tuple[int, tuple[tuple[str, str], ...]], dict[str, Row]]:
    """(wave, domain) -> rr1 and rr3 of main households, unweighted."""
    found: dict[tuple[int, tuple[tuple[str, str], ...]], dict[str, Row]] = {}
    for row in sorted(look.results.rows, key=lambda r: r.estimand):
        if row.kind == "diagnostic" and row.estimand in ("rr1", "rr3") and (row.category, row.method) == (_MAIN, _PLAIN):
            found.setdefault((row.wave, row.domain), {})[row.estimand] = row
    return found
