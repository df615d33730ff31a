"""The first sheet of a template: whose it is, how it is filled in, in both languages.

Imports records only.
"""

from __future__ import annotations

from .records import Layout, Tied

_VI = (
    "1. Chỉ điền vào ô nền vàng ở các trang tính sau trang này. Ô xám là ô không phải điền. Câu có dấu * phải điền.",
    "2. Ô có mũi tên: chọn trong danh sách. Ô số: chỉ ghi số, không ghi chữ hay đơn vị tính. Không phát sinh thì ghi 0.",
    "3. Cột «Kiểm tra» báo ô còn thiếu hoặc chưa khớp. Cột này trống (bảng: «đủ») là đã điền xong.",
    "4. Không thêm, xóa, di chuyển dòng, cột; không đổi tên trang tính; không sửa chữ in sẵn. Không dán ô từ tệp khác.",
    "5. Không ghi tên, số điện thoại, địa chỉ của cá nhân vào bất kỳ ô nào.",
    "6. Lưu ở dạng .xlsx và gửi nguyên tệp này. Không gửi bản PDF hay ảnh chụp. Mỗi đơn vị gửi một tệp cho một kỳ.",
    "7. Các ô in sẵn được khóa nhưng không có mật khẩu: khóa chỉ để tránh gõ nhầm. Khi nhận, mọi ô in sẵn được đối chiếu lại.",
)  # fmt: skip
_EN = (
    "1. Fill in the yellow cells on the sheets after this one. Grey cells are not for you. A question with * needs an answer.",
    "2. Cells with an arrow: choose from the list. Numbers: digits only, no words or units. Nothing happened: write 0.",
    "3. The column «Kiểm tra» says what is missing or does not add up. Empty (in tables: «đủ») means done.",
    "4. Do not add, delete or move rows or columns, rename sheets, change printed words, or paste cells from other files.",
    "5. No names, telephone numbers or addresses of persons in any cell.",
    "6. Save as .xlsx and send this very file, not a PDF or a photograph. One file a unit and period.",
    "7. Printed cells are locked without a password: the lock only prevents slips. Every printed cell is compared on receipt.",
)


def lines(plan: Layout, tied: Tied) -> list[tuple[str, str]]:
    """(style, text) of every line of the guide."""
    title = next((t.text for p in plan.pages for t in p.texts if t.style == "title"), plan.form_id)
    stamps = [s for s in (tied.stamp, plan.stamp) if s]
    return [
        *(("stamp", s) for s in stamps),
        ("title", title.partition(":")[0]),
        ("shown", f"Đơn vị báo cáo: {tied.unit_name} ({tied.unit_id})"),
        ("shown", f"Kỳ báo cáo: {tied.period_shown or '...'}"),
        ("plain", ""),
        ("label", "Cách điền"),
        *(("note", text) for text in _VI),
        ("plain", ""),
        ("label", "How to fill it in"),
        *(("english", text) for text in _EN),
        ("plain", ""),
        ("code", f"{plan.form_id}, phiên bản / version {plan.version}, mã kiểm tra / digest {plan.questionnaire_digest[:12]}"),
    ]
