"""Traces of a person planted into exports, and a decision signed into a plan: what several tests of the chain need.

The traces stand where a phone, a server or a careless field worker may leave them: in private fields, in the server's own
columns, in nodes and columns that the questionnaire does not have, and in file names.
"""

from __future__ import annotations

import csv
import html as entities
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

NAME = "Đinh Thị Ổi Mận"
PHONE = "0905 987 654"
PLACE = "15.120387 108.804415 12.7 4.5"
DEVICE = "collect:qZ9canary7device"
NOTE = f"Hỏi chị {NAME}, số {PHONE}"
TRACES = {"name": NAME, "phone": PHONE, "place": PLACE, "device": DEVICE, "note": NOTE}
# what is looked for in every file: also parts, and a number written without its spaces
CANARIES = (NAME, "Ổi Mận", PHONE, PHONE.replace(" ", ""), "905987654", "15.120387", "108.804415", "qZ9canary7device", "Hỏi chị")

SIGNED = {"decided_by": "Ban Chỉ đạo (thử)", "document": "Công văn 12/THU", "date": "2026-09-01"}


def _xml(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for number, path in enumerate(sorted(source.glob("*.xml"))):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"<deviceid>[^<]*", f"<deviceid>{DEVICE}", text)
        text = re.sub(r"<ref_code>[^<]*", f"<ref_code>{NAME}", text)
        nodes = "".join(f"<x_{k}>{v}</x_{k}>" for k, v in TRACES.items())
        text = (
            text.replace("</m3>", f"{nodes}</m3>").replace("</member>", f"{nodes}</member>").replace("<meta>", f"{nodes}<meta>")
        )
        text = text.replace("<m2>", f"<m2 author='{NAME}'><!-- {PHONE} -->", 1)
        (target / f"{number:03d} {NAME} {PHONE}.xml").write_text(text, encoding="utf-8")


def _odata(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for path in source.glob("*.json"):
        page = json.loads(path.read_text(encoding="utf-8"))
        for one in page["value"]:
            one["m0"]["deviceid"] = DEVICE
            if one["m2"].get("ref_code"):
                one["m2"]["ref_code"] = NAME
            one["__system"].update(submitterName=NAME, submitterId=PHONE, deviceId=DEVICE)
            one.update(TRACES)
            one["m3"].update(place={"type": "Point", "coordinates": [108.804415, 15.120387]}, note=NOTE)
            for member in one["m1"].get("member") or []:
                member.update(TRACES)
        (target / path.name).write_text(json.dumps(page, ensure_ascii=False), encoding="utf-8")


def _csv(source: Path, target: Path) -> None:
    """Central's own columns and new ones; the questionnaire's columns stay as they are."""
    target.parent.mkdir(parents=True, exist_ok=True)
    server = {"SubmitterName": NAME, "SubmitterID": PHONE, "DeviceID": DEVICE}
    new_ones = {**{f"m3-{name}": trace for name, trace in TRACES.items()}, **TRACES}
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            rows = list(csv.DictReader(io.StringIO(old.read(name).decode("utf-8"), newline="")))
            full = [{**row, **{k: v for k, v in server.items() if k in row}, **new_ones} for row in rows]
            out = io.StringIO(newline="")
            writer = csv.DictWriter(out, list(full[0]))
            writer.writeheader()
            writer.writerows(full)
            new.writestr(name, out.getvalue())


def _kobo(source: Path, target: Path) -> None:
    """KoBo's own columns and new ones, on every sheet."""
    target.parent.mkdir(parents=True, exist_ok=True)
    book = load_workbook(source)
    server = {"_submitted_by": NAME, "_notes": NOTE, "_tags": PHONE}
    new_ones = {"_geolocation": PLACE, "m3/ten": NAME, "phone": PHONE, "note": NOTE, "device": DEVICE}
    for sheet in book.worksheets:
        head = {str(cell.value): cell.column for cell in sheet[1]}
        columns = {k: head[k] for k in server if k in head}
        columns |= {k: sheet.max_column + i for i, k in enumerate(new_ones, 1)}
        for name, column in columns.items():
            sheet.cell(1, column, name)
            for row in range(2, sheet.max_row + 1):
                sheet.cell(row, column, {**server, **new_ones}[name])
    book.save(target)


PLANTS: Mapping[str, Callable[[Path, Path], None]] = {"xml": _xml, "odata": _odata, "csv": _csv, "kobo": _kobo}


def holds_traces(path: Path) -> bool:
    """True when the export really carries what was planted: otherwise finding nothing would prove nothing."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    text = "".join(f"{file.name} {readable(file)}" for file in files if file.is_file())
    return all(word in text for word in (NAME, PHONE, "15.120387", DEVICE, NOTE))


def readable(path: Path) -> str:
    """The text of a file; the members of a package unpacked."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as package:
            parts = [package.read(name).decode("utf-8", errors="replace") for name in package.namelist()]
            return entities.unescape("\n".join(parts))
    return path.read_bytes().decode("utf-8", errors="replace")


def sign(plan: Path) -> None:
    """Fill in who decided target II.3, by which document and when."""
    text = plan.read_text(encoding="utf-8")
    head, mark, rest = text.partition("\ntarget_ii3:")
    assert mark
    for name, value in SIGNED.items():
        rest, times = re.subn(rf'^  {name}: ""$', f'  {name}: "{value}"', rest, count=1, flags=re.MULTILINE)
        assert times == 1, name
    plan.write_text(head + mark + rest, encoding="utf-8")


def page_words(page: str) -> str:
    """The words of a page without its pictures, spaces made plain."""
    text = re.sub(r"(?s)<(style|svg|script).*?</\1>|base64,[A-Za-z0-9+/=]+", " ", page)
    return re.sub(r"\s+", " ", entities.unescape(re.sub(r"<[^>]+>", " ", text)))


def word_words(path: Path) -> dict[str, str]:
    """Each part of a Word file that holds words."""
    with zipfile.ZipFile(path) as package:
        parts = [n for n in package.namelist() if re.match(r"word/(document|header\d*|footer\d*)\.xml$", n)]
        return {n: _runs(package.read(n).decode("utf-8")) for n in parts}


def _runs(xml: str) -> str:
    """The text runs of a part, a line a paragraph, spaces made plain."""
    lines = ["".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)", line)) for line in xml.split("</w:p>")]
    return entities.unescape("\n".join(lines)).replace("\u00a0", " ")


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """The rows of results.json."""
    found: list[dict[str, Any]] = json.loads((folder / "results.json").read_bytes())["rows"]
    return found
