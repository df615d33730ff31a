"""The labels as programs: a .do for Stata and a .sps for SPSS that read the published CSV and give it numbers and labels.

Imports labels.  Texts in, text out; the programs are plain so that a reader can see what is done.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from .labels import NO_ANSWER, VALUE_SPSS, VARIABLE_SPSS, VARIABLE_STATA, Column, cut

_STATA_VALUE = 32_000
_WIDE = 60
"""Bytes of a text column of the CSV in SPSS: pseudonyms, ids and codes are shorter."""


def stata(columns: Sequence[Column], title: str, lang: str) -> str:
    """The .do file: `do <id>.do microdata.csv`.  A column that the CSV does not have is passed over."""
    lines = [
        f"* {title}", "* do <file>.do microdata.csv   (Stata 14 +, UTF-8)", "version 14", "args csv",
        'if "`csv\'" == "" local csv "microdata.csv"',
        'import delimited using "`csv\'", varnames(1) stringcols(_all) encoding("utf-8") case(preserve) clear',
    ]  # fmt: skip
    lines += [f"label define bdg_tick 0 {_compound(columns, 0)} 1 {_compound(columns, 1)} {_kinds(lang)}"]
    for column in columns:
        lines += [
            "",
            f"capture confirm variable {column.source}",
            "if !_rc {",
            *(f"  {line}" for line in _stata(column, lang)),
            "}",
        ]
    lines += ["", *_dropped(columns), "compress", ""]
    return "\n".join(lines)


def _compound(columns: Sequence[Column], number: int) -> str:
    found = (value.label for c in columns if c.kind == "ticked" for value in c.codes if value.number == number)
    return _stata_text(next(found, str(number)), _STATA_VALUE)


def _dropped(columns: Sequence[Column]) -> Iterator[str]:
    """Sources that became columns of their own, and the reasons, which the missing kinds now hold."""
    for name in dict.fromkeys([*(c.source for c in columns if c.kind == "ticked"), *(c.why for c in columns if c.why)]):
        yield f"capture drop {name}"


def _stata_text(text: str, most: int) -> str:
    """A text in compound quotes, in which Stata expands nothing that we write."""
    plain = text.replace("`", "'").replace('"', "”").replace("$", "S").replace("\\", "/")
    return f'`"{cut(plain, most)}"\''


def _kinds(lang: str) -> str:
    return " ".join(f".{letter} {_stata_text(vi if lang == 'vi' else en, 80)}" for _, letter, vi, en in NO_ANSWER.values())


def _stata(c: Column, lang: str) -> Iterator[str]:
    if c.kind == "text":
        if c.name != c.source:
            yield f"rename {c.source} {c.name}"
    else:
        text = c.source if c.kind == "ticked" else "bdg_text"
        if c.kind != "ticked":
            yield f"rename {c.source} bdg_text"
        yield f"generate double {c.name} = " + ("real(bdg_text)" if c.kind == "number" else "0" if c.kind == "ticked" else ".")
        if c.kind == "coded":
            yield from (f'replace {c.name} = {v.number} if {text} == "{v.code}"' for v in c.codes)
        elif c.kind == "ticked":
            yield f'replace {c.name} = 1 if strpos(" " + {text} + " ", " {c.tick} ")'
        if c.why:
            yield from (
                f'capture replace {c.name} = .{letter} if {c.why} == "{kind}"' for kind, (_, letter, _, _) in NO_ANSWER.items()
            )
        if c.kind != "ticked":
            yield "drop bdg_text"
        if c.kind != "number" or c.why:
            yield from _stata_values(c, lang)
    yield f"label variable {c.name} {_stata_text(c.label, VARIABLE_STATA)}"
    if cut(c.label, VARIABLE_STATA) != " ".join(c.label.split()):
        yield f"notes {c.name}: {' '.join(c.label.split()).replace('`', chr(39))}"


def _stata_values(c: Column, lang: str) -> Iterator[str]:
    if c.kind == "ticked":
        yield f"label values {c.name} bdg_tick"
        return
    values = " ".join(f"{v.number} {_stata_text(v.label, _STATA_VALUE)}" for v in c.codes)
    yield f"label define {c.name} {values} {_kinds(lang) if c.why else ''}".rstrip()
    yield f"label values {c.name} {c.name}"


def spss(columns: Sequence[Column], title: str, lang: str, header: Sequence[str] = ()) -> str:
    """The .sps file.  header: of the CSV, whose columns SPSS must be told in order; without it the CSV is opened by hand."""
    lines = ["* Encoding: UTF-8.", f"* {_line(title)}."]
    many = {c.source for c in columns if c.kind == "ticked"}
    if header:
        lines += [
            "GET DATA /TYPE=TXT /FILE='microdata.csv' /ENCODING='UTF8' /ARRANGEMENT=DELIMITED /DELCASE=LINE /FIRSTCASE=2",
            "  /DELIMITERS=',' /QUALIFIER='\"' /VARIABLES=",
            *(f"  {name} A{_WIDE * 4 if name in many else _WIDE}" for name in header),
            "  .", "DATASET NAME bdg.",
        ]  # fmt: skip
    else:
        lines.append("* Open the CSV with every column as text first; or write this file again with --csv microdata.csv.")
    for column in columns:
        lines += ["", *_spss(column, lang)]
    gone = list(dict.fromkeys([*(c.source for c in columns if c.kind == "ticked"), *(c.why for c in columns if c.why)]))
    gone = [name for name in gone if not header or name in header]
    lines += ["", *textwrap.wrap(f"DELETE VARIABLES {' '.join(gone)}.", 120)] if gone else []
    documented = [line for c in columns for line in notes(c)]
    lines += ["", "ADD DOCUMENT", *(f"  '{_quoted(line)}'" for line in documented), "  ."] if documented else []
    return "\n".join([*lines, "EXECUTE.", ""])


def notes(c: Column) -> tuple[str, ...]:
    """The full text of a label that SPSS cuts, in lines of at most 80 bytes; () when nothing is cut."""
    text = " ".join(c.label.split())
    full = [] if len(text.encode()) <= VARIABLE_SPSS else [f"{c.name}: {text}"]
    full += [f"{c.name} = {v.number}: {v.label}" for v in c.codes if len(v.label.encode()) > VALUE_SPSS]
    found: list[str] = []
    for line in full:
        kept = ""
        for word in line.split():
            if len(f"{kept} {word}".encode()) > 80:
                found.append(kept)
                kept = f"  {word}"
            else:
                kept = f"{kept} {word}".lstrip() if not kept else f"{kept} {word}"
        found.append(kept)
    return tuple(found)


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _line(text: str) -> str:
    """A comment ends at a full stop at the end of a line, so none may stand there."""
    return " ".join(text.split()).rstrip(".")


def _spss(c: Column, lang: str) -> Iterator[str]:
    if c.kind == "text":
        if c.name != c.source:
            yield f"RENAME VARIABLES ({c.source} = {c.name})."
    else:
        made = c.name if c.kind == "ticked" else "bdg_new"
        if c.kind == "number":
            yield f"COMPUTE {made} = NUMBER({c.source}, F24.0)."
        elif c.kind == "ticked":
            yield f"COMPUTE {made} = (INDEX(CONCAT(' ', RTRIM({c.source}), ' '), ' {c.tick} ') > 0)."
        else:
            yield f"COMPUTE {made} = $SYSMIS."
            yield from (f"IF (RTRIM({c.source}) = '{_quoted(v.code)}') {made} = {v.number}." for v in c.codes)
        if c.why:
            yield from (f"IF (RTRIM({c.why}) = '{kind}') {made} = {said[0]}." for kind, said in NO_ANSWER.items())
        if c.kind != "ticked":
            yield f"DELETE VARIABLES {c.source}."
            yield f"RENAME VARIABLES ({made} = {c.name})."
        yield from _spss_values(c, lang)
    yield f"VARIABLE LABELS {c.name} '{_quoted(cut(c.label, VARIABLE_SPSS, in_bytes=True))}'."


def _spss_values(c: Column, lang: str) -> Iterator[str]:
    values = [(v.number, v.label) for v in c.codes]
    values += [(n, vi if lang == "vi" else en) for n, _, vi, en in NO_ANSWER.values()] if c.why else []
    if values:
        yield f"VALUE LABELS {c.name}"
        yield from (f"  {number} '{_quoted(cut(label, VALUE_SPSS, in_bytes=True))}'" for number, label in values)
        yield "  ."
    if c.why:
        low, high = (pick(n for n, _, _, _ in NO_ANSWER.values()) for pick in (min, max))
        yield f"MISSING VALUES {c.name} ({low} THRU {high})."
    if c.kind != "number":
        yield f"VARIABLE LEVEL {c.name} (NOMINAL)."
