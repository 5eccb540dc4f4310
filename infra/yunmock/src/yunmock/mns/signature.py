"""Check who is calling: `Authorization: MNS <AccessKey ID>:<signature>`.

https://help.aliyun.com/document_detail/27487.html: the caller joins method, Content-MD5, Content-Type, Date, its
`x-mns-` headers and the resource with its query, and signs them with HMAC-SHA1. The age of the date is not checked,
because a test may move the cloud's clock.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from yunmock.mns.errors import MnsError
from yunmock.mns.wire import PREFIX, VERSION
from yunmock.ram.access import Caller

if TYPE_CHECKING:
    from yunmock.cloud import Account
    from yunmock.http import Request

SECURITY_TOKEN = "security-token"  # noqa: S105 - the name of a header

_AUTHORIZATION = re.compile(r"MNS (?P<key>[^:\s]+):(?P<signature>\S+)")


class QueueAuthorization(NamedTuple):
    """The parts of an Authorization header; empty if it is malformed."""

    key: str = ""
    signature: str = ""


def parse_authorization(request: Request) -> QueueAuthorization:
    """The parts of the request's Authorization header."""
    found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", "").strip())
    return QueueAuthorization(found["key"], found["signature"]) if found else QueueAuthorization()


def caller(request: Request) -> Caller:
    """Who says to have signed the request."""
    return Caller(parse_authorization(request).key, request.headers.get(SECURITY_TOKEN, ""))


def check(request: Request, account: Account) -> None:
    """Accept only a request that the account's own key signed, or one with a key that it accepts.

    Raises:
        MnsError: the signature, the date, the version or the body's hash is missing or wrong.
    """
    if not request.headers.get("authorization"):
        raise MnsError("MissingAuthorizationHeader")
    sent = parse_authorization(request)
    if not sent.key:
        raise MnsError("InvalidAuthorizationHeader")
    _check_date(_date(request))
    if request.headers.get(f"{PREFIX}version") != VERSION:
        raise MnsError("InvalidArgument", message=f"{PREFIX}version must be {VERSION}")
    _check_hash(request)
    if account.accepts(sent.key):
        return
    if sent.key != account.access_key_id:
        raise MnsError("InvalidAccessKeyId")
    if not any(_is_signed(request, resource, sent.signature, account) for resource in _resources(request)):
        raise MnsError("SignatureDoesNotMatch")


def text_to_sign(request: Request, resource: str) -> str:
    """What a caller signs; `resource` is the path with the query."""
    own = sorted((name, value) for name, value in request.headers.items() if name.startswith(PREFIX))
    headers = "".join(f"{name}:{value.strip()}\n" for name, value in own)
    md5, kind = request.headers.get("content-md5", ""), request.headers.get("content-type", "")
    return f"{request.method}\n{md5}\n{kind}\n{_date(request)}\n{headers}{resource}"


def sign(text: str, secret: str) -> str:
    """The signature of a text."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _is_signed(request: Request, resource: str, signature: str, account: Account) -> bool:
    expected = sign(text_to_sign(request, resource), account.access_key_secret)
    return hmac.compare_digest(expected.encode(), signature.encode())


def _resources(request: Request) -> set[str]:
    """The resource as it was sent, and without percent escapes: SDKs sign either."""
    return {request.target, unquote(request.target)}


def _date(request: Request) -> str:
    return request.headers.get(f"{PREFIX}date") or request.headers.get("date", "")


def _check_date(text: str) -> None:
    if not text:
        raise MnsError("MissingDateHeader")
    try:
        parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        raise MnsError("InvalidDateHeader") from None


def _check_hash(request: Request) -> None:
    """The hash of RFC 1864, or the base64 of its hexadecimal digits, which the vendor's Python SDK sends."""
    sent = request.headers.get("content-md5")
    if sent is None:
        return
    md5 = hashlib.md5(request.body, usedforsecurity=False)
    if sent not in {base64.b64encode(form).decode() for form in (md5.digest(), md5.hexdigest().encode())}:
        raise MnsError("InvalidDegist")
