"""Counts by name, in the order in which they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def by_frequency(counts: Mapping[str, int]) -> dict[str, int]:
    """`counts` with the most frequent name first, then by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
