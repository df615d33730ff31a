"""From export files to results.json: the whole analysis in one call, everything written or nothing.

Imports the forms door and every part of this room.  The only module that knows the order of the steps.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from forms import Codebook, Plan, province_folder
from forms.formulas import tame
from forms.question import Label
from forms.survey import load_stratum_words

from . import agesex, answers, design_record, findings
from .archive.against import after, before, one_kind
from .archive.sealed import Baseline, read_baseline
from .design import Design
from .indicators import SHARES, Indicator, by_every_year, domain_columns, indicators, share_columns
from .intake import Given, Intake, Progress, Window, intake
from .masks import Texts
from .publish import publish
from .results import Results, Row
from .rows import every_group, rows_of
from .sampling.places import area_note
from .sampling.strata import named
from .scoring import Comparison, comparison, scores
from .shapes import shapes
from .survey_weights import design_of, marked, weighed, without_reserves
from .texts import texts
from .tidied import Tidy
from .told import Told, words
from .weighting import diagnose
from .weighting.base import COLUMNS as WEIGHTS
from .weighting.weighed import NORM
from .written import digests, parts, writable, write

_FIRST = ("wave", "person", "stratum", "psu", "ssu", *WEIGHTS, NORM)
_DERIVED = ("sex", "age", "agegroup", "area", "ethnic2", "poor2", "khu_vuc", "dtts", "former_province")
_BY_YEAR = re.compile(r"(stratum|area|khu_vuc|dtts)_\d{4}")


def run(
    waves: Mapping[int, Path],
    sample: Path,
    out: Path,
    *,
    province: str = "51",
    frame: Path | None = None,
    links: Path | None = None,
    windows: Mapping[int, Window] | Path | None = None,
    questionnaire: Path | None = None,
    margins: Path | None = None,
    releases: Path | None = None,
    baseline: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Read, tidy, weigh, score, estimate, judge and write over what lies in `out`; one wave or several.

    waves: year -> file or folder of submissions (readers).  frame, links: default frame.csv and psu_links.csv beside
    sample.csv.  windows: first and last day of fieldwork by wave, or a waves.yaml; default waves.yaml beside sample.csv,
    then the plan.  margins, releases: default margins.csv and releases.csv beside sample.csv where they are; without margins
    the weights are not calibrated, and the report says so.  progress: called with (step, done, of).
    questionnaire: its folder, default the shipped one.  baseline: a sealed baseline that the run must not contradict.
    Writes results.json, results.csv, findings.json and restricted/microdata.{parquet,csv} into `out`, all or none, and
    gives their paths.
    BdgError DATA-*, PLAN-*, STAT-*: nothing has been written.  archive.keep.run_kept never writes over another run.
    """
    writable(out)
    given = Given(dict(waves), sample, province, frame, links, windows, questionnaire, margins, releases)
    return write(out, analyse(given, sealed=read_baseline(baseline) if baseline else None, progress=progress).files)


@dataclass(frozen=True, eq=False)
class Analysed:
    """What a run has computed and not yet written.

    files: name -> bytes.  inputs: canonical content of every input -> SHA-256.  said: how it stands to the sealed baseline, None
    where there is nothing to compare; baseline: digest of that seal, '' without.
    """

    results: Results
    files: Mapping[str, bytes]
    book: Codebook
    inputs: Mapping[str, str]
    said: Label | None
    baseline: str


def analyse(
    given: Given, *, sealed: Baseline | None = None, kept: bool | None = None, progress: Progress | None = None
) -> Analysed:  # fmt: skip
    """`run` without writing.

    sealed: DATA-217 to -220 when plan, questionnaire or numbers contradict it.  kept: whether the archive it goes to keeps
    practice runs, DATA-216 when this is another kind; None where there is none.
    """
    say = progress or (lambda _step, _done, _of: None)
    steps = len(given.waves) + 4
    found = intake(given, lambda wave, turn: say(f"đọc dữ liệu kỳ {wave}", turn, steps))
    book = found.book
    one_kind(kept, practice=found.practice)
    held = before(sealed, list(given.waves), found.plan, book, practice=found.practice)
    found = replace(found, stands=held.stands if held else None)
    say("tính quyền số", steps - 4, steps)
    made = weighed(found)
    say("tính điểm", steps - 3, steps)
    compared = comparison(book, found.waves[0], found.waves[-1]) if len(found.waves) > 1 else None
    scored = pd.concat([_scores(t, book, found.plan, compared) for t in found.waves], ignore_index=True)
    people = pd.concat([made.people, scored], axis=1)
    domains, refused = domain_columns(people, found.plan, found.communes)
    plan = by_every_year(found.plan, [*domains, *refused])
    grouped = people.assign(**domains)
    measured = indicators(book, plan, map(str, people.columns), compared)
    say("ước lượng", steps - 2, steps)
    design = design_of(found, made)
    estimated = rows_of(grouped, design, measured, plan, sorted(domains))
    rows = publish((*estimated, *_without(found, grouped, measured, plan), *_answers(found, grouped, design)))
    rows += (*diagnose.rows(made, design, found.survey.weighing.covariates, grouped), *agesex.rows(made))
    labels = {d.id: d.label for d in plan.domains}
    told = Told(
        plan, book, found.waves, found.windows, grouped, measured, refused, compared, rows, every_group(rows, plan),
        diagnose.facts(made), diagnose.note(made, labels), area_note(found.places), found.cleaning,
        held.said if held else None,
    )  # fmt: skip
    notices = (*findings.find(found.waves, book), *found.notices, *diagnose.findings(made))
    said = texts(told) | _more(found, given.province) | {"findings": findings.counted(notices)}
    results = Results(found.practice, digests(found), rows, said)
    if sealed and held and held.stands:
        after(sealed, results)
    say("ghi tệp", steps - 1, steps)
    looked = findings.document(sorted(notices, key=lambda f: f.id))
    drawn = design_record.recorded(design, made, people, domains)
    files = {**_files(results, people, domains, plan, book, drawn), "findings.json": looked}
    return Analysed(results, files, book, parts(found), held.said if held else None, held.digest if held else "")


def _without(found: Intake, people: pd.DataFrame, measured: Sequence[Indicator], plan: Plan) -> tuple[Row, ...]:
    """The headline again as if no reserve household had been interviewed; nothing when none was."""
    other = without_reserves(found)
    if other is None:
        return ()
    head = [i for i in measured if i.id in ("score", f"reach{plan.target_ii3.threshold:g}")]
    columns = [i.id for i in head] + [f"{i.id}__why" for i in head if f"{i.id}__why" in people]
    again = other.people.merge(people[["wave", "person", *columns]], on=["wave", "person"], how="left", validate="1:1")
    some = rows_of(again, design_of(found, other), head, replace(plan, standardise=()), ())
    return marked([r for r in some if r.kind in ("level", "change") and not r.domain])


def _answers(found: Intake, people: pd.DataFrame, design: Design) -> tuple[Row, ...]:
    """The shares of every answer to the opinions, and of every channel."""
    each = [pd.DataFrame(answers.columns(found.book, t), index=t.people.index) for t in found.waves]
    given = pd.concat(each, ignore_index=True)
    return answers.rows(people, given, design, answers.answers(found.book))


def _more(found: Intake, province: str) -> dict[str, Any]:
    """Texts for figures: answers and strata in words; the communes' shapes and their groups, for a reference map."""
    home = province_folder(province)
    areas = {"shapes": shapes(home), "groups": {name: dict(of) for name, of in found.areas.items()}}
    drawn = {stratum for t in found.waves for _, stratum, _ in t.sampled}
    strata = named(drawn, load_stratum_words(home), found.plan, found.survey.selection.stratify)
    told = {code: words(label) for code, label in strata.items()}
    return {"answers": answers.described(found.book), "areas": areas, "strata": told}


def _scores(t: Tidy, book: Codebook, plan: Plan, compared: Comparison | None) -> pd.DataFrame:
    more = scores(book, t, plan.thresholds) | share_columns(book, t)
    if compared and compared.needed:
        more |= scores(book, t, plan.thresholds, compared)
    return pd.DataFrame(more, index=t.people.index)


# ---- files ---------------------------------------------------------------------------------------------------------


def microdata(people: pd.DataFrame, plan: Plan, book: Codebook) -> pd.DataFrame:
    """The restricted file: contract columns in contract order, sorted by wave and person; no working column."""
    domains = [d.id for d in plan.domains if d.id in people.columns and d.id not in _DERIVED and not _BY_YEAR.fullmatch(d.id)]
    by_year = sorted(c for c in map(str, people.columns) if _BY_YEAR.fullmatch(c))
    derived = [c for c in (*_DERIVED, *by_year) if c in people.columns]
    scored = {*book.scales, *(f"reach{t}" for t in plan.thresholds), *(s.id for s in SHARES)}
    scored |= {f"item_{v.name}" for v in book.variables if v.scale}
    made = [str(c) for c in people.columns if str(c).removesuffix("__why").removesuffix("_cmp") in scored]
    taken = {*_FIRST, *derived, *domains, *made}
    names = {v.name for v in book.variables}
    asked = [str(c) for c in people.columns if c not in taken and str(c).removesuffix("__why") in names]
    table = people[[*_FIRST, *derived, *domains, *asked, *made]].sort_values(["wave", "person"], kind="stable")
    integers = ["wave", "n_eligible", "age", *(v.name for v in book.variables if v.type == "integer" and v.name in asked)]
    return table.astype(dict.fromkeys(integers, "Int64")).reset_index(drop=True)


def _files(
    results: Results, people: pd.DataFrame, domains: Mapping[str, Texts], plan: Plan, book: Codebook, drawn: Mapping[str, Any]
) -> dict[str, bytes]:
    more = {k: v for k, v in domains.items() if k not in _DERIVED and not _BY_YEAR.fullmatch(k)}
    table = microdata(people.assign(**more), plan, book)
    held, parquet = table.copy(deep=False), io.BytesIO()
    held.attrs = {design_record.KEY: dict(drawn)}  # pandas keeps it in the file's metadata: people and design in one piece
    held.to_parquet(parquet, index=False)
    return {
        "results.json": results.json_bytes(),
        "results.csv": results.csv_bytes(),
        "restricted/microdata.parquet": parquet.getvalue(),
        "restricted/microdata.csv": _csv(table),
    }


def _csv(table: pd.DataFrame) -> bytes:
    """The table as CSV; no text in it is one that a spreadsheet computes."""
    texts = [c for c in table.columns if not pd.api.types.is_numeric_dtype(table[c])]
    calm = table.assign(**{c: table[c].map(tame, na_action="ignore") for c in texts})
    return calm.to_csv(index=False, lineterminator="\n").encode()
