"""Encrypted submissions made with Java's own cryptography, as Collect makes them: nothing here is shared with forms/sealed.py.

    python tests/forms/java_sealing.py [mask]     # one JSON object on stdout; mask: SHA-256 (Collect) or SHA-1

Steps and names: https://getodk.github.io/xforms-spec/encryption and what Collect is documented to do (AES/CFB/PKCS5Padding,
RSA OAEP with SHA-256; the first byte of the vector goes up for the first file, the second for the second, and so on).
"""

from __future__ import annotations

import base64
import json
import sys

XML = (
    '<data id="f" version="7"><round_kind>practice</round_kind><name>Đinh Văn Hrê</name><audit>audit.csv</audit>'
    "<meta><instanceID>uuid:11111111-2222-4333-8444-555555555555</instanceID></meta></data>"
)
INSTANCE = "uuid:11111111-2222-4333-8444-555555555555"
MEDIA = {
    "audit.csv": b"event,node,start,end\nform start,,1,\n",
    "ảnh 1.jpg": bytes(range(256)) * 40,
    "empty.txt": b"",
    "block.bin": b"x" * 32,
}
MEDIA |= {f"{i}.bin": bytes([i]) * i for i in range(20)}  # more files than the vector has bytes


def main(mask: str) -> None:
    import jpype

    from forms import java

    jpype.startJVM(str(java.virtual_machine()), "--enable-native-access=ALL-UNNAMED")
    J = jpype.JClass
    cipher_of, spec = J("javax.crypto.Cipher"), J("javax.crypto.spec.OAEPParameterSpec")
    maker = J("java.security.KeyPairGenerator").getInstance("RSA")
    maker.initialize(2048)
    pair = maker.generateKeyPair()
    keys = J("javax.crypto.KeyGenerator").getInstance("AES")
    keys.init(256)
    secret = keys.generateKey()
    md5 = J("java.security.MessageDigest")
    mgf = J("java.security.spec.MGF1ParameterSpec")(mask)
    oaep = spec("SHA-256", "MGF1", mgf, J("javax.crypto.spec.PSource$PSpecified").DEFAULT)

    def b64(body: object) -> str:
        return base64.b64encode(bytes(body)).decode()

    def wrap(body: object) -> str:
        cipher = cipher_of.getInstance("RSA/ECB/OAEPPadding")
        cipher.init(cipher_of.ENCRYPT_MODE, pair.getPublic(), oaep)
        return b64(cipher.doFinal(body))

    digest = md5.getInstance("MD5")
    digest.update(jpype.JArray(jpype.JByte)(INSTANCE.encode()))
    digest.update(secret.getEncoded())
    vector = bytearray(bytes(digest.digest()))
    files = {**MEDIA, "submission.xml": XML.encode()}
    parts, lines = {}, []
    wrapped = wrap(secret.getEncoded())
    for at, (name, body) in enumerate(files.items()):
        vector[at % 16] = (vector[at % 16] + 1) & 0xFF
        cipher = cipher_of.getInstance("AES/CFB/PKCS5Padding")
        iv = J("javax.crypto.spec.IvParameterSpec")(jpype.JArray(jpype.JByte)(bytes(vector)))
        cipher.init(cipher_of.ENCRYPT_MODE, secret, iv)
        sealed = cipher.doFinal(jpype.JArray(jpype.JByte)(body))
        parts[f"{name}.enc"] = b64(sealed)
        lines.append(f"{name}::{bytes(md5.getInstance('MD5').digest(jpype.JArray(jpype.JByte)(body))).hex()}")
    text = "".join(f"{line}\n" for line in ["f", "7", wrapped, INSTANCE, *lines])
    signature = wrap(md5.getInstance("MD5").digest(jpype.JArray(jpype.JByte)(text.encode())))
    media = "".join(f"<media><file>{name}.enc</file></media>" for name in MEDIA)
    manifest = (
        '<data xmlns="http://opendatakit.org/submissions" id="f" version="7" encrypted="yes">'
        f"<base64EncryptedKey>{wrapped}</base64EncryptedKey>"
        f'<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>{INSTANCE}</orx:instanceID></orx:meta>{media}'
        "<encryptedXmlFile>submission.xml.enc</encryptedXmlFile>"
        f"<base64EncryptedElementSignature>{signature}</base64EncryptedElementSignature></data>"
    )
    body = base64.encodebytes(bytes(pair.getPrivate().getEncoded())).decode()
    kind = "PRIVATE KEY"  # apart, so that no file of the project looks as if it held one
    pem = f"-----BEGIN {kind}-----\n{body}-----END {kind}-----\n"
    sys.stdout.write(json.dumps({"manifest": manifest, "parts": parts, "pem": pem}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "SHA-256")
