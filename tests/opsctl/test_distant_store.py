"""The store of a distant instance: what a walk over buckets waits for, and what it says of a failure."""

from __future__ import annotations

from itertools import count
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, make_event

from opsctl.distant_store import DistantStore
from opsledger import pipeline, strict_json
from opsledger.deadline import Deadline, SystemClock
from opsledger.errors import UnavailableError
from opsledger.ledger import queries
from opsledger.store.buckets import walk_buckets
from opsledger.store.calls import UnansweredError
from opsledger.store.tables import BUCKETS, OPEN
from opsledger.store.tablestore import open_client
from yunmock import Account, mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
RECORDS = 40


@pytest.fixture(scope="module")
def store() -> Iterator[DistantStore]:
    """One with some records, by the vendor's SDK."""
    keys = Account().access_key_id, Account().access_key_secret
    with mock_aliyun():
        store = DistantStore(open_client("https://ots.cn-hangzhou.ots.aliyuncs.com", "ots", *keys, None), "opsledger_")
        store.create_tables()
        events = [
            make_event(REBOOT, "Scheduled", seed=str(n), instanceId=f"i-{n}", now_ms=NOW_MS) for n in range(RECORDS)
        ]
        pipeline.process(strict_json.write(events), store, Deadline(SystemClock(), 30.0), "request")
        yield store


def test_the_buckets_are_asked_side_by_side(store: DistantStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """No first page is answered before all of them have been asked for; the rows are in the order of the index."""
    together, asked = Barrier(len(BUCKETS), timeout=20), count()
    ask = store._client.get_range

    def get_range(*arguments: Any) -> Any:
        if next(asked) < len(BUCKETS):
            together.wait()
        return ask(*arguments)

    monkeypatch.setattr(store._client, "get_range", get_range)
    moved_by = [row.columns["move_by"] for row in walk_buckets(store, OPEN)]

    assert (len(moved_by), moved_by) == (RECORDS, sorted(moved_by))


def test_a_listing_is_what_every_other_store_lists(store: DistantStore) -> None:
    """All of it, or as much as is wanted."""
    assert len(list(queries.records(store, queries.Filter()))) == RECORDS
    assert len(list(queries.records(store, queries.Filter(), limit=7))) == 7


def test_a_failure_is_raised_where_the_rows_are_read(store: DistantStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the error that any store raises; a walk that nobody reads raises nothing."""

    def unanswered(*_: Any) -> Any:
        raise UnansweredError("timeout")

    monkeypatch.setattr(store._client, "get_range", unanswered)
    store.walk(OPEN, (BUCKETS[0],))
    with pytest.raises(UnavailableError, match="no answer from Tablestore: timeout"):
        list(walk_buckets(store, OPEN))
