"""The archive a second time: two runs compared by a slow reading of their files, a chain of seals, records that are none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.archive import shelf
from analysis.archive.against import after, before, unlike
from analysis.archive.changes import changes, changes_csv, differs, new_rows
from analysis.archive.record import FILE, Record, read_record
from analysis.archive.sealed import Baseline, baselines, read_baseline, seal, standing
from analysis.publishing import public
from analysis.results import Results
from forms.errors import BdgError
from tests.analysis.test_archive import BOOK, DAY, PLAN, put, record, results, row


def codes(fault: pytest.ExceptionInfo[BdgError]) -> list[str]:
    return [p.code for p in fault.value.problems]


# ---- why a number changed


def _log(of: Record, waves: Mapping[int, tuple[str, str]]) -> Record:
    logs = {f"{name}_{w}": d for w, pair in waves.items() for name, d in zip(("raw", "decisions"), pair, strict=True)}
    return replace(of, digests={**of.digests, **logs})


def test_the_same_answers_out_of_a_round_explain_nothing() -> None:
    """2026 read from a file, then from a round: received and decided are no reasons, unless the answers are others."""
    file = record(results(row()))
    round_ = _log(file, {2026: ("r", "d")})
    assert differs(file, round_) == differs(round_, file) == ()
    other = replace(round_, inputs={**round_.inputs, "answers_2026": "b"})
    assert differs(file, other) == differs(other, file) == ("answers_2026",)
    both = _log(replace(other, waves=(2026, 2030)), {2030: ("x", "y")})
    assert differs(file, both) == ("waves", "answers_2026")


DIGEST = st.sampled_from("ab")


@settings(max_examples=40, deadline=None)
@given(st.booleans(), st.booleans(), *[DIGEST] * 6)
def test_answers_or_their_log_explain_a_change_never_both(
    one_round: bool, two_round: bool, raw: str, raw2: str, dec: str, dec2: str, ans: str, ans2: str
) -> None:
    """Where both runs have a log, the log; else the answers themselves."""
    base = record(results(row()))
    one, two = (replace(base, inputs={**base.inputs, "answers_2026": a}) for a in (ans, ans2))
    one = _log(one, {2026: (raw, dec)}) if one_round else one
    two = _log(two, {2026: (raw2, dec2)}) if two_round else two
    logged = one_round and two_round
    said = {"raw_2026": raw != raw2, "decisions_2026": dec != dec2} if logged else {"answers_2026": ans != ans2}
    assert set(differs(one, two)) == {name for name, other in said.items() if other}


def test_changes_of_two_published_files_line_by_line() -> None:
    """The table of changes holds nothing that the public results of both runs do not hold."""
    old = results(row(), row("K", n=3, publish="hide"), row("A", n=60), row("V"))
    new = results(row(estimate=60.0), row("K", n=70), row("A", n=4, publish="hide", estimate=11.5), row("V"), row("N"))
    was, now = public(old), public(new)
    text = changes_csv(changes(was, now, "", {2026})).decode()
    told = [json.loads(of.json_bytes()) for of in (was, now)]
    by = [{r["key"]: r for r in t["rows"]} for t in told]
    shown = [{k: r["estimate"] for k, r in rows.items() if r["publish"] != "hide"} for rows in by]
    expected = {k for k in by[0] if shown[0].get(k) != shown[1].get(k)}
    assert {line.split(",")[0] for line in text.splitlines()[1:]} == expected
    assert "11.5" not in text
    assert new_rows(was, now) == len(set(shown[1]) - set(by[0]))


# ---- folders


def test_two_commands_at_once_never_share_a_folder(tmp_path: Path) -> None:
    made: list[Path] = []
    crowd = [Thread(target=lambda: made.append(put(tmp_path, results(row())))) for _ in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert len(set(made)) == 8
    assert sorted(p.name[-2:] for p in made) == [f"{n:02d}" for n in range(1, 9)]
    assert all(read_record(p).waves == (2026,) for p in made)


def test_a_record_without_a_wave_is_none(tmp_path: Path) -> None:
    home = put(tmp_path, results(row()))
    raw = json.loads((home / FILE).read_bytes())
    nothing: tuple[object, ...] = ([], None, "", {})
    for waves in nothing:
        (home / FILE).write_text(json.dumps({**raw, "waves": waves}), encoding="utf-8")
        for call in (lambda: read_record(home), lambda: seal(home, document="QĐ 1", day=DAY)):
            with pytest.raises(BdgError) as fault:
                call()
            assert codes(fault) == ["DATA-221"]


# ---- seals


def chain(home: Path) -> list[Baseline]:
    """Three seals, each a correction of the one before."""
    runs = [put(home, results(row(estimate=e))) for e in (50.0, 51.0, 52.0)]
    return [seal(run, document=f"QĐ {i}", day=date(2027, 1, 1 + i), reason="sửa" if i else "")[0] for i, run in enumerate(runs)]


def test_the_last_of_a_chain_holds_and_none_can_be_taken_out(tmp_path: Path) -> None:
    made = chain(tmp_path)
    files = sorted(tmp_path.glob("baseline_*"))
    assert [b.digest for b in baselines(tmp_path)] == [b.digest for b in made]
    assert standing(baselines(tmp_path))[2026].digest == made[-1].digest
    bodies = {p: p.read_bytes() for p in files}
    for gone in files:
        gone.unlink()
        found = [read_baseline(p).digest for p in tmp_path.glob("baseline_*")]
        if made[-1].digest not in found:
            assert standing(baselines(tmp_path))[2026].digest == made[1].digest
        else:
            with pytest.raises(BdgError) as fault:
                baselines(tmp_path)
            assert codes(fault) == ["DATA-220"]
        gone.write_bytes(bodies[gone])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_names_of_files_do_not_order_a_chain(tmp_path: Path, order: tuple[int, ...]) -> None:
    made = chain(tmp_path)
    bodies = [p.read_bytes() for p in sorted(tmp_path.glob("baseline_*"), key=lambda p: read_baseline(p).date)]
    for p in tmp_path.glob("baseline_*"):
        p.unlink()
    for number, at in enumerate(order, start=1):
        name = f"baseline_2026{f'_{number}' if number > 1 else ''}_GIA-LAP.json"
        (tmp_path / name).write_bytes(bodies[at])
    assert [b.date for b in baselines(tmp_path)] == [b.date for b in made]


def test_the_same_seal_again_makes_no_second_one(tmp_path: Path) -> None:
    home = put(tmp_path, results(row()))
    first = seal(home, document="QĐ 1", day=DAY)
    assert seal(home, document="  QĐ 1 ", day=DAY) == first
    with pytest.raises(BdgError) as fault:
        seal(home, document="QĐ 2", day=DAY)
    assert codes(fault) == ["DATA-223"]
    assert len(list(tmp_path.glob("baseline_*"))) == 1


NUMBERS = st.floats(-90, 90).map(lambda x: round(x, 4))


@settings(max_examples=20, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=6), st.data())
def test_any_number_that_moves_is_refused_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, some: list[float], data: st.DataObject
) -> None:
    """Some rows of the sealed wave moved, some gone, new ones beside: refused exactly when a sealed number is not repeated."""
    home = tmp_path_factory.mktemp("seal")
    rows = [row(f"i{n}", estimate=x) for n, x in enumerate(some)]
    sealed = seal(put(home, results(*rows)), document="QĐ 1", day=DAY)[0]
    kept, expected = [], set[str]()
    for r in rows:
        match data.draw(st.sampled_from(["same", "same", "moved", "gone", "tiny"])):
            case "moved":
                kept.append(replace(r, se=2.0))
                expected.add(r.key)
            case "gone":
                expected.add(r.key)
            case "tiny":
                kept.append(replace(r, estimate=(r.estimate or 0.0) * (1 + 1e-13)))
            case _:
                kept.append(r)
    now: Results = results(*kept, row("new"), row("i0", wave=2030))
    assert {old.key for old, _ in unlike(sealed, now)} == expected
    if not expected:
        after(sealed, now)
        return
    with pytest.raises(BdgError) as fault:
        after(sealed, now)
    (problem,) = fault.value.problems
    assert problem.code == "DATA-217"
    assert f"{len(expected)} " in problem.text()


def test_a_later_wave_alone_is_held_against_the_yardstick_too(tmp_path: Path) -> None:
    """2030 without 2026: no number can be compared, but the threshold, the target and the items can."""
    sealed = seal(put(tmp_path, results(row())), document="QĐ 1", day=DAY)[0]
    held = before(sealed, [2030], PLAN, BOOK, practice=True)
    assert held is not None
    assert (held.digest, held.stands) == (sealed.digest, None)
    moved = replace(PLAN, target_ii3=replace(PLAN.target_ii3, threshold=PLAN.target_ii3.threshold + 5))
    for waves in ([2030], [2026, 2030], [2028, 2030]):
        with pytest.raises(BdgError) as fault:
            before(sealed, waves, moved, BOOK, practice=True)
        assert "DATA-218" in codes(fault)
    assert before(sealed, [2026], moved, BOOK, practice=True) is None, "a correction of the wave itself must be possible"
    assert shelf.names(tmp_path) == ("2026-11-23_01",)
