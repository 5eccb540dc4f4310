"""Back up the ledger and the quarantine as JSON Lines, and restore them; records are made again from the ledger.

An export reads both tables whole, in the order of their keys. The first line names the format, the last one counts the
rows. A file without a last line is unfinished; an export with `resume` continues behind its last complete line. An
import writes each row that does not exist yet, and joins it to its record. So it can be repeated, and can start again
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
from typing import TYPE_CHECKING, BinaryIO

from opsledger import strict_json
from opsledger.errors import OpsLedgerError
from opsledger.ledger.changes import QuarantineChange, RecordChange
from opsledger.ledger.codec import SCHEMA
from opsledger.ledger.commit import commit
from opsledger.ledger.rows import read_ledger, record_key
from opsledger.store import Key, Put, Row
from opsledger.store.tables import HASH_DIGITS, LEDGER, QUARANTINE, TABLES, bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Protocol

    from opsledger.deadline import Deadline
    from opsledger.ledger.quarantine import Quarantined
    from opsledger.ledger.record import Record
    from opsledger.store import Store, Value
    from opsledger.store.tables import Table
    from opsledger.strict_json import JsonObject, JsonValue

    class Readable(Protocol):
        """A store whose tables can be read whole."""

        def after(self, table: Table, key: Sequence[str | int]) -> Iterator[Row]:
            """Return the rows of `table` after `key`, in key order; all rows if `key` is empty."""


FORMAT = 1
BACKED_UP = (LEDGER, QUARANTINE)
BATCH_ROWS = 500
"""Lines that are imported in one commit, and rows between two flushes of an export."""
_BY_NAME = {table.name: table for table in TABLES}


class BackupError(OpsLedgerError):
    """The file is not a backup, or not a complete one."""


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
        BackupError: the file has content that is not a backup.
        WorldFailedError: the store failed; `resume` continues from there.
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
    """Cut off an incomplete last line; return the last row's key, and whether the backup is complete."""
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
    parsed = _line(last, 0)
    if "complete" in parsed:
        return None, True
    return (None, False) if "opsledger" in parsed else (_key(parsed), False)


def _count(file: BinaryIO) -> Counter[str]:
    at = file.tell()
    file.seek(0)
    counted = Counter(str(table) for line in file if (table := _line(line, 0).get("table")))
    file.seek(at)
    return counted


def _share(key: Key) -> float:
    return int(str(key.values[0])[:HASH_DIGITS], 16) / 0x10000


def _write(file: BinaryIO, value: Mapping[str, JsonValue]) -> None:
    file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def _columns(columns: Mapping[str, Value]) -> JsonObject:
    return {n: {"base64": base64.b64encode(v).decode()} if isinstance(v, bytes) else v for n, v in columns.items()}


# ---------------------------------------------------------------------------------------------------- import
def restore(
    store: Store, file: BinaryIO, deadline: Callable[[], Deadline], writer: str, on_bytes: Callable[[int], None]
) -> Copied:
    """Write every row of `file`, from its current position, that does not exist yet, and join it to its record.

    Args:
        deadline: a new one for each batch.
        on_bytes: called after each batch with the position in the file; an import can start again from there.

    Raises:
        BackupError: a line is not a backup's; or the file has no last line, after all of it was imported.
        WorldFailedError: the store failed for longer than the deadline.
    """
    copied: Counter[str] = Counter()
    complete, number = False, 0
    while lines := list(islice(file, BATCH_ROWS)):
        parsed = [_line(line, number + i) for i, line in enumerate(lines, start=1)]
        puts = [_put(one) for one in parsed if "table" in one]
        commit(store, _changes(puts), deadline(), f"{writer}-{number}")
        copied.update(put.key.table.name for put in puts)
        complete = complete or any("complete" in one for one in parsed)
        number += len(lines)
        on_bytes(file.tell())
    if not complete:
        raise BackupError("the backup has no last line: it was not finished. All rows it has were imported")
    return Copied(copied)


def _changes(puts: Sequence[Put]) -> list[_RestoreRecord | _RestoreEntry]:
    """Group the rows into one change for each record, and one for each quarantined payload."""
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


def _line(line: bytes, number: int) -> JsonObject:
    try:
        value = strict_json.parse(line)
    except OpsLedgerError as error:
        raise BackupError(f"line {number} is not JSON: {error}") from None
    if not isinstance(value, dict) or not ({"opsledger", "complete"} & value.keys() or _is_row(value)):
        raise BackupError(f"line {number} is not a line of a backup")
    if value.get("opsledger", FORMAT) != FORMAT:
        raise BackupError(f"line {number}: format {value['opsledger']!r}, made by another version of opsledger")
    return value


def _is_row(value: JsonObject) -> bool:
    table, key = _BY_NAME.get(str(value.get("table"))), value.get("key")
    if table not in BACKED_UP or not isinstance(key, list) or not isinstance(value.get("columns"), dict):
        return False
    return len(key) == len(table.key) and all(isinstance(part, str | int) for part in key)


def _put(row: JsonObject) -> Put:
    columns, key = row["columns"], _key(row)
    values = _values(columns) if isinstance(columns, dict) else {}
    if key.table is QUARANTINE and key.values[1] == 0:  # a backup of version 0.1 has no buckets
        values["bucket"] = bucket(str(key.values[0]))
    return Put(key, values)


def _key(row: JsonObject) -> Key:
    values = row["key"] if isinstance(row["key"], list) else []
    return Key(_BY_NAME[str(row["table"])], tuple(value for value in values if isinstance(value, str | int)))


def _values(columns: JsonObject) -> dict[str, Value]:
    return {name: _value(value) for name, value in columns.items()}


def _value(value: JsonValue) -> Value:
    if isinstance(value, dict):
        return base64.b64decode(str(value["base64"]))
    if isinstance(value, str | int | bool):
        return value
    raise BackupError(f"{value!r} cannot be the value of a column")
