"""Runs in .venv-kobo, where nothing of the project is: every .xlsx of a folder through its pyxform, told in JSON."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert


def main() -> None:
    """{version, forms: {stem: {xml, warnings} or {error}}}; KoboToolbox names the root after the project unless the form does."""
    found = {}
    for path in sorted(Path(sys.argv[1]).glob("*.xlsx")):
        try:
            result = convert(xlsform=BytesIO(path.read_bytes()), file_type=".xlsx", validate=False, form_name="aProjectUid")
            found[path.stem] = {"xml": str(result.xform), "warnings": list(result.warnings)}
        except PyXFormError as error:
            found[path.stem] = {"error": str(error)}
    json.dump({"version": version("pyxform"), "forms": found}, sys.stdout)


if __name__ == "__main__":
    main()
