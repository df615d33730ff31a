"""The whole analysis: one file whatever the source, everything or nothing, and every bad input told plainly."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.results import Row, read_results
from analysis.run import run
from analysis.sampling.frame import frame_bytes, link_bytes
from analysis.sampling.sample import Drawn, sample_bytes
from forms.errors import BdgError
from tests.analysis import world

FILES = ("results.json", "results.csv", "findings.json", "restricted/microdata.parquet", "restricted/microdata.csv")


@pytest.fixture(scope="module")
def round_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("round")
    world.write_sample(folder)
    for wave in (2026, 2030):
        world.write_sources(world.interviews(wave), folder / str(wave))
    return folder


@pytest.fixture(scope="module")
def both(round_folder: Path) -> Path:
    run({w: round_folder / str(w) / "xml" for w in (2026, 2030)}, round_folder / "sample.csv", round_folder / "out")
    return round_folder / "out"


SOURCES = {"odata": "odata", "csv": "submissions.csv.zip", "kobo": "kobo.xlsx"}


@pytest.mark.parametrize("kind", SOURCES)
def test_the_same_bytes_from_every_source(round_folder: Path, both: Path, tmp_path: Path, kind: str) -> None:
    written = run({w: round_folder / str(w) / SOURCES[kind] for w in (2026, 2030)}, round_folder / "sample.csv", tmp_path / "out")
    assert sorted(p.relative_to(tmp_path / "out").as_posix() for p in written) == sorted(FILES)
    for name in FILES:
        assert (tmp_path / "out" / name).read_bytes() == (both / name).read_bytes()


def find(rows: tuple[Row, ...], **wanted: object) -> list[Row]:
    return [r for r in rows if all(getattr(r, k) == v for k, v in wanted.items())]


def test_rows_of_two_waves(both: Path) -> None:
    results = read_results(both / "results.json")
    assert results.practice
    assert len({r.key for r in results.rows}) == len(results.rows)
    level = find(results.rows, kind="level", indicator="score", domain=())
    assert [r.wave for r in sorted(level, key=lambda r: r.wave)] == [2026, 2030]
    assert all(r.psus == 14 and r.strata == 6 and r.status == "ok" for r in level)
    for indicator in (
        "K",
        "A",
        "V",
        "score_kav",
        "reach50",
        "reach60",
        "reach70",
        "exposed2_any",
        "recalled",
        "item_k01",
        "item_a16",
    ):
        assert find(results.rows, kind="level", indicator=indicator, domain=(), wave=2030), indicator
        assert find(results.rows, kind="change", indicator=indicator, domain=(), estimand="diff"), indicator
    target = find(results.rows, kind="target", domain=())
    assert {(r.indicator, r.estimand) for r in target} >= {(i, e) for i in ("score", "reach60") for e in ("rel", "diff")}
    assert all(r.state for r in target)
    women = find(results.rows, kind="level", indicator="score", domain=(("women", "women"),), wave=2026)
    asked = women[0].n
    people = pd.read_csv(both / "restricted/microdata.csv", dtype={"psu": str, "ssu": str})
    assert asked == ((people["wave"] == 2026) & (people["sex"] == "female") & people["score"].notna()).sum()


def test_estimates_are_those_of_the_microdata(both: Path) -> None:
    people = pd.read_parquet(both / "restricted/microdata.parquet")
    for r in read_results(both / "results.json").rows:
        if r.kind == "level" and r.indicator in ("K", "A", "score") and not r.domain and r.estimate is not None:
            some = people[(people["wave"] == r.wave) & people[r.indicator].notna()]
            assert r.estimate == pytest.approx((some["weight"] * some[r.indicator]).sum() / some["weight"].sum(), rel=1e-12)
            assert r.n == len(some)


def test_texts_hold_what_reports_need(both: Path) -> None:
    texts = read_results(both / "results.json").texts
    assert set(texts) >= {
        "province", "issuer", "plan", "target_ii3", "switches", "waves", "indicators", "domains", "items", "method", "overlap",
        "weights", "sample_profile", "bands",
    }  # fmt: skip
    assert texts["target_ii3"]["signed"] is False
    assert len(texts["switches"]) >= 9
    assert texts["overlap"]["psus_2026"] == 14
    assert 1 <= texts["overlap"]["common"] <= 0.6 * 14
    assert {m["id"] for m in texts["method"]} >= {
        "df",
        "lonely",
        "comparison",
        "windows",
        "threshold",
        "zero",
        "weights",
        "effect",
    }
    note = next(m for m in texts["method"] if m["id"] == "weights")
    assert "hệ số không trả lời" in note["vi"]
    assert "CHƯA hiệu chỉnh" in note["vi"]  # there is no margins.csv
    assert "NOT calibrated" in note["en"]
    words = json.dumps(texts, ensure_ascii=False)
    assert not any(w in words for w in ("nhờ Kế hoạch", "do Kế hoạch", "tác động của", "hiệu quả của"))
    assert "/tmp" not in words


def test_microdata_columns(both: Path) -> None:
    people = pd.read_parquet(both / "restricted/microdata.parquet")
    first = ["wave", "person", "stratum", "psu", "ssu", "p_person", "n_eligible", "w_base", "f_household", "f_response",
             "f_calibration", "f_trim", "weight", "weight_norm", "sex", "age", "agegroup", "area", "ethnic2"]  # fmt: skip
    assert list(people.columns[: len(first)]) == first
    assert not people.duplicated(["wave", "person"]).any()
    assert {"K", "A", "V", "score", "reach50", "reach60", "reach70"} <= set(people.columns)
    assert not {"p_psu", "commune", "household", "interview_date", "ref_code", "start"} & set(people.columns)
    assert set(people["dtts"].dropna()) <= {"0", "1"}


def test_one_wave_alone(round_folder: Path, tmp_path: Path) -> None:
    run({2026: round_folder / "2026" / "submissions.csv.zip"}, round_folder / "sample.csv", tmp_path / "out")
    results = read_results(tmp_path / "out" / "results.json")
    assert {r.wave for r in results.rows} == {2026}
    assert not find(results.rows, kind="change")
    assert set(results.texts["waves"]) == {"2026"}


def test_progress_is_told(round_folder: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    run(
        {2026: round_folder / "2026" / "xml"},
        round_folder / "sample.csv",
        tmp_path / "o",
        progress=lambda s, d, o: told.append((s, d, o)),
    )
    assert [d for _, d, _ in told] == sorted(d for _, d, _ in told)
    assert all(d < o for _, d, o in told)


# ---- bad input: a code, an exit class, nothing written -------------------------------------------------------------


def other_sample(folder: Path, change: Callable[[Drawn], Drawn | None], tmp_path: Path) -> Path:
    made = world.province()
    rows = [r for d in made.sample if (r := change(d)) is not None]
    (tmp_path / "sample.csv").write_bytes(sample_bytes(rows))
    (tmp_path / "frame.csv").write_bytes(frame_bytes(made.frame))
    (tmp_path / "psu_links.csv").write_bytes(link_bytes(made.frame))
    (tmp_path / "waves.yaml").write_bytes((folder / "waves.yaml").read_bytes())
    return tmp_path / "sample.csv"


def refused(
    code: str,
    exit_code: int,
    tmp_path: Path,
    waves: dict[int, Path],
    sample: Path,
    windows: dict[int, tuple[date, date]] | None = None,
) -> str:
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(BdgError) as fault:
        run(waves, sample, tmp_path / "out", windows=windows)
    assert fault.value.problems[0].code == code
    assert fault.value.exit_code == exit_code
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    text = str(fault.value)
    assert "cách xử lý / do:" in text
    return text


def test_wave_mix_up(round_folder: Path, tmp_path: Path) -> None:
    text = refused("DATA-014", 11, tmp_path, {2026: round_folder / "2030" / "kobo.xlsx"}, round_folder / "sample.csv")
    assert "2030" in text


def test_missing_field_window(round_folder: Path, tmp_path: Path) -> None:
    sample = other_sample(round_folder, lambda d: d, tmp_path)
    (tmp_path / "waves.yaml").unlink()
    refused("DATA-015", 10, tmp_path, {2026: round_folder / "2026" / "xml"}, sample)
    window = {2026: (date(2026, 10, 5), date(2026, 10, 30))}
    assert run({2026: round_folder / "2026" / "xml"}, sample, tmp_path / "out", windows=window)
    (tmp_path / "waves.yaml").write_text("waves: [2026]", encoding="utf-8")
    refused("DATA-026", 11, tmp_path, {2026: round_folder / "2026" / "xml"}, sample)


def test_a_missing_file_and_an_undrawn_wave(round_folder: Path, tmp_path: Path) -> None:
    refused("DATA-024", 11, tmp_path, {2026: round_folder / "none.zip"}, round_folder / "sample.csv")
    refused("DATA-020", 2, tmp_path, {}, round_folder / "sample.csv")
    windows = {2028: (date(2028, 10, 1), date(2028, 10, 30))}
    refused("DATA-020", 2, tmp_path, {2028: round_folder / "2026" / "xml"}, round_folder / "sample.csv", windows=windows)


def test_an_unlinked_hamlet(round_folder: Path, tmp_path: Path) -> None:
    psu = next(d.psu for d in world.province().sample if d.wave == 2026)
    sample = other_sample(round_folder, lambda d: replace(d, psu="GL9999") if d.psu == psu else d, tmp_path)
    given = world.change(world.interviews(2026), lambda a: {"psu": "GL9999"} if a["psu"] == psu else {})
    refused("DATA-006", 11, tmp_path, {2026: world.write_xml(given, round_folder / "lost")}, sample)


def test_a_pre_merger_commune_in_the_frame(round_folder: Path, tmp_path: Path) -> None:
    sample = other_sample(round_folder, lambda d: d, tmp_path)
    text = (tmp_path / "frame.csv").read_text(encoding="utf-8").replace(",21028,", ",21010,", 1)
    (tmp_path / "frame.csv").write_text(text, encoding="utf-8")
    assert "21028" in refused("DATA-005", 11, tmp_path, {2026: round_folder / "2026" / "xml"}, sample)


def test_an_item_nobody_answered(round_folder: Path, tmp_path: Path) -> None:
    silent = world.change(world.interviews(2026), lambda a: {"k04": "ref"} if a["k04"] else {})
    text = refused(
        "DATA-019", 11, tmp_path, {2026: world.write_xml(silent, round_folder / "silent")}, round_folder / "sample.csv"
    )
    assert "k04" in text


def test_a_stratum_with_a_single_hamlet_runs_and_says_so(round_folder: Path, tmp_path: Path) -> None:
    island = sorted({d.psu for d in world.province().sample if d.wave == 2026 and d.commune == "21548"})
    sample = other_sample(round_folder, lambda d: None if d.wave == 2026 and d.psu == island[0] else d, tmp_path)
    some = [i for i in world.interviews(2026) if i.answers["psu"] != island[0]]
    run({2026: world.write_xml(some, round_folder / "lonely")}, sample, tmp_path / "out")
    results = read_results(tmp_path / "out" / "results.json")
    assert any("hai_dao_qn" in w["vi"] for w in results.texts["waves"]["2026"]["warnings"])
    assert any(m["id"] == "lonely" and "hai_dao_qn" in m["vi"] for m in results.texts["method"])
    findings = json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))
    assert "lonely_stratum" in {f["check"] for f in findings}
    assert all(len(f["id"]) == 12 and f["state"] == "open" for f in findings)


def test_a_hamlet_without_interviews_stays_in_the_design(round_folder: Path, tmp_path: Path) -> None:
    gone = next(d.psu for d in world.province().sample if d.wave == 2026 and d.stratum == "mien_nui_kt")
    some = [i for i in world.interviews(2026) if i.answers["psu"] != gone]
    run({2026: world.write_xml(some, round_folder / "empty_psu")}, round_folder / "sample.csv", tmp_path / "out")
    findings = json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))
    assert [f["psu"] for f in findings if f["check"] == "psu_empty"] == [gone]


def test_a_domain_whose_column_is_empty_is_refused(round_folder: Path, tmp_path: Path) -> None:
    sample = other_sample(round_folder, lambda d: d, tmp_path)
    made = world.province().frame
    blank = replace(made, hamlets=tuple(replace(h, khu_vuc="") for h in made.hamlets))
    (tmp_path / "frame.csv").write_bytes(frame_bytes(blank))
    run({2026: round_folder / "2026" / "xml"}, sample, tmp_path / "out")
    results = read_results(tmp_path / "out" / "results.json")
    assert "khu_vuc" in results.texts["domains"]["khu_vuc"]["refused"]["vi"]
    assert results.texts["domains"]["minority_special"]["refused"]
    assert results.texts["domains"]["sex"]["refused"] is None
    assert not [r for r in results.rows if "khu_vuc" in dict(r.domain)]


def test_windows_are_warned_about(round_folder: Path, tmp_path: Path) -> None:
    windows = tmp_path / "w.yaml"
    spans = {
        2026: {"field_start": date(2026, 10, 1), "field_end": date(2026, 11, 20)},
        2030: {"field_start": date(2030, 1, 1), "field_end": date(2030, 12, 30)},
    }
    windows.write_text(yaml.safe_dump({"waves": spans}), encoding="utf-8")
    run({w: round_folder / str(w) / "xml" for w in (2026, 2030)}, round_folder / "sample.csv", tmp_path / "out", windows=windows)
    told = read_results(tmp_path / "out" / "results.json").texts["waves"]["2026"]["warnings"]
    assert "Tháng hành động" in told[0]["vi"]
    assert "2030" in told[1]["vi"]


def test_an_error_while_writing_leaves_nothing(round_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.name == "microdata.csv":
            raise OSError(28, "no space")
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(BdgError, match="no space") as caught:
        run({2026: round_folder / "2026" / "xml"}, round_folder / "sample.csv", tmp_path / "out")
    assert caught.value.problems[0].code == "DATA-031"
    assert list(tmp_path.iterdir()) == []


def test_a_module_nobody_was_asked_is_not_an_error(round_folder: Path, tmp_path: Path) -> None:
    """Nobody could be interviewed in private: V is not estimable and says why; the rest stands."""
    violence = {v.name for v in world.book().variables if v.path.startswith("m9/")}
    public = world.change(world.interviews(2026), lambda a: {"alone": "no" if a["alone"] else None, **dict.fromkeys(violence)})
    run({2026: world.write_xml(public, round_folder / "public")}, round_folder / "sample.csv", tmp_path / "out")
    rows = read_results(tmp_path / "out" / "results.json").rows
    (v,) = find(rows, kind="level", indicator="V", domain=())
    assert (v.status, v.estimate, v.n) == ("not_estimable", None, 0)
    assert v.n_missing["not_asked"] > 0
    assert v.reason
    (score,) = find(rows, kind="level", indicator="score", domain=())
    assert score.status == "ok"


def test_nothing_personal_reaches_any_file(round_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A mark in every private or free-text answer, every device, name and time: it may stand in no file and on no screen."""
    mark = "BIMAT"
    marked = {v.name for v in world.book().variables if not v.repeat and (v.private or v.type == "text") and not v.choices}
    assert len(marked) >= 4
    kept = {"wave", "psu", "ssu", "commune", "select_u", "round_kind", "questionnaire_digest", "pick"}
    given = world.change(
        world.interviews(2026), lambda a: {n: f"{mark}-{n}" for n in marked - kept if a[n] is not None or n == "deviceid"}
    )
    run({2026: world.write_xml(given, tmp_path / "in")}, round_folder / "sample.csv", tmp_path / "out")
    told = capfd.readouterr()
    assert mark not in told.out + told.err
    for path in sorted((tmp_path / "out").rglob("*")):
        if path.is_file():
            assert mark not in path.read_bytes().decode("utf-8", "replace"), path.name
    table = pd.read_parquet(tmp_path / "out" / "restricted" / "microdata.parquet")
    assert mark not in table.to_csv()
    assert not marked & set(table.columns)


def test_rejected_and_edited_submissions_are_counted_once(round_folder: Path, tmp_path: Path) -> None:
    """An edit stands in for its former self: the counts and every estimate are those of the edited file alone."""
    some = world.interviews(2026)
    done = next(n for n, i in enumerate(some) if i.answers["result"] == "completed")
    edit = replace(some[done], instance_id="uuid:edited", answers={**some[done].answers, "k01": "f"})
    folder = world.write_xml(some, tmp_path / "both")
    (folder / "edit.xml").write_text(world.xml(edit, replaces=some[done].instance_id), encoding="utf-8")
    alone = world.write_xml([edit if n == done else i for n, i in enumerate(some)], tmp_path / "alone")
    for name, given in (("a", folder), ("b", alone)):
        run({2026: given}, round_folder / "sample.csv", tmp_path / name)
    one, two = (read_results(tmp_path / name / "results.json") for name in "ab")
    assert one.rows == two.rows
    assert one.texts["waves"]["2026"]["response"] == two.texts["waves"]["2026"]["response"]
    assert one.texts["waves"]["2026"]["response"]["submissions"] == len(some)


def test_dropping_a_hamlet_without_interviews_would_change_the_error(round_folder: Path, tmp_path: Path) -> None:
    """Its zero stays in the variance: the same interviews with the hamlet struck from sample.csv give other errors."""
    gone = next(d.psu for d in world.province().sample if d.wave == 2026 and d.stratum == "mien_nui_kt")
    given = world.write_xml([i for i in world.interviews(2026) if i.answers["psu"] != gone], tmp_path / "in")
    run({2026: given}, round_folder / "sample.csv", tmp_path / "kept")
    (tmp_path / "struck").mkdir()
    struck = other_sample(round_folder, lambda d: None if d.wave == 2026 and d.psu == gone else d, tmp_path / "struck")
    run({2026: given}, struck, tmp_path / "dropped")
    found = [read_results(tmp_path / name / "results.json").rows for name in ("kept", "dropped")]
    kept, dropped = (find(rows, kind="level", indicator="score", domain=())[0] for rows in found)
    assert kept.estimate == pytest.approx(dropped.estimate, rel=1e-12)  # one response class: its factor moves all alike
    assert kept.se is not None
    assert dropped.se is not None
    assert abs(kept.se - dropped.se) > 1e-6
