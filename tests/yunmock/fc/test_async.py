"""Asynchronous invocations, destinations and timers, on the cloud's clock."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import fc2
import pytest

from yunmock.fc.schedule import InvalidScheduleError, parse_schedule

if TYPE_CHECKING:
    from tests.yunmock.conftest import Place

FAILS = """
import json
calls = []

def handler(event, context):
    calls.append(context.request_id)
    if len(calls) <= json.loads(event)["fail"]:
        raise RuntimeError("not yet")
    return {"calls": calls}
"""
QUEUE = "acs:mns:cn-hangzhou:1000000000000001:/queues/q/messages"


def invoke_async(place: Place, fail: int = 0) -> Any:
    """An asynchronous call with the vendor's client."""
    headers = {"x-fc-invocation-type": "Async"}
    return place.fc.invoke_function("s", "echo", json.dumps({"fail": fail}).encode(), headers=headers)


def test_accepted_and_run(place: Place, deploy: Any) -> None:
    """An asynchronous call answers 202 without a body, and the function has run."""
    deploy(place, FAILS)

    answer = invoke_async(place)

    assert answer.data == b""
    request_id = answer.headers["X-Fc-Request-Id"]
    (result,) = place.functions.queue.results(request_id)
    assert json.loads(result.body) == {"calls": [request_id]}


@pytest.mark.parametrize("delay_s", [0, 1, 3600])
def test_a_delayed_invocation_runs_when_it_is_due(here: Place, deploy: Any, delay_s: int) -> None:
    """Not before, and with the id that the call answered."""
    deploy(here, FAILS)
    here.cloud.clock.freeze(0)
    headers = {"x-fc-invocation-type": "Async", "x-fc-async-delay": str(delay_s)}

    answer = here.fc.invoke_function("s", "echo", b'{"fail": 0}', headers=headers)
    runs = [len(here.functions.queue.results(answer.headers["X-Fc-Request-Id"]))]
    for seconds in (delay_s - 0.001, 0.001) if delay_s else (0,):
        here.cloud.advance(seconds)
        runs.append(len(here.functions.queue.results(answer.headers["X-Fc-Request-Id"])))

    assert runs == ([0, 0, 1] if delay_s else [1, 1])


@pytest.mark.parametrize("delay", ["-1", "3601", "1.5", "soon", "9" * 30])
def test_a_delay_has_its_range(here: Place, deploy: Any, delay: str) -> None:
    """From 0 to an hour, in whole seconds; for a synchronous call it means nothing."""
    deploy(here, FAILS)
    with pytest.raises(fc2.FcError) as caught:
        here.fc.invoke_function(
            "s", "echo", b'{"fail": 0}', headers={"x-fc-invocation-type": "Async", "x-fc-async-delay": delay}
        )
    assert caught.value.err_code == "InvalidArgument"
    assert here.fc.invoke_function("s", "echo", b'{"fail": 0}', headers={"x-fc-async-delay": delay}).data


def test_retries_with_one_request_id(here: Place, deploy: Any) -> None:
    """A failed run is retried after 1, 2 and 4 seconds under the same request id, three times unless configured."""
    deploy(here, FAILS)
    here.cloud.clock.freeze(0)

    answer = invoke_async(here, fail=99)
    runs = []
    for seconds in (0.9, 0.1, 2, 4, 100):
        here.cloud.clock.advance(seconds)
        runs.append(len(here.functions.queue.results(answer.headers["X-Fc-Request-Id"])))

    assert runs == [1, 2, 3, 4, 4]
    (done,) = here.functions.queue.finished
    assert (done.retries, done.result.error) == (3, "RuntimeError: not yet")


@pytest.mark.parametrize(
    ("config", "runs"),
    [({"maxAsyncRetryAttempts": 0}, 1), ({"maxAsyncRetryAttempts": 5}, 6), ({"maxAsyncEventAgeInSeconds": 2}, 2)],
)
def test_configured_retries(here: Place, deploy: Any, config: dict[str, int], runs: int) -> None:
    """The number of retries and the event's age are those of asyncInvokeConfig."""
    deploy(here, FAILS, asyncInvokeConfig=config)
    here.cloud.clock.freeze()

    answer = invoke_async(here, fail=99)
    here.cloud.advance(3600)

    assert len(here.functions.queue.results(answer.headers["X-Fc-Request-Id"])) == runs


@pytest.mark.parametrize(("fail", "kind", "condition"), [(0, "onSuccess", ""), (9, "onFailure", "RetriesExhausted")])
def test_destinations(here: Place, deploy: Any, fail: int, kind: str, condition: str) -> None:
    """The destination of a finished invocation receives the payload, the result and the number of runs."""
    destinations = {kind: {"destination": QUEUE}}
    deploy(here, FAILS, asyncInvokeConfig={"destinationConfig": destinations, "maxAsyncRetryAttempts": 1})
    here.cloud.clock.freeze()

    answer = invoke_async(here, fail)
    here.cloud.advance(60)

    ((arn, content),) = here.functions.queue.delivered
    assert arn == QUEUE
    assert content["requestContext"] == {
        "requestId": answer.headers["X-Fc-Request-Id"],
        "functionArn": "acs:fc:cn-hangzhou:1000000000000001:functions/echo",
        "condition": condition,
        "approximateInvokeCount": 2 if fail else 1,
    }
    assert json.loads(str(content["requestPayload"])) == {"fail": fail}
    assert content["responseContext"] == {
        "statusCode": 200,
        "functionError": "UnhandledInvocationError" if fail else "",
    }


def test_destination_function_and_bus(here: Place, deploy: Any) -> None:
    """A destination may be another function or an event bus."""
    code = "def handler(event, context):\n    return event\n"
    region = "acs:{}:cn-hangzhou:1000000000000001:{}"
    bus = {"onSuccess": {"destination": region.format("eventbridge", "eventbus/default")}}
    next_one = {"onSuccess": {"destination": region.format("fc", "functions/second")}}
    deploy(here, code, name="second", asyncInvokeConfig={"destinationConfig": bus})
    deploy(here, FAILS, asyncInvokeConfig={"destinationConfig": next_one})

    invoke_async(here)

    (trace,) = here.bridge.traces.between("default", 0, 10**15)
    data: Any = trace.event["data"]
    assert data["requestContext"]["functionArn"].endswith("functions/second")
    received = json.loads(data["requestPayload"])
    assert received["requestContext"]["functionArn"].endswith("functions/echo")


def test_a_destination_that_is_no_bus(here: Place, deploy: Any) -> None:
    """The result is lost, and the run says why."""
    bus = {"onFailure": {"destination": "acs:eventbridge:cn-hangzhou:1000000000000001:eventbus/gone"}}
    deploy(here, FAILS, asyncInvokeConfig={"destinationConfig": bus, "maxAsyncRetryAttempts": 0})

    invoke_async(here, fail=1)

    assert "not existed" in here.cloud.invocations_of("echo")[-1].destination_error


def test_event_delivered_asynchronously(here: Place, deploy: Any, event: Any, make_trigger: Any) -> None:
    """With asyncInvocationType a 202 counts as accepted; only Function Compute retries a failing function."""
    deploy(here, "def handler(event, context):\n    1 / 0\n", triggers=[make_trigger(asyncInvocationType=True)])
    here.cloud.clock.freeze()

    here.put(event("e1"))
    here.cloud.advance(3600)

    (delivery,) = here.trace("e1").rules[0].deliveries
    (attempt,) = delivery.attempts
    assert (delivery.state, attempt.ok, attempt.status) == ("failed", True, 202)
    assert attempt.error == "ZeroDivisionError: division by zero"
    assert len(here.functions.queue.results(attempt.request_id)) == 4


def timer(expression: str, **config: Any) -> dict[str, Any]:
    """A timer trigger as an s.yaml writes it."""
    settings = {"cronExpression": expression, "enable": True, "payload": "hello", **config}
    return {"triggerName": "tick", "triggerType": "timer", "triggerConfig": settings}


SEEN = "import json\ncalls = []\ndef handler(event, context):\n    calls.append(json.loads(event))\n    return calls\n"
NOON = round(datetime(2026, 3, 1, 12, tzinfo=timezone.utc).timestamp() * 1000)


def fired(place: Place) -> Any:
    """The events that the function received from its timer."""
    finished = place.functions.queue.finished
    return json.loads(finished[-1].result.body) if finished else []


def test_timer(here: Place, deploy: Any) -> None:
    """A timer invokes its function when due, with the due time, its name and payload."""
    here.cloud.clock.freeze(NOON)
    deploy(here, SEEN, triggers=[timer("0 30 * * * *")])

    here.cloud.clock.advance(1799)
    assert fired(here) == []
    here.cloud.advance(3601)

    assert fired(here) == [
        {"triggerTime": "2026-03-01T12:30:00Z", "triggerName": "tick", "payload": "hello"},
        {"triggerTime": "2026-03-01T13:30:00Z", "triggerName": "tick", "payload": "hello"},
    ]


def test_timers_after_reset_and_redeploy(here: Place, deploy: Any) -> None:
    """Deploying again replaces a timer, a reset schedules it again, a disabled timer never fires."""
    here.cloud.clock.freeze(NOON)
    deploy(here, SEEN, triggers=[timer("@every 1m")])
    deploy(here, SEEN, triggers=[timer("@every 10m")])
    assert len(list(here.cloud.scheduler)) == 1
    here.cloud.reset()
    assert len(list(here.cloud.scheduler)) == 1

    deploy(here, SEEN, triggers=[timer("@every 1m", enable=False)])

    assert list(here.cloud.scheduler) == []


SCHEDULES = [
    ("@every 4m", "2026-03-01T12:04:00"),
    ("@every 1h30m", "2026-03-01T13:30:00"),
    ("0 0 4 * * *", "2026-03-02T04:00:00"),
    ("CRON_TZ=Asia/Shanghai 0 0 4 * * *", "2026-03-01T20:00:00"),
    ("*/15 * * * * *", "2026-03-01T12:00:15"),
    ("0 0 0 29 2 *", "2028-02-29T00:00:00"),
    ("0 0 9 * * MON-FRI", "2026-03-02T09:00:00"),
    ("0 0 9 ? * 7", "2026-03-08T09:00:00"),
    ("0 0 9 15 * MON", "2026-03-02T09:00:00"),
    ("0 5/20 * * JUN,jul *", "2026-06-01T00:05:00"),
]


@pytest.mark.parametrize(("expression", "expected"), SCHEDULES)
def test_schedules(expression: str, expected: str) -> None:
    """An expression fires next as documented."""
    due = parse_schedule(expression).after(NOON)

    assert due is not None
    assert datetime.fromtimestamp(due / 1000, tz=timezone.utc).isoformat() == f"{expected}+00:00"


def test_a_schedule_that_never_fires() -> None:
    """A day that no month has never comes, and the search for it ends."""
    assert parse_schedule("0 0 0 31 2 *").after(NOON) is None


@pytest.mark.parametrize(
    "expression",
    ["", "* * * * *", "60 * * * * *", "0 0 0 0 * *", "0 0 0 * * XYZ", "0 5-1 * * * *", "@every x", "@every 0s",
     "@every 4m garbage", "CRON_TZ=Nowhere/At 0 0 0 * * *", "a b c d e f"],
)  # fmt: skip
def test_schedules_refused(expression: str) -> None:
    """An invalid expression is refused."""
    with pytest.raises(InvalidScheduleError):
        parse_schedule(expression)
