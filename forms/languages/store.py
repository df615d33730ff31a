"""Where translations lie: translations/<code>.csv beside a form and beside the item bank; and which of them still hold.

Imports the records, errors and folder.  A translation holds while the Vietnamese text it was made from is the form's text.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import wave
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ..bank import bank_folder
from ..errors import BdgError, Problem, problem, refuse
from ..formulas import tame, wild
from ..question import Questionnaire
from ..reading import digest, read_yaml
from ..variant import SILENCE, Translated
from .known import language
from .texts import Text, source_digest, texts

FOLDER = "translations"
STATES = {"": "", "draft": "nháp", "back_translated": "đã dịch ngược", "approved": "đã duyệt"}
"""State -> what the workbook calls it."""


@dataclass(frozen=True)
class Row:
    """One translation. source_digest, source: the Vietnamese text it was made from; audio: file name.

    back_translation: into Vietnamese, by somebody who did not see the source; back_of: digest of the translation it renders.
    translator: a code, never a name; date: ISO.
    """

    key: str
    source_digest: str
    source: str
    translation: str = ""
    audio: str = ""
    back_translation: str = ""
    back_of: str = ""
    state: str = ""
    translator: str = ""
    date: str = ""

    def holds(self, text: Text) -> bool:
        """Made from the text as it is now."""
        return self.source_digest == source_digest(text.vi)

    def back_holds(self) -> bool:
        """The back-translation was made from this translation."""
        return bool(self.back_translation) and self.back_of == source_digest(self.translation)

    def cells(self) -> tuple[str, str, str, str]:
        """What a translator fills in."""
        return self.translation, self.back_translation, self.audio, self.state


COLUMNS = tuple(f.name for f in fields(Row))


def shelves(folder: Path) -> tuple[Path, ...]:
    """Where translations of a form lie, nearest first: beside the form, beside its bank."""
    named = read_yaml(folder / "form.yaml").get("bank")
    return (folder / FOLDER, *((bank_folder(folder / str(named)) / FOLDER,) if named else ()))


def read_rows(path: Path) -> dict[str, Row]:
    """One file of translations by key; {} when there is none. FORM-097 when it is not such a file or holds a key twice."""
    if not path.exists():
        return {}
    place = f"{path.parent.parent.name}/{FOLDER}/{path.name}"
    reader = csv.DictReader(io.StringIO(unicodedata.normalize("NFC", path.read_text(encoding="utf-8-sig")), newline=""))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise refuse("FORM-097", f"{place}:1", expected=",".join(COLUMNS), got=",".join(reader.fieldnames or ()))
    found: dict[str, Row] = {}
    problems: list[Problem] = []
    for cells in reader:
        row = Row(**{name: wild((cells[name] or "").strip()) for name in COLUMNS})
        if row.key in found or row.state not in STATES or None in cells.values():
            problems.append(problem("FORM-097", f"{place}:{reader.line_num}", got=f"{row.key} {row.state}".strip()))
        found[row.key] = row
    if problems:
        raise BdgError(problems)
    return found


def stored(folder: Path, code: str) -> dict[str, tuple[Row, ...]]:
    """Every translation of a form's texts that is kept, by key, nearest shelf first."""
    language(code)
    found: dict[str, tuple[Row, ...]] = {}
    for shelf in shelves(folder):
        for key, row in read_rows(shelf / f"{code}.csv").items():
            found[key] = (*found.get(key, ()), row)
    return found


def kept(rows: Mapping[str, tuple[Row, ...]], text: Text) -> Row | None:
    """The translation of a text: the nearest that holds, else the nearest at all; None without one."""
    found = rows.get(text.key, ())
    return next((row for row in found if row.holds(text)), found[0] if found else None)


def translated(folder: Path, form: Questionnaire, code: str) -> Translated:
    """A form's texts in one language, as far as translations hold."""
    rows = stored(folder, code)
    found = {text.key: row for text in texts(form) if (row := kept(rows, text)) and row.holds(text) and row.translation}
    said = {key: row.translation for key, row in found.items()}
    audio = {key: row.audio for key, row in found.items() if row.audio}
    missing = tuple(text.key for text in texts(form) if text.key not in said)
    mark = digest({"texts": said, "audio": audio}) if said else ""
    return Translated(code, language(code).column, said, audio, mark, missing)


def silence() -> bytes:
    """A quarter of a second of nothing: a WAV file of 8,000 samples a second, one byte each."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 2000)
    return out.getvalue()


def sound_files(folder: Path, languages: Iterable[Translated]) -> dict[str, bytes]:
    """The sound files that the languages name, and silence: translations/audio/<code>/<name> beside the form or its bank.

    FORM-099 for one that is not there, and for a name that two languages give to different sounds.
    """
    found: dict[str, bytes] = {}
    problems: list[Problem] = []
    for t in languages:
        if t.audio:
            found.setdefault(SILENCE, silence())
        for name in sorted(set(t.audio.values())):
            paths = (shelf / "audio" / t.code / name for shelf in shelves(folder))
            content = next((path.read_bytes() for path in paths if path.is_file()), None)
            if content is None or found.get(name, content) != content:
                got = "" if content is None else "2"
                problems.append(problem("FORM-099", f"{FOLDER}/audio/{t.code}", expected=name, got=got, name=name))
            else:
                found[name] = content
    if problems:
        raise BdgError(problems)
    return found


def file_of(rows: Iterable[Row]) -> bytes:
    """A file of translations, by key."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: tame(v) for k, v in asdict(row).items()} for row in sorted(rows, key=lambda r: r.key))
    return out.getvalue().encode()
