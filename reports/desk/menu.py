"""The menu: what lies on the desk, then the steps of what was chosen.  Closing the window loses nothing.

Imports work, step, survey_steps, report_steps, started, talk and the standard library.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from forms.errors import BdgError

from . import started
from .report_steps import report_steps
from .step import Step, opened, shown
from .survey_steps import survey_steps
from .talk import Leave, Talk
from .work import PRACTICE, Survey, Yearly, survey, surveys, yearlies, yearly

TITLE = "BÌNH ĐẲNG GIỚI: KHẢO SÁT VÀ BÁO CÁO"
BYE = "Đã dừng. Mở lại sẽ tiếp tục đúng chỗ này. (Stopped; it goes on from here.)"


def menu(home: Path, talk: Talk, pack: Path | None = None) -> None:
    """Speak with the person until they leave.  home: the desk's folder, made when it is not there.

    pack: a folder with a ready practice round (sample/, submissions); None where there is none, then it is rehearsed.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        while True:
            _top(home, talk, pack)
    except Leave:
        talk.say(BYE)


def _top(home: Path, talk: Talk, pack: Path | None) -> None:
    """The first screen: the practice round comes first, then what there is, then something new."""
    talk.say(f"\n{TITLE}\nThư mục làm việc (folder): {home}")
    practised = (home / PRACTICE).is_dir()
    rows: list[tuple[str, Callable[[], None]]] = []
    if not practised:
        rows.append(("Vòng tập huấn: xem trước toàn bộ công việc, có lỗi cài sẵn (practice round; begin here)",
                     lambda: started.practice(talk, home, pack)))  # fmt: skip
    there: tuple[Survey | Yearly, ...] = (*surveys(home), *yearlies(home))
    rows += [(one.title, _opener(home, talk, one)) for one in there]
    rows += [
        ("Bắt đầu một đợt khảo sát thật (a new real survey round)", lambda: started.real(talk, home)),
        ("Bắt đầu báo cáo 6 tháng, năm hoặc tổng kết (a new report)", lambda: started.report(talk, home)),
    ]
    for number, (words, _) in enumerate(rows, 1):
        talk.say(f"  {number}. {words}")
    chosen = talk.choice("Chọn số (q: thoát)", len(rows), zero=False, default="1" if not practised else "")
    rows[chosen - 1][1]()


def _opener(home: Path, talk: Talk, one: Survey | Yearly) -> Callable[[], None]:
    return lambda: _work(home, talk, one.home)


def _steps(home: Path, folder: Path) -> tuple[str, tuple[Step, ...]]:
    """Title and steps of a folder as things stand now."""
    year = yearly(folder)
    if year is not None:
        return year.title, report_steps(home, year)
    round_ = survey(folder)
    return round_.title, survey_steps(home, round_)


def _work(home: Path, talk: Talk, folder: Path) -> None:
    """The steps of one piece of work, until the person goes back."""
    while True:
        try:
            title, steps = _steps(home, folder)
        except BdgError as error:
            talk.say(str(error))
            return
        free = opened(steps)
        talk.say(f"\n{title}")
        for number, (step, may) in enumerate(zip(steps, free, strict=True), 1):
            talk.say(shown(number, step, free=may))
        following = next((i for i, (s, may) in enumerate(zip(steps, free, strict=True), 1) if may and not s.done), len(steps))
        chosen = talk.choice("Chọn bước (0: về đầu, q: thoát)", len(steps), default=str(following))
        if chosen == 0:
            return
        if not free[chosen - 1]:
            talk.say(f"  Bước {chosen} chưa mở: làm xong bước {following} trước. (Not open yet: step {following} first.)")
            continue
        steps[chosen - 1].act(talk)
