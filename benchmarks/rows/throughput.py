"""Events a second through the whole handler, the store answered by a stub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tablestore.encoder import NATIVE_ENCODER_AVAILABLE

from benchmarks import least, recording, stub, workload
from benchmarks.measure import Line, Row, Side, in_turn, ratio, wall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes

TIMES = 5


def measure(sizes: Sizes) -> Iterator[Row]:
    """The handler beside the SDK merely encoding and decoding the same rows."""
    payload = workload.batch()
    recorded = recording.record()

    def sdk() -> None:
        for method, request in recorded.calls:
            method(request)

    def floor() -> None:
        least.rows(payload)
        sdk()

    with stub.answering(recorded.replies):
        taken = in_turn(
            {
                "ours": wall(lambda: stub.handle(payload), TIMES),
                "SDK alone, the same rows": wall(sdk, TIMES),
                "SDK and the least that makes the rows": wall(floor, TIMES),
            },
            2 * sizes.rounds,
        )
    ours, alone, least_ = (Side(s.name, tuple(workload.BATCH / seconds for seconds in s.samples)) for s in taken)
    codec = "native (C++)" if NATIVE_ENCODER_AVAILABLE else "pure Python"
    own_us = (1 / ours.median - 1 / alone.median) * 1e6
    yield Row(
        f"handler throughput, batch of {workload.BATCH} distinct, SDK codec {codec}",
        "events/s",
        (ours, alone, least_),
        (
            Line("ours ÷ SDK merely encoding and decoding", ratio(ours, alone), 0.7, at_least=True),
            Line("floor: with the least that makes the rows ÷ SDK", ratio(least_, alone), 0.7, at_least=True),
        ),
        f"From bytes to the answer, a log line an event included. What is ours alone takes {own_us:.0f} µs an event; "
        f"the SDK takes {1e6 / alone.median:.0f} µs. The floor is the SDK and `benchmarks/least.py`, with no log line.",
    )
