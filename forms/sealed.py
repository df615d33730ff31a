"""Submissions that Collect encrypted for a form's own public key, opened with the private key.

Imports errors and the standard library; cryptography and defusedxml inside.  Bytes in, bytes out.  The private key comes
from a file outside the round that a command was given, and is in no message.

Format: https://getodk.github.io/xforms-spec/encryption (read 2026-11-23).  One AES key a submission, wrapped with RSA; files in
the manifest's order, submission.xml last; a signature over ids and digests of the plain files, so that a part that is cut,
swapped or from another submission is noticed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError

from .errors import BdgError, refuse

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SUFFIX = ".enc"
_BLOCK = 16
_KEY_BITS = 256


def private_key(path: Path | None, folder: Path) -> bytes | None:
    """The PEM in a file that a person named, None for none.  DATA-102 when it cannot be read, or lies in the round it opens."""
    if path is None:
        return None
    if path.resolve().is_relative_to(folder.resolve()):
        raise refuse("DATA-102", "--private-key", expected="ngoài thư mục của đợt / outside the round", got=path.name)
    try:
        return path.read_bytes()
    except OSError as fault:
        raise refuse("DATA-102", "--private-key", expected="PEM", got=fault.strerror or type(fault).__name__) from None


@dataclass(frozen=True)
class Manifest:
    """What stands in the clear of an encrypted submission.

    media: names of the encrypted files in order, 'audit.csv.enc'; xml: the encrypted submission; version None where the form
    has none (it is left out of the signature, which '' is not).
    """

    form_id: str
    version: str | None
    instance_id: str
    wrapped_key: str
    media: tuple[str, ...]
    xml: str
    signature: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of every file that is needed to open it."""
        return (*self.media, self.xml)


def is_sealed(body: bytes) -> bool:
    """Whether a submission's XML is the manifest of an encrypted one.  False for what is no XML at all."""
    try:
        return _root(body, "").get("encrypted") == "yes"
    except BdgError:
        return False


def read_manifest(body: bytes) -> Manifest:
    """The manifest of an encrypted submission.  DATA-100 when it is none, or a part of it is missing."""
    root = _root(body, "submission.xml")
    texts: dict[str, list[str]] = {}
    for node in root.iter():
        texts.setdefault(_local(node.tag), []).append((node.text or "").strip())
    one = {name: (texts.get(name) or [""])[0] for name in _NEEDED}
    missing = [name for name, text in one.items() if not text]
    if root.get("encrypted") != "yes" or missing:
        raise refuse("DATA-100", "submission.xml", expected=", ".join(_NEEDED), got=f"- {', '.join(missing)}" if missing else "-")
    names = (*(name for name in texts.get("file", ()) if name), one["encryptedXmlFile"])
    if len({n.removesuffix(SUFFIX) for n in names}) < len(names) or any(_climbs(n) for n in names):
        raise refuse(
            "DATA-100", one["instanceID"], expected="audit.csv.enc, …, submission.xml.enc", got=f"{len(names)} tên / names"
        )
    return Manifest(
        root.get("id", ""), root.get("version"), one["instanceID"], one["base64EncryptedKey"], names[:-1], names[-1],
        one["base64EncryptedElementSignature"],
    )  # fmt: skip


def _climbs(name: str) -> bool:
    return "/" in name or "\\" in name or name in (".", "..")


_NEEDED = ("instanceID", "base64EncryptedKey", "encryptedXmlFile", "base64EncryptedElementSignature")


def opened(
    manifest: bytes, parts: Mapping[str, bytes], private_key_pem: bytes, *, password: bytes | None = None
) -> tuple[bytes, Mapping[str, bytes]]:
    """(the submission's XML, its media files by name) of an encrypted submission.

    parts: the encrypted files by the names of the manifest ('submission.xml.enc', 'audit.csv.enc'); others are not looked at.
    password: of the PEM file, None when it has none.  DATA-100 no manifest, DATA-101 a file is missing, DATA-102 the PEM is no
    private RSA key or its password is wrong, DATA-103 it was encrypted for another key, DATA-104 files were cut, changed or
    belong to another submission.
    """
    told = read_manifest(manifest)
    missing = [name for name in told.parts if name not in parts]
    if missing:
        raise refuse("DATA-101", told.instance_id, expected=", ".join(told.parts), got=f"- {', '.join(missing)}")
    owner = _private(private_key_pem, password)
    secret = _unwrapped(owner, told.wrapped_key, told.instance_id)
    if len(secret) * 8 != _KEY_BITS:
        raise refuse("DATA-103", told.instance_id, expected=f"AES-{_KEY_BITS}", got=f"{len(secret) * 8} bit")
    vector = bytearray(hashlib.md5(told.instance_id.encode() + secret, usedforsecurity=False).digest())
    plain: dict[str, bytes] = {}
    for at, name in enumerate(told.parts):
        vector[at % _BLOCK] = (vector[at % _BLOCK] + 1) % 256
        plain[name.removesuffix(SUFFIX)] = _decrypted(secret, bytes(vector), parts[name], told.instance_id)
    _signed(told, plain, _unwrapped(owner, told.signature, told.instance_id))
    xml = plain.pop(told.xml.removesuffix(SUFFIX))
    if (of := _root(xml, told.instance_id).get("id", "")) != told.form_id or field(xml, "instanceID") != told.instance_id:
        raise refuse("DATA-104", told.instance_id, expected=told.form_id, got=of)
    return xml, plain


def field(xml: bytes, name: str) -> str:
    """The text of the first element of a name in a submission's XML, '' where there is none."""
    found = (node.text for node in _root(xml, "submission.xml").iter() if _local(node.tag) == name)
    return (next(found, None) or "").strip()


def _root(xml: bytes, place: str) -> Element:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as fault:
        raise refuse("DATA-100", place, expected="XML", got=type(fault).__name__) from None
    return root


def _signed(told: Manifest, plain: Mapping[str, bytes], signature: bytes) -> None:
    """The signature covers form, version, wrapped key, instance and the digest of every plain file, a line each."""
    head = [told.form_id, *([told.version] if told.version is not None else []), told.wrapped_key, told.instance_id]
    names = [part.removesuffix(SUFFIX) for part in told.parts]
    files = [f"{name}::{hashlib.md5(plain[name], usedforsecurity=False).hexdigest()}" for name in names]
    text = "".join(f"{line}\n" for line in [*head, *files])
    if signature != hashlib.md5(text.encode(), usedforsecurity=False).digest():
        raise refuse("DATA-104", told.instance_id, expected="base64EncryptedElementSignature", got="khác / differs")


def _private(pem: bytes, password: bytes | None) -> RSAPrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise refuse("DATA-102", "--private-key", expected="PEM, RSA", got=type(fault).__name__) from None
    if not isinstance(key, RSAPrivateKey):
        raise refuse("DATA-102", "--private-key", expected="PEM, RSA", got=type(key).__name__)
    return key


def _unwrapped(key: RSAPrivateKey, text: str, place: str) -> bytes:
    """OAEP with SHA-256; the mask by SHA-256 as Collect writes it, or by SHA-1 as some other clients do."""
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256

    try:
        body = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise refuse("DATA-100", place, expected="base64", got="-") from None
    for mask in (SHA256(), SHA1()):  # noqa: S303  a mask function needs no collision resistance
        try:
            return key.decrypt(body, OAEP(MGF1(mask), SHA256(), None))
        except ValueError:
            continue
    raise refuse("DATA-103", place, expected="khóa công khai của biểu mẫu / the form's public key", got="khóa khác / another key")


def _decrypted(secret: bytes, vector: bytes, body: bytes, place: str) -> bytes:
    """AES-CFB (segments of 128 bits), padded to whole blocks."""
    from cryptography.hazmat.decrepit.ciphers.modes import CFB
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.padding import PKCS7

    machine = Cipher(AES(secret), CFB(vector)).decryptor()
    bare = PKCS7(_BLOCK * 8).unpadder()
    try:
        return bare.update(machine.update(body) + machine.finalize()) + bare.finalize()
    except ValueError:
        raise refuse("DATA-104", place, expected="AES-CFB, PKCS7", got=f"{len(body)} byte") from None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
