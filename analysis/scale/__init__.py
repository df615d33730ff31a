"""Quality of a scale: reliability, one-factor model, differential item functioning, drift between waves.

Imports nothing until it is asked for.  The folder's own door: people, a design and the names of items go in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms.door import lazy

if TYPE_CHECKING:
    from .dif import dif
    from .drift import drift
    from .reliability import reliability

lazy(__name__, {"dif": "dif", "drift": "drift", "reliability": "reliability"})

__all__ = ["dif", "drift", "reliability"]
