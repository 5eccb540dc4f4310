"""Back up into a file and restore from one, with a progress bar on a terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from opsctl import backup
from opsctl.cli import deadlines
from opsctl.errors import WrongUsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from opsctl.backup import Copied
    from opsledger.store.tablestore import TablestoreStore


def export(store: TablestoreStore, file: Path, *, resume: bool) -> Copied:
    """Back up into `file`.

    Raises:
        WrongUsageError: the file is not empty, and `resume` is false.
    """
    if not resume and file.exists() and file.stat().st_size:
        raise WrongUsageError(f"{file} is not empty: continue it with --resume, or name another file")
    file.touch()
    with file.open("rb+") as out, _progress("export") as advance:
        return backup.export(store, out, resume=resume, on_rows=advance)


def restore(store: TablestoreStore, file: Path, *, resume: bool) -> Copied:
    """Restore from `file`; until it is done, `FILE.imported` beside it holds the position reached."""
    cursor = file.with_name(f"{file.name}.imported")
    start = _place(cursor) if resume and cursor.exists() else 0
    size = max(1, file.stat().st_size)
    with file.open("rb") as lines, _progress("import") as advance:
        lines.seek(start)

        def on_bytes(position: int) -> None:
            cursor.write_text(str(position))
            advance(position / size)

        copied = backup.restore(store, lines, deadlines.deadline, deadlines.writer(), on_bytes)
    cursor.unlink(missing_ok=True)
    return copied


def _place(cursor: Path) -> int:
    """Where an earlier import stopped, in bytes.

    Raises:
        WrongUsageError: the file says something else.
    """
    text = cursor.read_text(errors="replace")
    if not text.isdecimal():
        raise WrongUsageError(f"{cursor} does not say where the import stopped: delete it, and import without --resume")
    return int(text)


@contextmanager
def _progress(label: str) -> Iterator[Callable[[float], None]]:
    """Give a function that takes the share done; it draws a bar on standard error if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _share: None
        return
    columns = (TextColumn(label), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=1.0)
        yield lambda share: bar.update(task, completed=share)
