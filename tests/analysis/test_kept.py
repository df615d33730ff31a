"""Kept against fresh hamlets: a contrast of two domains of one wave, by hand, by simulation and at its edges."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.backends import source
from analysis.design import Design, Lonely
from analysis.kept import ONE_KIND, kept_rows
from analysis.level_source import levelled
from analysis.results import Row

DESIGN = Design("h", "i", "w", "t", Lonely("certainty", "certainty"), "domain")


def rows(data: pd.DataFrame, **options: Any) -> tuple[Row, ...]:
    given = levelled(source(data, DESIGN), DESIGN, ["y"], (("overlap",),), (2030,))
    return kept_rows(given, DESIGN, "y", **{"wave": 2030, "stat": "mean", "unit": "point", **options})


def survey(effect: float, rng: np.random.Generator, psus: int = 10, persons: int = 4) -> pd.DataFrame:
    table = [
        (2030, h, f"{h}{i}", "kept" if i < psus // 2 else "fresh", 1.0 + (k % 2), level + effect * (i < psus // 2) + rng.normal())
        for h in "ab" for i in range(psus) for level in [rng.normal()] for k in range(persons)
    ]  # fmt: skip
    return pd.DataFrame(table, columns=["t", "h", "i", "overlap", "w", "y"])


def test_by_hand() -> None:
    """Kept 1, 3 (mean 2), fresh 5, 9 (mean 7), one stratum: scores -1/2, 1/2 | 1, -1 (of kept - fresh), mean 0.
    V = 4/3 (1/4 + 1/4 + 1 + 1) = 10/3; four PSUs, one stratum: 3 df."""
    data = pd.DataFrame({"t": 2030, "h": "a", "i": list("1234"), "overlap": ["kept", "kept", "fresh", "fresh"], "w": 1.0,
                         "y": [1.0, 3.0, 5.0, 9.0]})  # fmt: skip
    (row,) = rows(data)
    assert (row.estimate, row.se, row.df) == (pytest.approx(-5.0), pytest.approx(math.sqrt(10 / 3)), 3.0)
    assert (row.kind, row.estimand, row.domain, row.category, row.method) == ("contrast", "diff", (), "kept", "kept - fresh")
    assert row.lower == pytest.approx(-5 - 3.182446305284263 * row.se)  # R: qt(.975, 3)
    assert (row.n, row.psus) == (4, 4)


def test_it_rejects_as_often_as_it_says() -> None:
    """300 surveys without an effect: 5 % of tests at .05 reject, within 3.3 standard errors of a simulation of this size."""
    rng = np.random.default_rng(4)
    found = [rows(survey(0.0, rng))[0].p_value for _ in range(300)]
    share = np.mean([p < 0.05 for p in found if p is not None])
    assert len(found) == 300
    assert abs(share - 0.05) < 3.3 * math.sqrt(0.05 * 0.95 / 300)
    seen = np.mean([(rows(survey(2.0, rng))[0].p_value or 1.0) < 0.05 for _ in range(40)])
    assert seen > 0.9


def test_one_kind_only_is_said_and_none_is_silence() -> None:
    data = survey(0.0, np.random.default_rng(1))
    (row,) = rows(data[data["overlap"] == "kept"])
    assert (row.status, row.reason, row.estimate) == ("not_estimable", ONE_KIND, None)
    assert rows(data.assign(overlap=None)) == ()


def test_a_single_kept_hamlet_is_not_estimable() -> None:
    """One PSU has no variance of its own: the classic zero-width interval."""
    data = survey(0.0, np.random.default_rng(2))
    data = data[(data["overlap"] == "fresh") | (data["i"] == "a0")]
    (row,) = rows(data)
    assert row.status == "not_estimable"
    assert row.lower is None


def test_shares_are_in_percentage_points() -> None:
    data = survey(0.0, np.random.default_rng(3)).assign(y=lambda d: (d["y"] > 0).astype(float))
    (row,) = rows(data, stat="proportion", unit="percent")
    kept, fresh = (data[data["overlap"] == k] for k in ("kept", "fresh"))
    plain = [100 * np.average(d["y"], weights=d["w"]) for d in (kept, fresh)]
    assert row.unit == "percentage_point"
    assert row.estimate == pytest.approx(plain[0] - plain[1])
