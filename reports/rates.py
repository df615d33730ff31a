"""How many of the drawn households answered: AAPOR's response rates, as a sentence and as a table by stratum.

Imports lookup, cells, numbers, document and the table's source line.  Main households only: one that was replaced from the
reserve is a household that did not answer.
"""

from __future__ import annotations

from analysis.results import Row

from . import cells, numbers
from .document import Cell, Column, Sentence, Table, TableRow
from .lookup import Lookup
from .tables import everybody, source, year
from .tongue import Tongue

_MAIN, _PLAIN = "main", "unweighted"
MEANING = (
    "RR1: số phỏng vấn chia cho mọi hộ chính thức, kể cả hộ chưa rõ có thuộc đối tượng; RR3 chỉ tính phần hộ chưa rõ được ước "
    "lượng là thuộc đối tượng (chuẩn AAPOR). Hộ được thay bằng hộ dự phòng tính là không trả lời."
)
MEANING_EN = (
    "RR1: interviews over all main households, those of unknown eligibility included; RR3 counts only the part of these that is "
    "estimated to be eligible (AAPOR's standard). A household replaced from the reserve counts as not answering."
)


def sentence(look: Lookup, wave: int) -> Sentence | None:
    """`Tỷ lệ trả lời của hộ chính thức: RR1 85,0%, RR3 85,6%`; None when the results hold none."""
    rows = _rates(look).get((wave, ()), {})
    said = [_tagged(name, row, row.estimate, look.tongue) for name, row in rows.items() if row.estimate is not None]
    if not said:
        return None
    about = look.tongue.say(f"Tỷ lệ trả lời của hộ chính thức năm {wave}", f"Response rates of the main households in {wave}")
    return Sentence(f"{about}: {', '.join(said)}.", tuple(r.key for r in rows.values()))


def _tagged(name: str, row: Row, estimate: float, tongue: Tongue) -> str:
    text = numbers.tagged(tongue.quantity(estimate, "percent"), numbers.tag(row.key, "estimate", "percent", 1))
    return f"{name.upper()} {text}"


def table(look: Lookup) -> Table | None:
    """RR1 and RR3 by stratum, wave by wave, with the number of main households."""
    found, tongue = _rates(look), look.tongue
    waves = [w for w in look.waves if any(wave == w for wave, _ in found)]
    domains = sorted({domain for _, domain in found})
    if not waves or len(domains) < 2:
        return None
    lines = [
        TableRow(
            (
                Cell(look.stratum(domain[0][1]) if domain else everybody(look)),
                *(c for w in waves for c in _cells(found.get((w, domain), {}), tongue)),
            )
        )
        for domain in domains
    ]
    columns = [Column(tongue.say("Tầng", "Stratum"), width=2)]
    for w in waves:
        columns += [Column(name, "count", year(look, w)) for name in (tongue.say("Số hộ", "Households"), "RR1 (%)", "RR3 (%)")]
    said = tongue.say("Tỷ lệ trả lời của hộ chính thức theo tầng", "Response rates of the main households by stratum")
    unit, note = tongue.say("hộ, %", "households, %"), tongue.say(MEANING, MEANING_EN)
    return Table("rates", f"{said}, {look.period}", tuple(columns), tuple(lines), unit, source(look), (note,))


def _cells(rows: dict[str, Row], tongue: Tongue) -> tuple[Cell, ...]:
    some = next(iter(rows.values()), None)
    first = Cell(numbers.NO_FIGURE, mark="none") if some is None else cells.people(some, tongue)
    return (first, *(_rate(rows.get(name), tongue) for name in ("rr1", "rr3")))


def _rate(row: Row | None, tongue: Tongue) -> Cell:
    return cells.figure(None if row is None else row.estimate, "" if row is None else row.key, tongue=tongue)


def _rates(look: Lookup) -> dict[tuple[int, tuple[tuple[str, str], ...]], dict[str, Row]]:
    """(wave, domain) -> rr1 and rr3 of main households, unweighted."""
    found: dict[tuple[int, tuple[tuple[str, str], ...]], dict[str, Row]] = {}
    for row in sorted(look.results.rows, key=lambda r: r.estimand):
        if row.kind == "diagnostic" and row.estimand in ("rr1", "rr3") and (row.category, row.method) == (_MAIN, _PLAIN):
            found.setdefault((row.wave, row.domain), {})[row.estimand] = row
    return found
