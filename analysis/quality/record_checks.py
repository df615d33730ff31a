"""The checks of records in the order of the daily page, and what each finding is called.

Imports the modules of these checks.  `RECORDS` is what the daily run takes.
"""

from __future__ import annotations

from .backcheck import back_checks
from .checks import Check, Checked
from .duplicates import near_duplicates, same_household
from .field import Field
from .positions import positions
from .record_rules import titles
from .timing import audit_logs, clocks
from .versions import edits, form_versions, shared_devices


def named(_: Field) -> Checked:
    """The titles of these checks' findings, in both languages."""
    return Checked(texts={"checks": titles()})


RECORDS: tuple[Check, ...] = (
    named, same_household, near_duplicates, form_versions, edits, shared_devices, positions, clocks, audit_logs, back_checks,
)  # fmt: skip
"""Every check of records."""
