"""Back-checks as they come in: a CSV of second answers, checked against the form, sealed in ROUND/restricted/ and read again.

Imports csvtable, privacy.restricted, the forms doors (ledger, codebook, errors) and yaml.  A row names a household by hamlet and
number, never a person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from forms.codebook import Codebook, Variable
from forms.errors import Problem, headers, problem, refuse
from forms.ledger import Round

from ..csvtable import read_table, stop
from ..privacy import restricted

_KEYS = ("psu", "ssu")
NAME = "backcheck"
"""What the sealed file is called."""


@dataclass(frozen=True)
class Back:
    """One back-check.  checker: code of who asked; happened: whether the household says that somebody came, None when not asked.

    answers: question -> code or number, of questions that backcheck.yaml names; a question not asked again is absent.
    """

    psu: str
    ssu: str
    checker: str
    happened: bool | None
    answers: Mapping[str, str]


@cache
def rules() -> Mapping[str, Any]:
    """backcheck.yaml."""
    import yaml

    found: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("backcheck.yaml").read_text(encoding="utf-8"))
    return found


def kinds(form: str) -> dict[str, int]:
    """Question -> its kind (1, 2, 3) in the form with this folder name; {} for a form that is not back-checked."""
    table: Mapping[int, list[str]] = rules()["forms"].get(Path(form).name, {})
    return {name: int(kind) for kind, names in table.items() for name in names}


def read_csv(path: Path, form: str, book: Codebook) -> tuple[Back, ...]:
    """The back-checks of a file: columns psu and ssu, the question `was_interviewed`, and questions of the form by their names
    (group prefixes are taken away); other columns are not looked at.

    DATA-001 for what is no such table; DATA-170 without a question that can be compared; DATA-171 with every value that is none
    of the form's; DATA-172 for a household twice.
    """
    lines = read_table(path, ())
    names = {header: re.split(r"[-/.]", header)[-1] for header in (lines[0][1] if lines else {})}
    have, of = set(names.values()), kinds(form)
    if not {*_KEYS} <= have or len(have) < len(names):
        raise refuse("DATA-001", path.name, expected=", ".join(_KEYS), got=headers(names))
    asked = rules()["happened"]["question"]
    if not have & {*of, asked}:
        raise refuse("DATA-170", path.name, expected=", ".join([asked, *of]), got=", ".join(sorted(have - {*_KEYS})))
    found: list[Back] = []
    problems: list[Problem] = []
    for number, cells in lines:
        plain = {names[header]: text for header, text in cells.items()}
        problems += _strange(plain, of, book, f"{path.name}, dòng {number}")
        happened = None if not plain.get(asked) else plain[asked].lower() not in rules()["happened"]["denied"]
        answers = {q: _same(_chosen_from(q, book), plain[q]) for q in sorted(of) if plain.get(q)}
        found.append(Back(plain["psu"], plain["ssu"], plain.get("checker", ""), happened, answers))
    problems += _twice(found, path.name)
    stop(problems)
    return tuple(found)


def _same(v: Variable, text: str) -> str:
    """An answer as the interview has it: codes in the form's order, numbers without a spreadsheet's «.0»."""
    if v.type == "codes":
        chosen = set(text.split())
        return " ".join([c for c in v.codes if c in chosen] + sorted(chosen - set(v.codes)))
    return text.removesuffix(".0") if v.type in ("code", "integer") else text


def _chosen_from(name: str, book: Codebook) -> Variable:
    """The question whose choices an answer is one of: of sex and age, which the form takes from the roster, the roster's."""
    v = book[name]
    return next((m for m in book.variables if m.repeat and m.name == f"m_{name}"), v) if v.type == "calculated" else v


def _strange(cells: Mapping[str, str], of: Collection[str], book: Codebook, place: str) -> list[Problem]:
    found = []
    for name in sorted(of):
        v = _chosen_from(name, book)
        text = _same(v, cells.get(name, ""))
        known = v.codes and set(text.split() if v.type == "codes" else [text]) <= set(v.codes)
        if text and not (known or (not v.codes and re.fullmatch(r"-?\d+(\.\d+)?", text))):
            expected = ", ".join(v.codes[:8]) or "số / a number"
            found.append(problem("DATA-171", place, expected=expected, got="?", question=name))
    return found


def _twice(rows: list[Back], file: str) -> list[Problem]:
    seen: set[tuple[str, str]] = set()
    found = []
    for b in rows:
        if (b.psu, b.ssu) in seen:
            found.append(problem("DATA-172", file, expected="1", got=f"{b.psu} {b.ssu}"))
        seen.add((b.psu, b.ssu))
    return found


# ---- kept in the round -------------------------------------------------------------------------------------------------


def receive_backs(of: Round, path: Path, book: Codebook) -> tuple[Back, ...]:
    """Read a file and keep its back-checks in the round, sealed; of a household that was there already the newer ones count."""
    new = read_csv(path, of.form, book)
    kept = {(b.psu, b.ssu): b for b in (*read_backs(of), *new)}
    _write(of, tuple(kept.values()))
    return new


def read_backs(of: Round) -> tuple[Back, ...]:
    """The back-checks of a round, in the order of hamlet and household.  DATA-093 when the round's key does not open them."""
    if NAME not in restricted.names(of):
        return ()
    return tuple(Back(**row) for row in json.loads(restricted.opened(of, NAME)))


def forget_backs(of: Round, homes: Collection[tuple[str, str]]) -> int:
    """Take the back-checks of some households (hamlet, number) away for good; how many there were."""
    rows = read_backs(of)
    left = tuple(b for b in rows if (b.psu, b.ssu) not in homes)
    if len(left) < len(rows):
        _write(of, left)
    return len(rows) - len(left)


def _write(of: Round, rows: tuple[Back, ...]) -> None:
    told = [asdict(b) for b in sorted(rows, key=lambda b: (b.psu, b.ssu))]
    restricted.keep(of, NAME, json.dumps(told, ensure_ascii=False).encode())
