"""Unequal probabilities without replacement against R 4.2.2, survey 4.1-1 (tests/reference/election/make.R).

R: svytotal(~Bush+Kerry+Nader, d), svyratio(~Bush, ~Kerry, d), svymean(~Bush, d) on data(election), 40 counties drawn with
probabilities proportional to votes; joint probabilities as shipped.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import Design, Lonely, Pps, estimate

HERE = Path(__file__).parent.parent / "reference" / "election"

# SE of the totals of Bush, Kerry, Nader, of Bush/Kerry and of the mean of Bush
R = {
    "brewer": (2447628.88865615241, 2450786.53908240749, 102420.24351540582, 0.10809341531017454, 2536.4209646323898),
    "hr": (2472752.96278868848, 2426842.19793110713, 102595.34352266772, 0.10801030909839149, 2539.7602754492664),
    "hr_yg": (2447628.8886561492, 2450786.5390824047, 102420.2435154057, 0.10809341531017436, 2536.4209646323857),
    "ht": (2604404.47778038090, 2523712.36945764348, 102325.56182214677, 0.1067243454646284, 2531.010024206827),
    "yg": (2406525.80921637127, 2408090.52059837990, 101663.66372209197, 0.10623983808924094, 2522.907241778531),
    "wr": (2671455.05619719159, 2679432.92027136032, 105302.68889138203, 0.11809265091720191, 2543.9264789713261),
}


def counties() -> pd.DataFrame:
    data = pd.read_csv(HERE / "data.csv")
    return data.assign(id=[f"c{i:02d}" for i in range(len(data))], weight=1 / data["p"])


def design(name: str) -> Design:
    ids = tuple(counties()["id"])
    pair = pd.read_csv(HERE / "joint.csv").to_numpy()
    pps = {
        "brewer": Pps("p", "brewer"), "hr": Pps("p", "hartley_rao", yates_grundy=False), "hr_yg": Pps("p", "hartley_rao"),
        "ht": Pps("p", "joint", ids, pair, yates_grundy=False), "yg": Pps("p", "joint", ids, pair), "wr": None,
    }[name]  # fmt: skip
    return Design(None, "id", "weight", None, Lonely("fail", "fail"), "design", pps=pps)


@pytest.mark.parametrize("name", R)
def test_standard_errors_are_rs(name: str) -> None:
    totals = estimate(counties(), design(name), ["Bush", "Kerry", "Nader"], stat="total")
    assert [row.estimate for row in totals] == pytest.approx([64518472.38053998, 51202102.09624831, 478530.5232117083], rel=1e-13)
    (ratio,) = estimate(counties(), design(name), ("Bush", "Kerry"), stat="ratio")
    (mean,) = estimate(counties(), design(name), "Bush")
    assert [*(row.se for row in totals), ratio.se, mean.se] == pytest.approx(R[name], rel=1e-10)


def test_with_replacement_is_the_conservative_answer_here() -> None:
    """The classic mistake is none: leaving the probabilities out errs on the wide side, by 7 to 11 % on these totals."""
    for name in ("brewer", "yg"):
        assert (np.array(R["wr"]) > np.array(R[name])).all()


def test_deville_stands_beside_brewer() -> None:
    """R has no Deville form: its centre is weighted with 1 - p, which moves the SE by less than 2 % here."""
    pps = Design(None, "id", "weight", None, Lonely("fail", "fail"), "design", pps=Pps("p", "deville"))
    totals = estimate(counties(), pps, ["Bush", "Kerry", "Nader"], stat="total")
    assert [row.se for row in totals] == pytest.approx(R["brewer"][:3], rel=0.02)
