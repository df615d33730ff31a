"""results.json and findings.json of a day -> one self-contained page: screen, telephone and two printed A4 pages.

Imports Jinja2, forms.folder, daily_read, daily_page, daily_tasks and daily_figures; templates/daily.html.j2 and daily.css.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

from forms.errors import refuse
from forms.folder import whole

from . import daily_page as page
from . import daily_tasks, numbers
from .daily_read import Day, read_day

TEMPLATES = Path(__file__).with_name("templates")
MOST_BYTES = 2_000_000


def daily(path: Path, out: Path) -> Path:
    """Write the page of a day into the folder `out`: TheoDoi-<day>.html, `_GIA-LAP` in the name of practice material.

    path: a folder with results.json and findings.json, or a round's folder (its last day).  BdgError REP-001, REP-005, REP-006,
    REP-007; REP-008 when the page would be too large for a telephone.  The file or nothing.
    """
    day = read_day(path)
    content = document(day)
    if len(content) > MOST_BYTES:
        raise refuse("REP-008", str(day.day), expected=f"≤ {MOST_BYTES}", got=len(content))
    name = f"TheoDoi-{day.day.isoformat()}{'_GIA-LAP' if day.results.practice else ''}.html"
    with whole(out) as work:
        (work / name).write_bytes(content)
    return out / name


def document(day: Day) -> bytes:
    """The bytes of the page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    from .compose import STAMP
    from .daily_figures import figures

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    stamp = STAMP if day.results.practice else ""
    html = environment.get_template("daily.html.j2").render(
        css=Markup((TEMPLATES / "daily.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        stamp=stamp, day=numbers.short_date(day.day), about=day.texts["round"], title=_title(day), figures=figures(day, stamp),
        tasks=daily_tasks.tasks(day), totals=daily_tasks.totals(day), log=daily_tasks.log(day), head=page.headline(day),
        communes=page.communes(day), cells=page.cells(day), teams=page.teams(day), flow=page.flow(day), rates=page.rates(day),
        reasons=page.reasons(day), unknown=page.items(day, "daily_item_dk"), missing=page.items(day, "daily_item_missing"),
        slow=page.items(day, "daily_question_time", "giây"), heaping=page.items(day, "daily_heaping"), places=page.places(day),
        records=page.records(day), backcheck=page.backcheck(day), points=page.points(day), foot=list(page.foot(day)),
    )  # fmt: skip
    return unicodedata.normalize("NFC", html).encode()


def _title(day: Day) -> str:
    of = day.texts["round"]
    return str((of.get("title") or {}).get("vi") or of["form"])
