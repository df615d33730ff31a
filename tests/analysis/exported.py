"""Exports as people make and spoil them: label exports, split answers, tables that a spreadsheet saved again, broken letters.

Written without the readers: the choices an export offers on KoBo's and Central's pages, done to the practice exports.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import re
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import xlsxwriter
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from python_calamine import CalamineWorkbook

from forms import Codebook, Variable

Grid = list[list[object]]


def sheets(kobo: Path) -> dict[str, Grid]:
    book = CalamineWorkbook.from_path(kobo)
    return {n: [list(row) for row in book.get_sheet_by_name(n).to_python(skip_empty_area=False)] for n in book.sheet_names}


def workbook(grids: dict[str, Grid], out: Path) -> Path:
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as new:
        for name, grid in grids.items():
            sheet = new.add_worksheet(name)
            for r, row in enumerate(grid):
                for c, cell in enumerate(row):
                    if cell not in ("", None):
                        sheet.write_string(r, c, cell) if isinstance(cell, str) else sheet.write(r, c, cell)
    return out


def labelled(kobo: Path, out: Path, book: Codebook, lang: str, keep: Callable[[str], bool] = lambda _: True) -> Path:
    """KoBo's export with labels as headers and values: groups behind '/', choices of select_multiple one by one and joined."""
    paths = {v.path: v for v in book.variables}
    made: dict[str, Grid] = {}
    for name, grid in sheets(kobo).items():
        header = [str(h) for h in grid[0]]
        kept = [i for i, h in enumerate(header) if keep(h)]
        made[name] = [[_head(header[i], paths, lang) for i in kept]]
        made[name] += [[_value(header[i], row[i], paths, lang) for i in kept] for row in grid[1:]]
    return workbook(made, out)


def _label(thing: object, lang: str) -> str:
    return str(getattr(getattr(thing, "label"), lang))  # noqa: B009


def _head(head: str, paths: dict[str, Variable], lang: str) -> str:
    if head in paths:
        return f"Nhóm câu hỏi/{_label(paths[head], lang)}"
    front, _, code = head.rpartition("/")
    chosen = [c for c in paths[front].choices if c.code == code] if front in paths else []
    return f"Nhóm câu hỏi/{_label(paths[front], lang)}/{_label(chosen[0], lang)}" if chosen else head


def _value(head: str, cell: object, paths: dict[str, Variable], lang: str) -> object:
    v = paths.get(head)
    if v is None or not v.choices or cell in ("", None):
        return cell
    by = {c.code: _label(c, lang) for c in v.choices}
    codes = str(int(cell) if isinstance(cell, float) else cell).split()
    return " ".join(by[c] for c in codes)


def central(source: Path) -> dict[str, list[dict[str, str]]]:
    """Central's zip as tables of rows."""
    with zipfile.ZipFile(source) as file:
        return {n: list(csv.DictReader(io.StringIO(file.read(n).decode()))) for n in file.namelist()}


def zipped(tables: dict[str, list[dict[str, str]]], out: Path, *, mark: str = ",", encoding: str = "utf-8") -> Path:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, rows in tables.items():
            file.writestr(name, table(rows, mark).encode(encoding))
    return out


def table(rows: Sequence[dict[str, str]], mark: str = ",") -> str:
    into = io.StringIO()
    writer = csv.DictWriter(into, list(rows[0]), lineterminator="\n", delimiter=mark)
    writer.writeheader()
    writer.writerows(rows)
    return into.getvalue()


def main_of(tables: dict[str, list[dict[str, str]]]) -> str:
    return next(n for n in tables if "member" not in n)


def shown_as_1252(text: str) -> str:
    """UTF-8 as a program shows it that takes it for Windows-1252."""
    return "".join(bytes([b]).decode("cp1252") if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(b) for b in text.encode())


def as_1258(text: str) -> bytes:
    """Windows-1258: letters with their hat, tones as marks behind."""
    out = b""
    for c in text:
        parts = unicodedata.normalize("NFD", c)
        tones = [m for m in parts[1:] if m in "\u0300\u0301\u0303\u0309\u0323"]
        hats = "".join(m for m in parts[1:] if m not in tones)
        out += unicodedata.normalize("NFC", parts[0] + hats).encode("cp1258") + "".join(tones).encode("cp1258")
    return out


AUDIT = b"event,node,start,end\nform start,,1,\n"


def encrypted(xml: str, instance: str, out: Path) -> tuple[Path, bytes]:
    """A submission's folder as Collect leaves it when the form has a public key, and the private key as PEM.

    https://getodk.github.io/xforms-spec/encryption: AES-256-CFB, the vector counted up file by file, RSA-OAEP, signature.
    """
    key = rsa.generate_private_key(65537, 2048)
    secret = os.urandom(32)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)

    def wrapped(body: bytes) -> str:
        return base64.b64encode(key.public_key().encrypt(body, oaep)).decode()

    vector = bytearray(md5(instance.encode() + secret))
    form = re.search(r'<data id="([^"]+)" version="([^"]+)"', xml)
    assert form is not None
    lines = [form[1], form[2], own := wrapped(secret), instance]
    out = out / "sent" / "one"
    out.mkdir(parents=True)
    for at, (name, body) in enumerate({"audit.csv": AUDIT, "submission.xml": xml.encode()}.items()):
        vector[at] = (vector[at] + 1) % 256
        pad = 16 - len(body) % 16
        machine = Cipher(AES(secret), CFB(bytes(vector))).encryptor()
        (out / f"{name}.enc").write_bytes(machine.update(body + bytes([pad]) * pad) + machine.finalize())
        lines.append(f"{name}::{md5(body).hex()}")
    sign = wrapped(md5("".join(f"{line}\n" for line in lines).encode()))
    (out / "submission.xml").write_text(
        f'<data xmlns="http://opendatakit.org/submissions" id="{form[1]}" version="{form[2]}" encrypted="yes">'
        f"<base64EncryptedKey>{own}</base64EncryptedKey><meta><instanceID>{instance}</instanceID></meta>"
        "<media><file>audit.csv.enc</file></media><encryptedXmlFile>submission.xml.enc</encryptedXmlFile>"
        f"<base64EncryptedElementSignature>{sign}</base64EncryptedElementSignature></data>",
        encoding="utf-8",
    )
    plain = serialization.NoEncryption()
    return out.parent, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()
