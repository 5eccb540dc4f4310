"""The cost of an event with a thousand to a million records in the ledger, stored in SQLite by the local cloud."""

from __future__ import annotations

import json
import random
import tempfile
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import bulk_load, workload
from benchmarks.measure import Measurement, Threshold, in_turn, ratio, wall
from opsledger import pipeline
from opsledger.deadline import Deadline, SystemClock
from opsledger.ledger import queries
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import local_cloud, mock_aliyun
from yunmock.storage.sqlite import SqliteStorage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes

QUERIES = 20
BATCHES = 10
"""Batches per sample. A sample includes the checkpoint that moves their rows from SQLite's log into the file."""


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """Write batches of new events and query one resource, at each size in turn."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ledgers = {f"{n:,} records": FilledLedger(stack, Path(folder) / f"{n}.sqlite", n) for n in sizes.records}
        for ledger in ledgers.values():
            ledger.warm()
        event = 1e6 / workload.BATCH
        costs = in_turn({name: ledger.cost for name, ledger in ledgers.items()}, 2 * sizes.rounds, event)
        samples = {name: wall(ledger.query, QUERIES) for name, ledger in ledgers.items()}
        queries = in_turn(samples, 2 * sizes.rounds, 1000)
    yield Measurement(
        "growth on SQLite: cost per event, batches of 100",
        "µs",
        costs,
        (Threshold("the largest ÷ the smallest", ratio(costs[-1], costs[0]), 1.3),),
        "Each size has its own SQLite file, which also holds the indexes. The existing records are copies of one "
        f"record. A sample writes {BATCHES} batches and deletes them afterwards, so the size stays the same. The files "
        "are read once before, so that they are in memory: the disk is not measured.",
    )
    yield Measurement(
        "growth on SQLite: query by index",
        "ms",
        queries,
        (Threshold("the largest ÷ the smallest", ratio(queries[-1], queries[0]), 1.5),),
        f"The records of one random resource: a walk of the index and a read of the record. Means of {QUERIES}.",
    )


class FilledLedger:
    """A ledger that already holds `records` records."""

    def __init__(self, stack: ExitStack, file: Path, records: int) -> None:
        self._file, self._records = file, records
        self._cloud = local_cloud(data=file)
        stack.callback(self._cloud.close)
        self._numbers = count(1, workload.BATCH)
        self._rng = random.Random(records)  # noqa: S311 - chooses the resources to query
        key_id, secret = self._cloud.account.access_key_id, self._cloud.account.access_key_secret
        client = open_client("https://local.cn-hangzhou.ots.aliyuncs.com", "local", key_id, secret, None)
        self._store = TablestoreStore(client)
        with mock_aliyun(self._cloud):
            self._store.create_tables()
            bulk_load.fill(file, self._store, json.dumps(workload.event()).encode(), range(records))

    def warm(self) -> None:
        """Read the file into the cache of the system, which dropped it while the largest file was filled."""
        with self._file.open("rb", buffering=0) as file:
            while file.read(2**20):
                pass

    def cost(self) -> float:
        """Seconds for a batch of new events, which are deleted afterwards."""
        storage = self._cloud.storage
        assert isinstance(storage, SqliteStorage)
        ((last,),) = storage.execute("SELECT max(id) FROM entry")
        seconds = wall(lambda: self._write(storage))() / BATCHES
        storage.execute("DELETE FROM entry WHERE id>?", last)
        storage.checkpoint()
        return seconds

    def _write(self, storage: SqliteStorage) -> None:
        for _ in range(BATCHES):
            self.write()
        storage.checkpoint()  # include the rest, so that no other sample pays for it

    def write(self) -> None:
        """Record a hundred new events."""
        first = next(self._numbers)
        with mock_aliyun(self._cloud):
            pipeline.process(workload.batch(first), self._store, Deadline(SystemClock(), 60), f"request {first}")

    def query(self) -> None:
        """Find the records of one resource."""
        resource = bulk_load.resource(self._rng.randrange(self._records))
        with mock_aliyun(self._cloud):
            assert len(list(queries.records(self._store, queries.Filter(resource=resource)))) == 1
