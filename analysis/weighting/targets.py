"""margins.csv: how many residents aged 15 or over a wave's weights must add up to, each with its source and date.

Imports csvtable and the error catalogue; numpy for codes only.  Sees the codes of the sample's people, never a weight or an
answer.  A file that contradicts itself, or that says something else in another wave, is refused before any weight is made.
Sources: Deville and Saerndal (1992) JASA 87:376 (controls must agree); Statistics Canada Quality Guidelines (2019) on controls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

from forms.errors import BdgError, Problem, problem, refuse

from ..csvtable import Row, read_table, shown, stop, table_bytes

COLUMNS = ("wave", "margin", "category", "persons", "source", "as_of")
CROSS = "*"
AGREE = 1e-9
Level = tuple[str, ...]
Codes = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Total:
    """One line: so many residents of a category in a wave, who says so, and of which day."""

    wave: int
    margin: str
    category: str
    persons: float
    source: str
    as_of: date

    @property
    def term(self) -> Level:
        """The columns crossed."""
        return tuple(self.margin.split(CROSS))

    @property
    def level(self) -> Level:
        """Their codes, in the same order."""
        return tuple(self.category.split(CROSS))


@dataclass(frozen=True)
class Targets:
    """All lines of margins.csv, in file order."""

    rows: tuple[Total, ...]

    @property
    def waves(self) -> tuple[int, ...]:
        """The waves that have totals."""
        return tuple(sorted({r.wave for r in self.rows}))

    @property
    def margins(self) -> tuple[str, ...]:
        """The margins in the order in which they first occur."""
        return tuple(dict.fromkeys(r.margin for r in self.rows))

    def table(self, wave: int, margin: str) -> dict[Level, float]:
        """Category -> residents, of one margin in one wave."""
        return {r.level: r.persons for r in self.rows if r.wave == wave and r.margin == margin}

    def persons(self, wave: int) -> float:
        """All residents of a wave."""
        return sum(self.table(wave, self.margins[0]).values())

    def sources(self, wave: int) -> tuple[tuple[str, date], ...]:
        """Who said so, and of which day; each once."""
        return tuple(dict.fromkeys((r.source, r.as_of) for r in self.rows if r.wave == wave))


def read_targets(path: Path) -> Targets:
    """margins.csv, checked as far as it can be without a sample.

    BdgError with all problems of one kind: DATA-001/-002 the table or a cell (a missing source or date, a negative number);
    DATA-060 a category twice; DATA-061 a category with more or fewer codes than its margin has columns; DATA-062 other
    margins or categories in another wave; DATA-063 margins of a wave that contradict each other.
    """
    wrong: list[Problem] = []
    lines = read_table(path, COLUMNS)
    rows = [_total(Row(path.name, n, cells, wrong)) for n, cells in lines]
    if not rows:
        raise refuse("DATA-001", path.name, expected="≥ 1 dòng / row", got="0")
    stop(wrong)
    first: dict[tuple[int, str, str], int] = {}
    for (line, _), r in zip(lines, rows, strict=True):
        place, key = f"{path.name}, dòng {line}", (r.wave, r.margin, r.category)
        if key in first:
            wrong.append(problem("DATA-060", place, got=r.category, category=r.category, margin=r.margin, first=first[key]))
        if len(r.term) != len(r.level):
            wrong.append(problem("DATA-061", place, expected=r.margin, got=r.category, what=r.category))
        first.setdefault(key, line)
    stop(wrong)
    found = Targets(tuple(rows))
    _same(found, path.name)
    for wave in found.waves:
        _agree(found, wave, path.name)
    return found


def targets_bytes(targets: Targets) -> bytes:
    """margins.csv in the order given; whole numbers without a decimal point."""
    lines = []
    for r in targets.rows:
        persons = int(r.persons) if float(r.persons).is_integer() else r.persons
        lines.append({"wave": r.wave, "margin": r.margin, "category": r.category, "persons": persons, "source": r.source,
                      "as_of": r.as_of.isoformat()})  # fmt: skip
    return table_bytes(COLUMNS, lines)


def _total(row: Row) -> Total:
    return Total(
        row.whole("wave", 2000),
        CROSS.join(part.strip() for part in row.text("margin").split(CROSS)),
        CROSS.join(part.strip() for part in row.text("category").split(CROSS)),
        row.number("persons", lambda v: 0 <= v < float("inf"), "≥ 0"),
        row.text("source"),
        row.day("as_of"),
    )


def _same(targets: Targets, file: str) -> None:
    """Every wave has the same margins and categories (chosen before the first wave); DATA-062 names what differs."""
    of = {w: {(r.margin, r.category) for r in targets.rows if r.wave == w} for w in targets.waves}
    base = targets.waves[0]
    for wave in targets.waves[1:]:
        gone, more = sorted(of[base] - of[wave]), sorted(of[wave] - of[base])
        if gone or more:
            names = [f"{m}: {c}" for m, c in (gone or more)]
            where, other = (base, wave) if gone else (wave, base)
            raise refuse("DATA-062", file, got=shown(names), count=len(gone) + len(more), wave=where, other=other)


def _agree(targets: Targets, wave: int, file: str) -> None:
    """Margins of a wave have one total, and one distribution over the columns they share; DATA-063 says where they differ."""
    wrong: list[Problem] = []
    for one, two in combinations(targets.margins, 2):
        shared = [c for c in one.split(CROSS) if c in two.split(CROSS)]
        a, b = (_summed(targets.table(wave, m), m.split(CROSS), shared) for m in (one, two))
        for level in dict.fromkeys((*a, *b)):
            p, q = a.get(level, 0.0), b.get(level, 0.0)
            if abs(p - q) > AGREE * max(p, q):
                where = CROSS.join(f"{c}={v}" for c, v in zip(shared, level, strict=True)) or "tổng / total"
                got = f"{p:.12g}; {q:.12g} ({q - p:+.6g})"
                wrong.append(problem("DATA-063", f"{file}: {wave}", got=got, one=one, two=two, where=where))
    if any(r.persons > 0 for r in targets.rows if r.wave == wave):
        stop(wrong)
        return
    raise refuse("DATA-063", f"{file}: {wave}", got="0", one=targets.margins[0], two=targets.margins[-1], where="tổng / total")


def _summed(table: Mapping[Level, float], term: Sequence[str], kept: Sequence[str]) -> dict[Level, float]:
    at = [list(term).index(c) for c in kept]
    out: dict[Level, float] = {}
    for level, persons in table.items():
        key = tuple(level[i] for i in at)
        out[key] = out.get(key, 0.0) + persons
    return out


def check(
    targets: Targets, waves: Sequence[int], counts: Mapping[int, Mapping[str, Mapping[Level, int]]], asked: Sequence[str],
    codes: Codes, file: str = "margins.csv",
) -> None:  # fmt: skip
    """The totals against the sample.

    counts: wave -> margin -> category -> respondents.  asked: the margins that survey.yaml fixed.  codes: the codes a column
    may have.  BdgError DATA-064 a wave without totals; DATA-065 other margins than the plan's; DATA-061 an unknown column or
    code; DATA-066 people in the sample of a category whose total is 0 or missing.
    """
    for wave in waves:
        if wave not in targets.waves:
            raise refuse("DATA-064", file, expected=wave, got=", ".join(map(str, targets.waves)), wave=wave)
    if set(targets.margins) != set(asked):
        raise refuse("DATA-065", file, expected="; ".join(asked), got="; ".join(targets.margins))
    stop(_strange(targets, codes, file))
    wrong: list[Problem] = []
    for wave in waves:
        for margin in targets.margins:
            table = targets.table(wave, margin)
            for level, people in counts[wave][margin].items():
                if people and not table.get(level, 0.0) > 0:
                    got, what = "0" if level in table else "không có dòng / no line", CROSS.join(level)
                    place = f"{file}: {wave}"
                    wrong.append(problem("DATA-066", place, expected="> 0", got=got, category=what, margin=margin, people=people))
    stop(wrong)


def _strange(targets: Targets, codes: Codes, file: str) -> list[Problem]:
    wrong: dict[str, Problem] = {}
    for r in targets.rows:
        for column, code in zip(r.term, r.level, strict=True):
            what = column if column not in codes else f"{column}={code}"
            if column not in codes or code not in codes[column]:
                known = codes.get(column, tuple(codes))
                wrong.setdefault(what, problem("DATA-061", file, expected=shown([str(c) for c in known]), got=what, what=what))
    return list(wrong.values())


def asked_margins(margins: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The plan's margins as margins.csv writes them."""
    return tuple(CROSS.join(m) for m in margins)


def same_totals(error: BdgError) -> tuple[str, str, str]:
    """(control, reached, wanted) of a STAT-075: what `calibrate` says of a total it cannot meet."""
    found = error.problems[0]
    return dict(found.facts)["control"], found.got, found.expected
