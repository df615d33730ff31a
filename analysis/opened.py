"""One run, opened for a question of one's own: the people with their words, the design, the codebook, the results.

Imports the forms door, design_record and results; pandas late.  Sees people (restricted/microdata.parquet): what is opened here
stays on the machine that may hold it.  Nothing is opened whose parts do not belong together: the numbers of results.json must
come out again from the people and the design that are handed over.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from forms import Codebook, codebook, load_questionnaire, questionnaire_folder, refuse
from forms.question import Lang

from . import design_record
from .design import Design
from .results import Results, Row, read_results

if TYPE_CHECKING:
    import pandas as pd

RESULTS, PEOPLE = "results.json", "restricted/microdata.parquet"
STAMP: Final = {True: "SỐ LIỆU GIẢ LẬP - CHỈ DÙNG ĐỂ TẬP HUẤN", False: "SỐ LIỆU HẠN CHẾ - KHÔNG GỬI ĐI / RESTRICTED DATA"}
ALIKE = 1e-9
"""How far a number worked out again may lie from the one of results.json: rounding of sums in another order, no more."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A run folder in memory.

    data: a row a person, all waves; the columns of the microdata (docs/contract.md) and those that the design names.
    data.attrs["labels"]: column -> its Vietnamese name.  design: as the report's variances use it.  codebook: of the
    questionnaire that was asked.  results: every row of results.json, the restricted ones too.
    """

    data: pd.DataFrame
    design: Design
    codebook: Codebook
    results: Results

    @property
    def practice(self) -> bool:
        """Whether everything here was made up for training."""
        return self.results.practice

    @property
    def stamp(self) -> str:
        """What stands over everything made from this."""
        return STAMP[self.practice]

    @property
    def waves(self) -> tuple[int, ...]:
        """The waves in order."""
        return tuple(sorted({int(w) for w in self.data["wave"]}))

    def rows(self, **wanted: object) -> tuple[Row, ...]:
        """The rows of results.json whose fields are those asked for; domain={} is everybody, {"sex": "male"} one group.

        by="sex": all groups of one domain.  In order of indicator, domain, wave, method.  A word that no row has gives ().
        """
        by = wanted.pop("by", None)
        if isinstance(wanted.get("domain"), Mapping):
            wanted["domain"] = tuple(sorted(dict(wanted["domain"]).items()))  # type: ignore[call-overload]  # a Mapping, just seen
        found = [r for r in self.results.rows if all(getattr(r, name) == value for name, value in wanted.items())]
        if by is not None:
            found = [r for r in found if [name for name, _ in r.domain] == [by]]
        return tuple(sorted(found, key=lambda r: (r.indicator, r.category, r.domain, r.wave, r.estimand, r.method)))

    def row(self, **wanted: object) -> Row:
        """The one row that is asked for.  KeyError when there is none, or several: name more of its fields."""
        found = self.rows(**wanted)
        if len(found) != 1:
            raise KeyError(f"{len(found)} rows: {wanted}")
        return found[0]

    @staticmethod
    def number(value: float | None, decimals: int = 1) -> str:
        """A number as a Vietnamese office writes it: «54,3»; «...» for none."""
        return "..." if value is None else f"{value:.{decimals}f}".replace(".", ",")

    def said(self, row: Row, decimals: int = 1) -> str:
        """One row in one line: estimate, interval, people and hamlets; «(*)» when it is hidden, the reason when there is none."""
        if row.publish == "hide":
            return "(*) không công bố do ít quan sát / hidden"
        if row.estimate is None:
            return f"... {row.reason}"
        value, low, high = (self.number(x, decimals) for x in (row.estimate, row.lower, row.upper))
        return f"{value} (KTC 95%: {low} - {high}), n = {row.n}, địa bàn / PSUs = {row.psus}"

    def group(self, row: Row, lang: Lang = "vi") -> str:
        """Whose number a row is, in words."""
        everybody = "Chung" if lang == "vi" else "All"
        return ", ".join(self.label(name, code, lang) for name, code in row.domain) or everybody

    def label(self, column: str, code: str = "", lang: Lang = "vi") -> str:
        """What a column is called, or (with a code) what its code means; the name itself when nobody has named it."""
        domain = self.results.texts.get("domains", {}).get(column)
        if domain:
            words = domain["codes"].get(code) if code else domain["label"]
            return str(words[lang]) if words else code
        variable = next((v for v in self.codebook.variables if v.name == column.removeprefix("item_")), None)
        if variable:
            choice = next((c for c in variable.choices if c.code == code), None)
            return (choice.label[lang] if choice else code) if code else variable.label[lang]
        return code or self._named(column, lang)

    def labelled(self, lang: Lang = "vi") -> pd.DataFrame:
        """The same people with words in place of codes: groups and one-answer questions, as ordered categories."""
        import pandas as pd

        found = {}
        for name in map(str, self.data.columns):
            codes = self._codes(name)
            if codes:
                words = {code: self.label(name, code, lang) for code in codes}
                kind = pd.CategoricalDtype(list(dict.fromkeys(words.values())), ordered=True)
                found[name] = self.data[name].map(words).astype(kind)
        return self.data.assign(**found)

    def items(self, scale: str) -> pd.DataFrame:
        """The people with the points 0-100 of a scale's items in place of the answers, reversed items turned around.

        BdgError STAT-062 when the codebook has no such scale.
        """
        from .scales import item_points

        return self.data.assign(**{str(name): column for name, column in item_points(self.data, self.codebook, scale).items()})

    def _named(self, column: str, lang: Lang) -> str:
        from .labels import FIXED

        told = self.results.texts.get("indicators", {}).get(column)
        if told:
            return str(told["label"][lang])
        return FIXED[column][1 if lang == "vi" else 2] if column in FIXED else column

    def _codes(self, column: str) -> tuple[str, ...]:
        """The codes of a column whose cells are one code each."""
        domain = self.results.texts.get("domains", {}).get(column)
        if domain:
            return tuple(domain["codes"])
        return next((v.codes for v in self.codebook.variables if v.name == column and v.type == "code"), ())


def open(folder: Path | str, *, questionnaire: Path | None = None) -> Opened:  # noqa: A001  the door's own word: analysis.open
    """Open the folder that `bdg analysis run` or `bdg demo` wrote: results.json and restricted/microdata.parquet.

    questionnaire: the folder of the questionnaire that was asked, default the shipped one.
    BdgError DATA-225 no such run; DATA-226 people and results of different runs; DATA-227 people without their design;
    DATA-228 another questionnaire; DATA-229 a margin of the weights that the microdata do not hold.
    """
    home = Path(folder)
    results = _results(home)
    book = codebook(load_questionnaire(questionnaire or questionnaire_folder()))
    if book.digest != results.digests.get("questionnaire"):
        raise refuse("DATA-228", RESULTS, expected=results.digests.get("questionnaire", "-")[:12], got=book.digest[:12])
    people = _people(home)
    record = people.attrs.pop(design_record.KEY, None)
    if not isinstance(record, Mapping) or record.get("schema") != design_record.SCHEMA or set(record) != design_record.FIELDS:
        raise refuse("DATA-227", PEOPLE, expected=design_record.SCHEMA, got="-")
    try:
        design, data = design_record.applied(record, people)
    except KeyError as gone:
        raise refuse("DATA-229", PEOPLE, expected=gone.args[0], column=gone.args[0]) from gone
    found = Opened(data, design, book, results)
    _together(found)
    data.attrs["labels"] = {name: found.label(name) for name in map(str, data.columns) if not name.endswith("__why")}
    return found


def _results(home: Path) -> Results:
    if not (home / RESULTS).is_file() or not (home / PEOPLE).is_file():
        absent = next(name for name in (RESULTS, PEOPLE) if not (home / name).is_file())
        raise refuse("DATA-225", home.name, expected=f"{RESULTS}, {PEOPLE}", got=f"- {absent}", file=absent)
    try:
        return read_results(home / RESULTS)
    except (ValueError, KeyError, TypeError) as error:
        raise refuse("DATA-225", home.name, expected="results/1", got=type(error).__name__, file=RESULTS) from error


def _people(home: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_parquet(home / PEOPLE)
    except (ValueError, OSError) as error:  # ArrowInvalid is a ValueError
        raise refuse("DATA-227", PEOPLE, expected=design_record.SCHEMA, got=type(error).__name__) from error


def _together(run: Opened) -> None:
    """DATA-226 unless the people give the numbers of results.json again: who they are, what they weigh, the headline."""
    weights = run.results.texts.get("weights", {})
    said = {w: (int(t["n"]), float(t["sum"])) for w, t in weights.items()}
    here = {str(w): (len(p), float(p["weight"].sum())) for w, p in run.data.groupby("wave")}
    for wave in sorted({*said, *here}):
        (n, total), (people, weight) = said.get(wave, (0, 0.0)), here.get(wave, (0, 0.0))
        if n != people or not _same(total, weight):
            raise refuse("DATA-226", PEOPLE, expected=f"{wave}: n {n}, {total:.6g}", got=f"{wave}: n {people}, {weight:.6g}")
    from .estimate import estimate

    for row in estimate(run.data, run.design, "score"):
        for told in run.rows(kind="level", indicator="score", estimand="mean", wave=row.wave, domain={}, method=""):
            for name in ("estimate", "se", "df"):
                old, new = getattr(told, name), getattr(row, name)
                if not _same(old, new):
                    raise refuse("DATA-226", PEOPLE, expected=f"score {row.wave} {name} {old}", got=f"{new}")


def _same(one: float | None, two: float | None) -> bool:
    if one is None or two is None:
        return one is two
    return math.isclose(one, two, rel_tol=ALIKE, abs_tol=ALIKE)
