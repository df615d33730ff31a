"""A round analysed: the same rows as its files, what was decided counted, what an older form asked otherwise not asked."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.cleaning.decisions import Wanted, append, lines_of
from analysis.cleaning.replay import data_digest
from analysis.intake import Given, intake
from analysis.readers import read_submissions
from analysis.readers.receive import receive
from analysis.run import run
from forms.ledger import Round, new_round
from forms.ledger.published import write_published
from forms.load import load_questionnaire, questionnaire_folder
from forms.snapshot import snapshot
from tests.analysis import world

OLD = "0" * 64
TIME = "2026-10-09T08:00:00+07:00"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BDG_ROUND_KEY", base64.b64encode(bytes(range(32))).decode())


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    (tmp_path / "sample").mkdir()
    return world.write_sample(tmp_path / "sample")


@pytest.fixture
def of(tmp_path: Path, sample: Path) -> Round:
    return new_round(tmp_path / "r2026", kind="practice", wave=2026, form="household", sample=sample)


def test_a_round_gives_the_rows_of_its_files(of: Round, sample: Path, tmp_path: Path) -> None:
    files = world.write_sources(world.interviews(2026), tmp_path / "sources")
    receive(of.home, [files["xml"]])
    run({2026: files["csv"]}, sample, tmp_path / "a")
    run({2026: of.home}, sample, tmp_path / "b")
    one, other = (json.loads((tmp_path / d / "results.json").read_bytes()) for d in "ab")
    assert one["rows"] == other["rows"]
    more = set(other["digests"]) - set(one["digests"])
    assert more == {"raw_2026", "decisions_2026", "clean_2026"}
    assert other["digests"]["raw_2026"] == other["digests"]["clean_2026"]
    assert other["digests"]["raw_2026"] == data_digest(read_submissions(of.home, world.book()))


def test_a_decision_changes_what_it_says_and_the_digests(of: Round, sample: Path, tmp_path: Path) -> None:
    some = world.interviews(2026)
    receive(of.home, [world.write_sources(some, tmp_path / "sources")["xml"]])
    person = next(i for i in some if i.answers["k01"] == "t")
    wanted = [Wanted(person.instance_id, "k01", "correct", "bấm nhầm", "GS1", "t", "f")]
    before = intake(Given({2026: of.home}, sample), lambda *_: None)
    append(of.decisions, lines_of(wanted, (), TIME))
    after = intake(Given({2026: of.home}, sample), lambda *_: None)
    one, other = (f.waves[0].people for f in (before, after))
    differs = (one["k01"] != other["k01"]) & ~(one["k01"].isna() & other["k01"].isna())
    assert differs.sum() == 1
    assert one.drop(columns="k01").equals(other.drop(columns="k01"))
    assert before.cleaning is not None
    assert after.cleaning is not None
    assert "0 giá trị được sửa" in before.cleaning.vi
    assert "1 giá trị được sửa, 0 phiếu bị bỏ, 0 phiếu chờ" in after.cleaning.vi
    assert "tạm thời" not in after.cleaning.vi
    assert before.logs["raw_2026"] == after.logs["raw_2026"] != after.logs["clean_2026"]


def test_a_question_asked_in_other_words_was_not_asked(of: Round, sample: Path, tmp_path: Path) -> None:
    form = load_questionnaire(questionnaire_folder())
    now = snapshot(form)
    then = replace(now, digest=OLD, asked=tuple(replace(a, digest="x") if a.name == "k01" else a for a in now.asked))
    for made, version in ((then, "old"), (now, "new")):
        write_published(of, made, version, xlsx=b"", codebook=b"", server="-", reason="", time="2026-10-01T00:00:00Z")
    some = world.interviews(2026)
    early = {i.instance_id for i in [i for i in some if i.answers["k01"]][:3]}
    mixed = [
        x for i in some for x in (world.change([i], lambda _: {"questionnaire_digest": OLD}) if i.instance_id in early else [i])
    ]
    receive(of.home, [world.write_xml(mixed, tmp_path / "mixed")])
    wave = intake(Given({2026: of.home}, sample), lambda *_: None).waves[0]
    why = dict(zip(wave.instances, wave.people["k01__why"], strict=True))
    assert {i: why[i] for i in early} == dict.fromkeys(early, "not_asked")
    assert "missing" not in why.values()
    assert set(wave.people["k02__why"]) <= {"answered", "dont_know", "refused"}


def test_the_report_is_told_what_waits(of: Round, sample: Path, tmp_path: Path) -> None:
    some = world.interviews(2026)
    early = {i.instance_id for i in [i for i in some if i.answers["k01"]][:3]}
    mixed = [
        x for i in some
        for x in (world.change([i], lambda _: {"questionnaire_digest": OLD}) if i.instance_id in early else [i])
    ]  # fmt: skip
    receive(of.home, [world.write_xml(mixed, tmp_path / "mixed")])
    run({2026: of.home}, sample, tmp_path / "out")
    notes = {n["id"]: n for n in json.loads((tmp_path / "out" / "results.json").read_bytes())["texts"]["method"]}
    assert "3 phiếu chờ quyết định nên chưa tính" in notes["cleaning"]["vi"]
    assert notes["cleaning"]["vi"].endswith("Số liệu này là tạm thời.")
