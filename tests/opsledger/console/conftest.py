"""The console on a store in memory, with events of several kinds recorded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, PipelineHarness, make_event
from tests.opsledger.console.document import parse
from tests.simulation.console_rows import GivenVerdict

from opsctl import notes
from opsledger.console.respond import respond
from opsledger.console.web import WebRequest
from opsledger.deadline import Deadline
from opsledger.ledger.commit import commit
from opsledger.ledger.drills import Drill, MarkDrill
from opsledger.ledger.resources import CloudResource, save
from opsledger.ledger.verdicts import ApiStep, EventVerdict, VerdictKind
from opsledger.notify.deliveries import PlanDelivery, planned
from opsledger.notify.exchange import Receipt, Result
from opsledger.notify.plan import Intent, Stage, StageKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.opsledger.console.document import Page

    from opsledger.console.web import WebResponse
    from opsledger.ledger.record import Record
    from opsledger.store import Store

DAY_MS = 86_400_000
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
EVENTS: tuple[tuple[str, str, int], ...] = (
    (REBOOT, "Scheduled", 0),
    (REBOOT, "Executing", 0),
    (REBOOT, "Scheduled", -30),
    (REBOOT, "Executed", -5),
    ("ecs:Instance:StateChange", "Stopped", -1),
    ("ecs:Instance:PreemptibleInstanceInterruption", "", 0),
)
"""Type, status, and how many days from now."""


class Visitor:
    """Asks the console for pages."""

    def __init__(self, store: Store, now_ms: int = NOW_MS) -> None:
        self.store, self.now_ms = store, now_ms

    def get(
        self, path: str, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **more: Any
    ) -> WebResponse:
        """The response to a request."""
        return respond(WebRequest(path, query or {}, headers or {}, self.now_ms, **more), self.store)

    def html(self, path: str, **query: str) -> Page:
        """A page that can be shown."""
        answer = self.get(path, query)
        assert answer.status == 200, answer.body.decode()
        return parse(answer.body.decode())

    def json(self, path: str, **query: str) -> Any:
        """The same as JSON."""
        answer = self.get(f"{path}.json", query)
        assert answer.status == 200, answer.body.decode()
        return json.loads(answer.body)


@pytest.fixture
def recorded(harness: PipelineHarness) -> PipelineHarness:
    """A pipeline that has recorded `EVENTS`."""
    for number, (type_, status, days) in enumerate(EVENTS):
        event = make_event(type_, status or None, seed=f"event {number}", now_ms=NOW_MS + days * DAY_MS)
        harness.process(event)
    harness.process(b"<no event>")
    unknown = make_event(REBOOT, "Scheduled", seed="new field", newField="?")
    harness.process([{"type": "ecs:Instance:New"}, unknown, make_event(REBOOT, "Scheduled", seed="bad", eventId="<b>")])
    record = next(record for record in harness.stored() if record.key.startswith("ecs:event"))
    known(harness, record)
    notified(harness, record.key)
    judged(harness, record)
    return harness


def known(harness: PipelineHarness, record: Record, text: str = "") -> None:
    """The name, owner and tags of a record's resource, a mark as a drill, and a note; all texts may be one."""
    deadline = Deadline(harness.clock, 60)
    tags = {text or "stage": text or "live"}
    named = CloudResource(record.partition, text or "web-1", text or "team-web", zone=text, tags=tags, as_of=NOW_MS)
    save(harness.store, [named], deadline, "test")
    commit(harness.store, [MarkDrill(Drill(record.key, NOW_MS, text or "Wang", ("ops",)))], deadline, "test")
    said = notes.made(
        record.key, NOW_MS, text or "Li", acknowledged=True, assigned_to=text or "Chen", comment=text or "known"
    )
    notes.add(harness.store, said, deadline, "test")


def judged(harness: PipelineHarness, record: Record, note: str = "Executing") -> None:
    """What the reconciler found of a record: a step of which no push came."""
    steps = (
        ApiStep("k1", "Scheduled", NOW_MS - 1000, expected=False),
        ApiStep("k2", "Executing", NOW_MS, expected=True),
    )
    found = EventVerdict(
        record.key, record.region or "", record.resource_id, VerdictKind.MISSED, NOW_MS, "Executing", "d", steps, note
    )
    commit(harness.store, [GivenVerdict(found)], Deadline(harness.clock, 60), "test")


def notified(harness: PipelineHarness, record: str, channel: str = "ops", note: str = "too long") -> None:
    """A delivery about a record in each of four states, and the answers of the channel."""
    stage = Stage(StageKind("step"), "Scheduled", NOW_MS, "critical")
    for number, result in enumerate((None, Result.SENT, Result.REFUSED, Result.UNKNOWN)):
        intent = Intent(f"intent{number}", record, stage, channel, NOW_MS, "group")
        delivery = planned(intent, NOW_MS, muted=False)
        if result is not None:
            claimed = delivery.claimed("worker", NOW_MS)
            assert claimed is not None
            delivery = claimed.answered(Receipt(result, "310000", note), NOW_MS + 500, f"message{number}")
        commit(harness.store, [PlanDelivery(delivery)], Deadline(harness.clock, 60), "test")


@pytest.fixture
def visitor(recorded: PipelineHarness) -> Visitor:
    """A reader of what is recorded."""
    return Visitor(recorded.store)
