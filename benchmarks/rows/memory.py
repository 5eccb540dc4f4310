"""The resident memory of a warm function, and its growth."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Measurement, Side, Threshold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes

BARE = "from benchmarks.rows import memory; memory.show()"
SDKS = f"import tablestore, pydantic; {BARE}"
OURS = "from benchmarks.rows import memory; memory.warm({events}, {replies!r})"
WARM_EVENTS = 1_000
GROWTH_MB = 2.0
"""What the allocator may add. A leak of 21 bytes per event would exceed it."""


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """The memory above that of bare Python, after the first events and after all."""
    from benchmarks import recording  # noqa: PLC0415 - the measured processes import this module too

    with tempfile.NamedTemporaryFile() as file:
        recorded = recording.record()
        pickle.dump((recorded.replies, recorded.environment), file)
        file.flush()
        first, last = _run(OURS.format(events=sizes.memory_events, replies=file.name))
    (bare,), (sdks,) = _run(BARE), _run(SDKS)
    yield Measurement(
        "memory of a warm function, above bare Python",
        "MB",
        (
            Side(f"ours, after {sizes.memory_events:,} events", (last - bare,)),
            Side(f"ours, after {WARM_EVENTS:,} events", (first - bare,)),
            Side("import tablestore, pydantic", (sdks - bare,)),
        ),
        (
            Threshold("ours at the end, MB", last - bare, 64),
            Threshold("growth after the first thousand, MB", last - first, GROWTH_MB),
        ),
        f"Batches of 100 distinct events, with a stub of the store. Bare Python uses {bare:.1f} MB.",
    )


def show() -> None:
    """Print the resident memory of this process, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    resident = next(line.split()[1] for line in lines if line.startswith("VmRSS"))
    sys.stdout.write(f"{float(resident) / 1024}\n")


def warm(events: int, replies: str) -> None:
    """Handle `events` events; print the memory after the first thousand and after the last."""
    from benchmarks import stub_store, workload  # noqa: PLC0415 - see above

    with stub_store.answering(*pickle.loads(Path(replies).read_bytes())):  # noqa: S301 - written by `measure`
        for first in range(0, events, workload.BATCH):
            stub_store.handle(workload.batch(first))
            if first + workload.BATCH == WARM_EVENTS:
                show()
    show()


def _run(program: str) -> list[float]:
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ)  # noqa: S603 - our own program
    return [float(line) for line in done.stdout.split()]
