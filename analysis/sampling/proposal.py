"""A wave before it is drawn: files, survey.yaml and the record read and checked, strata made, hamlets allocated.

Imports allocation, draw, record, the frame reader, strata and the forms door (places, survey.yaml).  Draws nothing; sees
places only, never a household or a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from forms import Place, load_former, load_places, province_folder
from forms.errors import Problem, refuse
from forms.survey import SurveyPlan, load_survey

from ..csvtable import Row, read_table, stop
from .allocation import Asked, allotted
from .draw import WaveDraw, grouped
from .frame import STAMP, Frame, Hamlet, read_frame
from .record import Record, WaveRecord, frame_digest, read_record
from .sample import RoundKind
from .strata import stratified


@dataclass(frozen=True)
class Order:
    """What the command was told.  None: as survey.yaml or the record says.  day None: the last change in the frame's files."""

    frame: Path
    wave: int
    seed: int | None = None
    links: Path | None = None
    previous: Path | None = None
    record: Path | None = None
    seal: Path | None = None
    secret_file: Path | None = None
    spreads: Path | None = None
    day: date | None = None
    psus: int | None = None
    households: int | None = None
    reserves: int | None = None
    province: str = "51"


@dataclass(frozen=True)
class Proposal:
    """A wave ready to be drawn: the frame in its strata, the wave's plan and how its counts were found, the record before."""

    frame: Frame
    seed: int
    kind: RoundKind
    wave: WaveRecord
    groups: Mapping[str, tuple[Hamlet, ...]]
    before: Record | None
    province: str

    @property
    def plans(self) -> tuple[WaveDraw, ...]:
        """The plans of all waves, this one last."""
        return (*(self.before.plans if self.before else ()), self.wave.plan)


def proposed(order: Order) -> Proposal:
    """Read, check and allocate; nothing is drawn.

    BdgError as the readers of frame, survey.yaml and record say and as `allotted` does; DATA-020 a wave that survey.yaml has
    not; DATA-048 a record that is missing or does not fit this wave.
    """
    folder = province_folder(order.province)
    places, survey = load_places(folder), load_survey(folder)
    before = read_record(order.record) if order.record else None
    seed = _seed(order, before)
    if order.wave not in survey.waves:
        known = ", ".join(map(str, survey.waves))
        raise refuse("DATA-020", "--wave", expected=known, got=order.wave, wave=order.wave, where="survey.yaml")
    beside = order.frame.with_name("psu_links.csv")
    names, former = {p.code: p.name for p in places}, load_former(folder)
    read = read_frame(order.frame, order.links or (beside if beside.exists() else None), communes=names, former=former)
    columns = {w.plan.wave: tuple(w.stratify) for w in before.waves} if before else {}
    frame = in_strata(read, places, {**columns, order.wave: survey.selection.stratify})
    kind: RoundKind = "practice" if any(STAMP in h.source for h in frame.hamlets) else "real"
    day = order.day or _newest(frame, order.wave)
    if before:
        _follows(before, kind, day, order.province)
    groups = grouped(frame, order.wave, day)
    return Proposal(frame, seed, kind, _planned(order, survey, frame, day, groups), groups, before, order.province)


def _seed(order: Order, before: Record | None) -> int:
    """The seed of the base wave's order, or the recorded one."""
    previous = order.previous.name if order.previous else ""
    if before is None:
        if order.seed is None or order.previous:
            raise refuse("DATA-048", "--record", expected="--seed | --record + --previous", got=previous)
        return order.seed
    last = before.waves[-1].plan.wave
    if order.wave <= last or not previous or order.seed not in (None, before.seed):
        got = f"--wave {order.wave} --previous {previous} --seed {order.seed}"
        raise refuse("DATA-048", "--record", expected=f"> {last}, sample.csv, {before.seed}", got=got)
    return before.seed


def _follows(before: Record, kind: RoundKind, day: date, province: str) -> None:
    """A later wave is of the same kind and province, and its frame is not older."""
    last = before.waves[-1].plan.day
    if before.kind != kind or day < last or before.province != province:
        expected = f"{before.kind}, {before.province}, ≥ {last.isoformat()}"
        raise refuse("DATA-048", "frame.csv, --day, --province", expected=expected, got=f"{kind}, {province}, {day.isoformat()}")


def in_strata(frame: Frame, places: Sequence[Place], columns: Mapping[int, Sequence[str]]) -> Frame:
    """The frame with the strata of every wave in stratum_<wave>, each by the columns of places.csv that its wave was drawn by."""
    named = {wave: stratified(frame, places, c).hamlets for wave, c in columns.items() if c}
    if not named:
        return frame
    hamlets = tuple(
        replace(h, extra={**h.extra, **{f"stratum_{wave}": rows[i].stratum_in(wave) for wave, rows in named.items()}})
        for i, h in enumerate(frame.hamlets)
    )
    return replace(frame, hamlets=hamlets)


def _newest(frame: Frame, wave: int) -> date:
    """The day of the last change in the frame's files up to the end of the wave's year: no clock decides what is drawn."""
    end = date(wave, 12, 31)
    days = [*(h.as_of for h in frame.hamlets), *(k.date for k in frame.links)]
    return max((d for d in days if d <= end), default=end)


def _planned(order: Order, survey: SurveyPlan, frame: Frame, day: date, groups: Mapping[str, Sequence[Hamlet]]) -> WaveRecord:
    size, chosen = survey.waves[order.wave], survey.selection
    spreads = read_spreads(order.spreads) if order.spreads else {}
    minimum = dict(chosen.minimum) if chosen.allocation == "minimum" else {}
    asked = Asked(chosen.allocation, chosen.least, chosen.alpha, spreads, minimum, domain_shares(minimum, groups, order.wave))
    psus = order.psus if order.psus is not None else size.psus
    counts = allotted({g: [h.households for h in units] for g, units in groups.items()}, asked, psus)
    plan = WaveDraw(
        wave=order.wave, day=day, psus=psus,
        households=order.households if order.households is not None else size.households,
        reserves=order.reserves if order.reserves is not None else size.reserves,
        keep=chosen.most, counts=counts, method=chosen.method, overlap=chosen.overlap, anew=True, whole=True,
    )  # fmt: skip
    return WaveRecord(
        plan=plan, allocation=chosen.allocation, least=chosen.least, alpha=chosen.alpha, minimum=minimum, spreads=spreads,
        stratify=chosen.stratify, frame=frame_digest(frame, order.wave, day), survey=survey.digest, table=(),
    )  # fmt: skip


def domain_shares(minimum: Mapping[str, int], groups: Mapping[str, Sequence[Hamlet]], wave: int) -> dict[str, dict[str, float]]:
    """Share of each stratum's households in each domain "column=code"; DATA-043 when no hamlet has that code."""
    found: dict[str, dict[str, float]] = {}
    for name in sorted(minimum):
        column, _, code = name.partition("=")
        inside = {g: sum(h.households for h in units if _class(h, column, wave) == code) for g, units in groups.items()}
        if not any(inside.values()):
            raise refuse("DATA-043", "survey.yaml", expected="<cột / column>=<mã / code>", got=name, domain=name)
        found[name] = {g: n / sum(h.households for h in groups[g]) for g, n in inside.items()}
    return found


def _class(h: Hamlet, column: str, wave: int) -> str:
    """A hamlet's code in a wave, of a column of the contract or one that the file has besides."""
    return h.extra.get(f"{column}_{wave}") or h.extra.get(column) or str(getattr(h, column, ""))


def read_spreads(path: Path) -> dict[str, float]:
    """spreads.csv: stratum -> standard deviation (neyman) or coefficient of variation (power) of the outcome planned for."""
    found: dict[str, float] = {}
    problems: list[Problem] = []
    for line, cells in read_table(path, ("stratum", "spread")):
        row = Row(path.name, line, cells, problems)
        found[row.text("stratum")] = row.number("spread", lambda s: s >= 0, "≥ 0")
    stop(problems)
    return found
