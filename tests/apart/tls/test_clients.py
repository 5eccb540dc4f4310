"""HTTPS of a server for the clients that `make test` lacks: Node, and the SDK of queues."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from yunmock import local_cloud
from yunmock.certificates import new_certificate
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.apart.conftest import Installed

APART = Path(__file__).parents[1]
MODULES = APART.parents[1] / ".venv" / "apart-node" / "node_modules"


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Server]:
    """A server with a certificate."""
    cloud = local_cloud()
    with Server(cloud, certificate=new_certificate(tmp_path / "ca.pem")) as server:
        yield server
    cloud.close()


def output_of(command: list[str], environment: dict[str, str]) -> dict[str, object]:
    """The JSON that a program prints."""
    done = subprocess.run(  # noqa: S603 - our own programs
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    shown: dict[str, object] = json.loads(done.stdout)
    return shown


def test_node(secure: Server) -> None:
    """The environment that the server prints is enough for Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    environment = {**os.environ, **secure.environment, "NODE_PATH": str(MODULES)}

    assert secure.environment["OTS_ENDPOINT"].startswith("https://")
    assert output_of([node, str(APART / "node" / "roundtrip.js")], environment)["range"] == ["a", "b", "c"]


def test_the_sdk_of_queues(secure: Server, installed: Callable[[str], Installed]) -> None:
    """It trusts what `SSL_CERT_FILE` names, as the standard library does."""
    place, account = installed("mns"), secure.cloud.account
    environment = {**place.environment, "SSL_CERT_FILE": secure.environment["YUNMOCK_CA"]}
    program = [str(place.bin / "python"), "-W", "ignore::DeprecationWarning", str(APART / "mns" / "roundtrip.py")]

    arguments = [secure.environment["MNS_ENDPOINT"], account.access_key_id, account.access_key_secret]

    assert arguments[0].startswith("https://")
    assert output_of([*program, *arguments], environment)["listed"] == ["orders"]
