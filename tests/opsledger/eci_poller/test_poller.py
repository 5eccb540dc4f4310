"""A poller that crashes between two tables: the invocation that resumes its round completes both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.simulation.memory_store import MemoryStore

from opsledger.deadline import Deadline
from opsledger.eci_poller.poller import Poller
from opsledger.ledger import queries
from opsledger.ledger.rows import record_key
from opsledger.rpc import Page
from opsledger.store.tables import ECI_GROUPS, LEDGER, RECORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import FakeClock

    from opsledger.eci_poller.poller import Polled
    from opsledger.store import Put, Written
    from opsledger.store.tables import Table

GROUP = "eci-bp1example"
RECORD = f"eci:state:{GROUP}"


class CrashError(Exception):
    """The process is gone."""


class CrashingStore(MemoryStore):
    """While `survives` is set, the next write of a record writes only that table and crashes."""

    survives: Table | None = None

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """All or, once, a part."""
        if self.survives is None or not any(put.key.table is RECORDS for put in puts):
            return super().write(puts)
        super().write([put for put in puts if put.key.table is self.survives])
        self.survives = None
        raise CrashError


class Region:
    """An ECI region with at most one container group."""

    region = "cn-hangzhou"

    def __init__(self) -> None:
        self.groups = [{"containerGroupId": GROUP, "status": "Running"}]

    def container_groups(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
        """All of it on one page."""
        del next_token, ids
        return Page(self.groups, None)

    def events(self, ids: Sequence[str], *, since_s: int | None, next_token: str | None = None) -> Page:
        """None."""
        del ids, since_s, next_token
        return Page([], None)


@pytest.fixture
def store() -> CrashingStore:
    """A store that does not crash yet."""
    return CrashingStore()


def poll(region: Region, store: CrashingStore, clock: FakeClock) -> Polled:
    """Run one invocation, a minute after the last."""
    clock.seconds += 60
    api: Any = region
    return Poller(api, store, Deadline(clock, 30), account=None, request_id=f"poll at {clock.seconds}").poll()


def statuses(store: CrashingStore) -> tuple[list[str], list[str]]:
    """The statuses in the record and in the ledger, in order."""
    (record,) = [found for found in queries.find(store, RECORD) if found.key == RECORD]
    ledger = [str(row.columns["status"]) for row in queries.history(store, record)]
    return sorted(t.status for t in record.transitions.values()), sorted(ledger)


@pytest.mark.parametrize("survives", [RECORDS, LEDGER], ids=lambda table: table.name)
def test_a_state_is_in_both_tables_after_a_crash(survives: Table, store: CrashingStore, clock: FakeClock) -> None:
    """If only one was written, the resumed round writes the other with the same time."""
    region = Region()
    store.survives = survives
    with pytest.raises(CrashError):
        poll(region, store, clock)

    poll(region, store, clock)
    poll(region, store, clock)

    assert statuses(store) == (["Running"], ["Running"])


@pytest.mark.parametrize("survives", [RECORDS, LEDGER], ids=lambda table: table.name)
def test_a_vanished_group_is_in_both_tables_after_a_crash(
    survives: Table, store: CrashingStore, clock: FakeClock
) -> None:
    """Though a later round does not look for a group that has vanished."""
    region = Region()
    poll(region, store, clock)
    region.groups, store.survives = [], survives
    with pytest.raises(CrashError):
        poll(region, store, clock)

    poll(region, store, clock)
    poll(region, store, clock)

    assert statuses(store) == (["Running", "Vanished"], ["Running", "Vanished"])


def test_a_round_without_changes_writes_nothing(store: CrashingStore, clock: FakeClock) -> None:
    """A known state is not recorded again."""
    region = Region()
    for _ in range(3):
        poll(region, store, clock)

    (record,) = queries.find(store, RECORD)
    assert len(record.transitions) == 1
    assert len([key for key in store.rows if key.table is LEDGER]) == 1


@pytest.mark.parametrize("damage", [{"state": "torn"}, {"kind": "of a newer version"}], ids=str)
@pytest.mark.parametrize("known", [True, False], ids=["in the journal", "not in the journal"])
def test_a_damaged_record_does_not_keep_the_other_groups_from_being_recorded(
    known: bool,  # noqa: FBT001 - a parameter of the test
    damage: dict[str, str],
    store: CrashingStore,
    clock: FakeClock,
) -> None:
    """The round ends and counts it, and it is recorded when its row is repaired."""
    region, other = Region(), {"containerGroupId": "eci-bp1other", "status": "Running"}
    poll(region, store, clock)
    if not known:
        for key in [key for key in store.rows if key.table is ECI_GROUPS]:
            del store.rows[key]
    record = record_key(RECORD)
    repaired = store.rows[record]
    store.rows[record] = {**repaired, **damage}
    region.groups = [{"containerGroupId": GROUP, "status": "Succeeded"}, other]
    polled = [poll(region, store, clock) for _ in range(2)]

    said = [one.to_json() for one in polled]
    assert [(one["finished"], one["damaged"], one["recorded"], one["duplicate"]) for one in said] == [
        (True, 1, 1, 0),
        (True, 1, 0, 0),
    ]
    assert store.rows[record_key("eci:state:eci-bp1other")]["status"] == "Running"
    store.rows[record] = repaired
    assert "damaged" not in poll(region, store, clock).to_json()
    assert statuses(store) == (["Running", "Succeeded"], ["Running", "Succeeded"])
