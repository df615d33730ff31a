"""docs/errors.md, made from forms/errors.yaml.  Refresh: python -m tests.house.refresh."""

from __future__ import annotations

from forms.errors import Entry, Who, catalogue
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "errors.md"

_WHO = {
    Who.usage: ("người gõ lệnh", "whoever typed the command"),
    Who.form: ("người soạn biểu mẫu hoặc kế hoạch", "whoever writes the form or the plan"),
    Who.data: ("người giữ số liệu", "whoever keeps the data"),
    Who.server: ("người quản trị máy chủ", "whoever runs the server"),
    Who.publication: ("người quyết định công bố", "whoever decides what is published"),
}
_OTHER = {
    0: "xong / done",
    1: "lỗi của chính bộ công cụ / our own bug",
    3: "xong, còn quyết định chờ người / done, decisions wait",
}
FAMILIES = {
    "FORM": "Biểu mẫu và phỏng vấn thử / Form and rehearsal",
    "LINT": "Soát bảng hỏi / Lint of questionnaires",
    "PLAN": "Kế hoạch và địa bàn của tỉnh / Plan and places",
    "DATA": "Mẫu và số liệu / Sample and data",
    "STAT": "Thống kê / Statistics",
    "SERV": "Máy chủ / Servers",
    "PUB": "Công bố / Publication",
    "REP": "Báo cáo / Reports",
}
_HEAD = """# Danh mục lỗi / Error catalogue

Tệp này sinh ra từ `forms/errors.yaml` bằng `python -m tests.house.refresh`; không sửa tay.
This page is made from `forms/errors.yaml`; do not edit it.

Một lỗi in ra: chỗ sai và điều sai (tiếng Việt, rồi tiếng Anh), cần có gì, đã nhận gì, cách xử lý, mã. Không tệp nào bị ghi dở.
An error prints the place and what is wrong (Vietnamese, then English), what was expected, what came, what to do, and
the code. Nothing is left half-written.

| Mã thoát / Exit code | Nghĩa / Meaning |
|---|---|
{codes}

Chữ trong ngoặc nhọn được thay bằng giá trị gặp phải. / Words in braces are filled in with what was met.
"""


def _codes() -> str:
    meanings = {int(who): f"{vi} xử lý / for {en}" for who, (vi, en) in _WHO.items()} | _OTHER
    return "\n".join(f"| {code} | {meanings[code]} |" for code in sorted(meanings))


def _entry(entry: Entry) -> str:
    vi, en = _WHO[entry.who]
    rows = [
        f"### {entry.code}", "", f"{entry.vi}  ", f"*{entry.en}*", "",
        f"- Cách xử lý: {entry.do_vi}", f"- *What to do: {entry.do_en}*",
        f"- Ai xử lý / who acts: {vi} / {en} ({int(entry.who)})", "",
    ]  # fmt: skip
    return "\n".join(rows).replace("{{", "{").replace("}}", "}")


def page() -> str:
    """The whole page, families in the order of the chain, codes in order."""
    known = catalogue()
    strange = {code.partition("-")[0] for code in known} - set(FAMILIES)
    if strange:
        raise ValueError(f"families without a heading: {sorted(strange)}")
    parts = [_HEAD.format(codes=_codes())]
    for family, heading in FAMILIES.items():
        parts.append(f"## {heading}\n")
        parts += [_entry(known[code]) for code in sorted(known) if code.startswith(f"{family}-")]
    return "\n".join(parts).rstrip("\n") + "\n"
