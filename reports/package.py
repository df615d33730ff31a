"""Office packages made byte-identical: fixed dates, fixed order, nothing of the machine.

Imports the standard library only.
"""

from __future__ import annotations

import io
import zipfile

EPOCH = (1980, 1, 1, 0, 0, 0)
FIRST = "[Content_Types].xml"


def rezip(content: bytes) -> bytes:
    """The same members in a fixed order with a fixed date (ZIP knows nothing before 1980)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for name in sorted(old.namelist(), key=lambda n: (n != FIRST, n)):
            about = zipfile.ZipInfo(name, EPOCH)
            about.compress_type, about.create_system, about.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            new.writestr(about, old.read(name))
    return out.getvalue()
