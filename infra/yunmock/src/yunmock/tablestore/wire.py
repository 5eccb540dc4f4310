"""The HTTP side of Tablestore: headers, digests, signatures, and the `Error` message.

Sources: help.aliyun.com doc-detail/27299 (HTTP request and response), the vendor's Python SDK (auth.py, protocol.py).
Signatures are HMAC over the x-ots-* headers: V2 with SHA-1 and the secret, V4 with SHA-256 and a key derived from it;
answers are signed with SHA-1 under either key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError

from yunmock.http import Response
from yunmock.identifiers import new_uuid
from yunmock.tablestore import errors
from yunmock.tablestore.messages import pb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.cloud import Account
    from yunmock.http import Request

PREFIX = "x-ots-"
SIGNATURE, SIGNATURE_V4 = "x-ots-signature", "x-ots-signaturev4"
UNSIGNED = (SIGNATURE, SIGNATURE_V4)
REQUIRED = ("x-ots-date", "x-ots-apiversion", "x-ots-accesskeyid", "x-ots-instancename", "x-ots-contentmd5")
COMPRESSION = "x-ots-request-compress-type"
CONTENT_TYPE = "protocol buffer"
DATE_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def operation(request: Request) -> str:
    """The operation is the last part of the path; an endpoint's own path before it is not signed."""
    return request.path.rpartition("/")[2]


def check_request(request: Request, account: Account, *, verify_signature: bool) -> None:
    """Refuse a request that is incomplete or not signed.

    Raises:
        TablestoreError: OTSParameterInvalid for a header that is missing, OTSAuthFailed for one that is wrong.
    """
    for name in REQUIRED:
        if name not in request.headers:
            raise errors.MISSING_HEADER.error(name=name)
    if COMPRESSION in request.headers:
        raise errors.NOT_EMULATED.error(name=COMPRESSION)
    if not verify_signature:
        return
    if request.headers["x-ots-contentmd5"] != digest(request.body):
        raise errors.MD5_MISMATCH.error()
    if request.headers["x-ots-accesskeyid"] != account.access_key_id:
        # The SDK would refuse an answer that is not signed with its own secret (tablestore/protocol.py,
        # `_check_authorization`), and the request does not tell the secret.
        foreign = account.accepts(request.headers["x-ots-accesskeyid"])
        raise (errors.FOREIGN_ACCESS_KEY if foreign else errors.NO_SUCH_ACCESS_KEY).error(key=account.access_key_id)
    _check_signature(request, account)


def check_date(request: Request, now_ms: int, skew_ms: int) -> None:
    """Refuse a request dated too far from now.

    Raises:
        TablestoreError: OTSParameterInvalid for an invalid date, OTSAuthFailed for one too far away.
    """
    sent = request.headers["x-ots-date"]
    date = _parse_date(sent)
    if date is None:
        raise errors.INVALID_DATE.error(date=sent)
    if abs(date.timestamp() * 1000 - now_ms) > skew_ms:
        raise errors.CLOCK_SKEW.error(date=sent)


def _parse_date(text: str) -> datetime | None:
    form = DATE_FORMAT if "." in text else DATE_FORMAT.replace(".%f", "")
    try:
        return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _check_signature(request: Request, account: Account) -> None:
    headers = request.headers
    to_sign = f"/{operation(request)}\nPOST\n\n{_joined(headers)}\n".encode()
    key = signing_key(headers, account)
    if SIGNATURE_V4 in headers:
        expected, given = hmac.digest(key, to_sign + b"ots", "sha256"), headers[SIGNATURE_V4]
    elif SIGNATURE in headers:
        expected, given = hmac.digest(key, to_sign, "sha1"), headers[SIGNATURE]
    else:
        raise errors.MISSING_HEADER.error(name=SIGNATURE)
    if not hmac.compare_digest(base64.b64encode(expected), given.encode()):
        raise errors.SIGNATURE_MISMATCH.error()


def signing_key(headers: Mapping[str, str], account: Account) -> bytes:
    """The key that signs the request and its answer: the secret, or with V4 a key derived from it."""
    if SIGNATURE_V4 not in headers:
        return account.access_key_secret.encode()
    date, region = headers.get("x-ots-signdate", ""), headers.get("x-ots-signregion", "")
    return _derived_key(account.access_key_secret, date, region)


@lru_cache(maxsize=64)
def _derived_key(secret: str, date: str, region: str) -> bytes:
    key = b"aliyun_v4" + secret.encode()
    for step in (date, region, "ots", "aliyun_v4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    return base64.b64encode(key)


def digest(body: bytes) -> str:
    """The value of x-ots-contentmd5."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def answer(request: Request, account: Account, status: int, body: bytes) -> Response:
    """A signed response.

    The response has the request's date, so that a client whose clock a test has moved accepts it.
    """
    headers = {
        "x-ots-contentmd5": digest(body),
        "x-ots-requestid": str(new_uuid()),
        "x-ots-date": request.headers.get("x-ots-date") or _now(),
        "x-ots-contenttype": CONTENT_TYPE,
    }
    to_sign = f"{_joined(headers)}\n/{operation(request)}".encode()
    signature = base64.b64encode(hmac.digest(signing_key(request.headers, account), to_sign, "sha1")).decode()
    headers["Authorization"] = f"OTS {account.access_key_id}:{signature}"
    return Response(status, headers, body)


def refuse(request: Request, account: Account, error: errors.TablestoreError) -> Response:
    """The signed `Error` message for a refusal; operations that send JSON expect errors in JSON."""
    if request.headers.get("content-type") == "application/json":
        body = json.dumps({"code": error.code, "message": str(error)}).encode()
    else:
        body = pb.Error(code=error.code, message=str(error)).SerializeToString()
    return answer(request, account, error.status, body)


def _joined(headers: Mapping[str, str]) -> str:
    lines = [
        f"{name}:{value.strip()}" for name, value in headers.items() if name.startswith(PREFIX) and name not in UNSIGNED
    ]
    return "\n".join(sorted(lines))


def _now() -> str:
    return datetime.now(timezone.utc).strftime(DATE_FORMAT)


def read_refusal(body: bytes) -> tuple[str, str]:
    """The code and the message in an `Error` message; empty if it is none."""
    try:
        error = pb.Error.FromString(body)
    except DecodeError:
        return "", ""
    return error.code, error.message
