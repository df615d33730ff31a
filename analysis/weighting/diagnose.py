"""What the weights look like and why: rows of kind diagnostic, words for the report, findings.

Imports weighed, targets, outcomes, rindicator, results and findings; estimate only late.  Sees weights,
factors and categories; of answers only the headline score, for its design effect.  Names no person and no hamlet.
Sources: Kish (1992) J. Off. Stat. 8:183; Gabler, Haeder and Lahiri (1999) Surv. Methodol. 25:105; AAPOR (2023).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from forms.question import Label

from ..design import Design
from ..findings import Finding
from ..results import Row, Status
from .outcomes import NO_FORM, rates
from .targets import CROSS
from .weighed import NORM, STEPS, Weighed

LARGEST = 10
SILENT = 0.2
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
HELD = ("before", "after", "control")
_DO = {
    "not_calibrated": "Đặt margins.csv cạnh sample.csv rồi chạy lại | Put margins.csv beside sample.csv and run again",
    "merged_category": "Ghi các mục đã gộp vào báo cáo | Name the merged categories in the report",
    "merged_class": "Ghi các lớp trả lời đã gộp vào báo cáo | Name the merged response classes in the report",
    "no_form": "Xem có đúng sample.csv của vòng này; đòi phiếu của mọi hộ | Is it the round's sample.csv? Ask for every form",
    "weight_over": "Xem các quyền số lớn nhất và lý do | Look at the largest weights and their reasons",
}


@dataclass(frozen=True)
class Large:
    """One large weight and what made it.  times: over the median of its stratum; factors as in the microdata."""

    wave: int
    stratum: str
    weight: float
    times: float
    n_eligible: int
    f_response: float
    f_calibration: float
    f_trim: float
    cut: bool

    @property
    def why(self) -> Label:
        """The factors that are above 1, largest first."""
        named = {
            (f"hộ có {self.n_eligible} người từ 15 tuổi", f"{self.n_eligible} eligible in the household"): float(self.n_eligible),
            (f"hệ số trả lời {_vi(self.f_response)}", f"response factor {self.f_response:.2f}"): self.f_response,
            (f"hệ số hiệu chỉnh {_vi(self.f_calibration)}", f"calibration ratio {self.f_calibration:.2f}"): self.f_calibration,
        }
        ranked = sorted((words for words, factor in named.items() if factor > 1.005), key=lambda w: -named[w])
        vi, en = [w[0] for w in ranked], [w[1] for w in ranked]
        if self.cut:
            vi, en = [*vi, f"đã cắt còn {_vi(self.f_trim)}"], [*en, f"trimmed by {self.f_trim:.2f}"]
        return Label("; ".join(vi) or "xác suất chọn nhỏ", "; ".join(en) or "a small probability of selection")


def largest(made: Weighed, wave: int, count: int = LARGEST) -> tuple[Large, ...]:
    """The weights that are largest over the median of their stratum, largest first."""
    here = made.people.loc[made.people["wave"] == wave]
    cut = np.array(made.cut, dtype=bool)[here.index.to_numpy()]
    times = (here["weight"] / here.groupby("stratum")["weight"].transform("median")).to_numpy()
    order = np.lexsort((here["person"].to_numpy(dtype=str), -times))[:count]
    found = []
    for i in order.tolist():
        one = here.iloc[i]
        answered, ratio, trimmed = (float(one[c]) for c in ("f_response", "f_calibration", "f_trim"))
        named = (wave, str(one["stratum"]), float(one["weight"]), float(times[i]), int(one["n_eligible"]))
        found.append(Large(*named, answered, ratio, trimmed, bool(cut[i])))
    return tuple(found)


def rows(
    made: Weighed, design: Design, covariates: Sequence[str], people: pd.DataFrame, headline: str = "score"
) -> tuple[Row, ...]:
    """Rows of kind diagnostic: Kish's factor after each step, the margins, outcome rates, R-indicator, design effect in parts.

    people: made.people with the headline's column; a wave in which nobody has it gives no design effect.
    """
    found = [*_steps(made), *_spread(made), *_margins(made), *_effects(design, people, headline)]
    if "replaces" in made.households.columns:
        from .rindicator import representative

        found += rates(made.households).rows
        known = [c for c in covariates if made.households[c].notna().any()]
        for one in representative(made.households, known, errors=False):
            found += one.rows
    return tuple(found)


def _steps(made: Weighed) -> list[Row]:
    return [
        Row("diagnostic", "weights", "deff_kish", e.wave, "ratio", category=e.step, estimate=e.deff_kish, level=None, n=e.n,
            reason=e.note)
        for e in made.log
    ]  # fmt: skip


def _spread(made: Weighed) -> list[Row]:
    """How far the weights of each stratum lie apart: five quantiles of the weight over the mean weight of the wave."""
    groups = made.people.groupby(["wave", "stratum"], sort=True)[NORM]
    return [
        Row("diagnostic", "weights", "quantile", int(str(wave)), "ratio", domain=(("stratum", str(stratum)),), category=f"{p:g}",
            estimate=float(part.quantile(p)), level=None, n=len(part))
        for (wave, stratum), part in groups for p in QUANTILES
    ]  # fmt: skip


def _margins(made: Weighed) -> list[Row]:
    """Each category's residents: by the weights before and after calibration, and as the source has it."""
    found = []
    for step in made.calibrations:
        for c in step.controls:
            margin, _, name = c.name.removeprefix("margin ").partition("=")
            n = int(((made.people["wave"] == step.wave) & (made.people[f"margin {margin}"] == name)).sum())
            for which, value in zip(HELD, (c.before, c.after, c.total), strict=True):
                found.append(Row("diagnostic", f"margin {margin}", "total", step.wave, "person", category=name, estimate=value,
                                 level=None, n=n, method=which))  # fmt: skip
    return found


def _effects(design: Design, people: pd.DataFrame, headline: str) -> list[Row]:
    """The design effect of the headline and its factors: weighting x clustering x stratification x calibration.

    The first three are those of the weights taken as they stand; calibration is what knowing the totals makes of the variance.
    """
    from ..estimate import PARTS, estimate

    if headline not in people.columns or not people[headline].notna().any():
        return []
    known = replace(design, replicates=None)
    table, whole = estimate(people, replace(known, controls=()), headline, deff="parts"), estimate(people, known, headline)
    found = []
    for i, (row, last) in enumerate(zip(table.rows, whole.rows, strict=True)):
        values: dict[str, float | None] = {"deff": last.deff, **{name: table.columns[name][i] for name in PARTS}}
        values["deff_calibration"] = last.deff / row.deff if last.deff and row.deff else None
        for name, value in values.items():
            status: Status = "ok" if value is not None else "not_estimable"
            bare = replace(last, se=None, df=None, lower=None, upper=None, level=None, interval="", deff=None, method="parts")
            found.append(replace(bare, kind="diagnostic", indicator=headline, estimand=name, unit="ratio", estimate=value,
                                 status=status, reason="" if value is not None else last.reason))  # fmt: skip
    return found


# ---- words ---------------------------------------------------------------------------------------------------------


def facts(made: Weighed) -> dict[str, Any]:
    """What texts.weighing says: steps, categories merged, response classes, sources of the totals, the largest weights."""
    classes = made.classes
    return {
        "steps": [
            {"wave": e.wave, "step": e.step, "n": e.n, "sum": e.sum, "cv": e.cv, "deff_kish": e.deff_kish, "min": e.min,
             "max": e.max, "note": _two(e.note) if e.note else None} for e in made.log
        ],
        "merged": [
            {"margin": m.margin, "categories": list(m.categories), "waves": list(m.waves),
             "respondents": [list(r) for r in m.respondents]} for one in made.margins for m in one.merges
        ],
        "response": [
            {"wave": c.wave, "class": c.name, "cases": c.cases, "interviewed": c.interviewed, "factor": c.factor}
            for c in (classes.table if classes else ())
        ],
        "response_merged": [
            {"wave": m.wave, "class": m.name, "into": m.into, "why": _two(m.reason)} for m in (classes.log if classes else ())
        ],
        "sources": _sources(made),
        "largest": [
            {"wave": g.wave, "stratum": g.stratum, "weight": g.weight, "times": g.times, "vi": g.why.vi, "en": g.why.en}
            for w in made.waves for g in largest(made, w)
        ],
        "notes": [_two(n) for n in made.notes],
        "replicates": _replicates(made),
    }  # fmt: skip


def _replicates(made: Weighed) -> dict[str, Any] | None:
    """What somebody else's program needs to use the replicate columns: V = scale x sum of rscale (theta_r - mean)^2."""
    reps = made.replicates
    if reps is None:
        return None
    return {
        "kind": reps.kind, "columns": len(reps.columns), "scale": reps.scale, "rscales": sorted(set(reps.rscales)),
        "mse": reps.mse, "seed": made.seed, "label": reps.label,
    }  # fmt: skip


def _sources(made: Weighed) -> list[dict[str, Any]]:
    if made.targets is None:
        return []
    return [
        {"wave": w, "source": source, "as_of": day.isoformat(), "persons": made.targets.persons(w)}
        for w in made.waves for source, day in made.targets.sources(w)
    ]  # fmt: skip


def note(made: Weighed, names: Mapping[str, Label] | None = None) -> Label:
    """The sentence of the method note: what was really done to the weights, step by step.  names: column -> its name."""
    vi = ["Quyền số là nghịch đảo xác suất chọn địa bàn và hộ, nhân với số người từ 15 tuổi của hộ"]
    en = ["Weights are the inverse of the probabilities of hamlet and household, times the household's residents aged 15 or over"]
    if made.classes is None:
        vi, en = [*vi, "CHƯA điều chỉnh theo trả lời"], [*en, "NOT adjusted for nonresponse"]
    else:
        some = len(made.classes.names)
        vi = [*vi, f"nhân với hệ số không trả lời của lớp ({some} lớp)"]
        en = [*en, f"times the nonresponse factor of the class ({some} classes)"]
    if made.targets is None:
        vi, en = [*vi, "CHƯA hiệu chỉnh theo tổng dân số"], [*en, "NOT calibrated to population totals"]
    else:
        crossed = [[_named(c, names or {}) for c in m.margin.split(CROSS)] for m in made.margins]
        over = Label(*("; ".join(" × ".join(getattr(c, word) for c in one) for one in crossed) for word in ("vi", "en")))
        who = "; ".join(f"{w}: {s} ({d:%d/%m/%Y})" for w in made.waves for s, d in made.targets.sources(w))
        gone = sum(len(m.merges) for m in made.margins)
        vi = [*vi, f"hiệu chỉnh theo tổng dân số từ 15 tuổi của từng kỳ ({over.vi}; nguồn {who})"]
        en = [*en, f"calibrated to each wave's totals of residents aged 15 or over ({over.en}; source {who})"]
        if gone:
            vi, en = [*vi, f"{gone} nhóm mục ít người đã gộp ở mọi kỳ"], [*en, f"{gone} groups of small categories merged"]
    if cut := sum(made.cut):
        vi, en = [*vi, f"{cut} quyền số quá lớn đã cắt rồi hiệu chỉnh lại"], [*en, f"{cut} large weights trimmed"]
    return Label(f"{'; '.join(vi)}.", f"{'; '.join(en)}.")


def _named(column: str, names: Mapping[str, Label]) -> Label:
    """A column in words: its domain's name, or the stratum of a year."""
    base, _, year = column.rpartition("_")
    if column not in names and year.isdigit():
        inner = names.get(base, Label("tầng", "stratum") if base == "stratum" else Label(base, base))
        return Label(f"{inner.vi.lower()} (phân loại {year})", f"{inner.en.lower()} ({year} classification)")
    found = names.get(column, Label(column, column))
    return Label(found.vi.lower(), found.en.lower())


def findings(made: Weighed) -> tuple[Finding, ...]:
    """What a person should look at: no calibration, merged categories and classes, households without a form, large weights."""
    found = [] if made.targets else [_finding("not_calibrated", "yellow", w, "weights", "margins.csv", "0") for w in made.waves]
    found += [
        _finding("weight_over", "yellow", e.wave, "weights", "0", e.note.split(" ")[0])
        for e in made.log if e.step == STEPS[-1] and e.note
    ]  # fmt: skip
    found += [
        _finding("merged_category", "info", m.waves[0], m.name, "", str(min(map(min, m.respondents))))
        for one in made.margins for m in one.merges
    ]  # fmt: skip
    found += [_finding("no_form", "yellow", w, "result", f"≤ {SILENT:.0%}", got) for w, got in _silent(made)]
    log = made.classes.log if made.classes else ()
    found += [_finding("merged_class", "info", step.wave, step.name, "", str(step.interviewed)) for step in log]
    return tuple(sorted(found, key=lambda f: f.id))


def _silent(made: Weighed) -> list[tuple[int, str]]:
    """Waves in which too many main households left no form at all, with how many of how many."""
    if "result" not in made.households.columns:
        return []
    main = made.households[made.households["status"] == "main"]
    gone = (main["result"] == NO_FORM).groupby(main["wave"]).agg(["sum", "size"])
    return [(int(str(w)), f"{r['sum']}/{r['size']}") for w, r in gone.iterrows() if r["sum"] > SILENT * r["size"]]


def _finding(check: str, severity: Literal["yellow", "info"], wave: int, question: str, expected: str, got: str) -> Finding:
    return Finding(check, severity, wave, "", "", "", question, expected, got, _DO[check])


def _two(text: str) -> Mapping[str, str]:
    vi, _, en = text.partition(" | ")
    return {"vi": vi, "en": en}


def _vi(number: float) -> str:
    return f"{number:.2f}".replace(".", ",")
