"""A small server in memory behind the face of a Source: newest first, pages by token, edits, deletions, and faults on demand.

Not a stand-in of Central or KoBo: what the pull itself promises is tried here without HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from forms.errors import refuse
from forms.ledger import Arrival, Attachment, Standing
from forms.servers.base import Kind, Page

FORM = "f"


@dataclass
class Row:
    """One submission there: its versions oldest first, its files, and how it stands."""

    number: int
    root: str
    versions: list[Arrival]
    files: dict[str, bytes]
    review: str | None = None
    deleted_at: str | None = None

    @property
    def standing(self) -> Standing:
        return Standing(self.review, self.deleted_at, None, len(self.versions) - 1)


@dataclass
class Shelf:
    """The server.  tells: whether it keeps versions and says what was deleted (Central) or not (KoBo)."""

    size: int = 4
    tells: bool = True
    kind: Kind = "central"
    url: str = "https://shelf.example"
    rows: dict[str, Row] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    stale: set[str] = field(default_factory=set)
    counts: bool = True
    shift: int = 0

    # ---- what happens there ----------------------------------------------------------------------------------------

    def send(self, name: str, answer: str = "a", kind: str = "practice", files: dict[str, bytes] | None = None) -> str:
        root = f"uuid:{name}"
        self.rows[root] = Row(len(self.rows), root, [_arrival(root, root, answer, kind)], dict(files or {}))
        return root

    def edit(self, root: str, answer: str) -> str:
        row = self.rows[root]
        new = f"{root}-{len(row.versions)}"
        row.versions.append(_arrival(new, root, answer, row.versions[0].round_kind))
        return new

    def delete(self, root: str) -> None:
        self.rows[root].deleted_at = "2026-11-02T00:00:00Z"

    def purge(self, root: str) -> None:
        del self.rows[root]

    # ---- the face --------------------------------------------------------------------------------------------------

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        self.before(what)

    def pages(self, form_id: str, cursor: str = "") -> Iterator[Page]:
        assert form_id == FORM
        while True:
            self._ask(f"page {cursor}")
            if cursor in self.stale:
                raise refuse("SERV-007", "shelf", expected="HTTP 2xx", got="HTTP 400 (400.35)")
            there = sorted((r for r in self.rows.values() if r.deleted_at is None), key=lambda r: -r.number)
            rest = [r for r in there if not cursor or r.number < int(cursor)]
            found = rest[: self.size]
            after = str(found[-1].number) if len(rest) > self.size else ""
            rows = tuple(replace(r.versions[-1], standing=r.standing, files=len(r.files)) for r in found)
            yield Page(rows, after, len(there) + self.shift if self.counts else None)
            if not after:
                return
            cursor = after

    def versions(self, form_id: str, root_id: str) -> Sequence[Arrival]:
        self._ask(f"versions {root_id}")
        return [replace(a, shape="xml") for a in self.rows[root_id].versions] if self.tells else ()

    def attachments(self, form_id: str, rows: Sequence[Arrival]) -> Iterator[tuple[str, Attachment]]:
        for a in rows:
            self._ask(f"files {a.instance_id}")
            for name, body in self.rows[a.root_id].files.items():
                yield a.instance_id, Attachment(name, body)

    def deleted(self, form_id: str) -> Sequence[tuple[str, Standing]]:
        self._ask("deleted")
        return [(r.root, r.standing) for r in self.rows.values() if r.deleted_at] if self.tells else ()


def _arrival(instance: str, root: str, answer: str, kind: str) -> Arrival:
    body = json.dumps({"id": instance, "answer": answer}).encode()
    return Arrival(instance, root, FORM, "1", "2026-11-01T00:00:00Z", "odata", body, kind)


def answers(ledger: Any, *, latest: bool = True) -> dict[str, str]:
    """Instance -> answer of what a ledger holds and counts."""
    stored = ledger.stored(latest=latest)
    return {s.instance_id: json.loads(s.body)["answer"] for s in stored if s.body is not None and s.standing.deleted_at is None}


def everything(ledger: Any) -> list[Any]:
    """All that a ledger says of the submissions that stand, except when and in which shape it came: what every pull that ends
    must come to, however often it was interrupted.
    """
    lines = [
        (s.instance_id, s.root_id, s.seq, s.latest, s.body, s.standing, s.form_version, s.received_at)
        for s in ledger.stored(latest=False)
        if s.standing.deleted_at is None
    ]
    files = [(i, f.name, f.body) for i, f in ledger.attachments({s[0] for s in lines})]
    return [*lines, *files, *ledger.refused(), ledger.count()]
