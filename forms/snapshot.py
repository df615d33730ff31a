"""A questionnaire as it stood: plain records that a lock keeps and two of which can be compared.

Imports the records of this room and digests.  Holds texts, codes and XPath only; knows no file of a questionnaire.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .condition import xpath
from .digests import question_digest
from .question import Question, Questionnaire, Section

_DIGEST = re.compile(r"'[0-9a-f]{64}'")
"""The questionnaire's own digest, which a built form carries in the place of {digest}."""


@dataclass(frozen=True)
class Answer:
    """One choice as it stood."""

    code: str
    vi: str
    en: str
    why: str


@dataclass(frozen=True)
class Asked:
    """One question as it stood.

    type: with the type of its value where that is not text («calculate int»).  group: its sections; repeat: path of the repeat it
    lies in, '' outside.  relevant, constraint: its own condition and those around it, as XPath.  key: right answers with their
    validity.  changed: the wave of the newest declared change, 0 without one.
    """

    name: str
    type: str
    group: str
    repeat: str
    vi: str
    en: str
    hint: str
    choices: tuple[Answer, ...]
    file: str
    relevant: str
    constraint: str
    required: bool
    calculate: str
    scale: str
    reverse: bool
    key: tuple[str, ...]
    private: bool
    look: str
    since: int
    changed: int
    digest: str


@dataclass(frozen=True)
class Snapshot:
    """A whole form as it stood. scales: name -> how the score is made, in one line.

    spoken: language -> question -> digest of its translation.  whole: False of an XLSForm, which says nothing of scales, keys,
    kinds of no-answer and who fills it in.
    """

    form: str
    title: str
    version: str
    digest: str
    mode: str
    scales: Mapping[str, str]
    asked: tuple[Asked, ...]
    whole: bool = True
    spoken: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def named(self) -> dict[str, Asked]:
        """The questions by their names."""
        return {a.name: a for a in self.asked}


def snapshot(form: Questionnaire) -> Snapshot:
    """A questionnaire as it stands."""
    scales = {
        s.name: f"{s.kind} [{s.low}; {s.high}] of {', '.join(s.of) or '-'}, from {s.min_answered}" for s in form.scales.values()
    }
    found = tuple(_asked(form, q, path) for path, q in form.questions())
    return Snapshot(form.id, form.title.vi, form.version, form.digest, form.mode, scales, found)


def _asked(form: Questionnaire, q: Question, path: tuple[str, ...]) -> Asked:
    around = tuple(form.around(path))
    conditions = [s.only_if for s in around if s.only_if] + ([q.only_if] if q.only_if else [])
    return Asked(
        name=q.name,
        type=f"{q.type} {q.value_type}" if q.type == "calculate" and q.value_type != "string" else q.type,
        group="/".join(path),
        repeat=_repeat(around),
        vi=q.label.vi,
        en=q.label.en,
        hint=f"{q.hint.vi} | {q.hint.en}" if q.hint else "",
        choices=tuple(Answer(c.code, c.label.vi, c.label.en, c.why or "") for c in form.choices(q)),
        file=f"{q.file or ''} {q.filter or ''}".strip(),
        relevant=" and ".join(f"({xpath(c)})" for c in conditions),
        constraint=_constraint(q),
        required=q.required,
        calculate=_DIGEST.sub("'{digest}'", q.calculate or ""),
        scale=q.score.scale if q.score else "",
        reverse=bool(q.score and q.score.reverse),
        key=_keys(q),
        private=q.private,
        look=" ".join(filter(None, (q.appearance, "random" if q.order == "random" else "", q.parameters))),
        since=q.since,
        changed=max((w for w, why in (q.changed or {}).items() if why), default=0),
        digest=question_digest(form, q, path),
    )


def _repeat(around: tuple[Section, ...]) -> str:
    inside = [i for i, s in enumerate(around) if s.repeat]
    return "/".join(s.name for s in around[: inside[-1] + 1]) if inside else ""


def _constraint(q: Question) -> str:
    parts = [f"{q.range[0]}..{q.range[1]}" if q.range else "", xpath(q.must) if q.must else "", q.constraint or ""]
    parts.append(" + ".join(q.sum_of))
    return "; ".join(filter(None, parts))


def _keys(q: Question) -> tuple[str, ...]:
    keys = q.score.key if q.score else ()
    return tuple(f"{k.value} ({k.valid_from.isoformat()}..{k.valid_to.isoformat() if k.valid_to else ''})" for k in keys)


def as_plain(found: Snapshot) -> dict[str, Any]:
    """A snapshot as JSON can hold it; what is empty is left out."""
    return asdict(found) | {"asked": [_thin(asdict(a)) for a in found.asked]}


def _thin(row: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in row.items() if v not in ("", (), False, 0)}
    if "choices" in kept:
        kept["choices"] = [[c["code"], c["vi"], c["en"], c["why"]] for c in kept["choices"]]
    return kept


def from_plain(raw: Mapping[str, Any]) -> Snapshot:
    """The snapshot that `as_plain` wrote. KeyError, TypeError or ValueError when it is none."""
    asked = tuple(_from_thin(row) for row in raw["asked"])
    scales = {str(k): str(v) for k, v in raw["scales"].items()}
    return Snapshot(
        raw["form"],
        raw["title"],
        raw["version"],
        raw["digest"],
        raw["mode"],
        scales,
        asked,
        raw.get("whole", True),
        raw.get("spoken", {}),
    )


_EMPTY: Mapping[str, Any] = {"str": "", "bool": False, "int": 0, "tuple[Answer, ...]": (), "tuple[str, ...]": ()}


def _from_thin(row: Mapping[str, Any]) -> Asked:
    full = {f.name: row.get(f.name, _EMPTY[str(f.type)]) for f in fields(Asked)}
    full["choices"] = tuple(Answer(*map(str, c)) for c in full["choices"])
    full["key"] = tuple(map(str, full["key"]))
    return Asked(**{"name": row["name"], **full})
