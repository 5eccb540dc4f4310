"""What publishing costs, counted in operations of the storage; and that traces are bounded."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from yunmock.eventbridge import traces
from yunmock.eventbridge.model import Rule
from yunmock.eventbridge.trace import MAX_ATTEMPTS, Attempt, Delivery, Judgement
from yunmock.storage.memory import MemorySpace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.yunmock.conftest import Place

EVENTS = 2_000
QUEUE = "acs:mns:cn-hangzhou:1000000000000001:/queues/dead"


def event(event_id: str, **data: Any) -> dict[str, Any]:
    """A checked event."""
    return {"id": event_id, "source": "s", "type": "t", "specversion": "1.0", "data": data}


@pytest.fixture
def operations(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The operations of the storage in memory so far; every row that a scan reads is one.

    Those of this thread: a server that another test has left may still end.
    """
    counted: Counter[str] = Counter()
    here = threading.get_ident()

    def count(name: str) -> Callable[..., Any]:
        original = getattr(MemorySpace, name)

        def call(self: Any, *args: Any, **options: Any) -> Any:
            counted[name] += threading.get_ident() == here
            return original(self, *args, **options)

        return call

    for name in ("get", "put", "delete", "scan"):
        monkeypatch.setattr(MemorySpace, name, count(name))
    present = MemorySpace._present

    def rows(self: Any, keys: list[bytes]) -> Iterator[Any]:
        for row in present(self, keys):
            counted["row"] += threading.get_ident() == here
            yield row

    monkeypatch.setattr(MemorySpace, "_present", rows)
    return counted


def costs(place: Place, counted: Counter[str], make: Callable[[int], str], step_ms: int) -> list[int]:
    """The operations for each of many events, with a clock that moves by `step_ms` after each."""
    place.cloud.clock.freeze(1_000_000)
    found = []
    for number in range(EVENTS):
        before = counted.total()
        place.bridge.publish("default", event(make(number)))
        found.append(counted.total() - before)
        place.cloud.clock.freeze(1_000_000 + (number + 1) * step_ms)
    return found[1:]


def test_events_of_one_millisecond(here: Place, operations: Counter[str]) -> None:
    """2,000 events of one millisecond cost what they cost with a moving clock: one row more each."""
    here.bridge.put_rule(Rule("default", "r1", '{"source":["other"]}'))

    frozen = costs(here, operations, lambda number: f"frozen-{number}", 0)
    assert len({trace.id for trace in here.bridge.traces.between("default", 1_000_000, 1_000_000)}) == EVENTS
    moving = costs(here, operations, lambda number: f"moving-{number}", 1)

    assert set(frozen) == {moving[-1] + 1}
    assert set(moving[1:]) == {moving[-1]}


def test_events_of_one_id(here: Place, operations: Counter[str]) -> None:
    """The cost of an event does not grow with the traces of its id."""
    found = costs(here, operations, lambda _: "same", 0)

    assert len(set(found)) == 1
    assert len(here.bridge.traces.of_event("default", "same")) == EVENTS


def test_more_events_than_a_short_number_counts(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events of one millisecond keep their order beyond the 65,536th, and none replaces another."""
    first = 65_530
    following = traces.next_number
    monkeypatch.setattr(traces, "next_number", lambda *place: max(first, following(*place)))
    for number in range(20):
        here.bridge.traces.open("default", event(f"e{number}"), 1_000_000)

    ids = [trace.id for trace in here.bridge.traces.between("default", 0, 2_000_000)]
    assert ids == [f"e{number}" for number in range(20)]


def test_many_undelivered_events(here: Place, operations: Counter[str]) -> None:
    """The cost of a dead letter does not grow with their number."""
    found = []
    for number in range(1000):
        before = operations.total()
        here.bridge.deliverer.dead_letter(QUEUE, "r1", "error", event(f"e{number}"))
        found.append(operations.total() - before)

    assert len(set(found[1:])) == 1
    assert [row["event"]["id"] for row in here.bridge.dead_letters()] == [f"e{n}" for n in range(1000)]


def test_a_stream_reads_only_what_it_sends(here: Place, deploy: Any, operations: Counter[str]) -> None:
    """Delivering the waiting events of a stream one by one costs the same for each."""
    deploy(here, "def handler(event, context): pass\n")
    constant: Any = {"Form": "CONSTANT", "Value": "echo"}
    settings: Any = {
        "Source": {"SourceMNSParameters": {"q": 1}},
        "Sink": {"SinkFcParameters": {"FunctionName": constant}},
    }
    here.bridge.streams.create("s1", settings)

    def rows(number: int) -> int:
        here.bridge.streams.pause("s1")
        here.bridge.streams.feed("s1", [event("e")] * number)
        before = operations["row"]
        here.bridge.streams.start("s1")
        assert here.bridge.streams.waiting("s1") == 0
        return operations["row"] - before

    assert rows(100) * 2 == rows(200)


def test_the_clock_goes_back(here: Place) -> None:
    """Events that wait in a stream keep their order, and all stay, when the clock goes back."""
    constant: Any = {"Form": "CONSTANT", "Value": "echo"}
    settings: Any = {
        "Source": {"SourceMNSParameters": {"q": 1}},
        "Sink": {"SinkFcParameters": {"FunctionName": constant}},
    }
    here.bridge.streams.create("s1", settings)
    for at_ms in (2000, 1000, 1000, 1000):
        here.cloud.clock.freeze(at_ms)
        here.bridge.streams.feed("s1", [event("e")])

    assert here.bridge.streams.waiting("s1") == 4


def kept(place: Place, bus: str = "default") -> list[str]:
    """The ids of the traces of a bus."""
    return [trace.id for trace in place.bridge.traces.between(bus, 0, 2**53)]


def test_traces_are_bounded_in_number(place: Place) -> None:
    """A bus keeps so many traces, the newest; other buses keep theirs."""
    place.bridge.traces.max_traces = 3
    place.bridge.registry.create_bus("quiet", "")
    place.bridge.publish("quiet", event("q"))
    for number in range(10):
        place.bridge.publish("default", event(f"e{number}"))

    assert kept(place) == ["e7", "e8", "e9"]
    assert kept(place, "quiet") == ["q"]
    assert place.bridge.traces.of_event("default", "e0") == []


def test_traces_are_bounded_in_bytes(place: Place) -> None:
    """A bus keeps so many bytes of traces: large events push out older ones, and so do large answers."""
    place.bridge.traces.max_bytes = 10_000
    for number in range(8):
        place.bridge.publish("default", event(f"e{number}", text="x" * 2_000))
    assert kept(place) == ["e4", "e5", "e6", "e7"]

    trace = place.trace("e7")
    attempt = Attempt(1, ok=True, response="r" * 7_000)
    judged = (Judgement("r1", matched=True, deliveries=(Delivery("t1", "", "delivered", (attempt,)),)),)
    place.bridge.traces.change(trace.key, lambda old: type(old)(old.id, old.bus, 1, old.event, judged, old.key))
    assert kept(place) == ["e7"]
    place.bridge.publish("default", event("e8"))

    assert kept(place) == ["e7", "e8"]


def test_the_newest_trace_is_kept(here: Place) -> None:
    """An event larger than the limit is traced, too, until the next."""
    here.bridge.traces.max_bytes = 10
    here.bridge.publish("default", event("e1", text="x" * 100))
    assert kept(here) == ["e1"]
    here.bridge.publish("default", event("e2", text="x" * 100))

    assert kept(here) == ["e2"]


def test_a_retry_does_not_need_its_trace(place: Place, deploy: Any, make_trigger: Any) -> None:
    """A delivery is retried also after its trace was dropped."""
    deploy(
        place,
        "seen = []\ndef handler(event, context):\n    seen.append(1)\n    assert len(seen) > 1\n    return len(seen)\n",
    )
    deploy(
        place,
        "seen = []\ndef handler(event, context):\n    seen.append(1)\n    assert len(seen) > 1\n    return len(seen)\n",
        triggers=[make_trigger({"source": ["s"]})],
    )
    place.cloud.clock.freeze()
    place.bridge.traces.max_traces = 1
    place.bridge.publish("default", event("e1"))
    place.bridge.publish("default", event("e2") | {"source": "other"})
    assert kept(place) == ["e2"]

    place.cloud.advance(20)

    assert list(place.cloud.scheduler) == []
    assert place.functions.invoke("echo", b"").body == b"3"


def test_attempts_are_bounded(here: Place, deploy: Any, make_trigger: Any) -> None:
    """A delivery that is retried for ever keeps its newest attempts."""
    deploy(here, "def handler(event, context): raise RuntimeError('no')\n", triggers=[make_trigger()])
    rule = here.bridge.registry.rule("default", "echo-all")
    target = rule.targets[0]
    endless = type(target)(target.id, target.type, target.endpoint, target.params, "BACKOFF_RETRY", "NONE")
    here.bridge.registry.change_rule("default", "echo-all", targets=(endless,))
    here.cloud.clock.freeze()
    here.bridge.publish("default", event("e1"))

    here.cloud.advance(512 * (MAX_ATTEMPTS + 20))

    attempts = here.trace("e1").rules[0].deliveries[0].attempts
    assert len(attempts) == MAX_ATTEMPTS
    assert attempts[-1].at_ms > here.cloud.clock.now_ms() - 512_001
