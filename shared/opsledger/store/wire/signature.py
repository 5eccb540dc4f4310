"""Who sent a message: the headers of a request and their signature, and whether an answer is from who knows the key.

Version 2 signs with HMAC-SHA1 and the secret. Version 4 signs with HMAC-SHA256 and a key that is derived from the
secret for one day and region. The headers are those of the vendor's SDK (`protocol.py` and `auth.py` of the package
tablestore on PyPI). The service signs its answers by SHA1 under both versions.
"""

from __future__ import annotations

import hmac
import time
from base64 import b64encode
from hashlib import md5
from typing import TYPE_CHECKING, NamedTuple

from opsledger import timestamps
from opsledger.store.wire import MalformedError

if TYPE_CHECKING:
    from collections.abc import Mapping

API_VERSION = "2015-12-31"
MAX_SKEW_S = 15 * 60
"""An answer of another time is refused, as the service refuses a request (help.aliyun.com/faq-detail/38577.htm)."""
_PREFIX = "x-ots-"
_REQUIRED = ("x-ots-contentmd5", "x-ots-requestid", "x-ots-date", "x-ots-contenttype", "authorization")


class Credentials(NamedTuple):
    """Who signs: `region` chooses version 4; `token` is that of temporary credentials."""

    key_id: str
    secret: str
    token: str | None = None
    region: str | None = None

    def __repr__(self) -> str:
        return f"<credentials {self.key_id}>"


class Signed(NamedTuple):
    """The headers of a request, and the key that signs its answer."""

    headers: dict[str, str]
    key: bytes


def sign(credentials: Credentials, instance: str, path: str, body: bytes, now: float) -> Signed:
    """Sign a request.

    Args:
        path: `/` and the name of the operation.
        now: seconds since the epoch.
    """
    moment = time.gmtime(now)
    headers = {
        "x-ots-date": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", moment),
        "x-ots-apiversion": API_VERSION,
        "x-ots-accesskeyid": credentials.key_id,
        "x-ots-instancename": instance,
        "x-ots-contentmd5": _md5(body),
    }
    if credentials.token:
        headers["x-ots-ststoken"] = credentials.token
    if credentials.region is None:
        key = credentials.secret.encode()
        headers["x-ots-signature"] = _mac(key, _request_text(path, headers), "sha1")
        return Signed(headers, key)
    day = time.strftime("%Y%m%d", moment)
    key = _day_key(credentials.secret, day, credentials.region)
    headers |= {"x-ots-signdate": day, "x-ots-signregion": credentials.region}
    headers["x-ots-signaturev4"] = _mac(key, _request_text(path, headers) + "ots", "sha256")
    return Signed(headers, key)


def _request_text(path: str, headers: Mapping[str, str]) -> str:
    return f"{path}\nPOST\n\n{_signed_lines(headers)}\n"


def _signed_lines(headers: Mapping[str, str]) -> str:
    return "\n".join(sorted(f"{name}:{value.strip()}" for name, value in headers.items() if name.startswith(_PREFIX)))


def _day_key(secret: str, day: str, region: str) -> bytes:
    key = f"aliyun_v4{secret}".encode()
    for step in (day, region, "ots", "aliyun_v4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    return b64encode(key)


def _mac(key: bytes, text: str, digest: str) -> str:
    return b64encode(hmac.digest(key, text.encode(), digest)).decode()


def _md5(body: bytes) -> str:
    return b64encode(md5(body, usedforsecurity=False).digest()).decode()


class SignedAnswer(NamedTuple):
    """An answer to check.

    Attributes:
        path: what the request was sent to.
        headers: by their names in lower case.
        success: whether the answer says so; then everything is required. Of an error nothing that is there is wrong.
    """

    path: str
    headers: Mapping[str, str]
    body: bytes
    success: bool


def check(credentials: Credentials, key: bytes, answer: SignedAnswer, now: float) -> None:
    """Check an answer's digest, time and signature.

    Args:
        key: that of `Signed`.
        now: seconds since the epoch.

    Raises:
        MalformedError: the answer may be cut off, changed or somebody else's.
    """
    headers = answer.headers
    if answer.success and (missing := [name for name in _REQUIRED if name not in headers]):
        raise MalformedError(f"the answer has no header {missing[0]}")
    if headers.get("x-ots-contentmd5") not in (None, _md5(answer.body)):
        raise MalformedError("the digest of the answer is wrong")
    date = headers.get("x-ots-date")
    if date is not None and abs(_seconds(date) - now) > MAX_SKEW_S:
        raise MalformedError("the answer's time differs from the system's by more than 15 minutes")
    authorization = headers.get("authorization")
    if authorization is not None and not hmac.compare_digest(
        authorization.encode(), f"OTS {credentials.key_id}:{_answer_signature(key, answer)}".encode()
    ):
        raise MalformedError("the signature of the answer is wrong")


def _answer_signature(key: bytes, answer: SignedAnswer) -> str:
    return _mac(key, f"{_signed_lines(answer.headers)}\n{answer.path}", "sha1")


def _seconds(date: str) -> float:
    try:
        return timestamps.parse(date) / 1000
    except ValueError as error:
        raise MalformedError("the answer's date cannot be read") from error
