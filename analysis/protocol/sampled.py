"""The sample as far as it is known when the protocol is written: the strata of the base wave, allocated or drawn.

Imports nothing of this room but results.  Holds counts of places and households: never a household, never a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from forms.survey import SurveyPlan

from ..results import Row, Unit

_PEOPLE = ("interviews", "frame_persons")


@dataclass(frozen=True)
class Stratum:
    """One stratum of the base wave: what the frame holds, and what is or will be drawn.  None: not known.

    hamlets, households, persons: of the frame; psus: hamlets of the sample; main, reserves: households of the sample.
    """

    code: str
    hamlets: int | None = None
    households: int | None = None
    persons: int | None = None
    psus: int | None = None
    main: int | None = None
    reserves: int | None = None


@dataclass(frozen=True)
class Sampled:
    """The sample of the base wave by stratum.

    drawn: False = an allocation only; filled: columns of the frame that are filled (khu_vuc, dtts); digests: of the files read.
    """

    strata: tuple[Stratum, ...] = ()
    drawn: bool = False
    seed: int | None = None
    practice: bool = False
    filled: tuple[str, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)


def counts(survey: SurveyPlan, sampled: Sampled) -> tuple[Row, ...]:
    """Rows of kind count: hamlets, households, reserves and expected interviews of each wave, and of the base by stratum.

    interviews: main households times the assumed response, rounded: an expectation, never people seen.
    method: planned, allocated (by the frame) or drawn.
    """
    found: list[Row] = []
    for year, size in sorted(survey.waves.items()):
        main = size.psus * size.households
        sizes = {"psus": size.psus, "households": main, "reserves": size.psus * size.reserves}
        found += _rows(year, {**sizes, "interviews": expected(survey, main)}, (), "planned")
    base, how = min(survey.waves), "drawn" if sampled.drawn else "allocated"
    for s in sampled.strata:
        domain = (("stratum", s.code),)
        found += _rows(
            base, {"frame_psus": s.hamlets, "frame_households": s.households, "frame_persons": s.persons}, domain, "frame"
        )
        interviews = None if s.main is None else expected(survey, s.main)
        drawn = {"psus": s.psus, "households": s.main, "reserves": s.reserves, "interviews": interviews}
        found += _rows(base, drawn, domain, how)
    return (*found, *_sums([r for r in found if r.domain], len(sampled.strata)))


def _sums(rows: Sequence[Row], strata: int) -> Iterator[Row]:
    """The sum over strata of each count that is known in all of them."""
    for indicator, method in dict.fromkeys((r.indicator, r.method) for r in rows):
        mine = [r for r in rows if (r.indicator, r.method) == (indicator, method)]
        if len(mine) == strata:
            yield replace(mine[0], domain=(), estimate=sum(r.estimate or 0.0 for r in mine))


def expected(survey: SurveyPlan, main: int) -> int:
    """Interviews to be expected in so many main households."""
    return round(main * survey.assumptions.response)


def _rows(wave: int, values: Mapping[str, int | None], domain: tuple[tuple[str, str], ...], method: str) -> list[Row]:
    found = []
    for indicator, value in values.items():
        unit: Unit = "person" if indicator in _PEOPLE else "count"
        if value is not None:
            row = Row("count", indicator, "total", wave, unit, domain=domain, estimate=float(value), level=None, method=method)
            found.append(row)
    return found
