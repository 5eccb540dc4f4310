"""Read, decide, write: whatever fails at whatever step, a redelivery ends where no failure would have."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulation.memory_store import MemoryStore

from opsledger.errors import ContendedError, MisconfiguredError, ThrottledError, UnavailableError, WorldFailedError
from opsledger.ledger import queries
from opsledger.store import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.conftest import FakeClock, MakeEvent, MakeHarness, PipelineHarness

    from opsledger.store import Key, Put, Row
    from opsledger.store.tables import Index, Table

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
STATE = "ecs:Instance:StateChange"
NOW_MS = 1_767_225_600_000


class CrashError(Exception):
    """The process is gone; nothing of ours may catch this."""


class Failing:
    """A store in which something happens around single calls.

    Args:
        hooks: by the number of the call, from 1: called with the store, what was asked, and how to have it done.
    """

    def __init__(self, hooks: Mapping[int, Callable[..., Any]] | None = None) -> None:
        self.under = MemoryStore()
        self.hooks = dict(hooks or {})
        self.calls: list[str] = []

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """As the store below, unless something happens."""
        return self._do("read", keys)  # type: ignore[no-any-return]

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """As the store below, unless something happens."""
        return self._do("write", puts)  # type: ignore[no-any-return]

    def walk(self, index: Index | Table, prefix: Sequence[str | int], *, reverse: bool = False) -> Iterator[Row]:
        """As the store below."""
        return self.under.walk(index, prefix, reverse=reverse)

    def _do(self, name: str, asked: Any) -> Any:
        self.calls.append(name)
        hook = self.hooks.get(len(self.calls))
        done = getattr(self.under, name)
        return hook(self, asked, done) if hook else done(asked)


def before(error: Exception) -> Callable[..., Any]:
    """Fail before anything was done."""

    def hook(_store: Failing, _asked: Any, _done: Callable[[Any], Any]) -> Any:
        raise error

    return hook


def after(error: Exception) -> Callable[..., Any]:
    """Do it, and fail: the reply is lost."""

    def hook(_store: Failing, asked: Any, done: Callable[[Any], Any]) -> Any:
        done(asked)
        raise error

    return hook


def midway(error: Exception, rows: Callable[[int], bool]) -> Callable[..., Any]:
    """Write some of the rows, and fail."""

    def hook(_store: Failing, asked: Any, done: Callable[[Any], Any]) -> Any:
        done([put for place, put in enumerate(asked) if rows(place)])
        raise error

    return hook


def busy(rows: Callable[[int], bool], *, landed: bool = False) -> Callable[..., Any]:
    """Some rows are refused for now, though perhaps they were written."""

    def hook(_store: Failing, asked: Any, done: Callable[[Any], Any]) -> Any:
        written = iter(done([put for place, put in enumerate(asked) if landed or not rows(place)]))
        told = [next(written) if landed or not rows(place) else Written.TRY_AGAIN for place in range(len(asked))]
        return [Written.TRY_AGAIN if rows(place) else one for place, one in enumerate(told)]

    return hook


FAILURES: dict[str, Callable[[Exception], Callable[..., Any]]] = {
    "before": before,
    "after": after,
    "first row": lambda e: midway(e, lambda n: n == 0),
    "last rows": lambda e: midway(e, lambda n: n > 0),
    "odd rows": lambda e: midway(e, lambda n: n % 2 == 1),
}
STEPS = [(1, "before"), (1, "after"), *((2, how) for how in FAILURES)]
"""A read answers whole or not at all; a write may break off anywhere."""


@pytest.fixture
def payload(event: MakeEvent) -> list[Any]:
    """A batch with everything in it: one thing twice, a repetition, another thing, two strangers."""
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
    """The rows when nothing fails."""
    harness = make_harness()
    assert harness.counts(payload) == COUNTS
    return harness.dump()


def without_counts(rows: dict[str, Any]) -> dict[str, Any]:
    """`rows` without how often a refused payload came: a redelivery is one more delivery."""
    return {key: {n: v for n, v in row.items() if n not in ("count", "last_received")} for key, row in rows.items()}


# ------------------------------------------------------------------------------------------------ crash and redelivery
@pytest.mark.parametrize(("call", "how"), STEPS)
def test_a_crash_at_any_step_is_mended_by_the_redelivery(
    make_harness: MakeHarness, payload: list[Any], expected: dict[str, Any], call: int, how: str
) -> None:
    """Before, after or in the middle of any store call: the next delivery leaves the rows of an undisturbed one."""
    harness = make_harness(Failing({call: FAILURES[how](CrashError())}))

    with pytest.raises(CrashError):
        harness.process(payload)
    harness.process(payload)

    assert without_counts(harness.dump()) == without_counts(expected)


@given(data=st.data())
def test_any_run_of_failures_ends_in_the_same_rows(
    make_harness: MakeHarness, payload: list[Any], expected: dict[str, Any], data: st.DataObject
) -> None:
    """Crashes, lost replies and busy rows at any calls, then quiet: nothing is lost and nothing is there twice."""
    errors = st.sampled_from([CrashError(), UnavailableError("x"), ThrottledError("x")])
    disturbances = st.one_of(
        st.builds(lambda how, error: FAILURES[how](error), st.sampled_from(["before", "after"]), errors),
        st.sets(st.integers(0, 9)).map(lambda rows: busy(rows.__contains__)),
        st.sets(st.integers(0, 9)).map(lambda rows: busy(rows.__contains__, landed=True)),
    )
    store = Failing()
    for call in data.draw(st.sets(st.integers(1, 8), max_size=5)):
        store.hooks[call] = _on_write_alone(data.draw(disturbances))
    harness = make_harness(store)

    for _ in range(6):
        with suppress(CrashError, WorldFailedError):
            harness.process(payload)

    assert without_counts(harness.dump()) == without_counts(expected)


def _on_write_alone(hook: Callable[..., Any]) -> Callable[..., Any]:
    """A read answers whole or not at all: what strikes rows passes it by."""

    def either(store: Failing, asked: Any, done: Callable[[Any], Any]) -> Any:
        return hook(store, asked, done) if store.calls[-1] == "write" else done(asked)

    return either


# ------------------------------------------------------------------------------------------------ within one invocation
@pytest.mark.parametrize(("call", "how"), STEPS)
def test_a_failure_of_the_world_is_retried_without_a_trace(
    make_harness: MakeHarness, payload: list[Any], expected: dict[str, Any], clock: FakeClock, call: int, how: str
) -> None:
    """The rows and the counts are those of an undisturbed invocation, also of one whose reply was lost."""
    harness = make_harness(Failing({call: FAILURES[how](UnavailableError("no answer"))}), clock)

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
    """Only they, whether or not they had landed after all."""
    store = Failing({2: busy(rows.__contains__, landed=landed)})
    harness = make_harness(store, clock)

    assert harness.counts(payload) == COUNTS
    assert harness.dump() == expected
    assert len(clock.slept) == 1


def test_an_interleaved_handler_loses_nothing(make_harness: MakeHarness, event: MakeEvent, clock: FakeClock) -> None:
    """Another invocation writes the same record between our read and our write: both transitions are there."""
    other = event(REBOOT, "Avoided")

    def meanwhile(store: Failing, asked: Any, done: Callable[[Any], Any]) -> Any:
        make_harness(store.under).process(other, request_id="the other")
        return done(asked)

    harness = make_harness(Failing({2: meanwhile}), clock)

    assert harness.counts(event(REBOOT, "Scheduled")) == {"out_of_order": 1}
    assert [step["status"] for step in harness.record()["transitions"]] == ["Scheduled", "Avoided"]
    assert len(harness.ledger()) == 2


def test_the_same_event_by_two_handlers_at_once_is_one_transition(make_harness: MakeHarness, event: MakeEvent) -> None:
    """The slower of the two finds it done: a duplicate."""

    def meanwhile(store: Failing, asked: Any, done: Callable[[Any], Any]) -> Any:
        make_harness(store.under).process(event(), request_id="the other")
        return done(asked)

    harness = make_harness(Failing({2: meanwhile}))

    assert harness.counts(event()) == {"duplicate": 1}
    assert (len(harness.record()["transitions"]), len(harness.ledger())) == (1, 1)


def test_a_record_that_keeps_changing_is_given_up_in_time(
    make_harness: MakeHarness, event: MakeEvent, clock: FakeClock
) -> None:
    """When every write comes too late, the invocation fails as contended, with time to spare."""
    moments = iter(range(10**6))

    def meanwhile(store: Failing, asked: Any, done: Callable[[Any], Any]) -> Any:
        make_harness(store.under).process(event(STATE, "Stopped", now_ms=NOW_MS + 60_000 * next(moments)))
        return done(asked)

    harness = make_harness(Failing(dict.fromkeys(range(2, 1000, 2), meanwhile)), clock)

    with pytest.raises(ContendedError):
        harness.process(event(STATE, "Running"), seconds=10)
    assert 5 < sum(clock.slept) < 10


# ------------------------------------------------------------------------------------------------------------ the time
@pytest.mark.parametrize("seconds", [0.0, -5.0])
def test_without_time_there_is_one_attempt(
    make_harness: MakeHarness, event: MakeEvent, clock: FakeClock, seconds: float
) -> None:
    """An overdrawn deadline does not keep an undisturbed event from being recorded; a failure is not waited out."""
    assert make_harness(clock=clock).counts(event(), seconds=seconds) == {"recorded": 1}

    failing = make_harness(Failing({1: before(UnavailableError("no answer"))}), clock)
    with pytest.raises(UnavailableError):
        failing.process(event(), seconds=seconds)
    assert clock.slept == []


@pytest.mark.parametrize("error", [UnavailableError("no answer"), ThrottledError("busy")])
def test_a_store_that_stays_down_is_given_up_in_time(
    make_harness: MakeHarness, event: MakeEvent, clock: FakeClock, error: WorldFailedError
) -> None:
    """The waits grow to their limit and end before the deadline does; the error is the store's own."""
    harness = make_harness(Failing(dict.fromkeys(range(1, 1000), before(error))), clock)

    with pytest.raises(type(error)) as raised:
        harness.process(event(), seconds=20)

    assert raised.value is error
    assert sum(clock.slept) < 20
    assert clock.slept == sorted(clock.slept)
    assert max(clock.slept) <= 2.0


def test_what_cannot_be_helped_is_not_waited_for(make_harness: MakeHarness, event: MakeEvent, clock: FakeClock) -> None:
    """A missing table does not appear by waiting."""
    harness = make_harness(Failing({1: before(MisconfiguredError("no table"))}), clock)

    with pytest.raises(MisconfiguredError):
        harness.process(event())
    assert clock.slept == []


# ------------------------------------------------------------------------------------------- rows of another version
@pytest.mark.parametrize(
    ("column", "old", "new", "word"),
    [
        ("kind", "system-event", "moon-landing", "kind 'moon-landing'"),
        ("state", '"status":"Scheduled"', '"status":"Levitating"', "status 'Levitating'"),
        ("state", "SystemMaintenance.Reboot", "System.Gone", "type 'ecs:Instance:System.Gone'"),
    ],
)
def test_a_record_of_a_newer_version_is_left_alone(
    make_harness: MakeHarness, event: MakeEvent, clock: FakeClock, column: str, old: str, new: str, word: str
) -> None:
    """The world is not ready: raised and delivered again, not written over, and the message says what to do."""
    store = MemoryStore()
    harness = make_harness(store, clock)
    harness.process(event(REBOOT, "Scheduled"))
    key = next(key for key in store.rows if key.table.name == "records")
    store.rows[key] = {**store.rows[key], column: str(store.rows[key][column]).replace(old, new)}
    before = dict(store.rows)

    with pytest.raises(MisconfiguredError, match="deploy a newer one") as raised:
        harness.process(event(REBOOT, "Avoided"))

    assert word in str(raised.value)
    assert (store.rows, clock.slept) == (before, [])


# ----------------------------------------------------------------------------------------------------------- quarantine
def test_a_refused_payload_is_counted_once_for_each_delivery(make_harness: MakeHarness) -> None:
    """A lost reply is no second delivery; another invocation is."""
    harness = make_harness(Failing({2: after(UnavailableError("no answer"))}))
    harness.process(b"not json")
    assert harness.quarantine()[0].count == 1

    harness.process(b"not json")

    assert harness.quarantine()[0].count == 2


def test_two_invocations_refuse_the_same_payload_at_once(make_harness: MakeHarness) -> None:
    """Both are counted."""

    def meanwhile(store: Failing, asked: Any, done: Callable[[Any], Any]) -> Any:
        make_harness(store.under).process(b"not json", request_id="the other")
        return done(asked)

    harness = make_harness(Failing({2: meanwhile}))
    harness.process(b"not json")

    assert harness.quarantine()[0].count == 2


# ------------------------------------------------------------------------------------------------------ how many calls
def batch(event: MakeEvent, count: int, type_: str = REBOOT, **told: Any) -> list[Any]:
    """Events of as many things."""
    return [event(type_, seed=str(n), **told) for n in range(count)]


@pytest.mark.parametrize(("count", "calls"), [(1, 2), (100, 2), (101, 4), (250, 6)])
def test_a_batch_takes_two_calls_a_hundred_things(
    make_harness: MakeHarness, event: MakeEvent, count: int, calls: int
) -> None:
    """One read and one write, and two more for every further hundred."""
    store = Failing()

    assert make_harness(store).counts(batch(event, count)) == {"recorded": count}
    assert store.calls == ["read", "write"] * (calls // 2)


def test_more_rows_than_one_write_holds_are_cut(make_harness: MakeHarness, event: MakeEvent) -> None:
    """One thing with 250 notifications: one read, the ledger in two writes, the record with the last."""
    store = Failing()
    told = [event(STATE, "Running", now_ms=NOW_MS + n * 60_000) for n in range(250)]
    harness = make_harness(store)

    harness.counts(told)

    assert store.calls == ["read", "write", "write"]
    assert len(harness.ledger()) == 250


@pytest.mark.parametrize("how", FAILURES)
@pytest.mark.parametrize("call", [2, 3])
def test_a_crash_between_the_writes_of_one_record_is_mended(
    make_harness: MakeHarness, event: MakeEvent, call: int, how: str
) -> None:
    """Whichever of several writes fails, the redelivery completes ledger and record."""
    told = [event(STATE, "Running", now_ms=NOW_MS + n * 60_000) for n in range(250)]
    whole, harness = make_harness(), make_harness(Failing({call: FAILURES[how](CrashError())}))
    whole.process(told)

    with pytest.raises(CrashError):
        harness.process(told)
    harness.process(told)

    assert harness.dump() == whole.dump()


def test_more_bytes_than_one_write_holds_are_cut(make_harness: MakeHarness, event: MakeEvent) -> None:
    """Nine events of 900 KB: each write stays below four million bytes."""
    store = Failing()
    sizes: list[int] = []

    def weigh(_store: Failing, asked: Any, done: Callable[[Any], Any]) -> Any:
        sizes.append(sum(len(str(value)) for put in asked for value in put.columns.values()))
        return done(asked)

    store.hooks = dict.fromkeys(range(2, 9), weigh)
    make_harness(store).counts(batch(event, 9, padding="x" * 900_000))

    assert store.calls == ["read", "write", "write", "write"]
    assert max(sizes) < 4_000_000


def test_no_write_has_a_row_twice(make_harness: MakeHarness, event: MakeEvent) -> None:
    """Tablestore refuses it: repetitions within a batch are one row."""
    store = Failing()
    keys: list[Key] = []

    def collect(_store: Failing, asked: Any, done: Callable[[Any], Any]) -> Any:
        keys.extend(put.key for put in asked)
        return done(asked)

    store.hooks = {2: collect}
    told = [event(form=form) for form in ("cloudevent", "cloudmonitor", "cloudevent-base64")] * 3
    make_harness(store).process([*told, {"b": 1}, {"b": 1}])

    assert len(keys) == len(set(keys)) == 3


def test_two_things_may_tell_of_one_resource_at_one_moment(harness: PipelineHarness, event: MakeEvent) -> None:
    """The rows of their ledgers lie side by side, and each record finds its own."""
    instance = "i-shared"
    told = [
        event(REBOOT, "Scheduled", seed="a", instanceId=instance),
        event(REBOOT, "Scheduled", seed="b", instanceId=instance),
    ]
    assert harness.counts(told) == {"recorded": 2}

    assert len(harness.ledger()) == 2
    assert all(len(list(queries.history(harness.store, record))) == 1 for record in harness.stored())
