"""`bdg analysis publish`: a run's results and microdata in, what may leave out; all files or none.

Imports the forms door, results, and this folder's steps.  Checks its own work before a byte is written.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from forms.errors import refuse
from forms.formulas import tame

from ..results import Results, read_results
from . import public
from .attack import given_away
from .microdata import Made, public_people
from .page import page

SUFFIX = "_GIA-LAP"
Say = Callable[[str], None]


def publish_run(
    run: Path,
    out: Path,
    *,
    questionnaire: Path | None = None,
    psu: bool = True,
    microdata: bool = True,
    progress: Say | None = None,
) -> tuple[tuple[Path, ...], Results]:
    """Write results_public.json, results_public.csv, microdata_public.csv with its codebook, and CongBo.md.

    run: a folder of `bdg analysis run`; without restricted/microdata.parquet (targets, reports of units), or with microdata
    False, only tables leave.  psu: whether the public microdata keep (meaningless) ids of hamlets.
    PUB-001 .. PUB-007: it may not leave, or is not there; nothing is written.
    """
    from ..written import writable, write

    say = progress or (lambda _step: None)
    _apart(run, out)
    writable(out)
    say("đọc kết quả")
    given = _read(run / "results.json")
    _forbidden(given)
    say("áp dụng quy tắc công bố")
    results = public(given)
    if found := given_away(results):
        raise refuse("PUB-003", "results_public.json", expected="-", got=", ".join(found[:5]), count=len(found))
    files = {"results_public.json": results.json_bytes(), "results_public.csv": results.csv_bytes()}
    made = None
    source = run / "restricted" / "microdata.parquet"
    if microdata and source.exists():
        say("dữ liệu từng người")
        made, more = _people(source, given, results, questionnaire, psu=psu)
        files |= more
    end = SUFFIX if results.practice else ""
    files[f"CongBo{end}.md"] = page(results, made, dict(files))
    say("ghi tệp")
    return write(out, files), results


def _apart(run: Path, out: Path) -> None:
    """PUB-005: what leaves must not lie beside or under what must stay."""
    here, there = run.resolve(), out.resolve()
    if there == here or here in there.parents or "restricted" in there.parts:
        raise refuse("PUB-005", "--out", expected=f"≠ {run.name}/…", got=out.name, run=run.name)


def _read(path: Path) -> Results:
    try:
        return read_results(path)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise refuse("PUB-007", path.name, expected="results/1", got=type(error).__name__) from error


def _forbidden(results: Results) -> None:
    """PUB-002 for breakdowns that nobody may publish."""
    from ..publish import forbidden

    some = {"+".join(name for name, _ in r.domain) or r.category for r in results.rows if forbidden(r) and r.estimate is not None}
    if some:
        raise refuse("PUB-002", "results.json", expected="-", got=", ".join(sorted(some)), count=len(some))


def _people(
    source: Path, given: Results, results: Results, questionnaire: Path | None, *, psu: bool
) -> tuple[Made, dict[str, bytes]]:
    """The public microdata and its codebook; PUB-006 when they are not of these results."""
    import pandas as pd

    people = pd.read_parquet(source)
    counted = {r.wave: r.n + sum(r.n_missing.values()) for r in given.rows if _headline(r)}
    there = dict(Counter(int(w) for w in people["wave"]))
    if counted != there:
        said = [", ".join(f"{w}: {n}" for w, n in sorted(some.items())) for some in (counted, there)]
        raise refuse("PUB-006", source.name, expected=said[0], got=said[1])
    made = public_people(people, results, source.read_bytes(), psu=psu)
    table = made.people.copy()
    table.insert(1, "round_kind", "practice" if results.practice else "real")
    text = table.to_csv(index=False, lineterminator="\n").encode()
    names = [str(c) for c in table.columns]
    return made, {"microdata_public.csv": text, "microdata_public_codebook.csv": _codebook(names, results, questionnaire)}


def _headline(row: Any) -> bool:
    return bool(
        row.kind == "level" and row.indicator == "score" and not row.domain and row.category == "" and "reserve" not in row.design
    )


def _codebook(columns: list[str], results: Results, questionnaire: Path | None) -> bytes:
    from .codebook import lines

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["column", "code", "vi", "en"])
    for line in lines(columns, results, questionnaire):
        writer.writerow([tame(cell) for cell in line])
    return out.getvalue().encode()


def told(paths: tuple[Path, ...], results: Results) -> Iterator[str]:
    """What the command says: files, and how many rows are hidden."""
    from ..publish import rule_of

    hidden = [r for r in results.rows if r.publish == "hide"]
    yield f"{len(results.rows)} dòng, ẩn {len(hidden)} / rows, {len(hidden)} hidden"
    met: Mapping[str, int] = Counter(rule.id for r in hidden if (rule := rule_of(r)) is not None)
    yield from (f"  {name}: {count}" for name, count in sorted(met.items(), key=lambda pair: (-pair[1], pair[0])))
    yield from (f"đã ghi / wrote {path}" for path in paths)
