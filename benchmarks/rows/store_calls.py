"""The number of calls to the store."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from moto import mock_aws

from benchmarks import recording, servers, stub_store, workload
from benchmarks.measure import Measurement, Side, Threshold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes


def measure(_sizes: Sizes) -> Iterator[Measurement]:
    """Count the calls for one event and for a hundred, new and duplicate."""
    one, hundred = _ours(1), _ours(workload.BATCH)
    yield Measurement(
        "store calls: one event",
        "calls",
        (
            Side("ours, new", (one[0],)),
            Side("ours, a duplicate", (one[1],)),
            Side("Powertools + boto3", (_powertools(),)),
        ),
        (Threshold("ours without conflict", max(one), 3),),
    )
    yield Measurement(
        f"store calls: a batch of {workload.BATCH}",
        "calls",
        (Side("ours, new", (hundred[0],)), Side("ours, duplicates", (hundred[1],))),
        (Threshold("ours", max(hundred), 2),),
        "One BatchGetRow and one BatchWriteRow for any batch.",
    )


def _ours(count: int) -> list[float]:
    """The calls of a first delivery and of its duplicate."""
    event = workload.event()
    payload = workload.batch(count=count) if count > 1 else json.dumps(event).encode()
    with recording.function_on_yunmock() as cloud:
        counted = []
        for _ in range(2):
            cloud.clear_calls()
            stub_store.handle(payload)
            counted.append(float(len(cloud.calls_of("tablestore"))))
    return counted


def _powertools() -> float:
    os.environ.update(servers.AWS)
    calls: list[str] = []
    with mock_aws():
        from benchmarks.peers import powertools_function as peer  # noqa: PLC0415 - its client is made under the mock

        peer.create_tables()
        peer.dynamodb.meta.events.register("before-send", lambda **request: calls.append(request["event_name"]))
        peer.handler(workload.aws_event(), peer.LambdaContext())
    return float(len(calls))
