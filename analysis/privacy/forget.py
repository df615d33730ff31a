"""A respondent who asked to be forgotten: found by the code of the last screen, removed wherever the round holds an answer.

Imports the parts of this folder, cleaning.decisions, readers (vault, stored, rounds), tidy (the pseudonym) and the forms doors.
What stays: the line in the ledger without its body, so that the person is counted and never comes back, and the registers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forms import BdgError, Codebook
from forms.errors import refuse
from forms.ledger import Ledger, Round, Stored, open_ledger, read_round, round_key

from ..chained import head, put
from ..cleaning.decisions import blank, read_decisions
from ..readers import vault
from ..readers.raw import submission
from ..readers.rounds import form_of
from ..readers.stored import decode
from ..sampling.sample import read_sample, sample_bytes
from ..tidy import pseudonym
from . import contacts, record, register, restricted
from .codes import code_of, mark_of, read_code
from .runs import rows_without
from .stripped import bare, bears, without

_OWN = ("ledger.sqlite", "round.yaml", "decisions.csv", register.FILE, record.FILE)
_CLOSES = ("delete", "withdraw")


@dataclass(frozen=True)
class Person:
    """Everything that says which lines are a person's.  roots: in the ledger; instances: all versions; households: (psu, ssu).

    pseudonyms: in files of runs.  erased: the ledger has let go of this person already.
    """

    roots: tuple[str, ...]
    instances: tuple[str, ...]
    households: tuple[tuple[str, str], ...]
    pseudonyms: tuple[str, ...]
    erased: bool

    @property
    def marks(self) -> frozenset[str]:
        """What to look for in a file."""
        return frozenset({*map(bare, self.instances), *map(bare, self.roots), *self.pseudonyms})


@dataclass(frozen=True)
class Places:
    """Where a round still holds a person.  versions: bodies in the ledger; files: below the round's folder; raw, sealed: names.

    contacts: lines of the contact sheet; decisions: lines of decisions.csv with values.
    """

    person: Person
    versions: int
    files: tuple[Path, ...]
    raw: tuple[str, ...]
    sealed: tuple[str, ...]
    contacts: int
    decisions: int


def find(home: Path, code: str, household: tuple[str, str] | None = None) -> Places:
    """Where the person of a code is; nothing is changed.

    household: (psu, ssu) to tell people apart whose codes are the same.  DATA-140 no code, DATA-141 nobody of this round,
    DATA-142 more than one.
    """
    of, wanted = read_round(home), read_code(code)
    with open_ledger(of) as ledger:
        person = _person(of, ledger, wanted, household)
        roots = set(person.roots)
        versions = sum(s.root_id in roots and s.body is not None for s in ledger.stored(latest=False))
    sheet = contacts.opened(of) if contacts.NAME in restricted.names(of) else None
    lines = sum(sheet.household(line) in person.households for line in sheet.lines) if sheet else 0
    decided = [d for d in read_decisions(of.decisions) if d.instance_id in person.instances and not d.blank]
    return Places(
        person, versions, tuple(_files(of, person.marks)), tuple(k.sha256 for k in vault.kept(of) if bears(k.body, person.marks)),
        tuple(_sealed(of, person.marks)), lines, len(decided),
    )  # fmt: skip


def _sealed(of: Round, marks: Collection[str]) -> Iterator[str]:
    for name in restricted.names(of):
        if name != contacts.NAME and bears(restricted.opened(of, name), marks):
            yield name


def _files(of: Round, marks: Collection[str]) -> Iterator[Path]:
    """Files that runs left below the round's folder and that hold the person."""
    apart = {of.raw, of.restricted, of.sample.parent}
    for path in sorted(of.home.rglob("*")):
        own = path.name.removesuffix("-wal").removesuffix("-shm") in _OWN and path.parent == of.home
        if own or not path.is_file():
            continue
        if not apart & set(path.parents) and rows_without(path.name, body := path.read_bytes(), marks) != body:
            yield path


def _person(of: Round, ledger: Ledger, code: str, household: tuple[str, str] | None) -> Person:
    rows: dict[str, list[Stored]] = {}
    for s in ledger.stored(latest=False):
        rows.setdefault(s.root_id, []).append(s)
    named = {root for root, some in rows.items() if code in {code_of(root), *(code_of(s.instance_id) for s in some)}}
    answers = _Answers(form_of(of))
    named = named or {root for root, some in rows.items() if any(answers.of(s, "ref_code") == code for s in some)}
    homes = {root: {h for s in rows[root] if all(h := (answers.of(s, "psu"), answers.of(s, "ssu")))} for root in named}
    if household is not None:
        homes = {root: some for root, some in homes.items() if household in some}
    if not homes:
        raise refuse("DATA-141", "CODE", expected=of.name, got=0, name=of.name)
    if len(homes) > 1:
        raise refuse("DATA-142", "CODE", expected="--psu, --ssu", got=len(homes), count=len(homes))
    ((root, places),) = homes.items()
    ids = tuple(sorted({root, *(s.instance_id for s in rows[root])}))
    gone = root in {r for r, _, _ in ledger.erased()}
    return Person((root,), ids, tuple(sorted(places)), _pseudonyms(of, places), gone)


class _Answers:
    """Answers of stored submissions by question; '' where the body is gone or cannot be read."""

    def __init__(self, book: Codebook) -> None:
        self._book = book
        self._path = {v.name: v.path for v in book.variables if not v.repeat}

    def of(self, line: Stored, name: str) -> str:
        """One answer."""
        if line.body is None or name not in self._path or line.form_id not in ("", self._book.form_id):
            return ""
        try:
            raw, source = decode(line, self._book)
        except BdgError:
            return ""
        return submission(raw, self._book, source).answers[self._path[name]] or ""


def _pseudonyms(of: Round, homes: Collection[tuple[str, str]]) -> tuple[str, ...]:
    """How files of runs call the person; () where there is no sample."""
    if not of.sample.exists():
        return ()
    salt = hashlib.sha256(sample_bytes(read_sample(of.sample))).hexdigest()
    return tuple(sorted(pseudonym(salt, of.wave, psu, ssu) for psu, ssu in homes))


# ---- doing it ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Forgotten:
    """What was done.  request: its number in the register; counted: submissions of the round, this one still among them."""

    request: int
    places: Places
    counted: int
    head: str


def forget(home: Path, code: str, day: date, who: str, household: tuple[str, str] | None = None) -> Forgotten:
    """Remove a person from a round for good and enter it in both registers.

    The ledger comes last: a command that was killed half-way finds the person again and goes on where it stopped.
    DATA-140 … -142 as `find`; DATA-146 when `who` is no code.
    """
    record.refuse_who(who)
    of = read_round(home)
    places = find(home, code, household)
    mark = mark_of(round_key(of), read_code(code))
    number = _request(of, places.person, mark, day, who)
    done = {
        "out": _clean(places.files, places.person.marks),
        "raw": _raw(of, places),
        "restricted": sum(_sealed_without(of, name, places.person.marks) for name in places.sealed),
        contacts.NAME: contacts.without(of, places.person.households),
        "backcheck": _back_checks(of, places.person.households),
        "decisions.csv": blank(of.decisions, places.person.instances),
    }
    with open_ledger(of) as ledger:
        done["ledger"] = ledger.erase(places.person.roots, number)
        counted = ledger.count()
    told = {r.what for r in record.read_record(of) if r.request == number}
    for what, rows in done.items():
        if rows or (what == "ledger" and what not in told):  # killed between the two: the ledger has let go, nothing says so
            record.enter(of, day, what, "person_removed", rows, who, request=number)
    for r in _open(of, mark):
        register.note(of, r.number, "done", day, who)
    return Forgotten(int(number), places, counted, head(register.read_register(of)))


def _back_checks(of: Round, households: Collection[tuple[str, str]]) -> int:
    from ..quality.backs import forget_backs

    return forget_backs(of, households)


def _open(of: Round, mark: str) -> tuple[register.Request, ...]:
    known = register.requests(register.read_register(of))
    return tuple(r for r in known if r.mark == mark and r.state == "open" and r.right in _CLOSES)


def _request(of: Round, person: Person, mark: str, day: date, who: str) -> str:
    """Number of the open request of this person; of the one the ledger erased by; else of one that is entered now."""
    if waiting := _open(of, mark):
        return str(waiting[0].number)
    with open_ledger(of) as ledger:
        by = {root: request for root, _, request in ledger.erased()}
    before = next((by[root] for root in person.roots if root in by), "")
    return before if before.isdigit() else str(register.receive(of, "delete", mark, day, who).number)


def _clean(files: Collection[Path], marks: Collection[str]) -> int:
    for path in files:
        left = rows_without(path.name, path.read_bytes(), marks)
        if left is None:
            restricted.wipe(path)
        else:
            put(path, left)
    return len(files)


def _raw(of: Round, places: Places) -> int:
    """Files as they came in, sealed again without the person under the digest of what is left."""
    for file in [k for k in vault.kept(of) if k.sha256 in places.raw]:
        left = without(file.name, file.body, places.person.marks)
        if left is not None:
            vault.keep(of, file.name, left)
        restricted.wipe(of.raw / f"{file.sha256}.sealed")
    return len(places.raw)


def _sealed_without(of: Round, name: str, marks: Collection[str]) -> int:
    left = without(name, restricted.opened(of, name), marks)
    if left is None:
        restricted.remove(of, name)
    else:
        restricted.keep(of, name, left)
    return 1
