"""baseline_<wave>.json: the numbers of a wave as they were published, with what they were measured by, under one digest.

Imports results, publishing, record and shelf.  Holds rows that may leave and no other; written once, superseded only by a
document that says why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from forms.errors import refuse
from forms.folder import whole

from ..publishing import public
from ..results import Results, Row
from .changes import NUMBERS
from .record import read_record, sha256
from .shelf import Run

SCHEMA = "baseline/1"
STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
MADE_UP = "_GIA-LAP"
_FILE = re.compile(rf"baseline_\d{{4}}(_\d+)?({MADE_UP})?\.json")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ROW = ("kind", "indicator", "estimand", "category", "unit", *NUMBERS, "status", "state", "publish", "design", "method")


@dataclass(frozen=True)
class Baseline:
    """A sealed wave.

    document, date: what sealed it; reason, replaces: why it took the place of an earlier seal, and that one's digest ('' both:
    the first).  target: how II.3 is judged, and whether that was signed; asked: year -> what II.3 asks; thresholds, bands: as
    in the plan.  items: as Record.items.  rows: key -> the published row.  digest: of all the rest, to be written in the minutes.
    """

    wave: int
    practice: bool
    province: str
    document: str
    date: str
    reason: str
    replaces: str
    run: str
    results: str
    target: Mapping[str, Any]
    asked: Mapping[str, Mapping[str, Any]]
    thresholds: tuple[int, ...]
    bands: tuple[int, ...]
    questionnaire: str
    items: Mapping[str, str]
    digests: Mapping[str, str]
    inputs: Mapping[str, str]
    rows: Mapping[str, Mapping[str, Any]]
    digest: str = ""

    @property
    def name(self) -> str:
        """What is said of it: document and date."""
        day = date.fromisoformat(self.date)
        return f"{self.document}, {day:%d/%m/%Y}"

    def body(self) -> bytes:
        """The file: one line a row, so that two of them can be compared by eye."""
        head = self._plain()
        rows = head.pop("rows")
        text = json.dumps({"digest": self.digest, **head}, ensure_ascii=False, indent=1).removesuffix("\n}")
        lines = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in sorted(rows.items()))
        return f'{text},\n "rows": {{\n{lines}\n }}\n}}\n'.encode()

    def content(self) -> str:
        """SHA-256 of everything but the digest itself."""
        return sha256(json.dumps(self._plain(), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())

    def _plain(self) -> dict[str, Any]:
        told = asdict(self)
        del told["digest"]
        return {"schema": SCHEMA, **({"stamp": STAMP} if self.practice else {}), **told}


def sealed_rows(results: Results, wave: int) -> dict[str, dict[str, Any]]:
    """The wave's own rows that may leave: key -> names and numbers."""
    kept = [r for r in public(results).rows if r.wave == wave and r.base_wave is None and r.publish != "hide"]
    return {r.key: {**{n: getattr(r, n) for n in _ROW}, "domain": dict(r.domain)} for r in kept}


def as_row(wave: int, told: Mapping[str, Any]) -> Row:
    """A sealed row as a record again, under the key it had."""
    return Row(**{**told, "domain": tuple(sorted(told["domain"].items())), "wave": wave})


def baseline_of(run: Run, *, document: str, day: date, waiting: int, reason: str = "", replaces: str = "") -> Baseline:
    """The baseline that an archived run makes.

    DATA-222 when the run has more than one wave, decisions wait, or there is no document.
    """
    told, results = run.record, run.results
    if not document.strip():
        raise refuse("DATA-222", "--document", expected="số văn bản / a document", got="''")
    if len(told.waves) != 1:
        raise refuse("DATA-222", run.id, expected="1 kỳ / one wave", got=", ".join(map(str, told.waves)))
    if waiting:
        raise refuse("DATA-222", run.id, expected="0 quyết định chờ / decisions waiting", got=waiting)
    texts, (wave,) = results.texts, told.waves
    asked = next(t["values"] for t in texts["plan"]["targets"] if t["id"] == "II.3")
    reach = sorted(int(i.removeprefix("reach")) for i in texts["indicators"] if re.fullmatch(r"reach\d+", i))
    made = Baseline(
        wave, results.practice, told.province, document.strip(), day.isoformat(), reason.strip(), replaces, run.id,
        told.files["results.json"], dict(texts["target_ii3"]), asked, tuple(reach), tuple(b["from"] for b in texts["bands"]),
        told.digests["questionnaire"], dict(told.items), dict(told.digests), dict(told.inputs), sealed_rows(results, wave),
    )  # fmt: skip
    return replace(made, digest=made.content())


def read_baseline(path: Path) -> Baseline:
    """A sealed baseline.  DATA-220 when it is none, or is not as it was sealed."""
    try:
        raw: dict[str, Any] = json.loads(path.read_bytes())
        schema, _ = raw.pop("schema"), raw.pop("stamp", "")
        made = Baseline(**{**raw, "thresholds": tuple(raw["thresholds"]), "bands": tuple(raw["bands"])})
        found = made.content() if schema == SCHEMA else ""
        strange = [key for key, told in made.rows.items() if as_row(made.wave, told).key != key]
        _ = date.fromisoformat(made.date)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise refuse("DATA-220", path.name, expected=SCHEMA, got=type(fault).__name__) from None
    if found != made.digest or strange:
        raise refuse("DATA-220", path.name, expected=str(made.digest)[:12], got=found[:12] or str(schema))
    return made


def baselines(folder: Path) -> tuple[Baseline, ...]:
    """Every baseline sealed in an archive, as they follow one another.  DATA-220: one is none, or the one before it is gone."""
    files = sorted(p for p in folder.glob("baseline_*.json") if _FILE.fullmatch(p.name)) if folder.is_dir() else []
    left, chain = {b.digest: b for b in map(read_baseline, files)}, []
    heads = dict.fromkeys(sorted({b.wave for b in left.values()}), "")
    while left:
        at = next((b for b in left.values() if b.replaces == heads[b.wave]), None)
        if at is None:
            lost = next(iter(left.values()))
            raise refuse("DATA-220", folder.name, expected=lost.replaces[:12] or "1", got=f"{len(left)}: {lost.wave}")
        heads[at.wave] = at.digest
        chain.append(left.pop(at.digest))
    return tuple(chain)


def standing(found: Iterable[Baseline]) -> dict[int, Baseline]:
    """Wave -> the baseline that holds: the last of its chain."""
    return {b.wave: b for b in found}


def seal(home: Path, *, document: str, day: date, reason: str = "") -> tuple[Baseline, Path]:
    """Seal the baseline of an archived run beside the runs; gives it and its file.

    reason: why a sealed baseline is superseded; the earlier file stays.  The same run with the same document again: the seal
    that is there.  DATA-221, -224 not an archived run, or one that was changed; DATA-222 not one that can be sealed; DATA-223
    the wave is sealed already.
    """
    run = Run(home, read_record(home))
    archive, wave = home.parent, run.record.waves[0]
    there = [b for b in baselines(archive) if b.wave == wave]
    made = baseline_of(
        run, document=document, day=day, waiting=_waiting(home), reason=reason, replaces=there[-1].digest if there else ""
    )
    if there:
        old = there[-1]
        if (old.results, old.document, old.date) == (made.results, made.document, made.date):
            return old, archive / _file(old, len(there))
        if not made.reason:
            raise refuse("DATA-223", run.id, expected=old.digest[:12], got=made.digest[:12], wave=wave, name=old.name)
    elif made.reason:
        made = replace(made, reason="")
        made = replace(made, digest=made.content())
    name = _file(made, len(there) + 1)
    with whole(archive) as work:
        (work / name).write_bytes(made.body())
    return made, archive / name


def _file(b: Baseline, number: int) -> str:
    return f"baseline_{b.wave}{f'_{number}' if number > 1 else ''}{MADE_UP if b.practice else ''}.json"


def _waiting(home: Path) -> int:
    from ..cleaning.taken import waiting

    return waiting(home / "findings.json") if (home / "findings.json").is_file() else 0


def short(digest: str) -> str:
    """The digest as it is said: its first 12 digits."""
    return digest[:12] if _DIGEST.fullmatch(digest) else digest
