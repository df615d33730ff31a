"""The codebook as one HTML page that a browser searches: names, wordings in both languages, codes, who is asked.

Imports the records of the room, condition, page and pages.  No script: Ctrl+F is the search.
"""

from __future__ import annotations

from html import escape

from ..codebook import Codebook, Variable
from ..condition import words
from .page import Language, Page, Para
from .pages import html_bytes
from .texts import say

_STYLE = (
    "<style>section.var{border:1px solid #888;padding:8px 10px;margin:0 0 12px;break-inside:avoid}"
    "section.var h2{margin:0;font-size:18px}section.var h2 code{font-size:17px}dt{color:#444}"
    "section.var dl{margin:4px 0;display:grid;grid-template-columns:9em 1fr;gap:2px 8px}"
    "dd{margin:0;overflow-wrap:anywhere}"
    "nav{columns:16em;font-size:14px;margin:8px 0 16px}nav a{display:block}table.codes{width:auto;margin:6px 0 0}"
    "@media(max-width:480px){section.var dl{grid-template-columns:1fr}}</style>"
)
_WHY = {"dont_know": "dont_know", "refused": "refused", None: ""}


def codebook_html(book: Codebook, stamps: tuple[str, ...], foot: str) -> bytes:
    """The page, in form order."""
    page = Page(
        f"{say('book', 'vi')} · {book.form_id}", (Para(say("book_use", "vi")), Para(say("book_use", "en"), "small"),
        Para(" / ".join(say("book_count", lang, n=len(book.variables)) for lang in ("vi", "en")), "strong")), "vi", stamps, foot,
        f"{book.title.vi} / {book.title.en}",
    )  # fmt: skip
    index = "".join(f'<a href="#{escape(v.name)}">{escape(v.name)}</a>' for v in book.variables)
    nav = f'<nav aria-label="index">{index}</nav>'
    return html_bytes(page, "\n".join((_STYLE, nav, *(_variable(book, v) for v in book.variables))))


def _variable(book: Codebook, v: Variable) -> str:
    rows = [
        ("Nội dung", v.label.vi), ("Wording", v.label.en), ("Loại / type", v.type), ("Đường dẫn / path", v.path),
        ("Hỏi khi", _asked(book, v, "vi")), ("Asked if", _asked(book, v, "en")),
    ]  # fmt: skip
    if v.scale:
        rows.append(("Thang điểm / scale", v.scale + (" (đảo chiều / reversed)" if v.reverse else "")))
    for key in v.key:
        until = key.valid_to.isoformat() if key.valid_to else "…"
        rows.append(("Đáp án / key", f"{key.value} · {key.law}, {key.article} · {key.valid_from.isoformat()} - {until}"))
    if v.private:
        rows.append(("Riêng tư / private", "không vào số liệu phân tích / never enters the microdata"))
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in rows)
    codes = "".join(
        f"<tr><td><code>{escape(c.code)}</code></td><td>{escape(c.label.vi)}</td><td>{escape(c.label.en)}</td><td>{_WHY[c.why]}</td></tr>"
        for c in v.choices
    )
    table = f'<div class="wide"><table class="codes"><tbody>{codes}</tbody></table></div>' if codes else ""
    return f'<section class="var" id="{escape(v.name)}"><h2><code>{escape(v.name)}</code></h2><dl>{facts}</dl>{table}</section>'


def _asked(book: Codebook, v: Variable, lang: Language) -> str:
    if v.asked_if is None:
        return "mọi phiếu" if lang == "vi" else "every form"
    by_name = {one.name: one for one in book.variables}

    def label(name: str, code: str | None) -> str:
        found = by_name.get(name, v)
        if code is None:
            return found.name
        return next((f"{c.code}: {c.label[lang]}" for c in found.choices if c.code == code), code)

    return words(v.asked_if, lang, label)
