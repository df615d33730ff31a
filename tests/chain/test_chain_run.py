"""`bdg analysis run` in a process of its own: one result whatever the export, and the baseline alone."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import pandas as pd
import pytest

from tests.chain.conftest import RUNS, Chain
from tests.chain.plant import rows_of

FILES = ["findings.json", "restricted/microdata.csv", "restricted/microdata.parquet", "results.csv", "results.json"]


def written(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_every_export_gives_the_same_bytes(chain: Chain) -> None:
    """CSV and XLSX for XML and OData, columns that are no question, another hash seed and clock zone: the same five files."""
    first, other = written(chain.analysed("plain")), written(chain.analysed("strange"))
    assert sorted(other) == FILES
    assert {k for k in other if other[k] != first[k]} == set()


@pytest.mark.parametrize("name", RUNS)
def test_every_file_written_is_named_on_the_screen(chain: Chain, name: str) -> None:
    out = chain.analysed(name)
    told = [line.split("wrote ", 1)[1] for line in chain.said(f"run-{name}").splitlines() if "wrote" in line]
    assert sorted(Path(line).relative_to(out).as_posix() for line in told) == FILES


def test_results_csv_holds_the_rows_of_results_json(chain: Chain) -> None:
    out = chain.analysed("plain")
    table = list(csv.DictReader(io.StringIO((out / "results.csv").read_text(encoding="utf-8"), newline="")))
    rows = rows_of(out)
    assert [line["key"] for line in table] == [row["key"] for row in rows]
    for line, row in zip(table, rows, strict=True):
        for name, value in row.items():
            cell = line[name]
            if value is None:
                assert cell == ""
            elif isinstance(value, dict):
                assert json.loads(cell) == value
            elif isinstance(value, float):
                assert float(cell) == value
            else:
                assert cell == str(value)


def test_the_two_forms_of_microdata_hold_the_same_people(chain: Chain) -> None:
    out = chain.analysed("plain") / "restricted"
    typed = pd.read_parquet(out / "microdata.parquet")
    plain = pd.read_csv(out / "microdata.csv", dtype=str, keep_default_na=False)
    assert list(typed.columns) == list(plain.columns)
    assert len(typed) == len(plain)
    for name in ("person", "psu", "ssu", "stratum", "sex", "agegroup", "area"):
        assert typed[name].astype(str).tolist() == plain[name].tolist()
    for name in ("weight", "K", "A", "score"):
        theirs = pd.to_numeric(plain[name].replace("", None))
        assert typed[name].isna().tolist() == theirs.isna().tolist()
        assert (typed[name] - theirs).abs().max() <= 1e-12 * typed[name].abs().max()


def test_a_headline_level_is_that_of_the_microdata(chain: Chain) -> None:
    """Weighted means over the people in the file, one person at a time."""
    out = chain.analysed("plain")
    people = pd.read_parquet(out / "restricted" / "microdata.parquet").to_dict("records")
    checked = 0
    for row in rows_of(out):
        if (
            row["kind"] != "level"
            or row["indicator"] not in ("K", "A", "score")
            or set(row["domain"]) - {"sex", "area", "agegroup"}
        ):
            continue
        asked = row["indicator"]
        mine = [p for p in people if p["wave"] == row["wave"] and all(p[k] == v for k, v in row["domain"].items())]
        those = [p for p in mine if not math.isnan(p[asked])]
        assert row["n"] == len(those)
        if row["estimate"] is not None:
            mean = sum(p["weight"] * p[row["indicator"]] for p in those) / sum(p["weight"] for p in those)
            assert row["estimate"] == pytest.approx(mean, rel=1e-11)
            checked += 1
    assert checked >= 3 * 2 * 5


def test_shares_are_those_of_the_scores(chain: Chain) -> None:
    out = chain.analysed("plain")
    people = pd.read_parquet(out / "restricted" / "microdata.parquet").to_dict("records")
    for limit in (50, 60, 70):
        for wave in (2026, 2030):
            wanted = {"kind": "level", "indicator": f"reach{limit}", "domain": {}, "wave": wave}
            (row,) = [r for r in rows_of(out) if all(r[k] == v for k, v in wanted.items())]
            those = [p for p in people if p["wave"] == wave and p["score"] == p["score"]]
            over = sum(p["weight"] for p in those if p["score"] >= limit)
            assert row["estimate"] == pytest.approx(100 * over / sum(p["weight"] for p in those))


def test_every_household_of_the_sample_is_accounted_for(chain: Chain) -> None:
    texts = json.loads((chain.analysed("plain") / "results.json").read_bytes())["texts"]
    people = pd.read_parquet(chain.analysed("plain") / "restricted" / "microdata.parquet")
    for wave in ("2026", "2030"):
        told = texts["waves"][wave]["response"]
        assert told["main"] == 24 * 3
        assert told["interviewed"] == (people["wave"] == int(wave)).sum()
        assert told["interviewed"] + told["no_consent"] + told["not_interviewed"] >= told["main"]


def test_the_baseline_alone(chain: Chain) -> None:
    """Levels of 2026 are the same rows with and without 2030; there is no change, no target, and no word of 2030's levels."""
    alone, both = rows_of(chain.one_wave()), rows_of(chain.analysed("plain"))
    assert {r["kind"] for r in alone} <= {"level", "count", "share", "diagnostic"}
    assert {r["wave"] for r in alone} == {2026}
    by_key = {r["key"]: r for r in both}
    whole = [r for r in alone if not r["domain"]]
    assert len(whole) > 20
    for row in whole:
        assert {k: v for k, v in by_key[row["key"]].items() if k != "publish"} == {k: v for k, v in row.items() if k != "publish"}
    texts = json.loads((chain.one_wave() / "results.json").read_bytes())["texts"]
    assert set(texts["waves"]) == {"2026"}


def test_the_digests_know_data_from_plan(chain: Chain) -> None:
    """Other data change the data's digest only; the same data by another way change none."""
    two, one, again = (
        json.loads((folder / "results.json").read_bytes())["digests"]
        for folder in (chain.analysed("plain"), chain.one_wave(), chain.analysed("strange"))
    )
    assert two == again
    assert {name for name in two if two[name] != one[name]} == {"data"}
    assert all(len(value) == 64 and set(value) <= set("0123456789abcdef") for value in two.values())


def test_another_decision_changes_the_plan_s_digest_and_no_code(chain: Chain) -> None:
    """The signed run also had other private answers, so its data differ; form, questionnaire and code do not."""
    signed, plain = (json.loads((chain.analysed(name) / "results.json").read_bytes())["digests"] for name in ("signed", "plain"))
    assert {name for name in signed if signed[name] != plain[name]} == {"plan", "data"}
