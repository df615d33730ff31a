"""One reading of the data for many levels: sums by unit where they suffice, people where the weights need them.

Imports the waist and levelled; persons only for designs that need them, and late.
"""

from __future__ import annotations

from collections.abc import Sequence

from .design import Design
from .levelled import FromTotals, Levelled
from .totals import SUMS, Domain, Request, TotalsSource, Variable


def levelled(
    data: TotalsSource, design: Design, variables: Sequence[Variable], groupings: Sequence[Sequence[str]], waves: Sequence[int],
    where: Domain = (), sums: tuple[str, ...] = SUMS,
) -> Levelled:  # fmt: skip
    """Read the data once for these variables and groupings: sums where they suffice, people for calibrated weights.

    With people the caller names domains in full (`where` included).  Errors: as the source's.
    """
    named = tuple(tuple(g) for g in groupings)
    if not design.controls and not design.replicates:
        return FromTotals(data.totals(Request(tuple(variables), named, where, tuple(waves), (), sums)), design)
    from .bypeople import FromPeople
    from .persons import persons
    from .rowwise import needed

    wanted = needed([(v, where) for v in variables])
    columns = (*(n for n in wanted if not n.endswith("__why") or n in data.names), *(n for g in named for n in g))
    return FromPeople(persons(data, design, tuple(dict.fromkeys(columns)), tuple(waves)))
