"""What became of hamlets between waves, and the class each of them has in the classification of another year.

Imports frame and sample (records).  Knows no person and no statistics.

A hamlet is classified by the unit it was, or is, on a day of that year: its own row when it stood then; the unit it came
from (backwards along psu_links.csv, each time the link with most households) when it was listed later; the unit it went to
when it was gone before.  One that came from nowhere, or left no successor, keeps the class of its last own row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from .frame import Frame, Hamlet, Link
from .sample import Drawn, hamlets_of, waves_of

BASE_CLASSES = ("area", "khu_vuc", "dtts")
"""Classes that the microdata hold once for both waves, by the first wave's classification."""
CLASSES = ("stratum", *BASE_CLASSES)
"""Classes that the microdata hold by the classification of every wave, in columns <class>_<year>."""


@dataclass(frozen=True)
class Lineage:
    """The links of a frame, to be walked both ways.  after, before: of each id, largest first; retired: id -> day."""

    units: Mapping[str, Hamlet]
    after: Mapping[str, tuple[Link, ...]]
    before: Mapping[str, tuple[Link, ...]]
    retired: Mapping[str, date]

    @staticmethod
    def of(frame: Frame) -> Lineage:
        """The lineage of a frame; links that keep their id are no step."""
        units = frame.by_psu()
        after: dict[str, tuple[Link, ...]] = {}
        before: dict[str, tuple[Link, ...]] = {}
        for k in sorted(frame.links, key=lambda k: (-k.households, k.new_psu, k.old_psu)):
            if k.new_psu != k.old_psu and k.new_psu in units and k.old_psu in units:
                after[k.old_psu] = (*after.get(k.old_psu, ()), k)
                before[k.new_psu] = (*before.get(k.new_psu, ()), k)
        return Lineage(units, after, before, frame.retired())

    def gone(self, psu: str, day: date) -> bool:
        """Whether a link had replaced or dissolved the unit by that day."""
        return psu in self.retired and self.retired[psu] <= day

    def unit_on(self, psu: str, day: date) -> Hamlet:
        """The unit that a hamlet was, came from or went to on a day; its own row where links run in a circle."""
        if self.gone(psu, day):
            return self._walk(psu, lambda p: not self.gone(p, day), lambda p: [k.new_psu for k in self.after.get(p, ())])
        return self._walk(psu, lambda p: self.units[p].as_of <= day, lambda p: [k.old_psu for k in self.before.get(p, ())])

    def _walk(self, psu: str, there: Callable[[str], bool], steps: Callable[[str], Sequence[str]]) -> Hamlet:
        here, seen = psu, {psu}
        while not there(here):
            further = steps(here)
            if not further:
                break
            here = further[0]
            if here in seen:
                return self.units[psu]
            seen.add(here)
        return self.units[here]

    def classified(self, psu: str, column: str, year: int, day: date | None = None) -> str:
        """A hamlet's class in a year's classification: what its own row says of that year, else that of `unit_on`.

        column: stratum, area, khu_vuc, dtts or commune.  day: of that year, by default its last.  KeyError an unknown id.
        """
        own = self.units[psu].extra.get(f"{column}_{year}")
        return own or self.unit_on(psu, day or date(year, 12, 31)).in_year(column, year)


def classified(frame: Frame, psu: str, column: str, year: int, day: date | None = None) -> str:
    """`Lineage.classified` of one hamlet; for many build the lineage once."""
    return Lineage.of(frame).classified(psu, column, year, day)


@dataclass(frozen=True)
class Zones:
    """What places.csv says of communes where frame.csv has nothing: commune -> khu vực, commune -> dtts."""

    khu_vuc: Mapping[str, str] = field(default_factory=dict)
    dtts: Mapping[str, str] = field(default_factory=dict)

    def of(self, column: str, commune: str) -> str:
        """The commune's value of a column, '' when there is none."""
        return {"khu_vuc": self.khu_vuc, "dtts": self.dtts}.get(column, {}).get(commune, "")


def classes(
    frame: Frame, sample: Sequence[Drawn], wave: int, days: Mapping[int, date] | None = None, zones: Zones | None = None
) -> dict[str, dict[str, str | None]]:
    """PSU id as drawn in a wave -> its classes, None where unknown, for every wave of the sample.

    commune, area, khu_vuc, dtts: by the classification of the sample's first wave, the same for all waves.
    stratum_<year>, area_<year>, khu_vuc_<year>, dtts_<year>: by that of each wave.  In the wave itself the hamlet's own row
    counts and the stratum is the one it was drawn in.  days: a day of each wave's fieldwork, by default the year's last.
    """
    line, zone, days = Lineage.of(frame), zones or Zones(), days or {}
    years = waves_of(sample)
    found: dict[str, dict[str, str | None]] = {}
    for psu, drawn in hamlets_of(sample, wave).items():
        row: dict[str, str | None] = {}
        for year in years:
            own = year == wave
            for column in ("commune", *CLASSES):
                named = line.units[psu].in_year(column, year) if own else line.classified(psu, column, year, days.get(year))
                row[f"{column}_{year}"] = named or zone.of(column, row[f"commune_{year}"] or "") or None
            if own:
                row[f"stratum_{year}"] = drawn.stratum
        base = {column: row[f"{column}_{years[0]}"] for column in ("commune", *BASE_CLASSES)}
        found[psu] = base | {name: value for name, value in row.items() if not name.startswith("commune_")}
    return found
