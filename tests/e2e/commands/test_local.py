"""`opsledger local` serves the cloud: the names it answers to, and the environment it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Ran

    from yunmock.server import Server

NAMED = "cloud.internal"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Instead of waiting for a signal, the command asks itself by another name; these are the answers' statuses."""
    statuses: list[int] = []

    def ask(server: Server, **_: Any) -> None:
        with server:
            url = f"http://{server.address}/_yunmock/health"
            statuses.append(requests.get(url, headers={"Host": NAMED}, timeout=5).status_code)
            assert server.environment["ECI_ENDPOINT"] == f"http://{server.address}"
            assert server.cloud.function_environment["ECI_ENDPOINT"] == f"http://{server.address}"

    monkeypatch.setattr("opsctl.cli.serve.serve_until_stopped", ask)
    return statuses


@pytest.mark.parametrize(
    ("words", "status"),
    [((), 403), (("--allow-host", NAMED), 200), (("--allow-host", "a", "--allow-host", NAMED), 200)],
)
def test_allow_host(run: Callable[..., Ran], answers: list[int], words: tuple[str, ...], status: int) -> None:
    """A request that names the server otherwise is refused, unless the name is allowed."""
    assert run("local", *words).code == 0
    assert answers == [status]
