"""The ACS3 verifier, judged by the vendor's own signer: it accepts what that signs, and refuses each changed part."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from alibabacloud_openapi_util.client import Client as Signer
from Tea.request import TeaRequest

from yunmock.acs3 import ALGORITHM, Acs3Error, Problem, parse_authorization, verify
from yunmock.cloud import Account
from yunmock.http import Request

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = Account(strict_keys=True)
AWKWARD = "a b+c/d=e&f~*'()%41 群组 é"


def sign(request: Request, algorithm: str = ALGORITHM, account: Account = ACCOUNT) -> Request:
    """The request with the Authorization header that the vendor's signer makes."""
    unsigned = TeaRequest()
    unsigned.method, unsigned.pathname = request.method, quote(request.path, safe="/~")
    unsigned.query, unsigned.headers = dict(request.query), dict(request.headers)
    body_hash = request.headers["x-acs-content-sha256"]
    keys = account.access_key_id, account.access_key_secret
    return with_header(request, "authorization", Signer.get_authorization(unsigned, algorithm, body_hash, *keys))


def make_request(
    method: str = "POST", path: str = "/", body: bytes = b"", query: dict[str, str] | None = None, **headers: str
) -> Request:
    """A request with the headers that the vendor's SDKs send; underscores in names of headers stand for hyphens."""
    sent = {
        "host": "eci.cn-hangzhou.aliyuncs.com",
        "x-acs-action": "DescribeContainerGroups",
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-acs-date": "2026-01-01T00:00:00Z",
        "x-acs-signature-nonce": "nonce",
        "x-acs-version": "2018-08-08",
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    return Request(method, path, sent, body, query or {}, sent["host"])


def with_header(request: Request, name: str, text: str) -> Request:
    """The request with one header changed or added."""
    return replace(request, headers={**request.headers, name: text})


def without(request: Request, name: str) -> Request:
    """The request without one header."""
    return replace(request, headers={key: text for key, text in request.headers.items() if key != name})


def resigned_without(request: Request, name: str) -> Request:
    """The request signed without one of its headers, which is sent all the same."""
    return replace(sign(without(request, name)), headers={**sign(without(request, name)).headers, name: "x"})


SIGNED = [
    make_request(),
    make_request("GET", query={"RegionId": "cn-hangzhou", "Tag.1.Key": AWKWARD, "Empty": ""}),
    make_request("PUT", "/2023-03-30/functions/a name~群/invocations", b"\x00body"),
    make_request(x_acs_security_token="token", content_type="application/json"),
    make_request(x_acs_signature_nonce="  spaces around  "),
]


@pytest.mark.parametrize("request_", SIGNED, ids=["plain", "query", "path", "token", "spaces"])
def test_vendor_signature_is_accepted(request_: Request) -> None:
    """What the vendor's signer signs is accepted: with a query, an escaped path, a body, a security token."""
    verify(sign(request_), ACCOUNT)


def test_space_after_a_comma_is_accepted() -> None:
    """The vendor's page writes the header with spaces after its commas, the SDK without."""
    request = sign(make_request())

    verify(with_header(request, "authorization", request.headers["authorization"].replace(",", ", ")), ACCOUNT)


BASE = make_request(query={"RegionId": "cn-hangzhou"}, body=b"body", path="/a", content_type="text/plain")

CHANGED: list[tuple[str, Callable[[Request], Request]]] = [
    ("method", lambda r: replace(r, method="GET")),
    ("path", lambda r: replace(r, path="/b")),
    ("body", lambda r: replace(r, body=b"other")),
    ("parameter changed", lambda r: replace(r, query={"RegionId": "cn-beijing"})),
    ("parameter added", lambda r: replace(r, query={**r.query, "Limit": "1"})),
    ("parameter removed", lambda r: replace(r, query={})),
    ("signature", lambda r: with_header(r, "authorization", r.headers["authorization"][:-1] + "g")),
    ("signature not ASCII", lambda r: with_header(r, "authorization", r.headers["authorization"] + "é")),
    (
        "signature empty",
        lambda r: with_header(r, "authorization", r.headers["authorization"].split("Signature=")[0] + "Signature="),
    ),
    *((name, partial(with_header, name=name, text="changed")) for name in BASE.headers),
]


@pytest.mark.parametrize("change", [case[1] for case in CHANGED], ids=[case[0] for case in CHANGED])
def test_changed_part_is_refused(change: Callable[[Request], Request]) -> None:
    """A signed request with one part changed does not match its signature."""
    with pytest.raises(Acs3Error) as caught:
        verify(change(sign(BASE)), ACCOUNT)

    assert caught.value.problem is Problem.MISMATCH
    assert ACCOUNT.access_key_secret not in str(caught.value)


REFUSED: list[tuple[Problem, str, Request]] = [
    (Problem.NO_AUTHORIZATION, "Authorization", BASE),
    (Problem.NO_AUTHORIZATION, "Authorization", with_header(BASE, "authorization", "Bearer x")),
    (Problem.ALGORITHM, "ACS3-HMAC-SM3", sign(BASE, "ACS3-HMAC-SM3")),
    (Problem.ACCESS_KEY, "other", sign(BASE, account=replace(ACCOUNT, access_key_id="other"))),
    (Problem.UNSIGNED_HEADER, "x-acs-security-token", with_header(sign(BASE), "x-acs-security-token", "t")),
    (Problem.UNSIGNED_HEADER, "host", sign(without(BASE, "host"))),
    (Problem.UNSIGNED_HEADER, "x-acs-date", resigned_without(BASE, "x-acs-date")),
    (Problem.UNSIGNED_HEADER, "x-acs-date", without(sign(BASE), "x-acs-date")),
    (Problem.UNSIGNED_HEADER, "x-acs-version", resigned_without(BASE, "x-acs-version")),
]


@pytest.mark.parametrize(("problem", "detail", "request_"), REFUSED)
def test_incomplete_request_is_refused(problem: Problem, detail: str, request_: Request) -> None:
    """Each other reason to refuse has its own problem, and names what it is about."""
    with pytest.raises(Acs3Error) as caught:
        verify(request_, ACCOUNT)

    assert (caught.value.problem, caught.value.detail) == (problem, detail)


def test_wrong_secret_is_refused() -> None:
    """A signature by another secret does not match; the answer shows the canonical request, not the token."""
    request = sign(make_request(x_acs_security_token="token-1"), account=replace(ACCOUNT, access_key_secret="wrong"))

    with pytest.raises(Acs3Error) as caught:
        verify(request, ACCOUNT)

    assert caught.value.problem is Problem.MISMATCH
    assert caught.value.detail.startswith("POST\n/\n\nhost:eci.cn-hangzhou.aliyuncs.com\n")
    assert "x-acs-security-token:***\n" in caught.value.detail


def test_parse_authorization() -> None:
    """The header comes apart into algorithm, key, names of signed headers and signature."""
    text = "ACS3-HMAC-SHA256 Credential=key,SignedHeaders=host;x-acs-date,Signature=0f"

    assert parse_authorization(text) == (ALGORITHM, "key", ("host", "x-acs-date"), "0f")
