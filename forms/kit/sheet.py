"""The A4 sheet of one team: which project, a QR code or how to get one by hand, the team's codes and hamlets.

Imports page, texts, teams and collect.  The only page of the kit that may hold a secret, and it says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..media import Hamlet
from .collect import REAL, TRAINING, Access, Kind, Server, payload, qr_png, settings
from .page import Block, Bullets, Grid, Heading, Language, Page, Para, Picture
from .teams import Team
from .texts import columns, lines, say

QR_MM = 90.0


def has_code(server: Server | None, access: Access) -> bool:
    """Whether a QR code can be made: a Central token, or a KoBo account, and the server's address."""
    return server is not None and bool(access.token if server.kind == "central" else access.user)


def sheet(
    team: Team, server: Server | None, access: Access, lang: Language, *, kind: Kind, training: bool, form: str,
    hamlets: Mapping[str, Hamlet], communes: Mapping[str, str], counts: Mapping[str, int], stamps: tuple[str, ...] = (),
    foot: str = "",
) -> Page:  # fmt: skip
    """The sheet.  counts: households by PSU; form: the id of this project's form.  Never a made-up code."""
    name, icon, _, color = TRAINING if training else REAL
    coded = has_code(server, access)
    blocks: list[Block] = [
        Para(say("sheet_project", lang, name=name, icon=icon, color=color[lang], form=form)),
    ]  # fmt: skip
    if training:
        blocks.append(Para(say("training_only", lang), "warn"))
    if coded and server:
        said = payload(settings(server, access, training=training))
        blocks.append(Picture(qr_png(said), QR_MM, f"QR · {name} · {server.host}"))
    if server:
        number = say("sheet_project_no", lang, project=server.project) if server.project else ""
        blocks.append(Para(say("sheet_where", lang, host=server.host, project=number), "centre"))
    if access.user:
        blocks.append(Para(say("sheet_user", lang, user=access.user), "centre"))
    blocks.append(Para(say("sheet_secret" if coded and access.token else "sheet_open_training", lang), "warn"))
    steps = lines("steps_scan", lang) if coded else lines(f"steps_manual_{kind}", lang, name=name)
    if coded and server and server.kind == "kobo":
        steps = (*steps[:2], *lines("steps_password", lang), *steps[2:])
    blocks.append(Bullets(steps, numbered=True))
    if team.interviewers:
        blocks.append(Para(say("sheet_codes", lang, codes=", ".join(team.interviewers))))
    if not training:
        rows = tuple((p, hamlets[p].hamlet, communes[hamlets[p].commune], str(counts.get(p, 0))) for p in team.hamlets)
        blocks += [Heading(2, say("sheet_hamlets", lang)), Grid(columns("sheet_head", lang), rows, (32.0, 62.0, 62.0, 24.0))]
    title, kind_of = say("sheet", lang, team=team.name), say("sheet_training" if training else "sheet_real", lang)
    return Page(title, tuple(blocks), lang, stamps, foot, kind_of)
