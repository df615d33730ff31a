"""What publishing would change, a line each for the person who decides: the form, its files, lists and teams.

Imports diff and (for types) proposal.  Names codes, counts and versions; never a token, never a household.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from ..diff import told as changes_told

if TYPE_CHECKING:
    from .proposal import Proposal, Step, Was

_STEPS: Final[dict[Step, str]] = {
    "new": "biểu mẫu MỚI trên máy chủ / NEW on the server",
    "changed": "THAY bản đang dùng / REPLACES the live version",
    "lists": "nội dung giữ nguyên, cập nhật tệp kèm / the same form, its files are updated",
    "same": "đã đúng, không gửi lại / as it should be, not sent again",
}
_WAS: Final[dict[Was, str]] = {"new": "thêm / new", "changed": "thay / changed", "same": "giữ / same"}
_SHOWN = 40


def lines(of: Proposal) -> list[str]:
    """The whole preview, Vietnamese first."""
    kind = "TẬP HUẤN / practice" if of.of.practice else "THẬT / real"
    head = f"{of.of.name} ({kind}) → {of.of.server_kind} {of.of.server}" + (f", {of.of.project}" if of.of.project else "")
    found = [head, *_form(of), *_media(of), *_entities(of), *_teams(of)]
    return [*found, *(f"lưu ý / note: {n}" for n in of.told)]


def _form(of: Proposal) -> list[str]:
    there = of.state
    was = "-" if there is None else f"{there.version or '?'} ({there.state})"
    count = "" if there is None or there.submissions is None else f"; {there.submissions} phiếu / submissions"
    found = [f"biểu mẫu / form {of.bundle.form_id}: {was} → {of.bundle.version}{count}", f"  {_STEPS[of.step]}"]
    if there is not None and there.state in ("closing", "closed"):
        told = "sẽ được mở lại / will be open again" if of.step != "same" else "để nguyên, mở trên máy chủ nếu cần / left closed"
        found.append(f"  biểu mẫu đang đóng / closed on the server: {told}")
    if of.step == "changed" and of.last is None:
        found.append(
            "  không có bản ghi lần đăng trước từ đợt này: không so được / no record of what was published: not compared"
        )
    if of.found:
        all_ = changes_told(of.found)
        found += [f"  {line}" for line in all_[:_SHOWN]]
        found += [f"  … ({len(all_) - _SHOWN}) bdg forms diff"] if len(all_) > _SHOWN else []
    if of.reason:
        found.append(f"  lý do / reason: {of.reason}")
    return found


def _media(of: Proposal) -> list[str]:
    if not of.media and not of.left:
        return []
    found = [f"  {name}: {_WAS[was]} ({len(of.bundle.media[name])} byte)" for name, was in of.media.items()]
    found += [f"  {name}: máy chủ có, biểu mẫu này không cần / on the server, not asked for" for name in of.left]
    counts = Counter(of.media.values())
    return [f"tệp kèm / files: {', '.join(f'{_WAS[w]} {n}' for w, n in sorted(counts.items()))}", *found]


def _entities(of: Proposal) -> list[str]:
    e = of.entities
    if not e.listing:
        return []
    told = (
        f"danh sách thực thể / entity list «{e.listing}»: thêm / add {len(e.add)}, sửa / update {len(e.change)}, "
        f"giữ / same {e.same}"
    )
    left = f"  {e.gone} thực thể không còn trong mẫu, để nguyên / not in the sample any more, left alone"
    return [told, left] if e.gone else [told]


def _teams(of: Proposal) -> list[str]:
    if not of.teams:
        return []
    if of.of.server_kind == "kobo":
        bare = [t.name for t in of.teams if not (t.training_user if of.of.practice else t.user)]
        told = f"đội / teams: {len(of.teams)}; KoBoToolbox: tài khoản tạo bằng tay / accounts are made by hand"
        return [told, *([f"  chưa có tài khoản / no account: {', '.join(bare)}"] if bare else [])]
    there = len(of.have.keys() & {of.user(t) for t in of.teams})
    told = f"đội / teams: {len(of.teams)}; đã có / there {there}; thêm / add {len(of.add)}"
    return [told, *(f"  + {name}" for name in of.add)]
