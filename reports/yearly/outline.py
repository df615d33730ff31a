"""The headings of a yearly report as data: which section stands where, what it is called, what the department writes itself.

Imports yaml and the catalogue of errors.  Knows names of contents, never their numbers: another outline (the ministry's, say)
changes order, headings and prompts without a change of code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from forms.errors import Problem, problem, refuse

HOME = Path(__file__).with_name("outlines")
CONTENTS = (
    "period", "reporting", "dashboard", "targets", "change", "trend", "tasks", "funding", "data_limits", "detail", "silent",
    "method",
)  # fmt: skip
NEEDED = frozenset({"dashboard", "targets", "tasks", "funding", "silent"})
"""Contents that no outline may leave out: a report without them would hide a target, a task or who did not report."""
PLACES = ("plan", "year", "province", "as_of")
"""What a subject or a closing line may name in braces."""
_PART = frozenset({"heading", "content", "prompts"})
_SECTION = _PART | {"parts"}
_TOP = frozenset({"subject", "closing", "source", "sections", "annexes", "targets"})
Label = Mapping[str, str]


@dataclass(frozen=True)
class Part:
    """A heading, what the tool fills in below it, and what people write there."""

    heading: Label
    content: tuple[str, ...]
    prompts: tuple[Label, ...]
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Outline:
    """A report's skeleton.  subject: with {period}; targets: the heading of each target; source: where the outline comes from."""

    subject: Label
    closing: Label
    source: str
    sections: tuple[Part, ...]
    annexes: tuple[Part, ...]
    targets: Mapping[str, Label]

    def contents(self) -> tuple[str, ...]:
        """Every content the outline asks for, in reading order."""
        return tuple(name for part in (*self.sections, *self.annexes) for one in (part, *part.parts) for name in one.content)


def outline(kind: str, path: Path | None = None) -> Outline:
    """The outline of a kind of report: ours, or the file given.

    REP-030 when the file is none (not YAML, a word it does not know, a heading without one of the two languages, a content
    twice); REP-031 when it leaves out what no report may leave out.
    """
    place = path or HOME / f"{kind}.yaml"
    try:
        raw = yaml.safe_load(unicodedata.normalize("NFC", place.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise refuse("REP-030", place.name, expected="YAML", got=type(error).__name__) from None
    problems: list[Problem] = []
    _known(raw, _TOP, place.name, problems)
    if problems:
        raise _all(problems)
    found = Outline(
        _filled(raw.get("subject"), f"{place.name}: subject", problems),
        _filled(raw.get("closing"), f"{place.name}: closing", problems),
        str(raw.get("source") or ""),
        _parts(raw.get("sections"), f"{place.name}: sections", problems),
        _parts(raw.get("annexes"), f"{place.name}: annexes", problems),
        {str(k): _label(v, f"{place.name}: targets/{k}", problems) for k, v in _mapping(raw.get("targets")).items()},
    )
    named = found.contents()
    problems += [
        problem("REP-030", place.name, expected="1", got=f"{n} × {named.count(n)}")
        for n in sorted(set(named))
        if named.count(n) > 1
    ]
    if problems:
        raise _all(problems)
    if lost := sorted(NEEDED - set(named)):
        raise refuse("REP-031", place.name, expected=", ".join(sorted(NEEDED)), got=", ".join(named), part=", ".join(lost))
    return found


def _all(problems: list[Problem]) -> Exception:
    from forms.errors import BdgError

    return BdgError(problems)


def _mapping(raw: Any) -> Mapping[Any, Any]:
    return raw if isinstance(raw, Mapping) else {}


def _known(raw: Any, allowed: Collection[str], place: str, problems: list[Problem]) -> bool:
    """Whether it is a mapping of known words only."""
    if not isinstance(raw, Mapping):
        problems.append(problem("REP-030", place, expected=", ".join(sorted(allowed)), got=type(raw).__name__))
        return False
    strange = [str(k) for k in raw if k not in allowed]
    if strange:
        problems.append(problem("REP-030", place, expected=", ".join(sorted(allowed)), got=", ".join(strange)))
    return not strange


def _label(raw: Any, place: str, problems: list[Problem]) -> Label:
    """A text in both languages."""
    if isinstance(raw, Mapping) and all(isinstance(raw.get(c), str) and raw[c].strip() for c in ("vi", "en")):
        return {"vi": str(raw["vi"]).strip(), "en": str(raw["en"]).strip()}
    problems.append(problem("REP-030", place, expected="{vi: …, en: …}", got=_short(raw)))
    return {"vi": "", "en": ""}


def _filled(raw: Any, place: str, problems: list[Problem]) -> Label:
    """A text in both languages with places to fill in, each a known one."""
    found = _label(raw, place, problems)
    known = [f"{{{name}}}" for name in PLACES]
    strange = [text for text in found.values() if set("{}") & set(re.sub("|".join(map(re.escape, known)), "", text))]
    problems += [problem("REP-030", place, expected=", ".join(known), got=_short(text)) for text in strange]
    return found


def _parts(raw: Any, place: str, problems: list[Problem], *, inner: bool = False) -> tuple[Part, ...]:
    if not isinstance(raw, list) or not raw:
        problems.append(problem("REP-030", place, expected="- heading: …", got=_short(raw)))
        return ()
    return tuple(_part(one, f"{place}/{i}", problems, inner=inner) for i, one in enumerate(raw, 1))


def _part(raw: Any, place: str, problems: list[Problem], *, inner: bool) -> Part:
    if not _known(raw, _PART if inner else _SECTION, place, problems):
        return Part({"vi": "", "en": ""}, (), ())
    names = raw.get("content") or []
    if not isinstance(names, list) or any(n not in CONTENTS for n in names):
        problems.append(problem("REP-030", place, expected=", ".join(CONTENTS), got=_short(names)))
        names = []
    prompts = raw.get("prompts") or []
    if not isinstance(prompts, list):
        problems.append(problem("REP-030", place, expected="- {vi: …, en: …}", got=_short(prompts)))
        prompts = []
    return Part(
        _label(raw.get("heading"), f"{place}/heading", problems), tuple(names),
        tuple(_label(p, f"{place}/prompts", problems) for p in prompts),
        _parts(raw["parts"], f"{place}/parts", problems, inner=True) if raw.get("parts") else (),
    )  # fmt: skip


def _short(raw: Any) -> str:
    text = str(raw)
    return text if len(text) <= 60 else text[:57] + "..."
