"""What became of a question in one interview: five kinds, as small numbers.  Imports nothing."""

from __future__ import annotations

NOT_ASKED, GIVEN, DONT_KNOW, REFUSED, MISSING = range(5)
