"""Delivery: rules, retries on the cloud's clock, dead letters, faults."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from Tea.exceptions import TeaException

from yunmock import Fault, exact_json
from yunmock.eventbridge.model import Param, Rule, Target
from yunmock.eventbridge.retry import wait_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.yunmock.conftest import Place

ENDPOINT = "acs:fc:cn-hangzhou:1000000000000001:functions/echo"
QUEUE = "acs:mns:cn-hangzhou:1000000000000001:/queues/dead"

FAILS = """
import json
calls = []

def handler(event, context):
    calls.append(json.loads(event))
    wanted = json.loads(event)["data"].get("fail", 0)
    if len(calls) <= wanted:
        raise RuntimeError(f"call {len(calls)} fails")
    return [call["id"] for call in calls]
"""


def add_rule(place: Place, name: str = "r1", pattern: str = "{}", bus: str = "default", **target: Any) -> None:
    """A rule with one target, the function echo."""
    made = Target(id="t1", type="acs.fc.function", endpoint=ENDPOINT, **target)
    place.bridge.put_rule(Rule(bus, name, pattern, (made,)))


def delivery(place: Place, event_id: str, rule: int = 0) -> Any:
    """The one delivery of a rule for the newest event of an id."""
    return place.trace(event_id).rules[rule].deliveries[0]


def fail(times: int) -> bytes:
    """Data that makes the function fail so many times."""
    return json.dumps({"fail": times}).encode()


def test_reasons_per_rule(place: Place, deploy: Any, event: Any) -> None:
    """A trace says for each rule of the bus whether it matched and, if not, why not."""
    deploy(place)
    add_rule(place, "a", '{"source":["acs.eci"]}')
    add_rule(place, "b", '{"data":{"state":["Running"]}}')
    place.bridge.put_rule(Rule("default", "c", "{}", (), enabled=False))

    place.put(event("e1"))

    assert [(rule.rule, rule.matched, rule.reasons) for rule in place.trace("e1").rules] == [
        ("a", False, ('source: "acs.ecs" is not "acs.eci"',)),
        ("b", True, ()),
        ("c", False, ("the rule is disabled",)),
    ]


def test_an_event_is_written_once(here: Place, deploy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event for one function in memory is written as text once: as the function's body."""
    deploy(here)
    add_rule(here)
    written: list[Any] = []

    def record(write: Callable[..., str]) -> Callable[..., str]:
        def recorded(*given: Any) -> str:
            written.append(given[-1])
            return write(*given)

        return recorded

    monkeypatch.setattr(json.JSONEncoder, "encode", record(json.JSONEncoder.encode))
    monkeypatch.setattr(exact_json, "_write_object", record(exact_json._write_object))

    here.bridge.publish("default", {"id": "e1", "source": "s", "type": "t", "specversion": "1.0", "data": {}})

    assert delivery(here, "e1").state == "delivered"
    assert sum(1 for value in written if isinstance(value, dict) and "specversion" in value) == 1


@pytest.mark.parametrize(
    ("param", "received"),
    [
        (Param("Body", "JSONPATH", "$.data"), b'{"state":"Running"}'),
        (Param("Body", "CONSTANT", "fixed"), b"fixed"),
        (Param("Body", "TEMPLATE", '{"s":"$.data.state"}', "now ${s}"), b"now Running"),
    ],
)
def test_transforms(here: Place, deploy: Any, event: Any, param: Param, received: bytes) -> None:
    """The function receives what the target's Body makes of the event."""
    deploy(here, "def handler(event, context):\n    return event\n")
    add_rule(here, params=(param,))

    here.put(event("e1"))

    assert delivery(here, "e1").attempts[0].response.encode() == received


def test_object_list(here: Place, deploy: Any, event: Any) -> None:
    """DataFormat ObjectList wraps the event in a list."""
    deploy(here)
    add_rule(here, params=(Param("DataFormat", "CONSTANT", "ObjectList"),))

    here.put(event("e1"))

    seen = json.loads(delivery(here, "e1").attempts[0].response)["seen"]
    assert [item["id"] for item in seen] == ["e1"]


def test_backoff_retry(place: Place, deploy: Any, event: Any) -> None:
    """A failed delivery is retried 10 to 20 seconds later on the cloud's clock, and then delivered."""
    deploy(place, FAILS)
    add_rule(place)
    place.cloud.clock.freeze()

    place.put(event("e1", data=fail(1)))

    first = delivery(place, "e1")
    assert (first.state, first.attempts[0].error) == ("retrying", "RuntimeError: call 1 fails")
    place.cloud.clock.advance(9.9)
    assert len(delivery(place, "e1").attempts) == 1
    place.cloud.clock.advance(10.2)
    after = delivery(place, "e1")
    assert (after.state, [attempt.ok for attempt in after.attempts]) == ("delivered", [False, True])


@pytest.mark.parametrize(("dead_letter", "state"), [(QUEUE, "dead-lettered"), ("", "dropped")])
def test_after_the_last_retry(here: Place, deploy: Any, event: Any, dead_letter: str, state: str) -> None:
    """After three retries the event goes to the dead-letter queue, or is dropped if there is no queue."""
    deploy(here, FAILS)
    add_rule(here, dead_letter=dead_letter)
    here.cloud.clock.freeze()

    here.put(event("e1", data=fail(99)))
    here.cloud.advance(120)

    done = delivery(here, "e1")
    assert (done.state, len(done.attempts)) == (state, 4)
    gaps = [later.at_ms - sooner.at_ms for sooner, later in zip(done.attempts, done.attempts[1:], strict=False)]
    assert all(10_000 <= gap <= 20_000 for gap in gaps)
    found = here.bridge.dead_letters(QUEUE)
    assert [(one["event"]["id"], one["rule"]) for one in found] == ([("e1", "r1")] if dead_letter else [])


def test_exponential_retry(here: Place, deploy: Any, event: Any) -> None:
    """EXPONENTIAL_DECAY_RETRY tries 176 times more, at 1, 2, 4 … 512 seconds, within a day."""
    deploy(here, FAILS)
    add_rule(here, retry="EXPONENTIAL_DECAY_RETRY", dead_letter=QUEUE)
    here.cloud.clock.freeze()

    here.put(event("e1", data=fail(1000)))
    here.cloud.advance(86_400)

    done = delivery(here, "e1")
    times = [attempt.at_ms - done.attempts[0].at_ms for attempt in done.attempts]
    assert len(times) == 177
    assert times[:5] == [0, 1000, 3000, 7000, 15_000]
    assert times[-1] - times[-2] == 512_000
    assert done.state == "dead-lettered"


def test_without_tolerance_retries_never_end(here: Place, deploy: Any, event: Any) -> None:
    """ErrorsTolerance NONE keeps trying after the strategy's last retry."""
    deploy(here, FAILS)
    add_rule(here, tolerance="NONE", dead_letter=QUEUE)
    here.cloud.clock.freeze()

    here.put(event("e1", data=fail(5)))
    here.cloud.advance(3600)

    assert delivery(here, "e1").state == "delivered"
    assert here.bridge.dead_letters() == []


def test_dead_letter_bus(here: Place, deploy: Any, event: Any) -> None:
    """A dead-letter ARN that names a bus publishes the event there."""
    deploy(here, FAILS)
    here.bridge.registry.create_bus("dead", "")
    add_rule(here, dead_letter="acs:eventbridge:cn-hangzhou:1000000000000001:eventbus/dead")
    here.cloud.clock.freeze()

    here.put(event("e1", data=fail(99)))
    here.cloud.advance(120)

    assert here.trace("e1", "dead").event["data"] == {"fail": 99}


def test_missing_function_is_a_failed_delivery(here: Place, event: Any) -> None:
    """A target whose function is not deployed fails and is retried, like any other failure."""
    add_rule(here)

    here.put(event("e1"))

    (attempt,) = delivery(here, "e1").attempts
    assert attempt.error.startswith("FunctionNotFound")
    assert delivery(here, "e1").state == "retrying"


def test_retries_of_a_removed_rule_stop(here: Place, deploy: Any, event: Any) -> None:
    """Pending retries of a deleted rule do nothing."""
    deploy(here, FAILS)
    add_rule(here)
    here.cloud.clock.freeze()
    here.put(event("e1", data=fail(1)))

    here.bridge.registry.delete_rule("default", "r1")
    here.cloud.advance(60)

    assert len(delivery(here, "e1").attempts) == 1
    assert list(here.cloud.scheduler) == []


def test_waits() -> None:
    """The waits are as documented, and the random ones are the same in every run."""
    assert [wait_s("EXPONENTIAL_DECAY_RETRY", n, "") for n in (1, 2, 9, 10, 11, 176, 177)] == [
        1, 2, 256, 512, 512, 512, None,
    ]  # fmt: skip
    assert wait_s("BACKOFF_RETRY", 1, "a") == wait_s("BACKOFF_RETRY", 1, "a")
    assert wait_s("BACKOFF_RETRY", 4, "a") is None
    assert wait_s("", 1, "a") == wait_s("BACKOFF_RETRY", 1, "a")


def calls_seen(place: Place, event_id: str) -> Any:
    """The ids of all events that the function had received when it was called for this one."""
    return json.loads(delivery(place, event_id).attempts[-1].response)


def test_duplicate_fault(here: Place, deploy: Any, event: Any) -> None:
    """A duplicate fault delivers one event twice."""
    deploy(here, FAILS)
    add_rule(here)
    here.cloud.faults.add(Fault("eventbridge", "deliver", "duplicate"))

    here.put(event("e1"), event("e2"))

    assert calls_seen(here, "e2") == ["e1", "e1", "e2"]


def test_reorder_fault(here: Place, deploy: Any, event: Any) -> None:
    """A reorder fault delivers an event after the one that follows it."""
    deploy(here, FAILS)
    add_rule(here)
    here.cloud.faults.add(Fault("eventbridge", "deliver", "reorder"))

    here.put(event("e1"))
    assert delivery(here, "e1").state == "held"
    here.put(event("e2"))

    assert calls_seen(here, "e1") == ["e2", "e1"]
    assert list(here.cloud.scheduler) == []


def test_delay_fault(here: Place, deploy: Any, event: Any) -> None:
    """A delay fault delivers an event only after its delay."""
    deploy(here, FAILS)
    add_rule(here)
    here.cloud.clock.freeze()
    here.cloud.faults.add(Fault("eventbridge", "deliver", "delay", seconds=30))

    here.put(event("e1"), event("e2"))
    here.cloud.clock.advance(29)
    assert delivery(here, "e1").state == "held"
    here.cloud.clock.advance(1)

    assert calls_seen(here, "e1") == ["e2", "e1"]


@pytest.mark.parametrize(("when", "calls"), [("before", ["e1"]), ("after", ["e1", "e1"])])
def test_lost_reply_fault(here: Place, deploy: Any, event: Any, when: Any, calls: list[str]) -> None:
    """A delivery whose reply is lost is retried: the function sees it twice if it had run before."""
    deploy(here, FAILS)
    add_rule(here)
    here.cloud.clock.freeze()
    here.cloud.faults.add(Fault("eventbridge", "deliver", "drop", when=when))

    here.put(event("e1"))
    here.cloud.clock.advance(20)

    assert calls_seen(here, "e1") == calls


@pytest.mark.parametrize(("times", "calls", "state"), [(3, 1, "delivered"), (-1, 0, "dead-lettered")])
def test_a_fault_strikes_retries(here: Place, deploy: Any, event: Any, times: int, calls: int, state: str) -> None:
    """A fault for several calls strikes the retries of one event; one for all calls leads to the dead letter."""
    deploy(here, FAILS)
    add_rule(here, dead_letter=QUEUE)
    here.cloud.clock.freeze()
    here.cloud.faults.add(Fault("eventbridge", "deliver", code="Throttled", status=429, times=times))

    here.put(event("e1"))
    here.cloud.advance(100)

    made = delivery(here, "e1")
    assert made.state == state
    assert [attempt.error for attempt in made.attempts] == ["Throttled"] * (4 - calls) + [""] * calls
    assert len(here.bridge.dead_letters(QUEUE)) == 1 - calls


def test_retries_are_not_duplicated(here: Place, event: Any) -> None:
    """A duplicate fault for all calls doubles an event, not each of its retries."""
    add_rule(here)  # of a function that does not exist
    here.cloud.clock.freeze()
    here.cloud.faults.add(Fault("eventbridge", "deliver", "duplicate", times=-1))

    here.put(event("e1"))
    here.cloud.advance(100)

    assert len(delivery(here, "e1").attempts) == 2 * 4


def test_call_fault(place: Place, event: Any) -> None:
    """A fault on putEvents answers the cloud's error; with when="after" the event is published."""
    place.cloud.faults.add(Fault("eventbridge", "putEvents", code="TooManyRequests", when="after"))

    with pytest.raises(TeaException) as refusal:
        place.put(event("e1"))

    assert refusal.value.code == "TooManyRequests"
    assert place.trace("e1").id == "e1"
