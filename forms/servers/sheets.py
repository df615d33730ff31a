"""The set-up sheet of every team with its QR code, made from what the server just gave; the only files here that hold a token.

Imports the kit, media, the province and the proposal's types.  Written outside the round and the toolkit, and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import refuse
from ..folder import whole
from ..kit.access import outside
from ..kit.collect import Access, Kind, server, token
from ..kit.pages import html_bytes
from ..kit.paper import foot, stamps
from ..kit.paper_word import word_bytes
from ..kit.sheet import has_code, sheet
from ..load import province_folder
from ..media import read_hamlets, read_households
from ..province import load_places

if TYPE_CHECKING:
    from .base import AppUser
    from .proposal import Proposal


def qr_folder(of: Proposal, out: Path) -> Path:
    """Where the sheets may go.  SERV-054, FORM-112: not into the round, not into the toolkit."""
    if out.resolve().is_relative_to(of.of.home.resolve()):
        raise refuse("SERV-054", "--qr", expected="…", got=out.name)
    return outside(out, "--qr")


def write_sheets(of: Proposal, users: Mapping[str, AppUser], out: Path) -> tuple[list[str], list[str]]:
    """(teams with a sheet, teams without: no token, or no account on KoBo); every file or none.

    A practice round's sheets are those of the training project: its name, icon and colour, and no real hamlet.
    """
    folder, done, bare = qr_folder(of, out), [], []
    kind: Kind = "kobo" if of.of.server_kind == "kobo" else "central"
    where = server(kind, of.of.server, of.of.project if kind == "central" else "", "round.yaml")
    practice, form = of.of.practice, of.built.form
    hamlets = {h.psu: h for h in read_hamlets(of.of.sample.with_name("frame.csv"))}
    communes = {p.code: p.name for p in load_places(province_folder(of.of.province))}
    counts = Counter(h.psu for h in read_households(of.of.sample, of.of.wave) if not h.replaces)
    files: dict[str, bytes] = {}
    for team in of.teams:
        made = users.get(of.user(team))
        access = Access(team.training_user if practice else team.user) if kind == "kobo" else Access(token=_token(made))
        if not has_code(where, access):
            bare.append(team.name)
            continue
        page = sheet(
            team, where, access, "vi", kind=kind, training=practice, form=form.id, hamlets=hamlets, communes=communes,
            counts=counts, stamps=stamps(form, "vi", practice=practice), foot=foot(form, "vi"),
        )  # fmt: skip
        name = f"{team.name}/CaiDat{'_TapHuan' if practice else ''}"
        files |= {f"{name}.docx": word_bytes(page), f"{name}.html": html_bytes(page)}
        done.append(team.name)
    if files:
        with whole(folder) as work:
            for name, body in files.items():
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                (work / name).write_bytes(body)
    return done, bare


def _token(user: AppUser | None) -> str:
    return token(user.token, "app-user") if user and user.token else ""
