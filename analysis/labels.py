"""What every column of the published microdata is called, and what its codes mean, for SPSS and Stata.

Imports the forms door (codebook, plan).  Records and pure functions: label_scripts writes the programs, label_files the
data files.  Sees no person.

Both programs get numbers.  A code that is a whole number keeps it; the others follow, in list order, so that two waves agree
as long as the list does (it is frozen).  Text codes cannot keep the four kinds of no answer apart: SPSS allows three missing
values on a string, none longer than eight bytes, and Stata labels numbers only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from forms.codebook import Codebook, Variable
from forms.plan import Plan
from forms.question import Lang

if TYPE_CHECKING:
    from .indicators import Share

Kind = Literal["coded", "ticked", "number", "text"]
NO_ANSWER: Final[Mapping[str, tuple[int, str, str, str]]] = {
    "not_asked": (-96, "a", "Không thuộc diện hỏi", "Not asked"),
    "dont_know": (-97, "b", "Không biết", "Do not know"),
    "refused": (-98, "c", "Không trả lời", "No answer"),
    "missing": (-99, "d", "Thiếu", "Missing"),
}
"""Kind of no answer -> number in SPSS, letter in Stata (.a), label."""
TICKED: Final[Mapping[int, tuple[str, str]]] = {0: ("Không chọn", "Not chosen"), 1: ("Có chọn", "Chosen")}
KEYS: Final = frozenset({
    "wave", "psu", "ssu", "commune", "household", "select_u", "p_select", "n_eligible", "questionnaire_digest", "round_kind",
    "interview_date", "sex", "age", "n_first", "pick", "result", "consent",
})  # fmt: skip
"""Questions whose answers place a row in the sample: they have columns of their own, or none (as in tidy)."""
FIXED: Final[Mapping[str, tuple[Kind, str, str]]] = {
    "wave": ("number", "Kỳ khảo sát", "Wave"), "person": ("text", "Mã người trả lời (không định danh)", "Person (pseudonym)"),
    "stratum": ("text", "Tầng chọn mẫu", "Stratum"), "psu": ("text", "Địa bàn điều tra (PSU)", "Primary sampling unit"),
    "ssu": ("text", "Hộ (SSU)", "Household (second stage)"),
    "p_person": ("number", "Xác suất chọn người trong hộ", "Probability of the person within the household"),
    "n_eligible": ("number", "Số người thuộc diện trong hộ", "Eligible members of the household"),
    "w_base": ("number", "Quyền số cơ bản", "Base weight"), "f_household": ("number", "Hệ số hộ", "Household factor"),
    "f_response": ("number", "Hệ số không trả lời", "Non-response factor"),
    "f_calibration": ("number", "Hệ số hiệu chỉnh theo dân số", "Calibration factor"),
    "f_trim": ("number", "Hệ số cắt quyền số", "Trimming factor"), "weight": ("number", "Quyền số", "Weight"),
    "age": ("number", "Tuổi", "Age in years"),
}  # fmt: skip
VARIABLE_STATA, VARIABLE_SPSS, VALUE_SPSS, NAME = 80, 256, 120, 32
"""Most characters of a Stata variable label; most bytes of an SPSS variable and value label; most letters of a name."""
_RESERVED = frozenset({
    "all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with", "if", "in", "using", "byte", "int", "long",
    "float", "double", "str", "strl", "_all", "_n", "_b", "_cons",
})  # fmt: skip


@dataclass(frozen=True)
class Coded:
    """One code of a column: as the CSV holds it, as a number, and what it means."""

    code: str
    number: int
    label: str


@dataclass(frozen=True)
class Column:
    """One column of a labelled file.

    name: of the column; source: the CSV column it comes from; why: the CSV column with the kind of no answer, '' without;
    tick: the choice that a ticked column stands for.  label: the full text.
    """

    name: str
    source: str
    kind: Kind
    label: str
    codes: tuple[Coded, ...] = ()
    why: str = ""
    tick: str = ""


def labelled(book: Codebook, plan: Plan, lang: Lang, header: Sequence[str] = ()) -> tuple[Column, ...]:
    """Every column, in the order of the CSV's header; without one in the order of the contract.

    A column that neither the contract, the plan nor the questionnaire knows has its own name as its label.
    """
    names = header or _expected(book, plan)
    known = {v.name: v for v in book.variables}
    found: list[Column] = []
    taken: set[str] = set()
    for name in (n for n in names if not n.endswith("__why")):
        found += [_named(column, taken) for column in _columns(name, book, plan, known, lang)]
    return tuple(found)


def _expected(book: Codebook, plan: Plan) -> tuple[str, ...]:
    domains = [d.id for d in plan.domains if d.id not in FIXED]
    asked = [v.name for v in book.variables if carried(v)]
    return (*FIXED, *domains, *asked, *book.scales, *(f"reach{t}" for t in plan.thresholds))


def carried(v: Variable) -> bool:
    """Whether a question has a column in the microdata."""
    return not (v.private or v.repeat or v.name in KEYS or v.type in ("text", "date"))


def _columns(name: str, book: Codebook, plan: Plan, known: Mapping[str, Variable], lang: Lang) -> Iterator[Column]:
    base, _, year = name.rpartition("_")
    of_year = base if len(year) == 4 and year.isdigit() else name
    domain = next((d for d in plan.domains if d.id in (name, of_year)), None)
    scale = book.scales.get(name.removesuffix("_cmp"))
    if name in FIXED:
        kind, vi, en = FIXED[name]
        yield Column(name, name, kind, vi if lang == "vi" else en)
    elif domain:
        label = domain.label[lang] + (f" ({year})" if of_year != name else "")
        yield Column(name, name, "coded", label, numbered([(c.code, c.label[lang]) for c in domain.codes]))
    elif name in known:
        yield from _question(known[name], lang)
    elif scale:
        yield Column(name, name, "number", scale.label[lang], why=f"{name}__why")
    elif name.startswith("item_") and name[5:] in known:
        said = "trả lời theo hướng được tính điểm" if lang == "vi" else "the answer that scores"
        yield Column(name, name, "number", f"{known[name[5:]].label[lang]} ({said})", why=f"{name}__why")
    elif share := next((s for s in _shares() if s.id == name), None):
        yield Column(name, name, "number", share.label[lang], why=f"{name}__why")
    elif name.startswith("reach"):
        said = f"Đạt từ {name[5:]} điểm trở lên" if lang == "vi" else f"At or above {name[5:]} points"
        yield Column(name, name, "number", said, why=f"{name}__why")
    else:
        yield Column(name, name, "text", name)


def _shares() -> tuple[Share, ...]:
    from .indicators import SHARES

    return SHARES


def _question(v: Variable, lang: Lang) -> Iterator[Column]:
    why, real = f"{v.name}__why", [(c.code, c.label[lang]) for c in v.choices if c.why is None]
    if v.type == "codes":
        for code, label in real:
            ticks = tuple(Coded(str(n), n, texts[0 if lang == "vi" else 1]) for n, texts in TICKED.items())
            yield Column(f"{v.name}_{code}", v.name, "ticked", f"{v.label[lang]} - {label}", ticks, why, code)
    elif v.type == "code" and real:
        yield Column(v.name, v.name, "coded", v.label[lang], numbered(real), why)
    elif v.type in ("integer", "decimal"):
        yield Column(v.name, v.name, "number", v.label[lang], why=why)
    else:
        yield Column(v.name, v.name, "text", v.label[lang])


def numbered(codes: Sequence[tuple[str, str]]) -> tuple[Coded, ...]:
    """Codes as numbers: a whole number stays itself, the others take the next ones in list order."""
    whole = [int(code) for code, _ in codes if code.isdecimal()]
    following = max(whole, default=0)
    found = []
    for code, label in codes:
        if code.isdecimal():
            found.append(Coded(code, int(code), label))
        else:
            following += 1
            found.append(Coded(code, following, label))
    return tuple(found)


def _named(column: Column, taken: set[str]) -> Column:
    """A name that both programs take: at most 32 letters, no word of theirs, no two alike whatever the case."""
    name = column.name if column.name.lower() not in _RESERVED else f"{column.name}_"
    name, turn = name[:NAME], 1
    while name.lower() in taken:
        turn += 1
        name = f"{column.name[: NAME - len(str(turn)) - 1]}_{turn}"
    taken.add(name.lower())
    return Column(name, column.source, column.kind, column.label, column.codes, column.why, column.tick)


def cut(text: str, most: int, *, in_bytes: bool = False) -> str:
    """A label cut at a word so that it fits, ending in «…»; in_bytes: of UTF-8, as SPSS counts, else in characters."""

    def size(piece: str) -> int:
        return len(piece.encode()) if in_bytes else len(piece)

    text = " ".join(text.split())
    if size(text) <= most:
        return text
    kept = ""
    for word in text.split():
        longer = f"{kept} {word}".strip()
        if size(f"{longer}…") > most:
            break
        kept = longer
    while not kept and size(f"{text}…") > most:
        text = text[:-1]
    return f"{kept or text}…"
