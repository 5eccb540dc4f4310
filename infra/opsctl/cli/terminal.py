"""Standard output and error: tables, escaped text for people, and JSON for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsledger.strict_json import JsonValue

PIPED_WIDTH = 1000
"""Columns of a pipe: a table takes the width it needs, and nothing is cut off."""

STYLES = {"critical": "red", "warning": "yellow", "info": "green", "quarantined": "red", "out_of_order": "yellow"}


def safe(value: object) -> str:
    """Return `value` on one line, unprintable characters escaped, so that text from outside cannot move the cursor."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def console() -> Console:
    """Return a console on standard output; wide enough for any table if that is a pipe."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(width=width, highlight=False, soft_wrap=not sys.stdout.isatty(), legacy_windows=False)


def say(*parts: object, style: str = "") -> None:
    """Print one line, escaped."""
    console().print(Text(safe(" ".join(str(part) for part in parts)), style=style))


def complain(message: object) -> None:
    """Print one line on standard error, escaped."""
    sys.stderr.write(f"opsledger: {safe(message)}\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """Print a table; a cell that is a severity or an outcome is coloured."""
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
    for line in captured.get().splitlines():  # rich pads each line to the width of the console
        sys.stdout.write(f"{line.rstrip()}\n")


def emit(value: JsonValue | Sequence[Mapping[str, JsonValue]]) -> None:
    """Print JSON for programs, in ASCII, so that it survives every terminal and locale."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def emit_each(values: Iterable[Mapping[str, JsonValue]]) -> None:
    """Print a JSON array as `emit` does, each element as soon as it is there."""
    begun = False
    for value in values:
        text = "\n".join(f"  {line}" for line in json.dumps(value, indent=2).split("\n"))
        sys.stdout.write(f"{',' if begun else '['}\n{text}")
        begun = True
    sys.stdout.write("\n]\n" if begun else "[]\n")
