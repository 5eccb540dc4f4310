"""Batches: how many store calls they take, and how they are split."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import PipelineHarness, make_event
from tests.opsledger.failing_store import FAILURES, CrashError, FailingStore

from opsctl import sample
from opsctl.sample import wrappers
from opsledger import catalog
from opsledger.ledger import queries
from opsledger.store.tables import LEDGER, RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import MakeEvent, MakeHarness

    from opsledger.store import Key

TYPES = catalog.event_types()
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
STATE = "ecs:Instance:StateChange"
NOW_MS = 1_767_225_600_000


def batch(event: MakeEvent, count: int, type_: str = REBOOT, **content: Any) -> list[Any]:
    """One event of each of `count` entities."""
    return [event(type_, seed=str(n), **content) for n in range(count)]


@pytest.mark.parametrize(("count", "calls"), [(1, 2), (100, 2), (101, 4), (250, 6)])
def test_a_batch_takes_two_calls_per_hundred_records(
    make_harness: MakeHarness, event: MakeEvent, count: int, calls: int
) -> None:
    """One read and one write for every hundred."""
    store = FailingStore()

    assert make_harness(store).counts(batch(event, count)) == {"recorded": count}
    assert store.calls == ["read", "write"] * (calls // 2)


def test_more_rows_than_one_write_may_hold_are_split(make_harness: MakeHarness, many: list[Any]) -> None:
    """One record with 250 notifications takes one read and two writes."""
    store = FailingStore()
    harness = make_harness(store)

    harness.counts(many)

    assert store.calls == ["read", "write", "write"]
    assert len(harness.ledger()) == 250


@pytest.fixture(scope="module")
def many() -> list[Any]:
    """Notifications of one record: more than one write may hold."""
    return [make_event(STATE, "Running", now_ms=NOW_MS + n * 60_000) for n in range(250)]


@pytest.fixture(scope="module")
def whole(many: list[Any]) -> dict[str, Any]:
    """The rows that they make where nothing fails."""
    undisturbed = PipelineHarness()
    undisturbed.process(many)
    return undisturbed.dump()


@pytest.mark.parametrize("how", FAILURES)
@pytest.mark.parametrize("call", [2, 3])
def test_a_redelivery_repairs_a_crash_between_the_writes_of_one_record(
    make_harness: MakeHarness, many: list[Any], whole: dict[str, Any], call: int, how: str
) -> None:
    """If any write fails, the redelivery completes ledger and record."""
    harness = make_harness(FailingStore({call: FAILURES[how](CrashError())}))

    with pytest.raises(CrashError):
        harness.process(many)
    harness.process(many)

    assert harness.dump() == whole


def test_more_bytes_than_one_write_may_hold_are_split(make_harness: MakeHarness, event: MakeEvent) -> None:
    """With nine events of 900 KB each write stays below four million bytes."""
    store = FailingStore()
    sizes: list[int] = []

    def weigh(_store: FailingStore, request: Any, perform: Callable[[Any], Any]) -> Any:
        sizes.append(sum(len(str(value)) for put in request for value in put.columns.values()))
        return perform(request)

    store.hooks = dict.fromkeys(range(2, 9), weigh)
    make_harness(store).counts(batch(event, 9, padding="x" * 900_000))

    assert store.calls == ["read", "write", "write", "write"]
    assert max(sizes) < 4_000_000


def test_no_write_has_a_row_twice(make_harness: MakeHarness, event: MakeEvent) -> None:
    """Tablestore refuses such a write, so repetitions within a batch become one row."""
    store = FailingStore()
    keys: list[Key] = []

    def collect(_store: FailingStore, request: Any, perform: Callable[[Any], Any]) -> Any:
        keys.extend(put.key for put in request)
        return perform(request)

    store.hooks = {2: collect}
    events = [event(form=form) for form in ("cloudevent", "cloudmonitor", "cloudevent-base64")] * 3
    make_harness(store).process([*events, {"b": 1}, {"b": 1}])

    assert len(keys) == len(set(keys)) == 3


def test_two_events_of_one_resource_at_one_moment_are_two_ledger_rows(
    harness: PipelineHarness, event: MakeEvent
) -> None:
    """The rows lie side by side, and each record finds its own."""
    instance = "i-shared"
    events = [
        event(REBOOT, "Scheduled", seed="a", instanceId=instance),
        event(REBOOT, "Scheduled", seed="b", instanceId=instance),
    ]
    assert harness.counts(events) == {"recorded": 2}

    assert len(harness.ledger()) == 2
    assert all(len(list(queries.history(harness.store, record))) == 1 for record in harness.stored())


@pytest.mark.parametrize("row", TYPES, ids=lambda row: row.type)
def test_an_event_writes_two_rows_in_every_status_and_envelope(make_harness: MakeHarness, row: Any) -> None:
    """In two store calls: its record and its ledger row, and never a third.

    What is in a wrapper is the plain event (`test_arrivals`), so one status of each type is enough there.
    """
    for number, case in enumerate(sample.cases(row)):
        for form in sample.all_forms(row):
            plain = sample.event(row, case.status, form, seed="s", now_ms=NOW_MS, template=case.template)
            wrappings = () if number else wrappers.wrappings(form)
            for event in (plain, *(wrappers.wrapped(name, plain, NAMES) for name in wrappings)):
                store = FailingStore()
                written: list[str] = []
                store.hooks = {2: partial(_noting, written)}
                assert make_harness(store).counts(event) == {"recorded": 1}
                assert (store.calls, written) == (["read", "write"], [LEDGER.name, RECORDS.name])


NAMES = sample.Names.of("s")


def _noting(written: list[str], _store: FailingStore, puts: Any, perform: Callable[[Any], Any]) -> Any:
    written += sorted(put.key.table.name for put in puts)
    return perform(puts)


@pytest.mark.parametrize("form", ["cloudevent", "cloudmonitor"])
def test_a_hundred_events_of_all_types_take_two_calls(make_harness: MakeHarness, form: str) -> None:
    """However mixed: one read of their records, and one write for each hundred of their rows."""
    rows = [row for row in TYPES if form in sample.all_forms(row)]
    cases = [(row, sample.cases(row)[0]) for row in (rows * 100)[:100]]
    events = [
        sample.event(row, case.status, form, seed=str(n), now_ms=NOW_MS, template=case.template)
        for n, (row, case) in enumerate(cases)
    ]
    store = FailingStore()

    assert make_harness(store).counts(events) == {"recorded": 100}
    assert store.calls == ["read", "write"]
