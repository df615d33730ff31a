"""Traces of a person through a round of the field: from every kind of export to the daily page; nothing outside what is sealed.

A round's folder is looked at as a thief would: every file of it, packed members and Parquet unpacked, and everything printed.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from analysis.readers import vault
from forms.ledger import Attachment, open_ledger, read_round
from tests.chain import plant
from tests.chain.conftest import Chain, Done, bdg
from tests.chain.plant import CANARIES, NAME, NOTE, PHONE
from tests.forms.test_formulas import computes

KEY = base64.b64encode(bytes(range(7, 39))).decode()
FORMULA = '=HYPERLINK("http://example.org";"x")'
LOG = (
    "event,node,start,end,latitude,longitude,accuracy,old-value,new-value\n"
    f"question,/data/m5/k01,1,2,15.120387,108.804415,5,{NAME},{PHONE}\n"
)
SHEET = f"psu,ssu,name,phone\n{{psu}},{{ssu}},{NAME},{PHONE}\n"


@pytest.fixture(autouse=True, scope="module")
def key() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as m:
        m.setenv("BDG_ROUND_KEY", KEY)
        yield


def given(chain: Chain) -> dict[int, list[Path]]:
    """Wave -> planted exports of it: the four formats, once each."""
    found: dict[int, list[Path]] = {2026: [], 2030: []}
    for name in ("signed", "strange"):
        for wave, path in chain.given(name).items():
            found[wave].append(path)
    return found


@pytest.fixture(scope="module")
def field(chain: Chain) -> tuple[dict[int, Path], list[Done]]:
    """Two rounds received, with audit logs and a contact sheet, looked at daily; and what every command said."""
    said: list[Done] = []

    def do(*words: str | Path, codes: tuple[int, ...] = (0,)) -> Done:
        said.append(bdg(*words))
        assert said[-1].code in codes, said[-1].err
        return said[-1]

    def make(place: Path) -> None:
        place.mkdir()
        for wave, files in given(chain).items():
            home = place / f"r{wave}"
            more = ("--wave", str(wave), "--sample", chain.sample, "--field-end", "2026-11-20")
            do("forms", "round", home, "--kind", "practice", *more)
            for file in files:
                do("analysis", "receive", home, file, codes=(0, 3))
            _logs(home)
            sheet = place / f"{wave}.csv"
            lines = csv.DictReader(io.StringIO(chain.sample.read_text(encoding="utf-8"), newline=""))
            drawn = next(r for r in lines if r["wave"] == str(wave))
            sheet.write_text(SHEET.format(psu=drawn["psu"], ssu=drawn.get("ssu") or drawn["household"]), encoding="utf-8")
            do("analysis", "contacts", "keep", home, sheet, "--who", "CB-01", "--day", "2026-11-21")
            do("analysis", "quality", home, codes=(0, 3))
            do("reports", "daily", home, "--out", place / f"page-{wave}")
            do("analysis", "decide", home, "--sheet", home / "out" / "decide.xlsx", codes=(0, 3))
        (place / "said.json").write_text(json.dumps([[d.code, d.out, d.err] for d in said]), encoding="utf-8")

    place = chain.once("field", make)
    told = [Done(*one) for one in json.loads((place / "said.json").read_text(encoding="utf-8"))]
    return {wave: place / f"r{wave}" for wave in (2026, 2030)}, told


def _logs(home: Path) -> None:
    """Collect's log with a coordinate and answers on every submission, as a pull would bring it."""
    with open_ledger(read_round(home)) as ledger:
        pull = ledger.begin("central", "https://central.example.org")
        for s in list(ledger.stored()):
            from forms.ledger import Arrival

            files = (Attachment("audit.csv", LOG.encode()), Attachment("1732345678901.jpg", NOTE.encode()))
            body = s.body or b""
            ledger.add(
                pull,
                [Arrival(s.instance_id, s.root_id, s.form_id, s.form_version, s.received_at, s.shape, body, attachments=files)],
            )
        ledger.end(pull, "complete")


def everything(folder: Path) -> dict[str, str]:
    """Every file as text, unpacked; decomposed letters composed."""
    import unicodedata

    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        text = pd.read_parquet(path).to_csv() if path.suffix == ".parquet" else plant.readable(path)
        raw = path.read_bytes()
        wide = raw.decode("utf-16-le", errors="ignore")
        found[path.relative_to(folder).as_posix()] = unicodedata.normalize("NFC", f"{path.name}\n{text}\n{wide}")
    return found


def test_the_traces_are_in_what_was_received(chain: Chain, field: tuple[dict[int, Path], list[Done]]) -> None:
    """Otherwise finding nothing would prove nothing: they are in the exports, in the sealed files, in the sealed logs."""
    for files in given(chain).values():
        for path in files:
            assert plant.holds_traces(path), path.name
    for home in field[0].values():
        of = read_round(home)
        sealed = " ".join(_unpacked(k.body) for k in vault.kept(of))
        assert all(word in sealed for word in (NAME, PHONE))
        with open_ledger(of) as ledger:
            logs = [a.body for _, a in ledger.attachments([s.instance_id for s in ledger.stored()], ["audit.csv"])]
        assert logs
        assert all(LOG.encode() == log for log in logs)


def _unpacked(body: bytes) -> str:
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            return " ".join(f"{n} {package.read(n).decode('utf-8', 'replace')}" for n in package.namelist())
    return body.decode("utf-8", "replace")


def test_no_trace_in_any_file_of_a_round(field: tuple[dict[int, Path], list[Done]]) -> None:
    """The ledger, raw/ and restricted/ included: they are sealed, so that not even they show anything."""
    for home in field[0].values():
        files = everything(home)
        assert len(files) >= 10
        assert any(name.endswith("findings.json") for name in files)
        assert [(name, c) for name, text in files.items() for c in CANARIES if c in text] == []


def test_no_trace_on_a_daily_page(field: tuple[dict[int, Path], list[Done]]) -> None:
    place = next(iter(field[0].values())).parent
    for wave in field[0]:
        files = everything(place / f"page-{wave}")
        assert files
        assert [(name, c) for name, text in files.items() for c in CANARIES if c in text] == []


def test_no_trace_on_the_screen(field: tuple[dict[int, Path], list[Done]]) -> None:
    assert len(field[1]) >= 12
    assert [(d.out + d.err, c) for d in field[1] for c in CANARIES if c in d.out + d.err] == []


def test_no_point_of_anybody_in_findings(field: tuple[dict[int, Path], list[Done]]) -> None:
    """Not this person's and nobody's: a finding says how far off, never where."""
    for home in field[0].values():
        found = list(home.rglob("findings.json"))
        assert found
        for path in found:
            assert not re.findall(r"\b1[45]\.\d{3,}|\b10[789]\.\d{3,}", path.read_text(encoding="utf-8")), path.name


def test_no_cell_of_any_table_computes(field: tuple[dict[int, Path], list[Done]]) -> None:
    place = next(iter(field[0].values())).parent
    tables = [p for p in place.rglob("*.csv") if not re.fullmatch(r"\d{4}\.csv", p.name)]
    assert tables
    for path in tables:
        with path.open(encoding="utf-8", newline="") as file:
            assert not [c for line in csv.reader(file) for c in line if computes(c)], path.name
    for path in place.rglob("*.xlsx"):
        for sheet in openpyxl.load_workbook(path).worksheets:
            texts = [c for row in sheet.iter_rows() for c in row if isinstance(c.value, str) and c.data_type == "s"]
            assert not [c.coordinate for c in texts if computes(c.value) and not c.quotePrefix], path.name


# ---- wrong files


@pytest.mark.parametrize("how", ["receive", "sample", "decide"])
def test_a_contact_list_given_by_mistake_is_refused_without_a_word_of_it(
    field: tuple[dict[int, Path], list[Done]], tmp_path: Path, how: str
) -> None:
    """A table without a head: its first line is a person."""
    home = field[0][2026]
    people = tmp_path / "people.csv"
    people.write_text(f"{NAME},{PHONE},15.120387,108.804415\n{NAME},{PHONE},15.120387,108.804415\n", encoding="utf-8")
    book = openpyxl.Workbook()
    book.active.append([NAME, PHONE, "15.120387"])
    book.active.append([FORMULA, PHONE, "108.804415"])
    book.save(tmp_path / "people.xlsx")
    words: list[list[str | Path]] = {
        "receive": [["analysis", "receive", home, people], ["analysis", "receive", home, tmp_path / "people.xlsx"]],
        "sample": [["forms", "round", tmp_path / "r", "--kind", "practice", "--wave", "2026", "--sample", people]],
        "decide": [["analysis", "decide", home, "--from", tmp_path / "people.xlsx", "--yes"]],
    }[how]
    for one in words:
        done = bdg(*one)
        assert done.code in (2, 10, 11), done.err
        assert [c for c in CANARIES if c in done.out + done.err] == []
        assert "Traceback" not in done.err


# ---- forgetting, through the commands


def test_a_forgotten_person_is_gone_from_the_whole_round(chain: Chain, field: tuple[dict[int, Path], list[Done]]) -> None:
    home = field[0][2026]
    of = read_round(home)
    with open_ledger(of) as ledger:
        person = next(s.instance_id for s in ledger.stored() if s.body and b"completed" in s.body)
        before = ledger.count()
    from analysis.privacy.codes import code_of

    done = bdg("analysis", "forget", code_of(person), "--round", home, "--who", "CB-01", "--yes", "--day", "2026-11-22")
    assert done.code == 0, done.err
    mark = person.removeprefix("uuid:")
    with open_ledger(of) as ledger:
        assert ledger.count() == before
        assert [s.body for s in ledger.stored() if s.instance_id == person] == [None]
    assert not [k.name for k in vault.kept(of) if mark in _unpacked(k.body)]
    apart = ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "decisions.csv")
    assert not [name for name, text in everything(home).items() if mark in text and name not in apart]
    again = bdg("analysis", "receive", home, given(chain)[2026][0])
    assert again.code in (0, 3), again.err
    assert not [k.name for k in vault.kept(of) if mark in _unpacked(k.body)], "a file that comes later brings nobody back"
    assert bdg("analysis", "quality", home).code in (0, 3)
    assert not [name for name, text in everything(home / "out").items() if mark in text]
