"""Back up into a file and restore from one, with a progress bar on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl import backup
from opsctl.cli import deadlines
from opsctl.cli.progress import progress
from opsctl.errors import WrongUsageError

if TYPE_CHECKING:
    from pathlib import Path

    from opsctl.backup import Copied
    from opsledger.store.tablestore import TablestoreStore


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
    start = _place(cursor) if resume and cursor.exists() else 0
    size = max(1, file.stat().st_size)
    with file.open("rb") as lines, progress("import") as advance:
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
