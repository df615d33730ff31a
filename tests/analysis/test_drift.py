"""Items beside the scale between two waves: the changes are those of analysis.change, the verdicts those of analysis.verdict."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis.change import change
from analysis.scale.drift import Drift, drift
from analysis.verdict import verdict
from forms.errors import BdgError
from tests.analysis.model_cases import design

ITEMS = ("a", "b", "c", "d", "e")
WAVES = design(wave="wave")


@cache
def answers(jump: float = 1.6) -> pd.DataFrame:
    """Five items; everybody rises by 0.35 of the level between the waves, item a by `jump` more at the same level."""
    r = np.random.default_rng(8)
    n, psus = 2400, 48
    at = np.arange(n) % psus
    frame = pd.DataFrame({
        "psu": [f"p{i:02d}" for i in at], "stratum": [f"s{i % 8}" for i in at], "w": r.gamma(4, size=n),
        "wave": np.where(np.arange(n) < n // 2, 2026, 2030), "sex": r.choice(["F", "M"], n),
    })  # fmt: skip
    later = (frame.wave == 2030).to_numpy()
    level = r.normal(size=n) + 0.35 * later + 0.3 * r.normal(size=psus)[at]
    for item in ITEMS:
        eta = 1.4 * level + (jump * later if item == "a" else 0)
        codes = (np.asarray(eta + r.logistic(size=n))[:, None] > np.array([-1.5, 0.0, 1.5])).sum(axis=1) + 1.0
        frame[item] = np.where(r.random(n) < 0.04, np.nan, codes)
    return frame


@cache
def found() -> Drift:
    """The scale's target: a rise of 10 %, of 20 %."""
    return drift(answers(), WAVES, ITEMS, wave=2030, base=2026, threshold=10, high=20)


def test_the_item_that_drifts_is_found_and_the_scale_told_without_it() -> None:
    assert found().flagged == ("a",)
    rows = found().frame.set_index("indicator")
    assert rows.flagged.tolist() == [True] + [False] * 6
    assert rows.beside_lower["a"] > 5
    assert (rows.beside_upper[["b", "c", "d", "e"]] < 0).all()
    assert rows.change["scale"] > rows.change["scale_kept"]
    assert np.isnan(rows.beside["scale"])


def test_the_sentence_stands_when_the_verdicts_differ() -> None:
    made = found()
    assert made.all_items.word != made.kept_items.word
    assert "(a)" in made.sentence
    assert made.all_items.vi in made.sentence
    assert made.kept_items.en in made.sentence
    vietnamese, _, english = made.sentence.partition(" | ")
    assert vietnamese.startswith("Tính đủ các câu")
    assert english.startswith("With every item")
    assert made.sentence in made._repr_html_()


def test_changes_and_verdicts_are_those_of_the_other_rooms() -> None:
    """The scale as a column made by hand, through change() and verdict()."""
    data = answers()
    items = 100 * (data[list(ITEMS)] - 1) / 3
    scale = items.mean(axis=1).where(items.notna().sum(axis=1) >= 2.5)
    kept = items[["b", "c", "d", "e"]].mean(axis=1).where(items[["b", "c", "d", "e"]].notna().sum(axis=1) >= 2)
    slow = change(data.assign(scale=scale, kept=kept), WAVES, ["scale", "kept"], wave=2030, base=2026)
    mine = {row.indicator: row for row in found().changes.rows if row.estimand == "diff"}
    for row in (r for r in slow.rows if r.estimand == "diff"):
        own = mine["scale" if row.indicator == "scale" else "scale_kept"]
        assert (own.estimate, own.se) == pytest.approx((row.estimate, row.se), rel=1e-12)
    fieller = [r for r in slow.rows if r.interval == "fieller"]
    words = [verdict(r.lower, r.upper, threshold=10, high=20).word for r in fieller]
    assert words == [found().all_items.word, found().kept_items.word]


def test_an_item_beside_the_scale_has_their_covariance() -> None:
    """The change of (item - scale) of each person, answered both: the same number and error."""
    data = answers().dropna()
    made = drift(data, WAVES, ITEMS, wave=2030, base=2026, threshold=10, high=20, flagged=["a"])
    items = 100 * (data[list(ITEMS)] - 1) / 3
    gap = items.sub(items.mean(axis=1), axis=0)
    slow = change(data.assign(**{f"gap_{i}": gap[i] for i in ITEMS}), WAVES, [f"gap_{i}" for i in ITEMS], wave=2030, base=2026)
    diffs = [row for row in slow.rows if row.estimand == "diff"]
    assert made.beside.value == pytest.approx(np.array([r.estimate for r in diffs]), rel=1e-9)
    assert made.beside.se == pytest.approx(np.array([r.se for r in diffs]), rel=1e-9)


def test_nothing_drifts_nothing_is_said() -> None:
    made = drift(answers(0.0), WAVES, ITEMS, wave=2030, base=2026, threshold=10, high=20)
    assert (made.flagged, made.sentence) == ((), "")
    assert made.all_items == made.kept_items
    rows = made.frame.set_index("indicator")
    assert rows.change["scale"] == pytest.approx(rows.change["scale_kept"], rel=1e-12)


def test_points_and_a_condition() -> None:
    """The reading in points takes the interval of the difference; the condition is part of every score."""
    made = drift(answers(), WAVES, ITEMS, wave=2030, base=2026, threshold=3, high=5, reading="points", where={"sex": "F"})
    alone = {row.indicator: row for row in made.changes.rows if row.estimand == "diff"}["scale"]
    assert made.all_items.word == verdict(alone.lower, alone.upper, threshold=3, high=5, reading="points", unit="điểm").word
    assert alone.n < 700


def test_no_item_left() -> None:
    """All items flagged by hand: the scale without them is not estimable, and its verdict says so."""
    made = drift(answers(), WAVES, ITEMS, wave=2030, base=2026, threshold=10, high=20, flagged=ITEMS)
    assert made.kept_items.word == "undetermined"
    assert "không xác định được" in made.sentence
    rows = made.frame.set_index("indicator")
    assert rows.status["scale_kept"] == "not_estimable"
    silent = drift(answers().assign(a=np.nan), WAVES, ITEMS, wave=2030, base=2026, threshold=10, high=20, flagged=["b"])
    assert silent.frame.set_index("indicator").status["a"] == "not_estimable"
    assert np.isnan(silent.frame.set_index("indicator").beside["a"])


def test_waves_that_are_not_there() -> None:
    with pytest.raises(BdgError) as caught:
        drift(answers(), WAVES, ITEMS, wave=2034, base=2026, threshold=10, high=20, flagged=[])
    assert caught.value.problems[0].code == "STAT-008"
    with pytest.raises(BdgError):
        drift(answers(), design(), ITEMS, wave=2030, base=2026, threshold=10, high=20)
