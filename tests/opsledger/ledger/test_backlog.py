"""A storm on one record: the handler that writes it takes along what others have left in the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, make_event
from tests.opsledger.failing_store import FailingStore, busy

from opsledger import pipeline
from opsledger.deadline import Deadline
from opsledger.errors import ContendedError, MisconfiguredError, UnavailableError, WorldFailedError
from opsledger.ledger import state
from opsledger.ledger.rows import read_record
from opsledger.store import Written
from opsledger.store.tables import LEDGER, RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.conftest import FakeClock
    from tests.simulation.memory_store import MemoryStore

    from opsledger.ledger.record import Record
    from opsledger.store import Put

STATE, REBOOT = "ecs:Instance:StateChange", "ecs:Instance:SystemMaintenance.Reboot"
STEP_MS = 30_000


class Handler(FailingStore):
    """One handler's view of the tables; it delivers one state of the instance.

    Attributes:
        walks: how often it looked through the ledger.
        refusal: what a walk is answered with instead.
    """

    def __init__(self, tables: MemoryStore, clock: FakeClock, step: int, **hooks: Any) -> None:
        super().__init__({int(name.removeprefix("call_")): hook for name, hook in hooks.items()})
        self.inner, self.clock, self.step = tables, clock, step
        self.walks = 0
        self.refusal: WorldFailedError | None = None

    def walk(self, *words: Any, **options: Any) -> Iterator[Any]:
        """Count it."""
        self.walks += 1
        if self.refusal is not None:
            raise self.refusal
        return self.inner.walk(*words, **options)

    def deliver(self, seconds: float = 30.0) -> str:
        """Record the state; returns its disposition."""
        event = make_event(STATE, "Running", seed="one", now_ms=NOW_MS + self.step * STEP_MS)
        report = pipeline.process(
            json.dumps(event).encode(), self, Deadline(self.clock, seconds), f"request {id(self)}"
        )
        return report.entries[0].disposition.value


def losing(act: Callable[[], object] = lambda: None) -> Any:
    """A hook: the ledger's rows are written, then others act, and the record has another revision meanwhile."""

    def hook(_store: Any, puts: Sequence[Put], perform: Callable[[Any], Any]) -> list[Written]:
        landed = iter(perform([put for put in puts if put.key.table is LEDGER]))
        act()
        return [next(landed) if put.key.table is LEDGER else Written.CONDITION_FAILED for put in puts]

    return hook


@pytest.fixture
def tables() -> MemoryStore:
    """The tables that all handlers share."""
    return FailingStore().inner


def the_record(tables: MemoryStore) -> Record:
    """The only record."""
    (row,) = tables.walk(RECORDS, [])
    return read_record(row)


def steps(tables: MemoryStore) -> list[int]:
    """The states that the record has, by their number."""
    return [((t.at or 0) - NOW_MS) // STEP_MS for t in state.in_order(the_record(tables))]


def leave_in_ledger(tables: MemoryStore, clock: FakeClock, step: int) -> None:
    """A handler loses the race and has no time left."""
    with pytest.raises(ContendedError):
        Handler(tables, clock, step, call_2=losing()).deliver(0.0)


def test_a_loser_takes_along_what_waits(tables: MemoryStore, clock: FakeClock) -> None:
    """The next write has its own notification and those of all who have lost; people are notified of each."""
    Handler(tables, clock, 0).deliver()
    first = the_record(tables)
    for step in (1, 2, 3):
        leave_in_ledger(tables, clock, step)
    assert steps(tables) == [0]

    handler = Handler(tables, clock, 4, call_2=losing())

    assert handler.deliver() == "recorded"
    assert steps(tables) == [0, 1, 2, 3, 4]
    assert handler.calls == ["read", "write", "read", "write"]
    assert handler.walks == 1
    assert the_record(tables).notify_at == first.notify_at


def test_who_is_taken_along_writes_nothing_more(tables: MemoryStore, clock: FakeClock) -> None:
    """It reads once, and finds its own notification stored."""
    Handler(tables, clock, 0).deliver()
    other = Handler(tables, clock, 2, call_2=losing())
    handler = Handler(tables, clock, 1, call_2=losing(other.deliver))

    assert handler.deliver() == "duplicate"
    assert steps(tables) == [0, 1, 2]
    assert handler.calls == ["read", "write", "read"]
    assert handler.walks == 0


def test_a_duplicate_that_lost_is_a_duplicate(tables: MemoryStore, clock: FakeClock) -> None:
    """Of two deliveries of one event at once, the one that wrote the ledger's row first is the new one."""
    Handler(tables, clock, 0).deliver()
    same = Handler(tables, clock, 1)

    def first(_store: Any, puts: Any, perform: Any) -> Any:
        assert same.deliver() == "recorded"
        return perform(puts)

    assert Handler(tables, clock, 1, call_2=first).deliver() == "duplicate"
    assert steps(tables) == [0, 1]


def test_a_storm_takes_three_calls_an_event(tables: MemoryStore, clock: FakeClock) -> None:
    """Of 64 handlers that all have read, one wins, one takes along the others, and each of those reads once more."""
    Handler(tables, clock, 0).deliver()
    handlers = [Handler(tables, clock, 1)]
    for step in range(2, 65):
        handlers.append(Handler(tables, clock, step, call_2=losing(handlers[-1].deliver)))

    handlers[-1].deliver()

    assert steps(tables) == [*range(65)]
    assert sum(1 for _ in tables.walk(LEDGER, [])) == 65
    assert sum(len(handler.calls) + handler.walks for handler in handlers) == 3 * 64 + 1


@pytest.mark.parametrize("refusal", [MisconfiguredError("no permission"), UnavailableError("no answer")])
def test_a_ledger_that_cannot_be_read_is_done_without(
    tables: MemoryStore, clock: FakeClock, refusal: WorldFailedError
) -> None:
    """A role of an earlier stack may not read it: then the handler writes its own notification."""
    Handler(tables, clock, 0).deliver()
    leave_in_ledger(tables, clock, 1)
    handler = Handler(tables, clock, 2, call_2=losing())
    handler.refusal = refusal

    assert handler.deliver() == "recorded"
    assert (steps(tables), handler.walks) == ([0, 2], 1)


def test_the_ledger_is_read_only_after_a_lost_race(tables: MemoryStore, clock: FakeClock) -> None:
    """Neither for a first delivery nor after throttling."""
    handlers = [Handler(tables, clock, 0), Handler(tables, clock, 1, call_2=busy(lambda _: True))]

    assert [handler.deliver() for handler in handlers] == ["recorded", "recorded"]
    assert [handler.walks for handler in handlers] == [0, 0]


def change_ledger(tables: MemoryStore, column: str, value: str | int) -> None:
    """Change a column of the newest ledger row."""
    (*_, row) = tables.walk(LEDGER, [])
    tables.rows[row.key] = {**row.columns, column: value}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("record", "ecs:state:i-other"),
        ("schema", 4),
        ("kind", "of-the-future"),
        ("transition", "{"),
        ("transition", '{"key":"1-a","status":"Running","type":"ecs:Instance:OfTheFuture"}'),
        ("transition", '{"key":"1-a","type":"ecs:Instance:StateChange"}'),
    ],
)
def test_an_unreadable_row_is_left_in_the_ledger(
    tables: MemoryStore, clock: FakeClock, column: str, value: str | int
) -> None:
    """And rows of other records of the resource are none of this record's."""
    Handler(tables, clock, 0).deliver()
    leave_in_ledger(tables, clock, 3)
    change_ledger(tables, column, value)
    leave_in_ledger(tables, clock, 1)

    Handler(tables, clock, 2, call_2=losing()).deliver()

    assert steps(tables) == [0, 1, 2]


def test_a_row_hours_away_is_not_looked_for(tables: MemoryStore, clock: FakeClock) -> None:
    """So a long history costs no more; its own delivery writes it."""
    Handler(tables, clock, 0).deliver()
    leave_in_ledger(tables, clock, 200)

    Handler(tables, clock, 1, call_2=losing()).deliver()

    assert steps(tables) == [0, 1]
