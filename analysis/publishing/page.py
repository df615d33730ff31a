"""CongBo.md: what may leave, what was hidden by which rule and why, and what the public microdata cost; for people.

Imports publish, results, microdata's record.  Vietnamese first, English second; names groups and rules, never a hidden number.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..publish import RULES, rule_of
from ..results import Results, Row
from .anonymity import QUASI, K
from .microdata import Made

STAMP = "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN"
_KINDS = {
    "level": ("mức của từng kỳ", "levels"), "change": ("thay đổi", "changes"), "target": ("so với chỉ tiêu", "against targets"),
    "contrast": ("so sánh kèm theo", "contrasts"), "share": ("cơ cấu câu trả lời", "shares of answers"),
    "count": ("số đếm", "counts"), "diagnostic": ("tỷ lệ trả lời, quyền số", "response, weights"), "test": ("kiểm định", "tests"),
}  # fmt: skip


def page(results: Results, made: Made | None, files: Mapping[str, bytes]) -> bytes:
    """The page of one publication.  files: what it lists with size and SHA-256."""
    lines = ["# Những gì được công bố, những gì bị ẩn và vì sao / What is published, what is hidden, and why", ""]
    if results.practice:
        lines += [f"**{STAMP}**", ""]
    lines += list(_files(files))
    lines += list(_rules(results))
    lines += list(_groups(results))
    if made is not None:
        lines += list(_microdata(made))
    lines += list(_inside())
    return ("\n".join(lines).rstrip() + "\n").encode()


def _files(files: Mapping[str, bytes]) -> Iterator[str]:
    yield "## Tệp được phép chuyển đi / Files that may leave"
    yield ""
    yield _said("files")
    yield ""
    yield "| Tệp / File | Byte | SHA-256 |"
    yield "|---|---:|---|"
    for name, body in files.items():
        yield f"| `{name}` | {len(body)} | `{hashlib.sha256(body).hexdigest()}` |"
    yield ""


def _rules(results: Results) -> Iterator[str]:
    """How many rows each rule hid or bracketed, and its source."""
    met = Counter(rule.id for r in results.rows if r.publish != "show" and (rule := rule_of(r)) is not None)
    yield "## Quy tắc và số dòng / Rules and rows"
    yield ""
    yield f"{len(results.rows)} dòng kết quả / rows of results."
    yield ""
    yield "| Dấu / Mark | Quy tắc | Rule | Số dòng / Rows | Căn cứ / Source |"
    yield "|---|---|---|---:|---|"
    for rule in RULES:
        if met[rule.id]:
            yield f"| {rule.mark} | {rule.vi} | {rule.en} | {met[rule.id]} | {rule.source} |"
    if not met:
        yield "| - | không có | none | 0 | |"
    yield ""


def _groups(results: Results) -> Iterator[str]:
    """Which groups are hidden, of which kinds of rows, by which rule."""
    hidden: dict[tuple[tuple[tuple[str, str], ...], int], list[Row]] = {}
    for r in results.rows:
        if r.publish == "hide":
            hidden.setdefault((r.domain, r.wave), []).append(r)
    yield "## Nhóm bị ẩn / Hidden groups"
    yield ""
    if not hidden:
        yield "Không có. / None."
        yield ""
        return
    yield "| Nhóm / Group | Kỳ / Wave | Dòng / Rows | Quy tắc / Rules |"
    yield "|---|---|---|---|"
    for (domain, wave), rows in sorted(hidden.items(), key=lambda pair: (str(pair[0][0]), pair[0][1])):
        kinds = Counter(r.kind for r in rows)
        said = "; ".join(f"{_KINDS[k][0]} / {_KINDS[k][1]}: {n}" for k, n in sorted(kinds.items()))
        rules = ", ".join(dict.fromkeys(f"`{rule.id}`" for r in rows if (rule := rule_of(r)) is not None))
        yield f"| {_named(results.texts, domain)} | {wave} | {said} | {rules} |"
    yield ""


def _named(texts: Mapping[str, Any], domain: Sequence[tuple[str, str]]) -> str:
    """The group's names in both languages; its codes where no text knows it."""
    if not domain:
        return "Chung toàn tỉnh / Whole province"
    found = []
    for name, code in domain:
        told = texts.get("domains", {}).get(name, {})
        label, of = told.get("codes", {}).get(code), told.get("label")
        found.append(f"{of['vi']}: {label['vi']} / {of['en']}: {label['en']}" if label and of else f"{name} = {code}")
    return "; ".join(found)


def _microdata(made: Made) -> Iterator[str]:
    people = len(made.people)
    bands = ", ".join(f"{a}-{b - 1}" for a, b in pairwise(made.starts))
    yield "## Tệp dữ liệu từng người / The public microdata"
    yield ""
    yield _said("people", people=people, by=" × ".join(QUASI), k=made.k, wanted=K)
    yield _said("ages", bands=bands, oldest=made.starts[-1])
    for column, count in made.blanks.items():
        if count:
            yield _said("blanks", column=column, count=count, share=f"{100 * count / people:.1f}".replace(".", ","))
    yield from (_said("without", column=column) for column in made.without)
    yield from (_said(name) for name in ("left_out", "psu" if made.psu else "no_psu", "weight", "not_random"))
    yield ""


def _inside() -> Iterator[str]:
    yield "## Không được chuyển đi / What must stay inside"
    yield ""
    yield _said("inside")
    yield _said("protected")


def _said(name: str, **facts: object) -> str:
    """A line of words.yaml in both languages, filled in."""
    words = _words()[name]
    return f"- {words['vi'].format(**facts)} / {words['en'].format(**facts)}"


@cache
def _words() -> dict[str, dict[str, str]]:
    import yaml

    found: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))
    return found
