"""docs/instruments.md: which row of targets and results each form feeds, written from the forms' own form.yaml.

Refresh: python -m tests.forms.instrument_rows (from the root of the checkout).
"""

from __future__ import annotations

import re

from forms.load import load_questionnaire, questionnaire_folder
from forms.question import Questionnaire
from tests.forms.writing import ROOT

PAGE = ROOT / "docs" / "instruments.md"
FOLDERS = ("household", "officials", "enterprise", "media", "unit", "convention")
LETTERS = "ABCDEF"
BEGIN, END = "<!-- serves: begin (python -m tests.forms.instrument_rows) -->", "<!-- serves: end -->"
_HEAD = "| Dòng / Row | Phiếu / Form | Câu, thang điểm / Questions, scales |\n|---|---|---|\n"


def shipped() -> dict[str, Questionnaire]:
    """The forms by their letter."""
    return {letter: load_questionnaire(questionnaire_folder(name)) for letter, name in zip(LETTERS, FOLDERS, strict=True)}


def order(row: str) -> tuple[int, int, str]:
    """Targets first, then the plan's other parts by number, then results of analysis by name."""
    found = re.fullmatch(r"(II|III|IV|V)(?:\.(\d+))?", row)
    if found is None:
        return 9, 0, row
    return ("II", "III", "IV", "V").index(found.group(1)), int(found.group(2) or 0), row


def table(forms: dict[str, Questionnaire]) -> str:
    """A line a row and form: II.1 by form A, by form B, …"""
    lines = [(row, letter, names) for letter, form in forms.items() for row, names in form.serves.items()]
    lines.sort(key=lambda line: (*order(line[0]), line[1]))
    return _HEAD + "".join(f"| {row} | {letter} | {', '.join(f'`{n}`' for n in names)} |\n" for row, letter, names in lines)


def page(text: str, forms: dict[str, Questionnaire]) -> str:
    """The page with its table made anew."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{table(forms)}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    """Rewrite the table; say whether it changed."""
    before = PAGE.read_text(encoding="utf-8")
    after = page(before, shipped())
    PAGE.write_text(after, encoding="utf-8", newline="\n")
    print(f"{'đã ghi / wrote' if before != after else 'không đổi / unchanged'} {PAGE.name}")  # noqa: T201


if __name__ == "__main__":
    main()
