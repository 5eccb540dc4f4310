"""What a recording must not have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from yunmock.recording.scrub import Scrubber, is_secret


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "x-acs-security-token",
        "x-acs-signature-nonce",
        "x-ots-accesskeyid",
        "AccessKeyId",
        "Signature",
        "sign",
        "SecretKey",
        "client_secret",
        "password",
        "DB_PASSWD",
        "access_token",
        "Set-Cookie",
        "privateKey",
        "x-eventbridge-signature-token",
    ],
)
def test_names_of_secrets(name: str) -> None:
    """Keys, signatures, tokens, passwords and cookies are secrets."""
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["NextToken", "ClientToken", "next_token", "tokenLookup", "design", "Assign", "functionName", "RequestId"]
)
def test_names_of_no_secrets(name: str) -> None:
    """Tokens of pages and of idempotency belong to the talk, as do names that only sound alike."""
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        ('{"password":"p1234567"}', "application/json", '{"password":"***"}'),
        ('{"a":1.50}', "application/json", '{"a":1.50}'),
        ('{"a": {"b": [{"token": "t1"}]}}', "", '{"a":{"b":[{"token":"***"}]}}'),
        ('{"ResourceKey":"SecretKey","Value":"SECabc"}', "", '{"ResourceKey":"SecretKey","Value":"***"}'),
        (
            "AccessKeyId=me&Action=Go&Signature=s",
            "application/x-www-form-urlencoded",
            "AccessKeyId=%2A%2A%2A&Action=Go&Signature=%2A%2A%2A",
        ),
        (
            "see https://h/robot/send?access_token=abc&x=1 there",
            "",
            "see https://h/robot/send?access_token=***&x=1 there",
        ),
        ("https://h/cgi-bin/webhook/send?key=abc", "", "https://h/cgi-bin/webhook/send?key=***"),
        ("https://h/open-apis/bot/v2/hook/abc", "", "https://h/open-apis/bot/v2/hook/***"),
        ("the secret value-of-the-account stays out", "", "the secret *** stays out"),
        ("no json {", "", "no json {"),
        ("http://[malformed?token=abc", "", "http://***"),
        ("[" * 5000, "", "[" * 5000),
    ],
)
def test_bodies(body: str, kind: str, expected: str) -> None:
    """Credentials are replaced by their names and values; anything else keeps its form, numbers too."""
    assert Scrubber(["value-of-the-account"]).body(body.encode(), kind).decode() == expected


def test_json_in_a_text() -> None:
    """Settings that are JSON text inside JSON are looked through, too."""
    config = json.dumps({"authConfig": json.dumps({"client_secret": "abcdefgh"})})
    clean: Any = json.loads(Scrubber().body(json.dumps({"triggerConfig": config}).encode(), ""))

    assert json.loads(json.loads(clean["triggerConfig"])["authConfig"]) == {"client_secret": "***"}


def test_a_value_is_known_everywhere() -> None:
    """What stood under a secret name is replaced where it stands without one."""
    scrubber = Scrubber()
    scrubber.names({"x-fc-security-token": "a-long-token"})

    assert scrubber.text("it was a-long-token") == "it was ***"


def test_paths() -> None:
    """The paths of webhooks end in a credential; those of services do not."""
    scrubber = Scrubber()

    assert scrubber.path("/services/T0/B0/secret") == "/services/***"
    assert scrubber.path("/2016-08-15/services/s/functions/f") == "/2016-08-15/services/s/functions/f"


def test_bytes_are_kept() -> None:
    """Bytes are not changed."""
    assert Scrubber(["secretsecret"]).body(b"\xffsecretsecret", "") == b"\xffsecretsecret"
