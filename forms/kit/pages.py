"""Page -> one self-contained HTML file, on paper as on a screen: no outside file, no script, the stamp on every printed page.

Imports page and the standard library.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from typing import assert_never

from .page import Asked, Block, Break, Bullets, Card, Grid, Heading, Page, Para, Picture, Questions

STYLE = """
@page { size: A4; margin: 20mm 15mm 16mm }
* { box-sizing: border-box }
body { font: 16px/1.4 "Times New Roman", Tinos, "Liberation Serif", serif; color: #000; background: #fff;
  max-width: 190mm; margin: 0 auto; padding: 0 4mm 8mm }
header.stamp { position: sticky; top: 0; background: #fff; color: #a00000; font-weight: bold; text-align: center;
  padding: 4px 0; z-index: 1 }
h1 { text-align: center; font-size: 24px; margin: 12px 0 4px }
p.sub { text-align: center; font-size: 18px; font-weight: bold; margin: 0 0 12px }
h2 { font-size: 20px; margin: 22px 0 6px; break-after: avoid }
h3, h4 { font-size: 17px; margin: 16px 0 4px; break-after: avoid }
p { margin: 0 0 8px }
p.small { font-style: italic; font-size: 14px }
p.strong { font-weight: bold }
p.centre { text-align: center }
p.warn, p.say { border: 1px solid #7f7f7f; background: #f2f2f2; padding: 6px 8px }
p.say { background: #fff8e1; font-size: 17px }
table { border-collapse: collapse; width: 100%; margin: 0 0 12px }
td, th { border: 1px solid #444; padding: 4px 6px; vertical-align: top; text-align: left; white-space: pre-line }
th { background: #eee }
thead { display: table-header-group }
tr { break-inside: avoid }
tr.tall td { height: 9mm }
td.no { width: 12mm; font-weight: bold }
td.ans { width: 42% }
td.ans div { padding-left: 1.3em; text-indent: -1.3em }
.code { color: #555; font-size: 13px }
.when { color: #1f3864; font-style: italic; font-size: 14px }
.q { font-weight: bold }
.hint { font-style: italic; font-size: 14px }
figure { margin: 10px 0; text-align: center }
img { image-rendering: pixelated; max-width: 100% }
.card { text-align: center; font-weight: bold; font-size: 38px; line-height: 1.25 }
.card p { margin: .6em 0 }
.turn { break-before: page }
footer { font-size: 12px; color: #333; border-top: 1px solid #999; margin-top: 16px; padding-top: 4px }
@media (max-width: 480px) {
  table.asked, table.asked tbody, table.asked tr, table.asked td { display: block; width: auto; border: 0; padding: 2px 0 }
  table.asked tr { border-bottom: 1px solid #444; padding: 6px 0 }
  .wide { overflow-x: auto }
  .card { font-size: 28px }
}
@media print {
  body { display: table; width: 100%; font-size: 14px; padding: 0 }
  header.stamp { display: table-header-group; position: static; break-inside: avoid }
  main { display: table-row-group }
  a { color: #000 }
}
"""


def html_bytes(page: Page, more: str = "") -> bytes:
    """The file.  more: HTML of the caller's own that follows the blocks."""
    stamp = f'<header class="stamp">{"<br>".join(escape(s) for s in page.stamps)}</header>' if page.stamps else ""
    sub = f'<p class="sub">{escape(page.subtitle)}</p>' if page.subtitle else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{page.lang}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(page.title)}</title>'
        f"<style>{STYLE}</style></head>\n<body>{stamp}\n<main>\n<h1>{escape(page.title)}</h1>{sub}\n"
        f"{chr(10).join(_blocks(page.blocks))}\n{more}<footer>{escape(page.foot)}</footer></main></body></html>\n"
    ).encode()


def _blocks(blocks: tuple[Block, ...]) -> Iterator[str]:
    turn = False
    for block in blocks:
        if isinstance(block, Break):
            turn = True
            continue
        drawn = _drawn(block)
        yield f'<div class="turn">{drawn}</div>' if turn else drawn
        turn = False


def _drawn(block: Block) -> str:
    match block:
        case Heading(level, text):
            drawn = f"<h{level + 1}>{escape(text)}</h{level + 1}>"
        case Para(text, role):
            drawn = f'<p class="{role}">{escape(text)}</p>'
        case Bullets(items, numbered):
            kind = "ol" if numbered else "ul"
            drawn = f"<{kind}>{''.join(f'<li>{escape(item)}</li>' for item in items)}</{kind}>"
        case Questions(rows):
            drawn = f'<table class="asked"><tbody>{"".join(map(_asked, rows))}</tbody></table>'
        case Grid():
            drawn = _grid(block)
        case Picture(png, width, alt):
            data = base64.b64encode(png).decode()
            drawn = f'<figure><img src="data:image/png;base64,{data}" alt="{escape(alt)}" style="width:{width:g}mm"></figure>'
        case Card(texts):
            drawn = f'<div class="card">{"".join(f"<p>{escape(text)}</p>" for text in texts)}</div>'
        case Break():
            drawn = ""
        case _:
            assert_never(block)
    return drawn


def _grid(block: Grid) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in block.head)
    tall = ' class="tall"' if block.tall else ""
    rows = "".join(f"<tr{tall}>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in block.rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _asked(asked: Asked) -> str:
    remarks = ((note, "hint") for note in (asked.hint, *asked.notes))
    lines = [(asked.when, "when"), (asked.text, "said" if asked.say else "q"), *remarks]
    question = "".join(f'<div class="{kind}">{escape(text)}</div>' for text, kind in lines if text)
    if asked.say:
        return f'<tr><td class="no"></td><td colspan="2">{question}</td></tr>'
    box = "□" if asked.many else "○"
    codes = [f' <span class="code">{escape(o.code)}</span>' if o.code else "" for o in asked.options]
    options = "".join(f"<div>{box} {escape(o.text)}{code}</div>" for o, code in zip(asked.options, codes, strict=True))
    blank = f"<div>{escape(asked.blank)}</div>" if asked.blank else ""
    return f'<tr><td class="no">{escape(asked.number)}</td><td>{question}</td><td class="ans">{options}{blank}</td></tr>'
