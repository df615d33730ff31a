"""What the commands of privacy say, Vietnamese first: counts, dates and ids of submissions, never a code or an answer.

Imports the records of forget and register, record and clocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from forms.ledger import Round

from . import record, register
from .clocks import clocks

if TYPE_CHECKING:
    from .forget import Forgotten, Places

_DUE = {"acknowledge": "báo đã nhận / acknowledge", "finish": "làm xong / finish"}
_STATES = {"open": "đang mở / open", "done": "đã xong / done", "refused": "từ chối / refused"}
_ELSEWHERE = (
    "còn phải làm bằng tay / still to be done by hand:",
    "  - xóa phiếu trên máy chủ (Central: xóa, rồi xóa hẳn khỏi thùng rác; KoBo: xóa dòng) / delete it on the server",
    "  - xóa trong các bản sao lưu, bản đã chép ra ngoài thư mục đợt, trên điện thoại / in back-ups, copies and on the phone",
    "  - chạy lại phân tích nếu số liệu chưa công bố / run the analysis again where nothing was published yet",
    "  - báo cho người yêu cầu / tell the person",
)


def preview(places: Places) -> Iterator[str]:
    """What will go, before it goes."""
    p = places.person
    before = " (sổ cái đã xóa trước đây / erased in the ledger before)" if p.erased else ""
    yield f"phiếu / submission: {', '.join(p.roots)}{before}"
    yield f"  sổ cái / ledger: {places.versions} phiên bản / versions"
    yield f"  tệp đã nhận / files received (raw/): {len(places.raw)}"
    yield f"  tệp của các lần chạy / files of runs: {len(places.files)}"
    yield from (f"    {path.name}" for path in places.files[:10])
    yield f"  tệp hạn chế / restricted files: {len(places.sealed)}; danh sách liên hệ / contact lines: {places.contacts}"
    yield f"  quyết định làm sạch / decisions: {places.decisions} (xóa giá trị, giữ dòng / values go, lines stay)"


def forgotten(done: Forgotten) -> Iterator[str]:
    """What went, and what this program cannot reach."""
    yield f"đã xóa; yêu cầu số / erased; request {done.request}"
    yield f"đợt vẫn đếm / the round still counts: {done.counted} phiếu / submissions"
    yield f"mã kiểm tra của sổ yêu cầu (SHA-256) / digest of the register: {done.head}"
    yield from _ELSEWHERE


def request(r: register.Request, day: date) -> Iterator[str]:
    """A request with its last days."""
    what = clocks().right(r.right).label
    yield f"yêu cầu / request {r.number}: {what.vi} / {what.en}, nhận ngày / received {r.received}: {_STATES[r.state]}"
    for step, last in r.due():
        yield f"  {_DUE[step]}: {last} ({left(last, day)})"


def left(last: date, day: date) -> str:
    """Days left, in words."""
    n = (last - day).days
    return f"còn {n} ngày / {n} days left" if n >= 0 else f"QUÁ HẠN {-n} ngày / {-n} days OVERDUE"


def clocks_of(of: Round, day: date) -> tuple[tuple[str, ...], bool]:
    """Every open request and everything kept, with last days; whether one has come or comes soon."""
    law, late = clocks(), False
    lines: list[str] = []
    known = register.requests(register.read_register(of))
    for r in known:
        lines += request(r, day)
        late |= any((last - day).days <= law.warn for _, last in r.due())
    if not known:
        lines.append("chưa có yêu cầu nào / no request yet")
    for line in record.overdue(of, day, law.warn):
        late = True
        last = date.fromisoformat(line.delete_on)
        lines.append(f"phải xóa / to be deleted: {line.what}, {line.rows} dòng / lines: {last} ({left(last, day)})")
    unchecked = "" if law.checked else " (chưa đối chiếu bản Công báo / not checked against the gazette)"
    lines.append(f"căn cứ / by: {law.document}{unchecked}")
    return tuple(lines), late
