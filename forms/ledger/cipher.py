"""AES-GCM of everything that could tell who a respondent is: the one typed adapter to `cryptography` in this folder.

Standard library, errors and (inside) cryptography.  What is sealed for one place cannot be opened in another: the place is
authenticated with it (NIST SP 800-38D, additional authenticated data).
"""

from __future__ import annotations

import os
import zlib

from ..errors import refuse

_MARK = b"bdg1"
_NONCE = 12
KEY_BYTES = 32


def seal(key: bytes, place: str, body: bytes) -> bytes:
    """The body compressed and encrypted, its nonce in front.  place: what it is and whose, e.g. 'ledger|<round>|<id>'."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    return _MARK + nonce + AESGCM(key).encrypt(nonce, zlib.compress(body, 6), place.encode())


def unseal(key: bytes, place: str, sealed: bytes) -> bytes:
    """The body again.  DATA-093 when the key is another one, the bytes were changed, or they belong elsewhere."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, rest = sealed[len(_MARK) : len(_MARK) + _NONCE], sealed[len(_MARK) + _NONCE :]
    if not sealed.startswith(_MARK) or len(nonce) < _NONCE:
        raise refuse("DATA-093", place.partition("|")[0], got="không phải dữ liệu đã niêm phong / not sealed data")
    try:
        return zlib.decompress(AESGCM(key).decrypt(nonce, rest, place.encode()))
    except InvalidTag:
        raise refuse("DATA-093", place.partition("|")[0], got="khóa khác hoặc dữ liệu bị sửa / another key or changed") from None
