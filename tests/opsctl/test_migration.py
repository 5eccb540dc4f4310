"""Moving the rows of version 0.1: whatever happens meanwhile, every row is in the new tables at the end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import PipelineHarness, make_event
from tests.opsledger.failing_store import FAILURES, CrashError, FailingStore
from tests.simulation.memory_store import MemoryStore

from opsctl import migration
from opsctl.rebuild import Which, rebuild
from opsledger.deadline import Deadline
from opsledger.errors import MisconfiguredError
from opsledger.ledger import migration as noted
from opsledger.ledger import quarantine
from opsledger.ledger.rows import record_key
from opsledger.store import Key, Row
from opsledger.store.old_tables import OLD, OldTablesStore
from opsledger.store.tables import CURSORS, LEDGER, OLD_RECORDS, QUARANTINE, RECORDS, REPLACED_BY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from opsledger.store import Store
    from opsledger.store.tables import Table

REBOOT, STATE = "ecs:Instance:SystemMaintenance.Reboot", "ecs:Instance:StateChange"
ARRIVED = ("revision", "writer", "received", "request_id", "received_at")
"""Columns about how a row came to be written."""
OLD_TABLES = list(REPLACED_BY)


class WholeStore(FailingStore):
    """A store that fails at chosen calls, whose tables can be read whole, and which can call something before each."""

    def __init__(self, inner: MemoryStore, hooks: Mapping[int, Any] | None = None) -> None:
        super().__init__(hooks)
        self.inner = inner
        self.before_each: Callable[[], None] = lambda: None

    def after(self, table: Table, key: Sequence[str | int]) -> Iterator[Row]:
        """As the store in memory."""
        self.before_each()
        return self.inner.after(table, key)

    def _do(self, name: str, request: Any) -> Any:
        self.before_each()
        return super()._do(name, request)


def unknown(seed: str) -> dict[str, Any]:
    """An event that is refused."""
    return {**make_event(REBOOT, seed=seed), "type": "ecs:Instance:SystemMaintenance.Teleport"}


def events(statuses: Sequence[str], seeds: Sequence[str]) -> list[dict[str, Any]]:
    """Events of several records, and as many that are refused."""
    return [
        *(make_event(REBOOT, status, seed=seed) for seed in seeds for status in statuses),
        *(make_event(STATE, "Running", seed=seed) for seed in seeds),
        *(unknown(seed) for seed in seeds),
    ]


FIRST = events(["Scheduled"], "abc")
MORE = [*events(["Scheduled", "Executing"], "bcd"), make_event(REBOOT, "Executed", seed="a")]


def as_old(store: MemoryStore) -> MemoryStore:
    """A store whose rows are in the tables of version 0.1, as that version wrote them."""
    old = MemoryStore()
    for key, columns in store.rows.items():
        kept = {name: value for name, value in columns.items() if name not in ("bucket", "move_by")}
        old.rows[Key(OLD.get(key.table, key.table), key.values)] = kept
    return old


def old_store(made: Sequence[Any] = FIRST) -> MemoryStore:
    """A store where version 0.1 has recorded events; and a payload large enough to be in parts."""
    harness = PipelineHarness()
    harness.process(list(made))
    harness.process(bytes(range(256)) * 20)
    return as_old(harness.store)  # type: ignore[arg-type]


def rows(store: MemoryStore) -> dict[str, Any]:
    """What the new tables hold, less how it came there."""
    return {
        f"{key.table.name} {key.values}": {n: v for n, v in columns.items() if n not in ARRIVED}
        for key, columns in store.rows.items()
        if key.table in (LEDGER, RECORDS, QUARANTINE)
    }


def recorded(*batches: Sequence[Any]) -> dict[str, Any]:
    """What the new tables hold where this version recorded everything."""
    harness = PipelineHarness()
    for batch in batches:
        harness.process(list(batch))
    harness.process(bytes(range(256)) * 20)
    return rows(harness.store)  # type: ignore[arg-type]


def migrate(store: Any, *, resume: bool = False) -> migration.Moved:
    """Migrate on a clock that does not wait."""
    clock = PipelineHarness().clock
    return migration.migrate(store, OLD_TABLES, lambda: Deadline(clock, 30), "migrate", resume=resume)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches and parts of payloads are so small that there are several."""
    monkeypatch.setattr(migration, "BATCH_ROWS", 2)
    monkeypatch.setattr(quarantine, "CHUNK_BYTES", 100)


def test_every_row_is_moved() -> None:
    """The new tables are as if this version had recorded everything, and the old rows are untouched."""
    store = old_store()
    before = {key: columns for key, columns in store.rows.items() if key.table in REPLACED_BY}
    moved = migrate(WholeStore(store))

    assert rows(store) == recorded(FIRST)
    assert {key: columns for key, columns in store.rows.items() if key.table in REPLACED_BY} == before
    assert moved.moved.total() == len(before)
    assert not moved.there.total()
    assert len([key for key in before if key.table.name == "quarantine" and key.values[1]]) > 2
    assert all(one.same for one in rebuild(store, Which(), lambda: Deadline(PipelineHarness().clock, 10)))


def test_a_second_migration_moves_nothing() -> None:
    """It finds every row there, and leaves the functions running."""
    store = old_store()
    migrate(WholeStore(store))
    before = {key: columns for key, columns in store.rows.items() if key.table is not CURSORS}
    again = migrate(WholeStore(store))

    assert {key: columns for key, columns in store.rows.items() if key.table is not CURSORS} == before
    assert again.moved["records"] == 0
    assert again.there["records"] == 6
    noted.check(store, reads_old_tables=False)


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_a_migration_that_dies_goes_on(failure: Callable[[Exception], Any]) -> None:
    """At whatever step it dies: no row is lost, and none is there twice or changed."""
    whole = WholeStore(old_store())
    migrate(whole)
    writes = [number for number, name in enumerate(whole.calls, start=1) if name == "write"]
    assert len(writes) > 20
    for number in writes:
        store = old_store()
        with pytest.raises(CrashError):
            migrate(WholeStore(store, {number: failure(CrashError())}))
        if number not in (writes[0], writes[-1]):  # those that note the beginning and the end
            with pytest.raises(MisconfiguredError, match="opsledger migrate"):
                noted.check(store, reads_old_tables=False)
        migrate(WholeStore(store), resume=True)

        assert rows(store) == recorded(FIRST), f"it died at call {number}"
        noted.check(store, reads_old_tables=False)


def test_resuming_does_not_begin_again() -> None:
    """Rows that were moved before are not read a second time."""
    whole = WholeStore(old_store())
    migrate(whole)
    last = len(whole.calls) - 3
    store = old_store()
    with pytest.raises(CrashError):
        migrate(WholeStore(store, {last: FAILURES["before"](CrashError())}))
    resumed = WholeStore(store)
    migrate(resumed, resume=True)

    assert len(resumed.calls) < len(whole.calls) / 3


def interrupted(every: int, deliver: Callable[[Store, dict[str, Any]], object], made: Sequence[Any]) -> MemoryStore:
    """Migrate, and deliver an event before every so many calls of the store; the rest at the end."""
    store = old_store()
    whole, left, calls = WholeStore(store), list(made), [0]

    def before_each() -> None:
        calls[0] += 1
        if left and calls[0] % every == 0:
            deliver(store, left.pop(0))

    whole.before_each = before_each
    migrate(whole)
    for event in left:
        deliver(store, event)
    return store


@pytest.mark.parametrize("every", [1, 2, 3, 5, 7, 11, 1000])
def test_functions_record_meanwhile(every: int) -> None:
    """At the end the tables are as if this version had recorded the events before and meanwhile."""

    def deliver(store: Store, event: dict[str, Any]) -> None:
        PipelineHarness(OldTablesStore(store)).process(event)

    store = interrupted(every, deliver, MORE)
    expected = recorded(FIRST, MORE)

    assert {name: r for name, r in rows(store).items() if "quarantine" not in name} == {
        name: row for name, row in expected.items() if "quarantine" not in name
    }
    entries = {name: row.get("count") for name, row in expected.items() if "quarantine" in name}
    assert {name: row.get("count") for name, row in rows(store).items() if "quarantine" in name} == entries


@pytest.mark.parametrize("every", [1, 3, 7, 1000])
def test_a_function_without_the_old_tables_loses_nothing(every: int) -> None:
    """One that was deployed without the setting decides on the new tables alone; the migration joins the rest."""

    def deliver(store: Store, event: dict[str, Any]) -> None:
        PipelineHarness(store).process(event)

    store = interrupted(every, deliver, MORE)
    migrate(WholeStore(store))
    expected = recorded(FIRST, MORE)

    assert {name: r for name, r in rows(store).items() if "quarantine" not in name} == {
        name: row for name, row in expected.items() if "quarantine" not in name
    }
    assert {name for name in rows(store) if "quarantine" in name} == {n for n in expected if "quarantine" in n}


def test_a_late_function_of_the_old_version_is_caught_up_with() -> None:
    """What it wrote behind the migration is moved by the next one."""
    store = old_store()
    migrate(WholeStore(store))
    late = as_old_and_later([*FIRST, make_event(REBOOT, "Executed", seed="a"), make_event(REBOOT, seed="new")])
    store.rows.update(late.rows)
    moved = migrate(WholeStore(store))

    assert moved.moved["records"] == 2
    assert rows(store) == recorded([*FIRST, make_event(REBOOT, "Executed", seed="a"), make_event(REBOOT, seed="new")])


def as_old_and_later(made: Sequence[Any]) -> MemoryStore:
    """The records and the ledger that version 0.1 has after these events."""
    late = old_store(made)
    late.rows = {key: columns for key, columns in late.rows.items() if key.table.name in ("records", "ledger")}
    return late


def test_the_sweepers_mark_moves_too() -> None:
    """An overdue record is overdue in the new tables, and found there."""
    store = old_store()
    key = next(key for key in store.rows if key.table is OLD_RECORDS and "ecs:event" in str(key.values[0]))
    store.rows[key] = {**store.rows[key], "overdue_since": 1_767_402_000_000}
    migrate(WholeStore(store))

    (row,) = (r for r in store.walk(RECORDS, []) if r.key.values == key.values)
    assert row.columns["overdue_since"] == 1_767_402_000_000
    assert int(row.columns["move_by"]) < 0


def test_a_record_that_this_version_cannot_read_is_moved_as_it_is() -> None:
    """It is reported, and does not keep the migration from its end."""
    store = old_store()
    key = next(key for key in store.rows if key.table is OLD_RECORDS)
    store.rows[key] = {**store.rows[key], "kind": "of-another-version"}
    moved = migrate(WholeStore(store))

    assert moved.unreadable == {str(key.values[0]): "KeyError: 'of-another-version'"}
    assert store.rows[Key(RECORDS, key.values)] == store.rows[key]
    noted.check(store, reads_old_tables=False)


def test_a_comparison_counts_and_writes_nothing() -> None:
    """What a migration would move, and what is there already."""
    store = old_store()
    PipelineHarness(OldTablesStore(store)).process(make_event(REBOOT, "Executed", seed="a"))
    before = dict(store.rows)
    counted = migration.compare(WholeStore(store), OLD_TABLES, lambda _share: None)

    assert store.rows == before
    assert (counted.moved["records"], counted.there["records"]) == (5, 1)
    assert counted.moved["ledger"] == 6


# ------------------------------------------------------------------------------------------- functions meanwhile
def test_an_event_for_an_old_record_is_decided_on_its_old_row() -> None:
    """The record has both transitions at once; the old row is left as it was."""
    store = old_store()
    before = dict(store.rows)
    harness = PipelineHarness(OldTablesStore(store))

    assert harness.counts(make_event(REBOOT, "Executing", seed="a")) == {"recorded": 1}
    assert harness.record()["status"] == "Executing"
    assert len(harness.record()["transitions"]) == 2
    assert {key: store.rows[key] for key in before} == before


def test_a_duplicate_of_an_old_event_is_one() -> None:
    """It changes no record: the old row says all that it does."""
    store = old_store()
    harness = PipelineHarness(OldTablesStore(store))

    assert harness.counts(FIRST[0]) == {"duplicate": 1}
    assert harness.stored() == []


def test_a_refused_payload_is_counted_on() -> None:
    """Its entry has the deliveries that version 0.1 counted."""
    store = old_store()
    PipelineHarness(OldTablesStore(store)).process(unknown("a"))
    heads = [r for r in store.walk(QUARANTINE, []) if r.key.values[1] == 0]

    assert [row.columns["count"] for row in heads] == [2]


def test_without_old_tables_a_batch_is_two_calls() -> None:
    """And with them one more, to read what the new tables lack."""
    for wrap, expected in ((lambda store: store, ["read", "write"]), (OldTablesStore, ["read", "read", "write"])):
        store = FailingStore()
        PipelineHarness(wrap(store)).process([make_event(REBOOT, seed=str(n)) for n in range(20)])

        assert store.calls == expected


def test_a_lost_reply_of_the_first_move_is_recognised() -> None:
    """The write landed; the handler finds its own row and does not write again."""
    store = WholeStore(old_store())
    store.hooks = {3: FAILURES["after"](noted_unavailable())}
    harness = PipelineHarness(OldTablesStore(store))

    assert harness.counts(make_event(REBOOT, "Executing", seed="a")) == {"recorded": 1}
    assert store.calls.count("write") == 2  # the second one inserts the ledger's row, where there is none
    row = store.read([record_key(harness.stored()[0].key)])
    assert [columns.columns["revision"] for columns in row.values()] == [1]


def noted_unavailable() -> Exception:
    """No answer."""
    from opsledger.errors import UnavailableError  # noqa: PLC0415 - wanted here alone

    return UnavailableError("no answer")


def test_the_migration_is_noted_where_functions_look() -> None:
    """Nothing is noted in a new installation; a note that is not the end refuses those that do not read old tables."""
    store = MemoryStore()
    noted.check(store, reads_old_tables=False)
    clock = PipelineHarness().clock
    for state, refused in ((noted.NEEDED, True), (noted.MOVING, True), (noted.DONE, False)):
        from opsledger.ledger.commit import commit  # noqa: PLC0415 - wanted here alone

        commit(store, [noted.NoteMigration(noted.Migration(state))], Deadline(clock, 10), "test")
        noted.check(store, reads_old_tables=True)
        if refused:
            with pytest.raises(MisconfiguredError, match="OPSLEDGER_OLD_TABLES=read"):
                noted.check(store, reads_old_tables=False)
        else:
            noted.check(store, reads_old_tables=False)
    assert json.loads(str(next(store.walk(CURSORS, [])).columns["position"])) == []
