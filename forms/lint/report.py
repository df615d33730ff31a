"""One form looked at from end to end: mistakes of its folder, its cross-checks, its locks, and the findings of every rule.

Imports load, check, lock, importing and the rules.  Reads only; a foreign XLSForm is read through the importer, in memory.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..check import mistakes
from ..errors import BdgError, Problem
from ..importing.make import import_xlsform
from ..load import read_questionnaire
from ..lock import check_lock, read_locks
from ..question import Questionnaire
from .rules import findings


@dataclass(frozen=True)
class Looked:
    """What was found at one form. name: as the person called it; wrong: no build with these; unwise: the rules' findings."""

    name: str
    form: Questionnaire
    wrong: tuple[Problem, ...]
    unwise: tuple[Problem, ...]

    def lines(self) -> Iterator[str]:
        """Heading with counts, then every problem as it is told."""
        questions = sum(1 for _ in self.form.questions())
        yield (
            f"{self.name} · {self.form.id}: {questions} câu / questions, mã bảng hỏi / digest {self.form.digest[:12] or '-'}; "
            f"{len(self.wrong)} lỗi / mistakes, {len(self.unwise)} điều cần xem / findings"
        )
        yield from (problem.text() for problem in (*self.wrong, *self.unwise))


def look(folder: Path, name: str = "") -> Looked:
    """Everything that can be said of a questionnaire's folder. FORM-002 when it is none."""
    problems: list[Problem] = []
    form, lost = read_questionnaire(folder, problems)
    problems += mistakes(form, lost)
    try:
        locks = read_locks(folder)
        earlier = tuple(lock.as_it_stood for lock in locks if lock.as_it_stood)
        if not problems:
            check_lock(form, locks)
    except BdgError as error:
        problems, earlier = [*problems, *error.problems], ()
    return Looked(name or folder.name, form, tuple(dict.fromkeys(problems)), findings(form, earlier))


def look_at_xlsform(path: Path) -> Looked:
    """The same of an XLSForm: places are sheet and row. FORM-079 when it is none."""
    imported = import_xlsform(path)
    with tempfile.TemporaryDirectory() as work:
        for name, text in imported.files.items():
            (Path(work) / name).write_text(text, encoding="utf-8")
        found = look(Path(work), path.name)
    wrong = (*imported.findings, *(_in_sheet(p, imported.rows) for p in found.wrong))
    return replace(found, wrong=wrong, unwise=tuple(_in_sheet(p, imported.rows) for p in found.unwise))


def _in_sheet(found: Problem, rows: dict[str, str] | object) -> Problem:
    """A problem with the row of the sheet in the place of a line of YAML."""
    named = re.search(r"\(([^();]+)", found.place)
    owner = named.group(1) if named else ""
    place = rows.get(owner) if isinstance(rows, dict) else None
    sheet = "settings" if found.place.startswith("form.yaml") else "choices" if found.place.startswith("lists.yaml") else "survey"
    return replace(found, place=f"{place or sheet} ({owner})" if owner else place or sheet)


def summary(looked: Sequence[Looked]) -> str:
    """One line over all forms: how many of each code."""
    times = Counter(p.code for one in looked for p in (*one.wrong, *one.unwise))
    told = ", ".join(f"{code} × {n}" for code, n in sorted(times.items()))
    return f"tổng cộng / in all: {sum(times.values())}" + (f" ({told})" if told else "")
