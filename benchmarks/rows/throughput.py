"""Events per second through the whole handler, with a stub of the store."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING
from unittest import mock

from tablestore.encoder import NATIVE_ENCODER_AVAILABLE

from benchmarks import minimal_baseline, recording, stub_store, workload
from benchmarks.measure import Measurement, Side, Threshold, in_turn, ratio, wall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes

TIMES = 5
BATCHES = 40
NATIVE, PYTHON = "native (C++)", "pure Python"
LINES = {PYTHON: 2.0, NATIVE: 0.3}
"""Of the SDK's throughput, with either of its codecs."""


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """The handler, the SDK alone with the same rows, and the SDK with the minimal code for the rows."""
    payload = workload.batch()
    # Always other events, as in a function: none of their values is known from the batch before.
    batches = itertools.cycle([workload.batch(n * workload.BATCH) for n in range(BATCHES)])
    recorded = recording.record()

    def sdk() -> None:
        for method, request in recorded.calls:
            method(request)

    def floor() -> None:
        minimal_baseline.rows(payload)
        sdk()

    def ours_on_sdk() -> None:
        with mock.patch.dict("os.environ", {"OPSLEDGER_TABLESTORE_CLIENT": "sdk"}):
            stub_store.handle(next(batches))

    with stub_store.answering(recorded.replies, recorded.environment, sdk=True):
        taken = in_turn(
            {
                "ours": wall(lambda: stub_store.handle(next(batches)), TIMES),
                "ours on the SDK": wall(ours_on_sdk, TIMES),
                "SDK alone, the same rows": wall(sdk, TIMES),
                "SDK and minimal baseline": wall(floor, TIMES),
            },
            2 * sizes.rounds,
        )
    ours, on_sdk, alone, minimal = (
        Side(s.name, tuple(workload.BATCH / seconds for seconds in s.samples)) for s in taken
    )
    codec = NATIVE if NATIVE_ENCODER_AVAILABLE else PYTHON
    own_us = (1 / on_sdk.median - 1 / alone.median) * 1e6
    yield Measurement(
        f"handler throughput, batch of {workload.BATCH} distinct, SDK codec {codec}",
        "events/s",
        (ours, on_sdk, alone, minimal),
        (
            Threshold("ours ÷ SDK encoding and decoding only", ratio(ours, alone), LINES[codec], at_least=True),
            Threshold("ours on the SDK ÷ SDK", ratio(on_sdk, alone), 0.25, at_least=True),
            Threshold("floor on the SDK: minimal baseline and SDK ÷ SDK", ratio(minimal, alone), 0.25, at_least=True),
        ),
        f"From bytes to the answer, with one log line per event. Without a client our code takes {own_us:.0f} µs an "
        f"event; the SDK takes {1e6 / alone.median:.0f} µs. The floor on the SDK is the "
        "SDK and `benchmarks/minimal_baseline.py`, without log lines; our own client is no SDK and may be faster.",
    )
