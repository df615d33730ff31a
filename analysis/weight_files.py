"""The weights alone, in files: for those who estimate elsewhere, and to look at the weights before any score is seen.

Imports intake, survey_weights, weighting.diagnose, written, beside and (late, in the other process) the figures.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forms.formulas import tame

from . import findings
from .beside import beside
from .intake import Given, Intake, Progress, intake
from .results import Results, Row
from .sampling.frame import STAMP
from .scoring import scores
from .survey_weights import design_of, weighed
from .told import words
from .weighting import diagnose
from .weighting.base import COLUMNS
from .weighting.weighed import NORM, Weighed
from .written import digests, writable, write

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "restricted"


@dataclass(frozen=True)
class Written:
    """The files, and the lines that the command prints."""

    paths: tuple[Path, ...]
    lines: tuple[str, ...]


def weigh_files(given: Given, out: Path, *, replicates: int = 0, seed: int = 1, progress: Progress | None = None) -> Written:
    """Weigh the waves and write restricted/weights.{parquet,csv}, results.json, findings.json and the figures.

    replicates: bootstrap replicates of the whole chain as columns rep_1 ...; seed: of the bootstrap.
    BdgError DATA-*, PLAN-*, STAT-*: nothing has been written.
    """
    say = progress or (lambda _step, _done, _of: None)
    steps = len(given.waves) + 3
    writable(out)
    with beside() as pool:
        found = intake(given, lambda wave, turn: say(f"đọc dữ liệu kỳ {wave}", turn, steps))
        say("tính quyền số", steps - 3, steps)
        made = weighed(found, replicates=replicates, seed=seed)
        say("đối chiếu", steps - 2, steps)
        rows = diagnose.rows(made, design_of(found, made), found.survey.weighing.covariates, _with_score(found, made))
        figures = pool.submit(_figures, rows, _pictured(found, made))
        results = Results(found.practice, digests(found), rows, _texts(found, made))
        say("ghi tệp", steps - 1, steps)
        notices = sorted((*findings.find(found.waves, found.book), *found.notices, *diagnose.findings(made)), key=lambda f: f.id)
        files = {**_tables(made), "results.json": results.json_bytes(), "findings.json": findings.document(notices)}
        paths = write(out, {**files, **figures.result()})
    return Written(paths, summary(made))


def _texts(found: Intake, made: Weighed) -> dict[str, Any]:
    labels = {d.id: d.label for d in found.plan.domains}
    return {
        "weighing": diagnose.facts(made), "method": [{"id": "weights", **words(diagnose.note(made, labels))}],
        "waves": {str(w): {} for w in made.waves},
    }  # fmt: skip


def _with_score(found: Intake, made: Weighed) -> pd.DataFrame:
    """The people with the headline score, for its design effect; never written."""
    import numpy as np

    given = [scores(found.book, t, ()) for t in found.waves]
    parts = {name: np.concatenate([g[name] for g in given]) for name in ("score", "score__why")}
    return made.people.assign(**parts)


def columns(made: Weighed) -> tuple[str, ...]:
    """The columns of the weights file, in order."""
    reps = made.replicates.columns if made.replicates else ()
    return ("wave", "person", "stratum", "psu", "ssu", *COLUMNS, NORM, *reps)


def _tables(made: Weighed) -> dict[str, bytes]:
    table = made.people[list(columns(made))].sort_values(["wave", "person"], kind="stable").reset_index(drop=True)
    table = table.astype({"wave": "Int64", "n_eligible": "Int64"})
    parquet = io.BytesIO()
    table.to_parquet(parquet, index=False)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")  # as pandas writes it, three times as fast with 200 replicates
    writer.writerow(table.columns)
    named = {c: table[c].map(tame, na_action="ignore") for c in ("person", "stratum", "psu", "ssu")}
    writer.writerows(table.assign(**named).itertuples(index=False, name=None))
    return {f"{FOLDER}/weights.parquet": parquet.getvalue(), f"{FOLDER}/weights.csv": text.getvalue().encode()}


@dataclass(frozen=True)
class Pictured:
    """What the figures need beside the rows.  totals: waves whose margins have known totals."""

    labels: Mapping[str, str]
    trim: float | None
    stamp: str
    totals: tuple[int, ...]


def _pictured(found: Intake, made: Weighed) -> Pictured:
    labels = {c.code: c.label.vi for d in found.plan.domains for c in d.codes}
    labels |= {d.id: d.label.vi for d in found.plan.domains} | {"stratum": "tầng"}
    stamp = STAMP if found.practice else ""
    return Pictured(labels, found.survey.weighing.trim, stamp, made.waves if made.targets is not None else ())


def _figures(rows: tuple[Row, ...], given: Pictured) -> dict[str, bytes]:
    """Drawn in the other process."""
    from .figures import png, svg
    from .figures import weights as drawn

    pictures = {"quyen-so-theo-tang": drawn.spread(rows, trim=given.trim, labels=given.labels, stamp=given.stamp)}
    pictures |= {f"tong-dan-so-{w}": drawn.margins(rows, wave=w, labels=given.labels, stamp=given.stamp) for w in given.totals}
    files: dict[str, bytes] = {}
    for name, (figure, alt) in pictures.items():
        files |= {f"hinh/{name}.png": png(figure), f"hinh/{name}.svg": svg(figure), f"hinh/{name}.txt": (alt + "\n").encode()}
    return files


def summary(made: Weighed) -> tuple[str, ...]:
    """What the command says: the weights of each wave, what was merged, cut and left out."""
    lines = []
    for wave in made.waves:
        last = [e for e in made.log if e.wave == wave][-1]
        lines.append(
            f"kỳ {wave}: {last.n} người, tổng quyền số {last.sum:.0f}, hệ số thiết kế do quyền số {_vi(last.deff_kish)}"
            f" (people, sum of weights, Kish)"
        )
    lines += [
        f"biên {m.margin}: {len(m.groups)} mục sau khi gộp {len(m.merges)} nhóm (categories after merging)" for m in made.margins
    ]
    cut = sum(made.cut)
    lines += [f"đã cắt {cut} quyền số (weights trimmed)"] if cut else []
    if made.classes:
        lines += [f"lớp trả lời: {len(made.classes.names)} (response classes), đã gộp {len(made.classes.log)} lần (merges)"]
    lines += [f"lưu ý / note: {n}" for n in made.notes]
    return tuple(lines)


def _vi(number: float) -> str:
    return f"{number:.2f}".replace(".", ",")
