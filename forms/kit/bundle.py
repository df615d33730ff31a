"""The kit as files: what every team shares, what each team carries, and the training project beside it.

Imports the room's builders and this room's pages.  Works in memory: nothing is written before everything is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ..codebook import codebook
from ..errors import refuse
from ..help_card import HelpCard
from ..media import Hamlet, Household, lists
from ..question import Questionnaire
from ..survey import SurveyPlan
from ..workbook import workbook_bytes
from ..xform import convert
from ..xlsform import sheets
from . import guide as guides
from .card_page import card_page
from .codebook_page import codebook_html
from .cognitive import cognitive
from .collect import Access, Kind, Server, apart
from .page import Language, Page
from .pages import html_bytes
from .paper import foot, paper, stamps
from .paper_word import word_bytes
from .sheet import has_code, sheet
from .showcards import showcards
from .slip import pick_table, slip
from .teams import Team
from .training import COMMUNES, training_form, training_places

_LANGUAGES: tuple[Language, Language] = ("vi", "en")
SHARED, TEAM, TRAINING = "chung", "doi", "taphuan"
"""Folders: of every team, of one team, of the training project."""


@dataclass(frozen=True)
class Field:
    """Where the teams work.  households, hamlets: of the wave's sample; communes: code -> name; counts: psu -> (main, done).

    month: of fieldwork, for the help card; card: None when the kit is made without one.
    """

    wave: int
    households: tuple[Household, ...]
    hamlets: tuple[Hamlet, ...]
    communes: Mapping[str, str]
    survey: SurveyPlan
    teams: tuple[Team, ...]
    month: date
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    card: HelpCard | None = None
    minutes: int | None = None

    @property
    def practice(self) -> bool:
        """Made-up households only."""
        return {h.round_kind for h in self.households} == {"practice"}


@dataclass(frozen=True)
class Servers:
    """Where the phones send.  access, training_access: team -> its way in; kind: what is explained when nothing is known."""

    kind: Kind
    real: Server | None = None
    training: Server | None = None
    access: Mapping[str, Access] = field(default_factory=dict)
    training_access: Mapping[str, Access] = field(default_factory=dict)


def shared(form: Questionnaire, *, practice: bool, known: guides.Facts | None = None) -> dict[str, bytes]:
    """What does not depend on teams: paper, show-cards, guide (when its facts are given), codebook."""
    from ..build import codebook_sheet

    files: dict[str, bytes] = {}
    for lang in _LANGUAGES:
        marks, below = stamps(form, lang, practice=practice), foot(form, lang)
        files |= _both(f"{SHARED}/PhieuGiay_{lang}", paper(form, lang, practice=practice))
        held = showcards(form, lang, stamps=marks, foot=below)
        files |= _both(f"{SHARED}/TheTraLoi_{lang}", held) if held else {}
        if known:
            files |= _both(f"{SHARED}/SoTay_{lang}", guides.guide(form, known, lang, stamps=marks, foot=below))
    book = codebook(form)
    files[f"{SHARED}/SoMa.html"] = codebook_html(book, stamps(form, "vi", practice=practice), foot(form, "vi"))
    files[f"{SHARED}/{form.id}_codebook.xlsx"] = workbook_bytes([codebook_sheet(book)])
    return files


def cognitive_kit(form: Questionnaire) -> dict[str, bytes]:
    """The guide for cognitive interviews, in both languages."""
    files: dict[str, bytes] = {}
    for lang in _LANGUAGES:
        files |= _both(f"PhongVanNhanThuc_{lang}", cognitive(form, lang))
    return files


def whole_kit(form: Questionnaire, where: Field, servers: Servers) -> dict[str, bytes]:
    """Every file of a kit by its path.

    A practice sample makes a practice kit: the training form, stamped, and no sheet of the real project.  BdgError: FORM-113
    when the training project could reach the real one, FORM-116, FORM-060, FORM-061.
    """
    apart(servers.real, servers.access, servers.training, servers.training_access)
    practice = where.practice
    known = guides.facts(form, where.survey, where.wave, where.minutes)
    used = training_form(form) if practice else form
    files = _card(used, where)  # first: what may not be printed stops the kit before anything is drawn
    files |= shared(used, practice=practice, known=known)
    for team in where.teams:
        files |= _team(used, team, where, known, servers)
    return files | _training(form, where, servers)


def _card(form: Questionnaire, where: Field) -> dict[str, bytes]:
    if where.card is None:
        return {}
    code = any(q.name == "ref_code" for _, q in form.questions())
    touched = {h.commune: where.communes[h.commune] for h in where.households}
    files: dict[str, bytes] = {}
    for lang in _LANGUAGES:
        marks = stamps(form, lang, practice=where.practice)
        found = card_page(
            where.card, touched, where.month, lang, practice=where.practice, code=code, stamps=marks, foot=foot(form, lang)
        )
        files |= _both(f"{SHARED}/TheHoTro_{lang}", found)
    return files


def _team(form: Questionnaire, team: Team, where: Field, known: guides.Facts, servers: Servers) -> dict[str, bytes]:
    hamlets = {h.psu: h for h in where.hamlets}
    main = Counter(h.psu for h in where.households if not h.replaces)
    marks, below, at = stamps(form, "vi", practice=where.practice), foot(form, "vi"), f"{TEAM}/{team.name}"
    files = _both(f"{at}/PhieuBuoiToi", slip(team, "vi", hamlets, main, where.counts, marks, below))
    if any(q.name == "select_u" for _, q in form.questions()):
        files |= _both(f"{at}/ChonNguoi", pick_table(team, "vi", form, hamlets, where.households, known.age_min, marks, below))
    access = servers.access.get(team.name, Access())
    if not where.practice and has_code(servers.real, access):
        made = sheet(
            team, servers.real, access, "vi", kind=servers.kind, training=False, form=form.id, hamlets=hamlets,
            communes=where.communes, counts=main, stamps=marks, foot=below,
        )  # fmt: skip
        files |= _both(f"{at}/CaiDat", made)
    return files


def _training(form: Questionnaire, where: Field, servers: Servers) -> dict[str, bytes]:
    """The training project: its form, its places, a sheet a team.  A real sample never enters it."""
    own = training_form(form)
    xlsx = workbook_bytes(sheets(own))
    made = convert(xlsx, f"{own.id}.xlsx")
    households, hamlets = (where.households, where.hamlets) if where.practice else training_places(where.wave)
    communes = where.communes if where.practice else COMMUNES
    if any(h.round_kind != "practice" for h in households):
        raise refuse("FORM-110", "--practice", expected="round_kind practice", got="real", kind="real")
    files = {f"{TRAINING}/{own.id}.xlsx": xlsx, f"{TRAINING}/{own.id}.xml": made.xml.encode()}
    files |= {f"{TRAINING}/{name}": body for name, body in lists(households, hamlets, communes).items()}
    for team in where.teams:
        access = servers.training_access.get(team.name, Access())
        page = sheet(
            team, servers.training, access, "vi", kind=servers.kind, training=True, form=own.id, hamlets={}, communes={},
            counts={}, stamps=stamps(own, "vi", practice=True), foot=foot(own, "vi"),
        )  # fmt: skip
        files |= _both(f"{TRAINING}/{team.name}/CaiDat_TapHuan", page)
    return files


def _both(name: str, page: Page) -> dict[str, bytes]:
    """A page as Word and as HTML."""
    return {f"{name}.docx": word_bytes(page), f"{name}.html": html_bytes(page)}


def psus(households: Sequence[Household]) -> tuple[str, ...]:
    """The hamlets of a wave's sample, in sample order."""
    return tuple(dict.fromkeys(h.psu for h in households))
