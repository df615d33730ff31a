"""What the command was asked for -> what the kit is made from: every file read and every rule checked before a page is drawn.

Imports the room's readers and this room.  Reads files; writes none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ..errors import refuse
from ..help_card import load_help_card
from ..load import province_folder
from ..media import read_hamlets, read_households
from ..province import load_places
from ..question import Questionnaire
from ..rehearsal.window import window
from ..survey import load_survey
from .access import outside, tokens
from .bundle import Field, Servers, psus, whole_kit
from .collect import Access, Kind, Server, server
from .sheet import has_code
from .slip import read_counts
from .teams import Team, read_teams, shared_out


@dataclass(frozen=True)
class Order:
    """The command's options.  real, training: (url, project); days: first and last day of fieldwork, None = waves.yaml, plan."""

    wave: int
    sample: Path | None
    frame: Path | None
    teams: Path | None
    team_count: int | None
    counts: Path | None
    kind: Kind
    real: tuple[str, str]
    training: tuple[str, str]
    tokens: Path | None
    practice: bool
    without_card: bool
    minutes: int | None
    days: tuple[date | None, date | None]
    province: str


def kit_of(form: Questionnaire, given: Order, out: Path, said: list[str]) -> dict[str, bytes]:
    """The files of the kit; `said` gets what the person at the command must know.

    BdgError FORM-110 … FORM-116, FORM-030 … FORM-033, FORM-060, FORM-061, PLAN-004: nothing has been made.
    """
    where = _field(form, given)
    if not given.teams:
        said.append(f"{len(where.teams)} đội, chia đều theo xã; có teams.csv thì thêm --teams / teams shared out by commune")
    servers = _servers(given, where.teams)
    if any(a.token for found in (servers.access, servers.training_access) for a in found.values()):
        outside(out, "--out")
    files = whole_kit(form, where, servers)
    if given.without_card and not given.practice:
        said.append("không có thẻ hỗ trợ: chưa được ra thực địa với bộ này / no help card: not fit for the field")
    bare = [t.name for t in where.teams if not has_code(servers.real, servers.access.get(t.name, Access()))]
    if bare and not given.practice:
        said.append(f"chưa có tờ cài đặt dự án khảo sát cho đội {', '.join(bare)} / no survey sheet: no token or account")
    return files


def _field(form: Questionnaire, given: Order) -> Field:
    sample = given.sample
    if sample is None or "household" not in {q.name for _, q in form.questions()}:
        raise refuse("FORM-117", form.id, expected="household", got="-")
    households = read_households(sample, given.wave)
    kinds = {h.round_kind for h in households}
    if kinds != {"practice" if given.practice else "real"}:
        kind = ", ".join(sorted(kinds))
        expected = "round_kind practice" if given.practice else "round_kind real"
        raise refuse("FORM-110", f"{sample.name} ({given.wave})", expected=expected, got=kind, kind=kind)
    folder, known = province_folder(given.province), psus(households)
    hamlets = tuple(h for h in read_hamlets(given.frame or sample.with_name("frame.csv")) if h.psu in known)
    if lost := set(known) - {h.psu for h in hamlets}:
        raise refuse("FORM-033", sample.name, got=", ".join(sorted(lost)[:5]))
    survey = load_survey(folder)
    teams = read_teams(given.teams, known) if given.teams else shared_out(hamlets, given.team_count or survey.protocol.teams)
    month = date(given.wave, 1, 1)
    if not given.practice and not given.without_card:
        month = window(sample, given.wave, given.province, *given.days)[0]
    return Field(
        given.wave, households, hamlets, {p.code: p.name for p in load_places(folder)}, survey, teams, month,
        read_counts(given.counts, known) if given.counts else {},
        None if given.without_card else load_help_card(folder), given.minutes,
    )  # fmt: skip


def _servers(given: Order, teams: tuple[Team, ...]) -> Servers:
    real, training = _server(given.kind, given.real, "--url"), _server(given.kind, given.training, "--training-url")
    if given.kind == "central":
        found = tokens(given.tokens, teams)
        return Servers("central", real, training, found["real"], found["training"])
    if given.tokens:
        raise refuse("FORM-112", "--tokens", expected="central", got="kobo")
    users = {t.name: Access(t.user) for t in teams if t.user}
    others = {t.name: Access(t.training_user) for t in teams if t.training_user}
    return Servers("kobo", real, training, users, others)


def _server(kind: Kind, given: tuple[str, str], place: str) -> Server | None:
    url, project = given
    return server(kind, url, project, place) if url or project else None
