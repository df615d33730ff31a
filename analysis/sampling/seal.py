"""The seal of a real round: a secret that keeps the list of kept hamlets unknown until the later wave is in the field.

Imports errors and the standard library.  Never sees a hamlet.  The seed of the base wave is public, so that anybody may check
the draw; with it alone the kept hamlets of the later wave could be worked out years before.  The base draw therefore makes a
random secret, keeps it in restricted/seal.json and publishes only its SHA-256 (a commitment: it fixes the secret without
telling it).  A later wave's draw needs the secret, checks it against the commitment and mixes it into its random numbers
(streams.py): nobody could foresee the draw, and nobody could choose another secret to change it.
"""

from __future__ import annotations

import json
import secrets
from hashlib import sha256
from pathlib import Path

from forms.errors import refuse

SCHEMA = "seal/1"
NOTE = "Mật cho đến khi kỳ sau thu thập xong / Secret until the later wave's fieldwork is over"


def new_seal(secret_file: Path | None = None) -> str:
    """A secret of 64 hex digits: random, or from the bytes of a file (to reproduce a draw).  DATA-045 an unreadable file."""
    if secret_file is None:
        return secrets.token_hex(32)
    try:
        body = secret_file.read_bytes()
    except OSError as fault:
        raise refuse("DATA-045", secret_file.name, expected="--secret-file", got=type(fault).__name__) from None
    if len(body) < 16:
        raise refuse("DATA-045", secret_file.name, expected="≥ 16 bytes", got=f"{len(body)} bytes")
    return sha256(body).hexdigest()


def commitment(seal: str) -> str:
    """What may be published of a secret."""
    return sha256(f"bdg seal {seal}".encode()).hexdigest()


def seal_bytes(seal: str) -> bytes:
    """restricted/seal.json."""
    found = {"schema": SCHEMA, "secret": seal, "sha256": commitment(seal), "note": NOTE}
    return (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()


def read_seal(path: Path | None, committed: str) -> str:
    """The secret of restricted/seal.json.  DATA-045 when it is missing, unreadable or not the one committed to."""
    if path is None:
        raise refuse("DATA-045", "--seal", expected=f"sha256 {committed}", got="")
    try:
        seal = json.loads(path.read_text(encoding="utf-8"))["secret"]
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise refuse("DATA-045", path.name, expected=f"sha256 {committed}", got=type(fault).__name__) from None
    if not isinstance(seal, str) or commitment(seal) != committed:
        raise refuse("DATA-045", path.name, expected=f"sha256 {committed}", got=f"sha256 {commitment(str(seal))}")
    return seal
