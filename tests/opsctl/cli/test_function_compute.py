"""Calls of Function Compute's API: the signed headers, and replies that are not the API's own."""

from __future__ import annotations

import hashlib
import hmac

import pytest
import requests

from opsctl.cli import function_compute
from opsctl.cli.endpoints import Endpoint
from opsledger.errors import UnavailableError


def test_a_security_token_is_signed() -> None:
    """The token is among the signed headers, and the signature follows the vendor's formula."""
    endpoint = Endpoint("https://fc.example", "an-id", "a-secret", "a-token")
    path = "/2023-03-30/functions/a%20name/invocations"

    headers = function_compute.signed_headers(endpoint, "InvokeFunction", "POST", path, b"body")

    algorithm, _, fields = headers.pop("Authorization").partition(" ")
    signed = dict(field.split("=", 1) for field in fields.split(","))
    names = signed["SignedHeaders"].split(";")
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    digest = hashlib.sha256(b"body").hexdigest()
    canonical = f"POST\n{path}\n\n{lines}\n{';'.join(names)}\n{digest}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    assert (algorithm, signed["Credential"]) == ("ACS3-HMAC-SHA256", "an-id")
    assert names == sorted(headers)
    assert headers["x-acs-security-token"] == "a-token"
    assert signed["Signature"] == hmac.new(b"a-secret", text.encode(), hashlib.sha256).hexdigest()


def test_a_reply_that_is_not_json_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy's error page instead of the API's answer."""
    reply = requests.Response()
    reply.status_code, reply._content = 502, b"<html>Bad Gateway</html>"
    monkeypatch.setattr(requests, "request", lambda *_, **__: reply)

    with pytest.raises(UnavailableError, match="502: <html>Bad Gateway"):
        function_compute.describe(Endpoint("https://fc.example", "a", "b"), "functions/a")
