"""A request as one SQL query with GROUPING SETS, for databases that hold the rows: Spark, and DuckDB in tests.

Imports the waist only; knows no driver.  Columns become quoted identifiers; codes of `where` become quoted literals.
Each row of the answer is one combination of the design's columns in one level of one grouping.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..totals import MISSING_KINDS, Category, Request, Variable
from .kernel import FACTORS, Part, parts


@dataclass(frozen=True)
class Dialect:
    """How a database writes things.  quote: of identifiers; escape: what a quote or a backslash in a literal becomes."""

    quote: str
    text: str
    double: str
    escape: Mapping[str, str]

    def name(self, column: str) -> str:
        """An identifier, whatever is in it."""
        return self.quote + column.replace(self.quote, self.quote * 2) + self.quote

    def literal(self, value: str) -> str:
        """A text, whatever is in it."""
        return "'" + "".join(self.escape.get(c, c) for c in value) + "'"


DUCKDB = Dialect('"', "VARCHAR", "DOUBLE", {"'": "''"})
SPARK = Dialect("`", "STRING", "DOUBLE", {"'": "\\'", "\\": "\\\\"})

NUMERIC = "number"
TEXT = "text"
TRUTH = "truth"


@dataclass(frozen=True)
class Query:
    """One request on one table.  kinds: column -> number, text or truth; design: the columns that name a unit."""

    dialect: Dialect
    table: str
    kinds: Mapping[str, str]
    design: tuple[str, ...]
    weight: str | None
    request: Request

    def units(self) -> str:
        """Every combination of the design's columns, how many rows it has and how many of them weigh nothing."""
        ids = self._ids()
        bad = f"NOT COALESCE({self._number(self.weight)} > 0, FALSE)" if self.weight else "FALSE"
        counted = f"COUNT(*) AS people, {_sum(f'CASE WHEN {bad} THEN 1 ELSE 0 END')} AS bad"
        return f"SELECT {_listed(ids)}, {counted} FROM {self.table} GROUP BY {', '.join(ids.values())}"  # noqa: S608  names are quoted

    def totals(self) -> str:
        """One row a combination and level: g0.. the design, l0.. the levels, grouping, persons, then s0.. the sums."""
        ids = self._ids()
        levels = {f"l{i}": self.code(name) for i, name in enumerate(self.columns)}
        inner = ", ".join(f"{expression} AS {name}" for name, expression in (ids | levels).items())
        where = " AND ".join(f"{self.code(name)} = {self.dialect.literal(code)}" for name, code in self.request.where) or "TRUE"
        parts_ = self._parts()
        columns = ", ".join(f"{expression} AS {name}" for name, expression in parts_.items())
        sets = ", ".join(f"({', '.join((*ids, *(self._at(n) for n in grouping)))})" for grouping in self.distinct)
        bits = [f"GROUPING({name})" for name in levels]
        answer = [*ids, *levels, *(f"{bit} AS o{i}" for i, bit in enumerate(bits)), "COUNT(*) AS persons", *self._sums()]
        answer.append(f"{_sum('odd')} AS odd")
        people = f"SELECT {', '.join(x for x in (inner, columns) if x)} FROM {self.table} WHERE {where}"  # noqa: S608  names and codes are quoted
        return f"SELECT {', '.join(answer)} FROM ({people}) AS people GROUP BY GROUPING SETS ({sets})"  # noqa: S608  as above

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of a grouping, once."""
        return tuple(dict.fromkeys(name for grouping in self.request.groupings for name in grouping))

    @property
    def asked(self) -> tuple[str, ...]:
        """Every column that the request names."""
        request = self.request
        own = [part.column if isinstance(part, Category) else part for part in self._asked()]
        return tuple(dict.fromkeys([*self.columns, *(name for name, _ in request.where), *own, *request.complete]))

    @property
    def distinct(self) -> tuple[tuple[str, ...], ...]:
        """The groupings, those with the same columns once."""
        return tuple({frozenset(g): g for g in reversed(self.request.groupings)}.values())[::-1]

    def code(self, name: str) -> str:
        """A column as text code: NULL where missing, whole numbers without '.0'."""
        held, text = self.dialect.name(name), self.dialect.text
        if self.kinds[name] == TEXT:
            return f"CAST({held} AS {text})"
        if self.kinds[name] == TRUTH:
            return f"CASE WHEN {held} THEN 'True' WHEN NOT {held} THEN 'False' END"
        number = self._number(name)
        return (
            f"CASE WHEN {number} = FLOOR({number}) AND ABS({number}) < 1e18 THEN CAST(CAST({number} AS BIGINT) AS {text}) "
            f"WHEN NOT isnan({number}) THEN CAST({number} AS {text}) END"
        )

    def _ids(self) -> dict[str, str]:
        return {f"g{i}": self.code(name) for i, name in enumerate(self.design)}

    def _at(self, name: str) -> str:
        return f"l{self.columns.index(name)}"

    def _number(self, name: str) -> str:
        return f"CAST({self.dialect.name(name)} AS {self.dialect.double})"

    def _answer(self, part: Part) -> str:
        """A column's number, or 1 and 0 for a category; NULL where missing."""
        if isinstance(part, Category):
            code = self.code(part.column)
            return f"CASE WHEN {code} = {self.dialect.literal(part.code)} THEN 1.0E0 WHEN {code} IS NOT NULL THEN 0.0E0 END"
        return f"CASE WHEN isnan({self._number(part)}) THEN NULL ELSE {self._number(part)} END"

    def _parts(self) -> dict[str, str]:
        """The inner query's other columns: the weight, the numbers, why there are none, who is whole, what is infinite."""
        request = self.request
        made = {"w": self._number(self.weight) if self.weight else "1.0E0"}
        asked = self._asked()
        made |= {f"p{i}": self._answer(part) for i, part in enumerate(asked)}
        for i, part in enumerate(asked):
            column = part.column if isinstance(part, Category) else part
            if f"{column}__why" in self.kinds:
                made[f"y{i}"] = f"CAST({self.dialect.name(f'{column}__why')} AS {self.dialect.text})"
        full = [f"{self.code(name)} IS NOT NULL" for name in request.complete]
        made["whole"] = " AND ".join(full) or "TRUE"
        endless = f"CAST('Infinity' AS {self.dialect.double})"
        odd = [f"COALESCE(ABS({self._number(part)}) = {endless}, FALSE)" for part in asked if isinstance(part, str)]
        made["odd"] = f"CASE WHEN {' OR '.join(odd) or 'FALSE'} THEN 1 ELSE 0 END"
        return made

    def _asked(self) -> tuple[Part, ...]:
        return tuple(dict.fromkeys(part for variable in self.request.variables for part in parts(variable)))

    def _sums(self) -> list[str]:
        """Every sum of every variable, variable after variable."""
        every = [(variable, name) for variable in self.request.variables for name in self.request.sums]
        return [f"{self._sum_of(variable, name)} AS s{i}" for i, (variable, name) in enumerate(every)]

    def _sum_of(self, variable: Variable, name: str) -> str:
        asked = self._asked()
        at = [f"p{asked.index(part)}" for part in parts(variable)]
        answered = " AND ".join(["whole", *(f"{p} IS NOT NULL" for p in at)])
        if name == "n":
            return _sum(f"CASE WHEN {answered} THEN 1 ELSE 0 END")
        if name in MISSING_KINDS:
            return _sum(f"CASE WHEN NOT ({answered}) AND {self._why(variable)} = '{name}' THEN 1 ELSE 0 END")
        letters, power = FACTORS[name]
        named = {"y": at[:1], "x": at[1:]}
        product = " * ".join(["w"] * power + [p for letter in letters for p in named[letter]])
        return _sum(f"CASE WHEN {answered} THEN {product} ELSE 0.0E0 END")

    def _why(self, variable: Variable) -> str:
        """The kind of the first part that is missing and says so; 'missing' otherwise."""
        asked = self._asked()
        told = ", ".join(f"'{kind}'" for kind in MISSING_KINDS)
        whens = [
            f"WHEN p{asked.index(part)} IS NULL AND y{asked.index(part)} IN ({told}) THEN y{asked.index(part)}"
            for part in parts(variable)
            if f"{part.column if isinstance(part, Category) else part}__why" in self.kinds
        ]
        return f"(CASE {' '.join(whens)} ELSE 'missing' END)" if whens else "'missing'"


def unknown(query: Query) -> str | None:
    """The first column asked for that is not there."""
    named = [*query.design, *([query.weight] if query.weight else []), *query.asked]
    return next((name for name in named if name not in query.kinds), None)


def text_for_a_number(query: Query) -> str | None:
    """The first variable that is a column of text."""
    asked = [part for v in query.request.variables for part in parts(v) if isinstance(part, str)]
    numbers = [*asked, *([query.weight] if query.weight else [])]
    return next((name for name in numbers if query.kinds[name] == TEXT), None)


def _sum(expression: str) -> str:
    return f"SUM({expression})"


def _listed(named: Mapping[str, str]) -> str:
    return ", ".join(f"{expression} AS {name}" for name, expression in named.items())
