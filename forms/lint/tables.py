"""The tables beside the rules: limits, words, appearances, parameters, reserved names.

Imports yaml through nothing but the standard loader; the one place that reads the YAML files of this folder.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


@cache
def table(name: str) -> Any:
    """<name>.yaml of this folder: practice, words, appearances, parameters or reserved."""
    import yaml

    return yaml.safe_load((_HERE / f"{name}.yaml").read_text(encoding="utf-8"))
