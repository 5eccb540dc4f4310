"""Redrive: what is deleted is recorded, at whatever point it stops; a store that is down costs one short attempt."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from tests.conftest import NOW_MS, REBOOT, FakeClock, PipelineHarness, make_event

from opsledger.deadline import Deadline
from opsledger.errors import MisconfiguredError, UnavailableError
from opsledger.queues import BATCH, QueueMessage
from opsledger.queues.parts import split
from opsledger.redrive import PARTS_TIMES, PARTS_WAIT_MS, PROBE_S, RESERVE_S, Redrive, Redriven, event_of
from opsledger.store.tables import LEDGER, RECORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.store import Store


@dataclass
class FakeQueue:
    """A queue in memory, whose messages stay hidden once they are received.

    Attributes:
        bodies: the messages that it has.
        sent: when each was sent.
        asked: the limit of each call of `receive`.
        fails: the number of the call of `delete` that fails, from 1.
        times: how often each message has been received.
    """

    bodies: list[str]
    sent: int = NOW_MS
    name: str = "q"
    asked: list[int] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    fails: int = 0
    times: int = 1
    _calls: int = 0

    def send(self, body: str) -> None:
        """Add a message."""
        self.bodies.append(body)

    def receive(self, limit: int) -> Sequence[QueueMessage]:
        """The next messages."""
        self.asked.append(limit)
        taken, self.bodies = self.bodies[:limit], self.bodies[limit:]
        return [QueueMessage(body[:20], body, body, self.sent, self.times) for body in taken]

    def delete(self, messages: Sequence[QueueMessage]) -> int:
        """Delete, unless this call is to fail."""
        self._calls += 1
        if self._calls == self.fails:
            raise UnavailableError("the queue does not answer")
        self.deleted += [message.handle for message in messages]
        return 0

    def release(self, messages: Sequence[QueueMessage]) -> None:
        """Remember."""
        self.released += [message.handle for message in messages]


class Failing:
    """A store that answers a number of calls and then no more."""

    def __init__(self, store: Store, answers: int) -> None:
        self._store, self._left, self.calls = store, answers, 0

    def _count(self) -> None:
        self.calls += 1
        self._left -= 1
        if self._left < 0:
            raise UnavailableError("no answer")

    def read(self, keys: Any) -> Any:
        """As the store, or no answer."""
        self._count()
        return self._store.read(keys)

    def write(self, puts: Any) -> Any:
        """As the store, or no answer."""
        self._count()
        return self._store.write(puts)

    def walk(self, *words: Any, **options: Any) -> Any:
        """As the store."""
        return self._store.walk(*words, **options)


def failed(number: int, **fields: Any) -> str:
    """What Function Compute puts into the queue for an event."""
    event = json.dumps(make_event(REBOOT, "Scheduled", seed=f"{number}", **fields))
    context = {"requestId": f"{number}", "functionArn": "acs:fc:cn-hangzhou:1000000000000001:functions/f"}
    return json.dumps({"timestamp": NOW_MS, "requestContext": context, "requestPayload": event, "responsePayload": ""})


def redrive(
    queue: FakeQueue, store: Store, clock: FakeClock | None = None, *, seconds: float = 300, **options: Any
) -> Redriven:
    """One redrive."""
    return Redrive(queue, store, Deadline(clock or FakeClock(), seconds), "redrive-1", **options).run()


def test_everything_is_recorded_and_deleted() -> None:
    """The first message alone, the others in batches; a second redrive finds nothing."""
    harness, queue = PipelineHarness(), FakeQueue([failed(number) for number in range(40)])
    bodies = list(queue.bodies)

    done = redrive(queue, harness.store)
    again = redrive(queue, harness.store)

    assert (done.messages, done.dispositions["recorded"], done.finished, done.reason) == (40, 40, True, "")
    assert queue.deleted == bodies
    assert queue.asked == [1, BATCH, BATCH, BATCH, BATCH, 1]
    assert len(harness.records()) == 40
    assert (again.messages, again.finished) == (0, True)


def test_a_store_that_is_down_costs_one_short_attempt() -> None:
    """Nothing is deleted, no other message is taken, and most of the time is not used."""
    clock, queue = FakeClock(), FakeQueue([failed(number) for number in range(40)])

    done = redrive(queue, Failing(PipelineHarness().store, 0), clock)

    assert (done.messages, done.finished) == (0, False)
    assert done.reason == "UnavailableError: no answer"
    assert (queue.deleted, len(queue.bodies)) == ([], 39)
    assert clock.seconds <= PROBE_S


@pytest.mark.parametrize("answers", range(1, 8))
def test_what_is_deleted_is_recorded(answers: int) -> None:
    """At whatever call the store stops: afterwards the rest is recorded, and every event is in the ledger once."""
    harness, bodies = PipelineHarness(), [failed(number) for number in range(40)]
    queue = FakeQueue(list(bodies))

    stopped = redrive(queue, Failing(harness.store, answers), FakeClock())
    recorded = {row.columns["record"] for row in harness.store.walk(LEDGER, [])}

    assert stopped.reason
    assert len(queue.deleted) == stopped.messages <= len(recorded)
    rest = FakeQueue([body for body in bodies if body not in queue.deleted])
    assert redrive(rest, harness.store).finished
    assert len(list(harness.store.walk(LEDGER, []))) == 40


def test_what_was_not_deleted_is_a_duplicate() -> None:
    """The queue fails after the events are recorded; delivered again they change nothing."""
    harness, bodies = PipelineHarness(), [failed(number) for number in range(5)]
    queue = FakeQueue(list(bodies), fails=2)

    with pytest.raises(UnavailableError, match="the queue does not answer"):
        redrive(queue, harness.store)
    before = harness.dump()
    again = redrive(FakeQueue(bodies[1:]), harness.store)

    assert (len(queue.deleted), len(harness.records())) == (1, 5)
    assert again.dispositions["duplicate"] == 4
    assert harness.dump() == before


def test_what_is_refused_is_quarantined_and_deleted() -> None:
    """With its bytes; what was given up on as a tick of a timer too."""
    tick = json.dumps({"triggerTime": "2026-01-01T00:00:00Z", "triggerName": "t", "payload": ""})
    record = json.dumps({"requestContext": {"requestId": "1"}, "requestPayload": tick})
    harness, queue = PipelineHarness(), FakeQueue(["no event", record, failed(1)])

    done = redrive(queue, harness.store)

    assert (done.dispositions["quarantined"], done.dispositions["recorded"], len(queue.deleted)) == (2, 1, 3)
    assert {b"no event"} < {entry.payload for entry in harness.quarantine()}


def parts_of_five_events() -> list[str]:
    """A large batch in parts."""
    notes = [random.Random(n).randbytes(40_000).hex() for n in range(5)]  # noqa: S311 - data that cannot be compressed
    batch = [make_event(REBOOT, "Scheduled", seed=f"{n}", note=note) for n, note in enumerate(notes)]
    return split(json.dumps(batch).encode())


def test_parts_are_joined_and_deleted_together() -> None:
    """A large batch of events in parts, with other messages between them."""
    parts = parts_of_five_events()
    others = [failed(number) for number in range(100, 120)]
    harness, queue = PipelineHarness(), FakeQueue([*parts[::2], *others, *parts[1::2]])

    done = redrive(queue, harness.store)

    assert len(parts) > 2
    assert (done.messages, done.dispositions["recorded"], done.incomplete) == (len(parts) + 20, 25, 0)
    assert sorted(queue.deleted) == sorted([*parts, *others])


def test_parts_are_joined_however_long_they_waited() -> None:
    """After days without a store, or without a redrive."""
    queue = FakeQueue(parts_of_five_events(), sent=NOW_MS - 3 * PARTS_WAIT_MS, times=100)

    done = redrive(queue, PipelineHarness().store)

    assert (done.dispositions["recorded"], done.dispositions["quarantined"], done.incomplete) == (5, 0, 0)


@pytest.mark.parametrize(("age_ms", "times"), [(0, 100), (PARTS_WAIT_MS // 2, 100), (PARTS_WAIT_MS + 1, PARTS_TIMES)])
def test_a_part_without_the_others_is_given_back(age_ms: int, times: int) -> None:
    """It is neither recorded nor deleted, and not hidden from another receiver, who may have the others."""
    part = parts_of_five_events()[0]
    queue = FakeQueue([part], sent=NOW_MS - age_ms, times=times)

    done = redrive(queue, PipelineHarness().store)

    assert (done.messages, done.incomplete, queue.deleted, queue.released) == (0, 1, [], [part])


def test_a_part_whose_others_never_come_is_quarantined() -> None:
    """With its bytes, when it is a day old and has been received often enough."""
    part = parts_of_five_events()[0]
    harness = PipelineHarness()
    queue = FakeQueue([part], sent=NOW_MS - PARTS_WAIT_MS - 1, times=PARTS_TIMES + 1)

    done = redrive(queue, harness.store)

    assert (done.messages, done.dispositions["quarantined"], done.incomplete) == (1, 1, 0)
    assert [entry.payload.decode() for entry in harness.quarantine()] == [part]


def test_parts_are_given_back_where_the_store_stops() -> None:
    """And where that is not allowed, the redrive ends as it would."""
    first, *rest = parts_of_five_events()
    queue = FakeQueue([first, failed(1), *rest])
    with mock.patch.object(queue, "release", side_effect=MisconfiguredError("no permission")):
        refused = redrive(queue, Failing(PipelineHarness().store, 0))
    stopped = redrive(queue := FakeQueue([first, failed(1)]), Failing(PipelineHarness().store, 0))

    assert refused.reason == stopped.reason == "UnavailableError: no answer"
    assert queue.released == [first]


@pytest.mark.parametrize("bad", [[0], [0, 7, 8], [29]], ids=str)
def test_a_damaged_row_keeps_only_the_messages_about_it(bad: list[int]) -> None:
    """Those stay, and the report names the record and what to do; a payload is deleted when all of it is recorded."""
    harness = PipelineHarness()
    harness.process(make_event(REBOOT, "Scheduled", seed="5"))
    (row,) = harness.store.walk(RECORDS, [])
    harness.store.rows[row.key] = {**row.columns, "state": "{"}  # type: ignore[attr-defined]
    several = json.dumps([make_event(REBOOT, "Scheduled", seed=seed) for seed in ("good", "5")])
    bodies = [several if number in bad else failed(number + 100) for number in range(30)]
    queue = FakeQueue(list(bodies))

    done = redrive(queue, harness.store)

    good = [body for number, body in enumerate(bodies) if number not in bad]
    assert (queue.deleted, done.messages, done.kept, done.finished) == (good, len(good), len(bad), True)
    assert (done.dispositions["recorded"], done.dispositions["duplicate"]) == (len(good) + 1, len(bad) - 1)
    assert done.reason.startswith("DamagedRowError: the row of record ecs:event:e-")
    assert "make it again with `opsledger rebuild --resource <id> --apply`" in done.reason


def test_the_limit_and_the_rate_are_kept() -> None:
    """So many messages, and no more in a second."""
    clock, queue = FakeClock(), FakeQueue([failed(number) for number in range(60)])

    done = redrive(queue, PipelineHarness().store, clock, rate=10, limit=40)

    assert (done.messages, done.finished, len(queue.bodies)) == (40, False, 20)
    assert clock.seconds == pytest.approx(4.0)


def test_it_stops_before_time_is_up() -> None:
    """With enough time left to delete what is recorded; the report says so."""
    clock, queue = FakeClock(), FakeQueue([failed(number) for number in range(400)])

    done = redrive(queue, PipelineHarness().store, clock, seconds=RESERVE_S + 3, rate=10)

    assert (done.reason, done.finished) == ("time is up", False)
    assert 0 < done.messages < 400
    assert len(queue.deleted) == done.messages
    assert clock.seconds <= 3 + 1


def test_an_event_without_a_time_was_received_when_it_was_sent() -> None:
    """Not when it is delivered again, hours later."""
    event = make_event("ecs:Instance:StateChange", "Running")
    del event["time"]
    sent = NOW_MS - 8 * 3_600_000
    harness = PipelineHarness()

    redrive(FakeQueue([json.dumps(event)], sent=sent), harness.store)

    (record,) = harness.stored()
    assert {transition.received_at for transition in record.transitions.values()} == {sent}


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        ('{"a": 1}', '{"a": 1}'),
        (base64.b64encode(b'{"a": 1}').decode(), b'{"a": 1}'),
        (base64.b64encode(b"[]").decode() + "\n", b"[]"),
        ("abcd", "abcd"),
        ("no event", "no event"),
        ("", ""),
    ],
)
def test_a_body_may_be_base64(body: str, payload: str | bytes) -> None:
    """Programs that send through the vendor's SDKs often encode; what is no JSON behind it stays as it is."""
    assert event_of(body) == payload
