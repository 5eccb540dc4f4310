"""The signatures by which an HTTP receiver recognises EventBridge, old and new.

https://help.aliyun.com/en/eventbridge/user-guide/signature-algorithm: `x-eventbridge-signature-v2` is the RSA signature
(SHA256, PKCS #1 v1.5, base64) of the address, the headers below and the body, a line each. The Chinese page still has
the older one, and the vendor's verifier (github.com/aliyun/alibabacloud-eventbridge-sdk, util/java, SignatureVerify and
StringToSignBuilder) checks it: `x-eventbridge-signature` is the HMAC-SHA1 of the same lines and a line feed, with a
secret that `x-eventbridge-signature-secret` holds, encrypted with the private key. Times are in milliseconds. The
receiver fetches the certificate from `x-eventbridge-signature-url`; this cloud answers at that address. The key is this
process's own. Without `yunmock[signatures]` requests are not signed.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import importlib.util
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yunmock.eventbridge.signing_key import SigningKey

TIMESTAMP, VERSION, URL, TOKEN = (
    f"x-eventbridge-signature-{name}" for name in ("timestamp", "version", "url", "token")
)
HASH_METHOD, METHOD = "x-eventbridge-hash-method", "x-eventbridge-signature-method"
SECRET, SIGNATURE, SIGNATURE_V2 = (
    "x-eventbridge-signature-secret",
    "x-eventbridge-signature",
    "x-eventbridge-signature-v2",
)
CERTIFICATE = re.compile(r"/x509_public_certificate_[0-9a-f]+\.pem")
"""The path of a certificate."""


def headers(region: str, url: str, body: bytes, now_ms: int, token: str) -> dict[str, str]:
    """The headers that sign a request; only the token, if there is one, where requests are not signed."""
    named = {TOKEN: token} if token else {}
    key = signing_key()
    if key is None:
        return named
    address = f"https://{region}-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_{key.name}.pem"
    fixed = {TIMESTAMP: str(now_ms), VERSION: "1.0", URL: address, **named}
    old, new = {METHOD: "HMAC-SHA1", **fixed}, {HASH_METHOD: "SHA256", **fixed}
    mac = hmac.new(key.secret, _string_to_sign(url, old, METHOD, body) + b"\n", hashlib.sha1).digest()
    return {
        **old,
        **new,
        SECRET: _base64(key.encrypted_secret),
        SIGNATURE: _base64(mac),
        SIGNATURE_V2: _base64(key.sign(_string_to_sign(url, new, HASH_METHOD, body))),
    }


def _string_to_sign(url: str, values: dict[str, str], method: str, body: bytes) -> bytes:
    names = [name for name in (TIMESTAMP, method, VERSION, URL, TOKEN) if name in values]
    return "\n".join([url, *(f"{name}: {values[name]}" for name in names), ""]).encode() + body


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def certificate(path: str) -> bytes | None:
    """The certificate at a path, as PEM; None if there is none."""
    key = signing_key() if CERTIFICATE.fullmatch(path) else None
    return key.certificate if key and key.name in path else None


@functools.cache
def signing_key() -> SigningKey | None:
    """The key of this process, made on first use; None if this installation cannot sign."""
    if importlib.util.find_spec("cryptography") is None:
        return None
    from yunmock.eventbridge.signing_key import SigningKey  # noqa: PLC0415 - only where the extra is installed

    return SigningKey()
