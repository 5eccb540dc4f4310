"""A ledger whose rows expire: the table is made so, and what is expired does no harm, whatever the service answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, PipelineHarness, make_event

from opsctl.rebuild import Which, rebuild
from opsledger.deadline import Deadline
from opsledger.store import Written
from opsledger.store.tables import CURSORS, LEDGER, QUARANTINE, RECORDS
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsledger.store import Put
    from yunmock import Cloud

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
DAY_S = 86_400


class Expiring:
    """The pipeline on tables whose ledger keeps rows for seven days."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        keys = cloud.account.access_key_id, cloud.account.access_key_secret
        client = open_client("https://local.cn-hangzhou.ots.aliyuncs.com", "local", *keys, None)
        self.store = TablestoreStore(client, "t_")
        self.store.create_tables(ledger_days=7)
        self.harness = PipelineHarness(self.store)

    def rebuilt(self) -> Any:
        """The only record compared with the ledger."""
        (found,) = rebuild(self.store, Which(), lambda: Deadline(self.harness.clock, 10))
        return found


@pytest.fixture
def expiring() -> Iterator[Expiring]:
    """Tables on a local cloud whose clock the test moves."""
    with mock_aliyun() as cloud:
        cloud.clock.freeze(NOW_MS)
        yield Expiring(cloud)


def test_only_the_ledger_expires(expiring: Expiring) -> None:
    """And its rows cannot be updated, which a table with an index and a time to live needs."""
    options = {
        table: expiring.store.client.describe_table(expiring.store.name(table)).table_options
        for table in (LEDGER, RECORDS, QUARANTINE, CURSORS)
    }

    assert (options[LEDGER].time_to_live, options[LEDGER].allow_update) == (7 * DAY_S, False)
    assert {options[table].time_to_live for table in (RECORDS, QUARANTINE, CURSORS)} == {-1}


def test_a_delivery_of_an_expired_notification_is_a_duplicate(expiring: Expiring) -> None:
    """Where the service no longer sees the expired row: it is written again, and the record does not change."""
    expiring.harness.process(make_event(REBOOT, "Scheduled"))
    before = expiring.harness.record()
    expiring.cloud.advance(8 * DAY_S)
    assert expiring.harness.ledger() == []

    assert expiring.harness.counts(make_event(REBOOT, "Scheduled")) == {"duplicate": 1}
    assert expiring.harness.record() == before
    assert len(expiring.harness.ledger()) == 1
    assert expiring.rebuilt().same


def test_an_expired_row_that_still_counts_does_no_harm(expiring: Expiring, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the service refuses a row because of an expired one that is not purged: the delivery is a duplicate too."""
    expiring.harness.process(make_event(REBOOT, "Scheduled"))
    before = expiring.harness.record()
    expiring.cloud.advance(8 * DAY_S)
    write = expiring.store.write

    def still_there(puts: Sequence[Put]) -> Sequence[Written]:
        others = iter(write([put for put in puts if put.key.table is not LEDGER]))
        return [Written.CONDITION_FAILED if put.key.table is LEDGER else next(others) for put in puts]

    monkeypatch.setattr(expiring.store, "write", still_there)
    assert expiring.harness.counts(make_event(REBOOT, "Scheduled")) == {"duplicate": 1}
    assert expiring.harness.counts(make_event(REBOOT, "Executing")) == {"recorded": 1}
    assert expiring.harness.record()["transitions"][0] == before["transitions"][0]
    assert expiring.harness.ledger() == []


def test_a_record_outlives_its_ledger_rows(expiring: Expiring) -> None:
    """A rebuild reports what has expired, and removes nothing."""
    expiring.harness.process(make_event(REBOOT, "Scheduled"))
    expiring.cloud.advance(5 * DAY_S)
    expiring.harness.process(make_event(REBOOT, "Executing"))
    before = expiring.harness.record()
    expiring.cloud.advance(5 * DAY_S)
    found = expiring.rebuilt()
    list(rebuild(expiring.store, Which(), lambda: Deadline(expiring.harness.clock, 10), apply=True))

    assert (len(found.lost), found.gained, dict(found.columns)) == (1, (), {})
    assert expiring.harness.record() == before
    expiring.cloud.advance(5 * DAY_S)
    assert expiring.rebuilt().problem == "the ledger has no rows of it"
    assert expiring.harness.record() == before
