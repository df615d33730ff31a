"""Word: a Document as BaoCao.docx, by the decree or in the province's own template, and the reading back of an edited file.

Doors: `write(document, template)`, `ready(template, ...)`, `verify(content, results)`.  Imports the modules of the folder late:
asking for help must not load python-docx.  Never sees microdata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms.door import lazy

if TYPE_CHECKING:
    from .file import write
    from .readback import verify
    from .template import ready

lazy(__name__, {"write": "file", "ready": "template", "verify": "readback"})

__all__ = ["ready", "verify", "write"]
