"""Endpoints: addresses and credentials read from the environment."""

from __future__ import annotations

import pytest

from opsctl.cli import endpoints
from opsledger.errors import MisconfiguredError

CREDENTIALS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "an-id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "a-secret"}
PLACE = {"ALIBABA_CLOUD_ACCOUNT_ID": "1000000000000001", "ALIBABA_CLOUD_REGION_ID": "cn-beijing"}


@pytest.mark.parametrize(
    ("service", "given", "url"),
    [
        ("FC_ENDPOINT", "", "https://1000000000000001.cn-beijing.fc.aliyuncs.com"),
        ("FC_ENDPOINT", "fcv3.cn-beijing.aliyuncs.com", "https://fcv3.cn-beijing.aliyuncs.com"),
        ("FC_ENDPOINT", "http://10.0.0.1:9000/", "http://10.0.0.1:9000"),
        ("EVENTBRIDGE_ENDPOINT", "", "https://1000000000000001.eventbridge.cn-beijing.aliyuncs.com"),
        ("EVENTBRIDGE_ENDPOINT", "127.0.0.1:9000", "http://127.0.0.1:9000"),
    ],
)
def test_url_of_a_service(service: str, given: str, url: str) -> None:
    """The variable's host or else the region's; TLS, unless the variable has http:// or a loopback host."""
    found = endpoints.find(service, {**CREDENTIALS, **PLACE, service: given})

    assert found.url == url


def test_repr_hides_the_secrets() -> None:
    """An endpoint in a log line or a traceback gives no secret away."""
    found = endpoints.find("FC_ENDPOINT", {**CREDENTIALS, **PLACE, "ALIBABA_CLOUD_SECURITY_TOKEN": "a-token"})

    assert (found.access_key_secret, found.security_token) == ("a-secret", "a-token")
    assert "a-secret" not in repr(found)
    assert "a-token" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [("ALIBABA_CLOUD_ACCOUNT_ID", "me"), ("ALIBABA_CLOUD_REGION_ID", "here"), ("FC_ENDPOINT", "a b")],
)
def test_an_invalid_variable_is_named(name: str, value: str) -> None:
    """An account, region or host of the wrong form is refused."""
    with pytest.raises(MisconfiguredError, match=name):
        endpoints.find("FC_ENDPOINT", {**CREDENTIALS, **PLACE, name: value})
