"""Results without their hidden numbers: in the rows, and in every text that repeats one.

Imports results and publish.  Decides nothing: what is hidden is marked already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..publish import COUNT_BELOW, HIDE_BELOW
from ..results import Results, Row
from .families import secret_domains

HIDDEN_GROUP = {
    "claim": "none",
    "vi": "chưa kết luận cho mọi nhóm: có nhóm không công bố do ít quan sát",
    "en": "nothing is concluded for every group: one of them is not published, too few observations",
}


def stripped(results: Results, rows: Sequence[Row]) -> Results:
    """The results with these (marked) rows; hidden ones bare, texts without what they said."""
    secret = secret_domains(rows)
    waves = {wave for wave, _ in secret}
    bare = tuple(_bare(r, str(r.wave) in waves if _is_margin(r) else (str(r.wave), r.domain) in secret) for r in rows)
    return replace(results, rows=bare, texts=_texts(results.texts, rows), public=True)


def _bare(row: Row, secret: bool) -> Row:
    """secret: the size of the row's group is protected."""
    if row.publish == "hide":
        return replace(
            row, estimate=None, se=None, df=None, lower=None, upper=None, p_value=None, n=0, n_missing={}, psus=0, strata=0,
            deff=None, reason="", state="", status="ok", interval="",
        )  # fmt: skip
    if secret and _is_margin(row):
        return replace(row, n=0)
    if row.domain and row.n_missing and row.method != "census":
        return replace(row, n_missing={} if secret else {"missing": sum(row.n_missing.values())})
    return row


def _is_margin(row: Row) -> bool:
    """A category of a calibration margin: its respondents add up to groups."""
    return row.kind == "diagnostic" and row.indicator.startswith("margin ")


def _texts(texts: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    hidden = {r.key for r in rows if r.publish == "hide"}
    found = dict(texts)
    if isinstance(kept := texts.get("sample_profile"), Mapping):
        found["sample_profile"] = _profile(kept, rows)
    if isinstance(claims := texts.get("all_groups"), Mapping):
        found["all_groups"] = _claims(claims, rows)
    if isinstance(weighing := texts.get("weighing"), Mapping):
        found["weighing"] = _weighing(weighing)
    if isinstance(waves := texts.get("waves"), Mapping):
        found["waves"] = {wave: _visits(about) for wave, about in waves.items()}
    if isinstance(board := texts.get("dashboard"), Sequence):
        found["dashboard"] = [_entry(e, hidden) for e in board]
    return found


def _entry(entry: Mapping[str, Any], hidden: set[str]) -> dict[str, Any]:
    """A line of the dashboard; where its row is hidden, what was said of it goes too."""
    if not {entry.get("key"), *(entry.get("also") or ())} & hidden:
        return dict(entry)
    return {**entry, **dict.fromkeys(("said", "state", "progress"))}


def _weighing(weighing: Mapping[str, Any]) -> dict[str, Any]:
    """The steps of weighting without single people: the largest weights are persons of a stratum, each with a household."""
    open_ = {k: v for k, v in weighing.items() if k != "largest"}
    if isinstance(weighing.get("merged"), Sequence):
        open_["merged"] = [{k: v for k, v in one.items() if k != "respondents"} for one in weighing["merged"]]
    return open_


def _visits(about: Mapping[str, Any]) -> dict[str, Any]:
    """A wave's texts; results of visits that 1 to 4 households had are gone, and the next smallest with a single one."""
    told = (about.get("response") or {}).get("contacts")
    if not isinstance(told, Mapping):
        return dict(about)
    few = {code for code, n in told.items() if isinstance(n, int) and 0 < n < COUNT_BELOW}
    rest = sorted((n, code) for code, n in told.items() if isinstance(n, int) and n >= COUNT_BELOW and code != "completed")
    if len(few) == 1 and rest:
        few.add(rest[0][1])
    kept = {code: None if code in few else n for code, n in told.items()}
    return {**about, "response": {**about["response"], "contacts": kept}}


def _profile(kept: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    """Respondents and weighted shares of groups; none of a group that some row hides to protect people."""
    secret = secret_domains(rows)
    return {
        wave: {
            variable: {
                code: dict.fromkeys(about) if (wave, ((variable, code),)) in secret or _few(about) else dict(about)
                for code, about in codes.items()
            }
            for variable, codes in variables.items()
        }
        for wave, variables in kept.items()
    }  # fmt: skip


def _few(about: Mapping[str, Any]) -> bool:
    return 0 < (about.get("n") or 0) < HIDE_BELOW


def _claims(claims: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    """What may be said of every group of a domain: nothing, where one of the groups is hidden."""
    kept: set[str] = set()
    for r in rows:
        if r.kind == "target" and r.publish == "hide" and len(r.domain) == 1:
            kept.add(f"{r.indicator} {r.estimand} {r.domain[0][0]}")
    return {name: dict(HIDDEN_GROUP) if name in kept else dict(said) for name, said in claims.items()}
