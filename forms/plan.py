"""What a province's plan says: frozen records without input or output.

Imports question (Label) and condition only.  Facts of policy come from
forms/provinces/<code>/plan.yaml, each with its source; none is typed in code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from .condition import Condition
from .question import Label


@dataclass(frozen=True)
class TargetValue:
    """What a target asks in one year. text: as the plan words it; low/high in the target's unit."""

    low: float
    high: float | None
    clause: str


@dataclass(frozen=True)
class Target:
    """One target of the plan, its wording paraphrased in both languages."""

    id: str
    wording: Label
    unit: str
    direction: Literal["up", "down", "hold"]
    values: Mapping[int, TargetValue]
    population: Label
    source: Literal["survey", "administrative", "both"]
    clause: str


@dataclass(frozen=True)
class SignedTarget:
    """How target II.3 is to be judged: a signed decision, or the draft of one (decision 5)."""

    outcome: str
    reading: Literal["relative", "points"]
    threshold: float
    level: float
    decided_by: str
    document: str
    date: str

    @property
    def signed(self) -> bool:
        """True once document and date are filled in."""
        return bool(self.document and self.date)


@dataclass(frozen=True)
class Wave:
    """One survey round of the plan; a missing field window is an error where a wave is analysed (decision 9)."""

    year: int
    field_start: date | None
    field_end: date | None
    note: Label | None


@dataclass(frozen=True)
class DomainCode:
    """One level of a domain. among: who belongs, over microdata columns; None when `code` is the column's own value."""

    code: str
    label: Label
    among: Condition | None


@dataclass(frozen=True)
class Domain:
    """A breakdown the plan names. needs: a frame column without which the domain is refused."""

    id: str
    label: Label
    codes: tuple[DomainCode, ...]
    clause: str
    needs: str | None
    sensitive: bool


@dataclass(frozen=True)
class AgeBand:
    """A band of single years of age, both ends included (None: open)."""

    code: str
    low: int
    high: int | None
    label: Label


@dataclass(frozen=True)
class Switch:
    """An ambiguity of the plan with the reading taken, printed in the method note (A1-A9)."""

    id: str
    point: Label
    choice: str
    choices: Mapping[str, Label]
    note: Label


@dataclass(frozen=True)
class Document:
    """A legal basis as the report cites it. note: where the plan's own text differs."""

    id: str
    cite: Label
    date: str
    source: str
    read_on: str
    note: Label | None


Basis = Literal["plan", "proposal"]
"""Whose a definition is: the plan's own words, or a proposal until somebody with the power to decide has signed one."""


@dataclass(frozen=True)
class Count:
    """Which answers of a form make an indicator of an administrative target.

    yes, no: conditions as text, `{low}` stands for what the target asks of the year; neither holds: the unit cannot say.
    all_of: ids that must all say yes, instead of conditions.  need: percent asked for, '' = the target's value of the year.
    record: counted by record, not by unit; among, not_among: what a record must be to be counted, or to be left out.
    month: rests on the Action Month, which ends after the annual report is due.
    """

    id: str
    target: str
    form: str
    reading: str
    yes: str
    no: str
    all_of: tuple[str, ...]
    need: str
    record: bool
    among: str
    not_among: str
    noun: Label
    label: Label
    basis: Basis
    note: Label
    month: bool = False


@dataclass(frozen=True)
class Tally:
    """One number that units report.  other: the question that asks the same in another way; women: of these, women ('' none)."""

    question: str
    form: str
    unit: str
    label: Label
    other: str
    women: str


@dataclass(frozen=True)
class Task:
    """One of the plan's tasks.  text: the question under which a unit writes its own words."""

    id: str
    title: Label
    text: str
    lines: tuple[Tally, ...]


@dataclass(frozen=True)
class Strategy:
    """An indicator of the National Strategy: percent by year, and the survey indicator that is proposed to measure it."""

    id: str
    wording: Label
    indicator: str
    values: Mapping[int, float]
    basis: Basis
    source: str
    read_on: str
    note: Label


@dataclass(frozen=True)
class Plan:
    """Everything of one province's plan that the toolkit uses."""

    province: str
    name: Label
    title: Label
    number: str
    date: str
    targets: tuple[Target, ...]
    target_ii3: SignedTarget
    waves: Mapping[int, Wave]
    bands: tuple[AgeBand, ...]
    domains: tuple[Domain, ...]
    switches: tuple[Switch, ...]
    documents: tuple[Document, ...]
    thresholds: tuple[int, ...]
    score_bands: tuple[tuple[int, Label], ...]
    lonely: Mapping[str, str]
    df_rule: Literal["domain", "design"]
    standardise: tuple[str, ...]
    peak: tuple[str, str]
    issuers: Mapping[str, Any]
    digest: str
    counts: tuple[Count, ...] = ()
    tasks: tuple[Task, ...] = ()
    funding: Mapping[str, tuple[Tally, ...]] = field(default_factory=dict)
    strategy: Strategy | None = None
