"""The redriver's handler: what it notes for monitoring, and that nothing depends on it."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace

import pytest
from tests.conftest import NOW_MS, REBOOT, PipelineHarness, make_event
from tests.opsledger.test_redrive import FakeQueue

from opsledger import settings
from opsledger.errors import MisconfiguredError
from opsledger.handlers import invocation, redriver
from opsledger.metrics import sources
from opsledger.metrics.redrives import QueueState
from opsledger.queues.parts import split
from opsledger.store.tables import RECORDS

CONTEXT = SimpleNamespace(request_id="request-1", function=SimpleNamespace(timeout=60))
CONFIGURED = SimpleNamespace(failure_queue="failed", dead_letter_queue="undelivered")


@pytest.fixture(autouse=True)
def queues(monkeypatch: pytest.MonkeyPatch, harness: PipelineHarness) -> dict[str, FakeQueue]:
    """Two queues, the first with an event."""
    event = json.dumps(make_event(REBOOT, "Scheduled"))
    found = {"failed": FakeQueue([event], name="failed"), "undelivered": FakeQueue([], name="undelivered")}
    monkeypatch.setattr(settings, "read", lambda _context: CONFIGURED)
    monkeypatch.setattr(invocation, "open_store", lambda _settings: harness.store)
    monkeypatch.setattr(invocation, "open_queue", lambda arn, _settings: found[arn])
    monkeypatch.setattr(invocation, "SystemClock", lambda: harness.clock)
    return found


def test_a_redrive_notes_what_it_found(harness: PipelineHarness) -> None:
    """By queue; the next redrive replaces it."""
    redriver.handle(b"", CONTEXT)
    first = sources.read(harness.store)
    redriver.handle(b"", CONTEXT)
    second = sources.read(harness.store)

    assert first.redrive is not None
    assert second.redrive is not None
    assert first.redrive.queues == {"failed": QueueState(1, 0), "undelivered": QueueState(0, 0)}
    assert second.redrive.queues["failed"] == QueueState(0, 0)
    assert [(one.function, one.region) for one in first.sources] == [("redriver", "")]
    assert first.sources[0].heard_at >= NOW_MS


def test_an_incomplete_payload_is_left(harness: PipelineHarness, queues: dict[str, FakeQueue]) -> None:
    """Such as a part of a large payload whose others have not come."""
    queues["failed"].bodies = [split(random.Random(1).randbytes(200_000))[0]]  # noqa: S311 - data that cannot be compressed
    redriver.handle(b"", CONTEXT)
    noted = sources.read(harness.store).redrive

    assert noted is not None
    assert noted.queues["failed"] == QueueState(0, 1)


def test_a_damaged_row_does_not_keep_the_next_queue_from_being_redriven(
    harness: PipelineHarness, queues: dict[str, FakeQueue]
) -> None:
    """What is about it is left."""
    harness.process(queues["failed"].bodies[0])
    (row,) = harness.store.walk(RECORDS, [])
    harness.store.rows[row.key] = {**row.columns, "state": "{"}  # type: ignore[attr-defined]
    queues["undelivered"].send(json.dumps(make_event(REBOOT, "Scheduled", seed="other")))
    redriver.handle(b"", CONTEXT)
    noted = sources.read(harness.store).redrive

    assert noted is not None
    assert noted.queues == {"failed": QueueState(0, 1), "undelivered": QueueState(1, 0)}


def test_a_note_that_fails_is_logged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], harness: PipelineHarness
) -> None:
    """The messages were delivered all the same."""

    def refuse(*_: object) -> None:
        raise MisconfiguredError("no permission")

    monkeypatch.setattr(redriver, "commit", refuse)
    answer = redriver.handle(b"", CONTEXT)
    line = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert answer["messages"] == 1
    assert (line["event"], line["error"]) == ("not noted", "MisconfiguredError")
    assert sources.read(harness.store).redrive is None
