"""What the vendor's pages leave open: each answer of `Readings`, and that the default is the worse one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from yunmock import Cloud, Readings, local_cloud, mock_aliyun
from yunmock.__main__ import main
from yunmock.readings import READINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from yunmock.json_types import JsonObject
    from yunmock.server import Server

EVENT: JsonObject = {"id": "e1", "source": "s", "type": "t", "specversion": "1.0", "data": {}}
LATER_S = 120
"""Longer than all retries of EventBridge and of Function Compute take."""
FAILS = "def handler(event, context):\n    raise RuntimeError('no')\n"


class Case(NamedTuple):
    """Readings, what the trigger says, and what becomes of an event whose function always fails."""

    readings: Readings
    given: bool | None
    state: str
    runs: int


SYNC, ASYNC = Readings(), Readings(async_invocation_type="async")
RETRIED = Readings(function_errors="retried")
CASES = [
    Case(SYNC, given=True, state="delivered", runs=1),
    Case(SYNC, given=False, state="failed", runs=4),
    Case(SYNC, given=None, state="failed", runs=4),
    Case(ASYNC, given=True, state="failed", runs=4),
    Case(ASYNC, given=False, state="delivered", runs=1),
    Case(ASYNC, given=None, state="delivered", runs=1),
    Case(RETRIED, given=True, state="dropped", runs=4),
    Case(RETRIED, given=False, state="failed", runs=4),
]


@pytest.fixture
def open_cloud(write_template: Callable[..., Path], make_trigger: Any) -> Iterator[Callable[..., Cloud]]:
    """Opens a cloud whose one function is triggered by every event."""
    opened: list[Cloud] = []

    def make(readings: Readings | None, code: str = FAILS, *, given: bool | None = True, **config: Any) -> Cloud:
        trigger = make_trigger(asyncInvocationType=given, **config)
        if given is None:
            del trigger["triggerConfig"]["asyncInvocationType"]
        cloud = local_cloud(template=write_template(code, triggers=[trigger]), readings=readings)
        cloud.clock.freeze()
        opened.append(cloud)
        return cloud

    yield make
    for cloud in opened:
        cloud.close()


def outcome(cloud: Cloud) -> tuple[str, int, str]:
    """What became of the event: its delivery's state, how often the function ran, and the last error."""
    cloud.publisher.publish("default", EVENT)
    cloud.advance(LATER_S)
    bridge: Any = cloud.services["eventbridge"]
    delivery = bridge.traces.of_event("default", "e1")[0].rules[0].deliveries[0]
    return delivery.state, len(cloud.invocations_of("echo")), delivery.attempts[-1].error


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_function_that_fails(open_cloud: Callable[..., Cloud], case: Case) -> None:
    """How it was invoked, and what its error means, follow from the readings; the trace shows the error either way."""
    cloud = open_cloud(case.readings, given=case.given)

    assert outcome(cloud) == (case.state, case.runs, "RuntimeError: no")


def test_the_default_is_the_worse(open_cloud: Callable[..., Cloud]) -> None:
    """Without a choice `asyncInvocationType: true` invokes synchronously, and a function error loses the event."""
    assert outcome(open_cloud(None)) == ("delivered", 1, "RuntimeError: no")
    assert Readings() == Readings("sync", "delivered")


@pytest.mark.parametrize("readings", [SYNC, RETRIED], ids=str)
def test_a_refused_call_is_retried_either_way(open_cloud: Callable[..., Cloud], readings: Readings) -> None:
    """Only what Function Compute accepted can count as delivered."""
    cloud = open_cloud(readings)
    functions: Any = cloud.services["fc"]
    functions.functions.clear()

    state, runs, error = outcome(cloud)

    assert (state, runs, error.partition(":")[0]) == ("dropped", 4, "FunctionNotFound")


STREAM = {"eventSourceConfig": {"eventSourceType": "MNS", "eventSourceParameters": {"sourceMNSParameters": {}}}}


@pytest.mark.parametrize(("readings", "delivered"), [(SYNC, 1), (RETRIED, 0)], ids=str)
def test_batches_of_a_stream(open_cloud: Callable[..., Cloud], readings: Readings, delivered: int) -> None:
    """A batch counts as delivered, or is retried; the stream shows the error either way."""
    bridge: Any = open_cloud(readings, **STREAM).services["eventbridge"]

    bridge.streams.feed("echo-all", [{"data": 1}])

    stream = bridge.streams.get("echo-all")
    assert (stream.delivered, stream.batch is None) == (delivered, bool(delivered))
    assert stream.last_error == "RuntimeError: no"


def test_the_options_of_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    """`yunmock serve` takes each answer as an option; `--act-as-cloud` lets the account publish on `default`."""
    served: list[Cloud] = []

    def serve(server: Server, **_: Any) -> None:
        with server:
            served.append(server.cloud)

    monkeypatch.setattr("yunmock.__main__.serve_until_stopped", serve)

    assert main(["serve"]) == 0
    assert main(["serve", "--async-invocation-type=async", "--function-errors=retried", "--act-as-cloud"]) == 0
    assert [cloud.readings for cloud in served] == [Readings(), Readings("async", "retried")]
    assert [cloud.act_as_cloud for cloud in served] == [False, True]


def test_the_first_answer_is_the_default() -> None:
    """`READINGS`, which the command line reads, says the same as `Readings`."""
    assert Readings(**{name: answers[0] for name, answers in READINGS.items()}) == Readings()  # type: ignore[arg-type]


def test_readings_of_a_mock() -> None:
    """`mock_aliyun` takes them, with the other options of a new cloud."""
    with mock_aliyun(readings=RETRIED, act_as_cloud=True, roles={"reader": []}) as cloud:
        assert (cloud.readings, cloud.act_as_cloud) == (RETRIED, True)
        assert cloud.access is not None
        assert cloud.access.credentials("reader").access_key_id
        assert cloud.access.unused("reader") == []


def test_options_that_have_no_effect(open_cloud: Callable[..., Cloud]) -> None:
    """Options beside a cloud that exists, and unknown ones, are refused by name."""
    with pytest.raises(TypeError, match=r"give \['roles'\] to local_cloud"):
        mock_aliyun(open_cloud(None), roles={})  # type: ignore[call-overload]  # a type checker says so too
    unknown: Any = {"role": {}}
    with pytest.raises(TypeError, match=r"not \['role'\]"):
        mock_aliyun(**unknown)
