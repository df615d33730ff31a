"""Two versions of a form -> every change, with what it means for the server and for the trend.

Imports snapshot and errors.  Pure: snapshots in, changes out; the classes and words of the rules are data (diff_rules.yaml).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Final, Literal

from .snapshot import Answer, Asked, Snapshot

Kind = Literal["safe", "note", "breaking"]
KINDS: Final[tuple[Kind, ...]] = ("safe", "note", "breaking")
_RULES = Path(__file__).with_name("diff_rules.yaml")
_KEPT = frozenset(
    {"integer", "decimal", "date", "time", "geopoint", "image", "audio", "calculate int", "calculate decimal", "calculate date"}
)
"""Types that a server keeps as such; every other one is text to it."""
_SELECTS = frozenset({"select_one", "select_multiple"})
_UNSAID = frozenset({"scale", "scoring", "key", "private", "mode", "choice_kind"})
"""What an XLSForm cannot say: compared only where both sides do."""
_SAME_MEANING = 0.5
"""Two labels of one code this like or more are taken for rewordings, below for another meaning."""


@dataclass(frozen=True)
class Rule:
    """A kind of change. kind: its class, scored: its class where the question makes a score."""

    id: str
    kind: Kind
    scored: Kind
    vi: str
    en: str


@dataclass(frozen=True)
class Change:
    """One change. question: its name, '' of the form itself; old, new: what stood there."""

    rule: Rule
    kind: Kind
    question: str
    old: str
    new: str

    def line(self) -> str:
        """The change in one line, Vietnamese first."""
        place = self.question or "form.yaml"
        what = f": «{self.old or '-'}» → «{self.new or '-'}»" if self.old or self.new else ""
        return f"{place} [{self.rule.id}] {self.rule.vi} ({self.rule.en}){what}"


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its id, as diff_rules.yaml says."""
    import yaml

    raw = yaml.safe_load(_RULES.read_text(encoding="utf-8"))
    return {name: Rule(name, r["class"], r.get("scored", r["class"]), r["vi"], r["en"]) for name, r in raw.items()}


def changes(old: Snapshot, new: Snapshot) -> tuple[Change, ...]:
    """Every change from old to new, breaking ones first, then in form order."""
    found = [*_form(old, new), *_questions(old, new), *_translations(old, new)]
    if not (old.whole and new.whole):
        known = [c for c in found if c.rule.id not in _UNSAID]
        found = [_change("unsaid"), *(c for c in known if c.rule.id != "same_version" or len(known) > 1)]
    return tuple(sorted(found, key=lambda c: -KINDS.index(c.kind)))


def worst(found: tuple[Change, ...]) -> Kind:
    """The class of the whole: that of its worst change."""
    return max((c.kind for c in found), key=KINDS.index, default="safe")


def _change(rule: str, asked: Asked | None = None, old: str = "", new: str = "", *, scored: bool = False) -> Change:
    found = rules()[rule]
    return Change(found, found.scored if scored else found.kind, asked.name if asked else "", old, new)


def _form(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    if old.form != new.form:
        yield _change("form_id", None, old.form, new.form)
    if old.version != new.version:
        yield _change("version", None, old.version, new.version)
    elif (old.digest, old.title) != (new.digest, new.title):
        yield _change("same_version", None, old.version, new.version)
    for rule in ("mode", "title"):
        if getattr(old, rule) != getattr(new, rule):
            yield _change(rule, None, getattr(old, rule), getattr(new, rule))
    for name in sorted({*old.scales, *new.scales}):
        before, after = old.scales.get(name, ""), new.scales.get(name, "")
        if before != after:
            yield _change("scale", None, f"{name}: {before or '-'}", f"{name}: {after or '-'}")


def _questions(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    before, after = old.named(), new.named()
    gone = [a for a in old.asked if a.name not in after]
    come = [a for a in new.asked if a.name not in before]
    for asked in gone:
        twin = next((c for c in come if asked.vi == c.vi and asked.type == c.type and asked.vi != asked.name), None)
        if twin:
            come.remove(twin)
            yield _change("renamed", twin, asked.name, twin.name)
        else:
            yield _change("removed", asked, asked.vi, scored=bool(asked.scale))
    for asked in come:
        newest = max((a.since for a in old.asked), default=0)
        later = bool(asked.scale) and asked.since > newest
        yield _change("added_later" if later else "added", asked, "", asked.vi, scored=bool(asked.scale))
    for name in (a.name for a in new.asked if a.name in before):
        yield from _question(before[name], after[name])
    yield from _order(old, new)


def _translations(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    """Questions that both versions ask in a further language, but in other words."""
    known = new.named()
    for code in sorted({*old.spoken} & {*new.spoken}):
        before, after = old.spoken[code], new.spoken[code]
        for name in sorted({*before} & {*after} & {*known}):
            if before[name] != after[name]:
                yield _change("translation", known[name], f"{code}: {before[name][:8]}", f"{code}: {after[name][:8]}")


def _order(old: Snapshot, new: Snapshot) -> Iterator[Change]:
    """Questions that stand in another order among those that both versions have."""
    both = {a.name for a in old.asked} & {a.name for a in new.asked}
    was = [a.name for a in old.asked if a.name in both]
    now = [a for a in new.asked if a.name in both]
    kept = {
        was[i] for block in SequenceMatcher(None, was, [a.name for a in now], autojunk=False).get_matching_blocks()
        for i in range(block.a, block.a + block.size)
    }  # fmt: skip
    for asked in now:
        if asked.name not in kept:
            yield _change("order", asked, str(was.index(asked.name) + 1), str(now.index(asked) + 1), scored=bool(asked.scale))


def _question(old: Asked, new: Asked) -> Iterator[Change]:
    """The changes of one question; a declared reason turns what breaks the trend into a note."""
    scored = bool(old.scale or new.scale)
    found = [*_structure(old, new), *_texts(old, new), *_rules_of(old, new), *_choices(old, new)]
    declared = scored and new.changed > old.changed
    for rule, was, now in found:
        one = _change(rule, new, was, now, scored=scored)
        server = rule in ("type_refused", "repeat", "renamed", "choice_recoded", "choice_reused")
        yield _change("declared", new, rule, now) if declared and one.kind == "breaking" and not server else one


_Found = tuple[str, str, str]


def _structure(old: Asked, new: Asked) -> Iterator[_Found]:
    if old.type != new.type:
        yield _type(old.type, new.type), old.type, new.type
    if old.repeat != new.repeat:
        yield "repeat", old.repeat, new.repeat
    elif old.group != new.group:
        yield "group", old.group, new.group


def _type(old: str, new: str) -> str:
    """The rule of a changed type: a server takes any type as text from now on, and refuses every other change."""
    if {old, new} == _SELECTS:
        return "single_multiple"
    return "type_refused" if new in _KEPT else "type"


def _texts(old: Asked, new: Asked) -> Iterator[_Found]:
    for rule, was, now in (("wording", old.vi, new.vi), ("wording_en", old.en, new.en), ("hint", old.hint, new.hint)):
        if was != now:
            yield rule, was, now


def _rules_of(old: Asked, new: Asked) -> Iterator[_Found]:
    pairs = (
        ("relevant", old.relevant, new.relevant), ("constraint", old.constraint, new.constraint),
        ("calculate", old.calculate, new.calculate), ("list_file", old.file, new.file), ("look", old.look, new.look),
        ("key", ", ".join(old.key), ", ".join(new.key)), ("scoring", _scored(old), _scored(new)),
        ("private", str(old.private), str(new.private)),
    )  # fmt: skip
    yield from ((rule, was, now) for rule, was, now in pairs if was != now)
    if old.required != new.required:
        yield ("required" if new.required else "optional"), str(old.required), str(new.required)


def _scored(asked: Asked) -> str:
    return f"{asked.scale}{' (đảo chiều / reversed)' if asked.reverse else ''}" if asked.scale else ""


def _choices(old: Asked, new: Asked) -> Iterator[_Found]:
    was, now = {c.code: c for c in old.choices}, {c.code: c for c in new.choices}
    gone, come = [c for c in old.choices if c.code not in now], [c for c in new.choices if c.code not in was]
    for choice in gone:
        twin = next((c for c in come if c.vi == choice.vi), None)
        if twin:
            come.remove(twin)
            yield "choice_recoded", f"{choice.code} = {choice.vi}", f"{twin.code} = {twin.vi}"
        else:
            yield "choice_removed", f"{choice.code} = {choice.vi}", ""
    yield from (("choice_added", "", f"{c.code} = {c.vi}") for c in come)
    both = [c.code for c in new.choices if c.code in was]
    for code in both:
        yield from _choice(was[code], now[code])
    if both != [c.code for c in old.choices if c.code in now]:
        yield "choice_order", " ".join(was), " ".join(now)


def _choice(old: Answer, new: Answer) -> Iterator[_Found]:
    if old.why != new.why:
        yield "choice_kind", f"{old.code}: {old.why or '-'}", f"{new.code}: {new.why or '-'}"
    if old.vi != new.vi:
        yield "choice_wording" if alike(old.vi, new.vi) else "choice_reused", f"{old.code} = {old.vi}", f"{new.code} = {new.vi}"
    elif old.en != new.en:
        yield "choice_wording_en", f"{old.code} = {old.en}", f"{new.code} = {new.en}"


def alike(old: str, new: str) -> bool:
    """Whether two labels of one code may be rewordings of one meaning: enough of their words are the same."""
    a, b = re.findall(r"\w+", old.lower()), re.findall(r"\w+", new.lower())
    turned = ("không" in a) != ("không" in b)
    return not turned and SequenceMatcher(None, a, b, autojunk=False).ratio() >= _SAME_MEANING


_HEADS: Final[Mapping[Kind, str]] = {
    "breaking": "PHÁ VỠ SO SÁNH HOẶC BỊ TỪ CHỐI / BREAKING",
    "note": "SO ĐƯỢC, CẦN GHI CHÚ / COMPARABLE WITH A NOTE",
    "safe": "AN TOÀN / SAFE",
}


def told(found: tuple[Change, ...]) -> list[str]:
    """The changes for a person, worst first, with a last line that says what that means."""
    lines = []
    for kind in reversed(KINDS):
        of_kind = [c for c in found if c.kind == kind]
        lines += [f"{_HEADS[kind]}: {len(of_kind)}", *(f"  - {c.line()}" for c in of_kind)] if of_kind else []
    return [*lines, _HEADS[worst(found)] if found else "không có thay đổi nào / no change"]
