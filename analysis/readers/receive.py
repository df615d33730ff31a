"""Files into a round: read and checked whole, kept sealed in raw/, added to the ledger, and a receipt of where each row went.

Imports exports, comparable, vault, rounds, stored and the ledger door.  The same door as a pull: Ledger.add.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from forms.codebook import Codebook
from forms.errors import refuse
from forms.ledger import Arrival, Ledger, Round, Stored, open_ledger, read_round

from ..csvtable import read_table, shown
from ..privacy.stripped import bare, without
from .comparable import older, told, widened
from .exports import NOTHING, Export, Said, answers_of, read_export
from .raw import File, Raw, submission
from .receipt import Receipt
from .rounds import form_of
from .stored import decode
from .vault import keep, packed

_PAGE = 500
Say = Callable[[str, int, int], None]


def receive(
    home: Path, files: Sequence[Path], said: Said = NOTHING, say: Say = lambda _step, _done, _of: None
) -> tuple[Receipt, ...]:
    """Take export files or folders into a round.  All are read before the first is added: one that is refused stops all.

    BdgError DATA-*: what cannot be read or is not this round's; nothing has been added.
    """
    of = read_round(home)
    book = form_of(of)
    said = _around(of, book, said)
    wide = widened(book, of)
    found: list[tuple[Path, Export]] = []
    for turn, path in enumerate(files):
        say(f"đọc {path.name}", turn, len(files))
        if not path.exists():
            raise refuse("DATA-117", path.name, got=path.name)
        export = read_export(path, wide, said)
        _this_round(of, path.name, export, book)
        found.append((path, export))
    with open_ledger(of) as ledger:
        return tuple(_enter(of, ledger, path, export, book, say) for path, export in found)


def _around(of: Round, book: Codebook, said: Said) -> Said:
    """What the round knows that helps to read a file: its households and its days.  DATA-115: --absent names no question."""
    names = {v.name for v in book.variables}
    if strange := sorted((set(said.same.values()) | said.absent) - names - {v.path for v in book.variables}):
        raise refuse("DATA-115", "--column / --absent", got=strange[0], name=strange[0], where=book.form_id)
    known: dict[tuple[str, int], set[str]] = {}
    for _, row in read_table(of.sample, ("wave", "psu", "ssu")) if of.sample.exists() else ():
        if row["wave"] == str(of.wave) and row["ssu"].isdigit():
            known.setdefault((row["psu"], int(row["ssu"])), set()).add(row["ssu"])
    window = (of.field_start, of.field_end) if of.field_start and of.field_end else None
    return replace(said, households={k: tuple(sorted(v)) for k, v in known.items()}, window=window)


def _this_round(of: Round, name: str, found: Export, book: Codebook) -> None:
    """DATA-110 another wave, also of some rows only; DATA-029 nothing but submissions of the other kind."""
    waves = Counter(answers_of(r, book, "wave").partition(".")[0] for r in found.rows)
    if other := {w: n for w, n in sorted(waves.items()) if w not in ("", str(of.wave))}:
        got = "; ".join(f"{w}: {n}" for w, n in other.items())
        rows = shown([r.file for r in found.rows if answers_of(r, book, "wave").partition(".")[0] in other and r.file])
        raise refuse("DATA-110", name, expected=of.wave, got=f"{got} / {len(found.rows)} ({rows})", wave=of.wave)
    kinds = Counter(a.round_kind or of.kind for a in found.arrivals)
    if found.arrivals and not kinds[of.kind]:
        raise refuse(
            "DATA-029", name, expected=of.kind, got=", ".join(f"{k}: {n}" for k, n in sorted(kinds.items())), wave=of.wave
        )


def _enter(of: Round, ledger: Ledger, path: Path, found: Export, book: Codebook, say: Say) -> Receipt:
    name = f"{path.name}/" if path.is_dir() else path.name
    body = without(name, packed(path), _gone(ledger))
    sha = keep(of, name, body)[0] if body is not None else ""
    sorted_out = _sorted_out(ledger, found, book)
    pull = ledger.begin("file", sha[:12] or "-")  # a file name may name somebody
    done: Counter[str] = Counter()
    for at in range(0, len(sorted_out.rows), _PAGE):
        added = ledger.add(pull, sorted_out.rows[at : at + _PAGE], cursor=str(at))
        done.update(new=added.new, known=added.known, other=added.refused, erased=added.erased, edited=added.edits,
                    files=added.files)  # fmt: skip
        say(path.name, min(at + _PAGE, len(sorted_out.rows)), len(sorted_out.rows))
    roots = {a.root_id for a in sorted_out.rows}
    ledger.end(pull, "complete", server_count=len(roots), local_count=len(roots) - done["other"], note=sha)
    versions = Counter(r.form_version or "?" for r in found.rows)
    waiting = told(File(path.name, "xml", found.rows, None), older(of, book), book)
    return Receipt(
        path.name, sha, len(found.rows), sum(answers_of(r, book, "result") == "completed" for r in found.rows),
        done["new"] - len(sorted_out.differing), done["known"], sorted_out.again, tuple(sorted(sorted_out.differing)),
        done["edited"], sum(r.review == "rejected" for r in found.rows), done["other"], done["erased"], done["files"],
        dict(sorted(versions.items())), found.notes, waiting,
    )  # fmt: skip


def _gone(ledger: Ledger) -> frozenset[str]:
    """Every id of people who asked to be forgotten: a file that comes later must not bring them back into raw/."""
    roots = {root for root, _, _ in ledger.erased()}
    versions = {s.instance_id for s in ledger.stored(latest=False, bodies=False) if s.root_id in roots} if roots else set()
    return frozenset(map(bare, roots | versions))


# ---- the same, a copy, or another under the same id ----------------------------------------------------------------


@dataclass(frozen=True)
class _Sorted:
    """rows: what is offered to the ledger; again: copies inside the file; differing: ids with other answers."""

    rows: tuple[Arrival, ...]
    again: int
    differing: frozenset[str]


def _sorted_out(ledger: Ledger, found: Export, book: Codebook) -> _Sorted:
    """A row whose answers the ledger has, in whatever shape, is offered as what the ledger has: nothing is stored twice."""
    copies = Counter(r.instance_id for r in found.rows)
    roots = {s.instance_id: s.root_id for s in ledger.stored(latest=False, bodies=False)}
    lines = ledger.stored(latest=False) if copies.keys() & roots.keys() else ()
    known = [s for s in lines if s.body is not None and s.instance_id in copies]
    held = {s.instance_id: {_content(decode(s, book)[0], book): s} for s in known}
    rows: list[Arrival] = []
    seen: dict[str, set[str]] = {}
    again, differing = 0, set()
    for a, raw in zip(found.arrivals, found.rows, strict=True):
        there: Mapping[str, Stored] = held.get(a.instance_id, {})
        content = _content(raw, book) if there or copies[a.instance_id] > 1 else ""
        before = seen.setdefault(a.instance_id, set())
        if content in before:
            again += 1
            continue
        if (before or there) and content not in there:
            differing.add(a.instance_id)
        before.add(content)
        rows.append(_as_held(replace(a, root_id=roots.get(a.root_id, a.root_id)), there.get(content)))
    return _Sorted(tuple(rows), again, frozenset(differing))


def _content(raw: Raw, book: Codebook) -> str:
    """The answers as every source gives them: the same text is the same interview."""
    made = submission(raw, book, "csv")
    return json.dumps([made.answers, made.repeats], sort_keys=True, default=dict)


def _as_held(a: Arrival, line: Stored | None) -> Arrival:
    if line is None or line.body is None:
        return a
    return replace(a, shape=line.shape, body=line.body, root_id=line.root_id)
