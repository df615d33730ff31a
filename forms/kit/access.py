"""Where a team's way in comes from: a tokens file outside the project, or the environment; never a file of the project.

Imports errors, media (reading a CSV), collect and teams.  No message ever shows a token.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import BdgError, Problem, problem
from ..media import read_rows
from .collect import Access, token
from .teams import Team

COLUMNS = ("team", "project", "token")
PROJECTS = {"real": "BDG_TOKEN_", "training": "BDG_TRAINING_TOKEN_"}
"""Kind of project -> beginning of the environment variable that holds a team's token (BDG_TOKEN_01)."""
_HOME = Path(__file__).resolve().parents[2]


def outside(path: Path, place: str) -> Path:
    """A path that is no file of the project. FORM-112 when it is one: what lies here is copied, shared and committed."""
    if path.resolve().is_relative_to(_HOME):
        expected = "ngoài thư mục bộ công cụ / outside the toolkit's folder"
        raise BdgError(problem("FORM-112", place, expected=expected, got=path.name))
    return path


def tokens(
    path: Path | None, teams: Sequence[Team], environment: Mapping[str, str] | None = None
) -> dict[str, dict[str, Access]]:
    """{real: {team: Access}, training: …} from the file and, where it is silent, the environment.

    FORM-112 with every line that is wrong: a team that is not there, a project that is neither real nor training, a token
    twice or of a wrong shape.
    """
    found: dict[str, dict[str, Access]] = {kind: {} for kind in PROJECTS}
    names = [t.name for t in teams]
    problems: list[Problem] = []
    for number, row in enumerate(read_rows(outside(path, "--tokens"), COLUMNS) if path else (), 2):
        place = f"{path.name if path else ''}:{number}"
        if row["project"] not in PROJECTS:
            problems.append(problem("FORM-112", place, expected="real | training", got=row["project"]))
        elif row["team"] not in names or row["team"] in found[row["project"]]:
            problems.append(problem("FORM-112", place, expected=", ".join(names[:5]), got=row["team"]))
        else:
            _take(found[row["project"]], row["team"], row["token"].strip(), place, problems)
    for kind, prefix in PROJECTS.items():
        for name in names:
            variable = prefix + re.sub(r"\W", "_", name).upper()
            text = (os.environ if environment is None else environment).get(variable, "").strip()
            if text and name not in found[kind]:
                _take(found[kind], name, text, variable, problems)
    every = [a.token for kind in found.values() for a in kind.values()]
    if len(set(every)) < len(every):
        got = f"{len(every)} → {len(set(every))}"
        problems.append(problem("FORM-112", "token", expected="mỗi đội, mỗi dự án một mã / one a team and project", got=got))
    if problems:
        raise BdgError(problems)
    return found


def _take(into: dict[str, Access], team: str, text: str, place: str, problems: list[Problem]) -> None:
    try:
        into[team] = Access(token=token(text, place))
    except BdgError as error:
        problems += error.problems
