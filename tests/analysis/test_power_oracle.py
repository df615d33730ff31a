"""Every row of the default study computed a second time, slowly and plainly; and the words and pictures made of the rows.

The oracle reads survey.yaml itself, knows no Scenario and no closed form: sums over hamlets of expected squares, the
noncentral t of scipy.stats (another implementation than the one the study calls), and bisection.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
import yaml
from matplotlib.colors import to_rgb
from scipy.stats import nct, norm
from scipy.stats import t as student

from analysis.figures import svg
from analysis.figures.power import cost_plane, power_curves
from analysis.power import spoken
from analysis.power.options import Options, changed
from analysis.power.study import Study, study
from analysis.power.table import cell, shown
from analysis.power.write import markdown, page
from analysis.results import Row
from forms import load_plan, province_folder
from forms.plan import TargetValue
from forms.survey import load_survey
from tests.house.tree import ROOT

FOLDER = province_folder("51")
SURVEY = load_survey(FOLDER)
RAW: dict[str, Any] = yaml.safe_load((FOLDER / "survey.yaml").read_text(encoding="utf-8"))
ASSUMED: dict[str, Any] = RAW["assumptions"]
STRATA = 6
WORDS: dict[str, dict[str, str]] = yaml.safe_load((ROOT / "analysis/power/words.yaml").read_text(encoding="utf-8"))


@cache
def made() -> Study:
    return study(SURVEY, TargetValue(10, 15, "II.3"), strata=STRATA)


# ---------------------------------------------------------------------------------------------------------------- the oracle


@dataclass(frozen=True)
class Slow:
    """One outcome, group and ICC, straight from survey.yaml."""

    base: float
    sd: float | None
    icc: float
    share: float
    lives: float
    psus: float = float(RAW["waves"][2026]["psus"])
    households: float = float(RAW["waves"][2026]["households"])

    def spread(self, level: float) -> float:
        return self.sd if self.sd is not None else math.sqrt(level * (100 - level))

    def variance(self, level: float) -> float:
        """Expected sum over hamlets of squares, over the square of the expected people: persons apart, hamlets together.

        Respondents of a hamlet: binomial, so E n = N q and E n^2 = N q (1 - q) + (N q)^2.
        """
        q = ASSUMED["response"] * self.share / self.lives
        hamlets = self.psus * self.lives
        mean, square = self.households * q, self.households * q * (1 - q) + (self.households * q) ** 2
        within = hamlets * mean * (1 - self.icc) * self.spread(level) ** 2
        between = hamlets * square * self.icc * self.spread(level) ** 2
        people = hamlets * mean
        return float(ASSUMED["weighting"] * (within + between) / people**2)

    def covariance(self, now: float) -> float:
        hamlets = self.psus * self.lives
        kept = RAW["selection"]["most"] * hamlets
        shared = ASSUMED["correlation"] * self.icc * self.spread(self.base) * self.spread(now)
        return float(kept * shared / hamlets**2)

    def df(self) -> float:
        """PSUs minus strata of each wave, less what both have in common."""
        hamlets = self.psus * self.lives
        strata = min(STRATA, hamlets // 2)
        kept = RAW["selection"]["most"] * hamlets
        common = max(kept - min(STRATA, max(kept // 2, 1)), 0)
        return float(2 * (hamlets - strata) - common)

    def power(self, now: float, factor: float, shift: float) -> float:
        v = self.variance(now) + factor**2 * self.variance(self.base) - 2 * factor * self.covariance(now)
        away = (now - factor * self.base - shift) / math.sqrt(v)
        least = student.ppf(0.975, self.df())
        if away > 30:
            return 1.0
        return float(nct.sf(least, self.df(), away))

    def ceiling(self) -> float:
        return 100.0 if self.sd is None else 50 + math.sqrt(2500 - self.sd**2)


def bisected(function: Callable[[float], float], low: float, high: float) -> float:
    for _ in range(36):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return (low + high) / 2


def slow(row: Row) -> Slow:
    (outcome,) = (o for o in ASSUMED["outcomes"] if o["id"] == row.indicator)
    icc = {"low": outcome["icc_range"][0], "mid": outcome["icc"], "high": outcome["icc_range"][1]}[row.category]
    group = {"share": 1.0, "clusters": 1.0}
    for domain, code in row.domain:
        (group,) = (g for g in ASSUMED["groups"] if (g["domain"], g["code"]) == (domain, code))
    return Slow(outcome["baseline"], outcome["sd"], icc, group["share"], group["clusters"])


def rows(pattern: str) -> Iterator[tuple[Row, re.Match[str]]]:
    for row in made().rows:
        if found := re.fullmatch(pattern, row.estimand):
            yield row, found


def test_every_smallest_rise_is_the_oracles() -> None:
    seen = 0
    for row, found in rows(r"mdc_(prove|points|detect)([\d.]*)"):
        s = slow(row)
        kind, level = found[1], float(found[2] or 0)
        factor, shift = (1 + level / 100, 0.0) if kind == "prove" else (1.0, level)
        edge = factor * s.base + shift
        now = bisected(lambda x: s.power(x, factor, shift) - ASSUMED["power"], edge, s.ceiling())  # noqa: B023
        rise = now - s.base if kind == "points" else 100 * (now / s.base - 1)
        assert row.estimate == pytest.approx(rise, abs=1e-6), (row.indicator, row.domain, row.estimand, row.category)
        seen += 1
    assert seen == 14 * 3 * 5


def test_every_power_is_the_oracles() -> None:
    seen = 0
    for row, found in rows(r"power_prove([\d.]+)_at([\d.]+)"):
        s = slow(row)
        wanted = 100 * s.power(s.base * (1 + float(found[2]) / 100), 1 + float(found[1]) / 100, 0.0)
        assert row.estimate == pytest.approx(wanted, abs=1e-7), (row.indicator, row.domain, row.estimand)
        seen += 1
    assert seen == 14 * 4


@pytest.mark.parametrize("field", ["psus", "households"])
def test_every_number_needed_is_just_enough_for_the_oracle(field: str) -> None:
    seen = 0
    for row, found in rows(rf"{field}_prove([\d.]+)_at([\d.]+)"):
        s = slow(row)
        now, factor = s.base * (1 + float(found[2]) / 100), 1 + float(found[1]) / 100
        if row.estimate is None:
            many = Slow(s.base, s.sd, s.icc, s.share, s.lives, **{field: 1e6})
            assert (field, many.power(now, factor, 0.0) < 0.8) == ("households", True)
            continue
        enough = Slow(s.base, s.sd, s.icc, s.share, s.lives, **{field: row.estimate})
        fewer = Slow(s.base, s.sd, s.icc, s.share, s.lives, **{field: row.estimate - 1})
        assert enough.power(now, factor, 0.0) >= 0.8 - 1e-9 > fewer.power(now, factor, 0.0) - 1e-6, row.estimand
        seen += 1
    assert seen >= 10


def test_what_stands_beside_every_number_is_the_oracles() -> None:
    for row in made().rows:
        s = slow(row)
        assert row.df == pytest.approx(s.df())
        people = s.psus * s.households * ASSUMED["response"] * s.share
        assert (row.n, row.psus) == (round(people), round(s.psus * s.lives))
        assert row.deff == pytest.approx(s.variance(s.base) / (s.spread(s.base) ** 2 / people))
        assert (row.level, row.strata, row.interval in ("fieller", "t")) == (0.95, 6, True)


def test_a_plain_draw_of_hamlets_has_the_moments_that_are_assumed() -> None:
    """Normal hamlets and persons, binomial response, no statistics of ours: variances and covariance of two waves' means.

    20,000 draws: standard error 1 % of a variance, .007 of a correlation.  Forgetting that response varies between hamlets would
    be 1 % here; forgetting the clustering two thirds.
    """
    rng = np.random.default_rng(11)
    s = Slow(55, 18, 0.10, 1.0, 1.0, psus=40, households=10)
    draws, kept = 20_000, 24
    between, within = math.sqrt(s.icc) * 18, math.sqrt(1 - s.icc) * 18
    b1 = rng.standard_normal((draws, 40))
    b2 = rng.standard_normal((draws, 40))
    b2[:, :kept] = 0.7 * b1[:, :kept] + math.sqrt(1 - 0.49) * b2[:, :kept]
    means = []
    for b in (b1, b2):
        n = rng.binomial(10, ASSUMED["response"], (draws, 40))
        totals = n * between * b + np.sqrt(n) * within * rng.standard_normal((draws, 40))
        means.append(totals.sum(axis=1) / n.sum(axis=1))
    v = s.variance(55) / ASSUMED["weighting"]
    assert np.var(means[0]) == pytest.approx(v, rel=0.04)
    assert np.var(means[1]) == pytest.approx(v, rel=0.04)
    assert np.corrcoef(*means)[0, 1] == pytest.approx(s.covariance(55) / v, abs=0.03)


def test_the_t_quantiles_cost_little_but_are_not_left_out() -> None:
    """Urban: 24 hamlets.  With normal quantiles 20.8 % would be promised, with the t of 27.6 df it takes 21.2 %."""
    (row,) = (
        r
        for r, _ in rows("mdc_prove10")
        if dict(r.domain).get("area") == "urban" and r.category == "mid" and r.indicator == "score"
    )
    s = slow(row)
    se = math.sqrt(s.variance(0) * (1 + 1.21) - 2.2 * s.covariance(0))
    normal = 10 + 100 * (norm.ppf(0.975) + norm.ppf(0.8)) * se / 55
    assert normal == pytest.approx(20.793, abs=0.001)
    assert (row.estimate or 0) - normal == pytest.approx(0.394, abs=0.001)


# ----------------------------------------------------------------------------------------------------------------- the words


def _holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(WORDS))
def test_both_languages_say_the_same_numbers(key: str) -> None:
    assert set(WORDS[key]) == {"vi", "en"}
    assert all(text.strip() for text in WORDS[key].values())
    assert _holes(WORDS[key]["vi"]) == _holes(WORDS[key]["en"]), key


def test_every_word_is_used() -> None:
    code = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "analysis/power").glob("*.py"))
    made_up = ("assumed.", "head.", "page.", "published.", "null.")  # said(f"head.{key}")
    unused = [k for k in WORDS if f'"{k}"' not in code and not k.startswith(made_up)]
    assert unused == []


def test_no_hole_stays_open_in_anything_that_is_printed() -> None:
    text = page(made(), load_plan(FOLDER), {"kha_nang_chung_minh": "a", "chi_phi": "b"})
    assert re.findall(r"\{\w*\}|None|\bnan\b|\binf\b", text) == []


def test_no_generated_sentence_credits_the_plan() -> None:
    """Decision 8: nothing attributes a change to the plan."""
    text = page(made(), load_plan(FOLDER), {"kha_nang_chung_minh": "a", "chi_phi": "b"})
    for word in ("nhờ", "do Kế hoạch", "tác động", "hiệu quả của"):
        assert word not in text


def test_every_number_of_the_first_table_is_a_row() -> None:
    (table,) = (t for t in made().texts["tables"] if t["id"] == "groups")
    for line in table["rows"]:
        outcome, group, people, psus, *numbers = [shown(c, "vi") for c in line]
        labels = {o["label"]["vi"]: o["id"] for o in ASSUMED["outcomes"]}
        codes = {"Toàn tỉnh": "", **{g["label"]["vi"]: g["code"] for g in ASSUMED["groups"]}}
        mine = {
            (r.estimand, r.category): r for r in made().rows
            if r.indicator == labels[outcome] and "".join(c for _, c in r.domain) == codes[group]
        }  # fmt: skip
        asked = [(told, "mid") for told in ("mdc_prove10", "mdc_prove15", "mdc_detect", "mdc_points10")]
        asked[1:1] = [("mdc_prove10", "low"), ("mdc_prove10", "high")]
        assert numbers == [f"{mine[a].estimate or 0:.1f}".replace(".", ",") for a in asked]
        first = mine["mdc_prove10", "mid"]
        assert (people, psus) == (f"{first.n:,}".replace(",", "."), f"{first.psus}")


def test_the_english_tables_hold_the_same_numbers() -> None:
    for table in made().texts["tables"]:
        vi, en = (markdown(table, x)[4:-2] for x in ("vi", "en"))
        for one, two in zip(vi, en, strict=True):
            swapped = two.translate(str.maketrans(",.", ".,"))
            assert re.findall(r"\| ([\d.,]+) (?=\|)", one) == re.findall(r"\| ([\d.,]+) (?=\|)", swapped)


@pytest.mark.parametrize(("value", "vi"), [(None, "không thể"), (3.25, "3,2"), (1234.0, "1.234,0")])
def test_a_cell_without_a_number_says_so(value: float | None, vi: str) -> None:
    assert shown(cell(value), "vi") == vi
    assert shown("a", "en") == "a"


def test_reasons_split_into_their_languages() -> None:
    assert spoken.reason("không thể | not possible") == {"vi": "không thể", "en": "not possible"}
    assert spoken.reason("whole") == {"vi": "whole", "en": "whole"}


# -------------------------------------------------------------------------------------------------------------- the pictures


def test_curves_are_those_of_the_oracle() -> None:
    s = Slow(55, 18, 0.10, 1.0, 1.0)
    planned = made().curves.curves[0]
    for rise, power in list(zip(planned.rise, planned.power, strict=True))[::6]:
        assert power == pytest.approx(100 * s.power(55 * (1 + rise / 100), 1.1, 0.0), abs=1e-6)


def test_the_plane_is_that_of_the_oracle() -> None:
    made_ = made().curves.plane
    for i, j in ((0, 0), (5, 9), (20, 15), (len(made_.households) - 1, len(made_.psus) - 1)):
        s = Slow(55, 18, 0.10, 1.0, 1.0, psus=made_.psus[j], households=made_.households[i])
        now = bisected(lambda x: s.power(x, 1.1, 0.0) - 0.8, 60.5, s.ceiling())  # noqa: B023
        assert made_.rise[i][j] == pytest.approx(100 * (now / 55 - 1), abs=1e-6)


def _text_boxes(figure: Any) -> list[tuple[str, Any]]:
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    axes = figure.axes[0]
    some = [t for t in axes.texts if t.get_text()]
    return [(t.get_text(), t.get_window_extent(renderer)) for t in some]


@pytest.mark.parametrize(
    "options",
    [Options(), Options(psus=60, households=30), Options(icc=0.02), Options(outcome="reach60")],
    ids=["plan", "few", "icc", "share"],
)
def test_the_plans_can_be_read_in_the_plane(options: Options) -> None:
    """No two names of plans overlap, and none is cut by the edge of the figure."""
    found = study(changed(SURVEY, options), TargetValue(10, 15, "II.3"), strata=STRATA)
    figure, _ = cost_plane(found.curves)
    names = [(t, box) for t, box in _text_boxes(figure) if "×" in t]
    assert len(names) == len(found.curves.plane.marks)
    for i, (one, box) in enumerate(names):
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1, one
        assert not any(box.overlaps(other) for _, other in names[i + 1 :]), one


def test_a_long_title_stays_inside_the_figure() -> None:
    found = study(changed(SURVEY, Options(outcome="reach60")), TargetValue(10, 15, "II.3"), strata=STRATA)
    for draw in (power_curves, cost_plane):
        figure, _ = draw(found.curves)
        figure.canvas.draw()
        for text in figure.texts:
            box = text.get_window_extent(figure.canvas.get_renderer())
            assert 0 <= box.x0 < box.x1 <= figure.bbox.x1, text.get_text()


def test_the_legend_covers_no_line() -> None:
    """It stands above the axes, so that nothing is hidden whatever the curves do."""
    figure, _ = power_curves(made().curves)
    figure.canvas.draw()
    (axes,) = figure.axes
    legend = axes.get_legend()
    assert legend is not None
    assert legend.get_window_extent().y0 >= axes.get_window_extent().y1 - 1


def test_the_axis_reaches_the_rise_that_is_proven() -> None:
    found = study(changed(SURVEY, Options(outcome="reach60", psus=60)), TargetValue(10, 15, "II.3"), strata=STRATA)
    (rise,) = (r.estimate for r in found.rows if r.estimand == "mdc_prove10" and not r.domain and r.category == "mid")
    assert rise is not None
    assert rise < found.curves.curves[0].rise[-1]


def test_lines_stay_apart_in_grey() -> None:
    """A photocopier keeps dashes and markers: every line has its own, and none is lighter than mid grey."""
    figure, _ = power_curves(made().curves)
    drawn = [x for x in figure.axes[0].get_lines() if len(x.get_xdata()) > 2]
    assert len(drawn) == 4
    assert len({x.get_marker() for x in drawn}) == 4
    for line in drawn:
        r, g, b = to_rgb(line.get_color())
        assert 0.299 * r + 0.587 * g + 0.114 * b < 0.5


def test_figures_are_the_same_bytes_twice_and_bear_vietnamese_labels() -> None:
    for draw in (power_curves, cost_plane):
        one, two = (draw(made().curves) for _ in range(2))
        assert svg(one[0]) == svg(two[0])
        axes = one[0].axes[0]
        assert "Mức tăng thật" in axes.get_xlabel() or "địa bàn" in axes.get_xlabel()
        assert one[1].startswith(next(t.get_text().replace("\n", " ") for t in one[0].texts if t.get_weight() == "bold"))
