"""The clerk's menu: every step opens in its turn, every command it speaks is one of bdg, nothing is lost when it stops."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import bdg
from forms.errors import Who
from forms.ledger import new_round
from reports.desk import Talk, menu, offline, started
from reports.desk import talk as talking
from reports.desk.report_steps import report_steps
from reports.desk.step import Step, opened
from reports.desk.survey_steps import survey_steps
from reports.desk.work import MARKS, keep, marks, survey, surveys, yearlies, yearly

ANSWERS = {"quyet-dinh": ["c", "c", "c"], "niem-phong": ["12/QĐ-SNV", "2026-12-20", "c"]}


class Person:
    """A person with a list of answers; commands are noted, and each leaves what `leaves` says."""

    def __init__(self, answers: Sequence[str], codes: Sequence[int] = ()) -> None:
        self.answers, self.codes = iter(answers), iter(codes)
        self.heard: list[str] = []
        self.called: list[list[str]] = []

    def ask(self, prompt: str) -> str:
        self.heard.append(prompt)
        try:
            return next(self.answers)
        except StopIteration:
            raise EOFError from None

    def call(self, words: Sequence[str]) -> int:
        self.called.append(list(words))
        return next(self.codes, 0)

    @property
    def talk(self) -> Talk:
        return Talk(self.heard.append, self.ask, self.call)

    @property
    def said(self) -> str:
        return "\n".join(self.heard)


def _real(words: Sequence[str]) -> None:
    """Fails unless bdg knows this command with these options (nothing is run)."""
    command = typer.main.get_command(bdg.app)
    left = list(words)
    while isinstance(command, typer.core.TyperGroup):
        found = command.get_command(None, left[0])
        assert found is not None, words
        command, left = found, left[1:]
    command.make_context(words[0], left)


def _round(desk: Path, name: str = "tap-huan", wave: int = 2026, kind: str = "practice", **more: str) -> Path:
    sample = desk.parent / f"sample-{name}"
    sample.mkdir(parents=True, exist_ok=True)
    (sample / "sample.csv").write_text(
        "wave,stratum,psu,ssu,commune,p_psu,p_household,certainty,n_psu_pop,n_ssu_pop,status,reserve_order,select_u,prn,"
        f"overlap_of,round_kind\n{wave},A,p1,1,20001,0.1,0.1,0,,,main,,0.5,0.5,,{kind}\n",
        encoding="utf-8",
    )
    new_round(desk / name, kind=kind, wave=wave, form="household", sample=sample / "sample.csv", **more)
    return desk / name


def _received(home: Path, n: int = 3) -> None:
    """Submissions in the round's ledger, without their bodies being anybody's."""
    from forms.ledger import Arrival, open_ledger, read_round

    with open_ledger(read_round(home), key=b"k" * 32) as ledger:
        pull = ledger.begin("file", "x.csv")
        arrivals = [Arrival(f"uuid:{i}", f"uuid:{i}", "bdg_household", "1", None, "xml", b"<a/>", "practice") for i in range(n)]
        ledger.add(pull, arrivals)
        ledger.end(pull, "complete")


# ---- answers


def test_a_number_is_asked_until_it_is_one() -> None:
    person = Person(["", "x", "7", "-1", " 2 "])
    assert person.talk.choice("Chọn", 3) == 2
    assert person.said.count("Gõ một số từ 0 đến 3") == 4


@pytest.mark.parametrize("said", [["q"], ["Q"], []], ids=["q", "Q", "end of input"])
def test_leaving_is_no_error(said: list[str], tmp_path: Path) -> None:
    person = Person(said)
    menu(tmp_path / "BDG", person.talk)
    assert "Mở lại sẽ tiếp tục" in person.said
    assert person.called == []


@pytest.mark.parametrize("quote", ['"{}"', "'{}'", "{}", "“{}”"])
def test_a_dragged_file_comes_in_quotes(quote: str, tmp_path: Path) -> None:
    file = tmp_path / "Dữ liệu tháng 10.csv"
    file.write_text("x")
    assert Person([quote.format(file)]).talk.path("Tệp") == file


def test_a_path_that_is_not_there_is_asked_again_and_shown_without_its_folder(tmp_path: Path) -> None:
    person = Person([str(tmp_path / "riêng" / "không có.csv"), ""])
    assert person.talk.path("Tệp") is None
    assert "«không có.csv»" in person.said
    assert "riêng" not in person.said


def test_every_exit_code_has_its_words() -> None:
    for code in (0, 1, 3, *(int(w) for w in Who)):
        person = Person([], [code])
        assert person.talk.run("forms") == code
        assert "mã" not in person.heard[-1], code
        assert ("Xong" in person.heard[-1]) is (code in (0, 3))
    other = Person([], [-9])
    other.talk.run("forms")
    assert "-9" in other.heard[-1]


def test_a_command_is_shown_as_it_can_be_typed() -> None:
    person = Person([])
    person.talk.run("analysis", "receive", Path("đợt một"))
    assert "> bdg analysis receive «đợt một»" in person.said
    assert person.called == [["analysis", "receive", "đợt một"]]


def test_the_second_command_waits_for_the_first() -> None:
    person = Person([], [11])
    assert not person.talk.all(["a"], ["b"])
    assert person.called == [["a"]]


# ---- steps


def _step(*, done: bool, optional: bool = False) -> Step:
    return Step("x", "x", "x", done, "", lambda _: True, optional)


def test_a_step_opens_when_all_before_it_are_right() -> None:
    steps = [_step(done=True), _step(done=False, optional=True), _step(done=False), _step(done=True), _step(done=False)]
    assert opened(steps) == (True, True, True, False, False)


def test_the_practice_round_comes_first_on_an_empty_desk(tmp_path: Path) -> None:
    person = Person(["q"])
    menu(tmp_path, person.talk)
    assert "1. Vòng tập huấn" in person.said
    assert "[1]" in person.said  # Enter takes it


def test_a_new_round_has_one_open_step(tmp_path: Path) -> None:
    home = _round(tmp_path / "BDG")
    steps = survey_steps(tmp_path / "BDG", survey(home))
    assert [s.done for s in steps] == [False] * 8
    assert opened(steps) == (True, *[False] * 7)


def test_steps_close_again_when_something_new_came_in(tmp_path: Path) -> None:
    desk = tmp_path / "BDG"
    home = _round(desk)
    _received(home)
    keep(home, "kiem-tra", survey(home).mark)
    done = [s.done for s in survey_steps(desk, survey(home))]
    assert done[:3] == [True, True, True]
    with (home / "decisions.csv").open("a", encoding="utf-8") as file:
        file.write("1\n")
    assert [s.done for s in survey_steps(desk, survey(home))][:3] == [True, False, False]


def test_a_red_finding_closes_what_follows(tmp_path: Path) -> None:
    desk = tmp_path / "BDG"
    home = _round(desk)
    _received(home)
    keep(home, "kiem-tra", survey(home).mark)
    day = home / "out" / "daily-2026-10-30"
    day.mkdir(parents=True)
    kinds = [("red", "open"), ("red", "decided"), ("yellow", "open")]
    rows = [{"severity": severity, "state": state} for severity, state in kinds]
    (day / "findings.json").write_text(json.dumps(rows))
    steps = survey_steps(desk, survey(home))
    assert "Còn 1 điểm chờ" in steps[2].note
    assert opened(steps)[3] is False
    rows[0]["state"] = "decided"
    (day / "findings.json").write_text(json.dumps(rows))
    assert opened(survey_steps(desk, survey(home)))[3] is True


def test_a_closed_step_is_not_taken(tmp_path: Path) -> None:
    desk = tmp_path / "BDG"
    _round(desk)
    person = Person(["1", "4", "0", "q"])
    menu(desk, person.talk)
    assert "Bước 4 chưa mở: làm xong bước 1 trước" in person.said
    assert person.called == []


def test_files_dropped_into_the_round_are_received(tmp_path: Path) -> None:
    desk = tmp_path / "BDG"
    home = _round(desk)
    (home / "nhan").mkdir()
    for name in ("b.csv", "a.xlsx", "~$a.xlsx"):
        (home / "nhan" / name).write_text("x")
    person = Person(["1", "1", "", "q"])
    menu(desk, person.talk)
    assert person.called[0][:2] == ["analysis", "receive"]
    assert [Path(w).name for w in person.called[0][2:]] == ["tap-huan", "a.xlsx", "b.csv"]
    _real(person.called[0])


def test_nothing_dropped_nothing_called(tmp_path: Path) -> None:
    desk = tmp_path / "BDG"
    home = _round(desk)
    person = Person(["1", "1", "", "q"])
    menu(desk, person.talk)
    assert person.called == []
    assert (home / "nhan").is_dir()
    assert "Chưa có tệp nào" in person.said


def test_every_command_of_a_round_is_one_of_bdg(tmp_path: Path) -> None:
    """The words of each step of a round, spoken to the real command line's parser."""
    desk = tmp_path / "BDG"
    home = _round(desk)
    _round(desk, "khao-sat-2030", 2030)
    for folder in (home, desk / "khao-sat-2030"):
        _received(folder)
        (folder / "luu-tru" / "2030-01-01_01").mkdir(parents=True)
        (folder / "luu-tru" / "2030-01-01_01" / "results.json").write_text("{}")
        (folder / "bao-cao").mkdir()
        (folder / "bao-cao" / "BaoCao.docx").write_text("x")
        (folder / "nhan").mkdir()
        (folder / "nhan" / "a.csv").write_text("x")
        (folder / "quyet-dinh.xlsx").write_text("x")
        keep(folder, "tinh", survey(folder).mark)
    spoken: list[list[str]] = []
    for folder in (home, desk / "khao-sat-2030"):
        for step in survey_steps(desk, survey(folder)):
            person = Person(ANSWERS.get(step.id, ["", ""]))
            step.act(person.talk)
            spoken += person.called
    assert {tuple(w[:2]) for w in spoken} == {
        ("analysis", "receive"), ("analysis", "quality"), ("reports", "daily"), ("analysis", "decide"), ("analysis", "run"),
        ("reports", "survey"), ("reports", "verify"), ("analysis", "seal"), ("analysis", "publish"),
    }  # fmt: skip
    both = next(w for w in spoken if w[:2] == ["analysis", "run"] and w.count("--wave") == 2)
    assert [w.partition("=")[0] for w in both if "=" in w] == ["2026", "2030"]
    for words in spoken:
        _real(words)


@pytest.mark.parametrize("kind", ["6thang", "nam", "dot-xuat", "tong-ket"])
def test_every_command_of_a_report_is_one_of_bdg(kind: str, tmp_path: Path) -> None:
    desk = tmp_path / "BDG"
    home = desk / f"bao-cao-2027-{kind}"
    for form in ("unit", "media", "convention"):
        (home / "nhan" / form).mkdir(parents=True)
        (home / "nhan" / form / "x.xlsx").write_text("x")
        (home / "so-lieu" / form).mkdir(parents=True)
        (home / "so-lieu" / form / "returns.csv").write_text("x")
        (home / "so-lieu" / form / "not_reported.csv").write_text("unit_id\na\nb\n")
    (home / "chi-tieu").mkdir()
    (home / "chi-tieu" / "results.json").write_text("{}")
    (home / "bao-cao").mkdir()
    (home / "bao-cao" / "BaoCao.docx").write_text("x")
    spoken: list[list[str]] = []
    at = yearly(home)
    assert at is not None
    for step in report_steps(desk, at):
        person = Person(["", ""])
        assert step.act(person.talk)
        spoken += person.called
    names = {"6thang": "halfyear", "nam": "annual", "dot-xuat": "adhoc", "tong-ket": "final"}
    assert ("reports", names[kind]) in {tuple(w[:2]) for w in spoken}
    assert len([w for w in spoken if w[:2] == ["analysis", "returns"]]) == (1 if kind in ("6thang", "dot-xuat") else 3)
    for words in spoken:
        _real(words)
    again = yearly(home)
    assert again is not None
    steps = report_steps(desk, again)
    assert [s.done for s in steps][1:4] == [True, True, True]
    assert "báo cáo đơn vị: 2" in steps[1].note


def test_publishing_goes_on_without_microdata_only_when_the_person_says_so(tmp_path: Path) -> None:
    from reports.desk.leaving import leaving

    run = tmp_path / "luu-tru" / "2026-12-01_01"
    (step,) = leaving(tmp_path, run, baseline=False)
    refused = Person(["k"], [13])
    assert not step.act(refused.talk)
    assert len(refused.called) == 1
    agreed = Person(["c"], [13, 0])
    assert step.act(agreed.talk)
    assert agreed.called[1] == [*agreed.called[0], "--no-microdata"]


@pytest.mark.parametrize(
    "answers", [[""], ["12/QĐ-SNV", "20/12/2026"], ["12/QĐ-SNV", "2026-12-20", "k"]], ids=["no document", "no day", "no"]
)
def test_nothing_is_sealed_without_document_day_and_a_yes(answers: list[str], tmp_path: Path) -> None:
    from reports.desk.leaving import leaving

    run = tmp_path / "luu-tru" / "2026-12-01_01"
    run.mkdir(parents=True)
    step = leaving(tmp_path, run, baseline=True)[1]
    person = Person(answers)
    assert not step.act(person.talk)
    assert person.called == []
    assert not step.done
    (run.parent / "baseline_2026.json").write_text('{"document": "12/QĐ-SNV", "date": "2026-12-20"}')
    assert leaving(tmp_path, run, baseline=True)[1].done
    assert "12/QĐ-SNV" in leaving(tmp_path, run, baseline=True)[1].note


def test_a_return_that_came_late_opens_the_steps_again(tmp_path: Path) -> None:
    home = tmp_path / "bao-cao-2027-nam"
    (home / "nhan" / "unit").mkdir(parents=True)
    (home / "nhan" / "unit" / "a.xlsx").write_text("1")
    first = yearly(home)
    assert first is not None
    keep(home, "doc", first.mark)
    assert report_steps(tmp_path, first)[1].done
    (home / "nhan" / "unit" / "b.xlsx").write_text("1")
    second = yearly(home)
    assert second is not None
    assert not report_steps(tmp_path, second)[1].done


# ---- beginning something


def test_a_ready_practice_round_needs_no_rehearsal(tmp_path: Path) -> None:
    pack = tmp_path / "TapHuan"
    for name in ("sample/sample.csv", "phieu/submissions.csv.zip", "phieu/planted.json"):
        (pack / name).parent.mkdir(parents=True, exist_ok=True)
        (pack / name).write_text("{}")
    desk = tmp_path / "BDG"
    (desk / "tap-huan").mkdir(parents=True)  # as the command would leave it
    person = Person([])
    started.practice(person.talk, desk, pack)
    assert [w[:2] for w in person.called] == [["forms", "round"]]
    assert (desk / "tap-huan" / "nhan" / "submissions.csv.zip").exists()
    _real(person.called[0])


def test_without_one_it_is_rehearsed_and_a_failure_leaves_no_round(tmp_path: Path) -> None:
    person = Person([], [0, 10])
    started.practice(person.talk, tmp_path, None)
    assert [w[:2] for w in person.called] == [["analysis", "sample"], ["forms", "rehearse"]]
    assert not (tmp_path / "tap-huan").exists()
    (tmp_path / ".tap-huan" / "sample").mkdir(parents=True)
    for words in person.called:
        _real(words)


def test_a_real_round_asks_for_year_sample_and_server(tmp_path: Path) -> None:
    sample = tmp_path / "sample.csv"
    sample.write_text("x")
    person = Person(["1", str(sample), "https://central.example.org", "1", "sonoivu", "7"])
    started.real(person.talk, tmp_path)
    assert "--kind real --wave 2026" in " ".join(person.called[0])
    assert person.called[0][-2:] == ["--project", "7"]
    assert "mật khẩu" in person.said
    _real(person.called[0])


def test_a_report_is_a_folder_named_by_year_and_kind(tmp_path: Path) -> None:
    started.report(Person(["2", "2"]).talk, tmp_path)
    (found,) = yearlies(tmp_path)
    assert (found.year, found.kind, found.title) == (2027, "annual", "Báo cáo năm 2027")


def test_years_are_those_of_the_plan() -> None:
    assert started.years() == (2026, 2027, 2028, 2029, 2030)


# ---- what lies on the desk


@pytest.mark.parametrize("name", ["bao-cao-1999-nam", "bao-cao-2027-quy", "bao-cao-27-nam", "khác"])
def test_other_folders_are_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    assert yearly(tmp_path / name) is None
    assert yearlies(tmp_path) == ()
    assert surveys(tmp_path) == ()


def test_a_broken_round_does_not_stop_the_menu(tmp_path: Path) -> None:
    desk = tmp_path / "BDG"
    _round(desk)
    (desk / "hỏng").mkdir()
    (desk / "hỏng" / "round.yaml").write_text("kind: [")
    assert [s.round.name for s in surveys(desk)] == ["tap-huan"]


@pytest.mark.parametrize("body", ["", "[1]", "{", '{"doc": 3}'], ids=["empty", "list", "cut", "number"])
def test_a_spoilt_mark_only_means_doing_the_step_again(body: str, tmp_path: Path) -> None:
    (tmp_path / MARKS).write_text(body)
    assert marks(tmp_path).get("doc") in (None, "3")
    keep(tmp_path, "doc", "abc")
    assert marks(tmp_path)["doc"] == "abc"


def test_the_menu_is_a_command_with_vietnamese_help() -> None:
    shown = CliRunner().invoke(bdg.app, ["menu", "--help"])
    assert shown.exit_code == 0
    assert "Từng bước bằng tiếng Việt" in shown.output


# ---- the folder for a PC without internet


def _built(tmp_path: Path) -> tuple[Path, list[Sequence[str]]]:
    ran: list[Sequence[str]] = []

    def run(words: Sequence[str]) -> None:
        ran.append(words)
        if "--dest" in words:
            Path(words[-1]).mkdir(parents=True)
            (Path(words[-1]) / "a-1-py3-none-any.whl").write_bytes(b"a")

    return offline.offline(tmp_path / "out", run), ran


def test_the_offline_folder_holds_what_its_batch_files_name(tmp_path: Path) -> None:
    out, ran = _built(tmp_path)
    start, install = ((out / name).read_bytes() for name in ("BatDau.bat", "CaiDat.bat"))
    for body in (start, install):
        assert body.isascii()  # cmd reads a batch file in the code page of the PC
        assert body.count(b"\n") == body.count(b"\r\n")
        assert b"@PYTHON@" not in body
    assert b"--no-index" in install
    assert b"--require-hashes -r requirements.lock" in install
    assert b"-m bdg menu" in start
    listed = dict(reversed(line.split("  ")) for line in (out / "DANH-SACH.txt").read_text().splitlines())
    assert {"BatDau.bat", "CaiDat.bat", "HuongDan.html", "requirements.lock", "banh-xe/a-1-py3-none-any.whl"} <= set(listed)
    assert "--require-hashes" in ran[0]
    assert list(ran[0])[list(ran[0]).index("--platform") + 1] == "win_amd64"
    for words in (w for w in ran if "bdg" in w):
        _real(list(words)[3:])


def test_the_lock_of_a_windows_pc_holds_what_windows_needs_and_no_more() -> None:
    """pip on Linux judges markers by Linux: the folder would lack what only Windows needs, and the PC has no network."""
    lock = (offline.ROOT / offline.LOCK).read_text(encoding="utf-8")
    made = offline.locked(lock, "3.12", "win_amd64")
    names = [line.partition("==")[0] for line in made.splitlines() if line[:1].isalnum()]
    assert {"colorama", "pywinpty", "pywin32-ctypes", "pandas", "docxtpl"} <= set(names)
    assert not {"jeepney", "secretstorage", "pexpect", "ptyprocess", "appnope"} & set(names)
    assert len(names) == len(set(names))
    assert ";" not in made
    for line in made.splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==\S+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line), line
    kept = set(re.findall(r"sha256:[0-9a-f]{64}", made))
    assert kept <= set(re.findall(r"sha256:[0-9a-f]{64}", lock))


@pytest.mark.parametrize(
    ("marker", "kept"),
    [
        ("", True), (" ; sys_platform == 'win32'", True), (" ; sys_platform != 'win32'", False), (" ; os_name == 'nt'", True),
        (" ; python_full_version < '3.12'", False), (" ; platform_system == 'Linux' and python_version > '3.10'", False),
        (" ; platform_machine == 'AMD64' or sys_platform == 'linux'", True),
    ],
)  # fmt: skip
def test_a_marker_is_judged_for_the_pc_and_not_for_this_machine(marker: str, kept: bool) -> None:
    entry = f"some-thing==1.2.3{marker} \\\n    --hash=sha256:{'0' * 64}\n"
    made = offline.locked(f"first==1 \\\n    --hash=sha256:{'1' * 64}\n{entry}", "3.12", "win_amd64")
    assert made.startswith("first==1 \\\n    --hash=sha256:1")
    assert ("some-thing==1.2.3 \\\n    --hash=sha256:0" in made) is kept


def test_a_failed_download_leaves_no_folder(tmp_path: Path) -> None:
    def run(_: Sequence[str]) -> None:
        raise subprocess.CalledProcessError(1, "pip")

    with pytest.raises(subprocess.CalledProcessError):
        offline.offline(tmp_path / "out", run)
    assert not (tmp_path / "out").exists()


def test_the_guide_is_one_page_of_the_menu_s_own_words() -> None:
    guide = (Path(offline.__file__).parent / "windows" / "HuongDan.html").read_text(encoding="utf-8")
    assert "src=" not in guide and "http" not in guide  # noqa: PT018  one statement: nothing from outside
    assert "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN" in guide
    assert all(name in guide for name in ("BatDau.bat", "quyet-dinh.xlsx", "BaoCao.docx", "results_public"))


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keys of practice rounds go into this test's folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "data"))
    yield
    assert talking.DONE == 0
