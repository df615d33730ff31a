"""The key of a round: from the system's key store or the environment, never from a file beside the data.

Standard library, errors, round; keyring and platformdirs inside.  No message ever shows a key or a password.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import secrets
from pathlib import Path

from ..errors import refuse
from .cipher import KEY_BYTES
from .round import Round

SERVICE = "bdg"
VARIABLE = "BDG_ROUND_KEY"
"""Environment variable with the key as base64 of 32 bytes; BDG_ROUND_KEY_<id of the round> goes before it."""


def round_key(of: Round, *, make: bool = False) -> bytes:
    """The 32 bytes that open a round.  make: create and keep one where there is none yet (a new round).

    Order: environment; for practice rounds only a file in the user's own folder, so that a course needs no key store; the
    system's key store.  DATA-090 when there is none, DATA-091 when it is not base64 of 32 bytes, DATA-092 when a new
    one cannot be kept safely.
    """
    for name in (f"{VARIABLE}_{of.id.upper()}", VARIABLE):
        if text := os.environ.get(name, "").strip():
            return _bytes(text, name)
    practice = _practice_file(of)
    if of.kind == "practice" and practice.exists():
        return _bytes(practice.read_text(encoding="ascii").strip(), "keys")
    if text := _stored(of):
        return _bytes(text, "keyring")
    if not make:
        raise refuse("DATA-090", of.name, expected=f"{VARIABLE} | keyring", got="-", name=of.name)
    return _new(of, practice)


def _new(of: Round, practice: Path) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    text = base64.b64encode(key).decode()
    if _store(of, text):
        return key
    if of.kind != "practice":
        raise refuse("DATA-092", of.name, expected=f"keyring | {VARIABLE}", got="-", name=of.name)
    practice.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(practice, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
    return key


def forget_key(of: Round) -> None:
    """Remove the key from where this computer keeps it: nothing of the round can be opened here any more."""
    import keyring
    from keyring.errors import KeyringError

    with contextlib.suppress(KeyringError):
        keyring.delete_password(SERVICE, of.id)
    _practice_file(of).unlink(missing_ok=True)


def password(address: str, user: str) -> str:
    """Password or token of a user of a server, from the environment (BDG_PASSWORD) or the key store; '' when there is none."""
    return os.environ.get("BDG_PASSWORD", "") or _get(f"{SERVICE}:{address}", user)


def _stored(of: Round) -> str:
    return _get(SERVICE, of.id)


def _get(service: str, user: str) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(service, user) or ""
    except (KeyringError, RuntimeError):  # no key store on this computer, or it is locked
        return ""


def _store(of: Round, text: str) -> bool:
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, of.id, text)
        return keyring.get_password(SERVICE, of.id) == text
    except (KeyringError, RuntimeError):
        return False


def _practice_file(of: Round) -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("bdg", appauthor=False)) / "keys" / f"{of.id}.key"


def _bytes(text: str, place: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise refuse("DATA-091", place, expected=f"base64, {KEY_BYTES} byte", got=f"{len(text)} ký tự / characters")
    return key
