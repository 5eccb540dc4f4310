"""What arrived, as JSON Lines: the ledger and the quarantine; records follow from the ledger and are made again.

A backup is the one reader of everything: it walks the two tables in the order of their keys. The first line names the
format, the last one counts the rows; a file without it is unfinished, and is gone on with behind its last whole line.
An import writes each row where there is none and joins it to its record; so it can be repeated, and starts again from
wherever it stopped.

    {"opsledger": 1, "schema": 2}
    {"table": "ledger", "key": ["9f1c:ecs:instance:i-…", 1767225600000, "…"], "columns": {"record": "…", …}}
    {"table": "quarantine", "key": ["03ac:…", 0], "columns": {"bytes": {"base64": "…"}, …}}
    {"complete": {"ledger": 120000, "quarantine": 31}}
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from opsledger import strict_json
from opsledger.errors import OpsLedgerError
from opsledger.ledger.changes import QuarantineChange, RecordChange
from opsledger.ledger.codec import SCHEMA
from opsledger.ledger.commit import commit
from opsledger.ledger.rows import read_ledger, record_key
from opsledger.store import Key, Put, Row
from opsledger.store.tables import HASH_DIGITS, LEDGER, QUARANTINE, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Protocol

    from opsledger.deadline import Deadline
    from opsledger.ledger.quarantine import Quarantined
    from opsledger.ledger.record import Record
    from opsledger.store import Store, Value
    from opsledger.store.tables import Table

    class Readable(Protocol):
        """A store that can be read through."""

        def after(self, table: Table, key: Sequence[str | int]) -> Iterator[Row]:
            """The rows of `table` behind `key`, in key order; all when it is empty."""


FORMAT = 1
BACKED_UP = (LEDGER, QUARANTINE)
BATCH_ROWS = 500
"""Lines that are imported together, and rows after which an export is flushed."""
_BY_NAME = {table.name: table for table in TABLES}


class BackupError(OpsLedgerError):
    """The file is no backup, or not a whole one."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows of each table were copied by this run, and how many lines were no rows."""

    rows: Mapping[str, int]
    resumed: bool = False


# ---------------------------------------------------------------------------------------------------- export
def export(store: Readable, file: BinaryIO, *, resume: bool, on_rows: Callable[[float], None]) -> Copied:
    """Write every row to `file`, opened for reading and writing; with `resume`, go on behind its last whole line.

    Args:
        on_rows: told now and then which share is done; the hash before each key tells it.

    Raises:
        BackupError: there is something in the file that is not a backup.
        WorldFailedError: the store failed; `resume` goes on from there.
    """
    last, complete = _continue(file) if resume else (None, False)
    if not resume:
        file.truncate(0)
    copied: Counter[str] = Counter()
    if complete:
        return Copied(copied, resumed=True)
    if last is None:
        file.seek(0)
        file.truncate()
        _write(file, {"opsledger": FORMAT, "schema": SCHEMA})
    start = 0 if last is None else BACKED_UP.index(last.table)
    for number, table in enumerate(BACKED_UP[start:], start=start):
        behind = last.values if last is not None and last.table == table else ()
        for row in store.after(table, behind):
            _write(file, {"table": table.name, "key": list(row.key.values), "columns": _columns(row.columns)})
            copied[table.name] += 1
            if copied.total() % BATCH_ROWS == 0:
                file.flush()
                on_rows((number + _share(row.key)) / len(BACKED_UP))
    _write(file, {"complete": dict(_count(file))})
    on_rows(1.0)
    return Copied(copied, resumed=last is not None)


def _continue(file: BinaryIO) -> tuple[Key | None, bool]:
    """Cut off half a line at the end; the last row's key, and whether the backup is whole."""
    end, last = 0, None
    file.seek(0)
    for line in file:
        if not line.endswith(b"\n"):
            break
        end, last = end + len(line), line
    file.truncate(end)
    file.seek(end)
    if last is None:
        return None, False
    told = _line(last, 0)
    if "complete" in told:
        return None, True
    return (None, False) if "opsledger" in told else (_key(told), False)


def _count(file: BinaryIO) -> Counter[str]:
    at = file.tell()
    file.seek(0)
    counted = Counter(table for line in file if (table := _line(line, 0).get("table")))
    file.seek(at)
    return counted


def _share(key: Key) -> float:
    return int(str(key.values[0])[:HASH_DIGITS], 16) / 0x10000


def _write(file: BinaryIO, value: Any) -> None:
    file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def _columns(columns: Mapping[str, Value]) -> dict[str, Any]:
    return {n: {"base64": base64.b64encode(v).decode()} if isinstance(v, bytes) else v for n, v in columns.items()}


# ---------------------------------------------------------------------------------------------------- import
def restore(
    store: Store, file: BinaryIO, deadline: Callable[[], Deadline], writer: str, on_bytes: Callable[[int], None]
) -> Copied:
    """Write every row of `file`, from where it stands, where there is none, and join it to its record.

    Args:
        deadline: a new one for each batch.
        on_bytes: told after each batch how far into the file it is; from there it may be gone on with.

    Raises:
        BackupError: a line is not a backup's; or the file ends without its last line, after all of it was imported.
        WorldFailedError: the store failed for longer than there was time.
    """
    copied: Counter[str] = Counter()
    complete, number = False, 0
    while lines := list(islice(file, BATCH_ROWS)):
        told = [_line(line, number + i) for i, line in enumerate(lines, start=1)]
        puts = [Put(_key(one), _values(one["columns"])) for one in told if "table" in one]
        commit(store, _changes(puts), deadline(), f"{writer}-{number}")
        copied.update(put.key.table.name for put in puts)
        complete = complete or any("complete" in one for one in told)
        number += len(lines)
        on_bytes(file.tell())
    if not complete:
        raise BackupError("the backup has no last line: it was not finished. What it has was imported")
    return Copied(copied)


def _changes(puts: Sequence[Put]) -> list[_RestoreRecord | _RestoreEntry]:
    """A change per record, and one per quarantined payload."""
    records: dict[Key, dict[Key, Put]] = {}
    entries: dict[Key, dict[Key, Put]] = {}
    for put in puts:
        if put.key.table == LEDGER:
            records.setdefault(record_key(str(put.columns["record"])), {})[put.key] = put
        else:
            entries.setdefault(Key(QUARANTINE, (put.key.values[0], 0)), {})[put.key] = put
    return [
        *(_RestoreRecord(key, list(rows.values())) for key, rows in records.items()),
        *(_RestoreEntry(key, list(rows.values())) for key, rows in entries.items()),
    ]


class _RestoreRecord(RecordChange):
    """Ledger rows of one record are inserted, and joined to the record."""

    def __init__(self, key: Key, rows: Sequence[Put]) -> None:
        self.key, self.inserts = key, rows

    def decide(self, stored: Record | None) -> Record | None:
        """The record with what its ledger rows say."""
        record = stored
        for put in self.inserts:
            try:
                update = read_ledger(Row(put.key, put.columns))
            except LookupError:  # a kind that this version's catalogue does not have: the row is kept for one that has
                continue
            record = update if record is None else record.join(update)
        return record


class _RestoreEntry(QuarantineChange):
    """Rows of one quarantined payload are inserted; an entry that is there is left as it is."""

    def __init__(self, key: Key, rows: Sequence[Put]) -> None:
        self.key, self.inserts = key, rows

    def decide(self, stored: Quarantined | None) -> Quarantined | None:
        """What is stored."""
        return stored


def _line(line: bytes, number: int) -> dict[str, Any]:
    try:
        value = strict_json.parse(line)
    except OpsLedgerError as error:
        raise BackupError(f"line {number} is not JSON: {error}") from None
    if not isinstance(value, dict) or not ({"opsledger", "complete"} & value.keys() or _is_row(value)):
        raise BackupError(f"line {number} is not of a backup")
    if value.get("opsledger", FORMAT) != FORMAT:
        raise BackupError(f"line {number}: format {value['opsledger']!r}, made by another version of opsledger")
    return value


def _is_row(value: Mapping[str, Any]) -> bool:
    table = _BY_NAME.get(str(value.get("table")))
    key = value.get("key")
    return table in BACKED_UP and isinstance(key, list) and len(key) == len(table.key) and "columns" in value


def _key(told: Mapping[str, Any]) -> Key:
    return Key(_BY_NAME[told["table"]], tuple(told["key"]))


def _values(columns: Mapping[str, Any]) -> dict[str, Value]:
    return {n: base64.b64decode(v["base64"]) if isinstance(v, dict) else v for n, v in columns.items()}
