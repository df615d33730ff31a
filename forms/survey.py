"""How a province means to sample, to weigh and to judge what a sample can prove: survey.yaml -> frozen records.

Imports errors, question (Label) and reading.  Facts and assumptions live in
forms/provinces/<code>/survey.yaml, each with its source; what nobody has decided (costs, dates, names) stays null.
Beside it strata.yaml: what a stratum is called.
Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from .errors import refuse
from .question import Label
from .reading import digest, plain, read_yaml

Allocation = Literal["proportional", "neyman", "power", "minimum"]
Method = Literal["systematic", "maximum_entropy"]
Overlap = Literal["keep", "rotate", "refresh"]
Response = Literal["classes", "propensity", "none"]
Calibration = Literal["rake", "linear", "logit", "none"]


@dataclass(frozen=True)
class WaveSize:
    """What one wave takes.  psus: hamlets; households: a hamlet, one person each; reserves: spare households a hamlet."""

    psus: int
    households: int
    reserves: int


@dataclass(frozen=True)
class Selection:
    """How hamlets are chosen.

    stratify: columns of places.csv that make the strata, () = the frame's own column `stratum`.
    least: PSUs in every stratum of every wave; alpha: exponent of power allocation; minimum: {"column=code": PSUs} of a domain.
    overlap: what a later wave does with the hamlets of an earlier one; most: the largest share of them kept (decision 11).
    visits: fruitless visits before a reserve household is released.
    """

    allocation: Allocation
    method: Method
    stratify: tuple[str, ...]
    least: int
    alpha: float
    minimum: Mapping[str, int]
    overlap: Overlap
    most: float
    visits: int


@dataclass(frozen=True)
class Outcome:
    """One outcome whose change is to be proven, and what is assumed of it.  In points (mean) or percent (share).

    sd: of persons; None for a share, where it follows from the baseline.  icc: intraclass correlation within hamlets, with
    the range that is shown.
    """

    id: str
    kind: Literal["mean", "share"]
    label: Label
    baseline: float
    sd: float | None
    icc: float
    icc_range: tuple[float, float]
    source: str


@dataclass(frozen=True)
class Group:
    """A group that may get its own verdict.  share: of all persons; clusters: share of hamlets where it lives."""

    domain: str
    code: str
    label: Label
    share: float
    clusters: float
    source: str


@dataclass(frozen=True)
class Assumptions:
    """What the size of the sample rests on.

    response: share of issued households that end in an interview; weighting: Kish's 1 + cv^2; correlation: of a kept
    hamlet's true means in the two waves; confidence, power: of the report's rule; sides: 1 or 2.
    """

    response: float
    weighting: float
    correlation: float
    confidence: float
    power: float
    sides: Literal[1, 2]
    outcomes: tuple[Outcome, ...]
    groups: tuple[Group, ...]
    source: str


@dataclass(frozen=True)
class Costs:
    """Unit costs in the currency; None: not known.  ratio: cost of one hamlet in interviews, assumed while they are not."""

    cluster: float | None
    interview: float | None
    currency: str
    ratio: float
    source: str


@dataclass(frozen=True)
class BudgetLine:
    """One line of the protocol's budget.  quantity: a number or the name of one (psus, interviews, days); price: None = gap."""

    label: Label
    unit: Label
    quantity: str
    price: float | None


@dataclass(frozen=True)
class Weighing:
    """How the weights are made.  classes: columns that form response classes; margins: columns crossed, one margin each.

    least: respondents of a class or category below which it is merged with a neighbour; most: largest response factor.
    bounds: of the calibration's ratios; trim: a weight above `trim` times the median of its stratum is cut, None = never.
    """

    response: Response
    classes: tuple[str, ...]
    covariates: tuple[str, ...]
    most: float
    calibration: Calibration
    margins: tuple[tuple[str, ...], ...]
    least: int
    bounds: tuple[float, float]
    trim: float | None
    replicates: int


@dataclass(frozen=True)
class Cited:
    """A document that the protocol cites.  read_on: the day on which date and number were read; '' = not read."""

    id: str
    cite: Label
    date: str
    source: str
    read_on: str
    note: Label | None


@dataclass(frozen=True)
class Protocol:
    """What only people decide and the protocol leaves blank until they do; each text may be ''.

    appraisal: what the statistics office said on appraising the protocol.  documents: cited by the protocol beside those of
    plan.yaml; layout: where the order of its sections comes from.
    """

    fieldwork_days: int | None
    teams: int | None
    organiser: str
    budget: tuple[BudgetLine, ...]
    steps: tuple[tuple[Label, str], ...]
    appraisal: str = ""
    documents: tuple[Cited, ...] = ()
    layout: Cited | None = None


@dataclass(frozen=True)
class SurveyPlan:
    """survey.yaml.  waves: year -> size.  digest: of the whole file."""

    waves: Mapping[int, WaveSize]
    selection: Selection
    assumptions: Assumptions
    costs: Costs
    weighing: Weighing
    protocol: Protocol
    digest: str


def load_survey(folder: Path) -> SurveyPlan:
    """survey.yaml of a province.  PLAN-002 a missing file, PLAN-001 names the field that is missing or wrong."""
    if not (folder / "survey.yaml").exists():
        raise refuse("PLAN-002", f"survey.yaml ({folder.name})", province=folder.name)
    try:
        return survey_of(plain(read_yaml(folder / "survey.yaml")))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise refuse("PLAN-001", "survey.yaml", got=error, field=error) from None


@dataclass(frozen=True)
class StratumWords:
    """What reports call strata.  strata: code -> words; parts: column of places.csv -> code -> words."""

    strata: Mapping[str, Label]
    parts: Mapping[str, Mapping[str, Label]]


def load_stratum_words(folder: Path) -> StratumWords:
    """strata.yaml of a province, nothing where it has none: then codes are printed.  PLAN-001 names the field that is wrong."""
    if not (folder / "strata.yaml").exists():
        return StratumWords({}, {})
    try:
        read = plain(read_yaml(folder / "strata.yaml"))
        raw = {} if read is None else read
        parts = {str(column): _named(codes) for column, codes in (raw.get("parts") or {}).items()}
        return StratumWords(_named(raw.get("strata") or {}), parts)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise refuse("PLAN-001", "strata.yaml", got=error, field=error) from None


def _named(codes: Mapping[Any, Any]) -> dict[str, Label]:
    return {str(code): _label(node) for code, node in codes.items()}


def survey_of(raw: Mapping[str, Any]) -> SurveyPlan:
    """The records of survey.yaml's content; KeyError, TypeError or ValueError names the field."""
    return SurveyPlan(
        {int(y): WaveSize(_at_least(w, "psus", 2), _at_least(w, "households", 1), _at_least(w, "reserves", 0))
         for y, w in raw["waves"].items()},
        _selection(raw["selection"]), _assumptions(raw["assumptions"]), _costs(raw["costs"]), _weighing(raw["weights"]),
        _protocol(raw["protocol"]), digest(raw),
    )  # fmt: skip


def _selection(node: Any) -> Selection:
    return Selection(
        _word(node, "allocation", Allocation), _word(node, "method", Method), tuple(node["stratify"]),
        _at_least(node, "least", 2), _share(node, "alpha"), {str(k): int(v) for k, v in (node["minimum"] or {}).items()},
        _word(node, "overlap", Overlap),
        _share(node, "most"), _at_least(node, "visits", 1),
    )  # fmt: skip


def _assumptions(node: Any) -> Assumptions:
    outcomes = tuple(_outcome(o) for o in node["outcomes"])
    groups = tuple(
        Group(g["domain"], str(g["code"]), _label(g["label"]), _share(g, "share"), _share(g, "clusters"), str(g["source"]))
        for g in node["groups"]
    )
    sides = int(node["sides"])
    if sides not in (1, 2):
        raise ValueError(f"sides: {sides} (1 | 2)")
    weighting = float(node["weighting"])
    if weighting < 1:
        raise ValueError(f"weighting: {weighting} (>= 1)")
    return Assumptions(
        _share(node, "response"), weighting, _share(node, "correlation"), _share(node, "confidence"), _share(node, "power"),
        1 if sides == 1 else 2, outcomes, groups, str(node["source"]),
    )  # fmt: skip


def _outcome(node: Any) -> Outcome:
    kind, low, high = _word(node, "kind", Literal["mean", "share"]), *(float(x) for x in node["icc_range"])
    sd = None if node["sd"] is None else float(node["sd"])
    if (
        (kind == "mean") == (sd is None)
        or not 0 <= low <= float(node["icc"]) <= high < 1
        or not 0 < float(node["baseline"]) < 100
    ):
        raise ValueError(f"outcomes: {node['id']}")
    return Outcome(
        node["id"], kind, _label(node["label"]), float(node["baseline"]), sd, float(node["icc"]), (low, high), str(node["source"])
    )


def _costs(node: Any) -> Costs:
    price = {name: None if node[name] is None else float(node[name]) for name in ("cluster", "interview")}
    return Costs(price["cluster"], price["interview"], str(node["currency"]), float(node["ratio"]), str(node["source"]))


def _weighing(node: Any) -> Weighing:
    low, high = (float(x) for x in node["bounds"])
    if not 0 < low < 1 < high:
        raise ValueError(f"bounds: {low}, {high} (0 < low < 1 < high)")
    return Weighing(
        _word(node, "response", Response), tuple(node["classes"]), tuple(node["covariates"]), float(node["most"]),
        _word(node, "calibration", Calibration), tuple(tuple(m) for m in node["margins"]), _at_least(node, "least", 1),
        (low, high), None if node["trim"] is None else float(node["trim"]), _at_least(node, "replicates", 0),
    )  # fmt: skip


def _protocol(node: Any) -> Protocol:
    budget = tuple(
        BudgetLine(_label(b["label"]), _label(b["unit"]), str(b["quantity"]), None if b["price"] is None else float(b["price"]))
        for b in node["budget"]
    )
    steps = tuple((_label(s["label"]), str(s["when"] or "")) for s in node["steps"])
    documents = tuple(_cited(d) for d in node.get("documents", ()))
    layout = _cited(node["layout"]) if node.get("layout") else None
    organiser, appraisal = str(node["organiser"] or ""), str(node.get("appraisal") or "")
    return Protocol(node["fieldwork_days"], node["teams"], organiser, budget, steps, appraisal, documents, layout)


def _cited(node: Any) -> Cited:
    note = _label(node["note"]) if node.get("note") else None
    return Cited(node["id"], _label(node["cite"]), str(node["date"]), str(node["source"]), str(node["read_on"]), note)


def _label(node: Any) -> Label:
    return Label(str(node["vi"]), str(node["en"]))


def _word(node: Any, name: str, words: Any) -> Any:
    allowed: Sequence[str] = get_args(words)
    if node[name] not in allowed:
        raise ValueError(f"{name}: {node[name]} ({' | '.join(allowed)})")
    return node[name]


def _share(node: Any, name: str) -> float:
    value = float(node[name])
    if not 0 <= value <= 1:
        raise ValueError(f"{name}: {value} (0 - 1)")
    return value


def _at_least(node: Any, name: str, low: int) -> int:
    value = int(node[name])
    if value < low:
        raise ValueError(f"{name}: {value} (>= {low})")
    return value
