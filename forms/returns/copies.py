"""One workbook for many units: it is written once with signs in place of a unit's name, and each unit's copy gets its own.

Imports records and template.  Writing 250 workbooks cell by cell takes minutes; they differ in a name and an id only, and
where a condition looks at something of the unit (its kind), in that, for which there is a workbook of its own.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from xml.sax.saxutils import escape

from ..condition import names
from .records import Layout, Tied
from .template import file_name, template_bytes

_ID, _NAME = "\ue000id\ue001", "\ue000name\ue001"
"""Signs from the private area of Unicode: no form and no name holds them."""
_LEVEL = 3
"""How hard a copy is packed: twice as fast as the usual six, a tenth larger."""


def copies(plan: Layout, tied: Iterable[Tied]) -> Iterator[tuple[str, bytes]]:
    """(file name, workbook) of every unit, in order."""
    looked = _looked_at(plan)
    written: dict[tuple[object, ...], dict[str, bytes]] = {}
    for one in tied:
        general = _general(plan, one, looked)
        key = (general.stamp, general.period, *sorted(general.known.items()), *sorted(general.given.items()))
        if key not in written:
            written[key] = _parts(template_bytes(plan, general))
        yield file_name(plan, one), _copy(written[key], one)


def _looked_at(plan: Layout) -> frozenset[str]:
    """The names that a condition of the form looks at: only these can make two units' workbooks differ."""
    trees = [t for page, f in plan.fields() for t in (page.asked_if, f.asked_if, f.question.must) if t is not None]
    return frozenset(n for tree in trees for n in names(tree))


def _general(plan: Layout, one: Tied, looked: frozenset[str]) -> Tied:
    given = {name: _ID if name == plan.unit else value for name, value in one.given.items()}
    shown = {name: _NAME if name == plan.unit else value for name, value in one.shown.items()}
    known = {name: value for name, value in one.known.items() if name in looked}
    return replace(one, unit_id=_ID, unit_name=_NAME, given=given, shown=shown, known=known)


def _parts(workbook: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as file:
        return {name: file.read(name) for name in file.namelist()}


def _copy(parts: dict[str, bytes], one: Tied) -> bytes:
    own = [(_ID.encode(), escape(one.unit_id).encode()), (_NAME.encode(), escape(one.unit_name).encode())]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in parts.items():
            for sign, text in own:
                body = body.replace(sign, text)  # noqa: PLW2901  the part as this unit has it
            file.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED, _LEVEL)
    return out.getvalue()
