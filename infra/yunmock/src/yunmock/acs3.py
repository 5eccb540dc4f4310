"""ACS3-HMAC-SHA256, the signature that the vendor's current SDKs put on every call: verify it.

Source: https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature. The caller joins
method, path, query, signed headers and the SHA-256 of the body by newlines (the canonical request), and signs the
SHA-256 of that with HMAC-SHA256. The date and the nonce are not checked, because a test may move the cloud's clock.

Each service answers a bad signature in its own words, so `verify` raises a neutral `Acs3Error`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from yunmock.cloud import Account
    from yunmock.http import Request

ALGORITHM = "ACS3-HMAC-SHA256"
PREFIX = "x-acs-"
MUST_BE_SIGNED = ("host", "x-acs-content-sha256", "x-acs-date")
SECURITY_TOKEN = "x-acs-security-token"  # noqa: S105 - the name of a header

_AUTHORIZATION = re.compile(
    r"(?P<algorithm>ACS3-[\w-]+) "
    r"Credential=(?P<key>[^,]*),\s*SignedHeaders=(?P<headers>[^,]*),\s*Signature=(?P<sign>\w*)"
)


class Problem(Enum):
    """Why a signature is refused, and what `Acs3Error.detail` then holds."""

    NO_AUTHORIZATION = "the Authorization header is missing or malformed; detail: the header's name"
    ALGORITHM = "another algorithm; detail: its name"
    ACCESS_KEY = "not the account's AccessKey ID; detail: the ID sent"
    UNSIGNED_HEADER = "a header that must be signed is missing or not signed; detail: its name"
    MISMATCH = "the signature does not match; detail: the canonical request, without the security token"


class Acs3Error(Exception):
    """A request without a valid ACS3 signature.

    Attributes:
        problem: the reason.
        detail: what the reason is about; see `Problem`. It never holds a secret.
    """

    def __init__(self, problem: Problem, detail: str) -> None:
        super().__init__(f"{problem.name}: {detail}")
        self.problem, self.detail = problem, detail


class Authorization(NamedTuple):
    """The parts of an Authorization header; `headers` are the names of the signed headers, in the order signed."""

    algorithm: str
    key: str
    headers: tuple[str, ...]
    signature: str


def parse_authorization(text: str) -> Authorization | None:
    """The parts of an Authorization header, or None if it is not of the ACS3 form."""
    found = _AUTHORIZATION.fullmatch(text)
    if found is None:
        return None
    return Authorization(found["algorithm"], found["key"], tuple(found["headers"].split(";")), found["sign"])


def verify(request: Request, account: Account) -> None:
    """Accept only a request that the account's own key signed, with this body, or one with a key that it accepts.

    Raises:
        Acs3Error: the signature is missing, incomplete or wrong.
    """
    sent = parse_authorization(request.headers.get("authorization", ""))
    if sent is None:
        raise Acs3Error(Problem.NO_AUTHORIZATION, "Authorization")
    if sent.algorithm != ALGORITHM:
        raise Acs3Error(Problem.ALGORITHM, sent.algorithm)
    accepted = account.accepts(sent.key)
    if sent.key != account.access_key_id and not accepted:
        raise Acs3Error(Problem.ACCESS_KEY, sent.key)
    if name := _unsigned(request.headers, sent.headers):
        raise Acs3Error(Problem.UNSIGNED_HEADER, name)
    if accepted:
        return
    canonical = canonical_request(request, sent.headers)
    expected = signature(canonical, account.access_key_secret)
    if not hmac.compare_digest(expected.encode(), sent.signature.encode()):
        token = request.headers.get(SECURITY_TOKEN)
        raise Acs3Error(Problem.MISMATCH, canonical.replace(token, "***") if token else canonical)


def canonical_request(request: Request, signed: Sequence[str]) -> str:
    """The text whose hash is signed; `signed` are the names of the signed headers."""
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed)
    body_hash = hashlib.sha256(request.body).hexdigest()
    path = quote(request.path, safe="/~")
    return "\n".join([request.method, path, canonical_query(request.query), headers, ";".join(signed), body_hash])


def canonical_query(query: Mapping[str, str]) -> str:
    """The parameters sorted by name and percent-encoded by RFC 3986: a space is %20, a tilde stays."""
    return "&".join(f"{quote(name, safe='~')}={quote(query[name], safe='~')}" for name in sorted(query))


def signature(canonical: str, secret: str) -> str:
    """The signature of a canonical request, in hex."""
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _unsigned(headers: Mapping[str, str], signed: Sequence[str]) -> str:
    """The first header that must be signed and is not, or that is not there at all; "" when all is well."""
    wanted = (*MUST_BE_SIGNED, *sorted(name for name in headers if name.startswith(PREFIX)))
    return next((name for name in wanted if name not in signed or name not in headers), "")
