"""What is odd in a frame that can be read, and what to do about each kind: findings about places, never about people.

Imports findings (the record), frame, the forms door (Place) and the plan of the survey.  Codes of hamlets and communes only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from forms import Place
from forms.survey import SurveyPlan

from ..csvtable import shown
from ..findings import Finding
from .frame import Frame, Hamlet

Severity = Literal["red", "yellow", "info"]
DO: Mapping[str, str] = {
    "commune_without_hamlet": "Xin xã danh sách thôn, tổ dân phố: dân của xã không có cơ hội vào mẫu | Ask the commune for its "
    "hamlets: its people have no chance of being drawn",
    "same_name": "Xem có ghi một thôn hai lần không | See whether one hamlet is listed twice",
    "household_size": "Kiểm tra số hộ, số người | Check households and persons",
    "hamlet_size": "Kiểm tra số hộ; địa bàn quá nhỏ thì nhập, quá lớn thì chia khi lập khung | Check the households; join or "
    "divide such a hamlet in the frame",
    "area_differs": "Sửa theo loại đơn vị, hoặc ghi văn bản xếp loại trong places.csv | Follow the kind of unit, or enter the "
    "document in places.csv",
    "area_rule": "Đơn vị cùng loại xếp khác nhau: ghi văn bản ở area_document | Units of one kind are classed differently: "
    "enter the document in area_document",
    "area_open": "Xin cơ quan thống kê văn bản xếp thành thị, nông thôn; ghi vào area_document, area_as_of | Get the "
    "statistics office's classification; enter it in area_document, area_as_of",
    "area_undated": "Ghi ngày của văn bản ở area_as_of | Enter the document's date in area_as_of",
    "khu_vuc_empty": "Điền khu_vuc, dtts theo quyết định hiện hành; còn trống thì phân tổ vùng bị từ chối | Fill khu_vuc and "
    "dtts from the decision in force; until then domains by zone are refused",
    "khu_vuc_missing": "Thôn có dtts = 1 phải có khu vực | A hamlet with dtts = 1 must have a zone",
    "khu_vuc_partly": "Điền nốt, hoặc dtts = 0 cho xã ngoài vùng; còn thiếu thì phân tổ vùng bị từ chối | Fill in the rest, or "
    "dtts = 0 outside the zones; until then domains by zone are refused",
    "khu_vuc_outside": "dtts = 0 mà có khu vực: sửa một trong hai | dtts = 0 with a zone: mend one of the two",
    "khu_vuc_mixed": "Khu vực là của xã; xem lại các thôn ghi khác nhau | The zone is the commune's; see the hamlets that differ",
    "khu_vuc_differs": "Khác places.csv: sửa một trong hai theo quyết định | Differs from places.csv: follow the decision",
    "stratum_small": "Gộp tầng với tầng liền kề | Join the stratum with a neighbour",
    "stratum_short": "Tầng có ít địa bàn hơn số phải chọn: gộp tầng hoặc giảm cỡ mẫu | Fewer hamlets than the allocation asks "
    "for: join strata or draw fewer",
    "psus_short": "Cỡ mẫu không đủ cho mọi tầng: tăng số địa bàn hoặc gộp tầng | Too few PSUs for all strata: draw more or join",
    "as_of_future": "Kiểm tra năm ghi ở as_of | Check the year in as_of",
    "source_mixed": "Bỏ các dòng giả lập khỏi khung thật | Take the practice rows out of the real frame",
    "no_origin": "Nối với địa bàn cũ trong psu_links.csv; chỉ để trống khi thật sự là nơi mới | Link it to the old hamlet; "
    "leave it so only when the place is new",
    "link_more": "Số hộ chuyển đi nhiều hơn số hộ cũ: kiểm tra số nào cũ hơn | More households moved than there were: check",
    "split_sum": "Các phần không cộng lại thành số hộ cũ: thiếu một phần? | The parts do not add up: is one missing?",
    "split_alone": "Chia mà chỉ có một phần: thêm phần kia, hoặc ghi renamed, moved | A split with one part: add the other, or "
    "call it renamed or moved",
    "split_halves": "Hai phần đều từ một nửa: phần có mã ghi sau dấu → được coi là địa bàn cũ | Two parts hold half each: the "
    "one after → counts as the old hamlet",
    "merged_alone": "Sáp nhập mà chỉ có một mã cũ: thiếu liên kết, hoặc là renamed | A merger of one: a link is missing, or it "
    "was renamed",
    "new_size": "Số hộ của mã mới không khớp các liên kết: thiếu liên kết? | The new id's households do not fit its links: is "
    "one missing?",
    "grown": "Địa bàn nhận thêm nhiều hộ của nơi giải thể mà giữ mã: cân nhắc cấp mã mới (merged) | It took in many households "
    "and kept its id: consider a new id (merged)",
    "split_classes": "Các phần thuộc nhóm khác nhau: người của kỳ trước theo phần lớn nhất | The parts differ in class: people "
    "of the earlier wave follow the largest part",
    "merged_classes": "Các mã cũ thuộc nhóm khác nhau: người của kỳ sau theo mã cũ lớn nhất | The old ids differ in class: "
    "people of the later wave follow the largest",
    "moved_same_id": "Ghi xã mới ở cột commune_<năm>, giữ xã cũ ở commune | Enter the new commune in commune_<year>, "
    "keep the old one in commune",
    "renamed_in_place": "Đổi tên mà không có liên kết: ghi renamed từ mã này đến chính nó | Renamed without a link: link the id "
    "to itself as renamed",
    "class_overwritten": "Trả lại giá trị của kỳ gốc, ghi giá trị mới ở cột <tên>_<năm> | Restore the base wave's value, enter "
    "the new one in <name>_<year>",
    "as_of_overwritten": "Trả lại as_of cũ: địa bàn có từ ngày ấy | Restore the old as_of: the hamlet existed since then",
    "resized": "Số hộ đổi quá một nửa: kiểm tra | Households changed by more than half: check",
}
"""What to do about each check, both languages."""


@dataclass(frozen=True)
class Looked:
    """A frame as it is looked at.  hamlets: those that stand on `day`; stratified: the frame with the strata of the draw."""

    frame: Frame
    stratified: Frame
    places: tuple[Place, ...]
    survey: SurveyPlan
    day: date
    future: date

    @property
    def wave(self) -> int:
        """The base wave."""
        return min(self.survey.waves)

    @cached_property
    def hamlets(self) -> tuple[Hamlet, ...]:
        """The hamlets that stand on the day."""
        return self.frame.on(self.day)

    @cached_property
    def by_commune(self) -> dict[str, list[Hamlet]]:
        """The hamlets that stand, by commune code, in order of code."""
        found: dict[str, list[Hamlet]] = {}
        for h in sorted(self.hamlets, key=lambda h: (h.commune, h.psu)):
            found.setdefault(h.commune, []).append(h)
        return found

    @cached_property
    def place(self) -> dict[str, Place]:
        """The communes of places.csv by code."""
        return {p.code: p for p in self.places}


def odd(
    check: str, severity: Severity, wave: int, place: str, question: str = "", *, expected: object = "", got: object = ""
) -> Finding:
    """One finding.  place: a hamlet, commune or stratum; question: a column or the other id of a link."""
    return Finding(check, severity, wave, "", place, "", question, str(expected), str(got), DO[check])


def counted(psus: Iterable[str]) -> str:
    """How many and the first few: 12: GL0001, GL0004, … (+10)."""
    codes: Sequence[str] = sorted(psus)
    return f"{len(codes)}: {shown(codes)}"
