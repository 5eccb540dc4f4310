"""A progress bar on standard error, where that is a terminal, for commands that may take long."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opsctl.cli.language import t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol

    from rich.progress import Progress

    class Advance(Protocol):
        """Called after things are done."""

        def __call__(self, more: int = 1) -> None:
            """Show that so many more are done."""


@contextmanager
def progress(label: str) -> Iterator[Callable[[float], None]]:
    """Give a function that takes the share done, from 0 to 1."""
    if not sys.stderr.isatty():
        yield lambda _share: None
        return
    from rich.progress import TimeRemainingColumn

    with _bar(label, "{task.percentage:>3.0f}%", TimeRemainingColumn()) as bar:
        task = bar.add_task(label, total=1.0)
        yield lambda share: bar.update(task, completed=share)


@contextmanager
def counting(label: str, total: int | None = None) -> Iterator[Advance]:
    """Give a function to call after each thing done, or after several.

    Args:
        total: how many there are, if that is known.
    """
    if not sys.stderr.isatty():
        yield lambda more=1: None  # noqa: ARG005 - there is nothing to show it on
        return
    of_all = "" if total is None else f"/{total}"
    with _bar(label, "{task.completed:.0f}" + of_all) as bar:
        task = bar.add_task(label, total=total)
        yield lambda more=1: bar.advance(task, more)


def _bar(label: str, *columns: object) -> Progress:
    """A bar that is gone when the command ends; what the command prints meanwhile is above it."""
    from rich.console import Console
    from rich.progress import BarColumn, ProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    shown = [column if isinstance(column, ProgressColumn) else TextColumn(str(column)) for column in columns]
    return Bar(
        TextColumn(t(label)),
        BarColumn(),
        *shown,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
        redirect_stderr=False,
    )
