"""The vendor's SDK for Python on queues: in the process of a program, and against a server."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from yunmock import local_cloud
from yunmock.mns.api import CALLS
from yunmock.mns.coverage import COVERAGE
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.apart.conftest import Installed

PAGE = Path(__file__).parents[3] / "docs" / "yunmock" / "smq.md"
PROGRAM = Path(__file__).parent / "roundtrip.py"
SHOWN = {
    "visibility": 50,
    "size": 2048,
    "listed": ["orders"],
    "one": ["grüße <1>", "grüße <1>", 1, 3],
    "same": True,
    "gone": "MessageNotExist",
    "peeked": ["m0", "m1", "m2"],
    "received": ["m0", "m1", "m2"],
    "partly": "MessageNotExist",
    "mixed": "InvalidArgument",
    "large": "InvalidArgument",
    "none": "QueueNotExist",
    "topics": "InvalidArgument",
}


@pytest.fixture
def run(installed: Callable[[str], Installed]) -> Callable[..., Any]:
    """Runs the program with its arguments, and returns the JSON that it prints."""

    def start(*arguments: str) -> Any:
        # The SDK warns of methods of its own that will go.
        ran = installed("mns").run("python", "-W", "ignore::DeprecationWarning", str(PROGRAM), *arguments)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return start


def test_in_process(run: Callable[..., Any]) -> None:
    """Every call works with a checked signature; a dropped connection and a foreign host raise as they should."""
    shown = run("")

    assert {name: shown[name] for name in SHOWN} == SHOWN
    assert shown["url"] == "http://1000000000000001.mns.cn-hangzhou.aliyuncs.com/queues/orders"
    assert shown["problems"] == ["MNSClientNetworkException", "EndpointRefusedError"]


def test_against_a_server(run: Callable[..., Any]) -> None:
    """The same over loopback, with the keys and the endpoint that the server names."""
    with Server(local_cloud(strict_keys=True)) as server:
        account = server.cloud.account
        shown = run(server.environment["MNS_ENDPOINT"], account.access_key_id, account.access_key_secret)

        assert {name: shown[name] for name in SHOWN} == SHOWN
        assert shown["url"] == f"http://{server.address}/queues/orders"


def test_the_table_of_calls(run: Callable[..., Any]) -> None:
    """`yunmock.mns.api` has the calls that this SDK makes, at the addresses that it sends them to."""
    shown = run("")

    assert shown["methods"] == sorted(CALLS)
    assert shown["calls"] == {name: CALLS[name] for name in COVERAGE.calls}


def test_the_page(installed: Callable[[str], Installed]) -> None:
    """The example of the page runs."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)

    ran = installed("mns").run("python", "-W", "error", "-c", example)

    assert ran.returncode == 0, ran.stderr
