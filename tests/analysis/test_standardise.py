"""Direct standardisation against R survey 4.1-1 `svystandardize`, and against the standardised mean written out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.joint import Joint
from analysis.persons import persons
from analysis.weighting.calibrated import Calibrated
from analysis.weighting.replicates import replicate
from analysis.weighting.standardise import standardise
from forms.errors import BdgError
from tests.analysis.people_stats import SCHOOLS, WAVES, by, mean
from tests.reference import cases

POPULATION = {"E": 4421, "H": 755, "M": 1018}
AGES = {"16-29": 0.2, "30-49": 0.5, "50+": 0.3}


@pytest.mark.parametrize("entry", cases.results("calibrated", "standardize"), ids=cases.name_of)
def test_a_standardised_mean_is_rs(entry: dict[str, Any]) -> None:
    """R: svymean(~hi, svystandardize(d, by=~stype, over=~1, population=c(4421, 755, 1018))); 1e-12."""
    made = standardise(cases.data("calibrated"), SCHOOLS, by="stype", population=POPULATION)
    got = mean(persons(made.data, made.design, ("hi",)), ["hi"])
    assert (got.value[0], got.se[0]) == pytest.approx((entry["result"]["estimate"][0], entry["result"]["se"][0]), rel=1e-12)
    assert made.data["w_std"].sum() == pytest.approx(cases.data("calibrated")["pw"].sum())


def written_out(data: pd.DataFrame, design: Design, group: Mapping[str, Any], shares: Mapping[str, float]) -> Joint:
    """Sum over codes of share times the group's mean in the code, linearised: no weights changed."""
    people = persons(data, design, ("score", "agegrp", *group))
    y = people.number("score")
    inside = ~np.isnan(y)
    for name, code in group.items():
        inside &= people.text(name) == code
    y = np.where(inside, y, 0.0)
    cells = np.column_stack([inside & (people.text("agegrp") == code) for code in shares]).astype(float)
    share = np.array(list(shares.values()))

    def value(w: np.ndarray) -> np.ndarray:
        return np.array([share @ (((w * y) @ cells) / (w @ cells))])

    def influence() -> np.ndarray:
        w = people.weight
        means = ((w * y) @ cells) / (w @ cells)
        return (w[:, None] * cells * (y[:, None] - means) / (w @ cells)) @ share[:, None]

    return people.joint(["score"], value, influence, mask=inside)


def of_group(made: Calibrated, sex: str, wave: str) -> Joint:
    people = persons(made.data, made.design, ("score", "sex", "wave"))
    return mean(people, ["score"], (people.text("sex") == sex) & (people.text("wave") == wave))


def answered() -> pd.DataFrame:
    return cases.data("synth2w").dropna(subset=["score"])


@pytest.mark.parametrize("sex", ["F", "M"])
@pytest.mark.parametrize("wave", ["2026", "2030"])
def test_groups_have_the_standard_distribution_and_its_variance(sex: str, wave: str) -> None:
    made = standardise(answered(), WAVES, by="agegrp", over="sex", population=AGES)
    part = made.data[(made.data["sex"] == sex) & (made.data["wave"] == int(wave))].groupby("agegrp")["w_std"].sum()
    assert (part / part.sum()).to_dict() == pytest.approx(AGES)
    got, wanted = of_group(made, sex, wave), written_out(answered(), WAVES, {"sex": sex, "wave": wave}, AGES)
    assert got.value == pytest.approx(wanted.value, rel=1e-12)
    assert got.se == pytest.approx(wanted.se, rel=1e-10)


def test_the_change_standardised_to_one_population() -> None:
    """Both waves have the composition given, so the change is free of it; the SE knows the overlap."""
    made = standardise(answered(), WAVES, by=["agegrp"], population=AGES)
    people = persons(made.data, made.design, ("score", "wave"))
    got = by(people, "score", "wave", ["2026", "2030"])
    each = [written_out(answered(), WAVES, {"wave": t}, AGES) for t in ("2026", "2030")]
    assert got.value == pytest.approx([j.value[0] for j in each], rel=1e-12)
    assert got.se == pytest.approx([j.se[0] for j in each], rel=1e-10)
    assert got.vcov[0, 1] == pytest.approx(float(each[0].spread[:, 0] @ each[1].spread[:, 0]), rel=1e-9)
    assert made.design.controls[0].kind == "poststratify"
    assert [step.wave for step in made.log] == [2026, 2030]


def test_several_columns_and_replicates() -> None:
    shares = {(s, a): v for s, p in (("F", 0.55), ("M", 0.45)) for a, v in {k: p * q for k, q in AGES.items()}.items()}
    plain = standardise(answered(), WAVES, by=("sex", "agegrp"), population=shares)
    reps = replicate(answered(), WAVES, "JKn")
    made = standardise(reps.data, reps.design, by=("sex", "agegrp"), population=shares)
    assert made.data["w_std"].tolist() == plain.data["w_std"].tolist()
    one, two = (by(persons(m.data, m.design, ("score", "wave")), "score", "wave", ["2026", "2030"]) for m in (plain, made))
    assert two.se == pytest.approx(one.se, rel=0.02)


def refused(**options: Any) -> list[str]:
    asked = {"by": "agegrp", "population": AGES, "over": "sex"} | options
    with pytest.raises(BdgError) as caught:
        standardise(asked.pop("data", answered()), asked.pop("design", WAVES), **asked)
    return [p.code for p in caught.value.problems]


def test_what_cannot_be_standardised_is_refused() -> None:
    """R goes on when a group has nobody of a code: its weights then sum to less and the mean ignores that share."""
    data = answered()
    hole = data[~((data["sex"] == "M") & (data["agegrp"] == "50+") & (data["wave"] == 2030))]
    assert refused(data=hole) == ["STAT-072"]
    assert refused(population={"16-29": 1, "30-49": 1}) == ["STAT-071"] * 2
    assert refused(population={**AGES, "50+": 0}) == ["STAT-073"] * 2
    assert refused(population={**AGES, "50+": float("nan")}) == ["STAT-073"]
    assert refused(data=data.assign(agegrp=data["agegrp"].where(data["agegrp"] != "50+"))) == ["STAT-070"]
    assert refused(data=data.assign(sex=data["sex"].where(data["sex"] != "F"))) == ["STAT-070"]
    assert refused(name="w") == ["STAT-078"]
    assert refused(design=replace(WAVES, wave=None), data=hole.assign(w_std=1.0)) == ["STAT-078"]
