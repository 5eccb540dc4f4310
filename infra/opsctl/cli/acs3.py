"""Calls of Function Compute's 2023-03-30 API, signed by hand.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature (ACS3-HMAC-SHA256), style
ROA: the function's name is in the path, the payload is the body as it is.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import requests

if TYPE_CHECKING:
    from opsctl.cli.remote import Remote

VERSION = "2023-03-30"
ALGORITHM = "ACS3-HMAC-SHA256"
CONNECT_S, READ_S = 5, 900
"""A synchronous invocation answers when the function has done its work."""


def call(
    remote: Remote, action: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> requests.Response:
    """One call; the reply as it is, a refusal among them."""
    encoded = f"/{VERSION}/{quote(path.lstrip('/'), safe='/-_.~')}"
    sent = {**(headers or {}), **signed(remote, action, method, encoded, body)}
    # Redirects would take the signature elsewhere.
    return requests.request(
        method,
        f"{remote.fc}{encoded}",
        data=body,
        headers=sent,
        timeout=(CONNECT_S, READ_S),
        allow_redirects=False,
    )


def signed(remote: Remote, action: str, method: str, path: str, body: bytes) -> dict[str, str]:
    """The headers of a request, its signature among them."""
    digest = hashlib.sha256(body).hexdigest()
    headers = {
        "content-type": "application/octet-stream",
        "host": urlsplit(remote.fc).netloc,
        "x-acs-action": action,
        "x-acs-content-sha256": digest,
        "x-acs-date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-version": VERSION,
    }
    if remote.security_token:
        headers["x-acs-security-token"] = remote.security_token
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    canonical = "\n".join([method, path, "", lines, ";".join(names), digest])
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(remote.access_key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    told = f"Credential={remote.access_key_id},SignedHeaders={';'.join(names)},Signature={signature}"
    return {**headers, "Authorization": f"{ALGORITHM} {told}"}
