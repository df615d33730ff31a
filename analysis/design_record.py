"""The design that travels with the microdata: what was drawn and how the weights were made, as plain JSON and back again.

Imports design, weighting (merging, weighed) and results of neither; pandas.  Sees ids of hamlets and codes of margins, never an
answer.  The record lies in the metadata of microdata.parquet, so that nobody can open the people without their design, and a
variance worked out anew is the one of the report: hamlets without an interview, hamlets of certainty, calibration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .design import Controls, Design, Lonely
from .weighting.base import FACTORS
from .weighting.merging import JOINS
from .weighting.targets import CROSS
from .weighting.weighed import BEFORE

if TYPE_CHECKING:
    import pandas as pd

    from .weighting.weighed import Weighed

SCHEMA = "design/1"
KEY = "bdg_design"
FIELDS = frozenset({"schema", "lonely", "df_rule", "sampled", "certain", "controls", "margins", "domains"})
SSU, CERTAINTY = "ssu_wave", "certainty"


def recorded(design: Design, made: Weighed, people: pd.DataFrame, domains: Mapping[str, Any]) -> dict[str, Any]:
    """The design of one run as JSON: names, rules, every sampled hamlet, and how the margins' columns are made.

    people, domains: a domain of the plan may bear the name of a column and have codes of its own (dtts: 1 -> in_area).
    """
    sure = made.people.loc[made.people[CERTAINTY] == 1, ["wave", "psu"]] if design.certainty else made.people.iloc[:0]
    return {
        "schema": SCHEMA,
        "lonely": asdict(design.lonely),
        "df_rule": design.df_rule,
        "sampled": sorted([list(place) for place in design.sampled or ()]),
        "certain": sorted({(int(w), str(p)) for w, p in zip(sure["wave"], sure["psu"], strict=True)}) if len(sure) else [],
        "controls": [asdict(control) for control in design.controls],
        "margins": {f"margin {m.margin}": [[CROSS.join(x) for x in group] for group in m.groups] for m in made.margins},
        "domains": {name: codes for name in sorted(domains) if (codes := _recoded(people.get(name), domains[name]))},
    }


def applied(record: Mapping[str, Any], people: pd.DataFrame) -> tuple[Design, pd.DataFrame]:
    """The design, and the people with the columns that it names beside those of the file.

    KeyError names a margin's column that the microdata do not hold.
    """
    sure = {(int(w), str(p)) for w, p in record["certain"]}
    more: dict[str, Any] = {name: people[name].map(codes) for name, codes in record["domains"].items()}
    more |= {f"margin {m}": _groups(m, groups, people) for m, groups in _named(record["margins"]).items()}
    if record["controls"]:
        more[BEFORE] = _before(people)
    if sure:
        more[CERTAINTY] = [int((int(w), p) in sure) for w, p in zip(people["wave"], people["psu"], strict=True)]
        more[SSU] = [f"{w}/{s}" for w, s in zip(people["wave"], people["ssu"], strict=True)]
    design = Design(
        "stratum", "psu", "weight", "wave", Lonely(**record["lonely"]), record["df_rule"],
        tuple((int(w), str(h), str(p)) for w, h, p in record["sampled"]),
        ssu=SSU if sure else None, certainty=CERTAINTY if sure else None,
        controls=tuple(_control(c) for c in record["controls"]),
    )  # fmt: skip
    return design, people.assign(**more)


def _recoded(column: pd.Series[Any] | None, domain: Any) -> dict[str, str]:
    """Code of the column -> code of the domain; {} when they are the same, or one does not follow from the other."""
    pairs = set() if column is None else {(str(a), b) for a, b in zip(column, domain, strict=True) if b is not None}
    codes = dict(sorted(pairs))
    return {} if len(codes) < len(pairs) or all(a == b for a, b in pairs) else codes


def _named(margins: Mapping[str, list[list[str]]]) -> dict[str, list[list[str]]]:
    return {name.removeprefix("margin "): groups for name, groups in margins.items()}


def _groups(margin: str, groups: list[list[str]], people: pd.DataFrame) -> list[str]:
    """The merged category of everybody, by the name it had in the run."""
    name_of = {category: JOINS.join(group) for group in groups for category in group}
    codes = [people[c].astype(str) for c in margin.split(CROSS)]
    return [name_of[CROSS.join(level)] for level in zip(*codes, strict=True)]


def _before(people: pd.DataFrame) -> pd.Series[float]:
    """The weight that calibration started from: the base weight with every other factor, trimming too."""
    weight = people["w_base"].astype(float)
    for name in FACTORS:
        if name != "f_calibration":
            weight = weight * people[name]
    return weight


def _control(record: Mapping[str, Any]) -> Controls:
    return Controls(
        record["kind"], tuple(record["columns"]), record["base"], record["intercept"],
        tuple(tuple(term) for term in record["terms"]), tuple(record["cluster"]), tuple(record["waves"]), record["by_wave"],
    )  # fmt: skip
