"""One questionnaire -> XLSForm, XForm, codebook, for a server and in languages; written whole or not at all.

Imports this room only.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .check import mistakes
from .codebook import Codebook, Variable, codebook
from .condition import words
from .entities import chooser
from .errors import BdgError, refuse
from .folder import whole
from .kobo import kobo_problems
from .languages.known import languages as known_languages
from .languages.store import sound_files, translated
from .load import load_questionnaire
from .lock import check_lock, read_locks
from .question import DRAFT, Lang, Questionnaire
from .variant import Listing, Target, Variant
from .workbook import Sheet, workbook_bytes
from .xform import XForm, convert
from .xlsform import sheets


@dataclass(frozen=True)
class Built:
    """What a build makes of one questionnaire. sounds: sound files of its languages by name."""

    form: Questionnaire
    xlsx: bytes
    xform: XForm
    codebook: Codebook
    variant: Variant = field(default_factory=Variant)
    sounds: Mapping[str, bytes] = field(default_factory=dict)


def load(folder: Path, turned_on: Collection[str] = ()) -> Questionnaire:
    """A questionnaire that is checked and agrees with its locks. BdgError otherwise."""
    form = load_questionnaire(folder, turned_on)
    problems = list(mistakes(form))
    try:
        check_lock(form, read_locks(folder))
    except BdgError as error:
        problems += error.problems
    if problems:
        raise BdgError(problems)
    return form


def notices(form: Questionnaire) -> tuple[str, ...]:
    """What a person still owes this form: articles nobody has read, items nobody has tried on people."""
    unread = [q.name for _, q in form.questions() if q.score and any(k.read_on is None for k in q.score.key)]
    found = []
    if unread:
        found.append(f"chưa đối chiếu văn bản luật / legal basis not read yet: {', '.join(unread)}")
    if form.draft:
        found.append(f"{DRAFT}: {len(form.draft)} câu chưa có bằng chứng thử nghiệm / items without evidence of a cognitive test")
    return tuple(found)


def build(
    folder: Path,
    turned_on: Collection[str] = (),
    *,
    target: Target = "central",
    listing: Listing = "attachment",
    languages: Sequence[str] = (),
    validated: bool = True,
) -> Built:
    """Check, compile, convert, validate. BdgError with every problem found; nothing is written.

    languages: codes of those to build in.  FORM-080: entities for KoboToolbox, which knows none; FORM-082: what its converter
    refuses.
    """
    if target == "kobo" and listing == "entities":
        raise refuse("FORM-080", "--list entities --target kobo", expected="--list attachment", got="--list entities")
    form = load(folder, turned_on)
    if target == "kobo" and (problems := kobo_problems(form)):
        raise BdgError(problems)
    variant = variant_of(folder, form, target, listing, languages)
    xlsx = workbook_bytes(sheets(form, variant))
    sounds = sound_files(folder, variant.languages)
    return Built(form, xlsx, convert(xlsx, f"{form.id}.xlsx", validated=validated), codebook(form), variant, sounds)


def variant_of(folder: Path, form: Questionnaire, target: Target, listing: Listing, codes: Sequence[str]) -> Variant:
    """The variant of a form as it can be: entities only where it picks a household, columns prepared for languages not asked for.

    KoboToolbox gets no empty columns: its form builder makes a language of each, and Enketo would offer it.
    """
    prepared = tuple(x.column for x in known_languages() if x.code not in codes) if target == "central" else ()
    into = tuple(translated(folder, form, code) for code in dict.fromkeys(codes))
    return Variant(target, listing if chooser(form) else "attachment", into, prepared)


def write(built: Built, out: Path) -> tuple[Path, ...]:
    """Write <id>.xlsx, <id>.xml, <id>_codebook.json and <id>_codebook.xlsx, and the sound files."""
    files = contents(built)
    with whole(out) as work:
        for file, content in files.items():
            (work / file).write_bytes(content)
    return tuple(out / file for file in files)


def contents(built: Built) -> dict[str, bytes]:
    """The files of a form by name."""
    name = built.form.id
    return {
        f"{name}.xlsx": built.xlsx,
        f"{name}.xml": built.xform.xml.encode(),
        f"{name}_codebook.json": codebook_json(built.codebook),
        f"{name}_codebook.xlsx": workbook_bytes([codebook_sheet(built.codebook)]),
        **built.sounds,
    }


def asked_if(book: Codebook, variable: Variable, lang: Lang) -> str:
    """The condition of a variable in words."""

    def label(name: str, code: str | None) -> str:
        found = book[name]
        if code is None:
            return found.name if found.type == "calculated" else found.label[lang].rstrip("?")
        return next((c.label[lang] for c in found.choices if c.code == code), code)

    said = words(variable.asked_if, lang, label) if variable.asked_if else ""
    if variable.asked_raw:
        unknown = "không rõ với phân tích, theo XPath" if lang == "vi" else "unknown to analysis, by XPath"
        said += ("; " if said else "") + f"{unknown}: {variable.asked_raw}"
    return said or ("mọi phiếu" if lang == "vi" else "every form")


def codebook_sheet(book: Codebook) -> Sheet:
    """The codebook for a reader: a row a question."""
    header = (
        "Câu / Question", "Đường dẫn / Path", "Nội dung", "Wording", "Loại / Type", "Lựa chọn / Choices", "Hỏi khi", "Asked if",
        "Thang điểm / Scale", "Đáp án / Key", "Căn cứ / Legal basis", "Riêng tư / Private",
    )  # fmt: skip
    return Sheet("So ma", header, tuple(_codebook_row(book, v) for v in book.variables))


def _codebook_row(book: Codebook, v: Variable) -> tuple[str, ...]:
    return (
        v.name, v.path, v.label.vi, v.label.en, v.type,
        "; ".join(f"{c.code} = {c.label.vi}" for c in v.choices),
        asked_if(book, v, "vi"), asked_if(book, v, "en"),
        f"{v.scale}{' (đảo chiều / reversed)' if v.reverse else ''}" if v.scale else "",
        "; ".join(k.value for k in v.key), "; ".join(f"{k.law}, {k.article}" for k in v.key),
        "có / yes" if v.private else "",
    )  # fmt: skip


def codebook_json(book: Codebook) -> bytes:
    """The codebook for a program: the same facts, in form order."""
    rows: list[dict[str, Any]] = [
        {
            "name": v.name, "path": v.path, "type": v.type, "repeat": v.repeat, "label": {"vi": v.label.vi, "en": v.label.en},
            "choices": [{"code": c.code, "vi": c.label.vi, "en": c.label.en, "why": c.why} for c in v.choices],
            "asked_if": {"vi": asked_if(book, v, "vi"), "en": asked_if(book, v, "en")},
            "scale": v.scale, "reverse": v.reverse, "private": v.private,
            "key": [
                {"value": k.value, "law": k.law, "article": k.article, "read_on": k.read_on.isoformat() if k.read_on else None,
                 "valid_from": k.valid_from.isoformat(), "valid_to": k.valid_to.isoformat() if k.valid_to else None}
                for k in v.key
            ],
        }
        for v in book.variables
    ]  # fmt: skip
    document = {"form": book.form_id, "version": book.version, "digest": book.digest, "variables": rows}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
