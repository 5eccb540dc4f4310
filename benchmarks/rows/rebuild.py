"""What a rebuild costs in calls of the store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from benchmarks import recording, servers, stub_store, workload
from benchmarks.measure import Measurement, Side, Threshold
from opsctl.rebuild import rebuild
from opsctl.rows_of_records import Which
from opsledger.deadline import Deadline, SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """Compare every record of a ledger with its rows."""
    calls = _calls(sizes.rebuilt_records) / sizes.rebuilt_records
    yield Measurement(
        f"rebuild: calls of the store a record, {sizes.rebuilt_records:,} records",
        "calls",
        (Side("ours", (calls,)),),
        (Threshold("calls ÷ records", calls, 1.05),),
        "Every record is made again from its ledger rows and compared with the stored one.",
    )


def _calls(records: int) -> int:
    with recording.function_on_yunmock() as cloud:
        for first in range(0, records, workload.BATCH):
            stub_store.handle(workload.batch(first))
        cloud.clear_calls()
        found = rebuild(servers.store(os.environ), Which(), lambda: Deadline(SystemClock(), 60))
        assert sum(one.same for one in found) == records
        return len(cloud.calls_of("tablestore"))
