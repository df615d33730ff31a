"""The receipt of a file taken in, and its words.  Imports csvtable; counts and ids only, no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..csvtable import shown


@dataclass(frozen=True)
class Receipt:
    """Where every row of a file went.

    rows: submissions in the file; interviews: completed ones; new, known: versions added, and those the ledger had with the same
    answers; again: copies inside the file; differing: ids that came with other answers than the ledger or the file has, kept
    beside the first and not counted; edited: rows that are a later version; rejected: in review; other_kind: of the other kind
    of round, set aside; erased: of people who asked to be forgotten, left out; files: attachments; versions: form version ->
    rows; notes: what was put right, in both languages; waiting: what a person must look at.
    """

    name: str
    sha256: str
    rows: int
    interviews: int
    new: int
    known: int
    again: int
    differing: tuple[str, ...]
    edited: int
    rejected: int
    other_kind: int
    erased: int
    files: int
    versions: Mapping[str, int]
    notes: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def decide(self) -> bool:
        """Whether something waits for a person."""
        return bool(self.differing or self.other_kind or self.waiting)


def lines(of: Receipt) -> tuple[str, ...]:
    """What a person reads after `bdg analysis receive`, Vietnamese first."""
    counts = (
        f"  phiếu / submissions: {of.rows}; hoàn thành / completed: {of.interviews}; mới / new: {of.new}; "
        f"đã có / known: {of.known}"
    )
    versions = ", ".join(f"{v}: {n}" for v, n in of.versions.items())
    told = [f"đã nhận / received {of.name} (SHA-256 {of.sha256[:12]})", counts, f"  phiên bản / versions: {versions}"]
    more = {
        "lặp lại trong tệp / copies in the file": of.again, "sửa sau khi gửi / edited after sending": of.edited,
        "bị từ chối khi duyệt / rejected in review": of.rejected, "tệp kèm theo / attachments": of.files,
        "đã xóa theo yêu cầu, không nhận lại / erased at request, left out": of.erased,
        "khác loại đợt (tập huấn, thật), để riêng / of the other kind of round, set aside [DATA-029]": of.other_kind,
    }  # fmt: skip
    told += [f"  {what}: {n}" for what, n in more.items() if n]
    told += [f"  {note}" for note in of.notes]
    if of.differing:
        told.append(
            f"  cùng mã phiếu nhưng câu trả lời khác, để riêng, bản nhận trước được dùng / same id, other answers, kept aside, "
            f"the first one counts: {len(of.differing)} ({shown(of.differing)})"
        )
    return (*told, *(f"  cần xem / to look at: {note}" for note in of.waiting))
