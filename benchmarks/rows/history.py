"""The processor time of one event on a record with a long history, beside one on a new record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import recording, stub_store, workload
from benchmarks.measure import Measurement, Threshold, cpu, in_turn, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes

TRANSITIONS = 100
"""As many as a record keeps."""
TIMES = 40


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """The handler with a stub of the store that answers with the record, or with none."""
    *earlier, last = workload.state_changes(TRANSITIONS + 1)
    long, new = recording.record(last, earlier), recording.record(last)

    def on(recorded: recording.Recording) -> None:
        with stub_store.answering(recorded.replies, recorded.environment):
            stub_store.handle(last)

    sides = in_turn(
        {
            f"ours, on a record of {TRANSITIONS} transitions": cpu(lambda: on(long), TIMES),
            "ours, on a new record": cpu(lambda: on(new), TIMES),
        },
        2 * sizes.rounds,
        1e6,
    )
    yield Measurement(
        f"one event on a record of {TRANSITIONS} transitions, handler and client",
        "µs",
        sides,
        (Threshold("ours ÷ on a new record", ratio(*sides), 10),),
        "From bytes to the answer. The record is read, joined, walked and written, and so is its text.",
    )
