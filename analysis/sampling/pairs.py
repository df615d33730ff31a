"""Joint inclusion probabilities of the drawn hamlets (joint_<wave>.csv), for variances that use them.

Imports draw (what the base wave was drawn from), entropy, csvtable and numpy.  Never sees a household.  They are known exactly
for the base wave of a maximum-entropy draw.  Systematic sampling in a random order has none in closed form, and a later wave
with retention none either: there `Pps("p_psu", "brewer")` needs the first-order probabilities only.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from forms.errors import Problem

from ..csvtable import Row, read_table, stop, table_bytes
from .draw import Drawing
from .entropy import Entropy, Floats

JOINT_COLUMNS = ("stratum", "psu", "psu2", "p", "round_kind")


def joint_bytes(drawing: Drawing) -> bytes | None:
    """joint_<wave>.csv of the base wave: each pair of drawn hamlets of one stratum, the diagonal their own p; None: unknown."""
    rows: list[dict[str, object]] = []
    base = drawing.rows[0].wave
    drawn = {d.psu: d.round_kind for d in drawing.rows if d.wave == base}
    for h, stratum in sorted(drawing.base.items()):
        if not isinstance(stratum, Entropy):
            return None
        at = [i for i, u in enumerate(stratum.units) if u.psu in drawn]
        pair = stratum.pairs(at)
        for a, i in enumerate(at):
            for b, j in enumerate(at[a:], start=a):
                one, two = stratum.units[i].psu, stratum.units[j].psu
                rows.append({"stratum": h, "psu": one, "psu2": two, "p": float(pair[a, b]), "round_kind": drawn[one]})
    return table_bytes(JOINT_COLUMNS, rows)


def read_joint(path: Path) -> tuple[tuple[str, ...], Floats]:
    """joint_<wave>.csv -> ids and matrix for `Pps("p_psu", "joint", ids, matrix)`; across strata p_i p_j: drawn independently."""
    problems: list[Problem] = []
    found: dict[tuple[str, str], float] = {}
    stratum: dict[str, str] = {}
    for line, cells in read_table(path, JOINT_COLUMNS):
        row = Row(path.name, line, cells, problems)
        found[row.text("psu"), row.text("psu2")] = row.number("p", lambda p: 0 < p <= 1, "(0; 1]")
        stratum[row.text("psu")] = row.text("stratum")
    lost = [f"{a} / {b}" for a, h in stratum.items() for b, k in stratum.items() if h == k and not {(a, b), (b, a)} & {*found}]
    if lost:
        Row(path.name, 0, {"psu2": lost[0]}, problems).bad("psu2", "mọi cặp cùng tầng / every pair of a stratum")
    stop(problems)
    ids = tuple(sorted(stratum))
    own = np.array([found[i, i] for i in ids])
    matrix = np.outer(own, own)
    at = {psu: k for k, psu in enumerate(ids)}
    for (a, b), p in found.items():
        matrix[at[a], at[b]] = matrix[at[b], at[a]] = p
    return ids, matrix
