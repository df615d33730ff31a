"""A small practice province with submissions made without the engine: fast, and independent of forms/rehearsal."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import escape

from analysis.sampling.practice import WINDOWS, Practice, practice, write_practice
from analysis.sampling.sample import Drawn
from forms import Codebook, codebook, load_places, load_questionnaire, province_folder, questionnaire_folder
from forms.condition import holds
from forms.rehearsal.exports import Received, write_all
from forms.rehearsal.fields import fields

Answers = dict[str, str | None]


@dataclass(frozen=True)
class Interview:
    """Answers by variable name, and the rows of the roster by variable name."""

    instance_id: str
    answers: Answers
    members: tuple[Mapping[str, str], ...]


@cache
def book() -> Codebook:
    return codebook(load_questionnaire(questionnaire_folder()))


@cache
def province() -> Practice:
    """14 hamlets of 4 households a wave in 6 strata, one reserve each."""
    return practice(load_places(province_folder()), 3, psus=14, households=4, reserves=1)


def interview(d: Drawn, seed: int = 0, *, met: float = 0.95) -> Interview:
    """One made-up interview; who is asked what follows the questionnaire's own conditions."""
    rng = Random(f"{seed}/{d.key}")
    first, last = WINDOWS[d.wave]
    n = rng.choice([1, 2, 2, 3])
    members = tuple(
        {
            "m_no": str(i + 1),
            "m_sex": rng.choice(["male", "female"]),
            "m_age": str(age),
            "m_relation": "head" if i == 0 else "child",
        }
        for i, age in enumerate(sorted((rng.randint(15, 80) for _ in range(n)), reverse=True))
    )
    pick = int(d.select_u * n)
    met_here = rng.random() < met
    known: Answers = {
        "start": f"{first}T08:00:00.000+07:00", "end": f"{first}T08:20:00.000+07:00", "deviceid": "practice:1",
        "interview_date": (first + timedelta(days=rng.randrange((last - first).days))).isoformat(),
        "questionnaire_digest": book().digest, "interviewer": str(rng.randint(1, 9)), "commune": d.commune, "psu": d.psu,
        "household": f"{d.wave}-{d.psu}-{d.ssu}", "ssu": d.ssu, "wave": str(d.wave), "round_kind": "practice",
        "select_u": str(d.select_u), "visit": "1", "contact": "met" if met_here else "nobody_home", "hh_size": str(n + 1),
        "n_eligible": str(n), "n_first": str(n), "roster_changed": "0", "pick": str(pick + 1), "sex": members[pick]["m_sex"],
        "age": members[pick]["m_age"], "p_select": repr(1 / n), "available": "available",
        "consent": "yes" if rng.random() < 0.95 else "no", "ref_code": "ab12cd34ef567",
    }  # fmt: skip
    answers: Answers = {}
    for v in book().variables:
        if v.repeat:
            continue
        asked = v.asked_if is None or holds(v.asked_if, answers)
        if v.name == "result":
            done = answers.get("consent") == "yes"
            answers["result"] = "completed" if done else "refused" if met_here else "nobody_home"
        else:
            answers[v.name] = (known[v.name] if v.name in known else _chosen(v, rng, d.wave)) if asked else None
    identity = uuid.UUID(bytes=hashlib.sha256(f"{seed}/{d.key}".encode()).digest()[:16], version=4)
    return Interview(f"uuid:{identity}", answers, members if met_here else ())


def _chosen(v: Any, rng: Random, wave: int) -> str | None:
    if v.type == "integer":
        return str(rng.randint(1, 20))
    real = [c.code for c in v.choices if not c.why]
    if not real:
        return None
    if v.key and rng.random() < (0.5 if wave == 2026 else 0.62):
        return str(v.key[0].value)
    if rng.random() < 0.04 and len(real) < len(v.choices):
        return str(rng.choice([c.code for c in v.choices if c.why]))
    return (
        " ".join(sorted(rng.sample(real, min(2, len(real))), key=v.codes.index)) if v.type == "codes" else str(rng.choice(real))
    )


def interviews(wave: int) -> list[Interview]:
    """One interview for each main household of a wave."""
    return [interview(d) for d in province().sample if d.wave == wave and d.status == "main"]


def change(some: Sequence[Interview], how: Callable[[Answers], Mapping[str, str | None]]) -> list[Interview]:
    """The interviews with some answers replaced."""
    return [replace(i, answers={**i.answers, **how(i.answers)}) for i in some]


def xml(i: Interview, *, form: str = "bdg_household", version: str | None = None, replaces: str = "") -> str:
    """The submission as the engine would serialise it; what was not asked is left out.  replaces: the id it is an edit of."""
    tree: dict[str, Any] = {}
    for v in book().variables:
        if not v.repeat and (text := i.answers.get(v.name)) is not None:
            _put(tree, v.path.split("/"), escape(text))
    for member in i.members:
        row = "".join(f"<{k}>{t}</{k}>" for k, t in member.items())
        tree.setdefault("m1", {}).setdefault("member", []).append(row)
    head = f'<data id="{form}" version="{version or book().version}" xmlns:h="http://openrosa.org/xforms">'
    meta = f"<instanceID>{i.instance_id}</instanceID>" + (f"<deprecatedID>{replaces}</deprecatedID>" if replaces else "")
    return f'<?xml version="1.0"?>{head}{_nodes(tree)}<meta>{meta}</meta></data>'


def _put(tree: dict[str, Any], path: Sequence[str], text: str) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = text


def _nodes(node: Any) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, list):
        return ""
    parts = []
    for name, inside in node.items():
        for one in inside if isinstance(inside, list) else [inside]:
            parts.append(f"<{name}>{_nodes(one)}</{name}>")
    return "".join(parts)


def write_xml(some: Sequence[Interview], folder: Path) -> Path:
    """A folder of submission XML."""
    folder.mkdir(parents=True, exist_ok=True)
    for n, i in enumerate(some):
        (folder / f"{n:04d}.xml").write_text(xml(i), encoding="utf-8")
    return folder


def write_sources(some: Sequence[Interview], folder: Path) -> dict[str, Path]:
    """The same interviews as a folder of XML, Central's OData and CSV, and KoBo's XLSX."""
    folder.mkdir(parents=True, exist_ok=True)
    form = load_questionnaire(questionnaire_folder())
    received = [Received(i.instance_id, xml(i), f"{i.answers['interview_date']}T12:00:00.000Z") for i in some]
    write_all(form, fields(form), received, folder)
    return {
        "xml": folder / "xml", "odata": folder / "odata", "csv": folder / "submissions.csv.zip", "kobo": folder / "kobo.xlsx",
    }  # fmt: skip


def write_sample(folder: Path) -> Path:
    """frame.csv, psu_links.csv, sample.csv and waves.yaml; gives sample.csv."""
    write_practice(province(), folder)
    return folder / "sample.csv"
