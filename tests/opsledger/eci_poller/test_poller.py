"""A poll that dies between the two tables: whoever takes the round up leaves what no death would have left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.simulation.memory_store import MemoryStore

from opsledger.deadline import Deadline
from opsledger.eci_poller.api import Page
from opsledger.eci_poller.poller import Poller
from opsledger.ledger import queries
from opsledger.store.tables import LEDGER, RECORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import FakeClock

    from opsledger.store import Put, Written
    from opsledger.store.tables import Table

GROUP = "eci-bp1example"
RECORD = f"eci:state:{GROUP}"


class CrashError(Exception):
    """The process is gone."""


class DyingStore(MemoryStore):
    """Writes what belongs to one table and dies, at the next write of a record."""

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
        """Nothing happens."""
        del ids, since_s, next_token
        return Page([], None)


@pytest.fixture
def store() -> DyingStore:
    """A store that has yet to be told to die."""
    return DyingStore()


def poll(region: Region, store: DyingStore, clock: FakeClock) -> None:
    """One invocation, a minute after the one before."""
    clock.seconds += 60
    api: Any = region
    Poller(api, store, Deadline(clock, 30), account=None, request_id=f"poll at {clock.seconds}").poll()


def told(store: DyingStore) -> tuple[list[str], list[str]]:
    """The statuses in the record and in the ledger, in order."""
    (record,) = queries.find(store, RECORD)
    ledger = [str(row.columns["status"]) for row in queries.history(store, record)]
    return sorted(t.status for t in record.transitions.values()), sorted(ledger)


@pytest.mark.parametrize("survives", [RECORDS, LEDGER], ids=lambda table: table.name)
def test_a_state_is_in_both_tables_after_a_crash(survives: Table, store: DyingStore, clock: FakeClock) -> None:
    """Whichever table was written, the round that goes on writes the other with the same moment."""
    region = Region()
    store.survives = survives
    with pytest.raises(CrashError):
        poll(region, store, clock)

    poll(region, store, clock)
    poll(region, store, clock)

    assert told(store) == (["Running"], ["Running"])


@pytest.mark.parametrize("survives", [RECORDS, LEDGER], ids=lambda table: table.name)
def test_a_group_found_gone_is_in_both_tables_after_a_crash(
    survives: Table, store: DyingStore, clock: FakeClock
) -> None:
    """Though a group that has vanished is no longer among those that are looked for."""
    region = Region()
    poll(region, store, clock)
    region.groups, store.survives = [], survives
    with pytest.raises(CrashError):
        poll(region, store, clock)

    poll(region, store, clock)
    poll(region, store, clock)

    assert told(store) == (["Running", "Vanished"], ["Running", "Vanished"])


def test_a_quiet_round_tells_nothing_again(store: DyingStore, clock: FakeClock) -> None:
    """A round that began afresh trusts the records: a status that stays costs no write."""
    region = Region()
    for _ in range(3):
        poll(region, store, clock)

    (record,) = queries.find(store, RECORD)
    assert len(record.transitions) == 1
    assert len([key for key in store.rows if key.table is LEDGER]) == 1
