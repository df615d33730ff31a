"""A lazy door: a package's names are loaded from their modules when they are first asked for (PEP 562).

Standard library only.  `bdg --help` imports every room; none of them may cost anything until it is used.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType


def lazy(package: str, home: Mapping[str, str]) -> None:
    """Make `package` a door. home: name -> the submodule that defines it.

    A name stays what the door says even where a submodule of the same name is imported (forms.codebook the function).
    """

    class Door(ModuleType):
        """The package with names that load themselves."""

        def __getattr__(self, name: str) -> object:
            if name not in home:
                raise AttributeError(f"module {package!r} has no attribute {name!r}")
            return getattr(import_module(f"{package}.{home[name]}"), name)

        def __setattr__(self, name: str, value: object) -> None:
            if name not in home or not isinstance(value, ModuleType):
                super().__setattr__(name, value)

    sys.modules[package].__class__ = Door
