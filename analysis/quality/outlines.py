"""The outlines of the province's communes and the reserves' bookkeeping, for the day's page.  No point of a household anywhere.

Imports checks, rows, shapes, the releases of this room, and forms (the province's folder).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms import province_folder

from ..sampling import releases
from ..shapes import shapes
from . import rows as r
from .checks import Checked, counted

if TYPE_CHECKING:
    from .field import Field


def outlines(seen: Field) -> Checked:
    """The check that finds nothing: communes as rings in whole units of a map; nothing without the file."""
    found = shapes(province_folder(seen.round.province))
    return Checked(texts={r.T_MAP: {"shapes": found}}) if found else Checked()


def reserves(seen: Field) -> Checked:
    """The check of what was released against what the field returned: findings of analysis.sampling.releases."""
    if not seen.sample:
        return Checked()
    came = [(seen.round.wave, v.psu, v.ssu, v.result) for v in seen.visits if counted(v)]
    return Checked((*releases.check(seen.releases, seen.sample), *releases.check_field(seen.releases, seen.sample, came)))
