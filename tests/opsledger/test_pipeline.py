"""The pipeline against a store that fails: whatever fails at whatever step, a redelivery completes the rows."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.opsledger.failing_store import FAILURES, CrashError, FailingStore, after, before, busy
from tests.simulation.memory_store import MemoryStore

from opsledger.errors import ContendedError, MisconfiguredError, ThrottledError, UnavailableError, WorldFailedError
from opsledger.handlers import log

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import FakeClock, MakeEvent, MakeHarness, PipelineHarness

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
STATE = "ecs:Instance:StateChange"
NOW_MS = 1_767_225_600_000
STEPS = [(1, "before"), (1, "after"), *((2, how) for how in FAILURES)]
"""The call and how it fails. A read answers whole or not at all; a write may break off anywhere."""


@pytest.fixture
def payload(event: MakeEvent) -> list[Any]:
    """A batch with two steps of one event, a repetition, an instance state, and three elements of unknown type."""
    return [
        event(REBOOT, "Avoided"),
        event(REBOOT, "Scheduled"),
        event(REBOOT, "Scheduled"),
        event(STATE, "Running"),
        {"surprise": 1},
        {"surprise": 2},
        {"surprise": 1},
    ]


COUNTS = {"recorded": 2, "duplicate": 1, "out_of_order": 1, "quarantined": 3}


@pytest.fixture
def expected(make_harness: MakeHarness, payload: list[Any]) -> dict[str, Any]:
    """The rows without failures."""
    harness = make_harness()
    assert harness.counts(payload) == COUNTS
    return harness.dump()


def without_counts(rows: dict[str, Any]) -> dict[str, Any]:
    """`rows` without the counts of refused payloads: a redelivery is one more delivery."""
    return {key: {n: v for n, v in row.items() if n not in ("count", "last_received")} for key, row in rows.items()}


# ------------------------------------------------------------------------------------------------ crash and redelivery
@pytest.mark.parametrize(("call", "how"), STEPS)
def test_a_redelivery_repairs_a_crash_at_any_step(
    make_harness: MakeHarness, payload: list[Any], expected: dict[str, Any], call: int, how: str
) -> None:
    """Before, after or in the middle of any store call: the rows are those of a delivery without a crash."""
    harness = make_harness(FailingStore({call: FAILURES[how](CrashError())}))

    with pytest.raises(CrashError):
        harness.process(payload)
    harness.process(payload)

    assert without_counts(harness.dump()) == without_counts(expected)


@given(data=st.data())
def test_the_rows_are_the_same_after_any_failures(
    make_harness: MakeHarness, payload: list[Any], expected: dict[str, Any], data: st.DataObject
) -> None:
    """Crashes, lost replies and busy rows at any calls, then none: nothing is lost and nothing is there twice."""
    errors = st.sampled_from([CrashError(), UnavailableError("x"), ThrottledError("x")])
    hooks = st.one_of(
        st.builds(lambda how, error: FAILURES[how](error), st.sampled_from(["before", "after"]), errors),
        st.sets(st.integers(0, 9)).map(lambda rows: busy(rows.__contains__)),
        st.sets(st.integers(0, 9)).map(lambda rows: busy(rows.__contains__, landed=True)),
    )
    store = FailingStore()
    for call in data.draw(st.sets(st.integers(1, 8), max_size=5)):
        store.hooks[call] = _on_writes_only(data.draw(hooks))
    harness = make_harness(store)

    for _ in range(6):
        with suppress(CrashError, WorldFailedError):
            harness.process(payload)

    assert without_counts(harness.dump()) == without_counts(expected)


def _on_writes_only(hook: Callable[..., Any]) -> Callable[..., Any]:
    """`hook` for a write; a read is performed, because it answers whole or not at all."""

    def either(store: FailingStore, request: Any, perform: Callable[[Any], Any]) -> Any:
        return hook(store, request, perform) if store.calls[-1] == "write" else perform(request)

    return either


# ------------------------------------------------------------------------------------------------ within one invocation
@pytest.mark.parametrize(("call", "how"), STEPS)
def test_a_failure_is_retried_within_the_invocation(
    make_harness: MakeHarness, payload: list[Any], expected: dict[str, Any], clock: FakeClock, call: int, how: str
) -> None:
    """The rows and the counts are those of an invocation without a failure, also where a reply was lost."""
    harness = make_harness(FailingStore({call: FAILURES[how](UnavailableError("no answer"))}), clock)

    assert harness.counts(payload) == COUNTS
    assert harness.dump() == expected
    assert len(clock.slept) == 1


@pytest.mark.parametrize("landed", [False, True])
@pytest.mark.parametrize("rows", [{0}, {3}, {1, 4}, set(range(10))], ids=str)
def test_busy_rows_are_written_again(
    make_harness: MakeHarness,
    payload: list[Any],
    expected: dict[str, Any],
    clock: FakeClock,
    rows: set[int],
    landed: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Whether or not they were written the first time."""
    store = FailingStore({2: busy(rows.__contains__, landed=landed)})
    harness = make_harness(store, clock)

    assert harness.counts(payload) == COUNTS
    assert harness.dump() == expected
    assert len(clock.slept) == 1


def test_a_write_between_read_and_write_is_not_lost(
    make_harness: MakeHarness, event: MakeEvent, clock: FakeClock
) -> None:
    """Another invocation writes the same record in between: the record has both transitions."""
    other = event(REBOOT, "Avoided")

    def meanwhile(store: FailingStore, request: Any, perform: Callable[[Any], Any]) -> Any:
        make_harness(store.inner).process(other, request_id="the other")
        return perform(request)

    harness = make_harness(FailingStore({2: meanwhile}), clock)

    assert harness.counts(event(REBOOT, "Scheduled")) == {"out_of_order": 1}
    assert [step["status"] for step in harness.record()["transitions"]] == ["Scheduled", "Avoided"]
    assert len(harness.ledger()) == 2


def test_two_invocations_with_the_same_event_write_one_transition(make_harness: MakeHarness, event: MakeEvent) -> None:
    """The slower one counts a duplicate."""

    def meanwhile(store: FailingStore, request: Any, perform: Callable[[Any], Any]) -> Any:
        make_harness(store.inner).process(event(), request_id="the other")
        return perform(request)

    harness = make_harness(FailingStore({2: meanwhile}))

    assert harness.counts(event()) == {"duplicate": 1}
    assert (len(harness.record()["transitions"]), len(harness.ledger())) == (1, 1)


def test_contention_ends_before_the_deadline(make_harness: MakeHarness, event: MakeEvent, clock: FakeClock) -> None:
    """An invocation that loses every race raises ContendedError while there is time left."""
    moments = iter(range(10**6))

    def meanwhile(store: FailingStore, request: Any, perform: Callable[[Any], Any]) -> Any:
        make_harness(store.inner).process(event(STATE, "Stopped", now_ms=NOW_MS + 60_000 * next(moments)))
        return perform(request)

    harness = make_harness(FailingStore(dict.fromkeys(range(2, 1000, 2), meanwhile)), clock)

    with pytest.raises(ContendedError):
        harness.process(event(STATE, "Running"), seconds=10)
    assert 5 < sum(clock.slept) < 10


# ------------------------------------------------------------------------------------------------------------ the time
@pytest.mark.parametrize("seconds", [0.0, -5.0])
def test_an_overdrawn_deadline_allows_one_attempt(
    make_harness: MakeHarness, event: MakeEvent, clock: FakeClock, seconds: float
) -> None:
    """The event is recorded if nothing fails; after a failure there is no wait."""
    assert make_harness(clock=clock).counts(event(), seconds=seconds) == {"recorded": 1}

    failing = make_harness(FailingStore({1: before(UnavailableError("no answer"))}), clock)
    with pytest.raises(UnavailableError):
        failing.process(event(), seconds=seconds)
    assert clock.slept == []


@pytest.mark.parametrize("error", [UnavailableError("no answer"), ThrottledError("busy")])
def test_retries_end_before_the_deadline(
    make_harness: MakeHarness, event: MakeEvent, clock: FakeClock, error: WorldFailedError
) -> None:
    """The waits grow to their limit, and the last error of the store is raised."""
    harness = make_harness(FailingStore(dict.fromkeys(range(1, 1000), before(error))), clock)

    with pytest.raises(type(error)) as raised:
        harness.process(event(), seconds=20)

    assert raised.value is error
    assert sum(clock.slept) < 20
    assert clock.slept == sorted(clock.slept)
    assert max(clock.slept) <= 2.0


def test_an_error_that_is_not_retryable_is_raised_at_once(
    make_harness: MakeHarness, event: MakeEvent, clock: FakeClock
) -> None:
    """A missing table does not appear by waiting."""
    harness = make_harness(FailingStore({1: before(MisconfiguredError("no table"))}), clock)

    with pytest.raises(MisconfiguredError):
        harness.process(event())
    assert clock.slept == []


# ------------------------------------------------------------------------------------------- rows of another version
@pytest.mark.parametrize(
    ("column", "old", "new", "unknown"),
    [
        ("kind", "system-event", "moon-landing", "kind 'moon-landing'"),
        ("state", '"status":"Scheduled"', '"status":"Levitating"', "status 'Levitating'"),
        ("state", "SystemMaintenance.Reboot", "System.Gone", "type 'ecs:Instance:System.Gone'"),
    ],
)
def test_a_record_of_a_newer_version_is_not_overwritten(
    make_harness: MakeHarness, event: MakeEvent, clock: FakeClock, column: str, old: str, new: str, unknown: str
) -> None:
    """The error makes the platform deliver again, and its message says to deploy a newer version."""
    store = MemoryStore()
    harness = make_harness(store, clock)
    harness.process(event(REBOOT, "Scheduled"))
    key = next(key for key in store.rows if key.table.name == "records")
    store.rows[key] = {**store.rows[key], column: str(store.rows[key][column]).replace(old, new)}
    before = dict(store.rows)

    with pytest.raises(MisconfiguredError, match="deploy a newer one") as raised:
        harness.process(event(REBOOT, "Avoided"))

    assert unknown in str(raised.value)
    assert (store.rows, clock.slept) == (before, [])


# ----------------------------------------------------------------------------------------------------------- quarantine
def test_a_refused_payload_is_counted_once_per_delivery(make_harness: MakeHarness) -> None:
    """A lost reply is not a second delivery; another invocation is."""
    harness = make_harness(FailingStore({2: after(UnavailableError("no answer"))}))
    harness.process(b"not json")
    assert harness.quarantine()[0].count == 1

    harness.process(b"not json")

    assert harness.quarantine()[0].count == 2


def test_two_invocations_that_refuse_the_same_payload_are_both_counted(make_harness: MakeHarness) -> None:
    """The second one writes between the read and the write of the first."""

    def meanwhile(store: FailingStore, request: Any, perform: Callable[[Any], Any]) -> Any:
        make_harness(store.inner).process(b"not json", request_id="the other")
        return perform(request)

    harness = make_harness(FailingStore({2: meanwhile}))
    harness.process(b"not json")

    assert harness.quarantine()[0].count == 2


@pytest.mark.parametrize(
    "refused",
    [
        {"specversion": "1.0", "type": "ecs:Instance:Unheard.Of", "source": "acs.ecs", "data": {}},
        {"specversion": "1.0", "type": "ecs:Instance:StateChange", "source": "acs.ecs", "data": {}},
        {"specversion": "9", "type": "ecs:Instance:StateChange", "source": "acs.ecs", "data": {}},
        {"product": "ECS", "name": "Instance:StateChange", "content": 5},
    ],
    ids=["unknown type", "malformed content", "malformed envelope", "not a notification"],
)
def test_the_log_line_of_a_refused_event_has_the_id_of_its_envelope(
    harness: PipelineHarness, capsys: pytest.CaptureFixture[str], refused: dict[str, Any]
) -> None:
    """Also inside a wrapper; the row in quarantine has its text alone."""
    event = {**refused, "id": "envelope-7"}
    for payload in (event, [event], {"headers": {}, "body": json.dumps(event)}):
        log.deliveries(harness.process(payload).entries, "request-1")
        line = json.loads(capsys.readouterr().out)
        assert (line["outcome"], line["envelope"]) == ("quarantined", "envelope-7")
    log.deliveries(harness.process({**event, "id": {"no": "id"}}).entries, "request-1")
    assert "envelope" not in json.loads(capsys.readouterr().out)
