"""The weights of all waves from selection to the last factor: base, household, response, calibration <-> trimming.

Imports numpy, pandas, the forms door's Weighing and this folder; design for the records that the variance needs.  Sees
probabilities, places, who was interviewed and the codes of the margins; never an answer, never a score.
Every factor is a column of its own and their product is the weight; what was merged, cut or left out is in the log.
Sources: Valliant, Dever and Kreuter (2018) Practical Tools for Designing and Weighting Survey Samples, ch. 13-14; Deville and
Saerndal (1992) JASA 87:376; Potter (1990) Proc. ASA SRMS 225.  R: `svydesign` -> `postStratify`/`calibrate` -> `trimWeights`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from forms.errors import BdgError, refuse
from forms.survey import Weighing

from ..design import Controls, Design, Lonely, LonelyRule
from ..tidied import Tidy
from ..units import FloatArray
from . import response
from .base import product, summary, weighted
from .calibrated import Step
from .classes import ResponseClasses
from .cycle import cells_of
from .distances import Distance
from .merging import Merged, merged
from .outcomes import base_weight
from .steps import Chain
from .targets import CROSS, Codes, Level, Targets, asked_margins, check, same_totals
from .weighed import BEFORE, NORM, STEPS, Entry, Progress, Weighed

Kind = Literal["linear", "raking", "logit"]

KINDS: Mapping[str, Kind] = {"rake": "raking", "linear": "linear", "logit": "logit"}
NOT_CALIBRATED = "không có margins.csv: chưa hiệu chỉnh theo dân số, hệ số bằng 1 | no margins.csv: not calibrated, factor 1"
BY_PLAN = "kế hoạch không hiệu chỉnh theo dân số, hệ số bằng 1 | the plan does not calibrate, factor 1"
NO_RESPONSE = "không điều chỉnh theo trả lời, hệ số bằng 1 | no response adjustment, factor 1"
KEPT = "nhóm hiệu chỉnh giữ như khi niêm phong kỳ {wave} | calibration groups as sealed with wave {wave}"
THIN = (
    "{n} nhóm hiệu chỉnh giữ như kỳ {wave} có dưới {least} người ở kỳ khác | "
    "{n} calibration groups of wave {wave} have fewer than {least} people in another wave"
)
STILL_OVER = "{n} quyền số còn cao hơn ngưỡng cắt | {n} weights are still above the trimming limit"


def weigh(
    waves: Sequence[Tidy], people: pd.DataFrame, weighing: Weighing, targets: Targets | None, *, replicates: int = 0,
    seed: int = 1, order: Codes | None = None, lonely: LonelyRule = "certainty", progress: Progress | None = None,
    stands: int | None = None,
) -> Weighed:  # fmt: skip
    """The weights of all waves together.

    people: all waves, with wave, person, stratum, psu, ssu, p_psu, p_household, n_eligible and the columns of the margins.
    targets: margins.csv, None: calibration is left out, factor 1, and the log says so.  order: columns whose codes have an
    order (agegroup), for merging.  replicates: bootstrap replicates of the whole chain; lonely: as Lonely.change.
    stands: a wave whose numbers are sealed: the groups of its margins stand, and the other waves are calibrated to the same.
    BdgError DATA-064 to -068 totals and sample do not fit each other; DATA-069 replicates; STAT-09x response classes.
    """
    say = progress or (lambda _step, _done, _of: None)
    say("quyền số cơ bản", 0, 4)
    data = weighted(people).reset_index(drop=True)
    households = _households(waves, data)
    classes = response.planned(households, weighing)
    say("hiệu chỉnh theo dân số", 1, 4)
    wanted = targets if weighing.calibration != "none" else None
    margins = () if wanted is None else _margins(data, wanted, weighing, order or {}, households, stands)
    columns = {f"margin {m.margin}": _grouped(data, m) for m in margins}
    data = pd.concat([data, pd.DataFrame(columns, index=data.index)], axis=1)
    chain = _chain(data, households, classes, margins, wanted, weighing)
    made = _full(data, chain, margins, wanted, weighing)
    notes = [] if classes else [NO_RESPONSE]
    notes += [] if stands is None or not margins else _kept(margins, stands, weighing.least)
    notes += [] if wanted else [BY_PLAN if weighing.calibration == "none" else NOT_CALIBRATED]
    found = replace(made, classes=classes, margins=margins, targets=wanted, households=households, notes=(*notes, *made.notes))
    if replicates:
        from .chain_replicates import replicated

        say("quyền số lặp", 2, 4)
        found = replicated(found, chain, waves, count=replicates, seed=seed, lonely=lonely, progress=progress)
    say("quyền số", 4, 4)
    return found


def _households(waves: Sequence[Tidy], people: pd.DataFrame) -> pd.DataFrame:
    """All drawn households; where a wave has no table of them (made by hand), its interviews alone."""
    parts = []
    for t in waves:
        here = t.households
        if here.empty:
            kept = people.loc[people["wave"] == t.wave]
            here = kept.assign(status="main", issued=True, disposition="I", certainty=0)
        parts.append(here)
    return pd.concat(parts, ignore_index=True)


def _margins(
    people: pd.DataFrame, targets: Targets, weighing: Weighing, order: Codes, households: pd.DataFrame, stands: int | None
) -> tuple[Merged, ...]:
    """The margins with small categories merged, after the checks of targets.check."""
    waves = sorted({int(w) for w in people["wave"]})
    asked = asked_margins(weighing.margins)
    names = tuple(dict.fromkeys(c for m in asked for c in m.split(CROSS)))
    codes = {c: _codes(c, people, households, order) for c in names if c in people.columns}
    known = [m for m in targets.margins if all(c in people.columns for c in m.split(CROSS))]
    counts = {w: {m: _counted(people.loc[people["wave"] == w], m) for m in known} for w in waves}
    if len(known) < len(targets.margins):
        counts = {w: {m: {} for m in targets.margins} for w in waves}
    check(targets, waves, counts, asked, codes)
    found = []
    for m in targets.margins:
        levels = [r.level for r in targets.rows if r.wave == waves[0] and r.margin == m]
        found.append(merged(m, levels, {w: counts[w][m] for w in waves}, weighing.least, order, stands=stands))
    return tuple(found)


def _kept(margins: Sequence[Merged], stands: int, least: int) -> list[str]:
    """What is said when the groups of a sealed wave stand: how many of them another wave would have merged further."""
    thin = sum(min(map(sum, m.respondents)) < least for one in margins for m in one.merges)
    said = [KEPT.format(wave=stands)]
    return [*said, THIN.format(n=thin, wave=stands, least=least)] if thin else said


def _codes(column: str, people: pd.DataFrame, households: pd.DataFrame, order: Codes) -> tuple[str, ...]:
    """The codes a column may have: those of the plan, or what the people and the drawn households show."""
    if column in order:
        return tuple(order[column])
    seen = set(people[column].dropna().astype(str))
    if column in households.columns:
        seen |= set(households[column].dropna().astype(str))
    return tuple(sorted(seen))


def _counted(people: pd.DataFrame, margin: str) -> dict[Level, int]:
    rows = zip(*(people[c].astype(str) for c in margin.split(CROSS)), strict=True)
    out: dict[Level, int] = {}
    for level in rows:
        out[level] = out.get(level, 0) + 1
    return out


def _grouped(people: pd.DataFrame, merge: Merged) -> list[str]:
    """The merged category of everybody, by name."""
    rows = zip(*(people[c].astype(str) for c in merge.margin.split(CROSS)), strict=True)
    return [merge.names[merge.group_of[level]] for level in rows]


def _chain(
    people: pd.DataFrame, households: pd.DataFrame, classes: ResponseClasses | None, margins: Sequence[Merged],
    targets: Targets | None, weighing: Weighing,
) -> Chain:  # fmt: skip
    row = {(int(w), p): i for i, (w, p) in enumerate(zip(households["wave"], households["person"], strict=True)) if p}
    home = np.array([row[int(w), p] for w, p in zip(people["wave"], people["person"], strict=True)], dtype=np.intp)
    wave = people["wave"].to_numpy(dtype=np.intp)
    cells = {}
    for t in np.unique(wave).tolist() if targets else []:
        here = people.loc[wave == t]
        number = [{name: i for i, name in enumerate(m.names)} for m in margins]
        groups = [np.array([k[v] for v in here[f"margin {m.margin}"]]) for m, k in zip(margins, number, strict=True)]
        totals = [m.totals(targets.table(int(t), m.margin)) for m in margins] if targets else []
        cells[int(t)] = cells_of(groups, totals, [m.near for m in margins])
    return Chain(
        (people["w_base"] * people["f_household"]).to_numpy(dtype=np.float64), home, base_weight(households), wave,
        np.unique(people["stratum"].astype(str), return_inverse=True)[1].astype(np.intp), classes, cells, distance_of(weighing),
        weighing.trim,
    )  # fmt: skip


def distance_of(weighing: Weighing) -> Distance:
    """The distance and the bounds of the plan's calibration."""
    kind = KINDS.get(weighing.calibration, "raking")
    return Distance("raking" if kind == "raking" else "logit" if kind == "logit" else "linear", *weighing.bounds)


def _full(people: pd.DataFrame, chain: Chain, margins: Sequence[Merged], targets: Targets | None, weighing: Weighing) -> Weighed:
    """The full sample: the cycle finds what is cut, `calibrate` makes the weights and what the variance must know."""
    data = people.copy()
    data["f_response"] = chain.response(np.ones((len(chain.base), 1)))[:, 0]
    logged = _logged(data, ("base", "household", "response"))
    data[BEFORE] = product(data)
    first = _calibrated(data, margins, targets, weighing)
    middle = data.assign(f_calibration=first.weight / data[BEFORE])
    logged += _logged(middle, ("calibration",))
    _, made = chain.cycled(np.ones((len(chain.base), 1)))
    cut, over = np.zeros(len(data), dtype=bool), {t: int(c.over[0]) for t, c in made.items()}
    for t, c in made.items():
        at = np.flatnonzero(chain.wave == t)
        data.loc[at, "f_trim"] = c.trim[:, 0]
        cut[at] = c.cut[:, 0]
    last = first
    if cut.any():
        data[BEFORE] = product(data)
        last = _calibrated(data, margins, targets, weighing)
    data["f_calibration"] = last.weight / data[BEFORE]
    data["weight"] = product(data)
    data[NORM] = data["weight"] / data.groupby("wave")["weight"].transform("mean")
    notes = {t: STILL_OVER.format(n=n) for t, n in over.items() if n}
    logged += _logged(data, ("trim",), notes)
    ranked = tuple(sorted(logged, key=lambda e: (e.wave, STEPS.index(e.step))))
    rounds = {t: c.rounds for t, c in made.items()}
    return Weighed(
        data, ranked, last.controls, calibrations=last.steps, rounds=rounds, cut=tuple(cut.tolist()), notes=tuple(notes.values())
    )


@dataclass(frozen=True, eq=False)
class _Result:
    weight: FloatArray
    controls: tuple[Controls, ...] = ()
    steps: tuple[Step, ...] = ()


def _calibrated(people: pd.DataFrame, margins: Sequence[Merged], targets: Targets | None, weighing: Weighing) -> _Result:
    """The weights calibrated from column BEFORE; DATA-068 a total that cannot be met within the bounds."""
    from .calibration import calibrate  # late: it brings the whole of persons and its variance

    if targets is None:
        return _Result(people[BEFORE].to_numpy(dtype=np.float64))
    names = [f"margin {m.margin}" for m in margins]
    design = Design(None, None, BEFORE, "wave", Lonely("certainty", "certainty"), "design")
    waves = sorted({int(w) for w in people["wave"]})
    wanted = {
        w: {n: dict(zip(m.names, m.totals(targets.table(w, m.margin)), strict=True)) for n, m in zip(names, margins, strict=True)}
        for w in waves
    }
    kind = KINDS[weighing.calibration]
    try:
        made = calibrate(people[["wave", BEFORE, *names]], design, wanted, kind=kind, bounds=weighing.bounds, name="weight")
    except BdgError as error:
        if error.problems[0].code != "STAT-075":
            raise
        raise _unmet(error, margins, weighing) from error
    return _Result(made.data["weight"].to_numpy(dtype=np.float64), made.design.controls, made.log)


def _unmet(error: BdgError, margins: Sequence[Merged], weighing: Weighing) -> BdgError:
    """Which total cannot be met, what was reached, and the neighbour to merge its category with."""
    control, reached, total = same_totals(error)
    margin, _, name = control.removeprefix("margin ").partition("=")
    found = next(m for m in margins if m.margin == margin)
    near = found.near[found.names.index(name)]
    low, high = weighing.bounds
    return refuse(
        "DATA-068", f"margins.csv: {error.problems[0].place}", expected=total, got=reached, control=f"{margin}: {name}",
        wave=error.problems[0].place, reached=_round(reached), total=_round(total), bounds=f"[{low:g}; {high:g}]",
        merge=found.names[near[0]] if near else "-",
    )  # fmt: skip


def _round(number: str) -> str:
    return f"{float(number):.0f}" if math.isfinite(float(number)) else number


def _logged(people: pd.DataFrame, steps: Sequence[str], notes: Mapping[int, str] | None = None) -> list[Entry]:
    """The weights after some steps, wave by wave; a later factor that is still 1 changes nothing."""
    upto = {"base": (), "household": ("f_household",), "response": ("f_household", "f_response")}
    out = []
    for step in steps:
        factors = upto.get(step)
        weight = product(people) if factors is None else people[["w_base", *factors]].astype(float).prod(axis=1)
        for wave in sorted({int(w) for w in people["wave"]}):
            made = summary(weight[people["wave"] == wave])
            out.append(Entry(wave, step, **made, note=(notes or {}).get(wave, "")))  # type: ignore[arg-type]  # int n among floats
    return out
