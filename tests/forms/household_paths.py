"""Interviews of the household form in JavaRosa, described by what differs from a plain one: what the tests of its paths share."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from forms.build import build
from forms.load import questionnaire_folder
from tests.forms.writing import drive

COMMUNE, PSU = "21025", "GL0001"
HOUSEHOLDS = {
    # number: (select_u, vignette_arm, list_arm, panel_code, panel_sex, panel_birth)
    "011": ("0.9", "1", "1", "", "", ""),
    "012": ("0.9", "2", "2", "", "", ""),
    "013": ("0.9", "", "", "", "", ""),
    "014": ("0.9", "1", "2", "QN-7KX", "female", "1955"),
}
"""select_u = 0.9: of two members the second is selected, of one the first."""
PLAIN: Mapping[str, str] = {
    "interviewer": "3", "interviewer_sex": "female", "commune": COMMUNE, "psu": PSU, "visit": "1", "contact": "met",
    "interview_language": "vi", "interpreter": "none", "hh_size": "4", "n_eligible": "2", "available": "available",
    "alone_start": "here", "guardian": "yes", "guardian_sensitive": "yes", "assent": "yes", "consent": "yes",
    "consent_sensitive": "yes", "exp_any": "2", "exp_face": "1", "month_heard": "yes", "alone": "yes", "info_any": "yes",
}  # fmt: skip


@dataclass(frozen=True)
class Walked:
    """One interview: the questions shown in order, the constraints that stopped an answer, the submission."""

    asked: tuple[str, ...]
    hits: Mapping[str, int]
    root: ET.Element

    def __getitem__(self, name: str) -> str | None:
        """What the submission holds of a question; None when the node is not in it or is empty."""
        return self.root.findtext(f".//{name}") or None

    def after(self, name: str) -> tuple[str, ...]:
        """What was shown after a question."""
        return self.asked[self.asked.index(name) + 1 :]


def wanted(number: str = "011", ages: Sequence[int] = (66, 40), **answers: str | list[str]) -> dict[str, Any]:
    """One interview for `walk`: household number, ages of the members from the oldest (women), answers that differ from PLAIN."""
    given = {**PLAIN, "household": f"2026-{PSU}-{number}", "n_eligible": str(len(ages)), **answers}
    rosters = {"m_sex": [["female"] for _ in ages], "m_age": [[str(a)] for a in ages], "m_relation": [["other"] for _ in ages]}
    return {"answers": {k: v if isinstance(v, list) else [v] for k, v in given.items()}, "rosters": rosters}


def switched_on(folder: Path, *switches: str) -> Path:
    """A copy of the shipped form with switches turned on in form.yaml."""
    shutil.copytree(questionnaire_folder(), folder)
    text = (folder / "form.yaml").read_text(encoding="utf-8")
    for name in switches:
        assert text.count(f"{name}: false") == 1
        text = text.replace(f"{name}: false", f"{name}: true")
    (folder / "form.yaml").write_text(text, encoding="utf-8")
    return folder


def put(folder: Path, xml: str) -> Path:
    """The form and the lists that travel with it, in a folder of their own; gives the form's file."""
    folder.mkdir(parents=True, exist_ok=True)
    names = "name,label,key,psu,ssu,select_u,vignette_arm,list_arm,form_arm,panel_code,panel_sex,panel_birth"
    lines = []
    for number, (u, vignette, counting, *panel) in HOUSEHOLDS.items():
        key = f"2026-{PSU}-{number}"
        lines.append(",".join([key, f"Hộ {number}", key, PSU, number, u, vignette, counting, "1", *panel]))
    (folder / "communes.csv").write_text(f"name,label\n{COMMUNE},Xã GL\n", encoding="utf-8")
    hamlets = f"name,label,commune,wave,round_kind\n{PSU},Thôn GL-001,{COMMUNE},2026,practice\n"
    (folder / "hamlets.csv").write_text(hamlets, encoding="utf-8")
    (folder / "households.csv").write_text("\n".join([names, *lines]) + "\n", encoding="utf-8")
    (folder / "form.xml").write_text(xml, encoding="utf-8")
    return folder / "form.xml"


def walk(form: Path, xform: Path, scenes: Mapping[str, dict[str, Any]], language: str = "Tiếng Việt (vi)") -> dict[str, Walked]:
    """Every scene through the engine, in one process; nothing may fail when the form is finalised."""
    job = {"folder": str(form), "xform": str(xform), "language": language, "interviews": list(scenes.values())}
    found = drive(job)
    assert found["invalid"] == {}
    stuck = {name: i["asked"][-1] for name, i in zip(scenes, found["interviews"], strict=True) if not i["xml"]}
    assert stuck == {}
    walked = [Walked(tuple(i["asked"]), i["hits"], ET.fromstring(i["xml"])) for i in found["interviews"]]
    return dict(zip(scenes, walked, strict=True))


def on_form(room: Path, *switches: str) -> tuple[Path, Path]:
    """(questionnaire's folder, XForm) of the shipped form with switches on, built and laid out in `room`."""
    folder = switched_on(room / "household", *switches)
    return folder, put(room / "phone", build(folder).xform.xml)
