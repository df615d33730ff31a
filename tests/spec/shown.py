"""A spec that the methods page prints: the table that went in, the call through the door, and what came out of it.

`@shown` marks a test; the test asks by `ask` instead of calling the door itself.  As a test it runs like any other; the
page (tests/house/methods_page.py) runs it again with a list to write the calls into.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from analysis import Design
from forms.errors import BdgError

MARK = "shown"
Spec = TypeVar("Spec", bound=Callable[..., None])


@dataclass(frozen=True, eq=False)
class Call:
    """One question.  subject: a table, or an earlier answer (design is None then).  answer: a record, or the refusal."""

    name: str
    subject: Any
    design: Design | None
    given: Mapping[str, Any]
    defaults: Mapping[str, Any]
    answer: Any


@dataclass(frozen=True)
class Shown:
    """How a spec is printed.  title: '' takes its name; fields: of the rows, besides the usual; given: its parameters."""

    title: str = ""
    fields: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)


_CALLS: ContextVar[list[Call] | None] = ContextVar("calls", default=None)


def shown(title: str = "", *fields: str, **given: Any) -> Callable[[Spec], Spec]:
    """Mark a spec for the page."""

    def mark(spec: Spec) -> Spec:
        setattr(spec, MARK, Shown(title, fields, given))
        return spec

    return mark


def ask(door: Callable[..., Any], data: Any, design: Design, *args: Any, **options: Any) -> Any:
    """door(data, design, ...), written down when the page is being made; a refusal is written down and raised."""
    return _written(door, lambda: door(data, design, *args, **options), data, design, (data, design, *args), options)


def then(answer: Any, method: str, *args: Any, **options: Any) -> Any:
    """answer.method(...) of an earlier answer, written down in the same way."""
    door = getattr(answer, method)
    return _written(door, lambda: door(*args, **options), answer, None, args, options)


def _written(
    door: Callable[..., Any], call: Callable[[], Any], subject: Any, design: Design | None, args: tuple[Any, ...], options: Any
) -> Any:
    calls = _CALLS.get()
    if calls is None:
        return call()
    signature = inspect.signature(door)
    given = {n: v for n, v in signature.bind(*args, **options).arguments.items() if design is None or n not in ("data", "design")}
    defaults = {name: p.default for name, p in signature.parameters.items()}
    try:
        answer = call()
    except BdgError as refusal:
        calls.append(Call(door.__name__, subject, design, given, defaults, refusal))
        raise
    calls.append(Call(door.__name__, subject, design, given, defaults, answer))
    return answer


@contextmanager
def written_down() -> Iterator[list[Call]]:
    """The calls that are made inside."""
    calls: list[Call] = []
    token = _CALLS.set(calls)
    try:
        yield calls
    finally:
        _CALLS.reset(token)
