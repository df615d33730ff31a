"""What a column of an export is: a question, a tick of one, a part of a place, or one of the server's own columns.

Imports raw and the codebook.  Knows names, paths with any separator, and labels in both languages; never looks at a cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from forms.codebook import Codebook, Variable

_MARKS = "/-.:"
_TICK_MARKS = "/-.:_"
_PARTS = {
    "latitude": 0, "longitude": 1, "altitude": 2, "accuracy": 3, "precision": 3,
}  # fmt: skip
_TAGS = re.compile(r"<[^>]*>|\$\{[^}]*\}|[*_#`]")
_SPACE = re.compile(r"\s+")
SYSTEM: Mapping[str, str] = {
    "_uuid": "uuid", "key": "key", "instanceid": "instance", "meta/instanceid": "instance", "meta-instanceid": "instance",
    "meta.instanceid": "instance", "meta:instanceid": "instance", "meta_instanceid": "instance", "meta/rootuuid": "root",
    "meta/deprecatedid": "deprecated", "meta-deprecatedid": "deprecated", "parent_key": "parent", "_submission__uuid": "parent",
    "_parent_index": "parent_index", "_index": "index", "__version__": "version", "formversion": "version",
    "_version_": "version", "_submission_time": "time", "submissiondate": "time", "_validation_status": "review",
    "reviewstate": "review", "edits": "edits", "_status": "", "status": "",
}  # fmt: skip
"""The servers' own columns in small letters -> what they are."""
_OWN = frozenset({"DeviceID", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected"})
"""Central's own columns that never mean a question, though one may be labelled so (deviceid)."""


@dataclass(frozen=True)
class Meant:
    """The columns of a table.  questions: path -> columns, several where versions split it; ticks: path -> (column, code);
    places: path -> columns of latitude, longitude, altitude, accuracy; system: what -> column; labels: by label, not by name;
    unknown: columns that mean nothing here; unclear: columns whose label several questions share, not all of which are there.
    """

    questions: Mapping[str, tuple[int, ...]]
    ticks: Mapping[str, tuple[tuple[int, str], ...]]
    places: Mapping[str, Mapping[int, int]]
    system: Mapping[str, int]
    labels: int = 0
    unknown: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


def told(text: str) -> str:
    """A label as it is compared: no markup, no inserted answers, one space, small letters, NFC."""
    return _SPACE.sub(" ", _TAGS.sub(" ", unicodedata.normalize("NFC", text))).strip(" :*.…").casefold()


@dataclass(frozen=True)
class Names:
    """Every way to write the columns of a form.  paths: written path or name -> variable; labels: label -> variables in order."""

    paths: Mapping[str, Variable]
    labels: Mapping[str, tuple[Variable, ...]] = field(default_factory=dict)


def names(book: Codebook, *, repeat: bool = False) -> Names:
    """Names of a form's variables, in a repeat's table those of repeats first."""
    ways: dict[str, dict[str, Variable]] = defaultdict(dict)
    labels: dict[str, dict[str, Variable]] = defaultdict(dict)
    for v in book.variables:
        if repeat and not v.repeat:
            continue
        for way in _ways(v):
            ways[way][v.path] = v
        for text in {told(v.label.vi), told(v.label.en)} - {""}:
            labels[text][v.path] = v
    exact = {v.path: v for v in book.variables}
    paths = {way: next(iter(found.values())) for way, found in ways.items() if len(found) == 1}
    return Names(paths | exact, {k: tuple(found.values()) for k, found in labels.items()})


def _ways(v: Variable) -> Iterator[str]:
    parts = v.path.split("/")
    for start in range(len(parts)):
        for mark in (*_MARKS, "_"):
            yield mark.join(parts[start:])


def meant(header: Sequence[str], known: Names, same: Mapping[str, str]) -> Meant:
    """What every column means.  same: header -> question that a person said it is."""
    questions: dict[str, list[int]] = defaultdict(list)
    ticks: dict[str, list[tuple[int, str]]] = defaultdict(list)
    places: dict[str, dict[int, int]] = defaultdict(dict)
    system: dict[str, int] = {}
    labelled: dict[str, int] = defaultdict(int)
    by_label, unknown = 0, []
    for i, head in enumerate(header):
        said = known.paths.get(same.get(head, ""))
        if said is None and (what := SYSTEM.get(head.lower())) is not None:
            system.setdefault(what, i)
        if (v := said or known.paths.get(head)) is not None:
            questions[v.path].append(i)
        elif (tick := _tick(head, known)) is not None:
            ticks[tick[0].path].append((i, tick[1]))
        elif (v := _elsewhere(head, known)) is not None:
            questions[v.path].append(i)
        elif (part := _part(head, known)) is not None:
            places[part[0].path][part[1]] = i
        elif head not in _OWN and (found := _labelled(head, known, labelled)) is not None:
            questions[found.path].append(i)
            by_label += 1
        elif head and head.lower() not in SYSTEM:
            unknown.append(head)
    unclear = tuple(k for k, n in labelled.items() if n % len(known.labels[k]))
    return Meant({k: tuple(v) for k, v in questions.items()}, {k: tuple(v) for k, v in ticks.items()}, places, system, by_label,
                 tuple(unknown), unclear)  # fmt: skip


def _elsewhere(head: str, known: Names) -> Variable | None:
    """By its name under a group that is no longer called so."""
    last = re.split(r"[/\-.:]", head)[-1]
    return known.paths.get(last) if last != head and head.lower() not in SYSTEM and not head.startswith("_") else None


def _tick(head: str, known: Names) -> tuple[Variable, str] | None:
    """(select_multiple question, code) of a 0/1 column such as m4/exp_channels/tv, exp_channels.tv or Question/Choice."""
    for cut in range(len(head) - 1, 0, -1):
        if head[cut] not in _TICK_MARKS:
            continue
        front, code = head[:cut], head[cut + 1 :]
        v = known.paths.get(front) or next(iter(_group_free(front, known)), None)
        if v is None or v.type != "codes":
            continue
        if code in v.codes:
            return v, code
        chosen = [c.code for c in v.choices if told(code) in (told(c.label.vi), told(c.label.en))]
        if len(chosen) == 1:
            return v, chosen[0]
    return _label_tick(head, known)


def _label_tick(head: str, known: Names) -> tuple[Variable, str] | None:
    """The same where both are labels, which may hold the separator themselves: question's label first, choice's label last."""
    whole = told(head)
    for label, found in known.labels.items():
        if not label or not whole.startswith(label) or len(found) != 1 or found[0].type != "codes":
            continue
        rest = whole[len(label) :].strip(" ?/.:-_")
        chosen = [c.code for c in found[0].choices if rest in (told(c.label.vi).strip(" ?"), told(c.label.en).strip(" ?"))]
        if len(chosen) == 1:
            return found[0], chosen[0]
    return None


def _group_free(front: str, known: Names) -> tuple[Variable, ...]:
    """By label, alone or behind the labels of its groups."""
    found = known.labels.get(told(front), ())
    parts = front.split("/")
    for start in range(1, len(parts)):
        found = found or known.labels.get(told("/".join(parts[start:])), ())
    return found if len(found) == 1 else ()


def _part(head: str, known: Names) -> tuple[Variable, int] | None:
    """(geopoint, which of its four numbers): m0-gps-Latitude (Central), m0/_gps_latitude (KoBo), _Label_latitude."""
    front, _, part = re.sub(r"[-/:.]", "_", head).rpartition("_")
    if part.lower() not in _PARTS:
        return None
    bare = front.replace("__", "_").strip("_")
    v = known.paths.get(bare) or known.paths.get(bare.rsplit("_", 1)[-1])
    if v is None:
        found = known.labels.get(told(head[: -len(part) - 1].strip("_")), ())
        v = found[0] if len(found) == 1 else None
    return (v, _PARTS[part.lower()]) if v is not None and v.type == "text" else None


def _labelled(head: str, known: Names, seen: dict[str, int]) -> Variable | None:
    """By label; of several questions with the same label the next in the order of the form."""
    key = told(head)
    found = known.labels.get(key, ())
    if not found:
        parts = head.split("/")
        key, found = next(
            ((k, f) for start in range(1, len(parts)) if (f := known.labels.get(k := told("/".join(parts[start:])), ()))),
            ("", ()),
        )
    if not found:
        return None
    at = seen[key]
    seen[key] += 1
    return found[min(at, len(found) - 1)]


def near(name: str, header: Sequence[str]) -> str:
    """A column that is called almost like a question, '' when there is none."""
    bare = {re.split(r"[/\-.:]", h)[-1].lower(): h for h in header}
    digits = re.sub(r"(?<=\D)0+(?=\d)", "", name.lower())
    if digits in bare:
        return bare[digits]
    close = get_close_matches(name.lower(), list(bare), n=1, cutoff=0.75)
    return bare[close[0]] if close else ""
