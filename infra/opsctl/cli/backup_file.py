"""Back up into a file and restore from one, with a progress bar on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from opsctl import backup
from opsctl.cli import deadlines
from opsctl.cli.progress import progress
from opsctl.errors import WrongUsageError

if TYPE_CHECKING:
    from pathlib import Path

    from opsctl.backup import Copied
    from opsledger.store.tablestore import TablestoreStore

MOST_DIGITS = 18
"""A position has no more: a file may have 2^63 bytes at most."""


def export(store: TablestoreStore, file: Path, *, resume: bool) -> Copied:
    """Back up into `file`.

    Raises:
        WrongUsageError: the file is not empty, and `resume` is false; or `-` is given for standard output, where a
            backup could not be continued.
        BackupError: the file cannot be written, or `resume` finds something else in it.
    """
    if str(file) == "-":
        raise WrongUsageError("a backup is not written to standard output: name a file")
    if not resume and file.exists() and file.stat().st_size:
        raise WrongUsageError(f"{file} is not empty: continue it with --resume, or name another file")
    file.touch()
    try:
        with file.open("rb+") as out, progress("export") as advance:
            return backup.export(store, out, resume=resume, on_rows=advance)
    except OSError as error:  # such as a full disk; also when the rest is written at the end
        raise backup.BackupError(
            f"{file}: {error.strerror}: make room for the backup, then continue it with --resume"
        ) from error


def restore(store: TablestoreStore, file: Path, *, resume: bool) -> Copied:
    """Restore from `file`; until it is done, `FILE.imported` beside it holds the position reached."""
    cursor = file.with_name(f"{file.name}.imported")
    size = max(1, file.stat().st_size)
    with file.open("rb") as lines, progress("import") as advance:
        lines.seek(_place(cursor, lines) if resume and cursor.exists() else 0)

        def on_bytes(position: int) -> None:
            written = cursor.with_name(f"{cursor.name}.new")
            written.write_text(str(position))
            written.replace(cursor)  # in one step: a process that is killed leaves the one position or the other
            advance(position / size)

        copied = backup.restore(store, lines, deadlines.deadline, deadlines.writer(), on_bytes)
    cursor.unlink(missing_ok=True)
    return copied


def _place(cursor: Path, lines: BinaryIO) -> int:
    """Where an earlier import stopped, in bytes: behind a line of the backup.

    Raises:
        WrongUsageError: `cursor` says something else, such as the place in a longer file that was there before.
    """
    text = cursor.read_text(errors="replace")
    place = int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else 0
    if place:
        lines.seek(place - 1)
    if not place or lines.read(1) != b"\n":
        raise WrongUsageError(f"{cursor} does not say where the import stopped: delete it, and import without --resume")
    return place
