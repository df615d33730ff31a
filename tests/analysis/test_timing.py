"""Clocks and audit logs: a log of Collect's own tests, a slow reading beside ours, broken files, and the limits in a round."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.quality import rows
from analysis.quality.audit import read_log
from analysis.quality.timing import audit_logs, clocks
from tests.analysis.seen_cases import DAY, a_round, book, by, look, number, visit

COLLECT = (
    b"event,node,start,end,latitude,longitude,accuracy\n"
    b"form start,,1548106927319,,,,\n"
    b"location tracking enabled,,548108908250,,,,\n"
    b"question,/data/q1,1548106927323,1548106930112,54.4112062,18.5896652,30.716999053955078\n"
    b"add repeat,/data/g1[1],1548106930118,1548106931611,54.4112062,18.5896652,30.716999053955078\n"
    b"question,/data/g1[1]/q2,1548106931612,1548106937122,54.4112062,18.5896652,30.716999053955078\n"
    b"question,/data/g1[2]/q2,1548106937123,1548106938123,,,\n"
)
"""The shape of Collect's own tests of its log (AuditEvent with places); the clock of the second line is theirs."""


def test_a_log_of_collect_is_read() -> None:
    log = read_log(COLLECT)
    assert log.seconds == {"q1": pytest.approx(2.789), "g1/q2": pytest.approx(6.51)}
    assert log.events == 6
    assert log.back == pytest.approx((1548106927319 - 548108908250) / 60_000)


def slowly(body: bytes) -> tuple[dict[str, int], int]:
    """Milliseconds by node and number of lines, by the specification, a line at a time."""
    spent: dict[str, int] = {}
    n = 0
    for line in csv.DictReader(io.StringIO(body.decode())):
        if not line["event"] or not re.fullmatch(r"-?\d{1,15}", line["start"] or ""):
            continue
        n += 1
        node = "/".join(re.sub(r"\[\d+\]", "", p) for p in (line["node"] or "").split("/")[2:])
        if line["event"] in ("question", "group questions") and re.fullmatch(r"-?\d{1,15}", line["end"] or "") and node:
            gone = int(line["end"]) - int(line["start"])
            spent[node] = spent.get(node, 0) + max(gone, 0)
    return {k: v for k, v in spent.items() if v}, n


TIMES = st.one_of(st.just(""), st.integers(-10, 10**13).map(str), st.just("x"))
LINES = st.lists(st.tuples(
    st.sampled_from(["question", "group questions", "form start", "", "jump"]),
    st.sampled_from(["", "/data/m5/k01", "/data/m1/member[2]/m_age", "/data/m5", "/data"]), TIMES, TIMES,
), max_size=12)  # fmt: skip


@given(LINES)
def test_every_log_reads_as_line_by_line(lines: list[tuple[str, ...]]) -> None:
    body = "\n".join(["event,node,start,end", *(",".join(line) for line in lines)]).encode()
    log, (spent, n) = read_log(body), slowly(body)
    assert {k: round(v * 1000) for k, v in log.seconds.items() if v} == spent
    assert log.events == n


@given(st.binary(max_size=300))
def test_no_bytes_break_it(body: bytes) -> None:
    assert read_log(body).events >= 0
    assert read_log(b"event,node,start,end\n" + body).back >= 0


@pytest.mark.parametrize(
    "body", [b"", b"event,node\nquestion,/data/a\n", b"\xff\xfe", b"event,node,start,end\n" + b"x" * (1 << 21)]
)
def test_what_is_no_log_has_no_events(body: bytes) -> None:
    assert read_log(body).events == 0


def made(*screens: tuple[str, float], at: datetime = DAY) -> bytes:
    """A log of screens shown one after the other: (path, seconds)."""
    now = round(at.timestamp() * 1000)
    lines = ["event,node,start,end", f"form start,,{now},"]
    for path, seconds in screens:
        lines.append(f"question,/data/{path},{now},{now + round(seconds * 1000)}")
        now += round(seconds * 1000)
    return ("\n".join([*lines, f"form finalize,,{now},"]) + "\n").encode()


def items(seconds: float, first: int = 0) -> list[tuple[str, float]]:
    scored = [v for v in book().variables if v.scale]
    return [(v.path, seconds if i >= first else 60.0) for i, v in enumerate(scored)]


def test_seconds_of_every_question_are_medians_over_interviews() -> None:
    path = book()["k01"].path
    audits = {f"uuid:{n:04d}": made((path, 10.0 * n)) for n in (1, 2, 3)}
    found = audit_logs(look([visit(n) for n in (1, 2, 3)], audits=audits))
    assert number(found, rows.QUESTION_TIME, "k01") == pytest.approx(20 / 60)
    assert [r.n for r in found.rows] == [3]
    assert found.findings == ()


def test_items_that_nobody_read_out_are_red_and_a_quarter_of_them_yellow() -> None:
    total = len(items(1))
    audits = {
        "uuid:0001": made(*items(1.0)), "uuid:0002": made(*items(1.0, first=total * 2 // 3)), "uuid:0003": made(*items(30.0)),
        "uuid:0004": made(*items(1.0)[:9]),
    }  # fmt: skip
    found = audit_logs(look([visit(n) for n in range(1, 5)], audits=audits))
    assert by(found) == {"unread": ["uuid:0001"], "hurried": ["uuid:0002"]}
    assert {f.check: f.severity for f in found.findings} == {"unread": "red", "hurried": "yellow"}
    assert next(f.got for f in found.findings if f.check == "unread") == f"{total}/{total}"


def test_stops_and_clocks_set_back_within_an_interview() -> None:
    path = book()["k01"].path
    stop = made((path, 5.0), (path, 31 * 60.0))
    back = made((path, 5.0)) + made((path, 5.0), at=DAY - timedelta(minutes=5)).partition(b"\n")[2]
    found = audit_logs(
        look([visit(1), visit(2), visit(3)], audits={"uuid:0001": stop, "uuid:0002": back, "uuid:0003": made((path, 60.0))})
    )
    assert by(found) == {"paused": ["uuid:0001"], "clock_back": ["uuid:0002"]}


def test_a_missing_log_is_told_where_most_have_one() -> None:
    log = made((book()["k01"].path, 20.0))
    most = audit_logs(look([visit(1), visit(2), visit(3)], audits={"uuid:0001": log, "uuid:0002": log}))
    assert by(most) == {"no_log": ["uuid:0003"]}
    assert by(audit_logs(look([visit(1), visit(2), visit(3)], audits={"uuid:0001": log}))) == {}
    nothing = audit_logs(look([visit(1)]))
    assert nothing.findings == nothing.rows == ()


# ---- clocks --------------------------------------------------------------------------------------------------------


def fields(**more: Any) -> Any:
    return look([visit(1, **more)], round=_dated())


def _dated() -> Any:
    from dataclasses import replace

    return replace(a_round(), field_start=DAY.date() - timedelta(days=3), field_end=DAY.date() + timedelta(days=20))


@pytest.mark.parametrize(("begins", "told"), [
    (datetime(1970, 1, 1, 2, tzinfo=UTC), ["clock_wrong"]),
    (DAY - timedelta(days=5), ["clock_wrong"]),
    (DAY - timedelta(days=4), []),
    (DAY + timedelta(days=365), ["clock_wrong"]),
])  # fmt: skip
def test_days_that_cannot_be(begins: datetime, told: list[str]) -> None:
    found = clocks(fields(begins=begins))
    assert list(by(found)) == told
    assert {f.severity for f in found.findings} <= {"red"}


def test_while_nobody_decided_the_days_the_year_counts() -> None:
    visits = [visit(1, begins=datetime(1970, 1, 1, 2, tzinfo=UTC)), visit(2, begins=DAY - timedelta(days=90))]
    assert by(clocks(look(visits))) == {"clock_wrong": ["uuid:0001"]}


@pytest.mark.parametrize(("hours", "told"), [(1.0, []), (-0.4, []), (-0.6, ["clock_ahead"]), (71, []), (73, ["sent_late"])])
def test_sent_before_it_ended_or_days_later(hours: float, told: list[str]) -> None:
    v = visit(1)
    assert v.ended is not None
    assert list(by(clocks(fields(received_at=v.ended + timedelta(hours=hours))))) == told


@pytest.mark.parametrize(
    ("hour", "minute", "night"), [(20, 59, False), (21, 0, True), (4, 59, True), (5, 0, False), (0, 0, True)]
)
def test_night_is_judged_by_the_clock_on_the_wall(hour: int, minute: int, night: bool) -> None:
    wall = datetime(2026, 10, 8, hour, minute, tzinfo=UTC) - timedelta(hours=7)
    found = clocks(fields(begins=wall))
    assert list(by(found)) == (["at_night"] if night else [])
    assert number(found, rows.HOUR, "", hour=f"{hour:02d}", weekday="4") == 1


def test_rejected_forms_and_forms_without_times_accuse_nobody() -> None:
    assert by(clocks(look([visit(1, begins=datetime(1970, 1, 1, tzinfo=UTC), review="rejected"), visit(2, begins=None)]))) == {}
