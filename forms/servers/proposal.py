"""What publishing a round would change on its server: the form built, the server asked, both compared; nothing is changed here.

Imports base, the builders of this room (package, build, diff, snapshot, entities), the round and what it published.  Speaks to
a server through the Publisher protocol only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..build import Built, notices
from ..diff import Change, changes, worst
from ..entities import FILE, LIST
from ..errors import refuse
from ..kit.teams import Team, read_teams
from ..kit.training import training_form
from ..ledger.published import LISTS, Published, base, read_published
from ..ledger.round import Round
from ..locking import spoken_of
from ..media import read_households
from ..package import Order, Package, Sample, package
from ..shelf import form_folder
from ..snapshot import Snapshot, snapshot
from ..variant import Listing
from ..workbook import Sheet, workbook_bytes
from ..xform import convert
from ..xlsform import sheets
from .base import AppUser, Bundle, Entity, FormState, Publisher

Step = Literal["new", "changed", "lists", "same"]
Was = Literal["new", "changed", "same"]


@dataclass(frozen=True)
class Wish:
    """What the command was asked for.  turned_on: switches; teams: teams.csv; reason: for a change that breaks comparison."""

    turned_on: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    listing: Listing = "attachment"
    teams: Path | None = None
    units: Path | None = None
    reason: str = ""
    validated: bool = True


@dataclass(frozen=True)
class Entities:
    """What becomes of an entity list.  gone: on the server, but not in the sample any more; they are left alone."""

    listing: str = ""
    properties: tuple[str, ...] = ()
    add: tuple[Entity, ...] = ()
    change: tuple[Entity, ...] = ()
    same: int = 0
    gone: int = 0


@dataclass(frozen=True)
class Proposal:
    """What would change on the server; nothing has.

    step: of the form.  media: file -> what becomes of it; left: files on the server that this form does not ask for.
    last: the version published last from this round; found: changes since then.  add: teams without a way in; have: those with.
    """

    of: Round
    bundle: Bundle
    built: Built
    form: Snapshot
    state: FormState | None
    step: Step
    media: Mapping[str, Was]
    left: tuple[str, ...]
    last: Published | None
    found: tuple[Change, ...]
    entities: Entities
    teams: tuple[Team, ...]
    add: tuple[str, ...]
    have: Mapping[str, AppUser]
    told: tuple[str, ...]
    reason: str

    @property
    def nothing(self) -> bool:
        """Whether the server already stands as the round wants it."""
        quiet = not (self.entities.add or self.entities.change or self.add)
        return self.step == "same" and quiet and self.recorded

    @property
    def recorded(self) -> bool:
        """Whether this version is in the round's own record."""
        return any(p.version == self.bundle.version for p in read_published(self.of))

    def user(self, team: Team) -> str:
        """What a team's way in is called on the server."""
        return user_name(self.of, team)

    @property
    def changed(self) -> tuple[str, ...]:
        """Media files to upload."""
        return tuple(name for name, was in self.media.items() if was != "same")


def propose(of: Round, server: Publisher, wish: Wish, progress: Callable[[str], None] | None = None) -> Proposal:
    """Build the form, ask the server, and say what would change.

    Everything that building refuses; SERV-050 a change that breaks comparison and no reason for it; SERV-051 other content
    under a version that went out; SERV-052 a sample of the other kind; SERV-053 a file that nobody gave; FORM-114 teams.
    """
    say = progress or (lambda _: None)
    say("dựng biểu mẫu / building the form")
    made = _made(of, wish)
    (built,) = made.built
    say("hỏi máy chủ / asking the server")
    bundle = _bundle(built, made)
    state, log = server.form(bundle.form_id), read_published(of)
    here = tuple(p for p in log if p.server == server.url and p.form == bundle.form_id)
    last = here[-1] if here else None
    media = _media(bundle, state)
    step = _step(bundle, state, media, here)
    bundle = _versioned(bundle, built, step, state, last)
    form = replace(snapshot(built.form), spoken=spoken_of(built.form, form_folder(of.form)))
    found = changes(last.snapshot(), form) if last and step == "changed" else ()
    _allowed(bundle, state, step, last, found, wish.reason)
    say("danh sách, đội / lists, teams")
    teams = _teams(of, wish)
    have = {u.name: u for u in server.app_users() if u.token} if teams and server.kind == "central" else {}
    add = tuple(n for t in teams if (n := user_name(of, t)) not in have) if server.kind == "central" else ()
    notes = (*notices(built.form), *(n for n in made.notices() if "households_list.json" not in n))
    return Proposal(
        of, bundle, built, form, state, step, media, _left(bundle, state), last, found, _entities(server, made), teams, add, have,
        notes, wish.reason,
    )  # fmt: skip


def user_name(of: Round, team: Team) -> str:
    """What a team's way in is called on the server."""
    return f"{of.name}-{team.name}"


def _made(of: Round, wish: Wish) -> Package:
    sample = Sample(of.sample, of.sample.with_name("frame.csv"), of.wave) if of.sample.exists() else None
    if sample:
        kinds = {h.round_kind for h in read_households(of.sample, of.wave)}
        if kinds != {of.kind}:
            raise refuse("SERV-052", "sample/sample.csv", expected=of.kind, got=", ".join(sorted(kinds)), name=of.name)
    target: Literal["central", "kobo"] = "kobo" if of.server_kind == "kobo" else "central"
    order = Order(
        (form_folder(of.form),), wish.turned_on, target, wish.listing, wish.languages, wish.validated, sample, wish.units,
        of.province,
    )  # fmt: skip
    made = package(order)
    return replace(made, built=tuple(_stamped(b) for b in made.built)) if of.practice else made


def _stamped(built: Built) -> Built:
    """A practice round's form, with the stamp in its title: the same questions under the same id, in a project of its own."""
    form = replace(training_form(built.form), id=built.form.id)
    xlsx = workbook_bytes(sheets(form, built.variant))
    return replace(built, form=form, xlsx=xlsx, xform=convert(xlsx, f"{form.id}.xlsx", validated=False))


def _bundle(built: Built, made: Package) -> Bundle:
    """The form with every file it asks for.  SERV-053 for a file that neither the round nor the command has."""
    have = {**made.lists, **built.sounds}
    entities = built.variant.listing == "entities"
    wanted = [n for n in dict.fromkeys((*built.xform.media, *built.sounds)) if not (entities and n == FILE)]
    if missing := [n for n in wanted if n not in have]:
        raise refuse("SERV-053", built.form.id, expected=", ".join(missing), got=", ".join(sorted(have)) or "-")
    version = built.variant.version(built.form)
    return Bundle(built.form.id, version, built.form.title.vi, built.xlsx, {n: have[n] for n in wanted})


def md5(body: bytes) -> str:
    """Digest by which servers tell files apart."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def _mark(media: Mapping[str, bytes]) -> str:
    told = "".join(f"{name} {md5(body)}\n" for name, body in sorted(media.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def _media(bundle: Bundle, state: FormState | None) -> dict[str, Was]:
    there = state.media if state else {}
    return {
        name: "new" if not there.get(name) else "same" if there[name].lower() == md5(body) else "changed"
        for name, body in sorted(bundle.media.items())
    }


def _left(bundle: Bundle, state: FormState | None) -> tuple[str, ...]:
    return tuple(sorted(n for n, held in (state.media if state else {}).items() if held and n not in bundle.media))


def _step(bundle: Bundle, state: FormState | None, media: Mapping[str, Was], here: Sequence[Published]) -> Step:
    """What becomes of the form.  A server that keeps no version of ours (KoBo may not) is taken at the record's word."""
    if state is None or state.state == "draft":
        return "new"
    version = state.version or (here[-1].version if here else "")
    before = next((p for p in reversed(here) if base(p.version) == bundle.version), None)
    if before and before.xlsx != hashlib.sha256(bundle.xlsx).hexdigest():
        raise refuse("SERV-051", bundle.form_id, expected="version: …", got=bundle.version, version=bundle.version)
    if base(version) != bundle.version:
        if before and state.version:
            raise refuse("SERV-051", bundle.form_id, expected=base(version), got=bundle.version, version=bundle.version)
        return "changed"
    return "lists" if any(was != "same" for was in media.values()) else "same"


def _versioned(bundle: Bundle, built: Built, step: Step, state: FormState | None, last: Published | None) -> Bundle:
    """The bundle under the version it will have there: a server takes other files only with a form of another version."""
    if step == "lists":
        version = bundle.version + LISTS + _mark(bundle.media)
        pages = [_under(page, version) for page in sheets(built.form, built.variant)]
        return replace(bundle, version=version, xlsx=workbook_bytes(pages))
    if step == "same":
        return replace(bundle, version=(state.version if state else "") or (last.version if last else bundle.version))
    return bundle


def _under(page: Sheet, version: str) -> Sheet:
    if page.name != "settings":
        return page
    at = page.header.index("version")
    return replace(page, rows=tuple((*row[:at], version, *row[at + 1 :]) for row in page.rows))


def _allowed(
    bundle: Bundle, state: FormState | None, step: Step, last: Published | None, found: tuple[Change, ...], reason: str
) -> None:
    """Whether a changed form may go out: what breaks comparison needs a written reason once there are submissions."""
    if any(c.rule.id == "same_version" for c in found):
        raise refuse("SERV-051", bundle.form_id, expected="version: …", got=bundle.version, version=bundle.version)
    if step != "changed" or reason.strip() or state is None or not (state.submissions is None or state.submissions):
        return
    if last is None:
        many = "?" if state.submissions is None else state.submissions
        got = f"máy chủ / server: {state.version or '?'}, {many} phiếu / submissions"
        raise refuse("SERV-050", bundle.form_id, expected="--reason", got=got)
    if worst(found) == "breaking":
        bad = [f"{c.question or 'form.yaml'} [{c.rule.id}]" for c in found if c.kind == "breaking"]
        got = ", ".join(bad[:8]) + (f" … ({len(bad)})" if len(bad) > 8 else "")
        raise refuse("SERV-050", bundle.form_id, expected="--reason", got=got)


def _teams(of: Round, wish: Wish) -> tuple[Team, ...]:
    if wish.teams is None:
        return ()
    psus = tuple(dict.fromkeys(h.psu for h in read_households(of.sample, of.wave)))
    return read_teams(wish.teams, psus)


def _entities(server: Publisher, made: Package) -> Entities:
    """The sample's list against the server's, by uuid; what submissions wrote into an entity is not ours and stays."""
    if f"{LIST}_entities.json" not in made.lists:
        return Entities()
    rows = json.loads(made.lists[f"{LIST}_entities.json"])["entities"]
    told = json.loads(made.lists[f"{LIST}_list.json"])
    ours = {r["uuid"]: Entity(r["uuid"], r["label"], r["data"]) for r in rows}
    theirs = server.entities(LIST)
    both = [uuid for uuid in ours if uuid in theirs]
    differ = [u for u in both if not _agree(ours[u], theirs[u])]
    return Entities(
        str(told["name"]), tuple(told["properties"]), tuple(e for u, e in ours.items() if u not in theirs),
        tuple(ours[u] for u in differ), len(both) - len(differ), len(set(theirs) - set(ours)),
    )  # fmt: skip


def _agree(ours: Entity, theirs: Entity) -> bool:
    return ours.label == theirs.label and all(theirs.data.get(k) == v for k, v in ours.data.items())
