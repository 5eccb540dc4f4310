"""What a mutant is: a mistake that is easy to make, paired with the invariant that must detect it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Mutant(NamedTuple):
    """One mistake.

    Attributes:
        name: what the mistaken code does.
        detected_by: the invariant that must notice.
        target: the module or class whose `attribute` is replaced, as `pkgutil.resolve_name` reads it.
        mutate: makes the replacement from the original.
    """

    name: str
    detected_by: str
    target: str
    attribute: str
    mutate: Callable[[Any], Any]
