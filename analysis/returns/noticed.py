"""What is wrong with a report that came back, a row a cell: codes, numbers and dates, never what a person wrote.

Imports csvtable (writing).  A finding stops nothing; red ones keep the file out until somebody has mended it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Literal

from ..csvtable import table_bytes

Severity = Literal["red", "yellow"]
DO = {
    "unreadable": "Mở tệp, lưu lại dạng .xlsx rồi gửi lại | Open it, save as .xlsx, send again",
    "foreign": "Không phải mẫu của bộ công cụ; điền vào mẫu đã gửi | Not our template; fill in the one that was sent",
    "other_form": "Tệp của biểu mẫu khác; chuyển sang thư mục của biểu mẫu đó | Another form's file; move it",
    "other_version": "Mẫu của phiên bản khác; điền lại vào mẫu hiện hành | Another version's template; use the current one",
    "other_period": "Tệp của kỳ khác; chuyển sang thư mục của kỳ đó | Another period's file; move it",
    "moved": "Ô in sẵn đã bị đổi hoặc bị dời; chép sang mẫu mới | A printed cell changed or moved; use a new template",
    "merged": "Bỏ gộp ô, điền lại | Unmerge the cells and fill them in again",
    "given_changed": "Ô điền sẵn đã bị đổi; dùng mẫu của đơn vị | A given cell was changed; use the unit's own template",
    "outside": "Có chữ ngoài ô trả lời; chuyển vào ô đúng hoặc xóa | Something stands outside the cells; move or delete it",
    "unit_unknown": "Đơn vị không có trong units.csv; sửa danh sách hoặc mẫu | Not in units.csv; mend the list or the template",
    "unit_other": "Tên tệp là của đơn vị khác; hỏi lại đơn vị nào báo cáo | The file's name is another unit's; ask who reports",
    "unit_twice": "Hai tệp của một đơn vị; giữ đúng một tệp | Two files of one unit; keep the right one",
    "unit_not_obliged": "Đơn vị không phải báo cáo kỳ này; vẫn được đọc | Not obliged in this period; read all the same",
    "stamp_mixed": "Tệp tập huấn lẫn với tệp thật; tách ra | Practice and real files together; keep them apart",
    "empty": "Tệp chưa điền | Not filled in",
    "empty_with_lines": "Đã chọn «không có gì để ghi» nhưng vẫn có dòng | “Nothing to report” is ticked beside lines",
    "formula": "Ô là công thức; giá trị đang hiện được dùng | A formula; the value shown is used",
    "formula_outside": "Công thức không có giá trị riêng; ghi trả lời | A formula without a value of its own; write the answer",
    "cell_error": "Ô báo lỗi tính toán; ghi lại trả lời | The cell shows an error; write the answer",
    "text_in_number": "Ô số có chữ; chỉ ghi số | Words in a number; digits only",
    "number_as_text": "Số ghi ở dạng chữ, đã đọc là số | A number kept as text, read as the number",
    "decimal_in_integer": "Ghi số nguyên | Write a whole number",
    "out_of_range": "Ngoài khoảng cho phép; kiểm tra lại | Out of range; check",
    "not_a_date": "Ghi ngày theo dạng ngày/tháng/năm | Write day/month/year",
    "date_as_text": "Ngày ghi ở dạng chữ, đọc là ngày/tháng/năm | A date kept as text, read as day/month/year",
    "date_out_of_range": "Ngày không thể có; kiểm tra lại | An impossible date; check",
    "number_in_text": "Ô chữ có số: số 0 ở đầu có thể đã mất | A number in a text cell: leading zeros may be lost",
    "not_a_choice": "Không có trong danh sách; chọn lại | Not on the list; choose again",
    "stands_alone": "Lựa chọn này không đi cùng lựa chọn khác | This choice stands alone",
    "required_empty": "Câu phải trả lời còn trống | A question that needs an answer is empty",
    "not_asked": "Câu không phải điền; xóa, hoặc sửa câu mà nó phụ thuộc | Not asked; clear it, or mend the answer it depends on",
    "rule_broken": "Không đúng quy định của câu; kiểm tra lại | Breaks the question's rule; check",
    "sum_differs": "Tổng khác cộng các phần; sửa tổng hoặc phần | The total is not the sum of its parts; mend one of them",
    "repeat_count": "Số dòng khác số đã ghi ở phiếu | The lines are not as many as the card says",
    "line_twice": "Hai dòng của cùng một đối tượng; giữ một | Two lines of one and the same; keep one",
}


@dataclass(frozen=True)
class Noticed:
    """One thing about one cell.  file: path inside the folder; sheet, cell, question: '' when it is about the file."""

    check: str
    severity: Severity
    file: str
    unit_id: str
    sheet: str
    cell: str
    question: str
    expected: str
    got: str

    @property
    def do(self) -> str:
        """What to do, in both languages."""
        return DO[self.check]

    @property
    def id(self) -> str:
        """12 hex digits, the same in every run on the same files."""
        text = f"{self.check}|{self.file}|{self.sheet}|{self.cell}|{self.question}"
        return hashlib.sha256(text.encode()).hexdigest()[:12]


COLUMNS = ("id", *(f.name for f in fields(Noticed)), "do")


def rows(found: Sequence[Noticed]) -> list[dict[str, str]]:
    """A row a finding, in the order found."""
    return [{"id": f.id, **asdict(f), "do": f.do} for f in found]


def as_json(found: Sequence[Noticed]) -> bytes:
    """findings.json."""
    return (json.dumps(rows(found), ensure_ascii=False, indent=1) + "\n").encode()


def as_csv(found: Sequence[Noticed]) -> bytes:
    """findings.csv; nothing in it starts a formula."""
    return table_bytes(COLUMNS, rows(found))
