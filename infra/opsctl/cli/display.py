"""How output looks: its language, its width, what time it is and in which zone.

The generated pages are made with all four fixed, so that they are the same on every machine.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo


@dataclass(frozen=True, slots=True)
class Display:
    """What is fixed; None for what the surroundings say.

    Attributes:
        language: `en`, `zh` or `ja`.
        width: the columns of a table.
        now_ms: the moment that "in 47 h" counts from, in ms.
        zone: the zone of local times.
        to_the_end: whether a command goes on when nobody reads its output any more.
    """

    language: str = "en"
    width: int | None = None
    now_ms: int | None = None
    zone: tzinfo | None = None
    to_the_end: bool = False


_display: ContextVar[Display] = ContextVar("display", default=Display())  # noqa: B039 - it is frozen


def current() -> Display:
    """What is fixed now."""
    return _display.get()


def change(*, language: str | None = None, to_the_end: bool | None = None) -> None:
    """Fix the language, or whether the command goes to its end, for the rest of this command."""
    old = _display.get()
    _display.set(
        replace(
            old,
            language=old.language if language is None else language,
            to_the_end=old.to_the_end if to_the_end is None else to_the_end,
        )
    )


@contextmanager
def fixed(display: Display) -> Iterator[None]:
    """Fix everything in `display` until the end of the block."""
    token = _display.set(display)
    try:
        yield
    finally:
        _display.reset(token)


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Fix the language, and what a command changes of the display, until the end of the block."""
    with fixed(replace(_display.get(), language=language)):
        yield


@contextmanager
def at_most(columns: int) -> Iterator[None]:
    """Fix the width of tables until the end of the block, to so many columns where nothing else says how many."""
    with fixed(replace(_display.get(), width=width() or columns)):
        yield


def width() -> int | None:
    """The columns that a table may take; None in a pipe, where it takes what it needs. COLUMNS sets another."""
    given = _display.get().width
    if given is not None:
        return given
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        return shutil.get_terminal_size().columns
    return None


def now_ms() -> int:
    """The present moment, in ms."""
    fixed_ms = _display.get().now_ms
    return time.time_ns() // 1_000_000 if fixed_ms is None else fixed_ms
