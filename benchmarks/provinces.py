"""Synthetic provinces whose true scores are known, drawn, answered, estimated: for coverage.py --seeds.

The engine is bypassed (it changes no answer); frame, draw, weights, PSU totals, variance and intervals are the real ones.
Imports all three rooms' doors as the practice run does.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import cache
from statistics import mean

import pandas as pd

from analysis.change import change
from analysis.design import Design, Lonely
from analysis.estimate import estimate
from analysis.sampling.frame import link
from analysis.sampling.practice import BASE, LATER, WINDOWS, practice
from forms import codebook, load_places, load_plan, load_questionnaire, province_folder, questionnaire_folder
from forms.media import Hamlet, Household
from forms.rehearsal.people import People, Respondent, read_model
from forms.rehearsal.truth import Truth

LISTED = {BASE: date(2026, 8, 31), LATER: date(2030, 8, 31)}


@cache
def setting() -> tuple:
    """The questionnaire, the places, the plan and the tabulated truth: read once a process."""
    book = codebook(load_questionnaire(questionnaire_folder()))
    items = {s: len(book.items(s)) for s in ("K", "A")}
    return book, load_places(province_folder()), load_plan(province_folder()), Truth(read_model(), items)


def answered(who: Respondent) -> bool:
    """Whether this household ends in an interview."""
    last = {name: tries[-1] for name, tries in who.answers.items()}
    number = int(float(who.household.select_u) * len(who.rosters["m_age"]))
    minor = int(who.rosters["m_age"][number][-1]) < 18
    guarded = not minor or last["guardian"] == "yes"
    return last["contact"] == "met" and last["available"] == "available" and guarded and last["consent"] == "yes"


def score(book: object, who: Respondent) -> float | None:
    """(K + A) / 2 written out plainly from the definition."""

    def share(right: list[bool]) -> float:
        return 100 * sum(right) / len(right)

    k = [(who.answers[i.name][-1] == i.right_answer(who.day)) for i in book.items("K") if who.answers[i.name][-1] != "ref"]
    a = []
    for i in book.items("A"):
        text = who.answers[i.name][-1]
        if text.isdigit():
            a.append(6 - int(text) if i.reverse else int(text))
    return None if len(k) < 9 or len(a) < 12 else (share(k) + 100 * (mean(a) - 1) / 4) / 2


def one(seed: int) -> dict[str, float]:
    """One province: estimates, intervals and truths."""
    book, places, plan, truth = setting()
    made = practice(places, seed, psus=60, households=20)
    common = link(made.frame, {(d.wave, d.psu) for d in made.sample})
    hamlets = {h.psu: Hamlet(h.psu, h.commune, h.hamlet, h.area, h.dtts, h.households) for h in made.frame.hamlets}
    people = {wave: People(book, wave, seed, WINDOWS[wave]) for wave in WINDOWS}
    rows = []
    for d in made.sample:
        if d.status != "main":
            continue
        key = Household(f"{d.wave}-{d.psu}-{d.ssu}", d.wave, d.psu, d.ssu, d.commune, repr(d.select_u), "practice")
        who = people[d.wave].respondent(key, hamlets[d.psu])
        if answered(who):
            weight = len(who.rosters["m_age"]) / (d.p_psu * d.p_household)
            rows.append((d.wave, d.stratum, common[d.wave, d.psu], weight, score(book, who)))
    data = pd.DataFrame(rows, columns=["wave", "stratum", "psu", "weight", "score"])
    sampled = tuple(sorted({(d.wave, d.stratum, common[d.wave, d.psu]) for d in made.sample}))
    lonely = Lonely(plan.lonely["level"], plan.lonely["change"])
    design = Design("stratum", "psu", "weight", "wave", lonely, plan.df_rule, sampled)
    true = {w: truth.mean([hamlets[h.psu] for h in made.frame.on(LISTED[w])], w, seed) for w in WINDOWS}
    levels = {r.wave: r for r in estimate(data, design, "score")}
    moved = {r.estimand + r.interval: r for r in change(data, design, "score", wave=LATER, base=BASE)}
    difference, relative = moved["difft"], moved["relfieller"]
    apart = {r.estimand + r.interval: r for r in change(data, design, "score", wave=LATER, base=BASE, method="independent")}
    ratio = 100 * (true[LATER] / true[BASE] - 1)
    return {
        "n": len(data), "true26": true[BASE], "true30": true[LATER],
        "level 2026": levels[BASE].lower <= true[BASE] <= levels[BASE].upper,
        "level 2030": levels[LATER].lower <= true[LATER] <= levels[LATER].upper,
        "change (points)": difference.lower <= true[LATER] - true[BASE] <= difference.upper,
        "change (relative, Fieller)": relative.lower <= ratio <= relative.upper,
        "change as if independent": apart["difft"].lower <= true[LATER] - true[BASE] <= apart["difft"].upper,
        "error26": levels[BASE].estimate - true[BASE], "error30": levels[LATER].estimate - true[LATER],
        "se26": levels[BASE].se, "se30": levels[LATER].se, "se change": difference.se,
        "error change": difference.estimate - (true[LATER] - true[BASE]),
    }  # fmt: skip


def provinces(seeds: range, processes: int) -> None:
    """Run the seeds and print a line a figure."""
    with ProcessPoolExecutor(processes) as pool:
        found = list(pool.map(one, seeds, chunksize=4))
    table = pd.DataFrame(found)
    for name in [c for c in table if c.startswith(("level", "change"))]:
        print(f"{name:<28} {100 * table[name].mean():5.1f} % of {len(table)}")
    for error, se in (("error26", "se26"), ("error30", "se30"), ("error change", "se change")):
        spread = table[error].std()
        print(f"{error:<14} mean {table[error].mean():+.3f}  sd {spread:.3f}  mean se {table[se].mean():.3f}")
    print(f"interviews (both waves) {table['n'].mean():.0f}; true {table['true26'].mean():.2f} -> {table['true30'].mean():.2f}")
