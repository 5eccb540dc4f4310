"""The pipeline on Tablestore through either client: how many calls it makes, and what it does if they fail."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import CLIENTS

from opsledger.errors import (
    ContendedError,
    MisconfiguredError,
    StoreRefusedError,
    ThrottledError,
    UnavailableError,
    WorldFailedError,
)
from opsledger.store import Key, Put
from opsledger.store.tables import RECORDS
from yunmock.http import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.conftest import MakeEvent, MakeHarness, PipelineHarness, TablestoreHarness

    from opsledger.store import Row, Store, Written
    from opsledger.store.tables import Index, Table

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
STATE = "ecs:Instance:StateChange"
READ, WRITE = "BatchGetRow", "BatchWriteRow"
NOW_MS = 1_767_225_600_000


@pytest.fixture(params=CLIENTS)
def tablestore_client(request: pytest.FixtureRequest) -> str:
    """Each client in turn."""
    client: str = request.param
    return client


# ------------------------------------------------------------------------------------------------------- how many calls
@pytest.mark.parametrize("type_", [REBOOT, STATE, "ecs:Disk:Stalled"])
@pytest.mark.parametrize("count", [1, 2, 100])
def test_a_batch_of_up_to_a_hundred_takes_two_calls(
    tablestore_harness: TablestoreHarness, event: MakeEvent, type_: str, count: int
) -> None:
    """One BatchGetRow and one BatchWriteRow for distinct events, known or new."""
    batch = [event(type_, seed=str(n)) for n in range(count)]

    assert tablestore_harness.counts(batch) == {"recorded": count}
    assert tablestore_harness.calls() == [READ, WRITE]

    tablestore_harness.clear_calls()
    assert tablestore_harness.counts(batch) == {"duplicate": count}
    assert tablestore_harness.calls() == [READ, WRITE]


def test_a_single_event_takes_two_calls(tablestore_harness: TablestoreHarness, event: MakeEvent) -> None:
    """Not in an array, as a rule delivers it."""
    tablestore_harness.process(event())

    assert tablestore_harness.calls() == [READ, WRITE]


def test_a_hundred_events_of_one_instance_take_two_calls(
    tablestore_harness: TablestoreHarness, event: MakeEvent
) -> None:
    """One record, a hundred ledger rows."""
    batch = [event(STATE, "Running", now_ms=NOW_MS + n * 60_000) for n in range(100)]

    assert tablestore_harness.counts(batch) == {"recorded": 100}
    assert tablestore_harness.calls() == [READ, WRITE]


def test_a_mixed_batch_takes_two_calls(tablestore_harness: TablestoreHarness, event: MakeEvent) -> None:
    """Valid and refused, known and new, objects and text: one read and one write."""
    tablestore_harness.process([event(seed=str(n)) for n in range(20)])
    tablestore_harness.clear_calls()
    batch: list[Any] = [event(seed=str(n)) for n in range(40)]
    batch += [json.dumps(event(STATE, "Running", seed=str(n))) for n in range(40)]
    batch += [{"stranger": n} for n in range(20)]

    assert tablestore_harness.counts(batch) == {"duplicate": 20, "recorded": 60, "quarantined": 20}
    assert tablestore_harness.calls() == [READ, WRITE]


def test_a_hundred_and_one_events_take_four_calls(tablestore_harness: TablestoreHarness, event: MakeEvent) -> None:
    """A BatchGetRow reads a hundred rows."""
    tablestore_harness.process([event(seed=str(n)) for n in range(101)])

    assert tablestore_harness.calls() == [READ, WRITE, READ, WRITE]


def test_large_events_are_split_into_several_calls(tablestore_harness: TablestoreHarness, event: MakeEvent) -> None:
    """Nine megabytes in one payload: each write is below Tablestore's limit."""
    batch = [event(seed=str(n), padding="x" * 900_000) for n in range(10)]

    assert tablestore_harness.counts(batch) == {"recorded": 10}
    assert tablestore_harness.calls() == [READ, WRITE, WRITE, WRITE]


# ----------------------------------------------------------------------------------------------------------- failures
PASSING: dict[str, tuple[str, dict[str, Any]]] = {
    "read throttled": (READ, {"code": "OTSServerBusy"}),
    "read dropped": (READ, {"action": "drop"}),
    "read dropped after": (READ, {"action": "drop", "when": "after"}),
    "read times out": (READ, {"code": "OTSTimeout"}),
    "row of the read throttled": (READ, {"code": "OTSServerBusy", "rows": frozenset({0})}),
    "partition moves": (READ, {"code": "OTSPartitionUnavailable"}),
    "table not ready": (READ, {"code": "OTSTableNotReady", "status": 404}),
    "write throttled": (WRITE, {"code": "OTSServerBusy"}),
    "write out of capacity": (WRITE, {"code": "OTSNotEnoughCapacityUnit", "status": 403}),
    "write dropped": (WRITE, {"action": "drop"}),
    "write landed, reply dropped": (WRITE, {"action": "drop", "when": "after"}),
    "write times out": (WRITE, {"code": "OTSTimeout"}),
    "write landed, reply times out": (WRITE, {"code": "OTSTimeout", "when": "after"}),
    "write landed, reply is busy": (WRITE, {"code": "OTSServerBusy", "when": "after"}),
    "internal error": (WRITE, {"code": "OTSInternalServerError", "status": 500}),
    "write landed, internal error": (WRITE, {"code": "OTSInternalServerError", "status": 500, "when": "after"}),
    **{
        f"rows {sorted(rows)} {code} {when}": (WRITE, {"code": code, "rows": rows, "when": when})
        for rows in (frozenset({0}), frozenset({2}), frozenset({0, 1, 2, 3, 4}))
        for code in ("OTSServerBusy", "OTSRowOperationConflict", "OTSTimeout")
        for when in ("before", "after")
    },
}


@pytest.fixture
def payload(event: MakeEvent) -> list[Any]:
    """Two transitions of one record, one of another, one unknown event: five rows."""
    return [event(REBOOT, "Scheduled"), event(REBOOT, "Avoided"), event(STATE, "Running"), {"stranger": 1}]


@pytest.fixture
def expected(make_harness: MakeHarness, payload: list[Any]) -> PipelineHarness:
    """A harness without failures."""
    harness = make_harness()
    assert harness.counts(payload) == {"recorded": 3, "quarantined": 1}
    return harness


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize(("operation", "fault"), PASSING.values(), ids=PASSING.keys())
def test_a_temporary_failure_leaves_no_trace(
    tablestore_harness: TablestoreHarness,
    tablestore_client: str,
    payload: list[Any],
    expected: PipelineHarness,
    operation: str,
    fault: dict[str, Any],
    times: int,
) -> None:
    """It is retried before the deadline: result, records, ledger and quarantine are the same as without it."""
    tablestore_harness.fault(operation, times=times, **fault)

    assert tablestore_harness.counts(payload) == {"recorded": 3, "quarantined": 1}

    assert len(tablestore_harness.calls()) <= 2 + 2 * times
    assert tablestore_harness.dump() == expected.dump()
    # A row that landed is not written again, so a fault may find nothing left to strike. Nor is there a wait where the
    # wire client opens a kept connection again.
    reopened = tablestore_client == "wire" and fault.get("action") == "drop"
    assert (0 if reopened else 1) <= len(tablestore_harness.clock.slept) <= times


LASTING = {
    name: (operation, fault)
    for name, (operation, fault) in PASSING.items()
    if "rows" not in fault or (0 in fault["rows"] and fault.get("when") != "after")
}
"""Those that stop the work for good: some row is left that can never be written."""


@pytest.mark.parametrize(("operation", "fault"), LASTING.values(), ids=LASTING.keys())
def test_a_lasting_failure_is_raised(
    tablestore_harness: TablestoreHarness,
    payload: list[Any],
    expected: PipelineHarness,
    operation: str,
    fault: dict[str, Any],
) -> None:
    """Before the deadline, so that the platform delivers again; that delivery completes everything."""
    tablestore_harness.fault(operation, times=-1, **fault)

    with pytest.raises(WorldFailedError) as raised:
        tablestore_harness.process(payload, seconds=10)
    assert raised.value.retryable
    assert 0 < sum(tablestore_harness.clock.slept) < 10

    tablestore_harness.cloud.faults.clear()
    tablestore_harness.process(payload)
    rows_now, undisturbed = tablestore_harness.dump(), expected.dump()
    for rows in (rows_now, undisturbed):  # a redelivery is one more delivery of the unknown event
        for row in rows.values():
            for name in ("count", "last_received", "first_received"):
                row.pop(name, None)
    assert rows_now == undisturbed


RAISED: list[tuple[dict[str, Any], type[WorldFailedError]]] = [
    ({"code": "OTSServerBusy"}, ThrottledError),
    ({"code": "OTSQuotaExhausted", "status": 403}, ThrottledError),
    ({"code": "OTSTimeout"}, UnavailableError),
    ({"action": "drop"}, UnavailableError),
    ({"code": "OTSServerUnavailable"}, UnavailableError),
    ({"code": "OTSAuthFailed", "status": 403}, MisconfiguredError),
    ({"code": "OTSNoPermissionAccess", "status": 403}, MisconfiguredError),
    ({"code": "OTSParameterInvalid", "status": 400}, StoreRefusedError),
    ({"code": "OTSSomethingNew", "status": 400}, StoreRefusedError),
]


@pytest.mark.parametrize("operation", [READ, WRITE])
@pytest.mark.parametrize(("fault", "kind"), RAISED, ids=lambda value: str(value)[:40])
def test_each_failure_has_an_error_class(
    tablestore_harness: TablestoreHarness,
    event: MakeEvent,
    operation: str,
    fault: dict[str, Any],
    kind: type[WorldFailedError],
) -> None:
    """One table maps what the SDK raises; errors that waiting cannot help are not retried."""
    tablestore_harness.fault(operation, times=-1, **fault)

    with pytest.raises(kind) as raised:
        tablestore_harness.process(event(), seconds=5)

    assert type(raised.value) is kind
    assert bool(tablestore_harness.clock.slept) is kind.retryable
    if "code" in fault:
        assert fault["code"] in str(raised.value)


@pytest.mark.parametrize("body", [b"<html>502 Bad Gateway</html>", b""])
def test_a_proxys_error_page_is_unavailable(
    tablestore_harness: TablestoreHarness, event: MakeEvent, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    """It is an outage, not a refusal by Tablestore."""
    monkeypatch.setattr(tablestore_harness.cloud, "handle", lambda *_: Response(502, {}, body))

    with pytest.raises(UnavailableError):
        tablestore_harness.process(event(), seconds=1)


def test_a_missing_table_names_the_remedy(tablestore_harness: TablestoreHarness, event: MakeEvent) -> None:
    """The message has the command that makes the table; nothing is retried."""
    tablestore_harness.tables.client.delete_table("t_ledger_v3")

    with pytest.raises(MisconfiguredError, match="opsledger init-tables"):
        tablestore_harness.process(event())
    assert tablestore_harness.clock.slept == []


def test_a_refused_row_is_raised(tablestore_harness: TablestoreHarness, event: MakeEvent) -> None:
    """A row that waiting cannot help is not skipped."""
    tablestore_harness.fault(WRITE, code="OTSParameterInvalid", rows=frozenset({0}))

    with pytest.raises(StoreRefusedError):
        tablestore_harness.process(event())


class InterleavedStore:
    """A store in which another handler runs between each read and write, until there are none left."""

    def __init__(self, under: Store, others: Sequence[Callable[[], object]]) -> None:
        self.under, self.others = under, list(others)

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """Read, then run the other handler."""
        rows = self.under.read(keys)
        if self.others:
            self.others.pop(0)()
        return rows

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write."""
        return self.under.write(puts)

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """Walk."""
        return self.under.walk(index, prefix, **options)


def test_interleaved_handlers_lose_nothing(
    tablestore_harness: TablestoreHarness, make_harness: MakeHarness, event: MakeEvent
) -> None:
    """Three handlers write one record between our read and our write: all four transitions are there, once."""
    statuses = ("Inquiring", "Executing", "Executed")
    others = [lambda s=s: tablestore_harness.process(event(REBOOT, s)) for s in statuses]
    ours = make_harness(InterleavedStore(tablestore_harness.store, others))

    assert ours.counts(event(REBOOT, "Scheduled")) == {"out_of_order": 1}

    record = tablestore_harness.record()
    assert [step["status"] for step in record["transitions"]] == ["Inquiring", "Scheduled", "Executing", "Executed"]
    assert len(tablestore_harness.ledger()) == 4


def test_a_lost_reply_and_another_handler_lose_nothing(
    tablestore_harness: TablestoreHarness, make_harness: MakeHarness, event: MakeEvent
) -> None:
    """Our write landed without a reply, and another handler has changed the record since."""
    other = [lambda: None, lambda: tablestore_harness.process(event(REBOOT, "Avoided"))]
    ours = make_harness(InterleavedStore(tablestore_harness.store, other))
    tablestore_harness.fault(WRITE, action="drop", when="after", times=1)

    ours.process(event(REBOOT, "Scheduled"))

    assert [step["status"] for step in tablestore_harness.record()["transitions"]] == ["Scheduled", "Avoided"]
    assert len(tablestore_harness.ledger()) == 2


def test_a_record_that_keeps_changing_raises_contended(
    tablestore_harness: TablestoreHarness, make_harness: MakeHarness, event: MakeEvent
) -> None:
    """Through the protocol's own conditions."""
    others = [
        lambda n=n: tablestore_harness.process(event(STATE, "Running", now_ms=NOW_MS + n * 60_000)) for n in range(50)
    ]

    with pytest.raises(ContendedError):
        make_harness(InterleavedStore(tablestore_harness.store, others)).process(event(STATE, "Stopped"), seconds=3)


# ----------------------------------------------------------------------------------------------------------- secrets
def test_no_failure_shows_a_credential(
    tablestore_harness: TablestoreHarness,
    event: MakeEvent,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Neither in an error's message nor in a log line, including the SDK's own."""
    caplog.set_level(logging.DEBUG)
    secret = tablestore_harness.cloud.account.access_key_secret
    for fault, _ in RAISED:
        tablestore_harness.fault(WRITE, **fault, times=2)  # the wire client repeats a request whose connection breaks
        with pytest.raises(WorldFailedError) as raised:
            tablestore_harness.process(event(), seconds=0)
        assert secret not in f"{raised.value!r} {raised.value.__cause__!r}"
    shown = capfd.readouterr()

    assert secret not in caplog.text + shown.out + shown.err


def test_tables_are_made_once(tablestore_harness: TablestoreHarness) -> None:
    """Making them again changes nothing."""
    assert tablestore_harness.tables.create_tables() == []
    assert tablestore_harness.store.read([Key(RECORDS, ("none",))]) == {}
