"""Services find each other through the cloud, by what they can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from yunmock import Cloud, Fault, deploy, local_cloud
from yunmock.control import Control
from yunmock.http import Request, Response
from yunmock.services import Controllable, Invoker, Publisher

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Silent:
    """A service that can do nothing but answer."""

    name = "silent"

    def operation(self, request: Request) -> str:
        """The path."""
        return request.path

    def handle(self, request: Request) -> Response:  # noqa: ARG002 - the protocol's signature
        """An empty answer."""
        return Response(200)

    def fail(self, request: Request, fault: Fault) -> Response:  # noqa: ARG002 - the protocol's signature
        """An empty error."""
        return Response(fault.status)


@pytest.fixture
def cloud() -> Cloud:
    """A cloud whose services can do nothing."""
    cloud = Cloud()
    cloud.services.update({name: Silent() for name in ("fc", "eventbridge", "eci")})
    return cloud


def test_services_implement_the_protocols() -> None:
    """Function Compute invokes, EventBridge publishes, and those with control calls take them."""
    cloud = local_cloud()

    assert isinstance(cloud.invoker, Invoker)
    assert isinstance(cloud.publisher, Publisher)
    assert all(isinstance(cloud.services[name], Controllable) for name in ("eventbridge", "fc", "eci", "ecs"))
    assert not isinstance(cloud.services["tablestore"], Controllable)


def test_a_service_that_cannot_is_named(cloud: Cloud, write_template: Callable[..., Path]) -> None:
    """Asking a service for what it cannot do is an error with the service's name."""
    with pytest.raises(TypeError, match="'fc' does not invoke functions"):
        _ = cloud.invoker
    with pytest.raises(TypeError, match="'eventbridge' does not publish events"):
        _ = cloud.publisher
    with pytest.raises(TypeError, match="'fc' takes no functions"):
        deploy(cloud, write_template())

    answer = Control(cloud).handle(Request("GET", "/_yunmock/traces", {}, query={"event_id": "e"}))

    assert answer.status == 400
    assert b"'eventbridge' has no control calls" in answer.body


@pytest.mark.parametrize(
    ("method", "call", "body"),
    [
        ("POST", "streams/feed", b'{"name": "s", "messages": "no list"}'),
        ("POST", "seed", b'{"value": []}'),
        ("POST", "faults", b'{"rows": 5}'),
        ("POST", "clock/advance", b'{"seconds": []}'),
        ("GET", "traces", b"{}"),
    ],
)
def test_wrong_arguments_of_a_control_call(method: str, call: str, body: bytes) -> None:
    """A control call with a missing argument, or one of the wrong type, is refused."""
    answer = Control(local_cloud()).handle(Request(method, f"/_yunmock/{call}", {}, body))

    assert (answer.status, b'"error"' in answer.body) == (400, True)


def test_a_service_that_there_is_not() -> None:
    """Its name is refused with the names that there are, of which one was meant."""
    with pytest.raises(KeyError, match="no service 'event-bridge'; there are tablestore, eventbridge, fc"):
        local_cloud().services["event-bridge"]
