"""Back up the ledger and all that cannot be made again from it as JSON Lines, and restore it with its records.

An export reads these tables whole, in the order of their keys. The first line names the format, the last one counts the
rows. A file without a last line is unfinished; an export with `resume` continues behind its last complete line. An
import writes each row that does not exist yet, and joins it to its record. So it can be repeated, and can start again
from where it stopped.

    {"opsledger": 1, "schema": 2}
    {"table": "ledger", "key": ["9f1c:ecs:instance:i-…", 1767225600000, "…"], "columns": {"record": "…", …}}
    {"table": "quarantine", "key": ["03ac:…", 0], "columns": {"bytes": {"base64": "…"}, …}}
    {"complete": {"ledger": 120000, "quarantine": 31}}
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from opsctl.backup_lines import (
    BACKED_UP,
    BATCH_ROWS,
    HEADER,
    MAX_LINE_BYTES,
    BackupError,
    Line,
    batches,
    line_of,
    read_line,
    row_line,
    write_line,
)
from opsledger.ledger.changes import REDELIVERED_MS, RecordChange, armed
from opsledger.ledger.commit import commit
from opsledger.ledger.rows import record_key
from opsledger.store import Key, Put, Row
from opsledger.store.tables import HASH_DIGITS, LEDGER, QUARANTINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Protocol

    from opsledger.deadline import Deadline
    from opsledger.ledger.commit import AnyChange
    from opsledger.ledger.record import Record
    from opsledger.store import Store, Value
    from opsledger.store.tables import Table

    class Readable(Protocol):
        """A store whose tables can be read whole."""

        def after(self, table: Table, key: Sequence[str | int]) -> Iterator[Row]:
            """Return the rows of `table` after `key`, in key order; all rows if `key` is empty."""

        def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
            """Those rows of `keys` that exist."""


__all__ = ("BackupError", "Copied", "export", "restore")


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows of each table this run copied; `resumed` if an earlier run wrote the beginning of the file."""

    rows: Mapping[str, int]
    resumed: bool = False


# ---------------------------------------------------------------------------------------------------- export
def export(store: Readable, file: BinaryIO, *, resume: bool, on_rows: Callable[[float], None]) -> Copied:
    """Write every row to `file`, opened for reading and writing; with `resume`, continue after its last complete line.

    Args:
        on_rows: called now and then with the share done, from 0 to 1; the hash at the start of each key gives it.

    Raises:
        BackupError: the file has content that is not an unfinished backup of this ledger; it is not changed.
        WorldFailedError: the store failed; `resume` continues from there.
    """
    written = _written(store, file) if resume else _Written()
    copied: Counter[str] = Counter()
    if written.complete:
        return Copied(copied, resumed=True)
    file.seek(written.end)
    file.truncate()
    if not written.end:
        write_line(file, HEADER)
    last = written.last
    start = 0 if last is None else BACKED_UP.index(last.table)
    for number, table in enumerate(BACKED_UP[start:], start=start):
        behind = last.values if last is not None and last.table == table else ()
        for row in store.after(table, behind):
            write_line(file, row_line(row))
            copied[table.name] += 1
            if copied.total() % BATCH_ROWS == 0:
                file.flush()
                on_rows((number + _share(row.key)) / len(BACKED_UP))
    write_line(file, {"complete": dict(written.rows + copied)})
    file.flush()
    on_rows(1.0)
    return Copied(copied, resumed=last is not None)


@dataclass(slots=True)
class _Written:
    """What an earlier run wrote: the end of its last complete line, its last row, and the rows of each table."""

    end: int = 0
    last: Key | None = None
    complete: bool = False
    rows: Counter[str] = field(default_factory=Counter)


def _written(store: Readable, file: BinaryIO) -> _Written:
    """Read an unfinished backup to its end.

    Raises:
        BackupError: the file is something else.
    """
    written, number = _Written(), 0
    last: Line | None = None
    file.seek(0)
    while (line := file.readline(MAX_LINE_BYTES + 1)).endswith(b"\n"):
        number += 1
        last = _of_backup(line, number)
        written.end += len(line)
        if last.put is not None:
            written.rows[last.put.key.table.name] += 1
    _check_beginning(file)
    written.complete = last is not None and last.complete is not None
    if last is not None and last.put is not None:
        written.last = last.put.key
        _check_ledger(store, last.put)
    return written


def _check_beginning(file: BinaryIO) -> None:
    """Check that a file without a whole line is a backup that was cut off there.

    Raises:
        BackupError: it is something else.
    """
    file.seek(0)
    line = file.readline(MAX_LINE_BYTES + 1)
    if not line.endswith(b"\n") and not line_of(HEADER).startswith(line):
        raise BackupError("the file is not a backup: name another file")


def _of_backup(line: bytes, number: int) -> Line:
    try:
        return read_line(line, first=number == 1)
    except BackupError as error:
        raise BackupError(
            f"the file is not a backup that can be continued: line {number} {error}: name another file"
        ) from None


def _check_ledger(store: Readable, put: Put) -> None:
    stored = store.read([put.key]).get(put.key)
    if stored is None or (put.key.table is LEDGER and stored.columns != put.columns):
        raise BackupError(
            "the file is a backup of another ledger, or its last row has expired since: start again in another file"
        )


def _share(key: Key) -> float:
    return int(str(key.values[0])[:HASH_DIGITS], 16) / 0x10000


# ---------------------------------------------------------------------------------------------------- import
def restore(
    store: Store, file: BinaryIO, deadline: Callable[[], Deadline], writer: str, on_bytes: Callable[[int], None]
) -> Copied:
    """Write every row of `file`, from its current position, that does not exist yet, and join it to its record.

    Args:
        deadline: a new one for each batch.
        on_bytes: called after each batch with the position in the file; an import can start again from there.

    Raises:
        BackupError: the file is not a backup; a line is not a backup's, and nothing of its batch was written; or the
            file has no last line, or rows were removed from it, after all of it was imported.
        WorldFailedError: the store failed for longer than the deadline.
    """
    copied: Counter[str] = Counter()
    before = _lines_before(file)
    counted: Counter[str] | None = None
    for batch in batches(file, before):
        until = deadline()
        changes = _changes(batch.lines, until.clock.now_ms() - REDELIVERED_MS)
        commit(store, changes, until, f"{writer}-{batch.last}")
        copied.update(line.put.key.table.name for line in batch.lines if line.put is not None)
        counted = next((_count(line) for line in batch.lines if line.complete is not None), counted)
        on_bytes(batch.end)
    if counted is None:
        _check_beginning(file)
        raise BackupError("the backup has no last line: it was not finished. All rows it has were imported")
    if not before and counted != copied:
        raise BackupError(
            f"the backup has {dict(copied)} rows, and its last line says {dict(counted)}: some are missing, or it is "
            "several backups. All rows it has were imported"
        )
    return Copied(copied)


def _count(line: Line) -> Counter[str]:
    return Counter({name: n for name, n in (line.complete or {}).items() if isinstance(n, int) and n})


def _lines_before(file: BinaryIO) -> int:
    """How many lines are before the current position."""
    end, lines = file.tell(), 0
    file.seek(0)
    while read := file.read(min(end - file.tell(), 1 << 20)):
        lines += read.count(b"\n")
    return lines


def _changes(lines: Sequence[Line], since_ms: int) -> list[AnyChange]:
    """Group the rows into one change for each record, and one for each quarantined payload and each other row."""
    records: dict[Key, list[Line]] = {}
    entries: dict[Key, dict[Key, Put]] = {}
    for line in lines:
        if line.put is None:
            continue
        key = line.put.key
        if key.table is LEDGER:
            records.setdefault(record_key(str(line.put.columns["record"])), []).append(line)
        else:
            head = Key(QUARANTINE, (key.values[0], 0)) if key.table is QUARANTINE else key
            entries.setdefault(head, {})[key] = line.put
    return [
        *(_RestoreRecord(key, rows, since_ms) for key, rows in records.items()),
        *(_RestoreRows(key, list(rows.values())) for key, rows in entries.items()),
    ]


class _RestoreRecord(RecordChange):
    """Ledger rows of one record are inserted, and joined to the record.

    Args:
        since_ms: what is new and was received since then is due for the notifier.
    """

    def __init__(self, key: Key, lines: Sequence[Line], since_ms: int) -> None:
        self.key = key
        self._since_ms = since_ms
        self.inserts = list({line.put.key: line.put for line in lines if line.put is not None}.values())
        self._updates = [line.record for line in lines if line.record is not None]

    def decide(self, stored: Record | None) -> Record | None:
        """The record with what its ledger rows say, as far as this version's catalogue knows it."""
        record = stored
        for update in self._updates:
            record = update if record is None else record.join(update)
        return record if record is None else armed(record, stored, self._since_ms)

    def decide_row(self, row: Row | None) -> Mapping[str, Value] | None:
        """As `decide`; a record that this version cannot read is left as it is, and its ledger rows inserted."""
        try:
            return super().decide_row(row)
        except LookupError:
            return None


class _RestoreRows:
    """Rows of one quarantined payload, or one other row, are inserted; those that are there are left as they are."""

    def __init__(self, key: Key, rows: Sequence[Put]) -> None:
        self.key, self.inserts = key, rows

    def decide_row(self, row: Row | None) -> None:
        """Nothing is written but the inserts."""
        del row
