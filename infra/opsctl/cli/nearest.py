"""What somebody may have meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTED = 12
"""As many choices as one line of a message lists."""


def nearest(name: str, choices: Iterable[str], most: int = 1) -> list[str]:
    """The choices that are spelled most like `name`, whatever the case."""
    import difflib

    by_lower = {choice.lower(): choice for choice in choices}
    return [by_lower[found] for found in difflib.get_close_matches(name.lower(), by_lower, most)]


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """How a message goes on about a `name` that does not exist: with the nearest of the choices, or with a few."""
    known = list(dict.fromkeys(choices))
    found = nearest(name, known)
    if found:
        return t("; did you mean {name}?", name=found[0])
    more = " …" if len(known) > LISTED else ""
    return t("; choose from {names}", names=", ".join(known[:LISTED]) + more)
