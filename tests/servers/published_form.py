"""A small form that needs the sample's lists, a round that publishes it, and its submissions as a phone would write them.

Everything is made up: hamlets and households that exist nowhere, stamped as practice where the round is one.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

from forms.ledger import Round, new_round

FORM = """\
id: small
title: {vi: Khảo sát nhỏ, en: Small survey}
version: "2026010101"
mode: interviewer
scales:
  A: {kind: likert, low: 1, high: 3, min_answered: 1, label: {vi: Thái độ, en: Attitude}}
"""
LISTS = """\
yes_no:
  - {code: "yes", vi: Có, en: "Yes"}
  - {code: "no", vi: Không, en: "No"}
agree3:
  - {code: "1", vi: Phản đối, en: Against}
  - {code: "2", vi: Vừa phải, en: Between}
  - {code: "3", vi: Tán thành, en: In favour}
  - {code: dk, vi: Không biết, en: Do not know, why: dont_know}
ways:
  - {code: tv, vi: Ti vi, en: Television}
  - {code: radio, vi: Ra-đi-ô, en: Radio}
  - {code: loud, vi: Loa của thôn, en: Loudspeaker}
"""
COVER = """\
section: m0
label: {vi: Chung, en: Cover}
questions:
  - {name: questionnaire_digest, type: calculate, calculate: "'{digest}'"}
  - name: commune
    type: select_one
    file: communes.csv
    ask: {vi: "Xã nào?", en: "Which commune?"}
  - name: psu
    type: select_one
    file: hamlets.csv
    filter: commune = ${commune}
    ask: {vi: "Thôn nào?", en: "Which hamlet?"}
  - name: household
    type: select_one
    file: households.csv
    filter: psu = ${psu}
    ask: {vi: "Hộ nào?", en: "Which household?"}
  - name: round_kind
    type: calculate
    calculate: instance('hamlets')/root/item[name = ${psu}]/round_kind
  - name: n_members
    type: integer
    range: [0, 9]
    ask: {vi: "Nhà có mấy người?", en: "How many people?"}
  - section: member
    label: {vi: Người, en: Person}
    only_if: n_members > 0
    repeat: ${n_members}
    questions:
      - name: m_age
        type: integer
        range: [0, 110]
        ask: {vi: "Bao nhiêu tuổi?", en: "How old?"}
"""
SCORED = """\
section: m1
label: {vi: Ý kiến, en: Opinions}
questions:
  - name: a1
    type: select_one
    list: agree3
    ask: {vi: "Việc nhà là việc chung.", en: "Housework is shared work."}
    score: {scale: A}
  - name: ways
    type: select_multiple
    list: ways
    read_out: true
    order: fixed
    order_why: "từ gần đến xa"
    ask: {vi: "Nghe qua cách nào?", en: "Heard of it how?"}
  - name: remark
    type: text
    required: false
    private: true
    ask: {vi: "Nói thêm gì?", en: "Anything to add?"}
"""
_FILES = {"form.yaml": FORM, "lists.yaml": LISTS, "10_cover.yaml": COVER, "20_scored.yaml": SCORED}
SAMPLE = "wave,stratum,psu,ssu,commune,select_u,status,round_kind\n"
FRAME = "psu,commune,hamlet,households,persons,area,stratum,dtts\n"
PSUS = ("GL0001", "GL0002")
COMMUNES = ("21085", "21548")


def write_form(folder: Path, *changes: tuple[str, str]) -> Path:
    """The form's folder, with passages changed; each old passage stands there."""
    folder.mkdir(parents=True, exist_ok=True)
    text = dict(_FILES)
    for old, new in changes:
        (file,) = [name for name, body in text.items() if old in body]
        text[file] = text[file].replace(old, new, 1)
    for name, body in text.items():
        (folder / name).write_text(body, encoding="utf-8")
    return folder


def write_sample(folder: Path, kind: str = "practice", households: int = 3) -> Path:
    """sample.csv and frame.csv: two hamlets, some main households and one reserve each."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        f"2026,s,{psu},{n:03d},{COMMUNES[i]},0.{n}25,{'reserve' if n == households + 1 else 'main'},{kind}"
        for i, psu in enumerate(PSUS) for n in range(1, households + 2)
    ]  # fmt: skip
    (folder / "sample.csv").write_text(SAMPLE + "\n".join(rows) + "\n", encoding="utf-8")
    places = [f"{psu},{COMMUNES[i]},Thôn {i + 1},100,400,rural,s,0" for i, psu in enumerate(PSUS)]
    (folder / "frame.csv").write_text(FRAME + "\n".join(places) + "\n", encoding="utf-8")
    return folder / "sample.csv"


def make_round(
    folder: Path, url: str, server: Literal["central", "kobo"], *, user: str, project: str = "",
    kind: Literal["practice", "real"] = "practice",
) -> Round:  # fmt: skip
    """A round of the small form with its sample."""
    form = write_form(folder / "form")
    return new_round(
        folder / "r26", kind=kind, wave=2026, form=str(form), sample=write_sample(folder / "drawn", kind), server=url,
        server_kind=server, project=project, user=user,
    )  # fmt: skip


def submission(
    number: int, *, digest: str = "d", kind: str = "practice", ages: tuple[int, ...] = (), a1: str = "2", ways: str = "",
    remark: str = "", before: str = "", again: int = 0,
) -> str:  # fmt: skip
    """A submission's XML.  number: makes its id; before: instance id of the version it replaces; again: number of this edit."""
    member = "".join(f"<member><m_age>{age}</m_age></member>" for age in ages)
    old = f"<deprecatedID>{before}</deprecatedID>" if before else ""
    return (
        f'<data xmlns:orx="http://openrosa.org/xforms" id="small" version="2026010101"><m0>'
        f"<questionnaire_digest>{digest}</questionnaire_digest><commune>{COMMUNES[0]}</commune><psu>{PSUS[0]}</psu>"
        f"<household>2026-{PSUS[0]}-001</household><round_kind>{kind}</round_kind><n_members>{len(ages)}</n_members>{member}</m0>"
        f"<m1><a1>{a1}</a1><ways>{ways}</ways><remark>{escape(remark)}</remark></m1>"
        f"<orx:meta><orx:instanceID>{instance(number, again)}</orx:instanceID>{old.replace('deprecatedID', 'orx:deprecatedID')}"
        "</orx:meta></data>"
    )


def instance(number: int, again: int = 0) -> str:
    """The id of a submission, or of one of its edits."""
    return f"uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{number}.{again}')}"
