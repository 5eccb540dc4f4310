"""Calls of the 2023-03-30 API, signed by hand: the vendor's SDK needs an environment of its own (tests/apart/fc)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import requests

from yunmock.acs3 import canonical_request, signature
from yunmock.http import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.yunmock.conftest import Place


def call(
    place: Place,
    method: str,
    path: str,
    body: bytes = b"",
    change: Callable[[dict[str, str]], None] = lambda _: None,
    **query: str,
) -> Any:
    """A call of the 2023-03-30 API, signed by hand; `change` alters the headers after signing."""
    host = place.endpoints["fc"].split("://")[1]
    headers = {
        "host": host,
        "x-acs-action": "Any",
        "x-acs-version": "2023-03-30",
        "x-acs-date": "2026-01-01T00:00:00Z",
        "x-acs-signature-nonce": "n",
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
    }
    signed, account = sorted(headers), place.cloud.account
    sign = signature(canonical_request(Request(method, path, headers, body, query), signed), account.access_key_secret)
    headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={account.access_key_id},SignedHeaders={';'.join(signed)},Signature={sign}"
    )
    change(headers)
    url = f"{place.endpoints['fc']}{path}"
    return requests.request(method, url, headers=headers, data=body, params=query, timeout=5)
