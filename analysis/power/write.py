"""A study on disk: results.json, results.csv, CoMau.md for people, and two figures; and the few lines a command prints.

Imports made (the record), drawn, results and the ground (folder, plan).  All of the files appear, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from forms.folder import whole
from forms.plan import Plan
from forms.survey import SurveyPlan

from ..results import Results
from .drawn import FIGURES, Drawn, drawn
from .made import Study
from .spoken import Both, said
from .table import Table, shown

NOTE = "CoMau.md"


def results_of(study: Study, plan: Plan, survey: SurveyPlan) -> Results:
    """The study as results: rows of kind power, texts["power"]; no microdata, so never practice material."""
    return Results(
        practice=False, digests={"plan": plan.digest, "survey": survey.digest}, rows=study.rows, texts={"power": study.texts}
    )


def write_study(
    study: Study, plan: Plan, survey: SurveyPlan, out: Path, drawing: Callable[[], Drawn] | None = None
) -> tuple[Path, ...]:
    """All files of a study into `out`; their paths, in order.  drawing: gives the figures, when somebody else draws them."""
    made = results_of(study, plan, survey)
    with whole(out) as folder:
        files = {"results.json": made.json_bytes(), "results.csv": made.csv_bytes()}
        figures = drawing() if drawing else drawn(study.curves)
        files |= {NOTE: page(study, plan, figures.alts).encode(), **figures.files}
        for name, content in files.items():
            (folder / name).write_bytes(content)
    return tuple(out / name for name in files)


def page(study: Study, plan: Plan, alts: Mapping[str, str]) -> str:
    """CoMau.md: what a director reads first, then tables, figures, assumptions; all of it again in English."""
    figures = [f"![{alts[stem]}]({stem}.png)\n" for stem in FIGURES]
    vi, en = _part(study, plan, "vi", figures), _part(study, plan, "en", [])
    return "\n".join([*vi, "---", "", *en]).rstrip() + "\n"


def _part(study: Study, plan: Plan, language: str, figures: list[str]) -> list[str]:
    t = study.texts
    told = [t[key] for key in ("readings", "sensitivity", "simulation")]
    told += [] if plan.target_ii3.signed else [said("unsigned")]
    name = {"vi": plan.name.vi, "en": plan.name.en}
    lines = [f"# {_in('page.title', language)} - {name[language]}", "", f"*{t['plan'][language]}.*", ""]
    for head, text in (("page.can", t["paragraph"]), ("page.cannot", t["cannot"])):
        lines += [f"## {_in(head, language)}", "", text[language], ""]
    for text in told:
        lines += [text[language], ""] if text[language] else []
    if figures:
        lines += [f"## {_in('page.figures', language)}", "", *figures]
    lines += [f"## {_in('page.tables', language)}", ""]
    for table in t["tables"]:
        lines += [*markdown(table, language), ""]
    lines += [f"## {_in('page.assumptions', language)}", ""]
    lines += [_line([_in(f"page.{key}", language) for key in ("what", "value", "source")]), _line(["---"] * 3)]
    value = "value" if language == "vi" else "value_en"
    return [*lines, *(_line([a["what"][language], a[value], a["source"][language]]) for a in t["assumptions"]), ""]


def markdown(table: Table, language: str) -> list[str]:
    """One table in Markdown."""
    head: list[Both] = table["head"]
    lines = [f"### {table['title'][language]}", "", _line([h[language] for h in head]), _line(["---"] * len(head))]
    lines += [_line([shown(cell, language) for cell in row]) for row in table["rows"]]
    return [*lines, "", f"*{table['note'][language].strip()}*"]


def _line(cells: list[str]) -> str:
    return "|" + "|".join(f" {cell} " for cell in cells) + "|"


def _in(key: str, language: str) -> str:
    return said(key)[language]


def summary(study: Study) -> str:
    """What the command prints: the paragraph, the honest sentence, and the first table's main columns."""
    t = study.texts
    first = t["tables"][0]
    rows = [[shown(content, "vi") for content in row] for row in (first["head"], *first["rows"])]
    picked = [[row[i] for i in (0, 1, 2, 4, 8)] for row in rows]
    wide = [max(len(row[i]) for row in picked) for i in range(len(picked[0]))]
    table = ["  ".join(cell.ljust(w) for cell, w in zip(row, wide, strict=True)).rstrip() for row in picked]
    told = [t[key]["vi"] for key in ("paragraph", "cannot", "sensitivity", "simulation")]
    return "\n\n".join(x for x in (*told, "\n".join(table)) if x)
