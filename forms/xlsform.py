"""Questionnaire -> the sheets of an XLSForm. Pure: records in, sheets out.

Imports the records of this room only.  The file is workbook.py's, its conversion xform.py's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .condition import xpath
from .entities import LIST, UUID_FIELD, chooser, saved
from .question import DRAFT, FREE, HIDDEN, Label, Question, Questionnaire, Section
from .variant import EN, SILENCE, VI, Variant
from .wording import Said, alone, exclusive, of_choice, of_hint, of_question, of_refusals, of_required, of_section, together
from .workbook import Sheet

__all__ = ["EN", "VI", "constraint_of", "exclusive", "sheets", "survey_columns"]

_TEXTS = ("label", "hint", "constraint_message", "required_message")
_AUDIO = "media::audio"
_LOGIC = (
    "relevant", "required", "constraint", "calculation", "choice_filter", "repeat_count", "appearance", "parameters",
    "bind::type",
)  # fmt: skip
_ROOT = "data"
"""The name of a submission's root, written out: KoboToolbox would else take the project's id, and paths from /data fail."""
_PIXELS = "max-pixels=1280"
"""Pictures are made smaller before they are sent: readable, and a few hundred kB over a mountain connection."""
_BIND = {"int": "int", "decimal": "decimal", "date": "date"}


def sheets(form: Questionnaire, variant: Variant | None = None) -> tuple[Sheet, ...]:
    """survey, choices, settings, and entities where the variant has the sample as a list of entities."""
    variant = variant or Variant()
    rows = _Rows(form, variant, chooser(form) if variant.listing == "entities" else None)
    survey, choices = survey_columns(rows.variant), _choice_columns(form, rows.variant)
    entities = Sheet("entities", ("list_name", "entity_id"), ((LIST, f"${{{UUID_FIELD}}}"),))
    return (
        Sheet("survey", survey, tuple(_cells(row, survey) for row in rows.survey())),
        Sheet("choices", choices, tuple(_cells(row, choices) for row in rows.choices())),
        rows.settings(),
        *((entities,) if rows.chooser else ()),
    )


def survey_columns(variant: Variant) -> tuple[str, ...]:
    """The columns of the survey sheet: every text in every language, spoken texts where there are any, then the logic.

    Columns prepared for a language nobody has translated into are all there and all empty: pyxform then says nothing and makes no
    language of them, while a language with some columns missing is warned of, and a missing cell shows a dash on the phone.
    """
    save = ("save_to",) if variant.listing == "entities" else ()
    return ("type", "name", *_text_columns(_TEXTS, variant), *_LOGIC, *save)


def _choice_columns(form: Questionnaire, variant: Variant) -> tuple[str, ...]:
    filtered = dict.fromkeys(name for found in form.lists.values() for c in found.choices for name, _ in c.columns)
    return ("list_name", "name", *_text_columns(("label",), variant), *filtered)


def _text_columns(texts: Sequence[str], variant: Variant) -> tuple[str, ...]:
    names = (VI, EN, *(t.column for t in variant.languages), *variant.prepared)
    spoken = bool(variant.prepared) or any(t.audio for t in variant.languages)
    return tuple(f"{text}::{name}" for text in (*texts, *((_AUDIO,) if spoken else ())) for name in names)


def _cells(row: Mapping[str, str], columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(row.get(name, "") for name in columns)


@dataclass(frozen=True)
class _Rows:
    """The rows of one form in one variant. chooser: the question whose choices are entities, None without them."""

    form: Questionnaire
    variant: Variant
    chooser: Question | None

    def survey(self) -> Iterator[dict[str, str]]:
        save = saved(self.form) if self.chooser else {}
        for section in self.form.sections:
            for row in self._section(section):
                yield row | ({"save_to": save[row["name"]]} if row["name"] in save else {})

    def choices(self) -> Iterator[dict[str, str]]:
        used = {q.list for _, q in self.form.questions() if q.list}
        for name, found in self.form.lists.items():
            for choice in found.choices if name in used else ():
                said = of_choice(found, choice)
                row = {"list_name": name, "name": choice.code, **dict(choice.columns)}
                yield row | self._texts("label", [said]) | self._spoken(said)

    def settings(self) -> Sheet:
        form = self.form
        title = f"{form.title.vi} - {DRAFT}" if form.draft else form.title.vi
        named = "concat(" + ", '-', ".join(f"${{{n}}}" for n in form.instance_name) + ")" if form.instance_name else ""
        header = ("form_title", "form_id", "version", "default_language", "instance_name", "style", "name")
        return Sheet("settings", header, ((title, form.id, self.variant.version(form), VI, named, "pages", _ROOT),))

    def _texts(self, column: str, said: Sequence[Said]) -> dict[str, str]:
        """A cell in every language; a text that nobody has translated stands in Vietnamese."""
        if not said:
            return {}
        label = together(said)
        further = {f"{column}::{t.column}": t.of([s.key for s in said]) or label.vi for t in self.variant.languages}
        return {f"{column}::{VI}": label.vi, f"{column}::{EN}": label.en, **further}

    def _spoken(self, said: Said) -> dict[str, str]:
        """The sound of a text in every language, silence where it is not spoken; nothing when it is spoken in none."""
        if not self.variant.spoken(said.key):
            return {}
        files = {t.column: t.sound(said.key) for t in self.variant.languages}
        return {f"{_AUDIO}::{name}": files.get(name) or SILENCE for name in (VI, EN, *files)}

    def _section(self, section: Section) -> Iterator[dict[str, str]]:
        kind = "repeat" if section.repeat else "group"
        row = {"type": f"begin {kind}", "name": section.name, **self._texts("label", [of_section(section)])}
        row |= _relevant(section)
        if section.repeat and section.repeat != FREE:
            row["repeat_count"] = section.repeat
        if section.appearance:
            row["appearance"] = section.appearance
        yield row
        for item in section.items:
            if isinstance(item, Section):
                yield from self._section(item)
            else:
                yield self._question(item)
                if item is self.chooser:
                    look = f"instance('{LIST}')/root/item[key = ${{{item.name}}}]/name"
                    yield {"type": "calculate", "name": UUID_FIELD, "calculation": look}
        yield {"type": f"end {kind}", "name": section.name}

    def _question(self, q: Question) -> dict[str, str]:
        row = {"type": _type(q), "name": q.name}
        if q.type == "audit":
            return row | ({"parameters": q.parameters} if q.parameters else {})
        if q.type in HIDDEN and q.type != "calculate":
            return row
        row |= _relevant(q)
        if q.type == "calculate":
            row["calculation"] = " ".join((q.calculate or "").replace("{digest}", self.form.digest).split())
            return row | ({"bind::type": _BIND[q.value_type]} if q.value_type in _BIND else {})
        hint = of_hint(q)
        row |= self._texts("label", [of_question(q)]) | self._spoken(of_question(q)) | self._texts("hint", [hint] if hint else [])
        if q.required and q.type != "note":
            row |= {"required": "yes"} | self._texts("required_message", [of_required(self.form, q)])
        constraint, _ = constraint_of(self.form, q)
        if constraint:
            row |= {"constraint": constraint} | self._texts("constraint_message", of_refusals(self.form, q))
        if q.filter:
            row["choice_filter"] = q.filter
        if q.appearance:
            row["appearance"] = q.appearance
        by_key = "value=key" if q is self.chooser else ""
        small = _PIXELS if q.type == "image" and "max-pixels" not in q.parameters else ""
        parameters = " ".join(filter(None, (q.parameters, by_key, small, "randomize=true" if q.order == "random" else "")))
        return row | ({"parameters": parameters} if parameters else {})


def _relevant(item: Question | Section) -> dict[str, str]:
    """When it is asked: the condition, raw XPath (an imported form's), or both."""
    said = xpath(item.only_if) if item.only_if else ""
    both = f"({said}) and ({item.relevant})" if said and item.relevant else said or item.relevant or ""
    return {"relevant": both} if both else {}


def _type(q: Question) -> str:
    if q.type in ("select_one", "select_multiple"):
        return f"{q.type}_from_file {q.file}" if q.file else f"{q.type} {q.list}"
    return q.type


def constraint_of(form: Questionnaire, q: Question) -> tuple[str, Label | None]:
    """The XPath constraint of a question (range, must, own XPath, exclusive choices) and its message."""
    parts: list[str] = []
    if q.range:
        low, high = q.range
        parts.append(f". >= {low} and . <= {high}")
    if q.must:
        parts.append(xpath(q.must).replace(f"${{{q.name}}}", "."))
    if q.constraint:
        parts.append(q.constraint)
    if q.sum_of:
        parts.append(". = " + " + ".join(f"coalesce(${{{name}}}, 0)" for name in q.sum_of))
    if codes := alone(form, q):
        chosen = " or ".join(f"selected(., '{code}')" for code in codes)
        parts.append(f"not(({chosen}) and count-selected(.) > 1)")
    text = " and ".join(f"({p})" for p in parts) if len(parts) > 1 else "".join(parts)
    said = of_refusals(form, q)
    return text, together(said) if said else None
