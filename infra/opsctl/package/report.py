"""The size report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opsctl.package.build import Built
    from opsctl.package.targets import PythonRuntime

MB = 1_000_000


def lines(built: Iterable[Built], runtime: PythonRuntime) -> Iterator[str]:
    """One line for each archive, then the largest distributions that were left out."""
    built = list(built)
    yield f"{runtime.name:<20}{'requirements':>14}{'pruned to':>12}{'bytecode':>12}{'zip':>12}"
    for one in built:
        compiled = sum(len(content) for path, content in one.tree.items() if path.endswith(".pyc"))
        sizes = (one.before, one.unpacked - compiled, compiled, len(one.packed))
        yield f"{one.name:<20}" + "".join(
            f"{_size(size):>{width}}" for size, width in zip(sizes, (14, 12, 12, 12), strict=True)
        )
    pruned = sorted(((size, name) for one in built for name, size in one.pruned.items()), reverse=True)
    heavy = ", ".join(f"{name} {_size(size)}" for size, name in pruned if size > MB)
    yield f"left out: {heavy}"


def _size(size: int) -> str:
    return f"{size / MB:.1f} MB" if size >= MB / 10 else f"{size:,} B"
