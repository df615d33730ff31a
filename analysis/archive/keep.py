"""A run that is kept: computed, held against the sealed baseline, put into the archive, compared with the run before.

Imports the parts of this folder, publishing and written; run inside.  The door of `bdg analysis run`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from forms.errors import refuse

from ..publishing import public
from ..written import writable, write
from .against import unlike
from .changes import Change, changes, changes_csv, differs, new_rows, why_of
from .record import FILE, KEPT, Record, item_digests, lock_digest, read_record, sha256, typed, versions
from .sealed import Baseline, baselines, read_baseline, short, standing
from .shelf import CHANGES, Run, last, names, put

if TYPE_CHECKING:
    from ..intake import Given, Progress
    from ..run import Analysed

RESTRICTED = "restricted/"


@dataclass(frozen=True)
class Outcome:
    """What a run left.  paths: files written; lines: what to say; findings: where its findings.json lies."""

    paths: tuple[Path, ...]
    lines: tuple[str, ...]
    findings: Path


def run_kept(
    given: Given, out: Path | None, archive: Path | None, *, day: date, baseline: Path | None = None,
    command: Sequence[str] | None = None, progress: Progress | None = None,
) -> Outcome:  # fmt: skip
    """Analyse and keep.

    out: a working folder; microdata go there.  archive: the run's own folder below it; without `out` its microdata lie there
    too.  At least one of both.  baseline: a sealed one, default the one found in the archive or beside the rounds.
    DATA-215 `out` holds the results of another run that no archive keeps; DATA-216 practice beside real in one archive;
    DATA-217 to -220 the sealed baseline is contradicted.  Nothing is written then.
    """
    from ..run import analyse

    if out is None and archive is None:
        raise ValueError("neither a folder nor an archive to write into")
    for folder in (out, archive):
        if folder is not None:
            writable(folder)
    before = last(archive) if archive else None
    sealed = _found(given, archive, baseline)
    made = analyse(given, sealed=sealed, kept=before.record.practice if before else None, progress=progress)
    if out is not None:
        _guard(out, made.files["results.json"], archive)
    paths: tuple[Path, ...] = ()
    lines = [f"kỳ gốc / baseline: {made.said.vi} ({made.said.en})"] if made.said else _alone(sealed, made)
    home = before.home if before else None
    if archive is not None:
        told = _record(given, made, day, tuple(command or typed()))
        if before and _alike(before.record, told):
            lines.append(
                f"giống hệt lần chạy {before.id}; không tạo thư mục mới / the same bytes as run {before.id}; no new folder"
            )
        else:
            home, said = _put(archive, day, made, told, before, bare=out is not None)
            paths, lines = tuple(p for p in sorted(home.rglob("*")) if p.is_file()), [*lines, *said]
    if out is not None:
        paths, home = (*paths, *write(out, made.files)), out
    return Outcome(paths, tuple(lines), (home or Path()) / "findings.json")


def _found(given: Given, archive: Path | None, named: Path | None) -> Baseline | None:
    """The baseline that holds: named, else of the archive, else beside the rounds that are read; the earliest wave's.

    DATA-220 when two places hold different ones of the same wave, or the one named was replaced.
    """
    folders = [archive] if archive else []
    folders += [p for path in given.waves.values() if path.is_dir() for p in sorted(path.iterdir()) if p.is_dir()]
    known: dict[int, Baseline] = {}
    for folder in dict.fromkeys(f.resolve() for f in folders):
        for wave, b in standing(baselines(folder)).items():
            if wave in known and known[wave].digest != b.digest:
                raise refuse("DATA-220", f"baseline_{wave}", expected=short(known[wave].digest), got=short(b.digest))
            known[wave] = b
    if named is not None:
        asked = read_baseline(named)
        if (there := known.get(asked.wave)) and there.digest != asked.digest:
            raise refuse("DATA-220", named.name, expected=short(there.digest), got=short(asked.digest))
        return asked
    return known[min(known)] if known else None


def _alone(sealed: Baseline | None, made: Analysed) -> list[str]:
    """The sealed wave computed again by itself: not refused, since a correction must be possible, but told."""
    if sealed is None or not any(r.wave == sealed.wave for r in made.results.rows):
        return []
    n = len(unlike(sealed, made.results))
    what = f"{n} số khác / numbers differ" if n else "đúng mọi số / every number the same"
    return [f"so với bản niêm phong kỳ / against the sealed baseline {sealed.wave} ({sealed.name}): {what}"]


def _guard(out: Path, new: bytes, archive: Path | None) -> None:
    """Results of another run are not written over, unless the archive keeps them."""
    there = out / "results.json"
    if not there.is_file() or (old := there.read_bytes()) == new:
        return
    kept = archive is not None and any(read_record(archive / n).files["results.json"] == sha256(old) for n in names(archive))
    if not kept:
        raise refuse("DATA-215", "--out", expected=short(sha256(new)), got=short(sha256(old)), out=out.name)


def _record(given: Given, made: Analysed, day: date, command: tuple[str, ...]) -> Record:
    files = {name: sha256(made.files[name]) for name in (*KEPT, "findings.json")}
    return Record(
        day.isoformat(), command, made.results.practice, given.province, tuple(sorted(given.waves)), files,
        dict(made.results.digests), dict(made.inputs), item_digests(made.book), versions(), lock_digest(), made.baseline,
    )  # fmt: skip


def _alike(one: Record, two: Record) -> bool:
    return dict(one.files) == dict(two.files)


def _put(archive: Path, day: date, made: Analysed, told: Record, before: Run | None, *, bare: bool) -> tuple[Path, list[str]]:
    files = {name: body for name, body in made.files.items() if not (bare and name.startswith(RESTRICTED))}
    said: list[str] = []
    if before is not None:
        why = differs(before.record, told)
        old, now = public(before.results), public(made.results)
        found = changes(old, now, why_of(why), set(before.record.waves) & set(told.waves))
        more = new_rows(old, now)
        told = replace(told, before=before.id, changed=len(found), new=more)
        files[CHANGES] = changes_csv(found)
        said = _spoken(before.id, found, more, why_of(why))
    home = put(archive, day, {**files, FILE: told.body()})
    return home, [f"lưu thành lần chạy / kept as run {home.name}", *said]


def _spoken(before: str, found: Sequence[Change], more: int, why: str) -> list[str]:
    vi, _, en = why.partition(" | ")
    lines = [f"so với / against {before}: {len(found)} số đã công bố thay đổi, {more} số mới / published numbers changed, new"]
    return [*lines, f"khác nhau ở / differs in: {vi} ({en})"] if found or more else lines
