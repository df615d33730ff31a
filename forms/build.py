"""One questionnaire -> XLSForm, XForm, codebook: built in a temporary folder, moved into place when all of it is right.

Imports this room only.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .check import check
from .codebook import Codebook, Variable, codebook
from .condition import words
from .folder import whole
from .load import load_questionnaire
from .lock import check_lock, read_locks
from .question import DRAFT, Lang, Questionnaire
from .workbook import Sheet, workbook_bytes
from .xform import XForm, convert
from .xlsform import sheets


@dataclass(frozen=True)
class Built:
    """What a build makes of one questionnaire."""

    form: Questionnaire
    xlsx: bytes
    xform: XForm
    codebook: Codebook


def load(folder: Path, turned_on: Collection[str] = ()) -> Questionnaire:
    """A questionnaire that is checked and agrees with its locks. BdgError otherwise."""
    form = load_questionnaire(folder, turned_on)
    check(form)
    check_lock(form, read_locks(folder))
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


def build(folder: Path, turned_on: Collection[str] = ()) -> Built:
    """Check, compile, convert, validate. BdgError with every problem found; nothing is written."""
    form = load(folder, turned_on)
    xlsx = workbook_bytes(sheets(form))
    return Built(form, xlsx, convert(xlsx, f"{form.id}.xlsx"), codebook(form))


def write(built: Built, out: Path) -> tuple[Path, ...]:
    """Write <id>.xlsx, <id>.xml, <id>_codebook.json and <id>_codebook.xlsx."""
    name = built.form.id
    files = {
        f"{name}.xlsx": built.xlsx,
        f"{name}.xml": built.xform.xml.encode(),
        f"{name}_codebook.json": codebook_json(built.codebook),
        f"{name}_codebook.xlsx": workbook_bytes([codebook_sheet(built.codebook)]),
    }
    with whole(out) as work:
        for file, content in files.items():
            (work / file).write_bytes(content)
    return tuple(out / file for file in files)


def asked_if(book: Codebook, variable: Variable, lang: Lang) -> str:
    """The condition of a variable in words."""

    def label(name: str, code: str | None) -> str:
        found = book[name]
        if code is None:
            return found.name if found.type == "calculated" else found.label[lang].rstrip("?")
        return next((c.label[lang] for c in found.choices if c.code == code), code)

    if variable.asked_if is None:
        return "mọi phiếu" if lang == "vi" else "every form"
    return words(variable.asked_if, lang, label)


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
