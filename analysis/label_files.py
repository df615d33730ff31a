"""The labels as files: .sav and .dta without a row, the two programs, and the table of codes and numbers.

Imports labels, label_scripts, the forms door and (inside) pandas and pyreadstat, whose one typed adapter this is.  Sees no
person: of a CSV only its header is read.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forms import load_plan, province_folder, refuse
from forms.codebook import codebook
from forms.formulas import row as tamed
from forms.question import Lang, Questionnaire

from .label_scripts import notes, spss, stata
from .labels import NO_ANSWER, VALUE_SPSS, VARIABLE_SPSS, VARIABLE_STATA, Column, cut, labelled
from .written import write

if TYPE_CHECKING:
    import pandas as pd

_FORMATS = {"coded": "F8.0", "ticked": "F8.0", "number": "F12.4"}
_SAV_DATE, _DTA_DATE = b"01 Jan 26" + b"00:00:00", b"01 Jan 2026 00:00"
"""Fixed moments in place of the clock's: the same labels are the same bytes."""


def label_files(
    form: Questionnaire, out: Path, *, lang: Lang = "vi", table: Path | None = None, province: str = "51"
) -> tuple[Path, ...]:
    """Write <id>.sav, <id>.dta, <id>.do, <id>.sps and <id>_codes.csv into `out`, all or none; gives their paths.

    table: the microdata CSV whose header says which columns there are; None = what contract, plan and questionnaire expect.
    DATA-001 when the CSV is none of ours; PLAN-002 an unknown province.
    """
    plan, book = load_plan(province_folder(province)), codebook(form)
    header = _header(table) if table else ()
    columns, other = labelled(book, plan, lang, header), labelled(book, plan, "en" if lang == "vi" else "vi", header)
    title = f"{book.form_id} · {book.version} · {book.digest[:12]}"
    files = {
        f"{book.form_id}.sav": sav_bytes(columns, title, lang), f"{book.form_id}.dta": dta_bytes(columns, title, lang),
        f"{book.form_id}.do": stata(columns, title, lang).encode(),
        f"{book.form_id}.sps": spss(columns, title, lang, header).encode(),
        f"{book.form_id}_codes.csv": _codes(columns, other, lang),
    }  # fmt: skip
    return write(out, files)


def _header(path: Path) -> tuple[str, ...]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found = tuple(next(csv.reader(stream), ()))
    except (OSError, UnicodeDecodeError):
        found = ()
    missing = [name for name in ("wave", "person", "weight") if name not in found]
    if missing:
        raise refuse("DATA-001", path.name, expected="wave, person, …, weight", got=", ".join(found[:5]) or "-")
    return found


def _empty(columns: Sequence[Column]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({c.name: pd.Series([], dtype="str" if c.kind == "text" else "float64") for c in columns})


def _values(c: Column, lang: Lang, kinds: Mapping[str, Any]) -> dict[Any, str]:
    found: dict[Any, str] = {v.number: v.label for v in c.codes}
    if c.why:
        found |= {kinds[kind]: texts[2] if lang == "vi" else texts[3] for kind, texts in NO_ANSWER.items()}
    return found


def sav_bytes(columns: Sequence[Column], title: str, lang: Lang = "vi") -> bytes:
    """An SPSS file without a row: labels, codes, and the four kinds of no answer as user-missing values."""
    import pyreadstat

    numbers = {kind: float(said[0]) for kind, said in NO_ANSWER.items()}
    texts = {c.name: _values(c, lang, numbers) for c in columns if c.kind != "text"}
    coded = {name: {float(n): cut(label, VALUE_SPSS, in_bytes=True) for n, label in of.items()} for name, of in texts.items()}
    low, high = min(numbers.values()), max(numbers.values())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.sav"
        pyreadstat.write_sav(
            _empty(columns), path, file_label=cut(title, 64, in_bytes=True),
            column_labels={c.name: cut(c.label, VARIABLE_SPSS, in_bytes=True) for c in columns},
            variable_value_labels={name: values for name, values in coded.items() if values},
            missing_ranges={c.name: [{"lo": low, "hi": high}] for c in columns if c.why and c.kind != "text"},
            variable_measure={c.name: "scale" if c.kind == "number" else "nominal" for c in columns},
            variable_format={c.name: _FORMATS[c.kind] for c in columns if c.kind != "text"},
            note=[line for c in columns for line in notes(c)] or None,
        )  # fmt: skip
        body = path.read_bytes()
    return body[:92] + _SAV_DATE + body[92 + len(_SAV_DATE) :]


def dta_bytes(columns: Sequence[Column], title: str, lang: Lang = "vi") -> bytes:
    """A Stata file (14 and later) without a row: labels, codes, and the four kinds of no answer as .a .b .c .d."""
    import pyreadstat

    letters = {kind: texts[1] for kind, texts in NO_ANSWER.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.dta"
        coded = {c.name: _values(c, lang, letters) for c in columns if c.kind != "text"}
        pyreadstat.write_dta(
            _empty(columns), path, version=14, file_label=cut(title, 80),
            column_labels={c.name: cut(c.label, VARIABLE_STATA) for c in columns},
            variable_value_labels={name: values for name, values in coded.items() if values},
            missing_user_values={c.name: list(letters.values()) for c in columns if c.why and c.kind != "text"},
        )  # fmt: skip
        body = path.read_bytes()
    return re.sub(rb"(<timestamp>\x11).{17}(</timestamp>)", lambda m: m[1] + _DTA_DATE + m[2], body, count=1, flags=re.DOTALL)


def _codes(columns: Sequence[Column], other: Sequence[Column], lang: Lang) -> bytes:
    """column, from, code, number, label_vi, label_en: how the CSV's codes became numbers."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("column", "source", "code", "number", "label_vi", "label_en"))
    for one, two in zip(columns, other, strict=True):
        for a, b in zip(one.codes, two.codes, strict=True):
            code = one.tick if one.kind == "ticked" and a.number else a.code
            labels = (a.label, b.label) if lang == "vi" else (b.label, a.label)
            writer.writerow(tamed((one.name, one.source, code, a.number, *labels)))
    for kind, (number, letter, vi, en) in NO_ANSWER.items():
        writer.writerow(("*", "*__why", kind, f"{number} .{letter}", vi, en))
    return out.getvalue().encode()
