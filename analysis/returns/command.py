"""bdg analysis returns: the folder read, everything written, the screen of text.

Imports folder, written and the forms door.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from rich.progress import Progress

from forms import load_plan, load_questionnaire, province_folder, questionnaire_folder
from forms.returns import Period
from forms.units import read_units

from .folder import read_returns
from .written import told, write_returns


def returns(
    folder: Path, form: str, units: Path | None, out: Path, *, year: int, kind: str, received: date, province: str
) -> tuple[list[str], bool]:
    """Read, write, and say it: (lines, whether something red waits for a person).  form: a shipped form or a folder of one."""
    here = Path(form) if (Path(form) / "form.yaml").exists() else questionnaire_folder(form)
    place = province_folder(province)
    listed = read_units(units or place / "units.csv", [t.id for t in load_plan(place).targets])
    with Progress(transient=True) as bar:
        task = bar.add_task("đọc báo cáo", total=None)
        found = read_returns(
            folder, load_questionnaire(here), listed, Period(year, kind), received,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )  # fmt: skip
    written = write_returns(found, out)
    return [*told(found), *(f"đã ghi / wrote {path}" for path in written)], any(n.severity == "red" for n in found.noticed)
