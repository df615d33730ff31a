"""What a province's plan counts from the reports of its units: definitions, tasks and funding of plan.yaml -> records.

Imports the plan's records, condition and question.  Knows no form: whether a question exists is seen where it is counted.
"""

from __future__ import annotations

from typing import Any

from .condition import parse
from .plan import Basis, Count, Strategy, Tally, Task
from .question import Label

_SOME_LOW = "1"


def counting(raw: dict[str, Any]) -> dict[str, Any]:
    """The fields counts, tasks, funding and strategy of a plan; all may be absent.  ConditionError, KeyError, ValueError."""
    return {
        "counts": tuple(_count(n) for n in raw.get("counts", ())),
        "tasks": tuple(_task(n) for n in raw.get("tasks", ())),
        "funding": {str(k): tuple(_tally(n) for n in lines) for k, lines in raw.get("funding", {}).items()},
        "strategy": _strategy(raw["strategy"]) if raw.get("strategy") else None,
    }


def _label(node: Any) -> Label:
    return Label(str(node["vi"]), str(node["en"]))


def _basis(node: Any) -> Basis:
    said = str(node["basis"])
    if said == "plan":
        return "plan"
    if said == "proposal":
        return "proposal"
    raise ValueError(f"basis: {said} (plan | proposal)")


def _count(node: Any) -> Count:
    texts = {name: str(node.get(name, "")) for name in ("yes", "no", "among", "not_among")}
    for text in texts.values():
        if text:
            parse(text.replace("{low}", _SOME_LOW))
    together = tuple(str(i) for i in node.get("all_of", ()))
    if bool(together) == bool(texts["yes"] and texts["no"]):
        raise ValueError(f"counts.{node['id']}: yes + no | all_of")
    record = str(node.get("counted", "unit")) == "record"
    if record and not (texts["among"] and texts["not_among"]):
        raise ValueError(f"counts.{node['id']}: among + not_among")
    return Count(
        str(node["id"]), str(node["target"]), str(node["form"]), str(node["reading"]), texts["yes"], texts["no"], together,
        str(node["need"]), record, texts["among"], texts["not_among"], _label(node["noun"]), _label(node["label"]),
        _basis(node), _label(node["note"]), bool(node.get("action_month", False)),
    )  # fmt: skip


def _tally(node: Any) -> Tally:
    return Tally(
        str(node["question"]), str(node.get("form", "unit")), str(node["unit"]), _label(node["label"]), str(node.get("or", "")),
        str(node.get("women", "")),
    )  # fmt: skip


def _task(node: Any) -> Task:
    return Task(str(node["id"]), _label(node["title"]), str(node["text"]), tuple(_tally(n) for n in node["lines"]))


def _strategy(node: Any) -> Strategy:
    values = {int(y): float(v) for y, v in node["values"].items()}
    return Strategy(
        str(node["id"]), _label(node["wording"]), str(node["indicator"]), values, _basis(node), str(node["source"]),
        str(node["read_on"]), _label(node["note"]),
    )  # fmt: skip
