"""The signatures of deliveries over HTTP, checked as receivers check them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import requests
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from yunmock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.yunmock.conftest import Place
    from tests.yunmock.receiver import Received, Receiver

FIXED = "x-eventbridge-signature-timestamp", None, "x-eventbridge-signature-version", "x-eventbridge-signature-url"
TOKEN = "x-eventbridge-signature-token"


def lines(url: str, got: Received, method: str) -> bytes:
    """What is signed, as the vendor's page and its Java verifier (StringToSignBuilder) put it together."""
    names = [name or method for name in FIXED] + [TOKEN] * (TOKEN in got.headers)
    return "".join([f"{url}\n", *(f"{name}: {got.headers[name]}\n" for name in names)]).encode() + got.body


def public_key(pem: bytes) -> rsa.RSAPublicKey:
    """The key in a certificate."""
    key = x509.load_pem_x509_certificate(pem).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def received(place: Place, receiver: Receiver, make_rule: Callable[..., None], event: Any, token: str) -> Any:
    """The request that delivers an event, and the certificate at the address that it names."""
    params = {"url": ("CONSTANT", f"{receiver.url}/in?a=1"), "Body": ("ORIGINAL",)}
    params |= {"Network": ("CONSTANT", "PublicNetwork"), "Token": ("CONSTANT", token)}
    make_rule(place, "http", receiver.url, params)
    place.put(event(data='{"state":"运行"}'.encode()))
    got = receiver.received[0]
    with mock_aliyun(place.cloud):
        answer = requests.get(got.headers["x-eventbridge-signature-url"], timeout=10)
    assert answer.status_code == 200
    return got, public_key(answer.content)


@pytest.mark.parametrize("token", ["", "our token"])
def test_the_present_signature(
    place: Place, receiver: Receiver, make_rule: Callable[..., None], event: Any, token: str
) -> None:
    """`x-eventbridge-signature-v2` is an RSA signature that the certificate proves, and no other body's."""
    place.cloud.clock.freeze(1_700_000_000_123)

    got, key = received(place, receiver, make_rule, event, token)

    assert got.headers["x-eventbridge-signature-timestamp"] == "1700000000123"
    assert got.headers["x-eventbridge-hash-method"] == "SHA256"
    assert got.headers.get(TOKEN, "") == token
    signed = lines(f"{receiver.url}/in?a=1", got, "x-eventbridge-hash-method")
    sign = base64.b64decode(got.headers["x-eventbridge-signature-v2"], validate=True)
    key.verify(sign, signed, padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(InvalidSignature):
        key.verify(sign, signed + b" ", padding.PKCS1v15(), hashes.SHA256())


def test_the_older_signature(here: Place, receiver: Receiver, make_rule: Callable[..., None], event: Any) -> None:
    """`x-eventbridge-signature` is an HMAC-SHA1 whose secret the public key opens, as the vendor's verifier does it."""
    got, key = received(here, receiver, make_rule, event, "t")

    block = base64.b64decode(got.headers["x-eventbridge-signature-secret"], validate=True)
    secret = key.recover_data_from_signature(block, padding.PKCS1v15(), None)
    signed = lines(f"{receiver.url}/in?a=1", got, "x-eventbridge-signature-method") + b"\n"
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha1).digest()).decode()
    assert got.headers["x-eventbridge-signature"] == expected


def test_the_certificate_is_where_receivers_expect_it(
    here: Place, receiver: Receiver, make_rule: Callable[..., None], event: Any
) -> None:
    """Its host is EventBridge's own of the region; a name that no key has is not found there."""
    received(here, receiver, make_rule, event, "")

    address = receiver.received[0].headers["x-eventbridge-signature-url"]
    assert address.startswith("https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_")
    with mock_aliyun(here.cloud):
        other = requests.get(address.rpartition("_")[0] + "_0.pem", timeout=10)
    assert other.status_code == 403


UNSIGNED = """
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "cryptography" else found(name, *rest)
from yunmock.eventbridge.signature import certificate, headers
print(headers("cn-hangzhou", "http://127.0.0.1/", b"", 1, "t"), certificate("/x509_public_certificate_0.pem"))
"""


def test_without_the_extra(tmp_path: Path) -> None:
    """Where `cryptography` is not installed requests have the token alone, and no signature that proves nothing."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", UNSIGNED], capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path
    )

    assert done.stdout == "{'x-eventbridge-signature-token': 't'} None\n"
