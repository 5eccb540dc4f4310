"""Deliveries that are lost, late, repeated and out of order: push and reconcile give one record for each event."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import PipelineHarness
from tests.opsledger.ecs_reconciler.scene import HOUR_S, MINUTE_S, REGION, Scene

from opsledger.ecs_reconciler.observed import cloudevent, of_history
from opsledger.ledger import state
from opsledger.ledger.verdicts import VerdictKind
from opsledger.polling.region import PolledRegion
from yunmock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from opsledger.ledger.record import Record

EVENTS = 12
TYPES = (
    "SystemMaintenance.Reboot",
    "SystemMaintenance.Stop",
    "SystemMaintenance.Redeploy",
    "SystemMaintenance.IsolateErrorDisk",
    "SystemFailure.Stop",
    "InstanceFailure.Reboot",
    "InstanceExpiration.Stop",
)
SHARED = ("record", "status", "outcome", "terminal", "due", "finished_at", "resource_id", "region", "account")
"""What a record has by either way."""


class Lives:
    """A random life of a few instances and disks, which is the same for the same seed.

    Attributes:
        answers: what the API answered at each look.
    """

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene, self._random = scene, random.Random(seed)  # noqa: S311 - a seeded schedule, no secret
        self._steps: list[Callable[[], object]] = []
        self._open: list[str] = []
        self._disk_events: list[str] = []

    def run(self, after_each: Callable[[], None]) -> None:
        """Let things happen, and time pass between them."""
        for _ in range(EVENTS):
            self._random.choice((self._announce, self._announce, self._hurt_disk, self._end))()
            self.scene.advance(self._random.choice((1, 90, 20 * MINUTE_S, 5 * HOUR_S)) + self._random.random())
            after_each()
        self.scene.advance(3 * 24 * HOUR_S)
        after_each()

    def _announce(self) -> None:
        planned = self._random.choice((HOUR_S, 26 * HOUR_S)) + self._random.random()
        kind = self._random.choice(TYPES)
        # A failure has no plan in a notification, and one here would only be in what the API says.
        has_plan = kind.startswith("SystemMaintenance.") or kind == "InstanceExpiration.Stop"
        not_before = {"not_before": self.scene.cloud.clock.now_ms() + round(planned * 1000)} if has_plan else {}
        self._open.append(self.scene.ecs.schedule_event(self.scene.instance(), kind, **not_before))

    def _hurt_disk(self) -> None:
        disk = self.scene.ecs.create_disk(REGION, "data", instance_id=self.scene.instance())
        kind = self._random.choice(("Degraded", "Stalled", "ErrorDetected"))
        self._disk_events.append(self.scene.ecs.start_disk_event(disk, kind))

    def _end(self) -> None:
        if self._disk_events and self._random.random() < 0.5:
            self.scene.ecs.finish_disk_event(self._disk_events.pop())
        elif self._open:
            event = self._open.pop(self._random.randrange(len(self._open)))
            status = self.scene.ecs.event(event)["EventCycleStatus"]["Name"]
            if status in ("Inquiring", "Scheduled"):
                self.scene.ecs.set_event_status(event, self._random.choice(("Canceled", "Avoided")))


class Outcome:
    """What a ledger has after a life.

    Attributes:
        dropped: the pushes that were not delivered.
    """

    def __init__(self, seed: int, *, drop: float, reconciles: bool, then_push: bool = False) -> None:
        with mock_aliyun() as cloud:
            scene = Scene(cloud)
            choice = random.Random(f"{seed} deliveries")  # noqa: S311 - as above
            self.dropped: list[Any] = []

            def deliver() -> None:
                self.dropped.extend(scene.push(lambda _event: choice.random() >= drop))
                if reconciles:
                    scene.reconcile()

            Lives(scene, seed).run(deliver)
            if then_push:
                choice.shuffle(self.dropped)
                for event in self.dropped:
                    scene.deliver([event])
            self.records = {name: self._shown(record) for name, record in scene.records().items() if _is_event(name)}
            self.problems = {problem.verdict for problem in scene.problems}
            self.rows = _without_arrivals(PipelineHarness(scene.store).dump())

    def _shown(self, record: Record) -> dict[str, Any]:
        return state.to_json(record)


def _is_event(name: str) -> bool:
    """Whether it is an event that the API lists: states of instances are on the bus alone."""
    return name.startswith(("ecs:event:", "ecs:disk-event:"))


def _without_arrivals(rows: dict[str, Any]) -> dict[str, Any]:
    """Rows without what tells when copies arrived, and by which route the first of several alike did."""
    return {key: {n: _timeless(n, v) for n, v in row.items() if n != "source"} for key, row in rows.items()}


def _timeless(column: str, value: Any) -> Any:
    return re.sub(r'"last_sent_at":\d+,?', "", value) if column == "state" else value


def steps_of(shown: dict[str, Any]) -> list[str]:
    """The statuses of a record's transitions."""
    return [step["status"] for step in shown["transitions"]]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("drop", [0.0, 0.3, 0.8, 1.0])
def test_what_was_dropped_is_found(seed: int, drop: float) -> None:
    """One record for each event, in the state of the run in which nothing was dropped; steps that nobody named are not.

    With the first step missing, the record says so.
    """
    whole = Outcome(seed, drop=0, reconciles=False)
    found = Outcome(seed, drop=drop, reconciles=True)

    assert found.records.keys() == whole.records.keys()
    for name, shown in found.records.items():
        expected = whole.records[name]
        assert {field: shown[field] for field in SHARED} == {field: expected[field] for field in SHARED}
        missing = [status for status in steps_of(expected) if status not in steps_of(shown)]
        assert set(steps_of(shown)) <= set(steps_of(expected))
        assert len(steps_of(shown)) == len(steps_of(expected)) - len(missing)
        if steps_of(expected)[0] in missing:
            assert "missed_start" in {anomaly["anomaly"] for anomaly in shown["anomalies"]}
    assert (VerdictKind.MISSED in found.problems) == bool(found.dropped)
    assert found.problems <= {VerdictKind.MISSED}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("drop", [0.5, 1.0])
def test_late_pushes_make_the_same_bytes(seed: int, drop: float) -> None:
    """Whether the pushes come before what ECS says, or after it, in another order and days late."""
    in_time = Outcome(seed, drop=0, reconciles=True)
    late = Outcome(seed, drop=drop, reconciles=True, then_push=True)

    assert late.dropped
    assert late.rows == in_time.rows


# --------------------------------------------------------------------------------------------- orders and precision
PUSH = {
    "specversion": "1.0",
    "source": "acs.ecs",
    "type": "ecs:Instance:SystemMaintenance.Reboot",
    "aliyunregionid": REGION,
    "aliyunaccountid": "1000000000000001",
}
CONTENT = {"eventId": "e-1", "instanceId": "i-1", "eventType": "SystemMaintenance.Reboot"}
PUBLISHED = ("2026-01-02T03:09:30Z", "2026-01-02T03:09:30.922Z", "2026-01-02T11:09:30+08:00")
PLANNED = ("2026-01-03T04:00:00Z", "2026-01-03T04:00Z", "2026-01-03T04:00:00.000Z")
STARTED = ("2026-01-03T04:01:07Z", "2026-01-03T04:01:07.250Z", "2026-01-03T04:01Z")
FINISHED = ("2026-01-03T04:05:31Z", "2026-01-03T04:05:31.500Z", "2026-01-03T04:05Z")
STEPS = ("Scheduled", "Executing", "Executed")


def pushes(status: str, choice: random.Random) -> Mapping[str, Any]:
    """A push of a step over the bus, or by CloudMonitor, its times as precise as it likes."""
    content = {**CONTENT, "eventStatus": status, "publishTime": choice.choice(PUBLISHED)}
    content["notBefore"] = choice.choice(PLANNED)
    if status != "Scheduled":
        content["executeStartTime"] = choice.choice(STARTED)
    if status == "Executed":
        content["executeFinishTime"] = choice.choice(FINISHED)
    if choice.random() < 0.5:
        return {"product": "ECS", "name": f"Instance:{CONTENT['eventType']}:{status}", "content": content}
    return {**PUSH, "time": choice.choice(FINISHED), "data": content}


def answers(status: str, choice: random.Random) -> Mapping[str, Any]:
    """What ECS says of a step, as the reconciler hands it on, or as an operator does."""
    row: dict[str, Any] = {
        "EventId": "e-1",
        "InstanceId": "i-1",
        "EventType": {"Code": 1, "Name": "SystemMaintenance.Reboot"},
        "EventCycleStatus": {"Code": 0, "Name": status},
        "EventPublishTime": choice.choice(PUBLISHED),
        "NotBefore": choice.choice(PLANNED),
        **({"EventFinishTime": choice.choice(FINISHED)} if status == "Executed" else {}),
    }
    if choice.random() < 0.5:
        return row
    polled = PolledRegion(REGION, "1000000000000001")
    return cloudevent(polled, of_history(row))


@pytest.mark.parametrize("seed", range(40))
def test_order_and_precision_do_not_matter(seed: int) -> None:
    """Any routes, in any order and grouping, twice: one record, three steps, and the same bytes."""
    choice = random.Random(seed)  # noqa: S311 - as above
    deliveries = [make(status, choice) for status in STEPS for make in (pushes, answers, pushes, answers)]
    one, other = (delivered(deliveries, choice) for _ in range(2))

    assert one[0] == other[0]
    assert one[1] == list(STEPS)


def delivered(deliveries: Sequence[Mapping[str, Any]], choice: random.Random) -> tuple[dict[str, Any], list[str]]:
    """The rows and the steps after deliveries in a random order, in random groups, and some of them again."""
    shuffled = [*deliveries, *choice.sample(list(deliveries), 4)]
    choice.shuffle(shuffled)
    harness = PipelineHarness()
    for group in _groups(shuffled, choice):
        harness.process(json.dumps(group).encode())
    (record,) = harness.stored()
    return _without_arrivals(harness.dump()), [t.status for t in state.in_order(record)]


def _groups(deliveries: list[Mapping[str, Any]], choice: random.Random) -> Iterable[list[Mapping[str, Any]]]:
    while deliveries:
        size = choice.randint(1, 5)
        yield deliveries[:size]
        deliveries = deliveries[size:]
