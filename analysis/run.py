"""From export files to results.json: the whole analysis in one call, everything written or nothing.

Imports the forms door and every part of this room.  The only module that knows the order of the steps.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import yaml

from forms import (
    Codebook,
    Place,
    Plan,
    Submission,
    Variable,
    codebook,
    load_former,
    load_places,
    load_plan,
    load_questionnaire,
    province_folder,
    questionnaire_folder,
    read_locks,
    refuse,
)
from forms.folder import whole

from . import findings
from .design import Design, Lonely
from .indicators import domain_columns, indicators, share_columns
from .masks import Texts
from .publish import publish
from .readers import read_submissions
from .results import Results
from .rows import every_group, rows_of
from .sampling.frame import Frame, frame_bytes, link_bytes, read_frame
from .sampling.places import check_places
from .sampling.practice import STAMP
from .sampling.sample import Drawn, read_sample, sample_bytes, waves_of
from .scoring import Comparison, comparison, scores
from .texts import Told, texts
from .tidied import Tidy, why_of
from .tidy import Setting, tidy
from .weighting.base import COLUMNS as WEIGHTS
from .weighting.base import weighted

Progress = Callable[[str, int, int], None]
Window = tuple[date, date]
_FIRST = ("wave", "person", "stratum", "psu", "ssu", *WEIGHTS)
_DERIVED = ("sex", "age", "agegroup", "area", "ethnic2", "poor2", "khu_vuc", "dtts", "former_province")
_WORKING = ("p_psu", "p_household")


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
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Read, tidy, score, weight, estimate, judge and write; one wave or several.

    waves: year -> file or folder of submissions (readers).  frame, links: default frame.csv and psu_links.csv beside
    sample.csv.  windows: first and last day of fieldwork by wave, or a waves.yaml; default waves.yaml beside sample.csv,
    then the plan.  progress: called with (step, done, of).  questionnaire: its folder, default the shipped one.
    Writes results.json, results.csv, findings.json and restricted/microdata.{parquet,csv} into `out`, all or none, and
    gives their paths.
    BdgError DATA-*, PLAN-*, STAT-*: nothing has been written.
    """
    say = progress or (lambda _step, _done, _of: None)
    steps = len(waves) + 3
    if not waves:
        raise refuse("DATA-020", "--wave", expected="≥ 1", got=0, wave="-", where="--wave")
    _writable(out)
    plan, places = load_plan(province_folder(province)), load_places(province_folder(province))
    home = questionnaire or questionnaire_folder()
    book = codebook(load_questionnaire(home))
    drawn, units = _drawn(sample, frame, links, places, province)
    if strange := sorted(set(waves) - set(waves_of(drawn))):
        known = ", ".join(map(str, waves_of(drawn)))
        raise refuse("DATA-020", "--wave", expected=known, got=strange[0], wave=strange[0], where=sample.name)
    spans = _windows(sorted(waves), windows, plan, sample)
    done: list[Tidy] = []
    digests: list[bytes] = [sample_bytes(drawn), frame_bytes(units), link_bytes(units)]
    locks = {lock.wave: lock.digest for lock in read_locks(home)}
    for turn, (wave, path) in enumerate(sorted(waves.items())):
        say(f"đọc dữ liệu kỳ {wave}", turn, steps)
        if not path.exists():
            raise refuse("DATA-024", str(wave), got=path.name, wave=wave)
        given = read_submissions(path, book, [locks[wave]] if wave in locks else [])
        done.append(tidy(given, book, _setting(wave, spans, plan, places, province, drawn, units)))
        digests.append(_canonical(given))
    say("tính điểm", steps - 3, steps)
    _nobody(done, book)
    compared = comparison(book, done[0], done[-1]) if len(done) > 1 else None
    people = pd.concat([_scored(t, book, plan, compared) for t in done], ignore_index=True)
    domains, refused = domain_columns(people, plan)
    grouped = people.assign(**domains)
    measured = indicators(book, plan, map(str, people.columns), compared)
    say("ước lượng", steps - 2, steps)
    rows = publish(rows_of(grouped, _design(plan, done), measured, plan, sorted(domains)))
    told = Told(plan, book, tuple(done), spans, grouped, measured, refused, compared, rows, every_group(rows, plan))
    results = Results(_practice(drawn), _digests(plan, book, digests), rows, texts(told))
    say("ghi tệp", steps - 1, steps)
    looked = findings.document(findings.find(done, book))
    return _write(out, {**_files(results, people, domains, plan, book), "findings.json": looked})


def _drawn(
    sample: Path, frame: Path | None, links: Path | None, places: Sequence[Place], province: str
) -> tuple[tuple[Drawn, ...], Frame]:
    beside = sample.parent
    links = links or (beside / "psu_links.csv" if (beside / "psu_links.csv").exists() else None)
    names = {p.code: p.name for p in places}
    former = load_former(province_folder(province))
    drawn = read_sample(sample)
    units = read_frame(frame or beside / "frame.csv", links, communes=names, former=former)
    check_places(drawn, units, names, former, sample.name)
    if not _practice(drawn) and any(h.source == STAMP for h in units.hamlets):
        raise refuse("DATA-029", sample.name, expected="practice", got=f"real; frame.csv: {STAMP}", wave=drawn[0].wave)
    return drawn, units


def _writable(out: Path) -> None:
    """DATA-031 before any work is done: the name is taken by a file, or the folder cannot be written."""
    there = next(p for p in (out, *out.absolute().parents) if p.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise refuse("DATA-031", "--out", got=there.name, out=out.name)


def _windows(waves: Sequence[int], given: Mapping[int, Window] | Path | None, plan: Plan, sample: Path) -> dict[int, Window]:
    """Fieldwork of every wave to be analysed; DATA-015 when one is not known (decision 9)."""
    if isinstance(given, Path) and not given.exists():
        raise refuse("DATA-026", given.name, got="không có tệp / no such file")
    told = _waves_file(given) if isinstance(given, Path) else given or {}
    beside = _waves_file(sample.parent / "waves.yaml")
    found: dict[int, Window] = {}
    for wave in waves:
        known = plan.waves.get(wave)
        window = told.get(wave) or beside.get(wave)
        if window is None and known and known.field_start and known.field_end:
            window = (known.field_start, known.field_end)
        if window is None or window[0] > window[1]:
            place = f"plan.yaml / waves.yaml: {wave}"
            got = " > ".join(d.isoformat() for d in window) if window else ""
            raise refuse("DATA-015", place, expected="field_start ≤ field_end", got=got, wave=wave)
        found[wave] = window
    return found


def _waves_file(path: Path) -> dict[int, Window]:
    if not path.exists():
        return {}
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        spans = {int(w): (v.get("field_start"), v.get("field_end")) for w, v in raw["waves"].items()}
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError, ValueError) as fault:
        raise refuse("DATA-026", path.name, got=type(fault).__name__) from None
    for wave, days in spans.items():
        if strange := [d for d in days if d is not None and (not isinstance(d, date) or isinstance(d, datetime))]:
            raise refuse("DATA-026", f"{path.name}: {wave}", expected="YYYY-MM-DD", got=strange[0])
    return {w: (a, b) for w, (a, b) in spans.items() if a and b}


def _setting(
    wave: int, spans: Mapping[int, Window], plan: Plan, places: Sequence[Place], province: str, drawn: tuple[Drawn, ...],
    units: Frame,
) -> Setting:  # fmt: skip
    return Setting(
        wave=wave, window=spans[wave], frame=units, sample=drawn,
        salt=hashlib.sha256(sample_bytes(drawn)).hexdigest(), bands=plan.bands,
        communes={p.code: p.name for p in places}, former=load_former(province_folder(province)),
        former_province={p.code: p.former_province for p in places},
        khu_vuc={p.code: p.khu_vuc for p in places}, dtts={p.code: p.dtts for p in places},
    )  # fmt: skip


def _canonical(given: Sequence[Submission]) -> bytes:
    """The answers that were used, whatever file they came in."""
    kept = [[s.instance_id, s.answers, s.repeats] for s in given if s.review != "rejected"]
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, default=dict).encode()


def _nobody(done: Sequence[Tidy], book: Codebook) -> None:
    """A scored item that was asked in a wave but answered by nobody, unless it is declared changed there (DATA-019)."""
    for t in done:
        silent = [v.name for v in book.variables if v.scale and t.wave not in v.changed and _silent(t, v)]
        if silent:
            raise refuse("DATA-019", str(t.wave), expected="≥ 1", got=0, items=", ".join(silent), wave=t.wave)


def _silent(t: Tidy, v: Variable) -> bool:
    kinds = set(why_of(v, t.answers, len(t.days)).tolist())
    return bool(kinds - {"not_asked"}) and not kinds & {"answered", "dont_know"}


def _scored(t: Tidy, book: Codebook, plan: Plan, compared: Comparison | None) -> pd.DataFrame:
    more = scores(book, t, plan.thresholds) | share_columns(book, t)
    if compared and compared.needed:
        more |= scores(book, t, plan.thresholds, compared)
    return weighted(pd.concat([t.people, pd.DataFrame(more, index=t.people.index)], axis=1))


def _design(plan: Plan, done: Sequence[Tidy]) -> Design:
    sampled = tuple(place for t in done for place in t.sampled)
    rules = {k: plan.lonely[k] for k in ("level", "change")}
    lonely = Lonely(rules["level"], rules["change"])  # type: ignore[arg-type]  # the plan's loader checks the words
    return Design("stratum", "psu", "weight", "wave", lonely, plan.df_rule, sampled)


def _practice(drawn: Sequence[Drawn]) -> bool:
    return any(d.round_kind == "practice" for d in drawn)


def _digests(plan: Plan, book: Codebook, parts: Sequence[bytes]) -> dict[str, str]:
    data = hashlib.sha256()
    for part in parts:
        data.update(hashlib.sha256(part).digest())
    code = hashlib.sha256()
    root = Path(__file__).resolve().parent.parent
    for path in sorted([*(root / "forms").glob("*.py"), *(root / "analysis").rglob("*.py")]):
        code.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    form = hashlib.sha256(f"{book.form_id} {book.version} {book.digest}".encode()).hexdigest()
    return {"plan": plan.digest, "questionnaire": book.digest, "form": form, "data": data.hexdigest(), "code": code.hexdigest()}


# ---- files ---------------------------------------------------------------------------------------------------------


def microdata(people: pd.DataFrame, plan: Plan, book: Codebook) -> pd.DataFrame:
    """The restricted file: contract columns in contract order, sorted by wave and person; no working column."""
    domains = [d.id for d in plan.domains if d.id in people.columns and d.id not in _DERIVED]
    derived = [c for c in _DERIVED if c in people.columns]
    scored = {*book.scales, *(f"reach{t}" for t in plan.thresholds)}
    made = [str(c) for c in people.columns if str(c).removesuffix("__why").removesuffix("_cmp") in scored]
    taken = {*_FIRST, *derived, *domains, *made, *_WORKING}
    names = {v.name for v in book.variables}
    asked = [str(c) for c in people.columns if c not in taken and str(c).removesuffix("__why") in names]
    table = people[[*_FIRST, *derived, *domains, *asked, *made]].sort_values(["wave", "person"], kind="stable")
    integers = ["wave", "n_eligible", "age", *(v.name for v in book.variables if v.type == "integer" and v.name in asked)]
    return table.astype(dict.fromkeys(integers, "Int64")).reset_index(drop=True)


def _files(results: Results, people: pd.DataFrame, domains: Mapping[str, Texts], plan: Plan, book: Codebook) -> dict[str, bytes]:
    table = microdata(people.assign(**{k: v for k, v in domains.items() if k not in _DERIVED}), plan, book)
    parquet = io.BytesIO()
    table.to_parquet(parquet, index=False)
    return {
        "results.json": results.json_bytes(),
        "results.csv": results.csv_bytes(),
        "restricted/microdata.parquet": parquet.getvalue(),
        "restricted/microdata.csv": table.to_csv(index=False, lineterminator="\n").encode(),
    }


def _write(out: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """All files or none; gives their paths."""
    with whole(out) as staged:
        for name, body in files.items():
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).write_bytes(body)
    return tuple(out / name for name in files)
