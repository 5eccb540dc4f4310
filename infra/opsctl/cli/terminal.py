"""What people see: tables, text that cannot harm a terminal, and JSON for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PIPED_WIDTH = 1000
"""Columns where there is no terminal: a table takes what it needs, and nothing is cut off."""

STYLES = {"critical": "red", "warning": "yellow", "info": "green", "quarantined": "red", "out_of_order": "yellow"}


def safe(value: object) -> str:
    """`value` on one line with everything unprintable written as an escape: text from outside moves no cursor."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def console() -> Console:
    """Standard output, wide enough for a table when it is a pipe."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(width=width, highlight=False, soft_wrap=not sys.stdout.isatty(), legacy_windows=False)


def say(*parts: object, style: str = "") -> None:
    """One line, escaped."""
    console().print(Text(safe(" ".join(str(part) for part in parts)), style=style))


def complain(message: object) -> None:
    """One line on standard error, escaped."""
    sys.stderr.write(f"opsledger: {safe(message)}\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """A table; a cell that names a severity or an outcome is coloured."""
    shown = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(safe(cell), style=STYLES.get(str(cell), "")) for cell in row))
    if sys.stdout.isatty():
        console().print(shown)
        return
    wide = console()
    with wide.capture() as captured:
        wide.print(shown)
    for line in captured.get().splitlines():  # a pipe wants no padding up to the width of a screen
        sys.stdout.write(f"{line.rstrip()}\n")


def emit(value: Any) -> None:
    """JSON for programs: ASCII, so that it survives every terminal and locale."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")
