"""bdg analysis sample draw: from files to files, the seal, the record, and what is refused."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.cli import app
from analysis.sampling import proposal as proposals
from analysis.sampling.draw import WaveDraw, draw
from analysis.sampling.frame import STAMP, Frame, frame_bytes, link_bytes
from analysis.sampling.issuing import FIELD_COLUMNS, Issued, issued, preview, write_issued
from analysis.sampling.pairs import JOINT_COLUMNS, read_joint
from analysis.sampling.practice import practice
from analysis.sampling.proposal import Order, domain_shares, proposed, read_spreads
from analysis.sampling.record import checked, read_record, record_bytes
from analysis.sampling.sample import read_sample, sample_bytes
from analysis.sampling.seal import commitment, new_seal, read_seal, seal_bytes
from analysis.sampling.streams import KEEP, PRN, SELECT, Streams
from forms import load_places, province_folder
from forms.errors import BdgError
from forms.media import read_households
from forms.survey import SurveyPlan, load_survey

SECRET = b"thirty-two bytes that stay secret"
DAY = date(2026, 9, 1)


@pytest.fixture(scope="module")
def world() -> Frame:
    """The practice province as if it were real: the stamp taken off every row."""
    made = practice(load_places(province_folder("51")), 3, psus=20, households=2).frame
    return replace(made, hamlets=tuple(replace(h, source="Sở (thử nghiệm phần mềm)") for h in made.hamlets))


def files(folder: Path, frame: Frame) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "frame.csv").write_bytes(frame_bytes(frame))
    (folder / "psu_links.csv").write_bytes(link_bytes(frame))
    (folder / "secret").write_bytes(SECRET)
    return folder


def base_order(folder: Path, **more: object) -> Order:
    first = Order(folder / "frame.csv", 2026, seed=7, secret_file=folder / "secret", day=DAY, psus=24, households=3, reserves=1)
    return replace(first, **more)


def later_order(folder: Path, **more: object) -> Order:
    out = folder / "out"
    second = Order(
        folder / "frame.csv", 2030, previous=out / "sample.csv", record=out / "draw.json", seal=out / "restricted" / "seal.json",
        psus=24, households=3, reserves=1,
    )  # fmt: skip
    return replace(second, **more)


def go(order: Order, out: Path) -> Issued:
    done = issued(proposed(order), order)
    write_issued(done, out, order)
    return done


def survey_with(monkeypatch: pytest.MonkeyPatch, **selection: object) -> None:
    plan = load_survey(province_folder("51"))
    chosen = replace(plan.selection, **selection)

    def load(_: Path) -> SurveyPlan:
        return replace(plan, selection=chosen)

    monkeypatch.setattr(proposals, "load_survey", load)


def test_two_waves_from_files_to_files(world: Frame, tmp_path: Path) -> None:
    """What is written where, the same bytes from the same secret, two hamlets on the island in both waves, households new."""
    here = files(tmp_path / "a", world)
    first = go(base_order(here), here / "out")
    assert sorted(first.files) == ["draw.json", "draw_findings_2026.json", "field_2026.csv", "restricted/seal.json", "sample.csv"]
    second = go(later_order(here), here / "out")
    assert sorted(second.files) == ["draw.json", "field_2030.csv", "restricted/draw_findings_2030.json", "restricted/sample.csv"]
    whole = read_sample(here / "out" / "restricted" / "sample.csv")
    assert tuple(d for d in whole if d.wave == 2026) == read_sample(here / "out" / "sample.csv")
    assert {
        (w, n) for (w, n) in Counter((w, h) for w, h, _ in {(d.wave, d.stratum, d.psu) for d in whole}).items() if n < 2
    } == set()
    assert any(d.stratum.startswith("hai_dao") for d in whole if d.wave == 2030)
    common = world.common()
    assert len({(common[d.psu], d.ssu) for d in whole}) == len(whole)  # no household twice
    kept = {d.psu for d in whole if d.overlap_of}
    assert 0 < len(kept) <= 0.6 * 24
    again = files(tmp_path / "b", world)
    assert go(base_order(again), again / "out").files == first.files
    assert go(later_order(again), again / "out").files == second.files


def test_the_field_file_feeds_the_form_and_does_not_say_what_was_kept(world: Frame, tmp_path: Path) -> None:
    here = files(tmp_path / "a", world)
    go(base_order(here), here / "out")
    go(later_order(here), here / "out")
    field = here / "out" / "field_2030.csv"
    assert field.read_text(encoding="utf-8").splitlines()[0] == ",".join(FIELD_COLUMNS)
    assert not {"overlap_of", "prn"} & set(FIELD_COLUMNS)
    known = [d for d in read_sample(here / "out" / "restricted" / "sample.csv") if d.wave == 2030 and d.status == "main"]
    assert [(h.psu, float(h.select_u)) for h in read_households(field, 2030)] == [(d.psu, d.select_u) for d in known]
    record = (here / "out" / "draw.json").read_text(encoding="utf-8")
    assert [d.psu for d in known if d.psu in record] == []  # the public record names no hamlet
    assert (here / "out" / "restricted").stat().st_mode & 0o077 == 0
    assert (here / "out" / "restricted" / "sample.csv").stat().st_mode & 0o077 == 0


# ---- the seal --------------------------------------------------------------------------------------------------------


def test_the_seed_and_the_frame_do_not_tell_the_kept_hamlets(world: Frame) -> None:
    """One seed, many secrets: the base sample never moves, the kept hamlets do; without the secret it is another list.
    What may not move with it does not: the permanent random numbers of the households."""
    plans = [WaveDraw(2026, DAY, 24, 2), WaveDraw(2030, date(2030, 9, 1), 24, 2, 0, 0.6)]
    draws = [draw(world, plans, 7, seal=seal) for seal in (None, "aa", "bb", "cc")]
    assert all([d for d in rows if d.wave == 2026] == [d for d in draws[0] if d.wave == 2026] for rows in draws)
    kept = [frozenset(d.psu for d in rows if d.overlap_of) for rows in draws]
    assert len(set(kept)) == 4
    prn = [{(d.psu, d.ssu): d.prn for d in rows} for rows in draws]
    assert all(prn[0][k] == prn[1][k] for k in prn[0].keys() & prn[1].keys())


def test_streams_are_sealed_in_later_waves_only() -> None:
    plain, sealed = Streams(7, 2026), Streams(7, 2026, "aa")
    same = {
        (w, p): plain.of(w, p, "x").random() == sealed.of(w, p, "x").random()
        for w in (0, 2026, 2030)
        for p in (KEEP, SELECT, PRN)
    }
    assert {w for (w, _), is_same in same.items() if is_same} == {0, 2026}


def test_the_commitment_binds_and_tells_nothing(tmp_path: Path) -> None:
    """SHA-256 of a fixed text, by hashlib; the secret of a file is its SHA-256; random ones differ."""
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    seal = new_seal(secret)
    assert seal == sha256(SECRET).hexdigest()
    assert commitment(seal) == sha256(b"bdg seal " + seal.encode()).hexdigest()
    assert len({new_seal() for _ in range(5)}) == 5
    path = tmp_path / "seal.json"
    path.write_bytes(seal_bytes(seal))
    assert read_seal(path, commitment(seal)) == seal


@pytest.mark.parametrize("body", [None, b"", b"{}", b'{"secret": 5}', b'{"secret": "ab"}', seal_bytes("another")])
def test_a_seal_that_is_not_the_one_committed_to_is_refused(tmp_path: Path, body: bytes | None) -> None:
    path = tmp_path / "seal.json"
    if body is not None:
        path.write_bytes(body)
    with pytest.raises(BdgError, match="DATA-045"):
        read_seal(path, commitment("right"))
    with pytest.raises(BdgError, match="DATA-045"):
        read_seal(None, commitment("right"))


def test_a_secret_file_that_is_missing_or_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"guess me")
    for name in ("short", "nowhere"):
        with pytest.raises(BdgError, match="DATA-045"):
            new_seal(tmp_path / name)


def test_practice_has_no_seal_and_keeps_the_stamp(tmp_path: Path, world: Frame) -> None:
    stamped = replace(world, hamlets=tuple(replace(h, source=STAMP) for h in world.hamlets))
    here = files(tmp_path / "p", stamped)
    done = go(base_order(here), here / "out")
    assert "restricted/seal.json" not in done.files
    assert (done.record.kind, done.record.seal) == ("practice", None)
    assert {d.round_kind for d in read_sample(here / "out" / "sample.csv")} == {"practice"}
    assert preview(proposed(base_order(here)))[0] == STAMP
    go(later_order(here, seal=None), here / "out")


# ---- the record ------------------------------------------------------------------------------------------------------


def test_the_record_is_read_as_written_and_names_no_clock_or_path(world: Frame, tmp_path: Path) -> None:
    here = files(tmp_path / "a", world)
    done = go(base_order(here), here / "out")
    path = here / "out" / "draw.json"
    assert record_bytes(read_record(path)) == path.read_bytes() == record_bytes(done.record)
    raw = json.loads(path.read_bytes())
    (wave,) = raw["waves"]
    assert (raw["seed"], raw["kind"], raw["seal"]) == (7, "real", commitment(sha256(SECRET).hexdigest()))
    assert sum(s["asked"] for s in wave["strata"]) == sum(s["drawn"] for s in wave["strata"]) == wave["psus"] == 24
    assert str(tmp_path) not in path.read_text(encoding="utf-8")


def test_anybody_can_check_the_base_draw_from_the_public_record(world: Frame, tmp_path: Path) -> None:
    """Without the secret: the base wave follows from the seed."""
    here = files(tmp_path / "a", world)
    done = go(base_order(here), here / "out")
    sample = read_sample(here / "out" / "sample.csv")
    assert checked(done.record, proposed(base_order(here)).frame, None, sample, "sample.csv").rows == sample


def tampered(name: str, frame: Frame, folder: Path) -> None:
    """One change a person might make after the base draw."""
    out = folder / "out"
    rows = list(read_sample(out / "sample.csv"))
    at = next(i for i, h in enumerate(frame.hamlets) if h.as_of <= DAY)
    changed = {
        "household": lambda h: replace(h, households=h.households + 1),
        "stratum": lambda h: replace(h, stratum="do_thi_kt" if h.stratum != "do_thi_kt" else "do_thi_qn"),
        "commune": lambda h: replace(h, commune=next(c.commune for c in frame.hamlets if c.commune != h.commune)),
    }
    if name in changed:
        hamlets = (*frame.hamlets[:at], changed[name](frame.hamlets[at]), *frame.hamlets[at + 1 :])
        (folder / "frame.csv").write_bytes(frame_bytes(replace(frame, hamlets=hamlets)))
    elif name == "row":
        (out / "sample.csv").write_bytes(sample_bytes(rows[1:]))
    elif name == "cell":
        (out / "sample.csv").write_bytes(sample_bytes([replace(rows[0], select_u=0.123456), *rows[1:]]))
    else:
        raw = json.loads((out / "draw.json").read_bytes())
        raw["seed"] = 8
        (out / "draw.json").write_text(json.dumps(raw), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("household", "hộ / households"), ("stratum", "địa bàn / hamlets"), ("commune", "frame.csv, 2026"),
        ("row", "dòng này / this line"), ("cell", "select_u 0.123456"), ("seed", "sample.csv, 2026"),
    ],
)  # fmt: skip
def test_what_was_changed_after_the_draw_is_named(world: Frame, tmp_path: Path, name: str, said: str) -> None:
    """Frame, sample or seed: the later wave is refused with the first difference, and nothing is written."""
    here = files(tmp_path / "a", world)
    go(base_order(here), here / "out")
    tampered(name, world, here)
    before = sorted(p.name for p in (here / "out").rglob("*"))
    with pytest.raises(BdgError, match="DATA-046") as fault:
        go(later_order(here), here / "out")
    assert said in str(fault.value)
    assert sorted(p.name for p in (here / "out").rglob("*")) == before


def test_hamlets_added_later_change_nothing_before(world: Frame, tmp_path: Path) -> None:
    """The frame may grow: rows listed after the base day do not touch the base draw."""
    here = files(tmp_path / "a", world)
    go(base_order(here), here / "out")
    more = replace(world.hamlets[0], psu="GL9999", as_of=date(2030, 1, 1))
    files(here, replace(world, hamlets=(*world.hamlets, more)))
    assert go(later_order(here), here / "out").record.waves[1].plan.day == date(2030, 1, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"seed": None}, "DATA-048"), ({"previous": Path("sample.csv")}, "DATA-048"), ({"wave": 2031}, "DATA-020"),
        ({"record": Path("nowhere.json"), "previous": Path("x.csv")}, "DATA-048"), ({"psus": 3}, "DATA-007"),
        ({"psus": 99_999}, "DATA-041"), ({"frame": Path("nowhere.csv")}, "DATA-001"),
    ],
)  # fmt: skip
def test_base_orders_that_do_not_fit_are_refused(world: Frame, tmp_path: Path, change: dict[str, object], code: str) -> None:
    here = files(tmp_path / "a", world)
    with pytest.raises(BdgError, match=code):
        proposed(base_order(here, **change))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"seed": 8}, "DATA-048"), ({"wave": 2026}, "DATA-048"), ({"previous": None}, "DATA-048"), ({"seal": None}, "DATA-045"),
        ({"day": date(2026, 8, 31)}, "DATA-048"),
    ],
)  # fmt: skip
def test_later_orders_that_do_not_fit_are_refused(world: Frame, tmp_path: Path, change: dict[str, object], code: str) -> None:
    here = files(tmp_path / "a", world)
    go(base_order(here), here / "out")
    with pytest.raises(BdgError, match=code):
        go(later_order(here, **change), here / "out")


def test_a_practice_frame_cannot_continue_a_real_round(world: Frame, tmp_path: Path) -> None:
    here = files(tmp_path / "a", world)
    go(base_order(here), here / "out")
    files(here, replace(world, hamlets=(replace(world.hamlets[0], source=STAMP), *world.hamlets[1:])))
    with pytest.raises(BdgError, match="DATA-048"):
        proposed(later_order(here))


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"schema": "draw/1"}', '{"schema": "draw/2", "kind": "real", "waves": []}'])
def test_a_record_that_is_none_is_refused(tmp_path: Path, body: str) -> None:
    (tmp_path / "draw.json").write_text(body, encoding="utf-8")
    with pytest.raises(BdgError, match="DATA-048"):
        read_record(tmp_path / "draw.json")


def test_a_sample_is_never_overwritten(world: Frame, tmp_path: Path) -> None:
    here = files(tmp_path / "a", world)
    go(base_order(here), here / "out")
    before = (here / "out" / "sample.csv").read_bytes()
    with pytest.raises(BdgError, match="DATA-047"):
        go(base_order(here, seed=8), here / "out")
    assert (here / "out" / "sample.csv").read_bytes() == before
    go(later_order(here), here / "out")
    with pytest.raises(BdgError, match=r"DATA-04[78]"):
        go(later_order(here), here / "out")


# ---- settings of survey.yaml -----------------------------------------------------------------------------------------


def test_maximum_entropy_writes_the_joint_probabilities(world: Frame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    survey_with(monkeypatch, method="maximum_entropy")
    here = files(tmp_path / "a", world)
    done = go(base_order(here), here / "out")
    ids, matrix = read_joint(here / "out" / "joint_2026.csv")
    p = {d.psu: d.p_psu for d in done.drawing.rows}
    assert set(ids) == set(p)
    assert all(matrix[i, i] == pytest.approx(p[psu]) for i, psu in enumerate(ids))
    second = go(later_order(here), here / "out")
    assert "joint_2030.csv" not in second.files  # not known after retention, and not pretended
    later = [g for g in second.drawing.table if g.wave == 2030]
    assert {g.rule for g in later} == {"fixed", "conditional"}  # the island's 45 base samples are listed, the plain's are not
    assert min(g.drawn for g in later) >= 2


def test_a_minimum_for_a_domain_is_met_in_the_allocation(world: Frame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = files(tmp_path / "a", world)
    plain = proposed(base_order(here)).wave.plan.counts or {}
    survey_with(monkeypatch, allocation="minimum", minimum={"area=urban": 12})
    order = base_order(here)
    asked = proposed(order)
    counts = asked.wave.plan.counts or {}
    shares = domain_shares({"area=urban": 12}, asked.groups, 2026)["area=urban"]
    assert sum(n * shares[g] for g, n in plain.items()) < 12 <= sum(n * shares[g] for g, n in counts.items()) + 1e-9
    survey_with(monkeypatch, allocation="minimum", minimum={"area=lunar": 1})
    with pytest.raises(BdgError, match="DATA-043"):
        proposed(order)


def test_neyman_needs_the_spreads_and_uses_them(world: Frame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    survey_with(monkeypatch, allocation="neyman")
    here = files(tmp_path / "a", world)
    with pytest.raises(BdgError, match="DATA-042"):
        proposed(base_order(here))
    strata = sorted(proposed_groups(here, monkeypatch))
    rows = "".join(f"{g},{40 if g.startswith('do_thi') else 10}\n" for g in strata)
    (here / "spreads.csv").write_text("stratum,spread\n" + rows, encoding="utf-8")
    survey_with(monkeypatch, allocation="neyman")
    asked = proposed(base_order(here, spreads=here / "spreads.csv")).wave
    survey_with(monkeypatch)
    plain = proposed(base_order(here)).wave.plan.counts or {}
    counts = asked.plan.counts or {}
    assert sum(n for g, n in counts.items() if g.startswith("do_thi")) > 2 * sum(
        n for g, n in plain.items() if g.startswith("do_thi")
    )
    assert asked.spreads["do_thi_kt"] == 40
    (here / "spreads.csv").write_text("stratum,spread\na,-1\n", encoding="utf-8")
    with pytest.raises(BdgError, match="DATA-002"):
        read_spreads(here / "spreads.csv")


def proposed_groups(here: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    survey_with(monkeypatch)
    return set(proposed(base_order(here)).groups)


def test_strata_of_each_wave_stay_those_it_was_drawn_by(world: Frame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """2026 by zone, 2030 by zone and former province: the base draw is still made again as it was."""
    survey_with(monkeypatch, stratify=("zone",))
    here = files(tmp_path / "a", world)
    first = go(base_order(here), here / "out")
    zones = {g.stratum for g in first.drawing.table}
    survey_with(monkeypatch, stratify=("zone", "former_province"))
    second = go(later_order(here), here / "out")
    assert {g.stratum for g in second.drawing.table if g.wave == 2026} == zones
    assert all("." in g.stratum for g in second.drawing.table if g.wave == 2030)
    assert [w.stratify for w in second.record.waves] == [("zone",), ("zone", "former_province")]


def test_too_few_households_are_said(world: Frame, tmp_path: Path) -> None:
    """Hamlets of 60 households, 50 + 20 asked: fewer in the base wave; in the later one those of before are drawn again, last."""
    small = replace(world, hamlets=tuple(replace(h, households=60, persons=200) for h in world.hamlets))
    here = files(tmp_path / "a", small)
    first = go(base_order(here, households=50, reserves=20), here / "out")
    assert {(f.check, f.got) for f in first.findings} == {("households_few", "60")}
    assert len(first.findings) == 24
    second = go(later_order(here, households=40, reserves=0), here / "out")
    common = small.common()
    was = {common[d.psu] for d in first.drawing.rows}
    kept = {d.psu for d in second.drawing.rows if d.wave == 2030 and common[d.psu] in was and d.n_ssu_pop == 60}
    assert {f.psu for f in second.findings if f.check == "households_again"} == {
        d.psu for d in second.drawing.rows if d.wave == 2030 and common[d.psu] in was
    }
    for psu in kept:  # all 60 were used before: 50 main, 10 reserves; the reserves come first
        earlier = {d.ssu: d.status for d in first.drawing.rows if d.psu == common[psu]}
        now = [d.ssu for d in second.drawing.rows if d.wave == 2030 and d.psu == psu]
        assert sum(earlier[s] == "reserve" for s in now) == 10


# ---- the command -----------------------------------------------------------------------------------------------------


def test_the_command_previews_draws_and_says_what_it_wrote(world: Frame, tmp_path: Path) -> None:
    here = files(tmp_path / "a", world)
    base = ["sample", "draw", "--frame", str(here / "frame.csv"), "--wave", "2026", "--seed", "7", "--out", str(here / "out"),
            "--secret-file", str(here / "secret"), "--day", "2026-09-01", "--psus", "24", "--households", "3"]  # fmt: skip
    seen = CliRunner().invoke(app, [*base, "--preview"])
    assert seen.exit_code == 0, seen.output
    assert "hai_dao_qn" in seen.output
    assert not (here / "out").exists()
    done = CliRunner().invoke(app, base)
    assert done.exit_code == 0, done.output
    assert f"sha256 {commitment(sha256(SECRET).hexdigest())}" in done.output
    assert sha256(SECRET).hexdigest() not in done.output
    out = here / "out"
    later = ["sample", "draw", "--frame", str(here / "frame.csv"), "--wave", "2030", "--out", str(out), "--psus", "24"]
    later += ["--previous", str(out / "sample.csv"), "--record", str(out / "draw.json")]
    later += ["--seal", str(out / "restricted" / "seal.json")]
    done = CliRunner().invoke(app, later)
    assert done.exit_code == 0, done.output
    assert "restricted/sample.csv" in done.output


def test_a_draw_that_cannot_be_written_tells_no_commitment(world: Frame, tmp_path: Path) -> None:
    """A published commitment whose seal was never kept would make the next wave's draw impossible."""
    here = files(tmp_path / "a", world)
    (here / "taken").write_text("a file", encoding="utf-8")
    words = ["sample", "draw", "--frame", str(here / "frame.csv"), "--wave", "2026", "--seed", "7", "--day", "2026-09-01"]
    done = CliRunner().invoke(app, [*words, "--psus", "24", "--households", "3", "--out", str(here / "taken")])
    assert isinstance(done.exception, BdgError)
    assert done.exception.problems[0].code == "DATA-031"
    assert "sha256" not in done.output
    assert "hai_dao_qn" in done.output


def test_help_says_who_may_have_what() -> None:
    text = " ".join(CliRunner().invoke(app, ["sample", "draw", "--help"], env={"COLUMNS": "300"}).output.split())
    for word in ("draw.json", "restricted/", "field_<năm>.csv"):
        assert word in text


@pytest.mark.parametrize(
    "heading", ["draw.json: `Record`", "draw.json, waves", "draw.json, strata", "joint_<kỳ>.csv", "spreads.csv"]
)
def test_the_contract_names_every_field_of_the_files(world: Frame, tmp_path: Path, heading: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "contract.md").read_text(encoding="utf-8")
    part = page.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    named = re.findall(r"^\| `([a-z_0-9]+)` \|", part, re.MULTILINE)
    here = files(tmp_path / "a", world)
    raw = json.loads(issued(proposed(base_order(here)), base_order(here)).files["draw.json"])
    wave = raw["waves"][0]
    there = {"draw.json: `Record`": raw, "draw.json, waves": wave, "draw.json, strata": wave["strata"][0],
             "joint_<kỳ>.csv": JOINT_COLUMNS, "spreads.csv": ("stratum", "spread")}[heading]  # fmt: skip
    assert named == list(there)
