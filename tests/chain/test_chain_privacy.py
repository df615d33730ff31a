"""A person's traces are planted in every export; nothing that is written or printed may hold them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from tests.chain import plant
from tests.chain.conftest import Chain, bdg
from tests.chain.plant import CANARIES, readable, rows_of

PLANTED = ("signed", "strange")  # the four formats, once each
SCREENS = {"strange": ["run-strange"], "signed": ["run-signed", "report-signed"]}


@pytest.mark.parametrize("name", PLANTED)
def test_the_traces_are_really_there(chain: Chain, name: str) -> None:
    """Otherwise finding nothing would prove nothing."""
    for path in chain.given(name).values():
        assert plant.holds_traces(path), path.name


@pytest.mark.parametrize("name", PLANTED)
def test_no_trace_in_any_file_nor_on_the_screen(chain: Chain, name: str) -> None:
    out = chain.analysed(name)
    folders = [out] if name == "strange" else [out, chain.reported(name)]
    files = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    assert len(files) >= 5
    texts = {p.name: readable(p) for p in files} | {step: chain.said(step) for step in SCREENS[name]}
    texts["parquet, unpacked"] = pd.read_parquet(out / "restricted" / "microdata.parquet").to_csv()
    assert [(file, canary) for file, text in texts.items() for canary in CANARIES if canary in text] == []


def test_private_answers_and_unknown_nodes_change_no_number(chain: Chain) -> None:
    """Every row and every person is the same as without them."""
    clean, planted = chain.analysed("plain"), chain.analysed("signed")
    assert rows_of(planted) == rows_of(clean)
    for file in ("results.csv", "restricted/microdata.csv", "findings.json"):
        assert (planted / file).read_bytes() == (clean / file).read_bytes()


def test_of_the_texts_only_the_decision_differs(chain: Chain) -> None:
    clean, planted = (json.loads((chain.analysed(name) / "results.json").read_bytes())["texts"] for name in ("plain", "signed"))
    assert {name for name in clean if clean[name] != planted[name]} <= {"target_ii3", "method", "switches"}
    assert clean["target_ii3"] != planted["target_ii3"]


def test_microdata_name_no_one(chain: Chain) -> None:
    """A pseudonym that is not the submission's id, no household key, no time, and no column that could hold words."""
    out = chain.analysed("plain") / "restricted"
    people = pd.read_parquet(out / "microdata.parquet")
    assert people["person"].is_unique
    ids = {p.stem for wave in (2026, 2030) for p in chain.export(wave, "xml").iterdir()}
    text = (out / "microdata.csv").read_text(encoding="utf-8")
    assert len(ids) == 2 * 24 * 3
    assert not [i for i in ids if i in text]
    assert not {i[:8] for i in ids} & set(re.split(r"[,\n]", text))
    assert not re.search(r"\d{4}-\d\d-\d\d|\d\d:\d\d", text)
    assert not {"deviceid", "ref_code", "start", "end", "household", "interview_date", "commune"} & set(people.columns)


def test_microdata_hold_codes_and_numbers_only(chain: Chain) -> None:
    """Every text of the file is a short code: there is no room for a sentence, a name or a place."""
    people = pd.read_parquet(chain.analysed("plain") / "restricted" / "microdata.parquet")
    words = {str(v) for name in people.columns for v in people[name].dropna().unique() if isinstance(v, str)}
    assert len(words) > 100
    assert [word for word in sorted(words) if not re.fullmatch(r"[A-Za-z0-9_]+( [a-z0-9_]+)*", word)] == []


def test_people_of_both_waves_have_different_pseudonyms(chain: Chain) -> None:
    """Nobody is followed from one wave to the next (no person panel)."""
    people = pd.read_parquet(chain.analysed("plain") / "restricted" / "microdata.parquet")
    first, second = (set(people.loc[people["wave"] == wave, "person"]) for wave in (2026, 2030))
    assert first
    assert second
    assert not first & second


def test_an_answer_that_is_no_code_stops_the_run_without_being_repeated(chain: Chain, tmp_path: Path) -> None:
    """A name typed where a code belongs: refused with the question's name, never with the words."""
    (tmp_path / "xml").mkdir()
    for path in chain.export(2026, "xml").iterdir():
        text = path.read_text(encoding="utf-8")
        for question in ("k01", "education"):
            text = re.sub(rf"<{question}>[^<]+", f"<{question}>{plant.NAME} {plant.PHONE}", text)
        (tmp_path / "xml" / path.name).write_text(text, encoding="utf-8")
    assert plant.PHONE in "".join(map(readable, (tmp_path / "xml").iterdir()))
    ran = bdg(*chain.run_words({2026: tmp_path / "xml"}), "--out", tmp_path / "out")
    assert ran.code == 11
    assert "k01" in ran.err
    assert not [canary for canary in CANARIES if canary in ran.out + ran.err]
    assert not (tmp_path / "out").exists()
