"""What every reader hands over, and how its cells become the one text that a question's answer has in all sources.

Imports the forms door (Codebook, Submission) and forms.errors.  Knows no file format.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from types import MappingProxyType

from forms.codebook import Codebook, Variable
from forms.errors import Problem, problem, refuse
from forms.submission import Answers, Source, Submission

from ..csvtable import shown, stop

Cell = object
_WHOLE = re.compile(r"-?\d+\.0+")
_DECIMAL = re.compile(r"-?\d+\.\d+(?:[eE][-+]?\d+)?")
_INTEGER = re.compile(r"-?\d+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_COMMUNE_DIGITS = 5
_SHORT = 16
_SHARE_OF_FORM = 0.5
# Fields that tie a submission to the form and to its place in the sample; a table without one cannot be analysed at all.
TIES = frozenset({
    "questionnaire_digest", "round_kind", "wave", "commune", "psu", "ssu", "interview_date", "n_eligible", "sex", "age",
    "consent", "result",
})  # fmt: skip
_REVIEW: Mapping[str, str] = {
    "approved": "approved", "validation_status_approved": "approved",
    "rejected": "rejected", "not approved": "rejected", "validation_status_not_approved": "rejected",
    "hasissues": "has_issues", "has issues": "has_issues", "on hold": "has_issues", "validation_status_on_hold": "has_issues",
    "edited": "edited", "received": "received",
}  # fmt: skip


@dataclass(frozen=True)
class Raw:
    """One submission as a reader found it.  answers: path or column -> cell; repeats: repeat path -> rows of cells.

    replaces: the instance id of the submission of which this is the edited version, '' for a first one.  file: where it lay.
    """

    instance_id: str
    root_id: str
    form_id: str
    form_version: str
    received_at: str | None
    review: str | None
    answers: Mapping[str, Cell]
    repeats: Mapping[str, Sequence[Mapping[str, Cell]]] = field(default_factory=dict)
    replaces: str = ""
    file: str = ""


@dataclass(frozen=True)
class File:
    """All that one source held.  columns: paths that the source has at all, None where absence says nothing (XML)."""

    name: str
    source: Source
    rows: tuple[Raw, ...]
    columns: frozenset[str] | None


def plain(cell: Cell) -> str | None:
    """A cell as trimmed NFC text; None when empty.  Whole floats lose their '.0' (Excel), dates become ISO."""
    if isinstance(cell, str):
        return (cell if cell.isascii() else unicodedata.normalize("NFC", cell)).strip() or None
    if cell is None or isinstance(cell, dict | list):
        return None
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(cell, ".12g")
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat()
    return cell.isoformat() if isinstance(cell, date) else unicodedata.normalize("NFC", str(cell)).strip() or None


def answer(variable: Variable, cell: Cell) -> str | None:
    """The one text of an answer: the same for XML text, JSON numbers, CSV cells and Excel floats."""
    text = plain(cell)
    if text is None:
        return None
    if variable.name == "commune":
        text = text.partition(".")[0]
        return text.zfill(_COMMUNE_DIGITS) if text.isdigit() else text
    match variable.type:
        case "codes":
            chosen = dict.fromkeys(text.split())
            text = " ".join([c for c in variable.codes if c in chosen] + sorted(chosen.keys() - set(variable.codes)))
        case "code" | "integer" if _WHOLE.fullmatch(text):
            text = text.partition(".")[0]
        case "calculated" if _DECIMAL.fullmatch(text):
            return plain(float(text))
        case "date":
            text = text[:10]
        case "text" if _MOMENT.match(text):
            text = _utc(text)
        case _:
            pass
    return text


def _utc(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment.tzinfo else text


def bare_uuid(text: str | None) -> str:
    """'uuid:...' whichever way a server writes it; '' when there is none."""
    return "" if not text else text if text.startswith("uuid:") else f"uuid:{text}"


def review_of(cell: Cell) -> str | None:
    """approved, rejected, has_issues, edited, received or None, from Central's or KoBo's word for it."""
    text = plain(cell)
    return None if text is None else _REVIEW.get(text.lower(), text)


def finish(file: File, book: Codebook, digests: Collection[str] = ()) -> tuple[Submission, ...]:
    """The submissions of a file, in instance-id order, after the checks that every source shares.

    digests: further questionnaire digests that count as this form (the lock of an earlier wave).
    An edited submission stands in for the one it replaces, under that one's root id.  Rejected ones are handed on unchecked:
    they are counted, not used.
    BdgError DATA-010 not this form; DATA-011 a scored column absent; DATA-012 another version; DATA-013 an id twice;
    DATA-022 values that are not the form's; DATA-028 a field absent that ties it to the sample.
    """
    check_form(file, book)
    raws = _latest(sorted(file.rows, key=lambda r: (r.instance_id, r.file)))
    rows = tuple(submission(raw, book, file.source) for raw in raws)
    used = [s for s in rows if s.review != "rejected"]
    problems = _twice(file, raws, rows)
    problems += _version(file, used, book, {book.digest, *digests})
    problems += [] if problems else _strange(file.name, used, book)
    stop(problems)
    return rows


def roots_of(raws: Sequence[Raw]) -> dict[str, str]:
    """Instance id -> root id of every edited submission: the first version that the rows name."""
    before = {r.instance_id: r.replaces for r in raws if r.replaces}
    return {i: _root(i, before) for i in before}


def _latest(raws: Sequence[Raw]) -> tuple[Raw, ...]:
    """The submissions that no later version replaces; each with the root id of the first version."""
    before = {r.instance_id: r.replaces for r in raws if r.replaces}
    old = set(before.values()) - {i for i in before if _root(i, before) == i}
    return tuple(replace(r, root_id=_root(r.instance_id, before)) if r.replaces else r for r in raws if r.instance_id not in old)


def _root(instance: str, before: Mapping[str, str]) -> str:
    """The first version; the submission itself where the versions run in a circle."""
    seen, at = {instance}, instance
    while at in before:
        at = before[at]
        if at in seen:
            return instance
        seen.add(at)
    return at


def _twice(file: File, raws: Sequence[Raw], rows: Sequence[Submission]) -> list[Problem]:
    """An id that occurs twice is refused even where both copies are the same: which export is whole cannot be known here."""
    copies: dict[str, list[int]] = {}
    for i, s in enumerate(rows):
        copies.setdefault(s.instance_id, []).append(i)
    twice = {k: at for k, at in copies.items() if len(at) > 1}
    if not twice:
        return []
    same = sum(
        all((rows[i].answers, rows[i].repeats) == (rows[at[0]].answers, rows[at[0]].repeats) for i in at) for at in twice.values()
    )
    named = [f"{k} ({', '.join(f for i in at if (f := raws[i].file))})".replace(" ()", "") for k, at in twice.items()]
    got = f"{shown(named)}; giống hệt / identical: {same}, khác nhau / different: {len(twice) - same}"
    return [problem("DATA-013", file.name, got=got, count=len(twice))]


def check_form(file: File, book: Codebook, near: Mapping[str, str] = MappingProxyType({})) -> None:
    """Whether the rows are this form's, with every column that counts: DATA-010, -011, -028.

    near: question that has no column -> a column that is called almost like it, named in the message.
    """
    ids = sorted({r.form_id for r in file.rows} - {"", book.form_id})
    if ids or not file.rows:
        raise refuse("DATA-010", file.name, expected=book.form_id, got=shown(ids) or "0 phiếu / submissions", form=book.form_id)
    if file.columns is None:
        return
    wanted = [v for v in book.variables if not v.repeat]
    found = sum(v.path in file.columns for v in wanted)
    if found < _SHARE_OF_FORM * len(wanted):
        got = f"{found}/{len(wanted)} câu hỏi / questions"
        raise refuse("DATA-010", file.name, expected=book.form_id, got=got, form=book.form_id)
    absent = [v for v in wanted if v.path not in file.columns]
    if missing := [v.name for v in absent if v.scale]:
        raise refuse("DATA-011", file.name, expected=shown(missing), got=_like(missing, near), count=len(missing))
    if missing := [v.name for v in absent if v.name in TIES]:
        raise refuse("DATA-028", file.name, expected=shown(missing), got=_like(missing, near), count=len(missing))


def _like(missing: Sequence[str], near: Mapping[str, str]) -> str:
    return shown([f"{near[n]} → --column «{near[n]}={n}»?" for n in missing if n in near])


def _version(file: File, rows: Sequence[Submission], book: Codebook, digests: Collection[str]) -> list[Problem]:
    other = [s for s in rows if s.questionnaire_digest not in digests]
    if not other:
        return []
    versions = sorted({f"{s.form_version or '?'} ({s.questionnaire_digest[:12] or 'không có mã / no digest'})" for s in other})
    expected = f"{book.version} ({book.digest[:12]})"
    return [problem("DATA-012", file.name, expected=expected, got=shown(versions), count=len(other))]


def _strange(name: str, rows: Sequence[Submission], book: Codebook) -> list[Problem]:
    found: list[Problem] = []
    for v in book.variables:
        if v.repeat or not (v.codes or v.type == "integer"):
            continue
        known = set(v.codes)
        given = [a for s in rows if (a := s.answers[v.path]) is not None]
        if v.codes:
            bad = sum(not set(a.split() if v.type == "codes" else [a]) <= known for a in given)
        else:
            bad = sum(_INTEGER.fullmatch(a) is None for a in given)
        if bad:
            expected = shown(v.codes) or "số nguyên / a whole number"
            found.append(problem("DATA-022", name, expected=expected, got=bad, question=v.name, count=bad))
    return found


def foreign(name: str, rows: Sequence[Submission], book: Codebook) -> None:
    """DATA-022 when submissions hold values that are not the form's.  Every question that has such, the first ten."""
    stop(_strange(name, rows, book))


def odd(file: File, book: Codebook) -> None:
    """DATA-022 when rows made with this very questionnaire hold values that are not its own."""
    reading = Reading(book)
    rows = [submission(raw, book, file.source, reading) for raw in file.rows]
    foreign(file.name, [s for s in rows if s.questionnaire_digest == book.digest and s.review != "rejected"], book)


class Reading:
    """A form being read: where its answers stand, and cells that came before (most answers are a few codes)."""

    def __init__(self, book: Codebook) -> None:
        self.own = [(v, v.path) for v in book.variables if not v.repeat]
        self.inside: dict[str, list[Variable]] = {}
        for v in book.variables:
            if v.repeat:
                self.inside.setdefault(v.repeat, []).append(v)
        names = {v.name: path for v, path in self.own}
        self.wave, self.digest = names.get("wave", ""), names.get("questionnaire_digest", "")
        self._known: dict[tuple[str, str], str | None] = {}

    def answer(self, variable: Variable, path: str, cell: Cell) -> str | None:
        """`answer`, remembered."""
        if not isinstance(cell, str) or len(cell) > _SHORT:
            return answer(variable, cell)
        key = (path, cell)
        if key not in self._known:
            self._known[key] = answer(variable, cell)
        return self._known[key]


def submission(raw: Raw, book: Codebook, source: Source, reading: Reading | None = None) -> Submission:
    """What a reader found, with every cell as the one text that its question's answer has in all sources.  Checks nothing.

    reading: of the same form, where many submissions are read.
    """
    form, given = reading or Reading(book), raw.answers
    answers = {path: form.answer(v, path, c) if (c := given.get(path)) is not None else None for v, path in form.own}
    wave = answers.get(form.wave) or ""
    return Submission(
        instance_id=raw.instance_id,
        root_id=raw.root_id or raw.instance_id,
        form_id=book.form_id,
        form_version=raw.form_version,
        questionnaire_digest=answers.get(form.digest) or "",
        wave=int(wave) if wave.isdigit() else None,
        source=source,
        received_at=raw.received_at,
        review=raw.review,
        answers=answers,
        repeats={path: _rows(raw.repeats.get(path, ()), variables) for path, variables in form.inside.items()},
    )


def _rows(rows: Iterable[Mapping[str, Cell]], variables: Sequence[Variable]) -> tuple[Answers, ...]:
    found = [{v.path: answer(v, row.get(v.path)) for v in variables} for row in rows]
    return tuple(row for row in found if any(text is not None for text in row.values()))
