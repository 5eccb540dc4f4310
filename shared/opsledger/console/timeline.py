"""Where a bar of the timeline begins and how wide it is."""

from __future__ import annotations

from typing import Final, NamedTuple

from opsledger import timestamps

WIDTH: Final = 700
"""A drawing has so many units from its first moment to its last; seven days make a hundred a day."""
NARROWEST: Final = 6


class Stretch(NamedTuple):
    """A bar, in units of the drawing."""

    x: int
    width: int


def stretch(begins: str, ends: str, first: str, last: str) -> Stretch:
    """The bar from one moment to another, cut to what the drawing shows; all in ISO 8601.

    A moment alone is a narrow bar that ends there.
    """
    at, until = timestamps.parse_shown(first), timestamps.parse_shown(last)
    scale = WIDTH / max(until - at, 1)
    left, right = (min(max((timestamps.parse_shown(one) - at) * scale, 0), WIDTH) for one in (begins, ends))
    x = round(min(left, right - NARROWEST, WIDTH - NARROWEST))
    return Stretch(max(x, 0), max(round(right) - max(x, 0), NARROWEST))
