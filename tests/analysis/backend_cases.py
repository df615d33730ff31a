"""One case, every backend: people, designs and requests that every place where microdata may live must answer alike.

Imported by the tests of the frame, Parquet, DuckDB and (in an environment of its own) Spark backends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design, Lonely
from analysis.totals import LEAN, SUMS, Category, Request, Totals, TotalsSource
from forms.errors import BdgError
from tests.analysis.plain_totals import cells

Make = Callable[[pd.DataFrame, Design], TotalsSource]

UNITS = [(t, h, f"{h}{i}") for t in (2026, 2030) for h in ("A", "B\"'", "C") for i in range(3)]
DRAWN = tuple(UNITS)
PLAIN = Design("stratum", "psu", "w", "wave", Lonely("fail", "fail"), "domain", DRAWN)
WHYS = ("answered", "not_asked", "dont_know", "refused", "missing", None)


def people(seed: int = 1, n: int = 240) -> pd.DataFrame:
    """Unequal weights, missing answers of every kind, missing codes, names that bite, one empty PSU a wave."""
    rng = np.random.default_rng(seed)
    at = rng.choice([i for i in range(len(UNITS)) if i not in (2, 13)], n)
    nothing = rng.random((4, n))
    made = pd.DataFrame(
        {
            "wave": [UNITS[i][0] for i in at], "stratum": [UNITS[i][1] for i in at], "psu": [UNITS[i][2] for i in at],
            "w": rng.uniform(1, 9, n),
            "sex": rng.choice(["f", "m"], n),
            'khu "vực"': rng.choice(["nông thôn", "đô thị; --", "o'clock"], n),
            "age": rng.integers(1, 5, n),
            "level": np.where(nothing[0] < 0.1, np.nan, rng.integers(1, 4, n)),
            "y": np.where(nothing[1] < 0.2, np.nan, rng.normal(50, 20, n)),
            "x": np.where(nothing[2] < 0.1, np.nan, rng.uniform(1, 2, n)),
            "yes": rng.integers(0, 2, n).astype(np.int8),
            "score": rng.uniform(0, 100, n).astype(np.float32),
            "y__why": rng.choice(np.array(WHYS, dtype=object), n), "x__why": rng.choice(np.array(WHYS, dtype=object), n),
            "house": [f"s{i}" for i in rng.integers(0, 3, n)],
            "N": [60.0] * n, "M": [20.0] * n,
        }
    )  # fmt: skip
    made["answer"] = pd.Series(np.where(nothing[3] < 0.15, None, rng.choice(["yes", "no", "dk"], n)), dtype=object)
    return made.astype({"answer": "str", "y__why": "str", "x__why": "str"})


AREA = 'khu "vực"'
REQUESTS: Mapping[str, Request] = {
    "everybody": Request(("y",)),
    "many at once": Request(("y", "yes", "score", ("y", "x")), ((), ("sex",), (AREA,), ("age",), ("sex", AREA))),
    "only what is asked": Request(("yes", "score"), ((), ("sex",), ("age",)), sums=LEAN),
    "nothing missing": Request(("yes", "score"), ((), ("sex",), ("age",), ("sex", "age", AREA))),
    "missing codes": Request(("yes", "y"), (("level",), ("level", "answer"))),
    "category": Request(
        (Category("answer", "yes"), Category("answer", "dk"), Category("level", "2"), Category("sex", "?")), ((), ("sex",))
    ),
    "ratio": Request((("y", "x"), ("yes", "score"), ("x", "y")), ((), ("age",))),
    "where": Request(("y", "yes"), ((), ("sex",), (AREA,)), ((AREA, "o'clock"),)),
    "where of a number": Request(("y",), ((), ("sex",)), (("age", "2"), ("sex", "f"))),
    "where nobody is": Request(("y",), ((), ("sex",)), (("sex", "nobody"),)),
    "one wave": Request(("y", "yes"), ((), ("sex",)), waves=(2030,)),
    "listwise": Request(("y", "yes", "score"), ((), ("sex",)), complete=("y", "x", "answer")),
    "kinds only": Request(("y", ("y", "x")), ((), ("sex",)), sums=("refused", "missing")),
}
DESIGNS: Mapping[str, Design] = {
    "drawn": PLAIN,
    "as the data show": replace(PLAIN, sampled=None),
    "two stages": replace(PLAIN, ssu="house", fpc=("N", "M")),
    "no strata, no waves": Design(None, "psu", "w", None, Lonely("fail", "fail"), "design"),
    "nested ids": replace(PLAIN, psu="house", nest=True, sampled=None),
    "weights from fractions": replace(PLAIN, weight=None, fpc=("N",), sampled=None),
    "every row a unit": replace(PLAIN, psu=None, sampled=None),
}


def agree(one: Totals, other: Totals) -> None:
    """Two answers to a request are the same, sums to 1e-12."""
    assert one.keys == other.keys
    assert one.columns == other.columns
    assert one.sums == other.sums
    assert one.probabilities == other.probabilities
    assert np.array_equal(np.array(one.sizes, dtype=float), np.array(other.sizes, dtype=float), equal_nan=True)
    np.testing.assert_allclose(one.values, other.values, rtol=1e-12, atol=1e-300)


def matches_the_oracle(made: TotalsSource, data: pd.DataFrame, request: Request, unit: tuple[str, ...]) -> None:
    """Every sum of every unit against the loop over persons."""
    found = made.totals(request)
    rows = [{k: None if pd.isna(v) else v for k, v in row.items()} for row in data.to_dict("records")]
    for variable in request.variables:
        wanted = cells(rows, request, variable, unit)
        domains = {key[-1] for key in wanted}
        for names in {tuple(sorted({*dict(request.where), *g})) for g in request.groupings}:
            assert {d for d in domains if tuple(k for k, _ in d) == names} == set(found.domains(variable, names))
        for key_domain in domains:
            for wave in found.waves:
                got = found.cell(variable, key_domain, wave)
                for i, row in enumerate(found.rows(wave).tolist()):
                    want = wanted.get((*found.keys[row], key_domain), {})
                    for name in request.sums:
                        assert got[name][i] == pytest.approx(float(want.get(name, 0)), rel=1e-12, abs=1e-300), (
                            variable,
                            key_domain,
                            name,
                        )


def refused(make: Make, data: pd.DataFrame, design: Design, request: Request) -> str:
    """The code with which a backend refuses, at the latest when the units are asked for."""

    def asked() -> None:
        made = make(data, design).totals(request)
        for wave in made.waves:
            made.units(wave)

    with pytest.raises(BdgError) as caught:
        asked()
    assert "{" not in str(caught.value)
    return caught.value.problems[0].code


def spoiled(**columns: Any) -> pd.DataFrame:
    """The people, one value of some columns spoiled."""
    data = people()
    for name, value in columns.items():
        if value is None or not isinstance(value, str):
            data[name] = data[name].astype(object).where(data.index != 3, value).infer_objects()
        else:
            data[name] = data[name].astype(object)
            data.loc[3, name] = value
    return data


EVERYTHING = Request(tuple(n for n in ("y", "x")), ((), ("sex",)), sums=SUMS)
BAD: Mapping[str, tuple[str, pd.DataFrame, Design]] = {
    "no weight column": ("STAT-002", people().drop(columns="w"), PLAIN),
    "no outcome": ("STAT-002", people().drop(columns="x"), PLAIN),
    "no grouping": ("STAT-002", people().drop(columns="sex"), PLAIN),
    "two strata": ("STAT-003", spoiled(wave=2026, stratum="C", psu="A0"), replace(PLAIN, sampled=None)),
    "no weight": ("STAT-004", spoiled(w=None), PLAIN),
    "weight nought": ("STAT-004", spoiled(w=0.0), PLAIN),
    "weight below nought": ("STAT-004", spoiled(w=-1.0), PLAIN),
    "never drawn": ("STAT-005", spoiled(psu="Z9"), PLAIN),
    "text for a number": ("STAT-009", people().assign(y="nhiều"), PLAIN),
    "infinite": ("STAT-009", spoiled(y=float("inf")), PLAIN),
    "no id": ("STAT-010", spoiled(psu=None), PLAIN),
    "size differs": ("STAT-012", spoiled(N=61.0), replace(PLAIN, fpc=("N",))),
    "size missing": ("STAT-012", spoiled(N=None), replace(PLAIN, fpc=("N",))),
    "size below the sample": ("STAT-012", people().assign(N=2.0), replace(PLAIN, fpc=("N",))),
}
