"""XLSForm bytes -> XForm, by pyxform, and the verdict of ODK Validate on it.

The one typed adapter to pyxform.  A form with any error or any warning is refused.
"""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import java
from .errors import refuse


@dataclass(frozen=True)
class XForm:
    """The XML that ODK Collect reads. media: names of the list files it wants beside it."""

    xml: str
    media: tuple[str, ...]


def convert(xlsx: bytes, name: str, *, validated: bool = True) -> XForm:
    """Convert, and unless told otherwise validate (ODK Validate takes most of the time).

    FORM-017 pyxform refuses the form; FORM-018 ODK Validate refuses it; FORM-020 either of them warns.
    """
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert as pyxform_convert

    try:
        result = pyxform_convert(xlsform=io.BytesIO(xlsx), file_type=".xlsx", validate=False, form_name="data")
    except PyXFormError as error:
        raise refuse("FORM-017", name, got=str(error)) from None
    if result.warnings:
        raise refuse("FORM-020", name, got="; ".join(result.warnings))
    xml = str(result.xform)
    if validated:
        validate(xml, name)
    return XForm(xml, tuple(sorted(set(re.findall(r'src="jr://file(?:-csv)?/([^"]+)"', xml)))))


def validate(xml: str, name: str) -> None:
    """Run ODK Validate on an XForm. FORM-018 on an error, FORM-020 on a warning."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xml"
        path.write_text(xml, encoding="utf-8")
        done = subprocess.run(
            [str(java.executable()), "-Dfile.encoding=UTF-8", "-jar", str(java.jar()), str(path)],
            capture_output=True, text=True, encoding="utf-8", errors="replace", check=False, timeout=120,
        )  # fmt: skip
    lines = (done.stdout + done.stderr).splitlines()
    said = "\n".join(line for line in lines if not re.match(r"^\s*(WARNING|SLF4J|\tat )", line))
    if done.returncode != 0 or "Xform is valid" not in said:
        raise refuse("FORM-018", name, got=" | ".join(line.strip() for line in said.splitlines() if line.strip())[:800])
    if re.search(r"\bwarning\b", said, re.IGNORECASE):
        raise refuse("FORM-020", name, got=said.strip()[:800])
