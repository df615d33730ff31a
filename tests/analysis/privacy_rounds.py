"""Rounds for the tests of privacy: made-up visits with canaries, received from every kind of file, with runs beside them.

Nothing here is a person: every name, number and place is invented so that it can be searched for.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd

from analysis.privacy.codes import code_of
from analysis.readers.raw import Raw
from analysis.readers.rounds import form_of
from analysis.readers.stored import arrival
from forms.ledger import Attachment, Round, new_round, open_ledger, round_key
from tests.analysis.rounds_made import cells, instance

DAY = date(2026, 11, 23)
WHO = "CB-01"
NAME = "Y Canaria Thử Nghiệm"
PHONE = "0905000111"
PLACE = "15.1230456 108.8070123"
CANARIES = (NAME, PHONE, PLACE, "15.1230456", "108.8070123", "canary-device", "canary-login", "Con đường Hoàng Yến")


def code(n: int) -> str:
    """The reference code of visit n."""
    return code_of(instance(n))


def made(home: Path, visits: int = 4, field_end: date | None = date(2026, 11, 10)) -> Round:
    """A round without a sample whose ledger holds some visits, each with an audit log; visit 1 was edited once."""
    of = new_round(
        home, kind="practice", wave=2026, form="household", sample=None, field_end=field_end,
        keep_key=lambda r: round_key(r, make=True),
    )  # fmt: skip
    form = form_of(of)
    with open_ledger(of) as ledger:
        pull = ledger.begin("file", "made.csv")
        for n in range(visits):
            raw = Raw(instance(n), instance(n), form.form_id, form.version, None, None, cells(form, n))
            log = f"event,node,start,end\nlocation tracking,{NAME},{PLACE},{PHONE}\n".encode()
            one = arrival(raw, form, "csv")
            ledger.add(pull, [type(one)(**{**vars(one), "attachments": (Attachment("audit.csv", log),)})])
        again = Raw(instance(901), instance(1), form.form_id, form.version, None, None, cells(form, 1, age="44"))
        ledger.add(pull, [arrival(again, form, "csv")])
        ledger.end(pull, "complete")
    return of


def plain(n: int) -> str:
    """The id as KoBo writes it."""
    return instance(n).removeprefix("uuid:")


def exports(ids: Mapping[int, str]) -> dict[str, bytes]:
    """The same visits as every kind of file that raw/ may hold, by file name; ids: visit -> a word of its own."""
    table = io.StringIO(newline="")
    csv.writer(table, lineterminator="\r\n").writerows(
        [
            ["SubmissionDate", "KEY", "note"],
            *([f"2026-10-0{n + 1}", instance(n), f'{w}\nhai dòng, "trích"'] for n, w in ids.items()),
        ]
    )
    inner = io.StringIO(newline="")
    csv.writer(inner).writerows([["PARENT_KEY", "KEY"], *([instance(n), f"{instance(n)}/hh[1]"] for n in ids)])
    pages = {
        "value": [{"__id": instance(n), "note": w, "__system": {"submitterName": "x"}} for n, w in ids.items()],
        "@odata.count": 4,
    }
    book = openpyxl.Workbook()
    for n, w in ids.items():
        book.active.append([plain(n), w])
    xlsx = io.BytesIO()
    book.save(xlsx)
    return {
        "a.csv": table.getvalue().encode(),
        "submissions.csv.zip": packed({"a.csv": table.getvalue().encode(), "a-hh.csv": inner.getvalue().encode()}),
        "odata.json": json.dumps(pages).encode(),
        "phones/": packed({
            f"form_{n}/{name}": body for n, w in ids.items()
            for name, body in (("s.xml", f'<data instanceID="{instance(n)}">{w}</data>'.encode()), ("photo.jpg", w.encode()))
        }),
        "flat.zip": packed({
            f"{plain(n)}.xml": f"<data><instanceID>{instance(n)}</instanceID>{w}</data>".encode() for n, w in ids.items()
        }),
        "kobo.xlsx": xlsx.getvalue(),
    }  # fmt: skip


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def parquet(rows: Mapping[str, list[object]]) -> bytes:
    """A Parquet table."""
    out = io.BytesIO()
    pd.DataFrame(rows).to_parquet(out, index=False)
    return out.getvalue()


# ---- looking for what must not be there ----------------------------------------------------------------------------


def spellings(word: str) -> Iterator[bytes]:
    """A word as a file may hold it: composed, decomposed, as JSON and XML escape it, in two-byte letters, in legacy letters."""
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, word)  # type: ignore[arg-type]  # one of two
        for told in (text, text.lower(), text.upper(), json.dumps(text)[1:-1], text.replace(" ", "+"), text.replace(" ", "_")):
            yield told.encode()
            yield told.encode("utf-16-le")
            yield "".join(f"&#{ord(c)};" if ord(c) > 127 else c for c in told).encode()
    yield word.encode("cp1252", "ignore") if word.isascii() else word.encode()


def layers(name: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    """A file and everything packed in it; the texts of a Parquet table."""
    yield name, body
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for member in archive.infolist():
                yield from layers(f"{name}!{member.filename}", archive.read(member))
    if name.endswith(".parquet"):
        yield f"{name}!csv", pd.read_parquet(io.BytesIO(body)).to_csv().encode()


def found_in(name: str, body: bytes, words: tuple[str, ...] = CANARIES) -> list[str]:
    """Where any of the words stands, in the file or its name."""
    wanted = {s: w for w in words for s in spellings(w)}
    hits = [f"{name}: {w}" for w in words if w in name]
    return hits + [f"{where}: {w}" for where, layer in layers(name, body) for s, w in wanted.items() if s in layer]


def found_below(folder: Path, words: tuple[str, ...] = CANARIES) -> list[str]:
    """Where any of the words stands in any file below a folder."""
    return [
        hit
        for p in sorted(folder.rglob("*"))
        if p.is_file()
        for hit in found_in(p.relative_to(folder).as_posix(), p.read_bytes(), words)
    ]
