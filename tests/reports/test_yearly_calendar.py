"""The calendar: dates before which, not on which; what nobody decided stays open; an .ics file by RFC 5545."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from forms import province_folder
from forms.errors import BdgError
from reports.cli import app
from reports.yearly import calendar, ics, spoken

OPEN = ["units_supplement", "department_halfyear", "department_annual"]


def province(folder: Path, *changes: tuple[str, str]) -> Path:
    """A copy of the province whose calendar.yaml was changed."""
    there = shutil.copytree(province_folder(), folder / "51")
    path = there / calendar.NAME
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")
    return there


OWN = (
    'due: "{due}"\n    what: {{vi: "Sở Nội vụ gửi báo cáo năm", en: "The department sends the annual report"}}\n'
    '    to: "Bộ Nội vụ; UBND tỉnh"\n    source: "{source}"'
)
DECIDED = (OWN.format(due="", source=""), OWN.format(due="12-20", source="Công văn giả định"))


def test_before_the_tenth_means_the_ninth_at_the_latest() -> None:
    found = calendar.calendar(province_folder(), 2027)
    assert [(d.id, d.day, d.first) for d in found.dates] == [
        ("units_halfyear", date(2027, 6, 9), None),
        ("units_annual", date(2027, 12, 9), None),
        ("action_month", date(2027, 12, 15), date(2027, 11, 15)),
    ]
    assert [d.source for d in found.dates[:2]] == [
        "Kế hoạch, phần V, đoạn cuối: «định kỳ 06 tháng (trước ngày 10 tháng 6)»",
        "Kế hoạch, phần V, đoạn cuối: «hằng năm (trước ngày 10 tháng 12)»",
    ]


def test_what_nobody_decided_stays_open() -> None:
    assert [o["id"] for o in calendar.calendar(province_folder(), 2027).open] == OPEN
    assert [o["id"] for o in calendar.calendar(province_folder(), 2030).open] == [*OPEN, "fieldwork"]


def test_a_decided_date_of_the_department_stands_with_its_document(tmp_path: Path) -> None:
    found = calendar.calendar(province(tmp_path, DECIDED), 2028)
    assert [(d.id, d.day) for d in found.dates][-1] == ("department_annual", date(2028, 12, 20))
    assert found.dates[-1].source == "Công văn giả định"
    assert [o["id"] for o in found.open] == OPEN[:-1]


def test_fieldwork_stands_when_the_plan_has_its_window(tmp_path: Path) -> None:
    folder = province(tmp_path)
    plan = folder / "plan.yaml"
    text = plan.read_text(encoding="utf-8")
    text = text.replace("field_start: null\n    field_end: null", 'field_start: "2026-09-07"\n    field_end: "2026-10-02"', 1)
    plan.write_text(text, encoding="utf-8")
    found = calendar.calendar(folder, 2026)
    assert [(d.first, d.day) for d in found.dates if d.id == "fieldwork"] == [(date(2026, 9, 7), date(2026, 10, 2))]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('before: "06-10"', 'before: "06-31"'),
        ('before: "06-10"', 'before: "10/6"'),
        ('before: "06-10"', "before: 0610"),
        ('before: "06-10"', 'before: "W23-1"'),
        ('before: "06-10"', 'befor: "06-10"'),
        ("id: units_annual", "id: units_halfyear"),
        ("remind: 14", "remind: soon"),
        ("remind: 14", "remind: 99"),
        ("units:", "unit:"),
        ('due: ""', 'due: "12-32"'),
        ('due: ""', 'due: "12-20"'),  # a date without the document that says so
        (', en: "The department sends the annual report"', ""),
        ("units:", "units: ["),
    ],
)
def test_a_mistake_in_the_calendar_is_refused(tmp_path: Path, before: str, after: str) -> None:
    with pytest.raises(BdgError, match="REP-036"):
        calendar.calendar(province(tmp_path, (before, after)), 2027)


def test_a_province_without_a_calendar_is_told(tmp_path: Path) -> None:
    folder = province(tmp_path)
    (folder / calendar.NAME).unlink()
    with pytest.raises(BdgError, match="REP-036"):
        calendar.calendar(folder, 2027)


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2027, 1, 1), date(2027, 12, 31)))
def test_next_is_the_first_day_that_is_not_past(today: date) -> None:
    found = _2027()
    ahead = [d.day for d in found.dates if d.day >= today]
    assert [d.day for d in found.next(today)] == [day for day in ahead if day == min(ahead)]


def _2027() -> calendar.Calendar:
    return _CACHE.setdefault(2027, calendar.calendar(province_folder(), 2027))


_CACHE: dict[int, calendar.Calendar] = {}


def test_the_screen_says_what_is_next_and_how_long() -> None:
    found = _2027()
    lines = list(spoken.lines(found, date(2027, 6, 1)))
    assert [x[:1] for x in lines[1:4]] == ["→", " ", " "]
    assert "còn 8 ngày / in 8 days" in lines[1]
    assert "hôm nay / today" in list(spoken.lines(found, date(2027, 6, 9)))[1]
    during = list(spoken.lines(found, date(2027, 12, 1)))
    assert "đã qua / past" in during[1]
    assert "đang diễn ra / under way" in during[3]
    assert "Không còn việc nào đến hạn" in "\n".join(spoken.lines(found, date(2027, 12, 31)))
    assert sum(x.startswith("?") for x in lines) == len(found.open)


def unfolded(content: bytes) -> list[str]:
    return content.decode().replace("\r\n ", "").split("\r\n")


def test_the_ics_file_reads_back_by_the_standards_own_rules() -> None:
    content = ics.ics_bytes(_2027(), "51")
    assert content == ics.ics_bytes(_2027(), "51")
    raw = content.split(b"\r\n")
    assert raw[-1] == b""
    assert max(map(len, raw)) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")
    for line in raw:
        line.decode()  # no letter was cut in two
    lines = unfolded(content)
    assert (lines[0], lines[-2]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    depth: list[str] = []
    for line in lines[:-1]:
        name, _, value = line.partition(":")
        assert re.fullmatch(r"[A-Z-]+(;[A-Z]+=[A-Z]+)?", name), line
        if name == "BEGIN":
            depth.append(value)
        if name == "END":
            assert depth.pop() == value
    assert depth == []
    starts = [line[-8:] for line in lines if line.startswith("DTSTART")]
    ends = [line[-8:] for line in lines if line.startswith("DTEND")]
    assert starts == ["20270609", "20271209", "20271115"]
    assert ends == ["20270610", "20271210", "20271216"]  # the end of an all-day event is the day after it
    assert len({line for line in lines if line.startswith("UID")}) == 3
    assert "SUMMARY:Tháng hành động vì bình đẳng giới" in lines
    assert lines.count("TRIGGER:-P14D") == 3


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029\x85"), max_size=200))
def test_any_words_come_back_from_the_ics_file(words: str) -> None:
    due = calendar.Due("x", date(2027, 3, 1), {"vi": words, "en": "-"}, "")
    made = ics.ics_bytes(calendar.Calendar(2027, (due,), (), 0), "51")
    line = next(x for x in unfolded(made) if x.startswith("SUMMARY:"))
    said = re.sub(r"\\(.)", r"\1", line.removeprefix("SUMMARY:"))
    assert said == words
    assert all(len(x) <= 75 for x in made.split(b"\r\n"))


def test_no_reminder_when_none_is_wanted() -> None:
    due = calendar.Due("x", date(2027, 3, 1), {"vi": "a", "en": "b"}, "")
    assert b"VALARM" not in ics.ics_bytes(calendar.Calendar(2027, (due,), (), 0), "51")


def test_the_command_prints_the_year_and_writes_the_file(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["calendar", "--year", "2027", "--today", "2027-06-01", "--out", str(tmp_path / "lich")])
    assert done.exit_code == 0, done.output
    assert "→ 09/06/2027  còn 8 ngày" in done.output
    assert "chưa có ngày / no date yet: Sở Nội vụ gửi báo cáo năm (Bộ Nội vụ; UBND tỉnh)" in done.output
    assert (tmp_path / "lich" / "lich-2027.ics").read_bytes() == ics.ics_bytes(_2027(), "51")


def test_the_command_alone_counts_from_today() -> None:
    year = date.today().year
    done = CliRunner().invoke(app, ["calendar", "--year", str(year)])
    assert done.exit_code == 0, done.output
    shown = re.search(r"tính từ ngày (\d\d)/(\d\d)/(\d{4})", done.output)
    assert shown is not None
    said = date(int(shown[3]), int(shown[2]), int(shown[1]))
    assert abs(said - date.today()) <= timedelta(days=1)
