"""Enterprise forms a second time: what was rejected, dropped, of another year or nobody's; a list whose every member answered."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bdg
from analysis.publishing import public
from analysis.targets.enterprises import DRAW, LIST, WHOLE, practice_of, read_enterprises
from analysis.targets.make import found_of
from forms.errors import BdgError
from forms.returns.make import STAMP
from tests.analysis.returned_folder import inputs
from tests.analysis.test_targets_enterprises import ASKED, BOOK, NONE, ONE, PLAN, TWO, drawn, sent

KEY = base64.b64encode(bytes(range(32))).decode()


def rows(path: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(path.read_bytes())["value"]
    return found


def rewritten(path: Path, some: list[dict[str, object]]) -> Path:
    path.write_text(json.dumps({"value": some}), encoding="utf-8")
    return path


def counts(path: Path) -> dict[str, float | None]:
    return {r.category: r.estimate for r in read_enterprises(path, PLAN, ASKED).rows if r.kind == "count"}


def test_a_rejected_form_is_not_counted(tmp_path: Path) -> None:
    """Nor does it make its enterprise answer twice."""
    path = sent(tmp_path, {"a": TWO, "b": ONE, "c": NONE})
    assert counts(path) == {"yes": 1, "reported": 3, "units": 3}
    some = rows(path)
    again = json.loads(json.dumps(some[1]).replace("000000000001", "000000000009"))
    some[1]["__system"] = {"formVersion": BOOK.version, "reviewState": "rejected"}
    assert counts(rewritten(path, some)) == {"yes": 1, "reported": 2, "units": 2}
    assert counts(rewritten(path, [*some, again])) == {"yes": 1, "reported": 3, "units": 3}


def test_a_round_is_counted_as_people_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the commands: a practice round of the form, a file received, one form dropped; the round says it is practice."""
    monkeypatch.setenv("BDG_ROUND_KEY", KEY)
    path = sent(tmp_path / "in", {f"e{i:02d}": TWO if i < 5 else ONE for i in range(9)})
    day = {"formVersion": BOOK.version, "submissionDate": "2027-10-01T08:00:00Z"}
    rewritten(path, [{**r, "__system": day, "start": "2027-10-01T08:00:00+07:00"} for r in rows(path)])
    home, run = tmp_path / "round", CliRunner()

    def bdg_(*words: str) -> str:
        done = run.invoke(bdg.app, list(words))
        assert done.exit_code in (0, 3), done.output
        return done.output

    bdg_("forms", "round", str(home), "--kind", "practice", "--wave", "2027", "--form", "enterprise")
    bdg_("analysis", "receive", str(home), str(path))
    assert counts(home) == {"yes": 5, "reported": 9, "units": 9}
    assert practice_of(home) is True
    bdg_("analysis", "quality", str(home))
    gone = str(rows(path)[0]["__id"])
    bdg_("analysis", "decide", str(home), gone, "--action", "drop", "--reason", "gửi thử", "--who", "GS01", "--yes")
    assert counts(home) == {"yes": 4, "reported": 8, "units": 8}
    drawn(home, {"all": (40, [f"e{i:02d}" for i in range(9)])})
    share = next(r for r in read_enterprises(home, PLAN, ASKED).rows if r.kind == "level")
    assert share.estimate == pytest.approx(50.0)


def test_forms_of_other_years(tmp_path: Path) -> None:
    """Among others they are told and not counted; alone they are refused."""
    path = sent(tmp_path, {"a": TWO, "b": TWO, "c": ONE})
    some = rows(path)
    text = json.dumps(some[0]).replace('"2027"', '"2026"')
    found = read_enterprises(rewritten(path, [json.loads(text), *some[1:]]), PLAN, ASKED)
    assert {r.category: r.estimate for r in found.rows} == {"yes": 1, "reported": 2, "units": 2}
    assert found.line["missing"].vi.endswith("1 phiếu của năm khác không tính")
    with pytest.raises(BdgError) as caught:
        read_enterprises(rewritten(path, [json.loads(text)]), PLAN, ASKED)
    assert [(p.code, p.expected, p.got) for p in caught.value.problems] == [("DATA-201", "2027", "2026")]


def test_no_form_at_all_is_no_nought_of_nought(tmp_path: Path) -> None:
    """The only one was rejected; of another file nothing is left."""
    path = sent(tmp_path / "e", {"a": TWO})
    rewritten(path, [{**r, "__system": {"reviewState": "rejected"}} for r in rows(path)])
    found = found_of(inputs(tmp_path, enterprise=path))
    line = next(x for x in found.results.texts["dashboard"] if x["part"] == "enterprises")
    assert (line["said"], line["key"], line["state"]["vi"]) == (None, "", "không có số liệu")
    assert not [r for r in found.results.rows if r.indicator == "II.1_enterprise"]


@pytest.mark.parametrize("place", ["inside", "beside"])
def test_the_list_lies_in_the_folder_or_beside_it(tmp_path: Path, place: str) -> None:
    """A folder of a server's pages can hold no other JSON file: then both lie beside it."""
    home = tmp_path / "pages"
    codes = [f"e{i:02d}" for i in range(30)]
    path = sent(home, {u: TWO if i < 20 else ONE for i, u in enumerate(codes)})
    drawn(home if place == "inside" else tmp_path, {"all": (300, codes)})
    found = read_enterprises(path if place == "inside" else home, PLAN, ASKED)
    assert next(r.estimate for r in found.rows if r.kind == "level") == pytest.approx(100 * 20 / 30)
    assert found.practice is True


@pytest.mark.parametrize(("n", "dk", "publish"), [(60, 0, "show"), (30, 2, "bracket"), (10, 1, "hide")])
def test_a_list_that_answered_whole_is_a_count(tmp_path: Path, n: int, dk: int, publish: str) -> None:
    """No sampling error, no interval, and no «no variation»; each kind of no-answer once; small ones are not published."""
    codes = [f"e{i:02d}" for i in range(n)]
    drawn(tmp_path, {"a": (n // 2, codes[: n // 2]), "b": (n - n // 2, codes[n // 2 :])})
    some: dict[str, Mapping[str, str]] = {u: TWO if i % 2 else ONE for i, u in enumerate(codes)}
    some |= {u: {"comm_any": "dk"} for u in codes[:dk]}
    found = read_enterprises(sent(tmp_path, some), PLAN, ASKED)
    share = next(r for r in found.rows if r.kind == "level")
    yes = sum(1 for i in range(dk, n) if i % 2)
    assert share.estimate == pytest.approx(100 * yes / (n - dk))
    assert (share.status, share.reason, share.publish) == ("ok", WHOLE, publish)
    assert (share.se, share.lower, share.upper, share.level) == (None, None, None, None)
    assert dict(share.n_missing) == {"not_asked": 0, "dont_know": dk, "refused": 0, "missing": 0}
    assert found.line["key"] == share.key


def test_a_no_answer_is_counted_once_where_the_list_did_not_answer_whole(tmp_path: Path) -> None:
    codes = [f"e{i:02d}" for i in range(40)]
    drawn(tmp_path, {"all": (400, codes)})
    some: dict[str, Mapping[str, str]] = {u: TWO if i % 2 else ONE for i, u in enumerate(codes)}
    found = read_enterprises(sent(tmp_path, some | {codes[0]: {"comm_any": "ref"}}), PLAN, ASKED)
    share = next(r for r in found.rows if r.kind == "level")
    assert (share.n, sum(share.n_missing.values()), share.n_missing["refused"]) == (39, 1, 1)
    assert share.se is not None
    assert share.se > 0


def test_what_few_enterprises_said_does_not_leave(tmp_path: Path) -> None:
    """Three of four: the counts are hidden, and so are the words on the table that repeat them."""
    path = sent(tmp_path / "e", {"a": TWO, "b": TWO, "c": TWO, "d": ONE})
    found = found_of(inputs(tmp_path, enterprise=path)).results
    line = next(x for x in found.texts["dashboard"] if x["part"] == "enterprises")
    assert line["said"]["vi"] == "3/4 doanh nghiệp trả lời được"
    open_ = public(found)
    out = next(x for x in open_.texts["dashboard"] if x["part"] == "enterprises")
    assert out["said"] is None
    assert all(r.estimate is None for r in open_.rows if r.indicator == "II.1_enterprise" and r.category in ("yes", "reported"))


def test_practice_forms_do_not_join_a_real_list(tmp_path: Path) -> None:
    path = sent(tmp_path / "e", {"a": TWO, "b": ONE})
    drawn(tmp_path / "e", {"all": (9, ["a", "b"])}, source="Danh sách thật")
    assert (tmp_path / "e" / LIST).is_file()
    assert STAMP not in (tmp_path / "e" / DRAW).read_text(encoding="utf-8")
    with pytest.raises(BdgError) as caught:
        found_of(inputs(tmp_path, enterprise=path))
    assert caught.value.problems[0].code == "DATA-206"
