"""Resident memory of a warm function, and whether it grows."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Line, Row, Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes

BARE = "from benchmarks.rows import memory; memory.show()"
SDKS = f"import tablestore, pydantic; {BARE}"
OURS = "from benchmarks.rows import memory; memory.warm({events}, {replies!r})"
WARM_EVENTS = 1_000
GROWTH_MB = 2.0
"""What an allocator may add to pages that are there already; a leak of 21 bytes an event would show."""


def measure(sizes: Sizes) -> Iterator[Row]:
    """Above bare Python, after the first events and after all."""
    from benchmarks import recording  # noqa: PLC0415 - the processes that are measured import this module

    with tempfile.NamedTemporaryFile() as file:
        pickle.dump(recording.record().replies, file)
        file.flush()
        first, last = _run(OURS.format(events=sizes.memory_events, replies=file.name))
    (bare,), (sdks,) = _run(BARE), _run(SDKS)
    yield Row(
        "memory of a warm function, above bare Python",
        "MB",
        (
            Side(f"ours, after {sizes.memory_events:,} events", (last - bare,)),
            Side(f"ours, after {WARM_EVENTS:,} events", (first - bare,)),
            Side("import tablestore, pydantic", (sdks - bare,)),
        ),
        (
            Line("ours at the end, MB", last - bare, 64),
            Line("growth after the first thousand, MB", last - first, GROWTH_MB),
        ),
        f"Batches of 100 distinct events, the store answered by a stub. Bare Python holds {bare:.1f} MB.",
    )


def show() -> None:
    """Print what this process holds in memory, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    resident = next(line.split()[1] for line in lines if line.startswith("VmRSS"))
    sys.stdout.write(f"{float(resident) / 1024}\n")


def warm(events: int, replies: str) -> None:
    """Handle `events` events, showing memory after the first and after the last."""
    from benchmarks import stub, workload  # noqa: PLC0415 - see above

    with stub.answering(pickle.loads(Path(replies).read_bytes())):  # noqa: S301 - written by `measure`
        for first in range(0, events, workload.BATCH):
            stub.handle(workload.batch(first))
            if first + workload.BATCH == WARM_EVENTS:
                show()
    show()


def _run(program: str) -> list[float]:
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ)  # noqa: S603 - our own text
    return [float(line) for line in done.stdout.split()]
