"""Form versions, edits after sending and shared phones: whether a submission is the form in use, as it was first sent.

Imports field, checks, record_rules and rows.  Gives codes of answers only where they are not private; an id of a phone never.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from forms.codebook import Codebook
from forms.ledger import Published

from ..findings import Finding
from . import rows
from .checks import Checked, counted, day_of
from .field import Field, Visit
from .record_rules import finding, limits, local

_VERSION = re.compile(r"[\w.+-]{1,40}", re.ASCII)
_OWN = frozenset({"start", "end", "deviceid", "audit", "questionnaire_digest", "round_kind"})
"""Fields of the phone, not answers: they change with every edit."""


def form_versions(seen: Field) -> Checked:
    """Submissions made with another questionnaire than the one in use, on the day they come in.

    In use is what the round published last, else the form as it stands here.  A number below it is an older form; any other one
    is not of this round.  What was made while an earlier published version was still the one in use is only told.
    """
    last = seen.published[-1] if seen.published else None
    used, digest = (last.version, last.digest) if last else (seen.book.version, seen.book.digest)
    until = _until(seen.published)
    kinds: Counter[tuple[str, bool]] = Counter()
    found = []
    for v in seen.visits:
        other = v.digest != digest if last else v.apart
        kinds[_shown(v.form_version), other] += 1
        if other and counted(v):
            in_time = v.digest in until and v.started is not None and local(v.started) < until[v.digest]
            older = in_time or _older(v.form_version, used)
            check = "earlier_version" if in_time else "old_version" if older else "unknown_version"
            found.append(finding(seen, v, check, "info" if in_time else "red", expected=_shown(used), got=_shown(v.form_version)))
    table: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (version, apart), n in kinds.items():
        table[version][apart] += n
    numbers = tuple(
        rows.count(seen.round.wave, rows.VERSION, version, sum(n), n=sum(n), state=rows.OUTSIDE if n[True] else "")
        for version, n in sorted(table.items())
    )
    return Checked(tuple(found), numbers)


def _until(published: Sequence[Published]) -> dict[str, datetime]:
    """Digest -> until when a version may be used: the next one's publication, and the time that phones need to fetch it."""
    grace = timedelta(hours=limits("versions")["fetch_hours"])
    found: dict[str, datetime] = {}
    for one, after in pairwise(published):
        found[one.digest] = local(datetime.fromisoformat(after.time)) + grace
    return found


def _shown(version: str) -> str:
    """A version as it may be shown: it comes from the submission, so anything could stand there."""
    return version if _VERSION.fullmatch(version) else "?"


def _number(version: str) -> str:
    """2026112302-central+gps -> 2026112302."""
    return re.split(r"[-+]", version, maxsplit=1)[0]


def _older(version: str, used: str) -> bool:
    one, other = _number(version), _number(used)
    return one.isdigit() and other.isdigit() and int(one) < int(other)


# ---- edits ---------------------------------------------------------------------------------------------------------


def edits(seen: Field) -> Checked:
    """Answers that were changed after sending.  Nobody's reason is known here: a decision about the value closes a finding.

    Red where an answer differs from the one first sent; a change back leaves nothing to explain.
    """
    found: list[Finding] = []
    some = content = 0
    for v in seen.visits:
        first = seen.first.get(v.root_id)
        some += v.edits > 0 or first is not None
        if not counted(v):
            continue
        if first is None:
            found += [finding(seen, v, "edited_unseen", "yellow", expected="0", got=str(v.edits))] if v.edits else []
            continue
        told = list(_changed(seen, v, first))
        content += bool(told)
        found += told
    wave = seen.round.wave
    return Checked(
        tuple(found), (rows.count(wave, rows.EDITED, rows.ANY, some), rows.count(wave, rows.EDITED, rows.CONTENT, content))
    )


def _changed(seen: Field, v: Visit, first: Mapping[str, str | None]) -> Iterator[Finding]:
    names = [q for q in _answers(seen.book) if v.answers.get(q) != first.get(q)]
    if len(names) > limits("edits")["listed"]:
        yield finding(seen, v, "edited_content", "red", expected="0", got=str(len(names)))
        return
    for name in names:
        q = seen.book[name]
        told = q.type in ("code", "codes", "integer", "decimal") and not q.private
        before, after = (first.get(name) or "-", v.answers.get(name) or "-") if told else ("*", "* ≠")
        yield finding(seen, v, "edited_content", "red", question=name, expected=before, got=after)


def _answers(book: Codebook) -> tuple[str, ...]:
    return tuple(q.name for q in book.variables if q.type != "calculated" and not q.repeat and q.name not in _OWN)


# ---- phones --------------------------------------------------------------------------------------------------------


def shared_devices(seen: Field) -> Checked:
    """Two enumerators on one phone in one day.  The phone's id stays where it is sealed; what is told is how many shared it.

    Nothing is said where the ids tell no phones apart: one and the same for everybody, or none.
    """
    used: dict[tuple[str, object], list[Visit]] = defaultdict(list)
    people: dict[str, set[str]] = defaultdict(set)
    for v in seen.visits:
        device, day = v.answers.get("deviceid"), day_of(v)
        if device and day and v.enumerator:
            used[device, day].append(v)
            people[device].add(v.enumerator)
    everybody = {v.enumerator for v in seen.visits if v.enumerator}
    if not people or (len(everybody) > 1 and any(len(p) == len(everybody) for p in people.values())):
        return Checked()
    shared = [group for group in used.values() if len({v.enumerator for v in group}) > 1]
    found = [_one(seen, group, who) for group in shared for who in sorted({v.enumerator for v in group})]
    kept = {f.id: f for f in found}
    total = sum(len(group) for group in shared)
    return Checked(tuple(kept.values()), (rows.count(seen.round.wave, rows.DUPLICATE, rows.SAME_DEVICE, total),))


def _one(seen: Field, group: list[Visit], who: str) -> Finding:
    others = sorted({v.enumerator for v in group} - {who})
    return finding(
        seen, None, "shared_device", "yellow", enumerator=who, expected="1", got=f"{1 + len(others)}: {', '.join(others)}"
    )
