"""Standard output and error: tables, escaped text for people, and JSON and CSV for programs."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, TextIO

from opsctl.cli import columns as layout
from opsctl.cli import display
from opsctl.cli.columns import Column
from opsctl.cli.language import said
from opsctl.errors import ReaderGoneError
from opsledger import spreadsheet
from opsledger.spreadsheet import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from opsledger.strict_json import JsonObject, JsonValue

STYLES = {"critical": "red", "warning": "yellow", "info": "green", "quarantined": "red", "out_of_order": "yellow"}
"""How a cell is shown that is a severity or an outcome."""
_SGR = {"bold": "1", "red": "31", "green": "32", "yellow": "33"}


def say(*parts: object, style: str = "") -> None:
    """Print one line, escaped."""
    write(f"{styled(printable(' '.join(str(part) for part in parts)), style)}\n")


def complain(message: object) -> None:
    """Print one line on standard error, escaped and in the display's language."""
    sys.stderr.write(f"opsledger: {printable(said(str(message)))}\n")


def table(columns: Sequence[Column | str], rows: Iterable[Sequence[object]], *, wide: bool = False) -> None:
    """Print a table that fits the terminal; a cell that is a severity or an outcome is coloured.

    Args:
        wide: show every column in full, however wide the terminal is.
    """
    headed = [column if isinstance(column, Column) else Column(column) for column in columns]
    cells = [[printable(cell) for cell in row] for row in rows]
    for line in layout.lines(headed, cells, None if wide else display.width()):
        gap = " " * layout.GAP
        write(f"{gap.join(styled(shown, STYLES.get(whole, '')) for whole, shown in line)}\n")


def emit(value: JsonValue | Sequence[Mapping[str, JsonValue]]) -> None:
    """Print JSON for programs, in ASCII, so that it survives every terminal and locale."""
    write(json.dumps(value, indent=2) + "\n")


def emit_line(value: JsonValue) -> None:
    """Print JSON for a program that waits for it: one line, at once."""
    write(json.dumps(value) + "\n")
    sys.stdout.flush()


def emit_each(values: Iterable[Mapping[str, JsonValue]], margin: str = "") -> None:
    """Print a JSON array for programs as `emit` does, one value after another, so that it need not fit into memory."""
    written = 0
    for value in values:
        text = json.dumps(value, indent=2).replace("\n", f"\n{margin}  ")
        write(f"{',' if written else '['}\n{margin}  {text}")
        written += 1
    write(f"\n{margin}]" if written else "[]")
    write("" if margin else "\n")


def emit_with(name: str, values: Iterable[Mapping[str, JsonValue]], rest: Callable[[], JsonObject]) -> None:
    """Print a JSON object with an array called `name`, one value after another, and what is known behind the last."""
    write(f'{{\n  "{name}": ')
    emit_each(values, "  ")
    write(",\n" + json.dumps(rest(), indent=2)[2:] + "\n")


def emit_csv(names: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Print CSV for programs and spreadsheets; see `spreadsheet.lines`."""
    for line in spreadsheet.lines(names, rows):
        write(line)


def styled(text: str, style: str) -> str:
    """`text` in a style, where standard output is a terminal and NO_COLOR (no-color.org) is not set."""
    if not style or os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return f"\x1b[{_SGR[style]}m{text}\x1b[0m"


def write(text: str) -> None:
    """Write to standard output.

    Raises:
        ReaderGoneError: nobody reads it any more, and the command only shows something.
    """
    try:
        sys.stdout.write(text)
    except BrokenPipeError:
        close(sys.stdout)
        if not display.current().to_the_end:
            raise ReaderGoneError from None


def close(stream: TextIO) -> None:
    """Let what is written to `stream` go nowhere: its reader, such as `head`, has ended."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
