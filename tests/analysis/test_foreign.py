"""A survey that others wrote: its form, its export in the shapes that people publish, its tables against a plain oracle."""

from __future__ import annotations

import csv
import io
import json
import math
import random
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from typer import Typer
from typer.testing import CliRunner

from analysis.foreign.cli import tables
from forms.foreign import foreign_codebook
from tests.forms.foreign import write_xlsform
from tests.forms.writing import refused

app = Typer()
app.command()(tables)
Cells = Sequence[object]
PLAN = """title: Điều tra đất
year: 2026
design: {weight: wgt, strata: zone, psu: ea, lonely: average}
dont_know: [dk]
tables:
  - {id: t1, title: Đồng ý, rows: [consent, crops], by: [province]}
  - {id: t2, title: Số người, rows: [hh-size], stat: mean, by: [consent]}
"""
LABELS = {"yes": "Có", "no": "Không", "51": "Quảng Ngãi", "52": "Gia Lai", "rice": "Lúa", "maize": "Ngô", "dk": "Không biết"}


def people() -> list[dict[str, str]]:
    """Made-up submissions by question name."""
    rng = random.Random(3)
    found = []
    for i in range(120):
        agrees = rng.choice(["yes", "yes", "no"])
        crops = rng.choice(["rice", "rice maize", "dk", "maize"])
        row = {"Q1": "Thôn Có Tên", "hh-size": str(rng.randint(1, 9)), "consent": agrees, "uuid": f"u{i}", "province": ""}
        row |= {"wgt": f"{rng.uniform(0.5, 2):.3f}", "zone": f"Z{i % 3}", "ea": f"E{i % 12}", "crops": ""}
        found.append({**row, **({"province": rng.choice(["51", "52"]), "crops": crops} if agrees == "yes" else {})})
    return found


PATHS = {
    "Q1": "Q1", "hh-size": "about/hh-size", "consent": "about/consent", "province": "about/province", "crops": "about/crops",
}  # fmt: skip
MORE = ("wgt", "zone", "ea")


def told(name: str, text: str, labelled: bool) -> str:
    return " ".join(LABELS.get(t, t) for t in text.split()) if labelled and name != "Q1" else text


def table(*, mark: str = "/", split: bool = False, labelled: bool = False, ids: bool = True) -> tuple[list[str], list[list[str]]]:
    """Header and rows as a server or a person would publish them."""
    header = [p.replace("/", mark) if mark else p.rpartition("/")[2] for p in PATHS.values()]
    ticks = ["rice", "maize", "dk"] if split else []
    header += [f"about{mark}crops/{c}" for c in ticks] + list(MORE) + (["_uuid", "_submission_time"] if ids else [])
    rows = []
    for r in people():
        cells = [told(n, r[n], labelled) for n in PATHS]
        cells[4] = "" if split else cells[4]
        cells += ["" if not r["crops"] else str(int(c in r["crops"].split())) for c in ticks]
        rows.append([*cells, *(r[m] for m in MORE), *([r["uuid"], "2026-01-03T00:00:00"] if ids else [])])
    return header, rows


def as_xlsx(path: Path, header: Cells, rows: Sequence[Cells]) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (header, *rows):
        sheet.append(list(row))
    book.save(path)
    return path


def as_csv(path: Path, header: Cells, rows: Sequence[Cells], mark: str = ",") -> Path:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark, lineterminator="\n").writerows([header, *rows])
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def central(path: Path) -> Path:
    header, rows = table(mark="-", ids=False)
    out = io.StringIO(newline="")
    lines = [[*header, "KEY", "SubmissionDate"], *([*r, f"uuid:u{i}", "2026-01-03"] for i, r in enumerate(rows))]
    csv.writer(out, lineterminator="\n").writerows(lines)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("land.csv", out.getvalue())
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_xlsform(tmp_path / "land.xlsx")
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    return tmp_path


def run(home: Path, data: Path, out: str = "out") -> str:
    words = ["--form", home / "land.xlsx", "--data", data, "--plan", home / "plan.yaml", "--out", home / out]
    done = CliRunner().invoke(app, [str(w) for w in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def numbers(home: Path, out: str = "out") -> dict[tuple[str, str, str], tuple[float, int]]:
    rows = csv.DictReader((home / out / "tables.csv").read_text(encoding="utf-8").splitlines())
    return {(r["question"], r["code"], r["group"]): (float(r["estimate"] or "nan"), int(r["n"])) for r in rows}


def oracle() -> dict[tuple[str, str, str], tuple[float, int]]:
    """Weighted shares and means, the plain way."""
    found: dict[tuple[str, str, str], tuple[float, int]] = {}
    sums: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for r in people():
        w = float(r["wgt"])
        crops = set(r["crops"].split())
        for group in {"", r["province"]}:
            for code in ("yes", "no"):
                _add(sums["consent", code, group], w, r["consent"] == code)
            if crops and "dk" not in crops:
                for code in ("rice", "maize"):
                    _add(sums["crops", code, group], w, code in crops)
        for group in {"", r["consent"]}:
            _add(sums["hh-size", "", group], w, float(r["hh-size"]) / 100)
    for key, (top, below, n) in sums.items():
        found[key] = (100 * top / below, int(n))
    return found


def _add(of: list[float], w: float, y: float) -> None:
    of[0] += w * y
    of[1] += w
    of[2] += 1


SHAPES = {
    "kobo, codes": lambda h: as_xlsx(h / "d.xlsx", *table()),
    "kobo, split ticks": lambda h: as_xlsx(h / "d.xlsx", *table(split=True)),
    "kobo, labels": lambda h: as_xlsx(h / "d.xlsx", *table(labelled=True)),
    "kobo, csv with semicolons": lambda h: as_csv(h / "d.csv", *table(), mark=";"),
    "no group names": lambda h: as_csv(h / "d.csv", *table(mark="")),
    "ids taken out before publishing": lambda h: as_csv(h / "d.csv", *table(ids=False)),
    "central": lambda h: central(h / "d.zip"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_tables_of_the_oracle(home: Path, shape: str) -> None:
    run(home, SHAPES[shape](home))
    made, wanted = numbers(home), oracle()
    assert set(made) == set(wanted)
    assert {k: n for k, (_, n) in made.items()} == {k: n for k, (_, n) in wanted.items()}
    hidden = {k for k, (value, _) in made.items() if math.isnan(value)}
    assert hidden >= {k for k, (_, n) in wanted.items() if n < 25}
    by_precision = {k for k in hidden if wanted[k][1] >= 25}
    rules = json.loads((home / "out" / "results.json").read_bytes())["rows"]
    assert len(by_precision) == sum(r["rule"].startswith(("p:", "mean:")) and r["publish"] == "hide" for r in rules)
    assert len(hidden) < len(wanted)
    for key, (value, _) in wanted.items():
        assert key in hidden or made[key][0] == pytest.approx(value, rel=1e-12)


def test_the_same_input_gives_the_same_bytes_and_nobody_is_named(home: Path) -> None:
    data = as_xlsx(home / "d.xlsx", *table())
    run(home, data, "a")
    run(home, data, "b")
    files = sorted(p.relative_to(home / "a") for p in (home / "a").rglob("*") if p.is_file())
    assert [str(f) for f in files] == ["codebook.csv", "restricted/data.csv", "results.json", "tables.csv", "tables.xlsx"]
    for f in files:
        assert (home / "a" / f).read_bytes() == (home / "b" / f).read_bytes()
        assert "Thôn Có Tên".encode() not in (home / "a" / f).read_bytes()
    assert json.loads((home / "a" / "results.json").read_bytes())["texts"]["foreign"]["form"] == "land"
    sheets = load_workbook(home / "a" / "tables.xlsx").sheetnames
    assert sheets == ["Phương pháp", "Bảng 1", "Bảng 2"]


def test_the_codebook_knows_groups_repeats_and_types(home: Path) -> None:
    book = foreign_codebook(home / "land.xlsx")
    found = {v.name: (v.path, v.type, v.repeat, v.private) for v in book.variables}
    assert found["hh-size"] == ("about/hh-size", "integer", "", False)
    assert found["crops"][1] == "codes"
    assert found["psize"] == ("plot/psize", "code", "plot", False)
    assert found["Q1"] == ("Q1", "text", "", True)
    assert found["border"][3]
    assert "big" not in found
    assert "photo" not in found
    assert book["province"].asked_raw
    assert book["province"].label.en == "Which province?"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("tables:", "tabels:", "DATA-130"), ("weight: wgt, ", "", "DATA-131"), ("lonely: average", "lonely: never", "DATA-131"),
        ("rows: [consent, crops]", "rows: [consnt]", "DATA-131"), ("stat: mean", "stat: median", "DATA-131"),
        ("id: t2", "id: t1", "DATA-131"), ("year: 2026", "year: soon", "DATA-131"), ("title: Số", "tile: Số", "DATA-131"),
        ("wgt", "weights", "DATA-132"), ("psu: ea", "psu: cluster", "DATA-132"), ("[province]", "[commune]", "DATA-133"),
        ("rows: [hh-size]", "rows: [consent]", "DATA-134"), ("[province]", "[Q1]", "DATA-134"),
        ("[consent]}", "[crops]}", "DATA-134"),
        ("rows: [hh-size], stat: mean", "rows: [hh-size]", "DATA-134"),
    ],
)  # fmt: skip
def test_a_plan_that_does_not_fit_is_refused_and_nothing_is_written(home: Path, old: str, new: str, code: str) -> None:
    data = as_xlsx(home / "d.xlsx", *table())
    assert old in PLAN
    (home / "plan.yaml").write_text(PLAN.replace(old, new), encoding="utf-8")
    assert code in {p.code for p in refused(lambda: run(home, data))}
    assert not (home / "out").exists()


def test_weights_that_are_none_are_refused(home: Path) -> None:
    header, rows = table()
    rows[7][header.index("wgt")] = ""
    rows[8][header.index("zone")] = ""
    found = refused(lambda: run(home, as_xlsx(home / "d.xlsx", header, rows)))
    assert [p.code for p in found] == ["DATA-132", "DATA-132"]


def test_files_of_something_else_are_refused(home: Path) -> None:
    as_csv(home / "d.csv", ["a", "b", "c"], [["1", "2", "3"]])
    assert [p.code for p in refused(lambda: run(home, home / "d.csv"))] == ["DATA-010"]
    write_xlsform(home / "land.xlsx", survey=[("type", "name", "label"), ("note", "n", "Chào")])
    assert [p.code for p in refused(lambda: run(home, home / "d.csv"))] == ["FORM-124"]
