"""Exports that are tables (CSV, zip of CSV, workbook) -> submissions as found, whatever was chosen at the export.

Imports grids, headers, cells, raw and the codebook.  What cannot be understood for certain is refused, with rows as Excel counts
them; what was put right is told.  Never shows an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from forms.codebook import Codebook, Variable
from forms.errors import Problem, headers, problem, refuse
from forms.submission import Source

from ..csvtable import shown, stop
from . import cells as kinds
from .cells import Around, Column, Order
from .files import archive
from .grids import Grid, workbook
from .grids import tables as csv_tables
from .headers import Meant, Names, meant, names, near, told
from .raw import Cell, File, Raw, bare_uuid, plain, review_of

_PLACE = 4
AUDIT = " - audit.csv"
"""How Central names the audit logs of all submissions in one table."""


@dataclass(frozen=True)
class Asked:
    """What a person said about a file.  dates: how Excel wrote its days; same: header -> question; absent: questions that may be
    missing; households: (psu, number) -> ids in the sample; window: first and last day of fieldwork.
    """

    dates: Order = ""
    same: Mapping[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    households: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    window: tuple[date, date] | None = None


@dataclass(frozen=True)
class Found:
    """A table read.  notes: what was put right, in both languages; near: question that has no column -> a column like it."""

    file: File
    notes: tuple[str, ...]
    near: Mapping[str, str] = field(default_factory=dict)


def grids(path: Path) -> list[Grid]:
    """The tables of a workbook, a CSV, or a zip of CSV; Collect's audit logs left out."""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return workbook(path)
    files = archive(path) if path.suffix.lower() == ".zip" else {path.name: path.read_bytes()}
    return csv_tables({n: b for n, b in files.items() if not n.endswith(AUDIT)}, path.name)


def read(name: str, given: Sequence[Grid], book: Codebook, asked: Asked = Asked(), *, original: bool = False) -> Found:
    """One export.  original: as the server made it; a table that a spreadsheet saved again is refused (DATA-030, DATA-027).

    BdgError DATA-010 no table of submissions; DATA-111 to -114: what a person must say or mend.
    """
    if original:
        _untouched(name, given)
    main = _main(name, given, book)
    known = names(book)
    columns = meant(main.header, known, asked.same)
    if columns.unclear:
        raise refuse("DATA-112", main.name, got=len(columns.unclear), count=len(columns.unclear))
    around = Around(_received(main, columns), order=asked.dates, window=asked.window, households=asked.households)
    answers, notes, problems = _answers(main, columns, book, around)
    _ids(main, columns)
    repeats: dict[str, dict[str, list[Mapping[str, Cell]]]] = {}
    for grid in given:
        if grid is not main:
            problems += _repeat(grid, book, around, repeats)
    stop(problems)
    raws = tuple(_raw(main, columns, answers, i, repeats) for i in range(len(main.rows)))
    have = frozenset(answers) | frozenset(v.path for v in book.variables if v.name in asked.absent)
    close = {v.name: n for v in book.variables if v.path not in have and (n := near(v.name, columns.unknown))}
    if main.encoding:
        notes.insert(0, f"bảng mã chữ / encoding: {main.encoding}")
    return Found(File(name, _source(columns), raws, have), tuple(notes), close)


def _untouched(name: str, given: Sequence[Grid]) -> None:
    """KoBo itself writes semicolons; Central never does."""
    for grid in given:
        place = grid.name if grid.name == name else f"{name}: {grid.name}"
        if grid.mark in (";", "\t") and not (grid.mark == ";" and "_uuid" in grid.header):
            mark = grid.mark.replace("\t", "Tab")
            raise refuse("DATA-030", place, expected=",", got=mark, mark=mark)
        if grid.encoding:
            raise refuse("DATA-027", place, got=grid.encoding, what="CSV, UTF-8")


def _main(name: str, grids: Sequence[Grid], book: Codebook) -> Grid:
    """The one table of submissions: it has ids, and no parent."""
    system = [(g, meant(g.header, Names({}), {}).system) for g in grids]
    own = [
        g for g, s in system
        if s.keys() & ({"uuid", "key"} if g.mark else {"uuid", "key", "instance"}) and not s.keys() & {"parent", "parent_index"}
    ]  # fmt: skip
    if own and (len(own) == 1 or not own[0].mark):
        return own[0]
    got = ", ".join(g.name for g in own) or headers([h for g in grids[:1] for h in g.header if h][:5]) or "0 bảng / tables"
    raise refuse("DATA-010", name, expected="_uuid | KEY", got=f"{got}{_looks(grids)}", form=book.form_id)


_KINDS: Mapping[str, frozenset[str]] = {
    "biểu mẫu XLSForm / an XLSForm": frozenset({"type", "name"}),
    "khung mẫu / frame.csv": frozenset({"psu", "hamlet", "households"}),
    "mẫu đã chọn / sample.csv": frozenset({"psu", "ssu", "p_psu"}),
    "kết quả / results.csv": frozenset({"key", "indicator", "estimate"}),
    "vi dữ liệu / microdata.csv": frozenset({"person", "w_base", "weight"}),
}  # fmt: skip


def _looks(grids: Sequence[Grid]) -> str:
    """What the file seems to be instead."""
    heads = {h.strip().lower() for g in grids for h in g.header}
    return next((f"; giống / looks like: {what}" for what, columns in _KINDS.items() if columns <= heads), "")


def _source(columns: Meant) -> Source:
    return "kobo" if "uuid" in columns.system else "csv"


def _received(main: Grid, columns: Meant) -> list[date | None]:
    at = columns.system.get("time")
    return [kinds.moment(row[at]) if at is not None else None for row in main.rows]


def _ids(main: Grid, columns: Meant) -> None:
    """Every row has an id, or the file was cut: DATA-111."""
    at = [columns.system[w] for w in ("instance", "key", "uuid") if w in columns.system]
    without = [i for i, row in enumerate(main.rows) if not any(plain(row[c]) for c in at)]
    if without:
        raise refuse("DATA-111", main.name, got=_lines(main, without), count=len(without))


def _lines(grid: Grid, rows: Sequence[int]) -> str:
    return f"dòng / rows {shown([str(grid.first + i) for i in rows])}"


# ---- columns -------------------------------------------------------------------------------------------------------


def _answers(
    grid: Grid, columns: Meant, book: Codebook, around: Around, *, repeat: bool = False
) -> tuple[dict[str, tuple[Cell, ...]], list[str], list[Problem]]:
    """Path -> cells as the form wrote them, with what was put right and what could not be."""
    labelled = _labelled(grid, columns, book)
    by_path = {v.path: v for v in book.variables}
    wanted = [p for p in by_path if p in columns.questions or p in columns.ticks or p in columns.places]
    done: dict[str, tuple[Cell, ...]] = {}
    problems: list[Problem] = []
    tally: dict[str, list[tuple[str, int]]] = {}
    for path in wanted:
        v = by_path[path]
        if bool(v.repeat) is not repeat:
            continue
        raw, clash = _together(grid, columns, v)
        if clash:
            problems.append(problem("DATA-114", grid.name, got=_lines(grid, clash), question=v.name, count=len(clash)))
        made = _column(v, raw, labelled, around, done, by_path)
        done[path] = made.cells
        problems += _open(grid, v, made)
        kind = "zeros" if v.name == "ssu" else "labels" if v.codes else _KIND.get(v.type, "letters")
        if made.mended and not str(made.cells[made.mended[0]]).isascii():
            kind = "letters"
        for what, rows in ((kind, made.mended), ("lost", made.lost)):
            if rows:
                tally.setdefault(what, []).append((v.name, len(rows)))
    return done, _notes(tally, labelled), problems


_MADE = ("interview_date", "today")
"""Days on which a form was made: no later than it was received.  Other days (an appointment) may be."""
_KIND = {"date": "days", "calculated": "numbers", "decimal": "numbers", "integer": "numbers"}
_TOLD = {
    "labels": "nhãn đổi về mã / labels put back to codes", "days": "ngày Excel đã đổi / Excel's days put back",
    "numbers": "dấu phẩy thập phân / decimal commas", "letters": "chữ Việt bị hỏng, đã chữa / broken Vietnamese letters mended",
    "zeros": "số 0 ở đầu được trả lại theo mẫu / leading zeros put back from the sample",
    "lost": "chữ Việt bị hỏng, không chữa được / broken letters that cannot be mended",
}  # fmt: skip


def _notes(tally: Mapping[str, Sequence[tuple[str, int]]], labelled: bool) -> list[str]:
    lines = []
    for what, text in _TOLD.items():
        if found := tally.get(what):
            if what == "labels" and not labelled:
                text = "mã viết khác đi, đã đổi về / codes written otherwise, put back"  # noqa: PLW2901
            lines.append(f"{text}: {sum(n for _, n in found)} ô / cells ({shown([q for q, _ in found])})")
    return lines


def _labelled(grid: Grid, columns: Meant, book: Codebook) -> bool:
    """Whether the file writes labels: most cells that can be only one of the two say so."""
    labels = codes = 0
    for v in book.variables:
        at = columns.questions.get(v.path, ())
        if not v.choices or not at:
            continue
        known = kinds.labels_of(v)
        for text in {plain(row[at[0]]) for row in grid.rows} - {None}:
            code, label = text in v.codes, told(text or "") in known
            codes += code and not label
            labels += label and not code
    return labels > codes


def _together(grid: Grid, columns: Meant, v: Variable) -> tuple[tuple[Cell, ...], list[int]]:
    """The cells of a question from all its columns, and the rows where two of them disagree."""
    at = columns.questions.get(v.path, ())
    whole: list[Cell] = [row[at[0]] for row in grid.rows] if len(at) == 1 else []
    clash = []
    for i, row in enumerate(grid.rows if len(at) != 1 else ()):
        given = [row[c] for c in at if plain(row[c]) is not None]
        clash += [i] if len({plain(c) for c in given}) > 1 else []
        whole.append(given[0] if given else None)
    if v.path in columns.ticks and all(plain(w) is None for w in whole):  # a joined column that says something is believed
        whole = list(kinds.ticked(v, columns.ticks[v.path], grid.rows))
    if len(parts := columns.places.get(v.path, {})) >= 2:
        whole = [_point(row, parts) if plain(w) is None else w for w, row in zip(whole, grid.rows, strict=True)]
    return tuple(whole), clash


def _point(row: Sequence[Cell], parts: Mapping[int, int]) -> Cell:
    """Latitude, longitude, altitude, accuracy in one cell, as Collect writes a place."""
    numbers = [plain(row[parts[n]]) if n in parts else None for n in range(_PLACE)]
    if numbers[0] is None or numbers[1] is None:
        return None
    return " ".join((n or "0.0").replace(",", ".") for n in numbers)


def _column(
    v: Variable, raw: tuple[Cell, ...], labelled: bool, around: Around, done: Mapping[str, tuple[Cell, ...]],
    by_path: Mapping[str, Variable],
) -> Column:  # fmt: skip
    if v.choices and v.type in ("code", "codes"):
        return kinds.coded(v, raw, labelled)
    if v.type == "date":
        started = next((done[p] for p, w in by_path.items() if w.name == "start" and p in done), ())
        return kinds.days(raw, replace(around, started=[kinds.moment(c) for c in started]), made=v.name in _MADE)
    if v.name == "ssu" and around.households:
        hamlets = next((done[p] for p, w in by_path.items() if w.name == "psu" and p in done), (None,) * len(raw))
        return kinds.households(raw, hamlets, around)
    if v.type in ("integer", "decimal"):
        return kinds.numbers(raw)
    commas = kinds.numbers(raw) if v.type == "calculated" else Column(raw)
    words = kinds.letters(commas.cells)
    return replace(words, mended=(*commas.mended, *words.mended))


def _open(grid: Grid, v: Variable, made: Column) -> list[Problem]:
    """What a person must say or mend before the file can enter."""
    found = []
    if made.open:
        got = _lines(grid, made.open)
        found.append(problem("DATA-113", grid.name, expected="YYYY-MM-DD", got=got, question=v.name, count=len(made.open)))
    return found


# ---- repeats and rows ----------------------------------------------------------------------------------------------


def _repeat(grid: Grid, book: Codebook, around: Around, repeats: dict[str, dict[str, list[Mapping[str, Cell]]]]) -> list[Problem]:
    """Rows of a repeat's table under their submission: by its id, else by its row number."""
    columns = meant(grid.header, names(book, repeat=True), {})
    parent, index = columns.system.get("parent"), columns.system.get("parent_index")
    if parent is None and index is None:
        return []
    answers, _, problems = _answers(grid, columns, book, replace(around, received=()), repeat=True)
    inside: dict[str, list[str]] = {}
    for v in book.variables:
        if v.path in answers:
            inside.setdefault(v.repeat, []).append(v.path)
    for i, row in enumerate(grid.rows):
        uuid = plain(row[parent]) if parent is not None else None
        key = bare_uuid(uuid.partition("/")[0]) if uuid else f"index:{plain(row[index]) if index is not None else ''}"
        for path, members in inside.items():
            repeats.setdefault(path, {}).setdefault(key, []).append({p: answers[p][i] for p in members})
    return problems


def _raw(
    main: Grid, columns: Meant, answers: Mapping[str, tuple[Cell, ...]], i: int,
    repeats: Mapping[str, Mapping[str, list[Mapping[str, Cell]]]],
) -> Raw:  # fmt: skip
    row = main.rows[i]
    cell = {what: row[at] for what, at in columns.system.items()}
    text = {what: plain(c) for what, c in cell.items()}
    own = bare_uuid(text.get("key") or text.get("uuid"))
    identity = bare_uuid(text.get("instance")) or own
    root = bare_uuid(text.get("root")) or (bare_uuid(text.get("key")) or identity)
    keys = (own, bare_uuid(text.get("uuid")), root, f"index:{text.get('index')}")
    return Raw(
        identity, root, "", text.get("version") or "", text.get("time"), review_of(cell.get("review")),
        {path: cells[i] for path, cells in answers.items()},
        {path: next((by[k] for k in keys if k in by), []) for path, by in repeats.items()},
        replaces=bare_uuid(text.get("deprecated")), file=f"{main.name}, dòng / row {main.first + i}",
    )  # fmt: skip
