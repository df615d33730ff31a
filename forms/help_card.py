"""The help card: which telephone numbers every respondent is given, who called them, and when a card may be printed.

Imports errors, question (Label) and reading.  Numbers live in forms/provinces/<code>/help_card.yaml, the commune's own in
help_card_local.csv beside it; only people can call a number and write down the day.  Prints nothing (the kit does).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from .errors import BdgError, Problem, problem
from .question import Label
from .reading import known, line, read_yaml, sound

UNVERIFIED: Final = Label("CHƯA XÁC MINH", "NOT VERIFIED")
FILE: Final = "help_card.yaml"
LOCAL: Final = "help_card_local.csv"
LOCAL_COLUMNS: Final = (
    "commune", "id", "name_vi", "name_en", "number", "hours_vi", "hours_en", "free", "scope_vi", "scope_en", "source", "read_on",
    "verified_on", "verified_by",
)  # fmt: skip
_ENTRY = ("id", "name", "number", "hours", "free", "scope", "source", "read_on", "verified_on", "verified_by", "note")
_FREE: Final[Mapping[str, bool | None]] = {"yes": True, "no": False, "": None}


@dataclass(frozen=True)
class HelpEntry:
    """One line of the card.

    number: as printed, '' while nobody knows it.  hours: when somebody answers, None unknown.  free: None unknown.
    scope: whom it helps.  source, read_on: where and when the number was read.  verified_on, verified_by: the day somebody
    called it and the office that did, never a person's name.  note: for those who keep the file; not printed.
    """

    id: str
    name: Label
    number: str
    hours: Label | None
    free: bool | None
    scope: Label
    source: str
    read_on: date | None
    verified_on: date | None
    verified_by: str
    place: str
    note: Label | None = None

    def verified_in(self, month: date) -> bool:
        """Somebody called this number in the calendar month of that day."""
        return self.verified_on is not None and (self.verified_on.year, self.verified_on.month) == (month.year, month.month)


@dataclass(frozen=True)
class HelpCard:
    """What a province prints on its card.  entries: of the whole province, in order; local: commune code -> its own, besides."""

    entries: tuple[HelpEntry, ...]
    local: Mapping[str, tuple[HelpEntry, ...]]

    def of(self, commune: str = "") -> HelpCard:
        """The card of one commune: the province's entries and then its own; without a commune the province's alone."""
        return HelpCard((*self.entries, *self.local.get(commune, ())), {})


@dataclass(frozen=True)
class PrintableCard:
    """A card that may be printed.  entries: each with a number, in order.

    unverified: ids to be marked UNVERIFIED, on practice material only.  left_out: entries without a number, which a practice
    card does not show.
    """

    entries: tuple[HelpEntry, ...]
    unverified: frozenset[str] = frozenset()
    left_out: tuple[HelpEntry, ...] = ()


def load_help_card(folder: Path) -> HelpCard:
    """help_card.yaml of a province's folder, and help_card_local.csv where there is one.

    BdgError with every problem: FORM-002 no file, FORM-006 an unknown attribute, FORM-023 a wrong shape, FORM-062 a number
    that is on the list `never`, or no telephone number at all, FORM-063 facts that do not go together, FORM-064 an id twice.
    """
    node = read_yaml(folder / FILE)
    problems: list[Problem] = []
    entries: list[HelpEntry] = []
    never: dict[str, str] = {}
    with sound(f"{FILE}:1", problems):
        rows = node["entries"]
        known(node, ("entries", "never"), f"{FILE}:1", problems)
        never = {_digits(row["number"]): str(row["why"]["vi"]) for row in node.get("never", ())}
        entries = [entry for row in rows for entry in _entry(row, problems)]
    local = _local(folder / LOCAL, problems)
    problems += _wrong([*entries, *(e for found in local.values() for e in found)], never)
    problems += _twice(entries)
    for found in local.values():
        problems += _twice([*entries, *found])
    if problems:
        raise BdgError(dict.fromkeys(problems))
    return HelpCard(tuple(entries), local)


def printable(card: HelpCard, field_month: date, *, practice: bool) -> PrintableCard:
    """The card as it may be printed for fieldwork in the month of that day (every entry's number called in that month).

    FORM-060 for every empty number, FORM-061 for every number that nobody called in that month.  practice: training material,
    which the kit stamps: an unverified number is marked, an entry without a number is left out, and nothing is refused.
    """
    empty = [entry for entry in card.entries if not entry.number]
    filled = [entry for entry in card.entries if entry.number]
    late = [entry for entry in filled if not entry.verified_in(field_month)]
    if practice:
        return PrintableCard(tuple(filled), frozenset(entry.id for entry in late), tuple(empty))
    month = f"{field_month:%m/%Y}"
    problems = [problem("FORM-060", entry.place, name=entry.name.vi, name_en=entry.name.en) for entry in empty]
    problems += [
        problem("FORM-061", e.place, expected=month, got=e.verified_on or "-", number=e.number, month=month) for e in late
    ]
    if problems or not filled:
        raise BdgError(problems or problem("FORM-060", FILE, name="-", name_en="-"))
    return PrintableCard(tuple(filled))


def _entry(row: Any, problems: list[Problem]) -> Iterator[HelpEntry]:
    place = f"{FILE}:{line(row)} ({row.get('id', '?') if isinstance(row, dict) else '?'})"
    with sound(place, problems):
        known(row, _ENTRY, place, problems)
        if not isinstance(row["number"], str):
            raise TypeError(f'number: {row["number"]!r} ("…")')
        if row["free"] not in (True, False, None):
            raise ValueError(f"free: {row['free']} (true | false | null)")
        yield HelpEntry(
            str(row["id"]), _label(row["name"]), row["number"].strip(), _label(row["hours"]) if row["hours"] else None,
            row["free"], _label(row["scope"]), str(row["source"] or "").strip(), _day(row["read_on"], "read_on"),
            _day(row["verified_on"], "verified_on"), str(row["verified_by"] or "").strip(), place,
            _label(row["note"]) if row.get("note") else None,
        )  # fmt: skip


def _local(path: Path, problems: list[Problem]) -> dict[str, tuple[HelpEntry, ...]]:
    """The communes' own numbers by commune code; a file with its header only holds none."""
    if not path.exists():
        return {}
    reader = csv.DictReader(io.StringIO(unicodedata.normalize("NFC", path.read_text(encoding="utf-8-sig")), newline=""))
    missing = [name for name in LOCAL_COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        problems.append(problem("FORM-023", f"{LOCAL}:1", expected=", ".join(LOCAL_COLUMNS), got=f"- {', '.join(missing)}"))
        return {}
    found: dict[str, tuple[HelpEntry, ...]] = {}
    for row in reader:
        place = f"{LOCAL}:{reader.line_num} ({row['commune']} {row['id']})"
        with sound(place, problems):
            found[row["commune"]] = (*found.get(row["commune"], ()), _local_entry(row, place))
    return found


def _local_entry(row: Mapping[str, str | None], place: str) -> HelpEntry:
    said = {name: (row[name] or "").strip() for name in LOCAL_COLUMNS}
    if not re.fullmatch(r"\d{5}", said["commune"]) or not said["id"]:
        raise ValueError(f"commune, id: {said['commune']}, {said['id']}")
    if said["free"] not in _FREE:
        raise ValueError(f"free: {said['free']} ({' | '.join(_FREE)})")
    name, hours, scope = ({"vi": said[f"{of}_vi"], "en": said[f"{of}_en"]} for of in ("name", "hours", "scope"))
    return HelpEntry(
        said["id"], _label(name), said["number"], _label(hours) if any(hours.values()) else None, _FREE[said["free"]],
        _label(scope), said["source"], _day(said["read_on"], "read_on"), _day(said["verified_on"], "verified_on"),
        said["verified_by"], place,
    )  # fmt: skip


def _label(node: Any) -> Label:
    found = Label(str(node["vi"]).strip(), str(node["en"]).strip())
    if not (found.vi and found.en):
        raise ValueError("vi, en")
    return found


def _day(value: Any, name: str) -> date | None:
    if value in ("", None):
        return None
    if isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, date):
        return value
    raise TypeError(f"{name}: {value} (2026-01-31)")


def _digits(number: Any) -> str:
    return re.sub(r"\D", "", str(number))


def _wrong(entries: Sequence[HelpEntry], never: Mapping[str, str]) -> Iterator[Problem]:
    for e in entries:
        if e.number and not re.fullmatch(r"\d[\d .]{1,14}", e.number):
            why = "không phải số điện thoại / not a telephone number"
            yield problem("FORM-062", e.place, expected="111, 1900 00 00 00", got=e.number, why=why)
        elif _digits(e.number) in never:
            yield problem("FORM-062", e.place, got=e.number, why=never[_digits(e.number)])
        if e.number and not (e.source and e.read_on):
            yield problem("FORM-063", e.place, expected="source, read_on", got=f"{e.source or '-'}, {e.read_on or '-'}")
        if bool(e.verified_on) != bool(e.verified_by) or (e.verified_on and not e.number):
            got = f"{e.number or '-'}, {e.verified_on or '-'}, {e.verified_by or '-'}"
            yield problem("FORM-063", e.place, expected="number, verified_on, verified_by", got=got)
        if e.verified_on and e.read_on and e.verified_on < e.read_on:
            yield problem("FORM-063", e.place, expected=f"verified_on ≥ {e.read_on}", got=e.verified_on)


def _twice(entries: Sequence[HelpEntry]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for entry in entries:
        for key in filter(None, (entry.id, _digits(entry.number))):
            if key in seen and seen[key] != entry.place:
                yield problem("FORM-064", entry.place, got=key, name=key, first=seen[key])
            seen.setdefault(key, entry.place)
