"""What an event costs beside a thousand records and beside a million, with the local cloud's state on SQLite."""

from __future__ import annotations

import json
import random
import tempfile
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import filling, workload
from benchmarks.measure import Line, Row, in_turn, ratio, wall
from opsledger import pipeline
from opsledger.deadline import Deadline, SystemClock
from opsledger.ledger import queries
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import local_cloud
from yunmock.mock import mock_aliyun
from yunmock.storage.sqlite import SqliteStorage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes

QUERIES = 20
BATCHES = 10
"""Batches to a sample, which ends when all they wrote has gone from SQLite's log into the file."""


def measure(sizes: Sizes) -> Iterator[Row]:
    """Writing batches of new events, and asking for one resource, at each size in turn."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ledgers = {f"{n:,} records": Ledger(stack, Path(folder) / f"{n}.sqlite", n) for n in sizes.records}
        for ledger in ledgers.values():
            ledger.warm()
        event = 1e6 / workload.BATCH
        costs = in_turn({name: ledger.cost for name, ledger in ledgers.items()}, 2 * sizes.rounds, event)
        asked = {name: wall(ledger.ask, QUERIES) for name, ledger in ledgers.items()}
        queries = in_turn(asked, 2 * sizes.rounds, 1000)
    yield Row(
        "growth on SQLite: cost per event, batches of 100",
        "µs",
        costs,
        (Line("the largest ÷ the smallest", ratio(costs[-1], costs[0]), 1.3),),
        "State in one SQLite file for each size, which also keeps the three indexes; the records before the ones that "
        f"are measured are copies put there. A sample is {BATCHES} batches, taken out again after it: the ledgers keep "
        "their size. The files have been read once, as far as memory holds them: these are no figures of the disk.",
    )
    yield Row(
        "growth on SQLite: query by index",
        "ms",
        queries,
        (Line("the largest ÷ the smallest", ratio(queries[-1], queries[0]), 1.5),),
        f"The records of one resource by chance: a walk of the index and a read of the record; means of {QUERIES}.",
    )


class Ledger:
    """A ledger that holds `records` already."""

    def __init__(self, stack: ExitStack, file: Path, records: int) -> None:
        self._file, self._records = file, records
        self._cloud = local_cloud(data=file)
        stack.callback(self._cloud.close)
        self._numbers = count(1, workload.BATCH)
        self._chance = random.Random(records)  # noqa: S311 - which resources are asked for
        key_id, secret = self._cloud.account.access_key_id, self._cloud.account.access_key_secret
        client = open_client("https://local.cn-hangzhou.ots.aliyuncs.com", "local", key_id, secret, None)
        self._store = TablestoreStore(client)
        with mock_aliyun(self._cloud):
            self._store.create_tables()
            filling.fill(file, self._store, json.dumps(workload.event()).encode(), range(records))

    def warm(self) -> None:
        """Read the file: while the largest was filled, the system has put the others out of its memory."""
        with self._file.open("rb", buffering=0) as file:
            while file.read(2**20):
                pass

    def cost(self) -> float:
        """Seconds for a batch of new events, which are taken out again."""
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
        storage.checkpoint()  # what is left of it, so that no other pays

    def write(self) -> None:
        """Record a hundred new events."""
        first = next(self._numbers)
        with mock_aliyun(self._cloud):
            pipeline.process(workload.batch(first), self._store, Deadline(SystemClock(), 60), f"request {first}")

    def ask(self) -> None:
        """Find the records of one resource."""
        resource = filling.resource(self._chance.randrange(self._records))
        with mock_aliyun(self._cloud):
            assert len(list(queries.records(self._store, queries.Filter(resource=resource)))) == 1
