"""A folder is written whole: nothing on error, files replaced and not removed, no working folder left."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from forms.errors import BdgError
from forms.folder import carry, whole


def there(folder: Path) -> dict[str, str]:
    """Every file below a folder and what it says."""
    return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in sorted(folder.rglob("*")) if p.is_file()}


def test_files_arrive_with_their_folders(tmp_path: Path) -> None:
    with whole(tmp_path / "a" / "out") as work:
        (work / "restricted").mkdir()
        (work / "restricted" / "one.csv").write_text("1", encoding="utf-8")
        (work / "two.json").write_text("2", encoding="utf-8")
        assert not (tmp_path / "a" / "out").exists(), "nothing is to be seen before all is written"
    assert there(tmp_path) == {"a/out/restricted/one.csv": "1", "a/out/two.json": "2"}
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["out"], "the working folder is gone"


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_nothing_is_left_when_anything_is_raised(tmp_path: Path, fault: type[BaseException]) -> None:
    def write() -> None:
        with whole(tmp_path / "out") as work:
            (work / "one.csv").write_text("half", encoding="utf-8")
            raise fault

    with pytest.raises(fault):
        write()
    assert list(tmp_path.iterdir()) == []


def test_an_error_leaves_what_was_there_before(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "one.csv").write_text("old", encoding="utf-8")

    def write() -> None:
        with whole(tmp_path / "out") as work:
            (work / "one.csv").write_text("new", encoding="utf-8")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write()
    assert there(tmp_path) == {"out/one.csv": "old"}


def test_files_of_the_same_name_are_replaced_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "out" / "deep").mkdir(parents=True)
    for name in ("one.csv", "mine.txt", "deep/other.txt"):
        (tmp_path / "out" / name).write_text("old", encoding="utf-8")
    with whole(tmp_path / "out") as work:
        (work / "deep").mkdir()
        for name in ("one.csv", "deep/new.txt"):
            (work / name).write_text("new", encoding="utf-8")
    assert there(tmp_path / "out") == {"deep/new.txt": "new", "deep/other.txt": "old", "mine.txt": "old", "one.csv": "new"}


def test_a_reader_of_the_old_file_keeps_it_whole(tmp_path: Path) -> None:
    """A file is replaced by a rename, not written over: who has it open reads the old one to its end."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "one.csv").write_text("old" * 1000, encoding="utf-8")
    with (tmp_path / "out" / "one.csv").open(encoding="utf-8") as open_before:
        first = open_before.read(3)
        with whole(tmp_path / "out") as work:
            (work / "one.csv").write_text("new", encoding="utf-8")
        assert first + open_before.read() == "old" * 1000
    assert there(tmp_path / "out") == {"one.csv": "new"}


def test_work_is_done_beside_the_folder_and_out_of_sight(tmp_path: Path) -> None:
    """The same disk, so that a rename is enough; a hidden name, so that nobody takes it for the result."""
    with whole(tmp_path / "out") as work:
        assert work.parent == tmp_path
        assert work.name.startswith(".")
        assert "out" in work.name


def test_two_writers_do_not_share_a_working_folder(tmp_path: Path) -> None:
    with whole(tmp_path / "out") as one, whole(tmp_path / "out") as two:
        assert one != two
        (one / "a").write_text("1", encoding="utf-8")
        (two / "b").write_text("2", encoding="utf-8")
    assert there(tmp_path) == {"out/a": "1", "out/b": "2"}


def test_writing_nothing_is_no_error(tmp_path: Path) -> None:
    with whole(tmp_path / "out"):
        pass
    assert there(tmp_path) == {}
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_folder_left_by_a_killed_run_is_swept_after_a_day(tmp_path: Path) -> None:
    """It may hold microdata; a younger one may belong to a run that is still going."""
    old, young, other = (tmp_path / name for name in (".out-old", ".out-young", ".else-old"))
    for folder in (old, young, other):
        (folder / "restricted").mkdir(parents=True)
    for folder in (old, other):
        os.utime(folder, (0, 0))
    with whole(tmp_path / "out") as work:
        (work / "one.csv").write_text("1", encoding="utf-8")
    assert [p.name for p in sorted(tmp_path.iterdir())] == [".else-old", ".out-young", "out"]


def test_a_full_disk_or_a_file_in_the_way_is_told_not_traced(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(BdgError) as caught, whole(tmp_path / "file" / "out"):
        raise AssertionError("the folder cannot be made")
    assert caught.value.problems[0].code == "DATA-031"
    with pytest.raises(BdgError) as caught, whole(tmp_path / "out"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.problems[0].code == "DATA-031"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_an_error_of_ours_keeps_its_trace(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), whole(tmp_path / "out") as work:
        (work / "nowhere" / "one.csv").read_text(encoding="utf-8")


def test_the_top_folder_of_another_disk_is_written_whole_too(tmp_path: Path) -> None:
    """A rename cannot cross disks: everything is copied beside the old files first, so a failure leaves them as they were."""
    work, out = tmp_path / "work", tmp_path / "usb"
    (work / "in").mkdir(parents=True)
    out.mkdir()
    for name, text in (("a.txt", "new"), ("in/b.txt", "new")):
        (work / name).write_text(text, encoding="utf-8")
    (out / "a.txt").write_text("old", encoding="utf-8")
    (out / "kept.txt").write_text("old", encoding="utf-8")
    carry(work, out)
    assert {p.relative_to(out).as_posix(): p.read_text(encoding="utf-8") for p in out.rglob("*.txt")} == {
        "a.txt": "new", "in/b.txt": "new", "kept.txt": "old",
    }  # fmt: skip
    assert [p.name for p in out.iterdir() if p.name.startswith(".")] == []
