"""Which team works in which hamlets: teams.csv, or the sample's hamlets shared out evenly with communes kept whole.

Imports errors and media (reading a CSV).  Interviewers are codes, never names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import BdgError, Problem, problem
from ..media import Hamlet, read_rows

COLUMNS = ("team", "interviewers", "hamlets")
HAMLETS_A_TEAM = 12
"""Hamlets that one team works through in a round when nobody has said how many teams there are: a way to begin, not a rule."""
_TEAM = re.compile(r"[A-Za-z0-9_-]{1,20}")
_CODE = re.compile(r"[1-9]\d{0,2}")
_USER = re.compile(r"[A-Za-z0-9_.@-]{1,64}|")


@dataclass(frozen=True)
class Team:
    """One team.  interviewers: their codes; hamlets: PSU ids; user, training_user: KoBo accounts of the team, '' unknown."""

    name: str
    interviewers: tuple[str, ...]
    hamlets: tuple[str, ...]
    user: str = ""
    training_user: str = ""


def read_teams(path: Path, psus: Sequence[str]) -> tuple[Team, ...]:
    """teams.csv against the hamlets of the wave's sample.

    BdgError with every line: FORM-114 a team, code, account or hamlet that is wrong, stands twice or is not of the sample,
    and a hamlet of the sample that no team has.
    """
    found: list[Team] = []
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for number, row in enumerate(read_rows(path, COLUMNS), 2):
        place = f"{path.name}:{number}"
        team = Team(
            row["team"].strip(), tuple(row["interviewers"].split()), tuple(row["hamlets"].split()),
            (row.get("user") or "").strip(), (row.get("training_user") or "").strip(),
        )  # fmt: skip
        problems += _wrong(team, place, set(psus))
        own = (f"team {team.name}", *(f"interviewer {c}" for c in team.interviewers), *(f"hamlet {p}" for p in team.hamlets))
        for key in own:
            if key in seen:
                problems.append(problem("FORM-114", place, expected=f"{key}: {seen[key]}", got=key))
            seen.setdefault(key, place)
        found.append(team)
    left = [psu for psu in psus if f"hamlet {psu}" not in seen]
    if left:
        got = ", ".join(left[:5]) + (" …" if len(left) > 5 else "")
        problems.append(problem("FORM-114", path.name, expected="hamlets", got=got))
    if problems:
        raise BdgError(problems)
    return tuple(found)


def _wrong(team: Team, place: str, psus: set[str]) -> list[Problem]:
    bad = [
        *((["A-Z a-z 0-9 _ -", team.name],) if not _TEAM.fullmatch(team.name) else ()),
        *(["1 … 999", code] for code in team.interviewers if not _CODE.fullmatch(code)),
        *(["sample.csv", psu] for psu in team.hamlets if psu not in psus),
        *(["A-Z a-z 0-9 _ . @ -", user] for user in (team.user, team.training_user) if not _USER.fullmatch(user)),
        *((["psu psu …", "-"],) if not team.hamlets else ()),
    ]
    return [problem("FORM-114", place, expected=expected, got=got) for expected, got in bad]


def shared_out(hamlets: Sequence[Hamlet], teams: int | None) -> tuple[Team, ...]:
    """The sample's hamlets in as many even parts: whole communes in code order, split only where a part would stay empty or
    grow beyond one and a half times its share.

    teams: None = as many as hamlets need at HAMLETS_A_TEAM each.
    """
    order = sorted(hamlets, key=lambda h: (h.commune, h.psu))
    total = len(order)
    count = max(1, min(total, teams or round(total / HAMLETS_A_TEAM)))
    size = {h.commune: sum(o.commune == h.commune for o in order) for h in order}
    first = {h.commune: min(i for i, o in enumerate(order) if o.commune == h.commune) for h in order}
    whole = [int((first[h.commune] + size[h.commune] / 2) * count / total) for h in order]
    loads = [whole.count(i) for i in range(count)]
    parts = whole if min(loads) > 0 and max(loads) <= 1.5 * total / count else [i * count // total for i in range(total)]
    width = max(2, len(str(count)))
    return tuple(
        Team(f"{i + 1:0{width}d}", (), tuple(h.psu for h, part in zip(order, parts, strict=True) if part == i))
        for i in range(count)
    )
