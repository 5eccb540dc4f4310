"""What a web page may not do: neither read from the server nor make it do anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from yunmock import local_cloud
from yunmock.http import Request
from yunmock.same_origin import refusal
from yunmock.server import Server

if TYPE_CHECKING:
    from yunmock.server import Server as RunningServer

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:3000"},
    {"Origin": "http://127.0.0.1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "localhost.evil.example"},
    {"Host": "aliyuncs.com.evil.example"},
    {"Host": "evil-aliyuncs.com"},
    {"Host": "10.0.0.1"},
    {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
]
PATHS = [
    ("POST", "/_yunmock/reset"),
    ("GET", "/_yunmock/calls"),
    ("POST", "/openapi/putEvents"),
    ("POST", "/2016-08-15/services/s/functions/f/invocations"),
    ("GET", "/2016-08-15/proxy/s/f/"),
    ("POST", "/?Action=DescribeContainerGroups"),
    ("POST", "/PutRow"),
    ("OPTIONS", "/_yunmock/reset"),
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize(("method", "path"), PATHS)
def test_pages_are_refused(server: RunningServer, method: str, path: str, headers: dict[str, str]) -> None:
    """A request that a foreign page sent, or that came by a foreign name, is refused; no service sees it."""
    answer = requests.request(method, f"http://{server.address}{path}", headers=headers, timeout=5)

    assert answer.status_code == 403
    assert "may not call this server" in answer.json()["message"] or "--allow-host" in answer.json()["message"]
    assert server.cloud.calls == []
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


ACCEPTED = [
    {},
    {"Sec-Fetch-Site": "none"},
    {"Host": "localhost"},
    {"Host": "LOCALHOST:80"},
    {"Host": "app.localhost:1"},
    {"Host": "[::1]:80"},
    {"Host": "1.cn-hangzhou.fc.aliyuncs.com"},
    {"Host": "echo-abc.cn-hangzhou.fcapp.run"},
    {"Host": "localhost:9", "Origin": "http://localhost:9", "Sec-Fetch-Site": "same-origin"},
]


@pytest.mark.parametrize("headers", ACCEPTED, ids=str)
def test_sdks_and_own_pages_are_accepted(server: RunningServer, headers: dict[str, str]) -> None:
    """Loopback, the hosts of Alibaba Cloud, and pages of the server itself are accepted."""
    assert requests.get(f"http://{server.address}/_yunmock/health", headers=headers, timeout=5).status_code != 403


def test_allowed_hosts() -> None:
    """A name that the server was started with is accepted, in any case of letters; another is not."""
    with Server(local_cloud(), allow_hosts=["Yunmock"]) as server:
        url = f"http://{server.address}/_yunmock/health"
        assert requests.get(url, headers={"Host": "yunMOCK:80"}, timeout=5).ok
        assert requests.get(url, headers={"Host": "other"}, timeout=5).status_code == 403


@pytest.mark.parametrize("host", ["", "127.1.2.3", "localhost.", "[::1]"])
def test_hosts_of_this_machine(host: str) -> None:
    """No Host at all (HTTP/1.0, which no browser speaks) and every form of loopback pass."""
    assert refusal(Request("GET", "/", {}, host=host)) == ""
