"""The size of the layers that every cold start downloads and reads."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Measurement, Side, Threshold
from opsctl.package.build import build
from opsctl.package.targets import RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.sizes import Sizes

ROOT = Path(__file__).parents[2]
LAYER = "opsledger"
MOST_MB = 10


def measure(_sizes: Sizes) -> Iterator[Measurement]:
    """Build the layers of each runtime; this needs its Python, and pip's index."""
    unpacked = {name: _unpacked_mb(name) for name in RUNTIMES}
    (first, size), *others = unpacked.items()
    yield Measurement(
        f"layer {LAYER}, unpacked",
        "MB",
        tuple(Side(name, (mb,)) for name, mb in unpacked.items()),
        (
            Threshold(f"{first}, MB", size, MOST_MB),
            *(Threshold(f"{name}, MB", mb, MOST_MB) for name, mb in others),
        ),
        "The library, its requirements and the bytecode of both. The notifier and the poller have a layer more.",
    )


def _unpacked_mb(runtime: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        built = build(ROOT, Path(folder), RUNTIMES[runtime])
    return next(one.unpacked for one in built if one.name == LAYER) / 1e6
