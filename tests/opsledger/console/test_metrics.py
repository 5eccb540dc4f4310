"""`/metrics`: at a fixed cost, with the totals of the sweeper, in the format that is asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from tests.conftest import NOW_MS
from tests.opsledger.console.conftest import Visitor
from tests.opsledger.console.test_rows_read import CountingStore

from opsledger import settings
from opsledger.deadline import Deadline
from opsledger.handlers import invocation, sweeper
from opsledger.ledger.commit import commit
from opsledger.metrics.redrives import LastRedrive, NoteRedrive, QueueState
from opsledger.polling.cursor import Cursor, Cursors

if TYPE_CHECKING:
    from tests.conftest import PipelineHarness

CONTEXT = SimpleNamespace(request_id="request-1", function=SimpleNamespace(timeout=60))


@pytest.fixture
def swept(recorded: PipelineHarness, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """A reader of what the sweeper has counted, where a poller and the redriver have run, too."""
    monkeypatch.setattr(settings, "read", lambda _context: SimpleNamespace(reports_metrics=False))
    monkeypatch.setattr(invocation, "open_store", lambda _settings: recorded.store)
    monkeypatch.setattr(invocation, "SystemClock", lambda: recorded.clock)
    sweeper.handle(b"", CONTEXT)
    deadline = Deadline(recorded.clock, 60)
    Cursors(recorded.store, "cn-hangzhou", deadline, "test").save(Cursor(high_water=NOW_MS, failures=1))
    redrive = LastRedrive(NOW_MS, {"opsledger-failed": QueueState(2, 0)})
    commit(recorded.store, [NoteRedrive(redrive)], deadline, "test")
    return Visitor(recorded.store)


def numbers(text: str) -> dict[str, float]:
    """Each line of a text of metrics."""
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(number) for name, _, number in lines}


def test_metrics_are_what_the_sweeper_counted_and_when(swept: Visitor) -> None:
    """And when each function was last through; no id is in it."""
    answer = swept.get("/metrics")
    found = numbers(answer.body.decode())

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert found["opsledger_counted_timestamp_seconds"] == NOW_MS / 1000
    assert found['opsledger_last_round_timestamp_seconds{function="eci_poller",region="cn-hangzhou"}'] == NOW_MS / 1000
    assert found['opsledger_redriven_messages{queue="opsledger-failed"}'] == 2
    assert found['opsledger_quarantined_payloads{reason="not_json"}'] == 1
    assert sum(number for name, number in found.items() if name.startswith("opsledger_open_records{")) > 0
    assert not [name for name in found if "i-bp" in name or "e-bp" in name or "web-1" in name]


def test_the_format_is_negotiated(swept: Visitor) -> None:
    """OpenMetrics for who asks for it; caches are warned."""
    answer = swept.get("/metrics", headers={"accept": "application/openmetrics-text"})

    assert answer.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert answer.headers["Vary"] == "Accept"
    assert answer.body.endswith(b"# EOF\n")


def test_a_request_reads_the_cursors_and_no_record(swept: Visitor) -> None:
    """Whatever is stored: one row of totals, and the rows of the functions."""
    store = CountingStore(swept.store)
    Visitor(store).get("/metrics")

    assert store.rows == 1 + 4  # totals; totals, sweeper, poller and redriver


def test_before_the_first_sweep_there_are_no_numbers(visitor: Visitor) -> None:
    """And no error: the names are there."""
    answer = visitor.get("/metrics")

    assert answer.status == 200
    assert numbers(answer.body.decode()) == {}
