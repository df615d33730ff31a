"""Response rates in the report: main households only, by stratum, and nothing where the results hold none."""

from __future__ import annotations

from dataclasses import replace

from analysis.results import Results, Row
from reports import rates
from reports.document import Table
from reports.lookup import Lookup


def row(estimand: str, wave: int, value: float | None, n: int, stratum: str = "", **more: str) -> Row:
    said = {"category": "main", "method": "unweighted", **more}
    domain = (("stratum", stratum),) if stratum else ()
    return Row("diagnostic", "outcome", estimand, wave, "percent", domain=domain, estimate=value, n=n, level=None, **said)  # type: ignore[arg-type]  # texts


def look(*rows: Row) -> Lookup:
    return Lookup(Results(True, {}, rows, {"province": {"name": {"vi": "tỉnh thử", "en": "test"}}}))


ROWS = (
    row("rr1", 2026, 80.0, 100), row("rr3", 2026, 81.25, 100), row("e", 2026, 99.0, 100),
    row("rr1", 2026, 70.0, 40, "a"), row("rr3", 2026, 70.0, 40, "a"),
    row("rr1", 2026, 86.7, 60, "b"), row("rr3", 2026, None, 60, "b"),
    row("rr1", 2026, 95.0, 120, category="issued"), row("rr1", 2026, 79.0, 100, method="base_weighted"),
)  # fmt: skip


def test_the_headline_is_of_main_households_without_weights() -> None:
    """The classic mistake counts the reserve's interviews too: 95 % instead of 80 %."""
    said = rates.sentence(look(*ROWS), 2026)
    assert said is not None
    assert said.text == "Tỷ lệ trả lời của hộ chính thức năm 2026: RR1 80,0%, RR3 81,3%."
    assert set(said.keys) == {ROWS[0].key, ROWS[1].key}


def test_the_table_has_a_line_a_stratum_and_says_what_the_rates_mean() -> None:
    table = rates.table(look(*ROWS))
    assert isinstance(table, Table)
    assert [[c.text for c in line.cells] for line in table.rows] == [
        ["Chung", "100", "80,0", "81,3"], ["a", "40", "70,0", "70,0"], ["b", "60", "86,7", "..."],
    ]  # fmt: skip
    assert "hộ dự phòng tính là không trả lời" in table.notes[0]
    assert [c.group for c in table.columns] == ["", "Năm 2026", "Năm 2026", "Năm 2026"]


def test_a_wave_without_a_stratum_has_gaps_there() -> None:
    table = rates.table(look(*ROWS, *(replace(r, wave=2030) for r in ROWS if r.domain != (("stratum", "b"),))))
    assert table is not None
    assert [c.text for c in table.rows[2].cells][4:] == ["...", "...", "..."]


def test_nothing_is_said_without_rates() -> None:
    empty = look(row("rr1", 2026, None, 0))
    assert rates.sentence(empty, 2026) is None
    assert rates.sentence(look(), 2026) is None
    assert rates.table(look()) is None
    assert rates.table(look(ROWS[0], ROWS[1])) is None  # everybody alone is in the sentence already
