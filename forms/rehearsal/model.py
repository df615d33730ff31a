"""How the invented respondents of a form answer: models/<form>.yaml as records, and what is therefore true of their answers.

Imports the records of this room and reading.  No figure of a model says anything about a real place or person.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, Literal

from ..codebook import Codebook, Variable
from ..condition import Condition, parse
from ..errors import BdgError, Problem, problem
from ..nodes import label
from ..question import HIDDEN, Label, Questionnaire
from ..reading import LINE, line, plain, read_yaml

MODELS = Path(__file__).with_name("models")
Kind = Literal["share", "each", "number", "days", "texts", "at_most", "wave"]
_KINDS: Sequence[Kind] = ("share", "each", "number", "days", "texts", "at_most", "wave")


@dataclass(frozen=True)
class Rule:
    """How one question is answered.

    share: one code by weights; each: every code ticked on its own with its probability; number: bands «low-high» by weights,
    even inside a band; days: from the day of the interview; texts: one of them, «{n}» the number of the record; at_most: from 0
    to the answer of `of`; wave: the wave itself.
    """

    kind: Kind
    weights: Mapping[str, float] = field(default_factory=dict)
    span: tuple[int, int] = (0, 0)
    texts: tuple[str, ...] = ()
    of: str = ""


@dataclass(frozen=True)
class Gate:
    """A kind of path through a form: the first gate whose condition holds on the finished answers names the path."""

    name: str
    label: Label
    when: Condition


@dataclass(frozen=True)
class FormModel:
    """The response model of one form. Empty when nobody wrote one: everything by chance.

    no_answer: class of items -> share that says «don't know» and that refuses, where the list has the code; classes: question ->
    its class (`plain` otherwise).  level: of the latent awareness behind scored items, by wave.
    one_each: the question answered from a list file of which every row reports once, `rows`: which rows of the file (column ->
    value).  gates: the paths.
    unreachable: «question», «question=code» or «question!part» -> why a rehearsal cannot meet it.
    """

    rules: Mapping[str, Rule] = field(default_factory=dict)
    no_answer: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    level: Mapping[str, float] = field(default_factory=dict)
    one_each: str = ""
    rows: Mapping[str, str] = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()
    unreachable: Mapping[str, Label] = field(default_factory=dict)

    def rates(self, variable: Variable) -> tuple[tuple[str, float], ...]:
        """The no-answer codes of a variable with their shares."""
        dont_know, refused = self.no_answer.get(self.classes.get(variable.name, "plain"), (0.0, 0.0))
        share = {"dont_know": dont_know, "refused": refused}
        return tuple((c.code, share[c.why]) for c in variable.choices if c.why)


def read_form_model(form_id: str, folder: Path = MODELS) -> FormModel:
    """The model of a form by its id (bdg_household -> household.yaml). BdgError when it cannot be read."""
    path = folder / f"{form_id.removeprefix('bdg_')}.yaml"
    if not path.exists():
        return FormModel()
    node = read_yaml(path)
    problems: list[Problem] = []
    found = FormModel(
        {str(k): _rule(v, f"{path.name}:{line(v)} ({k})", problems) for k, v in _items(node, "answers")},
        {str(k): (float(v["dont_know"]), float(v["refused"])) for k, v in _items(node, "no_answer")},
        {str(k): str(v) for k, v in _items(node, "classes")},
        {str(k): float(v) for k, v in _items(node, "level")},
        str(node.get("one_each", "")),
        {str(k): str(v) for k, v in _items(node, "rows")},
        tuple(Gate(str(k), label(v), parse(str(v["when"]))) for k, v in _items(node, "paths")),
        {str(k): label(v) for k, v in _items(node, "unreachable")},
    )
    if problems:
        raise BdgError(problems)
    return found


def _items(node: Any, name: str) -> Iterator[tuple[Any, Any]]:
    yield from ((k, v) for k, v in (node.get(name) or {}).items() if k != LINE)


def _rule(node: Any, place: str, problems: list[Problem]) -> Rule:
    said = plain(node) if isinstance(node, dict) else {}
    kinds = [k for k in _KINDS if k in said]
    if len(kinds) != 1 or len(said) != 1:
        problems.append(problem("FORM-100", place, expected=" | ".join(_KINDS), got=", ".join(map(str, said)) or node))
        return Rule("texts")
    kind, value = kinds[0], said[kinds[0]]
    if kind in ("share", "each", "number"):
        return Rule(kind, {str(k): float(w) for k, w in value.items()})
    if kind == "days":
        return Rule(kind, span=(int(value[0]), int(value[1])))
    return Rule(kind, texts=tuple(map(str, value))) if kind == "texts" else Rule(kind, of=str(value))


def check_model(model: FormModel, form: Questionnaire, name: str) -> None:
    """FORM-100 for every question or code of a model that the form, all its switches on, does not have."""
    known = {q.name: q for _, q in form.questions()}
    named = (*model.rules, *model.classes, *filter(None, (model.one_each,)))
    problems = [problem("FORM-100", f"{name} ({q})", expected=", ".join(known), got=q) for q in named if q not in known]
    for question, rule in model.rules.items():
        codes = {c.code for c in form.choices(known[question])} if question in known else set()
        lost = sorted(set(rule.weights) - codes) if rule.kind in ("share", "each") and codes else []
        if lost:
            problems.append(problem("FORM-100", f"{name} ({question})", expected=", ".join(sorted(codes)), got=", ".join(lost)))
    if problems:
        raise BdgError(problems)


@dataclass(frozen=True)
class Moment:
    """What an answer may depend on besides the person: the wave, the day, the number of the record, slips of the pen."""

    wave: int
    day: date
    number: int = 0
    slip: float = 0.0


@dataclass(frozen=True)
class Habit:
    """How one variable is answered, looked up once: its rule, the shares of its no-answers, its real answers."""

    variable: Variable
    rule: Rule | None
    rates: tuple[tuple[str, float], ...]
    real: tuple[str, ...]
    kinds: tuple[str, ...]
    codes: tuple[str, ...] = ()
    steps: tuple[float, ...] = ()


def habit(model: FormModel, variable: Variable) -> Habit:
    """The habit behind a variable."""
    rule = model.rules.get(variable.name)
    real = tuple(c.code for c in variable.choices if c.why is None)
    kinds = tuple(c.code for c in variable.choices if c.why)
    weights = rule.weights if rule else {}
    rates = tuple((code, share) for code, share in model.rates(variable) if share)
    return Habit(variable, rule, rates, real, kinds, tuple(weights), tuple(accumulate(weights.values())))


def answer(of: Habit, rng: Random, now: Moment, given: Mapping[str, Sequence[str]]) -> list[str]:
    """What is tried at a question, the accepted answer last; [] when the model has nothing to say."""
    for code, share in of.rates:
        if rng.random() < share:
            return [code]
    if of.rule is None:
        return by_chance(rng, of, now)
    if of.rule.kind == "each":
        return _ticked(rng, of.variable, of.rule, now.slip)
    text = _told(rng, of, of.rule, now, given)
    return [text] if text else []


def _told(rng: Random, of: Habit, rule: Rule, now: Moment, given: Mapping[str, Sequence[str]]) -> str:
    """One answer by a rule of any other kind than `each`."""
    match rule.kind:
        case "share":
            return rng.choices(of.codes, cum_weights=of.steps)[0]
        case "number":
            return str(rng.randint(*_band(rng.choices(of.codes, cum_weights=of.steps)[0])))
        case "days":
            return (now.day + timedelta(days=rng.randint(*rule.span))).isoformat()
        case "texts":
            return rng.choice(rule.texts).replace("{n}", str(now.number))
        case "wave":
            return str(now.wave)
    most = given.get(rule.of, ("",))[-1]
    return str(rng.randint(0, int(most))) if most.isdecimal() else ""


def _band(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high or low)


def _ticked(rng: Random, variable: Variable, rule: Rule, slip: float) -> list[str]:
    """Codes ticked one by one; with none of them the first code of the list that says so (`none`), else the likeliest one."""
    ticked = [c.code for c in variable.choices if rng.random() < rule.weights.get(c.code, 0.0)]
    alone = [c.code for c in variable.choices if c.why or c.code == "none"]
    if not ticked:
        return [nothing(variable, rule)]
    if alone and rng.random() < slip:
        return [" ".join([*ticked, alone[0]]), " ".join(ticked)]
    return [" ".join(ticked)]


def nothing(variable: Variable, rule: Rule) -> str:
    """What a person says to whom no choice applies: `none` where the list has it, else the likeliest choice."""
    return "none" if "none" in variable.codes else max(rule.weights, key=lambda code: rule.weights[code])


def by_chance(rng: Random, of: Habit, now: Moment) -> list[str]:
    """Any real answer; now and then an exclusive choice first ticked with another one; a single tick if several are refused."""
    kind = of.variable.type
    if kind in ("integer", "decimal"):
        return [str(rng.randint(0, 20))]
    if kind == "date":
        return [(now.day - timedelta(days=rng.randint(0, 400))).isoformat()]
    if not of.real:
        return []
    if kind == "code":
        return [rng.choice(of.real)]
    several = [c for c in of.real if c != "none"]
    chosen = rng.sample(several, k=min(len(several), rng.randint(1, 3)))
    ticked = sorted(chosen, key=of.real.index)
    if of.kinds and rng.random() < now.slip:
        return [" ".join([*ticked, of.kinds[0]]), of.kinds[0]]
    return [" ".join(ticked), ticked[-1]]


def shares(model: FormModel, form: Questionnaire, book: Codebook) -> dict[str, dict[str, float]]:
    """What is exactly true of the answers among those asked: question -> code -> share, or `mean` of a number.

    Left out: questions whose answer a constraint may change, that depend on others, or that follow the latent awareness.
    """
    stopped = {q.name for _, q in form.questions() if q.must or q.constraint or q.sum_of or q.type in HIDDEN}
    found: dict[str, dict[str, float]] = {}
    for variable in book.variables:
        if variable.scale or variable.name in stopped or variable.repeat:
            continue
        true = _true(model, variable)
        if true:
            found[variable.name] = {code: round(share, 12) for code, share in sorted(true.items())}
    return found


def _true(model: FormModel, variable: Variable) -> dict[str, float]:
    rule = model.rules.get(variable.name)
    kept = 1.0
    lost: dict[str, float] = {}
    for code, share in model.rates(variable):
        lost[code] = lost.get(code, 0.0) + kept * share
        kept *= 1 - share
    if rule is None:
        real = [c.code for c in variable.choices if c.why is None]
        return {**lost, **{code: kept / len(real) for code in real}} if variable.type == "code" and real else {}
    if rule.kind == "share":
        whole = sum(rule.weights.values())
        return _joined(lost, {code: kept * w / whole for code, w in rule.weights.items()})
    if rule.kind == "each":
        none = math.prod(1 - p for p in rule.weights.values())
        return _joined(lost, {code: kept * p for code, p in rule.weights.items()}, {nothing(variable, rule): kept * none})
    if rule.kind == "number":
        whole = sum(rule.weights.values())
        return {"mean": sum(w / whole * sum(_band(band)) / 2 for band, w in rule.weights.items())}
    return {}


def _joined(*parts: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in parts:
        for code, share in part.items():
            found[code] = found.get(code, 0.0) + share
    return found
