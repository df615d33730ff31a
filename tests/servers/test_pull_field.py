"""Any fortnight in the field, against a slow plain model: whatever is sent, edited, judged, deleted and interrupted in whatever
order, after one undisturbed pull the ledger holds what the server holds, each once, and every version it could have seen.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import given, settings

from forms.errors import BdgError, refuse
from forms.ledger import Ledger, new_round, open_ledger
from forms.servers.pull import pull
from tests.servers.shelf import FORM, Shelf, answers

ACTS = st.one_of(
    st.tuples(st.just("send"), st.integers(0, 5)),
    st.tuples(st.just("edit"), st.integers(0, 30)),
    st.tuples(st.just("delete"), st.integers(0, 30)),
    st.tuples(st.just("restore"), st.integers(0, 30)),
    st.tuples(st.just("judge"), st.integers(0, 30)),
    st.tuples(st.just("file"), st.integers(0, 30)),
    st.tuples(st.just("pull"), st.integers(0, 12)),  # breaks at that request, if it gets there
    st.tuples(st.just("export"), st.integers(0, 30)),
    st.tuples(st.just("forget"), st.integers(0, 30)),
)


class Field:
    """The server, the ledger, and what a plain list remembers of both."""

    def __init__(self, ledger: Ledger, size: int, tells: bool) -> None:
        self.ledger = ledger
        self.shelf = Shelf(size=size, tells=tells)
        self.n = 0
        self.forgotten: set[str] = set()

    def act(self, what: str, at: int) -> None:
        roots = sorted(self.shelf.rows)
        if what == "send":
            for _ in range(at):
                self.shelf.send(f"{self.n:03}", files={"audit.csv": b"%d" % self.n})
                self.n += 1
        elif what == "pull":
            self._broken(at)
        elif roots:
            getattr(self, f"_{what}")(roots[at % len(roots)])

    def _edit(self, root: str) -> None:
        self.shelf.edit(root, f"edit {len(self.shelf.rows[root].versions)}")

    def _delete(self, root: str) -> None:
        self.shelf.delete(root)

    def _restore(self, root: str) -> None:
        self.shelf.rows[root].deleted_at = None

    def _judge(self, root: str) -> None:
        self.shelf.rows[root].review = "rejected" if self.shelf.rows[root].review is None else "approved"

    def _file(self, root: str) -> None:
        self.shelf.rows[root].files["photo.jpg"] = root.encode()

    def _export(self, root: str) -> None:
        """Somebody takes in an old file: any version that ever was.  Not where the server is silent about deletions: an
        interview that came by file only is kept, whatever was deleted there before it was ever pulled.
        """
        row = self.shelf.rows[root]
        if not self.shelf.tells:
            return
        at = self.ledger.begin("file", "old.csv")
        self.ledger.add(at, [row.versions[len(row.files) % len(row.versions)]])
        self.ledger.end(at, "complete")

    def _forget(self, root: str) -> None:
        self.ledger.erase([self.shelf.rows[root].versions[-1].instance_id, root], "1")
        self.forgotten.add(root)

    def _broken(self, at: int) -> None:
        left = [at]

        def fault(_: str) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise refuse("SERV-008", "shelf", got="ReadTimeout")

        self.shelf.before = fault
        try:
            pull(self.shelf, self.ledger, FORM, gone="phiếu thử")
        except BdgError as error:
            assert error.problems[0].code == "SERV-008"  # noqa: PT017  whether it breaks depends on how much there is to ask
        self.shelf.before = lambda _: None


@settings(max_examples=25)
@given(st.lists(ACTS, max_size=25), st.integers(1, 6), st.booleans())
def test_after_a_pull_the_ledger_holds_what_the_server_holds(acts: list[tuple[str, int]], size: int, tells: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        of = new_round(Path(folder) / "r", kind="practice", wave=2026, form="household", sample=None)
        with open_ledger(of, key=bytes(32)) as ledger:
            field = Field(ledger, size, tells)
            for what, at in [("send", 3), *acts]:
                field.act(what, at)
            found = pull(field.shelf, ledger, FORM, gone="phiếu thử")
            there = [r for r in field.shelf.rows.values() if r.deleted_at is None]
            seen = [r for r in there if r.root not in field.forgotten]
            assert found.pull.state == "complete"
            assert (found.listed, found.held) == (len(there), len(there))
            assert answers(ledger) == {r.versions[-1].instance_id: _answer(r.versions[-1].body) for r in seen}
            stands = {s.root_id: s.standing for s in ledger.stored(bodies=False)}
            assert {r.root: stands[r.root].review for r in seen} == {r.root: r.review for r in seen}
            files = {(i, f.name) for i, f in ledger.attachments({r.versions[-1].instance_id for r in seen})}
            assert {(r.versions[-1].instance_id, n) for r in seen for n in r.files} == files
            if tells:
                every = {a.instance_id for r in seen for a in r.versions}
                assert set(answers(ledger, latest=False)) == every
                assert all(ledger.versions(r.root) == tuple(a.instance_id for a in r.versions) for r in seen)
            assert not [s for s in ledger.stored(latest=False) if s.root_id in field.forgotten and s.body is not None]


def _answer(body: bytes) -> str:
    return str(json.loads(body)["answer"])
