"""How large what Function Compute takes and gives may be: at the limit it passes, one byte beyond it is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import fc2
import pytest
import requests

from yunmock import local_cloud
from yunmock.fc.limits import (
    MAX_ASYNC_BYTES,
    MAX_BUS_BYTES,
    MAX_HEADER_BYTES,
    MAX_PATH_BYTES,
    MAX_RESULT_BYTES,
    MAX_SYNC_BYTES,
)
from yunmock.s_yaml import InvalidTemplateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.yunmock.conftest import Place

LENGTH = "def handler(event, context):\n    return len(event)\n"
RESULT = "def handler(event, context):\n    return 'x' * int(event)\n"
WEB = {"triggerName": "web", "triggerType": "http", "triggerConfig": {"authType": "anonymous"}}
URL = "https://echo.cn-hangzhou.fcapp.run"


@pytest.mark.parametrize(("kind", "limit"), [("Sync", 32 * 1024 * 1024), ("Async", 128 * 1024)])
def test_events(place: Place, deploy: Any, kind: str, limit: int) -> None:
    """An event over the limit of its invocation type is refused in the service's words."""
    deploy(place, LENGTH)

    taken = place.invoke(b"x" * limit, x_fc_invocation_type=kind)
    with pytest.raises(fc2.FcError) as refused:
        place.invoke(b"x" * (limit + 1), x_fc_invocation_type=kind)

    assert taken.data == (str(limit).encode() if kind == "Sync" else b"")
    assert (refused.value.status_code, refused.value.err_code) == (400, "EntityTooLarge")
    assert f"payload size exceeds maximum allowed size ({limit} bytes)" in refused.value.message
    assert len(place.cloud.invocations_of("echo")) == 2  # the refused one is shown, too


def test_results(here: Place, deploy: Any) -> None:
    """A result beyond the limit fails the invocation, whatever the function has done."""
    deploy(here, RESULT, timeout=60)

    taken = here.functions.invoke("echo", str(MAX_RESULT_BYTES).encode())
    failed = here.functions.invoke("echo", str(MAX_RESULT_BYTES + 1).encode())

    assert (taken.ok, len(taken.body)) == (True, MAX_RESULT_BYTES)
    assert (failed.status, failed.error_type) == (200, "UnhandledInvocationError")
    words = f"the result has {MAX_RESULT_BYTES + 1} bytes, the limit is {MAX_RESULT_BYTES}"
    assert failed.error == f"ResultTooLargeError: {words}"


class Web(NamedTuple):
    """A request to an HTTP trigger, at its limit (`extra` 0) or beyond it."""

    name: str
    send: Callable[[int], requests.Response]


def _ask(method: str = "POST", path: str = "/", **options: Any) -> requests.Response:
    return requests.request(method, URL + path, timeout=10, **options)


WEBS = [
    Web("body", lambda extra: _ask(data=b"x" * (MAX_SYNC_BYTES + extra))),
    Web(
        "body",
        lambda extra: _ask(data=b"x" * (MAX_ASYNC_BYTES + extra), headers={"x-fc-invocation-type": "Async"}),
    ),
    Web("path", lambda extra: _ask(path="/" + "p" * (MAX_PATH_BYTES - 1 + extra))),
    Web("path", lambda extra: _ask(path="/", params={"q": "v" * (MAX_PATH_BYTES - 4 + extra)})),
    Web("headers", lambda extra: _ask(headers={"x-a": "v" * (MAX_HEADER_BYTES - 500 + 500 * extra)})),
]


@pytest.mark.parametrize("web", WEBS, ids=lambda web: web.name)
def test_http_requests(here: Place, deploy: Any, web: Web) -> None:
    """The body, the path with its query, and the headers are limited: beyond it 400 InvalidArgument."""
    deploy(here, LENGTH, triggers=[WEB])

    taken, refused = web.send(0), web.send(1)

    assert taken.status_code in (200, 202)
    assert (refused.status_code, refused.json()["ErrorCode"]) == (400, "InvalidArgument")
    assert refused.json()["ErrorMessage"].startswith(f"the {web.name} has ")


def test_http_responses(here: Place, deploy: Any) -> None:
    """Headers of more than 8 KB are 502 BadResponse."""
    code = """
    import json
    def handler(event, context):
        size = int(json.loads(event)["body"])
        return {"statusCode": 200, "headers": {"x-a": "v" * (size - len("x-a"))}, "body": "ok"}
    """
    deploy(here, code, triggers=[WEB])

    taken, refused = (_ask(data=str(size)) for size in (MAX_HEADER_BYTES, MAX_HEADER_BYTES + 1))

    assert (taken.status_code, taken.text) == (200, "ok")
    assert (refused.status_code, refused.json()["ErrorCode"]) == (502, "BadResponse")


def test_reserved_headers_of_a_response(here: Place, deploy: Any) -> None:
    """A function cannot set what Function Compute sets itself."""
    own = {"X-Fc-Request-Id": "mine", "Connection": "close", "Date": "now", "Server": "mine", "X-Own": "kept"}
    code = f"def handler(event, context):\n    return {{'statusCode': 200, 'headers': {own!r}}}\n"
    deploy(here, code, triggers=[WEB])

    headers = _ask().headers

    assert headers["X-Own"] == "kept"
    assert "mine" not in headers.values()
    assert not {"Connection", "Date", "Server"} & set(headers)


def test_an_http_trigger_invokes_asynchronously_on_request(here: Place, deploy: Any) -> None:
    """With `X-Fc-Invocation-Type: Async` the answer is 202 without a body, and the function has run."""
    deploy(here, LENGTH, triggers=[WEB])

    answer = _ask(headers={"X-Fc-Invocation-Type": "Async"})

    (run,) = here.cloud.invocations_of("echo")
    assert (answer.status_code, answer.content, run.cause) == (202, b"", "async")
    assert run.invocation.request_id == answer.headers["X-Fc-Request-Id"]


@pytest.mark.parametrize("header", ["x_fc_stateful_async_invocation_id", "x_fc_async_task_id"])
def test_asynchronous_tasks_are_refused(here: Place, deploy: Any, header: str) -> None:
    """By the header that asks for one: yunmock does not keep them."""
    deploy(here, LENGTH)

    with pytest.raises(fc2.FcError, match="yunmock has no asynchronous tasks") as refused:
        here.invoke(b"", x_fc_invocation_type="Async", **{header: "job-1"})

    assert refused.value.err_code == "InvalidArgument"


def test_the_payload_of_a_timer(write_template: Callable[..., Path]) -> None:
    """A timer invokes asynchronously, so its payload is refused when it is deployed, by its key."""
    timer = {"cronExpression": "@every 1m", "payload": "x" * (MAX_ASYNC_BYTES + 1)}
    trigger = {"triggerName": "t", "triggerType": "timer", "triggerConfig": timer}

    with pytest.raises(InvalidTemplateError, match=r"triggerConfig\.payload: is longer than 131072 bytes"):
        local_cloud(template=write_template(triggers=[trigger]))


@pytest.mark.parametrize(("size", "sent"), [(MAX_BUS_BYTES // 2, 1), (MAX_BUS_BYTES, 0)])
def test_a_bus_as_destination(here: Place, deploy: Any, size: int, sent: int, caplog: pytest.LogCaptureFixture) -> None:
    """A result that is too large for the bus is lost, and yunmock logs why."""
    here.bridge.registry.create_bus("results", "")
    arn = "acs:eventbridge:cn-hangzhou:1000000000000001:eventbus/results"
    deploy(here, RESULT, asyncInvokeConfig={"destinationConfig": {"onSuccess": {"destination": arn}}})

    here.functions.invoke("echo", json.dumps(size).encode(), asynchronous=True)

    now = here.cloud.clock.now_ms()
    assert len(list(here.bridge.traces.between("results", now - 60_000, now + 60_000))) == sent
    assert ("is lost: it has" in caplog.text) is (not sent)
