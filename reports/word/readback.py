"""An edited report held against its results: which numbers no longer say what their rows say.

Imports analysis.results, numbers, controls, manifest and members.  Reads only; nothing of the file is changed.  A number typed
without its tag cannot be known; the number it replaced is then missing and is told.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from analysis.results import Results, Row
from forms.errors import refuse

from .. import numbers
from . import controls, manifest, members
from .manifest import Manifest
from .members import Held

Kind = Literal["differs", "hidden", "unknown", "broken", "removed", "repeated", "version"]
SAID: Mapping[Kind, tuple[str, str]] = {
    "differs": ("số khác với kết quả", "the number differs from its row"),
    "hidden": ("số không còn được công bố", "the number may no longer be published"),
    "unknown": ("kết quả không có dòng này", "the results hold no such row"),
    "broken": ("thẻ của số bị hỏng", "the number's tag is broken"),
    "removed": ("số đã bị xóa hoặc gõ đè mất thẻ", "the number was deleted, or typed over without its tag"),
    "repeated": ("số được chép thêm", "the number was copied"),
    "version": ("báo cáo không làm từ tệp kết quả này", "the report was not made from these results"),
}
WHY = ("not_asked", "dont_know", "refused", "missing")
_TAG = re.compile(r"([0-9a-f]{12}):(estimate|lower|upper|n|text):([a-z_]*):([0-6])")
_ALIAS = re.compile(r"(.+) \(([0-9a-f]{12})\)")
_NAMES = {said: name for name, said in controls.SAID.items()}


@dataclass(frozen=True)
class Finding:
    """One thing that does not agree.  where: section or table, and sentence or line; says, wanted: '' where there is none."""

    kind: Kind
    where: str
    says: str
    wanted: str
    tag: str


@dataclass(frozen=True)
class Verified:
    """What was read: numbers checked, and what does not agree, in reading order."""

    checked: int
    findings: tuple[Finding, ...]


def verify(content: bytes, results: Results, place: str = "BaoCao.docx") -> Verified:
    """Every tagged number of a Word file against its row.

    Raises BdgError REP-023 when it is no Word file, REP-024 when it holds no number of bdg.
    """
    parts = members.opened(content, place)
    made = manifest.read(parts)
    held = [h for h in members.controls(parts) if _ours(h)]
    if not held and (made is None or not made.tags):
        raise refuse("REP-024", place, expected="w:sdt", got="0")
    known = _Known(results)
    read = [(h, _tags(h, made)) for h in held]
    wrong = [f for h, tags in read if (f := _checked(h, tags, known)) is not None]
    return Verified(len(held), (*_version(made, results), *wrong, *_counted(read, made, known)))


def _ours(held: Held) -> bool:
    return bool(_TAG.fullmatch(held.tag) or _ALIAS.fullmatch(held.alias) or re.match(r"[0-9a-f]{12}:", held.tag))


def _tags(held: Held, made: Manifest | None) -> tuple[str, ...]:
    """The tag of a control; where an editor dropped it (LibreOffice keeps the alias), those that the manifest knows by it."""
    if _TAG.fullmatch(held.tag):
        return (held.tag,)
    alias = _ALIAS.fullmatch(held.alias)
    if held.tag or alias is None or alias[1] not in _NAMES:
        return ()
    start = f"{alias[2]}:{_NAMES[alias[1]]}:"
    return tuple(t for t in (made.tags if made else ()) if t.startswith(start))


class _Known:
    """Rows by key and numbers of the texts by the digest of their path."""

    def __init__(self, results: Results) -> None:
        self.rows: Mapping[str, Row] = {r.key: r for r in results.rows}
        told = (*_leaves(results.texts, "texts"), *_unanswered(results))
        self.texts: Mapping[str, float] = {numbers.text_key(path): value for path, value in told}

    def missing(self, tag: str) -> Literal["unknown", "hidden"] | None:
        """Why there is no such number, None when there may be one."""
        key, name, *_ = tag.split(":")
        row = self.rows.get(key)
        if name == "text":
            return None if key in self.texts else "unknown"
        return "unknown" if row is None else "hidden" if row.publish == "hide" else None

    def value(self, tag: str) -> float | None:
        """The number that a tag names, None where there is none."""
        key, name, *_ = tag.split(":")
        found: float | None = self.texts.get(key) if name == "text" else getattr(self.rows.get(key), name, None)
        return None if self.missing(tag) else found

    def about(self, tag: str) -> str:
        """Which number it is, for a person: indicator, wave and group."""
        row = self.rows.get(tag.partition(":")[0])
        if row is None:
            return ""
        parts = [row.indicator, str(row.wave), *(f"{v}={c}" for v, c in row.domain), row.category]
        return ", ".join(p for p in parts if p)


def _unanswered(results: Results) -> Iterator[tuple[str, float]]:
    """How many did not answer, by reason: `rows/<key>/n_missing/<reason>`; a reason that a row does not name is none."""
    for row in results.rows:
        if row.publish != "hide":
            for reason in {*WHY, *row.n_missing}:
                yield f"rows/{row.key}/n_missing/{reason}", float(row.n_missing.get(reason, 0))


def _leaves(part: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(part, Mapping):
        for name, inside in part.items():
            yield from _leaves(inside, f"{path}/{name}")
    elif isinstance(part, list | tuple):
        for i, inside in enumerate(part):
            yield from _leaves(inside, f"{path}/{i}")
    elif isinstance(part, int | float) and not isinstance(part, bool):
        yield path, float(part)


def written(value: float, tag: str) -> str:
    """A number as a tag says it is written."""
    _, _, unit, decimals = tag.split(":")
    return numbers.number(value, int(decimals)) + numbers.SUFFIX.get(unit, "")


def _plain(text: str) -> str:
    """Spaces and dashes that look alike made alike; the three signs of a minus; NFC."""
    said = re.sub(r"[\u2010-\u2015\u2212]", "-", unicodedata.normalize("NFC", text))
    return re.sub(r"\s+", " ", said.replace("\u00a0", " ").replace("\u202f", " ")).strip()


def _checked(held: Held, tags: tuple[str, ...], known: _Known) -> Finding | None:
    """What is wrong with one number; None when it says what one of its tags says."""
    says = _plain(held.text)
    if not tags or not says:
        return Finding("broken", held.where, says, "", held.tag or held.alias)
    wanted = ""
    for tag in tags:
        why, value = known.missing(tag), known.value(tag)
        if why is not None:
            return Finding(why, held.where, says, "", tag)
        if value is None:
            continue
        wanted = _plain(written(value, tag))
        unsigned = _plain(written(abs(value), tag))
        falling = value < 0 and says == unsigned and _fell(held.where, says)
        if says == wanted or falling or (value == 0 and says == numbers.NONE_OCCURRED):
            return None
    return Finding("differs", held.where, says, wanted or numbers.NO_FIGURE, tags[0])


def _fell(sentence: str, says: str) -> bool:
    """Whether the words right before a number without its minus say that it fell: «giảm 3,2 điểm»."""
    return re.search(rf"giảm[^.;:\d]{{0,40}}{re.escape(says)}", _plain(sentence), re.IGNORECASE) is not None


def _short(tag: str) -> str:
    return ":".join(tag.split(":")[:2])


def _counted(read: list[tuple[Held, tuple[str, ...]]], made: Manifest | None, known: _Known) -> Iterator[Finding]:
    """Numbers that stood in the file when it was made and do not now, or stand in it more often."""
    if made is None:
        return
    there = Counter(_short(tags[0]) for _, tags in read if tags)
    before: Counter[str] = Counter()
    for tag, times in made.tags.items():
        before[_short(tag)] += times
    places: dict[str, list[Held]] = {}
    for held, tags in read:
        places.setdefault(_short(tags[0]) if tags else "", []).append(held)
    for name in sorted(before | there):
        value = known.value(f"{name}::1")
        tag = next((t for t in made.tags if t.startswith(f"{name}:")), f"{name}::1")
        wanted = written(value, tag) if value is not None else ""
        if there[name] < before[name]:
            yield Finding("removed", known.about(tag), f"{there[name]}/{before[name]}", wanted, tag)
        elif there[name] > before[name]:
            where = " | ".join(dict.fromkeys(h.where for h in places[name]))
            yield Finding("repeated", where, f"{there[name]}/{before[name]}", wanted, tag)


def _version(made: Manifest | None, results: Results) -> Iterator[Finding]:
    """Digests that differ: the report was made of other data, another plan, another code."""
    if made is None:
        return
    if made.practice != results.practice:
        said = ("số thật", "số liệu giả lập")
        yield Finding("version", "practice", said[made.practice], said[results.practice], "")
    for name in sorted({*made.digests, *results.digests} if made.digests else ()):
        before, now = made.digests.get(name, "-"), results.digests.get(name, "-")
        if before != now:
            yield Finding("version", name, before[:12], now[:12], "")
