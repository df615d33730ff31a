"""Settings for every test: Hypothesis draws the same examples on every machine, and a slow machine fails nothing."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("bdg", derandomize=True, deadline=None, database=None)
settings.load_profile("bdg")
