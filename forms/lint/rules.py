"""Every rule of practice and of the engines' traps, by its code; and all findings on one form.

Imports the modules of this folder only.  A rule is a function: a questionnaire in, findings out; none writes, none asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ..errors import Problem
from ..question import Questionnaire
from ..snapshot import Snapshot
from . import choices, engine, names, reach, screens, wording

Rule = Callable[[Questionnaire], Iterable[Problem]]
RULES: Mapping[str, Rule] = {
    "LINT-001": engine.known_appearances,
    "LINT-002": engine.plain_characters,
    "LINT-003": names.lasting_names,
    "LINT-004": names.one_name_one_column,
    "LINT-005": engine.fitting_parameters,
    "LINT-006": engine.once_outermost,
    "LINT-007": engine.no_ghost_repeats,
    "LINT-008": engine.typed_numbers,
    "LINT-009": engine.own_lookups,
    "LINT-010": wording.plain_words,
    "LINT-011": wording.one_idea,
    "LINT-012": choices.answers_on_offer,
    "LINT-013": choices.order_declared,
    "LINT-014": screens.fits_a_phone,
    "LINT-015": screens.readable,
    "LINT-016": wording.both_directions,
    "LINT-017": reach.reachable,
    "LINT-018": reach.answerable,
    "LINT-019": choices.one_code_one_meaning,
    "LINT-020": wording.both_languages,
    "LINT-021": engine.nothing_required_of_nobody,
    "LINT-022": reach.said_why,
    "LINT-023": choices.standing_alone,
    "LINT-024": reach.bounded,
    "LINT-025": choices.different_choices,
    "LINT-026": screens.not_too_long,
    "LINT-027": engine.same_in_both_engines,
}


def findings(form: Questionnaire, earlier: Sequence[Snapshot] = ()) -> tuple[Problem, ...]:
    """What the rules have to say of a form, each once, in the order of the rules.

    earlier: the form as earlier waves' locks keep it, for codes that changed their meaning.
    """
    found = [p for rule in RULES.values() for p in rule(form)]
    return tuple(dict.fromkeys([*found, *choices.codes_of_earlier_waves(form, earlier)]))
