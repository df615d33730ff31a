"""What a team gets each evening, done and left by hamlet, and the table by which a supervisor selects persons on paper.

Imports page, texts, teams, media and errors.  In hamlet order; compares nobody with anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import BdgError, Problem, problem
from ..media import Hamlet, Household, household_row, read_rows
from ..question import Questionnaire
from .page import Block, Break, Bullets, Grid, Heading, Language, Page, Para
from .teams import Team
from .texts import columns, lines, say

COUNTS = ("psu", "main", "done")
ARMS = ("vignette_arm", "list_arm", "form_arm")
_MOST = 10
"""Columns of the selection table: households with more eligible members are selected by phone only."""


def read_counts(path: Path, psus: Sequence[str]) -> dict[str, tuple[int, int]]:
    """A counts file: psu -> (main households, done).  FORM-115 for every line that cannot be."""
    found: dict[str, tuple[int, int]] = {}
    problems: list[Problem] = []
    for number, row in enumerate(read_rows(path, COUNTS), 2):
        place, got = f"{path.name}:{number} ({row['psu']})", f"main {row['main']}, done {row['done']}"
        whole = row["main"].isdecimal() and row["done"].isdecimal()
        if not whole or int(row["done"]) > int(row["main"]):
            problems.append(problem("FORM-115", place, expected="0 ≤ done ≤ main", got=got))
        elif row["psu"] not in psus or row["psu"] in found:
            problems.append(problem("FORM-115", place, expected="psu", got=row["psu"]))
        else:
            found[row["psu"]] = (int(row["main"]), int(row["done"]))
    if problems:
        raise BdgError(problems)
    return found


def slip(
    team: Team, lang: Language, hamlets: Mapping[str, Hamlet], main: Mapping[str, int], counts: Mapping[str, tuple[int, int]],
    stamps: tuple[str, ...] = (), foot: str = "",
) -> Page:  # fmt: skip
    """The evening slip.  counts: psu -> (main, done); without them the supervisor fills in the blanks."""
    rows = []
    for psu in team.hamlets:
        known = counts.get(psu)
        total = known[0] if known else main.get(psu, 0)
        done = (str(known[1]), str(known[0] - known[1])) if known else ("", "")
        rows.append((psu, hamlets[psu].hamlet, str(total), *done, ""))
    every = all(psu in counts for psu in team.hamlets)
    sums = [sum(int(row[i]) for row in rows) for i in (2, *((3, 4) if every else ()))]
    rows.append(("", say("slip_total", lang), *(str(s) for s in sums), *(() if every else ("", "")), ""))
    blank = (("",), ("",))
    blocks: tuple[Block, ...] = (
        Para(say("slip_day", lang)),
        Grid(columns("slip_head", lang), tuple(rows), (26.0, 54.0, 20.0, 20.0, 20.0, 40.0), tall=True),
        Grid((say("slip_fix", lang),), blank, (180.0,), tall=True),
        Grid((say("slip_good", lang),), (("",),), (180.0,), tall=True),
        Heading(2, say("slip_check", lang)), Bullets(lines("slip_steps", lang)), Para(say("slip_note", lang), "small"),
    )  # fmt: skip
    return Page(say("slip", lang, team=team.name), blocks, lang, stamps, foot)


def picked(select_u: str, eligible: int) -> int:
    """The line of the roster that the form selects: int(u * n) + 1 in the phone's floating point."""
    return int(float(select_u) * eligible) + 1


def pick_table(
    team: Team, lang: Language, form: Questionnaire, hamlets: Mapping[str, Hamlet], households: Sequence[Household], age_min: int,
    stamps: tuple[str, ...] = (), foot: str = "",
) -> Page:  # fmt: skip
    """Household by number of eligible members -> who is selected, a hamlet a table; and the arms that the form looks up."""
    blocks: list[Block] = [Para(say("pick_use", lang, age_min=age_min), "warn")]
    used = [arm for arm in ARMS if any(arm in (q.calculate or "") for _, q in form.questions())]
    head = (say("pick_household", lang), *(str(n) for n in range(1, _MOST + 1)), *(say(f"pick_{arm}", lang) for arm in used))
    widths = (26.0, *([12.0] * _MOST), *([11.0] * len(used)))
    for i, psu in enumerate(team.hamlets):
        rows = tuple(
            (h.ssu, *(str(picked(h.select_u, n)) for n in range(1, _MOST + 1)), *(household_row(h)[arm] for arm in used))
            for h in households if h.psu == psu
        )  # fmt: skip
        blocks += [*([Break()] if i else []), Heading(2, f"{psu} · {hamlets[psu].hamlet}"), Grid(head, rows, widths)]
    return Page(say("pick", lang, team=team.name), tuple(blocks), lang, stamps, foot)
