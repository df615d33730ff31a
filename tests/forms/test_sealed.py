"""Encrypted submissions opened: made by Java's cryptography as Collect makes them, then cut, swapped, short of a part."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from forms.errors import BdgError
from forms.ledger import Arrival, Attachment
from forms.sealed import field, is_sealed, opened, read_manifest
from forms.servers.sealing import opened as opened_row
from tests.forms.java_sealing import INSTANCE, MEDIA, XML

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Sent:
    manifest: bytes
    parts: dict[str, bytes]
    pem: bytes


@cache
def sent(mask: str = "SHA-256") -> Sent:
    """One run of Java a mask; a process of its own, since one JVM starts once."""
    command = [sys.executable, "-m", "tests.forms.java_sealing", mask]
    told = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True).stdout)
    parts = {name: base64.b64decode(body) for name, body in told["parts"].items()}
    return Sent(told["manifest"].encode(), parts, told["pem"].encode())


def code(fault: pytest.ExceptionInfo[BdgError]) -> str:
    return fault.value.problems[0].code


@pytest.mark.parametrize("mask", ["SHA-256", "SHA-1"])
def test_what_java_encrypted_opens_to_the_byte(mask: str) -> None:
    xml, media = opened(sent(mask).manifest, sent(mask).parts, sent(mask).pem)
    assert xml == XML.encode()
    assert media == MEDIA
    assert list(media) == list(MEDIA)


def test_a_manifest_says_what_is_needed() -> None:
    told = read_manifest(sent().manifest)
    assert (told.form_id, told.version, told.instance_id) == ("f", "7", INSTANCE)
    assert set(told.parts) == set(sent().parts)
    assert told.parts[-1] == "submission.xml.enc"
    assert is_sealed(sent().manifest)
    assert not is_sealed(XML.encode())
    assert not is_sealed(b"\x00 no xml")
    assert field(XML.encode(), "round_kind") == "practice"
    assert field(XML.encode(), "nobody") == ""


def test_a_file_beside_the_named_ones_is_not_looked_at() -> None:
    assert opened(sent().manifest, {**sent().parts, "other.enc": b"?"}, sent().pem)[0] == XML.encode()


@pytest.mark.parametrize("name", ["submission.xml.enc", "audit.csv.enc"])
def test_a_missing_file_is_named(name: str) -> None:
    with pytest.raises(BdgError) as fault:
        opened(sent().manifest, {k: v for k, v in sent().parts.items() if k != name}, sent().pem)
    assert code(fault) == "DATA-101"
    assert name in fault.value.problems[0].got


def _parts(change: str) -> dict[str, bytes]:
    parts = dict(sent().parts)
    if change == "cut":
        parts["audit.csv.enc"] = parts["audit.csv.enc"][:-16]
    elif change == "bit":
        body = bytearray(parts["ảnh 1.jpg.enc"])
        body[5000] ^= 1
        parts["ảnh 1.jpg.enc"] = bytes(body)
    elif change == "swapped":
        parts["3.bin.enc"], parts["4.bin.enc"] = parts["4.bin.enc"], parts["3.bin.enc"]
    elif change == "empty":
        parts["audit.csv.enc"] = b""
    else:
        parts["audit.csv.enc"] = sent("SHA-1").parts["audit.csv.enc"]
    return parts


@pytest.mark.parametrize("change", ["cut", "bit", "swapped", "empty", "other"])
def test_what_was_changed_on_the_way_is_refused(change: str) -> None:
    with pytest.raises(BdgError) as fault:
        opened(sent().manifest, _parts(change), sent().pem)
    assert code(fault) == "DATA-104"


@pytest.mark.parametrize(("old", "new", "wanted"), [
    ('version="7"', 'version="8"', "DATA-104"), (' version="7"', "", "DATA-104"), ('id="f"', 'id="g"', "DATA-104"),
    (INSTANCE, INSTANCE.replace("1", "2"), "DATA-104"),
    ('encrypted="yes"', 'encrypted="no"', "DATA-100"), ("base64EncryptedKey>", "base64Key>", "DATA-100"),
    ("<file>audit.csv.enc", "<file>../audit.csv.enc", "DATA-100"), ("<file>0.bin.enc", "<file>audit.csv.enc", "DATA-100"),
    ("<data xmlns", '<!DOCTYPE data [<!ENTITY e SYSTEM "file:///etc/passwd">]><data xmlns', "DATA-100"),
    ("</data>", "", "DATA-100"), ("</base64EncryptedKey>", "é</base64EncryptedKey>", "DATA-100"),
])  # fmt: skip
def test_a_manifest_that_was_changed_is_refused(old: str, new: str, wanted: str) -> None:
    text = sent().manifest.decode()
    assert old in text
    with pytest.raises(BdgError) as fault:
        opened(text.replace(old, new).encode(), sent().parts, sent().pem)
    assert code(fault) == wanted


def test_another_key_or_no_key() -> None:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    with pytest.raises(BdgError) as fault:
        opened(sent().manifest, sent().parts, sent("SHA-1").pem)
    assert code(fault) == "DATA-103"
    elliptic = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
    )
    for pem in (b"", b"no key", sent().pem[:200], elliptic):
        with pytest.raises(BdgError) as fault:
            opened(sent().manifest, sent().parts, pem)
        assert code(fault) == "DATA-102"


def test_a_key_with_a_password() -> None:
    from cryptography.hazmat.primitives import serialization as form

    key = form.load_pem_private_key(sent().pem, None)
    pem = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(b"mat khau"))
    assert opened(sent().manifest, sent().parts, pem, password=b"mat khau")[0] == XML.encode()
    for wrong in (None, b"khac"):
        with pytest.raises(BdgError) as fault:
            opened(sent().manifest, sent().parts, pem, password=wrong)
        assert code(fault) == "DATA-102"
        assert "khac" not in str(fault.value)


def test_a_row_of_a_server_becomes_one_in_the_clear() -> None:
    files = tuple(Attachment(name, body) for name, body in sent().parts.items())
    row = Arrival("uuid:of the server", "uuid:root", "f", "7", None, "xml", sent().manifest, attachments=files)
    plain = opened_row(row, sent().pem)
    assert plain is not None
    assert (plain.instance_id, plain.root_id, plain.body, plain.round_kind) == (INSTANCE, "uuid:root", XML.encode(), "practice")
    assert {f.name: f.body for f in plain.attachments} == MEDIA
    assert opened_row(replace(row, attachments=files[:-1]), sent().pem) is None
    never = replace(row, body=XML.encode())
    assert opened_row(never, sent().pem) == never
