"""The reference code of the form's last screen, made again from a submission's id; the code as a register may keep it.

Standard library and forms.errors.  The rule is the form's own (20_consent.yaml): the first 8 hexadecimal digits of the id, each
replaced by its place in an alphabet whose signs are not mistaken for one another.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from forms.errors import refuse

ALPHABET = "23456789ACHKMQRX"
_PLACE = str.maketrans("0123456789abcdef", ALPHABET)
_ID = re.compile(r"uuid:([0-9a-f]{4})([0-9a-f]{4})", re.IGNORECASE)
_MARK_DIGITS = 16


def code_of(instance_id: str) -> str:
    """'XXXX-XXXX' of 'uuid:…'; '' when the id has no eight hexadecimal digits."""
    found = _ID.match(instance_id)
    return "-".join(part.lower().translate(_PLACE) for part in found.groups()) if found else ""


def read_code(text: str) -> str:
    """A code as it was said, typed or written down -> 'XXXX-XXXX'.  DATA-140 when it cannot be one.

    The message says how many signs there are and which are not of the alphabet, never the code.
    """
    bare = re.sub(r"[\s\-–—._]", "", text).upper()
    strange = "".join(dict.fromkeys(c for c in bare if c not in ALPHABET))
    if len(bare) != 8 or strange:
        got = f"{len(bare)} ký tự / signs" + (
            f"; không có trong bảng chữ / not of the alphabet: {strange[:8]}" if strange else ""
        )
        raise refuse("DATA-140", "CODE", expected=f"8 × {ALPHABET}", got=got)
    return f"{bare[:4]}-{bare[4:]}"


def mark_of(key: bytes, code: str) -> str:
    """What stands in the register for a code: 16 hexadecimal digits that only the round's key can tie to it."""
    return hmac.new(key, b"bdg/request|" + code.encode(), hashlib.sha256).hexdigest()[:_MARK_DIGITS]
