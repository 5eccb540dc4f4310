"""The lines of a backup: written as they are stored, and checked whole before they are imported.

A backup may be damaged, or made by somebody else. So a row is read as the commands read it later, and refused with its
line if that fails. What this version's catalogue does not know is no damage: it is kept for a version that does.
"""

from __future__ import annotations

import base64
import json
import zlib
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from opsctl.backup_payloads import PayloadRows
from opsledger import catalog, strict_json, timestamps
from opsledger.errors import OpsLedgerError
from opsledger.ledger import codec, state
from opsledger.ledger.drills import read_drill
from opsledger.ledger.quarantine import MOST_PAYLOAD_BYTES, read_quarantined
from opsledger.ledger.refused import REASONS
from opsledger.ledger.resources import read_resource
from opsledger.ledger.rows import read_ledger, record_columns
from opsledger.store import Key, Put, Row
from opsledger.store.tables import DRILLS, LEDGER, NOTES, QUARANTINE, RESOURCES, bucket, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opsledger.ledger.record import Record
    from opsledger.store import Value
    from opsledger.strict_json import JsonObject, JsonValue

FORMAT = 1
HEADER: JsonObject = {"opsledger": FORMAT, "schema": codec.SCHEMA}
BACKED_UP = (LEDGER, QUARANTINE, NOTES, RESOURCES, DRILLS)
BATCH_ROWS = 500
"""Lines that are imported in one commit, and rows between two flushes of an export."""
BATCH_BYTES = 8_000_000
"""A batch ends with the line that reaches this."""
MAX_LINE_BYTES = 16_000_000
"""A row has up to 4 MB, and JSON may write a character of it with six."""
_TABLES = {table.name: table for table in BACKED_UP}
_TYPES = {"STRING": str, "INTEGER": int}
_INT64 = range(-(2**63), 2**63)
_NAMES = ("record", "kind", "type", "resource_type", "resource_id", "status", "transition", "content")
LEDGER_COLUMNS: Mapping[str, type] = {"received": int, **dict.fromkeys(_NAMES, str)}
_TEXTS, _NUMBERS = ("reason", "errors", "form", "type"), ("count", "first_received", "last_received", "size", "parts")
HEAD_COLUMNS: Mapping[str, type] = {
    "bytes": bytes,
    "revision": int,
    **dict.fromkeys(_TEXTS, str),
    **dict.fromkeys(_NUMBERS, int),
}
PART_COLUMNS: Mapping[str, type] = {"bytes": bytes}
NOTE_COLUMNS: Mapping[str, type] = {
    "revision": int,
    "acknowledged": bool,
    **dict.fromkeys(("by", "assigned_to", "comment"), str),
}
RESOURCE_COLUMNS: Mapping[str, type] = {"revision": int, "as_of": int, "tags": str}
DRILL_COLUMNS: Mapping[str, type] = {"revision": int, "at": int, "by": str, "channels": str}


class BackupError(OpsLedgerError):
    """The file is not a backup, or not a complete one."""


class Line(NamedTuple):
    """A line of a backup: one of its beginning, a row, and its end.

    Attributes:
        put: the row.
        record: what a row of the ledger says; None where this version's catalogue does not know it.
        complete: how many rows of each table the last line counts.
    """

    put: Put | None = None
    record: Record | None = None
    complete: Mapping[str, JsonValue] | None = None


class Rows(NamedTuple):
    """Lines that are imported together, the number of the last one, and where it ends in the file."""

    lines: list[Line]
    last: int
    end: int


def write_line(file: BinaryIO, value: Mapping[str, JsonValue]) -> None:
    """Write one line."""
    file.write(line_of(value))


def line_of(value: Mapping[str, JsonValue]) -> bytes:
    """`value` as a line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def row_line(row: Row) -> JsonObject:
    """A row as a line has it."""
    columns = {
        name: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in row.columns.items()
    }
    return {"table": row.key.table.name, "key": list(row.key.values), "columns": columns}


def batches(file: BinaryIO, number: int) -> Iterator[Rows]:
    """The rest of the file in batches, without a last line that was cut off; `number` lines are before it.

    Raises:
        BackupError: a line is not a backup's; nothing of its batch has been given.
    """
    lines: list[Line] = []
    payloads = PayloadRows()
    begin = end = file.tell()
    while (line := file.readline(MAX_LINE_BYTES + 1)).endswith(b"\n") or len(line) > MAX_LINE_BYTES:
        number += 1
        lines.append(_checked(line, number, payloads))
        end += len(line)
        if len(lines) == BATCH_ROWS or end - begin >= BATCH_BYTES:
            yield Rows(lines, number, end)
            lines, begin = [], end
    if lines:
        yield Rows(lines, number, end)


def _checked(line: bytes, number: int, payloads: PayloadRows) -> Line:
    try:
        return _fitting(read_line(line, first=number == 1), payloads)
    except BackupError as error:
        raise BackupError(
            f"line {number} {error}. The lines of its batch were not imported, those before are: repair or remove the "
            "line, then import the file again"
        ) from None


def _fitting(line: Line, payloads: PayloadRows) -> Line:
    if line.put is not None and not payloads.fits(line.put):
        raise BackupError("is a part of a payload in quarantine that does not fit the others")
    return line


def read_line(line: bytes, *, first: bool) -> Line:
    """What a line says.

    Raises:
        BackupError: it is not one of a backup; the message begins with a verb.
    """
    if len(line) > MAX_LINE_BYTES:
        raise BackupError(f"is longer than {MAX_LINE_BYTES} bytes")
    try:
        value = strict_json.read_object(line)
    except OpsLedgerError as error:
        raise BackupError(f"is not JSON: {str(error).removeprefix('not JSON: ')}") from None
    if first:
        _check_header(value)
        return Line()
    complete = value.get("complete")
    if isinstance(complete, dict):
        return Line(complete=complete)
    if "opsledger" in value:  # backups may be put behind each other
        _check_header(value)
        return Line()
    return _row(value)


def _check_header(value: JsonObject) -> None:
    if "opsledger" not in value:
        raise BackupError("is not the first line of a backup")
    form, schema = value["opsledger"], value.get("schema", 1)
    if form != FORMAT or not isinstance(schema, int) or schema > codec.SCHEMA:
        raise BackupError(f"says format {form!r}, schema {schema!r}: import it with the version that made it")


# --------------------------------------------------------------------------------------------------------- rows
def _row(value: JsonObject) -> Line:
    key, columns = row_key(value), value.get("columns")
    if not isinstance(columns, dict):
        raise BackupError("has no columns")
    put = Put(key, {name: _value(name, column) for name, column in columns.items()})
    try:
        return _READERS[key.table](put)
    except BackupError:
        raise
    except (OpsLedgerError, LookupError, ValueError, TypeError, AttributeError, OverflowError, zlib.error) as error:
        raise BackupError(f"is a damaged row of {key.table.name}: {type(error).__name__}: {error}") from None


def row_key(value: JsonObject) -> Key:
    """The key of the row in a line.

    Raises:
        BackupError: it is no row, or its key cannot be one of its table.
    """
    table, key = _TABLES.get(str(value.get("table"))), value.get("key")
    if table is None or not isinstance(key, list) or len(key) != len(table.key):
        raise BackupError("is not a line of a backup")
    values = tuple(part for part in key if isinstance(part, str | int))
    fits = all(type(v) is _TYPES[type_] and _fits(v) for v, (_, type_) in zip(values, table.key, strict=False))
    if not fits or len(values) != len(key) or values[0] != hashed(unhashed(str(values[0]))):
        raise BackupError(f"has a key that {table.name} cannot have")
    return Key(table, values)


def _fits(value: object) -> bool:
    return not isinstance(value, int) or value in _INT64


def _value(name: str, value: JsonValue) -> Value:
    if isinstance(value, dict) and value.keys() == {"base64"}:
        try:
            return base64.b64decode(str(value["base64"]), validate=True)
        except ValueError:
            raise BackupError(f"has a column {name!r} that is not base64") from None
    if isinstance(value, str | int) and _fits(value):
        return value
    raise BackupError(f"has a column {name!r} that no row can have")


def _check_columns(put: Put, wanted: Mapping[str, type]) -> None:
    bad = [name for name, type_ in wanted.items() if type(put.columns.get(name)) is not type_]
    if bad:
        raise BackupError(f"is a row of {put.key.table.name} without the right {', '.join(bad)}")


def _ledger_row(put: Put) -> Line:
    _check_columns(put, LEDGER_COLUMNS)
    _of_moment(put, int(put.columns["received"]))
    strict_json.read_object(str(put.columns["content"]))
    if str(put.columns["kind"]) not in catalog.kinds():
        codec.read_transition(str(put.columns["transition"]))
        return Line(put)
    record = read_ledger(Row(put.key, put.columns))
    if hashed(record.partition) != put.key.values[0]:
        raise BackupError("is a row of ledger under the key of another resource")
    try:
        record_columns(record)
        state.to_json(record)  # moments that nobody can show are no moments
    except LookupError:  # a type or status of another version
        return Line(put)
    return Line(put, record)


def _quarantine_row(put: Put) -> Line:
    if put.key.values[1] != 0:
        _check_columns(put, PART_COLUMNS)
        return Line(put)
    _check_columns(put, HEAD_COLUMNS)
    columns = {**put.columns, "bucket": bucket(str(put.key.values[0]))}  # a backup of version 0.1 has no buckets
    size, parts = int(columns["size"]), int(columns["parts"])
    if not 0 <= size <= MOST_PAYLOAD_BYTES or not 1 <= parts <= MOST_PAYLOAD_BYTES // 1_000_000:
        raise BackupError(f"is a payload of {size} bytes in {parts} parts, which no function can have received")
    entry = read_quarantined(Row(put.key, columns))
    if entry.reason not in REASONS:
        raise BackupError(f"is a payload that was refused for {entry.reason[:64]!r}, which is no reason")
    for moment in (entry.first_received, entry.last_received, entry.resolved, entry.notify_at):
        if moment is not None:
            _of_moment(put, moment)
    if parts == 1 and sha256(entry.payload).hexdigest() != entry.digest:
        raise BackupError("is a payload under the digest of another")
    return Line(Put(put.key, columns))


def _note_row(put: Put) -> Line:
    _check_columns(put, NOTE_COLUMNS)
    return _of_moment(put, int(put.key.values[1]))


def _resource_row(put: Put) -> Line:
    _check_columns(put, RESOURCE_COLUMNS)
    return _of_moment(put, read_resource(Row(put.key, put.columns)).as_of)


def _drill_row(put: Put) -> Line:
    _check_columns(put, DRILL_COLUMNS)
    return _of_moment(put, read_drill(Row(put.key, put.columns)).at)


def _of_moment(put: Put, moment: int) -> Line:
    if moment not in range(timestamps.EARLIEST_MS, timestamps.LATEST_MS):
        raise BackupError(f"is a row of {put.key.table.name} of a moment that cannot be")
    return Line(put)


_READERS = {
    LEDGER: _ledger_row,
    QUARANTINE: _quarantine_row,
    NOTES: _note_row,
    RESOURCES: _resource_row,
    DRILLS: _drill_row,
}
