"""The drawn households (sample.csv): the only place where selection probabilities come from.

Imports frame.  Never sees a submission.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from forms.errors import Problem, problem, refuse

from ..csvtable import Cells, Row, kept, read_table, stop, table_bytes

RoundKind = Literal["practice", "real"]
_NEEDED = (
    "wave", "stratum", "psu", "ssu", "commune", "p_psu", "p_household", "certainty", "n_psu_pop", "n_ssu_pop", "status",
    "reserve_order", "select_u", "prn", "overlap_of",
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """One drawn household.  ssu: its number in the household list of its hamlet, text.

    p_psu, p_household: inclusion probabilities of the two stages (of a reserve: of the household it stands in for).
    n_psu_pop, n_ssu_pop: units in the stratum, households in the hamlet.  select_u picks the person (decision 12).
    prn: the household's permanent random number.  overlap_of: the earlier wave whose hamlet was kept, None for a fresh one.
    round_kind: practice or real; practice stamps everything that follows.
    """

    wave: int
    stratum: str
    psu: str
    ssu: str
    commune: str
    p_psu: float
    p_household: float
    certainty: int
    n_psu_pop: int | None
    n_ssu_pop: int | None
    status: Literal["main", "reserve"]
    reserve_order: int | None
    select_u: float
    prn: float
    overlap_of: int | None
    round_kind: RoundKind = "real"
    extra: Cells = field(default_factory=dict)

    @property
    def key(self) -> tuple[int, str, str]:
        """(wave, psu, ssu), unique in the file."""
        return self.wave, self.psu, self.ssu


SAMPLE_COLUMNS = tuple(f.name for f in fields(Drawn) if f.name != "extra")


def read_sample(path: Path) -> tuple[Drawn, ...]:
    """sample.csv -> the drawn households in file order, checked.

    BdgError with all problems: a cell outside its range (DATA-002), a key twice (DATA-003), a hamlet with two
    probabilities or two strata in one wave (DATA-009), practice and real rows in one file (DATA-009).
    """
    problems: list[Problem] = []
    table = read_table(path, _NEEDED)
    rows = tuple(_drawn(Row(path.name, n, c, problems)) for n, c in table)
    first: dict[tuple[int, str, str], int] = {}
    for (line, _), r in zip(table, rows, strict=True):
        if r.key in first:
            key = " / ".join(map(str, r.key))
            problems.append(problem("DATA-003", f"{path.name}, dòng {line}", got=key, key=key, first=first[r.key]))
        first.setdefault(r.key, line)
    stop(problems)
    if not rows:
        raise refuse("DATA-001", path.name, expected="≥ 1 dòng / row", got="0")
    _check_hamlets(rows, path.name)
    return rows


def sample_bytes(rows: Sequence[Drawn]) -> bytes:
    """sample.csv in the order given: fixed columns, then the kept ones in name order."""
    return table_bytes(SAMPLE_COLUMNS, [{**{c: getattr(r, c) for c in SAMPLE_COLUMNS}, **r.extra} for r in rows])


def waves_of(rows: Sequence[Drawn]) -> tuple[int, ...]:
    """The waves drawn, in order."""
    return tuple(sorted({r.wave for r in rows}))


def hamlets_of(rows: Sequence[Drawn], wave: int) -> Mapping[str, Drawn]:
    """PSU id -> one of its rows, for every hamlet drawn in a wave (with or without interviews), in id order."""
    found: dict[str, Drawn] = {}
    for r in rows:
        if r.wave == wave:
            found.setdefault(r.psu, r)
    return dict(sorted(found.items()))


def _drawn(row: Row) -> Drawn:
    cells = row.cells
    kind: RoundKind = "practice" if cells.get("round_kind", "real") == "practice" else "real"
    if "round_kind" in cells:
        row.one_of("round_kind", ("practice", "real"))
    status: Literal["main", "reserve"] = "reserve" if row.one_of("status", ("main", "reserve")) == "reserve" else "main"
    return Drawn(
        wave=row.whole("wave", 2000),
        stratum=row.text("stratum"),
        psu=row.text("psu"),
        ssu=row.text("ssu"),
        commune=row.text("commune"),
        p_psu=row.number("p_psu", lambda p: 0 < p <= 1, "(0; 1]"),
        p_household=row.number("p_household", lambda p: 0 < p <= 1, "(0; 1]"),
        certainty=int(row.one_of("certainty", ("0", "1")) == "1"),
        n_psu_pop=row.maybe_whole("n_psu_pop"),
        n_ssu_pop=row.maybe_whole("n_ssu_pop"),
        status=status,
        reserve_order=row.maybe_whole("reserve_order"),
        select_u=row.number("select_u", lambda u: 0 <= u < 1, "[0; 1)"),
        prn=row.number("prn", lambda u: 0 <= u < 1, "[0; 1)"),
        overlap_of=row.maybe_whole("overlap_of"),
        round_kind=kind,
        extra=kept(cells, SAMPLE_COLUMNS),
    )


def _check_hamlets(rows: Sequence[Drawn], file: str) -> None:
    """One stratum, commune and probability a hamlet and wave; one kind of round a file."""
    kinds = sorted({r.round_kind for r in rows})
    if len(kinds) > 1:
        raise refuse("DATA-009", file, expected="practice | real", got=" + ".join(kinds), what="round_kind")
    first: dict[tuple[int, str], Drawn] = {}
    for r in rows:
        base = first.setdefault((r.wave, r.psu), r)
        for name in ("stratum", "commune", "p_psu", "certainty", "overlap_of"):
            if getattr(r, name) != getattr(base, name):
                raise refuse(
                    "DATA-009", file, expected=getattr(base, name), got=getattr(r, name), what=f"{name}, {r.wave} {r.psu}"
                )
